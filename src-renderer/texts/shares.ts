import { formatBytes } from '../../src-shared/units.ts';
import { plural } from './common.ts';

/** A number with its thousands apart: "1,221". */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

export function filesOf(count: number): string {
  return `${grouped(count)} ${count === 1 ? 'file' : 'files'}`;
}

function piecesOf(count: number, length: number): string {
  return `${grouped(count)} ${count === 1 ? 'piece' : 'pieces'} of ${formatBytes(length).replace('.0 ', ' ')}`;
}

/** Making shares, adding them, and what can be done with them. */
export const sharesTexts = {
  make: {
    title: (name: string) => `Share ${name}`,
    titleOfSeveral: (count: number) => `Share ${grouped(count)} things together`,
    about: 'Every computer in the room that runs Piecewise sees it under Nearby and can fetch it.',
    elsewhere: 'Everybody else can with its link, in any BitTorrent client.',
    aboutPrivate: 'Only computers that its trackers name can fetch it, with its link or its .torrent.',
    stays: 'The files stay where they are.',
    copied: 'A browser cannot share files where they lie, so this is a copy; it stays until you delete it.',
    copiedFolder:
      'A browser cannot share files where they lie, so this is a copy, without hidden files; it stays until you delete it.',
    share: 'Share it',
    course: 'Make a course swarm instead',
    size: 'Size',
    files: 'Files',
    pieces: 'Pieces',
    notCounted: 'counted while it is read',
    willBe: (count: number, length: number, isChosen: boolean) =>
      isChosen ? piecesOf(count, length) : `${piecesOf(count, length)}, chosen by size`,
    name: 'Name',
    nameHint: 'They lie in a folder of this name on the other computers.',
    and: (count: number) => `and ${grouped(count)} more`,
    advanced: 'Trackers, private, piece length',
    pieceLength: 'Piece length',
    byItself: (length: number | null) =>
      length === null ? 'By the size' : `By the size, ${formatBytes(length).replace('.0 ', ' ')}`,
    bySize: 'Smaller pieces can be passed on sooner; larger ones make a shorter description.',
    isPrivate: 'Private',
    privateHint: 'Only peers that its trackers name take part: it is not shown under Nearby or told on.',
    trackers: 'Trackers',
    trackersHint:
      'One address on each line; an empty line begins the next tier, which is asked when the first fails.',
    problems: {
      name: 'A name without slashes, of up to 200 characters.',
      tracker: (line: number) =>
        `Line ${line} is no tracker address: it begins with http://, https:// or udp://.`,
      tooMany: 'At most 50 tiers of 50 trackers.',
      tooManyPieces: 'Too many pieces; take longer ones.',
    },
  },
  link: {
    title: (name: string) => `Link to ${name}`,
    text: 'Opens in Piecewise and in any BitTorrent client.',
    label: 'Link',
    copy: 'Copy link',
    copied: 'The link is on the clipboard.',
    notCopied: 'The link could not be put on the clipboard; select it and copy it.',
    show: 'Show the QR code',
    shortShow: 'QR code',
    code: 'QR code of the link',
    cut: 'The code leaves some trackers out, so that it can be read from afar; the link has them all.',
    ready: 'It is shared',
    readyText: 'Other computers see it under Nearby. For everybody else, here is the link:',
    readyPrivateText: 'It is not shown under Nearby. For those who may have it, here is the link:',
    dismiss: 'Dismiss',
  },
  menu: {
    pause: 'Pause',
    resume: 'Resume',
    copyLink: 'Copy link',
    qr: 'Show the QR code',
    openFolder: 'Show folder',
    saveTorrent: 'Save as .torrent',
    recheck: 'Check the files again',
    recheckHint: 'Compares every piece with its hash',
    top: 'To the top of the queue',
    up: 'Up in the queue',
    down: 'Down in the queue',
    bottom: 'To the end of the queue',
    saveJournal: 'Save as journal',
    remove: 'Remove from the list …',
    noLink: 'There is no link yet',
  },
  savedTorrent: (path: string) => `The .torrent is ${path}.`,
  pauseNamed: (name: string) => `Pause ${name}`,
  resumeNamed: (name: string) => `Resume ${name}`,
  copyNamed: (name: string) => `Copy the link to ${name}`,
  qrNamed: (name: string) => `Show the QR code of ${name}`,
  isPrivate: 'Private',
  privateTitle: 'Only peers that its trackers name take part.',
  files: filesOf,
  remove: {
    title: (name: string) => `Remove ${name} from the list?`,
    how: 'What happens to its files',
    keep: 'Keep the files',
    keepText: (folder: string) => `They stay in ${folder}; it can be added again without fetching them.`,
    drop: 'Delete the files, too',
    dropText: (bytes: number, count: number, folder: string) =>
      `${formatBytes(bytes)} in ${filesOf(count)} go from ${folder}, for good. Nothing else there is touched.`,
    unmadeText: (folder: string) => `Its files stay in ${folder}.`,
    unmadeCopyText:
      'If it was dropped here, that copy is deleted. Files that were chosen on this computer stay where they are.',
    dropTextUnknown: (folder: string) => `What is here of it goes from ${folder}, for good.`,
    dropOwn: 'It was complete here: others that have only part of it may be left without the rest.',
    button: 'Remove',
    dangerButton: (bytes: number) =>
      bytes > 0 ? `Remove and delete ${formatBytes(bytes)}` : 'Remove and delete',
  },
  magnet: {
    title: 'Fetch by link',
    link: 'Magnet link',
    placeholder: 'magnet:?xt=urn:btih:…',
    hint: 'Paste it here, or anywhere in the window.',
    orTorrent: 'Choose a .torrent file',
    noMagnet: 'This is no magnet link: it begins with "magnet:?".',
    name: 'Name',
    nameless: 'told when others are found',
    infoHash: 'Info-hash',
    trackers: 'Trackers',
    noTrackers: 'none; peers are found in the room and by asking each other',
    fetch: 'Fetch',
    addPaused: 'Add',
    listed: (name: string) => `${name} is on your list already.`,
    go: 'Go there',
    reading: 'Reading the link …',
    noPlace: 'What was dropped is neither a file nor a magnet link.',
  },
  torrent: {
    title: (name: string) => `Fetch ${name}`,
    summary: (size: number, files: number, pieces: number, pieceLength: number) =>
      `${formatBytes(size)} in ${filesOf(files)}, ${piecesOf(pieces, pieceLength)}`,
    fetch: (bytes: number) => `Fetch ${formatBytes(bytes)}`,
    add: 'Add, paused',
    files: 'Files',
    wanted: (bytes: number, count: number, all: number) =>
      count === all ? `all ${filesOf(all)}` : `${grouped(count)} of ${filesOf(all)}, ${formatBytes(bytes)}`,
    everything: 'All',
    nothing: 'None',
    nothingWanted: 'Choose a file at least, or add it paused.',
    find: 'Find a file',
    folder: 'Into',
    chooseFolder: 'Choose …',
    usualFolder: 'Use the usual one',
    sequential: 'In order, first to last',
    sequentialHint: 'To begin with a film or an archive before it is complete; helps others less.',
    paused: 'Add it paused',
    checkFirst: 'Files that are there already are checked and not fetched again.',
    fileCount: (count: number) => `${plural(count, 'file', 'files')}`,
  },
  tree: {
    label: 'Files',
    help: 'Arrow keys move, Left and Right close and open a folder, Space chooses.',
    item: (name: string, size: number, count: number | null) =>
      count === null
        ? `${name}, ${formatBytes(size)}`
        : `${name}, folder of ${filesOf(count)}, ${formatBytes(size)}`,
    empty: 'No file is called that.',
    name: 'Name',
    size: 'Size',
  },
} as const;
