import { afterEach, describe, expect, it } from 'vitest';
import { LabBench } from '../testing/lab-bench.ts';
import type { ScriptedPeer } from '../testing/scripted-peer.ts';
import type { LabOptions } from '../testing/virtual-lab.ts';
import { ascii, toHex } from '../testing/wire-words.ts';

/** The bytes of course-protocol.md, sections 2.1 and 2.3, as a whole engine sends and takes them. */

const handshakeOf1001 =
  '50 32 50 46 49 4c 45 53 48 41 52 49 4e 47 50 52 4f 4a 00 00 00 00 00 00 00 00 00 00 00 00 03 e9';
const handshakeOf1002 = handshakeOf1001.replace('03 e9', '03 ea');

const choke = '00 00 00 01 00';
const unchoke = '00 00 00 01 01';
const interested = '00 00 00 01 02';
const notInterested = '00 00 00 01 03';
const have5 = '00 00 00 05 04 00 00 00 05';
const have305 = '00 00 00 05 04 00 00 01 31';
const request305 = '00 00 00 05 06 00 00 01 31';
const noneOfTen = '00 00 00 03 05 00 00';
const allOfTen = '00 00 00 03 05 ff c0';
const someOfTen = '00 00 00 03 05 90 40'; // 0, 3 and 9
const hello9 = '00 00 00 0a 07 00 00 00 09 68 65 6c 6c 6f';

