import { latin1Text } from '../bittorrent/bytes.ts';

/**
 * DNS messages, as far as multicast DNS needs them to find a service (RFC 1035, 6762, 6763): questions, and records
 * that name, place and describe it. Other records are passed over.
 */

/** Labels from the leftmost on, bytes as Latin-1; a label may hold any character, a dot too. */
export type DnsName = readonly string[];

export const recordType = { a: 1, ptr: 12, txt: 16, aaaa: 28, srv: 33, any: 255 } as const;

export interface DnsQuestion {
  readonly name: DnsName;
  /** One of `recordType`, or any other. */
  readonly type: number;
}

interface RecordHead {
  readonly name: DnsName;
  /** 0 takes the record back. */
  readonly ttlSeconds: number;
}

export type DnsRecord =
  | (RecordHead & { readonly type: 'ptr'; readonly target: DnsName })
  | (RecordHead & { readonly type: 'srv'; readonly port: number; readonly target: DnsName })
  /** Strings of bytes as Latin-1. */
  | (RecordHead & { readonly type: 'txt'; readonly strings: readonly string[] })
  /** 4 bytes, or 16. */
  | (RecordHead & { readonly type: 'a' | 'aaaa'; readonly address: Uint8Array });

export interface DnsMessage {
  readonly isResponse: boolean;
  readonly questions: readonly DnsQuestion[];
  /** Answers, authorities and additional records in one. */
  readonly records: readonly DnsRecord[];
}

const headLength = 12;
const longestMessage = 9_000;
const longestLabel = 63;
const longestName = 255;
/** More pointers than a name has labels lead nowhere. */
const jumpLimit = 128;
const questionLimit = 64;
const recordLimit = 512;
const classInternet = 1;
const flushBit = 0x8000;
const responseFlags = 0x8400;

/** Whether two names are one: letters of the ASCII count alike, large or small. */
export function isSameName(a: DnsName, b: DnsName): boolean {
  return a.length === b.length && a.every((label, i) => label.toLowerCase() === b[i]!.toLowerCase());
}

/**
 * The message's bytes, names shortened by pointers. All records are answers; those other than pointers are said to be
 * the only ones of their name (the cache-flush bit).
 * @throws RangeError when a label or string is longer than DNS allows.
 */
export function encodeDnsMessage({ isResponse, questions, records }: DnsMessage): Uint8Array {
  const writer = new Writer();
  writer.number16(0);
  writer.number16(isResponse ? responseFlags : 0);
  writer.number16(questions.length);
  writer.number16(records.length);
  writer.number16(0);
  writer.number16(0);
  for (const { name, type } of questions) {
    writer.name(name);
    writer.number16(type);
    writer.number16(classInternet);
  }
  for (const record of records) {
    writer.name(record.name);
    writer.number16(recordType[record.type]);
    writer.number16(record.type === 'ptr' || !isResponse ? classInternet : classInternet | flushBit);
    writer.number16(record.ttlSeconds >>> 16);
    writer.number16(record.ttlSeconds & 0xffff);
    writer.withLength(() => writeData(writer, record));
  }
  return writer.taken();
}

function writeData(writer: Writer, record: DnsRecord): void {
  switch (record.type) {
    case 'ptr':
      return writer.name(record.target);
    case 'srv':
      // Priority and weight mean nothing for a service of one place.
      writer.number16(0);
      writer.number16(0);
      writer.number16(record.port);
      return writer.name(record.target);
    case 'txt':
      for (const text of record.strings.length > 0 ? record.strings : ['']) writer.string(text, 255);
      return;
    default:
      writer.bytes(record.address);
  }
}

/** What a message says; undefined when it is none, is too long, or promises more than it holds. Never throws. */
export function decodeDnsMessage(bytes: Uint8Array): DnsMessage | undefined {
  if (bytes.length < headLength || bytes.length > longestMessage) return undefined;
  const reader = new Reader(bytes);
  reader.number16();
  const flags = reader.number16();
  const questionCount = reader.number16();
  const recordCount = reader.number16() + reader.number16() + reader.number16();
  // Only ordinary queries and answers without error are of use (RFC 6762, 18).
  if ((flags & 0x780f) !== 0) return undefined;
  if (questionCount > questionLimit || recordCount > recordLimit) return undefined;
  const questions: DnsQuestion[] = [];
  const records: DnsRecord[] = [];
  for (let i = 0; i < questionCount; i += 1) {
    const name = reader.name();
    const type = reader.number16();
    reader.number16();
    if (reader.hasFailed) return undefined;
    questions.push({ name, type });
  }
  for (let i = 0; i < recordCount; i += 1) {
    const record = readRecord(reader);
    if (reader.hasFailed) return undefined;
    if (record !== undefined) records.push(record);
  }
  return { isResponse: (flags & 0x8000) !== 0, questions, records };
}

