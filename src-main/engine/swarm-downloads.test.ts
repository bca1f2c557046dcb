import { afterEach, describe, expect, it, vi } from 'vitest';
import { Picker } from './picker.ts';
import { dialects, LabBench } from './testing/lab-bench.ts';
import type { LabPeer } from './testing/lab-peer.ts';
import { likeASeed, type ScriptedPeer } from './testing/scripted-peer.ts';
import type { LabOptions } from './testing/virtual-lab.ts';
import { frame, uint32 } from './testing/wire-words.ts';

const mebibyte = 1024 * 1024;

const piecesOf = (peer: LabPeer) => peer.told('piece-completed').map(({ piece }) => piece);
const requestsTo = (seed: ScriptedPeer) => seed.heardOf('request').map(words => words.split(' ')[1]!);

describe.each(dialects)('downloading, with %s', (_name, dialect) => {
  const bench = new LabBench(dialect);
  afterEach(() => expect(bench.clear()).toEqual([]));

  const isWhole = dialect.blocksPerPiece === 1;
  const atATime = isWhole ? 1 : 5;
  const open = (options: LabOptions) => bench.open({ totalLength: 10 * 64, ...options });
  /** An engine as 1002, and a scripted seed as 1001 that said what it has and unchoked it. */
  const downloading = (options: Partial<LabOptions> = {}) => {
    const lab = open({ peers: 'Sd', ...options });
    const seed = lab.meet('1002', '1001').say('handshake 1001', 'bitfield all', 'unchoke');
    const expected = Math.min(atATime, lab.layout.pieceCount * dialect.blocksPerPiece);
    lab.until(() => seed.heardOf('request').length === expected, 1_000);
    return { lab, seed, peer: lab.peer('1002') };
  };
  /** An engine as 1003, and two scripted seeds that have everything and still choke it. */
  const betweenTwoSeeds = (options: Partial<LabOptions> = {}) => {
    const lab = open({ peers: 'SSd', ...options });
    const first = lab.meet('1003', '1001').say('handshake 1001', 'bitfield all');
    const second = lab.meet('1003', '1002').say('handshake 1002', 'bitfield all');
    lab.pass(10);
    return { lab, first, second, peer: lab.peer('1003') };
  };

  describe('a request', () => {
    it('waits for the unchoke', () => {
      const lab = open({ peers: 'Sd' });
      const seed = lab.meet('1002', '1001').say('handshake 1001', 'bitfield all');
      lab.pass(60_000);
      expect(seed.heard.slice(2)).toEqual(['interested']);
      seed.say('unchoke');
      lab.pass(10);
      expect(requestsTo(seed)).toHaveLength(atATime);
    });

    it('is not doubled by a second unchoke (A17)', () => {
      const { lab, seed } = downloading();
      seed.say('unchoke', 'unchoke');
      lab.pass(30_000);
      expect(requestsTo(seed)).toHaveLength(atATime);
    });

    it('that a choke overtakes is released, and made again after the next unchoke', () => {
      const { lab, seed, peer } = downloading({ totalLength: 64 });
      const [first] = requestsTo(seed);
      seed.say('choke', 'choke');
      lab.pass(10);
      expect(peer.told('request-released').map(({ reason }) => reason)).toContain('choked');
      expect(requestsTo(seed).filter(which => which === first)).toHaveLength(1);
      seed.say('unchoke');
      lab.pass(10);
      expect(requestsTo(seed).filter(which => which === first)).toHaveLength(2);
      seed.say('piece 0');
      expect(lab.runToEnd()).toBe(true);
      expect(lab.holdsContent('1002')).toBe(true);
    });

    it('that a choke overtakes goes to another neighbour at once', () => {
      const { lab, first, second } = betweenTwoSeeds({ totalLength: 64 });
      first.say('unchoke');
      lab.pass(10);
      second.say('unchoke');
      lab.pass(10);
      const asked = requestsTo(first);
      first.say('choke');
      lab.pass(10);
      expect(new Set(requestsTo(second))).toEqual(new Set(asked));
    });

    it('that a neighbour takes along when it vanishes goes to another at once', () => {
      const { lab, first, second } = betweenTwoSeeds({ totalLength: 64 });
      first.say('unchoke');
      lab.pass(10);
      second.say('unchoke');
      first.abort();
      lab.pass(10);
      expect(new Set(requestsTo(second))).toEqual(new Set(requestsTo(first)));
    });

    it('that gets no answer is made again after 2*max(p,m)+10 seconds (A16)', () => {
      const { lab, seed, peer } = downloading({ totalLength: 64 });
      lab.pass(41_000);
      const [asked] = peer.told('requested');
      const [released] = peer.told('request-released');
      expect(released).toMatchObject({ reason: 'timed-out', piece: 0 });
      expect(released!.atMs - asked!.atMs).toBeGreaterThanOrEqual(40_000);
      expect(released!.atMs - asked!.atMs).toBeLessThanOrEqual(40_500);
      expect(requestsTo(seed).length).toBeGreaterThan(peer.told('request-released').length);
      expect(peer.told('disconnected')).toEqual([]);
    });

    it('for the last piece may go to a second neighbour, which ends the wait for a slow one (endgame)', () => {
      const { lab, first, second, peer } = betweenTwoSeeds({ totalLength: 64 });
      first.say('unchoke');
      lab.pass(10);
      second.answers(likeASeed).say('unchoke');
      lab.until(() => peer.told('completed').length === 1, 5_600);
      const [asked] = peer.told('requested');
      const again = peer.told('requested').find(request => request.peer === '1002')!;
      expect(again).toMatchObject({ piece: 0, offset: 0, reason: { rule: 'endgame' } });
      // A course peer cannot be told to forget a request, so it has a whole interval to answer.
      if (isWhole) expect(again.atMs - asked!.atMs).toBeGreaterThanOrEqual(5_000);
      else expect(again.atMs - asked!.atMs).toBeLessThan(100);
    });

    it('that may go to a second neighbour is looked for once in a while, whatever comes', () => {
      const { lab, first, second } = betweenTwoSeeds({ totalLength: 64 });
      const looked = vi.spyOn(Picker.prototype, 'nextEndgame');
      first.say('unchoke');
      lab.pass(10);
      second.say(...Array<string>(50).fill('unchoke'));
      lab.pass(10);
      expect(looked).toHaveBeenCalledTimes(1);
      looked.mockRestore();
    });
  });

  describe('a piece', () => {
    it('that comes after the choke is taken in all the same, and not twice (A12, A13)', () => {
      const { lab, first, second, peer } = betweenTwoSeeds({ totalLength: 128 });
      first.say('unchoke');
      lab.pass(10);
      const piece = Number.parseInt(requestsTo(first)[0]!, 10);
      first.say('choke');
      second.say('unchoke');
      lab.until(() => requestsTo(second).length === atATime);
      first.say(`piece ${piece}`);
      lab.pass(10);
      expect(piecesOf(peer)).toEqual([piece]);
      expect(requestsTo(second)).toHaveLength(atATime); // it still has to answer
      second.answers(likeASeed);
      second.say(...requestsTo(second).map(which => `piece ${which}`));
      expect(lab.runToEnd()).toBe(true);
      expect(piecesOf(peer)).toEqual([piece, 1 - piece]);
      expect(peer.notes[0]).toMatch(/which was not requested; accepted/);
    });

    it('that is here already is discarded without a word, and the next is asked for (A12)', () => {
      const { lab, seed, peer } = downloading();
      const piece = Number.parseInt(requestsTo(seed)[0]!, 10);
      seed.say(`piece ${piece}`, `piece ${piece}`, `piece ${piece}`);
      lab.pass(100);
      expect(piecesOf(peer)).toEqual([piece]);
      expect(seed.heardOf('have')).toEqual([`have ${piece}`]);
      expect(peer.notes).toEqual([]);
      const open = requestsTo(seed).length - (isWhole ? 1 : 4);
      expect(open).toBe(atATime);
    });

    it('that nobody asked for is accepted when it is lacking and of the right size (A13)', () => {
      const lab = open({ peers: 'Sd' });
      const seed = lab.meet('1002', '1001').say('handshake 1001', 'bitfield all', 'piece 7');
      lab.pass(100);
      const peer = lab.peer('1002');
      expect(peer.told('piece-completed')).toMatchObject([{ peer: '1001', piece: 7, count: 1 }]);
      expect(seed.heardOf('have')).toEqual(['have 7']);
      expect(peer.notes).toEqual(['it sent piece 7, which was not requested; accepted']);
    });

    const offset = isWhole ? [] : uint32(0);
    const bytes = (length: number) => new Uint8Array(length);
    const right = isWhole ? 64 : 16;
    it.each([
      ['too short', frame(7, uint32(3), offset, bytes(right - 1))],
      ['too long', isWhole ? frame(7, uint32(9), bytes(64)) : frame(7, uint32(3), offset, bytes(17))],
      ['empty', frame(7, uint32(3), offset)],
      ['as long as the last one', frame(7, uint32(3), offset, bytes(5))],
      ['of a number that does not exist', frame(7, uint32(10), offset, bytes(right))],
      ['of an enormous number', frame(7, uint32(0xffff_ffff), offset, bytes(right))],
    ])(
      'that is wrong is discarded and asked for again; three cost the connection: %s (A14)',
      (_what, wrong) => {
        const { lab, seed, peer } = downloading({ totalLength: 9 * 64 + 5 });
        const [asked] = requestsTo(seed);
        seed.say(wrong, wrong);
        lab.pass(100);
        expect(peer.told('disconnected')).toEqual([]);
        expect(piecesOf(peer)).toEqual([]);
        expect(peer.notes).toEqual([expect.stringMatching(/^it sent piece .*; discarded$/)]);
        expect(requestsTo(seed)).toHaveLength(3 * atATime);
        seed.say(`piece ${asked}`);
        seed.say(wrong);
        lab.pass(10);
        expect(seed.closedAt).toBeDefined();
        expect(peer.told('disconnected')[0]?.reason).toMatch(/^it sent 3 wrong pieces/);
      },
    );

    it('is announced when it is written, and not before (A30)', () => {
      const { lab, seed, peer } = downloading({ totalLength: 64 });
      peer.storage.delayMs = 3_000;
      seed.say('piece 0');
      lab.pass(2_500);
      expect([peer.told('piece-received').length, seed.heardOf('have')]).toEqual([1, []]);
      lab.pass(1_000);
      expect([peer.storage.have.count, seed.heardOf('have')]).toEqual([1, ['have 0']]);
    });

    it('makes the content complete only when it has its final name (A30)', () => {
      const { lab, seed, peer } = downloading({ totalLength: 64 });
      peer.storage.delayMs = 3_000;
      seed.say('piece 0');
      lab.until(() => seed.heardOf('have').length === 1);
      lab.pass(2_500);
      expect([peer.storage.isComplete, peer.told('completed')]).toEqual([false, []]);
      lab.pass(600);
      expect([peer.storage.isComplete, peer.told('completed').length]).toEqual([true, 1]);
    });
  });

  describe('verification', () => {
    it('costs the only sender of a wrong piece its connection, and the piece is asked of another', () => {
      const { lab, first, second, peer } = betweenTwoSeeds({ verify: true });
      const garbage = lab.words.withContent(lab.content.map(byte => byte ^ 0xff));
      first
        .answers(words =>
          words.startsWith('request') ? [garbage.toBytes(words.replace('request', 'piece'))] : [],
        )
        .say('unchoke');
      lab.until(() => first.closedAt !== undefined);
      expect(peer.told('piece-failed')).toMatchObject([{ peers: ['1001'] }]);
      expect(peer.told('disconnected')).toMatchObject([
        { peer: '1001', reason: expect.stringMatching(/^piece \d from it failed verification$/) },
      ]);
      expect(piecesOf(peer)).toEqual([]);
      second.answers(likeASeed).say('unchoke');
      lab.until(() => peer.told('completed').length === 1);
      expect(lab.holdsContent('1003')).toBe(true);
    });

    if (isWhole) return; // a piece that is a block has one sender

    it('blames nobody for a wrong piece that came from several', () => {
      const { lab, first, second, peer } = betweenTwoSeeds({ verify: true, totalLength: 64 });
      const garbage = lab.words.withContent(lab.content.map(byte => byte ^ 0xff));
      first.say('unchoke', garbage.toBytes('piece 0.0'), 'choke');
      lab.pass(10);
      second.say('unchoke', 'piece 0.1', 'piece 0.2', 'piece 0.3');
      lab.pass(10);
      expect(peer.told('piece-failed')).toMatchObject([{ piece: 0, peers: ['1001', '1002'] }]);
      expect(peer.told('disconnected')).toEqual([]);
      expect(requestsTo(second).filter(which => which === '0.0')).toHaveLength(1);
      second.say('piece 0');
      lab.pass(10);
      expect(peer.told('completed')).toHaveLength(1);
    });
  });

  describe('a disk', () => {
    it('that is full ends the swarm with the reason; started again with room, it goes on from there', () => {
      const lab = open({ peers: 'Sdd', totalLength: 64 * 40, settings: { uploadBytesPerSecond: 640 } });
      lab.start('1001');
      lab.start('1002').storage.faults.fullAt = 64 * 20;
      lab.start('1003');
      lab.until(() => lab.peer('1002').outcome !== undefined);
      const first = lab.peer('1002');
      expect(first.outcome).toBe('storage-failed');
      expect(first.told('storage-failed')).toMatchObject([{ reason: 'the disk is full' }]);
      expect(first.told('ended')).toHaveLength(1);
      const kept = first.storage.have.count;
      const again = lab.start('1002');
      expect(lab.runToEnd()).toBe(true);
      expect(lab.all.map(({ id, outcome }) => [id, outcome, lab.holdsContent(id)])).toEqual([
        ['1001', 'complete', true],
        ['1002', 'complete', true],
        ['1003', 'complete', true],
      ]);
      expect(again.told('piece-completed')[0]?.count).toBe(kept + 1);
    });

    it.each([
      ['a piece cannot be read', 'failReads'],
      ['the final name cannot be given', 'failComplete'],
    ] as const)('that fails ends the swarm with the reason: %s', (_what, fault) => {
      const lab = open({ peers: fault === 'failReads' ? 'Sd' : 'dS' });
      const peer = lab.start('1001');
      peer.storage.faults[fault] = 'input/output error';
      lab.start('1002');
      lab.until(() => peer.outcome !== undefined);
      expect(peer.outcome).toBe('storage-failed');
      expect(peer.told('storage-failed')).toMatchObject([{ reason: 'input/output error' }]);
      expect(peer.told('completed')).toEqual([]);
    });

    it('that is slow costs no neighbour its connection for what it could not get rid of', () => {
      const lab = open({ peers: 'SSd', pieceLength: mebibyte, totalLength: 16 * mebibyte, tapped: false });
      lab.start('1001');
      const halfway = lab.meet('1003', '1002').say('handshake 1002', 'bitfield all');
      const peer = lab.peer('1003');
      peer.storage.delayMs = 30_000;
      const bytes = lab.words.toBytes('piece 0');
      halfway.say(bytes.subarray(0, 1_000));
      lab.until(() => lab.network.pausedLinks === 2);
      lab.until(() => lab.network.pausedLinks === 0);
      lab.pass(1_000);
      halfway.say(bytes.subarray(1_000));
      lab.pass(1_000);
      expect(peer.told('disconnected')).toEqual([]);
    });

    it('that is slow pauses the links, so that memory stays bounded, and everything arrives', () => {
      const lab = open({ peers: 'SSdS', pieceLength: mebibyte, totalLength: 16 * mebibyte, tapped: false });
      for (const id of ['1001', '1002', '1003']) lab.start(id);
      const { storage } = lab.peer('1003');
      storage.delayMs = 20_000;
      let mostUnderWay = 0;
      const sample = () => {
        mostUnderWay = Math.max(mostUnderWay, storage.underWay);
        if (lab.peer('1003').outcome === undefined) lab.clock.after(50, sample);
      };
      sample();
      lab.until(() => lab.network.pausedLinks === 2);
      lab.start('1004');
      lab.pass(100);
      expect(lab.network.pausedLinks).toBe(3);
      expect(lab.runToEnd()).toBe(true);
      expect(lab.holdsContent('1003')).toBe(true);
      // 8 MiB and, of each neighbour, a piece that was under way.
      expect(mostUnderWay).toBeGreaterThan(4);
      expect(mostUnderWay).toBeLessThanOrEqual(8 + 3);
      expect(lab.network.pausedLinks).toBe(0);
    }, 60_000);
  });
});
