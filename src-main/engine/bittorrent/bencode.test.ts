import oracle from 'bencode';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bencoded, BencodeError, decode, decodePrefix, encode, rawEntry } from './bencode.ts';
import { latin1Text, utf8Bytes } from './bytes.ts';

const bytesOf = utf8Bytes;
const read = (text: string) => decode(bytesOf(text));
const write = (value: Parameters<typeof encode>[0]) => latin1Text(encode(value));

const { value: anyValue } = fc.letrec<{ value: Bencoded }>(tie => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.maxSafeInteger(),
    fc.uint8Array({ maxLength: 12 }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc
      .array(fc.tuple(fc.uint8Array({ maxLength: 6 }).map(latin1Text), tie('value')), { maxLength: 5 })
      .map(entries => new Map(entries)),
  ),
}));

/** Bytes that look like bencoding more often than not. */
const almostBencoded = fc
  .array(fc.constantFrom('i', '1', '0', '-', 'e', 'l', 'd', ':', '1:a', '1:b', 'i7e', '3:key', '\0'), {
    maxLength: 30,
  })
  .map(parts => bytesOf(parts.join('')));

describe('a value', () => {
  it.each<[string, Bencoded]>([
    ['i0e', 0],
    ['i42e', 42],
    ['i-42e', -42],
    ['i9007199254740991e', Number.MAX_SAFE_INTEGER],
    ['i-9007199254740991e', Number.MIN_SAFE_INTEGER],
    ['0:', bytesOf('')],
    ['4:spam', bytesOf('spam')],
    ['le', []],
    ['l4:spami7ee', [bytesOf('spam'), 7]],
    ['de', new Map()],
    [
      'd3:cow3:moo4:spamli1eee',
      new Map<string, Bencoded>([
        ['cow', bytesOf('moo')],
        ['spam', [1]],
      ]),
    ],
  ])('is read from and written as %s', (text, value) => {
    expect(read(text)).toEqual(value);
    expect(write(value)).toBe(text);
  });

  it('comes back as it was written', () => {
    fc.assert(
      fc.property(anyValue, value => {
        expect(decode(encode(value))).toEqual(value);
      }),
    );
  });

  it('may be text, which is written as UTF-8', () => {
    expect(encode('é')).toEqual(Uint8Array.of(0x32, 0x3a, 0xc3, 0xa9));
    expect(write(new Map([['a', 'b']]))).toBe('d1:a1:be');
  });

  it('is written with its keys sorted as bytes', () => {
    expect(
      write(
        new Map([
          ['b', 1],
          ['\u00e9', 2],
          ['B', 3],
          ['', 4],
        ]),
      ),
    ).toBe('d0:i4e1:Bi3e1:bi1e1:\u00e9i2ee');
  });

  it('has keys that mean nothing to JavaScript', () => {
    const value = read('d9:__proto__i1e11:constructori2ee');
    expect(value).toEqual(
      new Map([
        ['__proto__', 1],
        ['constructor', 2],
      ]),
    );
  });

  it('has strings that are views of the bytes it was read from, whatever kind of array that is', () => {
    const bytes = Buffer.from('l3:abce');
    const [string] = decode(bytes) as [Uint8Array];
    expect(string).toEqual(bytesOf('abc'));
    expect(string.buffer).toBe(bytes.buffer);
    expect(decode(new Uint8Array(Buffer.from('xxl3:abcexx')).subarray(2, 9))).toEqual([bytesOf('abc')]);
  });

  it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('is not written when it is %d', number => {
    expect(() => encode([number])).toThrow(RangeError);
  });

  it('is not written with a key of other characters', () => {
    expect(() => encode(new Map([['語', 1]]))).toThrow(RangeError);
  });
});

