import { scriptKinds } from '../../../src-shared/lab.ts';
import { formatBytes, parseSize } from '../../../src-shared/units.ts';
import { toastOf, useAppStore } from '../../store/app-store.ts';
import { courseTexts } from '../../texts/course.ts';
import { labTexts } from '../../texts/lab.ts';
import { Button } from '../../ui/button.tsx';
import { NumberField, TextField } from '../../ui/field.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { pieceCountOf } from '../course/course-form.ts';
import { usePlaceChoice } from '../course/use-place-choice.tsx';
import { changeFile, type Draft, type DraftField } from './draft.ts';
import { useDraft, useLab, useLabStore } from './lab-context.ts';
import type { FieldProblems } from './lab-draft.ts';
import styles from './lab-fields.module.css';
import { takeFile } from './open-plan.ts';
import { allProblems, fieldsId } from './problems.ts';

type TypedField = Exclude<DraftField, 'file' | 'command' | 'scripts'>;

/** Everything of a lab but its machines: the file, the numbers of the protocol, what is started. */
export function LabFields({ problems }: { readonly problems: FieldProblems }) {
  const lab = useLabStore();
  const draft = useDraft(whole => whole);
  const preview = useLab(state => state.preview);
  const change = (part: Partial<Draft>, mark?: string) =>
    lab.getState().change(whole => ({ ...whole, ...part }), mark);
  const typed = (field: TypedField) => ({
    value: draft[field],
    error: problems[field] ?? (field === 'fileName' ? messageOf(field) : undefined),
    maxLength: 300,
    onChange: (text: string) => change({ [field]: text }, field),
  });
  const found = allProblems(preview, problems).filter(({ id }) => !(id in problems));
  const messageOf = (field: 'fileName' | 'command') =>
    found.find(problem => problem.field === field)?.message;
  const texts = labTexts.run;
  return (
    <div id={fieldsId} tabIndex={-1} className={styles.fields}>
      <FileFields draft={draft} typed={typed} />
      {found
        .filter(({ field }) => field === 'common')
        .map(({ id, message, isError }) => (
          <p key={id} className={isError ? styles.error : styles.doubt}>
            {message}
          </p>
        ))}
      <section className={styles.group} aria-labelledby="lab-run">
        <h3 id="lab-run">{texts.title}</h3>
        <div className={styles.row}>
          <NumberField label={labTexts.fieldNames.preferredNeighbours} {...typed('preferredNeighbours')} />
          <NumberField
            label={labTexts.fieldNames.unchokingSeconds}
            unit={texts.seconds}
            {...typed('unchokingSeconds')}
          />
          <NumberField
            label={labTexts.fieldNames.optimisticSeconds}
            unit={texts.seconds}
            {...typed('optimisticSeconds')}
          />
        </div>
        <div className={styles.line}>
          <span>{texts.program}</span>
          <Segmented
            label={texts.program}
            options={[
              { value: 'piecewise', label: texts.piecewise },
              { value: 'other', label: texts.other },
            ]}
            value={draft.command === null ? 'piecewise' : 'other'}
            onChange={program => {
              if (program === 'piecewise') change({ command: null });
              else if (draft.command === null) change({ command: texts.commandExample });
            }}
          />
        </div>
        {draft.command === null ? null : (
          <TextField
            label={texts.command}
            value={draft.command}
            error={problems.command ?? messageOf('command')}
            maxLength={500}
            onChange={command => change({ command }, 'command')}
          />
        )}
        <div className={styles.line}>
          <span>{texts.scripts}</span>
          <Segmented
            label={texts.scripts}
            options={scriptKinds.map(value => ({ value, label: texts.scriptKinds[value] }))}
            value={draft.scripts}
            onChange={scripts => change({ scripts })}
          />
        </div>
      </section>
    </div>
  );
}

interface FileFieldsProps {
  readonly draft: Draft;
  readonly typed: (field: TypedField) => {
    readonly value: string;
    readonly error: string | undefined;
    readonly maxLength: number;
    readonly onChange: (text: string) => void;
  };
}

function FileFields({ draft, typed }: FileFieldsProps) {
  const store = useAppStore();
  const lab = useLabStore();
  const texts = labTexts.file;
  const { choose, dialog } = usePlaceChoice(async ([place]) => {
    if (place === undefined) return;
    const { toast } = store.getState();
    try {
      const isTaken = await takeFile(store, place);
      if (!isTaken) toast({ tone: 'error', title: texts.notAFile(place.name), problems: [] });
    } catch (error) {
      toastOf(toast)(error);
    }
  });
  const fileSize = parseSize(draft.fileSize);
  const pieceCount = fileSize === undefined ? null : pieceCountOf(draft.pieceSize, fileSize);
  const { file } = draft;
  return (
    <section className={styles.group} aria-labelledby="lab-file">
      <h3 id="lab-file">{texts.title}</h3>
      <div className={styles.line}>
        <span>{texts.kind}</span>
        <Segmented
          label={texts.kind}
          options={[
            { value: 'random', label: texts.random },
            { value: 'own', label: texts.own },
          ]}
          value={file === null ? 'random' : 'own'}
          onChange={kind => {
            if (kind === 'own') choose('file');
            else lab.getState().change(whole => changeFile(whole, null));
          }}
        />
      </div>
      {file === null ? (
        <div className={styles.row}>
          <TextField label={labTexts.fieldNames.fileName} {...typed('fileName')} />
          <NumberField label={labTexts.fieldNames.fileSize} {...typed('fileSize')} />
          <PieceSize count={pieceCount} {...typed('pieceSize')} />
        </div>
      ) : (
        <>
          <div className={styles.file}>
            <span title={file.path}>
              <b>{file.name}</b>
              <small>
                {fileSize === undefined ? file.path : texts.fileAt(formatBytes(fileSize), file.path)}
              </small>
            </span>
            <Button size="small" onClick={() => choose('file')}>
              {texts.another}
            </Button>
          </div>
          <div className={styles.row}>
            <PieceSize count={pieceCount} {...typed('pieceSize')} />
          </div>
        </>
      )}
      {dialog}
    </section>
  );
}

function PieceSize({
  count,
  ...typed
}: ReturnType<FileFieldsProps['typed']> & { readonly count: number | null }) {
  const hint = count === null ? undefined : courseTexts.file.pieces(count, null);
  return <NumberField label={labTexts.fieldNames.pieceSize} hint={hint} {...typed} />;
}
