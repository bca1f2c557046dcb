import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bitfield } from '../../../src-shared/bitfield.ts';
import { BufferPool } from '../buffer-pool.ts';
import { Layout } from '../content/layout.ts';
import { CountingPool } from '../testing/counting-pool.ts';
import { type Message, type MessageDecoder, type OutgoingMessage, ProtocolError } from '../wire/message.ts';
import { courseCodec, peerIdFromAsciiDigits, peerIdReadBackwards } from './wire.ts';

/** The example of the description: N = 306, last piece 5992 bytes. */
const example = new Layout(10_000_232, 32_768);
/** N = 10, all pieces of 5 bytes. */
const ten = new Layout(50, 5);
/** N = 12, pieces long enough to come from the pool, a short last one. */
const twelve = new Layout(11 * 1500 + 700, 1500);

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

function encoded(...messages: readonly OutgoingMessage[]): Uint8Array {
  return joined(...messages.flatMap(message => courseCodec(ten, new BufferPool()).encode(message)));
}

/** A frame written without the code under test. */
function frame(type: number, payload: Uint8Array): Uint8Array {
  const header = new DataView(new ArrayBuffer(5));
  header.setUint32(0, 1 + payload.length);
  header.setUint8(4, type);
  return joined(new Uint8Array(header.buffer), payload);
}

const handshake1001 = hex(
  '50 32 50 46 49 4c 45 53 48 41 52 49 4e 47 50 52 4f 4a 00 00 00 00 00 00 00 00 00 00 00 00 03 e9',
);

/** A decoder that has heard a good handshake. */
function greeted(layout: Layout, pool = new BufferPool()): MessageDecoder {
  const decoder = courseCodec(layout, pool).createDecoder();
  Array.from(decoder.push(handshake1001));
  return decoder;
}

/** Without what cannot be compared. */
function plain(message: Message): OutgoingMessage | Message {
  if (message.type !== 'piece') return message;
  const { release: _, isLent: _isLent, ...rest } = message;
  return { ...rest, bytes: rest.bytes.slice() };
}

function decoded(layout: Layout, ...chunks: readonly Uint8Array[]): (OutgoingMessage | Message)[] {
  const decoder = greeted(layout);
  return chunks.flatMap(chunk => Array.from(decoder.push(chunk), plain));
}

/** What becomes of a stream, the handshake included: its messages, and the diagnosis that ends it. */
function outcome(
  layout: Layout,
  chunks: Iterable<Uint8Array>,
): { messages: (OutgoingMessage | Message)[]; fault?: string } {
  const decoder = courseCodec(layout, new BufferPool()).createDecoder();
  const messages: (OutgoingMessage | Message)[] = [];
  try {
    for (const chunk of chunks) {
      for (const message of decoder.push(chunk)) messages.push(plain(message));
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { messages, fault: error.message };
  }
  return { messages };
}

/** The diagnosis of a stream, which is the same at once and byte by byte. */
function fault(layout: Layout, ...stream: readonly Uint8Array[]): string {
  const bytes = joined(...stream);
  const atOnce = outcome(layout, [bytes]).fault;
  expect(atOnce).toBe(outcome(layout, byteByByte(bytes)).fault);
  if (atOnce === undefined) throw new Error('nothing was wrong with it');
  return atOnce;
}

function byteByByte(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, byte => Uint8Array.of(byte));
}

/** Cuts a stream into pieces of these lengths, over and over. */
function* cutBy(bytes: Uint8Array, lengths: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const length = lengths[turn % lengths.length]!;
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

const longestChunk = 2000;
const anyCuts = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: longestChunk })),
  { minLength: 1, maxLength: 10 },
);

/** Every message that may follow the handshake, with its bytes as the protocol's table has them. */
function anyMessage(layout: Layout): fc.Arbitrary<OutgoingMessage> {
  const piece = fc.nat(layout.pieceCount - 1);
  return fc.oneof(
    fc
      .constantFrom('choke', 'unchoke', 'interested', 'not-interested')
      .map(type => ({ type }) as OutgoingMessage),
    fc.nat(2 ** 32 - 1).map(piece => ({ type: 'have', piece }) as const),
    fc
      .uint8Array({ minLength: Math.ceil(layout.pieceCount / 8), maxLength: 20 })
      .map(bytes => ({ type: 'bitfield', bytes }) as const),
    piece.map(piece => ({ type: 'request', piece, offset: 0, length: layout.lengthOf(piece) }) as const),
    fc
      .tuple(fc.nat(2 ** 32 - 1), fc.nat(layout.pieceLength), fc.nat(255))
      .map(
        ([piece, length, value]) =>
          ({ type: 'piece', piece, offset: 0, bytes: new Uint8Array(length).fill(value) }) as const,
      ),
  );
}

