import { lookup } from 'node:dns/promises';
import { connect, createServer, isIP, type OnReadOpts, type Server, Socket } from 'node:net';
import type { Address, Dialer, Link, LinkHandler } from '../engine/ports.ts';
import { networkAddresses } from './lan/network-addresses.ts';

/** TCP with Node's sockets: the only place that knows them. */

/**
 * Links read straight into the message under way, or else into this one buffer, out of which everything is taken
 * before the next read. It is short so that the better part of a piece goes straight to where it belongs.
 */
const receiveBuffer = new Uint8Array(16 * 1024);

/** How long a frame waits for company. */
const soonMs = 10;

/** A peer of the course has at most one connection with each other; more than this is an attack. */
const connectionLimit = 1_000;

class TcpLink implements Link {
  readonly remote: string;
  readonly #socket: Socket;
  #handler: LinkHandler | undefined;
  #error: string | undefined;
  #isCorked = false;
  #soon: Uint8Array[] = [];
  #soonTimer: NodeJS.Timeout | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.remote = `${bracketed(plainAddress(socket.remoteAddress ?? 'unknown'))}:${socket.remotePort ?? 0}`;
    socket.on('error', error => {
      this.#error = reasonOf(error);
    });
    socket.on('end', () => this.#handler?.onEnd());
    socket.on('close', () => this.#handler?.onClosed(this.#error));
  }

  onceClosed(act: () => void): void {
    this.#socket.once('close', act);
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  open(handler: LinkHandler): void {
    this.#handler = handler;
    this.#socket.on('data', (bytes: Uint8Array) => handler.onBytes(bytes));
    this.#socket.resume();
  }

  /** Where a socket that reads into place, and so emits no data, reads to next. */
  window(): Uint8Array | undefined {
    return this.#handler?.window?.();
  }

  /** What such a socket has read. */
  receive(bytes: Uint8Array): void {
    this.#handler?.onBytes(bytes);
  }

  /** A frame alone costs a system call here and a wake-up there, more than the piece it tells of. */
  sendSoon(frame: Uint8Array): void {
    this.#soon.push(frame);
    this.#soonTimer ??= setTimeout(() => this.#sendWaiting(), soonMs);
  }

  /** What is sent together leaves in one write: a frame is never torn (A28). */
  send(parts: readonly Uint8Array[], onSent?: () => void): void {
    this.#sendWaiting();
    this.#write(parts, onSent);
  }

  #sendWaiting(): void {
    clearTimeout(this.#soonTimer);
    this.#soonTimer = undefined;
    if (this.#soon.length === 0) return;
    const frames = this.#soon;
    this.#soon = [];
    this.#write(frames);
  }

  #write(parts: readonly Uint8Array[], onSent?: () => void): void {
    if (!this.#socket.writable) {
      if (onSent !== undefined) setImmediate(onSent);
      return;
    }
    this.#corkForThisTick();
    const last = parts.length - 1;
    for (let i = 0; i < last; i += 1) this.#socket.write(parts[i]!);
    this.#socket.write(parts[last]!, onSent === undefined ? undefined : () => onSent());
  }

  /** What one event has us send, in however many messages, leaves in one write. */
  #corkForThisTick(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.#socket.cork();
    process.nextTick(() => {
      this.#isCorked = false;
      this.#socket.uncork();
    });
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  finish(): void {
    this.#sendWaiting();
    this.#socket.end();
  }

  abort(): void {
    this.#soon = [];
    clearTimeout(this.#soonTimer);
    this.#socket.destroy();
  }
}

/** Lets a socket read into memory of the link's choosing; the link comes once the socket is there. */
class ReadIntoPlace implements OnReadOpts {
  link: TcpLink | undefined;

  readonly buffer = (): Uint8Array => this.link?.window() ?? receiveBuffer;

  readonly callback = (length: number, bytes: Uint8Array): boolean => {
    this.link?.receive(bytes.subarray(0, length));
    return true;
  };
}

/** Dials from this address of our own; whichever the system chooses when left out. */
export function tcpDialerFrom(localAddress?: string): Dialer {
  return {
    dial({ host, port }, done) {
      const onread = new ReadIntoPlace();
      const socket = connect({
        host,
        port,
        noDelay: true,
        allowHalfOpen: true,
        autoSelectFamily: true, // "localhost" may name ::1 first (A26)
        onread,
        ...sourceOf(localAddress),
      });
      const onError = (error: Error) => done({ failed: reasonOf(error) });
      socket.once('error', onError);
      socket.once('connect', () => {
        socket.off('error', onError);
        onread.link = new TcpLink(socket);
        done(onread.link);
      });
      return () => socket.destroy();
    },
  };
}

export const tcpDialer: Dialer = tcpDialerFrom();

/** As options of a connection: only addresses of the same family are reached from there. */
export function sourceOf(localAddress: string | undefined): { localAddress?: string; family?: number } {
  return localAddress === undefined ? {} : { localAddress, family: isIP(localAddress) };
}

/** What an accepted socket stands on. Node does not document it. */
interface Handle {
  useUserBuffer?: unknown;
}

/**
 * Node lets only dialled sockets read into place, so an accepted connection moves, unread, to a socket that does.
 * Should Node's inside ever look different, it stays where it is and its bytes are copied once.
 */
function linkOf(accepted: Socket): TcpLink {
  const inside = accepted as unknown as { _handle: Handle | null };
  const handle = inside._handle;
  if (typeof handle?.useUserBuffer !== 'function') return new TcpLink(accepted);
  inside._handle = null;
  const onread = new ReadIntoPlace();
  // Paused until it is opened: a link may have to wait for its swarm, and what is read before that is lost.
  const options = { handle, allowHalfOpen: true, onread, pauseOnCreate: true };
  onread.link = new TcpLink(new Socket(options));
  return onread.link;
}

/** Addresses being listened on, and how to stop. */
export interface Listening {
  readonly addresses: readonly string[];
  close(): void;
}

/** Why nobody could listen, naming the address and what to do: "127.0.0.1:6008 is already in use: …; stop it, or …". */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/**
 * Listens where our own line says, if that is one of this machine's addresses, else on all of them (A26).
 * @throws ListenError
 */
export async function listen({ host, port }: Address, onLink: (link: Link) => void): Promise<Listening> {
  const servers: Server[] = [];
  const close = () => {
    for (const server of servers) server.close();
  };
  try {
    for (const address of await localAddressesOf(host)) servers.push(await listenOn(address, port, onLink));
  } catch (error) {
    close();
    throw error;
  }
  return { addresses: servers.map(addressOf), close };
}

async function localAddressesOf(host: string): Promise<(string | undefined)[]> {
  const own = new Set(networkAddresses().map(({ address }) => address));
  const named = await lookup(host, { all: true }).catch(() => []);
  const isOwn = (address: string) => own.has(address) || address.startsWith('127.');
  const local = [...new Set(named.map(({ address }) => address))].filter(isOwn);
  return named.length > 0 && local.length === named.length ? local : [undefined];
}

function listenOn(address: string | undefined, port: number, onLink: (link: Link) => void): Promise<Server> {
  const links = new Set<TcpLink>();
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, socket => {
      if (links.size >= connectionLimit) {
        socket.destroy();
        return;
      }
      const link = linkOf(socket);
      links.add(link);
      link.onceClosed(() => links.delete(link));
      onLink(link);
    });
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new ListenError(`${bracketed(address ?? '*')}:${port} ${whyNotListening(error)}`)),
    );
    server.listen({ port, ...(address === undefined ? {} : { host: address }) }, () => {
      server.on('error', () => {}); // an accept that failed, for want of descriptors: others go on
      resolve(server);
    });
  });
}

