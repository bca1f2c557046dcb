import type { BufferPool } from '../buffer-pool.ts';
import { ProtocolError } from './message.ts';

/** One length-prefixed frame: 4 bytes of length, big-endian, that count the type byte and the payload. */
export interface Frame {
  readonly type: number;
  /** Up to 4 bytes may stand in the bytes that were pushed: they are good until the next frame is asked for. */
  readonly payload: Uint8Array;
  /** Gives the payload's memory back. Only frames longer than `smallFrame` are pooled. */
  release(): void;
}

/** Frames up to this length get memory of their own; longer ones, which are pieces, come from the pool. */
const smallFrame = 1024;

/** Flags, haves and requests of the course, which come by the thousand; no content fits in, so nobody keeps it. */
const tinyFrame = 5;

/** For less than this, a copy is cheaper than a read of its own. */
const smallestWindow = 4 * 1024;

const keep = () => {};

/**
 * Cuts a stream into frames (BEP 3; course protocol, 2.2). Frames of length 0, BitTorrent's keep-alives, are skipped
 * (A18). Copies each byte at most once, into the frame's own memory, so that the link can reuse its buffer.
 */
export class FrameDecoder {
  readonly #maximumLength: number;
  readonly #pool: BufferPool;
  readonly #header = new Uint8Array(4);
  #headerFilled = 0;
  #body: Uint8Array | undefined;
  #bodyFilled = 0;
  #lengthsRead = 0;

  /** `maximumLength` caps what a length field may say, before any memory is taken. */
  constructor(maximumLength: number, pool: BufferPool) {
    this.#maximumLength = maximumLength;
    this.#pool = pool;
  }

  get pendingBytes(): number {
    return this.#body === undefined ? this.#headerFilled : 4 + this.#bodyFilled;
  }

  /** Where the rest of a long frame belongs: what is received right there and then pushed needs no copy. */
  get window(): Uint8Array | undefined {
    if (this.#body === undefined || this.#body.length - this.#bodyFilled < smallestWindow) return undefined;
    return this.#body.subarray(this.#bodyFilled);
  }

  /** Length fields read so far, those of empty frames and of one too long included. */
  get lengthsRead(): number {
    return this.#lengthsRead;
  }

  /**
   * The frames these bytes complete, each cut when it is asked for: take them all before the next bytes.
   * @throws FrameTooLongError after the frames before it.
   */
  *push(bytes: Uint8Array): Generator<Frame> {
    let at = 0;
    while (at < bytes.length) {
      if (this.#body === undefined) {
        at += this.#fillHeader(bytes, at);
        if (this.#headerFilled < 4) return;
        const length = this.#takeLength();
        if (length === 0) continue;
        if (length <= tinyFrame && at + length <= bytes.length) {
          yield { type: bytes[at]!, payload: bytes.subarray(at + 1, at + length), release: keep };
          at += length;
        } else {
          this.#begin(length);
        }
      } else {
        const taken = Math.min(bytes.length - at, this.#body.length - this.#bodyFilled);
        if (!this.#isInPlace(bytes, at)) this.#body.set(bytes.subarray(at, at + taken), this.#bodyFilled);
        this.#bodyFilled += taken;
        at += taken;
        if (this.#bodyFilled === this.#body.length) yield this.#finish(this.#body);
      }
    }
  }

  close(): void {
    if (this.#body !== undefined && this.#body.length > smallFrame) this.#pool.release(this.#body);
    this.#body = undefined;
  }

  #isInPlace(bytes: Uint8Array, at: number): boolean {
    const body = this.#body!;
    return bytes.buffer === body.buffer && bytes.byteOffset + at === body.byteOffset + this.#bodyFilled;
  }

  #fillHeader(bytes: Uint8Array, at: number): number {
    const taken = Math.min(4 - this.#headerFilled, bytes.length - at);
    for (let i = 0; i < taken; i += 1) this.#header[this.#headerFilled + i] = bytes[at + i]!;
    this.#headerFilled += taken;
    return taken;
  }

  /** The length field that is complete now; the next header starts anew. */
  #takeLength(): number {
    const length = readUint32(this.#header, 0);
    this.#lengthsRead += 1;
    this.#headerFilled = 0;
    if (length > this.#maximumLength) throw new FrameTooLongError(length, this.#maximumLength);
    return length;
  }

  #begin(length: number): void {
    this.#body = length > smallFrame ? this.#pool.acquire(length) : new Uint8Array(length);
    this.#bodyFilled = 0;
  }

  #finish(body: Uint8Array): Frame {
    this.#bodyFilled = 0;
    this.#body = undefined;
    const release = body.length > smallFrame ? () => this.#pool.release(body) : keep;
    return { type: body[0]!, payload: body.subarray(1), release };
  }
}

export class FrameTooLongError extends ProtocolError {
  readonly length: number;

  constructor(length: number, maximumLength: number) {
    super(`a message length of ${length} is above the maximum of ${maximumLength}`);
    this.length = length;
  }
}

/** A frame's first bytes: length, type and, where given, 32-bit fields; room for nothing else. */
export function frameHeader(type: number, fields: readonly number[], payloadLength = 0): Uint8Array {
  const header = nextHeader(5 + fields.length * 4);
  writeUint32(header, 0, 1 + fields.length * 4 + payloadLength);
  header[4] = type;
  for (let i = 0; i < fields.length; i += 1) writeUint32(header, 5 + i * 4, fields[i]!);
  return header;
}

/** Headers lie side by side: for a socket, memory of its own for each costs more than to send it. */
let headers = new Uint8Array(4 * 1024);
let headersFilled = 0;

function nextHeader(length: number): Uint8Array {
  if (headersFilled + length > headers.length) {
    headers = new Uint8Array(headers.length);
    headersFilled = 0;
  }
  headersFilled += length;
  return headers.subarray(headersFilled - length, headersFilled);
}

/** Unsigned, unlike `<<`, which turns large values negative. */
export function readUint32(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 0x1000000 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!);
}

export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
