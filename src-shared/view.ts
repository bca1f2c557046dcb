import type { Outcome, PeerId } from './journal.ts';

/** A sample of a swarm for people to look at: plain data, taken when somebody asks, never pushed by the engine. */
export interface SwarmView {
  readonly self: PeerId;
  readonly name: string;
  readonly phase: SwarmPhase;
  readonly totalLength: number;
  readonly pieceLength: number;
  readonly pieceCount: number;
  /** Pieces verified and written. */
  readonly haveCount: number;
  readonly haveBytes: number;
  readonly downloadedBytes: number;
  readonly uploadedBytes: number;
  readonly downBytesPerSecond: number;
  readonly upBytesPerSecond: number;
  /** Milliseconds; undefined before the first round. */
  readonly nextRechokeInMs: number | undefined;
  readonly nextOptimisticInMs: number | undefined;
  /** The others, in the order of the roster, connected or not. */
  readonly neighbours: readonly NeighbourView[];
}

export type SwarmPhase =
  | { readonly name: 'running' | 'lingering' }
  | { readonly name: 'closing' | 'ended'; readonly outcome: Outcome };

export interface NeighbourView {
  readonly peer: PeerId;
  readonly address: string;
  /** It has the whole content. */
  readonly complete: boolean;
  /** Undefined while it is not connected. */
  readonly link: NeighbourLinkView | undefined;
}

export interface NeighbourLinkView {
  readonly haveCount: number;
  readonly amChoking: boolean;
  readonly amInterested: boolean;
  readonly peerChoking: boolean;
  readonly peerInterested: boolean;
  /** Why we unchoke it, and for how long. */
  readonly unchoked: { readonly as: 'preferred' | 'optimistic'; readonly forMs: number } | undefined;
  readonly downBytesPerSecond: number;
  readonly upBytesPerSecond: number;
  /** Pieces of which blocks are requested from it. */
  readonly requested: readonly number[];
}
