import { labTexts } from '../../texts/lab.ts';
import { movePeer, type PeerPlace, placeAfterStep, whereIs } from './draft.ts';
import type { LabStore } from './lab-store.ts';

/** Moves of peers, said aloud; the focus goes along. */

/** Moves a peer one place on, or to the machine before or after. */
export function stepPeer(lab: LabStore, key: number, step: 'up' | 'down' | 'left' | 'right'): void {
  const draft = lab.getState().history?.present;
  const place = draft === undefined ? null : placeAfterStep(draft, key, step);
  if (place === null) lab.setState({ said: labTexts.peers.end });
  else movePeerTo(lab, key, place);
}

export function movePeerTo(lab: LabStore, key: number, place: PeerPlace): void {
  const { history, change } = lab.getState();
  const before = history === null ? null : whereIs(history.present, key);
  const focused = document.activeElement;
  const field = focused?.closest(`[data-peer="${key}"]`) == null ? null : focused.id;
  change(draft => movePeer(draft, key, place));
  const draft = lab.getState().history?.present;
  const after = draft === undefined ? null : whereIs(draft, key);
  if (before === null || after === null) return;
  const { peer, machine, at, index } = after;
  const port = peer.port === before.peer.port ? null : peer.port;
  const name = labTexts.machines.card(machine.name, at + 1);
  lab.setState({ said: labTexts.peers.moved(peer.id, name, index + 1, machine.peers.length, port) });
  // On another machine it is drawn anew.
  requestAnimationFrame(() => {
    const row = document.querySelector<HTMLElement>(`[data-peer="${key}"]`);
    const sameField = field === null || field === '' ? null : document.getElementById(field);
    (sameField ?? row?.querySelector('button'))?.focus();
    row?.scrollIntoView({ block: 'nearest' });
  });
}

/** Puts the focus on something that may be drawn only now. */
export function focusOn(id: string): void {
  requestAnimationFrame(() => {
    const element = document.getElementById(id);
    element?.focus();
    element?.scrollIntoView({ block: 'nearest' });
  });
}
