import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../wire/message.ts';
import { encode } from './bencode.ts';
import { latin1Bytes, latin1Text } from './bytes.ts';
import { encodeCompact } from './compact.ts';
import {
  decodeExtensionHandshake,
  decodeMetadataMessage,
  decodePeerExchange,
  type ExtensionHandshake,
  encodeExtensionHandshake,
  encodeMetadataMessage,
  encodePeerExchange,
  longestMetadata,
  metadataPieceLength,
} from './extension.ts';

const bytes = latin1Bytes;

function faultsOf(text: string): readonly string[] {
  return decodeExtensionHandshake(bytes(text)).faults;
}

describe('the extension handshake (BEP 10)', () => {
  it('has the bytes of the specification', () => {
    const payload = encodeExtensionHandshake({
      ids: { metadata: 2, peerExchange: 1 },
      client: 'Piecewise 0.1.0',
      port: 6881,
      requestQueue: 250,
      longestRequest: 131_072,
      metadataSize: 31_235,
      uploadOnly: true,
      yourIp: '10.0.0.7',
    });
    expect(latin1Text(payload)).toBe(
      'd1:md11:ut_metadatai2e6:ut_pexi1ee13:metadata_sizei31235e1:pi6881e10:pw_requesti131072e4:reqqi250e' +
        '11:upload_onlyi1e1:v15:Piecewise 0.1.06:yourip4:\x0a\0\0\x07e',
    );
  });

  it('comes back as it went', () => {
    const some = fc.record(
      {
        ids: fc.record({
          metadata: fc.integer({ min: 1, max: 100 }),
          peerExchange: fc.constantFrom(0, 101, 255),
        }),
        client: fc.constantFrom('x', 'qBittorrent/4.5.2', 'µTorrent 3.5'),
        port: fc.integer({ min: 1, max: 65_535 }),
        requestQueue: fc.integer({ min: 1 }),
        longestRequest: fc.integer({ min: 1 }),
        metadataSize: fc.integer({ min: 1, max: longestMetadata }),
        uploadOnly: fc.boolean(),
        yourIp: fc.constantFrom('10.0.0.1', '2001:db8::1'),
      },
      { requiredKeys: ['ids'] },
    );
    fc.assert(
      fc.property(some, handshake => {
        const payload = encodeExtensionHandshake(handshake as ExtensionHandshake);
        expect(decodeExtensionHandshake(payload)).toEqual({ handshake, faults: [] });
      }),
    );
  });

  it('takes what others say: keys in any order, more keys, zeros for nothing, bytes behind', () => {
    const text = 'd1:v3:abc1:md6:ut_pexi0e9:other_onei7ee1:pi0e13:metadata_sizei0e1:ei1e1:xld1:ai1eeee rest';
    expect(decodeExtensionHandshake(bytes(text))).toEqual({
      handshake: { client: 'abc', ids: { peerExchange: 0 } },
      faults: [],
    });
  });

  it.each([
    ['a port', `d1:pi65536ee`, /says p 65536; 0 to 65535/],
    ['a negative port', `d1:pi-1ee`, /says p -1/],
    [
      'metadata a byte too long',
      `d13:metadata_sizei${longestMetadata + 1}ee`,
      /metadata_size 10485761; 0 to 10485760/,
    ],
    ['metadata of negative length', 'd13:metadata_sizei-5ee', /metadata_size -5/],
    ['a queue', 'd4:reqqi0ee', /reqq 0/],
    ['a text for a number', 'd4:reqq1:5e', /reqq \(no number\)/],
    ['an ID', 'd1:md6:ut_pexi256eee', /ut_pex the ID 256/],
    ['a text for an ID', 'd1:md11:ut_metadata1:3ee', /ut_metadata the ID \(no number\)/],
    ['one ID for two', 'd1:md11:ut_metadatai3e6:ut_pexi3eee', /the same ID/],
  ])('passes over %s that makes no sense, and says so', (_, text, fault) => {
    const { handshake, faults } = decodeExtensionHandshake(bytes(text));
    expect(handshake).toEqual({ ids: {} });
    expect(faults).toEqual([expect.stringMatching(fault)]);
  });

  it('takes metadata of the greatest length', () => {
    expect(
      decodeExtensionHandshake(bytes(`d13:metadata_sizei${longestMetadata}ee`)).handshake.metadataSize,
    ).toBe(longestMetadata);
    expect(faultsOf('d13:metadata_sizei1ee')).toEqual([]);
  });

  it('lets nobody call itself by something that spoils a line', () => {
    const client = (text: string) =>
      decodeExtensionHandshake(encode(new Map([['v', text]]))).handshake.client ?? '';
    expect(client('one\ntwo\u202ethree\0')).toBe('one two three');
    expect(client('x'.repeat(100_000))).toHaveLength(60);
  });

  it.each([
    '',
    'le',
    'i5e',
    '4:abcd',
    'd',
    'd1:p',
    'd1:pi5e',
    'd1:pi05ee',
    `${'l'.repeat(1000)}`,
    `d1:x${'l'.repeat(9)}`,
  ])('is not "%.20s"', text => {
    expect(() => decodeExtensionHandshake(bytes(text))).toThrow(ProtocolError);
  });
});

