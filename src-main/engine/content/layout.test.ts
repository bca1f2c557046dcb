import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bitfield } from '../../../src-shared/bitfield.ts';
import { type ContentFile, FileMap, Layout } from './layout.ts';

const KiB = 1024;

describe('pieces', () => {
  it.each([
    ['the example of the description', 10_000_232, 32 * KiB, 306, 5992],
    ['the first sample bundle', 2_167_705, 16 * KiB, 133, 5017],
    ['the second sample bundle', 24_301_474, 16 * KiB, 1484, 4002],
    ['content that divides evenly', 4 * KiB, KiB, 4, KiB],
    ['a piece longer than the content', 5, KiB, 1, 5],
    ['a single byte', 1, 1, 1, 1],
  ])('divide %s as the protocol says (2.2)', (_, totalLength, pieceLength, pieceCount, lastLength) => {
    const layout = new Layout(totalLength, pieceLength);
    expect(layout.pieceCount).toBe(pieceCount);
    expect(layout.lengthOf(pieceCount - 1)).toBe(lastLength);
    if (pieceCount > 1) expect(layout.lengthOf(0)).toBe(pieceLength);
  });

  it('are none when there is no content', () => {
    const layout = new Layout(0, KiB);
    expect([layout.pieceCount, layout.isPiece(0)]).toEqual([0, false]);
    expect(layout.isWithinPiece(0, 0, 1)).toBe(false);
  });

  it('are still exact beyond 32 bits', () => {
    const layout = new Layout(2 ** 40 + 1, 2 ** 20);
    expect(layout.pieceCount).toBe(2 ** 20 + 1);
    expect(layout.offsetOf(2 ** 20)).toBe(2 ** 40);
    expect(layout.lengthOf(2 ** 20)).toBe(1);
  });

  it.each([-1, 3, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 32 - 1])('are not numbered %d', index => {
    expect(new Layout(3 * KiB, KiB).isPiece(index)).toBe(false);
  });
});

describe('blocks', () => {
  it('are whole pieces unless a length is given', () => {
    const layout = new Layout(2 * KiB + 5, KiB);
    expect([layout.blocksIn(0), layout.blocksIn(2)]).toEqual([1, 1]);
    expect([layout.blockLengthOf(0, 0), layout.blockLengthOf(2, 0)]).toEqual([KiB, 5]);
  });

  it('are no longer than a piece', () => {
    expect(new Layout(4 * KiB, KiB, 16 * KiB).blockLength).toBe(KiB);
  });

  it('end with a short one where the piece does', () => {
    const layout = new Layout(100 + 25, 100, 40);
    expect(layout.blocksIn(0)).toBe(3);
    expect([0, 1, 2].map(block => layout.blockLengthOf(0, block))).toEqual([40, 40, 20]);
    expect(layout.blocksIn(1)).toBe(1);
    expect(layout.blockLengthOf(1, 0)).toBe(25);
  });

  it('cover the content without gap or overlap', () => {
    const anyLayout = fc.tuple(
      fc.integer({ min: 1, max: 500 }),
      fc.integer({ min: 1, max: 64 }),
      fc.integer({ min: 1, max: 80 }),
    );
    fc.assert(
      fc.property(anyLayout, ([totalLength, pieceLength, blockLength]) => {
        const layout = new Layout(totalLength, pieceLength, blockLength);
        let end = 0;
        for (let piece = 0; piece < layout.pieceCount; piece += 1) {
          expect(layout.offsetOf(piece)).toBe(end);
          for (let block = 0; block < layout.blocksIn(piece); block += 1) {
            const length = layout.blockLengthOf(piece, block);
            expect(layout.offsetOf(piece) + layout.blockOffset(block)).toBe(end);
            expect(length).toBeGreaterThan(0);
            expect(layout.isWithinPiece(piece, layout.blockOffset(block), length)).toBe(true);
            end += length;
          }
          expect(end).toBe(layout.offsetOf(piece) + layout.lengthOf(piece));
        }
        expect(end).toBe(totalLength);
      }),
    );
  });
});

describe('a requested range', () => {
  const layout = new Layout(250, 100);

  it.each([
    [0, 0, 100],
    [0, 99, 1],
    [2, 0, 50],
    [2, 49, 1],
  ])('is inside its piece: piece %d, offset %d, length %d', (piece, offset, length) => {
    expect(layout.isWithinPiece(piece, offset, length)).toBe(true);
  });

  it.each([
    ['ends beyond the piece', 0, 1, 100],
    ['ends beyond a short last piece', 2, 0, 51],
    ['begins at the end', 0, 100, 1],
    ['is empty', 0, 0, 0],
    ['has a negative length', 0, 50, -1],
    ['begins before the piece', 0, -1, 1],
    ['is in a piece that does not exist', 3, 0, 1],
    ['is in a negative piece', -1, 0, 1],
    ['has a sum that would wrap around in 32 bits', 0, 2 ** 32 - 1, 2],
    ['has no number for an offset', 0, Number.NaN, 1],
    ['has no number for a length', 0, 0, Number.NaN],
    ['has no end', 0, 0, Number.POSITIVE_INFINITY],
  ])('is refused when it %s', (_, piece, offset, length) => {
    expect(layout.isWithinPiece(piece, offset, length)).toBe(false);
  });
});

