import { BufferPool } from '../buffer-pool.ts';
import type { Layout } from '../content/layout.ts';
import { Inlet, type Slab, type Slabs } from '../slabs.ts';
import { frameHeader, readUint32 } from '../wire/frames.ts';
import {
  type BitTorrentHandshake,
  type Codec,
  type Message,
  type MessageDecoder,
  type OutgoingMessage,
  ProtocolError,
} from '../wire/message.ts';
import { hexBytes, hexText, latin1Bytes } from './bytes.ts';

/** The bytes that BitTorrent peers exchange: BEP 3, with BEP 5's port, BEP 6's fast extension and BEP 10's envelope. */

export const handshakeLength = 68;
/** How a handshake begins (BEP 3): a length byte and what it counts. */
export const handshakeStart = latin1Bytes('\x13BitTorrent protocol');
const reservedOffset = 20;
/** Where the info-hash lies in a handshake; 20 bytes. */
export const infoHashOffset = 28;
const peerIdOffset = 48;

/** Bits of the eight reserved bytes: which byte, which bit. */
const extensionsBit = [5, 0x10] as const;
const fastBit = [7, 0x04] as const;
const dhtBit = [7, 0x01] as const;

const typeOf = {
  choke: 0,
  unchoke: 1,
  interested: 2,
  'not-interested': 3,
  have: 4,
  bitfield: 5,
  request: 6,
  piece: 7,
  cancel: 8,
  port: 9,
  suggest: 13,
  'have-all': 14,
  'have-none': 15,
  reject: 16,
  'allowed-fast': 17,
  extended: 20,
} as const;

/** What the length field of a type must say, for the types whose length never varies; by type. */
const fixedLengths: readonly (number | undefined)[] = withFixedLengths();

/** The longest run of bytes that may be requested at once, of us as of others that said so. */
export const longestRequest = 128 * 1024;
/** With its type, the piece's number and the offset. */
const longestPiece = 9 + longestRequest;
/** All frames of BEP 10, the largest of which is a peer's handshake with whatever it adds. */
const longestExtended = 256 * 1024;
/** A bitfield while the number of pieces is not known: as many as an info dictionary of 10 MiB has hashes for. */
const longestUnknownBitfield = 64 * 1024;
/** What means nothing to us need not be long. */
const longestUnknown = 16 * 1024;

/**
 * What is received in one go, by whichever link is read that has no slab: many blocks, each of which goes to its piece
 * at once. Read from one link, taken apart, read from the next: nothing stays in it.
 */
const receiveBuffer = new Uint8Array(256 * 1024);

/** The same from each of its first bytes on: one of them is where words of eight bytes lie as they are to. */
const receiveWindows = Array.from({ length: 8 }, (_, from) => receiveBuffer.subarray(from));

/** Whoever sends this much at a time gets a slab; others would hold one for little. */
const muchAtATime = 64 * 1024;

/** For frames that did not come whole, of all shares: about one for each link. */
const framePool = new BufferPool(2 * 1024 * 1024);

export interface CodecMemory {
  /** For frames that did not come whole: ordinary memory, for shared memory is slow to copy into. */
  readonly frames?: BufferPool;
  /** For whole pieces that come in one message: they stay there, and all others are lent. */
  readonly slabs?: Slabs | undefined;
}

/**
 * The codec of a share. Without a `layout`, as for a magnet link whose info dictionary is not here yet, bitfields of
 * any length are taken as they are.
 */
export function bitTorrentCodec(
  layout: Layout | undefined,
  { frames = framePool, slabs }: CodecMemory = {},
): Codec {
  const limits = new FrameLimits(layout);
  return { encode, createDecoder: () => new BitTorrentDecoder(layout, limits, frames, slabs) };
}

