import { bucketMs } from '../../../history/rate-series.ts';
import type { TimeWindow } from './scale.ts';

/** A rate over time: the mean over the time up to a moment. */
export interface RatePoint {
  readonly atMs: number;
  readonly bytesPerSecond: number;
}

/** Pieces come in bursts: a point is the mean over at least this long. */
const leastMeanBuckets = 5;
const leastPixels = 2;

/** How many buckets there are from one point of the line to the next: fixed lengths, so that points stay where they are. */
export function bucketsPerPoint({ fromMs, toMs }: TimeWindow, width: number): number {
  const least = (leastPixels * (toMs - fromMs)) / bucketMs / Math.max(1, width);
  return 2 ** Math.max(0, Math.ceil(Math.log2(least)));
}

/**
 * The points in a window and one on either side. They stand on fixed moments, and only buckets that are over count:
 * a point does not change when the window moves or time goes on.
 */
export function rateLine(
  bytesIn: (bucket: number) => number,
  window: TimeWindow,
  endMs: number,
  width: number,
): RatePoint[] {
  const step = bucketsPerPoint(window, width);
  const mean = Math.max(step, leastMeanBuckets);
  const over = Math.floor(endMs / bucketMs);
  const first = Math.max(0, Math.floor(window.fromMs / bucketMs / step) - 1);
  const last = Math.min(Math.floor(over / step), Math.ceil(window.toMs / bucketMs / step) + 1);
  const points: RatePoint[] = [];
  for (let point = first; point <= last; point += 1) {
    const to = point * step;
    let bytes = 0;
    for (let bucket = Math.max(0, to - mean); bucket < to; bucket += 1) bytes += bytesIn(bucket);
    points.push({ atMs: to * bucketMs, bytesPerSecond: (bytes / (mean * bucketMs)) * 1000 });
  }
  return points;
}
