import { memo, type ReactNode } from 'react';
import { bentEdge, type EdgeState, edgeShape } from './edges.ts';
import type { Point } from './ellipse.ts';
import type { Lane } from './layout.ts';

const colours: Readonly<Record<EdgeState, string>> = {
  open: 'var(--in)',
  preferred: 'var(--pref)',
  optimistic: 'var(--opt)',
  choked: 'var(--choke)',
};

export interface EdgeMarkProps {
  readonly lane: Lane;
  readonly state: EdgeState;
  readonly width: number;
  readonly isWanted: boolean;
  /** Beside a focus, or one of many, it steps back. */
  readonly strength: keyof typeof strengths;
  readonly scale: number;
}

const strengths = { full: undefined, soft: 0.6, dim: 0.16 } as const;

/** One direction between us and a neighbour. */
export const EdgeMark = memo(function EdgeMark(props: EdgeMarkProps) {
  const { lane, state, width, isWanted, strength, scale } = props;
  const { line, head, bar, want } = edgeShape(lane, state, width, scale);
  const colour = colours[state];
  const isChoked = state === 'choked';
  const dashes = isChoked
    ? `${1.5 * scale} ${3.5 * scale}`
    : state === 'optimistic'
      ? `${8 * scale} ${4 * scale}`
      : undefined;
  return (
    <g opacity={strengths[strength]}>
      <path d={line} stroke={colour} strokeWidth={isChoked ? 1.5 * scale : width} strokeDasharray={dashes} />
      {head === '' ? null : <path d={head} fill={colour} />}
      {bar === '' ? null : <path d={bar} stroke={colour} strokeWidth={2.5 * scale} />}
      {isWanted ? (
        <circle
          cx={want.x}
          cy={want.y}
          r={3 * scale}
          fill="var(--surface)"
          stroke="var(--ink-2)"
          strokeWidth={1.75 * scale}
        />
      ) : null}
    </g>
  );
});

export interface OtherEdgeMarkProps {
  readonly from: Point;
  readonly to: Point;
  readonly centre: Point;
  readonly clearance: number;
  readonly rim: number;
  readonly state: 'preferred' | 'optimistic';
  readonly width: number;
  readonly isStrong: boolean;
  readonly isDim: boolean;
  readonly scale: number;
}

/** One direction between two others. */
export const OtherEdgeMark = memo(function OtherEdgeMark(props: OtherEdgeMarkProps) {
  const { from, to, state, width, isStrong, isDim, scale } = props;
  const { line, head } = bentEdge(from, to, state, props);
  const colour = isStrong ? 'var(--ink-2)' : 'var(--ctl)';
  return (
    <g opacity={isDim ? 0.14 : undefined}>
      <path
        d={line}
        stroke={colour}
        strokeWidth={width}
        strokeDasharray={state === 'optimistic' ? `${6 * scale} ${4 * scale}` : undefined}
      />
      <path d={head} fill={colour} />
    </g>
  );
});

/** A line of the legend. */
export function LegendMark({ children }: { readonly children: ReactNode }) {
  return (
    <svg width="32" height="14" viewBox="0 0 32 14" fill="none" aria-hidden="true">
      {children}
    </svg>
  );
}
