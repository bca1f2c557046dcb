import type { PeerId } from '../../../src-shared/journal.ts';

/** What two peers say to each other, whatever the dialect's bytes. Offsets and lengths are in bytes. */
export type Message =
  | { readonly type: 'handshake'; readonly peer: PeerId }
  | { readonly type: 'choke' }
  | { readonly type: 'unchoke' }
  | { readonly type: 'interested' }
  | { readonly type: 'not-interested' }
  | { readonly type: 'have'; readonly piece: number }
  | { readonly type: 'bitfield'; readonly bytes: Uint8Array }
  | { readonly type: 'request'; readonly piece: number; readonly offset: number; readonly length: number }
  | PieceMessage
  /** A frame that means nothing to us and was skipped, in words. */
  | { readonly type: 'oddity'; readonly text: string };

export interface PieceMessage {
  readonly type: 'piece';
  readonly piece: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** Gives the bytes back to the pool they were received into. */
  release(): void;
}

/** What a peer can be sent; a piece's bytes stay the caller's. */
export type OutgoingMessage =
  | Exclude<Message, PieceMessage | { type: 'oddity' }>
  | Omit<PieceMessage, 'release'>;

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