function readRecord(reader: Reader): DnsRecord | undefined {
  const name = reader.name();
  const type = reader.number16();
  reader.number16();
  const ttlSeconds = reader.number16() * 0x10000 + reader.number16();
  const length = reader.number16();
  const end = reader.at + length;
  const record = readData(reader, { name, ttlSeconds }, type, length);
  // A name in a record ends where the record ends, or the record is nonsense.
  if (record !== undefined && reader.at !== end) reader.fail();
  reader.skipTo(end);
  return record;
}

function readData(reader: Reader, head: RecordHead, type: number, length: number): DnsRecord | undefined {
  switch (type) {
    case recordType.ptr:
      return { ...head, type: 'ptr', target: reader.name() };
    case recordType.srv: {
      reader.number16();
      reader.number16();
      return { ...head, type: 'srv', port: reader.number16(), target: reader.name() };
    }
    case recordType.txt: {
      const end = reader.at + length;
      const strings: string[] = [];
      while (reader.at < end && !reader.hasFailed) strings.push(reader.text(reader.number8()));
      return { ...head, type: 'txt', strings: strings.filter(text => text !== '') };
    }
    case recordType.a:
    case recordType.aaaa:
      if (length !== (type === recordType.a ? 4 : 16)) return undefined;
      return { ...head, type: type === recordType.a ? 'a' : 'aaaa', address: reader.bytes(length) };
    default:
      return undefined;
  }
}

class Writer {
  readonly #bytes: number[] = [];
  /** Where each end of a name stands that was written before, by its labels. */
  readonly #places = new Map<string, number>();

  taken(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  number16(value: number): void {
    this.#bytes.push(value >>> 8, value & 0xff);
  }

  bytes(bytes: Uint8Array): void {
    this.#bytes.push(...bytes);
  }

  string(text: string, longest: number): void {
    if (text.length > longest) throw new RangeError(`"${text}" is longer than ${longest} bytes`);
    this.#bytes.push(text.length);
    for (let i = 0; i < text.length; i += 1) this.#bytes.push(text.charCodeAt(i) & 0xff);
  }

  name(name: DnsName): void {
    for (let i = 0; i < name.length; i += 1) {
      const rest = JSON.stringify(name.slice(i));
      const place = this.#places.get(rest);
      if (place !== undefined) return this.number16(0xc000 | place);
      if (this.#bytes.length < 0x4000) this.#places.set(rest, this.#bytes.length);
      this.string(name[i]!, longestLabel);
    }
    this.#bytes.push(0);
  }

  /** What `write` writes, with its length before it. */
  withLength(write: () => void): void {
    const at = this.#bytes.length;
    this.number16(0);
    write();
    const length = this.#bytes.length - at - 2;
    this.#bytes[at] = length >>> 8;
    this.#bytes[at + 1] = length & 0xff;
  }
}

/** Reads on after a failure, but only zeros: whoever reads looks at `hasFailed` in the end. */
class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #hasFailed = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get at(): number {
    return this.#at;
  }

  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  fail(): void {
    this.#hasFailed = true;
  }

  skipTo(at: number): void {
    if (at > this.#bytes.length) this.fail();
    else this.#at = at;
  }

  number8(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined) this.fail();
    this.#at += 1;
    return value ?? 0;
  }

  number16(): number {
    return this.number8() * 0x100 + this.number8();
  }

  bytes(length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length) this.fail();
    const bytes = this.#bytes.slice(this.#at, this.#at + length);
    this.#at += length;
    return bytes;
  }

  text(length: number): string {
    return latin1Text(this.bytes(length));
  }

  name(): DnsName {
    const labels: string[] = [];
    let length = 1;
    let after: number | undefined;
    for (let jumps = 0; !this.#hasFailed; ) {
      const from = this.#at;
      const head = this.number8();
      if (head === 0) break;
      if (head <= longestLabel) {
        labels.push(this.text(head));
        length += head + 1;
        if (length > longestName) this.fail();
        continue;
      }
      const target = (head & 0x3f) * 0x100 + this.number8();
      jumps += 1;
      // A pointer leads to what stands before it; another would go round in circles.
      if (head < 0xc0 || target >= from || target < headLength || jumps > jumpLimit) this.fail();
      after ??= this.#at;
      this.#at = target;
    }
    if (after !== undefined) this.#at = after;
    return labels;
  }
}
