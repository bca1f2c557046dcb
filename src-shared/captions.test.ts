import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryChokeDecision, arbitraryFact } from './arbitrary-events-suite.ts';
import {
  type Caption,
  type CaptionFacts,
  captionFor,
  chooseCaption,
  longestCaption,
  pickReasonText,
  readingTimeOf,
  type TimedCaption,
  whyText,
} from './captions.ts';
import type { ChokeCandidate, ChokeDecision, JournalFact, OptimisticDecision, PeerId } from './journal.ts';
import { Neighbour } from './swarm-state.ts';

const run = {
  self: '1003',
  dialect: 'course',
  name: 'tree.jpg',
  totalLength: 30_600,
  pieceLength: 100,
  pieceCount: 306,
  preferredSlots: 2,
  unchokingIntervalMs: 5_000,
  optimisticIntervalMs: 15_000,
  strategy: 'rarest' as const,
};

function neighbour(peer: PeerId, change: Partial<Neighbour> = {}): Neighbour {
  return Object.assign(
    new Neighbour(peer, `${peer}:6008`, false, 306),
    { connectedAt: 1_000, lastSeenAt: 1_000 },
    change,
  );
}

function facts(...neighbours: readonly Neighbour[]): CaptionFacts {
  return { run, neighbours: new Map(neighbours.map(other => [other.peer, other])) };
}

function caption(fact: JournalFact, given = facts(), former?: ChokeDecision): Caption | undefined {
  return captionFor({ ...fact, seq: 7, atMs: 65_000, wallMs: 0 }, given, former);
}

const said = (...args: Parameters<typeof caption>) => caption(...args)?.text;

/** A round by rates: candidates in order of preference, with the KB/s that each sent; the first `slots` are chosen. */
function byRates(sent: readonly (readonly [PeerId, number])[], slots = 2): ChokeDecision {
  const candidates = sent.map(([peer, kilobytes], index): ChokeCandidate => {
    const tied = [sent[index - 1], sent[index + 1]].some(next => next?.[1] === kilobytes);
    return {
      peer,
      receivedBytes: kilobytes * 5_000,
      bytesPerSecond: kilobytes * 1_000,
      chosen: index < slots,
      reason: sent.length <= slots ? { why: 'room' } : { why: 'rate', rank: index + 1, tied },
    };
  });
  const preferred = candidates.slice(0, slots).map(({ peer }) => peer);
  return { round: 4, rule: 'rates', slots, candidates, preferred, unchoke: [], choke: [] };
}

/** A round of a peer that is complete. */
function atRandom(peers: readonly PeerId[], slots = 2): ChokeDecision {
  const decision = byRates(
    peers.map(peer => [peer, 0] as const),
    slots,
  );
  const reason = peers.length <= slots ? ({ why: 'room' } as const) : ({ why: 'random' } as const);
  return {
    ...decision,
    rule: 'random',
    candidates: decision.candidates.map(candidate => ({ ...candidate, reason })),
  };
}

const rechoke = (decision: ChokeDecision): JournalFact => ({ kind: 'choke-decision', decision });
const draw = (decision: Partial<OptimisticDecision>): JournalFact => ({
  kind: 'optimistic-decision',
  decision: { candidates: [], kept: false, optimistic: undefined, choke: [], ...decision },
});

