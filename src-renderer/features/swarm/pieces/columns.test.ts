import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  axisPlaces,
  columnAt,
  isGathered,
  layOutColumns,
  pieceAt,
  placeOf,
  rarestFirst,
  widthOf,
} from './columns.ts';

describe('columns of pieces', () => {
  it('are as wide as the width allows, in whole pixels', () => {
    const widths = [306, 500, 1000].map(count => layOutColumns(count, 1100, 96).edges[1]);
    expect(widths).toEqual([3, 2, 1]);
  });

  it('do not grow beyond the widest when there are few', () => {
    expect(widthOf(layOutColumns(1, 1100, 96))).toBe(96);
    expect(widthOf(layOutColumns(8, 1100, 96))).toBe(768);
  });

  it('differ by a pixel rather than leave half of the width empty', () => {
    const { edges, count } = layOutColumns(600, 1100, 96);
    const widths = new Set(Array.from({ length: count }, (_, column) => edges[column + 1]! - edges[column]!));
    expect([edges[count], [...widths].sort()]).toEqual([1100, [1, 2]]);
  });

  it('stand for several pieces when there are more pieces than pixels', () => {
    const columns = layOutColumns(100_000, 1000, 96);
    expect([columns.count, isGathered(columns), columns.starts[1]]).toEqual([1000, true, 100]);
    expect([columns.columnOf[0], columns.columnOf[99], columns.columnOf[100]]).toEqual([0, 0, 1]);
  });

  it('hold every piece exactly once, in order, whatever the sizes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 1500 }), (count, width) => {
        const { starts, columnOf, edges, ...columns } = layOutColumns(count, width, 96);
        expect(starts[columns.count]).toBe(count);
        expect(edges[columns.count]).toBeLessThanOrEqual(width);
        for (let column = 0; column < columns.count; column += 1) {
          expect(starts[column + 1]).toBeGreaterThan(starts[column]!);
          expect(edges[column + 1]).toBeGreaterThan(edges[column]!);
        }
        for (let piece = 1; piece < count; piece += 1) {
          expect(columnOf[piece]! - columnOf[piece - 1]!).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('are found again by their pixels', () => {
    const columns = layOutColumns(306, 1100, 96);
    expect([0, 2, 3, 917].map(x => columnAt(columns, x))).toEqual([0, 0, 1, 305]);
    expect([-1, 918].map(x => columnAt(columns, x))).toEqual([undefined, undefined]);
  });

  it('are none for no pieces', () => {
    const columns = layOutColumns(0, 1100, 96);
    expect([columns.count, widthOf(columns), columnAt(columns, 0)]).toEqual([0, 0, undefined]);
  });
});

describe('the order by copies', () => {
  it('has the rarest first, and equally rare ones by number', () => {
    expect([...rarestFirst([3, 1, 0, 3, 1])]).toEqual([2, 1, 4, 0, 3]);
  });

  it('is that of a stable sort', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(30)), copies => {
        const sorted = copies.map((_, piece) => piece).sort((a, b) => copies[a]! - copies[b]!);
        expect([...rarestFirst(copies)]).toEqual(sorted);
      }),
    );
  });

  it('tells which piece stands where, both ways', () => {
    const columns = layOutColumns(5, 100, 10, rarestFirst([3, 1, 0, 3, 1]));
    expect([0, 1, 4, 5].map(place => pieceAt(columns, place))).toEqual([2, 1, 3, undefined]);
    expect([placeOf(columns, 2), placeOf(columns, 3), columns.columnOf[3]]).toEqual([0, 4, 4]);
  });
});

describe('labels along the axis', () => {
  it('are a round number of pieces apart, with the last piece', () => {
    expect(axisPlaces(306, 918, 63)).toEqual([0, 50, 100, 150, 200, 250, 305]);
  });

  it('leave out a label too close to the last', () => {
    expect(axisPlaces(302, 906, 63)).toEqual([0, 50, 100, 150, 200, 250, 301]);
  });

  it('name each of few pieces', () => {
    expect(axisPlaces(3, 288, 18)).toEqual([0, 1, 2]);
    expect(axisPlaces(1, 96, 18)).toEqual([0]);
  });
});
