import type { Address, Link, LinkHandler } from '../ports.ts';
import { type Codec, type Message, type MessageDecoder, ProtocolError } from '../wire/message.ts';
import { isDiallable, isForOneAt } from './compact.ts';
import {
  decodeExtensionHandshake,
  decodeMetadataMessage,
  decodePeerExchange,
  encodeMetadataMessage,
  type MetadataMessage,
  ownExtensionIds,
} from './extension.ts';
import { hostOf } from './remote.ts';

const handshakeTimeoutMs = 10_000;
/** With a question open, silence for this long is no answer. */
const silenceMs = 10_000;
/** However slowly an answer comes, it comes within this. */
const answerMs = 60_000;
/** One that has no metadata may get it, and tells of others meanwhile; for this long it may keep its place. */
const idleMs = 30_000;
/** Nobody has reason to introduce itself more often. */
const mostIntroductions = 8;
/** Bytes on their way to somebody who does not read. */
const mostUnsent = 64 * 1024;

/** How a conversation ended: `useless`: no use to try it soon again; `lie`: never again; `unwanted`: by no fault of the peer. */
export type Ending = 'ended' | 'useless' | 'lie' | 'unwanted';

export interface ConversationEvents {
  /** The handshake came. Says why the peer is not wanted. */
  onGreeted(peer: string): string | undefined;
  /** What it can do, and where it listens, is known or has changed. */
  onIntroduced(): void;
  /** An answer to a question; the bytes may be kept. */
  onData(piece: number, bytes: Uint8Array): void;
  onRejected(piece: number): void;
  onPeers(addresses: readonly Address[]): void;
  /** What was odd, in words. */
  onNote(text: string): void;
  /** Last call, exactly once, whoever ended it. */
  onEnded(reason: string, ending: Ending): void;
}

export interface ConversationOptions {
  readonly link: Link;
  readonly codec: Codec;
  /** 40 hexadecimal digits each. */
  readonly infoHash: string;
  readonly peerId: string;
  /** The payload of our extension handshake. */
  readonly introduction: Uint8Array;
  readonly now: () => number;
  readonly events: ConversationEvents;
}

/** Asks one peer for metadata, and for nothing else (BEP 9, 10). */
export class MetadataConversation implements LinkHandler {
  readonly link: Link;
  readonly #options: ConversationOptions;
  readonly #decoder: MessageDecoder;
  #phase: 'greeting' | 'greeted' | 'introduced' | 'ended' = 'greeting';
  #since: number;
  #heardAt: number;
  #introductions = 0;
  /** When each piece was asked for. */
  readonly #asked = new Map<number, number>();
  #metadataId = 0;
  #metadataSize: number | undefined;
  #listens: Address | undefined;

  constructor(options: ConversationOptions) {
    this.#options = options;
    this.link = options.link;
    this.#decoder = options.codec.createDecoder();
    this.#since = options.now();
    this.#heardAt = this.#since;
  }

  /** Length of the info dictionary that it offers, in bytes; undefined when it offers none. */
  get offeredSize(): number | undefined {
    return this.#metadataId > 0 ? this.#metadataSize : undefined;
  }

  /** Since when it has offered nothing; Infinity while it offers something. */
  get uselessSince(): number {
    return this.offeredSize === undefined ? this.#since : Number.POSITIVE_INFINITY;
  }

  /** Where it says it accepts connections. */
  get listens(): Address | undefined {
    return this.#listens;
  }

  /** Pieces asked for and not answered. */
  get openQuestions(): number {
    return this.#asked.size;
  }

  begin(): void {
    const { link, codec, infoHash, peerId } = this.#options;
    link.open(this);
    const bitTorrent = { infoHash, fast: false, extensions: true, dht: false };
    link.send(codec.encode({ type: 'handshake', peer: peerId, bitTorrent }));
  }

  ask(piece: number): void {
    this.#asked.set(piece, this.#options.now());
    this.#say({ type: 'request', piece });
  }

