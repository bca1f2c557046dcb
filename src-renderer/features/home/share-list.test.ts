import { describe, expect, it } from 'vitest';
import { shareSwarm } from '../../testing/share-scenes.ts';
import { allAtOnce, listedShares, type ShareOrder } from './share-list.ts';

const shares = [
  shareSwarm('b', 'Lecture 10', { activity: 'seeding', addedAtMs: 10 }),
  shareSwarm('a', 'lecture 9', { activity: 'paused', addedAtMs: 30 }),
  shareSwarm('d', 'Maps', { activity: 'failed', problem: 'The disk is full.', addedAtMs: 20 }),
  shareSwarm('c', 'Toolchain', { activity: 'downloading', addedAtMs: 40 }),
  shareSwarm('e', 'Atlas', { activity: 'downloading', problem: 'There is no room for it.', addedAtMs: 5 }),
];

const names = (order: ShareOrder, find = '') => listedShares(shares, { find, order }).map(({ name }) => name);

describe('the shares of Home', () => {
  it('stand in the order of the queue unless another is chosen', () => {
    expect(names('queue')).toEqual(['Lecture 10', 'lecture 9', 'Maps', 'Toolchain', 'Atlas']);
    expect(names('newest')).toEqual(['Toolchain', 'lecture 9', 'Maps', 'Lecture 10', 'Atlas']);
  });

  it('are sorted by name as people do: numbers by their value, case aside', () => {
    expect(names('name')).toEqual(['Atlas', 'lecture 9', 'Lecture 10', 'Maps', 'Toolchain']);
  });

  it('are sorted by what they do: trouble first, what needs nobody last', () => {
    expect(names('state')).toEqual(['Maps', 'Atlas', 'Toolchain', 'lecture 9', 'Lecture 10']);
  });

  it('are found by a part of their name', () => {
    expect(names('queue', ' LECT ')).toEqual(['Lecture 10', 'lecture 9']);
    expect(names('name', 'nothing')).toEqual([]);
  });

  it('are paused and resumed together, each that can be', () => {
    expect(allAtOnce(shares)).toEqual({ pausable: ['b', 'c', 'e'], resumable: ['a', 'd'] });
  });
});
