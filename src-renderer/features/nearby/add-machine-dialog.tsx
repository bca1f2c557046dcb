import { useState } from 'react';
import { useAppStore } from '../../store/app-store.ts';
import { useAsking } from '../../store/use-asking.ts';
import { commonTexts } from '../../texts/common.ts';
import { nearbyTexts } from '../../texts/nearby.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { RefusalNotice } from '../../ui/refusal-notice.tsx';
import styles from './nearby-panel.module.css';
import { typedAddress } from './nearby-rows.ts';

const texts = nearbyTexts.add;

/** A computer whose shares are asked for although it is not seen by itself. */
export function AddMachineDialog() {
  const store = useAppStore();
  const { bridge, closeDialog } = store.getState();
  const [text, setText] = useState('');
  const [isSent, setSent] = useState(false);
  const { refusal, busy, during } = useAsking();
  const address = typedAddress(text);

  const add = () => {
    setSent(true);
    if (address === undefined) return;
    during(async () => {
      await bridge.ask('addMachine', { address });
      closeDialog();
    });
  };
  return (
    <Dialog
      title={texts.title}
      width={480}
      onClose={() => closeDialog()}
      onSubmit={add}
      footer={
        <>
          <Button onClick={() => closeDialog()}>{commonTexts.cancel}</Button>
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
          hint={texts.hint}
          placeholder={texts.placeholder}
          value={text}
          error={isSent && address === undefined ? texts.problem : null}
          onChange={setText}
        />
      </div>
    </Dialog>
  );
}
