import { describe, expect, it } from 'vitest';
import type { Fate } from '../dialect.ts';
import { Roster, type RosterPeer } from './roster.ts';

const lostAfterMs = 60_000;

/** A line of PeerInfo.cfg. */
function line(peer: string, seed = false): RosterPeer {
  return { peer, host: `host-${peer}`, port: 6008, seed };
}

const lines = [line('1001', true), line('1003'), line('1002'), line('1004')];

function rosterOf(self: string, entries: readonly RosterPeer[] = lines): Roster {
  return new Roster(entries, self, lostAfterMs);
}

describe('the peers to dial (section 5)', () => {
  it.each([
    ['1001', []],
    ['1003', ['1001']],
    ['1002', ['1001', '1003']],
    ['1004', ['1001', '1003', '1002']],
  ])('for %s are those on the lines before its own, whatever their numbers: %j', (self, expected) => {
    expect(rosterOf(self).dialTargets.map(({ peer }) => peer)).toEqual(expected);
  });

  it('come with their addresses', () => {
    expect(rosterOf('1003').dialTargets).toEqual([
      { peer: '1001', address: { host: 'host-1001', port: 6008 } },
    ]);
  });
});

describe('a roster', () => {
  it('names everybody, itself included, in the order of the lines', () => {
    expect(rosterOf('1003', lines.slice(0, 2)).roster).toEqual([
      { peer: '1001', address: 'host-1001:6008', seed: true },
      { peer: '1003', address: 'host-1003:6008', seed: false },
    ]);
  });

  it('cannot be made for a peer that is not listed', () => {
    expect(() => rosterOf('1009')).toThrow('peer 1009 is not listed');
  });

  it('knows the seeds from the start: they are complete', () => {
    const roster = rosterOf('1004');
    expect(['1001', '1002', '1009'].map(peer => roster.isSeed(peer))).toEqual([true, false, false]);
    expect(['1001', '1002'].map(peer => roster.isComplete(peer))).toEqual([true, false]);
  });

  it('remembers who became complete', () => {
    const roster = rosterOf('1004');
    roster.onComplete('1002');
    expect(['1003', '1002'].map(peer => roster.isComplete(peer))).toEqual([false, true]);
    expect(roster.isSeed('1002')).toBe(false);
  });

  it('keeps a peer complete that goes away and comes back', () => {
    const roster = rosterOf('1004');
    roster.onConnected('1002');
    roster.onComplete('1002');
    roster.onDisconnected('1002', 0);
    roster.onConnected('1002');
    expect(roster.isComplete('1002')).toBe(true);
  });

  it('is told of listed peers only', () => {
    const roster = rosterOf('1004');
    for (const peer of ['1009', '1004']) {
      expect(() => roster.onConnected(peer)).toThrow(RangeError);
      expect(() => roster.onDisconnected(peer, 0)).toThrow(RangeError);
      expect(() => roster.onComplete(peer)).toThrow(RangeError);
      expect(() => roster.isComplete(peer)).toThrow(RangeError);
    }
  });

  it('misses those that are neither connected nor complete', () => {
    const roster = rosterOf('1004');
    expect(roster.missing()).toEqual(['1003', '1002']);
    roster.onConnected('1003');
    expect(roster.missing()).toEqual(['1002']);
    roster.onDisconnected('1003', 0);
    roster.onComplete('1002');
    expect(roster.missing()).toEqual(['1003']);
  });
});

describe('a handshake (2.1)', () => {
  const roster = rosterOf('1002');
  const dialled = roster.dialTargets[0];

  it('is let in when its peer is listed, in either direction, and whoever should have dialled (A8)', () => {
    expect(roster.refuse('1001', 'dialled', dialled)).toBeUndefined();
    for (const peer of ['1001', '1003', '1004']) {
      expect(roster.refuse(peer, 'accepted', undefined)).toBeUndefined();
    }
  });

  it('is refused with our own ID', () => {
    expect(roster.refuse('1002', 'accepted', undefined)).toMatch(/our own peer ID, 1002/);
    expect(roster.refuse('1002', 'dialled', dialled)).toMatch(/our own peer ID, 1002/);
  });

  it('is refused when another peer was dialled', () => {
    expect(roster.refuse('1003', 'dialled', dialled)).toBe(
      'peer 1001 was dialled, but the handshake says 1003',
    );
  });

  it('is refused when its peer is not listed', () => {
    expect(roster.refuse('1009', 'accepted', undefined)).toBe('its peer ID 1009 is not in PeerInfo.cfg');
    expect(roster.refuse('0', 'accepted', undefined)).toMatch(/ID 0 is not in/);
  });

  it.each([
    ['of a peer that dialled us', '825241651', undefined, '1003'],
    ['of a peer we dialled', '825241649', dialled, '1001'],
    ['of our own', '825241650', undefined, '1002'],
  ])('with an ID in ASCII digits %s is refused with a diagnosis (A6)', (_, sent, target, meant) => {
    expect(roster.refuse(sent, target ? 'dialled' : 'accepted', target)).toMatch(
      new RegExp(`${sent}.*ASCII digits of ${meant}.*4-byte big-endian integer`),
    );
  });

  it.each([
    ['of a peer that dialled us', '3942842368', undefined, '1003'],
    ['of a peer we dialled', '3909287936', dialled, '1001'],
  ])('with an ID in little-endian %s is refused with a diagnosis (A5)', (_, sent, target, meant) => {
    expect(roster.refuse(sent, target ? 'dialled' : 'accepted', target)).toMatch(
      new RegExp(`${sent}.*read backwards it is ${meant}.*little-endian`),
    );
  });

  it('with ASCII digits or backwards bytes of nobody gets no such diagnosis', () => {
    for (const sent of ['825241657', '4076863488']) {
      expect(roster.refuse(sent, 'accepted', undefined)).toBe(`its peer ID ${sent} is not in PeerInfo.cfg`);
    }
  });

  it('with the ID of a listed peer is taken at its word, even where it could be read otherwise', () => {
    const both = rosterOf('7', [line('7'), line('16777216'), line('1'), line('825241649'), line('1001')]);
    for (const peer of ['16777216', '1', '825241649']) {
      expect(both.refuse(peer, 'accepted', undefined)).toBeUndefined();
    }
    const target = { peer: '1001', address: { host: 'localhost', port: 1 } };
    expect(both.refuse('825241649', 'dialled', target)).not.toMatch(/ASCII/);
  });
});

