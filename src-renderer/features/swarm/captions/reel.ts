import {
  type Caption,
  captionFor,
  chooseCaption,
  type ShownCaption,
  type TimedCaption,
} from '../../../../src-shared/captions.ts';
import type { PeerId } from '../../../../src-shared/journal.ts';
import type { SwarmState } from '../../../../src-shared/swarm-state.ts';
import type { SwarmHistory } from '../../../history/history.ts';

/** Further on than this many milliseconds of the run is a jump: nobody saw happen what lies between. */
const longestStepMs = 10_000;
const mostCandidates = 200;

/** The captions of what happens as the cursor moves, one at a time and long enough to be read. */
export class CaptionReel {
  readonly #history: SwarmHistory;
  readonly #nameOf: (peer: PeerId) => string;
  #told = 0;
  #toldMs = 0;
  #candidates: TimedCaption[] = [];
  #shown: ShownCaption | undefined;

  /** `nameOf`: what a share's peers are called. */
  constructor(history: SwarmHistory, nameOf: (peer: PeerId) => string = peer => peer) {
    this.#history = history;
    this.#nameOf = nameOf;
  }

  /**
   * `state` is that of the cursor; `nowMs` runs as people read, whatever the speed of the run. At rest each move of
   * the cursor is a jump, and what it led to stays.
   */
  advance(state: SwarmState, nowMs: number, isAtRest = false): Caption | undefined {
    const until = state.length;
    if (isAtRest && until === this.#told) return this.#shown?.caption;
    if (isAtRest || until < this.#told || state.atMs - this.#toldMs > longestStepMs) {
      this.#jumpTo(state, nowMs);
    }
    for (let seq = this.#told; seq < until; seq += 1) this.#tell(seq, state, nowMs);
    this.#told = until;
    this.#toldMs = state.atMs;
    this.#candidates = this.#candidates.slice(-mostCandidates);
    this.#shown = chooseCaption(this.#candidates, this.#shown, nowMs);
    return this.#shown?.caption;
  }

  /** After a jump the last decision is told, and the draw that came with it or after it: they explain what is seen. */
  #jumpTo(state: SwarmState, nowMs: number): void {
    this.#candidates = [];
    this.#shown = undefined;
    this.#told = state.length;
    const { lastRechoke, lastDraw } = state;
    if (lastRechoke !== undefined) this.#tell(lastRechoke.seq, state, nowMs);
    if (lastDraw !== undefined && lastDraw.seq > (lastRechoke?.seq ?? 0))
      this.#tell(lastDraw.seq, state, nowMs);
  }

  #tell(seq: number, state: SwarmState, nowMs: number): void {
    const { tape, rechokes } = this.#history;
    const event = tape.event(seq);
    const former =
      event.kind === 'choke-decision'
        ? rechokes.findLast(rechoke => rechoke.seq < seq)?.decision
        : state.lastRechoke?.decision;
    const caption = captionFor(event, state, former, this.#history.isShare ? this.#nameOf : undefined);
    if (caption !== undefined) this.#candidates.push({ caption, seq, atMs: nowMs });
  }
}
