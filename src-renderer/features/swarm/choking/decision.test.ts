import { describe, expect, it } from 'vitest';
import type { ChokeDecision, PeerId } from '../../../../src-shared/journal.ts';
import type { Lane } from '../../../history/lanes.ts';
import { type RecordSource, recordOf } from './decision.ts';

const laneOf = (peer: PeerId, from?: number, to?: number): Lane => ({
  peer,
  connected: from === undefined ? [] : [{ from, to }],
  serving: [],
  servesUs: [],
  wantsUs: [],
  weWant: [],
});

const source: RecordSource = {
  lanes: {
    all: [
      laneOf('1001', 0),
      laneOf('1002', 0),
      laneOf('1004', 0),
      laneOf('1005', 0),
      laneOf('1006', 0),
      laneOf('1007', 0, 40_000),
      laneOf('1008', 60_000),
      laneOf('1009'),
    ],
  },
  draws: [
    draw(45_000, '1004', '1002', '1004'),
    { ...draw(60_000, '1004'), decision: { ...draw(60_000, '1004').decision, kept: true } },
    draw(90_000, '1005', '1005'),
  ],
  markers: [
    { kind: 'peer-completed', peer: '1001', atMs: 10, seq: 1 },
    { kind: 'peer-completed', peer: '1006', atMs: 80_000, seq: 2 },
  ],
};

function draw(atMs: number, optimistic: PeerId, ...candidates: readonly PeerId[]) {
  return { atMs, seq: 0, decision: { candidates, kept: false, optimistic, choke: [] } };
}

function round(atMs: number, bytes: Readonly<Record<PeerId, number>>, decision: Partial<ChokeDecision> = {}) {
  const slots = decision.slots ?? 2;
  const candidates = Object.entries(bytes)
    .sort(([, a], [, b]) => b - a)
    .map(([peer, receivedBytes], index) => ({
      peer,
      receivedBytes,
      bytesPerSecond: receivedBytes / 5,
      chosen: index < slots,
      reason: { why: 'random' } as const,
    }));
  const preferred = candidates.filter(({ chosen }) => chosen).map(({ peer }) => peer);
  return {
    atMs,
    seq: 17,
    decision: { round: 10, rule: 'rates', slots, candidates, preferred, unchoke: [], choke: [], ...decision },
  } as const;
}

describe('the record of a round', () => {
  it('ranks the candidates, with a line after the last place', () => {
    const record = recordOf(round(50_000, { '1002': 500, '1004': 100, '1005': 250 }), source);
    expect(record.ranked).toEqual([
      { peer: '1002', place: 1, bytesPerSecond: 100, share: 1, outcome: 'preferred' },
      { peer: '1005', place: 2, bytesPerSecond: 50, share: 0.5, outcome: 'preferred' },
      { peer: '1004', place: 3, bytesPerSecond: 20, share: 0.2, outcome: 'optimistic' },
    ]);
    expect([record.round, record.cutAfter]).toEqual([10, 2]);
  });

  it('has no line where there was a place for each', () => {
    expect(recordOf(round(50_000, { '1002': 500, '1005': 250 }), source).cutAfter).toBeUndefined();
  });

  it('tells the draw in force, and not one that kept the former', () => {
    const { optimistic } = recordOf(round(65_000, { '1002': 1, '1005': 2, '1004': 3 }), source);
    expect(optimistic).toEqual({
      peer: '1004',
      from: ['1002', '1004'],
      atMs: 45_000,
      isPreferred: true,
    });
    expect(recordOf(round(30_000, { '1002': 1 }), source).optimistic).toBeUndefined();
  });

  it('takes a draw of the same moment for its own, on whichever side of it', () => {
    expect(recordOf(round(89_999, { '1002': 1 }), source).optimistic?.peer).toBe('1005');
    expect(recordOf(round(89_000, { '1002': 1 }), source).optimistic?.peer).toBe('1004');
  });

  it('knows that a draw ends with the connection', () => {
    const draws = [draw(20_000, '1007', '1007'), draw(50_000, '1008', '1008')];
    const drawn = (atMs: number) =>
      recordOf(round(atMs, { '1002': 1 }), { ...source, draws }).optimistic?.peer;
    expect(drawn(39_000)).toBe('1007');
    expect(drawn(41_000)).toBeUndefined();
    // It came back after the draw.
    expect(drawn(61_000)).toBeUndefined();
  });

  it('tells why the others were not ranked, as it was then', () => {
    const { unranked } = recordOf(round(50_000, { '1002': 5, '1004': 2 }), source);
    expect(unranked).toEqual([
      { peer: '1001', why: 'complete' },
      { peer: '1005', why: 'not-interested' },
      { peer: '1006', why: 'not-interested' },
      { peer: '1007', why: 'not-connected' },
      { peer: '1008', why: 'not-started' },
      { peer: '1009', why: 'not-started' },
    ]);
  });

  it('says who was tied at the cut', () => {
    const record = recordOf(round(50_000, { '1002': 9, '1004': 5, '1005': 5, '1006': 1 }), source);
    expect([record.tiedAtTheCut, record.hasOtherTies]).toEqual([['1004', '1005'], false]);
  });

  it('says that others were tied', () => {
    const record = recordOf(round(50_000, { '1002': 9, '1004': 5, '1005': 0, '1006': 0 }), source);
    expect([record.tiedAtTheCut, record.hasOtherTies]).toEqual([[], true]);
  });

  it('knows no ties where lots were drawn', () => {
    const record = recordOf(round(50_000, { '1002': 0, '1004': 0, '1005': 0 }, { rule: 'random' }), source);
    expect([record.rule, record.tiedAtTheCut, record.hasOtherTies]).toEqual(['random', [], false]);
  });
});