describe('on the wire, byte for byte', () => {
  const bench = new LabBench();
  afterEach(() => expect(bench.clear()).toEqual([]));

  const heard = (peer: ScriptedPeer) => peer.writes.map(toHex);

  /** 1001 with these of ten pieces, the last of them `hello`; and a scripted 1002, which dialled it. */
  const ofTen = (have: string, options: Partial<LabOptions> = {}) => {
    const lab = bench.open({ peers: 'dd', totalLength: 9 * 64 + 5, have: { 1001: have }, ...options });
    lab.content.set(ascii('hello'), 9 * 64);
    return { lab, stranger: lab.meet('1001', '1002'), peer: lab.peer('1001') };
  };
  /** The example configuration of the description: N = 306, the last piece 5992 bytes. */
  const ofTheDescription = (have: 'S' | 'd') => {
    const lab = bench.open({
      peers: `${have}d`,
      totalLength: 10_000_232,
      pieceLength: 32_768,
      tapped: false,
    });
    return { lab, stranger: lab.meet('1001', '1002'), peer: lab.peer('1001') };
  };

  it('a connection begins with the handshake of 2.1', () => {
    const { lab, stranger } = ofTen('..........');
    lab.pass(5);
    expect(heard(stranger)).toEqual([handshakeOf1001]);
  });

  it.each([
    ['..........', noneOfTen],
    ['*..*.....*', someOfTen],
    ['**********', allOfTen],
  ])('the pieces %s are the bitfield %s', (have, expected) => {
    const { lab, stranger } = ofTen(have);
    stranger.sendHex(handshakeOf1002);
    lab.pass(5);
    expect(heard(stranger)).toEqual([handshakeOf1001, expected]);
  });

  it.each([
    ['a multiple of 8', 64 * 16, '00 00 00 03 05 ff ff'],
    ['one', 64, '00 00 00 02 05 80'],
    ['none', 0, '00 00 00 01 05'],
  ])(
    'when the number of pieces is %s, the bitfield is as long as it must be',
    (_n, totalLength, expected) => {
      const lab = bench.open({ peers: 'Sd', totalLength });
      const stranger = lab.meet('1001', '1002').sendHex(handshakeOf1002);
      lab.pass(5);
      expect(heard(stranger)).toEqual([handshakeOf1001, expected]);
    },
  );

  it('a downloader says interested, asks, says have and loses interest', () => {
    const { lab, stranger, peer } = ofTen('*********.');
    stranger.sendHex(handshakeOf1002).sendHex(allOfTen);
    lab.pass(5);
    stranger.sendHex(unchoke);
    lab.pass(5);
    stranger.sendHex(hello9);
    lab.pass(10);
    expect(heard(stranger)).toEqual([
      handshakeOf1001,
      '00 00 00 03 05 ff 80',
      interested,
      '00 00 00 05 06 00 00 00 09',
      '00 00 00 05 04 00 00 00 09',
      notInterested,
    ]);
    expect(peer.told('completed')).toHaveLength(1);
  });

  it('a seed has no interest, unchokes who has, serves, and chokes who has none any more', () => {
    const { lab, stranger } = ofTen('**********');
    stranger.sendHex(handshakeOf1002).sendHex(noneOfTen).sendHex(interested);
    lab.pass(5);
    stranger.sendHex('00 00 00 05 06 00 00 00 09');
    lab.pass(5);
    stranger.sendHex(notInterested);
    lab.pass(5_000);
    expect(heard(stranger)).toEqual([handshakeOf1001, allOfTen, notInterested, unchoke, hello9, choke]);
  });

  it('a choke is obeyed, and a have is believed', () => {
    const { lab, stranger } = ofTen('..........');
    stranger.sendHex(handshakeOf1002).sendHex(noneOfTen).sendHex(unchoke).sendHex(choke).sendHex(have5);
    lab.pass(5);
    expect(heard(stranger).slice(2)).toEqual([notInterested, interested]);
    stranger.sendHex(unchoke);
    lab.pass(5);
    expect(heard(stranger).at(-1)).toBe('00 00 00 05 06 00 00 00 05');
  });

  it('the file of the description is sent as 2.3 says', () => {
    const { lab, stranger } = ofTheDescription('S');
    stranger
      .sendHex(handshakeOf1002)
      .sendHex(`00 00 00 28 05 ${'00 '.repeat(39)}`)
      .sendHex(interested);
    lab.pass(5);
    expect(heard(stranger)[1]).toBe(`00 00 00 28 05 ${'ff '.repeat(38)}c0`);
    stranger.sendHex('00 00 00 05 06 00 00 00 00').sendHex(request305);
    lab.pass(5);
    const [first, last] = stranger.writes.slice(-2) as [Uint8Array, Uint8Array];
    expect([first.length, toHex(first.subarray(0, 9))]).toEqual([4 + 32_773, '00 00 80 05 07 00 00 00 00']);
    expect([last.length, toHex(last.subarray(0, 9))]).toEqual([4 + 5_997, '00 00 17 6d 07 00 00 01 31']);
    expect(toHex(last.subarray(9))).toBe(toHex(lab.content.subarray(305 * 32_768)));
  });

  it('the file of the description is taken in as 2.3 says', () => {
    const { lab, stranger, peer } = ofTheDescription('d');
    stranger
      .sendHex(handshakeOf1002)
      .sendHex(`00 00 00 28 05 ${'00 '.repeat(39)}`)
      .sendHex(have305);
    stranger.sendHex(unchoke);
    lab.pass(5);
    expect(heard(stranger).slice(-2)).toEqual([interested, request305]);
    const content = lab.content.subarray(305 * 32_768);
    stranger.sendHex(`00 00 17 6d 07 00 00 01 31 ${toHex(content)}`);
    lab.pass(5);
    expect(heard(stranger).slice(-2)).toEqual([have305, notInterested]);
    expect(toHex(peer.storage.content.subarray(305 * 32_768))).toBe(toHex(content));
  });

  it('nothing but the eight messages is ever sent: no keep-alive (A18), no other type (A19)', () => {
    const lab = bench.open({ peers: 'Sddd', settings: { uploadBytesPerSecond: 1_000 } });
    lab.startAll();
    expect(lab.runToEnd()).toBe(true);
    const names = lab.lives.flatMap(({ history }) =>
      history.flatMap(event => (event.kind === 'message' ? [event.words.replace(/ [\d*.an].*/, '')] : [])),
    );
    expect([...new Set(names)].sort()).toEqual([
      'bitfield',
      'choke',
      'handshake',
      'have',
      'interested',
      'not interested',
      'piece',
      'request',
      'unchoke',
    ]);
  });

  describe('a mistake that students make is named', () => {
    it.each([
      ['the type is not counted (A4)', `${'00 00 00 02 05 ff c0'}`, /must also count the type byte/],
      ['lengths in little-endian (A5)', '03 00 00 00 05 ff c0', /little-endian/],
      ['ASCII where a length should be', '30 30 30 31', /above the maximum|length/],
    ])('%s', (_mistake, hex, diagnosis) => {
      const { lab, stranger, peer } = ofTen('..........');
      stranger.sendHex(handshakeOf1002).sendHex(hex);
      lab.pass(5);
      expect(stranger.closedAt).toBeDefined();
      expect(peer.told('disconnected')).toMatchObject([{ reason: expect.stringMatching(diagnosis) }]);
    });
  });
});