describe('a rechoke', () => {
  const former = byRates([
    ['1005', 30],
    ['1006', 25],
    ['1004', 2],
  ]);

  it('tells who replaces whom, and by how much', () => {
    const replaced = (winner: number, loser: number) =>
      said(
        rechoke(
          byRates([
            ['1006', 90],
            ['1004', winner],
            ['1005', loser],
          ]),
        ),
        facts(),
        former,
      );
    expect(replaced(24, 12)).toBe('1004 replaces 1005: it sent twice as much (24 against 12 KB/s)');
    expect(replaced(22, 12)).toBe('1004 replaces 1005: it sent about twice as much (22 against 12 KB/s)');
    expect(replaced(36, 12)).toBe('1004 replaces 1005: it sent 3 times as much (36 against 12 KB/s)');
    expect(replaced(18, 12)).toBe('1004 replaces 1005: it sent more (18 against 12 KB/s)');
    expect(replaced(12.3, 12)).toBe('1004 replaces 1005: it sent a little more (12 against 12 KB/s)');
    expect(replaced(2_400, 12)).toBe(
      '1004 replaces 1005: it sent 200 times as much (2.4 MB/s against 12 KB/s)',
    );
    expect(replaced(24, 0)).toBe('1004 replaces 1005: it sent 24 KB/s, and 1005 nothing');
    expect(replaced(12, 12)).toBe('1004 replaces 1005: both sent 12 KB/s, and the draw decided');
    expect(replaced(0, 0)).toBe('1004 replaces 1005: neither sent anything, and the draw decided');
  });

  it('tells why one that did not compete lost its place', () => {
    const now = rechoke(
      byRates([
        ['1006', 9],
        ['1004', 8],
        ['1007', 1],
      ]),
    );
    const lost = (change: Partial<Neighbour>) => said(now, facts(neighbour('1005', change)), former);
    expect(lost({ connectedAt: undefined })).toBe('1004 takes the place of 1005, which has left');
    expect(lost({ complete: true })).toBe('1004 takes the place of 1005, which has every piece');
    expect(lost({})).toBe('1004 takes the place of 1005, which wants nothing of us now');
  });

  it('tells several changes at once by the rates at the cut', () => {
    const now = byRates([
      ['1007', 40],
      ['1008', 20],
      ['1005', 15],
    ]);
    expect(said(rechoke(now), facts(), former)).toBe(
      '1007 and 1008 become preferred: the chosen sent 20 KB/s or more, the other interested ones 15 KB/s at most',
    );
    expect(said(rechoke(now), facts(), undefined)).toMatch(/^1007 and 1008 become preferred: /);
    const tied = byRates([
      ['1007', 40],
      ['1008', 15],
      ['1005', 15],
    ]);
    expect(said(rechoke(tied), facts(), former)).toBe(
      '1007 and 1008 become preferred; equal rates, so the last place was drawn',
    );
  });

  it('says little when nothing changes', () => {
    expect(caption(rechoke(former), facts(), former)).toEqual({
      topic: 'Choking',
      text: '1005 and 1006 stay preferred: no other that is interested sent us more',
      weight: 2,
    });
  });

  it('explains the first round, in which nobody has sent anything', () => {
    const first = byRates([
      ['1004', 0],
      ['1005', 0],
      ['1006', 0],
    ]);
    expect(caption(rechoke(first))).toEqual({
      topic: 'Choking',
      text: 'None of the 3 interested has sent us anything yet: 1004 and 1005 are drawn',
      weight: 9,
    });
    expect(said(rechoke(first), facts(), former)).toBe(
      'None of the 3 interested has sent us anything since the last round: 1004 and 1005 are drawn',
    );
  });

  it('says when there is room for all', () => {
    expect(said(rechoke(byRates([['1004', 3]])))).toBe(
      '1004 is preferred: there is room for 2, and nobody else is interested',
    );
    expect(said(rechoke(byRates([['1006', 3]])), facts(neighbour('1005', { complete: true })), former)).toBe(
      '1005 loses its place: it has every piece',
    );
    expect(caption(rechoke(byRates([])), facts(), former)).toEqual({
      topic: 'Choking',
      text: 'No neighbour wants anything of us now, so none is preferred',
      weight: 4,
    });
    expect(caption(rechoke(byRates([])))?.weight).toBe(1);
  });

  it('does not speak of rates when we are complete', () => {
    expect(said(rechoke(atRandom(['1004', '1005', '1006'])), facts(), former)).toBe(
      'We are complete and measure nobody: 1004 and 1005 are drawn from 3',
    );
  });
});

