import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChokeDecision } from '../../../../src-shared/journal.ts';
import type { Lane, Span } from '../../../history/lanes.ts';
import { laneMarks, laneStateAt, rankIn, roundAt, roundMarks, stretches, without } from './lane-marks.ts';

const scale = { fromMs: 0, toMs: 60_000, left: 0, right: 600 };
const span = (from: number, to?: number): Span => ({ from, to });

const lane: Lane = {
  peer: '1004',
  connected: [span(1_000, 20_000), span(30_000)],
  serving: [
    { from: 5_000, to: 10_000, role: 'preferred' },
    { from: 12_000, to: 15_000, role: 'optimistic' },
    { from: 40_000, to: undefined, role: 'preferred' },
  ],
  servesUs: [span(2_000, 8_000)],
  wantsUs: [span(3_000, 18_000), span(32_000)],
  weWant: [],
};

function decisionOf(rule: ChokeDecision['rule'], ...peers: readonly string[]): ChokeDecision {
  const candidates = peers.map((peer, index) => ({
    peer,
    receivedBytes: 0,
    bytesPerSecond: 0,
    chosen: index < 2,
    reason: { why: 'random' } as const,
  }));
  return { round: 1, rule, slots: 2, candidates, preferred: peers.slice(0, 2), unchoke: [], choke: [] };
}

describe('the marks of a lane', () => {
  const marks = laneMarks(lane, scale, 50_000);

  it('are blocks while we serve, up to where the run has come', () => {
    expect(marks.preferred).toEqual([
      { from: 50, to: 100 },
      { from: 400, to: 500 },
    ]);
    expect(marks.optimistic).toEqual([{ from: 120, to: 150 }]);
    expect(marks.servesUs).toEqual([{ from: 20, to: 80 }]);
  });

  it('are dots while it wants pieces and we choke it', () => {
    expect(marks.waiting).toEqual([
      { from: 30, to: 50 },
      { from: 100, to: 120 },
      { from: 150, to: 180 },
      { from: 320, to: 400 },
    ]);
  });

  it('are bars where it left and came again, but not where it was there from the start', () => {
    expect([marks.left, marks.joined, marks.started]).toEqual([[200], [300], 10]);
  });

  it('are cut at the edges of the window', () => {
    const window = { fromMs: 6_000, toMs: 7_000, left: 0, right: 100 };
    expect(stretches([span(5_000, 10_000)], window, 50_000)).toEqual([{ from: 0, to: 100 }]);
    expect(stretches([span(8_000, 10_000)], window, 50_000)).toEqual([]);
  });

  it('are one where several fall into one pixel, and never too narrow to be seen', () => {
    const brief = Array.from({ length: 50 }, (_, i) => span(i * 2, i * 2 + 1));
    expect(stretches(brief, scale, 50_000)).toEqual([{ from: 0, to: 1 }]);
  });
});

describe('spans without others', () => {
  it('are what nothing covers, moment by moment', () => {
    const spans = fc
      .uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 12 })
      .map(edges => edges.sort((a, b) => a - b))
      .map(edges =>
        edges.flatMap((from, index) => (index % 2 === 0 ? [{ from, to: edges[index + 1] }] : [])),
      );
    const covers = (some: readonly Span[], at: number) =>
      some.some(({ from, to }) => from <= at && at < (to ?? 1000));
    fc.assert(
      fc.property(spans, spans, (some, others) => {
        const rest = without(some, others);
        for (let at = 0.5; at < 62; at += 1) {
          expect(covers(rest, at)).toBe(covers(some, at) && !covers(others, at));
        }
      }),
    );
  });
});

describe('rounds on the screen', () => {
  const rounds = [5_000, 10_000, 15_000].map((atMs, seq) => ({
    atMs,
    seq,
    decision: decisionOf('rates', '1001'),
  }));

  it('last until the next one, and the last until now', () => {
    expect(roundMarks(rounds, scale, 18_000).map(({ from, to }) => [from, to])).toEqual([
      [50, 100],
      [100, 150],
      [150, 180],
    ]);
  });

  it('reach into the window from before it', () => {
    const window = { fromMs: 12_000, toMs: 14_000, left: 0, right: 100 };
    expect(roundMarks(rounds, window, 18_000).map(({ seq, from, to }) => [seq, from, to])).toEqual([
      [1, 0, 100],
    ]);
  });

  it('are found by a moment in them', () => {
    expect([4_999, 5_000, 14_999].map(atMs => roundAt(rounds, atMs)?.seq)).toEqual([undefined, 0, 1]);
  });
});

describe('the rank in a round', () => {
  it('is the place by rate of those chosen', () => {
    const decision = decisionOf('rates', '1002', '1004', '1005');
    expect(['1002', '1004', '1005', '1009'].map(peer => rankIn(decision, peer))).toEqual([
      1,
      2,
      undefined,
      undefined,
    ]);
  });

  it('is none where lots were drawn', () => {
    expect(rankIn(decisionOf('random', '1002'), '1002')).toBeUndefined();
  });
});

describe('what a neighbour was to us at a moment', () => {
  it('follows its lane', () => {
    const roles = [500, 2_500, 4_000, 7_000, 13_000, 19_000, 25_000, 45_000].map(
      atMs => laneStateAt(lane, atMs).role,
    );
    expect(roles).toEqual([
      'not-started',
      'choked',
      'waiting',
      'preferred',
      'optimistic',
      'choked',
      'not-connected',
      'preferred',
    ]);
    expect([4_000, 9_000].map(atMs => laneStateAt(lane, atMs).servesUs)).toEqual([true, false]);
  });
});
