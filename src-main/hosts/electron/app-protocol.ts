import { contentSecurityPolicy, contentTypeOf, guardingHeaders } from '../screen-answer.ts';

/** `app://piecewise/…`: the built screen, and nothing else. */

export const appScheme = {
  scheme: 'app',
  privileges: { standard: true, secure: true, supportFetchAPI: true },
} as const;
const host = 'piecewise';
export const screenAddress = `${appScheme.scheme}://${host}/`;

/** With every answer, refusals included. */
const headers = { ...guardingHeaders, 'Content-Security-Policy': contentSecurityPolicy() };

/** Files by their path in the built screen, with forward slashes: `assets/index.js`. */
export type ScreenFiles = ReadonlyMap<string, Uint8Array>;

/**
 * Answers requests from files that were read at the start: a request names one of them or gets 404, and never reaches
 * the disk.
 */
export function answerFrom(files: ScreenFiles): (request: Pick<Request, 'method' | 'url'>) => Response {
  return ({ method, url }) => {
    if (!isScreen(url)) return refusal(404);
    if (method !== 'GET') return refusal(405);
    const path = new URL(url).pathname.slice(1) || 'index.html';
    const type = contentTypeOf(path);
    const bytes = files.get(path);
    if (bytes === undefined || type === undefined) return refusal(404);
    return new Response(Uint8Array.from(bytes), { headers: { ...headers, 'Content-Type': type } });
  };
}

/** Whether an address belongs to the screen. */
export function isScreen(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  return url.protocol === `${appScheme.scheme}:` && url.host === host;
}

function refusal(status: number): Response {
  return new Response(null, { status, headers });
}
