import { distanceOf, type Point, svg } from './ellipse.ts';
import type { Lane } from './layout.ts';

/** How one direction between two peers is drawn. `open` is a neighbour that lets us ask. */
export type EdgeState = 'open' | 'preferred' | 'optimistic' | 'choked';

/** SVG paths of one edge; empty where it has no such part. */
export interface EdgeShape {
  readonly line: string;
  /** Filled: triangle or diamond at the receiver's end. */
  readonly head: string;
  /** Stroked across: at the choker's end. */
  readonly bar: string;
  /** Centre of the ring at the end that wants. */
  readonly want: Point;
}

/**
 * The thickness of a line, in pixels: the least for nothing, the most for `peak` bytes per second. Grows a little
 * faster at first, so that slow ones can be told apart.
 */
export function lineWidth(
  bytesPerSecond: number,
  peak: number,
  [least, most]: readonly [number, number],
): number {
  const share = peak <= 0 ? 0 : Math.min(1, Math.max(0, bytesPerSecond / peak));
  // In quarters of a pixel: a line is not drawn anew for a difference that nobody sees.
  return Math.round((least + (most - least) * share ** 0.6) * 4) / 4;
}

/** The next of 1, 2, 5, 10, 20, … that is not below a number; 1 for nothing. */
export function roundedUp(amount: number): number {
  if (!(amount > 1)) return 1;
  const power = 10 ** Math.floor(Math.log10(amount));
  return [1, 2, 5, 10].map(step => step * power).find(step => step >= amount * 0.999_999) ?? 10 * power;
}

/** The lane runs from the giver to the receiver. */
export function edgeShape({ from, to }: Lane, state: EdgeState, width: number, scale: number): EdgeShape {
  const length = distanceOf(from, to) || 1;
  const [ux, uy] = [(to.x - from.x) / length, (to.y - from.y) / length];
  const at = (d: number, side = 0): Point => ({
    x: from.x + ux * d - uy * side,
    y: from.y + uy * d + ux * side,
  });
  const want = at(length - 4 * scale);
  const tip = length - 9 * scale;
  if (state === 'choked') {
    return {
      line: `M${svg(at(2))}L${svg(at(tip))}`,
      head: '',
      bar: `M${svg(at(7 * scale, -5 * scale))}L${svg(at(7 * scale, 5 * scale))}`,
      want,
    };
  }
  const half = Math.max(4.5 * scale, width / 2 + 3 * scale);
  if (state === 'optimistic') {
    const back = Math.max(0, tip - half * 2.3);
    const middle = (tip + back) / 2;
    return {
      line: `M${svg(at(0))}L${svg(at(back))}`,
      head: `M${svg(at(tip))}L${svg(at(middle, half))}L${svg(at(back))}L${svg(at(middle, -half))}z`,
      bar: '',
      want,
    };
  }
  const back = Math.max(0, tip - half * 1.7);
  return {
    line: `M${svg(at(0))}L${svg(at(back + 0.5))}`,
    head: `M${svg(at(tip))}L${svg(at(back, half))}L${svg(at(back, -half))}z`,
    bar: '',
    want,
  };
}

/**
 * An edge between two others, bent towards the middle and the way back more so, which keeps both apart from each other,
 * from the nodes between them and from ours.
 */
export function bentEdge(
  from: Point,
  to: Point,
  state: EdgeState,
  {
    centre,
    clearance,
    rim,
    width,
    scale,
  }: {
    readonly centre: Point;
    /** How far to stay from the centre. */
    readonly clearance: number;
    /** Radius around both ends that is theirs. */
    readonly rim: number;
    readonly width: number;
    readonly scale: number;
  },
): Pick<EdgeShape, 'line' | 'head'> {
  const length = distanceOf(from, to) || 1;
  const [ux, uy] = [(to.x - from.x) / length, (to.y - from.y) / length];
  const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  // How far the centre lies to the right of the way.
  const side = -(centre.x - middle.x) * uy + (centre.y - middle.y) * ux;
  const isBack = side < 0;
  const bend = (isBack ? 20 : 8) * scale;
  const most = Math.abs(side) - clearance - (isBack ? 12 * scale : 0);
  const needed = Math.min(bend, most) * (isBack ? -1 : 1);
  // A curve comes half as far as its control point.
  const control = { x: middle.x - uy * needed * 2, y: middle.y + ux * needed * 2 };
  const start = towards(from, control, rim);
  const tip = towards(to, control, rim);
  const reach = distanceOf(tip, control) || 1;
  const [vx, vy] = [(tip.x - control.x) / reach, (tip.y - control.y) / reach];
  const half = Math.max(3.5 * scale, width / 2 + 2 * scale);
  const size = half * (state === 'optimistic' ? 2.2 : 1.8);
  const at = (back: number, aside: number) => ({
    x: tip.x - vx * back - vy * aside,
    y: tip.y - vy * back + vx * aside,
  });
  const line = `M${svg(start)}Q${svg(control)} ${svg(at(size, 0))}`;
  const head =
    state === 'optimistic'
      ? `M${svg(tip)}L${svg(at(size / 2, half))}L${svg(at(size, 0))}L${svg(at(size / 2, -half))}z`
      : `M${svg(tip)}L${svg(at(size, half))}L${svg(at(size, -half))}z`;
  return { line, head };
}

function towards(from: Point, to: Point, distance: number): Point {
  const whole = distanceOf(from, to) || 1;
  const share = Math.min(1, distance / whole);
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

/** An arc from the top on, clockwise, round a point; a share of 1 closes the circle. */
export function arcPath({ x, y }: Point, radius: number, share: number): string {
  if (share >= 0.9999) return `M${x.toFixed(1)} ${(y - radius).toFixed(1)}a${radius} ${radius} 0 1 1 -.01 0z`;
  const angle = share * 2 * Math.PI;
  const end = { x: x + radius * Math.sin(angle), y: y - radius * Math.cos(angle) };
  return `M${svg({ x, y: y - radius })}A${radius} ${radius} 0 ${share > 0.5 ? 1 : 0} 1 ${svg(end)}`;
}
