import type { Address } from '../ports.ts';
import {
  type AnnounceAnswer,
  type AnnounceRequest,
  announceLimits,
  clampedInterval,
  distinctPeers,
  refusalWords,
  type ScrapeEntry,
  type TrackerFailure,
  trackerName,
  wordsOf,
} from './announce.ts';
import { type Bencoded, BencodeError, decode } from './bencode.ts';
import { hexBytes, latin1Bytes, latin1Text } from './bytes.ts';
import { type CompactPeers, decodeCompact, ipBytes, ipText, isDiallable } from './compact.ts';

/** Announcing over HTTP, the client's side: the question as a URL, the answer as a bencoded dictionary (BEP 3, 7, 23). */

/** The URL to get. What stands in the tracker's URL already, a passkey perhaps, stays. */
export function announceUrl(url: string, request: AnnounceRequest): string {
  const { infoHash, peerId, port, uploaded, downloaded, left, event, numWant, key, trackerId } = request;
  const query = [
    `info_hash=${percentEncoded(hexBytes(infoHash))}`,
    `peer_id=${percentEncoded(hexBytes(peerId))}`,
    `port=${port}`,
    `uploaded=${uploaded}`,
    `downloaded=${downloaded}`,
    `left=${left}`,
    ...(event === undefined ? [] : [`event=${event}`]),
    `numwant=${numWant}`,
    `key=${key.toString(16).padStart(8, '0')}`,
    'compact=1',
    ...(trackerId === undefined ? [] : [`trackerid=${percentEncoded(latin1Bytes(trackerId))}`]),
  ];
  return withQuery(url, query.join('&'));
}

/**
 * The URL that scrapes these (BEP 48): where the last part of a tracker's path begins with "announce", it is the same
 * with "scrape"; other trackers cannot be scraped.
 */
