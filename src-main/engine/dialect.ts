import type { Bitfield } from '../../src-shared/bitfield.ts';
import type { Direction, PeerId } from '../../src-shared/journal.ts';
import type { Peer } from './peer.ts';
import type { Address } from './ports.ts';
import type { SwarmContext } from './swarm-context.ts';
import type { Codec, ExtendedMessage, Handshake, OutgoingMessage } from './wire/message.ts';

/**
 * What makes a swarm a course swarm or a BitTorrent one: its bytes, a few rules, and who belongs to it. Picking,
 * choking, storage, rates and the journal know nothing of it.
 */
export interface Dialect {
  readonly name: string;
  readonly codec: Codec;
  readonly rules: DialectRules;
  readonly membership: Membership;
  /** What we begin every connection with. */
  readonly handshake: Handshake;
  /** What we say of our pieces right after both handshakes. */
  introduce(have: Bitfield, theirs: Handshake): OutgoingMessage;
  /** What the dialect says beyond the messages that all have in common. */
  readonly extend?: (context: SwarmContext) => Extension;
}

export interface DialectRules {
  /** Requests that may be outstanding on one connection that gives this much. */
  requestsPerPeer(bytesPerSecond: number): number;
  /** A request unanswered for this long may be asked of another peer, or again. */
  readonly requestTimeoutMs: number;
  /** In endgame, a block may be asked of a second peer once its request is this old. */
  readonly endgameAfterMs: number;
  /** Blocks of pieces that nobody was asked for are taken in (course protocol, A13), or dropped. */
  readonly takesUnasked: boolean;
  /** How much is read from storage at a time for a neighbour, in bytes; requests of what lies side by side are read together. */
  readonly readAheadBytes: number;
  /** Of pieces that are equally rare, those of one stretch of this length are asked for together; 0: each by chance. */
  readonly stretchBytes: number;
  /** Until a target is dialled again that has failed, or been lost, so many times in a row. */
  redialMs(failures: number): number;
  /** Connections that may be in the making at a time. */
  readonly dialsAtOnce: number;
  /** Nobody is waited for any longer than this; Infinity: as long as the network does. */
  readonly dialTimeoutMs: number;
  /** A free place goes to the first who becomes interested; otherwise it waits for the next round. */
  readonly fillsPlacesAtOnce: boolean;
  /** The journal has every round while anybody is connected; otherwise only those in which somebody wants something. */
  readonly tellsEveryRound: boolean;
  /** A disk that is full stops the downloading until there is room; otherwise it ends the swarm. */
  readonly waitsForRoom: boolean;
  /** We say something at least this often; Infinity: only when there is something to say. */
  readonly keepAliveMs: number;
  /** A neighbour that says nothing for this long is dropped. */
  readonly silenceMs: number;
  /** Messages that move nothing, as many as a neighbour may say in a row; Infinity: any number. */
  readonly mostTalk: number;
  /** A neighbour that leaves more of what it is sent unread than this, in bytes, is dropped. */
  readonly mostUnreadBytes: number;
}

/** Understands and says what no other dialect knows: of the part of a swarm that only one dialect has. */
export interface Extension {
  onConnected(peer: Peer): void;
  /** Returns why the neighbour must be dropped, if it must. */
  onMessage(peer: Peer, message: ExtendedMessage): string | undefined;
  onTick(now: number): void;
}

/** Somebody to connect to. */
export interface DialTarget {
  /** Undefined: only the handshake will tell. */
  readonly peer: PeerId | undefined;
  readonly address: Address;
}

/** A connection whose handshake came. */
export interface Newcomer {
  readonly direction: Direction;
  readonly target: DialTarget | undefined;
  /** "127.0.0.1:6008" */
  readonly remote: string;
}

/** Whether a swarm goes on, from what is known of its members. */
export type Fate = 'going-on' | 'everyone-complete' | 'peers-lost';

/** Who belongs to the swarm: whom to dial, whom to let in, and when it is over. */
export interface Membership {
  /** Everybody, as the journal names them. */
  readonly roster: readonly { readonly peer: PeerId; readonly address: string; readonly seed: boolean }[];
  /** Those we should dial, connected or not. */
  readonly dialTargets: readonly DialTarget[];
  /** There is no place for one more neighbour unless one that is of no use goes. */
  readonly isFull?: boolean;
  /** Who the other side is, by its handshake, or why it may not become a neighbour. */
  identify(handshake: Handshake, newcomer: Newcomer): PeerId | { readonly refused: string };
  /** Whether, of two working connections with one peer, the newer one stays: both sides must come to the same. */
  prefersNewer(peer: PeerId, older: Direction, newer: Direction): boolean;
  /** Who a neighbour is, for people, where no roster says so. */
  describe(peer: PeerId): { readonly address: string; readonly client: string } | undefined;
  /** Known from elsewhere than the wire to have the whole content from the start. */
  isSeed(peer: PeerId): boolean;
  onConnected(peer: PeerId): void;
  onDisconnected(peer: PeerId, now: number): void;
  /** It sent wrong pieces: it is neither dialled nor let in again. */
  ban(peer: PeerId): void;
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
