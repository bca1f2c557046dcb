import type { ReactNode } from 'react';
import styles from './chip.module.css';
import { classes } from './classes.ts';

export interface ChipProps {
  /** `outlined` on the page's ground, `soft` on a panel, the others to say something. */
  readonly tone?: 'soft' | 'outlined' | 'in' | 'ok' | 'warning' | 'error';
  readonly title?: string | undefined;
  readonly children: ReactNode;
}

/** A word or two about the thing beside it. */
export function Chip({ tone = 'soft', title, children }: ChipProps) {
  return (
    <span className={classes(styles.chip, styles[tone])} title={title}>
      {children}
    </span>
  );
}
