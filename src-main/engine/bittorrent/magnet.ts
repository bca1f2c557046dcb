import { safeName } from '../content/path-rules.ts';
import type { Address } from '../ports.ts';
import { hexText, latin1Bytes, utf8Bytes, utf8Text } from './bytes.ts';
import type { InfoHash } from './metainfo.ts';
import { usableTracker } from './tracker-urls.ts';

/** A magnet link (BEP 9): what it takes to find a share's peers, and its description from them. */
export interface Magnet {
  readonly infoHash: InfoHash;
  /** Safe as the name of a file; empty when the link has none. Its description will say what the share is really called. */
  readonly name: string;
  readonly trackers: readonly string[];
  /** Peers that are named outright (`x.pe`). */
  readonly peers: readonly Address[];
}

/** A text is no magnet link we can use. The message is a sentence that says why. */
export class MagnetError extends Error {
  override readonly name = 'MagnetError';
}

export const longestMagnet = 16 * 1024;
const mostTrackers = 50;
const mostPeers = 50;

/**
 * Reads a magnet link; parameters that mean nothing to us, and trackers and peers that cannot be asked, are skipped.
 * @throws MagnetError
 */
export function readMagnet(text: string): Magnet {
  const link = text.trim();
  if (link.length > longestMagnet) throw new MagnetError('This magnet link is longer than 16 KiB.');
  const start = /^magnet:\?/i.exec(link);
  if (start === null) throw new MagnetError('This is no magnet link: it must begin with "magnet:?".');
  const topics: string[] = [];
  const trackers = new Set<string>();
  const peers = new Map<string, Address>();
  let name = '';
  for (const [key, value] of parametersOf(link.slice(start[0].length))) {
    if (key === 'xt') topics.push(percentDecoded(value));
    else if (key === 'dn' && name === '') name = percentDecoded(value.replaceAll('+', ' '));
    else if (key === 'tr' && trackers.size < mostTrackers) {
      const tracker = usableTracker(percentDecoded(value));
      if (tracker !== undefined) trackers.add(tracker);
    } else if (key === 'x.pe' && peers.size < mostPeers) {
      const peer = addressOf(percentDecoded(value));
      if (peer !== undefined) peers.set(addressText(peer), peer);
    }
  }
  return {
    infoHash: infoHashOf(topics),
    name: name.trim() === '' ? '' : safeName(name),
    trackers: [...trackers],
    peers: [...peers.values()],
  };
}

/** A link that every BitTorrent client understands. */
export function writeMagnet({ infoHash, name, trackers, peers }: Magnet): string {
  const parameters = [`xt=urn:btih:${infoHash}`];
  if (name !== '') parameters.push(`dn=${encodeURIComponent(name.replace(/\p{Surrogate}/gu, '\ufffd'))}`);
  for (const tracker of trackers) parameters.push(`tr=${encodeURIComponent(tracker)}`);
  // Not encoded: some clients take it as it is.
  for (const peer of peers) parameters.push(`x.pe=${addressText(peer)}`);
  return `magnet:?${parameters.join('&')}`;
}

/** Keys in lower case, without the number that some give them: "tr.2". */
function parametersOf(query: string): (readonly [key: string, value: string])[] {
  const [before = ''] = query.split('#', 1);
  return before.split('&').map(parameter => {
    // What was copied from a web page's source.
    const plain = parameter.startsWith('amp;') ? parameter.slice(4) : parameter;
    const equals = plain.indexOf('=');
    if (equals < 0) return ['', ''];
    return [
      plain
        .slice(0, equals)
        .toLowerCase()
        .replace(/\.\d+$/, ''),
      plain.slice(equals + 1),
    ];
  });
}

/** The topic that is an info-hash of version 1: in hexadecimal, or in base 32 as old clients write it. */
function infoHashOf(topics: readonly string[]): InfoHash {
  const hashes = topics.map(topic => /^urn:btih:(.*)$/is.exec(topic)?.[1]).filter(hash => hash !== undefined);
  for (const hash of hashes) {
    if (/^[\da-f]{40}$/i.test(hash)) return hash.toLowerCase();
    if (/^[a-z2-7]{32}$/i.test(hash)) return hexText(base32Bytes(hash));
  }
  if (hashes.length > 0) {
    throw new MagnetError(
      'The info-hash in this magnet link is damaged: part of it may not have been copied.',
    );
  }
  if (topics.some(topic => /^urn:btmh:/i.test(topic))) {
    throw new MagnetError(
      'This magnet link is for BitTorrent version 2 alone, which Piecewise cannot share yet. Ask for one with "btih" in it.',
    );
  }
  throw new MagnetError('This magnet link names no BitTorrent share: "xt=urn:btih:" is missing.');
}

const base32Digits = 'abcdefghijklmnopqrstuvwxyz234567';

/** Five bits a digit; the length is a multiple of eight digits (RFC 4648). */
function base32Bytes(text: string): Uint8Array {
  const bytes: number[] = [];
  let bits = 0;
  let bitCount = 0;
  for (const digit of text.toLowerCase()) {
    bits = (bits << 5) | base32Digits.indexOf(digit);
    bitCount += 5;
    if (bitCount < 8) continue;
    bitCount -= 8;
    bytes.push((bits >> bitCount) & 0xff);
    bits &= (1 << bitCount) - 1;
  }
  return Uint8Array.from(bytes);
}

/** What does not belong to an escape stays as it is, so that anything can be read. */
function percentDecoded(text: string): string {
  if (!text.includes('%')) return text;
  const bytes = text
    .split(/(%[\da-f]{2})/i)
    .map((part, i) => (i % 2 === 1 ? String.fromCharCode(Number.parseInt(part.slice(1), 16)) : latin1(part)));
  return utf8Text(latin1Bytes(bytes.join('')));
}

/** Text's UTF-8, a character a byte. */
function latin1(text: string): string {
  return Array.from(utf8Bytes(text), byte => String.fromCharCode(byte)).join('');
}

const peerAddress = /^(?:\[([\da-f:.]{2,45}(?:%[\w.-]{1,32})?)\]|([\w.-]{1,253})):(\d{1,5})$/i;

function addressOf(text: string): Address | undefined {
  const [, ipv6, name, digits = ''] = peerAddress.exec(text) ?? [];
  const host = ipv6 ?? name;
  const port = Number(digits);
  return host !== undefined && port >= 1 && port <= 65_535 ? { host, port } : undefined;
}

function addressText({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
