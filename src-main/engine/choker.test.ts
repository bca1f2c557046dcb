import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bitfield } from '../../src-shared/bitfield.ts';
import type { ChokeDecision, PeerId } from '../../src-shared/journal.ts';
import { type ChokerPeer, drawOptimistic, planUnchokes, type RechokeSituation } from './choker.ts';
import type { Connection } from './connection.ts';
import { Layout } from './content/layout.ts';
import { Peer } from './peer.ts';
import type { PickerPeer } from './picker.ts';
import type { Random } from './ports.ts';
import type { TalkBudget } from './talk-budget.ts';
import { tally, unevenness } from './testing/chance.ts';
import { seededRandom } from './testing/seeded-random.ts';

/** Neighbours as rows of characters; spaces in front of a row only line it up. */
interface Drawing {
  /** A letter for each neighbour. */
  readonly peers: string;
  /** Below each letter: `*` for one interested in us. Everybody, unless drawn. */
  readonly interested?: string;
  /** Below each letter: `*` for one we do not choke. Nobody, unless drawn. */
  readonly unchoked?: string;
  /** Below each letter: how much it gave us in the last interval, in thousands of bytes. Nothing, unless drawn. */
  readonly gave?: string;
}

function draw(drawing: Drawing): ChokerPeer[] {
  const row = (name: keyof Drawing) => [...(drawing[name] ?? '').trimStart()];
  const [interested, unchoked, gave] = [row('interested'), row('unchoked'), row('gave')];
  return row('peers').map((id, at) => ({
    id,
    peerInterested: (interested[at] ?? '*') === '*',
    amChoking: unchoked[at] !== '*',
    receivedBytes: Number(gave[at] ?? 0) * 1000,
  }));
}

/** A rechoke of two places while we download, five seconds after the last. */
function rechoke(
  drawing: Drawing,
  situation: Partial<RechokeSituation> = {},
  random: Random = seededRandom(1),
): ChokeDecision {
  return planUnchokes(
    {
      peers: draw(drawing),
      round: 0,
      slots: 2,
      complete: false,
      optimistic: undefined,
      intervalMs: 5000,
      ...situation,
    },
    random,
  );
}

/** The draw of an optimistic neighbour. */
function optimistic(
  drawing: Drawing,
  { current, preferred = '' }: { current?: PeerId; preferred?: string } = {},
  random: Random = seededRandom(1),
) {
  return drawOptimistic({ peers: draw(drawing), current, preferred: [...preferred] }, random);
}

/** All ways to put these letters in order. */
function ordersOf(letters: string): string[] {
  if (letters === '') return [''];
  return [...letters].flatMap(first => ordersOf(letters.replace(first, '')).map(rest => first + rest));
}

/** How uneven the outcomes of a decision are over many runs. */
function unevennessOf(outcomes: readonly string[], decide: (random: Random) => string): number {
  const numbers = outcomes.map((_, index) => index);
  return unevenness(tally(3000, numbers, random => outcomes.indexOf(decide(random))));
}

describe('preferred neighbours while we download (6.3)', () => {
  it('are the interested ones that gave us most in the last interval', () => {
    const { preferred } = rechoke({
      peers: '     abcdef',
      interested: '***.**',
      gave: '      314926',
    });
    expect(preferred).toEqual(['f', 'c']);
  });

  it('are not those that gave us much and want nothing', () => {
    expect(rechoke({ peers: 'abc', interested: '..*', gave: '990' }).preferred).toEqual(['c']);
  });

  it('are all candidates when there are fewer than places', () => {
    const { preferred, unchoke } = rechoke({ peers: 'abc', interested: '*.*' }, { slots: 3 });
    expect([preferred.toSorted(), unchoke]).toEqual([
      ['a', 'c'],
      ['a', 'c'],
    ]);
  });

  it('are none when nobody is interested, and when nobody is there', () => {
    expect(rechoke({ peers: 'ab', interested: '..' })).toMatchObject({ candidates: [], preferred: [] });
    expect(rechoke({ peers: '' })).toMatchObject({ candidates: [], preferred: [], unchoke: [], choke: [] });
  });

  it('are none when there are no places', () => {
    const decision = rechoke({ peers: 'ab', unchoked: '*.', gave: '12' }, { slots: 0 });
    expect(decision).toMatchObject({ preferred: [], unchoke: [], choke: ['a'] });
  });

  it('do not include one known to be complete, whatever it said last (A10)', () => {
    const peer = new Peer(
      {} as Connection,
      '1002',
      { type: 'handshake', peer: '1002' },
      Bitfield.full(4),
      {} as PickerPeer,
      new Layout(4, 1),
      {} as TalkBudget,
      0,
    );
    peer.saidInterested = true;
    const decision = planUnchokes(
      { peers: [peer], round: 0, slots: 2, complete: true, optimistic: undefined, intervalMs: 5000 },
      seededRandom(1),
    );
    expect(decision).toMatchObject({ candidates: [], preferred: [] });
  });
});

