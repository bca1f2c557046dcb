import { FolderCheck } from 'lucide-react';
import { useState } from 'react';
import type { Place } from '../../../src-shared/contract.ts';
import { canReveal, toastOf, useApp, useAppStore } from '../../store/app-store.ts';
import { useAsking } from '../../store/use-asking.ts';
import { commonTexts } from '../../texts/common.ts';
import { labTexts } from '../../texts/lab.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { RefusalNotice } from '../../ui/refusal-notice.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { FolderLine } from '../shares/folder-choice.tsx';
import styles from './export-dialog.module.css';
import { useDraft, useLab } from './lab-context.ts';
import { labDraftOf } from './lab-draft.ts';

const texts = labTexts.exporting;

/** Writes the folders of the machines, and says where they lie. */
export function ExportDialog({ onClose }: { readonly onClose: () => void }) {
  const store = useAppStore();
  const draft = useDraft(whole => whole);
  const folders = useLab(({ preview }) => preview?.folders) ?? [];
  const usual = useApp(state => state.settings?.workFolder ?? state.about?.workFolder ?? '');
  const [as, setAs] = useState<'folders' | 'zip'>('folders');
  const [into, setInto] = useState<Place | null>(null);
  const [place, setPlace] = useState<Place | null>(null);
  const { refusal, busy, during } = useAsking();
  const { lab } = labDraftOf(draft);
  const write = () =>
    during(async () => {
      const { bridge } = store.getState();
      const question = { draft: lab, file: draft.file?.token ?? null, into: into?.token ?? null, as };
      setPlace((await bridge.ask('exportLab', question)).place);
    });
  if (place !== null) return <Exported place={place} onClose={onClose} />;
  const seeds = lab.plan.reduce((sum, { peers }) => sum + peers.filter(({ hasFile }) => hasFile).length, 0);
  const files = folders.reduce((sum, folder) => sum + folder.files.length, 0);
  return (
    <Dialog
      title={texts.title}
      subtitle={texts.summary(folders.length, files)}
      width={560}
      onClose={onClose}
      onSubmit={write}
      footer={
        <>
          <Button onClick={onClose}>{commonTexts.cancel}</Button>
          <Button type="submit" variant="primary" busy={busy} data-autofocus>
            {busy ? texts.writing : texts.write}
          </Button>
        </>
      }
    >
      <div className={styles.body}>
        <RefusalNotice refusal={refusal} />
        <div className={styles.line}>
          <span>{texts.as}</span>
          <Segmented
            label={texts.as}
            options={[
              { value: 'folders', label: texts.folders },
              { value: 'zip', label: texts.zip },
            ]}
            value={as}
            onChange={setAs}
          />
        </div>
        <FolderLine label={texts.into} usual={usual} folder={into} onChange={setInto} />
        <p className={styles.hint}>
          {draft.file === null ? texts.randomHint(lab.fileSize, seeds) : texts.fileHint(lab.fileName, seeds)}{' '}
          {texts.free}
        </p>
      </div>
    </Dialog>
  );
}

function Exported({ place, onClose }: { readonly place: Place; readonly onClose: () => void }) {
  const store = useAppStore();
  const mayReveal = useApp(canReveal);
  const reveal = () => {
    const { bridge, toast } = store.getState();
    bridge.ask('revealPlace', { place: place.token }).catch(toastOf(toast));
  };
  return (
    <Dialog
      title={texts.done}
      width={560}
      onClose={onClose}
      footer={
        <>
          {mayReveal ? <Button onClick={reveal}>{texts.reveal}</Button> : null}
          <Button variant="primary" data-autofocus onClick={onClose}>
            {commonTexts.close}
          </Button>
        </>
      }
    >
      <div className={styles.body}>
        <div className={styles.place} role="status">
          <FolderCheck size={24} strokeWidth={1.5} aria-hidden="true" />
          <p>
            {texts.doneAt} <b>{place.path}</b>
          </p>
        </div>
        <ol className={styles.next}>
          {texts.next.map(step => (
            <li key={step}>{step}</li>
          ))}
        </ol>
      </div>
    </Dialog>
  );
}
