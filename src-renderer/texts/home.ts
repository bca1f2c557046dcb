import { listed } from '../../src-shared/listed.ts';
import type { Sentence } from '../../src-shared/sentence.ts';
import { formatBytes, formatShortRate } from '../../src-shared/units.ts';
import { plural } from './common.ts';

interface DemoCounts {
  readonly all: number;
  readonly running: number;
  readonly complete: number;
  readonly waiting: readonly string[];
  readonly killed: readonly string[];
}

interface Totals extends Record<'all' | 'active' | 'down' | 'up', number> {
  readonly areShares: boolean;
}

export const homeTexts = {
  title: 'Home',
  nothing: 'Nothing is shared on this computer yet.',
  totals: ({ all, active, down, up, areShares }: Totals) => {
    const one = areShares ? 'share' : 'swarm';
    const swarms =
      active === all
        ? all === 1
          ? `One ${one} is active`
          : `All ${all} ${one}s are active`
        : active === 0
          ? all === 1
            ? `The ${one} is not active`
            : `None of the ${all} ${one}s is active`
          : `${active} of ${all} ${one}s ${active === 1 ? 'is' : 'are'} active`;
    return active === 0
      ? `${swarms}.`
      : `${swarms}; ${formatShortRate(down)} down, ${formatShortRate(up)} up in all.`;
  },
  dismiss: 'Dismiss',
  addLink: 'Fetch by link or .torrent',
  joinCourse: 'Open a course folder',
  openJournal: 'Open a journal',
  dropLabel: 'Share a file',
  dropTitle: 'Drop a file or folder to share it',
  dropText: 'Every computer in the room can then fetch it.',
  dropLocal: 'Nothing leaves the local network.',
  chooseFile: 'Choose a file',
  chooseFileKey: 'Ctrl O',
  chooseFolder: 'Choose a folder',
  groups: {
    course: { title: 'Course swarms', subtitle: 'from Common.cfg and PeerInfo.cfg' },
    demo: { title: 'Demos', subtitle: 'several peers on this computer' },
    replay: { title: 'Replays', subtitle: 'from journal files' },
    share: { title: 'Shares', subtitle: 'files and folders, over BitTorrent' },
  },
  shares: {
    find: 'Find a share',
    findLabel: 'Find one of the shares',
    noneFound: (text: string) => `No share is called "${text}".`,
    order: 'Order of the shares',
    orders: {
      queue: 'As queued',
      newest: 'Newest first',
      name: 'By name',
      state: 'By state',
    },
    all: 'All shares together',
    pauseAll: 'Pause all',
    resumeAll: 'Resume all',
    several: (count: number) => plural(count, 'share', 'shares'),
  },
  steps: {
    title: 'How a file reaches every computer',
    hide: 'Hide',
    all: [
      {
        title: 'Drop it here',
        text: 'Piecewise cuts it into pieces and remembers a fingerprint of each.',
      },
      {
        title: 'The others see it and press Fetch',
        text: 'It appears under Nearby on every computer that runs Piecewise, and has a link for the others.',
      },
      {
        title: 'Watch the pieces travel',
        text: 'Each computer passes on what it has, so more of them make it faster.',
      },
    ],
  },
  labCard: {
    title: 'Plan a lab',
    text: 'A course swarm over several machines: folders, start scripts, and a report after.',
    button: 'Plan a lab',
  },
  demoCard: {
    title: 'No second computer at hand?',
    text: 'A demo runs several peers on this one, slowly enough to watch: choking, rarest first, a late start.',
    button: 'Watch a demo',
  },
  recent: {
    title: 'Recent folders',
    subtitle: 'started here before',
    peer: (peer: string) => `as peer ${peer}`,
    open: 'Open',
    openNamed: (name: string) => `Open ${name}`,
  },
  peer: (peer: string) => `Peer ${peer}`,
  peers: (count: number) => plural(count, 'peer', 'peers'),
  progressOf: (name: string) => `Progress of ${name}`,
  percent: (share: number) => `${Math.floor(share * 100)} %`,
  down: 'Down',
  up: 'Up',
  connected: 'Connected',
  peersLabel: 'Peers',
  running: 'Running',
  noRate: '–',
  ofAll: (some: number, all: number) => `${some} of ${all}`,
  bytes: (bytes: number) => formatBytes(bytes),
  /** "2.9 of 4.4 GiB", "57 MiB of 4.4 GiB": room is short, so three figures, and the unit once where that says enough. */
  bytesOf: (have: number, all: number) => {
    const whole = withThreeFigures(all);
    if (have === all) return whole;
    const [number = '', unit = ''] = withThreeFigures(have).split(' ');
    const [wholeNumber, wholeUnit] = formatBytes(all).split(' ');
    if (have === 0 || unit === wholeUnit) return `${number} of ${whole}`;
    const inItsUnit = (have / all) * Number(wholeNumber);
    return `${inItsUnit < 0.1 ? `${Math.floor(Number(number))} ${unit}` : inItsUnit.toFixed(1)} of ${whole}`;
  },
  peerCount: (count: number) => String(count),
  countedPieces: (have: number, all: number) => `${have} of ${all}`,
  countedPeers: (complete: number, all: number) => `${complete} of ${plural(all, 'peer', 'peers')}`,
  more: (name: string) => `More about ${name}`,
  menu: {
    open: 'Open',
    stop: 'Stop',
    saveJournal: 'Save as journal',
    showFolder: 'Show folder',
    remove: 'Remove from the list',
  },
  saved: (path: string) => `The journal is in ${path}.`,
  notices: (count: number) => plural(count, 'notice', 'notices'),
  remove: {
    title: (name: string) => `Remove ${name}?`,
    running: 'It is running: it is stopped tidily first. Its files stay where they are.',
    ended: 'Its files stay where they are.',
    demo: 'Its peers are stopped and its made-up files are deleted, unless a journal was saved beside them.',
    button: 'Remove',
    stopAndRemove: 'Stop and remove',
  },
  /** In words for those who cannot see it. */
  announce: (name: string, lead: string) => `${name}: ${lead}.`,
  starting: (isRunning: boolean): Sentence => ({ lead: isRunning ? 'Starting' : 'Not started', rest: '' }),
  /** A recorded run whose journal does not tell its end. */
  brokenOff: (share: number): Sentence => ({
    lead: 'Recorded',
    rest: `; the journal breaks off at ${Math.floor(share * 100)} %`,
  }),
  brokenOffShort: (share: number) => `Breaks off at ${Math.floor(share * 100)} %`,
  startingShort: (isRunning: boolean) => (isRunning ? 'Starting' : 'Not started'),
  failed: (problem: string | null): Sentence => ({
    lead: 'Failed',
    rest: problem === null ? '; the app does not know why' : `: ${problem}`,
  }),
  failedShort: 'Failed',
  demo: ({ all, running, complete, waiting, killed }: DemoCounts): Sentence => {
    const missing =
      waiting.length > 0
        ? `; ${listed(waiting)} ${waiting.length === 1 ? 'waits' : 'wait'} to be started`
        : killed.length > 0
          ? `; ${listed(killed)} ${killed.length === 1 ? 'was' : 'were'} killed`
          : '';
    if (complete === all) return { lead: 'Complete', rest: `; all ${all} peers have the whole file` };
    const haveAll = `${complete} of ${all} peers ${complete === 1 ? 'has' : 'have'} the whole file`;
    return running === 0 ? { lead: 'Stopped', rest: `; ${haveAll}` } : { lead: haveAll, rest: missing };
  },
  demoFailed: (peer: string, problem: string | null): Sentence => ({
    lead: `${peer} failed`,
    rest: problem === null ? '; the app does not know why' : `: ${problem}`,
  }),
  demoShort: ({ all, running, complete }: DemoCounts) =>
    complete === all ? 'Complete everywhere' : running === 0 ? 'Stopped' : `${complete} of ${all} complete`,
} as const;

/** "2.9 GiB", "774 MiB". */
function withThreeFigures(bytes: number): string {
  return formatBytes(bytes).replace(/(\d{3})\.\d /, '$1 ');
}
