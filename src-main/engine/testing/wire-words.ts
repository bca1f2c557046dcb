import type { Layout } from '../content/layout.ts';

/**
 * The tables of course-protocol.md, section 2, written a second time: bytes to words and words to bytes, for peers and
 * observers that must not share a mistake with the codec.
 *
 * A message in words is `handshake 1001`, `choke`, `not interested`, `bitfield **..` (or `all`, or `none`), `have 5`,
 * `request 5`, `piece 5`. Where a piece has several blocks, `request 5.2` means its block 2, and `request 5` all of them.
 */
export class WireWords {
  readonly #layout: Layout;
  readonly #content: Uint8Array;

  constructor(layout: Layout, content: Uint8Array) {
    this.#layout = layout;
    this.#content = content;
  }

  /** The bytes of one message, with the true content for a piece. */
  toBytes(words: string): Uint8Array {
    const type = typeNames.findIndex(name => words === name || words.startsWith(`${name} `));
    const name = typeNames[type];
    const rest = words.slice((name ?? 'handshake').length + 1);
    switch (name) {
      case undefined:
        if (!words.startsWith('handshake ')) throw new Error(`no message is called "${words}"`);
        return Uint8Array.of(...ascii(header), ...Array<number>(10).fill(0), ...uint32(Number(rest)));
      case 'have':
        return frame(type, uint32(Number(rest)));
      case 'bitfield':
        return frame(type, this.#bitsOf(rest));
      case 'request':
      case 'piece':
        return joined(this.#blocksOf(rest).map(([piece, block]) => this.#blockFrame(type, piece, block)));
      default:
        return frame(type);
    }
  }

  /** The same words with other content in their pieces. */
  withContent(content: Uint8Array): WireWords {
    return new WireWords(this.#layout, content);
  }

  /** Reads what one side says, from its first byte on or from a later message on. */
  reader(beginsWithHandshake = true): WireReader {
    return new WireReader(this.#layout, beginsWithHandshake);
  }

  #bitsOf(drawing: string): Uint8Array {
    const { pieceCount } = this.#layout;
    const bits = new Uint8Array(Math.ceil(pieceCount / 8));
    for (let piece = 0; piece < pieceCount; piece += 1) {
      if (drawing === 'all' || drawing[piece] === '*') bits[piece >> 3]! |= 0x80 >> (piece & 7);
    }
    return bits;
  }

  #blocksOf(which: string): [piece: number, block: number][] {
    const [piece, block] = which.split('.').map(Number) as [number, number?];
    if (block !== undefined) return [[piece, block]];
    const count = Math.max(1, this.#layout.isPiece(piece) ? this.#layout.blocksIn(piece) : 1);
    return Array.from({ length: count }, (_, index) => [piece, index]);
  }

  #blockFrame(type: number, piece: number, block: number): Uint8Array {
    const { pieceLength, totalLength, blockLength } = this.#layout;
    const offset = block * blockLength;
    const start = piece * pieceLength + offset;
    const end = Math.min(start + blockLength, (piece + 1) * pieceLength, totalLength);
    const isWhole = blockLength === pieceLength;
    const place = isWhole ? uint32(piece) : [...uint32(piece), ...uint32(offset)];
    if (typeNames[type] === 'piece') return frame(type, place, this.#content.subarray(start, end));
    return frame(type, place, isWhole ? [] : uint32(Math.max(0, end - start)));
  }
}

const header = 'P2PFILESHARINGPROJ';
const handshakeLength = 32;
const typeNames = [
  'choke',
  'unchoke',
  'interested',
  'not interested',
  'have',
  'bitfield',
  'request',
  'piece',
] as const;

export class WireReader {
  readonly #layout: Layout;
  #awaitsHandshake: boolean;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(layout: Layout, beginsWithHandshake: boolean) {
    this.#layout = layout;
    this.#awaitsHandshake = beginsWithHandshake;
  }

  /** The messages that these bytes complete. */
  push(bytes: Uint8Array): string[] {
    const stream = this.#rest.length === 0 ? bytes.slice() : joined([this.#rest, bytes]);
    const view = new DataView(stream.buffer, stream.byteOffset, stream.length);
    const messages: string[] = [];
    let at = 0;
    for (;;) {
      const length = this.#awaitsHandshake ? handshakeLength : 4;
      if (stream.length - at < length) break;
      if (this.#awaitsHandshake) {
        this.#awaitsHandshake = false;
        messages.push(`handshake ${view.getUint32(at + 28)}`);
        at += handshakeLength;
        continue;
      }
      const end = at + 4 + view.getUint32(at);
      if (stream.length < end) break;
      messages.push(this.#inWords(stream[at + 4]!, stream.subarray(at + 5, end)));
      at = end;
    }
    this.#rest = stream.subarray(at);
    return messages;
  }

  #inWords(type: number, payload: Uint8Array): string {
    const name = typeNames[type];
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    switch (name) {
      case undefined:
        return `type ${type} with ${payload.length} bytes`;
      case 'have':
        if (payload.length === 4) return `have ${view.getUint32(0)}`;
        break;
      case 'bitfield':
        return `bitfield ${this.#drawn(payload)}`;
      case 'request':
      case 'piece':
        if (payload.length >= this.#placeLength) return this.#blockInWords(name, view);
        break;
      default:
        if (payload.length === 0) return name;
    }
    return `${name} with ${payload.length} bytes`;
  }

  /** Bytes that say which block a piece message holds: its piece and, where there are several, its offset. */
  get #placeLength(): number {
    return this.#layout.blockLength === this.#layout.pieceLength ? 4 : 8;
  }

  #blockInWords(name: string, view: DataView): string {
    const isWhole = this.#placeLength === 4;
    const piece = view.getUint32(0);
    const block = isWhole ? 0 : view.getUint32(4) / this.#layout.blockLength;
    const words = `${name} ${piece}${isWhole ? '' : `.${block}`}`;
    if (name === 'request') return words;
    const length = view.byteLength - this.#placeLength;
    const isRight = this.#layout.isPiece(piece) && length === this.#layout.blockLengthOf(piece, block);
    return isRight ? words : `${words} with ${length} bytes`;
  }

  #drawn(bits: Uint8Array): string {
    const { pieceCount } = this.#layout;
    const marks = Array.from({ length: pieceCount }, (_, piece) =>
      bits[piece >> 3]! & (0x80 >> (piece & 7)) ? '*' : '.',
    ).join('');
    if (!marks.includes('*')) return 'none';
    return marks.includes('.') ? marks : 'all';
  }
}

/** A frame of section 2.2: its length counts the type byte and the payload. */
export function frame(type: number, ...payload: (readonly number[] | Uint8Array)[]): Uint8Array {
  const body = joined(payload.map(part => Uint8Array.from(part)));
  return joined([Uint8Array.from(uint32(1 + body.length)), Uint8Array.of(type), body]);
}

/** Big-endian. */
export function uint32(value: number): number[] {
  return [24, 16, 8, 0].map(shift => Math.floor(value / 2 ** shift) % 256);
}

export function ascii(text: string): number[] {
  return Array.from(text, character => character.charCodeAt(0));
}

/** `50 32 0a` as bytes. */
export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.trim().split(/\s+/), byte => Number.parseInt(byte, 16));
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(' ');
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
