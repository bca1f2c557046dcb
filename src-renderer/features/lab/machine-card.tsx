import { ArrowLeft, ArrowRight, Ellipsis, Eye, Monitor, Plus, Trash2 } from 'lucide-react';
import { type DragEvent, memo, useId, useRef } from 'react';
import { labTexts } from '../../texts/lab.ts';
import { Button } from '../../ui/button.tsx';
import { Chip } from '../../ui/chip.tsx';
import { classes } from '../../ui/classes.ts';
import { TextInput } from '../../ui/field.tsx';
import { Menu, type MenuItem } from '../../ui/menu.tsx';
import { addPeer, changeMachine, type DraftMachine, moveMachine, removeMachine } from './draft.ts';
import { indexAt, peerType } from './drag.ts';
import { useLab, useLabStore } from './lab-context.ts';
import type { KeyedProblem } from './lab-draft.ts';
import type { LabStore } from './lab-store.ts';
import styles from './machine-card.module.css';
import { focusOn, movePeerTo } from './moving.ts';
import { PeerRow, ProblemLine } from './peer-row.tsx';

const texts = labTexts.machines;
const nothing: readonly KeyedProblem[] = [];

export interface MachineCardProps {
  readonly machine: DraftMachine;
  /** Counts from 1. */
  readonly number: number;
  readonly isHere: boolean;
  /** This computer's own address, where it has one. */
  readonly ownAddress: string | undefined;
  readonly isShown: boolean;
  /** Of the machine and its peers. */
  readonly problems: readonly KeyedProblem[];
}

