import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { classes } from './classes.ts';
import styles from './notice.module.css';

export interface NoticeProps {
  readonly tone: 'info' | 'warning' | 'error';
  readonly title: ReactNode;
  /** What to do, one line each. */
  readonly problems?: readonly string[];
  readonly actions?: ReactNode;
  readonly children?: ReactNode;
}

const icons = { info: Info, warning: TriangleAlert, error: CircleAlert } as const;

/** Something the user should know, where it happened. An error is read out at once. */
export function Notice({ tone, title, problems = [], actions, children }: NoticeProps) {
  const Icon = icons[tone];
  return (
    <div role={tone === 'error' ? 'alert' : 'note'} className={classes(styles.notice, styles[tone])}>
      <Icon size={16} aria-hidden="true" className={styles.icon} />
      <div className={styles.text}>
        <p className={styles.title}>{title}</p>
        {children}
        {problems.length === 0 ? null : (
          <ul className={styles.problems}>
            {problems.map(problem => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        )}
      </div>
      {actions === undefined ? null : <div className={styles.actions}>{actions}</div>}
    </div>
  );
}
