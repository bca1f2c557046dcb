import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatBytes, formatDuration, formatRate, formatShortRate, parseSize } from './units.ts';

describe('parseSize', () => {
  it.each([
    ['0', 0],
    ['1024', 1024],
    ['007', 7],
    ['100B', 100],
    ['16k', 16_384],
    ['16K', 16_384],
    ['16KB', 16_000],
    ['16kB', 16_000],
    ['16KiB', 16_384],
    ['20MiB', 20_971_520],
    ['20 mib', 20_971_520],
    [' 50MB ', 50_000_000],
    ['1GiB', 1_073_741_824],
    ['1.5GiB', 1_610_612_736],
    ['1.1MB', 1_100_000],
    ['0.7KiB', 717],
    ['2g', 2_147_483_648],
    ['3T', 3_298_534_883_328],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('reads %j as %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each([
    '',
    ' ',
    'big',
    'MiB',
    '-1',
    '+1',
    '1.5',
    '.5M',
    '1.M',
    '1,000',
    '1e3',
    '0x10',
    '5 5',
    '20iB',
    '20MM',
    '20Mi',
    '5 seconds',
    '9007199254740992',
    '9007199254740993',
    '8192TiB',
    '9'.repeat(400),
  ])('finds no size in %j', text => {
    expect(parseSize(text)).toBeUndefined();
  });

  it('reads every whole number of bytes as itself', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), bytes => {
        expect(parseSize(String(bytes))).toBe(bytes);
      }),
    );
  });
});

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [1, '1 B'],
    [512.4, '512 B'],
    [1023, '1023 B'],
    [1023.6, '1.0 KiB'],
    [1024, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [1_048_575, '1.0 MiB'],
    [20_971_520, '20.0 MiB'],
    [1_073_741_824, '1.0 GiB'],
    [Number.MAX_SAFE_INTEGER, '8.0 PiB'],
  ])('writes %d bytes as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('is read back with less than a tenth of the unit lost', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 40 }), bytes => {
        const text = formatBytes(bytes);
        const unit = parseSize(`1${text.split(' ')[1]}`)!;
        expect(Math.abs(parseSize(text)! - bytes)).toBeLessThanOrEqual(0.06 * unit);
        expect(text.length).toBeLessThanOrEqual('1023.9 KiB'.length);
      }),
    );
  });
});

describe('formatRate', () => {
  it('writes bytes per second', () => {
    expect(formatRate(1_572_864)).toBe('1.5 MiB/s');
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0.0 s'],
    [4_230, '4.2 s'],
    [9_949, '9.9 s'],
    [9_960, '10 s'],
    [42_400, '42 s'],
    [59_499, '59 s'],
    [59_500, '1 m 00 s'],
    [65_000, '1 m 05 s'],
    [3_599_499, '59 m 59 s'],
    [3_599_500, '1 h 00 m'],
    [7_380_000, '2 h 03 m'],
    [86_399_999, '1 d 00 h'],
    [273_600_000, '3 d 04 h'],
  ])('writes %d ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('formatShortRate', () => {
  it.each([
    [0, '0 KB/s'],
    [1, '0.1 KB/s'],
    [400, '0.4 KB/s'],
    [960, '1 KB/s'],
    [1_499, '1 KB/s'],
    [58_600, '59 KB/s'],
    [999_400, '999 KB/s'],
    [999_600, '1.0 MB/s'],
    [1_234_000, '1.2 MB/s'],
    [9_960_000, '10 MB/s'],
    [94_000_000, '94 MB/s'],
    [1_250_000_000, '1.3 GB/s'],
    [2e15, '2000000 GB/s'],
  ])('writes %d as %s', (bytesPerSecond, text) => {
    expect(formatShortRate(bytesPerSecond)).toBe(text);
  });
});
