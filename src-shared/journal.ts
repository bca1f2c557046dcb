/**
 * The journal: an append-only stream of typed events, one per fact of a swarm's life. The course's log file,
 * the command line's display, `--journal` files and the screen are all derived from it, and from it alone.
 */

/**
 * Names a peer inside its swarm: the course's peer id in decimal ("1001"). In a share we are "1", and the others are
 * numbered from 2 on as they become neighbours; `peer-known` says who they are.
 */
export type PeerId = string;

/** Who opened a connection: we dialled the other side, or we accepted it. */
export type Direction = 'dialled' | 'accepted';

/** Why the picker chose a block; told by the picker itself, never guessed afterwards. */
export type PickReason =
  /** One of the pieces the peer can give, each with the same chance. */
  | { readonly rule: 'random' }
  /** No piece the peer can give is held by fewer of the connected peers (`copies` of `peers`). */
  | { readonly rule: 'rarest'; readonly copies: number; readonly peers: number }
  /** Finishes a piece of which other blocks are already here or under way. */
  | { readonly rule: 'begun' }
  /** Everything missing is already requested; this block is asked of a second peer. */
  | { readonly rule: 'endgame' };

/** Why a candidate was or was not chosen in a rechoke. */
export type ChokeReason =
  | { readonly why: 'rate'; readonly rank: number; readonly tied: boolean }
  /** Drawn at random because we have the whole file and measure nobody. */
  | { readonly why: 'random' }
  /** Fewer candidates than places: everybody is chosen. */
  | { readonly why: 'room' };

/** One neighbour interested in us, as a rechoke saw it. */
export interface ChokeCandidate {
  readonly peer: PeerId;
  /** Bytes of pieces it gave us since the last rechoke. */
  readonly receivedBytes: number;
  /** The same as a rate over the length of the round. */
  readonly bytesPerSecond: number;
  readonly chosen: boolean;
  readonly reason: ChokeReason;
}

/** What a rechoke saw and decided (course protocol, 6.3). */
export interface ChokeDecision {
  /** Counts from 1. */
  readonly round: number;
  /** By the rates of the last interval, or at random because we are complete. */
  readonly rule: 'rates' | 'random';
  /** Places for preferred neighbours (k). */
  readonly slots: number;
  /** In order of preference. */
  readonly candidates: readonly ChokeCandidate[];
  readonly preferred: readonly PeerId[];
  readonly unchoke: readonly PeerId[];
  readonly choke: readonly PeerId[];
}

/** What the draw of the optimistic neighbour saw and decided (course protocol, 6.4). */
export interface OptimisticDecision {
  /** Neighbours that were interested in us and choked by us. */
  readonly candidates: readonly PeerId[];
  /** Nobody qualified: the present one, if any, stays. */
  readonly kept: boolean;
  readonly optimistic: PeerId | undefined;
  readonly choke: readonly PeerId[];
}

/** Why a request no longer waits for its block. */
export type ReleaseReason =
  | 'choked'
  | 'disconnected'
  | 'timed-out'
  | 'wrong-piece'
  | 'rejected'
  | 'cancelled';

/** How a swarm ended for this peer. */
export type Outcome = 'complete' | 'peers-lost' | 'interrupted' | 'storage-failed';

