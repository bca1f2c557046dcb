import type { JournalFact, PeerId } from '../../src-shared/journal.ts';
import type { Neighbour, SwarmState } from '../../src-shared/swarm-state.ts';

/** Milliseconds since the start; `to` is undefined while it lasts. */
export interface Span {
  readonly from: number;
  readonly to: number | undefined;
}

export interface ServingSpan extends Span {
  readonly role: 'preferred' | 'optimistic';
}

/** What happened between us and one neighbour over time. Spans are in order and do not overlap. */
export interface Lane {
  readonly peer: PeerId;
  readonly connected: readonly Span[];
  /** We unchoke it. */
  readonly serving: readonly ServingSpan[];
  /** It unchokes us. */
  readonly servesUs: readonly Span[];
  /** It is interested in us. */
  readonly wantsUs: readonly Span[];
  /** We are interested in it. */
  readonly weWant: readonly Span[];
}

/** Facts that change no flag and no connection: most of a journal. */
const quiet: ReadonlySet<JournalFact['kind']> = new Set([
  'received-have',
  'requested',
  'request-released',
  'piece-received',
  'piece-completed',
  'uploaded',
]);

/** Draws the lanes from what each event changed in the state. */
export class Lanes {
  readonly #lanes = new Map<PeerId, GrowingLane>();

  /** In the order of the roster. */
  get all(): readonly Lane[] {
    return [...this.#lanes.values()];
  }

  of(peer: PeerId): Lane | undefined {
    return this.#lanes.get(peer);
  }

  /** Told after the state has taken the event in. */
  onEvent(kind: JournalFact['kind'], state: SwarmState): void {
    if (quiet.has(kind)) return;
    for (const neighbour of state.neighbours.values()) {
      let lane = this.#lanes.get(neighbour.peer);
      if (lane === undefined) {
        lane = new GrowingLane(neighbour.peer);
        this.#lanes.set(neighbour.peer, lane);
      }
      lane.follow(neighbour, state.atMs);
    }
  }
}

class GrowingLane implements Lane {
  readonly peer: PeerId;
  readonly connected: Span[] = [];
  readonly serving: ServingSpan[] = [];
  readonly servesUs: Span[] = [];
  readonly wantsUs: Span[] = [];
  readonly weWant: Span[] = [];

  constructor(peer: PeerId) {
    this.peer = peer;
  }

  follow(neighbour: Neighbour, atMs: number): void {
    const { role } = neighbour;
    setOpen(this.connected, neighbour.connectedAt !== undefined, atMs);
    setOpen(this.servesUs, !neighbour.peerChoking, atMs);
    setOpen(this.wantsUs, neighbour.peerInterested, atMs);
    setOpen(this.weWant, neighbour.amInterested, atMs);
    const last = this.serving.at(-1);
    const open = last !== undefined && last.to === undefined ? last : undefined;
    if (open?.role === role) return;
    if (open !== undefined) this.serving[this.serving.length - 1] = { ...open, to: atMs };
    if (role !== undefined) this.serving.push({ from: atMs, to: undefined, role });
  }
}

function setOpen(spans: Span[], isOpen: boolean, atMs: number): void {
  const last = spans.at(-1);
  const wasOpen = last !== undefined && last.to === undefined;
  if (isOpen === wasOpen) return;
  if (isOpen) spans.push({ from: atMs, to: undefined });
  else spans[spans.length - 1] = { from: last!.from, to: atMs };
}

/**
 * The lanes worth drawing from a moment on: in a share, peers come and go for days, and those that had left before are
 * left out.
 */
export function lanesFrom(
  { lanes, isShare }: { readonly lanes: Lanes; readonly isShare: boolean },
  fromMs: number,
): readonly Lane[] {
  if (!isShare) return lanes.all;
  return lanes.all.filter(({ connected }) => {
    const last = connected.at(-1);
    return last !== undefined && (last.to === undefined || last.to >= fromMs);
  });
}

/** The span at a moment, if any. */
export function spanAt<S extends Span>(spans: readonly S[], atMs: number): S | undefined {
  return spans.findLast(({ from, to }) => from <= atMs && (to === undefined || atMs < to));
}
