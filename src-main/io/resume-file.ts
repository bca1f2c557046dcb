import { readFile, unlink } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { Bitfield } from '../../src-shared/bitfield.ts';
import type { Layout } from '../engine/content/layout.ts';
import type { StorageFailure } from '../engine/ports.ts';
import type { ContentFiles } from './content-files.ts';
import { asStorageFailure, type FilePlace, failureAt, naming, statIfThere } from './file-failure.ts';
import type { FileQueue } from './file-queue.ts';
import { type Handle, OpenHandles } from './open-handles.ts';
import { replaceFile } from './whole-file.ts';

/**
 * The resume file says which pieces are written, each with a digest of its bytes:
 *
 *     {"piecewise":"resume","version":1,"name":"thefile","totalLength":2167705,"pieceLength":16384}\n
 *     piece (4 bytes)  digest (4)  complement of the XOR of both (4)       one record per piece, big-endian
 *
 * In the course protocol the digest is the CRC-32 of the piece. What shares record, `share-record.ts` tells.
 *
 * A record is appended after its piece is written. The file is replaced as a whole, atomically, at the start and at
 * the end of a run.
 *
 * The digest tells whether the bytes on disk are the ones we once wrote: it finds what a crash or another program
 * tore or altered. It is no protection against peers, because anybody can make other bytes with the same CRC-32.
 */
/** In bytes. */
export const recordLength = 12;

/** Read at once when recorded pieces are compared with the disk: much for the disk, a moment for the loop. */
const windowLength = 1024 * 1024;

/** The digest of a piece, or of what precedes `bytes` in it and `bytes`. */
export const digestOf: (bytes: Uint8Array, preceding?: number) => number = crc32;

/** What a resume file records: digests by number. A later one takes the place of an earlier one. */
export interface Records {
  /** Numbers are below it. */
  readonly limit: number;
  set(number: number, digest: number): void;
  /** As a fresh file lists them. */
  entries(): Iterable<readonly [number: number, digest: number]>;
}

/** Pieces, each with the CRC-32 of its bytes. */
export class PieceDigests implements Records {
  readonly pieces: Bitfield;
  readonly #digests: Uint32Array;

  constructor(pieceCount: number) {
    this.pieces = new Bitfield(pieceCount);
    this.#digests = new Uint32Array(pieceCount);
  }

  set(piece: number, digest: number): void {
    this.pieces.set(piece);
    this.#digests[piece] = digest;
  }

  get(piece: number): number | undefined {
    return this.pieces.has(piece) ? this.#digests[piece] : undefined;
  }

  get limit(): number {
    return this.pieces.size;
  }

