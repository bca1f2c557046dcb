import type { Found, SwarmSummary } from '../../src-shared/contract.ts';
import { RefusedError } from '../../src-shared/contract.ts';
import type {
  FileView,
  NearbyMachine,
  NearbyView,
  NetworkView,
  SharePeerView,
  ShareSummary,
  ShareView,
  TorrentView,
  TrackerView,
} from '../../src-shared/share.ts';
import type { FakeOptions } from './fake-bridge.ts';
import { place, situation, swarmSummary } from './scenes.ts';

/** Made-up states of shares, for looking at every page without an app and for tests. */

export const shareHash = 'c12fe1c06bba254a9dc9f519b335aa7c1367a88a';
const now = Date.UTC(2026, 0, 15, 12, 0, 0);

export function magnetOf(name: string, infoHash = shareHash): string {
  return `magnet:?xt=urn:btih:${infoHash}&dn=${encodeURIComponent(name)}`;
}

export function shareSummary(change: Partial<ShareSummary> = {}): ShareSummary {
  return {
    infoHash: shareHash,
    activity: 'downloading',
    workProgress: null,
    problem: null,
    totalLength: 4_700_000_000,
    wantedLength: 4_700_000_000,
    haveLength: 3_100_000_000,
    fileCount: 1,
    isPrivate: false,
    downBytesPerSecond: 94_000_000,
    upBytesPerSecond: 12_000_000,
    downloadedBytes: 3_100_000_000,
    uploadedBytes: 912_000_000,
    etaMs: 17_000,
    peers: 6,
    seeds: 2,
    magnet: magnetOf('ubuntu-lab-image.iso'),
    queuePosition: null,
    addedAtMs: now,
    ...change,
  };
}

export function shareSwarm(
  swarm: string,
  name: string,
  change: Partial<ShareSummary> = {},
  more: Partial<SwarmSummary> = {},
): SwarmSummary {
  return swarmSummary({
    swarm,
    kind: 'share',
    name,
    folder: '/home/lab/Downloads',
    firstPeer: '1',
    peers: [{ peer: '1', status: 'running', problem: null, situation: null, uploadBytesPerSecond: null }],
    share: shareSummary({ magnet: magnetOf(name), ...change }),
    ...more,
  });
}

const shareSituation = situation({
  isShare: true,
  self: '1',
  name: 'ubuntu-lab-image.iso',
  totalLength: 4_700_000_000,
  pieceCount: 1121,
  haveCount: 740,
  haveBytes: 3_100_000_000,
  neighbours: 6,
  connected: 6,
  incomplete: ['lab-02', 'lab-03', 'lab-04', 'lab-05'],
  sources: ['lab-01', 'lab-06', 'lab-02', 'lab-03'],
  chokingUs: ['lab-04'],
  preferred: ['lab-02', 'lab-03'],
  optimistic: null,
});

const idle = { downBytesPerSecond: 0, upBytesPerSecond: 0, etaMs: null, peers: 0, seeds: 0 } as const;

/** One share in each state. */
export const shareSwarms: readonly SwarmSummary[] = [
  shareSwarm(
    'ubuntu',
    'ubuntu-lab-image.iso',
    {},
    {
      peers: [
        {
          peer: '1',
          status: 'running',
          problem: null,
          situation: shareSituation,
          uploadBytesPerSecond: null,
        },
      ],
    },
  ),
  shareSwarm('week', 'Week 07 dataset', {
    ...idle,
    activity: 'seeding',
    totalLength: 812_000_000,
    wantedLength: 812_000_000,
    haveLength: 812_000_000,
    fileCount: 214,
    upBytesPerSecond: 29_000_000,
    peers: 6,
    seeds: 4,
  }),
  shareSwarm('recordings', 'Lecture recordings', {
    ...idle,
    activity: 'failed',
    problem: 'The disk is full: 1.2 GB more are needed on drive D.',
    haveLength: 1_900_000_000,
    totalLength: 5_200_000_000,
    wantedLength: 5_200_000_000,
    fileCount: 38,
  }),
  shareSwarm('toolchain', 'compiler-toolchain.tar.zst', {
    ...idle,
    activity: 'hashing',
    workProgress: 0.43,
    infoHash: '',
    magnet: null,
    totalLength: 1_402_331_113,
    haveLength: 0,
  }),
  shareSwarm('link', 'something asked for by its link', {
    ...idle,
    activity: 'metadata',
    workProgress: 0,
    totalLength: 0,
    wantedLength: 0,
    haveLength: 0,
    fileCount: 0,
  }),
  shareSwarm('check', 'course-vm.ova', {
    ...idle,
    activity: 'checking',
    workProgress: 0.81,
    totalLength: 9_800_000_000,
    wantedLength: 9_800_000_000,
    haveLength: 4_100_000_000,
  }),
  shareSwarm('queued', 'maps-florida.mbtiles', {
    ...idle,
    activity: 'queued',
    queuePosition: 2,
    totalLength: 2_200_000_000,
    wantedLength: 2_200_000_000,
    haveLength: 0,
  }),
  shareSwarm('paused', 'Project photos of everybody who was there, taken by the tutors of both groups', {
    ...idle,
    activity: 'paused',
    totalLength: 640_000_000,
    wantedLength: 640_000_000,
    haveLength: 240_000_000,
    fileCount: 214,
    isPrivate: true,
  }),
  shareSwarm('stalled', 'robotics-firmware.zip', {
    ...idle,
    totalLength: 64_000_000,
    wantedLength: 64_000_000,
    haveLength: 61_000_000,
  }),
];

