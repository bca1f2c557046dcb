import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tally, unevenness } from '../testing/chance.ts';
import { seededRandom } from '../testing/seeded-random.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import {
  type AnnounceFact,
  type PeerAnnounce,
  type PeerAnswer,
  Tracker,
  type TrackerLimits,
  type TrackerOptions,
} from './tracker.ts';

const share = 'aa'.repeat(20);
const other = 'bb'.repeat(20);

function begin(options: Partial<TrackerOptions> = {}) {
  const clock = new VirtualClock();
  return { clock, tracker: new Tracker({ clock, random: seededRandom(1), ...options }) };
}

function announce(host: string, rest: Partial<PeerAnnounce> = {}): PeerAnnounce {
  return {
    infoHash: share,
    peerId: '11'.repeat(20),
    address: { host, port: 6881 },
    left: 100,
    event: undefined,
    numWant: 50,
    ...rest,
  };
}

function accepted(answer: ReturnType<Tracker['announce']>): PeerAnswer {
  if ('refused' in answer) throw new Error(answer.refused);
  return answer;
}

function hosts(answer: ReturnType<Tracker['announce']>): string[] {
  return accepted(answer)
    .peers.map(({ address }) => address.host)
    .sort();
}

/** So many peers of one share, at 10.1.x.y; the first `seeders` of them are complete. */
function fill(tracker: Tracker, count: number, seeders = 0, infoHash = share): void {
  for (let n = 0; n < count; n += 1) {
    tracker.announce(
      announce(`10.1.${n >> 8}.${n & 255}`, { infoHash, left: n < seeders ? 0 : 1, numWant: 0 }),
    );
  }
}

