import { describe, expect, it } from 'vitest';
import type { JournalEvent, JournalFact } from '../../../src-shared/journal.ts';
import type { ShareActivity } from '../../../src-shared/share.ts';
import type { HostedShare } from '../shares/share.ts';
import { ShareSwarm } from './share-swarm.ts';

const started: JournalFact = {
  kind: 'started',
  self: '1',
  dialect: 'bittorrent',
  name: 'film',
  totalLength: 1000,
  pieceLength: 10,
  pieceCount: 100,
  bitfield: '00'.repeat(13),
  roster: [],
  preferredSlots: 4,
  unchokingIntervalMs: 1000,
  optimisticIntervalMs: 3000,
  strategy: 'rarest',
};

/** A share that tells what the test says. */
function begin(mostRows?: number) {
  const shown = { peers: 0, upBytesPerSecond: 0, downBytesPerSecond: 0, workProgress: null as number | null };
  const share = {
    id: 's1',
    name: 'film',
    onEvent: (_event: JournalEvent) => {},
    isRunning: false,
    record: { folder: '/x', uploadBytesPerSecond: null },
    notices: [] as string[],
    magnet: 'magnet:?xt=urn:btih:aa',
    queuePosition: null as number | null,
    activity: 'downloading' as ShareActivity,
    state: { failure: null as string | null },
    summary: () => ({ ...shown, magnet: share.magnet, queuePosition: share.queuePosition }),
  };
  const swarm = new ShareSwarm(
    share as unknown as HostedShare,
    () => new Map([['10.0.0.7', 'lab-07']]),
    mostRows,
  );
  let seq = 0;
  const tell = (fact: JournalFact, atMs: number) => {
    share.onEvent({ ...fact, seq, atMs, wallMs: 1_000_000 + atMs });
    seq += 1;
  };
  const be = (activity: ShareActivity, isRunning = false) => {
    const failure = activity === 'failed' ? 'It broke.' : null;
    Object.assign(share, { activity, isRunning, state: { failure } });
    return swarm.peers[0];
  };
  return { swarm, share, shown, tell, be };
}

describe('the swarm of a share', () => {
  it('has a status that other swarms have too', () => {
    const { be } = begin();
    expect(be('hashing').status).toBe('starting');
    expect(be('queued').status).toBe('waiting');
    expect(be('downloading', true).status).toBe('running');
    expect(be('failed')).toMatchObject({ status: 'failed', problem: 'It broke.' });
    expect(be('paused')).toMatchObject({ status: 'waiting', problem: null });
  });

  it('speaks of its neighbours by the names of their computers', () => {
    const { swarm, tell } = begin();
    tell(started, 0);
    for (const [peer, address] of [
      ['2', '10.0.0.7:6881'],
      ['3', '10.0.0.8:6881'],
    ] as const) {
      tell({ kind: 'peer-known', peer, address, client: '' }, 0);
      tell({ kind: 'connected', peer, direction: 'dialled', remote: address }, 0);
    }
    expect(swarm.peers[0].summary().situation?.incomplete).toEqual(['lab-07', '10.0.0.8']);
  });

  it('begins a new tape with each run, with a clock that ends with it', () => {
    const { swarm, tell } = begin();
    const [peer] = swarm.peers;
    tell(started, 0);
    tell({ kind: 'completed' }, 5);
    expect([peer.tape.length, peer.edition]).toEqual([2, 0]);
    expect(peer.nowMs()).toBeGreaterThanOrEqual(0);
    tell({ kind: 'ended', outcome: 'interrupted', lost: [] }, 10);
    expect(peer.nowMs()).toBeNull();
    tell(started, 0);
    expect([peer.tape.length, peer.edition]).toEqual([1, 1]);
  });

  it('goes on with another tape when one is long, which begins with the present at time 0', () => {
    const { swarm, tell } = begin(20);
    const [peer] = swarm.peers;
    tell(started, 0);
    tell({ kind: 'peer-known', peer: '2', address: '10.0.0.2:1', client: 'Piecewise' }, 10);
    tell({ kind: 'connected', peer: '2', direction: 'dialled', remote: '10.0.0.2:1' }, 20);
    for (let piece = 0; piece < 17; piece += 1)
      tell({ kind: 'piece-completed', peer: '2', piece, count: piece + 1 }, 100 * piece + 100);
    expect(peer.edition).toBe(1);
    expect(peer.tape.length).toBe(3);
    expect([peer.tape.atMs(0), peer.tape.wallMs(0)]).toEqual([0, 1_001_700]);
    expect(peer.state).toMatchObject({ haveCount: 17 });
    tell({ kind: 'piece-completed', peer: '2', piece: 17, count: 18 }, 1_750);
    expect(peer.tape.event(3)).toMatchObject({
      kind: 'piece-completed',
      seq: 3,
      atMs: 50,
      wallMs: 1_001_750,
    });
    expect(peer.state.haveCount).toBe(18);
    expect(peer.nowMs()).toBeLessThan(1_000);
  });

  it('looks the same, without another look, until something happens to it', () => {
    const { swarm, share, tell, be } = begin();
    be('seeding', true);
    tell(started, 0);
    const changes: readonly (() => void)[] = [
      () => tell({ kind: 'peer-known', peer: '2', address: '10.0.0.7:6881', client: '' }, 5),
      () => be('paused'),
      () => Object.assign(share, { record: { ...share.record, folder: '/y' } }),
      () => Object.assign(share, { magnet: 'magnet:?xt=urn:btih:aa&tr=there' }),
      () => Object.assign(share, { queuePosition: 3 }),
      () => share.notices.push('It was moved.'),
    ];
    let before = swarm.summary();
    for (const change of changes) {
      expect(swarm.summary()).toBe(before);
      change();
      const after = swarm.summary();
      expect(after).not.toBe(before);
      before = after;
    }
  });

  it.each([{ peers: 1 }, { upBytesPerSecond: 1 }, { downBytesPerSecond: 1 }, { workProgress: 0.5 }])(
    'is looked at each time while a figure may change by itself: %o',
    moving => {
      const { swarm, shown, be } = begin();
      be('seeding', true);
      Object.assign(shown, moving);
      expect(swarm.summary()).not.toBe(swarm.summary());
    },
  );
});
