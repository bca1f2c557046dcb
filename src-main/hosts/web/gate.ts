import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** As much of a request as decides whether it comes in. */
export type Knock = Pick<IncomingMessage, 'headers' | 'rawHeaders'>;

const cookieName = 'piecewise';
const newSecret = () => randomBytes(32).toString('base64url');

/**
 * Who may come in. The link that is printed holds a key; it is exchanged for a cookie, so that the key leaves the
 * address bar. A browser sends a cookie to every port of a computer, so the cookie belongs to a folder with a random
 * name: another program that serves pages here never gets to see it, and two of ours do not mix theirs up.
 */
export class Gate {
  /** All that is served lies below it. */
  readonly folder = `/${randomBytes(9).toString('base64url')}/`;
  readonly #hosts: ReadonlySet<string>;
  readonly #key = newSecret();
  readonly #pass = newSecret();
  readonly #tickets = new Set<string>();

  /** `hosts` are the names and ports that this server goes by, as a browser writes them. */
  constructor(hosts: Iterable<string>) {
    this.#hosts = new Set(hosts);
  }

  /** The path that holds the key. */
  get entry(): string {
    return entryWith(this.#key);
  }

  /** A path that opens once: for a program's arguments, which every user of the computer can read. */
  newTicket(): string {
    const ticket = newSecret();
    this.#tickets.add(ticket);
    return entryWith(ticket);
  }

  /**
   * What comes of the key; gone when the browser is closed. `Lax`, since a link in a page of another site, such as
   * one that shows a terminal, opens with the cookie only then; what changes something is guarded by `Origin` besides.
   */
  get cookie(): string {
    return `${cookieName}=${this.#pass}; Path=${this.folder}; HttpOnly; SameSite=Lax`;
  }

  /**
   * Whether a request was meant for this server and sent by a page of ours, or by no page at all. A foreign name in
   * `Host` is how a page from elsewhere makes a browser take us for its own server (DNS rebinding).
   * @param fromPage it must come from a page: it opens a carrier or changes something
   */
  isOurs({ headers, rawHeaders }: Knock, fromPage: boolean): boolean {
    const hosts = rawHeaders.filter((name, place) => place % 2 === 0 && name.toLowerCase() === 'host');
    if (hosts.length !== 1 || !this.#hosts.has(headers.host!)) return false;
    return headers.origin === undefined ? !fromPage : headers.origin === `http://${headers.host}`;
  }

  /** Whether a path is the entry with its key, or with a ticket, which is used up by this. */
  opensWith(path: string): boolean {
    const ticket = [...this.#tickets].find(unused => isSame(path, entryWith(unused)));
    return ticket === undefined ? isSame(path, this.entry) : this.#tickets.delete(ticket);
  }

  /** Whether a request holds the cookie. */
  knows({ headers }: Knock): boolean {
    const cookies = (headers.cookie ?? '').split(';').map(cookie => cookie.trim());
    const passes = cookies.filter(cookie => cookie.startsWith(`${cookieName}=`));
    return passes.some(cookie => isSame(cookie, `${cookieName}=${this.#pass}`));
  }
}

function entryWith(key: string): string {
  return `/?key=${key}`;
}

/** Takes as long for a near miss as for any other. */
function isSame(given: string, secret: string): boolean {
  return timingSafeEqual(digest(given), digest(secret));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