describe('the handshake (2.1)', () => {
  it('of peer 1001 has exactly the bytes of the protocol', () => {
    expect(toHex(encoded({ type: 'handshake', peer: '1001' }))).toBe(toHex(handshake1001));
    expect(outcome(ten, [handshake1001])).toEqual({ messages: [{ type: 'handshake', peer: '1001' }] });
  });

  it('carries any peer ID of 32 bits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 32 - 1 }).map(String), peer => {
        const bytes = encoded({ type: 'handshake', peer });
        expect(bytes).toHaveLength(32);
        expect(outcome(ten, [bytes])).toEqual({ messages: [{ type: 'handshake', peer }] });
      }),
    );
  });

  it('may have anything in the ten bytes, such as ASCII zeros (A6)', () => {
    const bytes = joined(ascii('P2PFILESHARINGPROJ0000000000'), hex('00 00 03 e9'));
    expect(outcome(ten, [bytes])).toEqual({ messages: [{ type: 'handshake', peer: '1001' }] });
  });
});

describe('the worked examples (2.3)', () => {
  const full = new Uint8Array(32_768).fill(1);
  const last = new Uint8Array(5992).fill(2);

  it.each<[string, OutgoingMessage, string]>([
    ['choke', { type: 'choke' }, '00 00 00 01 00'],
    ['unchoke', { type: 'unchoke' }, '00 00 00 01 01'],
    ['interested', { type: 'interested' }, '00 00 00 01 02'],
    ['not interested', { type: 'not-interested' }, '00 00 00 01 03'],
    ['have, piece 5', { type: 'have', piece: 5 }, '00 00 00 05 04 00 00 00 05'],
    ['have, piece 305', { type: 'have', piece: 305 }, '00 00 00 05 04 00 00 01 31'],
    [
      'request, piece 305',
      { type: 'request', piece: 305, offset: 0, length: 5992 },
      '00 00 00 05 06 00 00 01 31',
    ],
    ['bitfield, N=10, all', { type: 'bitfield', bytes: Uint8Array.of(0xff, 0xc0) }, '00 00 00 03 05 ff c0'],
    [
      'bitfield, N=10, {0,3,9}',
      { type: 'bitfield', bytes: Uint8Array.of(0x90, 0x40) },
      '00 00 00 03 05 90 40',
    ],
    ['bitfield, N=10, none', { type: 'bitfield', bytes: new Uint8Array(2) }, '00 00 00 03 05 00 00'],
    [
      'piece 9 with "hello"',
      { type: 'piece', piece: 9, offset: 0, bytes: ascii('hello') },
      '00 00 00 0a 07 00 00 00 09 68 65 6c 6c 6f',
    ],
    [
      'bitfield of a seed, N=306',
      { type: 'bitfield', bytes: Bitfield.full(306).toBytes() },
      `00 00 00 28 05 ${'ff '.repeat(38)}c0`,
    ],
    [
      'full piece 0, N=306',
      { type: 'piece', piece: 0, offset: 0, bytes: full },
      `00 00 80 05 07 00 00 00 00 ${toHex(full)}`,
    ],
    [
      'last piece 305, N=306',
      { type: 'piece', piece: 305, offset: 0, bytes: last },
      `00 00 17 6d 07 00 00 01 31 ${toHex(last)}`,
    ],
  ])('%s: exactly these bytes, both ways', (_, message, text) => {
    expect(toHex(encoded(message))).toBe(text);
    expect(decoded(example, hex(text))).toEqual([message]);
  });

  it.each([
    ['bitfield of a seed', 40, { type: 'bitfield', bytes: Bitfield.full(306).toBytes() }],
    ['full piece', 32_773, { type: 'piece', piece: 0, offset: 0, bytes: full }],
    ['last piece', 5997, { type: 'piece', piece: 305, offset: 0, bytes: last }],
  ] as const)('%s: its length field says %d', (_, length, message) => {
    const bytes = encoded(message);
    expect(new DataView(bytes.buffer).getUint32(0)).toBe(length);
    expect(bytes).toHaveLength(4 + length);
  });

  it('sends the bytes of a piece without copying them', () => {
    const parts = courseCodec(example, new BufferPool()).encode({
      type: 'piece',
      piece: 0,
      offset: 0,
      bytes: full,
    });
    expect(parts).toHaveLength(2);
    expect(parts[1]).toBe(full);
  });
});

