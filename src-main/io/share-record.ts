import { crc32 } from 'node:zlib';
import { Bitfield } from '../../src-shared/bitfield.ts';
import type { FileMap, Layout } from '../engine/content/layout.ts';
import type { Records } from './resume-file.ts';
import type { Seen } from './share-files.ts';

/** A record is written right after the bytes it is about; by so much its time may be the earlier one, in milliseconds. */
const slackMs = 250;

/** The last thing that is recorded of a file, where it is not how we left it. */
const nothing = -1;
const written = -2;

/**
 * What the state file of a share records, in order: that a piece is written, with the first four bytes of its SHA-1, and
 * how a file was left, with a digest of its time. So a file is known to be as we left it without reading it: it has the
 * time recorded; or, when the process was killed after it wrote to the file, a time not later than the last record's.
 */
export class ShareRecord implements Records {
  readonly pieces: Bitfield;
  readonly #layout: Layout;
  readonly #map: FileMap;
  readonly #hashes: DataView;
  /** For each file the digest of its time, or what is recorded instead. */
  readonly #files: Float64Array;

  constructor(layout: Layout, map: FileMap, pieceHashes: Uint8Array) {
    this.#layout = layout;
    this.#map = map;
    this.#hashes = new DataView(pieceHashes.buffer, pieceHashes.byteOffset, pieceHashes.length);
    this.pieces = new Bitfield(layout.pieceCount);
    this.#files = new Float64Array(map.files.length).fill(nothing);
  }

  get limit(): number {
    return this.#layout.pieceCount + this.#files.length;
  }

  /** What is recorded for a piece. */
  digestOf(piece: number): number {
    return this.#hashes.getUint32(piece * 20);
  }

  /** The number under which is recorded how a file was left. */
  numberOf(file: number): number {
    return this.#layout.pieceCount + file;
  }

  set(number: number, digest: number): void {
    const { pieceCount } = this.#layout;
    if (number >= pieceCount) this.#files[number - pieceCount] = digest;
    else if (digest === this.digestOf(number)) {
      this.pieces.set(number);
      const [start, length] = [this.#layout.offsetOf(number), this.#layout.lengthOf(number)];
      for (const { file } of this.#map.spansOf(start, length)) this.#files[file] = written;
    }
  }

  /** Records how a file is left. */
  leave(file: number, { mtimeMs }: Seen): void {
    this.#files[file] = timeDigest(mtimeMs);
  }

  /** Whether a file is as we left it. */
  isAsLeft(file: number, { size, mtimeMs }: Seen, writtenAtMs: number, bootedAtMs: number): boolean {
    if (size !== this.#map.files[file]!.length) return false;
    const recorded = this.#files[file]!;
    if (recorded !== written) return recorded === timeDigest(mtimeMs);
    // What was written shortly before the whole machine stopped may never have reached the disk.
    return mtimeMs <= writtenAtMs + slackMs && bootedAtMs <= writtenAtMs;
  }

  *entries(): Generator<readonly [number, number]> {
    for (const piece of this.pieces) yield [piece, this.digestOf(piece)];
    for (const [file, digest] of this.#files.entries()) {
      if (digest >= 0) yield [this.numberOf(file), digest];
    }
  }
}

export function timeDigest(mtimeMs: number): number {
  return crc32(new Uint8Array(Float64Array.of(mtimeMs).buffer));
}
