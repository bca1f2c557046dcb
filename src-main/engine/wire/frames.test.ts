import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CountingPool } from '../testing/counting-pool.ts';
import {
  type Frame,
  FrameDecoder,
  FrameTooLongError,
  frameHeader,
  readUint32,
  writeUint32,
} from './frames.ts';

const maximumLength = 5000;

function decoder(pool = new CountingPool()): FrameDecoder {
  return new FrameDecoder(maximumLength, pool);
}

/** A frame's bytes, written without the code under test. */
function frameOf(type: number, payload: readonly number[]): number[] {
  const length = 1 + payload.length;
  return [0, 0, length >> 8, length & 0xff, type, ...payload];
}

function filled(length: number, value = 7): number[] {
  return Array(length).fill(value);
}

function read(frames: FrameDecoder, bytes: readonly number[]): Frame[] {
  return [...frames.push(Uint8Array.from(bytes))];
}

const plain = ({ type, payload }: Frame) => ({ type, payload: [...payload] });

describe('32-bit numbers', () => {
  it('are unsigned and big-endian', () => {
    const bytes = new Uint8Array(6);
    writeUint32(bytes, 1, 0xfedcba98);
    expect([...bytes]).toEqual([0, 0xfe, 0xdc, 0xba, 0x98, 0]);
    expect(readUint32(bytes, 1)).toBe(0xfedcba98);
  });

  it('are read as they were written', () => {
    const bytes = new Uint8Array(4);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), value => {
        writeUint32(bytes, 0, value);
        expect(readUint32(bytes, 0)).toBe(value);
        expect(new DataView(bytes.buffer).getUint32(0)).toBe(value);
      }),
    );
  });
});

describe("a frame's header", () => {
  it.each([
    ['a type alone', 2, [], 0, [0, 0, 0, 1, 2]],
    ['a field', 4, [305], 0, [0, 0, 0, 5, 4, 0, 0, 1, 0x31]],
    ['several fields', 6, [1, 2 ** 32 - 1], 0, [0, 0, 0, 9, 6, 0, 0, 0, 1, 255, 255, 255, 255]],
    ['a field and a payload to come', 7, [0], 32_768, [0, 0, 0x80, 5, 7, 0, 0, 0, 0]],
  ])('counts %s', (_, type, fields, payloadLength, bytes) => {
    expect([...frameHeader(type, fields, payloadLength)]).toEqual(bytes);
  });

  it('leaves those before it as they are, however many there are', () => {
    const headers = Array.from({ length: 1_000 }, (_, at) => frameHeader(at % 20, Array(at % 4).fill(at)));
    const fields = (at: number) =>
      Array(at % 4)
        .fill([0, 0, at >> 8, at & 0xff])
        .flat();
    const expected = headers.map((_, at) => [0, 0, 0, 1 + 4 * (at % 4), at % 20, ...fields(at)]);
    expect(headers.map(header => [...header])).toEqual(expected);
  });
});

