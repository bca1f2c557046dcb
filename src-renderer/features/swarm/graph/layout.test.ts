import { describe, expect, it } from 'vitest';
import { type GraphRoster, layOut, overlapsIn, type Size } from './layout.ts';

const sizes: readonly Size[] = [
  { width: 392, height: 560 },
  { width: 392, height: 420 },
  { width: 488, height: 540 },
  { width: 488, height: 460 },
  { width: 760, height: 700 },
];

function rosterOf(count: number, hosts: number, ownHost = 'lab-01'): GraphRoster {
  const peers = Array.from({ length: count }, (_, i) => ({
    peer: String(1001 + i),
    host: `lab-${String(1 + Math.floor((i * hosts) / count)).padStart(2, '0')}`,
  }));
  return { peers, ownHost, labelOf: host => host };
}

describe('the layout of the swarm graph', () => {
  for (const size of sizes) {
    for (const isPresenting of size.width === 760 ? [true, false] : [false]) {
      it(`lays nothing on anything else, ${size.width}×${size.height}${isPresenting ? ', presenting' : ''}`, () => {
        for (let count = 1; count <= 60; count += 1) {
          for (const hosts of [1, 3, count]) {
            const layout = layOut(rosterOf(count, Math.min(hosts, count)), size, isPresenting);
            expect([count, hosts, ...overlapsIn(layout)]).toEqual([count, hosts]);
          }
        }
      });
    }
  }

  it('has room for 200 neighbours', () => {
    for (const size of sizes) {
      expect([size, ...overlapsIn(layOut(rosterOf(200, 8), size, false))].slice(0, 6)).toEqual([size]);
    }
  });

  it('says the states in words for a dozen neighbours', () => {
    for (const size of sizes) {
      const { words, isDotted, nodes } = layOut(rosterOf(8, 3), size, false);
      expect([words, isDotted, nodes.filter(({ label }) => label === undefined)]).toEqual([
        'long',
        false,
        [],
      ]);
      expect(layOut(rosterOf(12, 3), size, false).words).not.toBe('none');
    }
  });

  it('shows 30 neighbours by name, and 200 as dots', () => {
    expect(layOut(rosterOf(30, 3), sizes[0]!, false).isDotted).toBe(false);
    expect(layOut(rosterOf(200, 3), sizes[4]!, false).isDotted).toBe(true);
  });

  it('is the same for the same roster and size', () => {
    const [one, other] = [rosterOf(17, 4), rosterOf(17, 4)];
    expect(layOut(one, sizes[1]!, false)).toEqual(layOut(other, sizes[1]!, false));
  });

  it('goes clockwise in the order of the roster, our own computer at the top', () => {
    const { nodes, centre } = layOut(rosterOf(9, 3), sizes[2]!, false);
    const turns = nodes.map(({ x, y }) => (Math.atan2(x - centre.x, centre.y - y) / (2 * Math.PI) + 1) % 1);
    const steps = turns.map((turn, i) => (turns[(i + 1) % turns.length]! - turn + 1) % 1);
    expect(steps.every(step => step > 0 && step < 0.5)).toBe(true);
    expect(steps.reduce((sum, step) => sum + step, 0)).toBeCloseTo(1);
    const own = nodes.slice(0, 3);
    expect(own[1]!.x).toBeCloseTo(centre.x, 0);
    expect(own[1]!.y).toBeLessThan(centre.y);
    expect(own[0]!.x + own[2]!.x).toBeCloseTo(2 * centre.x, 0);
  });

  it('keeps a computer together when the roster does not', () => {
    const peers = ['a', 'b', 'a', 'b'].map((host, i) => ({ peer: String(i + 1), host }));
    const { nodes, groups } = layOut({ peers, ownHost: 'c', labelOf: host => host }, sizes[2]!, false);
    expect(nodes.map(({ peer }) => peer)).toEqual(['1', '3', '2', '4']);
    expect(groups.map(({ host }) => host)).toEqual(['a', 'b']);
  });

  it('names every computer where there are a few', () => {
    for (const size of sizes) {
      const { groups } = layOut(rosterOf(8, 3), size, false);
      expect(groups.filter(({ label }) => label === undefined)).toEqual([]);
      expect(groups[0]!.text).toBe('lab-01, this computer');
    }
  });

  it('keeps the lanes of a neighbour parallel and apart', () => {
    for (const { inward, outward } of layOut(rosterOf(10, 2), sizes[2]!, false).nodes) {
      const [a, b] = [inward, outward].map(({ from, to }) => Math.atan2(to.y - from.y, to.x - from.x));
      expect(Math.abs(Math.cos(a! - b!))).toBeCloseTo(1);
      expect(Math.hypot(inward.from.x - outward.to.x, inward.from.y - outward.to.y)).toBeGreaterThan(8);
    }
  });

  it('keeps the band of a single computer inside the panel', () => {
    for (const count of [1, 2, 3, 4, 5]) {
      for (const size of sizes) {
        const { groups } = layOut(rosterOf(count, 1), size, false);
        const { path, width } = groups[0]!.band;
        const numbers = [...path.matchAll(/(-?[\d.]+) (-?[\d.]+)(?=A|h|$)/g)].map(([, , y]) => Number(y));
        expect(Math.min(...numbers) - width / 2).toBeGreaterThan(0);
        expect(Math.max(...numbers) + width / 2).toBeLessThan(size.height);
      }
    }
  });

  it('does not fall over a panel without room', () => {
    expect(() => layOut(rosterOf(60, 5), { width: 60, height: 50 }, false)).not.toThrow();
  });
});
