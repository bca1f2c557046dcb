import type { Address } from '../ports.ts';
import { ProtocolError } from '../wire/message.ts';
import { wordsOf } from './announce.ts';
import { type Bencodable, type Bencoded, BencodeError, decodePrefix, encode } from './bencode.ts';
import { type CompactPeers, encodeCompact, everyCompact, ipBytes, ipText, isDiallable } from './compact.ts';

/**
 * What goes into the envelope of BEP 10: its handshake, metadata of a magnet link (BEP 9), peer exchange (BEP 11). What
 * a peer says beside this is passed over; what it says of this must make sense.
 */

/** The IDs under which we are to be sent each extension, as our handshake says. */
export const ownExtensionIds = { peerExchange: 1, metadata: 2 } as const;
export type Extension = keyof typeof ownExtensionIds;

const extensionNames: Record<Extension, string> = { peerExchange: 'ut_pex', metadata: 'ut_metadata' };

/** The info dictionary is exchanged in pieces of this length; only the last is shorter. */
export const metadataPieceLength = 16 * 1024;
/** The longest info dictionary that is fetched. */
export const longestMetadata = 10 * 1024 * 1024;

/** Of added peers and of dropped peers in one message, both kinds of addresses together (BEP 11). */
export const peerExchangeLimit = 50;

/** Ours alone: others pass over what they do not know, and are asked for 16 KiB at a time. */
const longestRequestKey = 'pw_request';

export interface ExtensionHandshake {
  /**
   * Under which ID the sender wants each extension, 1 to 255; 0: not any more. Left out: nothing is said of it, so in a
   * second handshake what the first one said holds on.
   */
  readonly ids: Partial<Readonly<Record<Extension, number>>>;
  /** What it calls itself, on one line: "qBittorrent/4.5.2". */
  readonly client?: string;
  /** Where it accepts connections. */
  readonly port?: number;
  /** How many requests it keeps for later; 1 or more. */
  readonly requestQueue?: number;
  /** The longest run of bytes it gives in answer to one request, where that is more than the usual 16 KiB. */
  readonly longestRequest?: number;
  /** Length of the info dictionary in bytes, never above `longestMetadata`. */
  readonly metadataSize?: number;
  /** It wants nothing from anybody: it has all it wants. */
  readonly uploadOnly?: boolean;
  /** The receiver's address as the sender sees it. */
  readonly yourIp?: string;
}

/** The payload of our handshake: what it says goes for the receiver only. */
export function encodeExtensionHandshake(handshake: ExtensionHandshake): Uint8Array {
  const { ids, client, port, requestQueue, longestRequest, metadataSize, uploadOnly, yourIp } = handshake;
  const extensions = new Map<string, Bencodable>();
  for (const extension of Object.keys(ids) as Extension[]) {
    extensions.set(extensionNames[extension], ids[extension]!);
  }
  const dictionary = new Map<string, Bencodable>([['m', extensions]]);
  const ip = yourIp === undefined ? undefined : ipBytes(yourIp);
  if (client !== undefined) dictionary.set('v', client);
  if (port !== undefined) dictionary.set('p', port);
  if (requestQueue !== undefined) dictionary.set('reqq', requestQueue);
  if (longestRequest !== undefined) dictionary.set(longestRequestKey, longestRequest);
  if (metadataSize !== undefined) dictionary.set('metadata_size', metadataSize);
  if (uploadOnly !== undefined) dictionary.set('upload_only', uploadOnly ? 1 : 0);
  if (ip !== undefined) dictionary.set('yourip', ip);
  return encode(dictionary);
}

/**
 * Reads a peer's handshake. Values that make no sense are as if they were not said, and told in `faults`, in sentences.
 * @throws ProtocolError when it is no dictionary
 */
export function decodeExtensionHandshake(payload: Uint8Array): {
  readonly handshake: ExtensionHandshake;
  readonly faults: readonly string[];
} {
  const { dictionary } = readDictionary(payload, 'extension handshake');
  const faults: string[] = [];
  /** A number within bounds; undefined for anything else. */
  const number = (key: string, lowest: number, highest: number): number | undefined => {
    const value = dictionary.get(key);
    if (value === undefined || isBetween(value, lowest, highest)) return value as number | undefined;
    faults.push(`its extension handshake says ${key} ${shown(value)}; ${lowest} to ${highest} makes sense`);
    return undefined;
  };
  const client = dictionary.get('v');
  const ip = dictionary.get('yourip');
  const uploadOnly = number('upload_only', 0, 1);
  const said = {
    client: client instanceof Uint8Array ? wordsOf(client).slice(0, longestClientName).trim() : undefined,
    // Some say 0 when they listen nowhere, or no metadata is here yet.
    port: number('p', 0, 65_535) || undefined,
    requestQueue: number('reqq', 1, Number.MAX_SAFE_INTEGER),
    longestRequest: number(longestRequestKey, 1, Number.MAX_SAFE_INTEGER),
    metadataSize: number('metadata_size', 0, longestMetadata) || undefined,
    uploadOnly: uploadOnly === undefined ? undefined : uploadOnly === 1,
    yourIp: ip instanceof Uint8Array && (ip.length === 4 || ip.length === 16) ? ipText(ip) : undefined,
  };
  return { handshake: { ids: idsIn(dictionary.get('m'), faults), ...withoutUndefined(said) }, faults };
}

