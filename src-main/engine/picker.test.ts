import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bitfield } from '../../src-shared/bitfield.ts';
import type { PickReason } from '../../src-shared/journal.ts';
import { Layout } from './content/layout.ts';
import { blocksOf as eachOf } from './outstanding.ts';
import {
  type Block,
  type Pick,
  Picker,
  type PickerPeer,
  type PieceState,
  type Run,
  type Strategy,
} from './picker.ts';
import type { Random } from './ports.ts';
import { tally, unevenness } from './testing/chance.ts';
import { bitfieldOf, draw } from './testing/drawn-pieces.ts';
import { seededRandom } from './testing/seeded-random.ts';

const block = (piece: number, index = 0): Block => ({ piece, block: index });
const run = (piece: number, index = 0, count = 1): Run => ({ piece, block: index, count });
const blocksOf = (runs: readonly Run[]) => runs.flatMap(eachOf);
const piecesOf = (picks: readonly Pick[]) => picks.map(pick => pick.piece);
const reasonsOf = (picks: readonly Pick[]) => picks.map(pick => pick.reason);
const nameOf = ({ piece, block }: Block) => `${piece}:${block}`;
const always = () => true;

/** Has a peer deliver a piece of one block, and storage take it. */
function complete(picker: Picker, peer: PickerPeer, piece: number): void {
  picker.onReceived(peer, run(piece));
  picker.onVerified(piece);
}

describe('choosing a new piece', () => {
  it('requests the rarest piece the peer has', () => {
    const { picker, peerWith } = draw({ seen: '2223133', have: '*.*....' });
    expect(picker.next(peerWith('*******'), 1)).toEqual([
      { ...run(4), reason: { rule: 'rarest', copies: 2, peers: 4 } },
    ]);
  });

  it('requests the rarest of what the peer has, not of what there is', () => {
    const { picker, peerWith } = draw({ seen: '1124311' });
    expect(piecesOf(picker.next(peerWith('..***..'), 1))).toEqual([2]);
  });

  it('goes on with the next rarest', () => {
    const { picker, peerWith } = draw({ seen: '3142' });
    expect(piecesOf(picker.next(peerWith('****'), 4))).toEqual([1, 3, 0, 2]);
  });

  it('counts complete peers among the copies', () => {
    const { picker, peerWith } = draw({ seen: '21' });
    peerWith('**');
    const peer = peerWith('**');
    expect([picker.availabilityOf(0), picker.availabilityOf(1)]).toEqual([4, 3]);
    expect(reasonsOf(picker.next(peer, 1))).toEqual([{ rule: 'rarest', copies: 3, peers: 4 }]);
  });

  it('goes on with a stretch of pieces as long as they are as good as any', () => {
    const all = Bitfield.full(12);
    const drawn = [0.5, 0.9, 0, 0.9, 0];
    const random = () => drawn.shift() ?? 0;
    const picker = new Picker(new Layout(12, 1), new Bitfield(12), 'rarest', random, undefined, false, 4);
    const [peer, other] = [picker.addPeer(all), picker.addPeer(all)];
    expect(piecesOf(picker.next(peer, 6))).toEqual([4, 5, 6, 7, 0, 1]);
    expect(piecesOf(picker.next(other, 1))).toEqual([2]);
  });

  it('begins a stretch at its first piece that is as good as the one drawn', () => {
    const picker = new Picker(
      new Layout(8, 1),
      bitfieldOf('*.......'),
      'rarest',
      () => 0.99,
      undefined,
      false,
      8,
    );
    picker.addPeer(bitfieldOf('..*.....'));
    const peer = picker.addPeer(bitfieldOf('*.******'));
    expect(piecesOf(picker.next(peer, 9))).toEqual([3, 4, 5, 6, 7, 2]);
  });

  it('leaves a stretch for a rarer piece', () => {
    const picker = new Picker(new Layout(8, 1), new Bitfield(8), 'rarest', () => 0, undefined, false, 8);
    const peer = picker.addPeer(bitfieldOf('********'));
    expect(piecesOf(picker.next(peer, 2))).toEqual([0, 1]);
    picker.addPeer(bitfieldOf('*****..*'));
    expect(piecesOf(picker.next(peer, 3))).toEqual([5, 6, 7]);
  });

  it('takes any piece when the strategy is random', () => {
    const { picker, peerWith } = draw({ seen: '199', strategy: 'random' });
    const picks = picker.next(peerWith('***'), 3);
    expect(piecesOf(picks).sort()).toEqual([0, 1, 2]);
    expect(reasonsOf(picks)).toEqual(Array(3).fill({ rule: 'random' }));
  });

  it.each(['random', 'rarest'] as const)('picks only what the peer has and we lack (%s)', strategy => {
    const { picker, peerWith, states } = draw({ have: '**..**', strategy });
    expect(piecesOf(picker.next(peerWith('*.*.*.'), 9))).toEqual([2]);
    expect(states()).toBe('**r.**');
  });

  it('picks nothing from a peer that has nothing', () => {
    const { picker, peerWith } = draw({ have: '....' });
    expect(picker.next(peerWith('....'), 5)).toEqual([]);
    expect(picker.next(picker.addPeer(), 5)).toEqual([]);
  });

  it('picks nothing when there is no room for it', () => {
    const { picker, peerWith, states } = draw({ have: '....' });
    expect(picker.next(peerWith('****'), 0)).toEqual([]);
    expect(states()).toBe('....');
  });

  it('picks nothing when we are complete', () => {
    const { picker, peerWith } = draw({ have: '***' });
    const peer = peerWith('***');
    expect(picker.next(peer, 5)).toEqual([]);
    expect(picker.nextEndgame(peer, always)).toBeUndefined();
    expect(picker.piecesLeft).toBe(0);
  });

  it('never asks two peers, or one peer twice, for the same block', () => {
    const { picker, peerWith } = draw({ have: '.....' });
    const [one, other] = [peerWith('*****'), peerWith('*****')];
    const picks = [one, other, one, other, one, other].flatMap(peer => picker.next(peer, 1));
    expect(piecesOf(picks).sort()).toEqual([0, 1, 2, 3, 4]);
  });

  it('holds for content without any piece', () => {
    const { picker, peerWith } = draw({ have: '' });
    const peer = peerWith('');
    expect(picker.next(peer, 1)).toEqual([]);
    expect(picker.removePeer(peer)).toEqual([]);
    expect(picker.piecesLeft).toBe(0);
  });

  it('holds for content of one piece', () => {
    const { picker, peerWith, states } = draw({ have: '.' });
    const peer = peerWith('*');
    expect(blocksOf(picker.next(peer, 2))).toEqual([block(0)]);
    complete(picker, peer, 0);
    expect(states()).toBe('*');
  });
});

