import {
  type Answer,
  type CommandName,
  type Question,
  type Refusal,
  RefusedError,
  type Topic,
  type Update,
} from './contract.ts';

/**
 * How the contract travels: a few kinds of messages over anything that moves them whole and in order, such as
 * Electron's IPC, a WebSocket or a pair in memory.
 */

export type ToApp =
  | { readonly type: 'ask'; readonly id: number; readonly command: string; readonly question: unknown }
  | { readonly type: 'follow'; readonly id: number; readonly topic: unknown }
  /** The last update has been taken in; the next may come. So a slow screen is never flooded. */
  | { readonly type: 'ready'; readonly id: number }
  | { readonly type: 'unfollow'; readonly id: number };

export type ToScreen =
  | { readonly type: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly type: 'refused'; readonly id: number; readonly refusal: Refusal }
  | { readonly type: 'update'; readonly id: number; readonly update: unknown };

/** The screen's end of a carrier. */
export interface Port {
  send(message: ToApp): void;
  /** Called once, before anything is sent. */
  onMessage(listener: (message: ToScreen) => void): void;
}

interface Following {
  readonly topic: Topic;
  readonly onUpdate: (update: never) => void;
  readonly onRefused: (refusal: Refusal) => void;
}

/** Asks and follows over a port. */
export class Conversation {
  readonly #port: Port;
  readonly #asked = new Map<number, { resolve: (answer: never) => void; reject: (error: Error) => void }>();
  readonly #followed = new Map<number, Following>();
  #lastId = 0;

  constructor(port: Port) {
    this.#port = port;
    port.onMessage(message => this.#onMessage(message));
  }

  /** @throws RefusedError as the app refused. */
  ask<C extends CommandName>(command: C, question: Question<C>): Promise<Answer<C>> {
    return new Promise((resolve, reject) => {
      const id = this.#nextId();
      this.#asked.set(id, { resolve, reject });
      this.#port.send({ type: 'ask', id, command, question });
    });
  }

  /** Calls `onUpdate` with each update until the function it returns is called; `onRefused` when there is no such topic. */
  follow<T extends Topic>(
    topic: T,
    onUpdate: (update: Update<T>) => void,
    onRefused: (refusal: Refusal) => void = () => {},
  ): () => void {
    const id = this.#nextId();
    this.#followed.set(id, { topic, onUpdate, onRefused });
    this.#port.send({ type: 'follow', id, topic });
    return () => {
      if (this.#followed.delete(id)) this.#port.send({ type: 'unfollow', id });
    };
  }

  /** After the carrier was lost: what was asked is refused; what is followed is asked for again, from its beginning. */
  resume(): void {
    const refusal = new RefusedError('unavailable', 'The connection to the app was lost.');
    for (const { reject } of this.#asked.values()) reject(refusal);
    this.#asked.clear();
    for (const [id, { topic }] of this.#followed) this.#port.send({ type: 'follow', id, topic });
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  #onMessage(message: ToScreen): void {
    if (message.type === 'update') {
      const following = this.#followed.get(message.id);
      if (following === undefined) return;
      try {
        following.onUpdate(message.update as never);
      } finally {
        // Else one update that cannot be taken in would be the last.
        if (this.#followed.has(message.id)) this.#port.send({ type: 'ready', id: message.id });
      }
      return;
    }
    const asked = this.#asked.get(message.id);
    const following = this.#followed.get(message.id);
    this.#asked.delete(message.id);
    if (message.type === 'answer') asked?.resolve(message.answer as never);
    else {
      const { code, message: text, problems } = message.refusal;
      asked?.reject(new RefusedError(code, text, problems));
      this.#followed.delete(message.id);
      following?.onRefused(message.refusal);
    }
  }
}