function machine(name: string, last: number, shares: NearbyMachine['shares']): NearbyMachine {
  return { name, address: `10.14.3.${last}:6881`, isTyped: false, problem: null, shares };
}

function offered(
  name: string,
  totalLength: number,
  fileCount: number,
  progress = 1,
  listedAs: string | null = null,
) {
  let infoHash = '';
  for (const letter of name.padEnd(20, '-')) infoHash += letter.charCodeAt(0).toString(16).padStart(2, '0');
  return {
    infoHash: infoHash.slice(0, 40),
    name,
    totalLength,
    fileCount,
    progress,
    addedAtMs: now,
    listedAs,
  };
}

export const nearbyView: NearbyView = {
  machines: [
    machine('lab-07', 27, [
      offered('compiler-toolchain.tar.zst', 1_402_331_113, 1),
      offered('Assignment 4 starter', 12_000_000, 86),
      offered('ubuntu-lab-image.iso', 4_700_000_000, 1, 1, 'ubuntu'),
    ]),
    machine('lab-staff', 2, [
      offered('Assignment 4 starter', 12_000_000, 86),
      offered('Lecture 12 slides.pdf', 8_100_000, 1),
    ]),
    machine('lab-02', 22, [
      offered('course-vm.ova', 9_800_000_000, 1, 0.62),
      offered('compiler-toolchain.tar.zst', 1_402_331_113, 1, 0.4),
    ]),
    machine('lab-11', 31, [offered('Project photos', 640_000_000, 214)]),
    {
      name: '',
      address: '10.20.0.5',
      isTyped: true,
      problem: 'It does not answer: is Piecewise running there, and does its firewall let port 6881 in?',
      shares: [],
    },
  ],
};

export const networkView: NetworkView = {
  computer: 'lab-01',
  listenPort: 6881,
  addresses: [
    { address: '10.14.3.21', interface: 'Ethernet' },
    { address: 'fe80::a00:27ff:fe4e:66a1', interface: 'Ethernet' },
    { address: '192.168.56.1', interface: 'VirtualBox Host-Only' },
  ],
  mechanisms: [
    {
      mechanism: 'listening',
      state: 'working',
      message: 'Others can connect to port 6881; 4 have done so.',
      found: 4,
      lastAtMs: now,
    },
    {
      mechanism: 'local-discovery',
      state: 'working',
      message: 'Heard on 2 of 2 networks.',
      found: 6,
      lastAtMs: now,
    },
    {
      mechanism: 'catalogue',
      state: 'quiet',
      message:
        'Nobody has answered yet. Networks that keep computers apart let no call through; enter an address.',
      found: 0,
      lastAtMs: null,
    },
    { mechanism: 'typed', state: 'trying', message: '10.20.0.5 is asked again.', found: 0, lastAtMs: null },
    {
      mechanism: 'trackers',
      state: 'failed',
      message: 'tracker.lab:6969 does not answer: start it, or take it off the share.',
      found: 0,
      lastAtMs: now - 42_000,
    },
    { mechanism: 'own-tracker', state: 'off', message: '', found: null, lastAtMs: null },
    { mechanism: 'peer-exchange', state: 'working', message: '', found: 3, lastAtMs: now - 9_000 },
    { mechanism: 'dht', state: 'off', message: '', found: null, lastAtMs: null },
    { mechanism: 'port-mapping', state: 'off', message: '', found: null, lastAtMs: null },
  ],
};

