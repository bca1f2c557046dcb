import { ListOrdered, Plus, X } from 'lucide-react';
import { useEffect, useMemo } from 'react';
import { useApp } from '../../store/app-store.ts';
import { commonTexts } from '../../texts/common.ts';
import { labTexts } from '../../texts/lab.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Notice } from '../../ui/notice.tsx';
import { RefusalNotice } from '../../ui/refusal-notice.tsx';
import { TabPanel, Tabs } from '../../ui/tabs.tsx';
import { useIsWide } from '../../ui/use-is-wide.ts';
import { addMachine, isAscending, renumber } from './draft.ts';
import { useDraft, useLab, useLabStore } from './lab-context.ts';
import { type FieldProblems, isThisComputer, type KeyedProblem } from './lab-draft.ts';
import { LabFields } from './lab-fields.tsx';
import { LabFiles } from './lab-files.tsx';
import { MachineCard } from './machine-card.tsx';
import { MoveDialog } from './move-dialog.tsx';
import { focusOn } from './moving.ts';
import styles from './plan-editor.module.css';
import { ProblemSummary } from './problem-summary.tsx';
import { problemsByMachine } from './problems.ts';

export interface PlanEditorProps {
  readonly fields: FieldProblems;
  readonly problems: readonly KeyedProblem[];
  /** The app has looked at the draft as it is now. */
  readonly isCurrent: boolean;
}

/** The machines at the left; the file, the run, and what becomes of it all at the right. */
export function PlanEditor({ fields, problems, isCurrent }: PlanEditorProps) {
  const said = useLab(state => state.said);
  const refusal = useLab(state => state.refusal);
  useUndoKeys();
  return (
    <div className={styles.columns}>
      <div className={styles.left}>
        <RefusalNotice refusal={refusal} />
        <OpeningNotices />
        <ProblemSummary problems={problems} />
        <Machines />
      </div>
      <Beside fields={fields} isCurrent={isCurrent} />
      <MoveDialog />
      <p className="only-read" role="status">
        {said}
      </p>
    </div>
  );
}

const tabLabels = { fields: labTexts.tabs.file, files: labTexts.tabs.files } as const;

/** The file and the run over the files that come of it; in a small window one of the two. */
function Beside({ fields, isCurrent }: Omit<PlanEditorProps, 'problems'>) {
  const lab = useLabStore();
  const part = useLab(state => state.part);
  if (useIsWide()) {
    return (
      <div className={styles.beside}>
        <section aria-label={tabLabels.fields} className={styles.right}>
          <LabFields problems={fields} />
        </section>
        <section aria-label={tabLabels.files} className={classes(styles.right, styles.rest)}>
          <LabFiles isCurrent={isCurrent} />
        </section>
      </div>
    );
  }
  return (
    <div className={styles.right}>
      <div className={styles.tabs}>
        <Tabs
          id="lab-part"
          label={labTexts.tabs.label}
          tabs={(['fields', 'files'] as const).map(value => ({ value, label: tabLabels[value] }))}
          value={part}
          onChange={value => lab.setState({ part: value })}
        />
      </div>
      <TabPanel id="lab-part" value={part} className={styles.panel}>
        {part === 'fields' ? <LabFields problems={fields} /> : <LabFiles isCurrent={isCurrent} />}
      </TabPanel>
    </div>
  );
}

function Machines() {
  const texts = labTexts.machines;
  const lab = useLabStore();
  const about = useApp(state => state.about);
  const machines = useDraft(draft => draft.machines);
  const canRenumber = useDraft(draft => !isAscending(draft));
  const isWide = useIsWide();
  const showsFiles = useLab(state => state.part === 'files') || isWide;
  const shownMachine = useLab(state => state.shownMachine);
  const problems = useLab(({ preview }) => preview?.problems);
  const ofMachine = useMemo(() => problemsByMachine(problems ?? []), [problems]);
  const here = machines.map(({ host }) => isThisComputer(host, machines, about));
  const ownAddress = about?.addresses[0];
  const shown = shownMachine ?? machines[0]?.key;
  return (
    <section className={styles.machines} aria-labelledby="lab-machines">
      <header>
        <div>
          <h2 id="lab-machines">{texts.title}</h2>
          <p>
            {texts.hint}{' '}
            {machines.length > 0 && ownAddress !== undefined && !here.includes(true)
              ? texts.noneHere(ownAddress)
              : null}
          </p>
        </div>
        <Button
          size="small"
          title={texts.renumberHint}
          disabled={!canRenumber}
          onClick={() => lab.getState().change(renumber)}
        >
          <ListOrdered size={14} aria-hidden="true" /> {texts.renumber}
        </Button>
        <Button
          id="lab-add-machine"
          size="small"
          onClick={() => {
            const added = lab.getState().history?.present.nextKey;
            lab.getState().change(addMachine);
            if (added !== undefined) focusOn(`lab-${added}-host`);
          }}
        >
          <Plus size={14} aria-hidden="true" /> {texts.add}
        </Button>
      </header>
      {machines.length === 0 ? (
        <EmptyState title={texts.none}>{texts.noneText}</EmptyState>
      ) : (
        <ul className={styles.cards}>
          {machines.map((machine, index) => (
            <MachineCard
              key={machine.key}
              machine={machine}
              number={index + 1}
              isHere={here[index] === true}
              ownAddress={ownAddress}
              isShown={showsFiles && machine.key === shown}
              problems={ofMachine(machine.key)}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

/** What was doubtful about the plan when it was opened. */
function OpeningNotices() {
  const lab = useLabStore();
  const notices = useLab(state => state.notices);
  const [first, ...others] = notices;
  if (first === undefined) return null;
  return (
    <Notice
      tone="warning"
      title={others.length === 0 ? first : labTexts.notices}
      problems={others.length === 0 ? [] : notices}
      actions={
        <IconButton label={commonTexts.close} onClick={() => lab.setState({ notices: [] })}>
          <X size={14} aria-hidden="true" />
        </IconButton>
      }
    />
  );
}

/** Ctrl Z undoes the last change to the plan, wherever on the page the focus is. */
function useUndoKeys(): void {
  const lab = useLabStore();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
      if (event.target instanceof Element && event.target.closest('dialog') !== null) return;
      const key = event.key.toLowerCase();
      const { undo, redo } = lab.getState();
      if (key === 'z' && !event.shiftKey) undo();
      else if (key === 'y' || (key === 'z' && event.shiftKey)) redo();
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [lab]);
}
