import { useId, useState } from 'react';
import type { SwarmSummary } from '../../../src-shared/contract.ts';
import { shareDone } from '../../../src-shared/share-sentence.ts';
import { useApp, useAppStore } from '../../store/app-store.ts';
import { useAsking } from '../../store/use-asking.ts';
import { commonTexts } from '../../texts/common.ts';
import { sharesTexts } from '../../texts/shares.ts';
import { Button } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { RefusalNotice } from '../../ui/refusal-notice.tsx';
import styles from './remove-share-dialog.module.css';

const texts = sharesTexts.remove;

/** Asks before a share leaves the list, and whether its files go with it. */
export function RemoveShareDialog({ swarm }: { readonly swarm: SwarmSummary }) {
  const store = useAppStore();
  const { bridge, closeDialog, go } = store.getState();
  const { refusal, busy, during } = useAsking();
  const [mayDelete, setMayDelete] = useState(false);
  const inBrowser = useApp(state => state.about?.choosing === 'browse');
  const group = useId();
  const { share, folder } = swarm;
  /** It is hashed, or could not be: the files are its user's own, or copies that nothing else uses. */
  const isUnmade = share?.infoHash === '';
  const deleteData = isUnmade ? inBrowser : mayDelete;
  const have = share?.haveLength ?? 0;

  const remove = () =>
    during(async () => {
      await bridge.ask('removeShare', { swarm: swarm.swarm, deleteData });
      const { route } = store.getState();
      if (route.page === 'swarm' && route.swarm === swarm.swarm) go({ page: 'home' });
      closeDialog();
    });
  return (
    <Dialog
      title={texts.title(swarm.name)}
      width={520}
      onClose={() => closeDialog()}
      onSubmit={remove}
      footer={
        <>
          <Button onClick={() => closeDialog()}>{commonTexts.cancel}</Button>
          <Button type="submit" variant={mayDelete ? 'destroy' : 'plain'} busy={busy} data-autofocus>
            {mayDelete ? texts.dangerButton(have) : texts.button}
          </Button>
        </>
      }
    >
      {isUnmade ? (
        <p className={styles.unmade}>{inBrowser ? texts.unmadeCopyText : texts.unmadeText(folder)}</p>
      ) : (
        <fieldset className={styles.ways}>
          <legend className="only-read">{texts.how}</legend>
          <label className={styles.way}>
            <input type="radio" name={group} checked={!mayDelete} onChange={() => setMayDelete(false)} />
            <b>{texts.keep}</b>
            <small>{texts.keepText(folder)}</small>
          </label>
          <label className={classes(styles.way, styles.danger)}>
            <input type="radio" name={group} checked={mayDelete} onChange={() => setMayDelete(true)} />
            <b>{texts.drop}</b>
            <small>
              {have > 0 && share !== null
                ? texts.dropText(have, share.fileCount, folder)
                : texts.dropTextUnknown(folder)}
              {share !== null && share.haveLength > 0 && shareDone(share) === 1 && share.peers > share.seeds
                ? ` ${texts.dropOwn}`
                : ''}
            </small>
          </label>
        </fieldset>
      )}
      {refusal === null ? null : (
        <div className={styles.refusal}>
          <RefusalNotice refusal={refusal} />
        </div>
      )}
    </Dialog>
  );
}
