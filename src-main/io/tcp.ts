import { lookup } from 'node:dns/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Address, Dialer, Link, LinkHandler } from '../engine/ports.ts';

/** TCP with Node's sockets: the only place that knows them. */

/**
 * All dialled links read into this one buffer: what arrives is taken out before the next read. Larger reads than a
 * socket's usual 64 KiB, and no memory allocated for them.
 */
const receiveBuffer = new Uint8Array(512 * 1024);

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
    this.remote = `${bracketed(socket.remoteAddress ?? 'unknown')}:${socket.remotePort ?? 0}`;
    socket.on('error', error => {
      this.#error = reasonOf(error);
    });
    socket.on('end', () => this.#handler?.onEnd());
    socket.on('close', () => this.#handler?.onClosed(this.#error));
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  open(handler: LinkHandler): void {
    this.#handler = handler;
    this.#socket.on('data', (bytes: Uint8Array) => handler.onBytes(bytes));
  }

  /** For sockets that read into `receiveBuffer` and emit no data. */
  receive(bytes: Uint8Array): void {
    this.#handler?.onBytes(bytes);
  }

  /** A frame alone costs a system call here and a wake-up there, more than the piece it tells of. */
  sendSoon(frame: Uint8Array): void {
    this.#soon.push(frame);
    this.#soonTimer ??= setTimeout(() => this.#sendWaiting(), soonMs);
  }

  /** Everything sent during one turn of the loop leaves in one write: a frame is never torn (A28), and calls are few. */
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
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#isCorked = false;
        this.#socket.uncork();
      });
    }
    const last = parts.length - 1;
    for (let i = 0; i < last; i += 1) this.#socket.write(parts[i]!);
    this.#socket.write(parts[last]!, onSent === undefined ? undefined : () => onSent());
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

export const tcpDialer: Dialer = {
  dial({ host, port }, done) {
    let link: TcpLink | undefined;
    const socket = connect({
      host,
      port,
      noDelay: true,
      allowHalfOpen: true,
      autoSelectFamily: true, // "localhost" may name ::1 first (A26)
      onread: {
        buffer: receiveBuffer,
        callback: (length, bytes) => {
          link?.receive(bytes.subarray(0, length));
          return true;
        },
      },
    });
    const onError = (error: Error) => done({ failed: reasonOf(error) });
    socket.once('error', onError);
    socket.once('connect', () => {
      socket.off('error', onError);
      link = new TcpLink(socket);
      done(link);
    });
    return () => socket.destroy();
  },
};

/** Addresses being listened on, and how to stop. */
export interface Listening {
  readonly addresses: readonly string[];
  close(): void;
}

/** Why nobody could listen, naming the address: "127.0.0.1:6008 is in use by another program". */
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
  const own = new Set(
    Object.values(networkInterfaces()).flatMap(list => (list ?? []).map(({ address }) => address)),
  );
  const named = await lookup(host, { all: true }).catch(() => []);
  const isOwn = (address: string) => own.has(address) || address.startsWith('127.');
  const local = [...new Set(named.map(({ address }) => address))].filter(isOwn);
  return named.length > 0 && local.length === named.length ? local : [undefined];
}

function listenOn(address: string | undefined, port: number, onLink: (link: Link) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, socket =>
      onLink(new TcpLink(socket)),
    );
    server.maxConnections = connectionLimit;
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new ListenError(`${bracketed(address ?? '*')}:${port} ${whyNotListening(error)}`)),
    );
    server.listen({ port, ...(address === undefined ? {} : { host: address }) }, () => resolve(server));
  });
}

function whyNotListening(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return 'is already in use: another peer or program listens there';
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
function reasonOf(error: NodeJS.ErrnoException): string {
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

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