describe('a run over several pieces', () => {
  const layout = new Layout(450, 100);
  const pieces = Bitfield.full(5);
  const butTwo = new Bitfield(5);
  for (const piece of [0, 1, 3, 4]) butTwo.set(piece);

  it.each([
    ['a part of a piece', 0, 10, 20],
    ['all of a piece', 1, 0, 100],
    ['up to where a piece that is not there begins', 0, 0, 200],
    ['the end of the content', 3, 99, 51],
  ])('lies in them: %s', (_, piece, offset, length) => {
    expect(layout.isWithinPieces(butTwo, piece, offset, length)).toBe(true);
  });

  it.each([
    ['begins in one that is not there', 2, 0, 1],
    ['ends in one that is not there', 0, 0, 201],
    ['goes on beyond one that is not there', 1, 50, 200],
  ])('does not when it %s', (_, piece, offset, length) => {
    expect(layout.isWithinPieces(butTwo, piece, offset, length)).toBe(false);
    expect(layout.isWithinPieces(pieces, piece, offset, length)).toBe(true);
  });

  it.each([
    ['ends beyond the content', 0, 0, 451],
    ['begins where its piece has ended', 0, 100, 10],
    ['is empty', 0, 0, 0],
    ['has a negative length', 1, 50, -10],
    ['begins before its piece', 1, -1, 10],
    ['begins in a piece that does not exist', 5, 0, 1],
    ['has no number for an offset', 0, Number.NaN, 1],
    ['has no number for a length', 0, 0, Number.NaN],
    ['has no end', 0, 0, Number.POSITIVE_INFINITY],
  ])('is refused when it %s', (_, piece, offset, length) => {
    expect(layout.isWithinPieces(pieces, piece, offset, length)).toBe(false);
  });
});

describe('the files under a run of bytes', () => {
  const files = [10, 0, 5, 20].map((length, file): ContentFile => ({ path: `file-${file}`, length }));
  const map = new FileMap(files);

  it('are one when the run is inside it', () => {
    expect(map.spansOf(2, 3)).toEqual([{ file: 0, offset: 2, length: 3 }]);
    expect(map.spansOf(15, 20)).toEqual([{ file: 3, offset: 0, length: 20 }]);
  });

  it('are all that the run crosses, the empty ones left out', () => {
    expect(map.spansOf(8, 10)).toEqual([
      { file: 0, offset: 8, length: 2 },
      { file: 2, offset: 0, length: 5 },
      { file: 3, offset: 0, length: 3 },
    ]);
  });

  it('do not include one that the run only touches', () => {
    expect(map.spansOf(0, 10)).toEqual([{ file: 0, offset: 0, length: 10 }]);
    expect(map.spansOf(10, 5)).toEqual([{ file: 2, offset: 0, length: 5 }]);
  });

  it('are none for an empty run, or one beyond the content', () => {
    expect(map.spansOf(12, 0)).toEqual([]);
    expect(map.spansOf(35, 5)).toEqual([]);
    expect(new FileMap([]).spansOf(0, 5)).toEqual([]);
  });

  it('hold each byte in the place where the files laid end to end have it', () => {
    const anyRun = fc.tuple(fc.array(fc.nat(12), { maxLength: 8 }), fc.nat(60), fc.nat(60));
    fc.assert(
      fc.property(anyRun, ([lengths, start, length]) => {
        const places = lengths.flatMap((fileLength, file) =>
          Array.from({ length: fileLength }, (_, offset) => ({ file, offset })),
        );
        const drawn = new FileMap(
          lengths.map((fileLength, file) => ({ path: `${file}`, length: fileLength })),
        );
        const spans = drawn.spansOf(start, length);
        const found = spans.flatMap(span =>
          Array.from({ length: span.length }, (_, i) => ({ file: span.file, offset: span.offset + i })),
        );
        expect(found).toEqual(places.slice(start, start + length));
        expect(new Set(spans.map(span => span.file)).size).toBe(spans.length);
      }),
    );
  });
});

describe('the pieces of a file', () => {
  it('are those that hold a byte of it', () => {
    const anyFiles = fc.tuple(
      fc.array(fc.nat(12), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 9 }),
    );
    fc.assert(
      fc.property(anyFiles, ([lengths, pieceLength]) => {
        const drawn = new FileMap(lengths.map((length, file) => ({ path: `${file}`, length })));
        const layout = new Layout(drawn.totalLength, pieceLength);
        for (const file of lengths.keys()) {
          const { first, end } = drawn.piecesOf(file, layout);
          const pieces = Array.from({ length: layout.pieceCount }, (_, piece) => piece).filter(piece =>
            drawn.spansOf(layout.offsetOf(piece), layout.lengthOf(piece)).some(span => span.file === file),
          );
          expect(Array.from({ length: end - first }, (_, i) => first + i)).toEqual(pieces);
        }
      }),
    );
  });
});