describe('ties (6.3, A21)', () => {
  it('are broken at random: each of three equals is preferred as often', () => {
    const drawing = { peers: 'abcd', gave: '5551' };
    const decide = (random: Random) => rechoke(drawing, { slots: 1 }, random).preferred.join('');
    expect(unevennessOf(['a', 'b', 'c'], decide)).toBeLessThan(1);
  });

  it('are broken at random for the last place only', () => {
    const drawing = { peers: 'abcd', gave: '3933' };
    const decide = (random: Random) => rechoke(drawing, {}, random).preferred.join('');
    expect(unevennessOf(['ba', 'bc', 'bd'], decide)).toBeLessThan(1);
  });

  it('leave equals in every order as often', () => {
    const decide = (random: Random) => rechoke({ peers: 'abc' }, { slots: 3 }, random).preferred.join('');
    expect(unevennessOf(ordersOf('abc'), decide)).toBeLessThan(1);
  });

  it('are all there is when nobody gave anything', () => {
    const decide = (random: Random) => rechoke({ peers: 'abcd' }, {}, random).preferred.toSorted().join('');
    expect(unevennessOf(['ab', 'ac', 'ad', 'bc', 'bd', 'cd'], decide)).toBeLessThan(1);
  });
});

describe('preferred neighbours once we are complete (6.3)', () => {
  it('are drawn at random, every pair as often, whatever they gave', () => {
    const drawing = { peers: 'abcde', interested: '****.', gave: '98009' };
    const decide = (random: Random) =>
      rechoke(drawing, { complete: true }, random).preferred.toSorted().join('');
    expect(unevennessOf(['ab', 'ac', 'ad', 'bc', 'bd', 'cd'], decide)).toBeLessThan(1);
  });

  it('are all candidates when there are fewer than places', () => {
    const { preferred } = rechoke({ peers: 'abc', interested: '*.*' }, { complete: true, slots: 2 });
    expect(preferred.toSorted()).toEqual(['a', 'c']);
  });
});

describe('what a rechoke tells neighbours (6.3)', () => {
  it('is "unchoke" to those newly preferred and "choke" to those no longer preferred', () => {
    const decision = rechoke({
      peers: '   abcd',
      unchoked: '**..',
      gave: '    1423',
    });
    expect(decision).toMatchObject({ preferred: ['b', 'd'], unchoke: ['d'], choke: ['a'] });
  });

  it('is nothing when nothing changed (A20)', () => {
    const decision = rechoke({ peers: 'abc', unchoked: '**.', gave: '541' });
    expect(decision).toMatchObject({ preferred: ['a', 'b'], unchoke: [], choke: [] });
  });

  it('is "choke" to one that is not interested any more', () => {
    const decision = rechoke({ peers: 'ab', interested: '.*', unchoked: '**', gave: '91' });
    expect(decision).toMatchObject({ preferred: ['b'], unchoke: [], choke: ['a'] });
  });

  it('is never "choke" to the optimistic neighbour', () => {
    const drawing = { peers: 'abcd', unchoked: '***.', gave: '0123' };
    expect(rechoke(drawing, { optimistic: 'a' })).toMatchObject({ unchoke: ['d'], choke: ['b'] });
    expect(rechoke(drawing, { optimistic: undefined })).toMatchObject({ unchoke: ['d'], choke: ['a', 'b'] });
  });

  it('is nothing to an optimistic neighbour that becomes preferred', () => {
    const decision = rechoke({ peers: 'abc', unchoked: '*..', gave: '921' }, { optimistic: 'a' });
    expect(decision).toMatchObject({ preferred: ['a', 'b'], unchoke: ['b'], choke: [] });
  });

  it('is "choke" to the optimistic neighbour of before that was preferred since', () => {
    const decision = rechoke({ peers: 'abc', unchoked: '*.*', gave: '021' }, { optimistic: 'c' });
    expect(decision).toMatchObject({ preferred: ['b', 'c'], unchoke: ['b'], choke: ['a'] });
  });
});

