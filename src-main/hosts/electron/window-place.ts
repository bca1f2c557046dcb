import type { Display, Rectangle } from 'electron';
import * as v from 'valibot';

/** Where the window stood on each display, and where it opens. */

const coordinate = v.pipe(v.number(), v.integer(), v.minValue(-100_000), v.maxValue(100_000));
const extent = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100_000));

const windowPlace = v.strictObject({
  display: v.number(),
  x: coordinate,
  y: coordinate,
  width: extent,
  height: extent,
  maximised: v.boolean(),
});
const mostDisplays = 16;
const windowPlaces = v.pipe(v.array(windowPlace), v.maxLength(mostDisplays));

export type WindowPlace = Readonly<v.InferOutput<typeof windowPlace>>;
/** One per display, the one used last first. */
export type WindowPlaces = readonly WindowPlace[];

export const leastSize = { width: 960, height: 600 };
const usualSize = { width: 1440, height: 900 };

type Screen = Pick<Display, 'id' | 'workArea'>;

/** Places from what their file holds; none when it was written by another version, or by somebody else. */
export function readPlaces(value: unknown): WindowPlaces {
  const { success, output } = v.safeParse(windowPlaces, value);
  return success ? output : [];
}

/** The same with this place in front. */
export function withPlace(places: WindowPlaces, place: WindowPlace): WindowPlaces {
  return [place, ...places.filter(({ display }) => display !== place.display)].slice(0, mostDisplays);
}

/** Where the window opens: on the display used last that is still there, wholly visible. */
export function openingPlace(
  places: WindowPlaces,
  displays: readonly Screen[],
  primary: Screen,
): WindowPlace {
  for (const place of places) {
    const display = displays.find(({ id }) => id === place.display);
    if (display !== undefined) return { ...place, ...within(display.workArea, place) };
  }
  const { x, y, width, height } = primary.workArea;
  const centred = {
    x: Math.round(x + (width - usualSize.width) / 2),
    y: Math.round(y + (height - usualSize.height) / 2),
    ...usualSize,
  };
  return { display: primary.id, maximised: false, ...within(primary.workArea, centred) };
}

/** The rectangle made no larger than the area, and moved into it. */
function within(area: Rectangle, { x, y, width, height }: Rectangle): Rectangle {
  const size = { width: Math.min(width, area.width), height: Math.min(height, area.height) };
  return {
    x: Math.min(Math.max(x, area.x), area.x + area.width - size.width),
    y: Math.min(Math.max(y, area.y), area.y + area.height - size.height),
    ...size,
  };
}