describe('availability', () => {
  it('makes a piece less rare with every have', () => {
    const { picker, peerWith } = draw({ seen: '122' });
    const [full, teller, other] = [peerWith('***'), peerWith('...'), peerWith('...')];
    picker.onHave(teller, 0);
    picker.onHave(other, 0);
    expect(picker.availabilityOf(0)).toBe(4);
    expect(piecesOf(picker.next(full, 3))[2]).toBe(0);
  });

  it('counts a repeated have once', () => {
    const { picker, peerWith } = draw({ seen: '11' });
    const [full, teller] = [peerWith('**'), peerWith('*.')];
    picker.onHave(teller, 0);
    picker.onHave(full, 0);
    expect(picker.availabilityOf(0)).toBe(3);
    expect(piecesOf(picker.next(full, 1))).toEqual([1]);
  });

  it('lets a peer be asked for a piece as soon as it says it has it', () => {
    const { picker, peerWith } = draw({ have: '...' });
    const peer = peerWith('...');
    picker.onHave(peer, 1);
    expect(piecesOf(picker.next(peer, 3))).toEqual([1]);
  });

  it('takes a bitfield that comes late, and only ever adds to a peer (A3)', () => {
    const { picker, peerWith } = draw({ have: '*....' });
    const peer = peerWith('..*..');
    picker.onBitfield(peer, bitfieldOf('**...'));
    expect([0, 1, 2, 3].map(piece => picker.availabilityOf(piece))).toEqual([1, 1, 1, 0]);
    expect(picker.wantedFrom(peer)).toBe(2);
    expect(piecesOf(picker.next(peer, 5)).sort()).toEqual([1, 2]);
  });

  it.each([
    ['a complete bitfield after none', '...'],
    ['a complete bitfield after a have', '.*.'],
  ])('counts each piece of %s once', (_, before) => {
    const { picker, peerWith } = draw({ have: '...' });
    const peer = peerWith(before);
    picker.onBitfield(peer, bitfieldOf('***'));
    picker.onBitfield(peer, bitfieldOf('***'));
    picker.onHave(peer, 1);
    expect([0, 1, 2].map(piece => picker.availabilityOf(piece))).toEqual([1, 1, 1]);
    picker.removePeer(peer);
    expect([0, 1, 2].map(piece => picker.availabilityOf(piece))).toEqual([0, 0, 0]);
  });

  it('falls when a peer leaves, which changes what is rarest', () => {
    const { picker, peerWith } = draw({ seen: '132' });
    const [leaving, staying] = [peerWith('**.'), peerWith('***')];
    peerWith('*..');
    expect(piecesOf(picker.next(staying, 1))).toEqual([2]);
    picker.onReleased(staying, block(2));
    picker.removePeer(leaving);
    expect([0, 1, 2].map(piece => picker.availabilityOf(piece))).toEqual([3, 4, 3]);
    peerWith('..*');
    expect(reasonsOf(picker.next(staying, 1))).toEqual([{ rule: 'rarest', copies: 3, peers: 6 }]);
    expect(picker.stateOf(0)).toBe('requested');
  });

  it('falls once, however often a peer is removed', () => {
    const { picker, peerWith } = draw({ seen: '11' });
    const peer = peerWith('*.');
    picker.removePeer(peer);
    expect(picker.removePeer(peer)).toEqual([]);
    expect(picker.availabilityOf(0)).toBe(1);
  });
});

