import { afterEach, describe, expect, it } from 'vitest';
import { dialects, LabBench } from './testing/lab-bench.ts';
import { likeASeed, type ScriptedPeer } from './testing/scripted-peer.ts';
import type { LabOptions, VirtualLab } from './testing/virtual-lab.ts';

describe.each(dialects)('ending, with %s', (_name, dialect) => {
  const bench = new LabBench(dialect);
  afterEach(() => expect(bench.clear()).toEqual([]));

  const open = (options: LabOptions) => bench.open({ totalLength: 10 * 64, ...options });
  const outcomes = (lab: VirtualLab) => lab.all.map(({ id, outcome }) => [id, outcome]);
  /** An engine as 1001 with everything, and a scripted 1002 that has everything too. */
  const bothComplete = (options: Partial<LabOptions> = {}) => {
    const lab = open({ peers: 'Sd', ...options });
    const stranger = lab.meet('1001', '1002').say('handshake 1002', 'bitfield all');
    const peer = lab.peer('1001');
    lab.until(() => peer.told('peer-completed').length === 1);
    return { lab, stranger, peer, completeAt: lab.clock.now() };
  };

  describe('when everybody is complete', () => {
    it.each([
      ['as long as the unchoking interval', 5_000, 5_000],
      ['two seconds at least', 500, 2_000],
    ])('a grace is kept before the end: %s (section 9, 3)', (_what, unchokingIntervalMs, graceMs) => {
      const { lab, stranger, completeAt } = bothComplete({ settings: { unchokingIntervalMs } });
      lab.until(() => stranger.endedAt !== undefined);
      expect(stranger.endedAt! - completeAt).toBeGreaterThanOrEqual(graceMs);
      expect(stranger.endedAt! - completeAt).toBeLessThanOrEqual(graceMs + 1_001);
      expect(lab.runToEnd(100)).toBe(true);
      expect(outcomes(lab)).toEqual([['1001', 'complete']]);
    });

    it('each link is half-closed, and read until the other side has closed its half', () => {
      const { lab, stranger, peer } = bothComplete();
      stranger.isHung = true;
      lab.until(() => stranger.endedAt !== undefined);
      stranger.say('have 1', 'not interested');
      lab.pass(3_000);
      expect([stranger.closedAt, peer.outcome]).toEqual([undefined, undefined]);
      stranger.finish();
      lab.pass(10);
      expect([typeof stranger.closedAt, peer.outcome]).toEqual(['number', 'complete']);
      expect(stranger.wasReset).toBe(false);
    });

    it('a peer that never closes its half is waited for five seconds, and no longer', () => {
      const { lab, stranger, peer } = bothComplete();
      stranger.isHung = true;
      lab.until(() => stranger.closedAt !== undefined);
      const drainMs = stranger.closedAt! - stranger.endedAt!;
      expect(drainMs).toBeGreaterThanOrEqual(5_000);
      expect(drainMs).toBeLessThanOrEqual(5_501);
      lab.pass(10);
      expect(peer.outcome).toBe('complete');
    });

    it('the last have and the last word of interest have gone out long before', () => {
      const lab = open({ peers: 'Sd' });
      const seed = lab.meet('1002', '1001').say('handshake 1001', 'bitfield all').answers(likeASeed);
      lab.until(() => seed.endedAt !== undefined);
      expect(seed.heardOf('have')).toHaveLength(10);
      expect(seed.heard.slice(-2)).toEqual([expect.stringMatching(/^have \d$/), 'not interested']);
    });

    it('peers are served to the last: who is not complete holds the end up', () => {
      const lab = open({ peers: 'Sd' });
      const slow = lab.meet('1001', '1002').say('handshake 1002', 'bitfield none', 'interested');
      lab.pass(600_000);
      expect(lab.peer('1001').outcome).toBeUndefined();
      slow.say('request 3');
      lab.pass(100);
      expect(slow.heardOf('piece')).not.toEqual([]);
      slow.say(...Array.from({ length: 10 }, (_, piece) => `have ${piece}`));
      expect(lab.runToEnd(20_000)).toBe(true);
      expect(outcomes(lab)).toEqual([['1001', 'complete']]);
    });

    it('nobody who listens is waited for who was never there but is known to be complete', () => {
      const lab = open({ peers: 'SS' });
      lab.start('1002');
      expect(lab.runToEnd(20_000)).toBe(true);
      expect(outcomes(lab)).toEqual([['1002', 'complete']]);
    });

    it('a peer that was never started is waited for', () => {
      const lab = open({ peers: 'Sd' });
      lab.start('1001').swarm.view();
      lab.pass(3_600_000);
      expect(lab.peer('1001').outcome).toBeUndefined();
      lab.start('1002');
      expect(lab.runToEnd()).toBe(true);
      expect(outcomes(lab)).toEqual([
        ['1001', 'complete'],
        ['1002', 'complete'],
      ]);
    });

    it.each<[string, (stranger: ScriptedPeer) => void]>([
      ['half-closes', stranger => stranger.finish()],
      ['resets the connection', stranger => stranger.abort()],
    ])('a neighbour that %s as soon as it is complete is no loss (A23)', (_how, leave) => {
      const { lab, stranger, peer } = bothComplete();
      leave(stranger);
      expect(lab.runToEnd(20_000)).toBe(true);
      expect(peer.outcome).toBe('complete');
      expect(peer.told('ended')).toMatchObject([{ outcome: 'complete', lost: [] }]);
    });

    it('one that comes back without its file within the grace is waited for (A25)', () => {
      const { lab, stranger, peer } = bothComplete();
      lab.pass(1_000);
      stranger.abort();
      lab.pass(1_000);
      const back = lab.dial('1001').say('handshake 1002', 'bitfield none', 'interested');
      lab.pass(60_000);
      expect([peer.outcome, back.endedAt]).toEqual([undefined, undefined]);
      back.say(...Array.from({ length: 10 }, (_, piece) => `have ${piece}`));
      expect(lab.runToEnd(20_000)).toBe(true);
      expect(peer.outcome).toBe('complete');
    });

    it('nobody new is let in once the links are being closed', () => {
      const { lab, stranger, peer } = bothComplete();
      stranger.isHung = true;
      lab.until(() => stranger.endedAt !== undefined);
      const late = lab.dial('1001').say('handshake 1002', 'bitfield none', 'interested');
      lab.pass(100);
      expect(late.closedAt).toBeDefined();
      expect(late.heard).toEqual([]);
      expect(peer.told('connected')).toHaveLength(1);
    });
  });

  describe('when somebody is lost (A24)', () => {
    it('a complete peer waits for one that vanished, and ends without it then', () => {
      const lab = open({ peers: 'Sd', lostAfterMs: 30_000 });
      const stranger = lab.meet('1001', '1002').say('handshake 1002', 'bitfield ***.......');
      lab.pass(10_000);
      stranger.abort();
      lab.pass(29_000);
      expect(lab.peer('1001').told('ended')).toEqual([]);
      expect(lab.runToEnd(10_000)).toBe(true);
      expect(lab.peer('1001').told('ended')).toMatchObject([{ outcome: 'peers-lost', lost: ['1002'] }]);
    });

    it('one that comes back in time is served, and nobody is lost', () => {
      const lab = open({ peers: 'Sd', lostAfterMs: 30_000, settings: { uploadBytesPerSecond: 64 } });
      lab.startAll().pass(6_000);
      lab.peer('1002').kill();
      lab.pass(28_000);
      lab.start('1002');
      expect(lab.runToEnd()).toBe(true);
      expect(outcomes(lab)).toEqual([
        ['1001', 'complete'],
        ['1002', 'complete'],
      ]);
      expect(lab.holdsContent('1002')).toBe(true);
    });

    it('a lost peer does not keep the others from completing', () => {
      const lab = open({ peers: 'Sddd', settings: { uploadBytesPerSecond: 320 }, totalLength: 64 * 40 });
      lab.startAll();
      lab.until(() => lab.peer('1003').told('piece-completed').length === 10);
      lab.peer('1003').kill();
      expect(lab.runToEnd()).toBe(true);
      expect(outcomes(lab)).toEqual([
        ['1001', 'peers-lost'],
        ['1002', 'peers-lost'],
        ['1003', 'killed'],
        ['1004', 'peers-lost'],
      ]);
      expect(['1002', '1004'].map(id => lab.holdsContent(id))).toEqual([true, true]);
      expect(lab.peer('1001').told('ended')).toMatchObject([{ lost: ['1003'] }]);
    });

    it.each([
      ['a downloader alone', 'Sd'],
      ['several downloaders, which have nothing more for each other', 'Sddd'],
    ])('a seed that is gone for good ends it for %s', (_whom, peers) => {
      const lab = open({ peers, settings: { uploadBytesPerSecond: 64 }, lostAfterMs: 30_000 });
      lab.startAll().pass(4_000);
      lab.peer('1001').kill();
      const killedAt = lab.clock.now();
      expect(lab.runToEnd(600_000)).toBe(true);
      expect(lab.clock.now() - killedAt).toBeGreaterThanOrEqual(30_000);
      for (const { id, outcome, storage } of lab.all.slice(1)) {
        expect([id, outcome]).toEqual([id, 'peers-lost']);
        expect(storage.have.count).toBeGreaterThan(0);
      }
    });

    it('nobody ends for want of pieces while nobody is lost', () => {
      const lab = open({ peers: 'dd', have: { 1001: '**........' }, lostAfterMs: 10_000 });
      lab.startAll().pass(600_000);
      expect(outcomes(lab)).toEqual([
        ['1001', undefined],
        ['1002', undefined],
      ]);
    });

    it('downloaders go on for as long as they have something for each other, seed or not', () => {
      const lab = open({
        peers: 'Sdd',
        have: { 1002: '*****.....', 1003: '.....*****' },
        settings: { uploadBytesPerSecond: 2 },
        lostAfterMs: 10_000,
      });
      lab.startAll().pass(100);
      lab.peer('1001').kill();
      expect(lab.runToEnd()).toBe(true);
      expect(outcomes(lab).slice(1)).toEqual([
        ['1002', 'complete'],
        ['1003', 'complete'],
      ]);
    });

    it('a peer that was complete and comes back empty is waited for again (A25)', () => {
      // Slow enough that it takes longer than the grace.
      const lab = open({ peers: 'Sdd', settings: { uploadBytesPerSecond: 64 } });
      lab.start('1001');
      lab.start('1002');
      lab.until(() => lab.peer('1002').told('completed').length === 1);
      lab.peer('1002').kill();
      lab.wipe('1002');
      lab.pass(1_000);
      lab.meet('1001', '1003').say('handshake 1003', 'bitfield all');
      lab.meet('1002', '1003').say('handshake 1003', 'bitfield all');
      expect(lab.runToEnd()).toBe(true);
      expect(lab.peer('1002').outcome).toBe('complete');
      expect(lab.holdsContent('1002')).toBe(true);
    });
  });

  describe('when it is stopped', () => {
    it('ends within a second or so, whatever the neighbours do, and keeps what it has', () => {
      const lab = open({ peers: 'Sdd', settings: { uploadBytesPerSecond: 320 } });
      lab.startAll().pass(1_000);
      const hung = lab.dial('1002');
      hung.isHung = true;
      lab.peer('1002').swarm.stop();
      lab.pass(1_600);
      const { outcome, storage } = lab.peer('1002');
      expect([outcome, storage.isClosed]).toEqual(['interrupted', true]);
      expect(storage.have.count).toBeGreaterThan(0);
      lab.start('1002');
      expect(lab.runToEnd()).toBe(true);
      expect(outcomes(lab).map(([, each]) => each)).toEqual(['complete', 'complete', 'complete']);
    });

    it('waits for what the disk has begun', () => {
      const lab = open({ peers: 'Sd' });
      lab.startAll();
      const peer = lab.peer('1002');
      peer.storage.delayMs = 9_000;
      lab.until(() => peer.told('piece-received').length > 0);
      peer.swarm.stop();
      lab.pass(5_000);
      expect([peer.outcome, peer.storage.isClosed]).toEqual([undefined, false]);
      expect(lab.leftovers()).toEqual([]);
      expect(peer.outcome).toBe('interrupted');
      expect(peer.storage.have.count).toBeGreaterThan(0);
      expect(peer.told('piece-completed').at(-1)?.count).toBe(peer.storage.have.count);
    });

    it('does nothing the second time', () => {
      const lab = open({ peers: 'Sd' });
      lab.startAll().pass(100);
      const peer = lab.peer('1001');
      peer.swarm.stop();
      peer.swarm.stop();
      lab.pass(5_000);
      peer.swarm.stop();
      expect(peer.told('ended')).toHaveLength(1);
    });

    it('stops dialling', () => {
      const lab = open({ peers: 'Sd' });
      const peer = lab.start('1002');
      peer.swarm.stop();
      expect(lab.runToEnd(3_000)).toBe(true);
      expect(peer.told('dial-failed')).toEqual([]);
      expect(peer.told('ended')).toMatchObject([{ outcome: 'interrupted', lost: [] }]);
    });
  });
});
