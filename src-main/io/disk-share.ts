import { unlink } from 'node:fs/promises';
import type { Bitfield } from '../../src-shared/bitfield.ts';
import type { BufferPool } from '../engine/buffer-pool.ts';
import type { FileMap, Layout } from '../engine/content/layout.ts';
import type { StorageFailure, StoredBytes } from '../engine/ports.ts';
import type { Held } from './content-folder.ts';
import type { DiskThreads, KeepingPlace } from './disk-thread.ts';
import { asStorageFailure, type FilePlace } from './file-failure.ts';
import type { Hasher } from './hasher.ts';
import type { RecordPlace, ResumeFile } from './resume-file.ts';
import type { ShareFiles, WritePlace } from './share-files.ts';
import { type ShareRecord, timeDigest } from './share-record.ts';
import type { ShareStorage } from './share-storage.ts';
import { lend, refuse } from './stored-bytes.ts';

/** What an open share is made of. */
export interface DiskShareParts {
  readonly layout: Layout;
  readonly map: FileMap;
  readonly pool: BufferPool;
  readonly files: ShareFiles;
  /** What the state file says. */
  readonly record: ShareRecord;
  readonly pieceHashes: Uint8Array;
  readonly hasher: Hasher;
  /** Does a whole piece on a thread of its own, where there is one. */
  readonly keep: DiskThreads['keep'] | undefined;
  readonly stateFile: FilePlace;
  readonly state: ResumeFile | undefined;
  /** Gives back the lock of a share that is written. */
  readonly unlock: (() => Promise<void>) | undefined;
  readonly priorities: Uint8Array;
  readonly held: Held;
}

interface Places {
  readonly inFile: WritePlace;
  readonly inState: RecordPlace;
}

/** A share on disk, as the engine sees it. */
export class DiskShare implements ShareStorage {
  readonly #parts: DiskShareParts;
  readonly #written: Bitfield;
  /** For each file the pieces of it that are not written. */
  readonly #lacking: Uint32Array;
  /** Pieces that were written as they were verified, before they were asked to be. */
  readonly #writtenAhead = new Set<number>();
  readonly #toAnswer: (() => void)[] = [];
  #priorities: Uint8Array;
  /** Reads and writes not answered yet, and files that are being given their names. */
  #underWay = 0;
  #onIdle: (() => void) | undefined;
  /** The last of the rounds in which files are given their final names. */
  #settling: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(parts: DiskShareParts) {
    const { layout, map, record } = parts;
    this.#parts = parts;
    this.#written = record.pieces;
    this.#priorities = parts.priorities.slice();
    this.#lacking = new Uint32Array(map.files.length);
    for (const file of this.#lacking.keys()) {
      if (parts.files.files[file]!.isPad) continue;
      const { first, end } = map.piecesOf(file, layout);
      for (let piece = first; piece < end; piece += 1)
        if (!this.#written.has(piece)) this.#lacking[file]! += 1;
    }
  }

  read(
    piece: number,
    offset: number,
    length: number,
    done: (result: StoredBytes | StorageFailure) => void,
  ): void {
    const { layout, files, pool } = this.#parts;
    if (!layout.isWithinPieces(this.#written, piece, offset, length)) {
      throw new RangeError(`${length} bytes at ${offset} of piece ${piece} were never written`);
    }
    if (this.#closing !== undefined) return refuse(done);
    const bytes = pool.acquire(length);
    this.#underWay += 1;
    files.read(layout.offsetOf(piece) + offset, bytes, failure => {
      const stored = lend(bytes, pool);
      if (failure !== undefined) stored.release();
      done(failure ?? stored);
      this.#onAnswered();
    });
  }

  /** A piece that is right is written in the same go where that can be: `write` comes next, and then has only to tell. */
  verify(piece: number, bytes: Uint8Array, done: (ok: boolean) => void): void {
    const { pieceHashes, hasher, keep } = this.#parts;
    const sha1 = pieceHashes.subarray(piece * 20, piece * 20 + 20);
    const hash = () => hasher.sha1(bytes, digest => done(Buffer.compare(digest, sha1) === 0));
    if (keep === undefined || !(bytes.buffer instanceof SharedArrayBuffer)) return hash();
    const places = this.#placesOf(piece, bytes.length);
    this.#underWay += 1;
    keep({ bytes, sha1, place: places && keepingPlace(places) }, outcome => {
      this.#onKept(piece, outcome === 'kept', places, () => {
        if (outcome === 'unknown') hash();
        else done(outcome !== 'wrong');
        this.#onAnswered();
      });
    });
  }

