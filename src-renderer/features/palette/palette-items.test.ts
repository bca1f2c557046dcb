import { describe, expect, it } from 'vitest';
import { busySwarms } from '../../testing/scenes.ts';
import { matchItems, paletteItems } from './palette-items.ts';

const items = paletteItems({ swarms: busySwarms, recent: [], notices: [] }, true);
const shown = { name: 'TheFile.dat', pieceCount: 306 };
const labels = (query: string, swarm: typeof shown | null = null) =>
  matchItems(items, query, swarm).map(({ label, detail, group }) =>
    group === 'peer' ? `${label} ${detail}` : label,
  );

describe('the palette', () => {
  it('offers everything before anything is typed, each once', () => {
    expect(matchItems(items, '  ', shown)).toHaveLength(items.length);
    expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
  });

  it('finds by parts of words in any order', () => {
    expect(labels('dat file')[0]).toBe('TheFile.dat');
    expect(labels('LIGHT')).toEqual(['Change between light and dark']);
    expect(labels('zebra')).toEqual([]);
  });

  it('finds the peers of a swarm', () => {
    expect(labels('demo 1004')).toEqual(['Peer 1004 Demo file']);
  });

  it('puts what begins a word before what is inside one', () => {
    const found = labels('file');
    expect(found.indexOf('Choose a file to share')).toBeGreaterThanOrEqual(0);
    const actions = matchItems(items, 'journal', null).filter(({ group }) => group === 'action');
    expect(actions[0]?.label).toBe('Open a journal');
  });

  it.each(['piece 123', 'Piece123', '#123', 'pieces 123'])('goes to a piece by "%s" first', query => {
    expect(matchItems(items, query, shown)[0]?.target).toEqual({ kind: 'piece', piece: 123 });
  });

  it('takes a bare number for a peer before a piece', () => {
    expect(matchItems(items, '1003', { ...shown, pieceCount: 5000 }).map(({ group }) => group)).toEqual([
      'swarm',
      'peer',
      'piece',
    ]);
  });

  it('offers no piece that is not there', () => {
    expect(labels('piece 306', shown)).toEqual([]);
    expect(labels('piece 17', null)).toEqual([]);
  });

  it('offers presentation only where it can be', () => {
    const withoutSwarm = paletteItems({ swarms: [], recent: [], notices: [] }, false);
    expect(withoutSwarm.some(({ id }) => id === 'present')).toBe(false);
    expect(items.some(({ id }) => id === 'present')).toBe(true);
  });
});
