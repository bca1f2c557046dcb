import fc from 'fast-check';
import { expect, it } from 'vitest';
import { copyBytes } from './copy-bytes.ts';

const pattern = Uint8Array.from({ length: 70_000 }, (_, at) => (at * 31) >> 3);

it.each([true, false])('copies what it is to copy, and nothing else; into shared memory: %s', isShared => {
  const place = fc.nat(20);
  const length = fc.oneof(fc.nat(40), fc.nat(50_000), fc.constantFrom(16_383, 16_384, 16_385, 32_768));
  fc.assert(
    fc.property(place, place, place, length, (from, start, at, length) => {
      const memory = new Uint8Array(isShared ? new SharedArrayBuffer(50_100) : new ArrayBuffer(50_100));
      const into = memory.subarray(start);
      copyBytes(pattern.subarray(from, from + length), into, at);
      const expected = new Uint8Array(50_100);
      expected.set(pattern.subarray(from, from + length), start + at);
      expect(memory.every((byte, i) => byte === expected[i])).toBe(true);
    }),
    { numRuns: 200 },
  );
});

it('does not copy beyond the end', () => {
  const into = new Uint8Array(new SharedArrayBuffer(100));
  expect(() => copyBytes(pattern.subarray(1, 51), into, 60)).toThrow(RangeError);
});