describe('cutting a stream into frames', () => {
  it('gives each frame its type and payload', () => {
    const frames = read(decoder(), [...frameOf(2, []), ...frameOf(9, [1, 2, 3])]);
    expect(frames.map(plain)).toEqual([
      { type: 2, payload: [] },
      { type: 9, payload: [1, 2, 3] },
    ]);
  });

  it('skips frames of length 0 (A18)', () => {
    const empty = [0, 0, 0, 0];
    const stream = [...empty, ...frameOf(1, [5]), ...empty, ...empty, ...frameOf(2, []), ...empty];
    expect(read(decoder(), stream).map(plain)).toEqual([
      { type: 1, payload: [5] },
      { type: 2, payload: [] },
    ]);
  });

  it('gives the same frames however the stream is cut', () => {
    const anyFrame = fc.tuple(fc.nat(255), fc.oneof(fc.nat(30), fc.integer({ min: 1000, max: 1100 })));
    const cuts = fc.infiniteStream(fc.oneof(fc.constant(1), fc.nat(9), fc.nat(2000)));
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 8 }), cuts, (drawn, lengths) => {
        const expected = drawn.map(([type, length]) => ({ type, payload: filled(length, type) }));
        const stream = expected.flatMap(({ type, payload }) => frameOf(type, payload));
        const frames = decoder();
        const cut: Frame[] = [];
        for (let at = 0; at < stream.length; ) {
          const length = lengths.next().value;
          cut.push(...read(frames, stream.slice(at, at + length)));
          at += length;
        }
        expect(cut.map(plain)).toEqual(expected);
        expect(frames.pendingBytes).toBe(0);
      }),
    );
  });

  it('leaves the bytes it is given to the link', () => {
    const bytes = Uint8Array.from(frameOf(7, filled(2000)));
    const [frame] = decoder().push(bytes);
    bytes.fill(0);
    expect(plain(frame!)).toEqual({ type: 7, payload: filled(2000) });
  });

  it('says how many bytes of an unfinished frame it has', () => {
    const frames = decoder();
    const pending = frameOf(7, [1, 2]).map(byte => {
      read(frames, [byte]);
      return frames.pendingBytes;
    });
    expect(pending).toEqual([1, 2, 3, 4, 5, 6, 0]);
  });

  it('counts the lengths it read, those of empty frames included', () => {
    const frames = decoder();
    read(frames, [0, 0, 0, 0, ...frameOf(1, []), 0, 0, 0]);
    expect(frames.lengthsRead).toBe(2);
  });
});

describe('the memory of frames', () => {
  it('comes from the pool when they are long, and goes back there', () => {
    const pool = new CountingPool();
    const [frame] = read(decoder(pool), frameOf(7, filled(2000)));
    expect(pool.heldBytes).toBe(2001);
    frame!.release();
    expect(pool.heldBytes).toBe(0);
  });

  it('is their own when they are short', () => {
    const pool = new CountingPool();
    const [frame] = read(decoder(pool), frameOf(7, filled(1023)));
    expect(pool.peakBytes).toBe(0);
    frame!.release();
    expect(pool.idleBytes).toBe(0);
  });

  it('of one half received goes back when the decoder is closed', () => {
    const pool = new CountingPool();
    const frames = decoder(pool);
    read(frames, frameOf(7, filled(2000)).slice(0, 1000));
    expect(pool.heldBytes).toBe(2001);
    frames.close();
    frames.close();
    expect(pool.heldBytes).toBe(0);
  });

  it('of one too long is never taken', () => {
    const pool = new CountingPool();
    expect(() => read(decoder(pool), [0xff, 0xff, 0xff, 0xff, 7])).toThrow(FrameTooLongError);
    expect(pool.peakBytes).toBe(0);
  });
});

describe('a frame too long', () => {
  it('is one above the maximum, not one of that length', () => {
    expect(read(decoder(), frameOf(7, filled(maximumLength - 1)))).toHaveLength(1);
    expect(() => read(decoder(), frameOf(7, filled(maximumLength)))).toThrow(
      'a message length of 5001 is above the maximum of 5000',
    );
  });

  it('is refused as soon as its length is there, with no byte of it', () => {
    const frames = decoder();
    expect(read(frames, [0xff, 0xff, 0xff])).toEqual([]);
    expect(() => read(frames, [0xff])).toThrow(FrameTooLongError);
  });

  it('comes after the frames before it', () => {
    const cut: Frame[] = [];
    expect(() => {
      const stream = [...frameOf(1, []), ...frameOf(2, [3]), 0xff, 0, 0, 0];
      for (const frame of decoder().push(Uint8Array.from(stream))) cut.push(frame);
    }).toThrow(FrameTooLongError);
    expect(cut.map(plain)).toEqual([
      { type: 1, payload: [] },
      { type: 2, payload: [3] },
    ]);
  });
});
