import type { Peer } from '../peer.ts';
import type { Member } from './peer-book.ts';

/** Letters as other clients show them, and what each means, for the flags of a neighbour that hold now. */
const letters: readonly (readonly [string, string, (peer: Peer, member: Member) => boolean])[] = [
  ['D', 'we download from it', peer => peer.amInterested && !peer.peerChoking],
  ['d', 'it has what we want, but chokes us', peer => peer.amInterested && peer.peerChoking],
  ['U', 'we upload to it', peer => peer.peerInterested && !peer.amChoking],
  ['u', 'it wants what we have, but we choke it', peer => peer.peerInterested && peer.amChoking],
  ['O', 'unchoked optimistically', peer => peer.unchoked?.as === 'optimistic'],
  ['S', 'snubbed: it let a request time out', peer => peer.isSnubbed],
  ['K', 'it lets us ask, but we want nothing', peer => !peer.amInterested && !peer.peerChoking],
  ['?', 'we let it ask, but it wants nothing', peer => !peer.peerInterested && !peer.amChoking],
  ['I', 'it connected to us', (_, { direction }) => direction === 'accepted'],
  ['X', 'found by peer exchange', (_, { source }) => source === 'peer exchange'],
  ['H', 'found in the DHT', (_, { source }) => source === 'dht'],
  [
    'L',
    'found on the local network',
    (_, { source }) => source === 'local discovery' || source === 'catalogue',
  ],
];

/** The flags of a neighbour in short and in words. */
export function flagsOf(
  peer: Peer,
  member: Member,
): { readonly flags: string; readonly words: readonly string[] } {
  const holding = letters.filter(([, , holds]) => holds(peer, member));
  return { flags: holding.map(([letter]) => letter).join(' '), words: holding.map(([, words]) => words) };
}