describe('pieces of several blocks', () => {
  it('gives the strategy as the reason for the first blocks and the piece for the others', () => {
    const { picker, peerWith } = draw({ have: '.', blocks: 3, strategy: 'random' });
    const peer = peerWith('*');
    expect(picker.next(peer, 2)).toEqual([{ ...run(0, 0, 2), reason: { rule: 'random' } }]);
    expect(picker.next(peer, 5)).toEqual([{ ...run(0, 2), reason: { rule: 'begun' } }]);
  });

  it('finishes a begun piece before a rarer one', () => {
    const { picker, peerWith } = draw({ seen: '13', blocks: 2 });
    picker.next(peerWith('.*'), 1);
    const picks = picker.next(peerWith('**'), 2);
    expect(blocksOf(picks)).toEqual([block(1, 1), block(0, 0)]);
    expect(reasonsOf(picks).map(reason => reason.rule)).toEqual(['begun', 'rarest']);
  });

  it('shares the blocks of a piece among peers', () => {
    const { picker, peerWith } = draw({ have: '.', blocks: 4 });
    const [one, other] = [peerWith('*'), peerWith('*')];
    expect(blocksOf(picker.next(one, 2))).toEqual([block(0, 0), block(0, 1)]);
    expect(blocksOf(picker.next(other, 3))).toEqual([block(0, 2), block(0, 3)]);
  });

  it('begins a new piece with a peer that lacks the begun one', () => {
    const { picker, peerWith } = draw({ have: '..', blocks: 4 });
    picker.next(peerWith('*.'), 1);
    expect(blocksOf(picker.next(peerWith('.*'), 1))).toEqual([block(1, 0)]);
  });

  it('asks for no more blocks than a short last piece has', () => {
    const { picker, peerWith } = draw({ have: '*.', blocks: 4, blocksInLastPiece: 2 });
    const peer = peerWith('**');
    expect(blocksOf(picker.next(peer, 9))).toEqual([block(1, 0), block(1, 1)]);
    picker.onReceived(peer, run(1, 0));
    expect(picker.stateOf(1)).toBe('requested');
    picker.onReceived(peer, run(1, 1));
    expect(picker.stateOf(1)).toBe('verifying');
  });

  it('keeps a piece begun while any block of it is here', () => {
    const { picker, peerWith, states } = draw({ seen: '12', blocks: 2 });
    const peer = peerWith('**');
    picker.onReceived(peer, run(1, 0));
    expect(states()).toBe('.r');
    expect(blocksOf(picker.next(peer, 1))).toEqual([block(1, 1)]);
    picker.onReleased(peer, block(1, 1));
    expect(states()).toBe('.r');
    expect(picker.next(peer, 1)).toEqual([{ ...run(1, 1), reason: { rule: 'begun' } }]);
  });
});

describe('releasing requests', () => {
  it('lets a released block be picked again, from anybody', () => {
    const { picker, peerWith, states } = draw({ have: '*.' });
    const [one, other] = [peerWith('**'), peerWith('**')];
    picker.next(one, 1);
    expect(picker.onReleased(one, block(1))).toBe(true);
    expect(states()).toBe('*.');
    expect(blocksOf(picker.next(other, 1))).toEqual([block(1)]);
  });

  it('lets it be picked from a peer that had nothing left to give', () => {
    const { picker, peerWith } = draw({ have: '..' });
    const [one, other] = [peerWith('**'), peerWith('.*')];
    picker.next(one, 2);
    expect(picker.next(other, 1)).toEqual([]);
    picker.onChoked(one);
    expect(blocksOf(picker.next(other, 1))).toEqual([block(1)]);
  });

  it('lets the same peer be asked again', () => {
    const { picker, peerWith } = draw({ have: '*.' });
    const peer = peerWith('**');
    picker.next(peer, 1);
    picker.onReleased(peer, block(1));
    expect(blocksOf(picker.next(peer, 1))).toEqual([block(1)]);
  });

  it('picks a released piece first when it is the rarest', () => {
    const { picker, peerWith } = draw({ seen: '132' });
    const [one, other] = [peerWith('***'), peerWith('***')];
    picker.next(one, 1);
    expect(piecesOf(picker.next(other, 1))).toEqual([2]);
    picker.onReleased(one, block(0));
    expect(piecesOf(picker.next(other, 1))).toEqual([0]);
  });

  it('releases all that a peer owes when it chokes us, and nothing of others (A16)', () => {
    const { picker, peerWith, states } = draw({ have: '....', strategy: 'random' });
    const [one, other] = [peerWith('**..'), peerWith('..**')];
    picker.next(one, 2);
    picker.next(other, 2);
    expect(picker.onChoked(one)).toHaveLength(2);
    expect(states()).toBe('..rr');
    expect(picker.onChoked(one)).toEqual([]);
  });

  it('releases all that a peer owes when it leaves', () => {
    const { picker, peerWith, states } = draw({ have: '..', blocks: 2 });
    const peer = peerWith('**');
    const picks = picker.next(peer, 3);
    expect(picker.removePeer(peer)).toEqual(blocksOf(picks));
    expect(states()).toBe('..');
    expect(blocksOf(picker.next(peerWith('**'), 9))).toHaveLength(4);
  });

  it('ignores the release of a block the peer does not owe', () => {
    const { picker, peerWith, states } = draw({ have: '..' });
    const [one, other] = [peerWith('*.'), peerWith('**')];
    picker.next(one, 1);
    expect(picker.onReleased(other, block(0))).toBe(false);
    expect(picker.onReleased(other, block(1))).toBe(false);
    expect(states()).toBe('r.');
    picker.onReceived(one, run(0));
    expect(picker.onReleased(one, block(0))).toBe(false);
    expect(states()).toBe('v.');
  });
});

