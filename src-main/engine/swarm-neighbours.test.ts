import { afterEach, describe, expect, it } from 'vitest';
import { dialects, LabBench } from './testing/lab-bench.ts';
import type { LabPeer } from './testing/lab-peer.ts';
import { likeASeed } from './testing/scripted-peer.ts';
import type { LabOptions } from './testing/virtual-lab.ts';

const piecesOf = (peer: LabPeer) =>
  peer
    .told('piece-completed')
    .map(({ piece }) => piece)
    .sort();

describe.each(dialects)('neighbours, with %s', (_name, dialect) => {
  const bench = new LabBench(dialect);
  afterEach(() => expect(bench.clear()).toEqual([]));

  const open = (options: LabOptions) => bench.open({ totalLength: 10 * 64, ...options });
  /** An engine as 1002, downloading, and a scripted seed that it dialled. */
  const downloader = (options: Partial<LabOptions> = {}) => {
    const lab = open({ peers: 'Sd', ...options });
    const seed = lab.meet('1002', '1001');
    return { lab, seed, peer: lab.peer('1002') };
  };
  /** An engine as 1001, and a scripted neighbour listed later that dialled it. */
  const neighbourOf = (options: Partial<LabOptions> = {}) => {
    const lab = open({ peers: 'dd', ...options });
    const stranger = lab.meet('1001', '1002');
    return { lab, stranger, peer: lab.peer('1001') };
  };

  describe('the bitfield', () => {
    it.each([
      ['nothing', '..........', 'bitfield none'],
      ['some pieces', '*..*.....*', 'bitfield *..*.....*'],
      ['everything', '**********', 'bitfield all'],
    ])('is sent right after the handshake, in full length: %s (A1)', (_what, have, expected) => {
      const { lab, stranger } = neighbourOf({ have: { 1001: have } });
      stranger.say('handshake 1002');
      lab.pass(100);
      expect(stranger.heard).toEqual(['handshake 1001', expected]);
    });

    it('may be left out by a peer that has nothing yet: its haves count from the first on (A1)', () => {
      const { lab, stranger, peer } = neighbourOf();
      stranger.say('handshake 1002', 'have 4').answers(likeASeed);
      lab.until(() => peer.told('piece-completed').length === 1);
      expect(peer.told('piece-completed')).toMatchObject([{ peer: '1002', piece: 4 }]);
      stranger.say(...Array.from({ length: 10 }, (_, piece) => `have ${piece}`));
      lab.until(() => peer.told('peer-completed').length === 1);
      expect(lab.runToEnd()).toBe(true);
      expect(peer.outcome).toBe('complete');
    });

    it('may be left out by a seed, which the roster names: it is asked all the same (A1)', () => {
      const { lab, seed, peer } = downloader();
      seed.say('handshake 1001').answers(likeASeed);
      lab.until(() => seed.heardOf('interested').length > 0, 3_000);
      expect(lab.runToEnd()).toBe(true);
      expect([peer.outcome, lab.holdsContent('1002')]).toEqual(['complete', true]);
    });

    it.each([
      ['aligned to the right', '00 00 00 03 05 03 ff'],
      ['right-aligned in its last byte', '00 00 00 03 05 ff 03'],
      ['empty', '00 00 00 01 05'],
      ['longer than needed, spare bits set', '00 00 00 09 05 ff ff ff ff ff ff ff ff'],
      ['all zero', '00 00 00 03 05 00 00'],
    ])('of a seed counts as full whatever it says: %s (A2)', (_oddity, hex) => {
      const { lab, seed, peer } = downloader();
      seed.say('handshake 1001').sendHex(hex).answers(likeASeed);
      expect(lab.runToEnd()).toBe(true);
      expect([peer.outcome, lab.holdsContent('1002')]).toEqual(['complete', true]);
    });

    it.each([
      ['empty', '00 00 00 01 05', [], 'its bitfield has 0 bytes instead of 2'],
      ['too long', '00 00 00 04 05 c0 00 ff', [0, 1], 'its bitfield has 3 bytes instead of 2'],
      [
        'spare bits set',
        '00 00 00 03 05 c0 3f',
        [0, 1],
        'its bitfield sets bits beyond the last piece; they are ignored',
      ],
      [
        'four bytes a piece',
        `00 00 00 29 05 ${'00 00 00 01 '.repeat(10)}`,
        [],
        'its bitfield has 40 bytes instead of 2',
      ],
    ])('of a downloader is read as far as it goes, and noted: %s (A2)', (_oddity, hex, pieces, text) => {
      const { lab, stranger, peer } = neighbourOf();
      stranger.say('handshake 1002').sendHex(hex).answers(likeASeed);
      lab.pass(60_000);
      expect(piecesOf(peer)).toEqual(pieces);
      expect(peer.notes).toEqual([text]);
      expect(peer.told('disconnected')).toEqual([]);
    });

    it('that can only be meant least significant bit first is read that way, and noted (A2)', () => {
      // Not tapped: by the tables of section 2 it would say something else.
      const { lab, stranger, peer } = neighbourOf({ tapped: false });
      stranger.say('handshake 1002').sendHex('00 00 00 03 05 09 02').answers(likeASeed);
      lab.pass(60_000);
      expect(piecesOf(peer)).toEqual([0, 3, 9]);
      expect(peer.notes).toEqual(['its bitfield has piece 0 in the least significant bit; read that way']);
    });

    it('that is too short leaves out what it does not say (A2)', () => {
      const { lab, stranger, peer } = neighbourOf({ totalLength: 26 * 64 });
      stranger.say('handshake 1002').sendHex('00 00 00 03 05 00 05').answers(likeASeed);
      lab.pass(60_000);
      expect(piecesOf(peer)).toEqual([13, 15]);
      expect(peer.notes).toEqual(['its bitfield has 2 bytes instead of 4']);
    });

    it('that comes later only adds pieces, and is noted (A3)', () => {
      const { lab, stranger, peer } = neighbourOf();
      stranger.say('handshake 1002', 'have 0', 'bitfield .*........').answers(likeASeed);
      lab.pass(60_000);
      expect(piecesOf(peer)).toEqual([0, 1]);
      expect(peer.notes).toEqual(['it sent a bitfield later than as its first message; added']);
    });

    it('of a peer that came back replaces the earlier one (A25)', () => {
      const { lab, stranger, peer } = neighbourOf({ have: { 1001: '*****.....' } });
      stranger.say('handshake 1002', 'bitfield .....*****');
      lab.pass(10);
      stranger.abort();
      lab.pass(10);
      const back = lab.dial('1001').say('handshake 1002', 'bitfield none', 'unchoke');
      lab.pass(60_000);
      expect(peer.told('connected')).toHaveLength(2);
      expect(back.heard).toEqual(['handshake 1001', 'bitfield *****.....', 'not interested']);
    });
  });

  describe('interest', () => {
    it('is told in answer to a bitfield, either way', () => {
      const { lab, stranger } = neighbourOf({ have: { 1001: '**........' } });
      stranger.say('handshake 1002', 'bitfield *.........');
      lab.pass(100);
      expect(stranger.heard.slice(2)).toEqual(['not interested']);
      const third = bench.open({ ...dialect, peers: 'dd', totalLength: 640 });
      const other = third.meet('1001', '1002').say('handshake 1002', 'bitfield *.........');
      third.pass(100);
      expect(other.heard.slice(2)).toEqual(['interested']);
    });

    it('is told when a have shows a first piece we lack, and not again (A9)', () => {
      const { lab, stranger } = neighbourOf({ have: { 1001: '**........' } });
      stranger.say('handshake 1002', 'bitfield none', 'have 0', 'have 5', 'have 5', 'have 6');
      lab.pass(100);
      expect(stranger.heard.slice(2)).toEqual(['not interested', 'interested']);
    });

    it('ends when everything the neighbour has is here, while choked or not', () => {
      const { lab, stranger } = neighbourOf();
      stranger.say('handshake 1002', 'bitfield **........').answers(likeASeed);
      lab.pass(1_000);
      expect(stranger.heard.filter(words => words.endsWith('interested'))).toEqual([
        'interested',
        'not interested',
      ]);
      expect(stranger.heard.at(-1)).toBe('not interested');
    });

    it('of a neighbour is taken in however often it is repeated (A9)', () => {
      const { lab, stranger, peer } = neighbourOf({ have: { 1001: '**********' } });
      stranger.say('handshake 1002', 'bitfield none');
      for (let i = 0; i < 200; i += 1) stranger.say('interested');
      lab.pass(100);
      expect(stranger.heardOf('unchoke')).toEqual(['unchoke']);
      expect(peer.told('choke-decision')).toHaveLength(1);
      for (let i = 0; i < 200; i += 1) stranger.say('not interested');
      lab.pass(5_000);
      expect(stranger.heardOf('choke')).toEqual(['choke']);
      expect(peer.told('disconnected')).toEqual([]);
    });
  });

  describe('a have', () => {
    it('goes to every neighbour once, the sender of the piece included (A11)', () => {
      const lab = open({ peers: 'Sddd' });
      const [second, third] = [lab.meet('1004', '1002'), lab.meet('1004', '1003')];
      const seed = lab.meet('1004', '1001');
      second.say('handshake 1002', 'bitfield none');
      third.say('handshake 1003', 'bitfield *.........');
      seed.say('handshake 1001', 'bitfield all').answers(likeASeed);
      lab.until(() => lab.peer('1004').told('completed').length === 1);
      lab.pass(100);
      const all = Array.from({ length: 10 }, (_, piece) => `have ${piece}`);
      for (const neighbour of [seed, second, third]) {
        expect(neighbour.heardOf('have').sort()).toEqual(all);
      }
    });

    it('of a piece that does not exist is ignored and noted (A11)', () => {
      const { lab, stranger, peer } = neighbourOf();
      stranger.say('handshake 1002', 'bitfield none', 'have 10').sendHex('00 00 00 05 04 ff ff ff ff');
      lab.pass(100);
      expect(stranger.heardOf('interested')).toEqual([]);
      expect(peer.notes).toEqual(['it says it has piece 10, which does not exist; ignored']);
      expect(peer.told('disconnected')).toEqual([]);
    });

    it('for every piece makes a neighbour complete without a bitfield that said so', () => {
      const { lab, stranger, peer } = neighbourOf({ have: { 1001: '**********' } });
      stranger.say('handshake 1002', 'bitfield none');
      stranger.say(...Array.from({ length: 10 }, (_, piece) => `have ${piece}`));
      expect(lab.runToEnd()).toBe(true);
      expect(peer.told('peer-completed')).toMatchObject([{ peer: '1002' }]);
      expect(peer.outcome).toBe('complete');
    });
  });

  describe('messages that mean nothing', () => {
    it.each([
      ['a keep-alive (A18)', '00 00 00 00', []],
      ['an unknown type (A19)', '00 00 00 04 14 01 02 03', [/unknown type 20/]],
      ['a have of the wrong length', '00 00 00 03 04 00 00', [/'have'/]],
      ['a choke with a payload', '00 00 00 02 00 00', []],
    ])('are skipped: %s', (_what, hex, notes) => {
      const { lab, stranger, peer } = neighbourOf();
      stranger.say('handshake 1002', 'bitfield none').sendHex(hex).say('have 3').answers(likeASeed);
      lab.pass(1_000);
      expect(peer.told('piece-completed')).toMatchObject([{ piece: 3 }]);
      expect(peer.notes).toEqual(notes.map(note => expect.stringMatching(note)));
    });
  });
});
