import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.ts';
import type { AnnounceAnswer, AnnounceRequest, TrackerClient, TrackerFailure } from './announce.ts';
import { Announcer } from './announcer.ts';

const peer = { host: '10.0.0.7', port: 6881 };
const intervalMs = 600_000;

const answer: AnnounceAnswer = {
  intervalMs,
  minIntervalMs: 60_000,
  seeders: 1,
  leechers: 2,
  peers: [peer],
  warning: undefined,
};

/** What a tracker does with an announce: answers after a while, fails after a while, or never says anything. */
type Behaviour = { readonly afterMs: number; readonly result: AnnounceAnswer | TrackerFailure } | 'hangs';

const works: Behaviour = { afterMs: 5, result: answer };
const refuses: Behaviour = { afterMs: 1, result: { failed: 'refused.' } };

/** Trackers in virtual time; the order of tiers is the order they are written in. */
class Trackers {
  readonly clock = new VirtualClock();
  readonly behaviours = new Map<string, Behaviour>();
  /** Every announce, as "0 a started": when, to whom, what. */
  readonly asked: string[] = [];
  readonly requests: AnnounceRequest[] = [];
  readonly found: string[] = [];
  left = 100;
  outstanding = 0;

  readonly client: TrackerClient = {
    announce: (url, request, done) => {
      this.asked.push(`${this.clock.now()} ${url.slice(-1)} ${request.event ?? 'regular'}`);
      this.requests.push(request);
      this.outstanding += 1;
      const behaviour = this.behaviours.get(url.slice(-1)) ?? works;
      const forget =
        behaviour === 'hangs'
          ? () => {}
          : this.clock.after(behaviour.afterMs, () => {
              this.outstanding -= 1;
              done(behaviour.result);
            });
      return () => {
        this.outstanding -= 1;
        forget();
      };
    },
  };

  announcer(tiers: readonly string[]): Announcer {
    return new Announcer({
      tiers: tiersOf(tiers),
      client: this.client,
      clock: this.clock,
      random: () => 0.5,
      request: () => ({
        infoHash: '11'.repeat(20),
        peerId: '22'.repeat(20),
        port: 6881,
        uploaded: 0,
        downloaded: 0,
        left: this.left,
        numWant: 50,
        key: 7,
      }),
      onPeers: (addresses, url) =>
        this.found.push(`${url.slice(-1)}: ${addresses.map(({ host }) => host).join()}`),
    });
  }

  /** What was asked since the last call. */
  since(): string[] {
    return this.asked.splice(0);
  }
}

function tiersOf(tiers: readonly string[]): string[][] {
  return tiers.map(tier => Array.from(tier, letter => `http://${letter}`));
}

function states(announcer: Announcer): string {
  return announcer
    .views()
    .map(({ url, state }) => `${url.slice(-1)} ${state}`)
    .join(', ');
}

/** Ends an announcer; true when `done` was called exactly once. */
function stopped(trackers: Trackers, announcer: Announcer): boolean {
  let calls = 0;
  announcer.stop(() => {
    calls += 1;
  });
  trackers.clock.advance(60_000);
  return calls === 1;
}

