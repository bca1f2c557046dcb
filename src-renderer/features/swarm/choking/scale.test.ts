import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  atOf,
  leastWindowMs,
  localOffsetMs,
  moved,
  ownWindow,
  rateAxis,
  timeTicks,
  wholeWindow,
  xOf,
  zoomed,
} from './scale.ts';

const minute = 60_000;
const scale = { fromMs: 10_000, toMs: 20_000, left: 50, right: 550 };

describe('the scale of time', () => {
  it('goes there and back', () => {
    expect([xOf(scale, 10_000), xOf(scale, 15_000), atOf(scale, 550)]).toEqual([50, 300, 20_000]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 8 }), atMs => {
        expect(atOf(scale, xOf(scale, atMs))).toBeCloseTo(atMs, 3);
      }),
    );
  });
});

describe('the window that nobody chose', () => {
  it('is all of a short run, with room ahead while it goes on', () => {
    expect(ownWindow(70_000, false, 0)).toEqual({ fromMs: 0, toMs: 70_000 });
    expect(ownWindow(20_000, true, 20_000)).toEqual({ fromMs: 0, toMs: minute });
    expect(ownWindow(70_000, true, 70_000)).toEqual({ fromMs: 0, toMs: 90_000 });
  });

  it('stands still for half a minute, then makes room', () => {
    const windows = [91_000, 119_000, 121_000].map(endMs => ownWindow(endMs, true, endMs).toMs);
    expect(windows).toEqual([120_000, 120_000, 150_000]);
  });

  it('is the last five minutes of a long run, or the part that the cursor is in', () => {
    expect(ownWindow(60 * minute, false, 60 * minute)).toEqual({ fromMs: 55 * minute, toMs: 60 * minute });
    const earlier = ownWindow(60 * minute, false, 20 * minute);
    expect(earlier.toMs - earlier.fromMs).toBe(5 * minute);
  });

  it('always holds the cursor, whatever the length of the run', () => {
    fc.assert(
      fc.property(
        fc.nat(10 ** 8),
        fc.boolean(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (endMs, isLive, share) => {
          const cursorMs = endMs * share;
          const { fromMs, toMs } = ownWindow(endMs, isLive, cursorMs);
          expect(fromMs).toBeLessThanOrEqual(cursorMs);
          expect(toMs).toBeGreaterThanOrEqual(cursorMs);
        },
      ),
    );
  });
});

describe('zooming and moving', () => {
  const whole = wholeWindow(10 * minute, false);

  it('keeps the moment under the pointer in its place', () => {
    const before = { fromMs: 0, toMs: 4 * minute };
    expect(zoomed(before, minute, 0.5, whole)).toEqual({ fromMs: 0.5 * minute, toMs: 2.5 * minute });
  });

  it('ends in all of the run, which is no window', () => {
    expect(zoomed({ fromMs: 0, toMs: 9 * minute }, minute, 1.2, whole)).toBeUndefined();
  });

  it('ends in a few seconds', () => {
    const { fromMs, toMs } = zoomed({ fromMs: 0, toMs: leastWindowMs }, 1000, 0.1, whole)!;
    expect(toMs - fromMs).toBe(leastWindowMs);
  });

  it('stops at the ends of the run', () => {
    const window = { fromMs: minute, toMs: 3 * minute };
    expect(moved(window, -5 * minute, whole)).toEqual({ fromMs: 0, toMs: 2 * minute });
    expect(moved(window, 50 * minute, whole)).toEqual({ fromMs: 8 * minute, toMs: 10 * minute });
  });
});

describe('labels of time', () => {
  it('stand on round times of the clock', () => {
    const { stepMs, at } = timeTicks({ fromMs: 0, toMs: minute, left: 0, right: 600 }, 60, 7_300);
    expect([stepMs, at[0], at.length]).toEqual([10_000, 2_700, 6]);
  });

  it('have steps from seconds to hours', () => {
    const stepOf = (toMs: number) => timeTicks({ fromMs: 0, toMs, left: 0, right: 600 }, 70, 0).stepMs;
    expect([5_000, minute, 10 * minute, 600 * minute].map(stepOf)).toEqual([
      1_000,
      10_000,
      2 * minute,
      120 * minute,
    ]);
  });

  it('count from a midnight where we are', () => {
    const startedWallMs = new Date(2026, 10, 20, 14, 5, 4).getTime();
    const sinceMidnight = localOffsetMs(startedWallMs) % (24 * 60 * minute);
    expect(sinceMidnight).toBe(((14 * 60 + 5) * 60 + 4) * 1000);
  });
});

describe('the axis of rates', () => {
  it('has a round top and its half, in a unit that keeps figures short', () => {
    expect(rateAxis(131_000)).toEqual({ unit: 'KB/s', perUnit: 1e3, ticks: [0, 70, 140] });
    expect(rateAxis(2_100_000)).toEqual({ unit: 'MB/s', perUnit: 1e6, ticks: [0, 1.2, 2.4] });
    expect(rateAxis(5e9)).toEqual({ unit: 'GB/s', perUnit: 1e9, ticks: [0, 2.5, 5] });
  });

  it('does not make a mountain of nothing', () => {
    expect([rateAxis(0).ticks, rateAxis(40).ticks]).toEqual([
      [0, 5, 10],
      [0, 5, 10],
    ]);
  });

  it('holds every rate', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 12 }), largest => {
        const { ticks, perUnit } = rateAxis(largest);
        expect(ticks[2]! * perUnit).toBeGreaterThanOrEqual(largest);
      }),
    );
  });
});
