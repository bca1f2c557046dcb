/** Bytes per second over the last few seconds, and their total. Time comes in, so it runs in virtual time too. */
export class RateMeter {
  static readonly #slotMs = 250;
  static readonly #slotCount = 12;

  readonly #slots = new Float64Array(RateMeter.#slotCount);
  readonly #startedAt: number;
  #slot: number;
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
    this.#total += bytes;
  }

  /** Bytes per second, averaged over the last three seconds, or over the meter's life while that is shorter. */
  rate(now: number): number {
    this.#advance(now);
    const windowMs = RateMeter.#slotMs * (RateMeter.#slotCount - 1) + (now % RateMeter.#slotMs);
    const spanMs = Math.max(RateMeter.#slotMs, Math.min(windowMs, now - this.#startedAt));
    return (this.#slots.reduce((sum, bytes) => sum + bytes, 0) / spanMs) * 1000;
  }

  #advance(now: number): void {
    const slot = Math.floor(now / RateMeter.#slotMs);
    const passed = Math.min(slot - this.#slot, RateMeter.#slotCount);
    for (let i = 1; i <= passed; i += 1) this.#slots[(this.#slot + i) % RateMeter.#slotCount] = 0;
    this.#slot = Math.max(slot, this.#slot);
  }
}
