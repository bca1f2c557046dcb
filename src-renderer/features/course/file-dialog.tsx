import { Plus, X } from 'lucide-react';
import { useId, useState } from 'react';
import type { Found } from '../../../src-shared/contract.ts';
import { defaultSettings } from '../../../src-shared/settings.ts';
import { formatBytes } from '../../../src-shared/units.ts';
import { useApp, useAppStore } from '../../store/app-store.ts';
import { useAsking } from '../../store/use-asking.ts';
import { commonTexts } from '../../texts/common.ts';
import { courseTexts } from '../../texts/course.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { NumberField, TextField, TextInput } from '../../ui/field.tsx';
import { RefusalNotice } from '../../ui/refusal-notice.tsx';
import {
  addPeer,
  type CourseForm,
  changePeer,
  checkCourseForm,
  newCourseForm,
  type PeerRow,
  type RowProblems,
  removePeer,
  sizeText,
} from './course-form.ts';
import styles from './file-dialog.module.css';
import { openPlace } from './open.ts';

const texts = courseTexts.file;

/** The course swarm that is made of a file. */
export function FileDialog({ found }: { readonly found: Extract<Found, { kind: 'file' }> }) {
  const store = useAppStore();
  const { bridge, closeDialog } = store.getState();
  const addresses = useApp(state => state.about?.addresses) ?? [];
  const { place, size, suggestedPieceSize, suggestedPorts } = found;
  const [form, setForm] = useState<CourseForm>(() =>
    newCourseForm(
      { pieceSize: suggestedPieceSize, ports: suggestedPorts, address: addresses[0] },
      store.getState().settings ?? defaultSettings,
    ),
  );
  // What nobody has finished typing is not called wrong before the form is sent for the first time.
  const [isSent, setSent] = useState(false);
  const { refusal, busy, during } = useAsking();
  const checked = checkCourseForm(form, size);
  const problems = 'problems' in checked ? checked.problems : null;
  const fields = problems?.fields ?? {};
  const change = (part: Partial<CourseForm>) => setForm({ ...form, ...part });

  const make = () => {
    setSent(true);
    if (!('question' in checked)) return;
    during(async () => {
      const { folder } = await bridge.ask('makeCourse', { file: place.token, ...checked.question });
      await openPlace(store, folder);
    });
  };
  const suggested = sizeText(suggestedPieceSize);
  return (
    <Dialog
      title={texts.title(place.name)}
      subtitle={`${formatBytes(size)}, ${place.path}`}
      width={760}
      onClose={() => closeDialog()}
      onSubmit={make}
      footer={
        <>
          {isSent && 'count' in checked ? (
            <p className={styles.count} role="status">
              {texts.correct(checked.count)}
            </p>
          ) : null}
          {isSent && 'count' in checked ? null : (
            <Button variant="quiet" className={styles.instead} onClick={() => openPlace(store, place)}>
              {texts.instead}
            </Button>
          )}
          <Button onClick={() => closeDialog()}>{commonTexts.cancel}</Button>
          <Button type="submit" variant="primary" busy={busy} data-autofocus>
            {texts.make}
          </Button>
        </>
      }
    >
      <div className={styles.parts}>
        <RefusalNotice refusal={refusal} />
        <div className={styles.numbers}>
          <TextField
            label={texts.pieceSize}
            value={form.pieceSize}
            onChange={pieceSize => change({ pieceSize })}
            error={fields.pieceSize}
            hint={
              checked.pieceCount === null
                ? undefined
                : texts.pieces(checked.pieceCount, form.pieceSize === suggested ? null : suggested)
            }
          />
          <NumberField
            label={texts.preferred}
            value={form.preferredNeighbours}
            onChange={preferredNeighbours => change({ preferredNeighbours })}
            error={fields.preferredNeighbours}
          />
          <NumberField
            label={texts.unchoking}
            unit={texts.seconds}
            value={form.unchokingSeconds}
            onChange={unchokingSeconds => change({ unchokingSeconds })}
            error={fields.unchokingSeconds}
          />
          <NumberField
            label={texts.optimistic}
            unit={texts.seconds}
            value={form.optimisticSeconds}
            onChange={optimisticSeconds => change({ optimisticSeconds })}
            error={fields.optimisticSeconds}
          />
        </div>
        <Peers
          form={form}
          addresses={addresses}
          rowProblems={problems?.rows ?? new Map()}
          problem={isSent ? (problems?.peers ?? null) : null}
          onChange={setForm}
          onAdd={() => setForm(addPeer(form, suggestedPorts))}
        />
      </div>
    </Dialog>
  );
}

