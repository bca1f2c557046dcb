import type { PeerId } from '../../../src-shared/journal.ts';
import type { BufferPool } from '../buffer-pool.ts';
import type { Layout } from '../content/layout.ts';
import {
  type Frame,
  FrameDecoder,
  FrameTooLongError,
  frameHeader,
  readUint32,
  writeUint32,
} from '../wire/frames.ts';
import {
  type Codec,
  type Message,
  type MessageDecoder,
  type OutgoingMessage,
  ProtocolError,
} from '../wire/message.ts';

/** The bytes of the course protocol, sections 2.1 and 2.2. */

const handshakeLength = 32;
const handshakeHeader = asciiBytes('P2PFILESHARINGPROJ');
const peerIdOffset = 28;

/** Message types (2.2). */
const typeOf = {
  choke: 0,
  unchoke: 1,
  interested: 2,
  'not-interested': 3,
  have: 4,
  bitfield: 5,
  request: 6,
  piece: 7,
} as const;

/** The codec of a course swarm: requests and pieces are whole, so the wire carries neither offset nor length. */
export function courseCodec(layout: Layout, pool: BufferPool): Codec {
  return { encode, createDecoder: () => new CourseDecoder(layout, pool) };
}

function encode(message: OutgoingMessage): readonly Uint8Array[] {
  switch (message.type) {
    case 'handshake':
      return [encodeHandshake(message.peer)];
    case 'choke':
    case 'unchoke':
    case 'interested':
    case 'not-interested':
      return [frameHeader(typeOf[message.type], [])];
    case 'have':
    case 'request':
      return [frameHeader(typeOf[message.type], [message.piece])];
    case 'bitfield':
      return [frameHeader(typeOf.bitfield, [], message.bytes.length), message.bytes];
    case 'piece':
      return [frameHeader(typeOf.piece, [message.piece], message.bytes.length), message.bytes];
    default:
      throw new RangeError(`the course protocol has no '${message.type}' message`);
  }
}

function encodeHandshake(peer: PeerId): Uint8Array {
  const bytes = new Uint8Array(handshakeLength);
  bytes.set(handshakeHeader);
  writeUint32(bytes, peerIdOffset, Number(peer));
  return bytes;
}

class CourseDecoder implements MessageDecoder {
  readonly #layout: Layout;
  readonly #bitfieldLength: number;
  readonly #longestFrame: number;
  readonly #handshake = new Uint8Array(handshakeLength);
  #handshakeFilled = 0;
  readonly #frames: FrameDecoder;
  #shortPieceSeen = false;

  constructor(layout: Layout, pool: BufferPool) {
    this.#layout = layout;
    this.#bitfieldLength = Math.ceil(layout.pieceCount / 8);
    this.#longestFrame = 1 + Math.max(4 + layout.pieceLength, this.#bitfieldLength); // A5
    this.#frames = new FrameDecoder(this.#longestFrame, pool);
  }

  get pendingBytes(): number {
    return this.#handshakeFilled < handshakeLength ? this.#handshakeFilled : this.#frames.pendingBytes;
  }

  get window(): Uint8Array | undefined {
    return this.#frames.window;
  }

