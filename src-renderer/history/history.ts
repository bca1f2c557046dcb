import type { TapeUpdate } from '../../src-shared/contract.ts';
import type { ChokeDecision, OptimisticDecision, PeerId } from '../../src-shared/journal.ts';
import type { Dated, SwarmState } from '../../src-shared/swarm-state.ts';
import type { Tape } from '../../src-shared/tape.ts';

/** Milliseconds since the start; `to` is undefined while it lasts. */
export interface Span {
  readonly from: number;
  to: number | undefined;
}

/** What happened between us and one neighbour over time. Spans are in order and do not overlap. */
export interface Lane {
  readonly peer: PeerId;
  readonly connected: readonly Span[];
  /** We unchoke it. */
  readonly serving: readonly (Span & { readonly role: 'preferred' | 'optimistic' })[];
  /** It unchokes us. */
  readonly servesUs: readonly Span[];
  /** It is interested in us. */
  readonly wantsUs: readonly Span[];
  /** We are interested in it. */
  readonly weWant: readonly Span[];
}

/** A moment worth a mark on the time line. */
export interface Marker {
  readonly atMs: number;
  readonly seq: number;
  readonly kind: 'joined' | 'left' | 'completed' | 'peer-completed' | 'failed' | 'ended' | 'resumed';
  readonly peer: PeerId | undefined;
}

/** Bytes per bucket over time. Bucket i covers [i, i + 1) × bucketMs. */
export interface RateSeries {
  readonly bucketMs: number;
  readonly length: number;
  /** Bytes that arrived (were sent) in a bucket, all neighbours together. */
  received(bucket: number): number;
  sent(bucket: number): number;
  receivedFrom(peer: PeerId, bucket: number): number;
  sentTo(peer: PeerId, bucket: number): number;
}

/**
 * Everything the screen needs of one tape, at any moment of it: the tape itself, the state at a time, and what is
 * drawn over time. Grows with each update; asks nothing of the app.
 */
export interface SwarmHistory {
  readonly tape: Tape;
  /** More rows are known to exist than have come: the past is still loading. */
  readonly isLoading: boolean;
  /** The share of the known rows that are here, from 0 to 1. */
  readonly loaded: number;
  readonly logFile: string;
  /** The run goes on: its clock runs without events. */
  readonly isLive: boolean;
  /** Wall time of the start in milliseconds since the epoch; at + this is the time on the wall. */
  readonly startedWallMs: number;
  /** The latest known moment, milliseconds since the start. */
  readonly endMs: number;
  /** In the order of the roster. */
  readonly lanes: readonly Lane[];
  readonly rechokes: readonly Dated<ChokeDecision>[];
  readonly draws: readonly Dated<OptimisticDecision>[];
  readonly markers: readonly Marker[];
  readonly rates: RateSeries;
  append(update: TapeUpdate): void;
  /**
   * The state at a moment, never later than `endMs`. Valid until the next call: the same object moves on, so that
   * going forward costs only the events in between. Callers read it at once and keep nothing of it.
   */
  stateAt(atMs: number): SwarmState;
}
