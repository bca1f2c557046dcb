import type { ChokeDecision, OptimisticDecision, PeerId } from '../../../../src-shared/journal.ts';
import type { Dated } from '../../../../src-shared/swarm-state.ts';
import type { Marker } from '../../../history/history.ts';
import { type Lane, spanAt } from '../../../history/lanes.ts';

/** What a round saw and decided, ready to be shown. */
export interface DecisionRecord {
  readonly seq: number;
  readonly round: number;
  readonly atMs: number;
  readonly rule: ChokeDecision['rule'];
  readonly slots: number;
  /** In the order of the decision. */
  readonly ranked: readonly RankedRow[];
  /** There were more candidates than places: a line goes after this many. */
  readonly cutAfter: number | undefined;
  /** Neighbours with equal rates, of whom some were chosen and some not. */
  readonly tiedAtTheCut: readonly PeerId[];
  /** Others had equal rates, above 0 or not. */
  readonly hasOtherTies: boolean;
  readonly optimistic: OptimisticDraw | undefined;
  readonly unranked: readonly Unranked[];
}

export interface RankedRow {
  readonly peer: PeerId;
  /** From 1. */
  readonly place: number;
  readonly bytesPerSecond: number;
  /** Of the largest rate, from 0 to 1. */
  readonly share: number;
  readonly outcome: 'preferred' | 'optimistic' | 'choked';
}

/** The draw that was in force at the round. */
export interface OptimisticDraw {
  readonly peer: PeerId;
  readonly from: readonly PeerId[];
  readonly atMs: number;
  /** The round made it preferred as well. */
  readonly isPreferred: boolean;
}

export interface Unranked {
  readonly peer: PeerId;
  readonly why: 'not-started' | 'not-connected' | 'complete' | 'not-interested';
}

/** What of a history a record is made of. */
export interface RecordSource {
  readonly lanes: { readonly all: readonly Lane[] };
  readonly draws: readonly Dated<OptimisticDecision>[];
  readonly markers: readonly Marker[];
}

/** A draw that falls on the same moment as a round comes within this time of it, in milliseconds. */
const sameMomentMs = 50;

export function recordOf(round: Dated<ChokeDecision>, source: RecordSource): DecisionRecord {
  const { decision, atMs, seq } = round;
  const { candidates, slots, rule } = decision;
  const optimistic = drawAt(source, atMs);
  const largest = Math.max(1, ...candidates.map(({ bytesPerSecond }) => bytesPerSecond));
  const ties = rule === 'rates' ? tiedGroups(candidates) : [];
  const atTheCut = ties.find(group => group.some(({ chosen }) => chosen !== group[0]!.chosen));
  return {
    seq,
    round: decision.round,
    atMs,
    rule,
    slots,
    ranked: candidates.map(({ peer, bytesPerSecond, chosen }, index) => ({
      peer,
      place: index + 1,
      bytesPerSecond,
      share: bytesPerSecond / largest,
      outcome: chosen ? 'preferred' : peer === optimistic?.peer ? 'optimistic' : 'choked',
    })),
    cutAfter: candidates.length > slots ? slots : undefined,
    tiedAtTheCut: (atTheCut ?? []).map(({ peer }) => peer),
    hasOtherTies: ties.some(group => group !== atTheCut),
    optimistic:
      optimistic === undefined
        ? undefined
        : { ...optimistic, isPreferred: decision.preferred.includes(optimistic.peer) },
    unranked: unrankedAt(source, atMs, new Set(candidates.map(({ peer }) => peer))),
  };
}

/**
 * The same with other names for the peers. Of a share's peers, those that were not connected are left out: they come
 * and go, and nobody waits for them.
 */
export function namedRecord(record: DecisionRecord, nameOf: (peer: PeerId) => string): DecisionRecord {
  const { ranked, tiedAtTheCut, optimistic, unranked } = record;
  return {
    ...record,
    ranked: ranked.map(row => ({ ...row, peer: nameOf(row.peer) })),
    tiedAtTheCut: tiedAtTheCut.map(nameOf),
    optimistic:
      optimistic === undefined
        ? undefined
        : { ...optimistic, peer: nameOf(optimistic.peer), from: optimistic.from.map(nameOf) },
    unranked: unranked
      .filter(({ why }) => why !== 'not-started' && why !== 'not-connected')
      .map(({ peer, why }) => ({ peer: nameOf(peer), why })),
  };
}

/** A draw holds until the next one, or until its peer leaves. */
function drawAt(
  { draws, lanes }: RecordSource,
  atMs: number,
): Omit<OptimisticDraw, 'isPreferred'> | undefined {
  const draw = draws.findLast(({ atMs: at, decision }) => at <= atMs + sameMomentMs && !decision.kept);
  const peer = draw?.decision.optimistic;
  if (draw === undefined || peer === undefined) return undefined;
  const stay = spanAt(lanes.all.find(lane => lane.peer === peer)?.connected ?? [], atMs);
  if (stay === undefined || stay.from > draw.atMs) return undefined;
  return { peer, from: draw.decision.candidates, atMs: draw.atMs };
}

/** Candidates beside each other that gave equally much. */
function tiedGroups<T extends { readonly receivedBytes: number }>(candidates: readonly T[]): T[][] {
  const groups: T[][] = [];
  for (const candidate of candidates) {
    const group = groups.at(-1);
    if (group?.[0]?.receivedBytes === candidate.receivedBytes) group.push(candidate);
    else groups.push([candidate]);
  }
  return groups.filter(({ length }) => length > 1);
}

function unrankedAt({ lanes, markers }: RecordSource, atMs: number, ranked: ReadonlySet<PeerId>): Unranked[] {
  const complete = new Set(
    markers.filter(({ kind, atMs: at }) => kind === 'peer-completed' && at <= atMs).map(({ peer }) => peer),
  );
  return lanes.all
    .filter(({ peer }) => !ranked.has(peer))
    .map(lane => ({ peer: lane.peer, why: whyUnranked(lane, atMs, complete.has(lane.peer)) }));
}

function whyUnranked({ connected }: Lane, atMs: number, isComplete: boolean): Unranked['why'] {
  if ((connected[0]?.from ?? Number.POSITIVE_INFINITY) > atMs) return 'not-started';
  if (spanAt(connected, atMs) === undefined) return 'not-connected';
  return isComplete ? 'complete' : 'not-interested';
}
