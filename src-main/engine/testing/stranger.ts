import { bitTorrentCodec } from '../bittorrent/wire.ts';
import type { Address, Link } from '../ports.ts';
import type { Codec, Message, MessageDecoder, OutgoingMessage } from '../wire/message.ts';
import type { ShareLab } from './share-lab.ts';

/** What a stranger sends for a message it hears. */
type Answer = (message: Message) => readonly OutgoingMessage[];

interface Greeting {
  /** 40 hexadecimal digits. */
  readonly peerId?: string;
  readonly fast?: boolean;
  readonly extensions?: boolean;
}

/** A BitTorrent peer that says what a test has it say: what other clients do and ours does not. */
export class Stranger {
  readonly heard: Message[] = [];
  isClosed = false;
  readonly #lab: ShareLab;
  readonly #codec: Codec;
  readonly #decoder: MessageDecoder;
  #link: Link | undefined;
  #waiting: OutgoingMessage[] = [];
  #answer: Answer = () => [];

  constructor(lab: ShareLab) {
    this.#lab = lab;
    this.#codec = bitTorrentCodec(lab.layout);
    this.#decoder = this.#codec.createDecoder();
  }

  /** Dials, and says the handshake. */
  dial(address: Address, { host = '10.0.1.1', ...says }: { readonly host?: string } & Greeting = {}): this {
    this.#lab.network.dialerOf({ host, port: 6881 }).dial(address, result => {
      if ('failed' in result) throw new Error(result.failed);
      this.#open(result);
    });
    return this.greet(says);
  }

  /** Takes a link that was dialled to it. */
  take(link: Link, says: Greeting = {}): this {
    this.greet(says);
    this.#open(link);
    return this;
  }

  greet({ peerId = 'fe'.repeat(20), fast = true, extensions = true }: Greeting = {}): this {
    const { infoHash } = this.#lab.metainfo;
    const bitTorrent = { infoHash, fast, extensions, dht: false };
    return this.say({ type: 'handshake', peer: peerId, bitTorrent });
  }

  heardOf<T extends Message['type']>(type: T): Extract<Message, { type: T }>[] {
    return this.heard.filter((message): message is Extract<Message, { type: T }> => message.type === type);
  }

  say(...messages: readonly OutgoingMessage[]): this {
    if (this.#link === undefined) this.#waiting.push(...messages);
    else this.#link.send(messages.flatMap(message => this.#codec.encode(message)));
    return this;
  }

  /** Replies to everything it hears from now on. */
  answers(answer: Answer): this {
    this.#answer = answer;
    return this;
  }

  /** Half-closes; what was said still arrives. */
  finish(): void {
    this.#link?.finish();
  }

  close(): void {
    this.#link?.abort();
  }

  stopReading(): void {
    this.#link?.pause();
  }

  /** What a seed answers to a request, or one that lies. */
  blockOf(message: Message, isTrue = true): readonly OutgoingMessage[] {
    if (message.type !== 'request') return [];
    const { piece, offset, length } = message;
    const start = this.#lab.layout.offsetOf(piece) + offset;
    const bytes = this.#lab.content.slice(start, start + length);
    if (!isTrue) bytes[0]! ^= 0xff;
    return [{ type: 'piece', piece, offset, bytes }];
  }

  #open(link: Link): void {
    this.#link = link;
    link.open({
      onBytes: bytes => {
        for (const message of this.#decoder.push(bytes)) {
          this.heard.push(message);
          const answer = this.#answer(message);
          if (answer.length > 0) this.say(...answer);
        }
      },
      onEnd: () => link.finish(),
      onClosed: () => {
        this.isClosed = true;
      },
    });
    this.say(...this.#waiting);
  }
}