  *entries(): Generator<readonly [number, number]> {
    for (const piece of this.pieces) yield [piece, this.#digests[piece]!];
  }
}

/** The first line of a resume file: a file that begins otherwise belongs to other content. */
export function resumeHeader(name: string, { totalLength, pieceLength }: Layout): Uint8Array {
  const identity = { piecewise: 'resume', version: 1, name, totalLength, pieceLength };
  return new TextEncoder().encode(`${JSON.stringify(identity)}\n`);
}

/** What was found where a resume file should be. */
export interface ReadResume {
  /** When it was last written to, in milliseconds since the Unix epoch. */
  readonly writtenAtMs: number;
  /** What is wrong with the file, in words. */
  readonly note: string | undefined;
}

/**
 * Puts what a resume file claims into `records`; undefined when there is none. Nothing of it is true until it is
 * compared with the bytes on disk. Throws a `FileFailure`.
 */
export async function readResume(
  place: FilePlace,
  header: Uint8Array,
  records: Records,
): Promise<ReadResume | undefined> {
  const found = await statIfThere(place);
  if (found === undefined) return undefined;
  // A run appends each number once, so that anything much longer is not ours and need not fit into memory.
  const longest = header.length + recordLength * 2 * (records.limit + 1024);
  const isPlausible = found.isFile() && found.size <= longest;
  const bytes = isPlausible ? await naming(place, readFile(place.path)) : new Uint8Array();
  const note = decodeResume(bytes, header, records);
  return { writtenAtMs: found.mtimeMs, note: note && `${place.shown}: ${note}` };
}

/**
 * Any bytes give some records: those that are torn, altered or out of range are left out. Returns what is wrong, in
 * words.
 */
export function decodeResume(bytes: Uint8Array, header: Uint8Array, records: Records): string | undefined {
  if (!header.every((byte, at) => bytes[at] === byte)) {
    return 'it is damaged or belongs to other content, and is ignored';
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let damaged = 0;
  for (let at = header.length; at < bytes.length; at += recordLength) {
    const isWhole = at + recordLength <= bytes.length;
    const [number, digest] = isWhole ? [view.getUint32(at), view.getUint32(at + 4)] : [records.limit, 0];
    const check = isWhole ? view.getUint32(at + 8) : 0;
    if (number < records.limit && check === checkOf(number, digest)) records.set(number, digest);
    // All zeros: kept for a record that never came to be, as of a piece that was wrong.
    else if (number !== 0 || digest !== 0 || check !== 0) damaged += 1;
  }
  return damaged === 0 ? undefined : `records that are damaged and ignored: ${damaged}`;
}

/** Those of the recorded pieces whose bytes on disk have the digest recorded. What cannot be read is not among them. */
export async function confirm(
  recorded: PieceDigests,
  layout: Layout,
  files: ContentFiles,
): Promise<PieceDigests> {
  const confirmed = new PieceDigests(layout.pieceCount);
  const window = new Uint8Array(Math.min(windowLength, layout.totalLength));
  for (const { first, last } of runsOf(recorded.pieces)) {
    const end = layout.offsetOf(last) + layout.lengthOf(last);
    let piece = first;
    let missing = layout.lengthOf(first);
    let digest = 0;
    let isRead = true;
    for (let start = layout.offsetOf(first); start < end; start += window.length) {
      const bytes = window.subarray(0, Math.min(window.length, end - start));
      const failure = await new Promise<StorageFailure | undefined>(done => files.read(start, bytes, done));
      isRead &&= failure === undefined;
      for (let at = 0; at < bytes.length; ) {
        const length = Math.min(missing, bytes.length - at);
        digest = digestOf(bytes.subarray(at, at + length), digest);
        at += length;
        missing -= length;
        if (missing > 0) continue;
        if (isRead && digest === recorded.get(piece)) confirmed.set(piece, digest);
        piece += 1;
        missing = piece <= last ? layout.lengthOf(piece) : 0;
        digest = 0;
        isRead = failure === undefined;
      }
    }
  }
  return confirmed;
}

/** Neighbouring pieces together, so that they are read together. */
function* runsOf(pieces: Bitfield): Generator<{ readonly first: number; readonly last: number }> {
  let first: number | undefined;
  for (let piece = 0; piece <= pieces.size; piece += 1) {
    if (pieces.has(piece)) first ??= piece;
    else if (first !== undefined) {
      yield { first, last: piece - 1 };
      first = undefined;
    }
  }
}

function encodeRecord(view: DataView, at: number, number: number, digest: number): void {
  view.setUint32(at, number);
  view.setUint32(at + 4, digest);
  view.setUint32(at + 8, checkOf(number, digest));
}

/** Recognises what was torn, zeros included, so that one bad record spoils no other. */
function checkOf(number: number, digest: number): number {
  return ~(number ^ digest) >>> 0;
}

/** Where a record is to be written by somebody else, and what. */
export interface RecordPlace {
  readonly number: number;
  readonly digest: number;
  readonly handle: Handle;
  readonly position: number;
  readonly bytes: Uint8Array;
}

interface Appending {
  readonly number: number;
  readonly digest: number;
  readonly done: (failure?: StorageFailure) => void;
}

/** The resume file of a running download. It is open while records are appended, and as long as there are not too many. */
export class ResumeFile {
  readonly #place: FilePlace;
  readonly #header: Uint8Array;
  readonly #records: Records;
  readonly #queue: FileQueue;
  readonly #handles: OpenHandles;
  /** Where the next record goes. What a failed append left beyond it is overwritten. */
  #end = 0;
  /** Where a record before the end was to be and is not: others go there. */
  readonly #gaps: number[] = [];
  #waiting: Appending[] = [];
  #isAppending = false;
  #onIdle = () => {};
  #isClosed = false;

  /** Replaces the file at `place` by one with these records. Throws a `FileFailure`. */
  static async create(
    place: FilePlace,
    header: Uint8Array,
    records: Records,
    queue: FileQueue,
    handles = new OpenHandles(),
  ): Promise<ResumeFile> {
    const file = new ResumeFile(place, header, records, queue, handles);
    await file.#replace();
    return file;
  }

  private constructor(
    place: FilePlace,
    header: Uint8Array,
    records: Records,
    queue: FileQueue,
    handles: OpenHandles,
  ) {
    this.#place = place;
    this.#header = header;
    this.#records = records;
    this.#queue = queue;
    this.#handles = handles;
  }

  /** Records what is on disk. One append is under way at a time and takes along all that waited for it. */
  append(number: number, digest: number, done: (failure?: StorageFailure) => void): void {
    this.#waiting.push({ number, digest, done });
    if (!this.#isAppending) this.#appendWaiting();
  }

  /**
   * For a record that somebody else writes, right after what it records, and then says `onRecorded`. Undefined: the file
   * is not open, and only `append` opens it.
   */
  place(number: number, digest: number): RecordPlace | undefined {
    const handle = this.#handles.use(this);
    if (handle === undefined) return undefined;
    const bytes = new Uint8Array(recordLength);
    encodeRecord(new DataView(bytes.buffer), 0, number, digest);
    return { number, digest, handle, position: this.#gaps.pop() ?? this.#take(recordLength), bytes };
  }

  onRecorded({ number, digest, handle, position }: RecordPlace, isThere: boolean): void {
    this.#handles.release(handle);
    if (isThere) this.#records.set(number, digest);
    else this.#giveBack(position, recordLength);
  }

  /** Leaves a compact file behind, after what is being appended. When that cannot be written, the one with the appended records stays. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#isAppending) {
      await new Promise<void>(resolve => {
        this.#onIdle = resolve;
      });
    }
    await this.#handles.forget(this);
    // The records are on disk all the same.
    await this.#replace().catch(() => {});
  }

  /** The content is complete. A file that cannot be removed is of no consequence. */
  async remove(): Promise<void> {
    this.#isClosed = true;
    await this.#handles.forget(this);
    await unlink(this.#place.path).catch(() => {});
  }

  #appendWaiting(): void {
    this.#isAppending = true;
    const handle = this.#handles.use(this);
    if (handle !== undefined) return this.#appendTo(handle);
    this.#open().then(
      opened => this.#appendTo(opened),
      error => this.#onAppended(this.#takeWaiting(), asStorageFailure(error)),
    );
  }

  #appendTo(handle: Handle): void {
    const appending = this.#takeWaiting();
    const bytes = new Uint8Array(appending.length * recordLength);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < appending.length; i += 1) {
      const { number, digest } = appending[i]!;
      encodeRecord(view, i * recordLength, number, digest);
    }
    const position = this.#take(bytes.length);
    this.#queue.write(handle.fd, bytes, position, error => {
      this.#handles.release(handle);
      if (error) {
        this.#giveBack(position, bytes.length);
        return this.#onAppended(appending, failureAt(this.#place, error));
      }
      for (const { number, digest } of appending) this.#records.set(number, digest);
      this.#onAppended(appending);
    });
  }

  #onAppended(appended: readonly Appending[], failure?: StorageFailure): void {
    this.#isAppending = false;
    if (this.#waiting.length > 0) this.#appendWaiting();
    for (const { done } of appended) done(failure);
    if (!this.#isAppending) this.#onIdle();
  }

  #take(length: number): number {
    const position = this.#end;
    this.#end += length;
    return position;
  }

  #giveBack(position: number, length: number): void {
    if (position + length === this.#end) this.#end = position;
    else for (let at = position; at < position + length; at += recordLength) this.#gaps.push(at);
  }

  #takeWaiting(): readonly Appending[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }

  /** Made anew where somebody has removed it. */
  async #open(): Promise<Handle> {
    const open = () => this.#handles.open(this, this.#place.path, 'r+');
    const opened = open().catch(async error => {
      if (error.code !== 'ENOENT') throw error;
      await this.#replace();
      return open();
    });
    return naming(this.#place, opened);
  }

  async #replace(): Promise<void> {
    const { path, shown } = this.#place;
    const bytes = snapshotOf(this.#header, this.#records);
    await replaceFile(this.#place, { path: `${path}.new`, shown: `${shown}.new` }, bytes, true);
    this.#end = bytes.length;
    this.#gaps.length = 0;
  }
}

function snapshotOf(header: Uint8Array, records: Records): Uint8Array {
  const entries = [...records.entries()];
  const bytes = new Uint8Array(header.length + entries.length * recordLength);
  bytes.set(header);
  const view = new DataView(bytes.buffer);
  for (const [i, [number, digest]] of entries.entries())
    encodeRecord(view, header.length + i * recordLength, number, digest);
  return bytes;
}
