import type { PeerSummary } from '../../src-shared/contract.ts';
import type { Sentence } from '../../src-shared/sentence.ts';
import { grouped } from './swarm-pieces.ts';

export const pageTexts = {
  course: 'Course swarm',
  demo: 'Demo on this computer',
  replay: 'Replay, not live',
  share: 'Share',
  peer: (peer: string) => `Peer ${peer}`,
  at: (address: string) => `at ${address}`,
  size: (size: string, pieces: number, pieceSize: string) =>
    `${size} in ${grouped(pieces)} ${pieces === 1 ? 'piece' : 'pieces'} of ${pieceSize}`,
  rounds: (k: number, unchoking: string, optimistic: string) =>
    `${k} preferred, every ${unchoking}; optimistic every ${optimistic}`,
  pieces: (have: number, all: number) =>
    `${grouped(have)} of ${grouped(all)} ${all === 1 ? 'piece' : 'pieces'}`,
  down: 'Down',
  up: 'Up',
  ratio: 'Ratio',
  timeLeft: 'Time left',
  done: 'Done',
  unknown: '–',
  seenBy: 'Seen by',
  progress: 'Progress',
  preparing: 'Opening …',
  /** Before the first event of a peer's run. */
  noRun: (peer: string, status: PeerSummary['status'] | undefined): Sentence => {
    switch (status) {
      case 'waiting':
        return { lead: `${peer} has not started`, rest: '; start it in the demo controls' };
      case 'killed':
        return { lead: `${peer} was killed before it had started`, rest: '; start it in the demo controls' };
      case 'failed':
        return { lead: `${peer} could not start`, rest: '' };
      case 'starting':
        return { lead: `${peer} is starting`, rest: '' };
      case 'running':
      case 'ended':
      case undefined:
        return { lead: 'Opening …', rest: '' };
    }
  },
  loading: (share: number) => `Reading the run so far, ${Math.floor(share * 100)} %`,
  gone: 'This swarm is not on the list any more.',
  goHome: 'Go to Home',
  hide: 'Hide',
  moreNotices: (count: number) => (count === 1 ? 'One more' : `${count} more`),
  decks: { pieces: 'Pieces', choking: 'Choking and rates', log: 'Log' },
  deckLabel: 'What is shown below',
  previous: 'Previous decision',
  next: 'Next decision',
  play: 'Play',
  pause: 'Pause',
  speed: 'Speed',
  time: 'Time',
  round: (number: number) => `round ${number}`,
  beforeRounds: 'before round 1',
  live: 'Live',
  end: 'End',
  joins: (peer: string) => `${peer} joins`,
  leaves: (peer: string) => `${peer} leaves`,
  moment: (clock: string, round: string) => `${clock}, ${round}`,
  present: 'Presentation',
  partsLabel: 'Shown parts',
  parts: { graph: 'Graph', neighbours: 'Neighbours', deck: 'Details' },
  leavePresentation: 'Leave presentation',
  resize: (panel: string) => `Size of ${panel}`,
} as const;