describe('receiving blocks', () => {
  it('takes a piece from missing to have', () => {
    const { picker, peerWith, states } = draw({ have: '..' });
    const peer = peerWith('*.');
    expect(picker.isRequested(block(0))).toBe(false);
    picker.next(peer, 1);
    expect([states(), picker.isRequested(block(0))]).toEqual(['r.', true]);
    expect(picker.onReceived(peer, run(0))).toEqual({ wanted: [run(0)], others: [] });
    expect([states(), picker.isRequested(block(0))]).toEqual(['v.', false]);
    picker.onVerified(0);
    expect([states(), picker.piecesLeft]).toEqual(['*.', 1]);
  });

  it('accepts a block nobody requested (A13)', () => {
    const { picker, peerWith, states } = draw({ have: '..' });
    const peer = peerWith('..');
    expect(picker.onReceived(peer, run(1))).toEqual({ wanted: [run(1)], others: [] });
    expect(states()).toBe('.v');
    expect(piecesOf(picker.next(peerWith('**'), 2))).toEqual([0]);
  });

  it('accepts a block from another than was asked, who owes it no longer', () => {
    const { picker, peerWith } = draw({ have: '.' });
    const [asked, sender] = [peerWith('*'), peerWith('*')];
    picker.next(asked, 1);
    const receipt = picker.onReceived(sender, run(0));
    expect(receipt.wanted).toEqual([run(0)]);
    expect(receipt.others).toEqual([{ ...block(0), by: asked }]);
    expect(picker.onChoked(asked)).toEqual([]);
  });

  it('accepts a block that comes after its release (A16)', () => {
    const { picker, peerWith } = draw({ have: '.' });
    const peer = peerWith('*');
    picker.next(peer, 1);
    picker.onChoked(peer);
    expect(picker.onReceived(peer, run(0)).wanted).toEqual([run(0)]);
    expect(picker.next(peer, 1)).toEqual([]);
  });

  it('refuses a block that is here already, and counts it once (A12)', () => {
    const { picker, peerWith, states } = draw({ have: '.', blocks: 2 });
    const peer = peerWith('*');
    picker.next(peer, 1);
    picker.onReceived(peer, run(0, 0));
    const refused = { wanted: [], others: [] };
    expect(picker.onReceived(peer, run(0, 0))).toEqual(refused);
    expect(states()).toBe('r');
    picker.onReceived(peer, run(0, 1));
    expect(picker.onReceived(peer, run(0, 0))).toEqual(refused);
    expect(states()).toBe('v');
    picker.onVerified(0);
    expect(picker.onReceived(peer, run(0, 1))).toEqual(refused);
    expect([states(), picker.piecesLeft]).toEqual(['*', 0]);
  });

  it('does not pick a piece that is being verified', () => {
    const { picker, peerWith } = draw({ have: '.' });
    const peer = peerWith('*');
    picker.onReceived(peer, run(0));
    expect(picker.next(peer, 1)).toEqual([]);
    expect(picker.nextEndgame(peer, always)).toBeUndefined();
  });

  it('lacks all blocks of a piece that failed verification', () => {
    const { picker, peerWith, states } = draw({ have: '.', blocks: 2 });
    const peer = peerWith('*');
    for (const pick of picker.next(peer, 2)) picker.onReceived(peer, pick);
    picker.onVerifyFailed(0);
    expect(states()).toBe('.');
    expect(blocksOf(picker.next(peer, 9))).toEqual([block(0, 0), block(0, 1)]);
  });

  it('does not believe that a piece was verified that was not received', () => {
    const { picker, peerWith } = draw({ have: '..' });
    picker.next(peerWith('*.'), 1);
    expect(() => picker.onVerified(0)).toThrow('piece 0 is not being verified');
    expect(() => picker.onVerifyFailed(1)).toThrow('piece 1 is not being verified');
  });
});

describe('endgame', () => {
  it('asks a second peer for what another owes', () => {
    const { picker, peerWith } = draw({ have: '*.' });
    const [one, other] = [peerWith('**'), peerWith('**')];
    picker.next(one, 1);
    expect(picker.next(other, 1)).toEqual([]);
    expect(picker.nextEndgame(other, always)).toEqual({ ...run(1), reason: { rule: 'endgame' } });
  });

  it('does not begin while the peer could be asked for a new piece', () => {
    const { picker, peerWith } = draw({ have: '..' });
    picker.next(peerWith('*.'), 1);
    expect(picker.nextEndgame(peerWith('**'), always)).toBeUndefined();
  });

  it('does not begin while a block of a begun piece is free', () => {
    const { picker, peerWith } = draw({ have: '.', blocks: 2 });
    picker.next(peerWith('*'), 1);
    expect(picker.nextEndgame(peerWith('*'), always)).toBeUndefined();
  });

  it('begins for a peer when it has nothing else to give, whatever others could', () => {
    const { picker, peerWith } = draw({ have: '..' });
    picker.next(peerWith('*.'), 1);
    peerWith('**');
    expect(picker.nextEndgame(peerWith('*.'), always)).toMatchObject(block(0));
  });

  it('asks nobody twice, and no more than two peers', () => {
    const { picker, peerWith } = draw({ have: '.' });
    const [one, other, third] = [peerWith('*'), peerWith('*'), peerWith('*')];
    picker.next(one, 1);
    expect(picker.nextEndgame(one, always)).toBeUndefined();
    expect(picker.nextEndgame(other, always)).toMatchObject(block(0));
    expect(picker.nextEndgame(other, always)).toBeUndefined();
    expect(picker.nextEndgame(third, always)).toBeUndefined();
  });

  it('asks only for what the peer has', () => {
    const { picker, peerWith } = draw({ have: '..' });
    picker.next(peerWith('**'), 2);
    expect(picker.nextEndgame(peerWith('.*'), always)).toMatchObject(block(1));
    expect(picker.nextEndgame(peerWith('..'), always)).toBeUndefined();
  });

  it('prefers the block awaited the longest', () => {
    const { picker, peerWith } = draw({ seen: '213' });
    const [one, other] = [peerWith('***'), peerWith('***')];
    expect(piecesOf(picker.next(one, 3))).toEqual([1, 0, 2]);
    picker.onReleased(one, block(1));
    picker.next(one, 1);
    const again = () => picker.nextEndgame(other, always)?.piece;
    expect([again(), again(), again(), again()]).toEqual([0, 2, 1, undefined]);
  });

  it('lets the caller say which blocks may be asked for twice, and tells it who owes them', () => {
    const { picker, peerWith } = draw({ seen: '12' });
    const [one, other] = [peerWith('**'), peerWith('**')];
    picker.next(one, 2);
    const asked: Block[] = [];
    const pick = picker.nextEndgame(other, (owed, owner) => {
      expect(owner).toBe(one);
      asked.push(owed);
      return owed.piece === 1;
    });
    expect(pick).toMatchObject(block(1));
    expect(asked).toEqual([block(0), block(1)]);
  });

  it('says on arrival who else was asked, and nobody owes the block any longer', () => {
    const { picker, peerWith } = draw({ have: '.' });
    const [one, other] = [peerWith('*'), peerWith('*')];
    picker.next(one, 1);
    picker.nextEndgame(other, always);
    const { others } = picker.onReceived(other, run(0));
    expect(others).toEqual([{ ...block(0), by: one }]);
    expect(picker.onReceived(one, run(0)).wanted).toEqual([]);
    expect(picker.onChoked(one)).toEqual([]);
  });

  it('keeps a block requested while one of two still owes it', () => {
    const { picker, peerWith, states } = draw({ have: '.' });
    const [one, other, third] = [peerWith('*'), peerWith('*'), peerWith('*')];
    picker.next(one, 1);
    picker.nextEndgame(other, always);
    picker.onReleased(one, block(0));
    expect(states()).toBe('r');
    expect(picker.next(third, 1)).toEqual([]);
    expect(picker.nextEndgame(third, always)).toMatchObject(block(0));
    picker.onChoked(third);
    picker.onChoked(other);
    expect(states()).toBe('.');
  });
});