describe('what is encoded', () => {
  it('decodes to the same messages', () => {
    fc.assert(
      fc.property(fc.array(anyMessage(twelve), { maxLength: 12 }), messages => {
        expect(decoded(twelve, encoded(...messages))).toEqual(messages);
      }),
    );
  });

  it('decodes to the same messages when it is cut in two anywhere, and byte by byte', () => {
    const layout = new Layout(12 * 20, 20);
    fc.assert(
      fc.property(fc.array(anyMessage(layout), { maxLength: 6 }), following => {
        const messages: OutgoingMessage[] = [{ type: 'handshake', peer: '1002' }, ...following];
        const bytes = encoded(...messages);
        for (let at = 0; at <= bytes.length; at += 1) {
          expect(outcome(layout, [bytes.subarray(0, at), bytes.subarray(at)]).messages).toEqual(messages);
        }
        expect(outcome(layout, byteByByte(bytes)).messages).toEqual(messages);
      }),
      { numRuns: 30 },
    );
  });

  it('decodes to the same messages when a piece from the pool is cut anywhere', () => {
    const content = Uint8Array.from({ length: 1500 }, (_, at) => (at * 7) & 0xff);
    const bytes = encoded({ type: 'piece', piece: 1, offset: 0, bytes: content }, { type: 'have', piece: 2 });
    for (let at = 0; at <= bytes.length; at += 1) {
      const [piece, have] = decoded(twelve, bytes.subarray(0, at), bytes.subarray(at));
      expect(have).toEqual({ type: 'have', piece: 2 });
      expect(piece?.type === 'piece' && toHex(piece.bytes) === toHex(content)).toBe(true);
    }
  });

  it('decodes to the same messages when it comes in any fragments', () => {
    fc.assert(
      fc.property(fc.array(anyMessage(twelve), { maxLength: 8 }), anyCuts, (messages, cuts) => {
        expect(decoded(twelve, ...cutBy(encoded(...messages), cuts))).toEqual(messages);
      }),
    );
  });
});

describe('what decodes', () => {
  it('encodes to the same bytes', () => {
    const fixed = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength });
    const anyFrame = fc.oneof(
      fc.tuple(fc.nat(3), fixed(0, 0)),
      fc.tuple(fc.constantFrom(4, 6), fixed(4, 4)),
      fc.tuple(fc.constant(5), fixed(2, 40)),
      fc.tuple(fc.constant(7), fixed(4, 1504)),
    );
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 10 }), drawn => {
        const bytes = joined(...drawn.map(([type, payload]) => frame(type, payload)));
        const messages = decoded(twelve, bytes);
        expect(messages).toHaveLength(drawn.length);
        expect(toHex(encoded(...(messages as OutgoingMessage[])))).toBe(toHex(bytes));
      }),
    );
  });

  it('leaves the bytes it came in to the link', () => {
    const bytes = encoded(
      { type: 'bitfield', bytes: hex('90 40') },
      { type: 'piece', piece: 1, offset: 0, bytes: ascii('hello') },
    );
    const messages = [...greeted(ten).push(bytes)];
    bytes.fill(0);
    expect(messages.map(plain)).toEqual([
      { type: 'bitfield', bytes: hex('90 40') },
      { type: 'piece', piece: 1, offset: 0, bytes: ascii('hello') },
    ]);
  });

  it('gives the memory of a piece back when it is released, and of a half piece when it is closed', () => {
    const pool = new CountingPool();
    const decoder = greeted(twelve, pool);
    const bytes = encoded({ type: 'piece', piece: 0, offset: 0, bytes: new Uint8Array(1500) });
    const [message] = [...decoder.push(joined(bytes, bytes.subarray(0, 100)))];
    expect(pool.heldBytes).toBe(2 * 1505);
    if (message?.type === 'piece') message.release();
    expect(pool.heldBytes).toBe(1505);
    decoder.close();
    expect(pool.heldBytes).toBe(0);
  });

  it('keeps a long bitfield when its memory goes to the next one', () => {
    const [one, other] = [1, 2].map(value => new Uint8Array(2500).fill(value));
    const messages = decoded(new Layout(20_000, 1), joined(frame(5, one!), frame(5, other!)));
    expect(messages).toEqual([
      { type: 'bitfield', bytes: one },
      { type: 'bitfield', bytes: other },
    ]);
  });

  it('gives the memory of everything but pieces back at once', () => {
    const pool = new CountingPool();
    const decoder = greeted(new Layout(20_000, 1), pool);
    const messages = decoder.push(
      joined(frame(5, new Uint8Array(2500)), frame(4, new Uint8Array(2000)), frame(99, new Uint8Array(2000))),
    );
    expect(Array.from(messages, message => message.type)).toEqual(['bitfield', 'oddity', 'oddity']);
    expect(pool.peakBytes).toBe(2501);
    expect(pool.heldBytes).toBe(0);
  });
});

