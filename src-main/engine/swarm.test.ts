import { describe, expect, it } from 'vitest';
import { type LabOptions, VirtualLab } from './testing/virtual-lab.ts';

/** Everything holds whether a block is a whole piece or not. */
const dialects = [
  ['whole pieces', {}],
  ['several blocks a piece', { blockLength: 16 }],
] as const satisfies [string, Partial<LabOptions>][];

describe.each(dialects)('a swarm with %s', (_name, dialect) => {
  const lab = (options: LabOptions) => new VirtualLab({ ...options, ...dialect });

  it('brings the content to everybody, ends by itself and leaves nothing behind', () => {
    const swarm = lab({ peers: 'Sdddd' }).startAll();
    expect(swarm.runToEnd()).toBe(true);
    for (const peer of swarm.all) {
      expect(peer.outcome).toBe('complete');
      expect(peer.storage.content).toEqual(swarm.content);
    }
    expect(swarm.leftovers()).toEqual([]);
  });
});
