import type { Address } from '../ports.ts';

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

/** Peers that can be dialled, each once, and not too many: no port 0, no unspecified or multicast address. */
export function usablePeers(addresses: Iterable<Address>): Address[] {
  const peers = new Map<string, Address>();
  for (const address of addresses) {
    if (peers.size >= announceLimits.peers) break;
    if (address.port < 1 || address.port > 65_535 || nobody.test(address.host)) continue;
    peers.set(`${address.host} ${address.port}`, address);
  }
  return [...peers.values()];
}

/** Addresses that are no computer's: 0.0.0.0/8, 224.0.0.0 and above, `::` and IPv6 multicast. */
const nobody = /^(?:0\.|2(?:2[4-9]|[34]\d|5[0-5])\.\d+\.\d+\.\d+$|::$|ff[\da-f]{2}:)/i;

const longestWords = 300;

/** Text of a tracker for people: UTF-8, else Latin-1, on one line and not endless. */
export function wordsOf(bytes: Uint8Array): string {
  const start = bytes.subarray(0, 4 * longestWords);
  const hex = Array.from(start, byte => `%${byte.toString(16).padStart(2, '0')}`).join('');
  const words = tidied(decoded(hex) ?? String.fromCharCode(...start));
  return words.length > longestWords ? `${words.slice(0, longestWords)}…` : words;
}

/** Undefined for what is not UTF-8; a character cut off at the end is left out. */
function decoded(percentEncoded: string): string | undefined {
  for (const end of [undefined, -3, -6, -9]) {
    try {
      return decodeURIComponent(percentEncoded.slice(0, end));
    } catch {
      // Perhaps only its last character is cut.
    }
  }
  return undefined;
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
