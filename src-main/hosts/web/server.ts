import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { readFolderFiles } from '../../io/folder-files.ts';
import { isLoopback, ownAddresses } from '../../io/own-addresses.ts';
import type { App } from '../app/app.ts';
import { SetUpError } from '../course-peer.ts';
import { contentSecurityPolicy, contentTypeOf, guardingHeaders } from '../screen-answer.ts';
import { carry, sayGoodbye } from './carrier.ts';
import { Drops } from './drops.ts';
import { Gate } from './gate.ts';

/** The screen in a browser: the built files, the carrier, and what is dropped, for whoever has the link. */

export interface WebHostOptions {
  /** 0 for any that is free. */
  readonly port: number;
  /** An address of this computer; the loopback address unless others are to come in. */
  readonly host?: string;
  /** The built screen. */
  readonly rendererFolder: string;
  /** What is dropped comes to lie in a folder `Dropped` below it. */
  readonly workFolder: string;
}

export interface WebHost {
  /** The link, with the key in it. A page of the screen may follow: `#/swarm/…`. */
  readonly url: string;
  /** A link that opens once, for a program's arguments, which every user of the computer can read. */
  newTicket(): string;
  /** What was dropped and lies there is used, and stays from now on. */
  keep(path: string): Promise<void>;
  /** A share that lay in this folder was removed with its files; what was dropped of `unused` goes, too. */
  clearAway(folder: string, unused: readonly string[]): Promise<void>;
  /** Others than this computer can reach it. */
  readonly isOpenToOthers: boolean;
  close(): Promise<void>;
}

const mostCarriers = 16;
const mostConnections = 128;
/** A roster of a thousand peers has room in it several times. */
const largestMessage = 1024 * 1024;
const headersMs = 10_000;
/** A connection on which nothing moves is dropped after this. */
const silenceMs = 60_000;
const heartbeatMs = 30_000;
const anyAddress = /^(0\.0\.0\.0|::)$/;

const withoutKey =
  'This page opens only with the link that Piecewise printed when it started: it has a key in it. Open that link once more.\n';

/** @throws SetUpError when the screen is not built, or the address cannot be listened on */
export async function startWebHost(app: App, options: WebHostOptions): Promise<WebHost> {
  const { host = '127.0.0.1', port, rendererFolder, workFolder } = options;
  const files = await readFolderFiles(rendererFolder).catch(() => new Map<string, Uint8Array>());
  if (!files.has('index.html')) {
    throw new SetUpError([
      `The screen is not built: ${rendererFolder} holds no index.html. Run "npm run build" first.`,
    ]);
  }
  const server = createServer({ requestTimeout: 0, headersTimeout: headersMs, maxHeaderSize: 16 * 1024 });
  server.timeout = silenceMs;
  server.maxConnections = mostConnections;
  const opened = await listen(server, port, host);
  const gate = new Gate(namesOf(host).map(name => originOf(name, opened).host));
  const drops = new Drops(join(workFolder, 'Dropped'), path => app.grant(path));
  await drops.removeLeftOver();
  const carriers = new Carriers(app);
  const answer = new Answering(gate, files, drops);
  server.on('request', (request, response) => void answer.request(request, response));
  server.on('upgrade', (request, socket, head) => {
    const refusal = answer.upgradeRefusal(request) ?? carriers.refusal();
    if (refusal === undefined) carriers.add(request, socket, head);
    else refuseUpgrade(socket, refusal);
  });
  const { origin } = originOf(anyAddress.test(host) ? ownAddresses()[0]! : host, opened);
  return {
    url: `${origin}${gate.entry}`,
    newTicket: () => `${origin}${gate.newTicket()}`,
    keep: path => drops.keep(path),
    clearAway: (folder, unused) => drops.clearAway(folder, unused),
    isOpenToOthers: !isLoopback(host),
    async close() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()));
      carriers.close();
      await drops.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Answers requests one by one; a request names a file that was read at the start, and never reaches the disk. */
class Answering {
  readonly #gate: Gate;
  readonly #files: ReadonlyMap<string, Uint8Array>;
  readonly #drops: Drops;

  constructor(gate: Gate, files: ReadonlyMap<string, Uint8Array>, drops: Drops) {
    this.#gate = gate;
    this.#files = files;
    this.#drops = drops;
  }

