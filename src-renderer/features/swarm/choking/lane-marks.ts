import type { ChokeDecision, PeerId } from '../../../../src-shared/journal.ts';
import type { Dated } from '../../../../src-shared/swarm-state.ts';
import type { Lane, Span } from '../../../history/lanes.ts';
import { spanAt } from '../../../history/lanes.ts';
import { type TimeScale, type TimeWindow, xOf } from './scale.ts';

/** From and to, in pixels. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** What is drawn in one lane. */
export interface LaneMarks {
  readonly preferred: readonly Stretch[];
  readonly optimistic: readonly Stretch[];
  readonly servesUs: readonly Stretch[];
  /** It wants pieces and we choke it. */
  readonly waiting: readonly Stretch[];
  /** Where it came and went: all but the very first moments. */
  readonly joined: readonly number[];
  readonly left: readonly number[];
  /** Where it was first connected; undefined when it never was. */
  readonly started: number | undefined;
}

/** A neighbour connected this soon, in milliseconds, was there from the start. */
const startMs = 10_000;

/** Up to `endMs`, which is where the run has come to. */
export function laneMarks(lane: Lane, scale: TimeScale, endMs: number): LaneMarks {
  const draw = (spans: readonly Span[]) => stretches(spans, scale, endMs);
  const inWindow = (atMs: number) => atMs >= scale.fromMs && atMs <= scale.toMs;
  const started = lane.connected[0]?.from;
  return {
    preferred: draw(lane.serving.filter(({ role }) => role === 'preferred')),
    optimistic: draw(lane.serving.filter(({ role }) => role === 'optimistic')),
    servesUs: draw(lane.servesUs),
    waiting: draw(without(lane.wantsUs, lane.serving)),
    joined: lane.connected
      .filter(({ from }) => from > startMs && inWindow(from))
      .map(({ from }) => xOf(scale, from)),
    left: lane.connected.flatMap(({ to }) => (to !== undefined && inWindow(to) ? [xOf(scale, to)] : [])),
    started: started === undefined ? undefined : xOf(scale, started),
  };
}

/** Cut at the window's edges; what falls into one pixel is one mark. */
export function stretches(spans: readonly Span[], scale: TimeScale, endMs: number): Stretch[] {
  const marks: Stretch[] = [];
  const until = Math.min(endMs, scale.toMs);
  for (const { from, to = endMs } of spans) {
    if (to < scale.fromMs || from >= until) continue;
    const start = Math.max(scale.left, xOf(scale, from));
    const end = Math.max(start + 1, Math.min(scale.right, xOf(scale, Math.min(to, until))));
    const last = marks.at(-1);
    if (last !== undefined && start < last.to && end - start <= 1) continue;
    marks.push({ from: start, to: end });
  }
  return marks;
}

/** The parts of `spans` that none of `others` covers. Both are in order and do not overlap among themselves. */
export function without(spans: readonly Span[], others: readonly Span[]): Span[] {
  const rest: Span[] = [];
  let next = 0;
  for (const { from, to } of spans) {
    let open = from;
    const end = to ?? Number.POSITIVE_INFINITY;
    while (next > 0 && (others[next - 1]!.to ?? Number.POSITIVE_INFINITY) > from) next -= 1;
    for (; next < others.length && others[next]!.from < end; next += 1) {
      const other = others[next]!;
      if (other.from > open) rest.push({ from: open, to: other.from });
      open = Math.max(open, other.to ?? Number.POSITIVE_INFINITY);
    }
    if (open < end) rest.push({ from: open, to });
  }
  return rest;
}

/** A round on the screen. */
export interface RoundMark extends Stretch {
  readonly seq: number;
  readonly atMs: number;
  readonly decision: ChokeDecision;
}

/** The rounds that reach into the window: from their moment to that of the next one, or to the end. */
export function roundMarks(
  rounds: readonly Dated<ChokeDecision>[],
  scale: TimeScale,
  endMs: number,
): RoundMark[] {
  const marks: RoundMark[] = [];
  const first = Math.max(0, indexBefore(rounds, scale));
  for (let index = first; index < rounds.length; index += 1) {
    const { atMs, seq, decision } = rounds[index]!;
    if (atMs > scale.toMs) break;
    const next = rounds[index + 1]?.atMs ?? endMs;
    marks.push({
      seq,
      atMs,
      decision,
      from: Math.max(scale.left, xOf(scale, atMs)),
      to: Math.min(scale.right, xOf(scale, Math.max(atMs, next))),
    });
  }
  return marks;
}

function indexBefore(rounds: readonly { readonly atMs: number }[], { fromMs }: TimeWindow): number {
  return rounds.findLastIndex(({ atMs }) => atMs <= fromMs);
}

/** The last round at or before a moment. */
export function roundAt(
  rounds: readonly Dated<ChokeDecision>[],
  atMs: number,
): Dated<ChokeDecision> | undefined {
  return rounds.findLast(round => round.atMs <= atMs);
}

/** The place by rate with which a round made a neighbour preferred, from 1; undefined when it did not, or drew lots. */
export function rankIn({ rule, candidates }: ChokeDecision, peer: PeerId): number | undefined {
  if (rule === 'random') return undefined;
  const index = candidates.findIndex(candidate => candidate.peer === peer);
  return candidates[index]?.chosen === true ? index + 1 : undefined;
}

/** What a neighbour was to us at a moment. */
export interface LaneState {
  readonly role: 'not-started' | 'not-connected' | 'preferred' | 'optimistic' | 'waiting' | 'choked';
  readonly servesUs: boolean;
}

export function laneStateAt(lane: Lane, atMs: number): LaneState {
  const servesUs = spanAt(lane.servesUs, atMs) !== undefined;
  if (spanAt(lane.connected, atMs) === undefined) {
    const hasBeenHere = (lane.connected[0]?.from ?? Number.POSITIVE_INFINITY) <= atMs;
    return { role: hasBeenHere ? 'not-connected' : 'not-started', servesUs: false };
  }
  const serving = spanAt(lane.serving, atMs);
  if (serving !== undefined) return { role: serving.role, servesUs };
  return { role: spanAt(lane.wantsUs, atMs) === undefined ? 'choked' : 'waiting', servesUs };
}
