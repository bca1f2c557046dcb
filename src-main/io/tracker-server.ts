import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ipBytes, ipText } from '../engine/bittorrent/compact.ts';
import { isSentByPage } from '../engine/bittorrent/http-visitor.ts';
import {
  type AnnounceFact,
  type PeerAnswer,
  type Refusal,
  Tracker,
  type TrackerLimits,
  usualPeersWanted,
} from '../engine/bittorrent/tracker.ts';
import {
  hostOf,
  type Query,
  readAnnounce,
  readQuery,
  readScrape,
  writeAnnounceAnswer,
  writeRefusal,
  writeScrapeAnswer,
} from '../engine/bittorrent/tracker-queries.ts';
import {
  decodeQuestion,
  encodeAnswer,
  type UdpAnnounce,
  type UdpAnswer,
  type UdpQuestion,
} from '../engine/bittorrent/udp-tracker-packets.ts';
import type { Clock, Random } from '../engine/ports.ts';
import { ownAddresses } from './own-addresses.ts';
import { reasonOf } from './tcp.ts';

/** A tracker for everybody who can reach this computer, over HTTP and UDP. */

export interface TrackerServerOptions {
  /** Null: not over HTTP; 0: any port that is free. */
  readonly httpPort: number | null;
  readonly udpPort: number | null;
  /** One address of this computer; all of them when left out. */
  readonly host?: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits?: Partial<TrackerLimits>;
  /** Connections over HTTP, of all and of one address. */
  readonly connections?: number;
  readonly connectionsPerHost?: number;
  readonly onAnnounced?: (fact: AnnounceFact) => void;
}

export interface TrackerServer {
  /** What a torrent is made with, the likeliest to be reached by others first; over HTTP before over UDP. */
  readonly announceUrls: readonly string[];
  readonly tracker: Tracker;
  /** Ends it at once; its memory is gone. */
  close(): Promise<void>;
}

/** Why there is no tracker, naming the port and what to do. */
export class TrackerListenError extends Error {
  override readonly name = 'TrackerListenError';
}

const headersMs = 5_000;
/** A client that keeps its connection may be silent for this long. */
const silenceMs = 5_000;
/** Larger than any announce; a full scrape request has a hundred info-hashes. */
const longestHeaders = 8 * 1024;
/** Answers that wait for the network beyond this are not sent. */
const mostUnsent = 1024 * 1024;

