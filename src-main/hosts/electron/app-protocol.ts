/** `app://piecewise/…`: the built screen, and nothing else. */

export const appScheme = {
  scheme: 'app',
  privileges: { standard: true, secure: true, supportFetchAPI: true },
} as const;
const host = 'piecewise';
export const screenAddress = `${appScheme.scheme}://${host}/`;

/** No source but ourselves, no code but the files built; `data:` for small pictures. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "object-src 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const contentTypes: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  ico: 'image/x-icon',
  js: 'text/javascript; charset=utf-8',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
  webp: 'image/webp',
  woff2: 'font/woff2',
};

const headers = {
  'Content-Security-Policy': contentSecurityPolicy,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

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
    const type = contentTypes[path.slice(path.lastIndexOf('.') + 1)];
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
