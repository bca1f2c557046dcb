import type { AnnounceEvent, ScrapeEntry } from './announce.ts';
import { type Bencodable, encode } from './bencode.ts';
import { hexBytes, hexText, latin1Bytes, latin1Text } from './bytes.ts';
import { encodeCompact, ipBytes, ipText, isDiallable, isLoopback } from './compact.ts';
import { type PeerAnnounce, type PeerAnswer, type Refusal, usualPeersWanted } from './tracker.ts';

/** Announcing over HTTP, the tracker's side: questions from a URL's query, answers as bencoded bytes (BEP 3, 7, 23, 48). */

/** Parameters of a query, each value a character a byte, in the order they came. */
export type Query = ReadonlyMap<string, readonly string[]>;

const mostParameters = 200;
/** No parameter of ours is longer. */
const longestParameter = 256;

/** Reads what follows the `?` of a URL; undefined when it is none, or more than any client has to say. */
export function readQuery(text: string): Query | undefined {
  const query = new Map<string, string[]>();
  const parts = text.split('&', mostParameters + 1);
  if (parts.length > mostParameters) return undefined;
  for (const part of parts) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const key = unescaped(equals < 0 ? part : part.slice(0, equals));
    const value = unescaped(equals < 0 ? '' : part.slice(equals + 1));
    if (key === undefined || value === undefined) return undefined;
    const values = query.get(key);
    if (values === undefined) query.set(key, [value]);
    else values.push(value);
  }
  return query;
}

/** Undefined for what is not escaped as it must be. */
function unescaped(text: string): string | undefined {
  if (text.length > 3 * longestParameter) return undefined;
  // Forms write a space as '+', and so do the clients that escape as forms do; the others escape both.
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return /[^\0-\xff]/.test(spaced) ? undefined : spaced;
  let isSound = true;
  const plain = spaced.replace(/%([\da-f]{2})?/gi, (_, hex: string | undefined) => {
    if (hex === undefined) isSound = false;
    return hex === undefined ? '' : String.fromCharCode(Number.parseInt(hex, 16));
  });
  return isSound && !/[^\0-\xff]/.test(plain) ? plain : undefined;
}

/** A number of at most 2^53, which is more than any share has bytes. */
function wholeNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,20}$/.test(text)) return undefined;
  return Math.min(Number(text), Number.MAX_SAFE_INTEGER);
}

/** An announce that came over HTTP, and the form its answer is to have. */
export interface HttpAnnounce {
  readonly announce: PeerAnnounce;
  readonly form: AnswerForm;
}

export interface AnswerForm {
  /** Peers in 6 or 18 bytes each (BEP 23), else as dictionaries. */
  readonly isCompact: boolean;
  /** Dictionaries only. */
  readonly hasPeerIds: boolean;
}

const events: readonly string[] = ['started', 'stopped', 'completed'] satisfies AnnounceEvent[];

/** `from`: the address the question came from. `reachedAt`: that of ours which it came to. */
export function readAnnounce(query: Query, from: string, reachedAt: string): HttpAnnounce | Refusal {
  const one = (key: string) => query.get(key)?.[0];
  const infoHash = one('info_hash');
  const peerId = one('peer_id');
  const port = wholeNumber(one('port'));
  if (infoHash?.length !== 20) return { refused: 'An announce needs an info_hash of 20 bytes.' };
  if (peerId?.length !== 20) return { refused: 'An announce needs a peer_id of 20 bytes.' };
  if (port === undefined || port < 1 || port > 65_535) {
    return { refused: 'An announce needs the port you listen at, from 1 to 65535.' };
  }
  const event = one('event');
  return {
    announce: {
      infoHash: hexText(latin1Bytes(infoHash)),
      peerId: hexText(latin1Bytes(peerId)),
      address: { host: hostOf(from, one('ip')), port },
      // Who does not say so is no seeder.
      left: wholeNumber(one('left')) ?? 1,
      event: event !== undefined && events.includes(event) ? (event as AnnounceEvent) : undefined,
      numWant: wholeNumber(one('numwant')) ?? usualPeersWanted,
      reachedAt,
    },
    form: { isCompact: one('compact') !== '0', hasPeerIds: one('no_peer_id') !== '1' },
  };
}

/**
 * Where a peer is: where its announce came from. Another address is taken from this computer only, since whoever else
 * may claim one can send the whole swarm to a victim.
 */
export function hostOf(from: string, claimed: string | undefined): string {
  if (claimed === undefined || !isLoopback(from)) return from;
  const ip = ipBytes(claimed);
  return ip !== undefined && isDiallable({ host: claimed, port: 1 }) ? ipText(ip) : from;
}

/** The info-hashes of a scrape. Everything at once is not for the asking. */
export function readScrape(query: Query): readonly string[] | Refusal {
  const infoHashes = query.get('info_hash') ?? [];
  if (infoHashes.length === 0)
    return { refused: 'A scrape needs the info_hash of each torrent it asks about.' };
  if (infoHashes.some(({ length }) => length !== 20)) return { refused: 'An info_hash has 20 bytes.' };
  return infoHashes.map(infoHash => hexText(latin1Bytes(infoHash)));
}

export function writeAnnounceAnswer(answer: PeerAnswer, { isCompact, hasPeerIds }: AnswerForm): Uint8Array {
  const { intervalMs, minIntervalMs, seeders, leechers, peers } = answer;
  const entries: [string, Bencodable][] = [
    ['complete', seeders],
    ['incomplete', leechers],
    ['interval', Math.ceil(intervalMs / 1000)],
    ['min interval', Math.ceil(minIntervalMs / 1000)],
  ];
  if (isCompact) {
    const { ipv4, ipv6 } = encodeCompact(peers.map(({ address }) => address));
    entries.push(['peers', ipv4]);
    if (ipv6.length > 0) entries.push(['peers6', ipv6]);
  } else {
    const listed = peers.map(({ peerId, address: { host, port } }) => {
      const id: [string, Bencodable][] = hasPeerIds ? [['peer id', hexBytes(peerId)]] : [];
      return new Map<string, Bencodable>([['ip', host], ['port', port], ...id]);
    });
    entries.push(['peers', listed]);
  }
  return encode(new Map(entries));
}

/** The entries in the order of the info-hashes. */
export function writeScrapeAnswer(
  infoHashes: readonly string[],
  entries: readonly ScrapeEntry[],
): Uint8Array {
  const files = new Map<string, Bencodable>();
  for (const [i, infoHash] of infoHashes.entries()) {
    const { seeders, leechers, completed } = entries[i]!;
    const file = new Map([
      ['complete', seeders],
      ['downloaded', completed],
      ['incomplete', leechers],
    ]);
    files.set(latin1Text(hexBytes(infoHash)), file);
  }
  return encode(new Map([['files', files]]));
}

export function writeRefusal({ refused }: Refusal): Uint8Array {
  return encode(new Map([['failure reason', refused]]));
}
