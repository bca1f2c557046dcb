import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RateMeter } from './rate-meter.ts';

/** A meter that counts `bytes` every `everyMs` from `startMs` on, the first after one such stretch. */
function steady(bytes: number, everyMs: number, startMs: number, endMs: number): RateMeter {
  const meter = new RateMeter(startMs);
  for (let at = startMs + everyMs; at <= endMs; at += everyMs) meter.add(bytes, at);
  return meter;
}

describe('a rate meter', () => {
  it('begins at 0', () => {
    const meter = new RateMeter(12_345);
    expect([meter.rate(12_345), meter.rate(20_000), meter.total]).toEqual([0, 0, 0]);
  });

  it.each([250, 700, 2900, 3000, 10_120, 3_600_000])('shows a steady flow as it is, after %d ms', endMs => {
    // In the middle of each stretch of 10 ms, so that no count falls on the edge of what is averaged.
    const meter = new RateMeter(0);
    for (let at = Math.max(5, endMs - 9995); at < endMs; at += 10) meter.add(1000, at);
    expect(meter.rate(endMs)).toBeCloseTo(100_000, 6);
  });

  it('is off by no more than one count, whatever the flow', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000_000 }),
        fc.integer({ min: 1, max: 1000 }),
        fc.nat(1_000_000),
        fc.integer({ min: 250, max: 12_000 }),
        (bytes, everyMs, startMs, lifeMs) => {
          const meter = steady(bytes, everyMs, startMs, startMs + lifeMs);
          const averagedMs = Math.min(lifeMs, 2750);
          const error = Math.abs(meter.rate(startMs + lifeMs) - (bytes / everyMs) * 1000);
          expect(error).toBeLessThanOrEqual((bytes / averagedMs) * 1000 * (1 + 1e-9));
        },
      ),
    );
  });

  it('does not take the first bytes of its life for a flood', () => {
    const meter = new RateMeter(0);
    meter.add(1000, 1);
    expect(meter.rate(1)).toBe(4000);
  });

  it('follows a change within three seconds', () => {
    const meter = steady(1000, 10, 0, 10_000);
    for (let at = 10_005; at < 13_000; at += 10) meter.add(5000, at);
    expect(meter.rate(13_000)).toBeCloseTo(500_000, 6);
  });

  it('sinks to 0 within three seconds of silence, and never rises on the way', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.integer({ min: 1, max: 5000 }), (startMs, lifeMs) => {
        const meter = steady(1000, 7, startMs, startMs + lifeMs);
        const end = startMs + lifeMs;
        let before = meter.rate(end);
        for (let silenceMs = 1; silenceMs < 3000; silenceMs += 13) {
          const now = meter.rate(end + silenceMs);
          expect(now).toBeLessThanOrEqual(before);
          before = now;
        }
        expect(meter.rate(end + 3000)).toBe(0);
      }),
    );
  });

  it('is at 0 after any longer silence, and counts anew from there', () => {
    for (const silenceMs of [3000, 3001, 3250, 5999, 6000, 86_400_000]) {
      const meter = steady(1000, 10, 0, 4000);
      const now = 4000 + silenceMs;
      expect(meter.rate(now)).toBe(0);
      meter.add(3000, now);
      expect(meter.rate(now)).toBeGreaterThan(1000 - 1);
      expect(meter.rate(now)).toBeLessThan(1100);
    }
  });

  it('does not change by being read', () => {
    const read = steady(1000, 10, 0, 1000);
    for (let at = 1000; at < 2000; at += 1) read.rate(at);
    expect(read.rate(2000)).toBe(steady(1000, 10, 0, 1000).rate(2000));
  });

  it('adds up every byte it was ever told of', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(1_000_000), fc.nat(10_000))), counts => {
        const meter = new RateMeter(0);
        let now = 0;
        for (const [bytes, laterMs] of counts) {
          now += laterMs;
          meter.add(bytes, now);
          meter.rate(now);
        }
        expect(meter.total).toBe(counts.reduce((sum, [bytes]) => sum + bytes, 0));
      }),
    );
  });

  it('is copied with all it counted, and the copy goes its own way', () => {
    const meter = steady(1000, 10, 0, 1000);
    const copy = meter.copy();
    expect([copy.total, copy.rate(1000)]).toEqual([meter.total, meter.rate(1000)]);
    meter.add(500, 1000);
    expect(copy.total).toBe(meter.total - 500);
    expect(copy.rate(1000)).toBe(steady(1000, 10, 0, 1000).rate(1000));
    copy.add(500, 1000);
    expect(copy.rate(1200)).toBe(meter.rate(1200));
  });
});
