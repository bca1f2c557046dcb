import { describe, expect, it } from 'vitest';
import { bucketsPerPoint, rateLine } from './rate-line.ts';

/** Half a second of every bucket brings 500 bytes. */
const steady = () => 500;

describe('the line of a rate', () => {
  it('is the mean over the time up to each point', () => {
    const points = rateLine(steady, { fromMs: 0, toMs: 10_000 }, 10_000, 500);
    expect(points.at(-1)).toEqual({ atMs: 10_000, bytesPerSecond: 1000 });
  });

  it('rises over the first seconds, when there was nothing before', () => {
    const rates = rateLine(steady, { fromMs: 0, toMs: 5_000 }, 5_000, 500).map(point => point.bytesPerSecond);
    expect(rates.slice(0, 6)).toEqual([0, 200, 400, 600, 800, 1000]);
  });

  it('ends with the last bucket that is over', () => {
    expect(rateLine(steady, { fromMs: 0, toMs: 60_000 }, 7_400, 500).at(-1)?.atMs).toBe(7_000);
  });

  it('takes larger steps in longer windows, always the same ones', () => {
    const steps = [10_000, 600_000, 7_200_000].map(toMs => bucketsPerPoint({ fromMs: 0, toMs }, 450));
    expect(steps).toEqual([1, 8, 64]);
  });

  it('has the same points when the window moves', () => {
    const bursts = (bucket: number) => (bucket % 7) * 1000;
    const before = rateLine(bursts, { fromMs: 0, toMs: 600_000 }, 10 ** 6, 450);
    const after = rateLine(bursts, { fromMs: 3_700, toMs: 603_700 }, 10 ** 6, 450);
    const ratesOf = new Map(before.map(({ atMs, bytesPerSecond }) => [atMs, bytesPerSecond]));
    const common = after.filter(({ atMs }) => ratesOf.has(atMs));
    expect(common.length).toBeGreaterThan(140);
    for (const { atMs, bytesPerSecond } of common) expect(ratesOf.get(atMs)).toBe(bytesPerSecond);
  });

  it('begins one point before the window, so that it enters at its edge', () => {
    const points = rateLine(steady, { fromMs: 20_000, toMs: 30_000 }, 60_000, 500);
    expect([points[0]!.atMs < 20_000, points.at(-1)!.atMs > 30_000]).toEqual([true, true]);
  });
});
