import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Address } from './partner.ts';

/**
 * A scripted BitTorrent peer on a real socket, with good or bad manners. Its bytes are written down from BEP 3, 6 and
 * 10; it shares no code with the engine, so that the two can disagree.
 */

/** What travels, as the peer knows it. */
export interface Offer {
  /** 40 hexadecimal digits. */
  readonly infoHash: string;
  readonly pieceLength: number;
  /** The whole content; a peer that only fetches needs its length alone. */
  readonly bytes: Uint8Array;
}

/** What a seed does otherwise than it should. */
export interface Manners {
  /** Flips one byte of every piece: in the block of it that it is asked for first, each time it is asked for that one. */
  readonly corrupts?: boolean;
  /** Sends no faster than this, a little at a time. */
  readonly bytesPerSecond?: number;
  /** Serves no block that goes beyond so many bytes on one connection. */
  readonly bytesPerLink?: number;
  /** Takes requests and never answers them. */
  readonly isSilent?: boolean;
}

export const messageTypes = {
  choke: 0,
  unchoke: 1,
  interested: 2,
  notInterested: 3,
  have: 4,
  bitfield: 5,
  request: 6,
  piece: 7,
  cancel: 8,
  haveAll: 14,
  haveNone: 15,
  reject: 16,
  extended: 20,
} as const;

export const blockLength = 16_384;
const handshakeLength = 68;
const slowTickMs = 100;

export function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, 4 * i);
  return bytes;
}

/** BEP 3: the length counts the type byte and the payload. */
export function frame(type: number, ...payload: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(payload);
  return Buffer.concat([uint32(1 + body.length), Buffer.from([type]), body]);
}

/** BEP 3; `reserved` bits: BEP 10 is 0x10 in byte 5, BEP 6 is 4 in byte 7. */
export function handshake(infoHash: string, peerId: string, reserved = '0000000000000000'): Buffer {
  const start = Buffer.from('\x13BitTorrent protocol', 'latin1');
  return Buffer.concat([
    start,
    Buffer.from(reserved, 'hex'),
    Buffer.from(infoHash, 'hex'),
    Buffer.from(peerId, 'latin1'),
  ]);
}

export function fullBitfield({ bytes, pieceLength }: Offer): Buffer {
  const count = Math.ceil(bytes.length / pieceLength);
  const bits = Buffer.alloc(Math.ceil(count / 8));
  for (let i = 0; i < count; i += 1) bits[i >> 3]! |= 0x80 >> (i & 7);
  return frame(messageTypes.bitfield, bits);
}

let made = 0;

function newPeerId(): string {
  made += 1;
  return `-BY0001-${String(process.pid).padStart(6, '0')}${String(made).padStart(6, '0')}`;
}

/** A block that was asked for or sent: `key` names it. */
export interface BlockEvent {
  readonly key: string;
  readonly length: number;
  /** `performance.now()` when it was seen. */
  readonly at: number;
  /** It was not there yet at this time, however late it was seen. */
  readonly since: number;
}

const lookEveryMs = 10;
let looks = { last: 0, before: 0 };
setInterval(() => {
  looks = { last: performance.now(), before: looks.last };
}, lookEveryMs).unref();

function blockEvent(key: string, length: number): BlockEvent {
  return { key, length, at: performance.now(), since: looks.before };
}

