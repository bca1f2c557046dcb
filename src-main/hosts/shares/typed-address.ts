import type { Address } from '../../engine/ports.ts';

/** Where Piecewise and most clients listen unless told otherwise. */
export const usualPort = 6881;

/** `host`, `host:port`, `[IPv6]:port` or a bare IPv6 address; undefined when it is none of these. */
export function parseTypedAddress(text: string): Address | undefined {
  const bare = /^[\da-f:.]*:[\da-f:.]*:[\da-f:.]*(?:%[\w.-]+)?$/i.test(text) ? text : undefined;
  const [, bracketed, name, digits] =
    bare === undefined ? (/^(?:\[([\da-f:.%\w-]+)\]|([\w.-]+))(?::(\d{1,5}))?$/i.exec(text) ?? []) : [];
  const host = bare ?? bracketed ?? name;
  const port = digits === undefined ? usualPort : Number(digits);
  if (host === undefined || port < 1 || port > 65_535) return undefined;
  return { host, port };
}
