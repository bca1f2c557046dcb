import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCompact, encodeCompact, ipBytes, ipText, isDiallable, isLoopback } from './compact.ts';

const port = fc.integer({ min: 1, max: 65_535 });
const ipv4 = fc.uint8Array({ minLength: 4, maxLength: 4 });
const ipv6 = fc.oneof(
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
  // With many zeros, as they are.
  fc
    .array(fc.constantFrom(0, 0, 0, 0, 1, 0xfe), { minLength: 16, maxLength: 16 })
    .map(bytes => Uint8Array.from(bytes)),
);

describe('compact peers', () => {
  it('have the bytes of BEP 23 and BEP 7', () => {
    const { ipv4, ipv6 } = encodeCompact([
      { host: '10.0.0.1', port: 6881 },
      { host: '2001:db8::1', port: 258 },
      { host: '::ffff:10.0.0.2', port: 1 },
    ]);
    expect([...ipv4]).toEqual([10, 0, 0, 1, 0x1a, 0xe1, 10, 0, 0, 2, 0, 1]);
    expect([...ipv6]).toEqual([0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2]);
  });

  it('come back as they went', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.oneof(ipv4, ipv6), port), { maxLength: 20 }), peers => {
        const addresses = peers.map(([ip, port]) => ({ host: ipText(ip), port })).filter(isDiallable);
        const compact = encodeCompact(addresses);
        const isLong = ({ host }: { host: string }) => host.includes(':');
        expect(decodeCompact(compact.ipv4, 'ipv4')).toEqual(addresses.filter(peer => !isLong(peer)));
        expect(decodeCompact(compact.ipv6, 'ipv6')).toEqual(addresses.filter(isLong));
      }),
    );
  });

  it('leave out what nobody can dial, and host names', () => {
    expect(
      decodeCompact(Uint8Array.of(10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 10, 0, 0, 3, 0, 9), 'ipv4'),
    ).toEqual([{ host: '10.0.0.3', port: 9 }]);
    const compact = encodeCompact([
      { host: 'localhost', port: 1 },
      { host: '10.0.0.1', port: 0 },
      { host: '10.0.0.1', port: 65_536 },
      { host: '10.0.0.1', port: 1.5 },
    ]);
    expect(compact).toEqual({ ipv4: new Uint8Array(0), ipv6: new Uint8Array(0) });
  });

  it('are no more than asked for', () => {
    const bytes = new Uint8Array(60).fill(9);
    expect(decodeCompact(bytes, 'ipv4', 10)).toHaveLength(10);
    expect(decodeCompact(bytes, 'ipv4', 9)).toHaveLength(9);
  });

  it('are whole', () => {
    expect(() => decodeCompact(new Uint8Array(7), 'ipv4')).toThrow(RangeError);
    expect(() => decodeCompact(new Uint8Array(17), 'ipv6')).toThrow(RangeError);
    expect(decodeCompact(new Uint8Array(0), 'ipv6')).toEqual([]);
  });
});

describe('an IP address', () => {
  it.each([
    ['0:0:0:0:0:0:0:0', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['64:ff9b::10.0.0.1', '64:ff9b::a00:1'],
    ['::ffff:127.0.0.1', '127.0.0.1'],
    ['127.0.0.1', '127.0.0.1'],
  ])('%s is written %s', (text, canonical) => {
    expect(ipText(ipBytes(text)!)).toBe(canonical);
  });

  it('comes back from its text, which is one for Node too', () => {
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6), ip => {
        const text = ipText(ip);
        expect(isIP(text)).toBe(text.includes(':') ? 6 : 4);
        expect(ipText(ipBytes(text)!)).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  it('is one exactly when Node says so', () => {
    const piece = fc.constantFrom(
      '::',
      ':',
      '.',
      '0',
      '1',
      '01',
      '255',
      '256',
      'ffff',
      '12345',
      'g',
      '%1',
      ' ',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 12 }).map(pieces => pieces.join('')),
        text => {
          expect(ipBytes(text) !== undefined, text).toBe(isIP(text) !== 0 && !text.includes('%'));
        },
      ),
      { numRuns: 20_000 },
    );
  });

  it.each([
    ['10.0.0.1', true],
    ['127.0.0.1', true],
    ['223.255.255.255', true],
    ['224.0.0.1', false],
    ['239.1.2.3', false],
    ['255.255.255.255', false],
    ['0.1.2.3', false],
    ['::', false],
    ['::1', true],
    ['fe80::1', false],
    ['ff02::1', false],
    ['fd00::1', true],
    ['::ffff:0.0.0.0', false],
    ['lab-7', false],
    ['', false],
  ])('%s can be dialled: %s', (host, isFine) => {
    expect(isDiallable({ host, port: 6881 })).toBe(isFine);
    expect(isDiallable({ host, port: 0 })).toBe(false);
  });

  it.each([
    ['127.0.0.1', true],
    ['127.255.0.9', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['localhost', true],
    ['10.0.0.1', false],
    ['::', false],
    ['::2', false],
  ])('%s is loopback: %s', (host, isIt) => {
    expect(isLoopback(host)).toBe(isIt);
  });
});
