import { describe, expect, it } from 'vitest';
import type { JournalFact } from '../../../../src-shared/journal.ts';
import type { SwarmHistory } from '../../../history/history.ts';
import { historyOf, journalOf, runStartedWallMs, startedFact } from '../../../testing/written-run.ts';
import {
  type Countdown,
  gainedFromOthers,
  graphViewOf,
  otherFlowsOf,
  secondsLeft,
  ticksOf,
} from './graph-view.ts';

const peers = ['1001', '1002', '1003'];
const connected = (peer: string): JournalFact => ({
  kind: 'connected',
  peer,
  direction: 'dialled',
  remote: 'x',
});
const have = (peer: string, piece: number): JournalFact => ({ kind: 'received-have', peer, piece });
const uploaded = (peer: string, length: number): JournalFact => ({
  kind: 'uploaded',
  peer,
  piece: 0,
  offset: 0,
  length,
});
const rechoke: JournalFact = {
  kind: 'choke-decision',
  decision: {
    round: 1,
    rule: 'rates',
    slots: 2,
    candidates: [],
    preferred: ['1002'],
    unchoke: ['1002'],
    choke: [],
  },
};
const serves1002: readonly (readonly [number, JournalFact])[] = [
  [0, startedFact({ peers })],
  [10, connected('1002')],
  [20, { kind: 'received-interested', peer: '1002' }],
  [5000, rechoke],
  [5000, { kind: 'sent-unchoke', peer: '1002', role: 'preferred' }],
];

function viewAt(history: SwarmHistory, atMs: number) {
  return graphViewOf(history.stateAt(atMs), history)!;
}

describe('the graph at a moment', () => {
  it('is nothing before the first event', () => {
    const history = historyOf([]);
    expect(graphViewOf(history.stateAt(0), history)).toBeUndefined();
  });

  it('tells both directions of a neighbour apart', () => {
    const history = historyOf(
      journalOf([
        ...serves1002,
        [5100, { kind: 'received-unchoke', peer: '1002' }],
        [5200, { kind: 'sent-interested', peer: '1002' }],
        [5300, uploaded('1002', 2750)],
      ]),
    );
    const [node, other] = viewAt(history, 5500).nodes;
    expect(node).toMatchObject({
      peer: '1002',
      host: 'lab-01',
      standing: 'here',
      inward: { state: 'open', isWanted: true, bytesPerSecond: 0 },
      outward: { state: 'preferred', isWanted: true },
    });
    expect(node!.outward.bytesPerSecond).toBeGreaterThan(500);
    expect(other).toMatchObject({ peer: '1003', standing: 'not-started', inward: { state: 'choked' } });
  });

  it('tells who is new, complete and gone', () => {
    const all = Array.from({ length: 8 }, (_, piece) => [30_300, have('1003', piece)] as const);
    const history = historyOf(
      journalOf([
        [0, startedFact({ peers })],
        [10, connected('1002')],
        [30_000, connected('1003')],
        ...all,
        [60_000, { kind: 'disconnected', peer: '1002', reason: 'it closed the connection' }],
      ]),
    );
    const standingsAt = (atMs: number) => viewAt(history, atMs).nodes.map(({ standing }) => standing);
    expect(standingsAt(100)).toEqual(['here', 'not-started']);
    expect(standingsAt(30_100)).toEqual(['here', 'joined']);
    expect(standingsAt(30_400)).toEqual(['here', 'complete']);
    expect(standingsAt(60_000)).toEqual(['left', 'complete']);
  });

  it('says 100 only when nothing is missing', () => {
    const history = historyOf(
      journalOf([
        [0, startedFact({ peers, pieceCount: 1000 })],
        [1, connected('1002')],
        ...Array.from({ length: 999 }, (_, piece) => [2, have('1002', piece)] as const),
      ]),
    );
    expect(viewAt(history, 3).nodes[0]!.percent).toBe(99);
  });

  it('counts down from a round to the next, and not before the first or after the end', () => {
    const history = historyOf(
      journalOf([...serves1002, [9000, { kind: 'ended', outcome: 'interrupted', lost: [] }]]),
    );
    expect(viewAt(history, 4999).countdown).toBeUndefined();
    expect(viewAt(history, 6500).countdown).toEqual({ intervalMs: 5000, remainingMs: 3500 });
    expect(viewAt(history, 9000).countdown).toBeUndefined();
  });

  it('keeps a peak while rates come and go', () => {
    const history = historyOf(
      journalOf([...serves1002, [6000, uploaded('1002', 500_000)], [60_000, have('1002', 0)]]),
    );
    const peak = viewAt(history, 7000).peak;
    expect(peak).toBeGreaterThan(50_000);
    expect(viewAt(history, 50_000).peak).toBe(peak);
    expect(viewAt(history, 4000).peak).toBe(1);
  });
});

