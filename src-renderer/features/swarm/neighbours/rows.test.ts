import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JournalFact } from '../../../../src-shared/journal.ts';
import { pieceState } from '../../../../src-shared/swarm-state.ts';
import { historyOf, journalOf, runStartedWallMs, startedFact } from '../../../testing/written-run.ts';
import { type NeighbourRow, ordered, rateUnitFor, rosterOrder, rowsOf, sortedBy } from './rows.ts';
import { sparksOf } from './sparks.ts';
import { WantedCounts } from './wanted.ts';

const peers = ['1001', '1002', '1003', '1004'];
const connected = (peer: string): JournalFact => ({
  kind: 'connected',
  peer,
  direction: 'dialled',
  remote: 'x',
});
const have = (peer: string, piece: number): JournalFact => ({ kind: 'received-have', peer, piece });

describe('the rows of the table', () => {
  const history = historyOf(
    journalOf([
      [0, startedFact({ peers })],
      [10, connected('1002')],
      [12, have('1002', 0)],
      [13, have('1002', 1)],
      [14, { kind: 'dial-failed', peer: '1003', address: 'x', reason: 'nobody listens there yet' }],
      [20, connected('1004')],
      [30, { kind: 'received-unchoke', peer: '1002' }],
      [40, { kind: 'received-interested', peer: '1002' }],
      [50, { kind: 'sent-unchoke', peer: '1002', role: 'optimistic' }],
      [
        60,
        { kind: 'requested', peer: '1002', piece: 1, offset: 0, length: 1000, reason: { rule: 'random' } },
      ],
      [
        70,
        { kind: 'requested', peer: '1002', piece: 0, offset: 0, length: 1000, reason: { rule: 'random' } },
      ],
      [80, { kind: 'piece-completed', peer: '1002', piece: 0, count: 1 }],
      [500, { kind: 'disconnected', peer: '1004', reason: 'it closed the connection' }],
    ]),
  );
  const rows = rowsOf(history.stateAt(1000), new WantedCounts());

  it('tell of a neighbour what both sides do and want', () => {
    expect(rows[0]).toMatchObject({
      peer: '1002',
      place: ':6002',
      address: 'lab-01:6002',
      order: 0,
      presence: 'here',
      pieces: 2,
      percent: 25,
      chokesUs: false,
      wanted: 1,
      inFlight: 1,
      firstInFlight: 1,
      serving: 'optimistic',
      isInterested: true,
      sinceWallMs: runStartedWallMs + 50,
    });
    expect(rows[0]!.down).toBeCloseTo(1000 / 0.99);
    expect(rows[0]!.up).toBe(0);
  });

  it('say why somebody is not connected', () => {
    expect(rows[1]).toMatchObject({ presence: 'not-started', sinceWallMs: undefined, wanted: 0 });
    expect(rows[1]!.why).toContain('nobody listens there yet');
    expect(rows[2]).toMatchObject({ presence: 'left', sinceWallMs: runStartedWallMs + 500 });
    expect(rows[2]!.why).toContain('it closed the connection');
  });
});

describe('sorting', () => {
  const row = (peer: string, order: number, some: Partial<NeighbourRow> = {}): NeighbourRow => ({
    peer,
    name: peer,
    shortName: peer,
    flags: '',
    flagWords: '',
    source: '',
    place: 'lab-01',
    address: 'lab-01:6001',
    order,
    presence: 'here',
    pieces: 0,
    percent: 0,
    chokesUs: true,
    wanted: 0,
    down: 0,
    inFlight: 0,
    firstInFlight: undefined,
    serving: 'choked',
    isInterested: false,
    up: 0,
    sinceWallMs: 0,
    why: '',
    shortWhy: '',
    ...some,
  });
  const rows = [
    row('9', 0, { down: 5, why: 'b', serving: 'optimistic' }),
    row('10', 1, { presence: 'not-started', sinceWallMs: undefined, why: 'a' }),
    row('2', 2, { down: 9, why: 'c', chokesUs: false }),
    row('3', 3, { down: 5, why: 'd', serving: 'preferred', wanted: 4 }),
  ];

  it('begins in the order of the roster', () => {
    expect(ordered(rows, rosterOrder)).toEqual(['9', '10', '2', '3']);
  });

  it('begins with the most, then turns round; those without a value stay at the end', () => {
    const down = sortedBy('down', rosterOrder);
    expect(ordered(rows, down)).toEqual(['2', '9', '3', '10']);
    expect(ordered(rows, sortedBy('down', down))).toEqual(['9', '3', '2', '10']);
  });

  it('puts first who serves us, whom we serve, and reasons by the alphabet', () => {
    expect(ordered(rows, sortedBy('serves-us', rosterOrder))).toEqual(['2', '3', '9', '10']);
    expect(ordered(rows, sortedBy('we-serve', rosterOrder))).toEqual(['3', '9', '2', '10']);
    expect(ordered(rows, sortedBy('why', rosterOrder))).toEqual(['10', '9', '2', '3']);
  });
});