describe('a tracker', () => {
  it('names to each peer the others, never itself', () => {
    const { tracker } = begin();
    expect(hosts(tracker.announce(announce('10.0.0.1')))).toEqual([]);
    expect(hosts(tracker.announce(announce('10.0.0.2')))).toEqual(['10.0.0.1']);
    expect(hosts(tracker.announce(announce('10.0.0.1')))).toEqual(['10.0.0.2']);
    expect(hosts(tracker.announce(announce('10.0.0.1', { infoHash: other })))).toEqual([]);
  });

  it('tells peers on one computer apart by their ports, and one at a port by nothing else', () => {
    const { tracker } = begin();
    const at = (port: number, peerId: string) =>
      tracker.announce(announce('10.0.0.1', { peerId, address: { host: '10.0.0.1', port } }));
    at(1, '01'.repeat(20));
    at(2, '02'.repeat(20));
    at(1, '03'.repeat(20));
    expect(tracker.counts.peers).toBe(2);
    expect(accepted(at(2, '02'.repeat(20))).peers).toEqual([
      { peerId: '03'.repeat(20), address: { host: '10.0.0.1', port: 1 } },
    ]);
  });

  it('forgets whoever stops, and swarms with nobody in', () => {
    const { tracker } = begin();
    tracker.announce(announce('10.0.0.1'));
    tracker.announce(announce('10.0.0.2'));
    expect(accepted(tracker.announce(announce('10.0.0.1', { event: 'stopped' }))).peers).toEqual([]);
    expect(tracker.counts).toEqual({ torrents: 1, peers: 1, announces: 3 });
    tracker.announce(announce('10.0.0.2', { event: 'stopped' }));
    tracker.announce(announce('10.0.0.2', { event: 'stopped' }));
    expect(tracker.counts).toMatchObject({ torrents: 0, peers: 0 });
  });

  it('counts seeders, leechers and completions', () => {
    const { tracker } = begin();
    tracker.announce(announce('10.0.0.1', { left: 0 }));
    tracker.announce(announce('10.0.0.2'));
    for (let times = 0; times < 3; times += 1) {
      tracker.announce(announce('10.0.0.2', { left: 0, event: 'completed' }));
    }
    tracker.announce(announce('10.0.0.3', { event: 'completed' }));
    expect(tracker.scrape([share, other])).toEqual([
      { seeders: 2, leechers: 1, completed: 1 },
      { seeders: 0, leechers: 0, completed: 0 },
    ]);
    expect(tracker.announce(announce('10.0.0.3'))).toMatchObject({ seeders: 2, leechers: 1 });
  });

  it('names leechers to a seeder, and seeders where there are too few: it may have but a magnet link', () => {
    const complete = new Set(Array.from({ length: 60 }, (_, n) => `10.1.${n >> 8}.${n & 255}`));
    for (const [numWant, expected] of [
      [40, 0],
      [50, 10],
      [200, 60],
    ] as const) {
      const { tracker } = begin();
      fill(tracker, 100, 60);
      const { peers } = accepted(tracker.announce(announce('10.0.0.1', { left: 0, numWant })));
      expect(peers.filter(({ address }) => complete.has(address.host))).toHaveLength(expected);
    }
  });

  it('names as many seeders as leechers to a leecher, and fills up where there are too few of one', () => {
    for (const [seeders, expected] of [
      [100, 25],
      [10, 10],
      [190, 40],
      [200, 50],
      [0, 0],
    ] as const) {
      const { tracker } = begin();
      fill(tracker, 200, seeders);
      const complete = new Set(Array.from({ length: seeders }, (_, n) => `10.1.${n >> 8}.${n & 255}`));
      const named = hosts(tracker.announce(announce('10.0.0.1')));
      expect(new Set(named).size).toBe(50);
      expect(named.filter(host => complete.has(host))).toHaveLength(expected);
    }
  });

  it('names no more than 200 peers, and none when none are wanted', () => {
    const { tracker } = begin();
    fill(tracker, 300);
    expect(hosts(tracker.announce(announce('10.0.0.1', { numWant: 100_000 })))).toHaveLength(200);
    expect(hosts(tracker.announce(announce('10.0.0.1', { numWant: 0 })))).toEqual([]);
    expect(hosts(tracker.announce(announce('10.0.0.1', { numWant: -5 })))).toEqual([]);
  });

  it('names everybody with the same chance', () => {
    const counts = tally(3_000, [0, 1, 2, 3], random => {
      const { tracker } = begin({ random });
      for (let n = 0; n < 4; n += 1) tracker.announce(announce(`10.0.0.${n}`));
      const [host] = hosts(tracker.announce(announce('10.0.0.9', { numWant: 1 })));
      return Number(host!.at(-1));
    });
    expect(unevenness(counts)).toBeLessThan(1);
  });

  it('names peers of the own kind of address first, or only those', () => {
    const { tracker } = begin();
    fill(tracker, 8);
    for (let n = 1; n <= 8; n += 1) tracker.announce(announce(`fd00::${n}`, { numWant: 0 }));
    const isIpv6 = (host: string) => host.includes(':');
    const ask = (host: string, rest: Partial<PeerAnnounce>) =>
      hosts(tracker.announce(announce(host, { ...rest, event: undefined })));
    expect(ask('fd00::99', { numWant: 10 }).filter(isIpv6)).toHaveLength(8);
    expect(ask('10.0.0.1', { numWant: 10 }).filter(isIpv6)).toHaveLength(2);
    expect(ask('10.0.0.1', { numWant: 50, family: 4 }).filter(isIpv6)).toEqual([]);
    expect(ask('fd00::99', { numWant: 50, family: 6 }).every(isIpv6)).toBe(true);
  });

  it('names peers of its own computer to others by the address they reached it at', () => {
    const { tracker } = begin();
    tracker.announce(announce('127.0.0.1'));
    tracker.announce(announce('::1'));
    const seenBy = (host: string, reachedAt: string) =>
      hosts(tracker.announce(announce(host, { reachedAt, event: undefined })));
    expect(seenBy('10.0.0.1', '10.0.0.254')).toEqual(['10.0.0.254', '::1']);
    tracker.announce(announce('10.0.0.1', { event: 'stopped' }));
    expect(seenBy('127.0.0.2', '127.0.0.1')).toEqual(['127.0.0.1', '::1']);
    expect(seenBy('10.0.0.1', '127.0.0.1')).toEqual(['127.0.0.1', '127.0.0.2', '::1']);
  });
});

