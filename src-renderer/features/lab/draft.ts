import type { Place } from '../../../src-shared/contract.ts';
import type { OpenedLab, PlanMachine, scriptKinds } from '../../../src-shared/lab.ts';
import type { Settings } from '../../../src-shared/settings.ts';
import { sizeText } from '../course/course-form.ts';

/** A lab as it is typed, and each change that can be made to it. Nothing here changes a draft: each makes a new one. */

export interface DraftPeer {
  /** Tells peers apart while their texts change and they move. */
  readonly key: number;
  readonly id: string;
  readonly port: string;
  readonly hasFile: boolean;
}

export interface DraftMachine {
  readonly key: number;
  readonly name: string;
  readonly host: string;
  readonly peers: readonly DraftPeer[];
}

export interface Draft {
  readonly machines: readonly DraftMachine[];
  /** The next key that no machine and no peer has had. */
  readonly nextKey: number;
  /** The file to share; null: a random one. */
  readonly file: Place | null;
  readonly fileName: string;
  readonly fileSize: string;
  readonly pieceSize: string;
  readonly preferredNeighbours: string;
  readonly unchokingSeconds: string;
  readonly optimisticSeconds: string;
  /** Null: Piecewise. */
  readonly command: string | null;
  readonly scripts: (typeof scriptKinds)[number];
}

/** The fields of a draft that are not of its machines. */
export type DraftField = Exclude<keyof Draft, 'machines' | 'nextKey'>;

const firstId = 1001;
const firstPort = 6008;
const randomFile = { fileName: 'TheFile.dat', fileSize: 10 * 1024 * 1024, pieceSize: 32_768 };

/** A draft of a plan that was opened or sampled; what no `Common.cfg` says is as the settings have it. */
export function draftOf(
  { plan, common }: Pick<OpenedLab, 'plan' | 'common'>,
  settings: Pick<Settings, 'preferredNeighbours' | 'unchokingSeconds' | 'optimisticSeconds'>,
): Draft {
  const numbers = common ?? { ...randomFile, ...settings };
  const { machines, nextKey } = withKeys(plan, 0);
  return {
    machines,
    nextKey,
    file: null,
    fileName: numbers.fileName,
    fileSize: sizeText(numbers.fileSize),
    pieceSize: sizeText(numbers.pieceSize),
    preferredNeighbours: String(numbers.preferredNeighbours),
    unchokingSeconds: String(Math.max(1, Math.round(numbers.unchokingSeconds))),
    optimisticSeconds: String(Math.max(1, Math.round(numbers.optimisticSeconds))),
    command: null,
    scripts: 'both',
  };
}

function withKeys(plan: readonly PlanMachine[], first: number): Pick<Draft, 'machines' | 'nextKey'> {
  let nextKey = first;
  const newKey = () => {
    nextKey += 1;
    return nextKey - 1;
  };
  const machines = plan.map(machine => ({
    ...machine,
    key: newKey(),
    peers: machine.peers.map(peer => ({ ...peer, key: newKey() })),
  }));
  return { machines, nextKey };
}

/** Adds a machine at the end, with one peer. */
export function addMachine(draft: Draft): Draft {
  const key = draft.nextKey;
  const peer = { key: key + 1, id: nextId(draft), port: String(firstPort), hasFile: false };
  const machine = { key, name: nextName(draft), host: '', peers: [peer] };
  return { ...draft, nextKey: key + 2, machines: [...draft.machines, machine] };
}

export function removeMachine(draft: Draft, key: number): Draft {
  return { ...draft, machines: draft.machines.filter(machine => machine.key !== key) };
}

export function changeMachine(
  draft: Draft,
  key: number,
  change: Partial<Pick<DraftMachine, 'name' | 'host' | 'peers'>>,
): Draft {
  return {
    ...draft,
    machines: draft.machines.map(machine => (machine.key === key ? { ...machine, ...change } : machine)),
  };
}

/** Puts a machine before the one that stands before it, or after the next one; the same draft at the ends. */
export function moveMachine(draft: Draft, key: number, by: -1 | 1): Draft {
  const at = draft.machines.findIndex(machine => machine.key === key);
  const to = at + by;
  if (at < 0 || to < 0 || to >= draft.machines.length) return draft;
  return { ...draft, machines: moved(draft.machines, at, to) };
}

/** Adds a peer at the end of a machine, with the next ID of the lab and a port that is free on the machine. */
export function addPeer(draft: Draft, machineKey: number): Draft {
  const machine = draft.machines.find(({ key }) => key === machineKey);
  if (machine === undefined) return draft;
  const peer = { key: draft.nextKey, id: nextId(draft), port: freePort(machine.peers), hasFile: false };
  const added = changeMachine(draft, machineKey, { peers: [...machine.peers, peer] });
  return { ...added, nextKey: draft.nextKey + 1 };
}

export function removePeer(draft: Draft, key: number): Draft {
  return mapPeersOf(draft, key, peers => peers.filter(peer => peer.key !== key));
}

export function changePeer(draft: Draft, key: number, change: Partial<Omit<DraftPeer, 'key'>>): Draft {
  return mapPeersOf(draft, key, peers =>
    peers.map(peer => (peer.key === key ? { ...peer, ...change } : peer)),
  );
}

export interface PeerPlace {
  /** Which machine, by key. */
  readonly machine: number;
  /** Before which of the peers that the machine has now; their number for the end. */
  readonly index: number;
}

