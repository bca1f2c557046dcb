import type { ChokeCandidate, ChokeDecision, OptimisticDecision, PeerId } from '../../src-shared/journal.ts';
import type { Random } from './ports.ts';

/** What the choker needs to know of a neighbour. */
export interface ChokerPeer {
  readonly id: PeerId;
  /** Interested in us, and not known to be complete (A10). */
  readonly peerInterested: boolean;
  readonly amChoking: boolean;
  /** Bytes of pieces it gave us since the last rechoke. */
  readonly receivedBytes: number;
}

export interface RechokeSituation {
  readonly peers: readonly ChokerPeer[];
  readonly round: number;
  /** Places for preferred neighbours (k). */
  readonly slots: number;
  /** Whether we have the whole content. */
  readonly complete: boolean;
  readonly optimistic: PeerId | undefined;
  /** How long the rates were measured, in milliseconds. */
  readonly intervalMs: number;
}

/**
 * Chooses the preferred neighbours of the next interval: those that gave us most in the last one, ties in random
 * order; at random when we are complete (course protocol, 6.3). Decides only; the swarm sends.
 */
export function planUnchokes(situation: RechokeSituation, random: Random): ChokeDecision {
  const { peers, slots, complete, optimistic } = situation;
  const interested = shuffled(
    peers.filter(peer => peer.peerInterested),
    random,
  );
  if (!complete) interested.sort((a, b) => b.receivedBytes - a.receivedBytes);

  const candidates = interested.map((peer, index) => judge(peer, index, interested, situation));
  const preferred = candidates.slice(0, slots).map(candidate => candidate.peer);
  return {
    round: situation.round,
    rule: complete ? 'random' : 'rates',
    slots,
    candidates,
    preferred,
    unchoke: peers.filter(peer => peer.amChoking && preferred.includes(peer.id)).map(peer => peer.id),
    choke: peers
      .filter(peer => !peer.amChoking && peer.id !== optimistic && !preferred.includes(peer.id))
      .map(peer => peer.id),
  };
}

function judge(
  { id, receivedBytes }: ChokerPeer,
  index: number,
  ranked: readonly ChokerPeer[],
  { slots, complete, intervalMs }: RechokeSituation,
): ChokeCandidate {
  const tied = [ranked[index - 1], ranked[index + 1]].some(next => next?.receivedBytes === receivedBytes);
  const byRule = complete ? ({ why: 'random' } as const) : ({ why: 'rate', rank: index + 1, tied } as const);
  return {
    peer: id,
    receivedBytes,
    bytesPerSecond: intervalMs > 0 ? (receivedBytes / intervalMs) * 1000 : 0,
    chosen: index < slots,
    reason: ranked.length <= slots ? { why: 'room' } : byRule,
  };
}

export interface OptimisticSituation {
  readonly peers: readonly ChokerPeer[];
  readonly current: PeerId | undefined;
  readonly preferred: readonly PeerId[];
}

/**
 * Draws the optimistic neighbour among those interested in us and choked by us; when nobody qualifies, the present
 * one stays (course protocol, 6.4, A22). The one it replaces is choked unless it is preferred.
 */
export function drawOptimistic(situation: OptimisticSituation, random: Random): OptimisticDecision {
  const { peers, current, preferred } = situation;
  const candidates = peers.filter(peer => peer.peerInterested && peer.amChoking).map(peer => peer.id);
  const drawn = candidates[Math.floor(random() * candidates.length)];
  if (drawn === undefined) return { candidates, kept: true, optimistic: current, choke: [] };
  const replaced = peers.filter(
    peer => peer.id === current && !peer.amChoking && !preferred.includes(peer.id),
  );
  return { candidates, kept: false, optimistic: drawn, choke: replaced.map(peer => peer.id) };
}

/** A copy in random order (Fisher–Yates). */
function shuffled<T>(items: readonly T[], random: Random): T[] {
  const order = items.slice();
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
