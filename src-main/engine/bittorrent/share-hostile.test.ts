import { afterEach, describe, expect, it, vi } from 'vitest';
import { OutstandingRequests } from '../outstanding.ts';
import { RateLimiter } from '../rate-limiter.ts';
import { ShareLab, type ShareLabOptions, type SharePeer } from '../testing/share-lab.ts';
import { Stranger } from '../testing/stranger.ts';
import type { Message, OutgoingMessage } from '../wire/message.ts';
import { encodeExtensionHandshake, encodeMetadataMessage, ownExtensionIds } from './extension.ts';

const labs: ShareLab[] = [];
afterEach(() => expect(labs.splice(0).flatMap(lab => lab.leftovers())).toEqual([]));

function open(options: ShareLabOptions = {}): ShareLab {
  const lab = new ShareLab(options);
  labs.push(lab);
  return lab;
}

const wireId = (digits: string) => digits.repeat(20);
const times = <T>(count: number, what: T): T[] => Array.from({ length: count }, () => what);
/** Pieces of four blocks. */
const fourBlocks = { totalLength: 12 * 65_536, pieceLength: 65_536 };

function expectWhole(lab: ShareLab, one: SharePeer, withinMs?: number): void {
  lab.until(() => one.isComplete(), withinMs);
  expect(lab.holdsContent(one)).toBe(true);
}

/** Somebody who dials `one` from a computer of its own, says the handshake, and has that heard. */
function intrude(
  lab: ShareLab,
  one: SharePeer,
  number = 1,
  says: Parameters<Stranger['dial']>[1] = {},
): Stranger {
  const stranger = new Stranger(lab).dial(one.address, {
    host: `10.0.9.${number}`,
    peerId: wireId(`c${number}`),
    ...says,
  });
  lab.clock.advance(10);
  return stranger;
}

/** Has everything, lets everybody ask, and gives what `gives` says. */
function falseSeed(
  stranger: Stranger,
  gives: (request: Message & { type: 'request' }) => readonly OutgoingMessage[],
): Stranger {
  return stranger
    .answers(message => (message.type === 'request' ? gives(message) : []))
    .say({ type: 'have-all' }, { type: 'unchoke' });
}

