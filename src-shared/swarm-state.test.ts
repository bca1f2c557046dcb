import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryEvents } from './arbitrary-events-suite.ts';
import type { ChokeDecision, JournalEvent, JournalFact, PeerId } from './journal.ts';
import { type Neighbour, pieceState, SwarmState } from './swarm-state.ts';

/** Ten pieces of 100 bytes, the last one of 50; 1001 is a seed, we are 1003 and have pieces 0 and 9. */
const started: Extract<JournalFact, { kind: 'started' }> = {
  kind: 'started',
  self: '1003',
  dialect: 'course',
  name: 'tree.jpg',
  totalLength: 950,
  pieceLength: 100,
  pieceCount: 10,
  bitfield: '8040',
  roster: [1001, 1002, 1003, 1004].map(id => ({
    peer: String(id),
    address: `10.0.0.${id - 1000}:6008`,
    seed: id === 1001,
  })),
  preferredSlots: 2,
  unchokingIntervalMs: 5_000,
  optimisticIntervalMs: 15_000,
  strategy: 'rarest',
};

const connected = (peer: PeerId): JournalFact => ({
  kind: 'connected',
  peer,
  direction: 'dialled',
  remote: `${peer}:6008`,
});
const disconnected = (peer: PeerId): JournalFact => ({ kind: 'disconnected', peer, reason: 'reset' });
const bitfield = (peer: PeerId, bits: string): JournalFact => ({
  kind: 'received-bitfield',
  peer,
  bitfield: bits,
  count: 0,
});
const have = (peer: PeerId, piece: number): JournalFact => ({ kind: 'received-have', peer, piece });
const requested = (peer: PeerId, piece: number): JournalFact => ({
  kind: 'requested',
  peer,
  piece,
  offset: 0,
  length: 100,
  reason: { rule: 'rarest', copies: 1, peers: 2 },
});
const released = (peer: PeerId, piece: number): JournalFact => ({
  kind: 'request-released',
  peer,
  piece,
  offset: 0,
  reason: 'choked',
});
const completed = (peer: PeerId, piece: number): JournalFact => ({
  kind: 'piece-completed',
  peer,
  piece,
  count: 0,
});
const rechoke = (preferred: readonly PeerId[]): JournalFact => {
  const decision: ChokeDecision = {
    round: 0,
    rule: 'rates',
    slots: 2,
    candidates: [],
    preferred,
    unchoke: [],
    choke: [],
  };
  return { kind: 'choke-decision', decision };
};
const draw = (optimistic: PeerId, kept = false): JournalFact => ({
  kind: 'optimistic-decision',
  decision: { candidates: [], kept, optimistic, choke: [] },
});
const unchoked = (peer: PeerId, role: 'preferred' | 'optimistic'): JournalFact => ({
  kind: 'sent-unchoke',
  peer,
  role,
});

/** A state into which facts are folded, each a second after the one before. */
function folded(...facts: readonly JournalFact[]): {
  state: SwarmState;
  then: (...more: JournalFact[]) => void;
} {
  const state = new SwarmState();
  const then = (...more: readonly JournalFact[]) => {
    for (const fact of more) {
      const seq = state.length;
      state.apply({ ...fact, seq, atMs: seq * 1000, wallMs: 1_700_000_000_000 + seq * 1000 });
    }
  };
  then(started, ...facts);
  return { state, then };
}

function neighbour(state: SwarmState, peer: PeerId): Neighbour {
  return state.neighbours.get(peer)!;
}

/** The pieces in the order of their numbers: "." missing, "r" requested, "v" verifying, "*" have. */
function drawn(state: SwarmState): string {
  return Array.from(state.pieces, piece => '.rv*'[piece]).join('');
}

