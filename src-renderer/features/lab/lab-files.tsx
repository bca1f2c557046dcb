import { File, FileCode, FileText } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { LabFile } from '../../../src-shared/lab.ts';
import { labTexts } from '../../texts/lab.ts';
import { classes } from '../../ui/classes.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Select } from '../../ui/field.tsx';
import { rowAfterKey } from '../../ui/list-keys.ts';
import { useDraft, useLab, useLabStore } from './lab-context.ts';
import styles from './lab-files.module.css';

const texts = labTexts.files;
/** What the list shows first is what most want to see. */
const firstFile = 'PeerInfo.cfg';

/** What becomes of the plan: a machine's folder, and the text of one of its files. */
export function LabFiles({ isCurrent }: { readonly isCurrent: boolean }) {
  const lab = useLabStore();
  const machines = useDraft(draft => draft.machines);
  const shownMachine = useLab(state => state.shownMachine);
  const shown = useLab(({ preview }) => preview?.shown ?? null);
  const isChecked = useLab(({ preview }) => preview !== null);
  const [path, setPath] = useState(firstFile);
  const first = machines[0];
  if (first === undefined) return <EmptyState title={texts.wrong} />;
  const file = shown?.files.find(candidate => candidate.path === path) ?? shown?.files[0];
  return (
    <div className={styles.files}>
      <div className={styles.machine}>
        <Select
          label={texts.machine}
          options={machines.map(({ key, name }, index) => ({
            value: String(key),
            label: labTexts.machines.card(name, index + 1),
          }))}
          value={String(shownMachine ?? first.key)}
          onChange={key => lab.setState({ shownMachine: Number(key) })}
        />
      </div>
      {shown === null || file === undefined ? (
        <EmptyState title={isChecked && isCurrent ? texts.wrong : texts.checking} />
      ) : (
        <>
          <FileList files={shown.files} selected={file} onSelect={setPath} />
          <FileTextView file={file} folder={shown.name} isCurrent={isCurrent} />
        </>
      )}
    </div>
  );
}

interface FileListProps {
  readonly files: readonly LabFile[];
  readonly selected: LabFile;
  readonly onSelect: (path: string) => void;
}

/** A list of which one is selected: arrow keys, Home and End move. */
function FileList({ files, selected, onSelect }: FileListProps) {
  const list = useRef<HTMLDivElement>(null);
  const at = files.indexOf(selected);
  const onKeyDown = (event: KeyboardEvent) => {
    const next = rowAfterKey(event.key, at, files.length);
    const file = next === undefined ? undefined : files[next];
    if (file === undefined) return;
    event.preventDefault();
    onSelect(file.path);
  };
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  });
  return (
    <div
      ref={list}
      role="listbox"
      aria-label={texts.list}
      aria-activedescendant={`lab-file-${at}`}
      tabIndex={0}
      className={styles.list}
      onKeyDown={onKeyDown}
    >
      {files.map((file, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the list itself hears the keys.
        <div
          key={file.path}
          id={`lab-file-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={file === selected}
          className={styles.file}
          title={file.isExecutable ? texts.executable : undefined}
          onClick={() => onSelect(file.path)}
        >
          <FileIcon file={file} />
          <span>{file.path}</span>
          <small>{texts.size(file.size)}</small>
        </div>
      ))}
    </div>
  );
}

function FileIcon({ file }: { readonly file: LabFile }) {
  if (file.text === null) return <File size={14} aria-hidden="true" />;
  if (/\.(sh|bat)$/.test(file.path)) return <FileCode size={14} aria-hidden="true" />;
  return <FileText size={14} aria-hidden="true" />;
}

interface FileTextViewProps {
  readonly file: LabFile;
  readonly folder: string;
  readonly isCurrent: boolean;
}

function FileTextView({ file, folder, isCurrent }: FileTextViewProps) {
  const { path, text, size } = file;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
    <section tabIndex={0} aria-label={texts.text(path)} className={styles.text}>
      <h3>
        {folder}/{path}
      </h3>
      {text === null ? (
        <p>{texts.shared(size)}</p>
      ) : (
        <pre className={classes(!isCurrent && styles.old)}>{text.replaceAll('\r\n', '\n')}</pre>
      )}
    </section>
  );
}
