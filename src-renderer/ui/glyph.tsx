import type { ReactNode } from 'react';

/**
 * The visual grammar: one drawing per state, the same in table, legend, time line and log, told apart by form before
 * colour.
 */
const drawings = {
  'serves-us': (
    <>
      <path d="M6 7h7" stroke="var(--in)" strokeWidth="2.5" />
      <path d="M7.5 2.5 1 7l6.5 4.5z" fill="var(--in)" />
    </>
  ),
  preferred: (
    <>
      <path d="M1 7h7" stroke="var(--pref)" strokeWidth="2.5" />
      <path d="M6.5 2.5 13 7l-6.5 4.5z" fill="var(--pref)" />
    </>
  ),
  optimistic: (
    <>
      <path d="M0 7h2.5M4 7h2" stroke="var(--opt)" strokeWidth="2.5" />
      <path d="m9.5 2.5 4 4.5-4 4.5-4-4.5z" fill="var(--opt)" />
    </>
  ),
  /** We choke them: the bar stands at their end. */
  choked: (
    <>
      <path d="M0 7h8" stroke="var(--choke)" strokeWidth="1.5" strokeDasharray="1.5 2" />
      <path d="M10 2.5v9" stroke="var(--choke)" strokeWidth="2.5" />
    </>
  ),
  /** They choke us: the bar stands at ours. */
  'chokes-us': (
    <>
      <path d="M6 7h8" stroke="var(--choke)" strokeWidth="1.5" strokeDasharray="1.5 2" />
      <path d="M4 2.5v9" stroke="var(--choke)" strokeWidth="2.5" />
    </>
  ),
  interested: <circle cx="7" cy="7" r="3.5" fill="none" stroke="var(--ink-2)" strokeWidth="2" />,
  piece: <path d="M3 3h8v8H3z" fill="var(--in)" />,
  have: <path d="M3.75 3.75h6.5v6.5h-6.5z" fill="none" stroke="var(--have)" strokeWidth="1.5" />,
  connected: (
    <>
      <circle cx="4" cy="7" r="2.2" fill="var(--ink-2)" />
      <circle cx="10.5" cy="7" r="2.2" fill="var(--ink-2)" />
      <path d="M4 7h6" stroke="var(--ink-2)" strokeWidth="1.5" />
    </>
  ),
  disconnected: (
    <>
      <circle cx="3.5" cy="7" r="2" fill="none" stroke="var(--ink-2)" strokeWidth="1.5" />
      <circle cx="10.5" cy="7" r="2" fill="none" stroke="var(--ink-2)" strokeWidth="1.5" />
    </>
  ),
  complete: <path d="m2.5 7.5 3 3 6-7" fill="none" stroke="var(--ok)" strokeWidth="2" />,
  requested: (
    <>
      <path d="M3.5 3.5h7v7h-7z" fill="none" stroke="var(--in)" />
      <path d="M3.5 7h7v3.5h-7z" fill="var(--in)" />
    </>
  ),
  failed: <path d="m3.5 3.5 7 7m0-7-7 7" stroke="var(--rare)" strokeWidth="2" />,
  note: (
    <>
      <path d="M7 6.25V11" stroke="var(--ink-2)" strokeWidth="2" />
      <circle cx="7" cy="3.75" r="1.25" fill="var(--ink-2)" />
    </>
  ),
} as const satisfies Record<string, ReactNode>;

export type GlyphName = keyof typeof drawings;

export interface GlyphProps {
  readonly name: GlyphName;
  /** Side in pixels. */
  readonly size?: number;
  readonly className?: string | undefined;
}

/** Decoration: the word stands beside it. */
export function Glyph({ name, size = 14, className }: GlyphProps) {
  return (
    <svg width={size} height={size} viewBox="0 0 14 14" aria-hidden="true" className={className}>
      {drawings[name]}
    </svg>
  );
}