describe('the draw of the optimistic neighbour', () => {
  it('tells of the chance and who else could have had it', () => {
    expect(said(draw({ optimistic: '1005', candidates: ['1002', '1005', '1008'] }))).toBe(
      '1005 gets a chance: drawn from 1002, 1005 and 1008, whatever it sent',
    );
    expect(said(draw({ optimistic: '1005', candidates: ['1005'] }))).toBe(
      '1005 gets a chance: it is the only one interested that we choke',
    );
  });

  it('says so when it found nobody', () => {
    expect(said(draw({ optimistic: '1005', kept: true }))).toBe(
      '1005 stays the optimistic one: nobody else could be drawn',
    );
    expect(said(draw({ kept: true }))).toBeUndefined();
  });
});

describe('pieces', () => {
  const completed = (count: number, pieceCount = 306) =>
    said(
      { kind: 'piece-completed', peer: '1004', piece: 17, count },
      { ...facts(), run: { ...run, pieceCount } },
    );

  it('are told at the first, at the quarters and at the last', () => {
    expect(completed(1)).toBe('The first piece is here: number 17, from 1004');
    expect(completed(2)).toBeUndefined();
    expect(completed(76)).toBeUndefined();
    expect(completed(77)).toBe('A quarter of the file is here: 77 of 306 pieces');
    expect(completed(78)).toBeUndefined();
    expect(completed(153)).toBe('Half of the file is here: 153 of 306 pieces');
    expect(completed(230)).toBe('Three quarters of the file is here: 230 of 306 pieces');
    expect(completed(306)).toBe('The last of 306 pieces is here: number 17, from 1004');
    expect(completed(1, 1)).toBe('The only piece is here, from 1004');
    expect([1, 2, 3].map(count => completed(count, 3))).toEqual([
      'The first piece is here: number 17, from 1004',
      'Half of the file is here: 2 of 3 pieces',
      'The last of 3 pieces is here: number 17, from 1004',
    ]);
  });

  it('are asked for with the reason of the picker', () => {
    const requested = (reason: Parameters<typeof pickReasonText>[0]) =>
      said({ kind: 'requested', peer: '1007', piece: 50, offset: 0, length: 100, reason });
    expect(requested({ rule: 'rarest', copies: 1, peers: 6 })).toBe(
      'We ask 1007 for piece 50, the rarest it can give: 1 of 6 has it',
    );
    expect(requested({ rule: 'random' })).toBe(
      'We ask 1007 for piece 50, drawn from those it has and we lack',
    );
    expect(requested({ rule: 'begun' })).toBe('We ask 1007 for more of piece 50, to make it whole');
    expect(requested({ rule: 'endgame' })).toBe(
      'We ask 1007 for piece 50, too: everything else is under way',
    );
  });

  it('that do not come, or come damaged, are asked of others', () => {
    const released = (reason: 'choked' | 'disconnected' | 'timed-out' | 'wrong-piece') =>
      said({ kind: 'request-released', peer: '1004', piece: 17, offset: 0, reason });
    expect(released('timed-out')).toBe('1004 did not send piece 17 in time: it may be asked of others now');
    expect(released('wrong-piece')).toBe('1004 sent something else than piece 17: thrown away');
    expect([released('choked'), released('disconnected')]).toEqual([undefined, undefined]);
    expect(said({ kind: 'piece-failed', piece: 17, peers: ['1004', '1005'] })).toBe(
      'Piece 17 from 1004 and 1005 was damaged: thrown away, and still missing',
    );
  });
});

