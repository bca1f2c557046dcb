/** Whoever takes from a limiter, so that those who wait are served fairly. */
export type Claimant = object;

/** Whose turn it is goes first, but loses its turn when it does not come for this long. */
const turnMs = 50;

/** More than a turn, or nobody would ever lose one. */
const mostSavedMs = 75;

/**
 * A token bucket that may go into debt: what is taken is taken whole (a piece cannot be sent by halves), and the next
 * taker waits until the debt is paid. Over any stretch of time the mean stays at the limit. Several may share one: it
 * is shared by bytes, however much each takes at a time, and what one leaves goes to the others (start-time fair queueing,
 * Goyal, Vin and Cheng 1996).
 */
export class RateLimiter {
  #bytesPerSecond: number;
  #tokens: number;
  #at: number;
  /** Those who claimed a turn and have not taken it, each with its start tag: who has the least goes first. */
  readonly #waiting = new Map<Claimant, number>();
  /** The start tag of whoever took last; nobody who comes later starts before it. */
  #servedTag = 0;
  /** Where the next claim of each starts at the earliest: as many bytes on as it took. */
  readonly #endTags = new WeakMap<Claimant, number>();

  /** `bytesPerSecond` may be Infinity: no limit; or 0: nothing passes. */
  constructor(bytesPerSecond: number, now: number) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#tokens = 0;
    this.#at = now;
  }

  get bytesPerSecond(): number {
    return this.#bytesPerSecond;
  }

  /** A twentieth of a second's worth; where several wait, for all of them together. */
  get portion(): number {
    return this.#bytesPerSecond / 20 / Math.max(1, this.#waiting.size);
  }

  /** Changes the limit from now on. */
  setLimit(bytesPerSecond: number, now: number): void {
    this.#earn(now);
    this.#bytesPerSecond = bytesPerSecond;
  }

  /**
   * Takes a place in the line, which is kept until something is taken or the turn is missed. Returns the milliseconds until
   * it is worth claiming again: 0 when something may be taken now, Infinity when nothing passes.
   */
  claim(now: number, claimant: Claimant = this): number {
    if (this.#bytesPerSecond === Number.POSITIVE_INFINITY) return 0;
    if (this.#bytesPerSecond === 0) return Number.POSITIVE_INFINITY;
    this.#earn(now);
    this.#waiting.set(claimant, this.#startTagOf(claimant));
    if (this.#tokens < 0) return Math.ceil((-this.#tokens / this.#bytesPerSecond) * 1000);
    const first = this.#next();
    if (first === claimant) return 0;
    const missedTurnMs = (this.#tokens / this.#bytesPerSecond) * 1000;
    if (missedTurnMs < turnMs) return Math.ceil(turnMs - missedTurnMs);
    this.#waiting.delete(first);
    return this.claim(now, claimant);
  }

  /** Takes `bytes`, whether or not they are there. */
  spend(bytes: number, claimant: Claimant = this): void {
    const startTag = this.#startTagOf(claimant);
    this.#waiting.delete(claimant);
    if (this.#bytesPerSecond === Number.POSITIVE_INFINITY) return;
    this.#tokens -= bytes;
    this.#servedTag = Math.max(this.#servedTag, startTag);
    this.#endTags.set(claimant, startTag + bytes);
  }

  /** Takes `bytes` if nothing is owed; otherwise takes nothing and says how many milliseconds to wait. */
  take(bytes: number, now: number): number {
    const waitMs = this.claim(now);
    if (waitMs === 0) this.spend(bytes);
    return waitMs;
  }

  #startTagOf(claimant: Claimant): number {
    return this.#waiting.get(claimant) ?? Math.max(this.#servedTag, this.#endTags.get(claimant) ?? 0);
  }

  /** Of those who wait, which goes first; of several like it the one that waits longest. */
  #next(): Claimant {
    let next: Claimant = this;
    let least = Number.POSITIVE_INFINITY;
    for (const [claimant, startTag] of this.#waiting) {
      if (startTag >= least) continue;
      next = claimant;
      least = startTag;
    }
    return next;
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

  /** @param limiters its own first, those it shares last */
  constructor(limiters: readonly RateLimiter[]) {
    this.#limiters = limiters;
  }

  /**
   * Claims a turn at each limit. Returns the milliseconds until it is worth claiming again: 0 when something may move now,
   * Infinity when nothing passes. Where it must wait for its own limit, it takes no place in the line of a common one.
   */
  claim(now: number): number {
    for (const limiter of this.#limiters) {
      const waitMs = limiter.claim(now, this);
      if (waitMs > 0) return waitMs;
    }
    return 0;
  }

  spend(bytes: number): void {
    for (const limiter of this.#limiters) limiter.spend(bytes, this);
  }

  /** What may be moved at a time, so that others are not kept waiting. */
  get portion(): number {
    return this.#limiters.reduce(
      (least, limiter) => Math.min(least, limiter.portion),
      Number.POSITIVE_INFINITY,
    );
  }
}
