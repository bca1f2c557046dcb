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

  it('hears of pieces after the extension handshake, and thinks nothing of it', () => {
    const { one, seed } = withSeed();
    const payload = Uint8Array.from('de', letter => letter.charCodeAt(0));
    seed.say({ type: 'extended', id: 0, payload }, { type: 'have-all' }, { type: 'unchoke' });
    expectWhole(one);
    expect(one.told('note')).toEqual([]);
    seed.close();
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
