import type { Outcome, PeerId } from './journal.ts';
import { noNames, peerNamesOf } from './peer-names.ts';
import { pieceState, type SwarmState, shareDialect } from './swarm-state.ts';

/** What a swarm is doing at a moment, as figures that a sentence can be made of. */
export interface Situation {
  /** Of a share, which has no roster: `neighbours` are those that are connected, and nobody is waited for. */
  readonly isShare: boolean;
  readonly name: string;
  readonly self: PeerId;
  readonly outcome: Outcome | null;
  readonly storageFailure: string | null;
  readonly totalLength: number;
  readonly pieceCount: number;
  readonly haveCount: number;
  readonly haveBytes: number;
  readonly downBytesPerSecond: number;
  readonly upBytesPerSecond: number;
  readonly downloadedBytes: number;
  readonly uploadedBytes: number;
  /** The others of the roster. */
  readonly neighbours: number;
  readonly connected: number;
  /** Never connected so far. */
  readonly notStarted: readonly PeerId[];
  /** Connected once, not now, and not known to be complete. */
  readonly gone: readonly PeerId[];
  /** Connected once, not now, and known to be complete. */
  readonly away: readonly PeerId[];
  /** Connected, and not known to be complete. */
  readonly incomplete: readonly PeerId[];
  /** Connected, have pieces we want, and let us ask for them. */
  readonly sources: readonly PeerId[];
  /** How long nothing has come although something was asked for; null when nothing is. */
  readonly quietMs: number | null;
  /** Connected, have pieces we want, and choke us. */
  readonly chokingUs: readonly PeerId[];
  /** Interested in us and unchoked as preferred neighbours. */
  readonly preferred: readonly PeerId[];
  readonly optimistic: PeerId | null;
  /** Missing pieces that no connected neighbour has: how many, and the first three. */
  readonly unavailable: { readonly count: number; readonly first: readonly number[] };
  readonly unchokingIntervalMs: number;
  /** Until our next rechoke; null before the first one and after the end, and of a share, whose sentence waits for none. */
  readonly nextRoundInMs: number | null;
}

/** Null before the first event. */
export function situationOf(state: SwarmState, computers = noNames): Situation | null {
  const { run, atMs } = state;
  if (run === undefined) return null;
  const isShare = run.dialect === shareDialect;
  const known = [...state.neighbours.values()];
  const all = isShare ? known.filter(({ connectedAt }) => connectedAt !== undefined) : known;
  const connected = all.filter(({ connectedAt }) => connectedAt !== undefined);
  const left = all.filter(
    ({ connectedAt, lastSeenAt }) => connectedAt === undefined && lastSeenAt !== undefined,
  );
  // A share's peers are spoken of by computer or address: their numbers mean nothing to anybody.
  const names = peerNamesOf(state, computers);
  const ids = (some: readonly { readonly peer: PeerId }[]) => some.map(({ peer }) => names.long(peer));
  const wanted = connected.filter(({ amInterested }) => amInterested);
  const served = connected.filter(({ amChoking, peerInterested }) => !amChoking && peerInterested);
  const optimistic = served.find(({ role }) => role === 'optimistic')?.peer;
  return {
    isShare,
    name: run.name,
    self: run.self,
    outcome: state.outcome ?? null,
    storageFailure: state.storageFailure ?? null,
    totalLength: run.totalLength,
    pieceCount: run.pieceCount,
    haveCount: state.haveCount,
    haveBytes: haveBytesOf(state),
    downBytesPerSecond: state.received.rate(atMs),
    upBytesPerSecond: state.sent.rate(atMs),
    downloadedBytes: state.received.total,
    uploadedBytes: state.sent.total,
    neighbours: all.length,
    connected: connected.length,
    notStarted: ids(all.filter(({ lastSeenAt }) => lastSeenAt === undefined)),
    gone: ids(left.filter(({ complete }) => !complete)),
    away: ids(left.filter(({ complete }) => complete)),
    incomplete: ids(connected.filter(({ complete }) => !complete)),
    sources: ids(wanted.filter(({ peerChoking }) => !peerChoking)),
    quietMs: quietMs(state),
    chokingUs: ids(wanted.filter(({ peerChoking }) => peerChoking)),
    preferred: ids(served.filter(({ role }) => role === 'preferred')),
    optimistic: optimistic === undefined ? null : names.long(optimistic),
    unavailable: unavailableIn(state),
    unchokingIntervalMs: run.unchokingIntervalMs,
    // A figure that runs by itself would have Home sent again and again where nothing happens.
    nextRoundInMs: isShare ? null : nextRoundInMs(state),
  };
}

function haveBytesOf(state: SwarmState): number {
  const { run, haveCount } = state;
  if (run === undefined || run.pieceCount === 0) return 0;
  const last = run.pieceCount - 1;
  const missingAtTheEnd = state.pieces[last] === pieceState.have ? run.pieceLength - state.lengthOf(last) : 0;
  return haveCount * run.pieceLength - missingAtTheEnd;
}

/** From the last piece, or from the moment that the first of those asked let us ask. */
function quietMs({ neighbours, lastPieceAt, atMs }: SwarmState): number | null {
  let askedSince = Number.POSITIVE_INFINITY;
  for (const { requested, peerChokingSince = 0 } of neighbours.values()) {
    if (requested.size > 0) askedSince = Math.min(askedSince, peerChokingSince);
  }
  return Number.isFinite(askedSince) ? Math.max(0, atMs - Math.max(askedSince, lastPieceAt ?? 0)) : null;
}

function unavailableIn({ pieces, copies, unavailableCount: count }: SwarmState): Situation['unavailable'] {
  const first: number[] = [];
  for (let piece = 0; first.length < Math.min(3, count); piece += 1) {
    if (pieces[piece] !== pieceState.have && copies[piece] === 0) first.push(piece);
  }
  return { count, first };
}

/** Rounds come at equal distances from the last one (course protocol, 6.3). */
function nextRoundInMs({ run, lastRechoke, atMs, outcome }: SwarmState): number | null {
  if (run === undefined || lastRechoke === undefined || outcome !== undefined) return null;
  const sinceMs = atMs - lastRechoke.atMs;
  return Math.max(0, run.unchokingIntervalMs - sinceMs);
}
