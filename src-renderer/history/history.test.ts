import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JournalFact } from '../../src-shared/journal.ts';
import { situationOf } from '../../src-shared/situation.ts';
import { SwarmState } from '../../src-shared/swarm-state.ts';
import { historyOf, journalOf, startedFact, tapeOf, updateOf } from '../testing/written-run.ts';
import { SwarmHistory } from './history.ts';
import { spanAt } from './lanes.ts';

const connected = (peer: string): JournalFact => ({
  kind: 'connected',
  peer,
  direction: 'dialled',
  remote: '10.0.0.2:6002',
});
const have = (peer: string, piece: number): JournalFact => ({ kind: 'received-have', peer, piece });

/** Random runs, long enough for several checkpoints. */
const someFact: fc.Arbitrary<JournalFact> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .record({ peer: fc.constantFrom('1002', '1003'), piece: fc.nat(63) })
      .map(r => have(r.peer, r.piece)),
  },
  fc.constantFrom('1002', '1003').map(connected),
  fc.constantFrom('1002', '1003').map(peer => ({ kind: 'disconnected', peer, reason: 'gone' }) as const),
  fc.constantFrom('1002', '1003').map(peer => ({ kind: 'received-unchoke', peer }) as const),
  fc
    .record({ peer: fc.constantFrom('1002', '1003'), piece: fc.nat(63) })
    .map(r => ({ kind: 'piece-completed', ...r, count: 1 }) as const),
  fc
    .record({ peer: fc.constantFrom('1002', '1003'), piece: fc.nat(63) })
    .map(r => ({ kind: 'requested', ...r, offset: 0, length: 1000, reason: { rule: 'random' } }) as const),
);

describe('a history', () => {
  it('shows any moment as the journal up to then tells it, in whatever order moments are asked for', () => {
    fc.assert(
      fc.property(
        fc.array(someFact, { minLength: 1, maxLength: 60 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 }),
        (facts, moments) => {
          // The same facts over and over: more events than lie between two checkpoints.
          const many = Array.from({ length: 10_000 }, (_, index) => facts[index % facts.length]!);
          const events = journalOf([
            [0, startedFact({ pieceCount: 64 })],
            ...many.map((fact, index) => [index * 3, fact] as const),
          ]);
          const history = historyOf(events);
          for (const share of moments) {
            const atMs = share * history.endMs;
            const expected = new SwarmState();
            for (const event of events) if (event.atMs <= atMs) expected.apply(event);
            expected.advance(atMs);
            const actual = history.stateAt(atMs);
            expect(situationOf(actual)).toEqual(situationOf(expected));
            expect([...actual.pieces]).toEqual([...expected.pieces]);
            expect([...actual.copies]).toEqual([...expected.copies]);
            expect(situationOf(history.copyAt(atMs))).toEqual(situationOf(expected));
          }
        },
      ),
      { numRuns: 8 },
    );
  });

  it('is the same whether its rows come at once or in pages', () => {
    const events = journalOf([
      [0, startedFact()],
      [10, connected('1002')],
      [20, have('1002', 3)],
      [500, { kind: 'piece-completed', peer: '1002', piece: 3, count: 1 }],
      [900, { kind: 'uploaded', peer: '1002', piece: 3, offset: 0, length: 1000 }],
    ]);
    const tape = tapeOf(events);
    const paged = new SwarmHistory();
    for (let from = 0; from < tape.length; from += 2) paged.append(updateOf(tape, from, 2));
    const whole = historyOf(events);
    expect(paged.markers).toEqual(whole.markers);
    expect(paged.lanes.all).toEqual(whole.lanes.all);
    expect(paged.rates.received(1)).toBe(1000);
    expect(paged.rates.sentTo('1002', 1)).toBe(1000);
    expect(paged.rates.receivedFrom('1003', 1)).toBe(0);
    expect(paged.isLoading).toBe(false);
  });

  it('says how much of the past has come', () => {
    const tape = tapeOf(
      journalOf([
        [0, startedFact()],
        [1, connected('1002')],
        [2, connected('1003')],
        [3, have('1002', 1)],
      ]),
    );
    const history = new SwarmHistory();
    history.append(updateOf(tape, 0, 1));
    expect(history.isLoading).toBe(true);
    expect(history.loaded).toBe(0.25);
  });

  it('lives as long as the app tells its clock', () => {
    const events = journalOf([[0, startedFact()]]);
    expect(historyOf(events, 7000)).toMatchObject({ isLive: true, endMs: 7000 });
    expect(historyOf(events)).toMatchObject({ isLive: false, endMs: 0 });
  });

  it('goes on correctly after the present was shown ahead of the next event', () => {
    const tape = tapeOf(
      journalOf([
        [0, startedFact()],
        [100, connected('1002')],
        [300, have('1002', 0)],
      ]),
    );
    const history = new SwarmHistory();
    history.append(updateOf(tape, 0, 2, 150));
    history.stateAt(400);
    history.append(updateOf(tape, 2, 1, 350));
    expect(history.stateAt(350).copies[0]).toBe(1);
    expect(history.stateAt(200).copies[0]).toBe(0);
  });
});

describe('the lanes', () => {
  const history = historyOf(
    journalOf([
      [0, startedFact()],
      [100, connected('1002')],
      [200, { kind: 'received-interested', peer: '1002' }],
      [1000, { kind: 'sent-unchoke', peer: '1002', role: 'optimistic' }],
      [
        2000,
        {
          kind: 'choke-decision',
          decision: {
            round: 1,
            rule: 'rates',
            slots: 2,
            candidates: [],
            preferred: ['1002'],
            unchoke: [],
            choke: [],
          },
        },
      ],
      [3000, { kind: 'received-unchoke', peer: '1002' }],
      [4000, { kind: 'disconnected', peer: '1002', reason: 'it closed the connection' }],
    ]),
  );
  const lane = history.lanes.of('1002')!;

  it('begin another block where a neighbour becomes preferred without a message', () => {
    expect(lane.serving).toEqual([
      { from: 1000, to: 2000, role: 'optimistic' },
      { from: 2000, to: 4000, role: 'preferred' },
    ]);
  });

  it('end everything with the connection', () => {
    expect(lane.connected).toEqual([{ from: 100, to: 4000 }]);
    expect(lane.servesUs).toEqual([{ from: 3000, to: 4000 }]);
    expect(lane.wantsUs).toEqual([{ from: 200, to: 4000 }]);
  });

  it('exist for those who never came, empty', () => {
    expect(history.lanes.of('1003')).toMatchObject({ connected: [], serving: [] });
  });

  it('are asked for a moment: a span holds its beginning and not its end', () => {
    expect(spanAt(lane.serving, 999)).toBeUndefined();
    expect(spanAt(lane.serving, 1000)?.role).toBe('optimistic');
    expect(spanAt(lane.serving, 2000)?.role).toBe('preferred');
    expect(spanAt(lane.serving, 4000)).toBeUndefined();
  });
});