describe('interest', () => {
  it('counts the pieces a peer has that we do not', () => {
    const { picker, peerWith } = draw({ have: '*...' });
    const [full, partial, empty] = [peerWith('****'), peerWith('**..'), peerWith('....')];
    const wanted = () => [full, partial, empty].map(peer => picker.wantedFrom(peer));
    expect(wanted()).toEqual([3, 1, 0]);
    picker.onHave(empty, 0);
    expect(wanted()).toEqual([3, 1, 0]);
    picker.onHave(empty, 1);
    expect(wanted()).toEqual([3, 1, 1]);
    picker.onReceived(full, run(1));
    expect(wanted()).toEqual([3, 1, 1]);
    picker.onVerified(1);
    expect(wanted()).toEqual([2, 0, 0]);
  });
});

describe('chance', () => {
  const expectEvenPicks = (
    runs: number,
    outcomes: readonly number[],
    pick: (random: Random) => number | undefined,
  ) => {
    const counts = tally(runs, outcomes, pick);
    expect(unevenness(counts), counts.join(', ')).toBeLessThan(1);
  };
  const first = (picker: Picker, peer: PickerPeer) => picker.next(peer, 1)[0]?.piece;

  it('is the same for every piece the peer has and we lack, when the strategy is random', () => {
    expectEvenPicks(7000, [1, 2, 3, 4, 5, 6, 8], random => {
      const { picker, peerWith } = draw({ have: '*........', seen: '112345671', strategy: 'random', random });
      return first(picker, peerWith('*******.*'));
    });
  });

  it('is the same for every piece among the rarest', () => {
    expectEvenPicks(5000, [1, 3, 4, 7, 8], random => {
      const { picker, peerWith } = draw({ seen: '212113211', random });
      return first(picker, peerWith('******.**'));
    });
  });

  it('owes nothing to what was passed over before', () => {
    expectEvenPicks(4000, [0, 2], random => {
      const { picker, peerWith } = draw({ have: '...', strategy: 'random', random });
      picker.next(peerWith('**.'), 1);
      return first(picker, peerWith('***')) === 2 ? 2 : 0;
    });
  });

  it('is the same for the last missing pieces, wherever they lie', () => {
    const left = [0, 1, 130, 290, 299];
    expectEvenPicks(1500, left, random => {
      const { picker, peerWith } = draw({ seen: '1'.repeat(300), random });
      const peer = peerWith('*'.repeat(300));
      for (let piece = 0; piece < 300; piece += 1) if (!left.includes(piece)) complete(picker, peer, piece);
      return first(picker, peer);
    });
  });

  it('is the same for pieces that became the rarest when peers left', () => {
    const rare = [5, 6, 140, 299];
    const drawing = Array.from({ length: 300 }, (_, piece) => (rare.includes(piece) ? '1' : '2')).join('');
    expectEvenPicks(1500, rare, random => {
      const { picker, peerWith } = draw({ seen: drawing, random });
      const leaving = ['1', '1'].map(mark => peerWith(drawing.replaceAll(mark, '*')));
      const peer = peerWith('*'.repeat(300));
      for (const each of leaving) picker.removePeer(each);
      return first(picker, peer);
    });
  });
});

