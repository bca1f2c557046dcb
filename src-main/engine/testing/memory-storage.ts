import { Bitfield } from '../../../src-shared/bitfield.ts';
import type { Layout } from '../content/layout.ts';
import type { Clock, Storage, StorageFailure, StoredBytes } from '../ports.ts';

const fullDisk = 'the disk is full';

/** What a memory storage does wrong; changed at any time, and meant for the calls that follow. */
export interface StorageFaults {
  /** Every write fails with this text. */
  failWrites?: string | undefined;
  /** Every read fails with this text. */
  failReads?: string | undefined;
  /** Giving the final name fails with this text. */
  failComplete?: string | undefined;
  /** The disk is full: pieces that reach beyond this many bytes of the content cannot be written. */
  fullAt?: number | undefined;
  /** Pieces of which a read gives altered bytes. */
  readonly corrupt: Set<number>;
  /** Reads, writes and completion are never answered. */
  neverAnswer: boolean;
}

export interface MemoryStorageOptions {
  readonly layout: Layout;
  readonly clock: Clock;
  /** Time until a call is answered. */
  readonly delayMs?: number;
  /** What is there at the start: the whole content unless `have` says which pieces of it. */
  readonly content?: Uint8Array;
  readonly have?: Bitfield;
  /** Part of the content may be all that is wanted: it is completed with that, and more may follow. */
  readonly isPartial?: boolean;
}

/** Storage without a disk, in the clock's time. As strict as a disk about who owns which bytes, and when. */
export class MemoryStorage implements Storage {
  readonly faults: StorageFaults = { corrupt: new Set(), neverAnswer: false };
  /** The content; 0 where nothing is written. */
  readonly content: Uint8Array;
  /** The pieces written. */
  readonly have: Bitfield;
  /** For the calls that follow. */
  delayMs: number;
  readonly #layout: Layout;
  readonly #clock: Clock;
  readonly #isPartial: boolean;
  #isComplete: boolean;
  #isClosing = false;
  #isClosed = false;
  #underWay = 0;
  #lent = 0;
  #onIdle: (() => void)[] = [];

  constructor({ layout, clock, delayMs = 1, content, have, isPartial = false }: MemoryStorageOptions) {
    this.#layout = layout;
    this.#isPartial = isPartial;
    this.#clock = clock;
    this.delayMs = delayMs;
    this.content = content?.slice() ?? new Uint8Array(layout.totalLength);
    const isSeed = content !== undefined && have === undefined;
    this.have = isSeed ? Bitfield.full(layout.pieceCount) : copyOf(have ?? new Bitfield(layout.pieceCount));
    this.#isComplete = this.have.isFull;
  }

  /** The content has its final name. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Calls not answered yet; those that never will be do not count. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Reads whose bytes were not released. */
  get lent(): number {
    return this.#lent;
  }

  read(
    piece: number,
    offset: number,
    length: number,
    done: (result: StoredBytes | StorageFailure) => void,
  ): void {
    if (!this.#layout.isWithinPieces(this.have, piece, offset, length)) {
      throw new RangeError(`${length} bytes at ${offset} of piece ${piece} were never written`);
    }
    this.#answerLater(this.faults.failReads, done, () => {
      const start = this.#layout.offsetOf(piece) + offset;
      const bytes = this.content.slice(start, start + length);
      this.#corrupt(start, bytes);
      done(this.#lend(bytes));
    });
  }

  write(piece: number, bytes: Uint8Array, done: (failure?: StorageFailure) => void): void {
    if (!this.#layout.isPiece(piece) || bytes.length !== this.#layout.lengthOf(piece)) {
      throw new RangeError(`${bytes.length} bytes are not piece ${piece}`);
    }
    if (this.#isComplete && !this.#isClosing && !this.#isPartial)
      throw new Error('complete content is not written');
    const start = this.#layout.offsetOf(piece);
    const isFull = start + bytes.length > (this.faults.fullAt ?? Number.POSITIVE_INFINITY);
    this.#answerLater(this.faults.failWrites ?? (isFull ? fullDisk : undefined), done, () => {
      // Taken at the last moment: who changes the bytes too early finds them changed.
      this.content.set(bytes, start);
      this.have.set(piece);
      done();
    });
  }

  complete(done: (failure?: StorageFailure) => void): void {
    if (!this.have.isFull && !this.#isPartial) throw new Error('pieces are missing');
    this.#answerLater(this.faults.failComplete, done, () => {
      this.#isComplete = true;
      done();
    });
  }

  close(done: () => void): void {
    this.#isClosing = true;
    const answer = () =>
      this.#clock.after(this.delayMs, () => {
        this.#isClosed = true;
        done();
      });
    if (this.#underWay === 0) answer();
    else this.#onIdle.push(answer);
  }

  /** Whether a call fails is settled when it is made. */
  #answerLater(
    failure: string | undefined,
    fail: (failure: StorageFailure) => void,
    succeed: () => void,
  ): void {
    if (this.faults.neverAnswer) return;
    const failed = this.#isClosing ? 'the storage is closed' : failure;
    this.#underWay += 1;
    this.#clock.after(this.delayMs, () => {
      if (failed === undefined) succeed();
      else fail(failed === fullDisk ? { failed, cause: 'full' } : { failed });
      this.#underWay -= 1;
      if (this.#underWay > 0) return;
      for (const onIdle of this.#onIdle.splice(0)) onIdle();
    });
  }

  #corrupt(start: number, bytes: Uint8Array): void {
    for (const piece of this.faults.corrupt) {
      const pieceStart = this.#layout.offsetOf(piece);
      const first = Math.max(start, pieceStart);
      const end = Math.min(start + bytes.length, pieceStart + this.#layout.lengthOf(piece));
      if (first < end) bytes[first - start]! ^= 0xff;
    }
  }

  #lend(bytes: Uint8Array): StoredBytes {
    let isLent = true;
    this.#lent += 1;
    return {
      bytes,
      release: () => {
        if (!isLent) return;
        isLent = false;
        this.#lent -= 1;
        // Whoever reads on after the release reads this.
        bytes.fill(0xdd);
      },
    };
  }
}

function copyOf(bitfield: Bitfield): Bitfield {
  return Bitfield.from(bitfield.toBytes(), bitfield.size);
}
