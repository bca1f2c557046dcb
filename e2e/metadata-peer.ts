import { createServer, type Server } from 'node:net';
import { BtLink, frame, handshake, messageTypes } from './interop/bt-byte-peer.ts';
import { type Address, place } from './interop/partner.ts';
import type { Lab } from './lab.ts';

/**
 * A scripted peer that is asked for the metadata of a magnet link and does not give it. Written down from BEP 9 and 10;
 * it shares no code with the engine.
 */

export const metadataMisdeeds = [
  'sends wrong bytes of the right length',
  'says a wrong length and sends so many bytes',
  'says a length of a terabyte',
  'sends blocks without end that nobody asked for',
  'says another length with each block',
  'rejects every question',
  'takes questions and never answers',
  'accepts the connection and says nothing',
] as const;
export type MetadataMisdeed = (typeof metadataMisdeeds)[number];

const blockLength = 16_384;
const ownId = 3;
const floodTickMs = 5;

export class MetadataPeer {
  readonly address: Address;
  readonly links: BtLink[] = [];
  /** Questions for blocks of metadata. */
  asked = 0;
  readonly #misdeed: MetadataMisdeed;
  readonly #infoHash: string;
  readonly #length: number;
  readonly #server: Server;

  private constructor(
    server: Server,
    address: Address,
    misdeed: MetadataMisdeed,
    infoHash: string,
    length: number,
  ) {
    this.address = address;
    this.#server = server;
    this.#misdeed = misdeed;
    this.#infoHash = infoHash;
    this.#length = misdeed.startsWith('says a wrong length') ? length + 1_000 : length;
    server.on('connection', socket => this.#welcome(new BtLink(socket)));
  }

  /** `length`: of the true metadata, in bytes. */
  static async listen(
    lab: Lab,
    misdeed: MetadataMisdeed,
    infoHash: string,
    length: number,
  ): Promise<MetadataPeer> {
    const address = await place();
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(address.port, address.host, resolve);
    });
    const peer = new MetadataPeer(server, address, misdeed, infoHash, length);
    lab.onEnd(() => peer.#close());
    return peer;
  }

  #close(): void {
    for (const link of this.links) link.socket.destroy();
    this.#server.close();
  }

  #welcome(link: BtLink): void {
    this.links.push(link);
    if (this.#misdeed === 'accepts the connection and says nothing') return;
    const peerId = `-LI0001-${String(this.address.port).padStart(12, '0')}`;
    link.send(handshake(this.#infoHash, peerId, '0000000000100000'));
    const size = this.#misdeed === 'says a length of a terabyte' ? 2 ** 40 : this.#length;
    link.send(extended(0, `d1:md11:ut_metadatai${ownId}ee13:metadata_sizei${size}ee`));
    let theirId = 0;
    link.onMessage = (type, payload) => {
      if (type !== messageTypes.extended) return;
      const text = payload.subarray(1).toString('latin1');
      if (payload[0] === 0) {
        theirId = Number(/11:ut_metadatai(\d+)e/.exec(text)?.[1]);
        if (this.#misdeed.startsWith('sends blocks without end')) this.#flood(link, theirId);
      }
      if (payload[0] !== ownId || !text.includes('8:msg_typei0e')) return;
      this.asked += 1;
      this.#answer(link, theirId, Number(/5:piecei(\d+)e/.exec(text)?.[1]));
    };
  }

  #answer(link: BtLink, id: number, piece: number): void {
    switch (this.#misdeed) {
      case 'sends wrong bytes of the right length':
      case 'says a wrong length and sends so many bytes':
        return void link.send(this.#block(id, piece, this.#length));
      case 'says another length with each block':
        return void link.send(this.#block(id, piece, this.#length + this.asked * blockLength));
      case 'rejects every question':
        return void link.send(extended(id, `d8:msg_typei2e5:piecei${piece}ee`));
    }
  }

  /** As much as the other side takes. */
  #flood(link: BtLink, id: number): void {
    const blocks = Math.ceil(this.#length / blockLength);
    let piece = 0;
    const timer = setInterval(() => {
      if (link.isOver) return clearInterval(timer);
      while (link.socket.writableLength < 4 * blockLength)
        link.send(this.#block(id, piece++ % blocks, this.#length));
    }, floodTickMs);
    timer.unref();
  }

  #block(id: number, piece: number, size: number): Buffer {
    const bytes = Buffer.alloc(Math.min(blockLength, size - piece * blockLength), 'x');
    return extended(id, `d8:msg_typei1e5:piecei${piece}e10:total_sizei${size}ee`, bytes);
  }
}

function extended(id: number, head: string, bytes: Uint8Array = Buffer.alloc(0)): Buffer {
  return frame(messageTypes.extended, Buffer.from([id]), Buffer.from(head, 'latin1'), bytes);
}