/** @throws TrackerListenError */
export async function openTrackerServer(options: TrackerServerOptions): Promise<TrackerServer> {
  const { httpPort, udpPort, host, clock, random, limits, onAnnounced } = options;
  const tracker = new Tracker({
    clock,
    random,
    ...(limits === undefined ? {} : { limits }),
    ...(onAnnounced === undefined ? {} : { onAnnounced }),
  });
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    tracker.close();
    await Promise.all(closers.map(end => end()));
  };
  const urls: string[] = [];
  try {
    if (httpPort !== null) {
      const server = new HttpTracker(tracker, urls, options);
      closers.push(() => server.close());
      urls.push(...announceUrls('http', host, await server.listen(httpPort, host)));
    }
    if (udpPort !== null) {
      const server = new UdpTracker(tracker, host);
      closers.push(() => server.close());
      urls.push(...announceUrls('udp', host, await server.listen(udpPort, host)));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { announceUrls: urls, tracker, close };
}

function announceUrls(scheme: string, host: string | undefined, port: number): string[] {
  const hosts = host === undefined || isAnyAddress(host) ? ownAddresses() : [host];
  return hosts.map(each => `${scheme}://${each.includes(':') ? `[${each}]` : each}:${port}/announce`);
}

function isAnyAddress(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

class HttpTracker {
  readonly #tracker: Tracker;
  readonly #urls: readonly string[];
  readonly #server: Server;
  readonly #connectionsPerHost: number;
  readonly #connections = new Map<string, number>();

  constructor(
    tracker: Tracker,
    urls: readonly string[],
    { connections = 1_000, connectionsPerHost = 250 }: TrackerServerOptions,
  ) {
    this.#tracker = tracker;
    this.#urls = urls;
    this.#connectionsPerHost = connectionsPerHost;
    this.#server = createServer({
      headersTimeout: headersMs,
      requestTimeout: headersMs,
      keepAliveTimeout: silenceMs,
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: longestHeaders,
      noDelay: true,
    });
    this.#server.maxConnections = connections;
    this.#server.timeout = 2 * silenceMs;
    this.#server.on('connection', socket => {
      const from = socket.remoteAddress ?? '';
      const count = (this.#connections.get(from) ?? 0) + 1;
      this.#connections.set(from, count);
      socket.on('close', () => {
        const left = this.#connections.get(from)! - 1;
        if (left === 0) this.#connections.delete(from);
        else this.#connections.set(from, left);
      });
      if (count > this.#connectionsPerHost) socket.destroy();
    });
    this.#server.on('request', (request, response) => this.#answer(request, response));
  }

  /** Returns the port. */
  listen(port: number, host: string | undefined): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', error => reject(listenError('HTTP', port, host, error)));
      this.#server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
        this.#server.removeAllListeners('error');
        this.#server.on('error', () => {}); // an accept that failed, for want of descriptors: others go on
        resolve((this.#server.address() as { port: number }).port);
      });
    });
  }

  close(): Promise<void> {
    return new Promise(resolve => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { method, url = '', headers } = request;
    // No client has a body to send: whoever sends one is not listened to any further.
    if (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined) {
      response.setHeader('Connection', 'close');
    }
    if (method !== 'GET' && method !== 'HEAD') return send(response, 405, 'Only GET is answered here.\n');
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const query = mark < 0 ? '' : url.slice(mark + 1);
    switch (path) {
      case '/announce':
        // A page that somebody reads here could announce in this computer's name.
        if (isSentByPage(Object.keys(headers))) return send(response, 403, 'Not for web pages.\n');
        return this.#tell(response, query, fields => this.#announce(request, fields));
      case '/scrape':
        return this.#tell(response, query, fields => this.#scrape(fields));
      case '/':
        return send(response, 200, this.#statusPage());
      default:
        return send(response, 404, 'A tracker answers at /announce and /scrape.\n');
    }
  }

  /** Refusals have the status 200 too: clients look for the reason only there. */
  #tell(response: ServerResponse, text: string, answer: (query: Query) => Uint8Array): void {
    const query = readQuery(text);
    const bytes =
      query === undefined
        ? writeRefusal({ refused: 'The query of this URL is not what a client says.' })
        : answer(query);
    send(response, 200, bytes);
  }

  #announce({ socket }: IncomingMessage, query: Query): Uint8Array {
    const from = addressText(socket.remoteAddress);
    const reachedAt = addressText(socket.localAddress);
    if (from === undefined || reachedAt === undefined) return writeRefusal({ refused: 'You are gone.' });
    const read = readAnnounce(query, from, reachedAt);
    if ('refused' in read) return writeRefusal(read);
    const answer = this.#tracker.announce(read.announce);
    return 'refused' in answer ? writeRefusal(answer) : writeAnnounceAnswer(answer, read.form);
  }

  #scrape(query: Query): Uint8Array {
    const infoHashes = readScrape(query);
    if ('refused' in infoHashes) return writeRefusal(infoHashes);
    return writeScrapeAnswer(infoHashes, this.#tracker.scrape(infoHashes));
  }

  #statusPage(): string {
    const { torrents, peers, announces } = this.#tracker.counts;
    const urls = this.#urls.map(url => `  ${url}\n`).join('');
    const counts = [counted(torrents, 'torrent'), counted(peers, 'peer'), counted(announces, 'announce')];
    return `Piecewise tracker\n\n${counts.join(', ')} so far.\n\nMake torrents with one of these:\n${urls}`;
  }
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function send(response: ServerResponse, status: number, body: Uint8Array | string): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': bytes.length,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(bytes);
}

/** Connection IDs are made anew this often, and those of the slot before are still good. */
const slotMs = 60_000;
const ownAddressMs = 30_000;

class UdpTracker {
  readonly #tracker: Tracker;
  readonly #host: string | undefined;
  readonly #sockets: Socket[] = [];
  readonly #secret = randomBytes(32);
  #ownAddress: { readonly address: string; readonly until: number } | undefined;

  constructor(tracker: Tracker, host: string | undefined) {
    this.#tracker = tracker;
    this.#host = host;
  }

  /** Returns the port. Without a host, IPv4 is needed and IPv6 is welcome. */
  async listen(port: number, host: string | undefined): Promise<number> {
    if (host !== undefined) return this.#bind(port, await resolved(port, host));
    const bound = await this.#bind(port, '0.0.0.0');
    await this.#bind(bound, '::').catch(() => {});
    return bound;
  }

  async close(): Promise<void> {
    const closed = this.#sockets.map(socket => new Promise<void>(resolve => socket.close(() => resolve())));
    await Promise.all(closed);
  }

