import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CommandName, isCommand, questions, RefusedError, readQuestion, readTopic } from './contract.ts';

const makeCourse = {
  file: 'f1',
  pieceSize: 16_384,
  preferredNeighbours: 2,
  unchokingSeconds: 5,
  optimisticSeconds: 15,
  peers: [
    { peer: '1001', host: 'lab-01.example', port: 6008, seed: true },
    { peer: '1002', host: '::1', port: 6009, seed: false },
  ],
};

const startDemo = {
  peers: 9,
  seeds: 1,
  late: 2,
  size: 20_971_520,
  pieceSize: 32_768,
  preferredNeighbours: 3,
  unchokingSeconds: 0.5,
  optimisticSeconds: 15,
  strategy: 'rarest',
  uploadLimit: 'paced',
};

const labDraft = {
  plan: [
    { name: 'Übungsraum 1', host: 'lab 02', peers: [{ id: 'wrong', port: '', hasFile: true }] },
    { name: '', host: '', peers: [] },
  ],
  command: 'java peerProcess',
  scripts: 'both',
  fileName: 'TheFile.dat',
  fileSize: 0,
  pieceSize: 32_768,
  preferredNeighbours: 2,
  unchokingSeconds: 5,
  optimisticSeconds: 15,
};

/** A right question of every command. */
const right: Readonly<Record<CommandName, Readonly<Record<string, unknown>>>> = {
  about: {},
  choose: { what: 'folder' },
  browse: { folder: null },
  look: { place: 'a-token_1' },
  startCourse: { folder: 'f1', peer: '1001' },
  makeCourse,
  startDemo,
  openJournal: { file: 'f1' },
  stopSwarm: { swarm: 's1' },
  removeSwarm: { swarm: 's1' },
  saveJournal: { swarm: 's1', peer: '1001' },
  revealFolder: { swarm: 's1' },
  limitPeer: { swarm: 's1', peer: '1001', uploadBytesPerSecond: 65_536 },
  killPeer: { swarm: 's1', peer: '1001' },
  startPeer: { swarm: 's1', peer: '1001' },
  chooseWorkFolder: { place: 'f1' },
  changeSettings: { theme: 'dark', uploadBytesPerSecond: null },
  resetSettings: { names: ['workFolder', 'theme'] },
  shareFiles: { places: ['f1'], name: null, pieceLength: null, isPrivate: false, trackers: [] },
  readMagnet: { link: 'magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567' },
  addTorrent: { file: 'f1', folder: null, skip: [2], sequential: false, paused: false },
  addMagnet: { link: 'magnet:?', folder: null, sequential: true, paused: false },
  takeNearby: { infoHash: '0123456789abcdef0123456789abcdef01234567', folder: null },
  addMachine: { address: 'lab-07' },
  removeMachine: { address: '[fe80::1]:6881' },
  addPeer: { swarm: 's1', address: '192.168.1.7:6881' },
  pauseShare: { swarm: 's1' },
  resumeShare: { swarm: 's1' },
  recheckShare: { swarm: 's1' },
  removeShare: { swarm: 's1', deleteData: false },
  limitShare: { swarm: 's1', uploadBytesPerSecond: null, downloadBytesPerSecond: 65_536 },
  setFilePriorities: { swarm: 's1', files: [0, 3], priority: 'skip' },
  setShareOptions: {
    swarm: 's1',
    sequential: false,
    seedRatio: 1.5,
    trackers: [['udp://tracker.lab:6969/announce']],
  },
  moveInQueue: { swarm: 's1', to: 'top' },
  announceNow: { swarm: 's1' },
  saveTorrent: { swarm: 's1' },
  chooseDownloadFolder: { place: null },
  sampleLab: { machines: 3 },
  openLab: { file: 'f1' },
  previewLab: { draft: labDraft, machine: 0 },
  exportLab: { draft: labDraft, file: null, into: 'f1', as: 'zip' },
  collectLab: { folders: ['f1', 'f2'] },
  revealPlace: { place: 'f1' },
};

const commands = Object.keys(questions) as CommandName[];

function refusalOf(read: () => unknown): RefusedError['refusal'] {
  try {
    read();
  } catch (error) {
    if (error instanceof RefusedError) return error.refusal;
    throw error;
  }
  throw new Error('it was not refused');
}

/** A right question with one value changed; undefined takes it out. */
function changed(command: CommandName, name: string, value: unknown): Record<string, unknown> {
  const { [name]: _old, ...rest } = right[command];
  return value === undefined ? rest : { ...rest, [name]: value };
}

describe('a right question', () => {
  it.each(commands)('to %s is read as it is', command => {
    expect(readQuestion(command, right[command])).toEqual(right[command]);
  });

  it.each<[CommandName, object]>([
    ['browse', { folder: 'f1' }],
    ['limitPeer', { swarm: 's1', peer: '1001', uploadBytesPerSecond: null }],
    ['chooseWorkFolder', { place: null }],
    ['startDemo', { ...startDemo, uploadLimit: null }],
    ['startDemo', { ...startDemo, uploadLimit: 1_024 }],
    ['changeSettings', {}],
    ['exportLab', { draft: { ...labDraft, command: null }, file: 'f1', into: null, as: 'folders' }],
  ])('to %s may be %j', (command, question) => {
    expect(readQuestion(command, question)).toEqual(question);
  });
});