describe('the countdown', () => {
  const of = (intervalMs: number, remainingMs = 0): Countdown => ({ intervalMs, remainingMs });

  it('ends at 1', () => {
    expect([5000, 4999, 4000, 1, 0].map(ms => secondsLeft(of(5000, ms)))).toEqual([5, 5, 4, 1, 1]);
  });

  it('has a tick for each second, and fewer when they are many', () => {
    expect(ticksOf(of(5000))).toEqual([0, 0.2, 0.4, 0.6, 0.8]);
    expect(ticksOf(of(30_000))).toHaveLength(30);
    expect(ticksOf(of(60_000))).toHaveLength(12);
    expect(ticksOf(of(500))).toEqual([0]);
    expect(ticksOf(of(86_400_000))).toEqual([0]);
  });
});

describe('flows among the others', () => {
  const theirs = startedFact({ peers });
  const tapeOf1002 = (startedLaterMs: number) =>
    historyOf(
      journalOf([
        [0, { ...theirs, self: '1002' } as JournalFact],
        [10, connected('1001')],
        [10, connected('1003')],
        [20, { kind: 'received-interested', peer: '1003' }],
        [20, { kind: 'received-interested', peer: '1001' }],
        [1000, { kind: 'sent-unchoke', peer: '1003', role: 'optimistic' }],
        [1000, { kind: 'sent-unchoke', peer: '1001', role: 'preferred' }],
        [2100, uploaded('1003', 5000)],
        [4000, { kind: 'sent-choke', peer: '1003' }],
        [9000, have('1003', 1)],
      ] as const).map(event => ({ ...event, wallMs: runStartedWallMs + startedLaterMs + event.atMs })),
    );
  const ours = historyOf(
    journalOf([
      [0, theirs],
      [60_000, have('1002', 0)],
    ]),
  );
  const flowsAt = (cursorMs: number, startedLaterMs: number) =>
    otherFlowsOf(ours, '1001', new Map([['1002', tapeOf1002(startedLaterMs)]]), cursorMs);

  it('come from the tape of who gives, without those to us', () => {
    expect(flowsAt(1500, 0)).toEqual([{ from: '1002', to: '1003', state: 'optimistic', bytesPerSecond: 0 }]);
    expect(flowsAt(3000, 0)).toEqual([
      { from: '1002', to: '1003', state: 'optimistic', bytesPerSecond: 2000 },
    ]);
    expect(flowsAt(4000, 0)).toEqual([]);
  });

  it('are those of the same moment on the wall', () => {
    expect(flowsAt(3000, 30_000)).toEqual([]);
    expect(flowsAt(33_000, 30_000)).toHaveLength(1);
    expect(flowsAt(500, -1000)).toHaveLength(1);
  });

  it('end with the tape', () => {
    expect(flowsAt(20_000, 0)).toEqual([]);
  });
});

describe('what haves tell of the others', () => {
  it('is what a neighbour got, less what we sent', () => {
    const history = historyOf(
      journalOf([
        [0, startedFact({ peers, pieceCount: 64, pieceLength: 1000 })],
        [10, connected('1002')],
        [10, connected('1003')],
        ...Array.from({ length: 10 }, (_, i) => [11_000 + i * 100, have('1002', i)] as const),
        ...Array.from({ length: 4 }, (_, i) => [12_000 + i, have('1003', i)] as const),
        [12_500, uploaded('1003', 4000)],
        [12_600, uploaded('1002', 5000)],
      ]),
    );
    const gained = gainedFromOthers(history, history.stateAt(13_000));
    expect(gained.get('1002')).toBeCloseTo(1000);
    expect(gained.get('1003')).toBe(0);
    expect(gainedFromOthers(history, history.stateAt(10_000)).size).toBe(0);
  });
});