function encode(message: OutgoingMessage): readonly Uint8Array[] {
  switch (message.type) {
    case 'handshake':
      if (message.bitTorrent === undefined) throw new RangeError('a BitTorrent handshake names an info-hash');
      return [encodeHandshake(message.peer, message.bitTorrent)];
    case 'keep-alive':
      return [new Uint8Array(4)];
    case 'choke':
    case 'unchoke':
    case 'interested':
    case 'not-interested':
    case 'have-all':
    case 'have-none':
      return [frameHeader(typeOf[message.type], [])];
    case 'have':
    case 'suggest':
    case 'allowed-fast':
      return [frameHeader(typeOf[message.type], [message.piece])];
    case 'bitfield':
      return [frameHeader(typeOf.bitfield, [], message.bytes.length), message.bytes];
    case 'request':
    case 'cancel':
    case 'reject':
      return [frameHeader(typeOf[message.type], [message.piece, message.offset, message.length])];
    case 'piece':
      return [
        frameHeader(typeOf.piece, [message.piece, message.offset], message.bytes.length),
        message.bytes,
      ];
    case 'port':
      return [joined(frameHeader(typeOf.port, [], 2), Uint8Array.of(message.port >>> 8, message.port))];
    case 'extended': {
      const header = frameHeader(typeOf.extended, [], 1 + message.payload.length);
      return [joined(header, Uint8Array.of(message.id)), message.payload];
    }
  }
}

function encodeHandshake(peer: string, says: BitTorrentHandshake): Uint8Array {
  const bytes = new Uint8Array(handshakeLength);
  bytes.set(handshakeStart);
  for (const [isSaid, [byte, bit]] of [
    [says.extensions, extensionsBit],
    [says.fast, fastBit],
    [says.dht, dhtBit],
  ] as const) {
    if (isSaid) bytes[reservedOffset + byte]! |= bit;
  }
  bytes.set(twentyBytes(says.infoHash), infoHashOffset);
  bytes.set(twentyBytes(peer), peerIdOffset);
  return bytes;
}

function twentyBytes(digits: string): Uint8Array {
  if (digits.length !== 40) throw new RangeError(`'${digits.slice(0, 80)}' is not 40 hexadecimal digits`);
  return hexBytes(digits);
}

/** What a length field may say, by type: asked before any memory is taken. */
class FrameLimits {
  /** Undefined while the number of pieces is not known. */
  readonly #pieceCount: number | undefined;
  readonly #longest: number;

  constructor(layout: Layout | undefined) {
    this.#pieceCount = layout?.pieceCount;
    this.#longest = Math.max(longestExtended, 1 + this.#longestBitfield);
  }

