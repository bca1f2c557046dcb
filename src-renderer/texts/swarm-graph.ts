import { formatShortRate } from '../../src-shared/units.ts';
import { plural } from './common.ts';

/** One direction between us and a neighbour, for a sentence. */
export interface SpokenEdge {
  readonly state: 'open' | 'preferred' | 'optimistic' | 'choked';
  readonly bytesPerSecond: number;
  readonly isWanted: boolean;
}

export const graphTexts = {
  title: 'Swarm',
  size: (peers: number, hosts: number) =>
    hosts === 1 ? plural(peers, 'peer', 'peers') : `${plural(peers, 'peer', 'peers')} on ${hosts} computers`,
  flows: 'Flows',
  mine: 'This peer',
  all: 'All flows',
  pictureLabel: 'Peers of this swarm. Arrow up and down go round, Enter puts a peer in focus everywhere.',
  listLabel: 'Peers of this swarm in words',
  empty: 'Nothing has happened yet.',
  alone: 'There is no other peer in the roster.',
  aloneInShare: 'No peer is connected at the moment.',

  round: 'round',
  inSeconds: (seconds: number) => `in ${seconds} s`,
  nextRound: (seconds: number) => `Next choke round in ${seconds} s.`,
  percent: (percent: number) => `${percent} %`,
  complete: 'complete',
  joined: (percent: number) => `joined, ${percent} %`,
  notStarted: 'not started',
  left: 'left',
  absent: 'absent',
  fromOthers: (bytesPerSecond: number) => `+${formatShortRate(bytesPerSecond)}`,
  node: (peer: string, host: string, word: string) => `${peer} on ${host}, ${word}`,
  lone: (peer: string, word: string) => `${peer}, ${word}`,
  self: (peer: string, percent: number) => `${peer}, this peer: has ${percent} %.`,

  inWords: (peer: string, percent: number, inward: SpokenEdge, outward: SpokenEdge) =>
    `${peer}: ${servesUs(inward)}; ${weServe(outward)}; has ${percent} %.`,
  absentInWords: (peer: string, wasHere: boolean) => `${peer}: ${wasHere ? 'has left' : 'has not started'}.`,
  flowInWords: (from: string, to: string, role: string, bytesPerSecond: number) =>
    `${from} serves ${to} as ${role} at ${formatShortRate(bytesPerSecond)}.`,

  unknown: 'Others’ edges are unknown: a peer sees only its own.',
  gains: (peer: string, bytesPerSecond: number) =>
    `Others’ edges are unknown; haves show ${peer} gaining ${formatShortRate(bytesPerSecond)}.`,

  legendLabel: 'What the lines mean',
  legend: {
    open: 'Serves us',
    preferred: 'Preferred',
    optimistic: 'Optimistic',
    choked: 'Choked',
    interested: 'Interested',
    rate: 'Slower, faster',
    others: 'Among others',
  },
} as const;

function servesUs({ state, bytesPerSecond, isWanted }: SpokenEdge): string {
  if (state !== 'choked') return `serves us at ${formatShortRate(bytesPerSecond)}`;
  return isWanted ? 'chokes us, and we want its pieces' : 'chokes us, and we want nothing of it';
}

function weServe({ state, bytesPerSecond, isWanted }: SpokenEdge): string {
  if (state !== 'choked') return `we serve it as ${state} at ${formatShortRate(bytesPerSecond)}`;
  return isWanted ? 'we choke it, and it wants our pieces' : 'we choke it, and it wants nothing of us';
}
