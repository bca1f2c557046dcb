import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hexBytes, hexText } from './bytes.ts';
import {
  decodeAnswer,
  decodeQuestion,
  encodeAnswer,
  encodeQuestion,
  type UdpAnswer,
  type UdpQuestion,
} from './udp-tracker-packets.ts';

const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const hash = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(hexText);
const connection = fc.uint8Array({ minLength: 8, maxLength: 8 });
const amount = fc.maxSafeNat();
const port = fc.integer({ min: 1, max: 65_535 });

const question: fc.Arbitrary<UdpQuestion> = fc.oneof(
  fc.record({ action: fc.constant('connect' as const), transaction: uint32 }),
  fc.record({
    action: fc.constant('announce' as const),
    transaction: uint32,
    connection,
    infoHash: hash,
    peerId: hash,
    port,
    uploaded: amount,
    downloaded: amount,
    left: amount,
    event: fc.constantFrom(undefined, 'started' as const, 'stopped' as const, 'completed' as const),
    ip: fc.constantFrom(undefined, Uint8Array.of(10, 0, 0, 1)),
    numWant: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
    key: uint32,
  }),
  fc.record({
    action: fc.constant('scrape' as const),
    transaction: uint32,
    connection,
    infoHashes: fc.array(hash, { minLength: 1, maxLength: 74 }),
  }),
);

const byte = fc.integer({ min: 1, max: 223 });
const ipv4Peer = fc.record({ host: fc.tuple(byte, byte, byte, byte).map(bytes => bytes.join('.')), port });
const ipv6Peer = fc.record({ host: byte.map(n => `2001:db8::${(1 + n).toString(16)}`), port });

function answer(peer: typeof ipv4Peer, mostPeers: number): fc.Arbitrary<UdpAnswer> {
  return fc.oneof(
    fc.record({ action: fc.constant('connect' as const), transaction: uint32, connection }),
    fc.record({
      action: fc.constant('announce' as const),
      transaction: uint32,
      intervalSeconds: uint32,
      seeders: uint32,
      leechers: uint32,
      peers: fc.uniqueArray(peer, {
        selector: ({ host, port: at }) => `${host} ${at}`,
        maxLength: mostPeers,
        size: 'max',
      }),
    }),
    fc.record({
      action: fc.constant('scrape' as const),
      transaction: uint32,
      entries: fc.array(fc.record({ seeders: uint32, leechers: uint32, completed: uint32 }), {
        maxLength: 74,
      }),
    }),
    fc.record({ action: fc.constant('error' as const), transaction: uint32, words: fc.uint8Array() }),
  );
}