describe('the unit of a column', () => {
  it('is that of the largest rate', () => {
    expect([0, 999_000, 999_500, 94e6, 999_949_999, 2e9].map(rate => rateUnitFor(rate).name)).toEqual([
      'KB/s',
      'KB/s',
      'MB/s',
      'MB/s',
      'MB/s',
      'GB/s',
    ]);
  });

  it('holds for every figure', () => {
    const { text } = rateUnitFor(94e6);
    expect([0, 120_000, 94e6].map(text)).toEqual(['0', '0.1', '94.0']);
    expect(rateUnitFor(27_400).text(27_400)).toBe('27');
  });
});

describe('wanted pieces', () => {
  it('are those that a neighbour has and we lack, at any moment and in any order of asking', () => {
    const pieceCount = 37;
    const fact = fc.oneof(
      fc.nat(pieceCount - 1).map(piece => have('1002', piece)),
      fc
        .nat(pieceCount - 1)
        .map((piece): JournalFact => ({ kind: 'piece-completed', peer: '1002', piece, count: 1 })),
      fc.constant<JournalFact>({ kind: 'disconnected', peer: '1002', reason: 'gone' }),
      fc.constant(connected('1002')),
    );
    fc.assert(
      fc.property(
        fc.array(fact, { maxLength: 80 }),
        fc.array(fc.nat(90), { minLength: 1, maxLength: 20 }),
        (facts, moments) => {
          const history = historyOf(
            journalOf([
              [0, startedFact({ pieceCount })],
              [1, connected('1002')],
              ...facts.map((fact, i) => [i + 2, fact] as const),
            ]),
          );
          const wanted = new WantedCounts();
          for (const atMs of moments) {
            const state = history.stateAt(atMs);
            const neighbour = state.neighbours.get('1002');
            if (neighbour === undefined) continue;
            const expected = [...neighbour.pieces].filter(piece => state.pieces[piece] !== pieceState.have);
            expect(wanted.of(neighbour, state)).toBe(expected.length);
          }
        },
      ),
    );
  });
});

describe('sparklines', () => {
  const history = historyOf(
    journalOf([
      [0, startedFact({ peers, pieceCount: 64, pieceLength: 10_000 })],
      [10, connected('1002')],
      ...Array.from(
        { length: 40 },
        (_, i) =>
          [20_000 + i * 500, { kind: 'piece-completed', peer: '1002', piece: i, count: i + 1 }] as const,
      ),
    ]),
  );

  it('show the last minute, on one scale', () => {
    const { of, peakDown, peakUp } = sparksOf(history.rates, ['1002', '1003'], 40_000);
    expect([peakDown, peakUp]).toEqual([20_000, 0]);
    expect(of.get('1003')).toEqual({ down: '', up: '' });
    const heights = of
      .get('1002')!
      .down.slice(1)
      .split('L')
      .map(point => Number(point.split(' ')[1]));
    expect(heights).toHaveLength(31);
    expect([heights[0], Math.min(...heights)]).toEqual([14.5, 1.5]);
  });

  it('are empty when a minute has passed', () => {
    expect(sparksOf(history.rates, ['1002'], 110_000).of.get('1002')).toEqual({ down: '', up: '' });
  });
});