describe('the fate of a swarm (6.6, A24)', () => {
  const now = 1_000_000;

  /**
   * A swarm seen by one of its peers; a letter for each other one: `n`ot seen yet, `c`onnected, `a`way for less than
   * the grace period, `l`ost, which is away for all of it. In capitals when it is complete.
   */
  function draw(others: string): Roster {
    const entries = [...others].map((_, index) => line(`${index + 1}`));
    const roster = rosterOf('99', [...entries, line('99')]);
    for (const [index, letter] of [...others].entries()) {
      const peer = `${index + 1}`;
      const state = letter.toLowerCase();
      if (state !== 'n') roster.onConnected(peer);
      if (letter !== state) roster.onComplete(peer);
      if (state === 'a') roster.onDisconnected(peer, now - lostAfterMs + 1);
      if (state === 'l') roster.onDisconnected(peer, now - lostAfterMs);
    }
    return roster;
  }

  it.each<[string, string, Fate, Fate]>([
    ['there is nobody else', '', 'everyone-complete', 'going-on'],
    ['everybody else is complete and here', 'CC', 'everyone-complete', 'going-on'],
    ['everybody else is complete, wherever they are', 'NCAL', 'everyone-complete', 'going-on'],
    ['somebody is incomplete', 'CcC', 'going-on', 'going-on'],
    ['somebody was never seen, and may still be started', 'nC', 'going-on', 'going-on'],
    ['only peers never seen are missing, and others are lost', 'nl', 'going-on', 'going-on'],
    ['somebody went away a moment ago', 'aC', 'going-on', 'going-on'],
    ['somebody incomplete is lost', 'lC', 'peers-lost', 'going-on'],
    ['one is lost and one went away a moment ago', 'la', 'going-on', 'going-on'],
    ['all are lost', 'll', 'peers-lost', 'peers-lost'],
    ['all are lost, complete or not', 'lL', 'peers-lost', 'peers-lost'],
    ['all were complete and are gone for good', 'LL', 'everyone-complete', 'peers-lost'],
    ['all were complete and went away a moment ago', 'LA', 'everyone-complete', 'going-on'],
  ])('when %s (%s): complete ourselves %s, incomplete %s', (_, others, complete, incomplete) => {
    const roster = draw(others);
    expect([roster.fate(true, now), roster.fate(false, now)]).toEqual([complete, incomplete]);
  });

  it('follows the same rules in every combination', () => {
    const letters = [...'ncalNCAL'];
    let combinations = [''];
    for (let others = 0; others < 3; others += 1) {
      combinations = combinations.flatMap(drawn => letters.map(letter => drawn + letter));
      for (const drawn of combinations) {
        const roster = draw(drawn);
        const isDone = !/[a-z]/.test(drawn);
        const isHopeless = !/[nca]/.test(drawn);
        expect([drawn, roster.fate(true, now)]).toEqual([
          drawn,
          isDone ? 'everyone-complete' : isHopeless ? 'peers-lost' : 'going-on',
        ]);
        expect([drawn, roster.fate(false, now)]).toEqual([
          drawn,
          /^[lL]+$/.test(drawn) ? 'peers-lost' : 'going-on',
        ]);
      }
    }
  });

  it('turns when the grace period is over, and back when the lost peer returns', () => {
    const roster = draw('c');
    roster.onDisconnected('1', now);
    expect(roster.fate(true, now + lostAfterMs - 1)).toBe('going-on');
    expect(roster.fate(true, now + lostAfterMs)).toBe('peers-lost');
    roster.onConnected('1');
    expect(roster.fate(true, now + 2 * lostAfterMs)).toBe('going-on');
    roster.onDisconnected('1', now + 2 * lostAfterMs);
    expect(roster.fate(true, now + 3 * lostAfterMs - 1)).toBe('going-on');
    roster.onComplete('1');
    expect(roster.fate(true, now + 3 * lostAfterMs)).toBe('everyone-complete');
  });

  it('counts seeds as complete without having seen them', () => {
    const roster = rosterOf('2', [line('1', true), line('2', true), line('3', true)]);
    expect(roster.fate(true, 0)).toBe('everyone-complete');
  });
});
