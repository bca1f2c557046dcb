import type { ReactNode } from 'react';
import { graphTexts as texts } from '../../../texts/swarm-graph.ts';
import { LegendMark } from './graph-marks.tsx';
import styles from './swarm-graph.module.css';

export interface LegendProps {
  /** Flows among the others are drawn, instead of chokes. */
  readonly hasOthers: boolean;
  /** What stands instead of the second line. */
  readonly note: string | undefined;
}

/** What the lines mean. Always as high, so that nothing above it moves. */
export function Legend({ hasOthers, note }: LegendProps) {
  const words = texts.legend;
  return (
    <ul className={styles.legend} aria-label={texts.legendLabel}>
      <Item word={words.open}>
        <path d="M1 7h20" stroke="var(--in)" strokeWidth="4" />
        <path d="M20 1.5 30 7l-10 5.5z" fill="var(--in)" />
      </Item>
      <Item word={words.preferred}>
        <path d="M1 7h20" stroke="var(--pref)" strokeWidth="4" />
        <path d="M20 1.5 30 7l-10 5.5z" fill="var(--pref)" />
      </Item>
      <Item word={words.optimistic}>
        <path d="M1 7h18" stroke="var(--opt)" strokeWidth="4" strokeDasharray="6 3" />
        <path d="m25 1.5 5.5 5.5-5.5 5.5-5.5-5.5z" fill="var(--opt)" />
      </Item>
      {note === undefined ? <SecondLine hasOthers={hasOthers} /> : <li className={styles.note}>{note}</li>}
    </ul>
  );
}

function SecondLine({ hasOthers }: { readonly hasOthers: boolean }) {
  const words = texts.legend;
  return (
    <>
      {hasOthers ? (
        <Item word={words.others}>
          <path d="M1 7h20" stroke="var(--ctl)" strokeWidth="2" />
          <path d="M20 2.5 29 7l-9 4.5z" fill="var(--ctl)" />
        </Item>
      ) : (
        <Item word={words.choked}>
          <path d="M1 7h30" stroke="var(--choke)" strokeWidth="1.5" strokeDasharray="1.5 3.5" />
          <path d="M8 1.5v11" stroke="var(--choke)" strokeWidth="2.5" />
        </Item>
      )}
      <Item word={words.interested}>
        <path d="M1 7h20" stroke="var(--choke)" strokeWidth="1.5" strokeDasharray="1.5 3.5" />
        <circle cx="25" cy="7" r="3.5" stroke="var(--ink-2)" strokeWidth="2" />
      </Item>
      <Item word={words.rate}>
        <path d="M1 4h30" stroke="var(--ink-2)" strokeWidth="1.75" />
        <path d="M1 10h30" stroke="var(--ink-2)" strokeWidth="5" />
      </Item>
    </>
  );
}

function Item({ word, children }: { readonly word: string; readonly children: ReactNode }) {
  return (
    <li>
      <LegendMark>{children}</LegendMark>
      {word}
    </li>
  );
}
