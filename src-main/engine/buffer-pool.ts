/**
 * Reuses the buffers that pieces travel through, by length, so that a transfer allocates next to nothing. Holds at
 * most `retainedBytes` of idle memory; beyond that, the lengths that nobody has asked for lately go first.
 */
export class BufferPool {
  readonly #retainedBytes: number;
  readonly #allocate: (length: number) => Uint8Array;
  /** By length; the length asked for last comes last. */
  readonly #idle = new Map<number, Uint8Array[]>();
  #idleBytes = 0;

  /** `allocate` makes the buffers, where they are not to be ordinary memory. */
  constructor(
    retainedBytes = 16 * 1024 * 1024,
    allocate: (length: number) => Uint8Array = length => new Uint8Array(length),
  ) {
    this.#retainedBytes = retainedBytes;
    this.#allocate = allocate;
  }

  /** Memory kept for the next caller. */
  get idleBytes(): number {
    return this.#idleBytes;
  }

  /** A buffer of exactly this length, with any content. */
  acquire(length: number): Uint8Array {
    const idle = this.#idle.get(length) ?? [];
    this.#idle.delete(length);
    this.#idle.set(length, idle);
    const buffer = idle.pop();
    if (buffer === undefined) return this.#allocate(length);
    this.#idleBytes -= length;
    return buffer;
  }

  /** Takes a buffer back. The caller must not use it again. */
  release(buffer: Uint8Array): void {
    if (buffer.length > this.#retainedBytes) return;
    const idle = this.#idle.get(buffer.length);
    if (idle === undefined) this.#idle.set(buffer.length, [buffer]);
    else idle.push(buffer);
    this.#idleBytes += buffer.length;
    this.#trim();
  }

  /** Peers choose the lengths they request, so a length that is not asked for any more must not fill the pool. */
  #trim(): void {
    for (const [length, idle] of this.#idle) {
      while (this.#idleBytes > this.#retainedBytes && idle.pop() !== undefined) this.#idleBytes -= length;
      if (this.#idleBytes <= this.#retainedBytes) return;
      this.#idle.delete(length);
    }
  }
}