describe('an odd message that is survived', () => {
  it.each([
    ['empty', ''],
    ['too long', 'ff '.repeat(8)],
    ['right-aligned', 'ff 03'],
    ['with spare bits set', 'ff ff'],
    ['four bytes a piece', '00 00 00 01 '.repeat(10)],
  ])('is a bitfield that is %s (A2)', (_, text) => {
    // Too long for N = 10 with pieces of 5 bytes, so the layout has the same N with longer ones.
    const layout = new Layout(1000, 100);
    expect(decoded(layout, frame(5, hex(text)))).toEqual([{ type: 'bitfield', bytes: hex(text) }]);
  });

  it('is a bitfield of any length but the one that gives the other convention away (A2, A4)', () => {
    for (let length = 0; length <= 400; length += 1) {
      const bytes = new Uint8Array(length).fill(0xff);
      if (length === 38) expect(() => decoded(example, frame(5, bytes))).toThrow(ProtocolError);
      else expect(decoded(example, frame(5, bytes))).toEqual([{ type: 'bitfield', bytes }]);
    }
  });

  it('is a bitfield a byte short that is not the first message (A2)', () => {
    const messages = decoded(example, encoded({ type: 'unchoke' }), frame(5, new Uint8Array(38)));
    expect(messages).toEqual([{ type: 'unchoke' }, { type: 'bitfield', bytes: new Uint8Array(38) }]);
  });

  it('is a frame of length 0, which is skipped (A18)', () => {
    const empty = hex('00 00 00 00');
    const unchoke = encoded({ type: 'unchoke' });
    expect(decoded(ten, joined(empty, unchoke, empty, empty, unchoke, empty))).toEqual([
      { type: 'unchoke' },
      { type: 'unchoke' },
    ]);
  });

  it.each([8, 9, 20, 53, 255])('is one of type %d, which is skipped by its length (A19)', type => {
    const messages = decoded(
      example,
      frame(type, new Uint8Array(3000)),
      frame(type, new Uint8Array(0)),
      encoded({ type: 'have', piece: 3 }),
    );
    expect(messages).toMatchObject([
      { type: 'oddity', text: expect.stringMatching(`unknown type ${type} .*3000 bytes`) },
      { type: 'oddity', text: expect.stringMatching(`unknown type ${type} .*0 bytes`) },
      { type: 'have', piece: 3 },
    ]);
  });

  it('is a type that is an ASCII digit, and the note says so (A6)', () => {
    const [message] = decoded(ten, frame('5'.charCodeAt(0), hex('ff c0')));
    expect(message).toMatchObject({ type: 'oddity', text: expect.stringMatching(/type 53.*ASCII digit 5/) });
    const [other] = decoded(ten, frame('8'.charCodeAt(0), hex('ff c0')));
    expect(other).toMatchObject({ type: 'oddity', text: expect.not.stringContaining('ASCII') });
  });

  it.each([
    ['have', 4],
    ['request', 6],
  ] as const)('is a %s whose payload is not 4 bytes; nothing is read beyond it', (name, type) => {
    for (const length of [0, 1, 2, 3, 5, 8]) {
      const odd = frame(type, new Uint8Array(length).fill(1));
      expect(decoded(ten, odd, frame(1, new Uint8Array(0)))).toEqual([
        {
          type: 'oddity',
          text: expect.stringMatching(`'${name}'.* ${length} bytes of payload instead of 4`),
        },
        { type: 'unchoke' },
      ]);
    }
  });

  it('is a piece without room for its index', () => {
    for (const length of [0, 1, 2, 3]) {
      expect(decoded(ten, frame(7, new Uint8Array(length)), encoded({ type: 'choke' }))).toEqual([
        { type: 'oddity', text: expect.stringMatching(`'piece'.* ${length} bytes`) },
        { type: 'choke' },
      ]);
    }
  });

  it('is a request for a piece that does not exist: it has no length', () => {
    for (const piece of [10, 2 ** 31, 2 ** 32 - 1]) {
      const message = { type: 'request', piece, offset: 0, length: 0 } as const;
      expect(decoded(ten, encoded(message))).toEqual([message]);
    }
  });

  it('is a piece of any size and index: whoever asked for it knows better', () => {
    const message = { type: 'piece', piece: 2 ** 32 - 1, offset: 0, bytes: new Uint8Array(0) } as const;
    expect(decoded(ten, encoded(message))).toEqual([message]);
  });
});

