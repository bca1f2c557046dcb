import { afterEach, describe, expect, it } from 'vitest';
import { Bitfield } from '../../../src-shared/bitfield.ts';
import { ShareLab, type SharePeer } from '../testing/share-lab.ts';
import { Stranger } from '../testing/stranger.ts';
import type { Message, OutgoingMessage } from '../wire/message.ts';

/** What other clients do, and ours does not. */
describe('a share with another client', () => {
  let lab: ShareLab;
  afterEach(() => expect(lab.leftovers()).toEqual([]));

  /** A downloader of ours, and a stranger that has everything and is connected with it. */
  const withSeed = (answer: (message: Message) => readonly OutgoingMessage[] = () => []) => {
    lab = new ShareLab();
    const one = lab.start();
    const seed = new Stranger(lab).dial(one.address);
    seed.answers(message => [...seed.blockOf(message), ...answer(message)]);
    return { one, seed };
  };
  const expectWhole = (peer: SharePeer) => {
    lab.until(() => peer.isComplete());
    expect(lab.holdsContent(peer)).toBe(true);
  };
  const allowed = [3, 0, 40, 17];
  const allows = allowed.map(piece => ({ type: 'allowed-fast', piece }) as const);

  it('asks for what a seed allows while it chokes, and for everything later', () => {
    const { one, seed } = withSeed();
    seed.say({ type: 'have-all' }, ...allows);
    lab.clock.advance(5_000);
    expect(new Set(one.told('piece-received').map(({ piece }) => piece))).toEqual(new Set(allowed));
    seed.say({ type: 'unchoke' });
    expectWhole(one);
    seed.close();
  });

  it('asks a seed that unchokes at once for what it allowed as well', () => {
    const { one, seed } = withSeed();
    seed.say({ type: 'have-all' }, ...allows, { type: 'unchoke' });
    expectWhole(one);
    seed.close();
  });

  it('asks one that was too slow for more and more again, while it gives it soon', () => {
    lab = new ShareLab();
    const one = lab.start();
    let isAwake = false;
    const seed = new Stranger(lab).dial(one.address);
    seed.answers(message => (isAwake ? seed.blockOf(message) : []));
    seed.say({ type: 'have-all' }, { type: 'unchoke' });
    lab.until(() => one.told('request-released').length > 0);
    isAwake = true;
    lab.clock.advance(5_000);
    expectWhole(one);
    expect(lab.clock.now()).toBeLessThan(25_000);
    seed.close();
  });

  it('takes a rejection of what it took back for no more than that', () => {
    lab = new ShareLab({ totalLength: 16_384, pieceLength: 16_384 });
    const one = lab.start();
    const seed = new Stranger(lab).dial(one.address).say({ type: 'have-all' }, { type: 'unchoke' });
    lab.until(() => seed.heardOf('request').length === 2);
    const [request, again] = seed.heardOf('request');
    expect(again).toEqual(request);
    seed.say({ ...request!, type: 'reject' }); // in answer to the cancel
    lab.clock.advance(100);
    const reasons = () => one.told('request-released').map(({ reason }) => reason);
    expect(reasons()).toEqual(['timed-out']);
    seed.say({ ...again!, type: 'reject' });
    lab.clock.advance(100);
    expect(reasons()).toEqual(['timed-out', 'rejected']);
    seed.close();
  });

  it('notes what was expected in place of something else than a block', () => {
    lab = new ShareLab();
    const one = lab.start();
    const seed = new Stranger(lab).dial(one.address).say({ type: 'have-all' }, { type: 'unchoke' });
    lab.until(() => seed.heardOf('request').length > 0);
    const [block] = seed.blockOf(seed.heardOf('request')[0]!);
    if (block?.type === 'piece') seed.say({ ...block, bytes: block.bytes.subarray(0, 100) });
    lab.clock.advance(100);
    expect(one.told('note').map(({ text }) => text)).toEqual([
      expect.stringMatching(
        /^it sent piece \d+ with 100 bytes at \d+ instead of blocks of 16384 bytes; discarded$/,
      ),
    ]);
    seed.close();
  });

  it('hears of pieces after the extension handshake, and thinks nothing of it', () => {
    const { one, seed } = withSeed();
    const payload = Uint8Array.from('de', letter => letter.charCodeAt(0));
    seed.say({ type: 'extended', id: 0, payload }, { type: 'have-all' }, { type: 'unchoke' });
    expectWhole(one);
    expect(one.told('note')).toEqual([]);
    seed.close();
  });

  /** Somebody who listens, does with each connection what the test says, and comes with ever new peer IDs, as libtorrent. */
  const listening = (act: (stranger: Stranger, connection: number) => void) => {
    const address = { host: '10.0.2.1', port: 6881 };
    let count = 0;
    lab.network.listen(address, link => {
      count += 1;
      const peerId = (0xa000 + count).toString(16).repeat(10);
      act(new Stranger(lab).take(link, { peerId }), count);
    });
    return { address, connections: () => count };
  };

  it('does not dial a seed again and again that wants nothing of a seed', () => {
    lab = new ShareLab();
    const { address, connections } = listening((stranger, connection) => {
      if (connection > 1) return stranger.finish();
      stranger.say({ type: 'have-none' });
      lab.clock.after(2_000, () => stranger.say({ type: 'have-all' }).finish());
    });
    lab.seed().share.addPeers([address], 'tracker');
    lab.clock.advance(600_000);
    expect(connections()).toBe(1);
  });

  it('leaves a seed alone that comes with its last piece when it is complete itself', () => {
    lab = new ShareLab();
    const { address, connections } = listening(stranger => {
      stranger.answers(message => stranger.blockOf(message));
      stranger.say({ type: 'have-all' }, { type: 'unchoke' });
      lab.clock.after(2_000, () => stranger.finish());
    });
    const one = lab.start();
    one.share.addPeers([address], 'tracker');
    expectWhole(one);
    lab.clock.advance(600_000);
    expect(connections()).toBe(1);
  });

  it('dials one that leaves at once less and less often', () => {
    lab = new ShareLab();
    const { address, connections } = listening(stranger => stranger.say({ type: 'have-none' }).finish());
    lab.seed().share.addPeers([address], 'tracker');
    lab.clock.advance(5_000);
    expect(connections()).toBe(2);
    lab.clock.advance(600_000);
    expect(connections()).toBeLessThan(13);
  });

  it('dials one soon that leaves after a while', () => {
    lab = new ShareLab();
    const { address, connections } = listening(stranger => {
      stranger.say({ type: 'have-none' });
      lab.clock.after(30_000, () => stranger.finish());
    });
    lab.seed().share.addPeers([address], 'tracker');
    lab.clock.advance(330_000);
    expect(connections()).toBeGreaterThan(9);
  });

  it('takes a bitfield now and then instead of many haves', () => {
    lab = new ShareLab();
    const seed = lab.seed();
    const other = new Stranger(lab).dial(seed.address);
    const some = new Bitfield(lab.layout.pieceCount);
    some.set(7);
    other.say({ type: 'have-none' }, { type: 'bitfield', bytes: some.toBytes() });
    lab.clock.advance(1_000);
    expect(seed.share.peers()[0]!.progress).toBe(1 / lab.layout.pieceCount);
    other.say({ type: 'have-all' });
    lab.clock.advance(1_000);
    expect(seed.share.peers()[0]!.progress).toBe(1);
    expect(seed.told('note')).toEqual([]);
    other.close();
  });
});
