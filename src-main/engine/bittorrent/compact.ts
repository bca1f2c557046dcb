import type { Address } from '../ports.ts';

/** Peers in 6 or 18 bytes each (BEP 23, BEP 7), and what IP addresses look like as text. */

const lengthOf = { ipv4: 6, ipv6: 18 } as const;

export interface CompactPeers {
  /** 6 bytes each: 4 of address, 2 of port. */
  readonly ipv4: Uint8Array;
  /** 18 bytes each. */
  readonly ipv6: Uint8Array;
}

/**
 * Reads peers of one kind, in order, `limit` at most. Peers that cannot be dialled are left out.
 * @throws RangeError when the bytes are no whole number of peers
 */
export function decodeCompact(
  bytes: Uint8Array,
  kind: keyof CompactPeers,
  limit = Number.POSITIVE_INFINITY,
): Address[] {
  const peers: Address[] = [];
  for (const peer of everyCompact(bytes, kind)) {
    if (peers.length >= limit) break;
    if (isDiallable(peer)) peers.push(peer);
  }
  return peers;
}

/**
 * The peers that the bytes stand for, each in its place, whether it can be dialled or not.
 * @throws RangeError when the bytes are no whole number of peers
 */
export function* everyCompact(bytes: Uint8Array, kind: keyof CompactPeers): Generator<Address> {
  const size = lengthOf[kind];
  if (bytes.length % size !== 0) {
    throw new RangeError(`${bytes.length} bytes are no whole number of compact peers`);
  }
  for (let at = 0; at < bytes.length; at += size) {
    const portAt = at + size - 2;
    yield { host: ipText(bytes.subarray(at, portAt)), port: bytes[portAt]! * 256 + bytes[portAt + 1]! };
  }
}

/** What has no compact form, host names and ports out of range, is left out. */
export function encodeCompact(addresses: Iterable<Address>): CompactPeers {
  const parts: Record<keyof CompactPeers, number[]> = { ipv4: [], ipv6: [] };
  for (const { host, port } of addresses) {
    const ip = ipBytes(host);
    if (ip === undefined || !Number.isInteger(port) || port < 1 || port > 65_535) continue;
    parts[ip.length === 4 ? 'ipv4' : 'ipv6'].push(...ip, port >>> 8, port & 0xff);
  }
  return { ipv4: Uint8Array.from(parts.ipv4), ipv6: Uint8Array.from(parts.ipv6) };
}

/**
 * Whether a peer may be at this IP address and port: not port 0, not 0.0.0.0/8, multicast, broadcast or reserved, not `::`,
 * and no IPv6 address that only means something on one link. Loopback may be: whoever names it is perhaps there too.
 */
export function isDiallable({ host, port }: Address): boolean {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return false;
  const ip = ipBytes(host);
  if (ip === undefined) return false;
  if (ip.length === 4) return ip[0] !== 0 && ip[0]! < 224;
  const isUnspecified = ip.every(byte => byte === 0);
  const isLinkLocal = ip[0] === 0xfe && (ip[1]! & 0xc0) === 0x80;
  return !isUnspecified && !isLinkLocal && ip[0] !== 0xff;
}

/** Whether an address is of use between us and one at `host`: loopback addresses only mean something on one computer. */
export function isForOneAt(host: string): (address: Address) => boolean {
  const isHere = isLoopback(host);
  return address => isHere || !isLoopback(address.host);
}

/** Whether only this computer is meant: 127.0.0.0/8, ::1. */
export function isLoopback(host: string): boolean {
  const ip = ipBytes(host);
  if (ip === undefined) return host === 'localhost';
  if (ip.length === 4) return ip[0] === 127;
  return ip.every((byte, at) => byte === (at === 15 ? 1 : 0));
}

/**
 * The 4 or 16 bytes of an IP address; undefined for anything else, host names and zones included. An IPv4 address in
 * the clothes of an IPv6 one (`::ffff:10.0.0.1`) has 4.
 */
export function ipBytes(text: string): Uint8Array | undefined {
  const ip = ipv4Bytes(text) ?? ipv6Bytes(text);
  return ip === undefined ? undefined : unmapped(ip);
}

/** An IP address of 4 or 16 bytes as text, the IPv6 ones in the form of RFC 5952. */
export function ipText(ip: Uint8Array): string {
  const bytes = unmapped(ip);
  return bytes.length === 4 ? bytes.join('.') : ipv6Text(bytes);
}

function unmapped(ip: Uint8Array): Uint8Array {
  const isMapped = ip.length === 16 && ip.subarray(0, 12).every((byte, at) => byte === (at < 10 ? 0 : 0xff));
  return isMapped ? ip.subarray(12) : ip;
}

/** By hand, because a tracker does this for each peer it names. */
function ipv4Bytes(text: string): Uint8Array | undefined {
  const { length } = text;
  if (length > 15) return undefined;
  const bytes = new Uint8Array(4);
  let filled = 0;
  let digits = 0;
  let value = 0;
  for (let i = 0; i <= length; i += 1) {
    const code = i < length ? text.charCodeAt(i) : dot;
    if (code === dot) {
      if (digits === 0 || filled === 4) return undefined;
      bytes[filled++] = value;
      digits = 0;
      value = 0;
    } else {
      const hasLeadingZero = digits > 0 && value === 0;
      if (code < digit0 || code > digit9 || hasLeadingZero) return undefined;
      value = value * 10 + code - digit0;
      digits += 1;
      if (value > 255) return undefined;
    }
  }
  return filled === 4 ? bytes : undefined;
}

const dot = 0x2e;
const digit0 = 0x30;
const digit9 = 0x39;

function ipv6Bytes(text: string): Uint8Array | undefined {
  if (text.length > 45 || !text.includes(':')) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(half => groupBytes(half)) as [number[] | undefined, number[] | undefined];
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 16 ? Uint8Array.from(head) : undefined;
  // '::' stands for one group at least.
  if (tail === undefined || head.length + tail.length > 14) return undefined;
  const bytes = new Uint8Array(16);
  bytes.set(head);
  bytes.set(tail, 16 - tail.length);
  return bytes;
}

/** The bytes of groups between colons, the last of which may be an IPv4 address. */
function groupBytes(text: string): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [i, group] of groups.entries()) {
    if (/^[\da-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >>> 8, value & 0xff);
    } else {
      const ipv4 = i === groups.length - 1 ? ipv4Bytes(group) : undefined;
      if (ipv4 === undefined) return undefined;
      bytes.push(...ipv4);
    }
  }
  return bytes;
}

function ipv6Text(ip: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, at) => (ip[2 * at]! * 256 + ip[2 * at + 1]!).toString(16));
  const { start, length } = longestZeros(groups);
  if (length < 2) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}

/** The first of the longest runs of zero groups. */
function longestZeros(groups: readonly string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [at, group] of groups.entries()) {
    if (group !== '0') start = at + 1;
    else if (at + 1 - start > best.length) best = { start, length: at + 1 - start };
  }
  return best;
}
