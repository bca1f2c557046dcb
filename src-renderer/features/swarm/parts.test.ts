import { describe, expect, it } from 'vitest';
import { allParts, partsFrom, toggled } from './parts.ts';

describe('the parts of a presentation', () => {
  it('come and go in the order of the page', () => {
    expect(toggled(allParts, 'graph')).toEqual(['neighbours', 'deck']);
    expect(toggled(['deck'], 'graph')).toEqual(['graph', 'deck']);
  });

  it('are never none', () => {
    expect(toggled(['deck'], 'deck')).toEqual(['deck']);
  });

  it.each([null, '', 'nonsense', '{}'])('are all of them where %j was kept', kept => {
    expect(partsFrom(kept)).toEqual(allParts);
  });

  it('are those that were kept', () => {
    expect(partsFrom(['deck', 'graph'].join(' '))).toEqual(['graph', 'deck']);
  });
});
