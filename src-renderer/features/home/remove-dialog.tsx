import { useState } from 'react';
import type { Refusal, SwarmSummary } from '../../../src-shared/contract.ts';
import { refusalOf, useAppStore } from '../../store/app-store.ts';
import { commonTexts } from '../../texts/common.ts';
import { homeTexts } from '../../texts/home.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { RefusalNotice } from '../../ui/refusal-notice.tsx';
import { rowOf } from './swarm-row.ts';

const texts = homeTexts.remove;

/** Asks before a swarm leaves the list. */
export function RemoveDialog({ swarm }: { readonly swarm: SwarmSummary }) {
  const store = useAppStore();
  const { bridge, closeDialog, go } = store.getState();
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [busy, setBusy] = useState(false);
  const { isRunning } = rowOf(swarm);

  const remove = async () => {
    setBusy(true);
    try {
      await bridge.ask('removeSwarm', { swarm: swarm.swarm });
      const { route } = store.getState();
      if (route.page === 'swarm' && route.swarm === swarm.swarm) go({ page: 'home' });
      closeDialog();
    } catch (error) {
      setRefusal(refusalOf(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={texts.title(swarm.name)}
      width={440}
      onClose={() => closeDialog()}
      onSubmit={remove}
      footer={
        <>
          <Button onClick={() => closeDialog()}>{commonTexts.cancel}</Button>
          <Button type="submit" variant="danger" busy={busy} data-autofocus>
            {isRunning ? texts.stopAndRemove : texts.button}
          </Button>
        </>
      }
    >
      <p>{isRunning ? texts.running : texts.ended}</p>
      <RefusalNotice refusal={refusal} />
    </Dialog>
  );
}
