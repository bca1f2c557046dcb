import { Copy, QrCode as QrIcon, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { SwarmSummary } from '../../../src-shared/contract.ts';
import { useAppStore } from '../../store/app-store.ts';
import { sharesTexts } from '../../texts/shares.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { copyLink } from './actions.ts';
import styles from './fresh-link.module.css';
import { linkForCode } from './link.ts';
import { QrCode } from './qr-code.tsx';

const texts = sharesTexts.link;

export interface FreshLinkProps {
  readonly swarm: SwarmSummary;
  readonly magnet: string;
}

/** The link of a share that was just made, below its row until it is dismissed. */
export function FreshLink({ swarm, magnet }: FreshLinkProps) {
  const store = useAppStore();
  const { openDialog, setFresh } = store.getState();
  const box = useRef<HTMLDivElement>(null);
  // A new share stands last, below those that were there.
  useEffect(() => {
    box.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    <div ref={box} className={styles.fresh}>
      <button
        type="button"
        className={styles.code}
        aria-label={sharesTexts.qrNamed(swarm.name)}
        title={texts.show}
        onClick={() => openDialog({ kind: 'link', swarm: swarm.swarm })}
      >
        <QrCode text={linkForCode(magnet).text} />
      </button>
      <div className={styles.text}>
        <p>
          <b>{texts.ready}</b>. {swarm.share?.isPrivate ? texts.readyPrivateText : texts.readyText}
        </p>
        <input
          type="text"
          readOnly
          className={styles.link}
          aria-label={texts.label}
          value={magnet}
          onFocus={event => event.currentTarget.select()}
        />
        <div className={styles.buttons}>
          <Button size="small" variant="primary" onClick={() => copyLink(store, magnet)}>
            <Copy size={14} aria-hidden="true" /> {texts.copy}
          </Button>
          <Button size="small" onClick={() => openDialog({ kind: 'link', swarm: swarm.swarm })}>
            <QrIcon size={14} aria-hidden="true" /> {texts.show}
          </Button>
        </div>
      </div>
      <IconButton label={texts.dismiss} onClick={() => setFresh(null)}>
        <X size={14} aria-hidden="true" />
      </IconButton>
    </div>
  );
}