describe('messages of ut_metadata (BEP 9)', () => {
  it.each([
    ['request', { type: 'request', piece: 0 }, 'd8:msg_typei0e5:piecei0ee'],
    [
      'data',
      { type: 'data', piece: 0, totalSize: 8, bytes: bytes('xxxxxxxx') },
      'd8:msg_typei1e5:piecei0e10:total_sizei8eexxxxxxxx',
    ],
    ['reject', { type: 'reject', piece: 0 }, 'd8:msg_typei2e5:piecei0ee'],
  ] as const)('have the bytes of the specification: %s', (_, message, text) => {
    expect(latin1Text(encodeMetadataMessage(message))).toBe(text);
    expect(decodeMetadataMessage(bytes(text))).toEqual(message);
  });

  it('are passed over when their type is unknown', () => {
    expect(decodeMetadataMessage(bytes('d8:msg_typei3e5:piecei0ee'))).toBeUndefined();
    expect(decodeMetadataMessage(bytes('d8:msg_typei-1ee'))).toBeUndefined();
  });

  it('have data as long as its place in the whole says', () => {
    const totalSize = 2 * metadataPieceLength + 5;
    const message = (piece: number, length: number) =>
      decodeMetadataMessage(
        encodeMetadataMessage({ type: 'data', piece, totalSize, bytes: new Uint8Array(length) }),
      );
    expect(message(0, metadataPieceLength)).toMatchObject({ piece: 0 });
    expect(message(2, 5)).toMatchObject({ piece: 2, totalSize });
    for (const [piece, length] of [
      [0, metadataPieceLength - 1],
      [0, metadataPieceLength + 1],
      [2, 4],
      [2, 6],
      [3, 1],
      [639, metadataPieceLength],
    ] as const) {
      expect(() => message(piece, length), `${piece}: ${length}`).toThrow(ProtocolError);
    }
  });

  it.each([
    'd5:piecei0ee',
    'd8:msg_type1:05:piecei0ee',
    'd8:msg_typei0ee',
    'd8:msg_typei0e5:piecei-1ee',
    'd8:msg_typei0e5:piecei640ee',
    'd8:msg_typei1e5:piecei0eexx',
    'd8:msg_typei1e5:piecei0e10:total_sizei0ee',
    `d8:msg_typei1e5:piecei0e10:total_sizei${longestMetadata + 1}ee${'x'.repeat(metadataPieceLength)}`,
    'le',
    '',
  ])('are not "%.60s"', text => {
    expect(() => decodeMetadataMessage(bytes(text))).toThrow(ProtocolError);
  });

  it('may ask for the last piece there can be', () => {
    expect(decodeMetadataMessage(bytes('d8:msg_typei0e5:piecei639ee'))).toEqual({
      type: 'request',
      piece: 639,
    });
  });
});