  end(reason: string, ending: Ending = 'ended'): void {
    if (this.#phase === 'ended') return;
    this.#phase = 'ended';
    this.#decoder.close();
    this.link.abort();
    this.#options.events.onEnded(reason, ending);
  }

  /** Ends it when it takes too long. */
  checkTime(now: number): void {
    const overdue = this.#overdue(now);
    if (overdue !== undefined) this.end(overdue);
  }

  window(): Uint8Array | undefined {
    return this.#decoder.window;
  }

  onBytes(bytes: Uint8Array): void {
    if (this.#phase === 'ended') return;
    this.#heardAt = this.#options.now();
    try {
      for (const message of this.#decoder.push(bytes)) this.#hear(message);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.end(error.message, 'useless');
    }
  }

  onEnd(): void {
    const reason =
      this.#phase === 'greeting' ? this.#decoder.diagnoseHalfHandshake() : 'it closed the connection';
    this.end(reason);
  }

  onClosed(error?: string): void {
    this.end(error ?? 'it closed the connection');
  }

  #overdue(now: number): string | undefined {
    const waited = now - this.#since;
    switch (this.#phase) {
      case 'greeting':
        return waited >= handshakeTimeoutMs ? this.#decoder.diagnoseHalfHandshake() : undefined;
      case 'greeted':
        return waited >= handshakeTimeoutMs ? 'it did not say which extensions it knows' : undefined;
      case 'introduced': {
        const [firstAsked] = this.#asked.values();
        if (firstAsked === undefined) {
          const isIdle = this.offeredSize === undefined && waited >= idleMs;
          return isIdle ? 'it has no metadata itself' : undefined;
        }
        // Silence from when it was asked; what it said before is no answer.
        const isSilent = now - Math.max(this.#heardAt, firstAsked) >= silenceMs;
        return isSilent || now - firstAsked >= answerMs ? 'it did not answer' : undefined;
      }
      case 'ended':
        return undefined;
    }
  }

  #hear(message: Message): void {
    if (this.#phase === 'greeting') {
      if (message.type === 'handshake') this.#greet(message);
    } else if (message.type === 'extended') {
      if (message.id === 0) this.#learn(message.payload);
      else if (message.id === ownExtensionIds.metadata) this.#hearMetadata(message.payload);
      else if (message.id === ownExtensionIds.peerExchange) this.#hearPeers(message.payload);
    }
    // Whatever else it says is about pieces of content, whose number is not even known.
  }

  #greet({ peer, bitTorrent }: Message & { type: 'handshake' }): void {
    const { infoHash, introduction, codec, events, now } = this.#options;
    if (bitTorrent?.infoHash !== infoHash) return this.end('it means another share', 'useless');
    if (!bitTorrent.extensions) {
      return this.end('it does not know the extension protocol, so it cannot give metadata', 'useless');
    }
    this.#phase = 'greeted';
    this.#since = now();
    const refusal = events.onGreeted(peer);
    if (refusal !== undefined) return this.end(refusal, 'unwanted');
    this.link.send(codec.encode({ type: 'extended', id: 0, payload: introduction }));
  }

  #learn(payload: Uint8Array): void {
    const { events, now } = this.#options;
    const { handshake, faults } = decodeExtensionHandshake(payload);
    this.#introductions += 1;
    if (this.#introductions > mostIntroductions)
      return this.end('it introduces itself all the time', 'useless');
    for (const fault of faults) events.onNote(fault);
    this.#phase = 'introduced';
    this.#since = now();
    this.#metadataId = handshake.ids.metadata ?? this.#metadataId;
    this.#metadataSize = handshake.metadataSize ?? this.#metadataSize;
    if (handshake.port !== undefined) {
      const address = { host: hostOf(this.link.remote), port: handshake.port };
      this.#listens = isDiallable(address) ? address : undefined;
    }
    events.onIntroduced();
  }

  #hearMetadata(payload: Uint8Array): void {
    const message = decodeMetadataMessage(payload);
    if (message === undefined) return;
    if (message.type === 'request') return this.#say({ type: 'reject', piece: message.piece });
    if (!this.#asked.delete(message.piece)) return;
    if (message.type !== 'data') return this.#options.events.onRejected(message.piece);
    if (message.totalSize !== this.#metadataSize) {
      const sizes = `${this.#metadataSize} bytes, then ${message.totalSize}`;
      return this.end(`it says that its metadata has ${sizes}`, 'lie');
    }
    this.#options.events.onData(message.piece, message.bytes);
  }

  #hearPeers(payload: Uint8Array): void {
    const { added } = decodePeerExchange(payload);
    this.#options.events.onPeers(added.filter(isForOneAt(hostOf(this.link.remote))));
  }

  #say(message: MetadataMessage): void {
    if (this.#metadataId === 0) return;
    if (this.link.unsentBytes > mostUnsent)
      return this.end('it asks and does not read the answers', 'useless');
    const payload = encodeMetadataMessage(message);
    this.link.send(this.#options.codec.encode({ type: 'extended', id: this.#metadataId, payload }));
  }
}
