import type {
  CourseFolder,
  Found,
  Listing,
  PeerSummary,
  Place,
  SwarmSummary,
} from '../../src-shared/contract.ts';
import { RefusedError } from '../../src-shared/contract.ts';
import type { Situation } from '../../src-shared/situation.ts';
import type { FakeOptions } from './fake-bridge.ts';

/** Made-up states of the app, for looking at every page without one and for tests. */

export function situation(change: Partial<Situation> = {}): Situation {
  return {
    isShare: false,
    name: 'TheFile.dat',
    self: '1003',
    outcome: null,
    storageFailure: null,
    totalLength: 10_000_232,
    pieceCount: 306,
    haveCount: 196,
    haveBytes: 196 * 32_768,
    downBytesPerSecond: 59_000,
    upBytesPerSecond: 96_000,
    downloadedBytes: 196 * 32_768,
    uploadedBytes: 5_600_000,
    neighbours: 8,
    connected: 8,
    notStarted: [],
    gone: [],
    away: [],
    quietMs: null,
    incomplete: ['1002', '1004', '1005', '1006', '1007', '1008', '1009'],
    sources: ['1002', '1006', '1007'],
    chokingUs: ['1001', '1004', '1005', '1008', '1009'],
    preferred: ['1004', '1006', '1007'],
    optimistic: '1002',
    unavailable: { count: 0, first: [] },
    unchokingIntervalMs: 5000,
    nextRoundInMs: 3000,
    ...change,
  };
}

export function peerSummary(change: Partial<PeerSummary> = {}): PeerSummary {
  return {
    peer: '1003',
    status: 'running',
    problem: null,
    situation: situation(),
    uploadBytesPerSecond: null,
    ...change,
  };
}

export function swarmSummary(change: Partial<SwarmSummary> = {}): SwarmSummary {
  return {
    swarm: 'the-file',
    kind: 'course',
    name: 'TheFile.dat',
    folder: '/home/lab/course/the-file',
    peers: [peerSummary()],
    firstPeer: '1003',
    notices: [],
    share: null,
    ...change,
  };
}

export function place(name: string, token = name.replace(/\W/g, '-')): Place {
  return { token, name, path: `/home/lab/${name}` };
}

const waiting = situation({
  name: 'tree.jpg',
  self: '1002',
  pieceCount: 1484,
  haveCount: 1484,
  totalLength: 24_301_474,
  haveBytes: 24_301_474,
  downBytesPerSecond: 0,
  upBytesPerSecond: 0,
  neighbours: 5,
  connected: 3,
  notStarted: ['1004', '1006'],
  incomplete: [],
  sources: [],
  chokingUs: [],
  preferred: [],
  optimistic: null,
});

/** A lab in the middle of its day: one swarm of each kind and state. */
export const busySwarms: readonly SwarmSummary[] = [
  swarmSummary(),
  swarmSummary({
    swarm: 'tree',
    name: 'tree.jpg',
    firstPeer: '1002',
    peers: [peerSummary({ peer: '1002', situation: waiting })],
    notices: ['PeerInfo.cfg, line 4: two peers have the same port on different hosts.'],
  }),
  swarmSummary({
    swarm: 'choked',
    name: 'a-very-long-name-of-a-lecture-recording-that-goes-on-and-on-and-on-until-it-ends-at-last.mp4',
    firstPeer: '1005',
    peers: [
      peerSummary({
        peer: '1005',
        situation: situation({
          haveCount: 61,
          sources: [],
          chokingUs: ['1001', '1002', '1003', '1004', '1006', '1007', '1008', '1009'],
          downBytesPerSecond: 0,
          upBytesPerSecond: 0,
        }),
      }),
    ],
  }),
  swarmSummary({
    swarm: 'disk',
    name: 'course-vm.ova',
    firstPeer: '1004',
    peers: [
      peerSummary({
        peer: '1004',
        status: 'ended',
        situation: situation({
          haveCount: 116,
          outcome: 'storage-failed',
          storageFailure: 'peer_1004/course-vm.ova: the disk is full (no space left on device)',
        }),
      }),
    ],
  }),
  swarmSummary({
    swarm: 'port',
    name: 'robotics-firmware.zip',
    firstPeer: '1001',
    peers: [
      peerSummary({
        peer: '1001',
        status: 'failed',
        situation: null,
        problem: 'Port 6001 is in use by another program; choose another one in PeerInfo.cfg.',
      }),
    ],
  }),
  swarmSummary({
    swarm: 'demo',
    kind: 'demo',
    name: 'Demo file',
    firstPeer: '1002',
    peers: ['1001', '1002', '1003', '1004', '1005', '1006', '1007'].map((peer, index) =>
      peerSummary({
        peer,
        status: index === 6 ? 'waiting' : 'running',
        situation:
          index === 6
            ? null
            : situation({ self: peer, haveCount: Math.round((306 * (6 - index)) / 6), pieceCount: 306 }),
      }),
    ),
  }),
  swarmSummary({
    swarm: 'replay',
    kind: 'replay',
    name: 'journal-1003.jsonl',
    peers: [
      peerSummary({
        status: 'ended',
        situation: situation({ haveCount: 306, outcome: 'complete', downBytesPerSecond: 0 }),
      }),
    ],
  }),
];

