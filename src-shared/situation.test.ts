import { describe, expect, it } from 'vitest';
import type { JournalFact, PeerId } from './journal.ts';
import { type Situation, situationOf } from './situation.ts';
import { SwarmState } from './swarm-state.ts';

/** Ten pieces of 100 bytes, the last one of 50; 1001 is a seed, we are 1003 and have pieces 0 and 9. */
const started: JournalFact = {
  kind: 'started',
  self: '1003',
  dialect: 'course',
  name: 'tree.jpg',
  totalLength: 950,
  pieceLength: 100,
  pieceCount: 10,
  bitfield: '8040',
  roster: [1001, 1002, 1003, 1004, 1005].map(id => ({ peer: String(id), address: '', seed: id === 1001 })),
  preferredSlots: 2,
  unchokingIntervalMs: 5_000,
  optimisticIntervalMs: 15_000,
  strategy: 'rarest',
};

const connected = (peer: PeerId): JournalFact => ({
  kind: 'connected',
  peer,
  direction: 'dialled',
  remote: '',
});
const disconnected = (peer: PeerId): JournalFact => ({ kind: 'disconnected', peer, reason: '' });
const about = (kind: 'sent-interested' | 'received-interested' | 'received-unchoke', peer: PeerId) =>
  ({ kind, peer }) as const;
const have = (peer: PeerId, piece: number): JournalFact => ({ kind: 'received-have', peer, piece });
const unchoked = (peer: PeerId, role: 'preferred' | 'optimistic'): JournalFact => ({
  kind: 'sent-unchoke',
  peer,
  role,
});
const requested = (peer: PeerId, piece: number): JournalFact => ({
  kind: 'requested',
  peer,
  piece,
  offset: 0,
  length: 100,
  reason: { rule: 'random' },
});
const rechoke: JournalFact = {
  kind: 'choke-decision',
  decision: { round: 0, rule: 'rates', slots: 2, candidates: [], preferred: [], unchoke: [], choke: [] },
};

/** After facts that come a second apart from 0 on, at `atMs` or at the last one. */
function situationAfter(facts: readonly JournalFact[], atMs = 0): Situation {
  const state = new SwarmState();
  for (const [seq, fact] of [started, ...facts].entries()) {
    state.apply({ ...fact, seq, atMs: seq * 1000, wallMs: 0 });
  }
  state.advance(atMs);
  return situationOf(state)!;
}