const longestClientName = 60;

function idsIn(extensions: Bencoded | undefined, faults: string[]): Partial<Record<Extension, number>> {
  const ids: Partial<Record<Extension, number>> = {};
  if (!isDictionary(extensions)) return ids;
  for (const extension of Object.keys(extensionNames) as Extension[]) {
    const id = extensions.get(extensionNames[extension]);
    if (id === undefined) continue;
    if (isBetween(id, 0, 255)) ids[extension] = id;
    else faults.push(`its extension handshake gives ${extensionNames[extension]} the ID ${shown(id)}`);
  }
  if (ids.metadata !== undefined && ids.metadata > 0 && ids.metadata === ids.peerExchange) {
    faults.push('its extension handshake gives ut_metadata and ut_pex the same ID');
    return {};
  }
  return ids;
}

/** A message of ut_metadata (BEP 9). `piece` counts from 0. */
export type MetadataMessage =
  | { readonly type: 'request' | 'reject'; readonly piece: number }
  | {
      readonly type: 'data';
      readonly piece: number;
      /** Of the whole info dictionary, in bytes. */
      readonly totalSize: number;
      readonly bytes: Uint8Array;
    };

const metadataTypes = ['request', 'data', 'reject'] as const;

export function encodeMetadataMessage(message: MetadataMessage): Uint8Array {
  const dictionary = new Map<string, Bencodable>([
    ['msg_type', metadataTypes.indexOf(message.type)],
    ['piece', message.piece],
  ]);
  if (message.type !== 'data') return encode(dictionary);
  const head = encode(dictionary.set('total_size', message.totalSize));
  const payload = new Uint8Array(head.length + message.bytes.length);
  payload.set(head);
  payload.set(message.bytes, head.length);
  return payload;
}

/**
 * Reads a message of ut_metadata; undefined for a type that BEP 9 does not know, which is to be passed over. The bytes
 * of data are a view of the payload, as long as their place in the whole has them be.
 * @throws ProtocolError
 */
export function decodeMetadataMessage(payload: Uint8Array): MetadataMessage | undefined {
  const { dictionary, length } = readDictionary(payload, 'ut_metadata message');
  const number = dictionary.get('msg_type');
  const type = typeof number === 'number' ? metadataTypes[number] : undefined;
  if (typeof number !== 'number') throw new ProtocolError('its ut_metadata message has no msg_type');
  if (type === undefined) return undefined;
  const piece = dictionary.get('piece');
  if (!isBetween(piece, 0, metadataPieceCount(longestMetadata) - 1)) {
    throw new ProtocolError(
      `its ut_metadata ${type} is of piece ${shown(piece)}, which no info dictionary has`,
    );
  }
  if (type !== 'data') return { type, piece };
  const totalSize = dictionary.get('total_size');
  if (!isBetween(totalSize, 1, longestMetadata)) {
    throw new ProtocolError(
      `its ut_metadata data says total_size ${shown(totalSize)}; ${longestMetadata} is the most`,
    );
  }
  const bytes = payload.subarray(length);
  const expected = metadataPieceLengthOf(totalSize, piece);
  if (bytes.length !== expected) {
    throw new ProtocolError(
      `its ut_metadata data has ${bytes.length} bytes; piece ${piece} of ${totalSize} bytes has ${expected}`,
    );
  }
  return { type, piece, totalSize, bytes };
}

export function metadataPieceCount(totalSize: number): number {
  return Math.ceil(totalSize / metadataPieceLength);
}

/** Of one piece of the info dictionary, in bytes; 0 for a piece beyond its end. */
export function metadataPieceLengthOf(totalSize: number, piece: number): number {
  return Math.max(0, Math.min(metadataPieceLength, totalSize - piece * metadataPieceLength));
}

/** A peer that another peer is connected to. */
export interface ExchangedPeer extends Address {
  readonly isSeeder: boolean;
  /** It was dialled there, so it can be dialled. */
  readonly isReachable: boolean;
}

