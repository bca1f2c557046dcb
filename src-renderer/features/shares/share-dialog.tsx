import { useState } from 'react';
import { formatBytes } from '../../../src-shared/units.ts';
import { type ShareOffer, useAppStore } from '../../store/app-store.ts';
import { useAsking } from '../../store/use-asking.ts';
import { commonTexts } from '../../texts/common.ts';
import { grouped, sharesTexts } from '../../texts/shares.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Select, Switch, TextAreaField, TextField } from '../../ui/field.tsx';
import { RefusalNotice } from '../../ui/refusal-notice.tsx';
import { sizeText } from '../course/course-form.ts';
import styles from './share-dialog.module.css';
import { checkShareForm, newShareForm, parentName, pieceLengths, type ShareForm } from './share-form.ts';

const texts = sharesTexts.make;
const mostNamed = 4;

/** Files or folders that are to be shared: Enter does it, everything else has been chosen already. */
export function ShareDialog({ offer }: { readonly offer: ShareOffer }) {
  const store = useAppStore();
  const { bridge, closeDialog, openDialog, setFresh, go } = store.getState();
  const { places, size, fileCount, suggestedPieceSize, courseFile, isCopy } = offer;
  const [form, setForm] = useState<ShareForm>(() => ({
    ...newShareForm,
    name: places.length > 1 ? parentName(places[0]?.path ?? '') : '',
  }));
  const [isSent, setSent] = useState(false);
  const { refusal, busy, during } = useAsking();
  const isSeveral = places.length > 1;
  const checked = checkShareForm(form, isSeveral, size);
  const problems = 'problems' in checked && isSent ? checked.problems : {};
  const change = (part: Partial<ShareForm>) => setForm({ ...form, ...part });
  const [first] = places;
  const needsAdvanced = problems.trackers !== undefined || problems.pieceLength !== undefined;

  const share = () => {
    setSent(true);
    if (!('question' in checked)) return;
    during(async () => {
      const { swarm } = await bridge.ask('shareFiles', {
        places: places.map(({ token }) => token),
        ...checked.question,
      });
      closeDialog();
      setFresh(swarm);
      go({ page: 'home' });
    });
  };
  const pieceLength = form.pieceLength === 'auto' ? suggestedPieceSize : Number(form.pieceLength);
  return (
    <Dialog
      title={isSeveral ? texts.titleOfSeveral(places.length) : texts.title(first?.name ?? '')}
      subtitle={isSeveral ? undefined : first?.path}
      width={560}
      onClose={() => closeDialog()}
      onSubmit={share}
      footer={
        <>
          {courseFile === null ? null : (
            <Button
              variant="quiet"
              className={styles.course}
              onClick={() => openDialog({ kind: 'file', found: courseFile })}
            >
              {texts.course}
            </Button>
          )}
          <Button onClick={() => closeDialog()}>{commonTexts.cancel}</Button>
          <Button
            type="submit"
            variant="primary"
            busy={busy}
            data-autofocus={form.name !== '' || !isSeveral || undefined}
          >
            {texts.share}
          </Button>
        </>
      }
    >
      <div className={styles.parts}>
        <RefusalNotice refusal={refusal} />
        {isSeveral ? (
          <>
            <p className={styles.names} title={places.map(({ path }) => path).join('\n')}>
              {places
                .slice(0, mostNamed)
                .map(({ name }) => name)
                .join(', ')}
              {places.length > mostNamed ? ` ${texts.and(places.length - mostNamed)}` : ''}
            </p>
            <TextField
              autoFocus={form.name === ''}
              label={texts.name}
              hint={texts.nameHint}
              value={form.name}
              error={problems.name}
              onChange={name => change({ name })}
            />
          </>
        ) : null}
        <dl className={styles.facts}>
          <div>
            <dt>{texts.size}</dt>
            <dd>{size === null ? texts.notCounted : formatBytes(size)}</dd>
          </div>
          {fileCount === 1 ? null : (
            <div>
              <dt>{texts.files}</dt>
              <dd>{fileCount === null ? texts.notCounted : grouped(fileCount)}</dd>
            </div>
          )}
          {size === null || pieceLength === null ? null : (
            <div>
              <dt>{texts.pieces}</dt>
              <dd>{texts.willBe(Math.ceil(size / pieceLength), pieceLength, form.pieceLength !== 'auto')}</dd>
            </div>
          )}
        </dl>
        <p className={styles.about}>
          {form.isPrivate ? texts.aboutPrivate : `${texts.about} ${texts.elsewhere}`}{' '}
          {isCopy ? texts[fileCount === 1 ? 'copied' : 'copiedFolder'] : texts.stays}
        </p>
        <details className={styles.advanced} open={needsAdvanced || undefined}>
          <summary>{texts.advanced}</summary>
          <div className={styles.fields}>
            <TextAreaField
              label={texts.trackers}
              hint={texts.trackersHint}
              error={problems.trackers}
              value={form.trackers}
              maxLength={100_000}
              onChange={trackers => change({ trackers })}
            />
            <Switch
              label={texts.isPrivate}
              hint={texts.privateHint}
              checked={form.isPrivate}
              onChange={isPrivate => change({ isPrivate })}
            />
            <Select
              label={texts.pieceLength}
              hint={texts.bySize}
              error={problems.pieceLength}
              options={[
                { value: 'auto', label: texts.byItself(suggestedPieceSize) },
                ...pieceLengths.map(length => ({ value: String(length), label: sizeText(length) })),
              ]}
              value={form.pieceLength}
              onChange={length => change({ pieceLength: length })}
            />
          </div>
        </details>
      </div>
    </Dialog>
  );
}
