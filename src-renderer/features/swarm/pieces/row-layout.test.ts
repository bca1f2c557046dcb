import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstToShow, labelledRows, layOutRows, rowAt } from './row-layout.ts';

const wish = { count: 8, height: 120, least: 2, most: 30, labelHeight: 13, first: 0 };

describe('rows that share a height', () => {
  it('are equally high, with a gap between them', () => {
    const { rows, pitch } = layOutRows(wish);
    expect([pitch, rows.length, rows[0], rows[7]]).toEqual([
      15,
      8,
      { index: 0, top: 0, height: 12 },
      { index: 7, top: 105, height: 12 },
    ]);
  });

  it('do not grow without need', () => {
    expect(layOutRows({ ...wish, count: 2 }).pitch).toBe(30);
  });

  it('are left out when all would be too low, and scrolling reaches the last', () => {
    const layout = layOutRows({ ...wish, count: 200 });
    expect([layout.isScrolled, layout.rows.length, layout.rows[0]?.index]).toEqual([true, 60, 0]);
    expect(layOutRows({ ...wish, count: 200, first: 500 }).rows.at(-1)?.index).toBe(199);
  });

  it('keep the one in focus high enough for its label', () => {
    const { rows } = layOutRows({ ...wish, count: 40, enlarged: 20 });
    expect(rows.find(({ index }) => index === 20)?.height).toBeGreaterThanOrEqual(10);
    expect(rows.at(-1)?.index).toBe(39);
  });

  it('stay within the height and never overlap', () => {
    fc.assert(
      fc.property(
        fc.nat(250),
        fc.integer({ min: 20, max: 600 }),
        fc.option(fc.nat(249), { nil: undefined }),
        fc.nat(250),
        (count, height, enlarged, first) => {
          const { rows } = layOutRows({ ...wish, count, height, enlarged, first });
          rows.forEach((row, place) => {
            const above = rows[place - 1];
            expect(row.top).toBeGreaterThanOrEqual(above === undefined ? 0 : above.top + above.height);
            expect(row.top + row.height).toBeLessThanOrEqual(height);
          });
        },
      ),
    );
  });

  it('are found by a point in them', () => {
    const layout = layOutRows(wish);
    expect([rowAt(layout, 16)?.index, rowAt(layout, -1), rowAt(layout, 121)]).toEqual([
      1,
      undefined,
      undefined,
    ]);
  });

  it('scroll only to a row that is not shown', () => {
    const layout = layOutRows({ ...wish, count: 200 });
    expect([firstToShow(layout, 30), firstToShow(layout, 100)]).toEqual([0, 70]);
  });
});

describe('labels of low rows', () => {
  it('keep their distance, from one another and from what is above', () => {
    const layout = layOutRows({ ...wish, count: 40 });
    expect([...labelledRows(layout, 12, [])]).toEqual([2, 6, 10, 14, 18, 22, 26, 30, 34, 38]);
  });

  it('give way to the urgent one', () => {
    const labelled = labelledRows(layOutRows({ ...wish, count: 40 }), 12, [3, -1]);
    expect([labelled.has(3), labelled.has(0), labelled.has(4), labelled.has(7)]).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  it('are all there when rows are high', () => {
    expect(labelledRows(layOutRows(wish), 12, []).size).toBe(8);
  });
});