describe('a situation', () => {
  it('is nothing before the first event', () => {
    expect(situationOf(new SwarmState())).toBeNull();
  });

  it('tells what the run is and what we have', () => {
    expect(situationAfter([])).toEqual({
      isShare: false,
      name: 'tree.jpg',
      self: '1003',
      outcome: null,
      storageFailure: null,
      totalLength: 950,
      pieceCount: 10,
      haveCount: 2,
      haveBytes: 150,
      downBytesPerSecond: 0,
      upBytesPerSecond: 0,
      downloadedBytes: 0,
      uploadedBytes: 0,
      neighbours: 4,
      connected: 0,
      notStarted: ['1001', '1002', '1004', '1005'],
      gone: [],
      away: [],
      incomplete: [],
      sources: [],
      quietMs: null,
      chokingUs: [],
      preferred: [],
      optimistic: null,
      unavailable: { count: 8, first: [1, 2, 3] },
      unchokingIntervalMs: 5_000,
      nextRoundInMs: null,
    });
  });

  it('counts bytes and rates of what came and went', () => {
    const situation = situationAfter([
      connected('1001'),
      { kind: 'piece-completed', peer: '1001', piece: 3, count: 3 },
      { kind: 'uploaded', peer: '1001', piece: 0, offset: 0, length: 40 },
    ]);
    expect(situation).toMatchObject({
      haveCount: 3,
      haveBytes: 250,
      downloadedBytes: 100,
      uploadedBytes: 40,
    });
    expect(situation.downBytesPerSecond).toBeGreaterThan(0);
    expect(situation.upBytesPerSecond).toBeGreaterThan(0);
  });

  it('tells those not started from those gone and those away', () => {
    const situation = situationAfter([
      { kind: 'dial-failed', peer: '1005', address: '', reason: 'refused' },
      ...['1001', '1002', '1004'].map(connected),
      ...['1001', '1002'].map(disconnected),
    ]);
    expect(situation).toMatchObject({
      connected: 1,
      notStarted: ['1005'],
      gone: ['1002'],
      away: ['1001'],
      incomplete: ['1004'],
    });
  });

  it('tells those that let us ask from those that choke us, and leaves out those with nothing for us', () => {
    const situation = situationAfter([
      ...['1001', '1002', '1004', '1005'].map(connected),
      about('sent-interested', '1001'),
      about('sent-interested', '1002'),
      about('received-unchoke', '1002'),
      about('received-unchoke', '1004'),
    ]);
    expect(situation).toMatchObject({ sources: ['1002'], chokingUs: ['1001'] });
  });

  it('counts as served only those that are interested', () => {
    const situation = situationAfter([
      ...['1002', '1004', '1005'].map(connected),
      about('received-interested', '1002'),
      about('received-interested', '1005'),
      unchoked('1002', 'preferred'),
      unchoked('1004', 'preferred'),
      unchoked('1005', 'optimistic'),
    ]);
    expect(situation).toMatchObject({ preferred: ['1002'], optimistic: '1005' });
  });

  it('names the first three pieces that nobody here has', () => {
    const facts = [connected('1002'), have('1002', 1), have('1002', 3)];
    expect(situationAfter(facts).unavailable).toEqual({ count: 6, first: [2, 4, 5] });
    const most = [4, 5, 6, 7].map(piece => have('1002', piece));
    expect(situationAfter([...facts, ...most]).unavailable).toEqual({ count: 2, first: [2, 8] });
    expect(situationAfter([connected('1001')]).unavailable).toEqual({ count: 0, first: [] });
  });

  it('counts down to the next round, and stays at 0 when it is late', () => {
    expect(situationAfter([connected('1002'), rechoke], 2_000).nextRoundInMs).toBe(5_000);
    expect(situationAfter([connected('1002'), rechoke], 4_400).nextRoundInMs).toBe(2_600);
    expect(situationAfter([connected('1002'), rechoke], 9_000).nextRoundInMs).toBe(0);
    expect(
      situationAfter([rechoke, { kind: 'ended', outcome: 'complete', lost: [] }]).nextRoundInMs,
    ).toBeNull();
  });

  it('of a share stays the same while nothing happens', () => {
    const state = new SwarmState();
    const facts = [{ ...started, dialect: 'bittorrent' }, connected('1002'), rechoke];
    for (const [seq, fact] of facts.entries()) state.apply({ ...fact, seq, atMs: 0, wallMs: 0 });
    const before = situationOf(state);
    state.advance(2_000);
    expect(situationOf(state)).toEqual(before);
  });

  it('tells for how long nothing has come, since the last piece or since we may ask', () => {
    const asked = [connected('1001'), about('received-unchoke', '1001'), requested('1001', 3)];
    expect(situationAfter(asked, 9_000).quietMs).toBe(7_000);
    const arrived: JournalFact = { kind: 'piece-received', peer: '1001', piece: 3 };
    expect(situationAfter([...asked, arrived], 9_000).quietMs).toBeNull();
    expect(situationAfter([...asked, requested('1001', 4), arrived], 9_000).quietMs).toBe(4_000);
  });

  it('tells failures and the end', () => {
    expect(
      situationAfter([
        { kind: 'storage-failed', reason: 'tree.jpg: the disk is full' },
        { kind: 'ended', outcome: 'storage-failed', lost: [] },
      ]),
    ).toMatchObject({ storageFailure: 'tree.jpg: the disk is full', outcome: 'storage-failed' });
  });
});
