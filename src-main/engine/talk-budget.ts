import type { Clock } from './ports.ts';

/** Earned by time alone. */
const perSecond = 20;
/** What one block that moved, or one piece that is new to either side, gives reason to say. */
export const reasonToTalk = 4;

/**
 * How much a neighbour may say that moves nothing: so many messages at once, then as many as time and the transfer give
 * reason for. Whoever says more wants to keep us busy.
 */
export class TalkBudget {
  readonly #most: number;
  readonly #clock: Clock;
  #left: number;
  #at: number;

  /** `most` may be Infinity: no limit. */
  constructor(most: number, clock: Clock) {
    this.#most = most;
    this.#clock = clock;
    this.#left = most;
    this.#at = clock.now();
  }

  /** Says whether there was something left for one message, or as many. Costs next to nothing while there is. */
  spend(messages = 1): boolean {
    if (this.#left < messages) {
      const now = this.#clock.now();
      this.earn(((now - this.#at) * perSecond) / 1000);
      this.#at = now;
    }
    this.#left -= messages;
    return this.#left >= 0;
  }

  earn(messages: number): void {
    this.#left = Math.min(this.#most, this.#left + messages);
  }
}