export type JournalFact =
  | {
      readonly kind: 'started';
      readonly self: PeerId;
      readonly dialect: string;
      readonly name: string;
      readonly totalLength: number;
      readonly pieceLength: number;
      readonly pieceCount: number;
      /** Our pieces at the start, as a hexadecimal bitfield. */
      readonly bitfield: string;
      readonly roster: readonly { readonly peer: PeerId; readonly address: string; readonly seed: boolean }[];
      readonly preferredSlots: number;
      readonly unchokingIntervalMs: number;
      readonly optimisticIntervalMs: number;
      readonly strategy: 'random' | 'rarest';
    }
  /** A neighbour that no roster listed; comes before its first `connected`, and again when it is known better. */
  | {
      readonly kind: 'peer-known';
      readonly peer: PeerId;
      readonly address: string;
      /** "qBittorrent 4.5.2"; empty while unknown. */
      readonly client: string;
    }
  | { readonly kind: 'dial-failed'; readonly peer: PeerId; readonly address: string; readonly reason: string }
  | {
      readonly kind: 'connected';
      readonly peer: PeerId;
      readonly direction: Direction;
      readonly remote: string;
    }
  /** A connection that never became a neighbour, with a diagnosis its author can act on. */
  | { readonly kind: 'rejected'; readonly remote: string; readonly reason: string }
  | { readonly kind: 'disconnected'; readonly peer: PeerId; readonly reason: string }
  | {
      readonly kind: 'received-bitfield';
      readonly peer: PeerId;
      readonly bitfield: string;
      readonly count: number;
    }
  | { readonly kind: 'received-have'; readonly peer: PeerId; readonly piece: number }
  | { readonly kind: 'received-interested'; readonly peer: PeerId }
  | { readonly kind: 'received-not-interested'; readonly peer: PeerId }
  | { readonly kind: 'received-choke'; readonly peer: PeerId }
  | { readonly kind: 'received-unchoke'; readonly peer: PeerId }
  | { readonly kind: 'sent-interested'; readonly peer: PeerId }
  | { readonly kind: 'sent-not-interested'; readonly peer: PeerId }
  | { readonly kind: 'sent-choke'; readonly peer: PeerId }
  | { readonly kind: 'sent-unchoke'; readonly peer: PeerId; readonly role: 'preferred' | 'optimistic' }
  | { readonly kind: 'choke-decision'; readonly decision: ChokeDecision }
  | { readonly kind: 'optimistic-decision'; readonly decision: OptimisticDecision }
  | { readonly kind: 'preferred-changed'; readonly preferred: readonly PeerId[] }
  | { readonly kind: 'optimistic-changed'; readonly optimistic: PeerId }
  /** A run of blocks of one piece was asked for together; in the course protocol it is the whole piece. */
  | {
      readonly kind: 'requested';
      readonly peer: PeerId;
      readonly piece: number;
      readonly offset: number;
      readonly length: number;
      readonly reason: PickReason;
    }
  | {
      readonly kind: 'request-released';
      readonly peer: PeerId;
      readonly piece: number;
      readonly offset: number;
      readonly reason: ReleaseReason;
    }
  /** All blocks are here; the piece is being verified and written. */
  | { readonly kind: 'piece-received'; readonly peer: PeerId; readonly piece: number }
  /** Verified and written: from here on it is announced. `count` includes it. */
  | {
      readonly kind: 'piece-completed';
      readonly peer: PeerId;
      readonly piece: number;
      readonly count: number;
    }
  | { readonly kind: 'piece-failed'; readonly peers: readonly PeerId[]; readonly piece: number }
  | {
      readonly kind: 'uploaded';
      readonly peer: PeerId;
      readonly piece: number;
      readonly offset: number;
      readonly length: number;
    }
  | { readonly kind: 'completed' }
  /** A neighbour is now known to have the whole file. */
  | { readonly kind: 'peer-completed'; readonly peer: PeerId }
  /** Something odd that was survived, in words. */
  | { readonly kind: 'note'; readonly peer?: PeerId; readonly text: string }
  | { readonly kind: 'storage-failed'; readonly reason: string }
  | { readonly kind: 'ended'; readonly outcome: Outcome; readonly lost: readonly PeerId[] };

/** A fact's place in the stream. */
export interface Stamp {
  /** Counts from 0 without gaps. */
  readonly seq: number;
  /** Milliseconds since the swarm started, monotonic. */
  readonly atMs: number;
  /** Milliseconds since the Unix epoch, by the wall clock. */
  readonly wallMs: number;
}

export type JournalEvent = JournalFact & Stamp;
