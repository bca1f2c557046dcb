import type { Wish } from '../../../src-shared/contract.ts';
import type { Session } from './session.ts';

/** Nobody wishes for more than this while no screen is there; the oldest are forgotten. */
const mostWishes = 20;

/** What the app asks of the screen, kept until the screen that was connected last asks for it. */
export class Wishes {
  readonly #sessions: Session[] = [];
  readonly #waiting: Wish[] = [];

  add(wish: Wish): void {
    this.#waiting.push(wish);
    if (this.#waiting.length > mostWishes) this.#waiting.shift();
    this.#sessions.at(-1)?.wake('wishes');
  }

  connect(session: Session): void {
    this.#sessions.push(session);
  }

  disconnect(session: Session): void {
    const place = this.#sessions.indexOf(session);
    if (place >= 0) this.#sessions.splice(place, 1);
  }

  /** The oldest wish, which is then this session's to fulfil. */
  take(session: Session): Wish | undefined {
    return this.isFor(session) ? this.#waiting.shift() : undefined;
  }

  isFor(session: Session): boolean {
    return this.#waiting.length > 0 && this.#sessions.at(-1) === session;
  }
}
