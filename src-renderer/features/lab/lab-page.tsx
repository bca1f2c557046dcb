import { Download, Ellipsis, FolderOpen, Redo2, Trash2, Undo2 } from 'lucide-react';
import { useState } from 'react';
import { hrefOf, type Route } from '../../routes.ts';
import { useAppStore } from '../../store/app-store.ts';
import { labTexts as texts } from '../../texts/lab.ts';
import { labReportTexts } from '../../texts/lab-report.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { Menu } from '../../ui/menu.tsx';
import { peerCountOf } from './draft.ts';
import { ExportDialog } from './export-dialog.tsx';
import { useLab, useLabStore } from './lab-context.ts';
import { labDraftOf } from './lab-draft.ts';
import styles from './lab-page.module.css';
import { PlanEditor } from './plan-editor.tsx';
import { PlanEmpty } from './plan-empty.tsx';
import { allProblems } from './problems.ts';
import { ReportPart } from './report-part.tsx';
import { usePlanChoice } from './use-plan-choice.tsx';
import { usePreview } from './use-preview.ts';

export type LabPart = Extract<Route, { page: 'lab' }>['part'];

/** A course swarm over several machines: the plan before its run, the report after it. */
export function LabPage({ part }: { readonly part: LabPart }) {
  const hasPlan = useLab(({ history }) => history !== null);
  if (part === 'report') {
    return (
      <main className={styles.page}>
        <Head part={part} sentence={labReportTexts.nothing} />
        <ReportPart />
      </main>
    );
  }
  if (hasPlan) return <PlanPage />;
  return (
    <main className={styles.page}>
      <Head part={part} sentence={texts.nothing} />
      <PlanEmpty />
    </main>
  );
}

function PlanPage() {
  usePreview();
  const draft = useLab(({ history }) => history!.present);
  const preview = useLab(state => state.preview);
  const refusal = useLab(state => state.refusal);
  const [isExporting, setExporting] = useState(false);
  const { problems: fields } = labDraftOf(draft);
  const isCurrent = preview?.draft === draft;
  const problems = allProblems(preview, fields);
  const errors = problems.filter(({ isError }) => isError).length;
  const doubts = problems.length - errors;
  const sentence = `${texts.summary(draft.machines.length, peerCountOf(draft))}: ${
    refusal !== null
      ? texts.refused
      : errors > 0
        ? texts.errors(errors)
        : preview === null
          ? texts.checking
          : doubts > 0
            ? texts.doubts(doubts)
            : texts.ready
  }`;
  return (
    <main className={classes(styles.page, styles.full)}>
      <Head part="plan" sentence={sentence}>
        <PlanActions
          canExport={isCurrent && errors === 0 && preview.folders.length > 0}
          onExport={() => setExporting(true)}
        />
      </Head>
      <PlanEditor fields={fields} problems={problems} isCurrent={isCurrent} />
      {isExporting ? <ExportDialog onClose={() => setExporting(false)} /> : null}
    </main>
  );
}

interface HeadProps {
  readonly part: LabPart;
  readonly sentence: string;
  readonly children?: React.ReactNode;
}

function Head({ part, sentence, children }: HeadProps) {
  return (
    <header className={styles.head}>
      <div className={styles.titles}>
        <h1>{texts.title}</h1>
        <p role="status">{sentence}</p>
      </div>
      <nav className={styles.parts} aria-label={texts.parts.label}>
        {(['plan', 'report'] as const).map(other => (
          <a
            key={other}
            href={hrefOf({ page: 'lab', part: other })}
            aria-current={other === part ? 'page' : undefined}
          >
            {texts.parts[other]}
          </a>
        ))}
      </nav>
      <div className={styles.actions}>{children}</div>
    </header>
  );
}

interface PlanActionsProps {
  readonly canExport: boolean;
  readonly onExport: () => void;
}

function PlanActions({ canExport, onExport }: PlanActionsProps) {
  const store = useAppStore();
  const lab = useLabStore();
  const canUndo = useLab(({ history }) => history !== null && history.past.length > 0);
  const canRedo = useLab(({ history }) => history !== null && history.future.length > 0);
  const { choose, dialog } = usePlanChoice(store);
  return (
    <>
      <IconButton
        label={texts.undo}
        shortcut="Ctrl+Z"
        disabled={!canUndo}
        onClick={() => lab.getState().undo()}
      >
        <Undo2 size={16} aria-hidden="true" />
      </IconButton>
      <IconButton
        label={texts.redo}
        shortcut="Ctrl+Y"
        disabled={!canRedo}
        onClick={() => lab.getState().redo()}
      >
        <Redo2 size={16} aria-hidden="true" />
      </IconButton>
      <Menu
        label={texts.more}
        icon={<Ellipsis size={16} aria-hidden="true" />}
        items={[
          {
            label: texts.import,
            hint: texts.importHint,
            icon: <FolderOpen size={16} aria-hidden="true" />,
            onChoose: choose,
          },
          {
            label: texts.discard,
            icon: <Trash2 size={16} aria-hidden="true" />,
            tone: 'danger',
            apart: true,
            onChoose: () => lab.getState().discard(),
          },
        ]}
      />
      <Button variant="primary" disabled={!canExport} onClick={onExport}>
        <Download size={16} aria-hidden="true" /> {texts.export}
      </Button>
      {dialog}
    </>
  );
}
