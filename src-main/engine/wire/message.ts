import type { PeerId } from '../../../src-shared/journal.ts';

/** What two peers say to each other, whatever the dialect's bytes. Offsets and lengths are in bytes. */
export type Message =
  | Handshake
  | { readonly type: 'choke' }
  | { readonly type: 'unchoke' }
  | { readonly type: 'interested' }
  | { readonly type: 'not-interested' }
  | { readonly type: 'have'; readonly piece: number }
  | { readonly type: 'bitfield'; readonly bytes: Uint8Array }
  | { readonly type: 'request'; readonly piece: number; readonly offset: number; readonly length: number }
  | PieceMessage
  | FurtherMessage
  /** A frame that means nothing to us and was skipped, in words. */
  | { readonly type: 'oddity'; readonly text: string };

export interface Handshake {
  readonly type: 'handshake';
  /** Who it says it is: the course's peer ID in decimal; in BitTorrent the 20 bytes of its peer ID as 40 hex digits. */
  readonly peer: PeerId;
  /** BitTorrent only: which swarm is meant, and what the other side can do. */
  readonly bitTorrent?: BitTorrentHandshake;
}

export interface BitTorrentHandshake {
  /** 40 hexadecimal digits, in lower case. */
  readonly infoHash: string;
  /** The fast extension (BEP 6), the extension protocol (BEP 10), DHT (BEP 5). */
  readonly fast: boolean;
  readonly extensions: boolean;
  readonly dht: boolean;
}

/** What only BitTorrent says: BEP 3's cancel, BEP 5's port, BEP 6's fast extension, BEP 10's envelope. */
export type FurtherMessage =
  | {
      readonly type: 'cancel' | 'reject';
      readonly piece: number;
      readonly offset: number;
      readonly length: number;
    }
  | { readonly type: 'port'; readonly port: number }
  | { readonly type: 'have-all' }
  | { readonly type: 'have-none' }
  | { readonly type: 'suggest' | 'allowed-fast'; readonly piece: number }
  | ExtendedMessage;

export interface ExtendedMessage {
  readonly type: 'extended';
  /** 0 is the extension handshake; others are what the receiver's own handshake said. */
  readonly id: number;
  readonly payload: Uint8Array;
}

export interface PieceMessage {
  readonly type: 'piece';
  readonly piece: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** The bytes are only good until the next message is asked for; otherwise until released. */
  readonly isLent: boolean;
  /** Gives the bytes back to the pool they were received into. */
  release(): void;
}

/** What a peer can be sent; a piece's bytes stay the caller's. */
export type OutgoingMessage =
  | Exclude<Message, PieceMessage | { type: 'oddity' }>
  | Omit<PieceMessage, 'isLent' | 'release'>
  | { readonly type: 'keep-alive' };

/** The other side broke the protocol. The message is a diagnosis its author can act on. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/** Bytes in, messages out. Whatever the fragmentation, the same bytes give the same messages. */
export interface MessageDecoder {
  /**
   * The messages these bytes complete, each decoded when it is asked for: take them all before the next bytes.
   * @throws ProtocolError, after the messages before it, when the stream cannot be understood any further.
   */
  push(bytes: Uint8Array): Iterable<Message>;
  /** Where the rest of a long message may be received to spare a copy; undefined: anywhere. */
  readonly window: Uint8Array | undefined;
  /** Bytes received of a message that is not complete yet. */
  readonly pendingBytes: number;
  /** Says what is wrong with a stream that ended or fell silent before its handshake was whole. */
  diagnoseHalfHandshake(): string;
  /** Lets go of a half-received message; the decoder is not used again. */
  close(): void;
}

/** The bytes of a dialect. */
export interface Codec {
  /** A message as the parts of one write; a piece's bytes are not copied. */
  encode(message: OutgoingMessage): readonly Uint8Array[];
  createDecoder(): MessageDecoder;
}
