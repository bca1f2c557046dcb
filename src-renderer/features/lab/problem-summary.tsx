import { CircleAlert, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { labTexts } from '../../texts/lab.ts';
import { classes } from '../../ui/classes.ts';
import { useLabStore } from './lab-context.ts';
import type { KeyedProblem } from './lab-draft.ts';
import { focusOn } from './moving.ts';
import styles from './problem-summary.module.css';
import { fieldIdOf, fieldsId } from './problems.ts';

const texts = labTexts.problems;
const shownAtFirst = 4;

/** What is wrong with a plan: each problem leads to its field. */
export function ProblemSummary({ problems }: { readonly problems: readonly KeyedProblem[] }) {
  const [showsAll, setShowsAll] = useState(false);
  if (problems.length === 0) return null;
  const isWrong = problems.some(({ isError }) => isError);
  const shown = showsAll ? problems : problems.slice(0, shownAtFirst);
  const Icon = isWrong ? CircleAlert : TriangleAlert;
  return (
    <section
      className={classes(styles.summary, isWrong ? styles.wrong : styles.doubtful)}
      aria-label={texts.title}
    >
      <Icon size={16} aria-hidden="true" />
      <ul>
        {shown.map(problem => (
          <li key={problem.id}>
            <ProblemLink problem={problem} />
            {isWrong && !problem.isError ? <small> {texts.doubt}</small> : null}
          </li>
        ))}
        {shown.length === problems.length ? null : (
          <li>
            <button type="button" className={styles.all} onClick={() => setShowsAll(true)}>
              {texts.all(problems.length)}
            </button>
          </li>
        )}
      </ul>
    </section>
  );
}

function ProblemLink({ problem }: { readonly problem: KeyedProblem }) {
  const lab = useLabStore();
  const field = fieldIdOf(problem);
  if (field === null) return <span>{problem.message}</span>;
  return (
    <button
      type="button"
      onClick={() => {
        if (field === fieldsId) lab.setState({ part: 'fields' });
        focusOn(field);
      }}
    >
      {problem.message}
    </button>
  );
}
