import type { Address } from '../../engine/ports.ts';

/** Where Piecewise listens unless it is told otherwise, as BitTorrent clients do. */
export const usualPort = 6881;

/** `host`, `host:port`, `[IPv6]`, `[IPv6]:port` or an IPv6 address alone; undefined when it is none of them. */
export function readMachineAddress(text: string): Address | undefined {
  const trimmed = text.trim();
  const [, inBrackets, host, digits] =
    /^(?:\[([\da-f:.]+(?:%[\w.-]+)?)\]|([\w.-]{1,253}))(?::(\d{1,5}))?$/i.exec(trimmed) ?? [];
  const port = digits === undefined ? usualPort : Number(digits);
  if (port < 1 || port > 65_535) return undefined;
  const named = inBrackets ?? host;
  if (named !== undefined) return { host: named, port };
  return /^[\da-f]*:[\da-f:.]*:[\da-f.]*(%[\w.-]+)?$/i.test(trimmed)
    ? { host: trimmed, port: usualPort }
    : undefined;
}

/** "192.168.1.7:6881", "[fe80::1%eth0]:6881". */
export function machineAddressText({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