describe('what is no value', () => {
  it.each([
    ['', 'the value is cut off at byte 0'],
    ['x', 'a value does not begin as it must at byte 0'],
    ['e', 'a value does not begin as it must at byte 0'],
    ['ie', 'a number has no digits at byte 1'],
    ['i-e', 'a number has no digits at byte 2'],
    ['i+1e', 'a number has no digits at byte 1'],
    ['i-0e', 'an integer is written as -0 at byte 0'],
    ['i00e', 'a number has leading zeros at byte 1'],
    ['i01e', 'a number has leading zeros at byte 1'],
    ['i-01e', 'a number has leading zeros at byte 2'],
    ['i1', 'the value is cut off at byte 2'],
    ['i1 e', "an integer does not end with 'e' at byte 2"],
    ['i1.5e', "an integer does not end with 'e' at byte 2"],
    ['i9007199254740992e', 'a number is too large at byte 1'],
    [`i${'9'.repeat(1000)}e`, 'a number is too large at byte 1'],
    ['5:spam', 'a string of 5 bytes is cut off at byte 0'],
    ['4294967296:', 'a string of 4294967296 bytes is cut off at byte 0'],
    [`${'9'.repeat(1000)}:`, 'a number is too large at byte 0'],
    ['04:spam', 'a number has leading zeros at byte 0'],
    ['-1:a', 'a value does not begin as it must at byte 0'],
    ['4', 'the value is cut off at byte 1'],
    ['4spam', "the length of a string does not end with ':' at byte 1"],
    ['l', 'the value is cut off at byte 1'],
    ['li1e', 'the value is cut off at byte 4'],
    ['d', 'the value is cut off at byte 1'],
    ['d1:a', 'the value is cut off at byte 4'],
    ['d1:ae', 'a value does not begin as it must at byte 4'],
    ['di1ei2ee', 'the key of a dictionary does not begin as it must at byte 1'],
    ['dlei2ee', 'the key of a dictionary does not begin as it must at byte 1'],
    ['d1:ai1e1:ai2ee', 'a dictionary has a key twice at byte 7'],
    ['d1:bi1e1:ai2ee', 'the keys of a dictionary are not sorted at byte 7'],
    ['i1ei2e', 'there are bytes after the end of the value at byte 3'],
    ['de ', 'there are bytes after the end of the value at byte 2'],
  ])('is refused: %s', (text, message) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ name: 'BencodeError', message }));
  });

  it('gives no other error, and what is accepted is written the same', () => {
    const isSound = (bytes: Uint8Array) => {
      let value: Bencoded;
      try {
        value = decode(bytes);
      } catch (error) {
        if (!(error instanceof BencodeError)) throw error;
        expect(error.position).toBeLessThanOrEqual(bytes.length);
        return;
      }
      expect(encode(value)).toEqual(bytes);
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), isSound), { numRuns: 5_000 });
    fc.assert(fc.property(almostBencoded, isSound), { numRuns: 20_000 });
  });

  it('is a value with a byte changed, or still a value', () => {
    fc.assert(
      fc.property(anyValue, fc.nat(), fc.nat(255), (value, place, byte) => {
        const bytes = encode(value);
        bytes[place % bytes.length] = byte;
        try {
          expect(encode(decode(bytes))).toEqual(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(BencodeError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('limits', () => {
  const nested = (depth: number) => bytesOf('l'.repeat(depth) + 'e'.repeat(depth));
  const inDictionaries = (depth: number) => bytesOf(`${'d1:a'.repeat(depth)}i1e${'e'.repeat(depth)}`);

  it.each([nested, inDictionaries])('hold for depth: 32 is allowed, 33 is not', bytesAt => {
    expect(() => decode(bytesAt(32))).not.toThrow();
    expect(() => decode(bytesAt(33))).toThrow('values lie more than 32 deep');
    expect(() => decode(bytesAt(4), { depth: 3 })).toThrow('values lie more than 3 deep');
  });

  it('hold however deep it goes', () => {
    expect(() => decode(bytesOf('l'.repeat(1_000_000)))).toThrow('deep');
    const deep = 200_000;
    expect(decode(nested(deep), { depth: deep })).toHaveLength(1);
    const outermost = decode(nested(deep), { depth: deep });
    expect(encode(outermost)).toHaveLength(2 * deep);
  });

  it('hold for the number of values', () => {
    const list = (count: number) => bytesOf(`l${'0:'.repeat(count - 1)}e`);
    expect(decode(list(1_000), { values: 1_000 })).toHaveLength(999);
    expect(() => decode(list(1_001), { values: 1_000 })).toThrow('there are more than 1000 values');
    expect(() => decode(list(1_000_001))).toThrow('there are more than 1000000 values');
  });

  it('let keys come in any order where that is asked for, but not twice', () => {
    expect(decode(bytesOf('d1:bi1e1:ai2ee'), { anyOrder: true })).toEqual(
      new Map([
        ['b', 1],
        ['a', 2],
      ]),
    );
    expect(() => decode(bytesOf('d1:bi1e1:ai2e1:bi3ee'), { anyOrder: true })).toThrow('twice');
  });
});

describe('a value with bytes behind it', () => {
  it('is read alone', () => {
    fc.assert(
      fc.property(anyValue, fc.uint8Array(), (value, rest) => {
        const bytes = encode(value);
        const read = decodePrefix(Uint8Array.of(...bytes, ...rest));
        expect(read).toEqual({ value, length: bytes.length });
      }),
    );
  });
});

describe('the raw bytes of an entry', () => {
  it('are those that were written', () => {
    const anyDictionary = fc
      .array(fc.tuple(fc.uint8Array({ maxLength: 3 }).map(latin1Text), anyValue), { maxLength: 6 })
      .map(entries => new Map(entries));
    fc.assert(
      fc.property(anyDictionary, dictionary => {
        const bytes = encode(dictionary);
        for (const [key, value] of dictionary) expect(rawEntry(bytes, key)).toEqual(encode(value));
        expect(rawEntry(bytes, 'none of them')).toBeUndefined();
      }),
    );
  });

  it('are none outside the outermost dictionary', () => {
    expect(rawEntry(bytesOf('d1:ad1:bi1eee'), 'b')).toBeUndefined();
    expect(rawEntry(bytesOf('l1:ai1ee'), 'a')).toBeUndefined();
    expect(rawEntry(bytesOf('d1:b1:a1:ci1ee'), 'a')).toBeUndefined();
  });

  it('end in a clear error where the bytes are no value', () => {
    fc.assert(
      fc.property(almostBencoded, bytes => {
        try {
          rawEntry(bytes, 'key');
        } catch (error) {
          expect(error).toBeInstanceOf(BencodeError);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('the bencode package', () => {
  it('writes and reads the same', () => {
    const toOracle = (value: Bencoded): unknown => {
      if (value instanceof Map)
        return new Map(
          [...value].map(([key, entry]) => [Buffer.from(key, 'latin1').toString(), toOracle(entry)]),
        );
      return Array.isArray(value) ? value.map(toOracle) : value;
    };
    // The package takes keys for UTF-8, is lost with what JavaScript objects inherit, and writes no number beyond 2^53.
    const { value: plainValue } = fc.letrec<{ value: Bencoded }>(tie => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.integer(),
        fc.uint8Array({ maxLength: 12 }),
        fc.array(tie('value'), { maxLength: 4 }),
        fc
          .array(fc.tuple(fc.stringMatching(/^[a-z ]{1,6}$/), tie('value')), { maxLength: 4 })
          .map(entries => new Map(entries)),
      ),
    }));
    fc.assert(
      fc.property(plainValue, value => {
        const bytes = encode(value);
        expect(new Uint8Array(oracle.encode(toOracle(value)))).toEqual(bytes);
        expect(new Uint8Array(oracle.encode(oracle.decode(bytes)))).toEqual(bytes);
      }),
    );
  });
});
