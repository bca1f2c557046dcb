import type { PeerId } from '../../../../src-shared/journal.ts';
import { bucketMs, type RateSeries } from '../../../history/rate-series.ts';

/** The last minute of one neighbour as SVG paths, both directions. Empty where nothing passed. */
export interface Spark {
  readonly down: string;
  readonly up: string;
}

export interface Sparks {
  readonly of: ReadonlyMap<PeerId, Spark>;
  /** The largest rates of the minute, bytes per second. */
  readonly peakDown: number;
  readonly peakUp: number;
}

export const sparkSize = { width: 46, height: 16 } as const;

const binBuckets = 2_000 / bucketMs;
/** One more than is drawn, since a point is the mean of two. */
const bins = 31;

/** All lines have the same scale, so that they can be compared. */
export function sparksOf(rates: RateSeries, peers: readonly PeerId[], atMs: number): Sparks {
  const end = Math.floor(atMs / bucketMs);
  const lines = peers.map(peer => ({
    peer,
    down: lineOf(bucket => rates.receivedFrom(peer, bucket), end),
    up: lineOf(bucket => rates.sentTo(peer, bucket), end),
  }));
  const peakDown = Math.max(0, ...lines.map(({ down }) => largest(down)));
  const peakUp = Math.max(0, ...lines.map(({ up }) => largest(up)));
  const scale = Math.max(1, peakDown, peakUp);
  const of = new Map(
    lines.map(({ peer, down, up }) => [peer, { down: pathOf(down, scale), up: pathOf(up, scale) }]),
  );
  return { of, peakDown, peakUp };
}

/** Bytes per second, the oldest first; undefined for a minute of nothing. */
function lineOf(bytesIn: (bucket: number) => number, end: number): readonly number[] | undefined {
  const sums: number[] = [];
  let isEmpty = true;
  for (let bin = 0; bin <= bins; bin += 1) {
    let bytes = 0;
    const first = end - (bins - bin + 1) * binBuckets;
    for (let bucket = first; bucket < first + binBuckets; bucket += 1) bytes += bytesIn(bucket);
    sums.push(bytes);
    if (bytes > 0) isEmpty = false;
  }
  if (isEmpty) return undefined;
  const spanMs = 2 * binBuckets * bucketMs;
  return sums.slice(1).map((bytes, i) => ((bytes + sums[i]!) / spanMs) * 1000);
}

function largest(line: readonly number[] | undefined): number {
  return line === undefined ? 0 : Math.max(...line);
}

function pathOf(line: readonly number[] | undefined, scale: number): string {
  if (line === undefined) return '';
  const step = sparkSize.width / (line.length - 1);
  return line
    .map(
      (rate, i) =>
        `${i === 0 ? 'M' : 'L'}${(i * step).toFixed(1)} ${(14.5 - (rate / scale) * 13).toFixed(1)}`,
    )
    .join('');
}
