import type { JournalEvent, PeerId } from './journal.ts';
import { listed } from './listed.ts';
import { formatBytes } from './units.ts';

/**
 * A share's journal in readable lines. The course prescribes the lines of its log; a share's are ours, and tell more:
 * who came and went, what failed and why.
 */

/** Undefined for facts that say nothing by themselves. */
export function shareLogSentence(event: JournalEvent, nameOf: (peer: PeerId) => string): string | undefined {
  switch (event.kind) {
    case 'started':
      return `Started: ${event.name}, ${formatBytes(event.totalLength)} in ${event.pieceCount} pieces.`;
    case 'connected':
      return event.direction === 'dialled'
        ? `Connected to ${nameOf(event.peer)} at ${event.remote}.`
        : `${nameOf(event.peer)} connected to us from ${event.remote}.`;
    case 'disconnected':
      return `${nameOf(event.peer)} is gone: ${event.reason}.`;
    case 'dial-failed':
      return `${nameOf(event.peer)} cannot be reached at ${event.address}: ${event.reason}.`;
    case 'rejected':
      return `Refused a connection with ${event.remote}: ${event.reason}.`;
    case 'received-have':
      return `${nameOf(event.peer)} has piece ${event.piece}.`;
    case 'received-interested':
      return `${nameOf(event.peer)} is interested in what we have.`;
    case 'received-not-interested':
      return `${nameOf(event.peer)} wants nothing of what we have.`;
    case 'received-choke':
      return `${nameOf(event.peer)} chokes us.`;
    case 'received-unchoke':
      return `${nameOf(event.peer)} unchokes us.`;
    case 'preferred-changed':
      return `Preferred neighbours: ${event.preferred.map(nameOf).join(', ')}.`;
    case 'optimistic-changed':
      return `Optimistically unchoked: ${nameOf(event.optimistic)}.`;
    case 'piece-completed':
      return `Piece ${event.piece} is here and right, from ${nameOf(event.peer)}; ${event.count} in all.`;
    case 'piece-failed':
      return `Piece ${event.piece} was damaged and is thrown away; it came from ${listed(event.peers.map(nameOf))}.`;
    case 'completed':
      return 'Every piece is here.';
    case 'peer-completed':
      return `${nameOf(event.peer)} has every piece.`;
    case 'note':
      return event.peer === undefined
        ? sentence(event.text)
        : `${nameOf(event.peer)}: ${sentence(event.text, false)}`;
    case 'storage-failed':
      return `The disk stopped it: ${event.reason}.`;
    case 'ended':
      return event.outcome === 'storage-failed' ? 'Stopped by the disk.' : 'Stopped.';
    default:
      return undefined;
  }
}

/** With its full stop, and a capital where it begins a line. */
function sentence(text: string, isFirst = true): string {
  // Whatever others have put in: a line is one line.
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  const begun = isFirst ? line.charAt(0).toUpperCase() + line.slice(1) : line;
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