  *push(bytes: Uint8Array): Generator<Message> {
    const taken = Math.min(handshakeLength - this.#handshakeFilled, bytes.length);
    if (taken > 0) {
      this.#handshake.set(bytes.subarray(0, taken), this.#handshakeFilled);
      this.#handshakeFilled += taken;
      if (this.#handshakeFilled === handshakeLength) yield this.#decodeHandshake();
    }
    try {
      for (const frame of this.#frames.push(bytes.subarray(taken))) yield this.#decode(frame);
    } catch (error) {
      if (!(error instanceof FrameTooLongError)) throw error;
      throw new ProtocolError(`${error.message}: ${this.#diagnoseLength(error.length)}`);
    }
  }

  diagnoseHalfHandshake(): string {
    const received = this.#handshake.subarray(0, this.#handshakeFilled);
    if (received.length === 0) return 'it sent nothing; a handshake of 32 bytes was expected';
    const stranger = diagnoseHeader(received);
    return stranger ?? `it sent ${received.length} of the handshake's 32 bytes`;
  }

  close(): void {
    this.#frames.close();
  }

  #decodeHandshake(): Message {
    const stranger = diagnoseHeader(this.#handshake);
    if (stranger !== undefined) throw new ProtocolError(stranger);
    return { type: 'handshake', peer: String(readUint32(this.#handshake, peerIdOffset)) };
  }

  #decode(frame: Frame): Message {
    const message = this.#interpret(frame);
    if (message.type !== 'piece') frame.release();
    return message;
  }

  #interpret({ type, payload, release }: Frame): Message {
    switch (type) {
      case typeOf.choke:
        return { type: 'choke' };
      case typeOf.unchoke:
        return { type: 'unchoke' };
      case typeOf.interested:
        return { type: 'interested' };
      case typeOf['not-interested']:
        return { type: 'not-interested' };
      case typeOf.have:
        if (payload.length !== 4) return oddLength('have', payload, 4);
        return { type: 'have', piece: readUint32(payload, 0) };
      case typeOf.bitfield:
        this.#refuseUncountedType(payload);
        return { type: 'bitfield', bytes: payload.slice() };
      case typeOf.request: {
        if (payload.length !== 4) return oddLength('request', payload, 4);
        const piece = readUint32(payload, 0);
        const length = this.#layout.isPiece(piece) ? this.#layout.lengthOf(piece) : 0;
        return { type: 'request', piece, offset: 0, length };
      }
      case typeOf.piece: {
        if (payload.length < 4) return oddLength('piece', payload, 4);
        const piece = readUint32(payload, 0);
        const bytes = payload.subarray(4);
        this.#shortPieceSeen ||=
          this.#layout.isPiece(piece) && bytes.length === this.#layout.lengthOf(piece) - 4;
        return { type: 'piece', piece, offset: 0, bytes, isLent: false, release };
      }
      default:
        return {
          type: 'oddity',
          text: `skipped a message of unknown type ${type} (${payload.length} bytes)${readingOfType(type)}`,
        };
    }
  }

  /** A4: the cheap check on the first frame. With a bitfield of one byte it could be an empty one (A2). */
  #refuseUncountedType(payload: Uint8Array): void {
    const length = payload.length + 1;
    if (this.#frames.lengthsRead === 1 && this.#bitfieldLength > 1 && length === this.#bitfieldLength) {
      throw new ProtocolError(
        `its first message says length ${length} for a bitfield of ${length} bytes: the length field must also count ` +
          `the type byte, so ${length + 1} is right (course protocol, 2.2)`,
      );
    }
  }

  /** Why a length field may hold what it does (A4, A5). */
  #diagnoseLength(length: number): string {
    if (this.#frames.lengthsRead === 1) {
      const swapped = swapBytes(length);
      return swapped <= this.#longestFrame
        ? `read backwards it is ${swapped}, so it seems to be sent in little-endian; the course uses big-endian`
        : 'the four bytes after the handshake are no message length';
    }
    if (this.#shortPieceSeen) {
      return 'an earlier piece was 4 bytes short: the length field must also count the 4 bytes of the piece index';
    }
    return 'an earlier message was longer than its length said; the length must count the type byte and the payload';
  }
}

function oddLength(name: string, payload: Uint8Array, expected: number): Message {
  return {
    type: 'oddity',
    text: `skipped a '${name}' message with ${payload.length} bytes of payload instead of ${expected}`,
  };
}

/** A6: some send the type as a character. */
function readingOfType(type: number): string {
  const digit = String.fromCharCode(type);
  return /^[0-7]$/.test(digit) ? `: the ASCII digit ${digit}; send the type as a byte of value ${digit}` : '';
}

/** What these bytes are instead of a course handshake; undefined when they begin like one (A6). */
function diagnoseHeader(received: Uint8Array): string | undefined {
  if (beginsAlike(received, handshakeHeader)) return undefined;
  if (beginsAlike(received, asciiBytes('CEN5501C2008SPRING'))) {
    return 'its handshake has the header of an old edition of the project, CEN5501C2008SPRING, instead of P2PFILESHARINGPROJ';
  }
  if (beginsAlike(received, Uint8Array.of(0xac, 0xed, 0x00, 0x05))) {
    return 'it opened a Java object stream (ac ed 00 05): the protocol sends plain bytes, not ObjectOutputStream';
  }
  if (beginsAlike(received, asciiBytes('\x13BitTorrent protocol'))) {
    return 'it speaks BitTorrent, not the course protocol';
  }
  if (received.length > 4 && beginsAlike(received.subarray(4), handshakeHeader)) {
    return 'its handshake has a length in front; the handshake is exactly 32 bytes without a length field';
  }
  return `its handshake begins with "${printable(received.subarray(0, 18))}" instead of "P2PFILESHARINGPROJ"`;
}

/** Reads a peer id as four ASCII digits, the way some students send it (A6): 825241650 is "1002". */
export function peerIdFromAsciiDigits(peer: PeerId): PeerId | undefined {
  const bytes = new Uint8Array(4);
  writeUint32(bytes, 0, Number(peer));
  const text = String.fromCharCode(...bytes);
  return /^\d{4}$/.test(text) ? String(Number(text)) : undefined;
}

/** Reads a peer id in little-endian, the order of most machines (A5): 3909287936 is "1001". */
export function peerIdReadBackwards(peer: PeerId): PeerId {
  return String(swapBytes(Number(peer)));
}

function beginsAlike(received: Uint8Array, expected: Uint8Array): boolean {
  const length = Math.min(received.length, expected.length);
  for (let i = 0; i < length; i += 1) if (received[i] !== expected[i]) return false;
  return true;
}

function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, character => character.charCodeAt(0));
}

function printable(bytes: Uint8Array): string {
  return Array.from(bytes, byte => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
}

function swapBytes(value: number): number {
  const bytes = new Uint8Array(4);
  writeUint32(bytes, 0, value);
  return readUint32(bytes.reverse(), 0);
}
