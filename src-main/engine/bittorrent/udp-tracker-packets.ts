import type { Address } from '../ports.ts';
import { readUint32, writeUint32 } from '../wire/frames.ts';
import {
  type AnnounceEvent,
  type AnnounceRequest,
  announceLimits,
  distinctPeers,
  type ScrapeEntry,
} from './announce.ts';
import { hexBytes, hexText, utf8Bytes } from './bytes.ts';
import { type CompactPeers, decodeCompact, encodeCompact } from './compact.ts';

/** The datagrams between client and tracker (BEP 15), both ways. All numbers are big-endian. */

const actions = { connect: 0, announce: 1, scrape: 2, error: 3 } as const;
/** By their numbers. */
const events: readonly (AnnounceEvent | undefined)[] = [undefined, 'completed', 'started', 'stopped'];

/** "This is BEP 15": the first eight bytes of a connect. */
const protocolId = Uint8Array.of(0, 0, 0x04, 0x17, 0x27, 0x10, 0x19, 0x80);

const announceLength = 98;
/** More do not fit into a datagram that travels in one piece. */
export const mostScraped = 74;
/** A datagram of this length reaches everybody unfragmented. */
const longestAnswer = 1_400;

/** What a client asks. `connection` is 8 bytes the tracker gave it. */
export type UdpQuestion =
  | { readonly action: 'connect'; readonly transaction: number }
  | UdpAnnounce
  | {
      readonly action: 'scrape';
      readonly transaction: number;
      readonly connection: Uint8Array;
      readonly infoHashes: readonly string[];
    };

export interface UdpAnnounce extends Omit<AnnounceRequest, 'trackerId'> {
  readonly action: 'announce';
  readonly transaction: number;
  readonly connection: Uint8Array;
  /** An IPv4 address the peer would rather be known by, 4 bytes; undefined: that of the datagram. */
  readonly ip: Uint8Array | undefined;
}

/** What a tracker answers. */
export type UdpAnswer =
  | { readonly action: 'connect'; readonly transaction: number; readonly connection: Uint8Array }
  | {
      readonly action: 'announce';
      readonly transaction: number;
      readonly intervalSeconds: number;
      readonly seeders: number;
      readonly leechers: number;
      readonly peers: readonly Address[];
    }
  | {
      readonly action: 'scrape';
      readonly transaction: number;
      readonly entries: readonly ScrapeEntry[];
    }
  | { readonly action: 'error'; readonly transaction: number; readonly words: Uint8Array };

/** `urlData`: path and query of the tracker's URL, for trackers that want a passkey (BEP 41). */
export function encodeQuestion(question: UdpQuestion, urlData = ''): Uint8Array {
  switch (question.action) {
    case 'connect':
      return packet(protocolId, actions.connect, question.transaction, 0);
    case 'announce':
      return encodeAnnounce(question, urlOptions(urlData));
    case 'scrape': {
      const { connection, transaction, infoHashes } = question;
      const bytes = packet(connection, actions.scrape, transaction, 20 * infoHashes.length);
      for (const [i, infoHash] of infoHashes.entries()) bytes.set(hexBytes(infoHash), 16 + 20 * i);
      return bytes;
    }
  }
}

function encodeAnnounce(announce: UdpAnnounce, options: Uint8Array): Uint8Array {
  const { connection, transaction, infoHash, peerId, downloaded, left, uploaded } = announce;
  const bytes = packet(connection, actions.announce, transaction, announceLength - 16 + options.length);
  bytes.set(hexBytes(infoHash), 16);
  bytes.set(hexBytes(peerId), 36);
  writeUint64(bytes, 56, downloaded);
  writeUint64(bytes, 64, left);
  writeUint64(bytes, 72, uploaded);
  writeUint32(bytes, 80, events.indexOf(announce.event));
  if (announce.ip !== undefined) bytes.set(announce.ip, 84);
  writeUint32(bytes, 88, announce.key);
  writeUint32(bytes, 92, announce.numWant >>> 0);
  writeUint16(bytes, 96, announce.port);
  bytes.set(options, announceLength);
  return bytes;
}

/** Options of up to 255 bytes each (BEP 41). */
function urlOptions(urlData: string): Uint8Array {
  const data = utf8Bytes(urlData).subarray(0, 1_000);
  const options: number[] = [];
  for (let at = 0; at < data.length; at += 255) {
    const part = data.subarray(at, at + 255);
    options.push(2, part.length, ...part);
  }
  return Uint8Array.from(options);
}

/** Reads what a client asks; undefined for anything else. What follows an announce, options that is, is not looked at. */
export function decodeQuestion(bytes: Uint8Array): UdpQuestion | undefined {
  if (bytes.length < 16) return undefined;
  const connection = copied(bytes, 0, 8);
  const transaction = readUint32(bytes, 12);
  switch (readUint32(bytes, 8)) {
    case actions.connect:
      if (!connection.every((byte, i) => byte === protocolId[i])) return undefined;
      return { action: 'connect', transaction };
    case actions.announce:
      return bytes.length < announceLength ? undefined : decodeAnnounce(bytes, connection, transaction);
    case actions.scrape: {
      const count = (bytes.length - 16) / 20;
      if (!Number.isInteger(count) || count < 1 || count > mostScraped) return undefined;
      const infoHashes = Array.from({ length: count }, (_, i) =>
        hexText(bytes.subarray(16 + 20 * i, 36 + 20 * i)),
      );
      return { action: 'scrape', transaction, connection, infoHashes };
    }
    default:
      return undefined;
  }
}

