import {
  type Caption,
  captionFor,
  chooseCaption,
  type ShownCaption,
  type TimedCaption,
} from '../../../../src-shared/captions.ts';
import type { SwarmState } from '../../../../src-shared/swarm-state.ts';
import type { SwarmHistory } from '../../../history/history.ts';

/** More events at once are a jump: their captions would be of things nobody saw happen. */
const longestStep = 5_000;
const mostCandidates = 200;

/** The captions of what happens as the cursor moves, one at a time and long enough to be read. */
export class CaptionReel {
  readonly #history: SwarmHistory;
  #told = 0;
  #candidates: TimedCaption[] = [];
  #shown: ShownCaption | undefined;

  constructor(history: SwarmHistory) {
    this.#history = history;
  }

  /** `state` is that of the cursor; `nowMs` runs as people read, whatever the speed of the run. */
  advance(state: SwarmState, nowMs: number): Caption | undefined {
    const until = state.length;
    if (until < this.#told || until - this.#told > longestStep) this.#jumpTo(state, nowMs);
    for (let seq = this.#told; seq < until; seq += 1) this.#tell(seq, state, nowMs);
    this.#told = until;
    this.#candidates = this.#candidates.slice(-mostCandidates);
    this.#shown = chooseCaption(this.#candidates, this.#shown, nowMs);
    return this.#shown?.caption;
  }

  /** After a jump the last decision is told: it still explains what is seen. */
  #jumpTo(state: SwarmState, nowMs: number): void {
    this.#candidates = [];
    this.#shown = undefined;
    this.#told = state.length;
    const last = state.lastRechoke;
    if (last !== undefined) this.#tell(last.seq, state, nowMs);
  }

  #tell(seq: number, state: SwarmState, nowMs: number): void {
    const { tape, rechokes } = this.#history;
    const event = tape.event(seq);
    const former =
      event.kind === 'choke-decision'
        ? rechokes.findLast(rechoke => rechoke.seq < seq)?.decision
        : state.lastRechoke?.decision;
    const caption = captionFor(event, state, former);
    if (caption !== undefined) this.#candidates.push({ caption, seq, atMs: nowMs });
  }
}
