import type { BufferPool } from './buffer-pool.ts';
import { copyBytes } from './copy-bytes.ts';

/** Many small pieces, so that little has to be moved from one slab to the next. */
export const slabLength = 512 * 1024;
/** Of all slabs that are in use: each may be held for the sake of one small piece in it. */
const mostBytes = 16 * 1024 * 1024;
/** With less room than this, the next slab is begun. */
const leastRoom = 128 * 1024;
/** As much as the network has ready, and no more than what can be worked on before others wait for long. */
const longestRead = 256 * 1024;

/**
 * Memory that links receive into, of which messages may keep what is theirs without a copy: nothing in a slab is
 * written over while anybody uses it.
 */
export class Slabs {
  readonly #pool: BufferPool;
  #left: number;

  constructor(pool: BufferPool, most = mostBytes / slabLength) {
    this.#pool = pool;
    this.#left = most;
  }

  /** With one use, which is the caller's to end; undefined when too many are in use. */
  acquire(): Slab | undefined {
    if (this.#left === 0) return undefined;
    this.#left -= 1;
    return new Slab(this.#pool.acquire(slabLength), bytes => {
      this.#left += 1;
      this.#pool.release(bytes);
    });
  }
}

export class Slab {
  readonly bytes: Uint8Array;
  readonly #onUnused: (bytes: Uint8Array) => void;
  #uses = 1;

  constructor(bytes: Uint8Array, onUnused: (bytes: Uint8Array) => void) {
    this.bytes = bytes;
    this.#onUnused = onUnused;
  }

  /** One use more. Returns how it is ended: once. */
  use(): () => void {
    this.#uses += 1;
    return this.release;
  }

  /** Ends one use. */
  readonly release = (): void => {
    this.#uses -= 1;
    if (this.#uses === 0) this.#onUnused(this.bytes);
  };
}

/** Where one link receives: at the end of what waits in its slab, if it has one. */
export class Inlet {
  readonly #slabs: Slabs | undefined;
  #slab: Slab | undefined;
  /** What waits in the slab: from here to there. */
  #start = 0;
  #end = 0;

  constructor(slabs: Slabs | undefined) {
    this.#slabs = slabs;
  }

  /** Undefined without a slab. */
  get window(): Uint8Array | undefined {
    return this.#slab?.bytes.subarray(this.#end, this.#end + longestRead);
  }

  get waiting(): Uint8Array {
    return this.#slab?.bytes.subarray(this.#start, this.#end) ?? nothing;
  }

  get waitingBytes(): number {
    return this.#end - this.#start;
  }

  /** The slab that these bytes were received into, which they make longer what waits in; undefined when elsewhere. */
  take(received: Uint8Array): Slab | undefined {
    const slab = this.#slab;
    if (slab === undefined || received.buffer !== slab.bytes.buffer) return undefined;
    if (received.byteOffset !== slab.bytes.byteOffset + this.#end) return undefined;
    this.#end += received.length;
    return slab;
  }

  /** Has bytes wait in a slab, those at its end or others. Returns false when there is no slab for them. */
  keep(bytes: Uint8Array): boolean {
    if (this.#slab !== undefined && slabLength - this.#end >= leastRoom) {
      this.#start = this.#end - bytes.length;
      return true;
    }
    const slab = bytes.length > slabLength - leastRoom ? undefined : this.#slabs?.acquire();
    if (slab === undefined) return false;
    const start = bytes.byteOffset & 7; // copied fast where both lie alike
    copyBytes(bytes, slab.bytes, start);
    this.#slab?.release(); // only now: they may lie in it
    this.#slab = slab;
    this.#start = start;
    this.#end = start + bytes.length;
    return true;
  }

  /** Gives up the slab; nothing waits any more. */
  leave(): void {
    this.#slab?.release();
    this.#slab = undefined;
    this.#start = 0;
    this.#end = 0;
  }
}

const nothing = new Uint8Array(0);
