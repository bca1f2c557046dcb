import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bitfield } from '../../../../src-shared/bitfield.ts';
import { layOutColumns, rarestFirst } from './columns.ts';
import { bytesOf, copiesOf, countLacking, ownSharesOf, sharesOf } from './shares.ts';

const withPieces = (size: number, pieces: readonly number[]): Bitfield => {
  const bitfield = new Bitfield(size);
  for (const piece of pieces) bitfield.set(piece);
  return bitfield;
};

describe('shares of columns', () => {
  it('are all or nothing where a column is one piece', () => {
    const columns = layOutColumns(10, 100, 10);
    expect([...sharesOf(withPieces(10, [0, 3, 9]).bytes, columns)]).toEqual([
      255, 0, 0, 255, 0, 0, 0, 0, 0, 255,
    ]);
  });

  it('follow the order of the columns', () => {
    const columns = layOutColumns(3, 30, 10, rarestFirst([2, 1, 0]));
    expect([...sharesOf(withPieces(3, [0]).bytes, columns)]).toEqual([0, 0, 255]);
  });

  it('tell some from none and from all, however many pieces a column holds', () => {
    const size = 100_000;
    const columns = layOutColumns(size, 10, 96);
    const allButOne = Bitfield.full(size).copy();
    const some = withPieces(size, [5]);
    expect(sharesOf(some.bytes, columns)[0]).toBeGreaterThan(0);
    expect(sharesOf(some.bytes, columns)[1]).toBe(0);
    expect(sharesOf(allButOne.bytes, columns)[0]).toBe(255);
    const nearly = withPieces(
      size,
      Array.from({ length: size - 1 }, (_, piece) => piece),
    );
    expect(sharesOf(nearly.bytes, columns)[9]).toBeLessThan(255);
  });

  it('of ours tell what is here from what is under way', () => {
    const { have, underWay } = ownSharesOf(Uint8Array.of(0, 1, 2, 3), layOutColumns(4, 40, 10));
    expect([[...have], [...underWay]]).toEqual([
      [0, 0, 0, 255],
      [0, 255, 255, 0],
    ]);
  });
});

describe('copies of columns', () => {
  it('are the mean, and of what we lack the fewest', () => {
    const { mean, lacking } = copiesOf([4, 2, 6, 0], Uint8Array.of(0, 1, 3, 3), layOutColumns(4, 2, 10));
    expect([[...mean], [...lacking]]).toEqual([
      [3, 3],
      [2, -1],
    ]);
  });
});

describe('counting what a neighbour offers', () => {
  it('counts the pieces it has and we lack', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(3)), { minLength: 1, maxLength: 100 }), pieces => {
        const theirs = withPieces(
          pieces.length,
          pieces.flatMap(([has], piece) => (has ? [piece] : [])),
        );
        const ours = bytesOf(Uint8Array.from(pieces, ([, state]) => state));
        const offered = pieces.filter(([has, state]) => has && state !== 3).length;
        expect(countLacking(theirs.bytes, ours)).toBe(offered);
      }),
    );
  });
});
