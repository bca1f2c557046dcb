import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { display } from './testing/fake-electron.ts';
import { openingPlace, readPlaces, type WindowPlace, withPlace } from './window-place.ts';

const left = display(1, 0);
const right = display(2, 1920, 1280, 800);
const place = (changes: Partial<WindowPlace> = {}): WindowPlace => ({
  display: 1,
  x: 100,
  y: 50,
  width: 1200,
  height: 800,
  maximised: false,
  ...changes,
});

describe('the place of the window', () => {
  it('is the middle of the primary display at first', () => {
    expect(openingPlace([], [left, right], left)).toEqual(place({ x: 240, y: 70, width: 1440, height: 900 }));
  });

  it('is as large as a small display at first', () => {
    expect(openingPlace([], [right], right)).toMatchObject({ x: 1920, y: 0, width: 1280, height: 800 });
  });

  it('is where it stood on the display used last', () => {
    const places = [place({ display: 2, x: 2000, width: 1000, height: 700, maximised: true }), place()];
    expect(openingPlace(places, [left, right], left)).toEqual(places[0]);
  });

  it('is where it stood on another display when that one is gone', () => {
    expect(openingPlace([place({ display: 2, x: 2000 }), place()], [left], left)).toEqual(place());
  });

  it('lies wholly within its display, whatever was saved', () => {
    const some = fc.integer({ min: -100_000, max: 100_000 });
    const extent = fc.integer({ min: 1, max: 100_000 });
    fc.assert(
      fc.property(fc.constantFrom(1, 2, 3), some, some, extent, extent, (id, x, y, width, height) => {
        const opened = openingPlace([place({ display: id, x, y, width, height })], [left, right], left);
        const { workArea } = opened.display === 2 ? right : left;
        expect(opened.x).toBeGreaterThanOrEqual(workArea.x);
        expect(opened.y).toBeGreaterThanOrEqual(workArea.y);
        expect(opened.x + opened.width).toBeLessThanOrEqual(workArea.x + workArea.width);
        expect(opened.y + opened.height).toBeLessThanOrEqual(workArea.y + workArea.height);
      }),
    );
  });

  it('is remembered once per display, the newest first, of sixteen displays', () => {
    const moved = place({ x: 300 });
    expect(withPlace([place({ display: 2 }), place()], moved)).toEqual([moved, place({ display: 2 })]);
    const many = Array.from({ length: 20 }, (_, id) => place({ display: id }));
    expect(many.reduce(withPlace, [])).toHaveLength(16);
  });

  it('is read from its file, or forgotten when that holds anything else', () => {
    expect(readPlaces([place()])).toEqual([place()]);
    for (const value of [
      undefined,
      {},
      [{}],
      [place({ width: 0 })],
      [place({ x: 1e9 })],
      [{ ...place(), y: '1' }],
    ]) {
      expect(readPlaces(value)).toEqual([]);
    }
  });
});
