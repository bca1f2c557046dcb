import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BufferPool } from '../buffer-pool.ts';
import { Layout } from '../content/layout.ts';
import { Slabs, slabLength } from '../slabs.ts';
import { CountingPool } from '../testing/counting-pool.ts';
import { type Message, type MessageDecoder, type OutgoingMessage, ProtocolError } from '../wire/message.ts';
import { bitTorrentCodec } from './wire.ts';

const blockLength = 16_384;
/** 12 pieces of two and a half blocks. */
const twelve = new Layout(12 * 40_000, 40_000, blockLength);
const sixteen = new Layout(16 * 40_000, 40_000, blockLength);

function hex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/[0-9a-f]{2}/g) ?? [], digits => Number.parseInt(digits, 16));
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(' ');
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, character => character.charCodeAt(0));
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A frame written without the code under test. */
function frame(type: number, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  const header = new DataView(new ArrayBuffer(5));
  header.setUint32(0, 1 + payload.length);
  header.setUint8(4, type);
  return joined(new Uint8Array(header.buffer), payload);
}

const infoHash = '00112233445566778899aabbccddeeff01234567';
const peer = '2d5157303130302d616263646566676869c6ac6d';

const greeting = joined(ascii('\x13BitTorrent protocol'), new Uint8Array(8), hex(infoHash), hex(peer));

/** Without what cannot be compared or does not last. */
function plain(message: Message): OutgoingMessage | Message {
  if (message.type !== 'piece') return message;
  const { release: _, isLent: _isLent, ...rest } = message;
  return { ...rest, bytes: rest.bytes.slice() };
}

/** What becomes of a stream: its messages, and the diagnosis that ends it. */
function outcomeOf(
  decoder: MessageDecoder,
  chunks: Iterable<Uint8Array>,
): { messages: (OutgoingMessage | Message)[]; fault?: string } {
  const messages: (OutgoingMessage | Message)[] = [];
  try {
    for (const chunk of chunks) {
      // The link's memory is the link's again afterwards.
      const lent = chunk.slice();
      for (const message of decoder.push(lent)) messages.push(plain(message));
      lent.fill(0xa5);
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { messages, fault: error.message };
  }
  return { messages };
}

function greeted(layout: Layout | undefined, pool = new BufferPool()): MessageDecoder {
  const decoder = bitTorrentCodec(layout, { frames: pool }).createDecoder();
  Array.from(decoder.push(greeting));
  return decoder;
}

function decoded(layout: Layout | undefined, ...chunks: readonly Uint8Array[]) {
  return outcomeOf(greeted(layout), chunks);
}

function encoded(...messages: readonly OutgoingMessage[]): Uint8Array {
  return joined(...messages.flatMap(message => bitTorrentCodec(twelve).encode(message)));
}

function faultOf(layout: Layout | undefined, ...chunks: readonly Uint8Array[]): string | undefined {
  return decoded(layout, ...chunks).fault;
}

const uint32 = fc.nat(2 ** 32 - 1);
const block = fc.record({ piece: uint32, offset: uint32, length: fc.integer({ min: 1, max: 131_072 }) });
const hexDigits = fc
  .uint8Array({ minLength: 20, maxLength: 20 })
  .map(bytes => toHex(bytes).replaceAll(' ', ''));

const anyHandshake: fc.Arbitrary<OutgoingMessage> = fc.record({
  type: fc.constant('handshake' as const),
  peer: hexDigits,
  bitTorrent: fc.record({
    infoHash: hexDigits,
    fast: fc.boolean(),
    extensions: fc.boolean(),
    dht: fc.boolean(),
  }),
});

function anyMessage(longestBlock: number): fc.Arbitrary<OutgoingMessage> {
  return fc.oneof(
    fc
      .constantFrom('choke', 'unchoke', 'interested', 'not-interested', 'have-all', 'have-none')
      .map(type => ({ type }) as OutgoingMessage),
    fc
      .tuple(fc.constantFrom('have', 'suggest', 'allowed-fast'), uint32)
      .map(([type, piece]) => ({ type, piece }) as OutgoingMessage),
    fc
      .tuple(fc.constantFrom('request', 'cancel', 'reject'), block)
      .map(([type, where]) => ({ type, ...where }) as OutgoingMessage),
    fc.constantFrom('ff f0', '00 10', '80 00').map(bits => ({ type: 'bitfield', bytes: hex(bits) }) as const),
    fc.nat(65_535).map(port => ({ type: 'port', port }) as const),
    fc
      .tuple(fc.nat(255), fc.uint8Array({ maxLength: 200 }))
      .map(([id, payload]) => ({ type: 'extended', id, payload }) as const),
    fc
      .tuple(uint32, uint32, fc.nat(longestBlock), fc.nat(255))
      .map(
        ([piece, offset, length, value]) =>
          ({ type: 'piece', piece, offset, bytes: new Uint8Array(length).fill(value) }) as const,
      ),
  );
}

function* byteByByte(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1) yield bytes.subarray(at, at + 1);
}

