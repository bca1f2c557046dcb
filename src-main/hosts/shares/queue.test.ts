import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { movedInQueue, ratioOf, turnsOf, type Waiting } from './queue.ts';

const waiting = (text: string): Waiting[] =>
  text.split(' ').map(word => ({
    id: word.slice(1),
    wants: word.startsWith('d') ? 'download' : word.startsWith('s') ? 'seed' : undefined,
  }));

describe('turns', () => {
  it('go to the first of each kind; the others have places', () => {
    const { active, positions } = turnsOf(waiting('d1 s2 -3 d4 d5 s6'), {
      activeDownloads: 1,
      activeSeeds: 1,
    });
    expect([...active]).toEqual(['1', '2']);
    expect([...positions]).toEqual([
      ['4', 1],
      ['5', 2],
      ['6', 3],
    ]);
  });

  it('are never more than the limits allow, and nobody is passed over', () => {
    const anyQueue = fc
      .array(fc.constantFrom('download', 'seed', undefined))
      .map(all => all.map((wants, index) => ({ id: String(index), wants }) as Waiting));
    fc.assert(
      fc.property(anyQueue, fc.nat(5), fc.nat(5), (queue, activeDownloads, activeSeeds) => {
        const { active, positions } = turnsOf(queue, { activeDownloads, activeSeeds });
        for (const [kind, limit] of [
          ['download', activeDownloads],
          ['seed', activeSeeds],
        ] as const) {
          const ofKind = queue.filter(({ wants }) => wants === kind).map(({ id }) => id);
          expect(ofKind.filter(id => active.has(id))).toEqual(ofKind.slice(0, limit));
          expect(ofKind.slice(limit).every(id => positions.has(id))).toBe(true);
        }
      }),
    );
  });
});

describe('the order', () => {
  it.each([
    ['top', ['3', '1', '2', '4']],
    ['up', ['1', '3', '2', '4']],
    ['down', ['1', '2', '4', '3']],
    ['bottom', ['1', '2', '4', '3']],
  ] as const)('changes when one moves %s', (to, expected) => {
    expect(movedInQueue(['1', '2', '3', '4'], '3', to)).toEqual(expected);
  });

  it('stays when there is nowhere to go', () => {
    expect(movedInQueue(['1', '2'], '1', 'up')).toEqual(['1', '2']);
    expect(movedInQueue(['1', '2'], '2', 'down')).toEqual(['1', '2']);
    expect(movedInQueue(['1', '2'], '9', 'top')).toEqual(['1', '2']);
  });
});

it('the ratio counts what was taken, or the files themselves where nothing was', () => {
  expect(ratioOf(150, 100, 1000)).toBe(1.5);
  expect(ratioOf(500, 0, 1000)).toBe(0.5);
  expect(ratioOf(0, 0, 0)).toBe(0);
});
