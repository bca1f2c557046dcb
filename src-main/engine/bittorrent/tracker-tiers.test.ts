import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tally, unevenness } from '../testing/chance.ts';
import { seededRandom } from '../testing/seeded-random.ts';
import { TrackerTiers } from './tracker-tiers.ts';

const anyTiers = fc.array(fc.array(fc.integer({ min: 0, max: 30 }).map(n => `udp://t${n}`)), {
  maxLength: 6,
});

describe('tiers of trackers', () => {
  it('are asked one after the other, each tracker once', () => {
    fc.assert(
      fc.property(anyTiers, fc.integer(), (tiers, seed) => {
        const order = new TrackerTiers(tiers, seededRandom(seed)).inOrder;
        expect(order.map(({ url }) => url).sort()).toEqual([...new Set(tiers.flat())].sort());
        expect(order.map(({ tier }) => tier)).toEqual(order.map(({ tier }) => tier).sort((a, b) => a - b));
      }),
    );
  });

  it('are in random order inside', () => {
    const counts = tally(3_000, [0, 1, 2], random => {
      const [first] = new TrackerTiers([['0', '1', '2']], random).inOrder;
      return Number(first!.url);
    });
    expect(unevenness(counts)).toBeLessThan(1);
  });

  it('have the one that works in front, of its own tier only', () => {
    const tiers = new TrackerTiers([['a'], ['b', 'c', 'd'], ['e']], () => 0.999);
    tiers.prefer('d');
    expect(tiers.inOrder).toEqual([
      { url: 'a', tier: 0 },
      { url: 'd', tier: 1 },
      { url: 'b', tier: 1 },
      { url: 'c', tier: 1 },
      { url: 'e', tier: 2 },
    ]);
  });

  it('hold a hundred at most', () => {
    const many = Array.from({ length: 5_000 }, (_, n) => [`http://t${n}/announce`]);
    expect(new TrackerTiers(many, () => 0).inOrder).toHaveLength(100);
  });
});
