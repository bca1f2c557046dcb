import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bitfield, isLeastSignificantFirst } from './bitfield.ts';

const withPieces = (size: number, pieces: readonly number[]): Bitfield => {
  const bitfield = new Bitfield(size);
  for (const piece of pieces) bitfield.set(piece);
  return bitfield;
};

describe('a bitfield', () => {
  it('begins empty', () => {
    const bitfield = new Bitfield(10);
    expect([bitfield.count, bitfield.isFull, [...bitfield]]).toEqual([0, false, []]);
  });

  it('keeps piece 0 in the most significant bit of byte 0, and piece 8 in that of byte 1 (2.2)', () => {
    expect(withPieces(16, [0]).toHex()).toBe('8000');
    expect(withPieces(16, [7]).toHex()).toBe('0100');
    expect(withPieces(16, [8]).toHex()).toBe('0080');
  });

  it('has the bytes of the worked examples (2.3)', () => {
    expect(Bitfield.full(10).toHex()).toBe('ffc0');
    expect(withPieces(10, [0, 3, 9]).toHex()).toBe('9040');
    expect(new Bitfield(10).toHex()).toBe('0000');
    expect(Bitfield.full(306).toHex()).toBe(`${'ff'.repeat(38)}c0`);
  });

  it('shows its bytes in place, as they go over the wire', () => {
    const bitfield = withPieces(10, [0, 3]);
    const { bytes } = bitfield;
    bitfield.set(9);
    expect([bytes.length, bytes[0], bytes[1]]).toEqual([2, 0x90, 0x40]);
  });

  it('counts a piece set twice once, and says so', () => {
    const bitfield = new Bitfield(10);
    expect([bitfield.set(3), bitfield.set(3), bitfield.count]).toEqual([true, false, 1]);
  });

  it.each([-1, 10, 15, 16, 2 ** 31, 2 ** 32 - 1])('ignores piece %d of ten', piece => {
    const bitfield = new Bitfield(10);
    expect([bitfield.set(piece), bitfield.has(piece)]).toEqual([false, false]);
    expect([bitfield.count, bitfield.toHex()]).toEqual([0, '0000']);
  });

  it.each([1, 7, 8, 9, 16, 305, 306])(
    'is full when all of %d pieces are set, one by one or at once',
    size => {
      const bitfield = new Bitfield(size);
      for (let piece = 0; piece < size; piece += 1) {
        expect(bitfield.isFull).toBe(false);
        bitfield.set(piece);
      }
      expect(bitfield.isFull).toBe(true);
      expect(bitfield.toHex()).toBe(Bitfield.full(size).toHex());
      expect(Bitfield.full(size).count).toBe(size);
    },
  );

  it('without pieces is full and has no bytes', () => {
    const bitfield = new Bitfield(0);
    expect([bitfield.isFull, bitfield.toBytes().length, Bitfield.full(0).toHex()]).toEqual([true, 0, '']);
  });

  it('is copied with its count, and the copy goes its own way', () => {
    const bitfield = withPieces(10, [0, 3]);
    const copy = bitfield.copy();
    bitfield.set(9);
    copy.set(5);
    expect([[...bitfield], bitfield.count]).toEqual([[0, 3, 9], 3]);
    expect([[...copy], copy.count, copy.size]).toEqual([[0, 3, 5], 3, 10]);
  });

  it('gives its bytes away as a copy', () => {
    const bitfield = new Bitfield(8);
    bitfield.toBytes().fill(0xff);
    expect(bitfield.toHex()).toBe('00');
  });

  it('names its pieces in ascending order', () => {
    expect([...withPieces(20, [19, 0, 8, 7])]).toEqual([0, 7, 8, 19]);
  });
});

describe('reading a bitfield (A2)', () => {
  it.each([
    ['of the right length', [0x90, 0x40], [0, 3, 9]],
    ['that is empty', [], []],
    ['that is too short', [0x90], [0, 3]],
    ['that is too long', [0x90, 0x40, 0xff, 0xff], [0, 3, 9]],
    ['with spare bits set', [0x90, 0x7f], [0, 3, 9]],
    ['that is eight bytes of ones', Array(8).fill(0xff), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
  ])('takes what there is of one %s', (_, bytes, pieces) => {
    const bitfield = Bitfield.from(Uint8Array.from(bytes), 10);
    expect([...bitfield]).toEqual(pieces);
    expect(bitfield.count).toBe(pieces.length);
    expect(bitfield.toBytes()).toHaveLength(2);
    expect(bitfield.toBytes()[1]! & 0x3f).toBe(0);
  });

  it('copies the bytes it is given', () => {
    const bytes = Uint8Array.of(0x80);
    const bitfield = Bitfield.from(bytes, 8);
    bytes[0] = 0xff;
    expect([...bitfield]).toEqual([0]);
  });

  const anyPieces = fc.nat(300).chain(size =>
    fc.record({
      size: fc.constant(size),
      pieces: size === 0 ? fc.constant([]) : fc.uniqueArray(fc.nat(size - 1)),
    }),
  );

  it('gives back the pieces that were written, as bytes and as hexadecimal digits', () => {
    fc.assert(
      fc.property(anyPieces, ({ size, pieces }) => {
        const bitfield = withPieces(size, pieces);
        const expected = pieces.toSorted((a, b) => a - b);
        expect([...Bitfield.from(bitfield.toBytes(), size)]).toEqual(expected);
        expect([...Bitfield.fromHex(bitfield.toHex(), size)]).toEqual(expected);
        expect(bitfield.toBytes()).toHaveLength(Math.ceil(size / 8));
        expect(bitfield.count).toBe(pieces.length);
      }),
    );
  });

  it('never takes more pieces than there are, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(300), (bytes, size) => {
        const bitfield = Bitfield.from(bytes, size);
        const expected = Array.from({ length: size }, (_, piece) => piece).filter(
          piece => ((bytes[Math.floor(piece / 8)] ?? 0) >> (7 - (piece % 8))) & 1,
        );
        expect([...bitfield]).toEqual(expected);
        expect(bitfield.count).toBe(expected.length);
        expect(bitfield.isFull).toBe(expected.length === size);
      }),
    );
  });
});

describe('a bitfield written least significant bit first', () => {
  it('is known by the spare bits it would set otherwise', () => {
    expect(isLeastSignificantFirst(Uint8Array.of(0x09, 0x02), 10)).toBe(true);
    expect(isLeastSignificantFirst(Uint8Array.of(0x90, 0x40), 10)).toBe(false);
    expect(isLeastSignificantFirst(Uint8Array.of(0xff, 0xff), 10)).toBe(false);
    expect(isLeastSignificantFirst(Uint8Array.of(0x09), 8)).toBe(false);
  });

  it('has the pieces its writer meant', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.array(fc.nat(99)), (size, wanted) => {
        const pieces = [...new Set(wanted.filter(piece => piece < size))].sort((a, b) => a - b);
        const bytes = new Uint8Array(Math.ceil(size / 8));
        for (const piece of pieces) bytes[piece >> 3]! |= 1 << (piece & 7);
        expect([...Bitfield.fromLeastSignificantFirst(bytes, size)]).toEqual(pieces);
        const ours = new Bitfield(size);
        for (const piece of pieces) ours.set(piece);
        expect(isLeastSignificantFirst(ours.toBytes(), size)).toBe(false);
      }),
    );
  });
});
