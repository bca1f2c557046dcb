import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layOutMatrix } from './matrix-layout.ts';

const wish = {
  width: 1160,
  height: 210,
  scale: 1,
  labelWidth: 38,
  neighbours: 8,
  pieces: 306,
  enlarged: undefined,
  firstRow: 0,
  isLarge: false,
};

describe('the layout of the matrix', () => {
  it('gives all rows the same height while there is room', () => {
    const { self, rows } = layOutMatrix(wish);
    expect(new Set([self.height, ...rows.rows.map(({ height }) => height)]).size).toBe(1);
  });

  it('shows a label on each of twelve rows of a low panel', () => {
    expect(layOutMatrix({ ...wish, neighbours: 12 }).rows.pitch).toBeGreaterThanOrEqual(10);
  });

  it('has figures beside the rows where it is wide, a percentage where it is not', () => {
    expect([1160, 780].map(width => layOutMatrix({ ...wish, width }).hasOffers)).toEqual([true, false]);
  });

  it('always has room for our row, the copies and the line below, whatever the number of neighbours', () => {
    fc.assert(
      fc.property(
        fc.nat(250),
        fc.integer({ min: 130, max: 600 }),
        fc.boolean(),
        (neighbours, height, isLarge) => {
          const layout = layOutMatrix({ ...wish, neighbours, height, isLarge });
          const last = layout.rows.rows.at(-1);
          expect(layout.self.height).toBeGreaterThanOrEqual(10);
          expect(layout.rowsTop).toBeGreaterThan(layout.self.top + layout.self.height);
          if (last !== undefined)
            expect(layout.copies.top).toBeGreaterThan(layout.rowsTop + last.top + last.height);
          expect(layout.copies.height).toBeGreaterThanOrEqual(22);
          expect(layout.note.top + layout.note.height).toBeLessThanOrEqual(height);
        },
      ),
    );
  });
});
