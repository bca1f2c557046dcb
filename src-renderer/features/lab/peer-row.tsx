import {
  ArrowDown,
  ArrowUp,
  CornerDownRight,
  CornerUpLeft,
  GripVertical,
  Shuffle,
  Trash2,
} from 'lucide-react';
import { type KeyboardEvent, memo, useId, useRef } from 'react';
import { labTexts } from '../../texts/lab.ts';
import { classes } from '../../ui/classes.ts';
import { TextInput } from '../../ui/field.tsx';
import { Menu, type MenuItem } from '../../ui/menu.tsx';
import { changePeer, type DraftPeer, placeAfterStep, removePeer } from './draft.ts';
import { peerType } from './drag.ts';
import { useLab, useLabStore } from './lab-context.ts';
import type { KeyedProblem } from './lab-draft.ts';
import type { LabStore } from './lab-store.ts';
import styles from './machine-card.module.css';
import { focusOn, stepPeer } from './moving.ts';

const texts = labTexts.peers;

const steps = { ArrowUp: 'up', ArrowDown: 'down', ArrowLeft: 'left', ArrowRight: 'right' } as const;

export interface PeerRowProps {
  readonly peer: DraftPeer;
  readonly problems: readonly KeyedProblem[];
  /** Where the peer that is dragged would come to stand. */
  readonly line: 'before' | 'after' | null;
}

/** A peer of a machine: its ID, its port, whether it has the file, and a handle to drag it by. */
export const PeerRow = memo(function PeerRow({ peer, problems, line }: PeerRowProps) {
  const lab = useLabStore();
  const id = useId();
  const row = useRef<HTMLLIElement>(null);
  const isDragged = useLab(({ dragged }) => dragged?.peer === peer.key);
  const { key } = peer;
  const ofField = (field: KeyedProblem['field']) => problems.filter(problem => problem.field === field);
  const control = (field: 'id' | 'port') => {
    const wrong = ofField(field);
    return {
      id: `lab-${key}-${field}`,
      value: peer[field],
      inputMode: 'numeric' as const,
      maxLength: 20,
      'aria-invalid': wrong.some(({ isError }) => isError) || undefined,
      'aria-describedby': wrong.length > 0 ? `${id}-${field}` : undefined,
    };
  };
  const change = (field: 'id' | 'port') => (event: { readonly currentTarget: HTMLInputElement }) => {
    const text = event.currentTarget.value;
    lab.getState().change(draft => changePeer(draft, key, { [field]: text }), `${field}-${key}`);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = steps[event.key as keyof typeof steps];
    if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || step === undefined) return;
    event.preventDefault();
    stepPeer(lab, key, step);
  };
  return (
    <li
      ref={row}
      className={classes(styles.peer, isDragged && styles.dragged, line !== null && styles[line])}
      data-peer={key}
      onKeyDown={onKeyDown}
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the keyboard moves a peer by the menu, and by Alt with an arrow. */}
      <span
        className={styles.handle}
        draggable
        onDragStart={event => {
          event.dataTransfer.setData(peerType, String(key));
          event.dataTransfer.effectAllowed = 'move';
          if (row.current !== null) event.dataTransfer.setDragImage(row.current, 16, 16);
          // Drawn otherwise only when the picture that follows the pointer is made.
          setTimeout(() => lab.setState({ dragged: { peer: key, to: null } }));
        }}
        onDragEnd={() => lab.setState({ dragged: null })}
      >
        <Menu
          label={texts.menu(peer.id)}
          icon={<GripVertical size={16} aria-hidden="true" />}
          items={() => menuOf(lab, peer)}
        />
      </span>
      <TextInput {...control('id')} aria-label={texts.idOf(peer.id)} onChange={change('id')} />
      <TextInput {...control('port')} aria-label={texts.portOf(peer.id)} onChange={change('port')} />
      <span className={styles.hasFile}>
        <input
          type="checkbox"
          id={`lab-${key}-hasFile`}
          aria-label={texts.hasFileOf(peer.id)}
          checked={peer.hasFile}
          onChange={event => {
            const hasFile = event.currentTarget.checked;
            lab.getState().change(draft => changePeer(draft, key, { hasFile }));
          }}
        />
      </span>
      {(['id', 'port', 'hasFile', null] as const).map(field => {
        const wrong = ofField(field);
        return wrong.length === 0 ? null : (
          <div key={field} id={`${id}-${field}`} className={styles.wrong}>
            {wrong.map(problem => (
              <ProblemLine key={problem.id} problem={problem} />
            ))}
          </div>
        );
      })}
    </li>
  );
});

/** What is wrong, or doubtful, at its place. */
export function ProblemLine({ problem }: { readonly problem: KeyedProblem }) {
  return <p className={problem.isError ? styles.error : styles.doubt}>{problem.message}</p>;
}

function menuOf(lab: LabStore, peer: DraftPeer): readonly MenuItem[] {
  const draft = lab.getState().history?.present;
  if (draft === undefined) return [];
  const at = draft.machines.findIndex(({ peers }) => peers.includes(peer));
  const neighbour = (index: number) => {
    const machine = draft.machines[index];
    return machine === undefined ? undefined : labTexts.machines.card(machine.name, index + 1);
  };
  const [before, after] = [neighbour(at - 1), neighbour(at + 1)];
  const step = (to: 'up' | 'down' | 'left' | 'right', label: string, icon: MenuItem['icon']): MenuItem => ({
    label,
    icon,
    disabled: placeAfterStep(draft, peer.key, to) === null,
    onChoose: () => stepPeer(lab, peer.key, to),
  });
  return [
    step('up', texts.up, <ArrowUp size={16} aria-hidden="true" />),
    step('down', texts.down, <ArrowDown size={16} aria-hidden="true" />),
    ...(before === undefined
      ? []
      : [step('left', texts.before(before), <CornerUpLeft size={16} aria-hidden="true" />)]),
    ...(after === undefined
      ? []
      : [step('right', texts.after(after), <CornerDownRight size={16} aria-hidden="true" />)]),
    ...(draft.machines.length < 3
      ? []
      : [
          {
            label: texts.elsewhere,
            icon: <Shuffle size={16} aria-hidden="true" />,
            onChoose: () => lab.setState({ moving: peer.key }),
          },
        ]),
    {
      label: texts.remove,
      icon: <Trash2 size={16} aria-hidden="true" />,
      tone: 'danger',
      apart: true,
      onChoose: () => {
        lab.getState().change(changed => removePeer(changed, peer.key));
        lab.setState({ said: texts.removed(peer.id) });
        const machine = draft.machines[at];
        if (machine !== undefined) focusOn(`lab-${machine.key}-add`);
      },
    },
  ];
}
