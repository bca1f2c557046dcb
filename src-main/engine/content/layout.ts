import type { Bitfield } from '../../../src-shared/bitfield.ts';

/**
 * The geometry of shared content: how bytes divide into pieces, pieces into blocks, and how a run of bytes falls
 * on files. All lengths and offsets are in bytes.
 */
export class Layout {
  readonly totalLength: number;
  readonly pieceLength: number;
  /** The unit of a request: a whole piece in the course protocol, 16 KiB in BitTorrent. */
  readonly blockLength: number;
  /** N = ceil(totalLength / pieceLength). */
  readonly pieceCount: number;
  /** The last piece may have fewer. */
  readonly blocksInPiece: number;

  constructor(totalLength: number, pieceLength: number, blockLength: number = pieceLength) {
    this.totalLength = totalLength;
    this.pieceLength = pieceLength;
    this.blockLength = Math.min(blockLength, pieceLength);
    this.pieceCount = Math.ceil(totalLength / pieceLength);
    this.blocksInPiece = Math.ceil(pieceLength / this.blockLength);
  }

  offsetOf(piece: number): number {
    return piece * this.pieceLength;
  }

  /** Every piece is `pieceLength` long but the last, which is as long as what remains (never 0). */
  lengthOf(piece: number): number {
    return piece === this.pieceCount - 1 ? this.totalLength - this.offsetOf(piece) : this.pieceLength;
  }

  blocksIn(piece: number): number {
    return Math.ceil(this.lengthOf(piece) / this.blockLength);
  }

  blockOffset(block: number): number {
    return block * this.blockLength;
  }

  blockLengthOf(piece: number, block: number): number {
    return Math.min(this.blockLength, this.lengthOf(piece) - this.blockOffset(block));
  }

  /** The place of a block among those of all pieces. */
  numberOf(piece: number, block: number): number {
    return piece * this.blocksInPiece + block;
  }

  isPiece(index: number): boolean {
    return Number.isInteger(index) && index >= 0 && index < this.pieceCount;
  }

  /** Whether a request stays inside its piece. Safe with any numbers: the sender chose all three. */
  isWithinPiece(piece: number, offset: number, length: number): boolean {
    return this.isPiece(piece) && offset >= 0 && length > 0 && offset + length <= this.lengthOf(piece);
  }

  /** Whether all of a run that begins in a piece, and may go on over the pieces after it, lies in these pieces. */
  isWithinPieces(pieces: Bitfield, piece: number, offset: number, length: number): boolean {
    const end = this.offsetOf(piece) + offset + length;
    if (!this.isWithinPiece(piece, offset, 1) || !(length > 0) || end > this.totalLength) return false;
    for (let part = piece; this.offsetOf(part) < end; part += 1) if (!pieces.has(part)) return false;
    return true;
  }
}

/** A file of the content, in its place in the run of bytes that the pieces divide. */
export interface ContentFile {
  /** Below the content's folder, with forward slashes. */
  readonly path: string;
  readonly length: number;
}

/** Where a run of content bytes lies: `length` bytes at `offset` of file number `file`. */
export interface FileSpan {
  readonly file: number;
  readonly offset: number;
  readonly length: number;
}

/** Files laid end to end as the one run of bytes that the pieces divide. What lies where takes a few steps to find. */
export class FileMap {
  readonly files: readonly ContentFile[];
  /** Where each file begins in the content and, last, where the content ends. */
  readonly #starts: Float64Array;

  constructor(files: readonly ContentFile[]) {
    this.files = files;
    this.#starts = new Float64Array(files.length + 1);
    for (const [file, { length }] of files.entries()) this.#starts[file + 1] = this.#starts[file]! + length;
  }

  get totalLength(): number {
    return this.#starts[this.files.length]!;
  }

  /** Where a file begins in the content. */
  startOf(file: number): number {
    return this.#starts[file]!;
  }

  /** Where `length` bytes that begin `start` bytes into the content lie, in order; empty files are skipped. */
  spansOf(start: number, length: number): FileSpan[] {
    const spans: FileSpan[] = [];
    const end = start + length;
    for (let file = this.#firstReaching(start); file < this.files.length; file += 1) {
      const fileStart = this.startOf(file);
      if (fileStart >= end) break;
      const from = Math.max(start, fileStart);
      const to = Math.min(end, this.startOf(file + 1));
      if (from < to) spans.push({ file, offset: from - fileStart, length: to - from });
    }
    return spans;
  }

  /** The pieces that hold bytes of a file, `end` not among them; none for an empty file. */
  piecesOf(file: number, { pieceLength }: Layout): { readonly first: number; readonly end: number } {
    const first = Math.floor(this.startOf(file) / pieceLength);
    const isEmpty = this.files[file]!.length === 0;
    return { first, end: isEmpty ? first : Math.ceil(this.startOf(file + 1) / pieceLength) };
  }

  /** The first file that ends beyond `position`. */
  #firstReaching(position: number): number {
    let low = 0;
    let high = this.files.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.startOf(middle + 1) > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
