/** Whoever takes from a limiter, so that those who wait are served in turn. */
export type Claimant = object;

/** Who waits longest goes first, but loses its turn when it does not come for this long. */
const turnMs = 50;

/** More than a turn, or nobody would ever lose one. */
const mostSavedMs = 75;

/**
 * A token bucket that may go into debt: what is taken is taken whole (a piece cannot be sent by halves), and the next
 * taker waits until the debt is paid. Over any stretch of time the mean stays at the limit. Several may share one; they
 * take turns.
 */
export class RateLimiter {
  #bytesPerSecond: number;
  #tokens: number;
  #at: number;
  /** Those who were told to wait, the first of them first. */
  readonly #waiting = new Set<Claimant>();

  /** `bytesPerSecond` may be Infinity: no limit; or 0: nothing passes. */
  constructor(bytesPerSecond: number, now: number) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#tokens = 0;
    this.#at = now;
  }

  get bytesPerSecond(): number {
    return this.#bytesPerSecond;
  }

  /** Changes the limit from now on. */
  setLimit(bytesPerSecond: number, now: number): void {
    this.#earn(now);
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Milliseconds until something may be taken: 0 when now, Infinity when nothing passes. */
  waitMs(now: number, claimant: Claimant = this): number {
    if (this.#bytesPerSecond === Number.POSITIVE_INFINITY) return 0;
    if (this.#bytesPerSecond === 0) return Number.POSITIVE_INFINITY;
    this.#earn(now);
    if (this.#tokens < 0) {
      this.#waiting.add(claimant);
      return Math.ceil((-this.#tokens / this.#bytesPerSecond) * 1000);
    }
    const [first = claimant] = this.#waiting;
    if (first === claimant) return 0;
    const missedTurnMs = (this.#tokens / this.#bytesPerSecond) * 1000;
    if (missedTurnMs >= turnMs) {
      this.#waiting.delete(first);
      return this.waitMs(now, claimant);
    }
    this.#waiting.add(claimant);
    return Math.ceil(turnMs - missedTurnMs);
  }

  /** Takes `bytes`, whether or not they are there. */
  spend(bytes: number, claimant: Claimant = this): void {
    this.#waiting.delete(claimant);
    if (this.#bytesPerSecond !== Number.POSITIVE_INFINITY) this.#tokens -= bytes;
  }

  /** Takes `bytes` if nothing is owed; otherwise takes nothing and says how many milliseconds to wait. */
  take(bytes: number, now: number): number {
    const waitMs = this.waitMs(now);
    if (waitMs === 0) this.spend(bytes);
    return waitMs;
  }

  /** Idle time earns little, so that a pause is not followed by a burst: with a portion on credit, 15 % of a second. */
  #earn(now: number): void {
    const earned = (this.#bytesPerSecond * (now - this.#at)) / 1000;
    const isUnlimited = this.#bytesPerSecond === Number.POSITIVE_INFINITY; // nothing is owed, nothing saved
    this.#tokens = isUnlimited
      ? 0
      : Math.min(this.#tokens + earned, (this.#bytesPerSecond * mostSavedMs) / 1000);
    this.#at = now;
  }
}

/** What one swarm may move in one direction: within its own limit, and within those it shares with others. */
export class Allowance {
  readonly #limiters: readonly RateLimiter[];

  constructor(limiters: readonly RateLimiter[]) {
    this.#limiters = limiters;
  }

  /** Milliseconds until something may move: 0 when now, Infinity when nothing passes. */
  waitMs(now: number): number {
    let longest = 0;
    for (const limiter of this.#limiters) longest = Math.max(longest, limiter.waitMs(now, this));
    return longest;
  }

  spend(bytes: number): void {
    for (const limiter of this.#limiters) limiter.spend(bytes, this);
  }

  /** What may be moved at a time, so that others are not kept waiting: a twentieth of a second's worth. */
  get portion(): number {
    return this.#limiters.reduce(
      (least, { bytesPerSecond }) => Math.min(least, bytesPerSecond / 20),
      Number.POSITIVE_INFINITY,
    );
  }
}
