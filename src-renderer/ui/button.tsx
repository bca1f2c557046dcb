import type { ComponentProps, ReactNode } from 'react';
import styles from './button.module.css';
import { classes } from './classes.ts';

export interface ButtonProps extends ComponentProps<'button'> {
  readonly variant?: 'plain' | 'primary' | 'quiet' | 'danger' | 'destroy';
  readonly size?: 'medium' | 'small';
  /** Work goes on; the button keeps the focus and does nothing. */
  readonly busy?: boolean;
}

export function Button({
  variant = 'plain',
  size = 'medium',
  busy = false,
  className,
  onClick,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      aria-disabled={busy || undefined}
      onClick={busy ? event => event.preventDefault() : onClick}
      className={classes(styles.button, styles[variant], size === 'small' && styles.small, className)}
    />
  );
}

export interface IconButtonProps extends ComponentProps<'button'> {
  /** What it does; read out and shown on hover. */
  readonly label: string;
  /** The key that does the same; shown on hover. */
  readonly shortcut?: string;
  readonly children: ReactNode;
}

/** A button of 32 × 32 px with nothing but a picture. */
export function IconButton({ label, shortcut, className, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      aria-keyshortcuts={shortcut}
      title={shortcut === undefined ? label : `${label} (${shortcut})`}
      {...rest}
      className={classes(styles.icon, className)}
    />
  );
}
