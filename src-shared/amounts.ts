import * as v from 'valibot';

/** Amounts that are checked alike wherever they come in. */

export const wholeNumber = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));
export const seconds = v.pipe(v.number(), v.minValue(0.1), v.maxValue(86_400));
/** Bytes per second; null for no limit. */
export const limit = v.nullable(wholeNumber(1024, 1e12));
export const strategy = v.picklist(['random', 'rarest']);
