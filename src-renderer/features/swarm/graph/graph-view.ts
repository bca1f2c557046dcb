import { hostOf } from '../../../../src-shared/hosts.ts';
import type { PeerId } from '../../../../src-shared/journal.ts';
import { shownNeighbours } from '../../../../src-shared/peer-names.ts';
import { type Neighbour, type SwarmState, shareDialect } from '../../../../src-shared/swarm-state.ts';
import type { SwarmHistory } from '../../../history/history.ts';
import { spanAt } from '../../../history/lanes.ts';
import { bucketMs, type RateSeries } from '../../../history/rate-series.ts';
import { type EdgeState, roundedUp } from './edges.ts';

/** What the graph shows at one moment; everything is copied out of the state. */
export interface GraphView {
  readonly self: PeerId;
  readonly isShare: boolean;
  readonly ownHost: string;
  readonly share: number;
  readonly percent: number;
  /** Undefined before the first round and after the end. */
  readonly countdown: Countdown | undefined;
  readonly nodes: readonly GraphNode[];
  /** Bytes per second at which a line is thickest. */
  readonly peak: number;
}

export interface Countdown {
  readonly intervalMs: number;
  readonly remainingMs: number;
}

export interface GraphNode {
  readonly peer: PeerId;
  readonly host: string;
  /** Of the pieces, from 0 to 1. */
  readonly share: number;
  readonly percent: number;
  readonly standing: Standing;
  /** It gives to us. */
  readonly inward: GraphEdge;
  /** We give to it. */
  readonly outward: GraphEdge;
}

export type Standing = 'here' | 'joined' | 'complete' | 'not-started' | 'left';

export interface GraphEdge {
  readonly state: EdgeState;
  readonly bytesPerSecond: number;
  /** The receiving end is interested. */
  readonly isWanted: boolean;
}

/** A neighbour that came within this time is new. */
const newForMs = 14_000;
/** How many buckets a rate is taken over. */
const flowBuckets = 2500 / bucketMs;
/** In the first moments of a run everybody is new, which tells nothing. */
const startMs = 5_000;

/** Undefined before the first event. */
export function graphViewOf(state: SwarmState, history: SwarmHistory): GraphView | undefined {
  const { run, atMs, haveCount } = state;
  if (run === undefined) return undefined;
  return {
    self: run.self,
    isShare: run.dialect === shareDialect,
    ownHost: hostOf(state.selfAddress),
    share: run.pieceCount === 0 ? 1 : haveCount / run.pieceCount,
    percent: percentOf(haveCount, run.pieceCount),
    countdown: countdownOf(state),
    nodes: shownNeighbours(state).map(neighbour => nodeOf(neighbour, run.pieceCount, atMs)),
    peak: peakOf(history.rates, atMs),
  };
}

function nodeOf(neighbour: Neighbour, pieceCount: number, atMs: number): GraphNode {
  const { peer, pieces, role } = neighbour;
  return {
    peer,
    host: hostOf(neighbour.address),
    share: pieceCount === 0 ? 1 : pieces.count / pieceCount,
    percent: percentOf(pieces.count, pieceCount),
    standing: standingOf(neighbour, pieceCount, atMs),
    inward: {
      state: neighbour.peerChoking ? 'choked' : 'open',
      bytesPerSecond: neighbour.received.rate(atMs),
      isWanted: neighbour.amInterested,
    },
    outward: {
      state: neighbour.amChoking ? 'choked' : (role ?? 'preferred'),
      bytesPerSecond: neighbour.sent.rate(atMs),
      isWanted: neighbour.peerInterested,
    },
  };
}

function standingOf(
  { connectedAt, lastSeenAt, pieces }: Neighbour,
  pieceCount: number,
  atMs: number,
): Standing {
  if (connectedAt === undefined) return lastSeenAt === undefined ? 'not-started' : 'left';
  if (pieces.count === pieceCount) return 'complete';
  return connectedAt > startMs && atMs - connectedAt < newForMs ? 'joined' : 'here';
}

/** 100 only when nothing is missing. */
export function percentOf(count: number, all: number): number {
  return all === 0 ? 100 : Math.floor((count / all) * 100);
}

function countdownOf({ run, lastRechoke, outcome, atMs }: SwarmState): Countdown | undefined {
  if (run === undefined || lastRechoke === undefined || outcome !== undefined) return undefined;
  const intervalMs = run.unchokingIntervalMs;
  return { intervalMs, remainingMs: Math.max(0, intervalMs - (atMs - lastRechoke.atMs)) };
}

/** Seconds until the next round as they are told: rounded up, at least 1. */
export function secondsLeft({ remainingMs }: Countdown): number {
  return Math.max(1, Math.ceil(remainingMs / 1000 - 1e-6));
}

