import { describe, expect, it } from 'vitest';
import { JsonText } from './json-text.ts';

function faultOf(text: string): string {
  const parsed = new JsonText(text).parse(16, 'plan');
  return 'fault' in parsed ? parsed.fault : 'none';
}

describe('what is no JSON', () => {
  it.each([
    ['the curly quotation marks of a word processor', '[{“host”: "10.0.0.1"}]'],
    ['a curly mark before a word', '["a", „b"]'],
    ['apostrophes', "[{'host': '10.0.0.1'}]"],
  ])('names the straight quotation marks that belong in place of %s', (_, text) => {
    expect(faultOf(text)).toMatch(/^This is no valid JSON: .+ has other quotation marks than JSON's, "\.$/);
  });

  it.each(['True', 'FALSE', 'Null'])('tells that %s is written in small letters', word => {
    expect(faultOf(`[{"has_file": ${word}}]`)).toBe(
      `This is no valid JSON: "${word}" is written in small letters, "${word.toLowerCase()}".`,
    );
  });

  it.each(['01001', '-007'])('tells that the number %s begins with a zero', number => {
    expect(faultOf(`[{"id": ${number}}]`)).toBe('This is no valid JSON: a number begins with a zero.');
  });

  it('still misses a comma between two numbers', () => {
    expect(faultOf('[0 1]')).toBe('This is no valid JSON: a comma is missing before "1".');
  });
});
