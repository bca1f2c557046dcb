import type { Clock, Link } from '../ports.ts';
import { fromHex, type WireReader, type WireWords } from './wire-words.ts';

/** What a scripted peer says to each message it hears, in words or in bytes. */
export type Answer = (words: string) => readonly (string | Uint8Array)[];

/** A stranger on the network: says what its script tells it to, byte for byte, and writes down what it hears. */
export class ScriptedPeer {
  /** In words, in order. */
  readonly heard: string[] = [];
  /** What came, as it came: one write of the other side each. */
  readonly writes: Uint8Array[] = [];
  /** When the other side half-closed, in the clock's time. */
  endedAt: number | undefined;
  /** When the link was gone, in the clock's time. */
  closedAt: number | undefined;
  /** Whether the link broke, instead of both sides having closed their halves. */
  wasReset = false;
  /** Closes its half when the other side does; a hung peer does not. */
  isHung = false;
  readonly #link: Link;
  readonly #words: WireWords;
  readonly #reader: WireReader;
  #answer: Answer = () => [];

  constructor(link: Link, words: WireWords, clock: Clock) {
    this.#link = link;
    this.#words = words;
    this.#reader = words.reader();
    link.open({
      onBytes: bytes => this.#onBytes(bytes.slice()),
      onEnd: () => {
        this.endedAt = clock.now();
        if (!this.isHung) link.finish();
      },
      onClosed: error => {
        this.closedAt = clock.now();
        this.wasReset = error !== undefined;
      },
    });
  }

  /** What it heard that begins with these words: `request`, `have 5`, … */
  heardOf(words: string): string[] {
    return this.heard.filter(message => message === words || message.startsWith(`${words} `));
  }

  say(...messages: readonly (string | Uint8Array)[]): this {
    for (const message of messages) {
      this.#link.send([typeof message === 'string' ? this.#words.toBytes(message) : message]);
    }
    return this;
  }

  sendHex(hex: string): this {
    return this.say(fromHex(hex));
  }

  /** Replies to everything it hears from now on. */
  answers(answer: Answer): this {
    this.#answer = answer;
    return this;
  }

  /** What the other side sends stays on its hands. */
  stopReading(): this {
    this.#link.pause();
    return this;
  }

  readOn(): void {
    this.#link.resume();
  }

  /** Half-closes. */
  finish(): void {
    this.#link.finish();
  }

  /** Breaks the link as a dying process with unread input does: the other side sees a reset. */
  abort(): void {
    this.#link.abort();
  }

  #onBytes(bytes: Uint8Array): void {
    this.writes.push(bytes);
    for (const words of this.#reader.push(bytes)) {
      this.heard.push(words);
      this.say(...this.#answer(words));
    }
  }
}

/** Unchokes who is interested and serves every request at once. */
export const likeASeed: Answer = words => {
  if (words === 'interested') return ['unchoke'];
  return words.startsWith('request ') ? [words.replace('request', 'piece')] : [];
};