describe('the longest frame (A5)', () => {
  it.each([
    ['many pieces', example, 32_773],
    ['one piece', new Layout(100, 100), 105],
    ['one short piece', new Layout(7, 100), 105],
    ['a multiple of 8 pieces', new Layout(16 * 10, 10), 15],
    ['a bitfield longer than a piece', new Layout(1000, 1), 126],
    ['no content at all', new Layout(0, 100), 105],
  ])('with %s is as long as its largest piece or bitfield', (_, layout, length) => {
    const longest = frame(5, new Uint8Array(length - 1));
    expect(decoded(layout, longest)).toHaveLength(1);
    const pool = new CountingPool();
    const decoder = greeted(layout, pool);
    const tooLong = frame(5, new Uint8Array(length));
    expect(() => [...decoder.push(tooLong.subarray(0, 4))]).toThrow(
      new RegExp(`length of ${length + 1} .* maximum of ${length}:`),
    );
    expect(pool.peakBytes).toBe(0);
  });
});

describe('swarms of every shape', () => {
  it.each([
    ['one piece', new Layout(100, 100), 100, '80'],
    ['a multiple of 8 pieces', new Layout(160, 10), 10, 'ff ff'],
    ['a last piece of one byte', new Layout(81, 10), 1, 'ff 80'],
    ['a full last piece', new Layout(90, 10), 10, 'ff 80'],
  ])('exchange bitfields and last pieces: %s', (_, layout, lastLength, full) => {
    const piece = layout.pieceCount - 1;
    const messages: OutgoingMessage[] = [
      { type: 'bitfield', bytes: Bitfield.full(layout.pieceCount).toBytes() },
      { type: 'request', piece, offset: 0, length: lastLength },
      { type: 'piece', piece, offset: 0, bytes: new Uint8Array(lastLength) },
    ];
    const bytes = encoded(...messages);
    expect(toHex(bytes.subarray(5, 5 + hex(full).length))).toBe(full);
    expect(decoded(layout, bytes)).toEqual(messages);
  });

  it('exchange empty bitfields when there is no content', () => {
    const message = { type: 'bitfield', bytes: new Bitfield(0).toBytes() } as const;
    expect(toHex(encoded(message))).toBe('00 00 00 01 05');
    expect(decoded(new Layout(0, 100), encoded(message))).toEqual([message]);
  });
});

describe('the diagnosis of a length that does not count the type byte (A4)', () => {
  it('names it at the first bitfield, with the length that is right', () => {
    const stream = joined(handshake1001, hex(`00 00 00 27 05 ${'ff '.repeat(38)}c0`));
    expect(fault(example, stream)).toMatch(/says length 39 .*type byte.* 40 is right/);
  });

  it('names it also when everything comes in one segment', () => {
    const more = hex('00 00 00 00 02 00 00 00 04 06 00 00 00 05');
    const stream = joined(handshake1001, hex(`00 00 00 27 05 ${'ff '.repeat(38)}c0`), more);
    expect(fault(example, stream)).toMatch(/type byte/);
  });

  it('names it when the peer sends no bitfield and begins with "interested"', () => {
    const stream = joined(handshake1001, hex('00 00 00 00 02 00 00 00 04 06 00 00 00 05'));
    expect(fault(example, stream)).toMatch(/must count the type byte/);
    expect(fault(example, stream)).not.toMatch(/endian/);
  });

  it('names it when the bitfield has one byte, and could have been an empty one', () => {
    const stream = joined(handshake1001, hex('00 00 00 01 05 80 00 00 00 00 02'));
    expect(fault(new Layout(8 * 100, 100), stream)).toMatch(/must count the type byte/);
    expect(fault(new Layout(8 * 100, 100), stream)).not.toMatch(/endian/);
  });

  it('names it when it begins with "have"', () => {
    const stream = joined(handshake1001, hex('00 00 00 04 04 00 00 00 05 00 00 00 04 04 00 00 00 06'));
    expect(fault(example, stream)).toMatch(/must count the type byte/);
  });
});

