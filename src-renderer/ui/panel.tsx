import { type ReactNode, useId } from 'react';
import { classes } from './classes.ts';
import styles from './panel.module.css';

export interface PanelProps {
  readonly title: string;
  readonly subtitle?: ReactNode;
  /** At the right of the header. */
  readonly actions?: ReactNode;
  readonly className?: string | undefined;
  readonly bodyClassName?: string | undefined;
  readonly children: ReactNode;
}

/** A named part of a page: header and body. The body takes what height is left. */
export function Panel({ title, subtitle, actions, className, bodyClassName, children }: PanelProps) {
  const titleId = useId();
  return (
    <section className={classes(styles.panel, className)} aria-labelledby={titleId}>
      <header className={styles.head}>
        <h2 id={titleId} className={styles.title}>
          {title}
        </h2>
        {subtitle === undefined ? null : <p className={styles.subtitle}>{subtitle}</p>}
        {actions === undefined ? null : <div className={styles.actions}>{actions}</div>}
      </header>
      <div className={classes(styles.body, bodyClassName)}>{children}</div>
    </section>
  );
}
