import { describe, expect, it } from 'vitest';
import type { NearbyMachine, NearbyShare } from '../../../src-shared/share.ts';
import { foundRows, nearbyRows, typedAddress } from './nearby-rows.ts';

const share = (name: string, change: Partial<NearbyShare> = {}): NearbyShare => ({
  infoHash: name.padEnd(40, '0'),
  name,
  totalLength: 100,
  fileCount: 1,
  progress: 1,
  addedAtMs: 10,
  listedAs: null,
  ...change,
});
const machine = (name: string, shares: readonly NearbyShare[]): NearbyMachine => ({
  name,
  address: `${name}.lab:6881`,
  isTyped: false,
  problem: null,
  shares,
});
const view = {
  machines: [
    machine('lab-07', [share('a', { addedAtMs: 20 }), share('b', { addedAtMs: 30 })]),
    machine('lab-08', [share('a', { progress: 0.5, addedAtMs: 90 })]),
  ],
};

describe('shares nearby', () => {
  it('stand once each, the newest first, with who has them', () => {
    expect(nearbyRows(view)).toMatchObject([
      { name: 'b', whole: ['lab-07'], inPart: [] },
      { name: 'a', whole: ['lab-07'], inPart: [{ name: 'lab-08', progress: 0.5 }] },
    ]);
  });

  it('are found by their name or that of a computer', () => {
    const names = (text: string) => foundRows(nearbyRows(view), text).map(({ name }) => name);
    expect(names(' B ')).toEqual(['b', 'a']);
    expect(names('lab-08')).toEqual(['a']);
    expect(names('zebra')).toEqual([]);
  });
});

describe('an address', () => {
  it.each(['lab-07', ' 10.0.0.7 ', '10.0.0.7:6881', '[fe80::1]:6881', 'fe80::1'])('%j is one', text => {
    expect(typedAddress(text)).toBe(text.trim());
  });
  it.each(['', 'lab 07', 'http://lab-07', 'lab-07:99999', 'lab-07:0', 'a/b'])('%j is none', text => {
    expect(typedAddress(text)).toBeUndefined();
  });
});
