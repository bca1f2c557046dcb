import { describe, expect, it } from 'vitest';
import { busySwarms, peerSummary, situation, swarmSummary } from '../../testing/scenes.ts';
import { shareSwarm, shareSwarms } from '../../testing/share-scenes.ts';
import { homeTexts } from '../../texts/home.ts';
import { barTone, rowOf, totalsOf } from './swarm-row.ts';

describe('the row of a course swarm', () => {
  it('tells share, rates and neighbours of the peer that runs here', () => {
    expect(rowOf(swarmSummary())).toMatchObject({
      share: 196 / 306,
      state: 'active',
      counted: '196 of 306',
      down: 59_000,
      up: 96_000,
      connected: '8 of 8',
      isRunning: true,
      isTrouble: false,
    });
  });

  it('says why it failed, where there is nothing to tell of', () => {
    const failed = peerSummary({ status: 'failed', situation: null, problem: 'Port 6001 is in use.' });
    expect(rowOf(swarmSummary({ peers: [failed] }))).toMatchObject({
      share: 0,
      state: 'failed',
      sentence: { lead: 'Failed', rest: ': Port 6001 is in use.' },
      isTrouble: true,
      down: null,
    });
  });

  it('shows no rates of a run that has ended', () => {
    const ended = peerSummary({ status: 'ended', situation: situation({ outcome: 'interrupted' }) });
    expect(rowOf(swarmSummary({ peers: [ended] }))).toMatchObject({
      state: 'halted',
      down: null,
      up: null,
      connected: '0 of 8',
      isRunning: false,
    });
  });

  it.each([
    ['waits when everybody chokes us', { sources: [], chokingUs: ['1001'] }, 'waiting'],
    ['is complete and serves', { haveCount: 306 }, 'complete'],
    ['is complete and waits for others', { haveCount: 306, incomplete: [], notStarted: ['1004'] }, 'waiting'],
    ['has trouble with its disk', { storageFailure: 'the disk is full' }, 'failed'],
  ] as const)('has a ring that %s', (_name, change, state) => {
    const peers = [peerSummary({ situation: situation(change) })];
    expect(rowOf(swarmSummary({ peers })).state).toBe(state);
  });

  it('has every piece of an empty file', () => {
    const peers = [peerSummary({ situation: situation({ pieceCount: 0, haveCount: 0 }) })];
    expect(rowOf(swarmSummary({ peers })).share).toBe(1);
  });
});

describe('the row of a replay', () => {
  const replay = (change: Parameters<typeof situation>[0]) =>
    rowOf(
      swarmSummary({
        kind: 'replay',
        peers: [peerSummary({ status: 'ended', situation: situation(change) })],
      }),
    );

  it('does not pretend that a journal without an end goes on', () => {
    expect(replay({})).toMatchObject({
      sentence: { lead: 'Recorded', rest: '; the journal breaks off at 64 %' },
      short: 'Breaks off at 64 %',
      down: null,
    });
  });

  it('tells how its run ended', () => {
    expect(replay({ outcome: 'complete', haveCount: 306 }).sentence.lead).toBe('Complete');
  });
});

describe('the row of a demo', () => {
  const peer = (id: string, haveCount: number, status: 'running' | 'killed' = 'running') =>
    peerSummary({ peer: id, status, situation: situation({ self: id, haveCount, pieceCount: 100 }) });

  it('sums over its peers', () => {
    const row = rowOf(
      swarmSummary({
        kind: 'demo',
        peers: [
          peer('1001', 100),
          peer('1002', 50),
          peer('1003', 30, 'killed'),
          peerSummary({ peer: '1004', status: 'waiting', situation: null }),
        ],
      }),
    );
    expect(row).toMatchObject({
      share: 0.45,
      state: 'active',
      sentence: { lead: '1 of 4 peers has the whole file', rest: '; 1004 waits to be started' },
      counted: '1 of 4 peers',
      down: 118_000,
      up: 192_000,
      connected: '2 of 4',
    });
  });

  it('is complete when everybody is', () => {
    expect(
      rowOf(swarmSummary({ kind: 'demo', peers: [peer('1001', 100), peer('1002', 100)] })),
    ).toMatchObject({
      share: 1,
      state: 'complete',
      sentence: { lead: 'Complete', rest: '; all 2 peers have the whole file' },
    });
  });

  it('names a peer that failed before anything else', () => {
    const failed = peerSummary({ peer: '1002', status: 'failed', situation: null, problem: 'Port in use.' });
    expect(rowOf(swarmSummary({ kind: 'demo', peers: [peer('1001', 100), failed] }))).toMatchObject({
      sentence: { lead: '1002 failed', rest: ': Port in use.' },
      isTrouble: true,
    });
  });
});

