/** From time to pixels and back. Times are milliseconds since the start. */

export interface TimeWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface TimeScale extends TimeWindow {
  readonly left: number;
  readonly right: number;
}

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;

/** A longer run is shown in parts of this length. */
const longestWholeMs = 5 * minuteMs;
/** The picture of a run that goes on stands still for this long, and then makes room. */
const strideMs = 30 * secondMs;
const leastWholeMs = minuteMs;
export const leastWindowMs = 2 * secondMs;

export function xOf({ fromMs, toMs, left, right }: TimeScale, atMs: number): number {
  return left + ((atMs - fromMs) / (toMs - fromMs)) * (right - left);
}

export function atOf({ fromMs, toMs, left, right }: TimeScale, x: number): number {
  return fromMs + ((x - left) / (right - left)) * (toMs - fromMs);
}

/** All of the run, with some room ahead while it goes on. */
export function wholeWindow(endMs: number, isLive: boolean): TimeWindow {
  if (!isLive) return { fromMs: 0, toMs: Math.max(leastWholeMs / 6, endMs) };
  return { fromMs: 0, toMs: Math.max(leastWholeMs, Math.ceil(endMs / strideMs) * strideMs) };
}

/**
 * What is shown while nobody has chosen: all of a short run; of a long one the part that the cursor is in, which stands
 * still until the cursor leaves it.
 */
export function ownWindow(endMs: number, isLive: boolean, cursorMs: number): TimeWindow {
  const whole = wholeWindow(endMs, isLive);
  if (whole.toMs <= longestWholeMs) return whole;
  const newest = { fromMs: whole.toMs - longestWholeMs, toMs: whole.toMs };
  if (cursorMs >= newest.fromMs) return newest;
  const turn = longestWholeMs - strideMs;
  const fromMs = Math.max(0, Math.floor(cursorMs / turn) * turn - strideMs / 2);
  return { fromMs, toMs: fromMs + longestWholeMs };
}

/** Zooms around a moment, which keeps its place; undefined when that shows all of the run. */
export function zoomed(
  { fromMs, toMs }: TimeWindow,
  atMs: number,
  factor: number,
  whole: TimeWindow,
): TimeWindow | undefined {
  const length = Math.max(leastWindowMs, (toMs - fromMs) * factor);
  if (length >= whole.toMs - whole.fromMs) return undefined;
  const share = (atMs - fromMs) / (toMs - fromMs);
  return within({ fromMs: atMs - share * length, toMs: atMs + (1 - share) * length }, whole);
}

export function moved({ fromMs, toMs }: TimeWindow, byMs: number, whole: TimeWindow): TimeWindow {
  return within({ fromMs: fromMs + byMs, toMs: toMs + byMs }, whole);
}

function within({ fromMs, toMs }: TimeWindow, whole: TimeWindow): TimeWindow {
  const length = Math.min(toMs - fromMs, whole.toMs - whole.fromMs);
  const from = Math.max(whole.fromMs, Math.min(fromMs, whole.toMs - length));
  return { fromMs: from, toMs: from + length };
}

const steps = [
  ...[1, 2, 5, 10, 15, 30].map(seconds => seconds * secondMs),
  ...[1, 2, 5, 10, 15, 30].map(minutes => minutes * minuteMs),
  ...[1, 2, 3, 6, 12, 24].map(hours => hours * hourMs),
];

export interface TimeTicks {
  readonly stepMs: number;
  /** Milliseconds since the start. */
  readonly at: readonly number[];
}

/**
 * Moments that get a label: round times on the clock, at least `leastGap` pixels apart. `offsetMs` makes a moment the
 * time on the clock since some midnight.
 */
export function timeTicks(scale: TimeScale, leastGap: number, offsetMs: number): TimeTicks {
  const perPixel = (scale.toMs - scale.fromMs) / Math.max(1, scale.right - scale.left);
  const stepMs = steps.find(step => step / perPixel >= leastGap) ?? steps[steps.length - 1]!;
  const at: number[] = [];
  const first = Math.ceil((scale.fromMs + offsetMs) / stepMs) * stepMs - offsetMs;
  for (let tick = first; tick <= scale.toMs; tick += stepMs) at.push(tick);
  return { stepMs, at };
}

/** What turns a moment since the start into local time: the epoch's, moved by the zone's distance. */
export function localOffsetMs(startedWallMs: number): number {
  return startedWallMs - new Date(startedWallMs).getTimezoneOffset() * minuteMs;
}

export interface RateAxis {
  readonly unit: 'KB/s' | 'MB/s' | 'GB/s';
  /** Bytes per second in one of the unit. */
  readonly perUnit: number;
  /** In the unit, from 0 up; the last is the top of the chart. */
  readonly ticks: readonly number[];
}

/** 0, the half and a round top that holds the largest rate, in a unit that keeps the figures short. */
export function rateAxis(largestBytesPerSecond: number): RateAxis {
  const units = [
    { unit: 'KB/s', perUnit: 1e3 },
    { unit: 'MB/s', perUnit: 1e6 },
    { unit: 'GB/s', perUnit: 1e9 },
  ] as const;
  const chosen = units.findLast(({ perUnit }) => largestBytesPerSecond >= perUnit) ?? units[0];
  const largest = Math.max(largestBytesPerSecond / chosen.perUnit, chosen === units[0] ? 10 : 1);
  const power = 10 ** Math.floor(Math.log10(largest));
  const top =
    ([1, 1.2, 1.4, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10].find(first => first * power >= largest) ?? 10) * power;
  return { ...chosen, ticks: [0, rounded(top / 2), rounded(top)] };
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
