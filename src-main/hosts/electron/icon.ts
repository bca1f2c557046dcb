/** The app's mark, drawn: pieces of a file, one of them still missing. */

const squares = [
  { column: 0, row: 0, isFilled: true },
  { column: 1, row: 0, isFilled: true },
  { column: 0, row: 1, isFilled: true },
  { column: 1, row: 1, isFilled: false },
];

/** Pixels of a square picture, 4 bytes each (blue, green, red, opacity), for `nativeImage.createFromBitmap`. */
export function iconPixels(size: number): Uint8Array {
  const pixels = new Uint8Array(size * size * 4);
  const gap = Math.max(1, Math.round(size / 8));
  const side = Math.floor((size - 3 * gap) / 2);
  for (const { column, row, isFilled } of squares) {
    const left = gap + column * (side + gap);
    const top = gap + row * (side + gap);
    for (let y = 0; y < side; y += 1) {
      for (let x = 0; x < side; x += 1) {
        const isEdge = x === 0 || y === 0 || x === side - 1 || y === side - 1;
        if (isFilled || isEdge) pixels.set([0xff, 0xae, 0x7d, 0xff], ((top + y) * size + left + x) * 4);
      }
    }
  }
  return pixels;
}