/** One connection, read message by message. */
export class BtLink {
  /** "end" after an orderly close, or the error's code. */
  readonly closed: Promise<string>;
  onMessage: (type: number, payload: Buffer) => void = () => {};
  readonly socket: Socket;
  isOver = false;
  #unread: Buffer[] = [];
  #unreadLength = 0;
  #isGreeted = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', bytes => this.#read(bytes));
    this.closed = new Promise(resolve => {
      const finish = (how: string) => {
        this.isOver = true;
        resolve(how);
      };
      socket.on('end', () => {
        socket.end();
        finish('end');
      });
      socket.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
      socket.on('close', () => finish('closed'));
    });
  }

  static async dial({ host, port }: Address, from?: string): Promise<BtLink> {
    const socket = connect({ host, port, ...(from === undefined ? {} : { localAddress: from }) });
    const link = new BtLink(socket);
    await Promise.race([new Promise(resolve => socket.once('connect', resolve)), link.closed]);
    if (link.isOver) throw new Error(`cannot connect to ${host}:${port}: ${await link.closed}`);
    return link;
  }

  /** In one write; true when the network keeps up. */
  send(...parts: readonly Uint8Array[]): boolean {
    if (this.isOver) return false;
    return this.socket.write(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
  }

  /** Says hello as a peer that has nothing unless `offer` is given. */
  greet(infoHash: string, offer?: Offer): void {
    this.send(handshake(infoHash, newPeerId()));
    if (offer !== undefined) this.send(fullBitfield(offer));
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }

  #read(bytes: Buffer): void {
    this.#unread.push(bytes);
    this.#unreadLength += bytes.length;
    for (;;) {
      if (!this.#isGreeted) {
        if (this.#unreadLength < handshakeLength) return;
        this.#take(handshakeLength);
        this.#isGreeted = true;
        continue;
      }
      if (this.#unreadLength < 4) return;
      const length = this.#peek(4).readUInt32BE(0);
      if (this.#unreadLength < 4 + length) return;
      const message = this.#take(4 + length);
      if (length > 0) this.onMessage(message[4]!, message.subarray(5));
    }
  }

  #peek(count: number): Buffer {
    if (this.#unread[0]!.length < count) this.#unread = [Buffer.concat(this.#unread)];
    return this.#unread[0]!;
  }

  #take(count: number): Buffer {
    const whole = this.#unread.length === 1 ? this.#unread[0]! : Buffer.concat(this.#unread);
    this.#unread = whole.length === count ? [] : [whole.subarray(count)];
    this.#unreadLength -= count;
    return whole.subarray(0, count);
  }
}

interface Queued extends BlockEvent {
  readonly bytes: Buffer;
}

/** A seed that listens at an address of its own. */
export class BtSeed {
  readonly address: Address;
  readonly links: BtLink[] = [];
  readonly asked: BlockEvent[] = [];
  /** Blocks, when their last byte was given to the network. */
  readonly sent: BlockEvent[] = [];
  /** How many blocks it sent with a flipped byte. */
  spoilt = 0;
  /** When the other side closed the last connection. */
  onClosed: (how: string) => void = () => {};
  readonly #server: Server;
  readonly #offer: Offer;
  readonly #manners: Manners;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #spoiltBlockOf = new Map<number, number>();

  private constructor(server: Server, address: Address, offer: Offer, manners: Manners) {
    this.#server = server;
    this.address = address;
    this.#offer = offer;
    this.#manners = manners;
    server.on('connection', socket => this.#welcome(new BtLink(socket)));
  }

  static async listen(address: Address, offer: Offer, manners: Manners = {}): Promise<BtSeed> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(address.port, address.host, resolve);
    });
    return new BtSeed(server, address, offer, manners);
  }

  get sentBytes(): number {
    return this.sent.reduce((sum, { length }) => sum + length, 0);
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    for (const link of this.links) link.socket.destroy();
    this.#server.close();
  }

  #welcome(link: BtLink): void {
    this.links.push(link);
    link.closed.then(how => this.onClosed(how));
    link.greet(this.#offer.infoHash, this.#offer);
    const queue: Queued[] = [];
    let left = this.#manners.bytesPerLink ?? Number.POSITIVE_INFINITY;
    const serve = this.#manners.bytesPerSecond === undefined ? this.#atOnce(link) : this.#slowly(link, queue);
    link.onMessage = (type, payload) => {
      if (type === messageTypes.interested) link.send(frame(messageTypes.unchoke));
      if (type === messageTypes.request) {
        const [piece, offset, length] = [0, 4, 8].map(at => payload.readUInt32BE(at)) as [
          number,
          number,
          number,
        ];
        const block = blockEvent(`${piece}:${offset}`, length);
        this.asked.push(block);
        left -= length;
        if (!this.#manners.isSilent && left >= 0)
          serve({ ...block, bytes: this.#message(piece, offset, length) });
      }
      if (type === messageTypes.cancel) {
        const key = `${payload.readUInt32BE(0)}:${payload.readUInt32BE(4)}`;
        const at = queue.findIndex((queued, place) => place > 0 && queued.key === key);
        if (at > 0) queue.splice(at, 1);
      }
    };
  }

  #message(piece: number, offset: number, length: number): Buffer {
    const { bytes, pieceLength } = this.#offer;
    const start = piece * pieceLength + offset;
    const block = Buffer.from(bytes.subarray(start, start + length));
    if (this.#manners.corrupts) {
      const spoilt = this.#spoiltBlockOf.get(piece) ?? offset;
      this.#spoiltBlockOf.set(piece, spoilt);
      if (spoilt === offset) {
        block[(length * 7) >> 4]! ^= 0x40;
        this.spoilt += 1;
      }
    }
    return frame(messageTypes.piece, uint32(piece, offset), block);
  }

  #atOnce(link: BtLink): (block: Queued) => void {
    return ({ key, length, bytes }) => {
      link.send(bytes);
      this.sent.push(blockEvent(key, length));
    };
  }

  #slowly(link: BtLink, queue: Queued[]): (block: Queued) => void {
    const bytesPerMs = this.#manners.bytesPerSecond! / 1000;
    let at = 0;
    let owed = 0;
    let lastMs = performance.now();
    const timer = setInterval(() => {
      if (link.isOver) return clearInterval(timer);
      // A tick may be late: its rate is that of a clock all the same.
      const nowMs = performance.now();
      owed = queue.length === 0 ? 0 : owed + (nowMs - lastMs) * bytesPerMs;
      lastMs = nowMs;
      while (owed >= 1 && queue.length > 0) {
        const { bytes, key, length } = queue[0]!;
        const end = Math.min(bytes.length, at + Math.floor(owed));
        owed -= end - at;
        link.send(bytes.subarray(at, end));
        at = end;
        if (at < bytes.length) continue;
        queue.shift();
        at = 0;
        this.sent.push(blockEvent(key, length));
      }
    }, slowTickMs);
    this.#timers.add(timer);
    return block => void queue.push(block);
  }
}

