import { BufferPool } from '../buffer-pool.ts';

/** A pool that remembers what was taken from it and is not given back, and spoils what is. */
export class CountingPool extends BufferPool {
  readonly #held = new Set<Uint8Array>();
  #heldBytes = 0;
  #peakBytes = 0;

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** The most that was held at any time. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  override acquire(length: number): Uint8Array {
    const buffer = super.acquire(length);
    this.#held.add(buffer);
    this.#heldBytes += length;
    this.#peakBytes = Math.max(this.#peakBytes, this.#heldBytes);
    return buffer;
  }

  override release(buffer: Uint8Array): void {
    if (!this.#held.delete(buffer))
      throw new Error('this buffer was given back already, or is not from here');
    this.#heldBytes -= buffer.length;
    buffer.fill(0xa5);
    super.release(buffer);
  }
}