function cutBy(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [0, ...cuts.map(cut => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return places.slice(1).map((end, i) => bytes.subarray(places[i], end));
}

describe('the handshake (BEP 3)', () => {
  it.each([
    ['nothing else', '00 00 00 00 00 00 00 00', {}],
    ['the fast extension (BEP 6)', '00 00 00 00 00 00 00 04', { fast: true }],
    ['extensions (BEP 10)', '00 00 00 00 00 10 00 00', { extensions: true }],
    ['DHT (BEP 5)', '00 00 00 00 00 00 00 01', { dht: true }],
    ['all three', '00 00 00 00 00 10 00 05', { fast: true, extensions: true, dht: true }],
  ])('that knows %s has exactly these bytes', (_, reserved, knows) => {
    const message = {
      type: 'handshake',
      peer,
      bitTorrent: { infoHash, fast: false, extensions: false, dht: false, ...knows },
    } as const;
    const bytes = joined(ascii('\x13BitTorrent protocol'), hex(reserved), hex(infoHash), hex(peer));
    expect(bytes).toHaveLength(68);
    expect(toHex(encoded(message))).toBe(toHex(bytes));
    const decoder = bitTorrentCodec(twelve).createDecoder();
    expect(outcomeOf(decoder, [bytes])).toEqual({ messages: [message] });
  });

  it('may promise things that nobody here knows', () => {
    const bytes = greeting.slice();
    bytes.fill(0xff, 20, 28);
    const decoder = bitTorrentCodec(twelve).createDecoder();
    expect(outcomeOf(decoder, [bytes]).messages).toMatchObject([
      { bitTorrent: { fast: true, extensions: true, dht: true } },
    ]);
  });

  it.each([
    ['the course protocol', 'P2PFILESHARINGPROJ\0\0', 'course protocol'],
    ['a browser', 'GET / HTTP/1.1\r\nHost: x', 'web page'],
    ['encryption', '\x8a\x01rubbish that looks random', 'encrypted'],
    ['another protocol name', '\x13BitTorrent protocoX', 'encrypted'],
  ])('is not what %s begins with, which is told before 68 bytes are here', (_, begins, diagnosis) => {
    const decoder = () => bitTorrentCodec(twelve).createDecoder();
    const whole = outcomeOf(decoder(), [ascii(begins)]);
    expect(whole.messages).toEqual([]);
    expect(whole.fault).toContain(diagnosis);
    expect(outcomeOf(decoder(), byteByByte(ascii(begins)))).toEqual(whole);
    const half = decoder();
    Array.from(half.push(ascii(begins).subarray(0, 19)));
    expect(half.diagnoseHalfHandshake()).toContain(begins.startsWith('\x13') ? '19 of' : diagnosis);
  });

  it('that does not come is told from one that stopped', () => {
    const decoder = bitTorrentCodec(twelve).createDecoder();
    expect(decoder.diagnoseHalfHandshake()).toContain('no handshake');
    Array.from(decoder.push(greeting.subarray(0, 67)));
    expect(decoder.diagnoseHalfHandshake()).toContain('67 of the handshake');
    expect(decoder.pendingBytes).toBe(67);
  });
});

describe('the bytes of a message', () => {
  const content = ascii('hello');

  it.each<[string, OutgoingMessage, string]>([
    ['choke', { type: 'choke' }, '00 00 00 01 00'],
    ['unchoke', { type: 'unchoke' }, '00 00 00 01 01'],
    ['interested', { type: 'interested' }, '00 00 00 01 02'],
    ['not interested', { type: 'not-interested' }, '00 00 00 01 03'],
    ['have', { type: 'have', piece: 305 }, '00 00 00 05 04 00 00 01 31'],
    ['bitfield', { type: 'bitfield', bytes: hex('90 40') }, '00 00 00 03 05 90 40'],
    [
      'request',
      { type: 'request', piece: 1, offset: 16_384, length: 16_384 },
      '00 00 00 0d 06 00 00 00 01 00 00 40 00 00 00 40 00',
    ],
    [
      'piece',
      { type: 'piece', piece: 9, offset: 16_384, bytes: content },
      '00 00 00 0e 07 00 00 00 09 00 00 40 00 68 65 6c 6c 6f',
    ],
    [
      'cancel',
      { type: 'cancel', piece: 1, offset: 2, length: 3 },
      '00 00 00 0d 08 00 00 00 01 00 00 00 02 00 00 00 03',
    ],
    ['port', { type: 'port', port: 6881 }, '00 00 00 03 09 1a e1'],
    ['suggest', { type: 'suggest', piece: 5 }, '00 00 00 05 0d 00 00 00 05'],
    ['have all', { type: 'have-all' }, '00 00 00 01 0e'],
    ['have none', { type: 'have-none' }, '00 00 00 01 0f'],
    [
      'reject',
      { type: 'reject', piece: 1, offset: 2, length: 3 },
      '00 00 00 0d 10 00 00 00 01 00 00 00 02 00 00 00 03',
    ],
    ['allowed fast', { type: 'allowed-fast', piece: 5 }, '00 00 00 05 11 00 00 00 05'],
    ['extended', { type: 'extended', id: 3, payload: content }, '00 00 00 07 14 03 68 65 6c 6c 6f'],
  ])('%s: exactly these, both ways', (_, message, text) => {
    expect(toHex(encoded(message))).toBe(text);
    expect(decoded(twelve, hex(text))).toEqual({ messages: [message] });
  });

  it('of a keep-alive are four zeros, which are skipped', () => {
    const keepAlive = encoded({ type: 'keep-alive' });
    expect(toHex(keepAlive)).toBe('00 00 00 00');
    const bytes = joined(keepAlive, keepAlive, encoded({ type: 'choke' }), keepAlive);
    expect(decoded(twelve, bytes)).toEqual({ messages: [{ type: 'choke' }] });
    expect(decoded(twelve, ...byteByByte(bytes))).toEqual({ messages: [{ type: 'choke' }] });
  });

  it('of a block go out uncopied, behind a header', () => {
    const bytes = new Uint8Array(blockLength);
    const parts = bitTorrentCodec(twelve).encode({
      type: 'piece',
      piece: 1,
      offset: 2,
      bytes,
    });
    expect(parts).toHaveLength(2);
    expect(toHex(parts[0]!)).toBe('00 00 40 09 07 00 00 00 01 00 00 00 02');
    expect(parts[1]).toBe(bytes);
  });
});

describe('what is encoded', () => {
  it('decodes to the same messages, in any fragments', () => {
    fc.assert(
      fc.property(
        anyHandshake,
        fc.array(anyMessage(blockLength), { maxLength: 12 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        (handshake, following, cuts) => {
          const messages = [handshake, ...following];
          const decoder = bitTorrentCodec(twelve).createDecoder();
          expect(outcomeOf(decoder, cutBy(encoded(...messages), cuts))).toEqual({ messages });
          expect(decoder.pendingBytes).toBe(0);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('decodes to the same messages when it is cut in two anywhere, and byte by byte', () => {
    fc.assert(
      fc.property(anyHandshake, fc.array(anyMessage(90), { maxLength: 5 }), (handshake, following) => {
        const messages = [handshake, ...following];
        const bytes = encoded(...messages);
        const decoder = () => bitTorrentCodec(twelve).createDecoder();
        for (let at = 0; at <= bytes.length; at += 1) {
          expect(outcomeOf(decoder(), [bytes.subarray(0, at), bytes.subarray(at)])).toEqual({ messages });
        }
        expect(outcomeOf(decoder(), byteByByte(bytes))).toEqual({ messages });
      }),
      { numRuns: 20 },
    );
  });
});

describe('any bytes at all', () => {
  const anyFrames = fc
    .array(
      fc.tuple(
        fc.oneof(fc.nat(21), fc.nat(255)),
        fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.constantFrom(new Uint8Array(4), new Uint8Array(12))),
      ),
      { maxLength: 8 },
    )
    .map(frames => joined(...frames.map(([type, payload]) => frame(type, payload))));

  it('are messages, or a diagnosis, and the same ones in any fragments', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(twelve, sixteen, undefined),
        fc.oneof(fc.uint8Array({ maxLength: 60 }), anyFrames),
        fc.array(fc.nat(), { maxLength: 6 }),
        (layout, bytes, cuts) => {
          const whole = decoded(layout, bytes);
          expect(decoded(layout, ...cutBy(bytes, cuts))).toEqual(whole);
        },
      ),
      { numRuns: 20_000 },
    );
  });

  it('instead of a handshake are a diagnosis', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 100 }), bytes => {
        const decoder = bitTorrentCodec(twelve).createDecoder();
        expect(outcomeOf(decoder, [bytes]).fault).toBeDefined();
      }),
      { numRuns: 2000 },
    );
  });
});

