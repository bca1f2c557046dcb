import * as v from 'valibot';
import type { ToApp, ToScreen } from '../../../src-shared/carrier.ts';
import { type Refusal, RefusedError, readTopic, type Topic } from '../../../src-shared/contract.ts';
import type { Feed } from './feeds.ts';

/** Where a session's questions and topics go. */
export interface SessionHost {
  /** Does a command. @throws RefusedError, or whatever went wrong */
  answer(command: string, question: unknown): Promise<unknown>;
  /** @throws RefusedError when there is nothing like that to follow */
  feedOf(topic: Topic, session: Session): Feed;
  refusalOf(error: unknown): Refusal;
  onClosed(session: Session): void;
}

const mostFollowed = 100;
const mostUnanswered = 1_000;
/** A topic is looked at, and so at most sent, this often. */
const pollMs = 100;
/** A refusal of something that had no number of its own. */
const noId = -1;
/** A question with a roster of a thousand peers has room in this many values and letters. */
const largestMessage = 500_000;
const longestList = 10_000;
const deepestNesting = 8;

const id = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const messageSchema: v.GenericSchema<unknown, ToApp> = v.variant('type', [
  v.strictObject({
    type: v.literal('ask'),
    id,
    command: v.pipe(v.string(), v.maxLength(100)),
    question: v.unknown(),
  }),
  v.strictObject({ type: v.literal('follow'), id, topic: v.unknown() }),
  v.strictObject({ type: v.literal('ready'), id }),
  v.strictObject({ type: v.literal('unfollow'), id }),
]);

interface Following {
  readonly topic: Topic['topic'];
  readonly feed: Feed;
  readonly timer: NodeJS.Timeout;
  /** The screen has taken in what was sent last. */
  isReady: boolean;
}

/** The app's end of a carrier, one per window or page. Whatever comes in, nothing is thrown. */
export class Session {
  readonly #host: SessionHost;
  readonly #send: (message: ToScreen) => void;
  readonly #followed = new Map<number, Following>();
  #unanswered = 0;
  #isClosed = false;

  constructor(host: SessionHost, send: (message: ToScreen) => void) {
    this.#host = host;
    this.#send = send;
  }

  receive(message: unknown): void {
    if (this.#isClosed) return;
    const read = isModest(message) ? v.safeParse(messageSchema, message) : undefined;
    if (read?.success) this.#take(read.output);
    else
      this.#refuse(idOf(message), new RefusedError('bad-question', 'This is no message that the app knows.'));
  }

  /** Whether a topic of this kind is followed. */
  follows(topic: Topic['topic']): boolean {
    for (const following of this.#followed.values()) if (following.topic === topic) return true;
    return false;
  }

  /** Sends news of a topic of this kind now, if there are any and the screen is ready for them. */
  wake(topic: Topic['topic']): void {
    for (const [number, following] of this.#followed) if (following.topic === topic) this.#poll(number);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const number of [...this.#followed.keys()]) this.#unfollow(number);
    this.#host.onClosed(this);
  }

  #take(message: ToApp): void {
    switch (message.type) {
      case 'ask':
        void this.#ask(message.id, message.command, message.question);
        return;
      case 'follow':
        return this.#follow(message.id, message.topic);
      case 'ready':
        return this.#onReady(message.id);
      case 'unfollow':
        return this.#unfollow(message.id);
    }
  }

  async #ask(number: number, command: string, question: unknown): Promise<void> {
    if (this.#unanswered >= mostUnanswered) {
      return this.#refuse(
        number,
        new RefusedError('bad-question', 'Too many questions wait for their answers.'),
      );
    }
    this.#unanswered += 1;
    try {
      const answer = await this.#host.answer(command, question);
      this.#deliver({ type: 'answer', id: number, answer });
    } catch (error) {
      this.#refuse(number, error);
    } finally {
      this.#unanswered -= 1;
    }
  }

  /** A number that is followed already begins anew: the screen has lost what it had. */
  #follow(number: number, asked: unknown): void {
    this.#unfollow(number);
    if (this.#followed.size >= mostFollowed) {
      return this.#refuse(number, new RefusedError('bad-question', 'Too many topics are followed.'));
    }
    try {
      const topic = readTopic(asked);
      const feed = this.#host.feedOf(topic, this);
      const timer = setInterval(() => this.#poll(number), pollMs);
      this.#followed.set(number, { topic: topic.topic, feed, timer, isReady: true });
    } catch (error) {
      return this.#refuse(number, error);
    }
    this.#poll(number);
  }

  #unfollow(number: number): void {
    clearInterval(this.#followed.get(number)?.timer);
    this.#followed.delete(number);
  }

  #onReady(number: number): void {
    const following = this.#followed.get(number);
    if (following === undefined || following.isReady) return;
    following.isReady = true;
    if (following.feed.isBehind) this.#poll(number);
  }

  #poll(number: number): void {
    const following = this.#followed.get(number);
    if (!following?.isReady) return;
    try {
      const update = following.feed.next();
      if (update === undefined) return;
      following.isReady = false;
      this.#deliver({ type: 'update', id: number, update });
    } catch (error) {
      this.#unfollow(number);
      this.#refuse(number, error);
    }
  }

  #refuse(number: number, error: unknown): void {
    this.#deliver({ type: 'refused', id: number, refusal: this.#host.refusalOf(error) });
  }

  /** A carrier that can no longer send has lost its screen. */
  #deliver(message: ToScreen): void {
    if (this.#isClosed) return;
    try {
      this.#send(message);
    } catch {
      this.close();
    }
  }
}

/** The number a message has, however wrong the rest of it is. */
function idOf(message: unknown): number {
  const number = (message as { readonly id?: unknown } | null | undefined)?.id;
  return v.is(id, number) ? number : noId;
}

/** Whether a value is of a size that is worth being looked at any further. */
function isModest(value: unknown): boolean {
  let left = largestMessage;
  const isModestAt = (part: unknown, depth: number): boolean => {
    left -= typeof part === 'string' ? part.length + 1 : 1;
    if (left < 0 || depth > deepestNesting) return false;
    if (typeof part !== 'object' || part === null) return true;
    if (ArrayBuffer.isView(part) || (Array.isArray(part) && part.length > longestList)) return false;
    return Object.values(part).every(inner => isModestAt(inner, depth + 1));
  };
  return isModestAt(value, 0);
}