  write(piece: number, bytes: Uint8Array, done: (failure?: StorageFailure) => void): void {
    const { layout, files, record, state } = this.#parts;
    if (!layout.isPiece(piece) || bytes.length !== layout.lengthOf(piece)) {
      throw new RangeError(`${bytes.length} bytes are not piece ${piece}`);
    }
    if (this.#writtenAhead.delete(piece)) return this.#answerSoon(done);
    if (this.#closing !== undefined) return refuse(done);
    if (this.#written.has(piece) || state === undefined) throw new Error(`piece ${piece} is written already`);
    const answer = (failure?: StorageFailure) => {
      done(failure);
      this.#onAnswered();
    };
    this.#underWay += 1;
    files.write(layout.offsetOf(piece), bytes, failure => {
      if (failure !== undefined) return answer(failure);
      state.append(piece, record.digestOf(piece), failure => {
        if (failure === undefined) this.#onWritten(piece);
        answer(failure);
      });
    });
  }

  complete(done: (failure?: StorageFailure) => void): void {
    for (const file of this.#lacking.keys()) {
      if (this.#isWanted(file) && this.lacks(file)) throw new Error('pieces are missing');
    }
    if (this.#closing !== undefined) return refuse(done);
    this.#settleNext().then(
      () => done(),
      error => done(asStorageFailure(error)),
    );
  }

  close(done: () => void): void {
    this.#closing ??= this.#letGo();
    this.#closing.then(done);
  }

  setPriorities(priorities: Uint8Array): void {
    if (priorities.length !== this.#lacking.length) throw new RangeError('there is one priority a file');
    this.#priorities = priorities.slice();
    if (this.#closing === undefined) this.#settleNext().catch(asStorageFailure);
  }

  async deleteFiles(): Promise<readonly string[]> {
    await new Promise<void>(done => this.close(done));
    const { files, stateFile } = this.#parts;
    const left = await files.remove();
    await unlink(stateFile.path).catch(() => {});
    return left;
  }

  /** Whether pieces of a file are missing. */
  lacks(file: number): boolean {
    return this.#lacking[file]! > 0;
  }

  /** How much is still to be downloaded, in bytes. */
  wantedBytesLeft(): number {
    const { layout, map } = this.#parts;
    let left = 0;
    let counted = 0;
    for (const file of this.#lacking.keys()) {
      if (!this.#isWanted(file) || !this.lacks(file)) continue;
      const { first, end } = map.piecesOf(file, layout);
      for (let piece = Math.max(first, counted); piece < end; piece += 1) {
        if (!this.#written.has(piece)) left += layout.lengthOf(piece);
      }
      counted = Math.max(counted, end);
    }
    return left;
  }

  /** Gives every wanted file that is whole its final name. Throws a `FileFailure`; can be tried again. */
  async settle(): Promise<void> {
    const { files, state, unlock } = this.#parts;
    for (const [index, file] of files.files.entries()) {
      if (file.isPad || file.where === 'final' || !this.#isWanted(index) || this.lacks(index)) continue;
      await this.#finish(index);
    }
    if (!this.#written.isFull) return;
    // Nothing is written any more.
    this.#leaveFiles();
    await state?.close();
    await unlock?.();
  }

  /** Where a piece and its record may be written at once; undefined: there is more to do first. */
  #placesOf(piece: number, length: number): Places | undefined {
    const { layout, files, record, state } = this.#parts;
    if (this.#closing !== undefined) return undefined;
    const inState = state?.place(piece, record.digestOf(piece));
    if (inState === undefined) return undefined;
    const inFile = files.placeOfBytes(layout.offsetOf(piece), length);
    if (inFile !== undefined) return { inFile, inState };
    state!.onRecorded(inState, false);
    return undefined;
  }

  #onKept(piece: number, isKept: boolean, places: Places | undefined, done: () => void): void {
    if (places === undefined) return done();
    const { files, state } = this.#parts;
    files.onWritten(places.inFile, failure => {
      // What is wrong with the file is told when the piece is written anew.
      const isThere = isKept && failure === undefined;
      state!.onRecorded(places.inState, isThere);
      if (isThere) {
        this.#writtenAhead.add(piece);
        this.#onWritten(piece);
      }
      done();
    });
  }

  /** Never before the call returns that asks. */
  #answerSoon(done: () => void): void {
    this.#toAnswer.push(done);
    if (this.#toAnswer.length > 1) return;
    queueMicrotask(() => {
      for (const answer of this.#toAnswer.splice(0)) answer();
    });
  }

  #settleNext(): Promise<void> {
    const settled = this.#settling.then(() => this.settle());
    this.#settling = settled.catch(() => {});
    return settled;
  }

  #onWritten(piece: number): void {
    for (const file of this.#filesOf(piece)) {
      this.#lacking[file]! -= 1;
      if (this.lacks(file) || !this.#isWanted(file)) continue;
      this.#underWay += 1;
      // What is wrong is told when the share is complete, and then tried again.
      this.#finish(file)
        .catch(asStorageFailure)
        .then(() => this.#onAnswered());
    }
  }

  async #finish(index: number): Promise<void> {
    const { files, record, state } = this.#parts;
    await files.finish(index);
    const { seen } = files.files[index]!;
    if (seen === undefined || this.#written.isFull) return;
    // Known as left from now on, even if the process is killed while it writes others.
    await new Promise<void>(done =>
      state?.append(record.numberOf(index), timeDigest(seen.mtimeMs), () => done()),
    );
  }

  async #letGo(): Promise<void> {
    await this.#settling;
    await new Promise<void>(onIdle => {
      if (this.#underWay === 0) onIdle();
      else this.#onIdle = onIdle;
    });
    this.#leaveFiles();
    await this.#parts.held.letGo();
  }

  #leaveFiles(): void {
    const { files, record } = this.#parts;
    for (const [file, { seen }] of files.files.entries()) if (seen !== undefined) record.leave(file, seen);
  }

  #isWanted(file: number): boolean {
    return this.#priorities[file] !== 0;
  }

  /** Files that hold bytes of a piece on disk. */
  #filesOf(piece: number): number[] {
    const { layout, map, files } = this.#parts;
    const spans = map.spansOf(layout.offsetOf(piece), layout.lengthOf(piece));
    return spans.map(({ file }) => file).filter(file => !files.files[file]!.isPad);
  }

  #onAnswered(): void {
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#onIdle?.();
  }
}

function keepingPlace({ inFile, inState }: Places): KeepingPlace {
  const { handle, position, bytes } = inState;
  const record = { fd: handle.fd, position, bytes };
  return { fd: inFile.handle.fd, position: inFile.position, record };
}
