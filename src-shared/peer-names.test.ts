import { describe, expect, it } from 'vitest';
import type { JournalEvent } from './journal.ts';
import {
  computerNames,
  idNames,
  namesFor,
  peerNamesOf,
  renamedEvent,
  shownNeighbours,
} from './peer-names.ts';
import { situationOf } from './situation.ts';
import { SwarmState } from './swarm-state.ts';

const names = (addresses: readonly string[], computers: Record<string, string> = {}) => {
  const peers = addresses.map((address, index) => ({ peer: String(index + 2), address }));
  const named = namesFor('1', peers, new Map(Object.entries(computers)), () => undefined);
  return peers.map(({ peer }) => [named.long(peer), named.short(peer)]);
};

describe('the names of a share’s peers', () => {
  it('are addresses, short as far as that tells them apart', () => {
    expect(names(['10.14.3.21:6881', '10.14.3.4:50111'])).toEqual([
      ['10.14.3.21', '.21'],
      ['10.14.3.4', '.4'],
    ]);
    expect(names(['10.14.3.21:6881', '10.14.9.21:6881'])).toEqual([
      ['10.14.3.21', '.3.21'],
      ['10.14.9.21', '.9.21'],
    ]);
    expect(names(['10.14.3.21:6881', '192.168.0.2:6881', '[fe80::1]:6881'])).toEqual([
      ['10.14.3.21', '.21'],
      ['192.168.0.2', '.2'],
      ['fe80::1', 'fe80::1'],
    ]);
    expect(names(['10.1.1.1:1', '11.1.1.1:1'])).toEqual([
      ['10.1.1.1', '10.1.1.1'],
      ['11.1.1.1', '11.1.1.1'],
    ]);
  });

  it('tell peers on one address apart by their ports', () => {
    expect(names(['127.0.0.1:6881', '127.0.0.1:6882'])).toEqual([
      ['127.0.0.1:6881', ':6881'],
      ['127.0.0.1:6882', ':6882'],
    ]);
  });

  it('are those of computers where they are known', () => {
    expect(names(['10.0.0.7:6881', '10.0.0.8:6881'], { '10.0.0.7': 'lab-07' })).toEqual([
      ['lab-07', 'lab-07'],
      ['10.0.0.8', '.8'],
    ]);
  });
});

function run(dialect: string): SwarmState {
  const state = new SwarmState();
  const events = [
    {
      kind: 'started',
      self: '1',
      dialect,
      name: 'x',
      totalLength: 20,
      pieceLength: 10,
      pieceCount: 2,
      bitfield: '00',
      roster: [],
      preferredSlots: 4,
      unchokingIntervalMs: 10_000,
      optimisticIntervalMs: 30_000,
      strategy: 'rarest',
    },
    { kind: 'peer-known', peer: '2', address: '10.0.0.7:6881', client: '' },
    { kind: 'peer-known', peer: '3', address: '10.0.0.8:6881', client: '' },
    { kind: 'peer-known', peer: '4', address: '10.0.0.9:6881', client: '' },
    { kind: 'connected', peer: '2', direction: 'dialled', remote: '10.0.0.7:6881' },
    { kind: 'connected', peer: '3', direction: 'accepted', remote: '10.0.0.8:6881' },
    { kind: 'received-bitfield', peer: '2', bitfield: 'c0', count: 2 },
    { kind: 'sent-interested', peer: '2' },
    { kind: 'received-unchoke', peer: '2' },
    { kind: 'disconnected', peer: '3', reason: 'it closed the connection' },
  ] as const;
  for (const [seq, event] of events.entries()) {
    state.apply({ ...event, seq, atMs: seq, wallMs: seq } as JournalEvent);
  }
  return state;
}

describe('a share at a moment', () => {
  it('shows who is connected, and for a while who left', () => {
    const state = run('bittorrent');
    expect(shownNeighbours(state).map(({ peer }) => peer)).toEqual(['2', '3']);
    state.advance(60_000);
    expect(shownNeighbours(state).map(({ peer }) => peer)).toEqual(['2']);
    expect(shownNeighbours(run('course')).map(({ peer }) => peer)).toEqual(['2', '3', '4']);
  });

  it('waits for nobody, and speaks of its peers by address', () => {
    expect(situationOf(run('bittorrent'))).toMatchObject({
      isShare: true,
      neighbours: 1,
      connected: 1,
      notStarted: [],
      gone: [],
      sources: ['10.0.0.7'],
    });
    expect(situationOf(run('course'))).toMatchObject({ isShare: false, notStarted: ['4'], gone: ['3'] });
  });

  it('speaks of its peers by the names of computers where those are known', () => {
    const computers = computerNames([{ name: 'lab-07', address: '10.0.0.7' }]);
    expect(situationOf(run('bittorrent'), computers)?.sources).toEqual(['lab-07']);
    expect(situationOf(run('course'), computers)?.sources).toEqual(['2']);
  });

  it('has names for its peers, the course IDs', () => {
    expect(peerNamesOf(run('bittorrent')).long('1')).toBe('We');
    expect(peerNamesOf(run('bittorrent')).long('4')).toBe('10.0.0.9');
    expect(peerNamesOf(run('course'))).toBe(idNames);
  });
});

describe('an event', () => {
  it('is renamed wherever it names a peer', () => {
    const stamp = { seq: 0, atMs: 0, wallMs: 0 };
    const nameOf = (peer: string) => `<${peer}>`;
    expect(
      renamedEvent({ kind: 'piece-failed', peers: ['2', '3'], piece: 1, ...stamp }, nameOf),
    ).toMatchObject({
      peers: ['<2>', '<3>'],
    });
    expect(renamedEvent({ kind: 'note', text: 'odd', ...stamp }, nameOf)).toMatchObject({ text: 'odd' });
    expect(
      renamedEvent(
        {
          kind: 'optimistic-decision',
          decision: { candidates: ['2'], kept: false, optimistic: '2', choke: ['3'] },
          ...stamp,
        },
        nameOf,
      ),
    ).toMatchObject({ decision: { candidates: ['<2>'], optimistic: '<2>', choke: ['<3>'] } });
  });
});

describe('computers', () => {
  it.each([
    ['10.0.0.7:6881', '10.0.0.7'],
    ['lab-07.lab', 'lab-07.lab'],
    ['[fe80::1]:6881', 'fe80::1'],
    ['fe80::1', 'fe80::1'],
  ])('at %s are found by the address %s', (address, found) => {
    expect([...computerNames([{ name: 'lab-07', address }])]).toEqual([[found, 'lab-07']]);
  });

  it('without a name of their own give none', () => {
    const nameless = { name: '', address: '10.0.0.7' };
    expect(computerNames([nameless, { ...nameless, name: '10.0.0.7' }]).size).toBe(0);
  });
});
