import type { Clock, Link } from '../ports.ts';
import { latin1Text, utf8Bytes } from './bytes.ts';

/** HTTP on the port where peers connect to: one short question and its answer, for programs. */

export interface HttpQuestion {
  readonly method: string;
  /** From the first slash on, query included. */
  readonly target: string;
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

const longestRequest = 4 * 1024;
const requestTimeMs = 5_000;
/** A slow network may take its time with a long answer. */
const answerTimeMs = 20_000;

/**
 * Answers one request that arrives on a link, and closes it. Call it instead of `Link.open`. Who does not ask within
 * five seconds, or asks at length, is cut off.
 */
export function serveHttp(link: Link, answer: (question: HttpQuestion) => Uint8Array, clock: Clock): void {
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
      const question = end < 0 ? undefined : readQuestion(head.slice(0, end));
      head = '';
      if (end < 0) link.send([httpRefusal(431, 'Too long')]);
      else link.send([question === undefined ? httpRefusal(400, 'Not understood') : answer(question)]);
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

/** A request's first line and headers; undefined when they are none. */
export function readQuestion(head: string): HttpQuestion | undefined {
  const [first = '', ...lines] = head.split(/\r?\n/);
  const [, method, target] = /^([A-Z]+) (\S+) HTTP\/1\.[01]$/.exec(first) ?? [];
  if (method === undefined || target === undefined) return undefined;
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers.set(line.slice(0, Math.max(0, colon)).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { method, target, headers };
}

/** A page may send a request anywhere, and its browser says so in headers of these names, in lower case. */
export function isSentByPage(names: readonly string[]): boolean {
  return names.some(name => /^(origin|referer|sec-fetch-.*)$/.test(name));
}

/** The same; and a page that made its own name mean our address has that name in `Host`. */
export function isFromPage({ headers }: HttpQuestion): boolean {
  if (isSentByPage([...headers.keys()])) return true;
  const host = (headers.get('host') ?? '').replace(/:\d*$/, '').toLowerCase();
  const isAddress = /^(\d{1,3}(\.\d{1,3}){3}|\[[\da-f:.%\w]*\])$/.test(host);
  // No page has a name without a dot, or one that ends so.
  return !(isAddress || /^[\w-]*(\.(local|lan|home|internal|localdomain|home\.arpa))?$/.test(host));
}

export function httpRefusal(status: number, reason: string): Uint8Array {
  const headers = ['Content-Type: text/plain', ...(status === 405 ? ['Allow: GET'] : [])];
  return httpAnswer(`${status} ${reason}`, headers, utf8Bytes(`${reason}.\n`));
}

export function httpAnswer(
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
