import type { ReactNode } from 'react';
import styles from './segmented.module.css';

export interface SegmentedProps<T extends string | number> {
  /** What is chosen here; read out. */
  readonly label: string;
  readonly options: readonly { readonly value: T; readonly label: ReactNode; readonly title?: string }[];
  readonly value: T;
  readonly onChange: (value: T) => void;
}

/** A few choices side by side, of which one holds. */
export function Segmented<T extends string | number>({ label, options, value, onChange }: SegmentedProps<T>) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out in a line with text.
    <div role="group" aria-label={label} className={styles.group}>
      {options.map(option => (
        <button
          key={option.value}
          type="button"
          className={styles.option}
          aria-pressed={option.value === value}
          title={option.title}
          onClick={() => onChange(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}
