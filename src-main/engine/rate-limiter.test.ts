import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Allowance, RateLimiter } from './rate-limiter.ts';

const KiB = 1024;

/** More takes than any test needs: whoever gets here is not limited at all. */
const endlessTakes = 1_000_000;

/** Takes pieces of these lengths, over and over, as soon as each may be taken, until `endMs`; says how many bytes. */
function takeGreedily(
  limiter: RateLimiter,
  lengths: readonly number[],
  startMs: number,
  endMs: number,
): number {
  let bytes = 0;
  let now = startMs;
  for (let turn = 0; now < endMs; ) {
    const length = lengths[turn % lengths.length]!;
    const waitMs = limiter.take(length, now);
    now += waitMs;
    if (waitMs > 0) continue;
    bytes += length;
    turn += 1;
    if (turn > endlessTakes) return Number.POSITIVE_INFINITY;
  }
  return bytes;
}

/** How many bytes pass at one instant. */
function burst(limiter: RateLimiter, length: number, now: number): number {
  for (let bytes = 0; bytes <= endlessTakes * length; bytes += length) {
    if (limiter.take(length, now) > 0) return bytes;
  }
  return Number.POSITIVE_INFINITY;
}

describe('a rate limiter', () => {
  it('lets a piece through whole, and the next when it is paid for', () => {
    const limiter = new RateLimiter(1000, 0);
    expect(limiter.take(500, 0)).toBe(0);
    expect(limiter.take(500, 0)).toBe(500);
    expect(limiter.take(500, 499)).toBe(1);
    expect(limiter.take(500, 500)).toBe(0);
  });

  it('takes nothing when it says to wait', () => {
    const limiter = new RateLimiter(1000, 0);
    limiter.take(500, 0);
    for (let asked = 0; asked < 10; asked += 1) expect(limiter.take(500, 100)).toBe(400);
  });

  it('keeps the mean of any long run within 5 % of the limit, whatever the pieces', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000_000 }),
        fc.array(fc.integer({ min: 1, max: 4096 * KiB }), { minLength: 1, maxLength: 8 }),
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        (bytesPerSecond, lengths, startMs) => {
          // Long: many pieces and many milliseconds, so that neither rounds the mean off.
          const runMs = Math.max(1000, (50 * Math.max(...lengths) * 1000) / bytesPerSecond);
          // A run of few bytes a piece takes millions of turns, which shows nothing new.
          fc.pre((bytesPerSecond * runMs) / 1000 / Math.min(...lengths) < 100_000);
          const limiter = new RateLimiter(bytesPerSecond, startMs);
          const taken = takeGreedily(limiter, lengths, startMs, startMs + runMs);
          const ratio = taken / ((bytesPerSecond * runMs) / 1000);
          expect(ratio).toBeGreaterThan(0.95);
          expect(ratio).toBeLessThan(1.05);
        },
      ),
    );
  });

  it('keeps the mean of every stretch, not only of the whole run', () => {
    const limiter = new RateLimiter(100 * KiB, 0);
    for (let second = 0; second < 60; second += 10) {
      const taken = takeGreedily(limiter, [32 * KiB], second * 1000, (second + 10) * 1000);
      expect(Math.abs(taken - 1000 * KiB)).toBeLessThanOrEqual(32 * KiB);
    }
  });

  it('gives no more after idling than a tenth of a second is worth, and one piece', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1000, max: 10_000_000 }),
        fc.integer({ min: 1000, max: 4096 * KiB }),
        fc.integer({ min: 0, max: 1e9 }),
        (bytesPerSecond, length, idleMs) => {
          const limiter = new RateLimiter(bytesPerSecond, 0);
          expect(burst(limiter, length, idleMs)).toBeLessThanOrEqual(bytesPerSecond / 10 + length);
        },
      ),
    );
  });

  it('gives one piece at the very start', () => {
    expect(burst(new RateLimiter(1_000_000, 5000), 100, 5000)).toBe(100);
  });

  it('holds nobody up for the sake of one that claims a turn and does not take it', () => {
    const limiter = new RateLimiter(1024 * KiB, 0);
    const [one, idle] = [new Allowance([limiter]), new Allowance([limiter])];
    let bytes = 0;
    for (let now = 0, wakesAt = 0; now < 60_000; now += 1) {
      idle.claim(now);
      if (now < wakesAt) continue;
      wakesAt = now + one.claim(now);
      if (wakesAt > now) continue;
      const portion = Math.floor(one.portion / (16 * KiB)) * 16 * KiB;
      one.spend(portion);
      bytes += portion;
    }
    expect(bytes / 60 / (1024 * KiB)).toBeGreaterThan(0.95);
  });

  it('is free without a limit', () => {
    const limiter = new RateLimiter(Number.POSITIVE_INFINITY, 0);
    for (let taken = 0; taken < 100; taken += 1) expect(limiter.take(1e12, 0)).toBe(0);
  });

  it('lets nothing pass at a limit of 0, and never says when', () => {
    const limiter = new RateLimiter(0, 0);
    for (const now of [0, 1000, 1e9]) expect(limiter.take(1, now)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('changing the limit', () => {
  it('holds from then on', () => {
    const limiter = new RateLimiter(1000, 0);
    expect(takeGreedily(limiter, [10], 0, 10_000)).toBeCloseTo(10_000, -2);
    limiter.setLimit(5000, 10_000);
    expect(takeGreedily(limiter, [10], 10_000, 20_000)).toBeCloseTo(50_000, -2);
  });

  it('lets what was owed be paid off at the new rate', () => {
    const limiter = new RateLimiter(1000, 0);
    limiter.take(2000, 0);
    limiter.setLimit(500, 1000);
    expect(limiter.take(1, 1000)).toBe(2000);
  });

  it('lets nothing that was saved under a higher limit make a burst', () => {
    const limiter = new RateLimiter(1_000_000, 0);
    limiter.setLimit(1000, 60_000);
    expect(burst(limiter, 10, 60_000)).toBe(80);
  });

  it.each([
    ['at the same instant', 0],
    ['later', 1000],
  ])('from no limit to one takes hold, %s', (_, now) => {
    const limiter = new RateLimiter(Number.POSITIVE_INFINITY, 0);
    limiter.take(1e9, 0);
    limiter.setLimit(1000, now);
    expect(takeGreedily(limiter, [10], now, now + 10_000)).toBeCloseTo(10_000, -2);
  });

  it('from one to none forgets what was owed', () => {
    const limiter = new RateLimiter(1000, 0);
    limiter.take(1e9, 0);
    limiter.setLimit(Number.POSITIVE_INFINITY, 0);
    expect(limiter.take(1e9, 0)).toBe(0);
    limiter.setLimit(1000, 0);
    expect(limiter.take(10, 0)).toBe(0);
  });

  it('from 0 lets pass again, and to 0 stops', () => {
    const limiter = new RateLimiter(0, 0);
    limiter.setLimit(1000, 5000);
    expect(burst(limiter, 10, 5000)).toBe(10);
    limiter.setLimit(0, 6000);
    expect(burst(limiter, 10, 60_000)).toBe(0);
  });
});

describe('a limit that several share', () => {
  const block = 16 * KiB;
  const runMs = 60_000;

  /** Bytes per second that each gets when all take whatever they may; each has a limit of its own, or none. */
  function ratesUnder(all: number, own: readonly number[]): number[] {
    const shared = new RateLimiter(all, 0);
    const takers = own.map(limit => ({
      allowance: new Allowance([new RateLimiter(limit, 0), shared]),
      bytes: 0,
      wakesAt: 0,
    }));
    for (;;) {
      const taker = takers.reduce((first, other) => (other.wakesAt < first.wakesAt ? other : first));
      if (taker.wakesAt >= runMs) break;
      const waitMs = taker.allowance.claim(taker.wakesAt);
      taker.wakesAt += waitMs;
      if (waitMs > 0) continue;
      const bytes = Math.max(1, Math.floor(taker.allowance.portion / block)) * block;
      taker.allowance.spend(bytes);
      taker.bytes += bytes;
    }
    return takers.map(({ bytes }) => (bytes * 1000) / runMs);
  }

  /** Nobody gets more by taking from one who has less. */
  function fairRates(all: number, own: readonly number[]): number[] {
    const rates = own.map(() => 0);
    let left = all;
    const byLimit = [...own.keys()].sort((a, b) => own[a]! - own[b]!);
    for (const [at, taker] of byLimit.entries()) {
      rates[taker] = Math.min(own[taker]!, left / (own.length - at));
      left -= rates[taker]!;
    }
    return rates;
  }

  const none = Number.POSITIVE_INFINITY;

  it.each<[number, readonly number[]]>([
    [2048, [256, 512, none]],
    [1280, [384, 128, none]],
    [1024, [256, none]],
    [1024, [none, none, none]],
    [4096, [128, 1024, none, none, none]],
    [1024, [900, 900]],
    [256, [none, 2048]],
    [2048, [256, 512]],
  ])('of %i KiB/s is shared by bytes, whatever their own limits are: %j', (all, own) => {
    const limits = own.map(one => one * KiB);
    const ratios = ratesUnder(all * KiB, limits).map((rate, i) => rate / fairRates(all * KiB, limits)[i]!);
    for (const ratio of ratios) {
      expect(ratio, `${ratios}`).toBeGreaterThan(0.95);
      expect(ratio, `${ratios}`).toBeLessThan(1.05);
    }
  });
});
