import { describe, expect, it } from 'vitest';
import { trackerViews } from '../../../testing/share-scenes.ts';
import { tiersOf, whenText } from './tracker-words.ts';

describe('trackers', () => {
  it('are told in their tiers', () => {
    expect(tiersOf(trackerViews).map(tier => tier.length)).toEqual([2, 1]);
    expect(tiersOf([])).toEqual([]);
  });

  it.each([
    [null, '–'],
    [-95_400, '1 m 35 s ago'],
    [0, 'now'],
    [12_000, 'in 12 s'],
    [1_705_000, 'in 28 m 25 s'],
  ])('were asked or will be: %s', (inMs, expected) => {
    expect(whenText(inMs === null ? null : 1e12 + inMs, 1e12)).toBe(expected);
  });
});