/** The same rules by searching everything: slow, and plain enough to be believed. */
class Reference {
  readonly layout: Layout;
  readonly strategy: Strategy;
  readonly peers = new Map<PickerPeer, Set<number>>();
  readonly have: Set<number>;
  readonly verifying = new Set<number>();
  readonly blocks: { owners: Set<PickerPeer>; here: boolean; since: number }[][];
  #requests = 0;

  constructor(layout: Layout, have: Bitfield, strategy: Strategy) {
    this.layout = layout;
    this.strategy = strategy;
    this.have = new Set(have);
    this.blocks = Array.from({ length: layout.pieceCount }, (_, piece) =>
      Array.from({ length: layout.blocksIn(piece) }, () => ({ owners: new Set(), here: false, since: 0 })),
    );
  }

  at({ piece, block }: Block) {
    return this.blocks[piece]![block]!;
  }

  all(): Block[] {
    return this.blocks.flatMap((blocks, piece) => blocks.map((_, index) => block(piece, index)));
  }

  stateOf(piece: number): PieceState {
    if (this.have.has(piece)) return 'have';
    if (this.verifying.has(piece)) return 'verifying';
    return this.blocks[piece]!.some(({ owners, here }) => here || owners.size > 0) ? 'requested' : 'missing';
  }

  availabilityOf(piece: number): number {
    return [...this.peers.values()].filter(pieces => pieces.has(piece)).length;
  }

  wantedFrom(peer: PickerPeer): number {
    return [...this.peers.get(peer)!].filter(piece => !this.have.has(piece)).length;
  }

  owedBy(peer: PickerPeer): Block[] {
    return this.all().filter(owed => this.at(owed).owners.has(peer));
  }

  /** The blocks that may be requested from the peer now. */
  free(peer: PickerPeer): Block[] {
    const pieces = [...this.peers.get(peer)!].filter(
      piece => this.stateOf(piece) === 'missing' || this.stateOf(piece) === 'requested',
    );
    return pieces
      .flatMap(piece => this.blocks[piece]!.map((_, index) => block(piece, index)))
      .filter(candidate => !this.at(candidate).here && this.at(candidate).owners.size === 0);
  }

  /** The one block endgame allows. */
  endgame(peer: PickerPeer, mayDuplicate: (block: Block) => boolean): Block | undefined {
    if (this.free(peer).length > 0) return undefined;
    return this.all()
      .filter(candidate => this.peers.get(peer)!.has(candidate.piece))
      .filter(candidate => this.at(candidate).owners.size === 1 && !this.at(candidate).owners.has(peer))
      .filter(mayDuplicate)
      .sort((a, b) => this.at(a).since - this.at(b).since)[0];
  }

  reasonFor(pick: Block, free: readonly Block[]): PickReason {
    const begun = free.filter(({ piece }) => this.stateOf(piece) === 'requested');
    if (begun.length > 0) {
      expect(begun.map(nameOf)).toContain(nameOf(pick));
      return { rule: 'begun' };
    }
    if (this.strategy === 'random') return { rule: 'random' };
    const copies = Math.min(...free.map(({ piece }) => this.availabilityOf(piece)));
    expect(this.availabilityOf(pick.piece)).toBe(copies);
    return { rule: 'rarest', copies, peers: this.peers.size };
  }

  request(peer: PickerPeer, requested: Block): void {
    const { owners } = this.at(requested);
    if (owners.size === 0) {
      this.#requests += 1;
      this.at(requested).since = this.#requests;
    }
    owners.add(peer);
  }
}

/** What may happen, and how often in comparison. */
const stepWeights = {
  add: 2,
  remove: 1,
  bitfield: 1,
  have: 2,
  next: 4,
  allowed: 1,
  endgame: 2,
  release: 1,
  choke: 1,
  receive: 2,
  surprise: 1,
  verified: 1,
  failed: 1,
};

interface Step {
  readonly kind: keyof typeof stepWeights;
  readonly who: number;
  readonly what: number;
}

/** A picker and its reference, taken through the same steps. */
class Trial {
  readonly picker: Picker;
  readonly reference: Reference;

  constructor(layout: Layout, have: Bitfield, strategy: Strategy, seed: number) {
    this.picker = new Picker(layout, have, strategy, seededRandom(seed));
    this.reference = new Reference(layout, have, strategy);
  }

  get peers(): PickerPeer[] {
    return [...this.reference.peers.keys()];
  }

  take({ kind, who, what }: Step): void {
    if (kind === 'add') return this.add(what);
    const peer = this.peers[who % this.peers.length];
    if (peer === undefined) return;
    switch (kind) {
      case 'remove':
        return this.remove(peer);
      case 'bitfield':
        return this.learn(peer, this.somePieces(what));
      case 'have':
        return this.hear(peer, what);
      case 'next':
        return this.next(peer, [1, 2, 3, 12][what % 4]!);
      case 'allowed':
        return this.nextOf(peer, what);
      case 'endgame':
        return this.endgame(peer, what);
      case 'release':
        return this.release(peer, what);
      case 'choke':
        return this.choke(peer);
      case 'receive':
        return this.receive(peer, pickOne(this.reference.owedBy(peer), what), what);
      case 'surprise':
        return this.receive(peer, pickOne(this.reference.all(), what), what);
      case 'verified':
        return this.verified(pickOne([...this.reference.verifying], what));
      case 'failed':
        return this.failed(pickOne([...this.reference.verifying], what));
    }
  }

