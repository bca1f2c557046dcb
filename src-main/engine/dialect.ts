import type { Direction, PeerId } from '../../src-shared/journal.ts';
import type { Address } from './ports.ts';
import type { Codec } from './wire/message.ts';

/**
 * What makes a swarm a course swarm or a BitTorrent one: its bytes, a few rules, and who belongs to it. Picking,
 * choking, storage, rates and the journal know nothing of it.
 */
export interface Dialect {
  readonly name: string;
  readonly codec: Codec;
  readonly rules: DialectRules;
  readonly membership: Membership;
}

export interface DialectRules {
  /** Requests that may be outstanding on one connection. */
  readonly requestsPerPeer: number;
  /** A request unanswered for this long may be asked of another peer, or again. */
  readonly requestTimeoutMs: number;
  /** In endgame, a block may be asked of a second peer once its request is this old. */
  readonly endgameAfterMs: number;
}

/** Somebody to connect to. */
export interface DialTarget {
  readonly peer: PeerId;
  readonly address: Address;
}

/** Whether a swarm goes on, from what is known of its members. */
export type Fate = 'going-on' | 'everyone-complete' | 'peers-lost';

/** Who belongs to the swarm: whom to dial, whom to let in, and when it is over. */
export interface Membership {
  /** Everybody, as the journal names them. */
  readonly roster: readonly { readonly peer: PeerId; readonly address: string; readonly seed: boolean }[];
  /** Those we should dial, connected or not. */
  readonly dialTargets: readonly DialTarget[];
  /** Says why a handshake is refused; undefined lets the peer in. */
  refuse(peer: PeerId, direction: Direction, target: DialTarget | undefined): string | undefined;
  /** Known from elsewhere than the wire to have the whole content from the start. */
  isSeed(peer: PeerId): boolean;
  onConnected(peer: PeerId): void;
  onDisconnected(peer: PeerId, now: number): void;
  /** The peer is known to have the whole content. */
  onComplete(peer: PeerId): void;
  /** The peer came back with less than that (course protocol, A25). */
  onIncomplete(peer: PeerId): void;
  isComplete(peer: PeerId): boolean;
  /** `idleSince`: when a neighbour last had anything for us; now, when left out. */
  fate(selfComplete: boolean, now: number, idleSince?: number): Fate;
  /** Members that are neither connected nor complete, for the record of a swarm that ended without them. */
  missing(): PeerId[];
}
