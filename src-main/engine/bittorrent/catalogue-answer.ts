import type { Clock, Link } from '../ports.ts';
import { utf8Bytes } from './bytes.ts';
import { type HttpQuestion, httpAnswer, httpRefusal, isFromPage, serveHttp } from './http-visitor.ts';

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

/** Answers one request for the list that arrives on a link. Call it instead of `Link.open`. */
export function serveCatalogue(
  link: Link,
  shares: () => readonly OfferedShare[],
  machine: OwnMachine,
  clock: Clock,
): void {
  serveHttp(link, question => answerCatalogue(question, shares, machine), clock);
}

/** The answer's bytes. */
export function answerCatalogue(
  question: HttpQuestion,
  shares: () => readonly OfferedShare[],
  machine: OwnMachine,
): Uint8Array {
  if (isFromPage(question)) return httpRefusal(403, 'Not for web pages');
  if (question.target !== cataloguePath) return httpRefusal(404, 'Not here');
  if (question.method !== 'GET') return httpRefusal(405, 'Only GET');
  const body = utf8Bytes(catalogueText(shares(), machine));
  const tag = `"${checksum(body)}"`;
  if (question.headers.get('if-none-match') === tag) return httpAnswer('304 Not Modified', [`ETag: ${tag}`]);
  const kind = 'Content-Type: application/json; charset=utf-8';
  return httpAnswer('200 OK', [kind, `ETag: ${tag}`], body);
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