/** Files of a share with offsets, one after the other. */
export function filesOf(files: readonly { readonly path: string; readonly length: number }[]): FileView[] {
  let offset = 0;
  return files.map(({ path, length }) => {
    const file = { path, length, offset };
    offset += length;
    return file;
  });
}

const datasetFiles = [
  { path: 'Week 07 dataset/readme.md', length: 4_120 },
  ...Array.from({ length: 24 }, (_, at) => ({
    path: `Week 07 dataset/frames/frame-${String(at + 1).padStart(3, '0')}.png`,
    length: 18_000_000 + at * 310_000,
  })),
  { path: 'Week 07 dataset/labels/train.json', length: 42_000_000 },
  { path: 'Week 07 dataset/labels/test.json', length: 12_400_000 },
  { path: 'Week 07 dataset/labels/notes/changes since last year, with reasons.txt', length: 800 },
];

export const torrentView: TorrentView = {
  infoHash: shareHash,
  name: 'Week 07 dataset',
  totalLength: datasetFiles.reduce((sum, { length }) => sum + length, 0),
  pieceLength: 2 ** 19,
  pieceCount: 1109,
  isPrivate: false,
  comment: 'Frames and labels of the seventh week.',
  files: datasetFiles,
  trackers: [['http://tracker.lab:6969/announce', 'udp://tracker.lab:6969/announce']],
  notices: [],
  listedAs: null,
};

export const torrentFound: Extract<Found, { kind: 'torrent' }> = {
  kind: 'torrent',
  place: place('week-07.torrent', 'torrent'),
  torrent: torrentView,
};

/** 100,000 files in 400 folders. */
export const hugeTorrent: TorrentView = {
  ...torrentView,
  name: 'ImageNet subset',
  files: Array.from({ length: 100_000 }, (_, at) => ({
    path: `ImageNet subset/class-${String(at % 400).padStart(3, '0')}/image-${at}.jpg`,
    length: 90_000 + ((at * 7919) % 60_000),
  })),
  notices: [
    '"con.txt" was renamed to "_con.txt", which every system can write.',
    '2 names were too long and are cut.',
  ],
};

export const trackerViews: readonly TrackerView[] = [
  {
    url: 'http://tracker.lab:6969/announce',
    tier: 0,
    state: 'working',
    message: '',
    seeders: 4,
    leechers: 12,
    peers: 15,
    lastAnnounceAtMs: now - 95_000,
    nextAnnounceAtMs: now + 1_705_000,
  },
  {
    url: 'udp://tracker.lab:6969/announce',
    tier: 0,
    state: 'idle',
    message: '',
    seeders: null,
    leechers: null,
    peers: null,
    lastAnnounceAtMs: null,
    nextAnnounceAtMs: null,
  },
  {
    url: 'https://a.very.long.name.of.a.tracker.example.org:8443/with/a/path/and/more/announce?passkey=0123456789abcdef',
    tier: 1,
    state: 'failed',
    message: 'It does not answer: connection refused.',
    seeders: null,
    leechers: null,
    peers: null,
    lastAnnounceAtMs: now - 12_000,
    nextAnnounceAtMs: now + 48_000,
  },
];