describe('silence', () => {
  it('makes a tracker forget a peer, after two intervals and some', () => {
    const { tracker, clock } = begin();
    const { intervalMs } = accepted(tracker.announce(announce('10.0.0.1')));
    tracker.announce(announce('10.0.0.2'));
    clock.advance(2 * intervalMs);
    expect(hosts(tracker.announce(announce('10.0.0.2')))).toEqual(['10.0.0.1']);
    clock.advance(60_000);
    expect(hosts(tracker.announce(announce('10.0.0.2')))).toEqual([]);
    clock.advance(10 * intervalMs);
    expect(tracker.counts).toMatchObject({ torrents: 0, peers: 0 });
    expect(clock.pendingTimers).toBe(0);
  });

  it('is expected for longer of a full tracker, and nobody is forgotten for it', () => {
    const { tracker, clock } = begin();
    fill(tracker, 10_000);
    for (let n = 0; n < 50_000; n += 1) {
      const address = { host: `10.9.${n >> 8}.${n & 255}`, port: 1 + (n % 60_000) };
      tracker.announce(
        announce('', { address, infoHash: n.toString(16).padStart(40, '0').replace(/.$/, '0') }),
      );
    }
    const { intervalMs } = accepted(tracker.announce(announce('10.0.0.1', { infoHash: other })));
    expect(intervalMs).toBeGreaterThan(200_000);
    clock.advance(intervalMs);
    expect(tracker.counts.peers).toBe(60_001);
  });

  it('is what a closed tracker keeps', () => {
    const { tracker, clock } = begin();
    tracker.announce(announce('10.0.0.1'));
    tracker.close();
    expect(clock.pendingTimers).toBe(0);
    expect(tracker.counts).toMatchObject({ torrents: 0, peers: 0 });
  });
});

describe('a full tracker', () => {
  const small: TrackerLimits = { torrents: 3, peers: 10, peersPerTorrent: 4, peersPerHost: 2 };
  const hash = (n: number) => `${n}0`.padStart(40, '0');

  it('takes no more torrents, peers of a torrent, peers of a computer, or peers, and says so', () => {
    const refusal = (limits: Partial<TrackerLimits>, last: PeerAnnounce, ...before: PeerAnnounce[]) => {
      const { tracker } = begin({ limits: { ...small, ...limits } });
      for (const each of before) accepted(tracker.announce(each));
      const answer = tracker.announce(last);
      return 'refused' in answer ? answer.refused : 'accepted';
    };
    const from = (host: string, n: number) => announce(host, { infoHash: hash(n) });
    const torrents = [from('10.0.0.1', 1), from('10.0.0.2', 2), from('10.0.0.3', 3)];
    expect(refusal({}, from('10.0.0.4', 4), ...torrents)).toMatch(/as many torrents as it can/);
    expect(refusal({}, from('10.0.0.4', 3), ...torrents)).toBe('accepted');
    const crowd = ['1', '2', '3', '4'].map(n => announce(`10.0.0.${n}`));
    expect(refusal({}, announce('10.0.0.5'), ...crowd)).toMatch(/as many peers of this torrent/);
    expect(refusal({}, announce('10.0.0.4'), ...crowd)).toBe('accepted');
    expect(refusal({ peers: 4 }, from('10.0.0.5', 1), ...crowd)).toMatch(/as many peers as it can/);
    const twice = [from('10.0.0.1', 1), from('10.0.0.1', 2)];
    expect(refusal({}, from('10.0.0.1', 3), ...twice)).toMatch(/too many peers of your computer/);
    expect(refusal({}, from('10.0.0.2', 3), ...twice)).toBe('accepted');
  });

  it('is not made full by one computer, or two', () => {
    const { tracker } = begin();
    for (const host of ['10.0.0.1', '10.0.0.2'])
      for (let n = 0; n < 10_001; n += 1)
        tracker.announce(announce(host, { infoHash: `${host}${n}`.padStart(40, '0') }));
    expect(tracker.announce(announce('10.0.0.1', { infoHash: other }))).toHaveProperty('refused');
    expect(hosts(tracker.announce(announce('10.0.0.3', { infoHash: other })))).toEqual([]);
  });

  it('counts all addresses of an IPv6 network as one computer', () => {
    const { tracker } = begin({ limits: small });
    const refused = ['2001:db8::1', '2001:db8:0:0:1::', '2001:db8::2:3', '2001:db8:0:1::1'].map(
      (host, n) => 'refused' in tracker.announce(announce(host, { infoHash: hash(n % 3) })),
    );
    expect(refused).toEqual([false, false, true, false]);
  });

  it('has room again when somebody leaves', () => {
    const { tracker } = begin({ limits: { ...small, peers: 1 } });
    accepted(tracker.announce(announce('10.0.0.1')));
    expect(tracker.announce(announce('10.0.0.2'))).toHaveProperty('refused');
    accepted(tracker.announce(announce('10.0.0.1', { event: 'stopped' })));
    accepted(tracker.announce(announce('10.0.0.2')));
  });

  it('stays within its bounds whatever comes, and agrees with a simple account of it', () => {
    const action = fc.record({
      infoHash: fc.integer({ min: 0, max: 4 }).map(hash),
      host: fc.integer({ min: 0, max: 6 }).map(n => `10.0.0.${n}`),
      port: fc.integer({ min: 1, max: 3 }),
      left: fc.integer({ min: 0, max: 1 }),
      event: fc.constantFrom(undefined, 'started', 'stopped', 'completed' as const),
      numWant: fc.integer({ min: 0, max: 8 }),
      passMs: fc.constantFrom(0, 0, 0, 50_000, 200_000),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), fc.integer(), (actions, seed) => {
        const { tracker, clock } = begin({ limits: small, random: seededRandom(seed) });
        const account = new Map<string, { readonly left: number; readonly at: number }>();
        for (const { infoHash, host, port, left, event, numWant, passMs } of actions) {
          clock.advance(passMs);
          for (const [key, { at }] of account) if (clock.now() - at > 290_000) account.delete(key);
          const key = `${infoHash} ${host} ${port}`;
          const answer = tracker.announce({
            ...announce(host, { infoHash, left, event: event as PeerAnnounce['event'], numWant }),
            address: { host, port },
          });
          if ('refused' in answer) {
            expect(account.has(key)).toBe(false);
            continue;
          }
          if (event === 'stopped') account.delete(key);
          else account.set(key, { left, at: clock.now() });
          const named = answer.peers.map(({ address }) => `${infoHash} ${address.host} ${address.port}`);
          expect(named).not.toContain(key);
          expect(new Set(named).size).toBe(named.length);
          expect(named.length).toBeLessThanOrEqual(numWant);
        }
        clock.advance(20_000);
        for (const [key, { at }] of account) if (clock.now() - at > 290_000) account.delete(key);
        const { torrents, peers } = tracker.counts;
        expect(torrents).toBeLessThanOrEqual(small.torrents);
        // Peers are swept every ten seconds: those just out of time may still be there.
        const fresh = [...account.values()].filter(({ at }) => clock.now() - at < 260_000);
        expect(peers).toBeGreaterThanOrEqual(fresh.length);
        expect(peers).toBeLessThanOrEqual(account.size);
        for (let n = 0; n < 5; n += 1) {
          const mine = [...account].filter(([key]) => key.startsWith(hash(n)));
          const [{ seeders, leechers } = { seeders: 0, leechers: 0 }] = tracker.scrape([hash(n)]);
          expect(seeders).toBeLessThanOrEqual(mine.filter(([, { left }]) => left === 0).length);
          expect(seeders + leechers).toBeLessThanOrEqual(Math.min(small.peersPerTorrent, mine.length));
        }
      }),
    );
  });
});