  #bind(port: number, address: string): Promise<number> {
    const kind = address.includes(':') ? 'ipv6' : 'ipv4';
    const socket = createSocket({ type: kind === 'ipv6' ? 'udp6' : 'udp4', ipv6Only: kind === 'ipv6' });
    return new Promise((resolve, reject) => {
      socket.once('error', error => {
        socket.close();
        reject(listenError('UDP', port, address, error));
      });
      socket.bind({ port, address, exclusive: true }, () => {
        socket.removeAllListeners('error');
        socket.on('error', () => {}); // some answer could not be sent: that is for whoever asked to notice
        socket.on('message', (bytes, from) => this.#onMessage(socket, kind, bytes, from));
        this.#sockets.push(socket);
        resolve(socket.address().port);
      });
    });
  }

  /** Whoever has no connection ID of ours may be anybody under a stolen address: no answer longer than the question. */
  #onMessage(socket: Socket, kind: 'ipv4' | 'ipv6', bytes: Uint8Array, from: RemoteInfo): void {
    const question = decodeQuestion(bytes);
    const host = addressText(from.address);
    if (question === undefined || host === undefined || from.port === 0) return;
    if (socket.getSendQueueSize() > mostUnsent) return;
    const answer = this.#answer(question, host, kind);
    if (answer !== undefined) socket.send(encodeAnswer(answer, kind), from.port, from.address, () => {});
  }

  #answer(question: UdpQuestion, from: string, kind: 'ipv4' | 'ipv6'): UdpAnswer | undefined {
    const { action, transaction } = question;
    const slot = Math.floor(performance.now() / slotMs);
    if (action === 'connect') return { action, transaction, connection: this.#connectionOf(from, slot) };
    const isOurs = [slot, slot - 1].some(each =>
      timingSafeEqual(this.#connectionOf(from, each), question.connection),
    );
    if (!isOurs) return undefined;
    if (action === 'scrape') {
      return { action, transaction, entries: this.#tracker.scrape(question.infoHashes) };
    }
    const result = this.#announce(question, from, kind);
    if ('refused' in result) return { action: 'error', transaction, words: Buffer.from(result.refused) };
    const { intervalMs, seeders, leechers, peers } = result;
    return {
      action,
      transaction,
      intervalSeconds: Math.ceil(intervalMs / 1000),
      seeders,
      leechers,
      peers: peers.map(({ address }) => address),
    };
  }

  #announce(question: UdpAnnounce, from: string, kind: 'ipv4' | 'ipv6'): PeerAnswer | Refusal {
    const { infoHash, peerId, port, ip, left, event, numWant } = question;
    if (port === 0) return { refused: 'An announce needs the port you listen at, from 1 to 65535.' };
    return this.#tracker.announce({
      infoHash,
      peerId,
      address: { host: hostOf(from, ip === undefined ? undefined : ipText(ip)), port },
      left,
      event,
      numWant: numWant < 0 ? usualPeersWanted : numWant,
      family: kind === 'ipv6' ? 6 : 4,
      reachedAt: this.#reachedAt(),
    });
  }

  /** Derived from the asker's address and the time, so that nothing is remembered of those who only ask for one. */
  #connectionOf(from: string, slot: number): Uint8Array {
    return createHmac('sha256', this.#secret).update(`${slot} ${from}`).digest().subarray(0, 8);
  }

  /** A datagram does not say to which of our addresses it came, so it is the one that others most likely use. */
  #reachedAt(): string {
    if (this.#host !== undefined && !isAnyAddress(this.#host)) return this.#host;
    const now = performance.now();
    if (this.#ownAddress === undefined || this.#ownAddress.until < now) {
      this.#ownAddress = { address: ownAddresses()[0]!, until: now + ownAddressMs };
    }
    return this.#ownAddress.address;
  }
}

async function resolved(port: number, host: string): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch (error) {
    throw listenError('UDP', port, host, error as NodeJS.ErrnoException);
  }
}

/** Without a zone, and an IPv4 address as such also where the socket speaks IPv6. */
function addressText(address: string | undefined): string | undefined {
  const ip = ipBytes(address?.replace(/%.*$/, '') ?? '');
  return ip === undefined ? undefined : ipText(ip);
}

function listenError(
  over: string,
  port: number,
  host: string | undefined,
  error: NodeJS.ErrnoException,
): TrackerListenError {
  const where = host === undefined || isAnyAddress(host) ? '' : ` of ${host}`;
  return new TrackerListenError(
    `The tracker cannot listen at port ${port}${where} over ${over}: ${whyNot(error)}`,
  );
}

function whyNot(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return 'another program listens there. Stop it, or choose another port.';
    case 'EACCES':
      return 'this needs administrator rights. Choose a port of 1024 or more.';
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'this is no address of this computer.';
    default:
      return `${reasonOf(error)}.`;
  }
}