describe('neighbours', () => {
  it('come with what they have', () => {
    const brings = (count: number) => said({ kind: 'received-bitfield', peer: '1001', bitfield: '', count });
    expect([brings(306), brings(12), brings(0)]).toEqual([
      '1001 comes with every piece',
      '1001 brings 12 of 306 pieces',
      undefined,
    ]);
    expect(said({ kind: 'connected', peer: '1004', direction: 'dialled', remote: '' })).toBe(
      'We connect to 1004',
    );
    expect(said({ kind: 'connected', peer: '1004', direction: 'accepted', remote: '' })).toBe(
      '1004 connects to us',
    );
  });

  it('have every piece from the start only where the roster says so', () => {
    const fact = { kind: 'received-bitfield', peer: '1004', bitfield: '', count: 306 } as const;
    const seed = Object.assign(new Neighbour('1004', '1004:6008', true, 306), { connectedAt: 1_000 });
    expect(said(fact, facts(seed))).toBe('1004 has every piece from the start');
    expect(said(fact, facts(neighbour('1004')))).toBe('1004 comes with every piece');
  });

  it('weigh more when they leave before they are complete', () => {
    const leaves: JournalFact = { kind: 'disconnected', peer: '1004', reason: 'reset' };
    expect(caption(leaves, facts(neighbour('1004')))).toEqual({
      topic: 'Neighbours',
      text: '1004 left before it was complete',
      weight: 6,
    });
    expect(caption(leaves, facts(neighbour('1004', { complete: true })))).toEqual({
      topic: 'Neighbours',
      text: '1004 has left; it had every piece',
      weight: 3,
    });
  });
});

describe('the run', () => {
  it('begins, completes and ends', () => {
    expect(
      said({ ...run, kind: 'started', bitfield: '', roster: [{ peer: '1003', address: '', seed: false }] }),
    ).toBe('1003 starts: 306 pieces, 1 peer, 2 places for preferred neighbours');
    const completed = (complete: boolean) =>
      said(
        { kind: 'completed' },
        facts(neighbour('1004', { complete: true }), neighbour('1005', { complete })),
      );
    expect(completed(true)).toBe('We have every piece after 1 m 05 s');
    expect(completed(false)).toBe('We have every piece after 1 m 05 s, and go on serving those that do not');
    const ended = (outcome: 'complete' | 'peers-lost' | 'interrupted' | 'storage-failed') =>
      said({ kind: 'ended', outcome, lost: ['1004', '1005'] });
    expect(ended('complete')).toBe('Every peer has the whole file: the swarm has done its work');
    expect(ended('peers-lost')).toBe('Ended without 1004 and 1005, gone for too long');
    expect(ended('interrupted')).toBe('Stopped here; the pieces are kept for the next start');
    expect(ended('storage-failed')).toBe('Stopped by the disk; the pieces are kept for the next start');
  });
});

