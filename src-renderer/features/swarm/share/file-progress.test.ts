import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { barPath, bitsOf, FileProgress, percentHere } from './file-progress.ts';

const file = (offset: number, length: number) => ({ path: 'f', offset, length });

describe('what is here of a file', () => {
  // Pieces of 10 bytes; the second and third are here.
  const progress = new FileProgress(bitsOf(Uint8Array.of(0b0110_0000)), 4, 10);

  it('is counted in bytes, also of pieces that it shares with others', () => {
    expect(progress.haveBytes(file(0, 40))).toBe(20);
    expect(progress.haveBytes(file(5, 10))).toBe(5);
    expect(progress.haveBytes(file(12, 3))).toBe(3);
    expect(progress.haveBytes(file(15, 20))).toBe(15);
    expect(progress.haveBytes(file(15, 0))).toBe(0);
    expect(percentHere(15, 20)).toBe(75);
    expect(percentHere(0, 0)).toBe(100);
    expect(percentHere(999, 1000)).toBe(99);
  });

  it('is told part by part, and drawn as runs', () => {
    expect([...progress.parts(file(0, 40), 4)]).toEqual([0, 1, 1, 0]);
    expect([...progress.parts(file(5, 10), 2)]).toEqual([0, 1]);
    expect([...progress.parts(file(5, 0), 2)]).toEqual([1, 1]);
    expect(barPath(progress.parts(file(0, 40), 4), 8)).toBe('M1 0H3V8H1z');
    expect(barPath(Float32Array.of(0.5, 0.5, 1), 8)).toBe('M0 4H2V8H0zM2 0H3V8H2z');
  });

  it('is never more than the file, nor less than its whole pieces', () => {
    const shape = fc.record({
      have: fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }),
      pieceLength: fc.integer({ min: 1, max: 50 }),
      offset: fc.nat(500),
      length: fc.nat(500),
    });
    fc.assert(
      fc.property(shape, ({ have, pieceLength, offset, length }) => {
        const total = have.length * pieceLength;
        const from = Math.min(offset, total);
        const within = Math.min(length, total - from);
        let expected = 0;
        for (let byte = from; byte < from + within; byte += 1) {
          if (have[Math.floor(byte / pieceLength)]) expected += 1;
        }
        const progress = new FileProgress(piece => have[piece] === true, have.length, pieceLength);
        expect(progress.haveBytes(file(from, within))).toBeCloseTo(expected, 5);
      }),
    );
  });
});
