import { bitTorrentCodec } from '../bittorrent/wire.ts';
import type { Address, Link } from '../ports.ts';
import type { Codec, Message, MessageDecoder, OutgoingMessage } from '../wire/message.ts';
import type { ShareLab } from './share-lab.ts';

/** What a stranger sends for a message it hears. */
type Answer = (message: Message) => readonly OutgoingMessage[];

/** A BitTorrent peer that says what a test has it say: what other clients do and ours does not. */
export class Stranger {
  readonly heard: Message['type'][] = [];
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
  dial(address: Address, { host = '10.0.1.1', fast = true, extensions = true } = {}): this {
    this.#lab.network.dialerOf({ host, port: 6881 }).dial(address, result => {
      if ('failed' in result) throw new Error(result.failed);
      this.#open(result);
    });
    const { infoHash } = this.#lab.metainfo;
    const bitTorrent = { infoHash, fast, extensions, dht: false };
    return this.say({ type: 'handshake', peer: 'fe'.repeat(20), bitTorrent });
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

  close(): void {
    this.#link?.abort();
  }

  /** What a seed answers to a request. */
  blockOf(message: Message): readonly OutgoingMessage[] {
    if (message.type !== 'request') return [];
    const { piece, offset, length } = message;
    const start = this.#lab.layout.offsetOf(piece) + offset;
    return [{ type: 'piece', piece, offset, bytes: this.#lab.content.subarray(start, start + length) }];
  }

  #open(link: Link): void {
    this.#link = link;
    link.open({
      onBytes: bytes => {
        for (const message of this.#decoder.push(bytes)) {
          this.heard.push(message.type);
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