describe('somebody who floods', () => {
  it.each<[string, OutgoingMessage[]]>([
    ['have-all', times(5_000, { type: 'have-all' })],
    ['bitfields', times(5_000, { type: 'bitfield', bytes: new Uint8Array(2) })],
    ['chokes', times(5_000, { type: 'choke' })],
    ['choke and unchoke', times(5_000, [{ type: 'choke' }, { type: 'unchoke' }] as const).flat()],
    [
      'interest and its loss',
      times(5_000, [{ type: 'interested' }, { type: 'not-interested' }] as const).flat(),
    ],
    ['a have', times(10_000, { type: 'have', piece: 3 })],
    ['haves of nothing', times(10_000, { type: 'have', piece: 3_000 })],
    ['requests while choked', times(10_000, { type: 'request', piece: 0, offset: 0, length: 16_384 })],
    ['cancels', times(10_000, { type: 'cancel', piece: 0, offset: 0, length: 16_384 })],
    ['rejects', times(10_000, { type: 'reject', piece: 0, offset: 0, length: 16_384 })],
    ['allowed-fast', times(10_000, { type: 'allowed-fast', piece: 0 })],
    ['suggestions', times(10_000, { type: 'suggest', piece: 0 })],
    ['ports', times(10_000, { type: 'port', port: 1 })],
    ['extended messages', times(10_000, { type: 'extended', id: 0, payload: new Uint8Array([100, 101]) })],
  ])('with %s is dropped before it fills the journal', (_, messages) => {
    const lab = open(fourBlocks);
    const one = lab.start();
    const intruder = intrude(lab, one);
    lab.clock.advance(10);
    const before = one.events.length;
    intruder.say(...messages);
    lab.clock.advance(10);
    expect(intruder.isClosed).toBe(true);
    expect(one.events.length - before).toBeLessThan(10_000);
    expect(one.told('disconnected')).toHaveLength(1);
  });

  it.each<[string, OutgoingMessage[]]>([
    ['a byte that is not needed', [{ type: 'piece', piece: 12, offset: 0, bytes: new Uint8Array(1) }]],
    ['a request of one byte', [{ type: 'request', piece: 0, offset: 1, length: 1 }]],
  ])('does not earn the right to with %s', (_, cheap) => {
    const lab = open({ totalLength: 12 * 65_536 + 1, pieceLength: 65_536 });
    const seed = lab.seed();
    const intruder = intrude(lab, seed).say({ type: 'have-none' }, { type: 'interested' });
    lab.clock.advance(10);
    for (let at = 0; at < 40; at += 1) {
      intruder.say(...times(100, [...cheap, { type: 'interested' } as const]).flat());
      lab.clock.advance(10);
    }
    expect(intruder.isClosed).toBe(true);
  });

  it('with bitfields that say next to nothing new is dropped soon', () => {
    const lab = open({ totalLength: 20_000 * 64, pieceLength: 64 });
    const one = lab.start();
    const intruder = intrude(lab, one).say({ type: 'have-none' });
    const bytes = new Uint8Array(2_500);
    for (let at = 0; at < 30; at += 1) {
      bytes[at] = 0x80;
      intruder.say({ type: 'bitfield', bytes: bytes.slice() });
    }
    lab.clock.advance(100);
    expect(intruder.isClosed).toBe(true);
    expect(one.told('received-bitfield').length).toBeLessThan(10);
  });

  it('is told apart from one that sends bitfields instead of many haves, as aria2 does', () => {
    const lab = open({ totalLength: 20_000 * 64, pieceLength: 64 });
    const one = lab.start();
    const talker = intrude(lab, one).say({ type: 'have-none' });
    const bytes = new Uint8Array(2_500);
    for (let at = 0; at < 2_500; at += 50) {
      bytes.fill(0xff, at, at + 50);
      talker.say({ type: 'bitfield', bytes: bytes.slice() });
    }
    lab.clock.advance(100);
    expect(talker.isClosed).toBe(false);
    talker.close();
  });

  it('is told apart from a neighbour that has much to say', () => {
    const lab = open({ totalLength: 5_000 * 64, pieceLength: 64 });
    const one = lab.start();
    const talker = intrude(lab, one);
    talker.say({ type: 'have-none' });
    talker.say(...times(5_000, 0).map((_, piece) => ({ type: 'have', piece }) as const));
    lab.clock.advance(1_000);
    expect(talker.isClosed).toBe(false);
  });

  it('cannot have us keep what it does not read', () => {
    const lab = open(fourBlocks);
    const infoBytes = new Uint8Array(4 * 1024 * 1024);
    const seed = lab.seed({ metainfo: { ...lab.metainfo, infoBytes } });
    const intruder = intrude(lab, seed);
    intruder.say({ type: 'extended', id: 0, payload: encodeExtensionHandshake({ ids: { metadata: 9 } }) });
    intruder.stopReading();
    for (let piece = 0; piece < 256; piece += 1) {
      intruder.say({
        type: 'extended',
        id: ownExtensionIds.metadata,
        payload: encodeMetadataMessage({ type: 'request', piece }),
      });
    }
    lab.clock.advance(2_000);
    expect(seed.told('disconnected').map(({ reason }) => reason)).toEqual([
      'it does not read what it is sent',
    ]);
    intruder.close();
  });
});

describe('somebody who asks for all metadata at once', () => {
  it('gets as much as may wait to be read, and the rest is refused', () => {
    const lab = open({ ...fourBlocks, latencyMs: 50 });
    const infoBytes = new Uint8Array(8 * 1024 * 1024);
    const seed = lab.seed({ metainfo: { ...lab.metainfo, infoBytes } });
    const intruder = intrude(lab, seed);
    intruder.say({ type: 'extended', id: 0, payload: encodeExtensionHandshake({ ids: { metadata: 9 } }) });
    const requests = times(512, 0).map((_, piece) => encodeMetadataMessage({ type: 'request', piece }));
    intruder.say(
      ...requests.map(payload => ({ type: 'extended', id: ownExtensionIds.metadata, payload }) as const),
    );
    lab.clock.advance(1_000);
    const answers = intruder.heardOf('extended').filter(({ id }) => id === 9);
    const given = answers.filter(({ payload }) => payload.length > 16_384);
    expect([answers.length, given.length]).toEqual([512, 128]);
    expect(intruder.isClosed).toBe(false);
    intruder.close();
  });
});