describe('a wrong question', () => {
  const huge = 'x'.repeat(1_000_000);
  const values = [
    undefined,
    [],
    {},
    true,
    huge,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    -1,
    '',
    '../../etc',
    '\0',
  ];
  const fields = commands
    .filter(command => command !== 'changeSettings' && command !== 'setShareOptions')
    .flatMap(command => Object.keys(right[command]).map(name => [command, name] as const));

  /** What would be right where a switch or a list stands. */
  const isOfItsKind = (value: unknown, rightOne: unknown) =>
    (value === true && typeof rightOne === 'boolean') || (Array.isArray(value) && Array.isArray(rightOne));

  it.each(fields)('to %s is refused for a wrong %s', (command, name) => {
    for (const value of values.filter(one => !isOfItsKind(one, right[command][name]))) {
      const refusal = refusalOf(() => readQuestion(command, changed(command, name, value)));
      expect(refusal.code).toBe('bad-question');
      expect(refusal.message.length).toBeLessThanOrEqual(300);
    }
  });

  it.each(commands)('to %s is refused for what it does not know', command => {
    for (const extra of ['path', 'x'.repeat(100_000)]) {
      const refusal = refusalOf(() => readQuestion(command, { ...right[command], [extra]: '/etc/passwd' }));
      expect(refusal.code).toBe('bad-question');
      expect(refusal.message.length).toBeLessThanOrEqual(300);
    }
  });

  it.each(commands)('to %s is refused when it is no object', command => {
    for (const input of [undefined, null, 1, 'about', huge, true, () => {}]) {
      expect(refusalOf(() => readQuestion(command, input)).code).toBe('bad-question');
    }
  });

  it.each([
    { sequential: 1 },
    { sequential: undefined },
    { seedRatio: -1 },
    { seedRatio: '2' },
    { trackers: 'udp://t' },
    { trackers: [['file:///etc/passwd']] },
    { trackers: [[]] },
  ])('is refused for the options %j of a share', options => {
    const refusal = refusalOf(() => readQuestion('setShareOptions', { swarm: 's1', ...options }));
    expect(refusal.code).toBe('bad-question');
  });

  it('says what is wrong and where', () => {
    const peers = [makeCourse.peers[0], { ...makeCourse.peers[1], port: 70_000 }];
    expect(refusalOf(() => readQuestion('makeCourse', { ...makeCourse, peers })).message).toMatch(
      /^the question "makeCourse" is wrong at peers\.1\.port: .*65535/,
    );
  });

  it.each<[CommandName, string, unknown]>([
    ['makeCourse', 'peers', [makeCourse.peers[0]]],
    ['makeCourse', 'peers', Array(1_001).fill(makeCourse.peers[0])],
    ['makeCourse', 'peers', [makeCourse.peers[0], { ...makeCourse.peers[1], host: 'a b' }]],
    ['makeCourse', 'peers', [makeCourse.peers[0], { ...makeCourse.peers[1], peer: '01' }]],
    ['makeCourse', 'peers', [makeCourse.peers[0], { ...makeCourse.peers[1], also: 1 }]],
    ['makeCourse', 'pieceSize', 0],
    ['makeCourse', 'pieceSize', 1.5],
    ['startDemo', 'peers', 31],
    ['startDemo', 'uploadLimit', 10],
    ['startDemo', 'uploadLimit', 'fast'],
    ['startCourse', 'peer', '1001\n'],
    ['startCourse', 'peer', 1001],
    ['look', 'place', 'x'.repeat(65)],
    ['choose', 'what', 'constructor'],
    ['chooseWorkFolder', 'place', '/labs'],
    ['changeSettings', 'workFolder', '/labs'],
    ['changeSettings', 'theme', 'blue'],
    ['changeSettings', 'unchokingSeconds', 0],
    ['changeSettings', 'uploadBytesPerSecond', 1],
  ])('to %s is refused for %s: %j', (command, name, value) => {
    expect(refusalOf(() => readQuestion(command, changed(command, name, value))).code).toBe('bad-question');
  });

  it('cannot blank a setting by naming it', () => {
    expect(refusalOf(() => readQuestion('changeSettings', { theme: undefined })).code).toBe('bad-question');
  });

  it('leaves no trace of a prototype', () => {
    for (const key of ['__proto__', 'constructor', 'toString']) {
      const question = JSON.parse(`{ "swarm": "s1", "${key}": { "polluted": true } }`) as object;
      let read: object = {};
      try {
        read = readQuestion('stopSwarm', question);
      } catch (error) {
        expect(error).toBeInstanceOf(RefusedError);
      }
      expect(Object.keys(read).filter(name => name !== 'swarm')).toEqual([]);
      expect('polluted' in read || 'polluted' in {}).toBe(false);
      expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    }
  });

  it('is refused whatever it is, and never anything worse', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...commands),
        fc.anything({ withNullPrototype: true }),
        (command, input) => {
          try {
            expect(Object.keys(readQuestion(command, input))).toEqual([]);
            expect(['about', 'changeSettings']).toContain(command);
          } catch (error) {
            expect(error).toBeInstanceOf(RefusedError);
          }
        },
      ),
    );
  });
});

describe('a topic', () => {
  it.each([
    { topic: 'home' },
    { topic: 'settings' },
    { topic: 'wishes' },
    { topic: 'tape', swarm: 's1', peer: '1001' },
  ])('like %j is read as it is', topic => {
    expect(readTopic(topic)).toEqual(topic);
  });

  it.each([
    null,
    'home',
    {},
    { topic: 'files' },
    { topic: '__proto__' },
    { topic: 'home', path: '/' },
    { topic: 'tape', swarm: 's1' },
    { topic: 'tape', swarm: '../s1', peer: '1001' },
    { topic: 'tape', swarm: 's1', peer: 1001 },
  ])('like %j is refused', topic => {
    expect(refusalOf(() => readTopic(topic)).code).toBe('bad-question');
  });
});

describe('a command', () => {
  it('is one of those that there are', () => {
    expect(commands.every(isCommand)).toBe(true);
  });

  it('is nothing that every object has', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'About', 1, null, {}]) {
      expect(isCommand(name)).toBe(false);
    }
  });
});