describe('messages of ut_pex (BEP 11)', () => {
  const peer = (host: string, port = 6881, isSeeder = false, isReachable = false) => ({
    host,
    port,
    isSeeder,
    isReachable,
  });

  it('come back as they went, both kinds of addresses', () => {
    const exchange = {
      added: [peer('10.0.0.1'), peer('10.0.0.2', 1, true), peer('2001:db8::1', 2, true, true)],
      dropped: [
        { host: '10.0.0.3', port: 9 },
        { host: '::1', port: 10 },
      ],
    };
    expect(decodePeerExchange(encodePeerExchange(exchange))).toEqual(exchange);
  });

  it('have the bytes of the specification', () => {
    const exchange = { added: [peer('10.0.0.2', 258, true, true)], dropped: [] };
    expect(latin1Text(encodePeerExchange(exchange))).toBe(
      'd5:added6:\x0a\0\0\x02\x01\x027:added.f1:\x126:added60:8:added6.f0:7:dropped0:8:dropped60:e',
    );
  });

  it('are honoured up to 50 added and 50 dropped peers', () => {
    const peers = Array.from({ length: 60 }, (_, i) => peer(`10.0.1.${i + 1}`));
    const compact = encodeCompact(peers).ipv4;
    const decoded = decodePeerExchange(
      encode(
        new Map([
          ['added', compact],
          ['added6', encodeCompact([peer('::1')]).ipv6],
          ['dropped', compact],
        ]),
      ),
    );
    expect(decoded.added).toEqual(peers.slice(0, 50));
    expect(decoded.dropped).toHaveLength(50);
    const sent = decodePeerExchange(encodePeerExchange({ added: peers, dropped: peers }));
    expect([sent.added.length, sent.dropped.length]).toEqual([50, 50]);
  });

  it('lose peers that nobody can dial, and keep the flags of the others straight', () => {
    const added = Uint8Array.of(0, 0, 0, 0, 0, 1, 10, 0, 0, 1, 0, 0, 224, 0, 0, 1, 0, 1, 10, 0, 0, 9, 0, 1);
    const flags = Uint8Array.of(0, 0, 0, 0x02);
    const { added: peers } = decodePeerExchange(
      encode(
        new Map([
          ['added', added],
          ['added.f', flags],
        ]),
      ),
    );
    expect(peers).toEqual([peer('10.0.0.9', 1, true)]);
  });

  it('need no flags, and may have too few', () => {
    const added = encodeCompact([peer('10.0.0.1', 1), peer('10.0.0.2', 1)]).ipv4;
    const seeders = (flags: Uint8Array) =>
      decodePeerExchange(
        encode(
          new Map([
            ['added', added],
            ['added.f', flags],
          ]),
        ),
      ).added.map(each => each.isSeeder);
    expect(seeders(Uint8Array.of(2))).toEqual([true, false]);
    expect(seeders(new Uint8Array(0))).toEqual([false, false]);
  });

  it.each(['', 'le', 'd5:addedi5ee', 'd5:added5:xxxxxe', 'd8:dropped617:xxxxxxxxxxxxxxxxxe', 'd5:addedlee'])(
    'are not "%s"',
    text => {
      expect(() => decodePeerExchange(bytes(text))).toThrow(ProtocolError);
    },
  );

  it('may say nothing', () => {
    expect(decodePeerExchange(bytes('de'))).toEqual({ added: [], dropped: [] });
  });
});

describe('any payload at all', () => {
  const keys = [
    'm',
    'p',
    'v',
    'reqq',
    'metadata_size',
    'yourip',
    'msg_type',
    'piece',
    'total_size',
    'added',
    'dropped6',
  ];
  const anyValue = fc.oneof(
    fc.integer(),
    fc.uint8Array({ maxLength: 40 }),
    fc.constant([]),
    fc.constant(new Map()),
  );
  const anyPayload = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc
      .array(fc.tuple(fc.constantFrom(...keys), anyValue), { maxLength: 6 })
      .map(entries => encode(new Map(entries as [string, number][]))),
  );
  const damaged = fc.tuple(anyPayload, fc.nat(), fc.nat(255)).map(([payload, place, byte]) => {
    const copy = payload.slice();
    if (copy.length > 0) copy[place % copy.length] = byte;
    return copy;
  });

  it.each([
    ['extension handshake', decodeExtensionHandshake],
    ['ut_metadata', decodeMetadataMessage],
    ['ut_pex', decodePeerExchange],
  ])('is a message of %s or a diagnosis', (_, decode) => {
    fc.assert(
      fc.property(fc.oneof(anyPayload, damaged), payload => {
        try {
          decode(payload);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 15_000 },
    );
  });
});
