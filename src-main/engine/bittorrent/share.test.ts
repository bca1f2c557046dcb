import { afterEach, describe, expect, it } from 'vitest';
import { Bitfield } from '../../../src-shared/bitfield.ts';
import { RateLimiter } from '../rate-limiter.ts';
import { ShareLab, type ShareLabOptions, type SharePeer } from '../testing/share-lab.ts';
import { Stranger } from '../testing/stranger.ts';
import { shareDialect } from './dialect.ts';
import {
  decodePeerExchange,
  encodeExtensionHandshake,
  encodePeerExchange,
  ownExtensionIds,
} from './extension.ts';
import { PeerBook } from './peer-book.ts';

describe('a share', () => {
  const labs: ShareLab[] = [];
  afterEach(() => expect(labs.splice(0).flatMap(lab => lab.leftovers())).toEqual([]));

  const open = (options: ShareLabOptions = {}): ShareLab => {
    const lab = new ShareLab(options);
    labs.push(lab);
    return lab;
  };
  const expectWhole = (lab: ShareLab, ...peers: readonly SharePeer[]) => {
    lab.until(() => peers.every(peer => peer.isComplete()));
    expect(peers.map(peer => lab.holdsContent(peer))).toEqual(peers.map(() => true));
  };

  it('brings the content from a seed to whoever comes', () => {
    const lab = open();
    const [seed, one, two] = [lab.seed(), lab.start(), lab.start()];
    lab.introduce(seed, one, two);
    expectWhole(lab, one, two);
    expect(seed.outcome).toBeUndefined();
  });

  it('keeps one connection when both sides dial at once', () => {
    const lab = open();
    const [seed, one] = [lab.seed(), lab.start()];
    lab.introduce(seed, one);
    expectWhole(lab, one);
    lab.clock.advance(60_000);
    expect(seed.share.peers()).toHaveLength(1);
    expect(one.share.peers()).toHaveLength(1);
    expect(lab.network.openLinks).toBe(2);
  });

  it('dials one that has two addresses at one of them, and at the other once it is gone', () => {
    const lab = open();
    const [one, two] = [lab.seed(), lab.start({ priorities: new Uint8Array(41).fill(0) })];
    const other = { host: 'fd00::2', port: 6881 };
    const stopListening = lab.network.listen(other, link => two.share.accept(link));
    one.share.addPeers([two.address, other], 'local discovery');
    lab.clock.advance(1_000_000);
    const dials = () => [...lab.network.dials.values()].reduce((sum, count) => sum + count, 0);
    expect([dials(), one.share.peers().length]).toEqual([2, 1]);
    lab.network.breakOne(0);
    lab.clock.advance(100_000);
    expect([dials() > 2, one.share.peers().length]).toEqual([true, 1]);
    stopListening();
  });

  it('recognises itself and stays away from there', () => {
    const lab = open();
    const one = lab.start();
    one.share.addPeers([one.address], 'tracker');
    lab.clock.advance(600_000);
    expect(one.told('rejected').map(({ reason }) => reason)).toContain('it is ourselves');
    expect(one.told('rejected').length).toBeLessThanOrEqual(2);
  });

  it('tells who a neighbour is before anything else of it', () => {
    const lab = open();
    const [seed, one] = [lab.seed(), lab.start()];
    lab.introduce(seed, one);
    expectWhole(lab, one);
    const kinds = one.events.filter(event => 'peer' in event && event.peer === '2').map(({ kind }) => kind);
    expect(kinds.slice(0, 2)).toEqual(['peer-known', 'connected']);
  });

  it.each([
    ['from the first on', 16, true],
    ['among others', 16, false],
    ['in which all have a part', 64, false],
  ])('bans who sends wrong pieces %s, within three failures, and nobody else', (_, blocks, isFirst) => {
    const lab = open({ totalLength: 960 * 16_384, pieceLength: blocks * 16_384, latencyMs: 5 });
    // A second's worth of requests is outstanding with each, so what was asked for before a failure is many pieces.
    const limits = () => ({ upload: [new RateLimiter(2 * 1024 * 1024, 0)], download: [] });
    const honest = [1, 2, 3].map(() => lab.seed({ limits: limits() }));
    const liar = lab.seed({ lies: true, limits: limits() });
    const one = lab.start();
    if (isFirst) lab.introduce(one, liar);
    lab.introduce(one, ...honest, liar);
    expectWhole(lab, one);
    const failed = one.told('piece-failed');
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThanOrEqual(3);
    const dropped = one.told('disconnected').filter(({ reason }) => reason.includes('failed verification'));
    const [known] = one.told('peer-known').filter(({ address }) => address.startsWith(liar.address.host));
    expect(dropped.map(({ peer }) => peer)).toEqual([known!.peer]);
    lab.clock.advance(600_000);
    expect(one.share.peers()).toHaveLength(3);
  });

  it('does not wait for some that never answer and some that are slow, and asks for little twice', () => {
    const seconds = 12;
    const rate = 256 * 1024;
    const pieceLength = 256 * 1024;
    const lab = open({ totalLength: 4 * rate * seconds, pieceLength });
    const limited = (bytesPerSecond: number) =>
      lab.seed({ limits: { upload: [new RateLimiter(bytesPerSecond, 0)], download: [] } });
    const bad = [0, 0, 0, 1024, 1024].map(limited);
    const good = [rate, rate, rate, rate].map(limited);
    const one = lab.start();
    lab.introduce(one, ...bad);
    lab.clock.advance(100);
    lab.introduce(one, ...good);
    expectWhole(lab, one);
    expect(lab.clock.now()).toBeLessThan(1.2 * seconds * 1000);
    const came = good.reduce((sum, { share }) => sum + share.view().uploadedBytes, 0);
    expect(came).toBeLessThan(1.03 * lab.layout.totalLength);
  });

  it.each([6, 8])('asks a new seed that gives %d KiB/s for no more than it can send in time', kib => {
    const lab = open({ totalLength: 12 * 65_536 });
    const seed = lab.seed({ limits: { upload: [new RateLimiter(kib * 1024, 0)], download: [] } });
    const one = lab.start();
    lab.introduce(seed, one);
    lab.until(() => one.isComplete(), 2_000_000);
    expect(one.told('request-released')).toEqual([]);
  });

  it('gets along with a single seed that sends a block in twenty seconds', () => {
    const lab = open({ totalLength: 12 * 65_536 });
    const seed = lab.seed({ limits: { upload: [new RateLimiter(800, 0)], download: [] } });
    const one = lab.start();
    lab.introduce(seed, one);
    lab.until(() => one.isComplete(), 2_000_000);
    expect(seed.share.view().uploadedBytes).toBeLessThan(1.1 * lab.layout.totalLength);
  });

  it('finds a place for a downloader among any number that say nothing after their handshake', () => {
    const lab = open();
    const seed = lab.seed();
    const { codec } = shareDialect({
      metainfo: lab.metainfo,
      peerId: '',
      book: new PeerBook({
        infoHash: '',
        peerId: '',
        listenPort: 1,
        have: new Bitfield(1),
        nameClient: () => '',
      }),
      extend: () => ({ onConnected() {}, onMessage: () => undefined, onTick() {} }),
    });
    for (let i = 0; i < 150; i += 1) {
      const bitTorrent = { infoHash: lab.metainfo.infoHash, fast: true, extensions: false, dht: false };
      const peer = i.toString(16).padStart(40, 'f');
      lab.network.dialerOf({ host: `10.9.0.${i}`, port: 7_000 }).dial(seed.address, link => {
        if ('failed' in link) return;
        link.open({ onBytes() {}, onEnd: () => link.finish(), onClosed() {} });
        link.send(codec.encode({ type: 'handshake', peer, bitTorrent }));
      });
    }
    lab.clock.advance(5_000);
    expect(seed.share.view().neighbours).toHaveLength(100);
    const one = lab.start();
    lab.introduce(one, seed);
    lab.until(() => one.isComplete(), 10_000);
  });

  it('fetches only what is wanted, and more when more is', () => {
    const lab = open();
    const seed = lab.seed();
    const priorities = new Uint8Array(lab.layout.pieceCount).fill(2);
    priorities.fill(0, 10);
    const one = lab.start({ priorities });
    lab.introduce(seed, one);
    lab.until(() => one.isComplete());
    lab.clock.advance(60_000);
    expect([...one.storage.have]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    one.share.setPriorities(new Uint8Array(lab.layout.pieceCount).fill(2));
    lab.until(() => one.storage.have.isFull);
    expect(lab.holdsContent(one)).toBe(true);
  });

  it('is complete again when more was wanted while the content got its final name', () => {
    const lab = open();
    const seed = lab.seed();
    const all = new Uint8Array(lab.layout.pieceCount).fill(2);
    const one = lab.start({ priorities: all.with(0, 0) });
    lab.introduce(seed, one);
    lab.until(() => one.told('piece-completed').length === lab.layout.pieceCount - 2);
    one.storage.delayMs = 100;
    lab.until(() => one.told('piece-completed').length === lab.layout.pieceCount - 1);
    one.share.setPriorities(all);
    one.share.setPriorities(all);
    lab.until(() => one.storage.have.isFull);
    lab.clock.advance(1_000);
    expect(one.told('completed')).toHaveLength(1);
    expect(one.told('completed')[0]!.seq).toBeGreaterThan(one.told('piece-completed').at(-1)!.seq);
  });

  it('keeps its neighbours while the disk is full', () => {
    const lab = open({ totalLength: 100 * 262_144, pieceLength: 262_144 });
    const [seed, one] = [lab.seed(), lab.start()];
    one.storage.faults.fullAt = 10 * 262_144;
    lab.introduce(seed, one);
    lab.until(() => one.share.isWaitingForRoom);
    lab.clock.advance(400_000);
    one.storage.faults.fullAt = undefined;
    expectWhole(lab, one);
    const why = one.told('disconnected').map(({ reason }) => reason);
    expect(why.filter(reason => reason !== 'it connected anew')).toEqual([]);
  });

  it('gives what it has, and keeps no more than was on its way, while the disk is full', () => {
    const pieceLength = 1024 * 1024;
    const lab = open({ totalLength: 60 * pieceLength, pieceLength });
    const [one, ...seeds] = [
      lab.start({ sequential: true, peerExchange: false }),
      lab.seed(),
      lab.seed(),
      lab.seed(),
    ];
    one.storage.faults.fullAt = 20 * pieceLength;
    lab.introduce(one, ...seeds);
    lab.until(() => one.share.isWaitingForRoom);
    lab.clock.advance(1_000);
    const kept = one.pool.heldBytes;
    const two = lab.start();
    two.share.addPeers([one.address], 'tracker');
    lab.clock.advance(60_000);
    expect(two.storage.have.count).toBe(one.storage.have.count);
    expect(one.storage.have.count).toBe(20);
    expect(one.pool.heldBytes).toBeLessThanOrEqual(kept);
    one.storage.faults.fullAt = undefined;
    expectWhole(lab, one);
  });

  it('fetches high priorities first, and pieces in order where that is asked', () => {
    const lab = open();
    const seed = lab.seed();
    const priorities = new Uint8Array(lab.layout.pieceCount).fill(1);
    priorities.fill(3, 20, 25);
    const one = lab.start({ priorities, sequential: true });
    lab.introduce(seed, one);
    expectWhole(lab, one);
    const order = one.told('piece-completed').map(({ piece }) => piece);
    expect(order.slice(0, 5)).toEqual([20, 21, 22, 23, 24]);
    expect(order.slice(5)).toEqual([...order.slice(5)].sort((a, b) => a - b));
  });

  it('goes on when there is room again on a full disk', () => {
    const lab = open();
    const [seed, one] = [lab.seed(), lab.start()];
    one.storage.faults.fullAt = 10 * 65_536;
    lab.introduce(seed, one);
    lab.until(() => one.share.isWaitingForRoom);
    const requested = one.told('requested').length;
    lab.clock.advance(60_000);
    expect(one.outcome).toBeUndefined();
    expect(one.told('requested').length - requested).toBeLessThan(3);
    one.storage.faults.fullAt = undefined;
    const freedAt = lab.clock.now();
    expectWhole(lab, one);
    expect(lab.clock.now() - freedAt).toBeLessThan(5_000);
  });

  it('does not wait for one that never answers', () => {
    const lab = open({ latencyMs: 2 });
    const [seed, silent, one] = [lab.seed(), lab.seed(), lab.start()];
    silent.storage.faults.neverAnswer = true;
    lab.introduce(seed, silent, one);
    lab.until(() => one.isComplete(), 40_000);
    expect(lab.holdsContent(one)).toBe(true);
    silent.storage.faults.neverAnswer = false;
  });

  it.each([
    ['upload', 200_000],
    ['download', 200_000],
  ] as const)('keeps to a limit on the %s that two shares have in common', (direction, limit) => {
    const lab = open({ totalLength: 4_000_000, pieceLength: 65_536 });
    const limiter = new RateLimiter(limit, 0);
    const limits = { upload: [], download: [], [direction]: [limiter] };
    const limited =
      direction === 'upload' ? [lab.seed({ limits }), lab.seed({ limits })] : [lab.seed(), lab.seed()];
    const downloaders = [0, 1].map(at => {
      const one = direction === 'upload' ? lab.start() : lab.start({ limits });
      lab.introduce(limited[at]!, one);
      return one;
    });
    lab.clock.advance(10_000);
    const before = downloaders.map(({ share }) => share.view().downloadedBytes);
    lab.clock.advance(20_000);
    const moved = downloaders.map(({ share }, at) => share.view().downloadedBytes - before[at]!);
    const sum = moved[0]! + moved[1]!;
    expect(sum / 20 / limit).toBeGreaterThan(0.95);
    expect(sum / 20 / limit).toBeLessThan(1.05);
    // Jain's index of two.
    expect(sum ** 2 / (2 * (moved[0]! ** 2 + moved[1]! ** 2))).toBeGreaterThan(0.9);
    limiter.setLimit(Number.POSITIVE_INFINITY, lab.clock.now());
    for (const { share } of lab.peers) share.onLimitsChanged();
    const changedAt = lab.clock.now();
    lab.until(() => downloaders.every(peer => peer.isComplete()));
    expect(lab.clock.now() - changedAt).toBeLessThan(1_000);
  });

  it('seeds to more than there are places for, in turn', () => {
    const lab = open({ totalLength: 20 * 65_536 });
    const seed = lab.seed({ limits: { upload: [new RateLimiter(2_000_000, 0)], download: [] } });
    const others = Array.from({ length: 20 }, () => lab.start());
    lab.introduce(seed, ...others);
    expectWhole(lab, ...others);
  });

  it.each([
    [4, 1],
    [8, 4],
    [16, 4],
  ])('asks no more of a seed that gives %i KiB/s to %i than it gives in time', (limit, count) => {
    const lab = open();
    const seed = lab.seed({ limits: { upload: [new RateLimiter(limit * 1024, 0)], download: [] } });
    const others = Array.from({ length: count }, () => lab.start({ peerExchange: false }));
    for (const { share } of others) share.addPeers([seed.address], 'tracker');
    lab.clock.advance(120_000);
    const timedOut = others.flatMap(({ told }) =>
      told('request-released').filter(({ reason, atMs }) => reason === 'timed-out' && atMs > 20_000),
    );
    // What it is asked for at first, before anything is known of it, aside.
    expect(timedOut.length).toBeLessThan(10);
    expect(seed.share.view().uploadedBytes).toBeGreaterThan(0.95 * limit * 1024 * 120);
  });

  it('tells once that nobody wants anything any more, and goes on when somebody does', () => {
    const lab = open();
    const seed = lab.seed();
    const stranger = new Stranger(lab).dial(seed.address).say({ type: 'have-none' }, { type: 'interested' });
    lab.until(() => seed.told('optimistic-decision').length > 0);
    lab.clock.advance(1_000);
    stranger.say({ type: 'not-interested' });
    const { seq } = seed.events.at(-1)!;
    const afterwards = (event: { readonly seq: number }) => event.seq > seq;
    lab.clock.after(100_000, () => stranger.say({ type: 'keep-alive' }));
    lab.clock.advance(200_000);
    const rechokes = () => seed.told('choke-decision').filter(afterwards);
    expect(rechokes().map(({ decision }) => decision.choke)).toEqual([['2']]);
    expect(seed.told('optimistic-decision').filter(afterwards)).toEqual([]);
    stranger.say({ type: 'interested' });
    lab.clock.advance(14_000);
    expect(rechokes()).toHaveLength(4);
    expect(stranger.heardOf('unchoke')).toHaveLength(2);
    stranger.close();
  });

  it('learns of others from those it knows, and where they listen', () => {
    const lab = open({ totalLength: 400 * 16_384, pieceLength: 16_384 });
    const limits = { upload: [new RateLimiter(50_000, 0)], download: [] };
    const seed = lab.seed({ limits });
    const [one, two] = [lab.start({ limits }), lab.start({ limits })];
    for (const peer of [one, two]) peer.share.addPeers([seed.address], 'tracker');
    lab.until(() => [one, two].every(({ share }) => share.peers().length === 2), 90_000);
    const met = [...one.share.peers(), ...two.share.peers()].filter(({ source }) => source !== 'tracker');
    expect(new Set(met.map(({ source }) => source))).toContain('peer exchange');
    expect(met).toHaveLength(2);
  });

  it.each([
    ['switched off', {}, { peerExchange: false }],
    ['private', { isPrivate: true }, {}],
  ])('tells and learns no addresses when %s', (_, labOptions, peerOptions) => {
    const lab = open({ totalLength: 400 * 16_384, pieceLength: 16_384, ...labOptions });
    const limits = { upload: [new RateLimiter(50_000, 0)], download: [] };
    const seed = lab.seed({ limits, ...peerOptions });
    const [one, two] = [lab.start({ limits, ...peerOptions }), lab.start({ limits, ...peerOptions })];
    for (const peer of [one, two]) peer.share.addPeers([seed.address], 'tracker');
    lab.clock.advance(200_000);
    expect(one.share.peers()).toHaveLength(1);
    expect(two.share.peers()).toHaveLength(1);
  });

  it.each([
    ['127.0.0.1', '127.0.0.1', ['127.0.0.7:1', '10.9.9.9:1']],
    ['10.0.0.8', '127.0.0.1', ['10.9.9.9:1']],
  ])('of a neighbour at %s takes no address of its own computer for one of ours', (host, told, dialled) => {
    const lab = open();
    const one = lab.start();
    const stranger = new Stranger(lab).dial(one.address, { host }).say({ type: 'have-none' });
    const local = new Stranger(lab).dial(one.address, { host: told, peerId: 'fd'.repeat(20) });
    const handshake = { ids: { peerExchange: 9 }, port: 6_000 };
    for (const each of [stranger, local])
      each.say({ type: 'extended', id: 0, payload: encodeExtensionHandshake(handshake) });
    const peers = ['127.0.0.7', '10.9.9.9'].map(of => ({
      host: of,
      port: 1,
      isSeeder: false,
      isReachable: true,
    }));
    const payload = encodePeerExchange({ added: peers, dropped: [] });
    stranger.say({ type: 'extended', id: ownExtensionIds.peerExchange, payload });
    lab.clock.advance(5_000);
    const dials = [...lab.network.dials.keys()].filter(address => address.endsWith(':1'));
    expect(dials).toEqual(dialled);
    const heard = stranger.heardOf('extended').filter(({ id }) => id === 9);
    const added = heard.flatMap(message => decodePeerExchange(message.payload).added);
    expect(added.map(({ host: of }) => of)).toEqual(host === told ? [told] : []);
    for (const each of [stranger, local]) each.close();
  });

  it('says what it runs, in the words of the extension handshake', () => {
    const lab = open();
    const [seed, one] = [lab.seed({ version: 'Client 1.2' }), lab.start()];
    lab.introduce(seed, one);
    expectWhole(lab, one);
    expect(one.share.peers()[0]).toMatchObject({ client: 'Client 1.2', progress: 1, source: 'tracker' });
    expect(one.told('peer-known').at(-1)!.client).toBe('Client 1.2');
  });

  it('asks one that comes with part of the content for that part', () => {
    const lab = open();
    const half = new Bitfield(lab.layout.pieceCount);
    for (let piece = 0; piece < half.size; piece += 2) half.set(piece);
    const other = new Bitfield(lab.layout.pieceCount);
    for (let piece = 1; piece < other.size; piece += 2) other.set(piece);
    const [one, two] = [lab.start({ have: half }), lab.start({ have: other })];
    lab.introduce(one, two);
    expectWhole(lab, one, two);
  });
});
