import { describe, expect, it } from 'vitest';
import { pieceState } from '../../../../src-shared/swarm-state.ts';
import { layOutColumns } from './columns.ts';
import {
  bandsOf,
  columnOfPixels,
  type Ground,
  mixed,
  paintBars,
  paintOwnPieces,
  paintShares,
} from './paint.ts';

const [on, off] = [7, 1];

/** A drawing of columns a pixel wide, line by line: # on, . off, a blank where nothing was painted. */
function drawn(count: number, height: number, paint: (ground: Ground) => void): string[] {
  const pixels = new Uint32Array(count * height);
  paint({ pixels, width: count, columnOfPixel: columnOfPixels(layOutColumns(count, count, 1)) });
  return Array.from({ length: height }, (_, y) =>
    Array.from(pixels.subarray(y * count, (y + 1) * count), pixel =>
      pixel === on ? '#' : pixel === off ? '.' : ' ',
    ).join(''),
  );
}

describe('a row of the matrix', () => {
  it('tells a share by its height, and shows some of little and less than all of much', () => {
    const shares = Uint8Array.of(0, 1, 128, 254, 255);
    expect(drawn(5, 6, ground => paintShares(ground, 0, 6, shares, on, off))).toEqual([
      '....#',
      '...##',
      '...##',
      '..###',
      '..###',
      '.####',
    ]);
  });

  it('tells a share by its strength where it is too low', () => {
    const pixels = new Uint32Array(3);
    const ground = { pixels, width: 3, columnOfPixel: columnOfPixels(layOutColumns(3, 3, 1)) };
    paintShares(ground, 0, 1, Uint8Array.of(0, 128, 255), 0xffffffff, 0xff000000);
    expect([...pixels]).toEqual([0xff000000, 0xff808080, 0xffffffff]);
  });

  it('of ours has a form for each state of a piece', () => {
    const { missing, requested, verifying, have } = pieceState;
    const codes = Uint8Array.of(missing, requested, verifying, have);
    expect(drawn(4, 6, ground => paintOwnPieces(ground, 0, 6, codes, on, off))).toEqual([
      '...#',
      '...#',
      '..##',
      '.###',
      '.#.#',
      '.#.#',
    ]);
  });

  it('leaves the gap between wide cells free', () => {
    expect([...columnOfPixels(layOutColumns(2, 16, 8))]).toEqual([
      0, 0, 0, 0, 0, 0, 0, -1, 1, 1, 1, 1, 1, 1, 1, -1,
    ]);
  });
});

describe('bars', () => {
  it('stand on the ground', () => {
    expect(drawn(3, 3, ground => paintBars(ground, 0, 3, [0, 1, 3], on))).toEqual(['  #', '  #', ' ##']);
  });
});

describe('colours and bands', () => {
  it('mix byte by byte', () => {
    expect([mixed(0xff000000, 0xffffffff, 0), mixed(0xff000000, 0xff0000ff, 255)]).toEqual([
      0xff000000, 0xff0000ff,
    ]);
  });

  it('fill the lower half for a request and the middle third while verifying', () => {
    expect(bandsOf(12)).toEqual([
      [0, 0],
      [6, 12],
      [4, 8],
      [0, 12],
    ]);
  });
});
