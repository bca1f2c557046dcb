import { latin1Bytes, latin1Text } from './bytes.ts';

/**
 * Local service discovery (BEP 14): the datagrams with which clients of one network tell each other, by multicast,
 * what they share. Here are their bytes and when to send them; `io/lan/local-discovery.ts` has the sockets.
 */

/** "I share these, and listen on this port." */
export interface LocalAnnounce {
  /** The multicast group it is sent to, as it stands in the header: "239.192.152.143:6771". */
  readonly host: string;
  /** Where the sender listens for peers; its address is the datagram's. */
  readonly port: number;
  /** 40 hexadecimal digits each, in lower case. */
  readonly infoHashes: readonly string[];
  /** Lets a sender know its own datagrams again; empty when there is none. */
  readonly cookie: string;
}

/** Longer datagrams are not sent (BEP 14), so that none has to be cut on its way. */
export const longestAnnounce = 1_400;
/** And longer ones are not read. */
const longestRead = 4_096;
/** What fits into a datagram of the longest kind there should be, with room for short headers. */
const infoHashLimit = 64;
const headerLimit = 128;
const cookieLimit = 64;

/** The datagram's bytes; it keeps to the 1,400 bytes if `packAnnounces` chose what is in it. */
export function encodeLocalAnnounce({ host, port, infoHashes, cookie }: LocalAnnounce): Uint8Array {
  const lines = [
    'BT-SEARCH * HTTP/1.1',
    `Host: ${host}`,
    `Port: ${port}`,
    ...infoHashes.map(infoHash => `Infohash: ${infoHash}`),
    ...(cookie === '' ? [] : [`cookie: ${cookie}`]),
  ];
  return latin1Bytes(`${lines.join('\r\n')}\r\n\r\n\r\n`);
}

/**
 * What a datagram says; undefined when it is no announce, or one of nothing. Takes what clients are known to send
 * (any case, bare line feeds, spaces around values, unknown headers) and leaves out info-hashes that are none.
 */
export function decodeLocalAnnounce(bytes: Uint8Array): LocalAnnounce | undefined {
  if (bytes.length > longestRead) return undefined;
  const [first = '', ...rest] = latin1Text(bytes).split(/\r?\n/, headerLimit);
  if (!/^BT-SEARCH +\* +HTTP\/1\.\d$/i.test(first.trimEnd())) return undefined;
  const infoHashes = new Set<string>();
  let host = '';
  let port: number | undefined;
  let cookie = '';
  for (const line of rest) {
    const colon = line.indexOf(':');
    const value = line.slice(colon + 1).trim();
    switch (line.slice(0, Math.max(0, colon)).trimEnd().toLowerCase()) {
      case 'host':
        host = value;
        break;
      case 'port':
        // Two ports would make two peers of one.
        if (port !== undefined) return undefined;
        port = /^\d{1,5}$/.test(value) ? Number(value) : 0;
        break;
      case 'infohash':
        if (/^[\da-f]{40}$/i.test(value) && infoHashes.size < infoHashLimit)
          infoHashes.add(value.toLowerCase());
        break;
      case 'cookie':
        if (/^[\x21-\x7e]*$/.test(value) && value.length <= cookieLimit) cookie = value;
        break;
    }
  }
  if (port === undefined || port < 1 || port > 65_535 || infoHashes.size === 0) return undefined;
  return { host, port, infoHashes: [...infoHashes], cookie };
}

/** So many are sent alone: clients are about (Transmission 3) that read only the first info-hash of a datagram. */
const aloneLimit = 16;

/** Divides info-hashes among datagrams: each alone when they are few, else as many together as fit. */
export function packAnnounces(
  host: string,
  port: number,
  infoHashes: readonly string[],
  cookie: string,
): LocalAnnounce[] {
  const announce = (some: readonly string[]) => ({ host, port, infoHashes: some, cookie });
  const frame = encodeLocalAnnounce(announce([])).length;
  const each = encodeLocalAnnounce(announce(['0'.repeat(40)])).length - frame;
  const together =
    infoHashes.length <= aloneLimit ? 1 : Math.max(1, Math.floor((longestAnnounce - frame) / each));
  const announces: LocalAnnounce[] = [];
  for (let at = 0; at < infoHashes.length; at += together)
    announces.push(announce(infoHashes.slice(at, at + together)));
  return announces;
}

/** No info-hash is announced more often (BEP 14). */
export const shortestPauseMs = 60_000;
/** And each again after this time. */
export const announceEveryMs = 5 * 60_000;

/** When each info-hash is announced next. Times are of one monotonic clock, in milliseconds. */
export class AnnounceTimes {
  readonly #nextAt = new Map<string, number>();
  /** Of withdrawn ones too, for as long as it matters. */
  readonly #lastAt = new Map<string, number>();

  /** From now on it is announced: at once, or as soon as a minute is over since it was. */
  add(infoHash: string, now: number): void {
    const lastAt = this.#lastAt.get(infoHash);
    this.#nextAt.set(infoHash, lastAt === undefined ? now : Math.max(now, lastAt + shortestPauseMs));
  }

  /** It is not announced any more. */
  remove(infoHash: string): void {
    this.#nextAt.delete(infoHash);
  }

  /** Somebody may listen who did not before: all are announced as soon as they may be. */
  hurry(now: number): void {
    for (const infoHash of this.#nextAt.keys()) this.add(infoHash, now);
  }

  /** What is to be announced now; it counts as announced. */
  takeDue(now: number): string[] {
    const due = [...this.#nextAt].filter(([, at]) => at <= now).map(([infoHash]) => infoHash);
    for (const infoHash of due) {
      this.#nextAt.set(infoHash, now + announceEveryMs);
      this.#lastAt.set(infoHash, now);
    }
    for (const [infoHash, at] of this.#lastAt)
      if (at + shortestPauseMs <= now && !this.#nextAt.has(infoHash)) this.#lastAt.delete(infoHash);
    return due;
  }

  /** Undefined: nothing is to be announced. */
  nextDueAt(): number | undefined {
    let next: number | undefined;
    for (const at of this.#nextAt.values()) if (next === undefined || at < next) next = at;
    return next;
  }
}