interface PeersProps {
  readonly form: CourseForm;
  readonly addresses: readonly string[];
  readonly rowProblems: ReadonlyMap<number, RowProblems>;
  readonly problem: string | null;
  readonly onChange: (form: CourseForm) => void;
  readonly onAdd: () => void;
}

function Peers({ form, addresses, rowProblems, problem, onChange, onAdd }: PeersProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={styles.peers}>
      <h3 id={id}>{texts.peers}</h3>
      <p className={styles.hint}>{texts.peersHint}</p>
      <div className={styles.rows}>
        <div className={styles.headings} aria-hidden="true">
          <span>{texts.id}</span>
          <span>{texts.host}</span>
          <span>{texts.port}</span>
          <span>{texts.seed}</span>
        </div>
        <ul>
          {form.peers.map((row, index) => (
            <Row
              key={row.key}
              row={row}
              number={index + 1}
              isHere={addresses.includes(row.host.trim()) || row.host.trim() === 'localhost'}
              problems={rowProblems.get(row.key) ?? {}}
              canRemove={form.peers.length > 2}
              onChange={change => onChange(changePeer(form, row.key, change))}
              onRemove={() => onChange(removePeer(form, row.key))}
            />
          ))}
        </ul>
      </div>
      {problem === null ? null : (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
      <Button size="small" onClick={onAdd}>
        <Plus size={14} aria-hidden="true" /> {texts.add}
      </Button>
    </section>
  );
}

interface RowProps {
  readonly row: PeerRow;
  /** Counts from 1. */
  readonly number: number;
  readonly isHere: boolean;
  readonly problems: RowProblems;
  readonly canRemove: boolean;
  readonly onChange: (change: Partial<PeerRow>) => void;
  readonly onRemove: () => void;
}

function Row({ row, number, isHere, problems, canRemove, onChange, onRemove }: RowProps) {
  const id = useId();
  const note = (part: keyof RowProblems) =>
    problems[part] === undefined
      ? {}
      : { 'aria-invalid': true as const, 'aria-describedby': `${id}-${part}` };
  return (
    <li className={styles.row}>
      <TextInput
        aria-label={texts.idOf(number)}
        value={row.peer}
        inputMode="numeric"
        {...note('peer')}
        onChange={event => onChange({ peer: event.currentTarget.value })}
      />
      <TextInput
        aria-label={texts.hostOf(number)}
        value={row.host}
        unit={isHere ? texts.here : undefined}
        {...note('host')}
        onChange={event => onChange({ host: event.currentTarget.value })}
      />
      <TextInput
        aria-label={texts.portOf(number)}
        value={row.port}
        inputMode="numeric"
        {...note('port')}
        onChange={event => onChange({ port: event.currentTarget.value })}
      />
      <span className={styles.seed}>
        <input
          type="checkbox"
          aria-label={texts.seedOf(number)}
          checked={row.seed}
          onChange={event => onChange({ seed: event.currentTarget.checked })}
        />
      </span>
      <IconButton label={texts.remove(row.peer)} disabled={!canRemove} onClick={onRemove}>
        <X size={16} aria-hidden="true" />
      </IconButton>
      {(['peer', 'host', 'port'] as const).map(part =>
        problems[part] === undefined ? null : (
          <p key={part} id={`${id}-${part}`} className={styles.problem}>
            {problems[part]}
          </p>
        ),
      )}
    </li>
  );
}