  /** Everybody leaves but one complete peer: that is enough to finish. */
  finish(): void {
    for (const peer of this.peers) this.remove(peer);
    for (const piece of [...this.reference.verifying]) this.failed(piece);
    this.add(0);
    const peer = this.peers[0]!;
    for (let left = this.reference.free(peer).length; left > 0; left -= 1) {
      this.next(peer, 1);
      this.receive(peer, this.reference.owedBy(peer)[0]);
      for (const piece of [...this.reference.verifying]) this.verified(piece);
    }
    expect(this.picker.piecesLeft).toBe(0);
    expect(this.picker.wantedFrom(peer)).toBe(0);
  }

  /** Everything the picker can be asked agrees with the reference. */
  check(): void {
    const { picker, reference, peers } = this;
    const pieces = Array.from(reference.blocks.keys());
    const blocks = reference.all();
    expect(pieces.map(piece => picker.stateOf(piece))).toEqual(pieces.map(piece => reference.stateOf(piece)));
    expect(pieces.map(piece => picker.availabilityOf(piece))).toEqual(
      pieces.map(piece => reference.availabilityOf(piece)),
    );
    expect(blocks.map(each => picker.isRequested(each))).toEqual(
      blocks.map(each => reference.at(each).owners.size > 0),
    );
    expect(peers.map(peer => picker.wantedFrom(peer))).toEqual(peers.map(peer => reference.wantedFrom(peer)));
    expect(picker.piecesLeft).toBe(pieces.length - reference.have.size);
  }

  /** No pieces, all, or some. */
  somePieces(what: number): Bitfield {
    const { pieceCount } = this.reference.layout;
    if (what % 4 === 0) return Bitfield.full(pieceCount);
    const pieces = new Bitfield(pieceCount);
    const random = seededRandom(what);
    const share = [0, 0, 0.5, 0.05][what % 4]!;
    for (let piece = 0; piece < pieceCount; piece += 1) if (random() < share) pieces.set(piece);
    return pieces;
  }

  add(what: number): void {
    const pieces = this.somePieces(what);
    this.reference.peers.set(this.picker.addPeer(pieces), new Set(pieces));
  }

  remove(peer: PickerPeer): void {
    this.expectReleased(peer, this.picker.removePeer(peer));
    this.reference.peers.delete(peer);
  }

  learn(peer: PickerPeer, pieces: Bitfield): void {
    this.picker.onBitfield(peer, pieces);
    for (const piece of pieces) this.reference.peers.get(peer)!.add(piece);
  }

  hear(peer: PickerPeer, what: number): void {
    if (this.reference.layout.pieceCount === 0) return;
    const piece = what % this.reference.layout.pieceCount;
    this.picker.onHave(peer, piece);
    this.reference.peers.get(peer)!.add(piece);
  }

  next(peer: PickerPeer, count: number): void {
    const picks = this.picker.next(peer, count);
    for (const pick of picks) {
      expect(pick.reason).toEqual(this.reference.reasonFor(pick, this.reference.free(peer)));
      for (const block of eachOf(pick)) {
        expect(this.reference.free(peer).map(nameOf)).toContain(nameOf(block));
        this.reference.request(peer, block);
      }
    }
    const blocks = blocksOf(picks);
    if (blocks.length < count) expect(this.reference.free(peer)).toEqual([]);
    expect(blocks.length).toBeLessThanOrEqual(count);
  }

  nextOf(peer: PickerPeer, what: number): void {
    if (this.reference.layout.pieceCount === 0) return;
    const piece = what % this.reference.layout.pieceCount;
    const count = 1 + (what % 2);
    const free = this.reference.free(peer).filter(each => each.piece === piece);
    const blocks = blocksOf(this.picker.nextOf(peer, piece, count));
    expect(blocks).toEqual(free.slice(0, count));
    for (const block of blocks) this.reference.request(peer, block);
  }

  endgame(peer: PickerPeer, what: number): void {
    const mayDuplicate = ({ piece }: Block) => (piece + what) % 3 !== 0;
    const expected = this.reference.endgame(peer, mayDuplicate);
    const pick = this.picker.nextEndgame(peer, mayDuplicate);
    expect(pick).toEqual(expected && { ...expected, count: 1, reason: { rule: 'endgame' } });
    if (pick !== undefined) this.reference.request(peer, pick);
  }

  release(peer: PickerPeer, what: number): void {
    const released = pickOne([...this.reference.owedBy(peer), ...this.reference.all().slice(0, 1)], what);
    if (released === undefined) return;
    expect(this.picker.onReleased(peer, released)).toBe(this.reference.at(released).owners.delete(peer));
  }

  choke(peer: PickerPeer): void {
    this.expectReleased(peer, this.picker.onChoked(peer));
  }

  /** From this block on, as many as `what` says. */
  receive(peer: PickerPeer, first: Block | undefined, what = 0): void {
    if (first === undefined) return;
    const { reference } = this;
    const { piece, block } = first;
    const blocks = reference.blocks[piece]!;
    const received = run(piece, block, 1 + (what % (blocks.length - block)));
    const isLacking = ['missing', 'requested'].includes(reference.stateOf(piece));
    const lacking = eachOf(received).filter(each => isLacking && !reference.at(each).here);
    const owed = lacking.flatMap(each => {
      const others = [...reference.at(each).owners].filter(owner => owner !== peer);
      return others.map(by => ({ ...each, by }));
    });
    const { wanted, others } = this.picker.onReceived(peer, received);
    expect(blocksOf(wanted)).toEqual(lacking);
    expect(new Set(others)).toEqual(new Set(owed));
    expect(others).toHaveLength(owed.length);
    for (const each of lacking) {
      reference.at(each).owners.clear();
      reference.at(each).here = true;
    }
    if (lacking.length > 0 && blocks.every(({ here }) => here)) reference.verifying.add(piece);
  }

