/**
 * A token bucket that may go into debt: what is taken is taken whole (a piece cannot be sent by halves), and the next
 * taker waits until the debt is paid. Over any stretch of time the mean stays at the limit.
 */
export class RateLimiter {
  #bytesPerSecond: number;
  #tokens: number;
  #at: number;

  /** `bytesPerSecond` may be Infinity: no limit; or 0: nothing passes. */
  constructor(bytesPerSecond: number, now: number) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#tokens = 0;
    this.#at = now;
  }

  /** Changes the limit from now on. */
  setLimit(bytesPerSecond: number, now: number): void {
    this.#earn(now);
    this.#bytesPerSecond = bytesPerSecond;
  }

  /**
   * Takes `bytes` if nothing is owed; otherwise takes nothing and says how many milliseconds to wait: Infinity when
   * nothing passes.
   */
  take(bytes: number, now: number): number {
    if (this.#bytesPerSecond === Number.POSITIVE_INFINITY) return 0;
    if (this.#bytesPerSecond === 0) return Number.POSITIVE_INFINITY;
    this.#earn(now);
    if (this.#tokens < 0) return Math.ceil((-this.#tokens / this.#bytesPerSecond) * 1000);
    this.#tokens -= bytes;
    return 0;
  }

  /** Idle time earns a tenth of a second's worth at most, so that a pause is not followed by a burst. */
  #earn(now: number): void {
    const earned = (this.#bytesPerSecond * (now - this.#at)) / 1000;
    const isUnlimited = this.#bytesPerSecond === Number.POSITIVE_INFINITY; // nothing is owed, nothing saved
    this.#tokens = isUnlimited ? 0 : Math.min(this.#tokens + earned, this.#bytesPerSecond / 10);
    this.#at = now;
  }
}
