import type { FileView } from '../../../../src-shared/share.ts';

/** What is here of each file, from the pieces that are: a count up to each piece makes any stretch one subtraction. */
export class FileProgress {
  readonly #before: Int32Array;
  readonly #has: (piece: number) => boolean;
  readonly #pieceLength: number;
  readonly #pieceCount: number;

  constructor(has: (piece: number) => boolean, pieceCount: number, pieceLength: number) {
    this.#has = has;
    this.#pieceCount = pieceCount;
    this.#pieceLength = Math.max(1, pieceLength);
    this.#before = new Int32Array(pieceCount + 1);
    for (let piece = 0; piece < pieceCount; piece += 1) {
      this.#before[piece + 1] = this.#before[piece]! + (has(piece) ? 1 : 0);
    }
  }

  /** Bytes of a file that are here. */
  haveBytes({ offset, length }: FileView): number {
    return this.#bytesWithin(offset, offset + length);
  }

  /** Of equal parts of a file, from first to last, what is here of each, from 0 to 1. */
  parts({ offset, length }: FileView, count: number): Float32Array {
    const parts = new Float32Array(count);
    if (length === 0) return parts.fill(1);
    for (let part = 0; part < count; part += 1) {
      const from = offset + (length * part) / count;
      const to = offset + (length * (part + 1)) / count;
      parts[part] = this.#bytesWithin(from, to) / (to - from);
    }
    return parts;
  }

  #bytesWithin(from: number, to: number): number {
    if (to <= from) return 0;
    const length = this.#pieceLength;
    const first = Math.floor(from / length);
    const last = Math.min(this.#pieceCount - 1, Math.floor((to - 1e-9) / length));
    if (first > last) return 0;
    if (first === last) return this.#has(first) ? to - from : 0;
    const head = this.#has(first) ? (first + 1) * length - from : 0;
    const tail = this.#has(last) ? to - last * length : 0;
    return head + (this.#before[last]! - this.#before[first + 1]!) * length + tail;
  }
}

/** Whether a bit is set in a bitfield, the first in the highest bit of the first byte. */
export function bitsOf(bytes: Uint8Array): (piece: number) => boolean {
  return piece => ((bytes[piece >> 3] ?? 0) & (0x80 >> (piece & 7))) !== 0;
}

/** 100 only when nothing is missing; an empty file is always here. */
export function percentHere(have: number, length: number): number {
  return length === 0 ? 100 : Math.floor((Math.min(have, length) / length) * 100);
}

/**
 * A bar of `width` pixels as an SVG path: where all of a part is here, as high as the bar, where some of it is, half
 * of it, from the bottom.
 */
export function barPath(parts: Float32Array, height: number): string {
  let path = '';
  for (let at = 0; at < parts.length; ) {
    const level = levelOf(parts[at]!);
    let to = at + 1;
    while (to < parts.length && levelOf(parts[to]!) === level) to += 1;
    if (level > 0) {
      const top = level === 2 ? 0 : height / 2;
      path += `M${at} ${top}H${to}V${height}H${at}z`;
    }
    at = to;
  }
  return path;
}

function levelOf(share: number): 0 | 1 | 2 {
  return share >= 0.999 ? 2 : share > 0 ? 1 : 0;
}
