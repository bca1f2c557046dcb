import type { Columns } from './columns.ts';
import type { OwnShares, Shares } from './shares.ts';

/** Rows of the matrix as pixels, one 32-bit number each: a picture costs the same however many pieces it shows. */

/** The column at each pixel of a line; -1 in the gaps. */
export function columnOfPixels({ edges, count, gap }: Columns): Int32Array {
  const line = new Int32Array(edges[count] ?? 0).fill(-1);
  for (let column = 0; column < count; column += 1) {
    line.fill(column, edges[column]!, edges[column + 1]! - gap);
  }
  return line;
}

/** Where to paint: `pixels` has lines of `width`. */
export interface Ground {
  readonly pixels: Uint32Array;
  readonly width: number;
  readonly columnOfPixel: Int32Array;
}

/** Below this height a share is told by the strength of its colour, above by its height. */
const leastHeightForShares = 6;

/** 0 for the gap between two columns. */
const nothing = 0;

export function paintShares(
  ground: Ground,
  top: number,
  height: number,
  shares: Shares,
  on: number,
  off: number,
): void {
  const { pixels, width, columnOfPixel } = ground;
  const strengths = height < leastHeightForShares ? strengthsBetween(off, on) : undefined;
  for (let y = 0; y < height; y += 1) {
    const offset = (top + y) * width;
    const threshold = thresholdOf(height - y, height);
    for (let x = 0; x < columnOfPixel.length; x += 1) {
      const column = columnOfPixel[x]!;
      if (column < 0) pixels[offset + x] = nothing;
      else if (strengths !== undefined) pixels[offset + x] = strengths[shares[column]!]!;
      else pixels[offset + x] = shares[column]! >= threshold ? on : off;
    }
  }
}

/** The least share that reaches `level` of `height` pixels. Some reaches the first, and only all reaches the last. */
function thresholdOf(level: number, height: number): number {
  if (level === height) return 255;
  return 1 + Math.floor(((level - 1) / Math.max(1, height - 1)) * 254);
}

/** Where a column is one piece, each state has its form; where it is several, what is under way lies on what we have. */
export function paintOwnShares(
  ground: Ground,
  top: number,
  height: number,
  { have, underWay }: OwnShares,
  on: number,
  off: number,
): void {
  const begun = mixed(off, on, 115);
  const sums = have.map((share, column) => Math.min(255, share + underWay[column]!));
  paintShares(ground, top, height, sums, begun, off);
  const { pixels, width, columnOfPixel } = ground;
  const isLow = height < leastHeightForShares;
  for (let y = 0; y < height; y += 1) {
    const threshold = isLow ? 255 : thresholdOf(height - y, height);
    const offset = (top + y) * width;
    for (let x = 0; x < columnOfPixel.length; x += 1) {
      const column = columnOfPixel[x]!;
      if (column >= 0 && have[column]! >= threshold) pixels[offset + x] = on;
    }
  }
}

/** Of single pieces: `codes` are values of `pieceState` by column, and each has a form of its own. */
export function paintOwnPieces(
  ground: Ground,
  top: number,
  height: number,
  codes: Uint8Array,
  on: number,
  off: number,
): void {
  const { pixels, width, columnOfPixel } = ground;
  const bands = bandsOf(height);
  for (let y = 0; y < height; y += 1) {
    const offset = (top + y) * width;
    for (let x = 0; x < columnOfPixel.length; x += 1) {
      const column = columnOfPixel[x]!;
      const band = column < 0 ? undefined : bands[codes[column]!];
      if (band === undefined) pixels[offset + x] = nothing;
      else pixels[offset + x] = y >= band[0] && y < band[1] ? on : off;
    }
  }
}

/** Of each piece state, the lines that are filled: missing, requested, verifying, have. */
export function bandsOf(height: number): readonly (readonly [number, number])[] {
  const third = Math.max(1, Math.round(height / 3));
  const middle = Math.floor((height - third) / 2);
  return [
    [0, 0],
    [Math.ceil(height / 2), height],
    [middle, middle + third],
    [0, height],
  ];
}

/** Bars from the bottom of a band: `heights` in pixels by column. */
export function paintBars(
  ground: Ground,
  top: number,
  height: number,
  heights: ArrayLike<number>,
  colour: number,
): void {
  const { pixels, width, columnOfPixel } = ground;
  for (let y = 0; y < height; y += 1) {
    const offset = (top + y) * width;
    const level = height - y;
    for (let x = 0; x < columnOfPixel.length; x += 1) {
      const column = columnOfPixel[x]!;
      if (column >= 0 && heights[column]! >= level) pixels[offset + x] = colour;
    }
  }
}

function strengthsBetween(off: number, on: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, share) => mixed(off, on, share));
}

/** Between two colours: all of the first at 0, all of the second at 255. */
export function mixed(from: number, to: number, share: number): number {
  let colour = 0;
  for (let shift = 0; shift < 32; shift += 8) {
    const a = (from >>> shift) & 0xff;
    const b = (to >>> shift) & 0xff;
    colour |= Math.round(a + ((b - a) * share) / 255) << shift;
  }
  return colour >>> 0;
}
