/** Bytes per second over the last few seconds, and their total. Time comes in, so it runs in virtual time too. */
export class RateMeter {
  static readonly #slotMs = 250;
  static readonly #slotCount = 12;

  readonly #slots = new Float64Array(RateMeter.#slotCount);
  readonly #startedAt: number;
  #slot: number;
  /** The sum of all slots. */
  #recent = 0;
  #total = 0;

  constructor(now: number) {
    this.#startedAt = now;
    this.#slot = Math.floor(now / RateMeter.#slotMs);
  }

  /** Bytes counted since the meter began. */
  get total(): number {
    return this.#total;
  }

  add(bytes: number, now: number): void {
    this.#advance(now);
    this.#slots[this.#slot % RateMeter.#slotCount]! += bytes;
    this.#recent += bytes;
    this.#total += bytes;
  }

  /**
   * Bytes per second, averaged over the last 2.75 seconds, or over the meter's life while that is shorter. The oldest
   * slot counts for the part of it that is still inside, so that the rate only falls while nothing comes.
   */
  rate(now: number): number {
    this.#advance(now);
    const windowMs = RateMeter.#slotMs * (RateMeter.#slotCount - 1);
    const oldest = this.#slots[(this.#slot + 1) % RateMeter.#slotCount]!;
    const bytes = this.#recent - oldest * this.#shareOfOldestBefore(now - windowMs);
    const spanMs = Math.max(RateMeter.#slotMs, Math.min(windowMs, now - this.#startedAt));
    return (bytes / spanMs) * 1000;
  }

  /** How much of the oldest slot, or of what the meter lived of it, lies before a time within it. */
  #shareOfOldestBefore(time: number): number {
    const end = (this.#slot - RateMeter.#slotCount + 2) * RateMeter.#slotMs;
    const start = Math.max(end - RateMeter.#slotMs, this.#startedAt);
    return start < end ? Math.min(1, Math.max(0, (time - start) / (end - start))) : 0;
  }

  copy(): RateMeter {
    const copy = new RateMeter(this.#startedAt);
    copy.#slots.set(this.#slots);
    copy.#slot = this.#slot;
    copy.#recent = this.#recent;
    copy.#total = this.#total;
    return copy;
  }

  #advance(now: number): void {
    const slot = Math.floor(now / RateMeter.#slotMs);
    const passed = Math.min(slot - this.#slot, RateMeter.#slotCount);
    for (let i = 1; i <= passed; i += 1) {
      const place = (this.#slot + i) % RateMeter.#slotCount;
      this.#recent -= this.#slots[place]!;
      this.#slots[place] = 0;
    }
    this.#slot = Math.max(slot, this.#slot);
  }
}
