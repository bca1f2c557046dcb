import { crc32, deflateSync, inflateSync } from 'node:zlib';

/** Pictures of the screen are flat: without PNG's row filters they compress a fifth better than Chromium has them. */

const signatureLength = 8;

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

/** The same picture in fewer bytes. Takes PNGs as Chromium writes them: 8 bits, in colour, not interlaced. */
export function repacked(png: Buffer): Buffer {
  const chunks = chunksOf(png);
  const header = chunks.find(({ type }) => type === 'IHDR')!.data;
  const pixelLength = header[9] === 6 ? 4 : 3;
  const rowLength = header.readUInt32BE(0) * pixelLength;
  const packed = chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data);
  const rows = inflateSync(Buffer.concat(packed));
  for (let at = 0; at < rows.length; at += rowLength + 1) unfilter(rows, at, rowLength, pixelLength);
  return Buffer.concat([
    png.subarray(0, signatureLength),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunksOf(png: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = signatureLength; at < png.length; ) {
    const length = png.readUInt32BE(at);
    chunks.push({
      type: png.toString('latin1', at + 4, at + 8),
      data: png.subarray(at + 8, at + 8 + length),
    });
    at += length + 12;
  }
  return chunks;
}

/** Turns a row, which begins with the number of its filter, into plain bytes (PNG, section 9.2). */
function unfilter(rows: Buffer, at: number, length: number, pixelLength: number): void {
  const filter = rows[at];
  rows[at] = 0;
  const above = at - length - 1;
  for (let i = 1; i <= length; i += 1) {
    const left = i > pixelLength ? rows[at + i - pixelLength]! : 0;
    const up = above >= 0 ? rows[above + i]! : 0;
    const corner = i > pixelLength && above >= 0 ? rows[above + i - pixelLength]! : 0;
    const guesses = [0, left, up, (left + up) >> 1, paeth(left, up, corner)];
    rows[at + i] = rows[at + i]! + guesses[filter!]!;
  }
}

function paeth(left: number, up: number, corner: number): number {
  const [toLeft, toUp, toCorner] = [up - corner, left - corner, left + up - 2 * corner].map(Math.abs);
  if (toLeft! <= toUp! && toLeft! <= toCorner!) return left;
  return toUp! <= toCorner! ? up : corner;
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([frame.subarray(0, 4), named, frame.subarray(4)]);
}
