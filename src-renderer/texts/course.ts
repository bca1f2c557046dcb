import { formatBytes } from '../../src-shared/units.ts';
import { plural } from './common.ts';

/** A number with its thousands apart: "1,221". */
function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

/** Opening folders and files, and making course swarms of them. */
export const courseTexts = {
  looking: {
    title: 'Opening',
    text: (name: string) => `Looking at ${name} …`,
    moving: (name: string, share: number) => `Copying ${name} to the app, ${Math.floor(share * 100)} %`,
  },
  whatWasDropped: 'what was dropped',
  refused: { title: 'This could not be opened' },
  nothing: {
    title: (name: string) => `Nothing to do with ${name}`,
    configTitle: (name: string) => `${name} is half of a course swarm`,
    config: 'Choose or drop the folder that holds both Common.cfg and PeerInfo.cfg, not the files alone.',
    folder: 'Choose a folder',
    file: 'Choose a file',
  },
  folder: {
    title: (name: string) => `Start ${name}`,
    titleWithoutName: 'Start a course swarm',
    summary: (size: number, pieces: number, pieceSize: number) =>
      `${formatBytes(size)} in ${grouped(pieces)} ${pieces === 1 ? 'piece' : 'pieces'} of ${formatBytes(pieceSize)}`,
    rounds: (k: number, unchokingMs: number, optimisticMs: number) =>
      `${k} preferred, every ${unchokingMs / 1000} s; optimistic every ${optimisticMs / 1000} s`,
    errors: (count: number) =>
      `${count === 1 ? 'An error stands' : `${count} errors stand`} in the way. Correct the files, then press Read again.`,
    common: 'Common.cfg',
    roster: 'PeerInfo.cfg',
    textOf: (file: string) => `Text of ${file}`,
    error: 'Error',
    notice: 'Notice',
    emptyFile: 'The file is empty.',
    again: 'Read again',
    start: 'Start',
    startAs: (peer: string) => `Start as ${peer}`,
    whichPeer: 'Which peer is this computer?',
    noRoster: 'The peers can be chosen when PeerInfo.cfg has no more errors.',
    guessed: (peer: string) => `${peer} runs at an address of this computer, so it is chosen already.`,
    noGuess: 'No peer has an address of this computer. Choose the one that this computer is to be.',
    here: 'this computer',
    running: 'runs already',
    seed: 'has the file',
    peerAt: (host: string, port: number) => `${host}, port ${port}`,
    noPeerChosen: 'Choose which peer this computer is.',
  },
  file: {
    title: (name: string) => `Make a course swarm of ${name}`,
    instead: 'Share it with any client instead',
    pieceSize: 'Piece size',
    pieces: (count: number, suggested: string | null) =>
      `${grouped(count)} ${count === 1 ? 'piece' : 'pieces'}${suggested === null ? '' : `; ${suggested} is suggested`}`,
    preferred: 'Preferred neighbours',
    unchoking: 'Choke round every',
    optimistic: 'Optimistic draw every',
    seconds: 's',
    peers: 'Peers',
    peersHint: 'Everybody who takes part, in the order of PeerInfo.cfg. A seed has the whole file already.',
    id: 'ID',
    host: 'Host name or address',
    port: 'Port',
    seed: 'Seed',
    idOf: (row: number) => `ID of peer ${row}`,
    hostOf: (row: number) => `Host of peer ${row}`,
    portOf: (row: number) => `Port of peer ${row}`,
    seedOf: (row: number) => `Peer ${row} has the file`,
    remove: (id: string) => `Remove peer ${id}`,
    add: 'Add a peer',
    here: 'this computer',
    make: 'Make the course swarm',
    correct: (count: number) =>
      `${plural(count, 'field needs', 'fields need')} another look before the swarm can be made.`,
  },
  problems: {
    pieceSize: 'A size such as 32 KiB, from 1 byte to 1 GiB.',
    tooManyPieces: (least: string) => `Too many pieces for one swarm; take ${least} or more.`,
    wholeNumber: (least: number, most: number) =>
      `A whole number from ${grouped(least)} to ${grouped(most)}.`,
    seconds: 'Whole seconds, from 1 to 86,400.',
    id: 'A whole number from 1 on, of up to 10 digits.',
    sameId: (id: string) => `Another peer is ${id} already.`,
    host: 'A host name or address without spaces, such as lab-02 or 10.0.0.7.',
    port: 'A port from 1 to 65,535.',
    samePlace: (host: string, port: string) => `Another peer is at ${host}, port ${port} already.`,
    noSeed: 'At least one peer must be a seed: somebody has to have the file.',
    tooFewPeers: 'A swarm needs two peers or more.',
    tooManyPeers: 'A swarm made here has at most 1,000 peers.',
  },
  browse: {
    titles: {
      file: 'Choose a file',
      folder: 'Choose a folder',
      journal: 'Choose a journal',
      torrent: 'Choose a .torrent file',
      plan: 'Choose a plan or PeerInfo.cfg',
      zip: 'Choose a zip',
    },
    subtitle: 'Folders that the app may show; others can be dropped into the window.',
    path: 'Folder',
    list: 'Files and folders',
    empty: 'This folder is empty.',
    cut: 'The folder holds more than can be shown; choose a smaller one.',
    open: 'Open',
    chooseThis: 'Choose this folder',
    /** Names both, since the folder that is shown and the one that is selected in it are easily taken for each other. */
    openNamed: (name: string) => `Open ${name}`,
    chooseNamed: (name: string) => `Choose this folder, ${name}`,
    choose: 'Choose',
    folder: 'Folder',
    loading: 'Reading the folder …',
  },
} as const;