describe('somebody who ends and does not read', () => {
  it('is not waited for without end', () => {
    const lab = open(fourBlocks);
    const seed = lab.seed();
    const intruder = intrude(lab, seed).say({ type: 'have-none' }, { type: 'interested' });
    lab.clock.advance(100);
    intruder.stopReading();
    for (let piece = 0; piece < 12; piece += 1) {
      intruder.say({ type: 'request', piece, offset: 0, length: 16_384 });
    }
    lab.clock.advance(100);
    intruder.finish();
    lab.clock.advance(10_000);
    expect(lab.network.openLinks).toBe(1); // its own
    intruder.close();
  });
});

describe('very many who have nothing to do', () => {
  it('cost no look at every neighbour for each block that is waited for', () => {
    const pieceLength = 1024 * 1024;
    const lab = open({ totalLength: 2 * pieceLength, pieceLength });
    const one = lab.start();
    const crowd = times(40, 0).map((_, at) =>
      intrude(lab, one, at, { peerId: wireId((0xb0 + at).toString(16)) }).say({ type: 'have-all' }),
    );
    const [giver] = crowd;
    let given = 0;
    giver!.answers(message => {
      given += 1;
      return given < 40 ? giver!.blockOf(message) : [];
    });
    giver!.say({ type: 'unchoke' });
    lab.clock.advance(500);
    const looks = vi.spyOn(OutstandingRequests.prototype, 'of');
    for (const each of crowd) each.say({ type: 'unchoke' });
    lab.clock.advance(5);
    expect(looks.mock.calls.length).toBeLessThan(40 * 128);
    looks.mockRestore();
    for (const each of crowd) each.close();
  });
});

describe('somebody who begins pieces', () => {
  it('and leaves does not have us keep them all', () => {
    const pieceLength = 1024 * 1024;
    const lab = open({ totalLength: 100 * pieceLength, pieceLength });
    const one = lab.start();
    for (let piece = 0; piece < 100; piece += 1) {
      const stranger = intrude(lab, one, 1, { peerId: piece.toString(16).padStart(40, '0') });
      stranger.answers(message => {
        if (message.type !== 'request' || message.offset > 0) return [];
        return stranger.blockOf(message);
      });
      stranger.say({ type: 'have', piece }, { type: 'unchoke' });
      lab.clock.advance(20);
      stranger.close();
      lab.clock.advance(20);
    }
    expect(one.pool.heldBytes).toBeGreaterThan(0);
    expect(one.pool.peakBytes).toBeLessThanOrEqual(64 * pieceLength);
    const seed = lab.seed();
    lab.introduce(one, seed);
    expectWhole(lab, one);
  });
});

describe('messages out of place', () => {
  it.each<OutgoingMessage>([
    { type: 'have-all' },
    { type: 'have-none' },
    { type: 'suggest', piece: 0 },
    { type: 'allowed-fast', piece: 0 },
    { type: 'reject', piece: 0, offset: 0, length: 16_384 },
  ])('such as $type, from one that never offered the fast extension, end the connection (BEP 6)', message => {
    const lab = open(fourBlocks);
    const one = lab.start();
    const intruder = intrude(lab, one, 1, { fast: false }).say(message);
    lab.clock.advance(100);
    expect(intruder.isClosed).toBe(true);
  });
});

describe('somebody with the peer ID of another', () => {
  it('does not bring it into disrepute', () => {
    const lab = open({ totalLength: 60 * 65_536, pieceLength: 65_536 });
    const one = lab.start();
    const limits = { upload: [new RateLimiter(100_000, 0)], download: [] };
    const seed = lab.seed({ limits });
    one.share.addPeers([seed.address], 'tracker');
    lab.until(() => one.told('piece-completed').length > 2);
    const thief = intrude(lab, one, 1, { peerId: wireId('02') });
    falseSeed(thief, request => thief.blockOf(request, false));
    lab.clock.advance(5_000);
    thief.close();
    const later = intrude(lab, one, 2, { peerId: wireId('02') });
    falseSeed(later, request => later.blockOf(request, false));
    expectWhole(lab, one);
    expect(one.told('disconnected').filter(({ reason }) => reason !== 'it connected anew')).toEqual([]);
    expect(one.share.peers().map(({ address }) => address)).toEqual(['10.0.0.2:6881']);
    later.close();
  });

  it('that has left is not taken for it', () => {
    const lab = open({ totalLength: 60 * 65_536, pieceLength: 65_536 });
    const one = lab.start();
    const thief = intrude(lab, one, 1, { peerId: wireId('02') });
    falseSeed(thief, request => thief.blockOf(request, false));
    lab.clock.advance(1_000);
    expect(thief.isClosed).toBe(true);
    const seed = lab.seed();
    one.share.addPeers([seed.address], 'tracker');
    expectWhole(lab, one);
  });
});

