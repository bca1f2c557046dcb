import { useState } from 'react';
import { commonTexts } from '../../texts/common.ts';
import { labTexts } from '../../texts/lab.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Select } from '../../ui/field.tsx';
import { whereIs } from './draft.ts';
import { useDraft, useLab, useLabStore } from './lab-context.ts';
import { movePeerTo } from './moving.ts';

/** Chooses the machine that a peer moves to, out of many. */
export function MoveDialog() {
  const peer = useLab(state => state.moving);
  return peer === null ? null : <OpenMoveDialog key={peer} peerKey={peer} />;
}

function OpenMoveDialog({ peerKey }: { readonly peerKey: number }) {
  const lab = useLabStore();
  const draft = useDraft(whole => whole);
  const stand = whereIs(draft, peerKey);
  const others = draft.machines.filter(machine => machine !== stand?.machine);
  const [to, setTo] = useState(String(others[0]?.key ?? ''));
  const texts = labTexts.peers;
  const close = () => lab.setState({ moving: null });
  const move = () => {
    const machine = others.find(({ key }) => String(key) === to);
    close();
    if (machine !== undefined) {
      movePeerTo(lab, peerKey, { machine: machine.key, index: machine.peers.length });
    }
  };
  return (
    <Dialog
      title={texts.moveTitle(stand?.peer.id ?? '')}
      width={400}
      onClose={close}
      onSubmit={move}
      footer={
        <>
          <Button onClick={close}>{commonTexts.cancel}</Button>
          <Button type="submit" variant="primary">
            {texts.move}
          </Button>
        </>
      }
    >
      <Select
        label={texts.moveTo}
        options={others.map(machine => ({
          value: String(machine.key),
          label: labTexts.machines.card(machine.name, draft.machines.indexOf(machine) + 1),
        }))}
        value={to}
        onChange={setTo}
      />
    </Dialog>
  );
}
