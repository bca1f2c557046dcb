import { classes } from './classes.ts';
import styles from './progress-bar.module.css';

export interface ProgressBarProps {
  /** Done, from 0 to 1. */
  readonly share: number;
  /** Whose or what progress; read out. */
  readonly label: string;
  /** In words, where per cent say less. */
  readonly text?: string;
  readonly tone?: 'in' | 'have' | 'ok' | 'halted';
  /** In pixels. */
  readonly height?: 4 | 6;
  readonly className?: string | undefined;
}

export function ProgressBar({ share, label, text, tone = 'in', height = 4, className }: ProgressBarProps) {
  const percent = Math.floor(Math.min(1, Math.max(0, share)) * 100);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={text}
      className={classes(styles.bar, className)}
      style={{ height }}
    >
      <div className={classes(styles.fill, styles[tone])} style={{ width: `${share * 100}%` }} />
    </div>
  );
}
