import type { Clock, Link } from '../ports.ts';
import { latin1Text, utf8Bytes } from './bytes.ts';

/**
 * The list of shares that a Piecewise gives to others of its network: `GET /piecewise/shares` on the port where it
 * listens for peers. Programs read it; pages in a browser must not.
 */

/** A share as others are told of it. Private ones (BEP 27) are not. */
export interface OfferedShare {
  /** 40 hexadecimal digits, in lower case. */
  readonly infoHash: string;
  readonly name: string;
  readonly totalLength: number;
  readonly fileCount: number;
  /** How much of it is here, 0 to 1. */
  readonly progress: number;
  readonly addedAtMs: number;
}

/** A running Piecewise. */
export interface OwnMachine {
  /** For people: "lab-07". */
  readonly name: string;
  /** Random, of this profile: letters, digits, "-" and "_", at most 64. */
  readonly id: string;
}

export const cataloguePath = '/piecewise/shares';
/** What others call who asks: who is asked by a name it does not know is asked by a page. */
export const catalogueHost = 'piecewise';
export const longestCatalogue = 1024 * 1024;
export const catalogueShareLimit = 1_000;
/** In UTF-16 units; the rest is cut off. */
export const longestShareName = 200;

const longestRequest = 4 * 1024;
const requestTimeMs = 5_000;
/** A slow network may take its time with a long list. */
const answerTimeMs = 20_000;

/**
 * Answers one request that arrives on a link, and closes it. Call it instead of `Link.open`. Who does not ask within
 * five seconds, or asks at length, is cut off.
 */
export function serveCatalogue(
  link: Link,
  shares: () => readonly OfferedShare[],
  machine: OwnMachine,
  clock: Clock,
): void {
  let head = '';
  let isAnswered = false;
  let stopTimer = clock.after(requestTimeMs, () => link.abort());
  link.open({
    onBytes(bytes) {
      if (isAnswered) return;
      head += latin1Text(bytes.subarray(0, longestRequest + 1 - head.length));
      const end = head.search(/\r?\n\r?\n/);
      if (end < 0 && head.length <= longestRequest) return;
      isAnswered = true;
      stopTimer();
      stopTimer = clock.after(answerTimeMs, () => link.abort());
      const answer =
        end < 0 ? refusal(431, 'Too long') : answerCatalogue(head.slice(0, end), shares, machine);
      head = '';
      link.send([answer]);
      link.finish();
    },
    onEnd() {
      if (!isAnswered) link.abort();
    },
    onClosed() {
      stopTimer();
    },
  });
}

/** The answer's bytes to a request's first line and headers. */
export function answerCatalogue(
  head: string,
  shares: () => readonly OfferedShare[],
  machine: OwnMachine,
): Uint8Array {
  const [first = '', ...lines] = head.split(/\r?\n/);
  const [, method, path] = /^([A-Z]+) (\S+) HTTP\/1\.[01]$/.exec(first) ?? [];
  if (method === undefined) return refusal(400, 'Not understood');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers.set(line.slice(0, Math.max(0, colon)).toLowerCase(), line.slice(colon + 1).trim());
  }
  if (isFromPage(headers)) return refusal(403, 'Not for web pages');
  if (path !== cataloguePath) return refusal(404, 'Not here');
  if (method !== 'GET') return refusal(405, 'Only GET');
  const body = utf8Bytes(catalogueText(shares(), machine));
  const tag = `"${checksum(body)}"`;
  if (headers.get('if-none-match') === tag) return response('304 Not Modified', [`ETag: ${tag}`]);
  const kind = 'Content-Type: application/json; charset=utf-8';
  return response('200 OK', [kind, `ETag: ${tag}`], body);
}

/** As many as fit, the first first. */
function catalogueText(shares: readonly OfferedShare[], { name, id }: OwnMachine): string {
  let text = `{"v":1,"machine":${JSON.stringify({ name: name.slice(0, longestShareName), id })},"shares":[`;
  let length = utf8Length(text) + 2;
  let count = 0;
  for (const share of shares) {
    const entry = JSON.stringify({
      infoHash: share.infoHash,
      name: share.name.slice(0, longestShareName),
      totalLength: share.totalLength,
      fileCount: share.fileCount,
      // Not every block makes another list.
      progress: Math.floor(share.progress * 1000) / 1000,
      addedAtMs: Math.trunc(share.addedAtMs),
    });
    length += utf8Length(entry) + 1;
    if (count >= catalogueShareLimit || length > longestCatalogue) break;
    text += count === 0 ? entry : `,${entry}`;
    count += 1;
  }
  return `${text}]}`;
}

/**
 * A page may send a request anywhere, and says so in these headers; one that made its own name mean our address has
 * that name in `Host`.
 */
function isFromPage(headers: ReadonlyMap<string, string>): boolean {
  if (headers.has('origin') || headers.has('referer')) return true;
  if ([...headers.keys()].some(name => name.startsWith('sec-fetch-'))) return true;
  const host = (headers.get('host') ?? '').replace(/:\d*$/, '').toLowerCase();
  const isAddress = /^(\d{1,3}(\.\d{1,3}){3}|\[[\da-f:.%\w]*\])$/.test(host);
  // No page has a name without a dot, or one that ends so.
  return !(isAddress || /^[\w-]*(\.(local|lan|home|internal|localdomain|home\.arpa))?$/.test(host));
}

function refusal(status: number, reason: string): Uint8Array {
  const headers = ['Content-Type: text/plain', ...(status === 405 ? ['Allow: GET'] : [])];
  return response(`${status} ${reason}`, headers, utf8Bytes(`${reason}.\n`));
}

function response(
  status: string,
  headers: readonly string[],
  body: Uint8Array = new Uint8Array(),
): Uint8Array {
  const lines = [
    `HTTP/1.1 ${status}`,
    ...headers,
    `Content-Length: ${body.length}`,
    'X-Content-Type-Options: nosniff',
    'Cross-Origin-Resource-Policy: same-origin',
    'Cache-Control: no-store',
    'Connection: close',
  ];
  const head = utf8Bytes(`${lines.join('\r\n')}\r\n\r\n`);
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return bytes;
}

/** FNV-1a, twice from different beginnings: tells one list from the next, no more. */
function checksum(bytes: Uint8Array): string {
  let a = 0x811c9dc5;
  let b = 0x01234567;
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b ^ byte, 0x01000193);
  }
  return [a, b].map(half => (half >>> 0).toString(16).padStart(8, '0')).join('');
}

function utf8Length(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    // Either half of a pair counts two of its four bytes, or three when it stands alone: never too few.
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : 3;
  }
  return length;
}