/** Nine peers of the recorded run, as clients that meet in a lab. */
export const sharePeers: readonly SharePeerView[] = [
  ['2', '10.14.3.22:6881', 'Piecewise 0.1', 'dialled', 'local discovery'],
  ['3', '10.14.3.23:51413', 'Transmission 3.00', 'dialled', 'tracker'],
  ['4', '10.14.3.24:6881', 'Piecewise 0.1', 'accepted', 'incoming'],
  ['5', '10.14.3.25:40112', 'qBittorrent 4.5.2', 'accepted', 'incoming'],
  ['6', '10.14.3.27:6881', 'Piecewise 0.1', 'dialled', 'local discovery'],
  ['7', '10.14.3.31:6881', 'libtorrent 2.0.8', 'dialled', 'peer exchange'],
  ['8', '192.168.56.7:6889', 'aria2 1.36', 'dialled', 'peer exchange'],
  ['9', '10.14.3.40:6881', '', 'accepted', 'incoming'],
].map(([peer = '', address = '', client = '', direction, source = ''], at) => ({
  peer,
  address,
  client,
  direction: direction as 'dialled' | 'accepted',
  source,
  flags: ['D U', 'd', 'u I', 'K I', 'D O L', 'D X', '? X', 'U S I'][at] ?? '',
  flagWords:
    [
      ['sends to us', 'we send to it'],
      ['chokes us, and we want its pieces'],
      ['wants our pieces, and we choke it', 'it connected to us'],
      ['lets us ask, and we want nothing', 'it connected to us'],
      ['sends to us', 'optimistic', 'on this network'],
      ['sends to us', 'told by another peer'],
      ['wants nothing, though we serve it', 'told by another peer'],
      ['we send to it', 'snubbed: nothing came for a minute', 'it connected to us'],
    ][at] ?? [],
  progress: [1, 1, 0.44, 0.12, 0.66, 0.58, 0.9, 0.03][at] ?? 0,
}));

export function shareView(change: Partial<ShareView> = {}): ShareView {
  const files = filesOf(datasetFiles);
  const pieceCount = 1109;
  const have = new Uint8Array(Math.ceil(pieceCount / 8));
  for (let piece = 0; piece < pieceCount; piece += 1) {
    if (piece < 420 || (piece * 7919) % 100 < 38) have[piece >> 3]! |= 0x80 >> (piece & 7);
  }
  const priorities = new Uint8Array(files.length).fill(2);
  priorities[0] = 3;
  priorities[files.length - 2] = 0;
  return {
    summary: shareSummary({ fileCount: files.length }),
    folder: '/home/lab/Downloads',
    pieceLength: 2 ** 19,
    pieceCount,
    comment: 'Frames and labels of the seventh week.',
    createdBy: 'Piecewise 0.1',
    createdAtMs: now,
    files,
    priorities,
    have,
    trackers: trackerViews,
    peers: sharePeers,
    sequential: false,
    seedRatio: null,
    uploadBytesPerSecond: null,
    downloadBytesPerSecond: 4_000_000,
    ...change,
  };
}

/** 100,000 files in 100,000 pieces, of which a third are here. */
export function hugeShareView(): ShareView {
  const files = filesOf(hugeTorrent.files);
  const pieceCount = 100_000;
  const last = files.at(-1)!;
  return shareView({
    files,
    pieceCount,
    pieceLength: Math.ceil((last.offset + last.length) / pieceCount),
    priorities: new Uint8Array(files.length).fill(2),
    have: new Uint8Array(pieceCount / 8).fill(0xff, 0, 4000),
  });
}

/** Answers of an app that makes and takes shares. */
export const shareAnswers: NonNullable<FakeOptions['answers']> = {
  shareFiles: () => ({ swarm: 'toolchain' }),
  readMagnet: ({ link }) => {
    if (!/btih:[\da-z]{32,40}/i.test(link)) {
      throw new RefusedError('set-up', 'The link has no info-hash, so nobody can tell what it means.');
    }
    return {
      infoHash: shareHash,
      name: /dn=([^&]*)/.exec(link)?.[1]?.replaceAll('%20', ' ') ?? '',
      trackers: link.includes('tr=') ? ['http://tracker.lab:6969/announce'] : [],
      listedAs: link.includes('ubuntu') ? 'ubuntu' : null,
    };
  },
  addTorrent: () => ({ swarm: 'week' }),
  addMagnet: () => ({ swarm: 'link' }),
  takeNearby: () => ({ swarm: 'link' }),
  addMachine: () => ({}),
  removeMachine: () => ({}),
  addPeer: () => ({}),
  pauseShare: () => ({}),
  resumeShare: () => ({}),
  recheckShare: () => ({}),
  removeShare: () => {
    throw new RefusedError('set-up', 'Two of its files could not be deleted.', [
      'frames/frame-003.png is open in another program: close it, then remove the share again.',
    ]);
  },
  limitShare: () => ({}),
  setFilePriorities: () => ({}),
  setShareOptions: () => ({}),
  moveInQueue: () => ({}),
  announceNow: () => ({}),
  saveTorrent: () => ({ path: '/home/lab/Downloads/Week 07 dataset.torrent' }),
};