describe('limits', () => {
  it.each<[string, number, number, Layout | undefined]>([
    ['a piece', 7, 9 + 131_072, twelve],
    ['a piece of an unknown share', 7, 9 + 131_072, undefined],
    ['a bitfield', 5, 3, twelve],
    ['a bitfield of an unknown share', 5, 1 + 65_536, undefined],
    ['an extended message', 20, 262_144, twelve],
    ['an unknown message', 99, 16_384, twelve],
    ['a choke', 0, 1, twelve],
    ['a have', 4, 5, twelve],
    ['a cancel', 8, 13, twelve],
    ['a port', 9, 3, twelve],
    ['a have-all', 14, 1, twelve],
    ['a reject', 16, 13, twelve],
    ['an allowed-fast', 17, 5, twelve],
  ])('%s: one byte more is refused before any memory is taken', (_, type, longest, layout) => {
    const pool = new CountingPool();
    expect(outcomeOf(greeted(layout, pool), [frame(type, new Uint8Array(longest - 1))])).toMatchObject({
      messages: [{}],
    });
    const peak = pool.peakBytes;
    const header = frame(type, new Uint8Array(longest)).subarray(0, 5);
    expect(outcomeOf(greeted(layout, pool), [header]).fault).toMatch(
      new RegExp(`length of ${longest + 1}\\b.* (it is|above).*\\b${longest}\\b`),
    );
    expect(pool.peakBytes).toBe(peak);
  });

  it.each([262_145, 2 ** 31, 2 ** 32 - 1])('no message is %d long, whatever its type', length => {
    const header = new Uint8Array(4);
    new DataView(header.buffer).setUint32(0, length);
    expect(faultOf(twelve, header)).toContain(`length of ${length}`);
  });

  it.each([
    ['a piece', 7, 9],
    ['a bitfield', 5, 3],
    ['an extended message', 20, 2],
    ['a request', 6, 13],
    ['a have', 4, 5],
    ['a port', 9, 3],
  ])('%s: one byte less is refused', (_, type, shortest) => {
    expect(faultOf(twelve, frame(type, new Uint8Array(shortest - 2)))).toContain(
      `length of ${shortest - 1};`,
    );
  });

  it('a bitfield of many pieces may be longer than any other message', () => {
    const layout = new Layout(2_400_000, 1, 1);
    const bytes = new Uint8Array(300_000).fill(1);
    expect(decoded(layout, frame(5, bytes))).toEqual({ messages: [{ type: 'bitfield', bytes }] });
    expect(faultOf(layout, frame(20, new Uint8Array(262_144)))).toContain('262145');
  });

  it('a bitfield has no bits beyond its last piece', () => {
    expect(faultOf(twelve, frame(5, hex('ff f8')))).toContain('beyond piece 11');
    expect(faultOf(twelve, frame(5, hex('00 01')))).toContain('beyond piece 11');
    expect(faultOf(twelve, frame(5, hex('ff f0')))).toBeUndefined();
    expect(faultOf(sixteen, frame(5, hex('ff ff')))).toBeUndefined();
    expect(faultOf(undefined, frame(5, hex('ff ff ff')))).toBeUndefined();
  });

  it.each([
    [0, false],
    [1, true],
    [131_072, true],
    [131_073, false],
    [2 ** 32 - 1, false],
  ])('a request of %d bytes', (length, isFine) => {
    const { fault, messages } = decoded(twelve, encoded({ type: 'request', piece: 0, offset: 0, length }));
    expect(messages).toHaveLength(isFine ? 1 : 0);
    expect(fault === undefined).toBe(isFine);
  });

  it('come after the messages before them', () => {
    const { messages, fault } = decoded(
      twelve,
      joined(encoded({ type: 'have', piece: 3 }), frame(4), encoded({ type: 'choke' })),
    );
    expect(messages).toEqual([{ type: 'have', piece: 3 }]);
    expect(fault).toContain("'have'");
  });
});