  verified(piece: number | undefined): void {
    if (piece === undefined) return;
    this.picker.onVerified(piece);
    this.reference.verifying.delete(piece);
    this.reference.have.add(piece);
  }

  failed(piece: number | undefined): void {
    if (piece === undefined) return;
    this.picker.onVerifyFailed(piece);
    this.reference.verifying.delete(piece);
    for (const at of this.reference.blocks[piece]!) at.here = false;
  }

  expectReleased(peer: PickerPeer, released: readonly Block[]): void {
    const owed = this.reference.owedBy(peer);
    expect(new Set(released.map(nameOf))).toEqual(new Set(owed.map(nameOf)));
    expect(released).toHaveLength(owed.length);
    for (const block of owed) this.reference.at(block).owners.delete(peer);
  }
}

const pickOne = <T>(choices: readonly T[], what: number): T | undefined => choices[what % choices.length];

describe('any course of events', () => {
  const kinds = (Object.keys(stepWeights) as Step['kind'][]).flatMap(kind =>
    Array.from({ length: stepWeights[kind] }, () => kind),
  );
  const step: fc.Arbitrary<Step> = fc.record({
    kind: fc.constantFrom(...kinds),
    who: fc.nat(),
    what: fc.nat(),
  });
  const situation = fc.record({
    pieceCount: fc.oneof(fc.nat(8), fc.integer({ min: 127, max: 300 })),
    /** Of our pieces, at the start. */
    share: fc.constantFrom(0, 0.5, 0.98),
    blocks: fc.integer({ min: 1, max: 3 }),
    blocksInLastPiece: fc.integer({ min: 1, max: 3 }),
    strategy: fc.constantFrom<Strategy[]>('random', 'rarest'),
    seed: fc.nat(),
  });
  const begin = ({ pieceCount, share, blocks, blocksInLastPiece, strategy, seed }: Situation) => {
    const lastLength = Math.min(blocks, blocksInLastPiece);
    const layout = new Layout(pieceCount === 0 ? 0 : (pieceCount - 1) * blocks + lastLength, blocks, 1);
    const ours = new Bitfield(pieceCount);
    const random = seededRandom(seed + 1);
    for (let piece = 0; piece < pieceCount; piece += 1) if (random() < share) ours.set(piece);
    return new Trial(layout, ours, strategy, seed);
  };
  type Situation = typeof situation extends fc.Arbitrary<infer T> ? T : never;

  it('leads to the same as searching everything', () => {
    fc.assert(
      fc.property(situation, fc.array(step, { maxLength: 80, size: 'max' }), (drawn, steps) => {
        const trial = begin(drawn);
        for (const each of steps) trial.take(each);
        trial.check();
      }),
      { numRuns: 200 },
    );
  });

  it('can end with every piece', () => {
    fc.assert(
      fc.property(situation, fc.array(step, { maxLength: 40, size: 'max' }), (drawn, steps) => {
        const trial = begin({ ...drawn, pieceCount: drawn.pieceCount % 9 });
        for (const each of steps) trial.take(each);
        trial.finish();
      }),
      { numRuns: 200 },
    );
  });
});

describe('a piece that is asked of one peer alone', () => {
  /** A piece of four blocks that was wrong, with blocks of two peers. */
  const spoilt = () => {
    const layout = new Layout(40, 40, 10);
    const picker = new Picker(layout, new Bitfield(1), 'rarest', seededRandom(1));
    const [first, second] = [picker.addPeer(Bitfield.full(1)), picker.addPeer(Bitfield.full(1))];
    picker.next(first, 2);
    picker.next(second, 2);
    for (const at of [0, 1]) picker.onReceived(first, run(0, at));
    for (const at of [2, 3]) picker.onReceived(second, run(0, at));
    picker.onVerifyFailed(0, true);
    return { picker, first, second };
  };

  it('is asked of nobody else, not even in endgame', () => {
    const { picker, first, second } = spoilt();
    expect(blocksOf(picker.next(first, 2))).toHaveLength(2);
    expect(picker.next(second, 9)).toEqual([]);
    expect(picker.nextEndgame(second, always)).toBeUndefined();
    picker.onReleased(first, block(0, 1));
    expect(blocksOf(picker.next(first, 9))).toEqual([block(0, 1), block(0, 2), block(0, 3)]);
  });

  it.each(['left', 'is of no help'])('is asked of another from the beginning when that one %s', how => {
    const { picker, first, second } = spoilt();
    picker.next(first, 2);
    for (const at of [0, 1]) picker.onReceived(first, run(0, at));
    if (how === 'left') picker.removePeer(first);
    else picker.giveUpAlone(first);
    expect(picker.stateOf(0)).toBe('missing');
    expect(blocksOf(picker.next(second, 9))).toHaveLength(4);
  });

  it('is owed by nobody once that one is of no help', () => {
    const { picker, first, second } = spoilt();
    picker.next(first, 3);
    picker.onReceived(first, run(0, 0));
    expect(picker.giveUpAlone(first)).toEqual([block(0, 1), block(0, 2)]);
    expect(picker.isRequested(block(0, 1))).toBe(false);
    expect(picker.onReleased(first, block(0, 1))).toBe(false);
    expect(blocksOf(picker.next(second, 9))).toHaveLength(4);
  });
});
