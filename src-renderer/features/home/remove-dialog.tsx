import type { SwarmSummary } from '../../../src-shared/contract.ts';
import { useAppStore } from '../../store/app-store.ts';
import { useAsking } from '../../store/use-asking.ts';
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
  const { refusal, busy, during } = useAsking();
  const { isRunning } = rowOf(swarm);

  const remove = () =>
    during(async () => {
      await bridge.ask('removeSwarm', { swarm: swarm.swarm });
      const { route } = store.getState();
      if (route.page === 'swarm' && route.swarm === swarm.swarm) go({ page: 'home' });
      closeDialog();
    });
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
      <p>{swarm.kind === 'demo' ? texts.demo : isRunning ? texts.running : texts.ended}</p>
      <RefusalNotice refusal={refusal} />
    </Dialog>
  );
}