describe('the row of a share', () => {
  const row = (change: Parameters<typeof shareSwarm>[2]) => rowOf(shareSwarm('s', 'a.iso', change));

  it('tells what is here of what is wanted, and how many peers there are', () => {
    expect(row({})).toMatchObject({
      share: 3.1 / 4.7,
      state: 'active',
      counted: '2.9 of 4.4 GiB',
      down: 94_000_000,
      up: 12_000_000,
      connected: '6',
      isRunning: true,
      isTrouble: false,
    });
  });

  it.each([
    [
      { activity: 'hashing', workProgress: 0.5 },
      { share: 0.5, state: 'working', counted: '4.4 GiB' },
    ],
    [
      { activity: 'checking', workProgress: 0.5 },
      { share: 0.5, state: 'working', down: null },
    ],
    [{ activity: 'queued' }, { state: 'waiting', isRunning: false, connected: null }],
    [{ activity: 'paused' }, { state: 'halted', isRunning: false, down: null }],
    [
      { activity: 'seeding', haveLength: 4_700_000_000 },
      { state: 'complete', share: 1, counted: '4.4 GiB' },
    ],
    [
      { activity: 'downloading', peers: 0 },
      { state: 'waiting', isRunning: true },
    ],
    [
      { activity: 'failed', problem: 'The disk is full.' },
      { state: 'failed', isTrouble: true },
    ],
    [
      { activity: 'metadata', totalLength: 0, wantedLength: 0 },
      { share: 0, counted: '' },
    ],
  ] as const)('tells %j', (change, expected) => {
    expect(row(change)).toMatchObject(expected);
  });

  it('can be made of every state', () => {
    for (const swarm of shareSwarms) expect(rowOf(swarm).sentence.lead).not.toBe('');
  });
});

describe('the totals', () => {
  it('count swarms at work and what moves in them', () => {
    const ended = peerSummary({ status: 'ended' });
    const swarms = [swarmSummary(), swarmSummary({ peers: [ended] }), swarmSummary()];
    expect(totalsOf({ swarms, recent: [], notices: [] })).toEqual({
      all: 3,
      active: 2,
      down: 118_000,
      up: 192_000,
      areShares: false,
    });
  });

  it('calls shares what are nothing but shares', () => {
    const told = (swarms: Parameters<typeof totalsOf>[0]['swarms']) =>
      homeTexts.totals(totalsOf({ swarms, recent: [], notices: [] }));
    const paused = shareSwarm('two', 'two', { activity: 'paused' });
    expect(told([shareSwarm('one', 'one'), paused])).toBe(
      '1 of 2 shares is active; 94 MB/s down, 12 MB/s up in all.',
    );
    expect(told([paused])).toBe('The share is not active.');
    expect(told([paused, swarmSummary()])).toMatch(/^1 of 2 swarms is active/);
  });

  it('can be made of every state', () => {
    expect(totalsOf({ swarms: busySwarms, recent: [], notices: [] })).toMatchObject({
      all: busySwarms.length,
      active: 4,
    });
  });
});

describe('the bar of a share', () => {
  it.each([
    ['goes on', { activity: 'downloading' }, 'in'],
    ['stands still when it is paused', { activity: 'paused' }, 'halted'],
    ['stands still when it failed', { activity: 'failed', problem: 'The disk is full.' }, 'halted'],
    ['is whole although it is paused', { activity: 'paused', haveLength: 4_700_000_000 }, 'ok'],
    ['is whole when it is complete', { activity: 'seeding', haveLength: 4_700_000_000 }, 'ok'],
  ] as const)('%s', (_name, change, tone) => {
    expect(barTone(rowOf(shareSwarm('one', 'one', change)))).toBe(tone);
  });
});

describe('what a share counts', () => {
  const kib = 1024;
  const mib = kib * kib;
  const gib = mib * kib;
  it.each([
    [1.2 * gib, 4.4 * gib, '1.2 of 4.4 GiB'],
    [228.4 * mib, 610.4 * mib, '228 of 610 MiB'],
    [4.4 * gib, 4.4 * gib, '4.4 GiB'],
    [999 * mib, 1.4 * gib, '1.0 of 1.4 GiB'],
    [57.2 * mib, 4.4 * gib, '57 MiB of 4.4 GiB'],
    [0, 2 * gib, '0 of 2.0 GiB'],
    [1, 2 * gib, '1 B of 2.0 GiB'],
  ])('of %d bytes of %d is short: %s', (have, all, text) => {
    expect(homeTexts.bytesOf(have, all)).toBe(text);
  });
});