describe('the diagnosis of a length that does not count the piece index (A4)', () => {
  const bitfield = hex('00 00 00 03 05 ff c0');
  const piece = hex('00 00 00 06 07 00 00 00 09 68 65 6c 6c 6f');

  it('names it once the bytes left over are no length', () => {
    expect(fault(ten, handshake1001, bitfield, piece)).toMatch(/4 bytes of the piece index/);
  });

  it('names it however the stream is cut', () => {
    const stream = joined(handshake1001, bitfield, piece);
    for (let at = 0; at <= stream.length; at += 1) {
      const { fault } = outcome(ten, [stream.subarray(0, at), stream.subarray(at)]);
      expect(fault).toMatch(/4 bytes of the piece index/);
    }
  });

  it('is not misled by content that looks like a little-endian length', () => {
    const content = hex('00 00 00 06 07 00 00 00 09 68 05 00 00 00');
    expect(fault(ten, handshake1001, bitfield, content)).toMatch(/4 bytes of the piece index/);
  });
});

describe('the diagnosis of little-endian lengths (A5)', () => {
  it.each([
    ['interested', '01 00 00 00 02', example],
    ['a bitfield', `28 00 00 00 05 ${'ff '.repeat(38)}c0`, example],
    ['a bitfield longer than a piece', '7e 00 00 00 05', new Layout(1000, 1)],
  ])('names them at the first message: %s', (_, text, layout) => {
    expect(fault(layout, handshake1001, hex(text))).toMatch(/read backwards.*little-endian.*big-endian/);
  });

  it('is not given for garbage', () => {
    expect(fault(ten, handshake1001, hex('de ad be ef'))).toMatch(
      /3735928559.*after the handshake are no message length/,
    );
  });

  it('reads a peer ID in that order', () => {
    expect(peerIdReadBackwards('3909287936')).toBe('1001');
    expect(peerIdReadBackwards('1001')).toBe('3909287936');
  });
});

describe('the diagnosis of a handshake (A6)', () => {
  const rest = new Uint8Array(40);

  it.each([
    [
      'the header of an old edition',
      joined(ascii('CEN5501C2008SPRING'), rest),
      /old edition.*CEN5501C2008SPRING/,
    ],
    [
      'a Java object stream',
      joined(hex('ac ed 00 05 77 20'), handshake1001),
      /Java object stream.*ac ed 00 05/,
    ],
    ['BitTorrent', joined(ascii('\x13BitTorrent protocol'), rest), /BitTorrent/],
    ['a length in front', joined(hex('00 00 00 20'), handshake1001), /length in front.*32 bytes/],
    [
      'something else',
      joined(ascii('GET / HTTP/1.1\r\nHost: localhost\r\n'), rest),
      /begins with "GET \/ HTTP\/1\.1\.\.Ho" instead of "P2PFILESHARINGPROJ"/,
    ],
    ['the header but for its last letter', joined(ascii('P2PFILESHARINGPROi'), rest), /P2PFILESHARINGPROi/],
  ])('names %s', (_, bytes, words) => {
    expect(fault(ten, bytes)).toMatch(words);
    expect(fault(ten, bytes.subarray(0, 32))).toMatch(words);
  });

  it('reads four ASCII digits as a peer ID', () => {
    expect(peerIdFromAsciiDigits('825241650')).toBe('1002');
    expect(peerIdFromAsciiDigits('808464439')).toBe('7');
    for (const id of ['1002', '0', '4294967295', '825241658'])
      expect(peerIdFromAsciiDigits(id)).toBeUndefined();
  });
});

