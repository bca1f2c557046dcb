import type { FilePriority, TrackerView } from '../../src-shared/share.ts';
import { formatBytes, formatDuration } from '../../src-shared/units.ts';
import { plural } from './common.ts';
import { filesOf, grouped } from './shares.ts';

const priorities: Readonly<Record<FilePriority, string>> = {
  skip: 'Not wanted',
  low: 'Low',
  normal: 'Normal',
  high: 'High',
};

const trackerStates: Readonly<Record<TrackerView['state'], string>> = {
  idle: 'Not asked yet',
  announcing: 'Asking',
  working: 'Working',
  failed: 'Failed',
};

/** What the page of a share has beside that of every swarm. */
export const sharePageTexts = {
  tabsLabel: 'Parts of the share',
  tabs: {
    swarm: 'Swarm',
    files: 'Files',
    trackers: 'Trackers',
    peers: 'Peers',
    details: 'Details',
  },
  pause: 'Pause',
  resume: 'Resume',
  more: 'More',
  facts: (size: number, files: number) =>
    files > 1 ? `${formatBytes(size)} in ${filesOf(files)}` : formatBytes(size),
  here: (have: number, wanted: number) =>
    have === wanted ? formatBytes(wanted) : `${formatBytes(have)} of ${formatBytes(wanted)}`,
  unknownYet: 'It is not known yet what the link holds.',
  noRun: 'Nothing travels at the moment',
  noRunText: 'What happens between the peers is shown here while the share runs.',
  loading: 'Asking the app …',
  files: {
    title: 'Files',
    summary: (wanted: number, all: number, bytes: number) =>
      wanted === all
        ? all === 1
          ? filesOf(1)
          : `all ${filesOf(all)}`
        : `${grouped(wanted)} of ${filesOf(all)} wanted, ${formatBytes(bytes)}`,
    find: 'Find a file',
    sequential: 'In order',
    sequentialTitle:
      'Fetches pieces from first to last, to begin with a film or an archive early; helps others less.',
    heads: ['Name', 'What is here', 'Done', 'Size', 'Priority'],
    priority: 'Priority',
    priorityOf: (name: string) => `Priority of ${name}`,
    priorities,
    mixed: 'Mixed',
    item: (name: string, size: number, count: number | null, percent: number, priority: string) =>
      `${name}${count === null ? '' : `, folder of ${filesOf(count)}`}, ${formatBytes(size)}, ${percent} %, ${priority.toLowerCase()}`,
    keys: 'Keys: H high, N normal, L low, S or Space not wanted',
    percent: (percent: number) => `${percent} %`,
    none: 'The files are told when somebody is found who knows them.',
    notRead: 'The files are listed here once they are read.',
  },
  trackers: {
    title: 'Trackers',
    summary: (count: number, tiers: number) =>
      count === 0
        ? 'none'
        : tiers === 1
          ? plural(count, 'tracker', 'trackers')
          : `${count} in ${tiers} tiers`,
    heads: ['Tier', 'Tracker', 'State', 'Seeders', 'Leechers', 'Peers told', 'Last', 'Next'],
    states: trackerStates,
    announce: 'Ask now',
    edit: 'Edit the list',
    empty: 'This share has no tracker',
    emptyText:
      'Peers are found in the room, by asking each other, and by the link. A tracker brings together those that do not see each other.',
    emptyPrivate: 'It is private, so that without a tracker nobody finds it. Add one.',
    never: '–',
    ago: (ms: number) => `${formatDuration(wholeSeconds(ms))} ago`,
    in: (ms: number) => `in ${formatDuration(wholeSeconds(ms))}`,
    now: 'now',
    dialogTitle: 'Trackers of this share',
    save: 'Save',
  },
  peers: {
    add: 'Add a peer',
    dialogTitle: 'Add a peer',
    text: 'The address of a computer that has this share, or part of it.',
    label: 'Address and port',
    placeholder: '10.14.3.7:6881',
    problem: 'An address with its port, such as 10.14.3.7:6881.',
    button: 'Add',
    added: (address: string) => `${address} is being asked.`,
  },
  details: {
    about: 'About',
    name: 'Name',
    infoHash: 'Info-hash',
    link: 'Link',
    copy: 'Copy',
    copyHash: 'Copy the info-hash',
    copied: 'Copied.',
    size: 'Size',
    pieces: 'Pieces',
    piecesOf: (count: number, length: number) =>
      `${grouped(count)} of ${formatBytes(length).replace('.0 ', ' ')}`,
    folder: 'Folder',
    openFolder: 'Show folder',
    isPrivate: 'Private',
    yes: 'Yes: only peers that its trackers name',
    no: 'No',
    comment: 'Comment',
    createdBy: 'Made with',
    createdAt: 'Made',
    addedAt: 'Added',
    none: '–',
    transfer: 'Transfer',
    downloaded: 'Downloaded',
    uploaded: 'Uploaded',
    ratio: 'Ratio',
    limits: 'Limits of this share',
    limitsHint: 'Beside those of Settings; the lower one holds.',
    limitDown: 'Limit its download',
    limitUp: 'Limit its upload',
    download: 'Download',
    upload: 'Upload',
    unit: 'KB/s',
    stopAt: 'Stop sharing at a ratio',
    stopAtHint: 'Pauses it when it has sent so many times its size.',
    ratioField: 'Ratio',
    problems: {
      limit: 'A whole number from 2 KB/s on.',
      ratio: 'A number from 0 to 1,000.',
    },
    saveTorrent: 'Save as .torrent',
  },
} as const;

function wholeSeconds(ms: number): number {
  return Math.max(1, Math.round(ms / 1000)) * 1000;
}