/** Fetches blocks of a share as fast as it is given them, and remembers when each came. */
export class BtLeech {
  readonly link: BtLink;
  readonly received: BlockEvent[] = [];
  /** When each message that is no piece came, by its type. */
  readonly heard: { readonly type: number; readonly at: number }[] = [];
  /** Bytes that differ from what is shared. */
  wrongBytes = 0;
  readonly #offer: Offer;
  readonly #ahead: number;
  #next = 0;

  private constructor(link: BtLink, offer: Offer, ahead: number) {
    this.link = link;
    this.#offer = offer;
    this.#ahead = ahead;
    link.onMessage = (type, payload) => this.#onMessage(type, payload);
    link.greet(offer.infoHash);
    link.send(frame(messageTypes.interested));
  }

  /** `ahead`: how many blocks are asked for before they come. Comes from `from`, an address of this computer. */
  static async dial(address: Address, offer: Offer, from?: string, ahead = 64): Promise<BtLeech> {
    return new BtLeech(await BtLink.dial(address, from), offer, ahead);
  }

  get receivedBytes(): number {
    return this.received.reduce((sum, { length }) => sum + length, 0);
  }

  say(piece: number): void {
    this.link.send(frame(messageTypes.have, uint32(piece)));
  }

  #onMessage(type: number, payload: Buffer): void {
    if (type !== messageTypes.piece) {
      this.heard.push({ type, at: performance.now() });
      if (type === messageTypes.unchoke) for (let i = 0; i < this.#ahead; i += 1) this.#ask();
      return;
    }
    const [piece, offset] = [payload.readUInt32BE(0), payload.readUInt32BE(4)];
    const block = payload.subarray(8);
    const start = piece * this.#offer.pieceLength + offset;
    const expected = this.#offer.bytes.subarray(start, start + block.length);
    if (Buffer.compare(block, expected) !== 0)
      for (const [i, byte] of block.entries()) if (byte !== expected[i]) this.wrongBytes += 1;
    this.received.push(blockEvent(`${piece}:${offset}`, block.length));
    this.#ask();
  }

  /** Round and round, so that it never ends by itself. */
  #ask(): void {
    const { bytes, pieceLength } = this.#offer;
    const blocks = Math.ceil(bytes.length / blockLength);
    const start = (this.#next % blocks) * blockLength;
    this.#next += 1;
    const length = Math.min(blockLength, bytes.length - start);
    const piece = Math.floor(start / pieceLength);
    this.link.send(frame(messageTypes.request, uint32(piece, start - piece * pieceLength, length)));
  }
}
