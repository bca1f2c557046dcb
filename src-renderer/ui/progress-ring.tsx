/** `working`: files are read, nothing travels. */
export type RingState = 'active' | 'working' | 'waiting' | 'complete' | 'halted' | 'failed';

export interface ProgressRingProps {
  /** Done, from 0 to 1. */
  readonly share: number;
  readonly state: RingState;
  /** In pixels: 32 has a sign of its state in the middle, 16 only when complete or failed. */
  readonly size?: 16 | 32;
}

const geometry = {
  16: { radius: 6, stroke: 2.5 },
  32: { radius: 13, stroke: 4 },
} as const;

const colours = {
  active: 'var(--in)',
  working: 'var(--in)',
  waiting: 'var(--in)',
  complete: 'var(--ok)',
  halted: 'var(--choke)',
  failed: 'var(--rare)',
} as const;

/** By state, in a square of 32 px. */
const signs = {
  active: 'M16 11v10m-4-4 4 4 4-4',
  working: 'M11.5 12.5h9m-9 3.5h9m-9 3.5h5',
  waiting: 'M16 11v5l3.5 2',
  complete: 'm11 16.5 3.5 3.5 6.5-7',
  halted: 'M13.5 12v8m5-8v8',
  failed: 'm12 12 8 8m0-8-8 8',
} as const;

/** Decoration: the figures stand beside it. */
export function ProgressRing({ share, state, size = 32 }: ProgressRingProps) {
  const { radius, stroke } = geometry[size];
  const middle = size / 2;
  const isSmall = size === 16;
  const showSign = !isSmall || state === 'complete' || state === 'failed';
  return (
    <svg width={size} height={size} viewBox={`0 0 ${size} ${size}`} fill="none" aria-hidden="true">
      <circle cx={middle} cy={middle} r={radius} stroke="var(--line-2)" strokeWidth={stroke} />
      {share > 0 ? (
        <path d={arcPath(middle, radius, share)} stroke={colours[state]} strokeWidth={stroke} />
      ) : null}
      {showSign ? (
        <path
          d={signs[state]}
          stroke={isSmall || state === 'failed' ? colours[state] : 'var(--ink)'}
          strokeWidth={isSmall ? 3 : 1.75}
          transform={isSmall ? 'translate(-.5 -.5) scale(.53)' : undefined}
        />
      ) : null}
    </svg>
  );
}

/** An arc from the top on, clockwise, as an SVG path; a share of 1 closes the circle. */
export function arcPath(middle: number, radius: number, share: number): string {
  const top = middle - radius;
  if (share >= 0.9999) return `M${middle} ${top}a${radius} ${radius} 0 1 1-.01 0z`;
  const angle = (share * 360 - 90) * (Math.PI / 180);
  const x = (middle + radius * Math.cos(angle)).toFixed(2);
  const y = (middle + radius * Math.sin(angle)).toFixed(2);
  return `M${middle} ${top}A${radius} ${radius} 0 ${share > 0.5 ? 1 : 0} 1 ${x} ${y}`;
}
