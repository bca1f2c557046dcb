import { Bitfield } from './bitfield.ts';
import type { JournalFact } from './journal.ts';
import { pieceState, type SwarmState } from './swarm-state.ts';

/**
 * The facts that lead from nothing to a moment of a share: whoever hears them, and then what happened after that moment,
 * knows as much of the present as those who heard everything. Of the past nothing is kept but the last round and draw;
 * neighbours that have left are not in it, since a share names them anew when they come back. Empty before the first
 * event.
 */
export function recapOf(state: SwarmState): readonly JournalFact[] {
  const { run, pieces, lastRechoke, lastDraw } = state;
  if (run === undefined) return [];
  const have = new Bitfield(pieces.length);
  for (const [piece, value] of pieces.entries()) if (value === pieceState.have) have.set(piece);
  const facts: JournalFact[] = [{ kind: 'started', ...run, bitfield: have.toHex(), roster: [] }];
  for (const neighbour of state.neighbours.values()) {
    const { peer, address, client, direction, role, connectedAt } = neighbour;
    if (connectedAt === undefined) continue;
    facts.push({ kind: 'peer-known', peer, address, client });
    facts.push({ kind: 'connected', peer, direction: direction ?? 'dialled', remote: address });
    const { count } = neighbour.pieces;
    if (count > 0) facts.push({ kind: 'received-bitfield', peer, bitfield: neighbour.pieces.toHex(), count });
    if (neighbour.peerInterested) facts.push({ kind: 'received-interested', peer });
    if (!neighbour.peerChoking) facts.push({ kind: 'received-unchoke', peer });
    if (neighbour.amInterested) facts.push({ kind: 'sent-interested', peer });
    if (!neighbour.amChoking) facts.push({ kind: 'sent-unchoke', peer, role: role ?? 'preferred' });
    for (const piece of neighbour.requested) {
      const length = state.lengthOf(piece);
      facts.push({ kind: 'requested', peer, piece, offset: 0, length, reason: { rule: 'begun' } });
    }
  }
  if (lastRechoke !== undefined) facts.push({ kind: 'choke-decision', decision: lastRechoke.decision });
  if (lastDraw !== undefined) facts.push({ kind: 'optimistic-decision', decision: lastDraw.decision });
  return facts;
}