export interface PeerExchange {
  readonly added: readonly ExchangedPeer[];
  readonly dropped: readonly Address[];
}

const seederFlag = 0x02;
const reachableFlag = 0x10;

/** Takes the first `peerExchangeLimit` of each; host names are left out. */
export function encodePeerExchange({ added, dropped }: PeerExchange): Uint8Array {
  const dictionary = new Map<string, Bencodable>();
  const some = added.slice(0, peerExchangeLimit).filter(({ host, port }) => isDiallable({ host, port }));
  for (const kind of ['ipv4', 'ipv6'] as const) {
    const peers = some.filter(({ host }) => kindOf(host) === kind);
    dictionary.set(keys[kind].added, encodeCompact(peers)[kind]);
    dictionary.set(keys[kind].flags, Uint8Array.from(peers, flagsOf));
    dictionary.set(keys[kind].dropped, encodeCompact(dropped.slice(0, peerExchangeLimit))[kind]);
  }
  return encode(dictionary);
}

/**
 * Reads a message of ut_pex: up to `peerExchangeLimit` added and as many dropped peers, the rest is passed over, and so
 * is whoever cannot be dialled.
 * @throws ProtocolError
 */
export function decodePeerExchange(payload: Uint8Array): PeerExchange {
  const { dictionary } = readDictionary(payload, 'ut_pex message');
  const peers = (kind: keyof CompactPeers, key: string) => {
    const bytes = dictionary.get(key) ?? new Uint8Array(0);
    if (!(bytes instanceof Uint8Array)) throw new ProtocolError(`in its ut_pex message ${key} is no string`);
    return everyPeer(bytes, kind, key);
  };
  const added: ExchangedPeer[] = [];
  const dropped: Address[] = [];
  for (const kind of ['ipv4', 'ipv6'] as const) {
    const flags = dictionary.get(keys[kind].flags);
    let at = 0;
    for (const peer of peers(kind, keys[kind].added)) {
      if (added.length >= peerExchangeLimit) break;
      const said = flags instanceof Uint8Array ? (flags[at] ?? 0) : 0;
      at += 1;
      if (!isDiallable(peer)) continue;
      added.push({ ...peer, isSeeder: (said & seederFlag) !== 0, isReachable: (said & reachableFlag) !== 0 });
    }
    for (const peer of peers(kind, keys[kind].dropped)) {
      if (dropped.length >= peerExchangeLimit) break;
      if (isDiallable(peer)) dropped.push(peer);
    }
  }
  return { added, dropped };
}

const keys = {
  ipv4: { added: 'added', flags: 'added.f', dropped: 'dropped' },
  ipv6: { added: 'added6', flags: 'added6.f', dropped: 'dropped6' },
} as const;

function* everyPeer(bytes: Uint8Array, kind: keyof CompactPeers, key: string): Generator<Address> {
  try {
    yield* everyCompact(bytes, kind);
  } catch (error) {
    if (error instanceof RangeError)
      throw new ProtocolError(`in its ut_pex message ${key} is cut off: ${error.message}`);
    throw error;
  }
}

function kindOf(host: string): keyof CompactPeers {
  return ipBytes(host)?.length === 4 ? 'ipv4' : 'ipv6';
}

function flagsOf({ isSeeder, isReachable }: ExchangedPeer): number {
  return (isSeeder ? seederFlag : 0) | (isReachable ? reachableFlag : 0);
}

/** Values in a message of ours are few; a peer may add some of its own. */
const bencodeLimits = { depth: 8, values: 1_000, anyOrder: true } as const;

/** The dictionary that a payload begins with, and its length in bytes; other bytes may follow. */
function readDictionary(
  payload: Uint8Array,
  what: string,
): { readonly dictionary: ReadonlyMap<string, Bencoded>; readonly length: number } {
  try {
    const { value, length } = decodePrefix(payload, bencodeLimits);
    if (isDictionary(value)) return { dictionary: value, length };
  } catch (error) {
    if (!(error instanceof BencodeError)) throw error;
    throw new ProtocolError(`its ${what} cannot be read: ${error.message}`);
  }
  throw new ProtocolError(`its ${what} is no dictionary`);
}

function isDictionary(value: Bencoded | undefined): value is ReadonlyMap<string, Bencoded> {
  return value instanceof Map;
}

function isBetween(value: Bencoded | undefined, lowest: number, highest: number): value is number {
  return typeof value === 'number' && value >= lowest && value <= highest;
}

function shown(value: Bencoded | undefined): string {
  if (value === undefined) return '(none)';
  return typeof value === 'number' ? String(value) : '(no number)';
}

function withoutUndefined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