describe('the diagnosis of half a handshake', () => {
  it.each([
    ['nothing', '', /sent nothing.*32 bytes/],
    ['a part of a good one', 'P2PFILESHARINGPROJ\0', /sent 19 of the handshake's 32 bytes/],
    ['a part of an old one', 'CEN5501C', /old edition/],
    ['a part of a Java stream', '\xac\xed\x00', /Java/],
    ['a part of a BitTorrent one', '\x13BitTor', /BitTorrent/],
    ['a length and a part', '\0\0\0\x20P2PF', /length in front/],
    ['other words', 'hello', /begins with "hello"/],
  ])('names %s', (_, text, words) => {
    const decoder = courseCodec(ten, new BufferPool()).createDecoder();
    expect([...decoder.push(ascii(text))]).toEqual([]);
    expect(decoder.pendingBytes).toBe(text.length);
    expect(decoder.diagnoseHalfHandshake()).toMatch(words);
  });
});

describe('whatever bytes come', () => {
  const garbage = fc.uint8Array({ maxLength: 3000 });
  /** Lengths that are small enough to be believed, payloads that keep their promise or not. */
  const almostFrame = fc
    .tuple(
      fc.oneof(fc.nat(12), fc.integer({ min: 0, max: 1510 })),
      fc.nat(9),
      fc.uint8Array({ maxLength: 1600 }),
    )
    .map(([length, type, payload]) =>
      joined(hex('00 00'), Uint8Array.of(length >> 8, length, type), payload),
    );
  const wellFormed = fc
    .tuple(fc.nat(9), fc.oneof(fc.nat(12), fc.integer({ min: 1000, max: 1504 })))
    .map(([type, length]) => frame(type, new Uint8Array(length).fill(type)));
  const anyStream = fc
    .array(fc.oneof(garbage, almostFrame, wellFormed, wellFormed), { maxLength: 8 })
    .map(parts => joined(...parts));
  const longestFrame = 1505;

  /** Feeds a decoder and looks at its memory all the while; what it throws must be a ProtocolError. */
  function feed(decoder: MessageDecoder, chunks: Iterable<Uint8Array>, pool: CountingPool): void {
    try {
      for (const chunk of chunks) {
        for (const message of decoder.push(chunk)) if (message.type === 'piece') message.release();
        expect(pool.heldBytes).toBeLessThanOrEqual(longestFrame);
        expect(pool.peakBytes).toBeLessThanOrEqual(longestFrame + longestChunk);
      }
    } catch (error) {
      expect(error).toBeInstanceOf(ProtocolError);
      return;
    }
    decoder.close();
    expect(pool.heldBytes).toBe(0);
  }

  it('they give messages or a ProtocolError after a good handshake, in bounded memory', () => {
    fc.assert(
      fc.property(anyStream, anyCuts, (stream, cuts) => {
        const pool = new CountingPool();
        feed(greeted(twelve, pool), cutBy(stream, cuts), pool);
      }),
      { numRuns: 300 },
    );
  });

  it('they give messages or a ProtocolError from the start, in bounded memory', () => {
    fc.assert(
      fc.property(fc.oneof(garbage, anyStream), anyCuts, (stream, cuts) => {
        const pool = new CountingPool();
        const decoder = courseCodec(twelve, pool).createDecoder();
        feed(decoder, cutBy(stream, cuts), pool);
        expect(decoder.diagnoseHalfHandshake()).not.toBe('');
      }),
      { numRuns: 300 },
    );
  });

  it('the length field is believed only below the maximum, so a piece at a time is all the memory a peer gets', () => {
    const pool = new CountingPool();
    const decoder = greeted(twelve, pool);
    const piece = encoded({ type: 'piece', piece: 0, offset: 0, bytes: new Uint8Array(1500) });
    for (let round = 0; round < 20; round += 1) feed(decoder, byteByByte(piece), pool);
    expect(pool.peakBytes).toBe(longestFrame);
  });

  it('they mean the same however they are cut', () => {
    fc.assert(
      fc.property(anyStream, anyCuts, (stream, cuts) => {
        const bytes = joined(handshake1001, stream);
        const atOnce = outcome(twelve, [bytes]);
        const inFragments = outcome(twelve, cutBy(bytes, cuts));
        expect(inFragments.fault).toBe(atOnce.fault);
        // The push that throws gives no messages, and at once there is only that one.
        if (atOnce.fault === undefined) expect(inFragments.messages).toEqual(atOnce.messages);
      }),
      { numRuns: 200 },
    );
  });
});