/**
 * Puts a peer somewhere else. On another machine it keeps its port unless a peer there has it; then it takes one that
 * is free. The same draft when that is where it stands already.
 */
export function movePeer(draft: Draft, key: number, { machine: to, index }: PeerPlace): Draft {
  const from = whereIs(draft, key);
  const target = draft.machines.find(machine => machine.key === to);
  if (from === null || target === undefined) return draft;
  if (from.machine.key === to) {
    // Its own place falls away before those behind it.
    const at = Math.min(index > from.index ? index - 1 : index, target.peers.length - 1);
    if (at === from.index) return draft;
    return changeMachine(draft, to, { peers: moved(target.peers, from.index, at) });
  }
  const isTaken = target.peers.some(({ port }) => port.trim() === from.peer.port.trim());
  const peer = isTaken ? { ...from.peer, port: freePort(target.peers) } : from.peer;
  const left = removePeer(draft, key);
  return changeMachine(left, to, {
    peers: [...target.peers.slice(0, index), peer, ...target.peers.slice(index)],
  });
}

/**
 * Where a step by keyboard puts a peer: `up` and `down` go through all peers of the lab in order, `left` and `right` to
 * the end of the machine before and after. Null at the ends.
 */
export function placeAfterStep(
  draft: Draft,
  key: number,
  step: 'up' | 'down' | 'left' | 'right',
): PeerPlace | null {
  const from = whereIs(draft, key);
  if (from === null) return null;
  const { machine, at, index } = from;
  const before = draft.machines[at - 1];
  const after = draft.machines[at + 1];
  const endOf = (other: DraftMachine | undefined) =>
    other === undefined ? null : { machine: other.key, index: other.peers.length };
  switch (step) {
    case 'up':
      return index > 0 ? { machine: machine.key, index: index - 1 } : endOf(before);
    case 'down':
      if (index < machine.peers.length - 1) return { machine: machine.key, index: index + 2 };
      return after === undefined ? null : { machine: after.key, index: 0 };
    case 'left':
      return endOf(before);
    case 'right':
      return endOf(after);
  }
}

export interface PeerStand {
  readonly machine: DraftMachine;
  /** Which of the machines. */
  readonly at: number;
  readonly peer: DraftPeer;
  /** Which of the machine's peers. */
  readonly index: number;
}

export function whereIs(draft: Draft, peerKey: number): PeerStand | null {
  for (const [at, machine] of draft.machines.entries()) {
    const index = machine.peers.findIndex(peer => peer.key === peerKey);
    const peer = machine.peers[index];
    if (peer !== undefined) return { machine, at, peer, index };
  }
  return null;
}

/** Makes a file the one that is shared; null: a random one of the same name and size. */
export function changeFile(draft: Draft, file: Place | null, size?: number): Draft {
  if (file === null) return { ...draft, file };
  const fileSize = size === undefined ? draft.fileSize : sizeText(size);
  return { ...draft, file, fileName: file.name, fileSize };
}

/** Gives all peers new IDs, ascending in the order of the plan, from the lowest that there is now. */
export function renumber(draft: Draft): Draft {
  const ids = idsOf(draft);
  let next = ids.length === 0 ? firstId : Math.min(...ids);
  const machines = draft.machines.map(machine => ({
    ...machine,
    peers: machine.peers.map(peer => {
      const id = String(next);
      next += 1;
      return peer.id === id ? peer : { ...peer, id };
    }),
  }));
  return isAscending(draft) ? draft : { ...draft, machines };
}

/** Whether all IDs are numbers, each greater than those before it. */
export function isAscending(draft: Draft): boolean {
  const ids = idsOf(draft);
  return ids.length === peerCountOf(draft) && ids.every((id, index) => index === 0 || id > ids[index - 1]!);
}

export function peerCountOf({ machines }: Pick<Draft, 'machines'>): number {
  return machines.reduce((sum, { peers }) => sum + peers.length, 0);
}

function idsOf({ machines }: Draft): number[] {
  const ids = machines.flatMap(({ peers }) => peers.map(({ id }) => id.trim()));
  return ids.filter(id => /^[1-9]\d{0,9}$/.test(id)).map(Number);
}

function nextId(draft: Draft): string {
  return String(Math.max(firstId - 1, ...idsOf(draft)) + 1);
}

function freePort(peers: readonly DraftPeer[]): string {
  const taken = new Set(peers.map(({ port }) => port.trim()));
  let port = firstPort;
  while (taken.has(String(port))) port += 1;
  return String(port);
}

/** "Machine D" after three machines; numbers follow the letters. */
function nextName({ machines }: Draft): string {
  const taken = new Set(machines.map(({ name }) => name.trim()));
  for (let index = machines.length; ; index += 1) {
    const name = `Machine ${index < 26 ? String.fromCharCode(65 + index) : index + 1}`;
    if (!taken.has(name)) return name;
  }
}

function mapPeersOf(
  draft: Draft,
  peerKey: number,
  map: (peers: readonly DraftPeer[]) => readonly DraftPeer[],
): Draft {
  const stand = whereIs(draft, peerKey);
  if (stand === null) return draft;
  return changeMachine(draft, stand.machine.key, { peers: map(stand.machine.peers) });
}

function moved<T>(list: readonly T[], from: number, to: number): readonly T[] {
  const rest = list.filter((_, index) => index !== from);
  return [...rest.slice(0, to), list[from]!, ...rest.slice(to)];
}
