/** Bytes to look at only. */
export interface ReadonlyBytes {
  readonly length: number;
  readonly [index: number]: number;
}

/** Which pieces somebody has: piece 0 is the most significant bit of byte 0 (BEP 3; course protocol, 2.2). */
export class Bitfield {
  readonly size: number;
  readonly #bytes: Uint8Array;
  #count = 0;

  constructor(size: number) {
    this.size = size;
    this.#bytes = new Uint8Array(Math.ceil(size / 8));
  }

  static full(size: number): Bitfield {
    const full = new Bitfield(size);
    full.fill();
    return full;
  }

  /** Reads a bitfield of any length: missing bits are 0, what lies beyond `size` is ignored (course protocol, A2). */
  static from(bytes: Uint8Array, size: number): Bitfield {
    const bitfield = new Bitfield(size);
    for (let piece = 0; piece < size; piece += 1) {
      const byte = bytes[piece >> 3];
      if (byte === undefined) break;
      if (byte & (0x80 >> (piece & 7))) bitfield.set(piece);
    }
    return bitfield;
  }

  /** Reads a bitfield whose piece 0 is the least significant bit of byte 0, as Java's `BitSet.toByteArray` writes it. */
  static fromLeastSignificantFirst(bytes: Uint8Array, size: number): Bitfield {
    return Bitfield.from(bytes.map(reversedBits), size);
  }

  static fromHex(hex: string, size: number): Bitfield {
    const bytes = Uint8Array.from({ length: hex.length >> 1 }, (_, i) =>
      Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16),
    );
    return Bitfield.from(bytes, size);
  }

  /** How many pieces are set. */
  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === this.size;
  }

  /** The bytes as they go over the wire, in place, for reading many pieces fast: they change when a piece is set. */
  get bytes(): ReadonlyBytes {
    return this.#bytes;
  }

  has(piece: number): boolean {
    return ((this.#bytes[piece >> 3] ?? 0) & (0x80 >> (piece & 7))) !== 0;
  }

  /** Sets a piece; says whether that was new. An index out of range changes nothing. */
  set(piece: number): boolean {
    if (piece < 0 || piece >= this.size || this.has(piece)) return false;
    this.#bytes[piece >> 3]! |= 0x80 >> (piece & 7);
    this.#count += 1;
    return true;
  }

  fill(): void {
    this.#bytes.fill(0xff);
    const spare = this.#bytes.length * 8 - this.size;
    if (spare > 0) this.#bytes[this.#bytes.length - 1]! = (0xff << spare) & 0xff;
    this.#count = this.size;
  }

  /** The bytes as they go over the wire, spare bits 0. A copy. */
  toBytes(): Uint8Array {
    return this.#bytes.slice();
  }

  toHex(): string {
    return Array.from(this.#bytes, byte => byte.toString(16).padStart(2, '0')).join('');
  }

  copy(): Bitfield {
    const copy = new Bitfield(this.size);
    copy.#bytes.set(this.#bytes);
    copy.#count = this.#count;
    return copy;
  }

  /** The pieces set, in ascending order. */
  *[Symbol.iterator](): Generator<number> {
    for (let piece = 0; piece < this.size; piece += 1) if (this.has(piece)) yield piece;
  }
}

/** Whether a bitfield of the right length sets bits beyond the last of `size` pieces. */
export function hasSpareBits(bytes: Uint8Array, size: number): boolean {
  const spare = bytes.length * 8 - size;
  return spare > 0 && (bytes.at(-1)! & ((1 << spare) - 1)) !== 0;
}

/**
 * Whether a bitfield of the right length can only have been written least significant bit first: read so, and only
 * so, it keeps its spare bits 0. Where there are no spare bits, nobody can tell.
 */
export function isLeastSignificantFirst(bytes: Uint8Array, size: number): boolean {
  return hasSpareBits(bytes, size) && !hasSpareBits(bytes.map(reversedBits), size);
}

function reversedBits(byte: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 8; bit += 1) if (byte & (1 << bit)) reversed |= 0x80 >> bit;
  return reversed;
}
