import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Layout } from './content/layout.ts';
import { blocksOf, OutstandingRequests } from './outstanding.ts';
import type { Run } from './picker.ts';

const layout = new Layout(3 * 8, 8, 1);
const run = (piece: number, block: number, count = 1): Run => ({ piece, block, count });
const asked = (...runs: readonly Run[]) => {
  const requests = new OutstandingRequests(layout);
  runs.forEach((each, i) => {
    requests.add({ ...each, sentAt: i });
  });
  return requests;
};

describe('what a neighbour owes', () => {
  it('is found by any of its blocks', () => {
    const requests = asked(run(0, 2, 3), run(1, 0));
    expect(requests.blocks).toBe(4);
    expect([1, 2, 4, 5].map(block => requests.of({ piece: 0, block })?.sentAt)).toEqual([
      undefined,
      0,
      0,
      undefined,
    ]);
    expect(requests.of({ piece: 1, block: 0 })?.sentAt).toBe(1);
  });

  it('is answered only by all that was asked for at once', () => {
    const requests = asked(run(0, 2, 3));
    expect(requests.take(run(0, 2, 2))).toBeUndefined();
    expect(requests.take(run(0, 3, 2))).toBeUndefined();
    expect(requests.take(run(0, 2, 3))).toEqual({ ...run(0, 2, 3), sentAt: 0 });
    expect([requests.blocks, ...requests]).toEqual([0]);
  });

  it('is as old in parts as it was as a whole', () => {
    const requests = asked(run(0, 0, 4), run(0, 4, 4));
    requests.split(run(0, 3));
    expect(requests.take(run(0, 3))?.sentAt).toBe(0);
    expect(requests.take(run(0, 4, 4))?.sentAt).toBe(1);
    expect(requests.blocks).toBe(3);
  });

  it('stays the same blocks, however it is split and taken', () => {
    const arbitraryRun = fc
      .record({ piece: fc.nat(2), block: fc.nat(7), length: fc.nat(7) })
      .map(({ piece, block, length }) => run(piece, block, 1 + (length % (8 - block))));
    const step = fc.record({ kind: fc.constantFrom('ask', 'split', 'take'), what: arbitraryRun });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), steps => {
        const requests = new OutstandingRequests(layout);
        const owed = new Map<string, number>();
        const nameOf = ({ piece, block }: { piece: number; block: number }) => `${piece}:${block}`;
        steps.forEach(({ kind, what }, sentAt) => {
          const blocks = blocksOf(what);
          if (kind === 'split') requests.split(what);
          else if (kind === 'take') {
            const taken = requests.take(what);
            if (taken !== undefined)
              for (const block of blocks) expect(owed.delete(nameOf(block))).toBe(true);
          } else if (!blocks.some(block => owed.has(nameOf(block)))) {
            requests.add({ ...what, sentAt });
            for (const block of blocks) owed.set(nameOf(block), sentAt);
          }
        });
        for (let piece = 0; piece < 3; piece += 1) {
          for (const block of blocksOf(run(piece, 0, 8)))
            expect(requests.of(block)?.sentAt).toBe(owed.get(nameOf(block)));
        }
        expect(requests.blocks).toBe(owed.size);
        expect([...requests].flatMap(blocksOf)).toHaveLength(owed.size);
      }),
    );
  });
});
