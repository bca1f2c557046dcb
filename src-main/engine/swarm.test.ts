import { afterEach, describe, expect, it } from 'vitest';
import { violationsOf } from './testing/invariants.ts';
import { type LabOptions, VirtualLab } from './testing/virtual-lab.ts';

/** Everything holds whether a block is a whole piece or not. */
const dialects = [
  ['whole pieces', {}],
  ['several blocks a piece', { blockLength: 16 }],
] as const satisfies [string, Partial<LabOptions>][];

describe.each(dialects)('a swarm with %s', (_name, dialect) => {
  const labs: VirtualLab[] = [];
  const open = (options: LabOptions) => {
    const lab = new VirtualLab({ tapped: true, ...options, ...dialect });
    labs.push(lab);
    return lab;
  };

  /** Whatever happened, nothing is left behind and nobody broke the protocol. */
  afterEach(() => {
    for (const lab of labs.splice(0)) {
      expect(lab.leftovers()).toEqual([]);
      expect(lab.lives.flatMap(violationsOf)).toEqual([]);
    }
  });

  const expectAllComplete = (lab: VirtualLab) => {
    expect(lab.runToEnd()).toBe(true);
    for (const { id, outcome } of lab.all) {
      expect([id, outcome, lab.holdsContent(id)]).toEqual([id, 'complete', true]);
    }
  };

  it.each<[string, LabOptions]>([
    ['one seed', { peers: 'Sdddd' }],
    ['two seeds', { peers: 'SddSd' }],
    ['a seed listed last', { peers: 'ddddS' }],
    ['a seed in the middle', { peers: 'ddSdd' }],
    ['only seeds', { peers: 'SSS' }],
    ['one peer alone, a seed', { peers: 'S' }],
    ['rarest first', { peers: 'Sdddd', settings: { strategy: 'rarest' } }],
    ['one piece', { peers: 'Sdd', totalLength: 64 }],
    ['one piece longer than the content', { peers: 'Sdd', totalLength: 40 }],
    ['a number of pieces that is a multiple of 8', { peers: 'Sdd', totalLength: 64 * 16 }],
    ['a short last piece', { peers: 'Sdd', totalLength: 64 * 16 + 5 }],
    ['no content at all', { peers: 'Sdd', totalLength: 0 }],
    ['one place for a preferred neighbour', { peers: 'Sdddd', settings: { preferredSlots: 1 } }],
    ['limited uploads', { peers: 'Sdddd', settings: { uploadBytesPerSecond: 1_000 } }],
    ['verification', { peers: 'Sdddd', verify: true }],
  ])('brings the content to everybody: %s', (_case, options) => {
    expectAllComplete(open(options).startAll());
  });
});