  get #longestBitfield(): number {
    return this.#pieceCount === undefined ? longestUnknownBitfield : Math.ceil(this.#pieceCount / 8);
  }

  /** @throws ProtocolError when no message is that long. */
  checkLength(length: number): void {
    if (length <= this.#longest) return;
    throw new ProtocolError(
      `a message length of ${length} is above the maximum of ${this.#longest}: it sent no length there, or an earlier ` +
        'message was longer than its length said',
    );
  }

  /** @throws ProtocolError when a message of this type cannot be that long, or that short. */
  checkType(type: number, length: number): void {
    const fixed = fixedLengths[type];
    if (fixed !== undefined) {
      if (length !== fixed) throw wrongLength(type, length, `it is ${fixed}`);
      return;
    }
    switch (type) {
      case typeOf.piece:
        if (length < 9) throw wrongLength(type, length, 'it is 9 at least');
        if (length > longestPiece) throw wrongLength(type, length, `it is ${longestPiece} at most`);
        return;
      case typeOf.bitfield: {
        const longest = 1 + this.#longestBitfield;
        if (this.#pieceCount === undefined ? length > longest : length !== longest) {
          const pieces =
            this.#pieceCount === undefined
              ? `it is ${longest} at most`
              : `for ${this.#pieceCount} pieces it is ${longest}`;
          throw wrongLength(type, length, pieces);
        }
        return;
      }
      case typeOf.extended:
        if (length < 2) throw wrongLength(type, length, 'it is 2 at least');
        if (length > longestExtended) throw wrongLength(type, length, `it is ${longestExtended} at most`);
        return;
      default:
        if (length > longestUnknown) throw wrongLength(type, length, `it is ${longestUnknown} at most`);
    }
  }

  /** @throws ProtocolError when bits are set that stand for no piece (BEP 3). */
  checkSpareBits(bitfield: Uint8Array): void {
    const used = (this.#pieceCount ?? 0) & 7;
    if (used === 0 || (bitfield.at(-1)! & (0xff >> used)) === 0) return;
    throw new ProtocolError(`its bitfield has bits set beyond piece ${this.#pieceCount! - 1}, the last one`);
  }
}

function wrongLength(type: number, length: number, expected: string): ProtocolError {
  const name = Object.entries(typeOf).find(([, number]) => number === type)?.[0] ?? `type ${type}`;
  return new ProtocolError(`a '${name}' message has a length of ${length}; ${expected}`);
}

const keep = () => {};

/** Frames up to this length need no memory from the pool. */
const smallFrame = 64;

/** What comes before the bytes of a block: length, type, piece and offset. */
const pieceHeader = 13;

/** Where a frame that did not come in one has its type: so its block is aligned. */
const bodyStart = 7;

const flags: readonly (Message | undefined)[] = withFlags();

/** Cuts nothing out of what is received but what is not whole yet, and what somebody keeps. */
class BitTorrentDecoder implements MessageDecoder {
  readonly #layout: Layout | undefined;
  readonly #limits: FrameLimits;
  readonly #pool: BufferPool;
  readonly #inlet: Inlet;
  /** Whether the last piece came in one message. */
  #sendsWholePieces = false;
  readonly #handshake = new Uint8Array(handshakeLength);
  #handshakeFilled = 0;
  /** The length and the type of a frame, until both are here. */
  readonly #header = new Uint8Array(5);
  #headerFilled = 0;
  readonly #smallBody = new Uint8Array(bodyStart + smallFrame);
  /** A frame from its type on, that did not come in one. */
  #body: Uint8Array | undefined;
  #bodyLength = 0;
  #bodyFilled = 0;
  #isClosed = false;

  constructor(layout: Layout | undefined, limits: FrameLimits, pool: BufferPool, slabs: Slabs | undefined) {
    this.#layout = layout;
    this.#limits = limits;
    this.#pool = pool;
    this.#inlet = new Inlet(slabs);
  }

  get pendingBytes(): number {
    if (this.#handshakeFilled < handshakeLength) return this.#handshakeFilled;
    if (this.#body !== undefined) return 4 + this.#bodyFilled;
    return this.#headerFilled + this.#inlet.waitingBytes;
  }

  /** Everybody's where it is no slab: one read brings many messages, and the first block that begins in it is aligned. */
  get window(): Uint8Array {
    const left = this.#body === undefined ? 0 : this.#bodyLength - this.#bodyFilled;
    return this.#inlet.window ?? receiveWindows[-(left + pieceHeader) & 7]!;
  }

  *push(received: Uint8Array): Generator<Message> {
    const slab = this.#inlet.take(received);
    if (slab === undefined) this.#leaveSlab();
    const bytes = slab === undefined ? received : this.#inlet.waiting;
    let at = 0;
    if (this.#handshakeFilled < handshakeLength) {
      at = this.#fillHandshake(bytes);
      if (this.#handshakeFilled < handshakeLength) return;
      yield this.#readHandshake();
    }
    while (!this.#isClosed) {
      if (this.#headerFilled > 0) at = this.#readHeader(bytes, at);
      if (this.#body === undefined) {
        const length = this.#wholeFrameAt(bytes, at);
        if (length === 0) break;
        if (length > 4) yield this.#interpret(bytes, at + 4, length - 4, slab);
        at += length;
      } else {
        at = this.#fillBody(bytes, at, this.#body);
        if (this.#bodyFilled < this.#bodyLength) break;
        yield this.#interpret(this.#body, bodyStart, this.#bodyLength);
        this.#letGo();
      }
    }
    if (!this.#isClosed) this.#keep(bytes.subarray(at), received.length);
  }

  diagnoseHalfHandshake(): string {
    if (this.#handshakeFilled === 0) {
      return 'it sent no handshake; it may not have this share, or allow encrypted connections only';
    }
    const stranger = diagnoseStart(this.#handshake.subarray(0, this.#handshakeFilled));
    return stranger ?? `it sent ${this.#handshakeFilled} of the handshake's 68 bytes`;
  }

  close(): void {
    this.#isClosed = true;
    this.#letGo();
    this.#inlet.leave();
  }

  /** Stops a stranger as soon as it can be told from a peer: what it wants may well be shorter than a handshake. */
  #fillHandshake(bytes: Uint8Array): number {
    const before = this.#handshakeFilled;
    const taken = Math.min(handshakeLength - before, bytes.length);
    this.#handshake.set(taken === bytes.length ? bytes : bytes.subarray(0, taken), before);
    this.#handshakeFilled += taken;
    const isStartComplete = this.#handshakeFilled >= handshakeStart.length;
    if (before < handshakeStart.length && isStartComplete) {
      const stranger = diagnoseStart(this.#handshake.subarray(0, handshakeStart.length));
      if (stranger !== undefined) throw new ProtocolError(stranger);
    }
    return taken;
  }

  #readHandshake(): Message {
    const has = ([byte, bit]: readonly [number, number]) =>
      (this.#handshake[reservedOffset + byte]! & bit) !== 0;
    return {
      type: 'handshake',
      peer: hexText(this.#handshake.subarray(peerIdOffset)),
      bitTorrent: {
        infoHash: hexText(this.#handshake.subarray(infoHashOffset, peerIdOffset)),
        fast: has(fastBit),
        extensions: has(extensionsBit),
        dht: has(dhtBit),
      },
    };
  }

  /** The length of the frame that begins here, its length field included; 0 when it is not whole. */
  #wholeFrameAt(bytes: Uint8Array, at: number): number {
    const left = bytes.length - at;
    if (left < 4) return 0;
    const length = readUint32(bytes, at);
    this.#limits.checkLength(length);
    if (length > 0 && left > 4) this.#limits.checkType(bytes[at + 4]!, length);
    return 4 + length <= left ? 4 + length : 0;
  }

  /** What is no whole frame waits for the rest: in a slab, where that saves a copy, or else by itself. */
  #keep(rest: Uint8Array, received: number): void {
    if (this.#sendsWholePieces && received >= muchAtATime && this.#inlet.keep(rest)) return;
    this.#begin(rest);
    this.#inlet.leave();
  }

  #leaveSlab(): void {
    this.#begin(this.#inlet.waiting);
    this.#inlet.leave();
  }

  /** Takes in a frame that is not whole. */
  #begin(bytes: Uint8Array): void {
    const at = this.#readHeader(bytes, 0);
    if (this.#body !== undefined) this.#fillBody(bytes, at, this.#body);
  }

  /** Takes as much as there is of length and type, and skips keep-alives. */
  #readHeader(bytes: Uint8Array, from: number): number {
    let at = from;
    while (this.#headerFilled < 5 && at < bytes.length) {
      this.#header[this.#headerFilled] = bytes[at]!;
      this.#headerFilled += 1;
      at += 1;
      if (this.#headerFilled !== 4) continue;
      const length = readUint32(this.#header, 0);
      this.#limits.checkLength(length);
      if (length === 0) {
        this.#headerFilled = 0;
        return at;
      }
    }
    if (this.#headerFilled === 5) this.#beginBody(readUint32(this.#header, 0), this.#header[4]!);
    return at;
  }

  #beginBody(length: number, type: number): void {
    this.#limits.checkType(type, length);
    this.#headerFilled = 0;
    this.#body = length <= smallFrame ? this.#smallBody : this.#pool.acquire(bodyStart + length);
    this.#body[bodyStart] = type;
    this.#bodyLength = length;
    this.#bodyFilled = 1;
  }

  #fillBody(bytes: Uint8Array, at: number, body: Uint8Array): number {
    const taken = Math.min(bytes.length - at, this.#bodyLength - this.#bodyFilled);
    if (taken > 0) body.set(bytes.subarray(at, at + taken), bodyStart + this.#bodyFilled);
    this.#bodyFilled += taken;
    return at + taken;
  }

  #letGo(): void {
    if (this.#body !== undefined && this.#body !== this.#smallBody) this.#pool.release(this.#body);
    this.#body = undefined;
    this.#bodyFilled = 0;
  }

  /** The message of a frame whose `length` bytes, from the type on, are at `at`; its length is right for its type. */
  #interpret(bytes: Uint8Array, at: number, length: number, slab?: Slab): Message {
    const type = bytes[at]!;
    switch (type) {
      case typeOf.piece: {
        const piece = readUint32(bytes, at + 1);
        this.#sendsWholePieces = length - 9 === this.#layout?.lengthOf(piece);
        return {
          type: 'piece',
          piece,
          offset: readUint32(bytes, at + 5),
          bytes: bytes.subarray(at + 9, at + length),
          isLent: slab === undefined,
          release: slab?.use() ?? keep,
        };
      }
      case typeOf.request:
        return readRequest(bytes, at);
      case typeOf.have:
        return { type: 'have', piece: readUint32(bytes, at + 1) };
      case typeOf.bitfield: {
        const bitfield = bytes.slice(at + 1, at + length);
        this.#limits.checkSpareBits(bitfield);
        return { type: 'bitfield', bytes: bitfield };
      }
      case typeOf.cancel:
        return { type: 'cancel', ...readBlock(bytes, at) };
      case typeOf.reject:
        return { type: 'reject', ...readBlock(bytes, at) };
      case typeOf.port:
        return { type: 'port', port: bytes[at + 1]! * 256 + bytes[at + 2]! };
      case typeOf.suggest:
        return { type: 'suggest', piece: readUint32(bytes, at + 1) };
      case typeOf['allowed-fast']:
        return { type: 'allowed-fast', piece: readUint32(bytes, at + 1) };
      case typeOf.extended:
        return { type: 'extended', id: bytes[at + 1]!, payload: bytes.slice(at + 2, at + length) };
      default:
        return (
          flags[type] ?? {
            type: 'oddity',
            text: `skipped a message of unknown type ${type} (${length - 1} bytes)`,
          }
        );
    }
  }
}

function readBlock(bytes: Uint8Array, at: number): { piece: number; offset: number; length: number } {
  return {
    piece: readUint32(bytes, at + 1),
    offset: readUint32(bytes, at + 5),
    length: readUint32(bytes, at + 9),
  };
}

/** Whether the block exists is for those to say who know the share; nobody asks for this much, or for nothing. */
function readRequest(bytes: Uint8Array, at: number): Message {
  const block = readBlock(bytes, at);
  if (block.length === 0 || block.length > longestRequest) {
    throw new ProtocolError(
      `it requests ${block.length} bytes at once; 1 to ${longestRequest} can be requested`,
    );
  }
  return { type: 'request', ...block };
}

/** What these first bytes are instead of a BitTorrent handshake; undefined when they begin like one. */
export function diagnoseStart(received: Uint8Array): string | undefined {
  if (beginsAlike(received, handshakeStart)) return undefined;
  if (beginsAlike(received, latin1Bytes('P2PFILESHARINGPROJ'))) {
    return 'it speaks the course protocol, not BitTorrent';
  }
  if (beginsAlike(received, latin1Bytes('GET '))) return 'it asks for a web page; here is a BitTorrent peer';
  return (
    'it does not begin with a BitTorrent handshake: it may want an encrypted connection; ' +
    'allow unencrypted ones in that client'
  );
}

/** Whether one begins with the other. */
export function beginsAlike(received: Uint8Array, expected: Uint8Array): boolean {
  const length = Math.min(received.length, expected.length);
  for (let i = 0; i < length; i += 1) if (received[i] !== expected[i]) return false;
  return true;
}

function withFixedLengths(): readonly (number | undefined)[] {
  const lengths: (number | undefined)[] = Array(256).fill(undefined);
  for (const name of ['choke', 'unchoke', 'interested', 'not-interested', 'have-all', 'have-none'] as const) {
    lengths[typeOf[name]] = 1;
  }
  for (const name of ['have', 'suggest', 'allowed-fast'] as const) lengths[typeOf[name]] = 5;
  for (const name of ['request', 'cancel', 'reject'] as const) lengths[typeOf[name]] = 13;
  lengths[typeOf.port] = 3;
  return lengths;
}

/** The messages that are nothing but their type. */
function withFlags(): readonly (Message | undefined)[] {
  const messages: (Message | undefined)[] = Array(256).fill(undefined);
  for (const type of ['choke', 'unchoke', 'interested', 'not-interested', 'have-all', 'have-none'] as const) {
    messages[typeOf[type]] = { type };
  }
  return messages;
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}