export function scrapeUrl(url: string, infoHashes: readonly string[]): string | undefined {
  const match = /^([a-z]+:\/\/[^/?#]+\/(?:[^?#]*\/)?)announce([^/?#]*)(\?[^#]*)?(?:#|$)/i.exec(url);
  if (match === null) return undefined;
  const query = infoHashes.map(infoHash => `info_hash=${percentEncoded(hexBytes(infoHash))}`);
  return withQuery(`${match[1]}scrape${match[2]}${match[3] ?? ''}`, query.join('&'));
}

function withQuery(url: string, query: string): string {
  const [address = ''] = url.split('#', 1);
  if (!address.includes('?')) return `${address}?${query}`;
  return /[?&]$/.test(address) ? `${address}${query}` : `${address}&${query}`;
}

/** What may stand in a query as it is, by its character code. */
const unreserved = /[\w.~-]/;

function percentEncoded(bytes: Uint8Array): string {
  return Array.from(bytes, byte => {
    const character = String.fromCharCode(byte);
    return unreserved.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}

/** Reads the answer to an announce. Whatever it is, the result is an answer within bounds or a sentence. */
export function readAnnounceAnswer(bytes: Uint8Array, url: string): AnnounceAnswer | TrackerFailure {
  const answer = readDictionary(bytes, url);
  if (isFailure(answer)) return answer;
  try {
    const trackerId = bytesOf(answer.get('tracker id'));
    const warning = bytesOf(answer.get('warning message'));
    return {
      intervalMs: clampedInterval(amountOf(answer.get('interval')), announceLimits.usualIntervalMs),
      minIntervalMs: clampedInterval(amountOf(answer.get('min interval')), announceLimits.shortestIntervalMs),
      seeders: amountOf(answer.get('complete')),
      leechers: amountOf(answer.get('incomplete')),
      peers: distinctPeers([
        ...readPeers(answer.get('peers'), 'ipv4'),
        ...readPeers(answer.get('peers6'), 'ipv6'),
      ]),
      warning: warning === undefined ? undefined : wordsOf(warning) || undefined,
      ...(trackerId === undefined || trackerId.length > longestTrackerId
        ? {}
        : { trackerId: latin1Text(trackerId) }),
    };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { failed: `The list of peers from ${trackerName(url)} is damaged: ${error.message}.` };
  }
}

/** Ours to say back at each announce, so it must not fill a URL. */
const longestTrackerId = 200;

/** Reads the answer to a scrape; what the tracker does not know is left out. */
export function readScrapeAnswer(
  bytes: Uint8Array,
  url: string,
): ReadonlyMap<string, ScrapeEntry> | TrackerFailure {
  const answer = readDictionary(bytes, url);
  if (isFailure(answer)) return answer;
  const files = dictionaryOf(answer.get('files'));
  if (files === undefined) return { failed: `The answer of ${trackerName(url)} to a scrape is none.` };
  const entries = new Map<string, ScrapeEntry>();
  for (const [key, value] of files) {
    const file = dictionaryOf(value);
    if (key.length !== 20 || file === undefined) continue;
    entries.set(hexOf(key), {
      seeders: amountOf(file.get('complete')) ?? 0,
      leechers: amountOf(file.get('incomplete')) ?? 0,
      completed: amountOf(file.get('downloaded')) ?? 0,
    });
  }
  return entries;
}

type Dictionary = ReadonlyMap<string, Bencoded>;

function readDictionary(bytes: Uint8Array, url: string): Dictionary | TrackerFailure {
  if (bytes.length === 0) return { failed: `${trackerName(url)} answered with nothing.` };
  let answer: Dictionary | undefined;
  try {
    answer = dictionaryOf(decode(bytes, { depth: 8, values: 200_000, anyOrder: true }));
  } catch (error) {
    if (!(error instanceof BencodeError)) throw error;
  }
  if (answer === undefined) {
    return { failed: `${trackerName(url)} answered with something that is no tracker's answer.` };
  }
  const reason = bytesOf(answer.get('failure reason'));
  return reason === undefined ? answer : { failed: refusalWords(url, reason) };
}

function isFailure(answer: Dictionary | TrackerFailure): answer is TrackerFailure {
  return 'failed' in answer;
}

function readPeers(value: Bencoded | undefined, kind: keyof CompactPeers): Address[] {
  if (value === undefined) return [];
  if (value instanceof Uint8Array) return decodeCompact(value, kind, announceLimits.peers);
  if (!Array.isArray(value)) throw new RangeError('it is neither a string nor a list');
  return value.flatMap((entry: Bencoded) => {
    const peer = readPeer(dictionaryOf(entry));
    return peer === undefined ? [] : [peer];
  });
}

/** One peer of a list that is not compact: an IP address or a host name, which may not look like an IP address. */
function readPeer(entry: Dictionary | undefined): Address | undefined {
  const where = bytesOf(entry?.get('ip'));
  const port = amountOf(entry?.get('port'));
  if (where === undefined || where.length > 253 || port === undefined) return undefined;
  const text = latin1Text(where);
  const ip = ipBytes(text);
  const address = { host: ip === undefined ? text : ipText(ip), port };
  if (ip !== undefined) return isDiallable(address) ? address : undefined;
  const isHostName = /^(?=.*[a-z])[a-z\d](?:[a-z\d.-]*[a-z\d])?$/i.test(text);
  return isHostName && port >= 1 && port <= 65_535 ? address : undefined;
}

function dictionaryOf(value: Bencoded | undefined): Dictionary | undefined {
  return value instanceof Map ? value : undefined;
}

function bytesOf(value: Bencoded | undefined): Uint8Array | undefined {
  return value instanceof Uint8Array ? value : undefined;
}

/** A number that counts something. */
function amountOf(value: Bencoded | undefined): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined;
}

function hexOf(latin1: string): string {
  return Array.from(latin1, character => character.charCodeAt(0).toString(16).padStart(2, '0')).join('');
}
