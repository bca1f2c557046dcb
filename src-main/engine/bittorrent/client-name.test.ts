import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hexText, latin1Bytes } from './bytes.ts';
import { clientName, peerIdOf } from './client-name.ts';

const named = (start: string, own?: string) => clientName(hexText(latin1Bytes(start.padEnd(20, 'x'))), own);

describe('the name of a client', () => {
  it.each([
    ['-qB4520-', 'qBittorrent 4.5.2'],
    ['-qB4500-', 'qBittorrent 4.5.0'],
    ['-qB4651-', 'qBittorrent 4.6.5.1'],
    ['-LT20B0-', 'libtorrent 2.0.11'],
    ['-lt0D80-', 'rTorrent 0.13.8'],
    ['-TR2940-', 'Transmission 2.94'],
    ['-TR3000-', 'Transmission 3.00'],
    ['-TR4060-', 'Transmission 4.0.6'],
    ['-TR400Z-', 'Transmission 4.0.0'],
    ['-UT355W-', 'µTorrent 3.5.5'],
    ['-DE13F0-', 'Deluge 1.3.15'],
    ['-BC0186-', 'BitComet 1.86'],
    ['-WW0205-', 'WebTorrent 2.5'],
    ['-AZ5770-', 'Vuze 5.7.7'],
    ['-PW0100-', 'Piecewise 0.1.0'],
    ['A2-1-36-0-', 'aria2 1.36.0'],
    ['M7-10-5--', 'BitTorrent 7.10.5'],
    ['TIX0284-', 'Tixati 2.84'],
    ['T03I-----', 'BitTornado 0.3.18'],
    ['S58B-----', 'Shadow 5.8.11'],
    ['-XY1234-', 'unknown client (-XY1234-)'],
    ['-qB45--', 'unknown client (-qB45--x)'],
    ['\0\0\0', 'unknown client'],
  ])('of "%s" is %s', (start, name) => {
    expect(named(start)).toBe(name);
  });

  it('is its own word where it has one', () => {
    expect(named('-LT20B0-', 'qBittorrent/5.0.2')).toBe('qBittorrent 5.0.2');
    expect(named('-LT20B0-', '')).toBe('libtorrent 2.0.11');
  });

  it('is something to read for any peer ID', () => {
    const start = fc.constantFrom('', '-', '-qB', '-TR', '-BC', 'M', 'A2-', 'T', 'TIX');
    fc.assert(
      fc.property(start, fc.uint8Array({ minLength: 20, maxLength: 20 }), (start, rest) => {
        const id = Uint8Array.from([...latin1Bytes(start), ...rest].slice(0, 20));
        expect(clientName(hexText(id))).toMatch(/^[\wµ/]+[ -~]*\S$/);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('our peer ID', () => {
  it.each([
    ['0.1.0', '-PW0100-'],
    ['1.12.3', '-PW1C30-'],
    ['1.2.3-beta.1', '-PW1231-'],
    ['1.200.3', '-PW1Z30-'],
    ['x', '-PW0000-'],
  ])('says version %s', (version, start) => {
    const id = peerIdOf(version, () => 0.999999);
    expect(id).toMatch(/^[\da-f]{40}$/);
    expect(id.startsWith(hexText(latin1Bytes(start)))).toBe(true);
  });

  it('is another each time', () => {
    expect(peerIdOf('0.1.0', Math.random)).not.toBe(peerIdOf('0.1.0', Math.random));
  });
});