describe('the start', () => {
  it('knows the run, our pieces and the others, none of them connected', () => {
    const { state } = folded();
    expect(state.run).toMatchObject({ self: '1003', pieceCount: 10, preferredSlots: 2, strategy: 'rarest' });
    expect(drawn(state)).toBe('*........*');
    expect([state.haveCount, state.unavailableCount, state.isComplete]).toEqual([2, 8, false]);
    expect([state.selfIndex, state.selfAddress, state.startedWallMs]).toEqual([
      2,
      '10.0.0.3:6008',
      1_700_000_000_000,
    ]);
    expect([...state.neighbours.values()].map(({ peer, complete }) => [peer, complete])).toEqual([
      ['1001', true],
      ['1002', false],
      ['1004', false],
    ]);
    expect([...state.neighbours.values()].every(({ connectedAt }) => connectedAt === undefined)).toBe(true);
  });

  it('is nothing before the first event', () => {
    const state = new SwarmState();
    expect([state.run, state.isComplete, state.lengthOf(0)]).toEqual([undefined, false, 0]);
  });

  it('forgets an earlier run of the same journal', () => {
    const { state } = folded(
      connected('1002'),
      requested('1002', 1),
      completed('1002', 1),
      rechoke(['1002']),
      {
        kind: 'ended',
        outcome: 'interrupted',
        lost: [],
      },
    );
    const length = state.length;
    state.apply({ ...started, bitfield: 'c040', seq: length, atMs: 0, wallMs: 1_700_000_100_000 });
    expect(drawn(state)).toBe('**.......*');
    expect(state).toMatchObject({
      atMs: 0,
      startedWallMs: 1_700_000_100_000,
      outcome: undefined,
      lastRechoke: undefined,
      latestRequest: undefined,
      preferred: [],
      length: length + 1,
    });
    expect([state.received.total, neighbour(state, '1002').lastSeenAt]).toEqual([0, undefined]);
  });
});