describe('replication', () => {
  it('gives another tracker the same swarms, whatever comes twice', () => {
    const facts: AnnounceFact[] = [];
    const { tracker, clock } = begin({ onAnnounced: fact => facts.push(fact) });
    const twin = new Tracker({ clock, random: seededRandom(2), onAnnounced: () => expect.fail() });
    fill(tracker, 20, 5);
    clock.advance(1_000);
    tracker.announce(announce('10.1.0.7', { left: 0, event: 'completed' }));
    clock.advance(1_000);
    tracker.announce(announce('10.1.0.8', { event: 'stopped' }));
    for (const fact of [...facts, ...facts.slice(5, 8)]) twin.apply(fact);
    expect(twin.scrape([share])).toEqual([{ seeders: 6, leechers: 13, completed: 1 }]);
    expect(twin.scrape([share])).toEqual(tracker.scrape([share]));
  });

  it('does not let an older fact undo a newer one', () => {
    const { tracker } = begin();
    const fact = {
      infoHash: share,
      peerId: '22'.repeat(20),
      address: { host: '10.0.0.1', port: 1 },
      isSeeder: true,
      isGone: false,
      hasCompleted: false,
      atMs: 2_000,
    };
    tracker.apply(fact);
    tracker.apply({ ...fact, isSeeder: false, atMs: 1_000 });
    tracker.apply({ ...fact, isGone: true, atMs: 1_500 });
    expect(tracker.scrape([share])[0]).toMatchObject({ seeders: 1, leechers: 0 });
    tracker.apply({ ...fact, isGone: true, atMs: 3_000 });
    expect(tracker.counts.peers).toBe(0);
  });

  it('is held to the same bounds', () => {
    const { tracker } = begin({ limits: { peers: 1 } });
    const fact = { infoHash: share, peerId: '', isSeeder: true, isGone: false, hasCompleted: false, atMs: 1 };
    for (let port = 1; port < 9; port += 1) tracker.apply({ ...fact, address: { host: '10.0.0.1', port } });
    expect(tracker.counts).toEqual({ torrents: 1, peers: 1, announces: 0 });
  });
});
