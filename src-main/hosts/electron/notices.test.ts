import { describe, expect, it } from 'vitest';
import type { HomeView, SwarmSummary } from '../../../src-shared/contract.ts';
import type { ShareSummary } from '../../../src-shared/share.ts';
import { NoticeLimit, noticesBetween } from './notices.ts';
import { peerSummary, summary } from './testing/stub-app.ts';

const home = (...swarms: readonly SwarmSummary[]): HomeView => ({ swarms, recent: [], notices: [] });
const complete = peerSummary({}, { haveCount: 9 });
const between = (before: SwarmSummary, after: SwarmSummary) => noticesBetween(home(before), home(after));

describe('notices', () => {
  it('tell that this computer has the whole file, once', () => {
    const done = summary({ peers: [complete] });
    expect(between(summary(), done)).toEqual([
      { title: 'TheFile.dat is complete', body: 'This computer has the whole file.' },
    ]);
    expect(between(done, done)).toEqual([]);
  });

  it('tell of a demo when all of its peers are complete', () => {
    const half = summary({ kind: 'demo', peers: [complete, peerSummary({ peer: '1002' })] });
    const done = summary({ kind: 'demo', peers: [complete, complete] });
    expect(between(summary({ kind: 'demo' }), half)).toEqual([]);
    expect(between(half, done)).toMatchObject([{ body: 'Every peer of the demo has the whole file.' }]);
  });

  it('tell why a swarm stopped, once', () => {
    const failed = summary({ peers: [peerSummary({ status: 'failed', problem: 'Port 6008 is in use.' })] });
    expect(between(summary(), failed)).toEqual([
      { title: 'TheFile.dat has stopped', body: 'Port 6008 is in use.' },
    ]);
    expect(between(failed, failed)).toEqual([]);
    const full = summary({ peers: [peerSummary({}, { storageFailure: 'The disk is full.' })] });
    expect(between(summary(), full)).toMatchObject([{ body: 'The disk is full.' }]);
    const lost = summary({ peers: [peerSummary({}, { outcome: 'peers-lost' })] });
    expect(between(summary(), lost)).toMatchObject([{ body: 'The others are gone and did not come back.' }]);
  });

  it('are silent about a seed, a replay, a swarm that is stopped, and one that is new', () => {
    const seed = summary({ peers: [complete] });
    expect(between(seed, seed)).toEqual([]);
    expect(noticesBetween(home(), home(seed))).toEqual([]);
    const replay = (peer = peerSummary()) => summary({ kind: 'replay', peers: [peer] });
    expect(between(replay(), replay(complete))).toEqual([]);
    expect(between(summary(), summary({ peers: [peerSummary({}, { outcome: 'interrupted' })] }))).toEqual([]);
  });

  it('tell of a share that is complete, waits for room or has stopped', () => {
    const share = (changes: Partial<ShareSummary>) =>
      summary({
        kind: 'share',
        name: 'film',
        share: {
          activity: 'downloading',
          problem: null,
          wantedLength: 100,
          haveLength: 50,
          ...changes,
        } as ShareSummary,
      });
    const complete = share({ activity: 'seeding', haveLength: 100 });
    expect(between(share({}), complete)).toMatchObject([{ title: 'film is complete' }]);
    expect(between(complete, complete)).toEqual([]);
    expect(between(share({ activity: 'checking', haveLength: 0 }), complete)).toEqual([]);
    expect(between(share({}), share({ wantedLength: 50 }))).toEqual([]);
    expect(between(share({}), share({ problem: 'There is no room.' }))).toEqual([
      { title: 'film waits', body: 'There is no room.' },
    ]);
    const failed = share({ activity: 'failed', problem: 'It broke.' });
    expect(between(share({}), failed)).toEqual([{ title: 'film has stopped', body: 'It broke.' }]);
    expect(between(failed, failed)).toEqual([]);
  });

  it('are three a minute at most', () => {
    const limit = new NoticeLimit();
    expect([0, 10, 20, 30, 59_999].map(nowMs => limit.allows(nowMs))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(limit.allows(60_000)).toBe(true);
    expect(limit.allows(60_001)).toBe(false);
  });
});
