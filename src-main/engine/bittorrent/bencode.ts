import { latin1Bytes, latin1Text, utf8Bytes } from './bytes.ts';

/**
 * Bencoding (BEP 3), read strictly: what is accepted here is exactly what `encode` would write, so that a value and
 * its bytes stand for each other. Nothing is recursive, and nothing is allocated for what is only announced.
 */

/** Strings are bytes. Dictionary keys are bytes too, each a character up to U+00FF. */
export type Bencoded = number | Uint8Array | readonly Bencoded[] | ReadonlyMap<string, Bencoded>;

/** What can be written: text is taken as UTF-8. */
export type Bencodable = Bencoded | string | readonly Bencodable[] | ReadonlyMap<string, Bencodable>;

export interface BencodeLimits {
  /** How deep lists and dictionaries may lie in each other; 32 when left out. */
  readonly depth?: number;
  /** Values of all kinds, without keys; 1,000,000 when left out. */
  readonly values?: number;
  /** Takes dictionaries whose keys are not sorted, which some trackers send. Keys that come twice are still refused. */
  readonly anyOrder?: boolean;
}

/** Bytes are not what bencoding has them be. The message says what, and where. */
export class BencodeError extends Error {
  override readonly name = 'BencodeError';
  /** In bytes from the start. */
  readonly position: number;

  constructor(what: string, position: number) {
    super(`${what} at byte ${position}`);
    this.position = position;
  }
}

const defaultDepth = 32;
const defaultValues = 1_000_000;

const digit0 = 0x30;
const digit9 = 0x39;
const colon = 0x3a;
const minus = 0x2d;
const dictionaryStart = 0x64;
const containerEnd = 0x65;
const integerStart = 0x69;
const listStart = 0x6c;

/**
 * Reads one value that takes all of the bytes. Strings are views of `bytes`, not copies.
 * @throws BencodeError
 */
export function decode(bytes: Uint8Array, limits?: BencodeLimits): Bencoded {
  const { value, length } = decodePrefix(bytes, limits);
  if (length < bytes.length) throw new BencodeError('there are bytes after the end of the value', length);
  return value;
}

/**
 * Reads the value at the beginning; other bytes may follow. `length` is what it takes. Strings are views of `bytes`.
 * @throws BencodeError
 */
export function decodePrefix(
  bytes: Uint8Array,
  limits: BencodeLimits = {},
): { readonly value: Bencoded; readonly length: number } {
  const { depth = defaultDepth, values = defaultValues, anyOrder = false } = limits;
  const reader = new Reader(bytes);
  /** Lists and dictionaries that are not closed yet, the innermost last. */
  const open: OpenContainer[] = [];
  let valueCount = 0;
  for (;;) {
    const inside = open.at(-1);
    let value: Bencoded;
    if (inside !== undefined && reader.isAt(containerEnd)) {
      open.pop();
      value = inside.finished;
      reader.position += 1;
    } else {
      if (inside instanceof OpenDictionary) inside.takeKey(reader, anyOrder);
      valueCount += 1;
      if (valueCount > values) throw reader.wrong(`there are more than ${values} values`);
      const start = reader.nextByte();
      if (start === listStart || start === dictionaryStart) {
        if (open.length === depth) throw reader.wrong(`values lie more than ${depth} deep`);
        open.push(start === listStart ? new OpenList() : new OpenDictionary());
        reader.position += 1;
        continue;
      }
      value = start === integerStart ? reader.integer() : reader.string();
    }
    const around = open.at(-1);
    if (around === undefined) return { value, length: reader.position };
    around.add(value);
  }
}

type OpenContainer = OpenList | OpenDictionary;

class OpenList {
  readonly finished: Bencoded[] = [];

  add(value: Bencoded): void {
    this.finished.push(value);
  }
}

class OpenDictionary {
  readonly finished = new Map<string, Bencoded>();
  #key: string | undefined;

  takeKey(reader: Reader, anyOrder: boolean): void {
    const { position } = reader;
    const previous = this.#key;
    const key = latin1Text(reader.string('the key of a dictionary'));
    if (this.finished.has(key)) throw new BencodeError('a dictionary has a key twice', position);
    if (previous !== undefined && key < previous && !anyOrder) {
      throw new BencodeError('the keys of a dictionary are not sorted', position);
    }
    this.#key = key;
  }

