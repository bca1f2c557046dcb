import type { JournalEvent } from '../../../src-shared/journal.ts';
import { formatBytes, formatDuration, formatRate } from '../../../src-shared/units.ts';
import type { NeighbourLinkView, NeighbourView, SwarmView } from '../../../src-shared/view.ts';
import { bar, table } from './terminal.ts';

/** How a peer shows itself in a terminal: pure functions from views and events to text. */

export function viewLines(view: SwarmView): string[] {
  const share = view.totalLength === 0 ? 1 : view.haveBytes / view.totalLength;
  const parts = [
    `${bar(share, 24)} ${Math.floor(share * 100)} %`,
    `${view.haveCount} of ${view.pieceCount} pieces`,
    `down ${formatRate(view.downBytesPerSecond)}`,
    `up ${formatRate(view.upBytesPerSecond)}`,
    timeLeft(view),
    view.nextRechokeInMs === undefined ? '' : `rechoke in ${Math.ceil(view.nextRechokeInMs / 1000)} s`,
  ];
  const head = `peer ${view.self}  ${view.name}  ${formatBytes(view.totalLength)}  ${phaseWords(view)}`;
  const rows = view.neighbours.map(neighbour => neighbourCells(neighbour, view.pieceCount));
  return [head, parts.filter(Boolean).join('  '), ...table(rows, [1]).map(row => `  ${row}`)];
}

function neighbourCells({ peer, address, complete, link }: NeighbourView, pieceCount: number): string[] {
  const progress = complete ? 'complete' : `${percent(link?.haveCount ?? 0, pieceCount)} %`;
  if (link === undefined) return [peer, complete ? progress : '', `not connected (${address})`];
  return [
    peer,
    progress,
    link.peerChoking ? 'chokes us' : 'unchokes us',
    `down ${formatRate(link.downBytesPerSecond)}`,
    ourChoking(link),
    `up ${formatRate(link.upBytesPerSecond)}`,
    link.peerInterested ? 'interested' : '',
    link.requested.length > 0 ? `asked for piece ${link.requested.slice(0, 3).join(', ')}` : '',
  ];
}

function ourChoking({ unchoked }: NeighbourLinkView): string {
  return unchoked === undefined ? 'choked by us' : `unchoked by us, ${unchoked.as}`;
}

function timeLeft(view: SwarmView): string {
  const left = view.totalLength - view.haveBytes;
  if (left === 0 || view.downBytesPerSecond < 1) return '';
  return `${formatDuration((left / view.downBytesPerSecond) * 1000)} left`;
}

function phaseWords(view: SwarmView): string {
  switch (view.phase.name) {
    case 'running':
      return view.haveCount === view.pieceCount ? `complete, ${waitingFor(view)}` : '';
    case 'lingering':
      return 'everybody is complete';
    case 'closing':
      return 'closing';
    case 'ended':
      return 'ended';
  }
}

function waitingFor({ neighbours }: SwarmView): string {
  const unfinished = neighbours.filter(neighbour => !neighbour.complete).map(neighbour => neighbour.peer);
  return unfinished.length > 0 ? `waiting for ${unfinished.join(', ')}` : 'everybody is complete';
}

export function percent(count: number, total: number): number {
  return total === 0 ? 100 : Math.floor((count / total) * 100);
}

/** A line for an event that changes the picture; undefined for those that only fill it, such as single pieces. */
export function changeLine(event: JournalEvent): string | undefined {
  switch (event.kind) {
    case 'started':
      return `peer ${event.self} shares ${event.name}: ${formatBytes(event.totalLength)} in ${event.pieceCount} pieces`;
    case 'dial-failed':
      return `waiting for peer ${event.peer} at ${event.address}: ${event.reason}`;
    case 'connected':
      return `connected with ${event.peer} (${event.direction}, ${event.remote})`;
    case 'rejected':
      return `refused a connection from ${event.remote}: ${event.reason}`;
    case 'disconnected':
      return `disconnected from ${event.peer}: ${event.reason}`;
    case 'received-choke':
      return `${event.peer} chokes us`;
    case 'received-unchoke':
      return `${event.peer} unchokes us`;
    case 'preferred-changed':
      return `preferred neighbours: ${event.preferred.join(', ') || 'none'}`;
    case 'optimistic-changed':
      return `optimistic neighbour: ${event.optimistic}`;
    case 'piece-failed':
      return `piece ${event.piece} failed verification; it came from ${event.peers.join(', ')}`;
    case 'completed':
      return 'we have the complete file';
    case 'peer-completed':
      return `${event.peer} has the complete file`;
    case 'note':
      return event.peer === undefined ? event.text : `${event.peer}: ${event.text}`;
    case 'storage-failed':
      return `storage failed: ${event.reason}. What is here is kept; start again to go on.`;
    case 'ended':
      return endLine(event);
    default:
      return undefined;
  }
}

function endLine({ outcome, lost }: Extract<JournalEvent, { kind: 'ended' }>): string {
  switch (outcome) {
    case 'complete':
      return 'ended: everybody has the complete file';
    case 'peers-lost':
      return `ended: ${lost.join(', ') || 'those with the rest of the file'} vanished and did not come back`;
    case 'interrupted':
      return 'interrupted: what is here is kept; start again to go on';
    case 'storage-failed':
      return 'ended: storage failed';
  }
}