const common = [
  'NumberOfPreferredNeighbors 3',
  'UnchokingInterval 5',
  'OptimisticUnchokingInterval 15',
  'FileName TheFile.dat',
  'FileSize 10000232',
  'PieceSize 32768',
];
const hosts = ['lab-01', 'lab-01', '10.14.3.21', 'lab-02', 'lab-02', 'lab-02', 'lab-03', 'lab-03', 'lab-03'];
const roster = hosts.map((host, index) => `${1001 + index} ${host} 6008 ${index === 0 ? 1 : 0}`);

export const courseFolder: CourseFolder = {
  kind: 'course-folder',
  place: place('course/the-file'),
  common: {
    lines: common,
    value: {
      preferredNeighbours: 3,
      unchokingIntervalMs: 5000,
      optimisticIntervalMs: 15_000,
      fileName: 'TheFile.dat',
      fileSize: 10_000_232,
      pieceSize: 32_768,
      pieceCount: 306,
    },
    problems: [],
  },
  roster: {
    lines: roster,
    value: hosts.map((host, index) => ({
      peer: String(1001 + index),
      host,
      port: 6008,
      seed: index === 0,
      isHere: index === 2,
      isRunning: index === 1,
    })),
    problems: [{ line: 2, message: 'Peers 1001 and 1002 have the same host and port.', isError: false }],
  },
  guess: '1003',
};

export const brokenFolder: CourseFolder = {
  kind: 'course-folder',
  place: place('course/broken'),
  common: {
    lines: [
      'NumberOfPreferredNeighbors 3',
      'UnchokingIntervall 5',
      ...common.slice(2, 5),
      'PieceSize 32 KiB',
    ],
    value: null,
    problems: [
      {
        line: 2,
        message: '"UnchokingIntervall" is no setting; did you mean UnchokingInterval?',
        isError: true,
      },
      { line: 6, message: 'PieceSize must be a whole number of bytes, 1 or more.', isError: true },
      {
        line: null,
        message: 'UnchokingInterval is missing; add a line such as "UnchokingInterval 5".',
        isError: true,
      },
    ],
  },
  roster: {
    lines: [...roster.slice(0, 3), '1004 lab-02 60o8 0', ...roster.slice(4)],
    value: null,
    problems: [
      { line: 4, message: '"60o8" is no port; take a whole number from 1 to 65535.', isError: true },
    ],
  },
  guess: null,
};

export const plainFile: Extract<Found, { kind: 'file' }> = {
  kind: 'file',
  place: place('compiler-toolchain.tar.zst'),
  size: 1_402_331_113,
  suggestedPieceSize: 2 ** 20,
  suggestedPorts: [6001, 6002, 6003, 6004, 6005],
};

const top: Listing = {
  folder: place('lab', 'top'),
  parent: null,
  cut: false,
  entries: [
    { ...place('course/the-file', 'folder'), name: 'the-file', kind: 'folder', size: 0 },
    { ...place('course/broken', 'broken'), name: 'broken', kind: 'folder', size: 0 },
    ...['lecture-1', 'lecture-2', 'photos'].map(name => ({
      ...place(name),
      kind: 'folder' as const,
      size: 0,
    })),
    { ...place('compiler-toolchain.tar.zst', 'file'), kind: 'file', size: 1_402_331_113 },
    { ...place('journal-1003.jsonl', 'journal'), kind: 'file', size: 430_673 },
    { ...place('notes.txt'), kind: 'file', size: 812 },
  ],
};

/** Answers of an app that finds the above. */
export const answers: NonNullable<FakeOptions['answers']> = {
  choose: ({ what }) => ({ places: [place(what, what)] }),
  browse: ({ folder }) =>
    folder === null || folder === 'top'
      ? top
      : { folder: place(folder, folder), parent: 'top', cut: false, entries: [] },
  look: ({ place: token }) => {
    switch (token) {
      case 'folder':
      case 'course-the-file':
        return courseFolder;
      case 'broken':
      case 'course-broken':
        return brokenFolder;
      case 'file':
        return plainFile;
      case 'journal':
        return { kind: 'journal', place: place('journal-1003.jsonl', 'journal'), size: 430_673 };
      case 'gone':
        throw new RefusedError('unknown', 'This is not there any more.', ['Choose it again.']);
      default:
        return {
          kind: 'nothing',
          place: place('lecture-1', token),
          message: 'The folder has neither Common.cfg nor PeerInfo.cfg.',
        };
    }
  },
  startCourse: () => {
    throw new RefusedError('set-up', 'Peer 1003 could not start.', [
      'Port 6008 is in use by another program: close it, or give the peer another port in PeerInfo.cfg.',
    ]);
  },
  makeCourse: () => {
    throw new RefusedError('set-up', 'The course swarm could not be written.', [
      'The disk is full: 1.3 GiB more are needed in the work folder.',
    ]);
  },
  startDemo: () => {
    throw new RefusedError('set-up', 'The demo could not start.', ['There are not enough free ports.']);
  },
  openJournal: () => ({ swarm: 'replay' }),
  saveJournal: () => ({ file: place('journal-1003.jsonl') }),
  stopSwarm: () => ({}),
  removeSwarm: () => ({}),
  revealFolder: () => {
    throw new RefusedError('unavailable', 'There is no file manager on this computer.', []);
  },
};