  add(value: Bencoded): void {
    this.finished.set(this.#key!, value);
  }
}

/**
 * The exact bytes of one value of a dictionary, as a view, for hashing: the info dictionary of a torrent. Undefined when
 * there is no such key, or no dictionary. Reads only what it must: `bytes` have passed `decode`.
 * @throws BencodeError
 */
export function rawEntry(bytes: Uint8Array, key: string): Uint8Array | undefined {
  const reader = new Reader(bytes);
  if (!reader.isAt(dictionaryStart)) return undefined;
  reader.position = 1;
  while (!reader.isAt(containerEnd)) {
    const isWanted = latin1Text(reader.string()) === key;
    const start = reader.position;
    reader.skipValue();
    if (isWanted) return view(bytes, start, reader.position);
  }
  return undefined;
}

/** Reads on from a position. */
class Reader {
  position = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  wrong(what: string): BencodeError {
    return new BencodeError(what, this.position);
  }

  isAt(byte: number): boolean {
    return this.#bytes[this.position] === byte;
  }

  nextByte(): number {
    const byte = this.#bytes[this.position];
    if (byte === undefined) throw this.wrong('the value is cut off');
    return byte;
  }

  integer(): number {
    const start = this.position;
    this.position += 1;
    const isNegative = this.isAt(minus);
    if (isNegative) this.position += 1;
    const amount = this.#digits();
    if (amount === 0 && isNegative) throw new BencodeError('an integer is written as -0', start);
    if (this.nextByte() !== containerEnd) throw this.wrong("an integer does not end with 'e'");
    this.position += 1;
    return isNegative ? -amount : amount;
  }

  string(expected = 'a value'): Uint8Array {
    const first = this.nextByte();
    if (first < digit0 || first > digit9) throw this.wrong(`${expected} does not begin as it must`);
    const start = this.position;
    const length = this.#digits();
    if (this.nextByte() !== colon) throw this.wrong("the length of a string does not end with ':'");
    const from = this.position + 1;
    if (length > this.#bytes.length - from) {
      throw new BencodeError(`a string of ${length} bytes is cut off`, start);
    }
    this.position = from + length;
    return view(this.#bytes, from, this.position);
  }

  skipValue(): void {
    let depth = 0;
    do {
      const byte = this.nextByte();
      if (byte === listStart || byte === dictionaryStart) {
        depth += 1;
        this.position += 1;
      } else if (byte === containerEnd && depth > 0) {
        depth -= 1;
        this.position += 1;
      } else if (byte === integerStart) this.integer();
      else this.string();
    } while (depth > 0);
  }

  /** A number without sign or leading zeros, small enough to be exact. */
  #digits(): number {
    const start = this.position;
    let number = 0;
    for (let byte = this.nextByte(); byte >= digit0 && byte <= digit9; byte = this.nextByte()) {
      if (number === 0 && this.position > start) throw new BencodeError('a number has leading zeros', start);
      number = number * 10 + (byte - digit0);
      if (number > Number.MAX_SAFE_INTEGER) throw new BencodeError('a number is too large', start);
      this.position += 1;
    }
    if (this.position === start) throw this.wrong('a number has no digits');
    return number;
  }
}

/** A plain view, also of bytes that are a Buffer. */
function view(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from);
}

/**
 * Writes a value; keys come out sorted.
 * @throws RangeError for numbers that are not whole and exact, and keys that are not one byte a character
 */
export function encode(value: Bencodable): Uint8Array {
  const writer = new Writer();
  /** What is still to be written, the next last; undefined closes a list or dictionary. */
  const pending: (Bencodable | undefined)[] = [value];
  while (pending.length > 0) {
    const next = pending.pop();
    if (next === undefined) {
      writer.text('e');
    } else if (typeof next === 'number') {
      if (!Number.isSafeInteger(next)) throw new RangeError(`${next} is not a whole number that is exact`);
      writer.text(`i${next}e`);
    } else if (typeof next === 'string') {
      writer.string(utf8Bytes(next));
    } else if (next instanceof Uint8Array) {
      writer.string(next);
    } else if (isDictionary(next)) {
      writer.text('d');
      pending.push(undefined);
      const keys = [...next.keys()].sort(byCharacter).reverse();
      for (const key of keys) pending.push(next.get(key), latin1Bytes(key));
    } else {
      writer.text('l');
      pending.push(undefined);
      for (let i = next.length - 1; i >= 0; i -= 1) pending.push(next[i]);
    }
  }
  return writer.finish();
}

function isDictionary(
  value: readonly Bencodable[] | ReadonlyMap<string, Bencodable>,
): value is ReadonlyMap<string, Bencodable> {
  return value instanceof Map;
}

function byCharacter(a: string, b: string): number {
  return a < b ? -1 : 1;
}

/** Grows as it is written to. */
class Writer {
  #bytes = new Uint8Array(256);
  #length = 0;

  string(bytes: Uint8Array): void {
    this.text(`${bytes.length}:`);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** ASCII only. */
  text(text: string): void {
    this.#reserve(text.length);
    for (let i = 0; i < text.length; i += 1) this.#bytes[this.#length++] = text.charCodeAt(i);
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(length: number): void {
    const needed = this.#length + length;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