describe('every caption', () => {
  const others = fc.constantFrom(facts(), facts(neighbour('1'), neighbour('2', { complete: true })));
  const former = fc.option(arbitraryFact, { nil: undefined });

  it('fits two lines and says something', () => {
    fc.assert(
      fc.property(arbitraryFact, others, former, (fact, given, before) => {
        const made = caption(fact, given, before?.kind === 'choke-decision' ? before.decision : undefined);
        if (made === undefined) return;
        expect(made.text.length).toBeLessThanOrEqual(longestCaption);
        expect(made.text.length).toBeGreaterThan(0);
        expect(made.text).not.toMatch(/undefined|NaN|Infinity/);
        expect(made.weight).toBeGreaterThanOrEqual(1);
        expect(made.weight).toBeLessThanOrEqual(10);
      }),
      { numRuns: 3_000 },
    );
  });

  it('stands decisions that no choker would take', () => {
    const few = (peers: readonly PeerId[], most: number) =>
      peers.slice(0, most).map(peer => String(1001 + (Number(peer) % 4)));
    const odd = arbitraryChokeDecision.map(decision => ({
      ...decision,
      slots: decision.slots % 3,
      candidates: decision.candidates.map(other => ({ ...other, peer: few([other.peer], 1)[0]! })),
      preferred: few(decision.preferred, 2),
    }));
    fc.assert(
      fc.property(odd, odd, (decision, former) => {
        expect(said(rechoke(decision), facts(), former)).toMatch(/^[A-Z\d][^…]*$/);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is cut with a sign of it where free text is too long', () => {
    const text = said({ kind: 'note', peer: '1004', text: 'x'.repeat(400) });
    expect(text).toMatch(/^1004: x+…$/);
    expect(text).toHaveLength(longestCaption);
  });

  it('fits with the longest peer IDs, and many of them, without being cut', () => {
    const many = Array.from({ length: 200 }, (_, index) => String(4_294_967_000 + index));
    const sent = (kilobytes: (index: number) => number, peers = many) =>
      byRates(
        peers.map((peer, index) => [peer, kilobytes(index)] as const),
        50,
      );
    const before = sent(index => 999 - index);
    for (const decision of [
      before,
      sent(index => 999 - index, [...many].reverse()),
      sent(() => 0),
      sent(() => 0, many.slice(0, 50)),
      atRandom(many, 50),
    ]) {
      for (const old of [undefined, before]) {
        const text = said(rechoke(decision), facts(), old)!;
        expect(text.length).toBeLessThanOrEqual(longestCaption);
        expect(text).not.toMatch(/…$/);
      }
    }
    expect(said(draw({ optimistic: many[0], candidates: many }))).not.toMatch(/…$/);
    expect(said({ kind: 'piece-failed', piece: 16_777_215, peers: many })).not.toMatch(/…$/);
  });
});

describe('the choice of a caption', () => {
  const timed = (seq: number, atMs: number, weight: number, text = `Caption ${seq}`): TimedCaption => ({
    caption: { topic: 'Run', text, weight },
    seq,
    atMs,
  });
  const shown = (of: TimedCaption, sinceMs: number) => ({ ...of, sinceMs });

  it('takes the heaviest, and the newest of equals', () => {
    const candidates = [timed(1, 0, 5), timed(2, 10, 7), timed(3, 20, 7), timed(4, 30, 2)];
    expect(chooseCaption(candidates, undefined, 40)).toEqual(shown(candidates[2]!, 40));
  });

  it('lets nothing interrupt what cannot have been read yet', () => {
    const first = shown(timed(1, 0, 1), 0);
    expect(chooseCaption([timed(2, 100, 10)], first, 3_499)).toBe(first);
    expect(chooseCaption([timed(2, 100, 10)], first, 3_500)).toMatchObject({ seq: 2, sinceMs: 3_500 });
  });

  it('gives long ones more time', () => {
    expect(readingTimeOf(timed(1, 0, 1, 'x'.repeat(100)).caption)).toBe(4_500);
    expect(readingTimeOf(timed(1, 0, 1, 'x').caption)).toBe(3_500);
  });

  it('lets a lighter one wait longer', () => {
    const first = shown(timed(1, 0, 8), 0);
    const lighter = [timed(2, 100, 2)];
    expect(chooseCaption(lighter, first, 5_499)).toBe(first);
    expect(chooseCaption(lighter, first, 5_500)).toMatchObject({ seq: 2 });
  });

  it('never goes back behind the one shown, nor ahead of time', () => {
    const first = shown(timed(5, 0, 1), 0);
    expect(chooseCaption([timed(4, 100, 10), timed(5, 0, 1), timed(6, 9_000, 10)], first, 6_000)).toBe(first);
  });

  it('shows nothing rather than something old', () => {
    const first = shown(timed(1, 0, 8), 0);
    expect(chooseCaption([timed(1, 0, 8)], first, 7_999)).toBe(first);
    expect(chooseCaption([timed(2, 0, 8)], first, 8_001)).toBeUndefined();
    expect(chooseCaption([], undefined, 0)).toBeUndefined();
  });

  it('keeps every caption long enough to be read, whatever comes', () => {
    const arriving = fc.array(
      fc.record({ passedMs: fc.nat(2_000), weight: fc.integer({ min: 1, max: 10 }) }),
      {
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(arriving, events => {
        const candidates: TimedCaption[] = [];
        let previous: ReturnType<typeof chooseCaption>;
        let nowMs = 0;
        for (const [seq, { passedMs, weight }] of events.entries()) {
          nowMs += passedMs;
          candidates.push(timed(seq, nowMs, weight));
          const next = chooseCaption(candidates, previous, nowMs);
          if (previous !== undefined && next?.seq !== previous.seq) {
            expect(nowMs - previous.sinceMs).toBeGreaterThanOrEqual(3_500);
            expect(next?.seq ?? Number.POSITIVE_INFINITY).toBeGreaterThan(previous.seq);
          }
          previous = next;
        }
      }),
    );
  });
});

describe('the reason of a pick', () => {
  it('is told in a few words', () => {
    expect(pickReasonText({ rule: 'random' })).toBe('drawn at random');
    expect(pickReasonText({ rule: 'rarest', copies: 1, peers: 6 })).toBe('rarest: 1 of 6 has it');
    expect(pickReasonText({ rule: 'rarest', copies: 3, peers: 6 })).toBe('rarest: 3 of 6 have it');
    expect(pickReasonText({ rule: 'begun' })).toBe('finishes a piece that is begun');
    expect(pickReasonText({ rule: 'endgame' })).toBe('asked of a second peer: all else is under way');
  });
});

describe('why we choke or serve a neighbour', () => {
  const at = <T>(decision: T) => ({ atMs: 5_000, seq: 9, decision });
  const ranked = byRates([
    ['1004', 24],
    ['1006', 21],
    ['1007', 13],
    ['1008', 0],
  ]);
  const why = (
    other: Neighbour,
    decision: ChokeDecision | undefined = ranked,
    drawn?: OptimisticDecision,
  ): string => {
    const { long, short } = whyText(other, {
      lastRechoke: decision && at(decision),
      lastDraw: drawn && at(drawn),
    });
    return `${long} | ${short}`;
  };
  const served = (peer: PeerId, role: 'preferred' | 'optimistic') =>
    neighbour(peer, { amChoking: false, peerInterested: true, role });
  const choked = (peer: PeerId, change: Partial<Neighbour> = {}) =>
    neighbour(peer, { peerInterested: true, ...change });

  it('is its rank and rate when it is preferred', () => {
    expect(why(served('1004', 'preferred'))).toBe('Rank 1 of 4: sent us 24 KB/s | Rank 1 of 4');
    expect(why(served('1006', 'preferred'))).toBe('Rank 2 of 4: sent us 21 KB/s | Rank 2 of 4');
  });

  it('counts ranks as people do', () => {
    const many = Array.from({ length: 30 }, (_, index) => [String(1001 + index), 99 - index] as const);
    const ranks = [3, 4, 11, 12, 13, 21, 22, 23].map(
      slots => why(choked('1030'), byRates(many, slots)).match(/, (\S+) sent/)?.[1],
    );
    expect(ranks).toEqual(['3rd', '4th', '11th', '12th', '13th', '21st', '22nd', '23rd']);
  });

  it('is no rate where none decided', () => {
    const nothing = byRates([
      ['1004', 0],
      ['1005', 0],
      ['1006', 0],
    ]);
    expect(why(served('1004', 'preferred'), nothing)).toBe(
      'Drawn from those that sent us nothing | Drawn: sent nothing',
    );
    expect(why(served('1004', 'preferred'), byRates([['1004', 9]]))).toBe(
      'Room for all: 1 interested, 2 places | Room for all',
    );
    expect(why(served('1004', 'preferred'), atRandom(['1004', '1005', '1006']))).toBe(
      'Drawn at random, 2 of 3: we are complete | Drawn at random',
    );
    expect(why(choked('1006'), atRandom(['1004', '1005', '1006']))).toBe(
      'Not drawn, 2 of 3 were: we are complete | Not drawn',
    );
  });

  it('is the draw when it is the optimistic one', () => {
    const drawn = { candidates: ['1007', '1008', '1009'], kept: false, optimistic: '1007', choke: [] };
    expect(why(served('1007', 'optimistic'), ranked, drawn)).toBe(
      'Drawn from 3 choked, interested | Drawn from 3',
    );
    expect(why(served('1007', 'optimistic'), ranked, { ...drawn, candidates: ['1007'] })).toBe(
      'The only one choked and interested | The only one',
    );
    expect(why(served('1007', 'optimistic'), ranked, { ...drawn, candidates: [], kept: true })).toBe(
      'Drawn earlier; nobody else to draw | Drawn earlier',
    );
  });

  it('is what outranked it when it is choked', () => {
    expect(why(choked('1007'))).toBe('Rank 3 of 4: sent 13 KB/s, 2nd sent 21 KB/s | Rank 3 of 4');
    expect(why(choked('1008'))).toBe('Rank 4 of 4: sent us nothing | Sent us nothing');
    const tied = byRates([
      ['1004', 9],
      ['1005', 9],
      ['1006', 9],
    ]);
    expect(why(choked('1006'), tied)).toBe('Rank 3 of 3: equal at 9 KB/s, lost the draw | Lost the draw');
  });

  it('is that it takes no part', () => {
    expect(why(choked('1001', { complete: true }))).toBe('Complete, so wants nothing | Complete');
    expect(why(neighbour('1009'))).toBe('Not interested | Not interested');
    expect(why(choked('1009'))).toBe('Not interested at the last round | Not at last round');
    expect(whyText(choked('1009'), { lastRechoke: undefined, lastDraw: undefined }).long).toBe(
      'Not ranked yet: no round so far',
    );
  });

  it('does not take a round for its own that was before it connected again', () => {
    expect(why(choked('1008', { connectedAt: 6_000 }))).toBe(
      'Not ranked yet: came after the round | After last round',
    );
  });

  it('is that it is not here', () => {
    const away = { connectedAt: undefined };
    expect(why(neighbour('1009', { ...away, lastSeenAt: undefined }))).toBe('Not started | Not started');
    expect(why(neighbour('1009', away))).toBe('Left before it was complete | Left');
    expect(why(neighbour('1009', { ...away, complete: true }))).toBe('Left with every piece | Left');
  });
});

describe('a caption of a share', () => {
  const nameOf = (peer: PeerId) => (peer === '1' ? 'We' : `lab-0${peer}`);
  const told = (fact: JournalFact, given = facts(), former?: ChokeDecision) =>
    captionFor({ ...fact, seq: 7, atMs: 65_000, wallMs: 0 }, given, former, nameOf)?.text;

  it('calls peers by their names, and still finds what is known of them', () => {
    expect(told({ kind: 'received-unchoke', peer: '2' })).toBe(
      'lab-02 unchokes us: we may ask it for pieces',
    );
    const complete = facts(neighbour('2', { complete: true }));
    expect(told({ kind: 'disconnected', peer: '2', reason: 'x' }, complete)).toBe(
      'lab-02 has left; it had every piece',
    );
    const former = byRates([['2', 40]], 1);
    const decision = byRates(
      [
        ['3', 80],
        ['2', 40],
      ],
      1,
    );
    expect(told({ kind: 'choke-decision', decision }, facts(neighbour('2'), neighbour('3')), former)).toBe(
      'lab-03 replaces lab-02: it sent twice as much (80 against 40 KB/s)',
    );
  });

  it('begins without a roster', () => {
    const { self: _self, ...rest } = run;
    const started = {
      kind: 'started',
      ...rest,
      self: '1',
      dialect: 'bittorrent',
      bitfield: '',
      roster: [],
    } as const;
    expect(told(started)).toBe('We start: 306 pieces, 2 places for preferred neighbours');
  });
});