describe('a message of unknown type', () => {
  it('is skipped by its length', () => {
    expect(decoded(twelve, frame(21, new Uint8Array(3000)), encoded({ type: 'choke' }))).toEqual({
      messages: [
        { type: 'oddity', text: 'skipped a message of unknown type 21 (3000 bytes)' },
        { type: 'choke' },
      ],
    });
  });
});

describe('memory', () => {
  const bytes = encoded({ type: 'piece', piece: 1, offset: 0, bytes: new Uint8Array(blockLength).fill(7) });

  it('of a piece that came whole is where it was received', () => {
    const pool = new CountingPool();
    const decoder = greeted(twelve, pool);
    const received = joined(bytes, bytes, bytes);
    for (const message of decoder.push(received)) {
      if (message.type === 'piece') expect(message.bytes.buffer).toBe(received.buffer);
    }
    expect(pool.peakBytes).toBe(0);
  });

  it.each([5, 13, 14, 5000])('of a block that comes first, or in two after %d bytes, is aligned', cut => {
    const decoder = greeted(twelve);
    const alignments = (part: Uint8Array): number[] => {
      const window = decoder.window!;
      window.set(part);
      const messages = decoder.push(window.subarray(0, part.length));
      return Array.from(messages, message => (message.type === 'piece' ? message.bytes.byteOffset & 7 : -1));
    };
    const reads = [bytes, bytes.subarray(0, cut), joined(bytes.subarray(cut), bytes)];
    expect(reads.flatMap(alignments)).toEqual([0, 0, 0]);
  });

  it('of a piece in fragments is one frame, given back once the next message is asked for', () => {
    const pool = new CountingPool();
    const decoder = greeted(twelve, pool);
    expect([...decoder.push(bytes.subarray(0, 9000))]).toEqual([]);
    expect(decoder.pendingBytes).toBe(9000);
    for (const message of decoder.push(joined(bytes.subarray(9000), bytes.subarray(0, 100)))) {
      expect(plain(message)).toMatchObject({ type: 'piece', bytes: new Uint8Array(blockLength).fill(7) });
    }
    expect(pool.heldBytes).toBe(16 + blockLength);
    decoder.close();
    expect(pool.heldBytes).toBe(0);
  });

  it('is given back when the decoder is closed while a message is looked at', () => {
    const pool = new CountingPool();
    const decoder = greeted(twelve, pool);
    Array.from(decoder.push(bytes.subarray(0, 9000)));
    const seen: string[] = [];
    for (const { type } of decoder.push(joined(bytes.subarray(9000), bytes, bytes.subarray(0, 100)))) {
      seen.push(type);
      decoder.close();
    }
    expect(seen).toEqual(['piece']);
    expect(pool.heldBytes).toBe(0);
  });

  it('that bytes are received in is the same for all, and free once they are taken', () => {
    const [one, other] = [greeted(twelve), greeted(twelve)];
    const window = one.window!;
    expect(other.window).toBe(window);
    expect(window.length).toBeGreaterThanOrEqual(10 * blockLength);
    const received = (decoder: MessageDecoder, part: Uint8Array) => {
      window.set(part);
      const messages = Array.from(decoder.push(window.subarray(0, part.length)), plain);
      window.fill(0);
      return messages;
    };
    expect(received(one, bytes.subarray(0, 5000))).toEqual([]);
    expect(received(other, bytes.subarray(0, 12_000))).toEqual([]);
    const piece = { type: 'piece', piece: 1, offset: 0, bytes: new Uint8Array(blockLength).fill(7) };
    expect(received(one, bytes.subarray(5000))).toEqual([piece]);
    expect(received(other, bytes.subarray(12_000))).toEqual([piece]);
  });
});

