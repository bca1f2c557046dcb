const goodPieceCount = 1_500;
const smallest = 16 * 1024;
const largest = 16 * 1024 * 1024;

/** A power of two that makes about 1,500 pieces: few enough to list, enough for many peers to have different ones. */
export function pieceLengthFor(totalLength: number, { most = largest } = {}): number {
  const exact = Math.max(1, totalLength / goodPieceCount);
  return Math.min(most, Math.max(smallest, 2 ** Math.round(Math.log2(exact))));
}