describe('those who crowd', () => {
  it('from one computer leave places for others', () => {
    const lab = open(fourBlocks);
    const seed = lab.seed();
    const crowd = times(120, 0).map((_, at) =>
      new Stranger(lab).dial(seed.address, { peerId: (4096 + at).toString(16).padStart(40, '0') }),
    );
    lab.clock.advance(1_000);
    const one = lab.start();
    lab.introduce(seed, one);
    expectWhole(lab, one);
    for (const each of crowd) each.close();
  });

  it('a hundred a second do not keep a downloader waiting', () => {
    const lab = open(fourBlocks);
    const seed = lab.seed();
    const crowd: Stranger[] = [];
    const crowdMore = () => {
      for (let i = 0; i < 10; i += 1) {
        const host = `10.8.${crowd.length >> 8}.${crowd.length & 255}`;
        const peerId = (4096 + crowd.length).toString(16).padStart(40, '0');
        crowd.push(new Stranger(lab).dial(seed.address, { host, peerId }));
      }
      lab.clock.advance(100);
    };
    while (crowd.length < 300) crowdMore();
    const one = lab.start();
    lab.introduce(one, seed);
    for (let at = 0; at < 20 && !one.isComplete(); at += 1) crowdMore();
    expect(one.isComplete()).toBe(true);
    expect(one.told('connected')).toHaveLength(1);
    for (const each of crowd) each.close();
  });

  it.each<[string, OutgoingMessage[]]>([
    ['want everything', [{ type: 'have-none' }, { type: 'interested' }]],
    ['have everything and let nobody ask', [{ type: 'have-all' }]],
  ])('and %s do not keep a seed out for long', (_, says) => {
    const lab = open(fourBlocks);
    const one = lab.start();
    const crowd = times(100, 0).map((_each, at) =>
      intrude(lab, one, 1, { host: `10.8.0.${at}`, peerId: (4096 + at).toString(16).padStart(40, '0') }),
    );
    for (const each of crowd) each.say(...says);
    lab.clock.advance(1_000);
    const seed = lab.seed();
    seed.share.addPeers([one.address], 'tracker');
    expectWhole(lab, one, 180_000);
    for (const each of crowd) each.close();
  });

  it('take no place from anybody when they are refused', () => {
    const lab = open(fourBlocks);
    const seed = lab.seed();
    const quiet = times(100, 0).map((_, at) =>
      intrude(lab, seed, 1, { host: `10.8.0.${at}`, peerId: (4096 + at).toString(16).padStart(40, '0') }),
    );
    lab.clock.advance(5_000);
    const twin = intrude(lab, seed, 2, { peerId: (4096).toString(16).padStart(40, '0') });
    lab.clock.advance(1_000);
    expect(twin.isClosed).toBe(true);
    expect(quiet.filter(({ isClosed }) => isClosed)).toEqual([]);
    for (const each of quiet) each.close();
  });

  it('with addresses where nobody is do not keep us from those where somebody is', () => {
    const lab = open(fourBlocks);
    const [one, seed] = [lab.start(), lab.seed()];
    const dead = times(3_000, 0).map((_, at) => ({ host: `10.1.${at >> 8}.${at & 255}`, port: 6881 }));
    for (const { host } of dead) lab.network.deadHosts.add(host);
    one.share.addPeers(dead.slice(0, 100), 'tracker');
    one.share.addPeers(dead, 'peer exchange');
    one.share.addPeers([seed.address], 'tracker');
    expectWhole(lab, one, 3_000_000);
  });

  it('with such addresses do not keep us from one that was lost', () => {
    const lab = open({ totalLength: 60 * 65_536, pieceLength: 65_536 });
    const one = lab.start();
    const seed = lab.seed({ limits: { upload: [new RateLimiter(50_000, 0)], download: [] } });
    one.share.addPeers([seed.address], 'tracker');
    lab.clock.advance(40_000);
    const dead = times(500, 0).map((_, at) => ({ host: `10.1.${at >> 8}.${at & 255}`, port: 6881 }));
    for (const { host } of [...dead, one.address]) lab.network.deadHosts.add(host);
    one.share.addPeers(dead, 'peer exchange');
    lab.clock.advance(1_000);
    lab.network.breakOne(0);
    lab.until(() => one.told('connected').length === 2, 15_000);
  });

  it('with one port after the other are not dialled at each', () => {
    const lab = open(fourBlocks);
    const one = lab.start();
    const intruder = intrude(lab, one);
    for (let port = 1; port < 500; port += 1) {
      intruder.say({ type: 'extended', id: 0, payload: encodeExtensionHandshake({ ids: {}, port }) });
    }
    intruder.close();
    lab.clock.advance(600_000);
    expect(lab.network.dials.size).toBeLessThan(4);
  });
});

