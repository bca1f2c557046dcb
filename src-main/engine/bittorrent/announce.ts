import type { Address } from '../ports.ts';
import { isUtf8, latin1Text, utf8Text } from './bytes.ts';

/** What a client tells a tracker and hears from it (BEP 3), the same over HTTP and UDP. */

export type AnnounceEvent = 'started' | 'stopped' | 'completed';

export interface AnnounceRequest {
  /** 40 hexadecimal digits, in lower case; so is `peerId`. */
  readonly infoHash: string;
  readonly peerId: string;
  /** Where we accept connections. */
  readonly port: number;
  /** Bytes, since `started`. */
  readonly uploaded: number;
  readonly downloaded: number;
  /** Bytes still lacking. */
  readonly left: number;
  /** Undefined: a regular announce. */
  readonly event: AnnounceEvent | undefined;
  /** How many peers we would like to hear of. */
  readonly numWant: number;
  /** A number of our own, 32 bits, by which a tracker knows us again when our address changes. */
  readonly key: number;
  /** What this tracker said last as its `tracker id`, a character a byte. */
  readonly trackerId?: string;
}

export interface AnnounceAnswer {
  readonly intervalMs: number;
  /** No announce sooner than this after the last. */
  readonly minIntervalMs: number;
  readonly seeders: number | undefined;
  readonly leechers: number | undefined;
  readonly peers: readonly Address[];
  /** What the tracker wants people to read. */
  readonly warning: string | undefined;
  /** To be said to this tracker in every later announce, a character a byte. */
  readonly trackerId?: string;
}

/** What a tracker knows of a swarm without an announce (BEP 48). */
export interface ScrapeEntry {
  readonly seeders: number;
  readonly leechers: number;
  /** How often the content was completed. */
  readonly completed: number;
}

/** Why there is no answer: a sentence that names the tracker. */
export interface TrackerFailure {
  readonly failed: string;
}

/** How trackers are reached. */
export interface TrackerClient {
  /**
   * Announces once. `done` is called exactly once, later, unless the returned function is called first: that gives up.
   */
  announce(
    url: string,
    request: AnnounceRequest,
    done: (result: AnnounceAnswer | TrackerFailure) => void,
  ): () => void;
}

export const announceLimits = {
  answerBytes: 1024 * 1024,
  peers: 2_000,
  shortestIntervalMs: 30_000,
  longestIntervalMs: 24 * 60 * 60 * 1000,
  /** For a tracker that names none. */
  usualIntervalMs: 30 * 60 * 1000,
} as const;

/** An interval from seconds as a tracker says them, within bounds: it may neither be hammered nor never asked again. */
export function clampedInterval(seconds: number | undefined, otherwiseMs: number): number {
  if (seconds === undefined || Number.isNaN(seconds)) return otherwiseMs;
  const { shortestIntervalMs, longestIntervalMs } = announceLimits;
  return Math.min(longestIntervalMs, Math.max(shortestIntervalMs, seconds * 1000));
}

/** Each peer once, and not too many. */
export function distinctPeers(addresses: Iterable<Address>): Address[] {
  const peers = new Map<string, Address>();
  for (const address of addresses) {
    if (peers.size >= announceLimits.peers) break;
    peers.set(`${address.host} ${address.port}`, address);
  }
  return [...peers.values()];
}

const longestWords = 300;

/** Text of a tracker for people: UTF-8, else Latin-1, on one line and not endless. */
export function wordsOf(bytes: Uint8Array): string {
  const text = isUtf8(bytes) ? utf8Text(bytes) : latin1Text(bytes);
  const words = tidied(text);
  return words.length > longestWords ? `${words.slice(0, longestWords)}…` : words;
}

/** What a tracker says when it refuses, as a sentence that names it. */
export function refusalWords(url: string, bytes: Uint8Array): string {
  const words = wordsOf(bytes);
  return words === ''
    ? `${trackerName(url)} refuses, and does not say why.`
    : `${trackerName(url)} refuses: ${words}${/[.!?…]$/.test(words) ? '' : '.'}`;
}

function tidied(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
}

/** A tracker as people are told of it: its host and port, without what may be a secret in the rest of its URL. */
export function trackerName(url: string): string {
  const [, host = 'without an address'] = /^[a-z]+:\/\/(?:[^/?#@]*@)?([^/?#]{1,260})/i.exec(url) ?? [];
  return tidied(host);
}
