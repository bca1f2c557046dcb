import { useEffect, useState } from 'react';
import type { Place, Refusal } from '../../../src-shared/contract.ts';
import type { MagnetView } from '../../../src-shared/share.ts';
import { refusalOf, useAppStore } from '../../store/app-store.ts';
import { useAsking } from '../../store/use-asking.ts';
import { commonTexts } from '../../texts/common.ts';
import { sharesTexts } from '../../texts/shares.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Switch, TextField } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';
import { RefusalNotice } from '../../ui/refusal-notice.tsx';
import { choosePlace } from '../course/open.ts';
import styles from './add-dialog.module.css';
import { FolderChoice } from './folder-choice.tsx';
import { magnetIn } from './link.ts';

const texts = sharesTexts.magnet;
const options = sharesTexts.torrent;

/** A magnet link: what it says, where it will lie, and Fetch. The link can be typed or pasted here, too. */
export function MagnetDialog({ link: given }: { readonly link: string }) {
  const store = useAppStore();
  const { bridge, closeDialog, go } = store.getState();
  const [text, setText] = useState(given);
  const [folder, setFolder] = useState<Place | null>(null);
  const [sequential, setSequential] = useState(false);
  const [paused, setPaused] = useState(false);
  const [isSent, setSent] = useState(false);
  const asking = useAsking();
  const link = magnetIn(text);
  const { magnet, refusal } = useMagnet(link);
  const listedAs = magnet?.listedAs ?? null;
  const isWrong =
    link === undefined && (isSent || (text.trim() !== '' && !'magnet:?'.startsWith(text.trim())));

  const fetchIt = () => {
    setSent(true);
    if (link === undefined) return;
    if (listedAs !== null) {
      closeDialog();
      go({ page: 'swarm', swarm: listedAs, peer: null });
      return;
    }
    if (refusal !== null) return;
    asking.during(async () => {
      await bridge.ask('addMagnet', { link, folder: folder?.token ?? null, sequential, paused });
      closeDialog();
      go({ page: 'home' });
    });
  };
  return (
    <Dialog
      title={texts.title}
      width={600}
      onClose={() => closeDialog()}
      onSubmit={fetchIt}
      footer={
        <>
          {given === '' ? (
            <Button className={styles.start} onClick={() => choosePlace(store, 'torrent')}>
              {texts.orTorrent}
            </Button>
          ) : null}
          <Button onClick={() => closeDialog()}>{commonTexts.cancel}</Button>
          <Button
            type="submit"
            variant="primary"
            busy={asking.busy}
            data-autofocus={given !== '' || undefined}
          >
            {listedAs !== null ? texts.go : paused ? options.add : texts.fetch}
          </Button>
        </>
      }
    >
      <div className={styles.parts}>
        <RefusalNotice refusal={asking.refusal ?? refusal} />
        {given === '' ? (
          <TextField
            autoFocus
            label={texts.link}
            hint={texts.hint}
            placeholder={texts.placeholder}
            value={text}
            error={isWrong ? texts.noMagnet : null}
            onChange={setText}
          />
        ) : null}
        {listedAs === null || magnet === null ? null : (
          <Notice tone="info" title={texts.listed(magnet.name || magnet.infoHash)} />
        )}
        {link !== undefined && magnet === null && refusal === null ? <p>{texts.reading}</p> : null}
        {magnet === null ? null : <Facts magnet={magnet} />}
        {magnet === null || listedAs !== null ? null : (
          <>
            <FolderChoice folder={folder} onChange={setFolder} />
            <div className={styles.switches}>
              <Switch
                label={options.sequential}
                hint={options.sequentialHint}
                checked={sequential}
                onChange={setSequential}
              />
              <Switch label={options.paused} checked={paused} onChange={setPaused} />
            </div>
          </>
        )}
      </div>
    </Dialog>
  );
}

function Facts({ magnet }: { readonly magnet: MagnetView }) {
  return (
    <dl className={styles.facts}>
      <dt>{texts.name}</dt>
      <dd>{magnet.name === '' ? texts.nameless : magnet.name}</dd>
      <dt>{texts.infoHash}</dt>
      <dd>
        <code>{magnet.infoHash}</code>
      </dd>
      <dt>{texts.trackers}</dt>
      <dd>
        {magnet.trackers.length === 0 ? (
          texts.noTrackers
        ) : (
          <ul className={styles.trackers}>
            {magnet.trackers.map(url => (
              <li key={url}>{url}</li>
            ))}
          </ul>
        )}
      </dd>
    </dl>
  );
}

/** What the app reads in a link; the answer to an older one comes to nothing. */
function useMagnet(link: string | undefined): {
  readonly magnet: MagnetView | null;
  readonly refusal: Refusal | null;
} {
  const store = useAppStore();
  const [read, setRead] = useState<{
    readonly link: string;
    readonly magnet: MagnetView | null;
    readonly refusal: Refusal | null;
  } | null>(null);
  useEffect(() => {
    if (link === undefined) return;
    let isWanted = true;
    const { bridge } = store.getState();
    bridge.ask('readMagnet', { link }).then(
      magnet => isWanted && setRead({ link, magnet, refusal: null }),
      error => isWanted && setRead({ link, magnet: null, refusal: refusalOf(error) }),
    );
    return () => {
      isWanted = false;
    };
  }, [store, link]);
  return read !== null && read.link === link ? read : { magnet: null, refusal: null };
}
