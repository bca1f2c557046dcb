import type { PeerId } from '../../../../src-shared/journal.ts';
import type { SwarmHistory } from '../../../history/history.ts';

/** Where the time line's marks are, in CSS pixels. */
export interface Track {
  /** Left and right end of the line. */
  readonly left: number;
  readonly right: number;
  readonly endMs: number;
}

/** The shortest time line: the marks of a run's first seconds do not fly apart. */
const leastMs = 20_000;

export function trackOf(width: number, endMs: number, margin: number): Track {
  return { left: margin, right: Math.max(margin + 1, width - margin), endMs: Math.max(leastMs, endMs) };
}

export function xOf({ left, right, endMs }: Track, atMs: number): number {
  return left + (Math.min(atMs, endMs) / endMs) * (right - left);
}

export function atOf({ left, right, endMs }: Track, x: number): number {
  return Math.max(0, Math.min(1, (x - left) / (right - left))) * endMs;
}

/** Marks that stand close are one: of those within `leastGap` pixels the first is kept. */
export function spacedOut<T extends { readonly atMs: number }>(
  marks: readonly T[],
  track: Track,
  leastGap: number,
): T[] {
  let last = Number.NEGATIVE_INFINITY;
  return marks.filter(({ atMs }) => {
    const x = xOf(track, atMs);
    if (x - last < leastGap) return false;
    last = x;
    return true;
  });
}

export interface Arrival {
  readonly atMs: number;
  readonly peer: PeerId;
}

/** Peers that joined well after the run began, and those that left before it ended: worth a word on the time line. */
export function lateArrivals(history: SwarmHistory): Arrival[] {
  const begun = Math.max(10_000, history.endMs * 0.05);
  return history.markers.flatMap(({ kind, atMs, peer }) =>
    kind === 'joined' && peer !== undefined && atMs > begun ? [{ atMs, peer }] : [],
  );
}