describe('datagrams of a UDP tracker', () => {
  it('come out as they went in', () => {
    fc.assert(
      fc.property(question, asked => {
        expect(decodeQuestion(encodeQuestion(asked))).toEqual(asked);
      }),
    );
    fc.assert(
      fc.property(answer(ipv4Peer, 230), said => {
        expect(decodeAnswer(encodeAnswer(said, 'ipv4'), 'ipv4')).toEqual(said);
      }),
    );
    fc.assert(
      fc.property(answer(ipv6Peer, 76), said => {
        expect(decodeAnswer(encodeAnswer(said, 'ipv6'), 'ipv6')).toEqual(said);
      }),
    );
  });

  it('have the bytes of BEP 15', () => {
    expect(hexText(encodeQuestion({ action: 'connect', transaction: 0x01020304 }))).toBe(
      '00000417271019800000000001020304',
    );
    const announce = encodeQuestion({
      action: 'announce',
      transaction: 0x0a0b0c0d,
      connection: hexBytes('1122334455667788'),
      infoHash: 'aa'.repeat(20),
      peerId: 'bb'.repeat(20),
      port: 6881,
      uploaded: 3,
      downloaded: 1,
      left: 2 ** 40 + 2,
      event: 'started',
      ip: undefined,
      numWant: -1,
      key: 0xdeadbeef,
    });
    expect(hexText(announce)).toBe(
      [
        '1122334455667788',
        '00000001',
        '0a0b0c0d',
        'aa'.repeat(20),
        'bb'.repeat(20),
        '0000000000000001',
        '0000010000000002',
        '0000000000000003',
        '00000002',
        '00000000',
        'deadbeef',
        'ffffffff',
        '1ae1',
      ].join(''),
    );
    const peers = [{ host: '127.0.0.1', port: 6881 }];
    const said = {
      action: 'announce',
      transaction: 7,
      intervalSeconds: 1800,
      seeders: 5,
      leechers: 9,
      peers,
    };
    expect(hexText(encodeAnswer(said as UdpAnswer, 'ipv4'))).toBe(
      '00000001000000070000070800000009000000057f0000011ae1',
    );
  });

  it('carry path and query of the URL behind an announce (BEP 41)', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 900 }), urlData => {
        const asked = { ...fc.sample(question, 50).find(({ action }) => action === 'announce')! };
        const options = encodeQuestion(asked, urlData).subarray(98);
        let text = '';
        for (let at = 0; at < options.length; at += 2 + options[at + 1]!) {
          expect(options[at]).toBe(2);
          text += String.fromCharCode(...options.subarray(at + 2, at + 2 + options[at + 1]!));
        }
        expect(text).toBe(urlData);
        expect(decodeQuestion(encodeQuestion(asked, urlData))).toEqual(asked);
      }),
      { numRuns: 20 },
    );
  });

  it('are read or refused, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        decodeQuestion(bytes);
        decodeAnswer(bytes, 'ipv4');
        decodeAnswer(bytes, 'ipv6');
      }),
    );
    fc.assert(
      fc.property(question, fc.nat(), (asked, at) => {
        const bytes = encodeQuestion(asked);
        expect(decodeQuestion(bytes.subarray(0, at % Math.min(bytes.length, 98)))?.action).not.toBe(
          'announce',
        );
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['15 bytes', '00'.repeat(15)],
    ['a connect with another protocol', '000004172710198100000000' + '01020304'],
    ['an unknown action', '0000041727101980' + '00000004' + '01020304'],
    ['half an announce', `11223344556677880000000101020304${'00'.repeat(81)}`],
    [
      'an announce with an unknown event',
      `1122334455667788${'00000001'}01020304${'00'.repeat(64)}00000004${'00'.repeat(14)}`,
    ],
    ['a scrape of nothing', '1122334455667788' + '00000002' + '01020304'],
    ['a scrape of a hash and a half', `11223344556677880000000201020304${'00'.repeat(30)}`],
    ['a scrape of 75', `11223344556677880000000201020304${'00'.repeat(20 * 75)}`],
  ])('%s is no question', (_, hex) => {
    expect(decodeQuestion(hexBytes(hex))).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['an unknown action', '0000000400000001'],
    ['half a connection id', '000000000000000111223344556677'],
    ['an announce without counts', '00000001000000010000070800000009'],
    ['half a peer', '0000000100000001000007080000000900000005' + '7f00'],
    ['a scrape of an entry and a half', `0000000200000001${'00'.repeat(18)}`],
  ])('%s is no answer', (_, hex) => {
    expect(decodeAnswer(hexBytes(hex), 'ipv4')).toBeUndefined();
  });

  it('fit into one packet, however many peers there are', () => {
    const peers = Array.from({ length: 2_000 }, (_, n) => ({
      host: `2001:db8::${(1 + n).toString(16)}`,
      port: 1 + n,
    }));
    const said: UdpAnswer = {
      action: 'announce',
      transaction: 1,
      intervalSeconds: 1,
      seeders: 1,
      leechers: 1,
      peers,
    };
    expect(encodeAnswer(said, 'ipv6').length).toBeLessThanOrEqual(1_400);
    expect(decodeAnswer(encodeAnswer(said, 'ipv6'), 'ipv6')).toMatchObject({ peers: peers.slice(0, 76) });
    expect(encodeAnswer(said, 'ipv4')).toHaveLength(20);
  });

  it('may refuse by an announce without anything in it, as opentracker does', () => {
    expect(decodeAnswer(hexBytes('0000000100000007'), 'ipv4')).toEqual({
      action: 'error',
      transaction: 7,
      words: Uint8Array.of(),
    });
  });

  it('name no peer that cannot be dialled, and none twice', () => {
    const hex = `0000000100000001${'00000708'}0000000900000005${'7f0000010000'}${'000000001ae1'}${'0a0000011ae1'.repeat(3)}`;
    expect(decodeAnswer(hexBytes(hex), 'ipv4')).toMatchObject({ peers: [{ host: '10.0.0.1', port: 6881 }] });
  });
});