describe('somebody who cannot be had', () => {
  it('since it turns us away each time is dialled less and less', () => {
    const lab = open(fourBlocks);
    const one = lab.start();
    const address = { host: '10.0.8.1', port: 1 };
    lab.network.listen(address, link => {
      const stranger = new Stranger(lab).take(link);
      lab.clock.after(50, () => stranger.close());
    });
    one.share.addPeers([address], 'tracker');
    lab.clock.advance(600_000);
    expect(lab.network.dials.get('10.0.8.1:1')).toBeLessThan(15);
  });

  it('since both of us have everything is not dialled again', () => {
    const lab = open(fourBlocks);
    const [one, two] = [lab.seed(), lab.seed()];
    one.share.addPeers([two.address], 'tracker');
    lab.clock.advance(60_000);
    lab.network.breakOne(0);
    lab.clock.advance(600_000);
    expect(lab.network.dials.get('10.0.0.2:6881')).toBe(1);
  });
});

describe('a piece is not lost', () => {
  it('when the one that alone was asked for it leaves in the middle', () => {
    const lab = open({ totalLength: 65_536, pieceLength: 65_536 });
    const one = lab.start();
    const [first, second] = [intrude(lab, one, 1), intrude(lab, one, 2)];
    // The first spoils one block, and gives no other.
    falseSeed(first, request => (request.offset === 0 ? first.blockOf(request, false) : []));
    lab.clock.advance(2_000);
    falseSeed(second, request =>
      one.told('piece-failed').length === 0 || request.offset === 0 ? second.blockOf(request) : [],
    );
    lab.until(() => one.told('piece-failed').length === 1, 100_000);
    // The second alone is asked now, and gives one of four.
    lab.clock.advance(1_000);
    first.close();
    second.close();
    lab.clock.advance(1_000);
    const seed = lab.seed();
    lab.introduce(one, seed);
    expectWhole(lab, one, 60_000);
  });

  it.each([
    [2, fourBlocks],
    [2, { totalLength: 10_000 }],
    [5, { totalLength: 40_000 }],
  ])('to %i that have everything and give nothing of %o', (count, content) => {
    const lab = open(content);
    const one = lab.start();
    for (let at = 0; at < count; at += 1) {
      falseSeed(intrude(lab, one, at), () => []);
    }
    lab.clock.advance(20_000);
    const seed = lab.seed();
    lab.introduce(one, seed);
    expectWhole(lab, one, 120_000);
  });

  it('to one that lets us ask and takes it back, while little may be downloaded', () => {
    const lab = open({ totalLength: 20 * 16_384, pieceLength: 16_384 });
    const one = lab.start({ limits: { upload: [], download: [new RateLimiter(20_000, 0)] } });
    const intruder = intrude(lab, one).say({ type: 'have-all' });
    intruder.answers(message => (message.type === 'request' ? [{ type: 'choke' }, { type: 'unchoke' }] : []));
    intruder.say({ type: 'unchoke' });
    const seed = lab.seed();
    lab.introduce(one, seed);
    expectWhole(lab, one, 25_000);
    intruder.close();
  });

  it('to one that rejects whatever it is asked for', () => {
    const lab = open(fourBlocks);
    const one = lab.start();
    const intruder = intrude(lab, one);
    falseSeed(intruder, ({ piece, offset, length }) => [{ type: 'reject', piece, offset, length }]);
    lab.clock.advance(10_000);
    expect(intruder.heardOf('request').length).toBeLessThan(500);
    const seed = lab.seed();
    lab.introduce(one, seed);
    expectWhole(lab, one, 60_000);
  });
});