function whyNotListening(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return 'is already in use: another peer or program listens there; stop it, or change the port in PeerInfo.cfg';
    case 'EACCES':
      return 'may not be used without administrator rights; choose a port of 1024 or more';
    default:
      return `cannot be listened on: ${reasonOf(error)}`;
  }
}

function addressOf(server: Server): string {
  const address = server.address();
  return address === null || typeof address === 'string'
    ? ''
    : `${bracketed(address.address)}:${address.port}`;
}

/** In words where there are some; a host with several addresses fails once for each. */
export function reasonOf(error: NodeJS.ErrnoException): string {
  const first: NodeJS.ErrnoException = error instanceof AggregateError ? error.errors[0] : error;
  switch (first.code) {
    case 'ECONNREFUSED':
      return 'connection refused: nobody listens there yet';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'the other side reset the connection';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host name ${(first as { hostname?: string }).hostname ?? ''} cannot be resolved`;
    case 'ETIMEDOUT':
      return 'no answer';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'the host cannot be reached';
    default:
      return first.message;
  }
}

/** Who listens on every address sees IPv4 ones in the clothes of IPv6: "::ffff:10.0.0.7". */
function plainAddress(address: string): string {
  return /^::ffff:\d+(\.\d+){3}$/i.test(address) ? address.slice('::ffff:'.length) : address;
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