describe('an announcer with one tracker', () => {
  it('says started, then comes back at the interval without an event', () => {
    const trackers = new Trackers();
    const announcer = trackers.announcer(['a']);
    announcer.start();
    trackers.clock.advance(intervalMs + 100);
    expect(trackers.asked).toEqual(['0 a started', `${intervalMs + 5} a regular`]);
    expect(trackers.found).toEqual(['a: 10.0.0.7', 'a: 10.0.0.7']);
  });

  it('never comes back sooner than the minimum interval, though the interval is shorter', () => {
    const trackers = new Trackers();
    trackers.behaviours.set('a', {
      afterMs: 0,
      result: { ...answer, intervalMs: 30_000, minIntervalMs: 90_000 },
    });
    trackers.announcer(['a']).start();
    trackers.clock.advance(100_000);
    expect(trackers.asked).toEqual(['0 a started', '90000 a regular']);
  });

  it('says completed at once, and never again', () => {
    const trackers = new Trackers();
    const announcer = trackers.announcer(['a']);
    announcer.start();
    trackers.clock.advance(20_000);
    trackers.left = 0;
    announcer.completed();
    trackers.clock.advance(intervalMs + 100);
    expect(trackers.since()).toEqual([
      '0 a started',
      '20000 a completed',
      `${20_005 + intervalMs} a regular`,
    ]);
    expect(trackers.requests.map(({ left }) => left)).toEqual([100, 0, 0]);
  });

  it('says completed after started when the download is faster than the tracker', () => {
    const trackers = new Trackers();
    const announcer = trackers.announcer(['a']);
    announcer.start();
    trackers.clock.advance(2);
    announcer.completed();
    trackers.clock.advance(1_000);
    expect(trackers.since()).toEqual(['0 a started', '5 a completed']);
  });

  it('says completed again when it did not get through', () => {
    const trackers = new Trackers();
    const announcer = trackers.announcer(['a']);
    announcer.start();
    trackers.clock.advance(1_000);
    trackers.behaviours.set('a', refuses);
    announcer.completed();
    trackers.clock.advance(100);
    trackers.behaviours.set('a', works);
    trackers.clock.advance(10_000);
    expect(trackers.since()).toEqual(['0 a started', '1000 a completed', '6001 a completed']);
  });

  it('says stopped where started got through, wanting no peers', () => {
    const trackers = new Trackers();
    const announcer = trackers.announcer(['a']);
    announcer.start();
    trackers.clock.advance(1_000);
    expect(stopped(trackers, announcer)).toBe(true);
    expect(trackers.since()).toEqual(['0 a started', '1000 a stopped']);
    expect(trackers.requests.at(-1)!.numWant).toBe(0);
    expect(trackers.clock.pendingTimers).toBe(0);
  });

  it('says nothing at the end to a tracker that never answered', () => {
    const trackers = new Trackers();
    trackers.behaviours.set('a', 'hangs');
    const announcer = trackers.announcer(['a']);
    announcer.start();
    trackers.clock.advance(1_000);
    expect(stopped(trackers, announcer)).toBe(true);
    expect(trackers.since()).toEqual(['0 a started']);
    expect(trackers.outstanding).toBe(0);
  });

  it('is held up by a tracker that hangs for two seconds at the end, not longer', () => {
    const trackers = new Trackers();
    const announcer = trackers.announcer(['a']);
    announcer.start();
    trackers.clock.advance(1_000);
    trackers.behaviours.set('a', 'hangs');
    let endedAt = 0;
    announcer.stop(() => {
      endedAt = trackers.clock.now();
    });
    trackers.clock.advance(10_000);
    expect(endedAt).toBe(3_000);
    expect(trackers.outstanding).toBe(0);
    expect(trackers.clock.pendingTimers).toBe(0);
  });

  it('can be started again, even in the middle of its farewell', () => {
    const trackers = new Trackers();
    const announcer = trackers.announcer(['a']);
    let ends = 0;
    const done = () => {
      ends += 1;
    };
    announcer.start();
    trackers.clock.advance(1_000);
    trackers.behaviours.set('a', 'hangs');
    announcer.stop(done);
    announcer.stop(done);
    trackers.behaviours.set('a', works);
    announcer.start();
    expect(ends).toBe(2);
    trackers.clock.advance(1_000);
    expect(trackers.since()).toEqual(['0 a started', '1000 a stopped', '1000 a started']);
    expect(trackers.outstanding).toBe(0);
    expect(states(announcer)).toBe('a working');
    announcer.stop(done);
    trackers.clock.advance(1_000);
    announcer.stop(done);
    trackers.clock.advance(1_000);
    expect(ends).toBe(4);
  });

  it('comes back to a tracker that fails, after twice as long each time, up to five minutes', () => {
    const trackers = new Trackers();
    trackers.behaviours.set('a', { afterMs: 0, result: { failed: 'refused.' } });
    trackers.announcer(['a']).start();
    trackers.clock.advance(1_000_000);
    const times = trackers.since().map(line => Number(line.split(' ')[0]));
    const waits = times.slice(1).map((time, index) => time - times[index]!);
    expect(waits).toEqual([5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
  });

  it('counts failures from the start again after a success', () => {
    const trackers = new Trackers();
    trackers.behaviours.set('a', refuses);
    const announcer = trackers.announcer(['a']);
    announcer.start();
    trackers.clock.advance(60_000);
    trackers.behaviours.set('a', works);
    trackers.clock.advance(60_000);
    trackers.since();
    trackers.behaviours.set('a', refuses);
    trackers.clock.advance(intervalMs + 6_000);
    const times = trackers.since().map(line => Number(line.split(' ')[0]));
    expect(times[1]! - times[0]!).toBeLessThan(6_000);
  });

  it('gives a silent tracker fifteen seconds', () => {
    const trackers = new Trackers();
    trackers.behaviours.set('a', 'hangs');
    const announcer = trackers.announcer(['a']);
    announcer.start();
    trackers.clock.advance(14_999);
    expect(states(announcer)).toBe('a announcing');
    trackers.clock.advance(2);
    expect(announcer.views()[0]).toMatchObject({
      state: 'failed',
      message: 'a has not answered within 15 s.',
      lastAnnounceAtMs: null,
      nextAnnounceAtMs: trackers.clock.wallNow() + 4_999,
    });
    expect(trackers.outstanding).toBe(0);
  });

  it('passes the tracker id on', () => {
    const trackers = new Trackers();
    trackers.behaviours.set('a', { afterMs: 0, result: { ...answer, trackerId: 'x\xff' } });
    trackers.announcer(['a']).start();
    trackers.clock.advance(1);
    trackers.behaviours.set('a', works);
    trackers.clock.advance(3 * intervalMs);
    expect(trackers.requests.map(({ trackerId }) => trackerId)).toEqual([undefined, 'x\xff', 'x\xff']);
  });

  it('shows what it knows', () => {
    const trackers = new Trackers();
    trackers.behaviours.set('a', { afterMs: 0, result: { ...answer, warning: 'Be nice.' } });
    const announcer = trackers.announcer(['a']);
    const unknown = { message: '', seeders: null, leechers: null, peers: null, lastAnnounceAtMs: null };
    expect(announcer.views()).toEqual([
      { url: 'http://a', tier: 0, state: 'idle', ...unknown, nextAnnounceAtMs: null },
    ]);
    announcer.start();
    expect(announcer.views()[0]).toMatchObject({ state: 'announcing', nextAnnounceAtMs: null });
    trackers.clock.advance(1_000);
    expect(announcer.views()).toEqual([
      {
        url: 'http://a',
        tier: 0,
        state: 'working',
        message: 'Be nice.',
        seeders: 1,
        leechers: 2,
        peers: 1,
        lastAnnounceAtMs: trackers.clock.wallNow() - 1_000,
        nextAnnounceAtMs: trackers.clock.wallNow() - 1_000 + intervalMs,
      },
    ]);
    expect(stopped(trackers, announcer)).toBe(true);
    expect(states(announcer)).toBe('a idle');
  });
});

describe('announcing by hand', () => {
  it('waits for the minimum interval', () => {
    const trackers = new Trackers();
    const announcer = trackers.announcer(['a']);
    announcer.start();
    trackers.clock.advance(10_000);
    announcer.announceNow();
    announcer.announceNow();
    expect(announcer.views()[0]!.nextAnnounceAtMs).toBe(trackers.clock.wallNow() - 10_000 + 60_005);
    trackers.clock.advance(100_000);
    expect(trackers.since()).toEqual(['0 a started', '60005 a regular']);
    announcer.announceNow();
    trackers.clock.advance(100_000);
    expect(trackers.since()).toEqual(['120010 a regular']);
    trackers.clock.advance(61_000);
    announcer.announceNow();
    trackers.clock.advance(0);
    expect(trackers.since()).toEqual([`${trackers.clock.now()} a regular`]);
  });

  it('does not wait for the time a failed tracker would be left alone', () => {
    const trackers = new Trackers();
    trackers.behaviours.set('a', refuses);
    const announcer = trackers.announcer(['a']);
    announcer.start();
    trackers.clock.advance(200_000);
    trackers.since();
    trackers.behaviours.set('a', works);
    announcer.announceNow();
    trackers.clock.advance(10);
    expect(trackers.since()).toEqual(['200000 a started']);
  });

  it('cannot be used to hammer a failed tracker', () => {
    const trackers = new Trackers();
    trackers.behaviours.set('a', refuses);
    const announcer = trackers.announcer(['a']);
    announcer.start();
    for (let ms = 0; ms < 9_900; ms += 100) {
      announcer.announceNow();
      trackers.clock.advance(100);
    }
    expect(trackers.since()).toHaveLength(5);
  });

  it('does nothing while an announce is under way, before the start, and without trackers', () => {
    const trackers = new Trackers();
    const announcer = trackers.announcer(['a']);
    announcer.announceNow();
    announcer.completed();
    expect(trackers.since()).toEqual([]);
    announcer.start();
    announcer.start();
    announcer.announceNow();
    expect(trackers.since()).toEqual(['0 a started']);
    const none = trackers.announcer([]);
    none.start();
    none.announceNow();
    none.completed();
    trackers.clock.advance(1_000);
    expect(none.views()).toEqual([]);
    expect(stopped(trackers, none)).toBe(true);
  });
});

describe('an announcer with several trackers', () => {
  it('asks one only while that works', () => {
    const trackers = new Trackers();
    const announcer = trackers.announcer(['ab', 'c']);
    announcer.start();
    trackers.clock.advance(3 * intervalMs + 100);
    const asked = new Set(trackers.since().map(line => line.split(' ')[1]));
    expect(asked.size).toBe(1);
    expect(announcer.views()[2]).toMatchObject({
      state: 'idle',
      tier: 1,
      message: `In reserve: it is asked when ${[...asked][0]} does not answer.`,
    });
  });

  it('goes through its tier and then the next until one answers', () => {
    const trackers = new Trackers();
    trackers.behaviours.set('a', refuses).set('b', refuses).set('c', refuses);
    const announcer = trackers.announcer(['a', 'b', 'cd']);
    announcer.start();
    trackers.clock.advance(1_000);
    expect(trackers.since()).toContain('0 a started');
    expect(states(announcer)).toBe('a failed, b failed, d working, c failed');
    expect(trackers.found).toEqual(['d: 10.0.0.7']);
  });

  it('asks the next when one hangs, in under a second', () => {
    const trackers = new Trackers();
    trackers.behaviours.set('a', 'hangs');
    const announcer = trackers.announcer(['a', 'b']);
    announcer.start();
    trackers.clock.advance(2_000);
    expect(trackers.since()).toEqual(['0 a started', '900 b started']);
    expect(states(announcer)).toBe('a failed, b working');
    expect(announcer.views()[0]!.message).toBe('a does not answer; b is used in its place.');
    expect(trackers.outstanding).toBe(0);
  });

  it('takes the answer of a slow one when no other answers', () => {
    const trackers = new Trackers();
    trackers.behaviours.set('a', { afterMs: 4_000, result: answer }).set('b', 'hangs').set('c', refuses);
    const announcer = trackers.announcer(['a', 'b', 'c']);
    announcer.start();
    trackers.clock.advance(4_500);
    expect(trackers.since()).toEqual(['0 a started', '900 b started', '1800 c started']);
    expect(states(announcer)).toBe('a working, b failed, c failed');
    expect(trackers.outstanding).toBe(0);
  });

  it('does not wait with the next when the last one asked refuses while another hangs', () => {
    const trackers = new Trackers();
    trackers.behaviours.set('a', 'hangs').set('b', refuses);
    trackers.announcer(['a', 'b', 'c']).start();
    trackers.clock.advance(1_500);
    expect(trackers.since()).toEqual(['0 a started', '900 b started', '901 c started']);
  });

  it.each([
    ['is gone', refuses],
    ['hangs', 'hangs'],
  ] as const)(
    'fails over within two seconds when the one in use %s, and says started to the next',
    (_, how) => {
      const trackers = new Trackers();
      const announcer = trackers.announcer(['a', 'b', 'c']);
      announcer.start();
      trackers.clock.advance(1_000);
      trackers.behaviours.set('a', how).set('b', how);
      trackers.since();
      trackers.found.length = 0;
      let ms = 0;
      for (; trackers.found.length === 0; ms += 10) trackers.clock.advance(10);
      expect(ms - intervalMs).toBeLessThan(how === 'hangs' ? 2_000 : 100);
      expect(trackers.since().at(-1)).toMatch(/c started$/);
      expect(states(announcer)).toBe('a failed, b failed, c working');
    },
  );

  it('leaves out those that failed until their time has come, and comes back to them then', () => {
    const trackers = new Trackers();
    trackers.behaviours
      .set('a', refuses)
      .set('b', { afterMs: 0, result: { ...answer, intervalMs: 3_000, minIntervalMs: 0 } });
    const announcer = trackers.announcer(['a', 'b']);
    announcer.start();
    trackers.clock.advance(3_500);
    expect(trackers.since()).toEqual(['0 a started', '1 b started', '3001 b regular']);
    trackers.behaviours.set('a', works);
    trackers.clock.advance(3_500);
    expect(trackers.since()).toEqual(['6001 a started']);
    expect(states(announcer)).toBe('a working, b idle');
  });

  it('says started and stopped to each that knows us, and completed to one', () => {
    const trackers = new Trackers();
    const announcer = trackers.announcer(['a', 'b']);
    announcer.start();
    trackers.clock.advance(1_000);
    trackers.behaviours.set('a', refuses);
    trackers.clock.advance(intervalMs);
    announcer.completed();
    trackers.clock.advance(1_000);
    const now = trackers.clock.now();
    announcer.stop(() => {});
    expect(trackers.since().map(line => line.slice(line.indexOf(' ') + 1))).toEqual([
      'a started',
      'a regular',
      'b started',
      'b completed',
      'a stopped',
      'b stopped',
    ]);
    trackers.clock.advance(3_000);
    expect(now).toBeLessThan(trackers.clock.now());
    expect(trackers.outstanding).toBe(0);
  });
});

describe('changing the trackers', () => {
  it('keeps what stays, takes leave of what goes, and asks a new one when there is none in use', () => {
    const trackers = new Trackers();
    const announcer = trackers.announcer(['a']);
    announcer.start();
    trackers.clock.advance(1_000);
    announcer.setTiers(tiersOf(['b', 'a']));
    trackers.clock.advance(1_000);
    expect(trackers.since()).toEqual(['0 a started']);
    expect(states(announcer)).toBe('b idle, a working');
    announcer.setTiers(tiersOf(['b']));
    trackers.clock.advance(1_000);
    expect(trackers.since()).toEqual(['2000 a stopped', '2000 b started']);
    announcer.setTiers([]);
    trackers.clock.advance(10 * intervalMs);
    expect(trackers.since()).toEqual(['3000 b stopped']);
    expect(trackers.clock.pendingTimers).toBe(0);
  });

  it('begins anew when it comes in the middle of an announce', () => {
    const trackers = new Trackers();
    trackers.behaviours.set('a', 'hangs');
    const announcer = trackers.announcer(['a']);
    announcer.start();
    trackers.clock.advance(100);
    announcer.setTiers(tiersOf(['b', 'a']));
    trackers.clock.advance(1_000);
    expect(trackers.since()).toEqual(['0 a started', '100 b started']);
    expect(states(announcer)).toBe('b working, a idle');
    expect(trackers.outstanding).toBe(0);
  });

  it('before the start only sets them', () => {
    const trackers = new Trackers();
    const announcer = trackers.announcer(['a']);
    announcer.setTiers(tiersOf(['b']));
    trackers.clock.advance(1_000);
    expect(trackers.since()).toEqual([]);
    expect(states(announcer)).toBe('b idle');
  });
});
