import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  areEqual,
  hexBytes,
  hexText,
  isUtf8,
  latin1Bytes,
  latin1Text,
  utf8Bytes,
  utf8Text,
} from './bytes.ts';

const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  // Bytes that begin or go on with characters of several bytes.
  fc
    .array(
      fc.constantFrom(
        0x41,
        0x80,
        0x8f,
        0x90,
        0x9f,
        0xa0,
        0xbf,
        0xc1,
        0xc2,
        0xe0,
        0xed,
        0xef,
        0xf0,
        0xf4,
        0xf5,
      ),
    )
    .map(list => Uint8Array.from(list)),
);
const anyText = fc.string({
  unit: fc.oneof(
    fc.string({ minLength: 1, maxLength: 1 }),
    fc.constantFrom('é', '語', '😀', '\ud83d', '\ude00'),
  ),
});

describe('UTF-8', () => {
  it('is written as the platform writes it', () => {
    fc.assert(
      fc.property(anyText, text => {
        expect(utf8Bytes(text)).toEqual(new TextEncoder().encode(text));
      }),
    );
  });

  it('is read as the platform reads it, mistakes included', () => {
    fc.assert(
      fc.property(anyBytes, bytes => {
        expect(utf8Text(bytes)).toBe(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is told from what is none', () => {
    const strict = new TextDecoder('utf-8', { fatal: true });
    const isValid = (bytes: Uint8Array) => {
      try {
        strict.decode(bytes);
        return true;
      } catch {
        return false;
      }
    };
    fc.assert(
      fc.property(anyBytes, bytes => {
        expect(isUtf8(bytes)).toBe(isValid(bytes));
      }),
      { numRuns: 2_000 },
    );
    fc.assert(fc.property(anyText, text => isUtf8(utf8Bytes(text))));
  });

  it('may be long', () => {
    const text = 'aé語😀'.repeat(50_000);
    expect(utf8Text(utf8Bytes(text)) === text).toBe(true);
  });
});

describe('a character a byte', () => {
  it('keeps any bytes and their order', () => {
    fc.assert(
      fc.property(anyBytes, anyBytes, (a, b) => {
        expect(latin1Bytes(latin1Text(a))).toEqual(a);
        expect(Math.sign(Buffer.compare(a, b))).toBe(
          latin1Text(a) < latin1Text(b) ? -1 : latin1Text(a) > latin1Text(b) ? 1 : 0,
        );
      }),
    );
    const long = new Uint8Array(300_000).fill(0xe9);
    expect(latin1Text(long).length).toBe(300_000);
  });

  it('has no place for other characters', () => {
    expect(() => latin1Bytes('Ā')).toThrow(RangeError);
  });
});

describe('hexadecimal', () => {
  it('keeps any bytes', () => {
    fc.assert(
      fc.property(anyBytes, bytes => {
        expect(hexBytes(hexText(bytes))).toEqual(bytes);
      }),
    );
    expect(hexText(Uint8Array.of(0, 10, 255))).toBe('000aff');
    expect(hexBytes('00Aaff')).toEqual(Uint8Array.of(0, 0xaa, 0xff));
  });

  it.each(['0', '0g', '0x00', ' 00'])('is not %j', text => {
    expect(() => hexBytes(text)).toThrow(RangeError);
  });
});

describe('bytes', () => {
  it('are equal when all of them are', () => {
    expect(areEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(areEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(areEqual(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false);
  });
});
