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

  constructor(totalLength: number, pieceLength: number, blockLength: number = pieceLength) {
    this.totalLength = totalLength;
    this.pieceLength = pieceLength;
    this.blockLength = Math.min(blockLength, pieceLength);
    this.pieceCount = Math.ceil(totalLength / pieceLength);
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

  isPiece(index: number): boolean {
    return Number.isInteger(index) && index >= 0 && index < this.pieceCount;
  }

  /** Whether a request stays inside its piece. Safe with any numbers: the sender chose all three. */
  isWithinPiece(piece: number, offset: number, length: number): boolean {
    return this.isPiece(piece) && offset >= 0 && length > 0 && offset + length <= this.lengthOf(piece);
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

/** The file spans of `length` bytes that begin `start` bytes into the content, in order; empty files are skipped. */
export function spansOf(files: readonly ContentFile[], start: number, length: number): FileSpan[] {
  const spans: FileSpan[] = [];
  const end = start + length;
  let fileStart = 0;
  for (const [file, { length: fileLength }] of files.entries()) {
    const from = Math.max(start, fileStart);
    const to = Math.min(end, fileStart + fileLength);
    if (from < to) spans.push({ file, offset: from - fileStart, length: to - from });
    fileStart += fileLength;
    if (fileStart >= end) break;
  }
  return spans;
}
