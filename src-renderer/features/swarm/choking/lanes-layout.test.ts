import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lanePartsOf, layOutLanes } from './lanes-layout.ts';

const wish = {
  width: 560,
  height: 300,
  window: { fromMs: 0, toMs: 60_000 },
  isZoomed: false,
  labelWidth: 46,
  lanes: 8,
  enlarged: undefined,
  firstRow: 0,
  isLarge: false,
};

describe('the layout of the lanes', () => {
  it('has the rates above, the lanes below and nothing outside', () => {
    fc.assert(
      fc.property(
        fc.nat(250),
        fc.integer({ min: 150, max: 600 }),
        fc.boolean(),
        fc.boolean(),
        (lanes, height, isZoomed, isLarge) => {
          const layout = layOutLanes({ ...wish, lanes, height, isZoomed, isLarge });
          expect(layout.ratesBottom).toBeGreaterThan(layout.ratesTop);
          expect(layout.lanesTop).toBeGreaterThan(layout.axisMiddle);
          expect(layout.lanesBottom).toBeLessThanOrEqual(layout.overviewTop ?? height);
        },
      ),
    );
  });

  it('shows at least some of two hundred lanes, and where they are', () => {
    const { rows } = layOutLanes({ ...wish, lanes: 200 });
    expect([rows.isScrolled, rows.rows.length > 20]).toEqual([true, true]);
  });

  it('shows where the window is only while not all is shown', () => {
    expect([true, false].map(isZoomed => layOutLanes({ ...wish, isZoomed }).overviewTop)).toEqual([
      294,
      undefined,
    ]);
  });
});

describe('the parts of a lane', () => {
  it('fit into it, however low', () => {
    for (let height = 3; height < 40; height += 1) {
      const { block, rule, ruleTop } = lanePartsOf(height, 15);
      expect(ruleTop).toBeGreaterThanOrEqual(block);
      expect(ruleTop + rule).toBeLessThanOrEqual(height);
      expect(block).toBeLessThanOrEqual(15);
    }
  });
});
