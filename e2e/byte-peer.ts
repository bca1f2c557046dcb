import { connect, createServer, type Server, type Socket } from 'node:net';
import { patienceMs } from './patience.ts';

/**
 * A scripted course peer on a real socket. Its bytes are written down from the tables of the course protocol,
 * section 2; it shares no code with the engine, so that the two can disagree.
 */

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** 2.1: 18 bytes of header, ten zero bytes, the peer ID. */
export function handshake(id: string): Buffer {
  return Buffer.concat([Buffer.from('P2PFILESHARINGPROJ', 'latin1'), Buffer.alloc(10), uint32(Number(id))]);
}

/** 2.2: the length counts the type byte and the payload. */
export function frame(type: number, ...payload: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(payload);
  return Buffer.concat([uint32(1 + body.length), Buffer.from([type]), body]);
}

export const choke = Buffer.from('0000000100', 'hex');
export const unchoke = Buffer.from('0000000101', 'hex');
export const interested = Buffer.from('0000000102', 'hex');
export const notInterested = Buffer.from('0000000103', 'hex');
export const have = (piece: number) => frame(4, uint32(piece));
export const request = (piece: number) => frame(6, uint32(piece));
export const piece = (index: number, content: Uint8Array) => frame(7, uint32(index), content);

/** Piece 0 is the most significant bit of byte 0; unused bits are 0. */
export function bitfield(pieceCount: number, has: (piece: number) => boolean): Buffer {
  const bytes = Buffer.alloc(Math.ceil(pieceCount / 8));
  for (let i = 0; i < pieceCount; i += 1) if (has(i)) bytes[i >> 3]! |= 0x80 >> (i & 7);
  return frame(5, bytes);
}

export const allPieces = (pieceCount: number) => bitfield(pieceCount, () => true);
export const noPieces = (pieceCount: number) => bitfield(pieceCount, () => false);

const typeNames = [
  'choke',
  'unchoke',
  'interested',
  'not interested',
  'have',
  'bitfield',
  'request',
  'piece',
] as const;
export type TypeName = (typeof typeNames)[number];

export interface ReceivedMessage {
  readonly type: TypeName | 'unknown';
  readonly payload: Buffer;
}

/** The piece index at the start of a have, a request or a piece. */
export function indexOf({ payload }: ReceivedMessage): number {
  return payload.readUInt32BE(0);
}

/** One connection of a scripted peer. */
export class ByteLink {
  /** Every message taken so far, in order. */
  readonly messages: ReceivedMessage[] = [];
  /** When nothing more can come: "end" after an orderly close, or the error's code. */
  readonly closed: Promise<string>;
  readonly #socket: Socket;
  #unread = Buffer.alloc(0);
  #over: string | undefined;
  #wake = () => {};

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', bytes => {
      this.#unread = Buffer.concat([this.#unread, bytes]);
      this.#wake();
    });
    this.closed = new Promise(resolve => {
      const finish = (how: string) => {
        this.#over ??= how;
        resolve(this.#over);
        this.#wake();
      };
      socket.on('end', () => finish('end'));
      socket.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
      socket.on('close', () => finish('closed'));
    });
  }

  get isOver(): boolean {
    return this.#over !== undefined;
  }

  /** Port of our side: how the other side names us. */
  get port(): number {
    return this.#socket.localPort!;
  }

  /** Everything in one write, so that it travels glued together. */
  send(...parts: readonly Uint8Array[]): Promise<void> {
    return new Promise(resolve => this.#socket.write(Buffer.concat(parts), () => resolve()));
  }

  /** Byte by byte, each in a write of its own. */
  async dribble(...parts: readonly Uint8Array[]): Promise<void> {
    for (const byte of Buffer.concat(parts)) {
      await this.send(Uint8Array.of(byte));
      await new Promise(resolve => setImmediate(resolve));
    }
  }

  /** The next bytes, whatever they are. */
  async take(count: number): Promise<Buffer> {
    const until = Date.now() + patienceMs;
    while (this.#unread.length < count) {
      if (this.#over !== undefined) throw this.#complaint(`the connection is over (${this.#over})`);
      if (Date.now() > until) throw this.#complaint(`${count} bytes did not come`);
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, patienceMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const taken = this.#unread.subarray(0, count);
    this.#unread = this.#unread.subarray(count);
    return taken;
  }

  takeHandshake(): Promise<Buffer> {
    return this.take(32);
  }

  /** The next message, of whatever type. */
  async message(): Promise<ReceivedMessage> {
    const length = (await this.take(4)).readUInt32BE(0);
    const [type, ...payload] = await this.take(length);
    const message = { type: typeNames[type!] ?? ('unknown' as const), payload: Buffer.from(payload) };
    this.messages.push(message);
    return message;
  }

  /** The next message of one of these types; others before it are only remembered. */
  async next(...types: readonly TypeName[]): Promise<ReceivedMessage> {
    for (;;) {
      const message = await this.message();
      if ((types as readonly string[]).includes(message.type)) return message;
    }
  }

  /** Takes messages until the other side closes. */
  async drain(): Promise<void> {
    for (;;) {
      try {
        await this.message();
      } catch {
        return;
      }
    }
  }

  /** Says that nothing more will come from us. */
  end(): void {
    this.#socket.end();
  }

  /** Breaks off with RST. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  /** Reads no more, so that what is sent to us piles up. */
  pause(): void {
    this.#socket.pause();
  }

  #complaint(what: string): Error {
    const last = this.messages.slice(-10).map(message => message.type);
    return new Error(`${what}; the last messages were: ${last.join(', ') || 'none'}`);
  }
}

export interface LinkOptions {
  /** Keeps our half open when the other side closes its own. */
  readonly stubborn?: boolean;
}

/** Connects to a peer of 127.0.0.1, waiting until it listens. */
export async function dial(port: number, { stubborn = false }: LinkOptions = {}): Promise<ByteLink> {
  const until = Date.now() + patienceMs;
  for (;;) {
    try {
      return new ByteLink(await connectTo(port, stubborn));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED' || Date.now() > until) throw error;
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  }
}

function connectTo(port: number, stubborn: boolean): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: stubborn });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

/** A place where a scripted peer is dialled. */
export class ByteListener {
  readonly #server: Server;
  readonly #links: ByteLink[] = [];
  readonly #waiters: ((link: ByteLink) => void)[] = [];

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', socket => {
      const link = new ByteLink(socket);
      const waiter = this.#waiters.shift();
      if (waiter === undefined) this.#links.push(link);
      else waiter(link);
    });
  }

  static open(port: number, { stubborn = false }: LinkOptions = {}): Promise<ByteListener> {
    return new Promise((resolve, reject) => {
      const server = createServer({ allowHalfOpen: stubborn });
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => resolve(new ByteListener(server)));
    });
  }

  /** The next connection that comes. */
  accept(): Promise<ByteLink> {
    const link = this.#links.shift();
    if (link !== undefined) return Promise.resolve(link);
    return new Promise(resolve => this.#waiters.push(resolve));
  }

  close(): void {
    this.#server.close();
  }
}