describe('the record of a rechoke', () => {
  it('names every candidate in order of preference, with its rate, its rank and whether it was chosen', () => {
    const decision = rechoke({ peers: 'abcd', interested: '***.', gave: '2058' }, { round: 7 });
    expect(decision).toEqual({
      round: 7,
      rule: 'rates',
      slots: 2,
      candidates: [
        {
          peer: 'c',
          receivedBytes: 5000,
          bytesPerSecond: 1000,
          chosen: true,
          reason: { why: 'rate', rank: 1, tied: false },
        },
        {
          peer: 'a',
          receivedBytes: 2000,
          bytesPerSecond: 400,
          chosen: true,
          reason: { why: 'rate', rank: 2, tied: false },
        },
        {
          peer: 'b',
          receivedBytes: 0,
          bytesPerSecond: 0,
          chosen: false,
          reason: { why: 'rate', rank: 3, tied: false },
        },
      ],
      preferred: ['c', 'a'],
      unchoke: ['a', 'c'],
      choke: [],
    });
  });

  it('says who was tied, on either side of the last place', () => {
    const { candidates } = rechoke({ peers: 'abcde', gave: '94421' });
    expect(candidates.map(({ reason }) => reason)).toEqual([
      { why: 'rate', rank: 1, tied: false },
      { why: 'rate', rank: 2, tied: true },
      { why: 'rate', rank: 3, tied: true },
      { why: 'rate', rank: 4, tied: false },
      { why: 'rate', rank: 5, tied: false },
    ]);
  });

  it('says that everybody was chosen because there was room', () => {
    const { rule, candidates } = rechoke({ peers: 'ab', gave: '12' });
    expect(rule).toBe('rates');
    expect(candidates.map(({ peer, chosen, reason }) => [peer, chosen, reason.why])).toEqual([
      ['b', true, 'room'],
      ['a', true, 'room'],
    ]);
  });

  it('says that they were drawn at random when we are complete', () => {
    const { rule, candidates } = rechoke({ peers: 'abc', gave: '123' }, { complete: true });
    expect(rule).toBe('random');
    expect(candidates.map(({ chosen, reason }) => [chosen, reason])).toEqual([
      [true, { why: 'random' }],
      [true, { why: 'random' }],
      [false, { why: 'random' }],
    ]);
  });

  it('has no rate for an interval without length', () => {
    const { candidates } = rechoke({ peers: 'a', gave: '5' }, { intervalMs: 0 });
    expect(candidates[0]).toMatchObject({ receivedBytes: 5000, bytesPerSecond: 0 });
  });
});

describe('the optimistic neighbour (6.4)', () => {
  it('is drawn at random among those interested in us and choked by us', () => {
    const drawing = { peers: 'abcdef', interested: '***.**', unchoked: '*.....' };
    const decide = (random: Random) => optimistic(drawing, {}, random).optimistic ?? 'nobody';
    expect(unevennessOf(['b', 'c', 'e', 'f'], decide)).toBeLessThan(1);
    expect(optimistic(drawing).candidates).toEqual(['b', 'c', 'e', 'f']);
  });

  it('chokes the one it replaces', () => {
    const drawing = { peers: 'abc', interested: '*.*', unchoked: '*..' };
    expect(optimistic(drawing, { current: 'a' })).toEqual({
      candidates: ['c'],
      kept: false,
      optimistic: 'c',
      choke: ['a'],
    });
  });

  it('does not choke the one it replaces when that is preferred', () => {
    const drawing = { peers: 'ab', unchoked: '*.' };
    expect(optimistic(drawing, { current: 'a', preferred: 'a' })).toMatchObject({
      optimistic: 'b',
      choke: [],
    });
  });

  it('does not choke the one it replaces when that is gone', () => {
    expect(optimistic({ peers: 'b' }, { current: 'a' })).toMatchObject({ optimistic: 'b', choke: [] });
  });

  it.each([
    ['nobody is interested', { peers: 'ab', interested: '..', unchoked: '*.' }],
    ['everybody interested is unchoked', { peers: 'abc', interested: '**.', unchoked: '**.' }],
    ['nobody is there', { peers: '' }],
  ])('stays when %s (A22)', (_, drawing) => {
    expect(optimistic(drawing, { current: 'a' })).toEqual({
      candidates: [],
      kept: true,
      optimistic: 'a',
      choke: [],
    });
    expect(optimistic(drawing)).toMatchObject({ kept: true, optimistic: undefined, choke: [] });
  });

  it('may be the present one again when it was choked in between', () => {
    expect(optimistic({ peers: 'a' }, { current: 'a' })).toMatchObject({
      kept: false,
      optimistic: 'a',
      choke: [],
    });
  });
});

