import type { TapeUpdate } from '../../src-shared/contract.ts';
import type { ChokeDecision, JournalEvent, OptimisticDecision, PeerId } from '../../src-shared/journal.ts';
import { type Dated, type RunSettings, SwarmState, shareDialect } from '../../src-shared/swarm-state.ts';
import { Tape } from '../../src-shared/tape.ts';
import { Lanes } from './lanes.ts';
import { LogIndex } from './log-index.ts';
import { RateSeries } from './rate-series.ts';

/** A moment worth a mark on the time line. */
export interface Marker {
  readonly atMs: number;
  readonly seq: number;
  readonly kind: 'joined' | 'left' | 'completed' | 'peer-completed' | 'failed' | 'ended';
  /** Undefined: ourselves. */
  readonly peer: PeerId | undefined;
}

interface Checkpoint {
  /** Events folded so far. */
  readonly length: number;
  readonly atMs: number;
  readonly state: SwarmState;
}

const leastEventsBetweenCheckpoints = 4096;

/**
 * Everything the screen needs of one tape, at any moment of it: the tape itself, the state at a time, and what is
 * drawn over time. Grows with each update; asks nothing of the app.
 */
export class SwarmHistory {
  readonly tape = new Tape();
  readonly rates = new RateSeries();
  readonly lanes = new Lanes();
  readonly log = new LogIndex();
  readonly rechokes: Dated<ChokeDecision>[] = [];
  readonly draws: Dated<OptimisticDecision>[] = [];
  readonly markers: Marker[] = [];
  logFile = '';
  /** Rows that the last update brought. */
  latestRows = 0;
  /** Rows that are known to exist; those not here yet are on the way. */
  #total = 0;
  #nowMs: number | null = null;
  /** At the end of the tape. */
  readonly #newest = new SwarmState();
  /** Where the last question was about the past. */
  #past = new SwarmState();
  readonly #checkpoints: Checkpoint[] = [];

  /** What the run was started with; undefined before the first row. */
  get run(): RunSettings | undefined {
    return this.#newest.run;
  }

  /** It is a share's: peers have no roster, and lines of its log are no file's. */
  get isShare(): boolean {
    return this.#newest.run?.dialect === shareDialect;
  }

  /** Where a peer was last; undefined for one that was never told of. */
  addressOf(peer: PeerId): string | undefined {
    return this.#newest.neighbours.get(peer)?.address;
  }

  /** What a peer runs; empty while that is unknown. */
  clientOf(peer: PeerId): string {
    return this.#newest.neighbours.get(peer)?.client ?? '';
  }

  get isLoading(): boolean {
    return this.tape.length < this.#total;
  }

  /** The share of the known rows that are here, from 0 to 1. */
  get loaded(): number {
    return this.#total === 0 ? 1 : this.tape.length / this.#total;
  }

  /** The run goes on: its clock runs without events. */
  get isLive(): boolean {
    return this.#nowMs !== null;
  }

  /** Wall time of the start in milliseconds since the epoch; a moment plus this is the time on the wall. */
  get startedWallMs(): number {
    return this.#newest.startedWallMs;
  }

  /** The latest known moment, milliseconds since the start. */
  get endMs(): number {
    return Math.max(this.#nowMs ?? 0, this.tape.length === 0 ? 0 : this.tape.atMs(this.tape.length - 1));
  }

  /** @throws RangeError when the page does not follow what is here. */
  append({ page, total, nowMs, logFile }: TapeUpdate): void {
    const from = this.tape.length;
    this.tape.appendPage(page);
    this.latestRows = page.count;
    this.#total = total;
    this.#nowMs = nowMs;
    this.logFile = logFile;
    for (let seq = from; seq < this.tape.length; seq += 1) this.#onEvent(this.tape.event(seq));
  }

  /**
   * The state at a moment. Valid until the next call: the same object moves on, so that going forward costs only the
   * events in between. Callers read it at once and keep nothing of it.
   */
  stateAt(atMs: number): SwarmState {
    const length = this.tape.countUntil(atMs);
    if (length === this.tape.length && atMs >= this.#newest.atMs) {
      this.#newest.advance(atMs);
      return this.#newest;
    }
    const checkpoint = this.#checkpointBefore(length, atMs);
    const isAhead = this.#past.length <= length && this.#past.atMs <= atMs;
    if (!isAhead || (checkpoint !== undefined && checkpoint.length > this.#past.length)) {
      this.#past = checkpoint?.state.copy() ?? new SwarmState();
    }
    return this.#moved(this.#past, length, atMs);
  }

  /** The state at a moment, for the caller to keep. Dearer than `stateAt`. */
  copyAt(atMs: number): SwarmState {
    const length = this.tape.countUntil(atMs);
    const checkpoint = this.#checkpointBefore(length, atMs);
    return this.#moved(checkpoint?.state.copy() ?? new SwarmState(), length, atMs);
  }

  #checkpointBefore(length: number, atMs: number): Checkpoint | undefined {
    return this.#checkpoints.findLast(candidate => candidate.length <= length && candidate.atMs <= atMs);
  }

  #moved(state: SwarmState, length: number, atMs: number): SwarmState {
    for (let seq = state.length; seq < length; seq += 1) state.apply(this.tape.event(seq));
    state.advance(atMs);
    return state;
  }

  #onEvent(event: JournalEvent): void {
    const state = this.#newest;
    const received = state.received.total;
    state.apply(event);
    this.lanes.onEvent(event.kind, state);
    this.log.onEvent(event, this.isShare);
    switch (event.kind) {
      case 'piece-completed':
        this.rates.onReceived(event.peer, state.received.total - received, event.atMs);
        break;
      case 'uploaded':
        this.rates.onSent(event.peer, event.length, event.atMs);
        break;
      case 'choke-decision':
        this.rechokes.push({ atMs: event.atMs, seq: event.seq, decision: event.decision });
        break;
      case 'optimistic-decision':
        this.draws.push({ atMs: event.atMs, seq: event.seq, decision: event.decision });
        break;
      default: {
        const kind = markerKindOf(event);
        if (kind !== undefined) {
          const peer = 'peer' in event ? event.peer : undefined;
          this.markers.push({ atMs: event.atMs, seq: event.seq, kind, peer });
        }
      }
    }
    this.#keepCheckpoint();
  }

  /** The larger a state, the fewer copies of it: they take about as much room as the tape. */
  #keepCheckpoint(): void {
    const state = this.#newest;
    const bytes = state.pieces.length * (3 + state.neighbours.size / 8);
    const distance = Math.max(leastEventsBetweenCheckpoints, bytes / 32);
    if (state.length - (this.#checkpoints.at(-1)?.length ?? 0) < distance) return;
    this.#checkpoints.push({ length: state.length, atMs: state.atMs, state: state.copy() });
  }
}

function markerKindOf({ kind }: JournalEvent): Marker['kind'] | undefined {
  switch (kind) {
    case 'connected':
      return 'joined';
    case 'disconnected':
      return 'left';
    case 'completed':
    case 'peer-completed':
    case 'ended':
      return kind;
    case 'storage-failed':
      return 'failed';
    default:
      return undefined;
  }
}
