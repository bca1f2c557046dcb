import type { Link, LinkHandler } from '../ports.ts';
import type { WireReader, WireWords } from './wire-words.ts';

/** A message as one peer sent or received it. */
export interface TappedMessage {
  /** Numbers the links of a peer, in the order they were opened. */
  readonly link: number;
  readonly way: 'out' | 'in';
  readonly words: string;
}

/** A link that tells of every message on it, read by the tables and not by our codec. */
export class TappedLink implements Link {
  readonly #link: Link;
  readonly #incoming: WireReader;
  readonly #outgoing: WireReader;
  readonly #tell: (way: TappedMessage['way'], words: string) => void;

  constructor(link: Link, words: WireWords, tell: (way: TappedMessage['way'], words: string) => void) {
    this.#link = link;
    this.#incoming = words.reader();
    this.#outgoing = words.reader();
    this.#tell = tell;
  }

  get remote(): string {
    return this.#link.remote;
  }

  get unsentBytes(): number {
    return this.#link.unsentBytes;
  }

  open(handler: LinkHandler): void {
    this.#link.open({
      onBytes: bytes => {
        for (const words of this.#incoming.push(bytes)) this.#tell('in', words);
        handler.onBytes(bytes);
      },
      onEnd: () => handler.onEnd(),
      onClosed: error => handler.onClosed(error),
    });
  }

  send(parts: readonly Uint8Array[], onSent?: () => void): void {
    for (const part of parts) for (const words of this.#outgoing.push(part)) this.#tell('out', words);
    this.#link.send(parts, onSent);
  }

  sendSoon(frame: Uint8Array): void {
    for (const words of this.#outgoing.push(frame)) this.#tell('out', words);
    this.#link.sendSoon(frame);
  }

  pause(): void {
    this.#link.pause();
  }

  resume(): void {
    this.#link.resume();
  }

  finish(): void {
    this.#link.finish();
  }

  abort(): void {
    this.#link.abort();
  }
}
