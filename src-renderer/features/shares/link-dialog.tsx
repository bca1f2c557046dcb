import { Copy } from 'lucide-react';
import { useApp, useAppStore } from '../../store/app-store.ts';
import { commonTexts } from '../../texts/common.ts';
import { sharesTexts } from '../../texts/shares.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { copyLink } from './actions.ts';
import { linkForCode } from './link.ts';
import styles from './link-dialog.module.css';
import { QrCode } from './qr-code.tsx';

const texts = sharesTexts.link;

/** A share's link as a code that can be read off a projector, and as text. */
export function LinkDialog({ swarm }: { readonly swarm: string }) {
  const store = useAppStore();
  const { closeDialog } = store.getState();
  const summary = useApp(state => state.home?.swarms.find(candidate => candidate.swarm === swarm));
  const magnet = summary?.share?.magnet ?? null;
  if (summary === undefined || magnet === null) return null;
  const code = linkForCode(magnet);
  return (
    <Dialog
      title={texts.title(summary.name)}
      subtitle={texts.text}
      width={640}
      onClose={() => closeDialog()}
      footer={
        <>
          <Button onClick={() => closeDialog()}>{commonTexts.close}</Button>
          <Button variant="primary" data-autofocus onClick={() => copyLink(store, magnet)}>
            <Copy size={14} aria-hidden="true" /> {texts.copy}
          </Button>
        </>
      }
    >
      <div className={styles.code}>
        <QrCode text={code.text} />
      </div>
      {code.isCut ? <p className={styles.cut}>{texts.cut}</p> : null}
      <p className={styles.link} title={magnet}>
        {magnet}
      </p>
    </Dialog>
  );
}
