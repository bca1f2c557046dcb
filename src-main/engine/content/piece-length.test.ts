import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pieceLengthFor } from './piece-length.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

describe('the length of pieces', () => {
  it.each([
    [0, 16 * KiB],
    [1, 16 * KiB],
    [30 * MiB, 16 * KiB],
    [100 * MiB, 64 * KiB],
    [1024 * MiB, 512 * KiB],
    [4096 * MiB, 2 * MiB],
    [1024 ** 4, 16 * MiB],
  ])('for %d bytes is %d', (totalLength, pieceLength) => {
    expect(pieceLengthFor(totalLength)).toBe(pieceLength);
  });

  it('makes about 1,500 pieces, where the limits let it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 25 * MiB, max: 20 * 1024 * MiB }), totalLength => {
        const pieceLength = pieceLengthFor(totalLength);
        expect(Math.log2(pieceLength) % 1).toBe(0);
        expect(totalLength / pieceLength).toBeGreaterThan(1_000);
        expect(totalLength / pieceLength).toBeLessThan(2_200);
      }),
    );
  });

  it('has another limit where that is given', () => {
    expect(pieceLengthFor(1024 ** 5, { most: 1024 ** 3 })).toBe(1024 ** 3);
  });
});
