import type { ReactNode } from 'react';
import { classes } from './classes.ts';
import styles from './kbd.module.css';

/** A key; `onAccent` on a coloured button. */
export function Kbd({
  onAccent = false,
  children,
}: {
  readonly onAccent?: boolean;
  readonly children: ReactNode;
}) {
  return <kbd className={classes(styles.key, onAccent && styles.onAccent)}>{children}</kbd>;
}