describe('whole pieces of one message', () => {
  /** The last piece is shorter. */
  const small = new Layout(500 * blockLength - 1000, blockLength, blockLength);
  /** Pieces of eight blocks, which may come together. */
  const large = new Layout(24 * 131_072, 131_072, blockLength);

  /** A link that reads as much as there is into the window it asked for after the last bytes, as sockets do. */
  class Reader {
    readonly decoder: MessageDecoder;
    #place: Uint8Array;

    constructor(layout: Layout, slabs: Slabs, frames = new BufferPool()) {
      this.decoder = bitTorrentCodec(layout, { frames, slabs }).createDecoder();
      Array.from(this.decoder.push(greeting));
      this.#place = this.decoder.window!;
    }

    /** Reads some of the bytes and says how many. */
    read(bytes: Uint8Array, onMessage: (message: Message) => void): number {
      const received = this.#place.subarray(0, bytes.length);
      received.set(bytes.subarray(0, received.length));
      for (const message of this.decoder.push(received)) onMessage(message);
      this.#place = this.decoder.window!;
      return received.length;
    }

    readAll(bytes: Uint8Array, onMessage: (message: Message) => void): void {
      for (let at = 0; at < bytes.length; ) at += this.read(bytes.subarray(at), onMessage);
    }
  }

  const release = (message: Message) => {
    if (message.type === 'piece') message.release();
  };

  /** Whether these are the bytes that `pieces` gives a piece. */
  const isRight = ({ piece, bytes }: Message & { type: 'piece' }) =>
    bytes.every(byte => byte === ((piece + 1) & 255));

  /** Pieces of the layout, from this one on, each filled with its number. */
  function pieces(layout: Layout, count: number, first = 0): Uint8Array {
    const numbers = Array.from({ length: count }, (_, i) => (first + i) % layout.pieceCount);
    return encoded(
      ...numbers.map(piece => {
        const bytes = new Uint8Array(layout.lengthOf(piece)).fill(piece + 1);
        return { type: 'piece', piece, offset: 0, bytes } as const;
      }),
    );
  }

  it.each([
    ['of one block', small],
    ['of eight', large],
  ])('%s stay where they were received until they are released, however they come', (_, layout) => {
    const noise = encoded({ type: 'keep-alive' }, { type: 'have', piece: 3 }, { type: 'choke' });
    const reads = fc.array(
      fc.oneof(fc.integer({ min: 60_000, max: 300_000 }), fc.integer({ min: 1, max: 20_000 })),
      { minLength: 1, maxLength: 12 },
    );
    let stayed = 0;
    fc.assert(
      fc.property(reads, fc.array(fc.nat(30), { minLength: 5, maxLength: 5 }), (lengths, holds) => {
        const [pool, frames] = [new CountingPool(), new CountingPool()];
        const reader = new Reader(layout, new Slabs(pool), frames);
        const perRound = 2 ** 20 / layout.pieceLength;
        const stream = joined(
          ...[0, 1, 2].flatMap(round => [pieces(layout, perRound, round * perRound), noise]),
        );
        const held: (Message & { type: 'piece' })[] = [];
        const letGo = (piece: Message & { type: 'piece' }) => {
          expect(isRight(piece)).toBe(true);
          piece.release();
        };
        const types: Message['type'][] = [];
        let next = 0;
        for (let at = 0, i = 0; at < stream.length; i += 1) {
          const length = lengths[i] ?? 100_003;
          at += reader.read(stream.subarray(at, at + length), message => {
            types.push(message.type);
            if (message.type !== 'piece') return;
            expect(message.piece).toBe(next);
            next += 1;
            if (message.isLent) return letGo(message);
            stayed += 1;
            held.push(message);
          });
          // Some are done with at once, some much later, and not in their order.
          const most = holds[i % holds.length]!;
          while (held.length > most) letGo(held.splice((i * 7) % held.length, 1)[0]!);
        }
        expect(next).toBe(3 * perRound);
        expect(types.filter(type => type === 'choke')).toHaveLength(3);
        expect(reader.decoder.pendingBytes).toBe(0);
        reader.decoder.close();
        for (const piece of held) letGo(piece);
        expect(pool.heldBytes).toBe(0);
        expect(frames.heldBytes).toBe(0);
      }),
      { numRuns: 20 },
    );
    expect(stayed).toBeGreaterThan(100);
  });

  it('are the only ones that get a slab', () => {
    const pool = new CountingPool();
    const reader = new Reader(large, new Slabs(pool));
    const blocks = Array.from({ length: 40 }, (_, i) => {
      const [piece, offset] = [i >> 3, (i & 7) * blockLength];
      return encoded({ type: 'piece', piece, offset, bytes: new Uint8Array(blockLength) });
    });
    reader.readAll(joined(...blocks), message => expect(message).toMatchObject({ isLent: true }));
    expect(pool.peakBytes).toBe(0);
    reader.readAll(pieces(large, 3), release);
    expect(pool.heldBytes).toBe(slabLength);
    reader.readAll(joined(...blocks), release);
    expect(pool.heldBytes).toBe(0);
  });

  it('that come slowly get none, and who becomes slow gives it back with its message half received', () => {
    const pool = new CountingPool();
    const frames = new CountingPool();
    const reader = new Reader(small, new Slabs(pool), frames);
    const stream = pieces(small, 40);
    const pieceNumbers: number[] = [];
    const note = (message: Message) => {
      if (message.type === 'piece') pieceNumbers.push(message.piece);
      release(message);
    };
    let at = 0;
    for (let i = 0; i < 9; i += 1) at += reader.read(stream.subarray(at, at + 20_000), note);
    expect(pool.peakBytes).toBe(0);
    for (let i = 0; i < 2; i += 1) at += reader.read(stream.subarray(at, at + 100_000), note);
    expect(pool.heldBytes).toBe(slabLength);
    const { pendingBytes } = reader.decoder;
    at += reader.read(stream.subarray(at, at + 1), note);
    expect(pool.heldBytes).toBe(0);
    expect(reader.decoder.pendingBytes).toBe(pendingBytes + 1);
    while (at < stream.length) at += reader.read(stream.subarray(at, at + 1000), note);
    expect(pieceNumbers).toEqual(Array.from({ length: 40 }, (_, i) => i));
    reader.decoder.close();
    expect(frames.heldBytes).toBe(0);
  });

  it('may come elsewhere than where they were to be received', () => {
    const pool = new CountingPool();
    const reader = new Reader(small, new Slabs(pool));
    reader.read(pieces(small, 6).subarray(0, 90_000), release);
    const seen: Message[] = [];
    for (const message of reader.decoder.push(joined(pieces(small, 6).subarray(90_000), pieces(small, 1)))) {
      seen.push(plain(message) as Message);
      release(message);
    }
    expect(seen).toMatchObject([{ piece: 5 }, { piece: 0 }]);
    expect(reader.decoder.pendingBytes).toBe(0);
  });

  it('that nobody releases take no more than so much memory, of however many links, and all still come', () => {
    const pool = new CountingPool();
    const slabs = new Slabs(pool);
    let count = 0;
    const stream = pieces(small, 40);
    for (let i = 0; i < 60; i += 1) {
      new Reader(small, slabs).readAll(stream, message => {
        if (message.type === 'piece' && isRight(message)) count += 1;
      });
    }
    expect(count).toBe(60 * 40);
    expect(pool.peakBytes).toBe(16 * 1024 * 1024);
  });

  it('pin no slab with what came between them', () => {
    const pool = new CountingPool();
    const reader = new Reader(twelve, new Slabs(pool));
    const kept: Message[] = [];
    const payload = new Uint8Array(200).fill(9);
    const between = encoded({ type: 'bitfield', bytes: hex('ff f0') }, { type: 'extended', id: 1, payload });
    const keepOthers = (message: Message) => {
      if (message.type === 'piece') message.release();
      else kept.push(message);
    };
    reader.readAll(joined(pieces(twelve, 8), between, pieces(twelve, 8)), keepOthers);
    reader.decoder.close();
    expect(pool.peakBytes).toBeGreaterThan(0);
    expect(pool.heldBytes).toBe(0);
    reader.readAll(new Uint8Array(0), () => {});
    expect(kept).toEqual([
      { type: 'bitfield', bytes: hex('ff f0') },
      { type: 'extended', id: 1, payload },
    ]);
  });
});