function decodeAnnounce(
  bytes: Uint8Array,
  connection: Uint8Array,
  transaction: number,
): UdpAnnounce | undefined {
  const eventNumber = readUint32(bytes, 80);
  if (eventNumber >= events.length) return undefined;
  const ip = copied(bytes, 84, 88);
  return {
    action: 'announce',
    transaction,
    connection,
    infoHash: hexText(bytes.subarray(16, 36)),
    peerId: hexText(bytes.subarray(36, 56)),
    downloaded: readUint64(bytes, 56),
    left: readUint64(bytes, 64),
    uploaded: readUint64(bytes, 72),
    event: events[eventNumber],
    ip: ip.some(byte => byte !== 0) ? ip : undefined,
    key: readUint32(bytes, 88),
    numWant: readUint32(bytes, 92) | 0,
    port: readUint16(bytes, 96),
  };
}

/** `kind`: of the addresses that both ends of the conversation have; peers of another kind cannot be said. */
export function encodeAnswer(answer: UdpAnswer, kind: keyof CompactPeers): Uint8Array {
  const { transaction } = answer;
  switch (answer.action) {
    case 'connect':
      return answerPacket(actions.connect, transaction, answer.connection);
    case 'announce': {
      const peers = encodeCompact(answer.peers)[kind];
      const size = kind === 'ipv4' ? 6 : 18;
      const fitting = peers.subarray(0, Math.floor((longestAnswer - 20) / size) * size);
      const bytes = new Uint8Array(20 + fitting.length);
      writeUint32(bytes, 0, actions.announce);
      writeUint32(bytes, 4, transaction);
      writeUint32(bytes, 8, answer.intervalSeconds);
      writeUint32(bytes, 12, answer.leechers);
      writeUint32(bytes, 16, answer.seeders);
      bytes.set(fitting, 20);
      return bytes;
    }
    case 'scrape': {
      const body = new Uint8Array(12 * answer.entries.length);
      for (const [i, { seeders, leechers, completed }] of answer.entries.entries()) {
        writeUint32(body, 12 * i, seeders);
        writeUint32(body, 12 * i + 4, completed);
        writeUint32(body, 12 * i + 8, leechers);
      }
      return answerPacket(actions.scrape, transaction, body);
    }
    case 'error':
      return answerPacket(actions.error, transaction, answer.words);
  }
}

/** Reads what a tracker answers; undefined for anything else. */
export function decodeAnswer(bytes: Uint8Array, kind: keyof CompactPeers): UdpAnswer | undefined {
  if (bytes.length < 8) return undefined;
  const transaction = readUint32(bytes, 4);
  const body = copied(bytes, 8, bytes.length);
  switch (readUint32(bytes, 0)) {
    case actions.connect:
      return body.length < 8
        ? undefined
        : { action: 'connect', transaction, connection: body.subarray(0, 8) };
    case actions.announce:
      return decodeAnnounceAnswer(body, transaction, kind);
    case actions.scrape: {
      if (body.length % 12 !== 0) return undefined;
      const entries = Array.from({ length: Math.min(mostScraped, body.length / 12) }, (_, i) => ({
        seeders: readUint32(body, 12 * i),
        completed: readUint32(body, 12 * i + 4),
        leechers: readUint32(body, 12 * i + 8),
      }));
      return { action: 'scrape', transaction, entries };
    }
    case actions.error:
      return { action: 'error', transaction, words: body };
    default:
      return undefined;
  }
}

function decodeAnnounceAnswer(
  body: Uint8Array,
  transaction: number,
  kind: keyof CompactPeers,
): UdpAnswer | undefined {
  // How opentracker refuses torrents that it is not to serve.
  if (body.length === 0) return { action: 'error', transaction, words: body };
  const peers = body.subarray(12);
  if (body.length < 12 || peers.length % (kind === 'ipv4' ? 6 : 18) !== 0) return undefined;
  return {
    action: 'announce',
    transaction,
    intervalSeconds: readUint32(body, 0),
    leechers: readUint32(body, 4),
    seeders: readUint32(body, 8),
    peers: distinctPeers(decodeCompact(peers, kind, announceLimits.peers)),
  };
}

/** The 16 bytes that every question begins with, and room for so many more. */
function packet(connection: Uint8Array, action: number, transaction: number, room: number): Uint8Array {
  const bytes = new Uint8Array(16 + room);
  bytes.set(connection);
  writeUint32(bytes, 8, action);
  writeUint32(bytes, 12, transaction);
  return bytes;
}

function answerPacket(action: number, transaction: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + body.length);
  writeUint32(bytes, 0, action);
  writeUint32(bytes, 4, transaction);
  bytes.set(body, 8);
  return bytes;
}

/** A copy also where the bytes are a Buffer, whose `slice` makes none. */
function copied(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return new Uint8Array(bytes.subarray(from, to));
}

function readUint16(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 256 + bytes[at + 1]!;
}

function writeUint16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value & 0xff;
}

/** Beyond 2^53, where numbers are not exact, the greatest that is. */
function readUint64(bytes: Uint8Array, at: number): number {
  const value = readUint32(bytes, at) * 2 ** 32 + readUint32(bytes, at + 4);
  return Math.min(value, Number.MAX_SAFE_INTEGER);
}

function writeUint64(bytes: Uint8Array, at: number, value: number): void {
  writeUint32(bytes, at, Math.floor(value / 2 ** 32));
  writeUint32(bytes, at + 4, value % 2 ** 32);
}
