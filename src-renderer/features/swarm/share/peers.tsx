import { UserPlus } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useAppStore } from '../../../store/app-store.ts';
import { useAsking } from '../../../store/use-asking.ts';
import { commonTexts } from '../../../texts/common.ts';
import { sharePageTexts } from '../../../texts/share-page.ts';
import { Button } from '../../../ui/button.tsx';
import { Dialog } from '../../../ui/dialog.tsx';
import { TextField } from '../../../ui/field.tsx';
import { RefusalNotice } from '../../../ui/refusal-notice.tsx';
import { typedAddress } from '../../nearby/nearby-rows.ts';
import { Neighbours } from '../neighbours/neighbours.tsx';
import styles from './peers.module.css';
import { useShare } from './use-share.tsx';

const texts = sharePageTexts.peers;

/** The neighbours once more, with room for what each runs, its flags in words, and how it was found. */
export function Peers({ swarm }: { readonly swarm: string }) {
  const peers = useShare()?.peers;
  const [isAdding, setAdding] = useState(false);
  const details = useMemo(() => new Map((peers ?? []).map(peer => [peer.peer, peer])), [peers]);
  return (
    <>
      <Neighbours
        details={details}
        actions={
          <Button size="small" onClick={() => setAdding(true)}>
            <UserPlus size={14} aria-hidden="true" /> {texts.add}
          </Button>
        }
      />
      {isAdding ? <AddPeerDialog swarm={swarm} onClose={() => setAdding(false)} /> : null}
    </>
  );
}

function AddPeerDialog({ swarm, onClose }: { readonly swarm: string; readonly onClose: () => void }) {
  const store = useAppStore();
  const [text, setText] = useState('');
  const [isSent, setSent] = useState(false);
  const { refusal, busy, during } = useAsking();
  const address = typedAddress(text);
  const isRight = address !== undefined && /:\d+$/.test(address);
  const add = () => {
    setSent(true);
    if (!isRight) return;
    during(async () => {
      const { bridge, toast } = store.getState();
      await bridge.ask('addPeer', { swarm, address });
      toast({ tone: 'info', title: texts.added(address), problems: [] });
      onClose();
    });
  };
  return (
    <Dialog
      title={texts.dialogTitle}
      width={440}
      onClose={onClose}
      onSubmit={add}
      footer={
        <>
          <Button onClick={onClose}>{commonTexts.cancel}</Button>
          <Button type="submit" variant="primary" busy={busy}>
            {texts.button}
          </Button>
        </>
      }
    >
      <div className={styles.add}>
        <p>{texts.text}</p>
        <RefusalNotice refusal={refusal} />
        <TextField
          autoFocus
          label={texts.label}
          placeholder={texts.placeholder}
          value={text}
          error={isSent && !isRight ? texts.problem : null}
          onChange={setText}
        />
      </div>
    </Dialog>
  );
}