describe('whatever the situation', () => {
  const anyPeers = fc.uniqueArray(
    fc.record({
      id: fc.nat(30).map(String),
      peerInterested: fc.boolean(),
      amChoking: fc.boolean(),
      receivedBytes: fc.oneof(fc.nat(3), fc.nat(10_000_000)),
    }),
    { selector: ({ id }) => id, maxLength: 20 },
  );
  const anySituation = fc.record({
    peers: anyPeers,
    round: fc.nat(),
    slots: fc.nat(6),
    complete: fc.boolean(),
    optimistic: fc.option(fc.nat(30).map(String), { nil: undefined }),
    intervalMs: fc.nat(20_000),
    seed: fc.nat(),
  });

  /** Who is unchoked once the decision is carried out. */
  function unchokedAfter(
    peers: readonly ChokerPeer[],
    { unchoke, choke }: { unchoke: readonly PeerId[]; choke: readonly PeerId[] },
  ): PeerId[] {
    const before = peers.filter(peer => !peer.amChoking).map(peer => peer.id);
    return [...before, ...unchoke].filter(id => !choke.includes(id)).sort();
  }

  it('a rechoke prefers no more than k, all of them interested, and leaves no place empty', () => {
    fc.assert(
      fc.property(anySituation, ({ seed, ...situation }) => {
        const { preferred, candidates } = planUnchokes(situation, seededRandom(seed));
        const interested = situation.peers.filter(peer => peer.peerInterested).map(peer => peer.id);
        expect(preferred).toHaveLength(Math.min(situation.slots, interested.length));
        expect(new Set(preferred).size).toBe(preferred.length);
        expect(interested).toEqual(expect.arrayContaining([...preferred]));
        expect(candidates.map(({ peer }) => peer).sort()).toEqual(interested.sort());
        expect(candidates.filter(({ chosen }) => chosen).map(({ peer }) => peer)).toEqual(preferred);
      }),
    );
  });

  it('no candidate gave more than a preferred one while we download', () => {
    fc.assert(
      fc.property(anySituation, ({ seed, ...situation }) => {
        const { candidates } = planUnchokes({ ...situation, complete: false }, seededRandom(seed));
        const gave = (chosen: boolean) =>
          candidates
            .filter(candidate => candidate.chosen === chosen)
            .map(({ receivedBytes }) => receivedBytes);
        expect(Math.min(...gave(true))).toBeGreaterThanOrEqual(Math.max(...gave(false)));
      }),
    );
  });

  it('after a rechoke exactly the preferred and the optimistic neighbour are unchoked', () => {
    fc.assert(
      fc.property(anySituation, ({ seed, ...situation }) => {
        const { peers, optimistic } = situation;
        const decision = planUnchokes(situation, seededRandom(seed));
        const wasUnchoked = peers.some(peer => peer.id === optimistic && !peer.amChoking);
        const expected = new Set(wasUnchoked ? [...decision.preferred, optimistic!] : decision.preferred);
        expect(unchokedAfter(peers, decision)).toEqual([...expected].sort());
      }),
    );
  });

  it('a draw unchokes one that was choked and interested, and chokes nobody that is preferred', () => {
    fc.assert(
      fc.property(
        anySituation,
        fc.array(fc.nat(30).map(String)),
        ({ seed, peers, optimistic }, preferred) => {
          const decision = drawOptimistic({ peers, current: optimistic, preferred }, seededRandom(seed));
          const drawn = peers.find(peer => peer.id === decision.optimistic);
          if (decision.kept) expect(decision).toMatchObject({ optimistic, candidates: [], choke: [] });
          else expect(drawn).toMatchObject({ peerInterested: true, amChoking: true });
          expect(decision.choke.filter(id => preferred.includes(id) || id !== optimistic)).toEqual([]);
          expect(decision.choke).not.toContain(decision.optimistic);
        },
      ),
    );
  });

  it('is left as it was', () => {
    fc.assert(
      fc.property(anySituation, ({ seed, ...situation }) => {
        const before = structuredClone(situation);
        planUnchokes(situation, seededRandom(seed));
        drawOptimistic({ peers: situation.peers, current: '1', preferred: ['2'] }, seededRandom(seed));
        expect(situation).toEqual(before);
      }),
    );
  });
});