  async request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = '', method = '' } = request;
    const reads = method === 'GET' || method === 'HEAD';
    if (!this.#gate.isOurs(request, !reads)) return refuse(response, 403);
    if (reads && this.#gate.opensWith(url)) return this.#welcome(response);
    const path = this.#pathOf(request);
    if (path === undefined) return refuse(response, 403, withoutKey);
    if (path.startsWith('drop/')) {
      if (method !== 'PUT') return refuse(response, 405, '', { Allow: 'PUT' });
      return this.#takeDrop(request, response, path.slice('drop/'.length));
    }
    if (!reads) return refuse(response, 405, '', { Allow: 'GET, HEAD' });
    this.#sendFile(request, response, path === '' ? 'index.html' : path);
  }

  /** The status with which a request to open a carrier is turned away; undefined when it is not. */
  upgradeRefusal(request: IncomingMessage): number | undefined {
    if (!this.#gate.isOurs(request, true)) return 403;
    const path = this.#pathOf(request);
    if (path === undefined) return 403;
    return path === 'carrier' ? undefined : 404;
  }

  /** The path below our folder; undefined for whoever may not look there. */
  #pathOf(request: IncomingMessage): string | undefined {
    const { folder } = this.#gate;
    if (!request.url?.startsWith(folder) || !this.#gate.knows(request)) return undefined;
    return request.url.slice(folder.length);
  }

  #welcome(response: ServerResponse): void {
    const { folder, cookie } = this.#gate;
    const headers = {
      ...guardingHeaders,
      'Cache-Control': 'no-store',
      Location: folder,
      'Set-Cookie': cookie,
    };
    response.writeHead(303, headers).end();
  }

  async #takeDrop(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const { status, answer } = await this.#drops.receive(request, path);
    const text = Buffer.from(JSON.stringify(answer));
    // What is left of a body that was refused is still read: a browser looks for the answer only when it is sent.
    request.resume();
    response.writeHead(status, {
      ...guardingHeaders,
      'Cache-Control': 'no-store',
      'Content-Type': 'application/json',
      'Content-Length': text.length,
    });
    response.end(text);
  }

  #sendFile({ method, headers: asked }: IncomingMessage, response: ServerResponse, path: string): void {
    const bytes = this.#files.get(path);
    const type = contentTypeOf(path);
    if (bytes === undefined || type === undefined) return refuse(response, 404);
    response.writeHead(200, {
      ...guardingHeaders,
      'Content-Type': type,
      'Content-Length': bytes.length,
      'Content-Security-Policy': contentSecurityPolicy([`ws://${asked.host}`]),
      // Vite names all but the page by what is in them.
      'Cache-Control': path.startsWith('assets/') ? 'private, max-age=31536000, immutable' : 'no-store',
    });
    response.end(method === 'HEAD' ? undefined : bytes);
  }
}

/** The carriers that are open. */
class Carriers {
  readonly #app: App;
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: largestMessage,
    perMessageDeflate: false,
  });
  readonly #heard = new WeakSet<WebSocket>();
  readonly #heartbeat = setInterval(() => this.#beat(), heartbeatMs).unref();

  constructor(app: App) {
    this.#app = app;
  }

  refusal(): number | undefined {
    return this.#server.clients.size < mostCarriers ? undefined : 503;
  }

  add(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, carrier => {
      this.#heard.add(carrier);
      carrier.on('pong', () => this.#heard.add(carrier));
      carry(this.#app, carrier);
    });
  }

  close(): void {
    clearInterval(this.#heartbeat);
    for (const carrier of this.#server.clients) sayGoodbye(carrier);
  }

  /** A page whose computer has gone says nothing, and so does one that has stopped reading. */
  #beat(): void {
    for (const carrier of this.#server.clients) {
      if (!this.#heard.delete(carrier)) carrier.terminate();
      else carrier.ping();
    }
  }
}

function refuse(
  response: ServerResponse,
  status: number,
  text = '',
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    ...guardingHeaders,
    ...headers,
    'Content-Security-Policy': contentSecurityPolicy(),
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    Connection: 'close',
  });
  response.end(text);
}

function refuseUpgrade(socket: Duplex, status: number): void {
  socket.on('error', () => {});
  socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
    socket.destroy(),
  );
}

/** Returns the port. */
function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new SetUpError([`The screen cannot be served on port ${port} of ${host}: ${whyNot(error)}`]));
    });
    server.listen({ port, host }, () => {
      server.on('error', () => {}); // an accept that failed, for want of descriptors: others go on
      resolve((server.address() as { port: number }).port);
    });
  });
}

function whyNot({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'another program listens there. Choose another port, or 0 for any that is free.';
    case 'EACCES':
      return 'this needs administrator rights. Choose a port of 1024 or more.';
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return 'this is no address of this computer.';
    default:
      return `${message}.`;
  }
}

/** What a browser may call a server that listens on this address. */
function namesOf(host: string): readonly string[] {
  if (isLoopback(host)) return [host, 'localhost'];
  if (anyAddress.test(host)) return ['127.0.0.1', '::1', 'localhost', hostname(), ...ownAddresses()];
  return [host];
}

function originOf(name: string, port: number): URL {
  return new URL(`http://${name.includes(':') ? `[${name}]` : name}:${port}`);
}