/** A machine and its peers; peers are dropped on it. */
export const MachineCard = memo(function MachineCard(props: MachineCardProps) {
  const { machine, number, isHere, ownAddress, isShown, problems } = props;
  const { key, peers } = machine;
  const lab = useLabStore();
  const id = useId();
  const list = useRef<HTMLUListElement>(null);
  const target = useLab(({ dragged }) => (dragged?.to?.machine === key ? dragged.to.index : null));
  const name = texts.card(machine.name, number);
  const own = problems.filter(({ peer }) => peer === null);
  const ofField = (field: 'name' | 'host') => own.filter(problem => problem.field === field);
  const isLast = (index: number) => index === peers.length - 1;
  const others = own.filter(({ field }) => field !== 'name' && field !== 'host');

  const over = (event: DragEvent) => {
    const { dragged } = lab.getState();
    if (dragged === null || !event.dataTransfer.types.includes(peerType)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'move';
    const rows = [...(list.current?.querySelectorAll(':scope > [data-peer]') ?? [])];
    const index = indexAt(
      event.clientY,
      rows.map(row => row.getBoundingClientRect()),
    );
    if (dragged.to?.machine === key && dragged.to.index === index) return;
    lab.setState({ dragged: { ...dragged, to: { machine: key, index } } });
  };
  const leave = (event: DragEvent<HTMLElement>) => {
    const { dragged } = lab.getState();
    const isInside = event.currentTarget.contains(event.relatedTarget as Node | null);
    if (dragged?.to?.machine !== key || isInside) return;
    lab.setState({ dragged: { ...dragged, to: null } });
  };
  const drop = (event: DragEvent) => {
    const { dragged } = lab.getState();
    lab.setState({ dragged: null });
    if (dragged === null || dragged.to === null) return;
    event.preventDefault();
    movePeerTo(lab, dragged.peer, dragged.to);
  };
  const control = (field: 'name' | 'host') => {
    const wrong = ofField(field);
    return {
      id: `lab-${key}-${field}`,
      value: machine[field],
      maxLength: 300,
      'aria-invalid': wrong.some(({ isError }) => isError) || undefined,
      'aria-describedby': wrong.length > 0 ? `${id}-${field}` : undefined,
      onChange: (event: { readonly currentTarget: HTMLInputElement }) => {
        const text = event.currentTarget.value;
        lab.getState().change(draft => changeMachine(draft, key, { [field]: text }), `${field}-${key}`);
      },
    };
  };
  return (
    <li
      className={classes(styles.card, isShown && styles.shown, target !== null && styles.target)}
      aria-label={name}
      onDragOver={over}
      onDragLeave={leave}
      onDrop={drop}
    >
      <div className={styles.head}>
        <span className={styles.number} aria-hidden="true">
          {number}
        </span>
        <TextInput
          {...control('name')}
          className={styles.name}
          aria-label={texts.nameOf(name)}
          title={machine.name}
          placeholder={texts.name}
        />
        {isHere ? <Chip tone="in">{texts.here}</Chip> : null}
        <Menu
          label={texts.menu(name)}
          icon={<Ellipsis size={16} aria-hidden="true" />}
          items={() => menuOf(lab, machine, isHere ? undefined : ownAddress)}
        />
      </div>
      <Problems id={`${id}-name`} problems={ofField('name')} />
      <div className={styles.host}>
        <label htmlFor={`lab-${key}-host`}>
          {texts.host}
          <span className="only-read">, {name}</span>
        </label>
        <TextInput {...control('host')} />
      </div>
      <Problems id={`${id}-host`} problems={ofField('host')} />
      <Problems id={`${id}-other`} problems={others} />
      {peers.length === 0 ? (
        <p className={styles.nobody}>{labTexts.peers.none}</p>
      ) : (
        <div className={styles.headings} aria-hidden="true">
          <span>{labTexts.peers.id}</span>
          <span>{labTexts.peers.port}</span>
          <span>{labTexts.peers.hasFile}</span>
        </div>
      )}
      <ul ref={list} className={styles.peers}>
        {peers.map((peer, index) => (
          <PeerRow
            key={peer.key}
            peer={peer}
            problems={problemsOf(problems, peer.key)}
            line={target === index ? 'before' : isLast(index) && target === peers.length ? 'after' : null}
          />
        ))}
      </ul>
      <Button
        id={`lab-${key}-add`}
        size="small"
        variant="quiet"
        className={styles.add}
        aria-label={labTexts.peers.addTo(name)}
        onClick={() => {
          const added = lab.getState().history?.present.nextKey;
          lab.getState().change(draft => addPeer(draft, key));
          if (added !== undefined) focusOn(`lab-${added}-id`);
        }}
      >
        <Plus size={14} aria-hidden="true" /> {labTexts.peers.add}
      </Button>
    </li>
  );
});

interface ProblemsProps {
  readonly id: string;
  readonly problems: readonly KeyedProblem[];
}

function Problems({ id, problems }: ProblemsProps) {
  if (problems.length === 0) return null;
  return (
    <div id={id} className={styles.wrong}>
      {problems.map(problem => (
        <ProblemLine key={problem.id} problem={problem} />
      ))}
    </div>
  );
}

function problemsOf(problems: readonly KeyedProblem[], peer: number): readonly KeyedProblem[] {
  const own = problems.filter(problem => problem.peer === peer);
  return own.length === 0 ? nothing : own;
}

function menuOf(
  lab: LabStore,
  { key, peers }: DraftMachine,
  ownAddress: string | undefined,
): readonly MenuItem[] {
  const { history, change } = lab.getState();
  const machines = history?.present.machines ?? [];
  const at = machines.findIndex(machine => machine.key === key);
  return [
    ...(ownAddress === undefined
      ? []
      : [
          {
            label: texts.takeOwn,
            icon: <Monitor size={16} aria-hidden="true" />,
            hint: texts.takeOwnHint(ownAddress),
            onChoose: () => change(draft => changeMachine(draft, key, { host: ownAddress })),
          },
        ]),
    {
      label: texts.showFiles,
      icon: <Eye size={16} aria-hidden="true" />,
      onChoose: () => lab.setState({ shownMachine: key, part: 'files' }),
    },
    {
      label: texts.earlier,
      icon: <ArrowLeft size={16} aria-hidden="true" />,
      disabled: at === 0,
      onChoose: () => change(draft => moveMachine(draft, key, -1)),
    },
    {
      label: texts.later,
      icon: <ArrowRight size={16} aria-hidden="true" />,
      disabled: at === machines.length - 1,
      onChoose: () => change(draft => moveMachine(draft, key, 1)),
    },
    {
      label: texts.remove,
      icon: <Trash2 size={16} aria-hidden="true" />,
      tone: 'danger',
      apart: true,
      hint: texts.removeHint(peers.length),
      onChoose: () => {
        change(draft => removeMachine(draft, key));
        focusOn('lab-add-machine');
      },
    },
  ];
}
