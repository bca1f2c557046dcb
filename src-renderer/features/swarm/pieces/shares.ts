import type { ReadonlyBytes } from '../../../../src-shared/bitfield.ts';
import { pieceState } from '../../../../src-shared/swarm-state.ts';
import type { Columns } from './columns.ts';

/** Of each column, the share of its pieces that somebody has: 0 none, 255 all, between them some. */
export type Shares = Uint8Array;

/** Reads a bitfield. */
export function sharesOf(bytes: ReadonlyBytes, columns: Columns): Shares {
  const counts = new Int32Array(columns.count);
  const { columnOf, pieceCount } = columns;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index]!;
    if (byte === 0) continue;
    const last = Math.min(8, pieceCount - index * 8);
    for (let bit = 0; bit < last; bit += 1) {
      if (byte & (0x80 >> bit)) counts[columnOf[index * 8 + bit]!]! += 1;
    }
  }
  return asShares(counts, columns);
}

/** Of our own pieces: those we have, and those asked for or being verified. */
export interface OwnShares {
  readonly have: Shares;
  readonly underWay: Shares;
}

export function ownSharesOf(pieces: Uint8Array, columns: Columns): OwnShares {
  const have = new Int32Array(columns.count);
  const underWay = new Int32Array(columns.count);
  const { columnOf } = columns;
  for (let piece = 0; piece < pieces.length; piece += 1) {
    const state = pieces[piece]!;
    if (state === pieceState.have) have[columnOf[piece]!]! += 1;
    else if (state !== pieceState.missing) underWay[columnOf[piece]!]! += 1;
  }
  return { have: asShares(have, columns), underWay: asShares(underWay, columns) };
}

/** Some is never none and never all, however many pieces a column stands for. */
function asShares(counts: Int32Array, { starts, count }: Columns): Shares {
  const shares = new Uint8Array(count);
  for (let column = 0; column < count; column += 1) {
    const all = starts[column + 1]! - starts[column]!;
    const some = counts[column]!;
    shares[column] = some === 0 ? 0 : some === all ? 255 : 1 + Math.floor((some / all) * 253);
  }
  return shares;
}

/** Copies of the pieces of each column. */
export interface ColumnCopies {
  /** On average. */
  readonly mean: Float32Array;
  /** Of the rarest piece that we lack; -1 where we lack none. */
  readonly lacking: Int32Array;
}

export function copiesOf(copies: ArrayLike<number>, pieces: Uint8Array, columns: Columns): ColumnCopies {
  const { columnOf, starts, count } = columns;
  const mean = new Float32Array(count);
  const lacking = new Int32Array(count).fill(-1);
  for (let piece = 0; piece < pieces.length; piece += 1) {
    const column = columnOf[piece]!;
    const of = copies[piece]!;
    mean[column]! += of;
    if (pieces[piece] !== pieceState.have && (lacking[column]! < 0 || of < lacking[column]!)) {
      lacking[column] = of;
    }
  }
  for (let column = 0; column < count; column += 1) mean[column]! /= starts[column + 1]! - starts[column]!;
  return { mean, lacking };
}

const bitsIn = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length);

/** How many pieces of a bitfield we lack. */
export function countLacking(bytes: ReadonlyBytes, ours: ReadonlyBytes): number {
  let count = 0;
  for (let index = 0; index < bytes.length; index += 1)
    count += bitsIn[bytes[index]! & ~ours[index]! & 0xff]!;
  return count;
}

/** The pieces we have, as the bytes of a bitfield. */
export function bytesOf(pieces: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(pieces.length / 8));
  for (let piece = 0; piece < pieces.length; piece += 1) {
    if (pieces[piece] === pieceState.have) bytes[piece >> 3]! |= 0x80 >> (piece & 7);
  }
  return bytes;
}
