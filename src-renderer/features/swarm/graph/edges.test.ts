import { describe, expect, it } from 'vitest';
import { arcPath, bentEdge, edgeShape, lineWidth, roundedUp } from './edges.ts';

const lane = { from: { x: 0, y: 0 }, to: { x: 100, y: 0 } };
const numbersIn = (path: string) => (path.match(/-?\d+(\.\d+)?/g) ?? []).map(Number);
const xsIn = (path: string) => numbersIn(path).filter((_, i) => i % 2 === 0);

describe('the thickness of a line', () => {
  it('grows with the rate between its bounds', () => {
    const widths = [0, 1, 10, 40, 70, 100, 1000].map(rate => lineWidth(rate, 100, [1.75, 7]));
    expect(widths).toEqual([...widths].sort((a, b) => a - b));
    expect([widths[0], widths.at(-1)]).toEqual([1.75, 7]);
    expect(lineWidth(30, 100, [1.75, 7])).toBeGreaterThan(lineWidth(15, 100, [1.75, 7]));
  });

  it('is the least when nothing ever passed', () => {
    expect(lineWidth(0, 0, [2.5, 10])).toBe(2.5);
  });
});

describe('a peak', () => {
  it('is rounded up to 1, 2 or 5 of a power of ten', () => {
    expect([0, 1, 1.5, 2, 3, 5, 51, 100, 149_000].map(roundedUp)).toEqual([
      1, 1, 2, 2, 5, 5, 100, 100, 200_000,
    ]);
  });
});

describe('an edge', () => {
  it('has its triangle at the receiver', () => {
    for (const state of ['open', 'preferred'] as const) {
      const { line, head, bar, want } = edgeShape(lane, state, 4, 1);
      expect(Math.max(...xsIn(head))).toBe(91);
      expect(Math.max(...xsIn(line))).toBeLessThan(91);
      expect(want).toEqual({ x: 96, y: 0 });
      expect(bar).toBe('');
    }
  });

  it('has four corners at the receiver when it is optimistic', () => {
    const { head } = edgeShape(lane, 'optimistic', 4, 1);
    expect(numbersIn(head)).toHaveLength(8);
    expect(Math.max(...xsIn(head))).toBe(91);
  });

  it('has a bar at the choker and no head when it is choked', () => {
    const { head, bar } = edgeShape(lane, 'choked', 4, 1);
    expect(head).toBe('');
    expect(xsIn(bar)).toEqual([7, 7]);
  });

  it('does not turn round where there is no room for its head', () => {
    const short = edgeShape({ from: { x: 0, y: 0 }, to: { x: 8, y: 0 } }, 'preferred', 7, 1);
    expect(Math.min(...xsIn(short.line))).toBeGreaterThanOrEqual(0);
  });
});

describe('an edge between two others', () => {
  const room = { centre: { x: 0, y: 0 }, clearance: 30, rim: 10, width: 2, scale: 1 };
  const bendOf = (line: string) => {
    const [, , cx, cy] = numbersIn(line);
    return { x: cx!, y: cy! };
  };

  it('bends towards the middle, the way back more than the way there', () => {
    const [left, right] = [
      { x: -80, y: 90 },
      { x: 80, y: 90 },
    ];
    const there = bendOf(bentEdge(left, right, 'preferred', room).line);
    const back = bendOf(bentEdge(right, left, 'preferred', room).line);
    expect(there.y).toBeLessThan(90);
    expect(back.y).toBeLessThan(90);
    expect(Math.abs(there.y - back.y)).toBeGreaterThan(10);
  });

  it('passes our node where the straight way would cross it', () => {
    for (const [from, to] of [
      [
        { x: -100, y: 5 },
        { x: 100, y: 5 },
      ],
      [
        { x: 100, y: 5 },
        { x: -100, y: 5 },
      ],
      [
        { x: -100, y: 0 },
        { x: 100, y: 0 },
      ],
    ] as const) {
      const { y } = bendOf(bentEdge(from, to, 'optimistic', room).line);
      // The curve comes half as far as its control point.
      expect(Math.abs((y + from.y) / 2)).toBeGreaterThanOrEqual(29);
    }
  });
});

describe('an arc', () => {
  it('ends where its share does, and closes', () => {
    expect(arcPath({ x: 0, y: 0 }, 10, 0.25)).toBe('M0.0 -10.0A10 10 0 0 1 10.0 -0.0');
    expect(arcPath({ x: 0, y: 0 }, 10, 0.75)).toContain(' 0 1 1 ');
    expect(arcPath({ x: 0, y: 0 }, 10, 1)).toMatch(/z$/);
  });
});