/** Where the ticks of the countdown stand, as shares of the interval: one a second, fewer when they are many. */
export function ticksOf({ intervalMs }: Countdown): readonly number[] {
  const step = [1000, 5000, 10_000, 60_000, 600_000].find(ms => intervalMs / ms <= 30);
  if (step === undefined || intervalMs < 2 * step) return [0];
  return Array.from({ length: Math.ceil(intervalMs / step - 1e-6) }, (_, i) => (i * step) / intervalMs);
}

/**
 * A rate that few lines of the last minute exceed, rounded so that it seldom changes: two fifths of what all
 * neighbours together gave or got at most.
 */
function peakOf(rates: RateSeries, atMs: number): number {
  const last = Math.floor(atMs / bucketMs);
  const first = Math.max(0, last - 60_000 / bucketMs - flowBuckets);
  let [received, sent, most] = [0, 0, 0];
  for (let bucket = first; bucket <= last; bucket += 1) {
    const isLeaving = bucket - flowBuckets >= first;
    received += rates.received(bucket) - (isLeaving ? rates.received(bucket - flowBuckets) : 0);
    sent += rates.sent(bucket) - (isLeaving ? rates.sent(bucket - flowBuckets) : 0);
    most = Math.max(most, received, sent);
  }
  return roundedUp((most / (flowBuckets * bucketMs)) * 1000 * 0.4);
}

/** An edge between two others, as the giver's own tape tells it. */
export interface OtherFlow {
  readonly from: PeerId;
  readonly to: PeerId;
  readonly state: 'preferred' | 'optimistic';
  readonly bytesPerSecond: number;
}

/**
 * Who serves whom among the others at a moment of our run, from their own tapes. Their clocks are joined with ours by
 * the time on the wall.
 */
export function otherFlowsOf(
  ours: SwarmHistory,
  self: PeerId,
  others: ReadonlyMap<PeerId, SwarmHistory>,
  cursorMs: number,
): readonly OtherFlow[] {
  const flows: OtherFlow[] = [];
  for (const [from, history] of others) {
    if (from === self || history.tape.length === 0) continue;
    const atMs = cursorMs + ours.startedWallMs - history.startedWallMs;
    if (atMs < 0 || atMs > history.endMs + bucketMs) continue;
    for (const { peer: to, serving, wantsUs } of history.lanes.all) {
      if (to === self) continue;
      const span = spanAt(serving, atMs);
      if (span === undefined || spanAt(wantsUs, atMs) === undefined) continue;
      flows.push({ from, to, state: span.role, bytesPerSecond: rateTo(history.rates, to, atMs) });
    }
  }
  return flows;
}

function rateTo(rates: RateSeries, peer: PeerId, atMs: number): number {
  const last = Math.floor(atMs / bucketMs);
  let bytes = 0;
  for (let bucket = last - flowBuckets; bucket < last; bucket += 1) bytes += rates.sentTo(peer, bucket);
  return (bytes / (flowBuckets * bucketMs)) * 1000;
}

const haveWindowMs = 5_000;
/** More events than this are not looked through for one picture. */
const mostEvents = 20_000;

/**
 * Bytes per second that each neighbour gets from others than us: the pieces it told of in the last seconds, less what
 * we sent it meanwhile. All that a peer of the course can know of the others' edges.
 */
export function gainedFromOthers(
  { tape, rates }: SwarmHistory,
  { run, atMs }: Pick<SwarmState, 'run' | 'atMs'>,
): ReadonlyMap<PeerId, number> {
  const gained = new Map<PeerId, number>();
  if (run === undefined) return gained;
  const end = tape.countUntil(atMs);
  const begin = Math.max(tape.countUntil(Math.max(0, atMs - haveWindowMs)), end - mostEvents);
  if (begin >= end) return gained;
  for (let seq = begin; seq < end; seq += 1) {
    if (tape.kind(seq) !== 'received-have') continue;
    const event = tape.event(seq);
    if (event.kind === 'received-have')
      gained.set(event.peer, (gained.get(event.peer) ?? 0) + run.pieceLength);
  }
  const spanMs = Math.max(
    1000,
    Math.min(atMs, end - begin < mostEvents ? haveWindowMs : atMs - tape.atMs(begin)),
  );
  for (const [peer, bytes] of gained) {
    const sent = sentWithin(rates, peer, atMs - spanMs, atMs);
    // Less than one piece may be one that we sent and that was told of late.
    const rest = bytes - sent < run.pieceLength ? 0 : bytes - sent;
    gained.set(peer, (rest / spanMs) * 1000);
  }
  return gained;
}

function sentWithin(rates: RateSeries, peer: PeerId, fromMs: number, toMs: number): number {
  let bytes = 0;
  for (let bucket = Math.floor(fromMs / bucketMs); bucket <= Math.floor(toMs / bucketMs); bucket += 1) {
    bytes += rates.sentTo(peer, bucket);
  }
  return bytes;
}
