import { safeParse } from 'valibot';
import { describe, expect, it } from 'vitest';
import { questions } from '../../../src-shared/contract.ts';
import { checkDemoForm, type DemoForm, usualDemo } from './demo-form.ts';

const check = (change: Partial<DemoForm>) => checkDemoForm({ ...usualDemo, ...change });

describe('the form of a demo', () => {
  it('is right from the beginning, and makes a question that the contract takes', () => {
    const checked = check({});
    expect(checked).toEqual({
      question: {
        peers: 6,
        seeds: 1,
        late: 1,
        size: 20_000_000,
        pieceSize: 32_768,
        preferredNeighbours: 2,
        unchokingSeconds: 2,
        optimisticSeconds: 6,
        strategy: 'rarest',
        uploadLimit: 'paced',
      },
    });
    expect(safeParse(questions.startDemo, 'question' in checked ? checked.question : null).success).toBe(
      true,
    );
  });

  it.each([
    ['peers', '1'],
    ['peers', '31'],
    ['seeds', '0'],
    ['seeds', '6'],
    ['late', '5'],
    ['size', '0'],
    ['size', '17 GiB'],
    ['pieceSize', 'x'],
    ['pieceSize', '16 B'],
    ['unchokingSeconds', '0'],
    ['optimisticSeconds', '1e3'],
    ['preferredNeighbours', '0'],
  ] as const)('finds %s "%s" wrong', (field, text) => {
    const checked = check({ [field]: text });
    expect('problems' in checked && Object.keys(checked.problems)).toEqual([field]);
  });

  it('leaves somebody to download at once: late peers are those that neither seed nor begin', () => {
    expect(check({ peers: '6', seeds: '3', late: '2' })).toHaveProperty('question');
    expect(check({ peers: '6', seeds: '3', late: '3' })).toEqual({
      problems: { late: 'From 0 to 2: somebody must download from the beginning.' },
    });
    expect(check({ peers: '2', seeds: '1', late: '1' })).toEqual({
      problems: { late: 'None: somebody must download from the beginning.' },
    });
    // Seeds that are wrong make the late ones no worse.
    expect(check({ peers: '6', seeds: '9', late: '4' })).toEqual({
      problems: { seeds: 'From 1 to 5: somebody must still download.' },
    });
  });

  it('takes a limit in thousands of bytes, and looks at it only when it counts', () => {
    expect(check({ speed: 'limited', limit: '250' })).toMatchObject({ question: { uploadLimit: 250_000 } });
    expect(check({ speed: 'unlimited', limit: 'x' })).toMatchObject({ question: { uploadLimit: null } });
    expect(check({ speed: 'limited', limit: 'x' })).toHaveProperty('problems.limit');
  });
});