describe('pieces of others', () => {
  it('are what bitfields and haves told, each counted once', () => {
    const { state, then } = folded(connected('1002'), connected('1004'), bitfield('1002', 'a000'));
    expect([...state.copies]).toEqual([1, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    then(have('1002', 0), have('1002', 4), bitfield('1004', '2800'), have('1004', 99));
    expect([...state.copies]).toEqual([1, 0, 2, 0, 2, 0, 0, 0, 0, 0]);
    expect([...neighbour(state, '1002').pieces]).toEqual([0, 2, 4]);
    expect(state.unavailableCount).toBe(6);
  });

  it('are all there with a seed of the roster, before it says so', () => {
    const { state } = folded(connected('1001'), bitfield('1001', '0000'));
    expect(neighbour(state, '1001')).toMatchObject({ complete: true, pieces: { count: 10 } });
    expect([state.copies[5], state.unavailableCount]).toEqual([1, 0]);
  });

  it('are no copies while their owner is away, yet stay to be looked at', () => {
    const { state, then } = folded(connected('1002'), bitfield('1002', 'a000'), disconnected('1002'));
    expect([...state.copies]).toEqual(Array(10).fill(0));
    expect(state.unavailableCount).toBe(8);
    expect([...neighbour(state, '1002').pieces]).toEqual([0, 2]);
    then(have('1002', 5), disconnected('1002'));
    expect([...state.copies]).toEqual(Array(10).fill(0));
    then(connected('1002'));
    expect(neighbour(state, '1002').pieces.count).toBe(0);
    then(bitfield('1002', '8000'));
    expect([...state.copies]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('count once when a neighbour connects anew without having left', () => {
    const { state } = folded(connected('1002'), bitfield('1002', 'a000'), connected('1002'), have('1002', 2));
    expect([...state.copies]).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('make it complete, and not interested whatever it said', () => {
    const { state, then } = folded(connected('1002'), bitfield('1002', 'ff80'), {
      kind: 'received-interested',
      peer: '1002',
    });
    expect(neighbour(state, '1002')).toMatchObject({ complete: false, peerInterested: true });
    then(have('1002', 9));
    expect(neighbour(state, '1002')).toMatchObject({ complete: true, peerInterested: false });
    then({ kind: 'received-interested', peer: '1002' });
    expect(neighbour(state, '1002').peerInterested).toBe(false);
  });

  it('make it incomplete when it comes back with less', () => {
    const { state, then } = folded(connected('1002'), { kind: 'peer-completed', peer: '1002' });
    expect(neighbour(state, '1002').complete).toBe(true);
    then(disconnected('1002'), connected('1002'));
    expect(neighbour(state, '1002').complete).toBe(true);
    then(bitfield('1002', '8000'));
    expect(neighbour(state, '1002').complete).toBe(false);
  });
});

describe('our pieces', () => {
  it('are requested, verified and had', () => {
    const { state, then } = folded(connected('1001'), requested('1001', 3));
    expect(drawn(state)).toBe('*..r.....*');
    expect([state.requestedCount, [...neighbour(state, '1001').requested]]).toEqual([1, [3]]);
    expect(state.latestRequest).toEqual({
      atMs: 2_000,
      peer: '1001',
      piece: 3,
      reason: { rule: 'rarest', copies: 1, peers: 2 },
    });
    then({ kind: 'piece-received', peer: '1001', piece: 3 });
    expect([drawn(state), state.requestedCount, state.lastPieceAt]).toEqual(['*..v.....*', 0, 3_000]);
    then(completed('1001', 3));
    expect([drawn(state), state.haveCount]).toEqual(['*..*.....*', 3]);
    expect([state.received.total, neighbour(state, '1001').received.total]).toEqual([100, 100]);
  });

  it('count the bytes of a shorter last one', () => {
    const { state, then } = folded();
    state.apply({ ...started, bitfield: '0000', seq: 1, atMs: 0, wallMs: 0 });
    then(connected('1001'), completed('1001', 9), completed('1001', 9), completed('1001', 10));
    expect([state.haveCount, state.received.total, state.lengthOf(9)]).toEqual([1, 50, 50]);
  });

  it('are missing again when the last request for them is released', () => {
    const { state, then } = folded(
      connected('1001'),
      connected('1002'),
      requested('1001', 3),
      requested('1002', 3),
      requested('1002', 4),
    );
    then(released('1002', 3));
    expect(drawn(state)).toBe('*..rr....*');
    then(released('1001', 3), disconnected('1002'));
    expect([drawn(state), state.requestedCount]).toEqual(['*........*', 0]);
  });

  it('stay under way when a request is released after all of them came', () => {
    const { state } = folded(
      connected('1001'),
      requested('1001', 3),
      { kind: 'piece-received', peer: '1001', piece: 3 },
      released('1001', 3),
    );
    expect(drawn(state)).toBe('*..v.....*');
  });

  it('are missing again when verification fails', () => {
    const { state } = folded(
      connected('1001'),
      requested('1001', 3),
      { kind: 'piece-received', peer: '1001', piece: 3 },
      { kind: 'piece-failed', piece: 3, peers: ['1001'] },
    );
    expect([drawn(state), state.requestedCount, state.haveCount]).toEqual(['*........*', 0, 2]);
  });

  it('stay had when a second copy comes', () => {
    const { state } = folded(
      connected('1001'),
      completed('1001', 3),
      requested('1001', 3),
      { kind: 'piece-received', peer: '1001', piece: 3 },
      { kind: 'piece-failed', piece: 3, peers: ['1001'] },
      completed('1001', 3),
    );
    expect([drawn(state), state.haveCount]).toEqual(['*..*.....*', 3]);
  });

  it('are available to us once had, though nobody here has them any more', () => {
    const { state } = folded(connected('1002'), have('1002', 3), disconnected('1002'), completed('1002', 3));
    expect([state.unavailableCount, state.haveCount]).toEqual([7, 3]);
  });
});

describe('choking', () => {
  it('is known from both sides, and since when', () => {
    const { state, then } = folded(connected('1002'));
    expect(neighbour(state, '1002')).toMatchObject({
      amChoking: true,
      peerChoking: true,
      roleSince: 1_000,
      peerChokingSince: 1_000,
    });
    then({ kind: 'received-unchoke', peer: '1002' }, { kind: 'received-unchoke', peer: '1002' });
    expect(neighbour(state, '1002')).toMatchObject({ peerChoking: false, peerChokingSince: 2_000 });
    then(unchoked('1002', 'preferred'), { kind: 'sent-interested', peer: '1002' });
    expect(neighbour(state, '1002')).toMatchObject({
      amChoking: false,
      amInterested: true,
      role: 'preferred',
      roleSince: 4_000,
    });
    then({ kind: 'sent-choke', peer: '1002' }, { kind: 'received-choke', peer: '1002' });
    expect(neighbour(state, '1002')).toMatchObject({
      amChoking: true,
      role: undefined,
      roleSince: 6_000,
      peerChoking: true,
      peerChokingSince: 7_000,
    });
  });

  it('changes roles by a decision alone, without a message', () => {
    const { state, then } = folded(connected('1002'), draw('1002'), unchoked('1002', 'optimistic'));
    then(rechoke(['1002']));
    expect(neighbour(state, '1002')).toMatchObject({ role: 'preferred', roleSince: 4_000 });
    then(rechoke(['1002']));
    expect(neighbour(state, '1002')).toMatchObject({ role: 'preferred', roleSince: 4_000 });
    then(rechoke([]));
    expect(neighbour(state, '1002')).toMatchObject({ role: 'optimistic', roleSince: 6_000 });
  });

  it('gives a role only to those that are unchoked', () => {
    const { state } = folded(connected('1002'), connected('1004'), draw('1004'), rechoke(['1002']));
    expect([neighbour(state, '1002').role, neighbour(state, '1004').role]).toEqual([undefined, undefined]);
    expect([state.preferred, state.optimistic]).toEqual([['1002'], '1004']);
    expect([state.lastDraw?.seq, state.lastRechoke?.seq, state.lastRechoke?.atMs]).toEqual([3, 4, 4_000]);
  });

  it('keeps the optimistic one when a draw finds nobody', () => {
    const { state, then } = folded(connected('1002'), draw('1002'), draw('1002', true));
    expect([state.optimistic, state.lastDraw?.decision.kept]).toEqual(['1002', true]);
    then(disconnected('1002'), {
      kind: 'optimistic-decision',
      decision: { candidates: [], kept: true, optimistic: undefined, choke: [] },
    });
    expect(state.optimistic).toBeUndefined();
  });

  it('is forgotten with the connection', () => {
    const { state } = folded(
      connected('1002'),
      rechoke(['1002']),
      unchoked('1002', 'preferred'),
      { kind: 'received-unchoke', peer: '1002' },
      { kind: 'received-interested', peer: '1002' },
      { kind: 'sent-interested', peer: '1002' },
      disconnected('1002'),
      connected('1002'),
      draw('1002'),
      unchoked('1002', 'optimistic'),
    );
    expect(neighbour(state, '1002')).toMatchObject({
      peerChoking: true,
      peerInterested: false,
      amInterested: false,
      role: 'optimistic',
    });
    expect(state.preferred).toEqual([]);
  });
});

describe('connections', () => {
  it('come, go and leave their trouble', () => {
    const { state, then } = folded({
      kind: 'dial-failed',
      peer: '1001',
      address: '10.0.0.1:6008',
      reason: 'refused',
    });
    expect(neighbour(state, '1001')).toMatchObject({ trouble: 'refused', lastSeenAt: undefined });
    then(connected('1001'));
    expect(neighbour(state, '1001')).toMatchObject({
      trouble: undefined,
      connectedAt: 2_000,
      direction: 'dialled',
    });
    then(disconnected('1001'));
    expect(neighbour(state, '1001')).toMatchObject({
      trouble: 'reset',
      connectedAt: undefined,
      lastSeenAt: 3_000,
    });
  });

  it('begin to count bytes anew, while the totals of the run go on', () => {
    const { state, then } = folded(
      connected('1002'),
      { kind: 'uploaded', peer: '1002', piece: 0, offset: 0, length: 100 },
      disconnected('1002'),
    );
    expect(neighbour(state, '1002').sent.total).toBe(100);
    then(connected('1002'), { kind: 'uploaded', peer: '1002', piece: 9, offset: 0, length: 50 });
    expect([neighbour(state, '1002').sent.total, state.sent.total]).toEqual([50, 150]);
  });

  it('of strangers are no rows', () => {
    const { state } = folded(connected('1009'), have('1009', 1), disconnected('1009'));
    expect([state.neighbours.size, state.copies[1]]).toEqual([3, 0]);
  });
});

describe('the end', () => {
  it('is told with its cause', () => {
    const { state, then } = folded({ kind: 'storage-failed', reason: 'tree.jpg: the disk is full' });
    expect([state.storageFailure, state.outcome]).toEqual(['tree.jpg: the disk is full', undefined]);
    then({ kind: 'ended', outcome: 'storage-failed', lost: [] });
    expect(state.outcome).toBe('storage-failed');
  });
});

describe('time', () => {
  it('passes with events and between them, never backwards', () => {
    const { state, then } = folded(connected('1002'));
    state.advance(1_700);
    expect(state.atMs).toBe(1_700);
    state.advance(200);
    expect(state.atMs).toBe(1_700);
    then(have('1002', 1));
    expect(state.atMs).toBe(2_000);
  });
});

describe('a copy', () => {
  /** All that a state holds, sets and bitfields told as lists. */
  const told = (state: SwarmState) => ({
    ...state,
    pieces: [...state.pieces],
    copies: [...state.copies],
    received: [state.received.total, state.received.rate(state.atMs)],
    sent: [state.sent.total, state.sent.rate(state.atMs)],
    neighbours: [...state.neighbours.values()].map(other => ({
      ...other,
      pieces: [...other.pieces],
      requested: [...other.requested],
      received: [other.received.total, other.received.rate(state.atMs)],
      sent: [other.sent.total, other.sent.rate(state.atMs)],
    })),
  });

  /** Events of the roster's peers and of few pieces, so that they meet. */
  const meeting = arbitraryEvents.map(events =>
    events
      .filter(({ kind }) => kind !== 'started')
      .map((event): JournalEvent => {
        const changed: Record<string, unknown> = { ...event };
        if ('peer' in event) changed.peer = String(1001 + (Number(event.peer) % 4));
        if ('piece' in event) changed.piece = event.piece % 11;
        return changed as unknown as JournalEvent;
      }),
  );
  const all = [connected('1001'), connected('1002'), connected('1004'), requested('1001', 3)];

  it('is the same, and stays so when the original goes on', () => {
    fc.assert(
      fc.property(meeting, meeting, (before, after) => {
        const { state } = folded(...all);
        for (const event of before) state.apply(event);
        const copy = state.copy();
        const then = told(state);
        expect(told(copy)).toEqual(then);
        for (const event of after) state.apply(event);
        expect(told(copy)).toEqual(then);
      }),
    );
  });

  it('goes on as the original does', () => {
    fc.assert(
      fc.property(meeting, meeting, (before, after) => {
        const { state } = folded(...all);
        for (const event of before) state.apply(event);
        const copy = state.copy();
        for (const event of after) {
          state.apply(event);
          copy.apply(event);
        }
        expect(told(copy)).toEqual(told(state));
      }),
    );
  });
});

describe('whatever the events', () => {
  it('counts what it holds', () => {
    fc.assert(
      fc.property(arbitraryEvents, events => {
        const { state } = folded();
        for (const event of events) state.apply(event);
        const had = state.pieces.filter(piece => piece === pieceState.have).length;
        expect(state.haveCount).toBe(had);
        const nowhere = [...state.pieces.keys()].filter(
          piece => state.pieces[piece] !== pieceState.have && state.copies[piece] === 0,
        );
        expect(state.unavailableCount).toBe(nowhere.length);
        expect(state.length).toBe(events.length + 1);
      }),
    );
  });
});
