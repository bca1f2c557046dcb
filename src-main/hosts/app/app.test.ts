import { createHash, randomBytes } from 'node:crypto';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type CommandName,
  type Found,
  type HomeView,
  type Question,
  questions,
  type SwarmSummary,
  type TapeUpdate,
  type Wish,
} from '../../../src-shared/contract.ts';
import { defaultSettings, type Settings } from '../../../src-shared/settings.ts';
import { Tape } from '../../../src-shared/tape.ts';
import { formatCommon, formatPeerInfo } from '../../engine/course/config.ts';
import { freePorts } from '../../io/free-ports.ts';
import { type App, type AppOptions, startApp } from './app.ts';
import { MemoryScreen } from './testing/memory-screen.ts';

let dir: string;
let app: App;
let screen: MemoryScreen;
let logged: string[];

beforeEach(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'app-')));
  logged = [];
  await start();
});

afterEach(async () => {
  await app.close();
  expect(logged).toEqual([]);
  await rm(dir, { recursive: true });
});

async function start(options: Partial<AppOptions> = {}): Promise<void> {
  app = await startApp({
    version: '1.2.3',
    profileFolder: join(dir, 'profile'),
    workFolder: join(dir, 'work'),
    downloadFolder: join(dir, 'downloads'),
    lan: { kind: 'loopback', discoveryPort: null },
    launchPeer: () => {
      throw new Error('no demo is started here');
    },
    log: details => logged.push(details),
    ...options,
  });
  screen = new MemoryScreen(send => app.connect(send));
}

async function restart(options: Partial<AppOptions> = {}): Promise<void> {
  await app.close();
  await start(options);
}

function ask<C extends CommandName>(command: C, question: Question<C>) {
  return screen.conversation.ask(command, question);
}

async function refusalOf(asking: Promise<unknown>) {
  const error = await asking.then(
    () => undefined,
    (thrown: { refusal?: unknown }) => thrown,
  );
  return error?.refusal;
}

/** Waits until Home shows what is waited for. */
function untilHome(isIt: (view: HomeView) => boolean): Promise<HomeView> {
  return new Promise((resolve, reject) => {
    const unfollow = screen.conversation.follow(
      { topic: 'home' },
      view => {
        if (!isIt(view)) return;
        // The function comes with the first update still under way.
        queueMicrotask(() => unfollow());
        resolve(view);
      },
      reject,
    );
  });
}

const untilSwarm = async (swarm: string, isIt: (summary: SwarmSummary) => boolean) => {
  const view = await untilHome(({ swarms }) => swarms.some(one => one.swarm === swarm && isIt(one)));
  return view.swarms.find(one => one.swarm === swarm)!;
};

/** Follows a tape until it says that nothing runs any more. */
function wholeTape(swarm: string, peer: string): Promise<Tape> {
  return new Promise((resolve, reject) => {
    let tape = new Tape();
    const take = (update: TapeUpdate) => {
      if (update.page.from === 0) tape = new Tape();
      tape.appendPage(update.page);
      if (update.nowMs !== null || tape.length < update.total) return;
      queueMicrotask(() => unfollow());
      resolve(tape);
    };
    const unfollow = screen.conversation.follow({ topic: 'tape', swarm, peer }, take, reject);
  });
}

const granted = async (path: string) => (await app.grant(path)).token;
const lookAt = async (path: string): Promise<Found> => ask('look', { place: await granted(path) });

const common = {
  preferredNeighbours: 1,
  unchokingIntervalMs: 1_000,
  optimisticIntervalMs: 1_000,
  fileName: 'thefile',
  fileSize: 300_000,
  pieceSize: 10_000,
};

/** A working folder of the course for a seed, 1001, and a downloader, 1002. */
async function courseFolder(name = 'lab', patch: Partial<typeof common> = {}): Promise<string> {
  const folder = join(dir, name);
  const ports = await freePorts(2, '127.0.0.1');
  const roster = ports.map((port, i) => ({ peer: String(1001 + i), host: '127.0.0.1', port, seed: i === 0 }));
  await mkdir(join(folder, 'peer_1001'), { recursive: true });
  await writeFile(join(folder, 'Common.cfg'), formatCommon({ ...common, ...patch }));
  await writeFile(join(folder, 'PeerInfo.cfg'), formatPeerInfo(roster));
  await writeFile(join(folder, 'peer_1001', 'thefile'), randomBytes(patch.fileSize ?? common.fileSize));
  return folder;
}

async function startCourse(folder: string, peer: string): Promise<string> {
  return (await ask('startCourse', { folder: await granted(folder), peer })).swarm;
}

async function hashOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

const makeQuestion = async (file: string, ports = [6001, 6002]): Promise<Question<'makeCourse'>> => ({
  file: await granted(file),
  pieceSize: 16_384,
  preferredNeighbours: 2,
  unchokingSeconds: 1,
  optimisticSeconds: 1,
  peers: [
    { peer: '1001', host: '127.0.0.1', port: ports[0]!, seed: true },
    { peer: '1002', host: '127.0.0.1', port: ports[1]!, seed: false },
  ],
});

describe('what a screen asks', () => {
  const everything = Object.keys(questions) as CommandName[];
  const token = 'A'.repeat(22);

  it.each(everything)('"%s" with rubbish is refused and changes nothing', async command => {
    const rubbish = [
      null,
      7,
      'x',
      [],
      { path: '/etc/passwd' },
      { swarm: '../..' },
      { theme: 7 },
      { peers: -1 },
    ];
    for (const question of rubbish) {
      const asking = ask(command, question as never);
      expect(await refusalOf(asking)).toMatchObject({ code: 'bad-question', problems: [] });
    }
    expect(app.home()).toEqual({ swarms: [], recent: [], notices: [] });
    expect(app.settings).toEqual(defaultSettings);
    expect(await readdir(dir)).toEqual([]);
  });

  it.each(['toString', '__proto__', 'constructor', 'Look', ''])('"%s" is no command', async command => {
    expect(await refusalOf(ask(command as 'about', {}))).toMatchObject({ code: 'bad-question' });
  });

  it.each<[CommandName, unknown]>([
    ['browse', { folder: token }],
    ['look', { place: token }],
    ['startCourse', { folder: token, peer: '1001' }],
    ['openJournal', { file: token }],
    ['stopSwarm', { swarm: token }],
    ['removeSwarm', { swarm: token }],
    ['saveJournal', { swarm: token, peer: '1' }],
    ['revealFolder', { swarm: token }],
    ['limitPeer', { swarm: token, peer: '1', uploadBytesPerSecond: null }],
    ['killPeer', { swarm: token, peer: '1' }],
    ['startPeer', { swarm: token, peer: '1' }],
  ])('"%s" of something that is not there is refused as unknown', async (command, question) => {
    expect(await refusalOf(ask(command, question as never))).toMatchObject({ code: 'unknown' });
  });

  it('names places by tokens, never by paths', async () => {
    await writeFile(join(dir, 'file'), '');
    for (const place of [join(dir, 'file'), 'file', '..']) {
      expect(await refusalOf(ask('look', { place }))).toMatchObject({
        code: place === 'file' ? 'unknown' : 'bad-question',
      });
    }
  });

  it('can be about the app and this computer', async () => {
    const about = await ask('about', {});
    expect(about).toMatchObject({
      version: '1.2.3',
      platform: process.platform,
      choosing: 'browse',
      workFolder: join(dir, 'work'),
    });
    expect(about.addresses.length).toBeGreaterThan(0);
  });

  it('can be the dialog of the system, where there is one', async () => {
    expect(await refusalOf(ask('choose', { what: 'file' }))).toMatchObject({ code: 'unavailable' });
    await writeFile(join(dir, 'file'), 'abc');
    await restart({ choose: async what => (what === 'file' ? [join(dir, 'file')] : []) });
    expect(await ask('about', {})).toMatchObject({ choosing: 'dialog' });
    expect(await ask('choose', { what: 'folder' })).toEqual({ places: [] });
    const { places } = await ask('choose', { what: 'file' });
    expect(places).toEqual([{ token: expect.any(String), path: join(dir, 'file'), name: 'file' }]);
    expect(await ask('look', { place: places[0]!.token })).toMatchObject({ kind: 'file', size: 3 });
  });
});

describe('settings', () => {
  it('are changed one by one, told to every screen, and there at the next start', async () => {
    const told: Settings[] = [];
    const toldTheLast = new Promise<void>(resolve =>
      screen.conversation.follow({ topic: 'settings' }, settings => {
        told.push(settings);
        if (settings.strategy === 'rarest') resolve();
      }),
    );
    expect(await ask('changeSettings', { theme: 'dark' })).toEqual({ ...defaultSettings, theme: 'dark' });
    await Promise.all([ask('changeSettings', { notify: false }), app.changeSettings({ strategy: 'rarest' })]);
    const changed = { ...defaultSettings, theme: 'dark', notify: false, strategy: 'rarest' };
    expect(app.settings).toEqual(changed);
    await toldTheLast;
    expect([told[0], told.at(-1)]).toEqual([defaultSettings, changed]);
    await restart();
    expect(app.settings).toEqual(changed);
  });

  it('that cannot be saved are refused, and nothing has changed', async () => {
    await mkdir(join(dir, 'profile', 'settings.json'), { recursive: true });
    expect(await refusalOf(ask('changeSettings', { theme: 'dark' }))).toMatchObject({
      code: 'set-up',
      message: expect.stringMatching(/^settings\.json: .*\.$/),
    });
    expect(app.settings).toEqual(defaultSettings);
  });

  it('that were damaged are told to the log and on Home, and the app starts', async () => {
    await mkdir(join(dir, 'profile'));
    await writeFile(join(dir, 'profile', 'settings.json'), '{');
    await writeFile(join(dir, 'profile', 'recent.json'), '{');
    await restart();
    const notices = [
      expect.stringMatching(/^settings\.json:1: This is no valid JSON/),
      expect.stringMatching(/^settings\.json stays as it is/),
      expect.stringMatching(/^recent\.json was damaged/),
    ];
    expect(logged.splice(0)).toEqual(notices);
    expect(app.home().notices).toEqual(notices);
    expect(app.settings).toEqual(defaultSettings);
    await ask('changeSettings', { theme: 'dark' });
    await ask('changeSettings', { theme: 'light' });
    expect((await readdir(join(dir, 'profile'))).filter(name => name.startsWith('settings'))).toEqual([
      'settings.json',
      'settings.json.broken',
    ]);
    expect(await readFile(join(dir, 'profile', 'settings.json.broken'), 'utf8')).toBe('{');
    await restart();
    expect(app.home().notices).toEqual([]);
    expect(app.settings.theme).toBe('light');
  });

  it('are on disk where the user changed them, and nowhere else', async () => {
    const onDisk = async () => JSON.parse(await readFile(join(dir, 'profile', 'settings.json'), 'utf8'));
    await ask('changeSettings', { theme: 'dark', notify: false });
    expect(await onDisk()).toEqual({ theme: 'dark', notify: false });
    await ask('changeSettings', { theme: 'system' });
    expect(await onDisk()).toEqual({ notify: false });
  });
});

describe("a lab's settings", () => {
  const file = () => join(dir, 'lab.json');
  const preset = (values: object) => writeFile(file(), JSON.stringify(values));
  const withPreset = () => restart({ preset: { path: file(), isNamed: true } });

  it('are the defaults, below what the user has changed', async () => {
    await preset({ listenPort: 7000, optimisticSeconds: 9 });
    await withPreset();
    expect(app.settings).toEqual({ ...defaultSettings, listenPort: 7000, optimisticSeconds: 9 });
    await ask('changeSettings', { listenPort: 6881 });
    await preset({ listenPort: 7100, optimisticSeconds: 8 });
    await withPreset();
    expect(app.settings).toEqual({ ...defaultSettings, optimisticSeconds: 8 });
    expect((await ask('about', {})).preset).toEqual({
      file: file(),
      values: { listenPort: 7100, optimisticSeconds: 8 },
    });
  });

  it('come back for what the user takes back, folders included', async () => {
    await mkdir(join(dir, 'labs'));
    await preset({ listenPort: 7000, workFolder: join(dir, 'labs'), notify: false });
    await restart({ preset: { path: file(), isNamed: true }, choose: async () => [] });
    await ask('changeSettings', { listenPort: 6881, theme: 'dark', notify: true });
    await ask('chooseWorkFolder', { place: null });
    expect(app.settings).toMatchObject({ listenPort: 6881, workFolder: null, notify: true });
    const lab = { listenPort: 7000, workFolder: join(dir, 'labs') };
    expect(await ask('resetSettings', { names: ['listenPort', 'workFolder'] })).toMatchObject(lab);
    await restart({ preset: { path: file(), isNamed: true }, choose: async () => [] });
    expect(app.settings).toEqual({ ...defaultSettings, ...lab, theme: 'dark' });
  });

  it('that are wrong are told to the log and on Home', async () => {
    await preset({ listenPort: 1, theme: 'dark' });
    await withPreset();
    const notices = [expect.stringMatching(/lab\.json:1: "listenPort" is wrong and ignored/)];
    expect(logged.splice(0)).toEqual(notices);
    expect(app.home().notices).toEqual(notices);
    expect(app.settings).toEqual({ ...defaultSettings, theme: 'dark' });
  });

  it('that somebody named and that are not there keep the app from starting', async () => {
    await expect(
      startApp({
        version: '1.2.3',
        profileFolder: join(dir, 'profile'),
        workFolder: join(dir, 'work'),
        downloadFolder: join(dir, 'downloads'),
        preset: { path: file(), isNamed: true },
        launchPeer: () => {
          throw new Error('no demo is started here');
        },
      }),
    ).rejects.toThrow(`${file()}: it does not exist`);
  });
});

describe('the folder for new course swarms', () => {
  const choose = async (folder: string) => ask('chooseWorkFolder', { place: await granted(folder) });
  const withDialog = () => restart({ choose: async () => [] });

  beforeEach(async () => {
    await mkdir(join(dir, 'labs'));
    await writeFile(join(dir, 'notes'), 'abc');
  });

  it('is chosen, told to every screen, used from then on, and there at the next start', async () => {
    await withDialog();
    const told = new Promise<Settings>(resolve =>
      screen.conversation.follow({ topic: 'settings' }, settings => {
        if (settings.workFolder !== null) resolve(settings);
      }),
    );
    const chosen = { ...defaultSettings, workFolder: join(dir, 'labs') };
    expect(await choose(join(dir, 'labs'))).toEqual(chosen);
    expect(await told).toEqual(chosen);
    await withDialog();
    expect(app.settings).toEqual(chosen);
    const { folder } = await ask('makeCourse', await makeQuestion(join(dir, 'notes')));
    expect(folder.path).toBe(join(dir, 'labs', 'notes'));
  });

  it('can be the usual one again', async () => {
    await withDialog();
    await choose(join(dir, 'labs'));
    expect(await ask('chooseWorkFolder', { place: null })).toEqual(defaultSettings);
    const { folder } = await ask('makeCourse', await makeQuestion(join(dir, 'notes')));
    expect(folder.path).toBe(join(dir, 'work', 'notes'));
  });

  it('that is gone is not made anew: the swarm is refused, with what to do', async () => {
    await withDialog();
    await choose(join(dir, 'labs'));
    await rm(join(dir, 'labs'), { recursive: true });
    expect(await refusalOf(ask('makeCourse', await makeQuestion(join(dir, 'notes'))))).toEqual({
      code: 'set-up',
      message: `New course swarms are kept in ${join(dir, 'labs')}: it does not exist (no such file or directory). Bring this folder back, or choose another one in the settings.`,
      problems: [],
    });
    expect((await readdir(dir)).sort()).toEqual(['notes', 'profile']);
  });

  it('is a folder, or it stays what it was', async () => {
    await withDialog();
    expect(await refusalOf(choose(join(dir, 'notes')))).toEqual({
      code: 'set-up',
      message: `${join(dir, 'notes')}: it is not a folder.`,
      problems: [],
    });
    const place = 'A'.repeat(22);
    expect(await refusalOf(ask('chooseWorkFolder', { place }))).toMatchObject({ code: 'unknown' });
    expect(app.settings).toEqual(defaultSettings);
  });

  it('is decided at the start where there is no dialog of the system', async () => {
    await withDialog();
    await choose(join(dir, 'labs'));
    await restart();
    for (const place of [null, await granted(dir)]) {
      expect(await refusalOf(ask('chooseWorkFolder', { place }))).toMatchObject({ code: 'unavailable' });
    }
    const { folder } = await ask('makeCourse', await makeQuestion(join(dir, 'notes')));
    expect(folder.path).toBe(join(dir, 'work', 'notes'));
  });
});

describe('wishes', () => {
  const wish = (to: 'home' | 'settings'): Wish => ({ kind: 'go', to });

  it('wait for the screen that was connected last, and go to it alone', async () => {
    const first: Wish[] = [];
    const last: Wish[] = [];
    screen.conversation.follow({ topic: 'wishes' }, told => first.push(told));
    const other = new MemoryScreen(send => app.connect(send));
    app.wish(wish('home'));
    app.wish(wish('settings'));
    other.conversation.follow({ topic: 'wishes' }, told => last.push(told));
    expect(last).toEqual([wish('home'), wish('settings')]);
    app.wish(wish('home'));
    expect(last).toHaveLength(3);
    other.close();
    app.wish(wish('settings'));
    expect(first).toEqual([wish('settings')]);
  });
});

describe('browsing', () => {
  it('begins at the work folder, which is made for it, and goes down and up again', async () => {
    const top = await ask('browse', { folder: null });
    expect(top).toMatchObject({ folder: { path: join(dir, 'work') }, parent: null, entries: [], cut: false });
    await mkdir(join(dir, 'work', 'lab'));
    await writeFile(join(dir, 'work', 'lab', 'file'), 'abc');
    const { entries } = await ask('browse', { folder: null });
    expect(entries).toMatchObject([{ name: 'lab', kind: 'folder' }]);
    const below = await ask('browse', { folder: entries[0]!.token });
    expect(below).toMatchObject({
      parent: top.folder.token,
      entries: [{ name: 'file', kind: 'file', size: 3 }],
    });
    expect(await ask('look', { place: below.entries[0]!.token })).toMatchObject({ kind: 'file', size: 3 });
  });

  it('does not leave the work folder, neither by a token nor by a link', async () => {
    expect(await refusalOf(ask('browse', { folder: await granted(dir) }))).toMatchObject({
      code: 'unavailable',
    });
    await mkdir(join(dir, 'work', 'lab'), { recursive: true });
    const { entries } = await ask('browse', { folder: null });
    await rm(join(dir, 'work', 'lab'), { recursive: true });
    await symlink(dir, join(dir, 'work', 'lab'));
    expect(await refusalOf(ask('browse', { folder: entries[0]!.token }))).toMatchObject({
      code: 'unavailable',
    });
  });

  it('of a folder that is gone is refused in words', async () => {
    await mkdir(join(dir, 'work', 'lab'), { recursive: true });
    const { entries } = await ask('browse', { folder: null });
    await rm(join(dir, 'work', 'lab'), { recursive: true });
    expect(await refusalOf(ask('browse', { folder: entries[0]!.token }))).toMatchObject({
      code: 'set-up',
      message: expect.stringContaining('moved or deleted'),
    });
  });
});

describe('what was dropped', () => {
  it('is refused when it is not there', async () => {
    await expect(app.grant(join(dir, 'gone'))).rejects.toMatchObject({
      refusal: { code: 'set-up', message: `${join(dir, 'gone')} does not exist; it was moved or deleted.` },
    });
  });

  it('is a folder without configuration files: said so, with what to do', async () => {
    expect(await lookAt(dir)).toMatchObject({ kind: 'folder', message: expect.stringContaining('neither') });
  });

  it('is a file, with a piece size and ports that suit it', async () => {
    await writeFile(join(dir, 'big'), '');
    await truncate(join(dir, 'big'), 100 * 2 ** 20);
    const found = await lookAt(join(dir, 'big'));
    expect(found).toMatchObject({ kind: 'file', size: 100 * 2 ** 20, suggestedPieceSize: 65_536 });
    const { suggestedPorts } = found as Extract<Found, { kind: 'file' }>;
    expect(new Set(suggestedPorts).size).toBe(12);
    await writeFile(join(dir, 'small'), 'a');
    expect(await lookAt(join(dir, 'small'))).toMatchObject({ suggestedPieceSize: 16_384 });
  });

  it('is a course folder, shown with its lines, its peers and the one that this computer is', async () => {
    const folder = await courseFolder();
    const found = await lookAt(folder);
    expect(found).toMatchObject({
      kind: 'course-folder',
      place: { path: folder },
      common: { value: { ...common, pieceCount: 30 }, problems: [] },
      roster: {
        value: [
          { peer: '1001', host: '127.0.0.1', seed: true, isHere: true, isRunning: false },
          { peer: '1002', host: '127.0.0.1', seed: false, isHere: true, isRunning: false },
        ],
      },
      guess: '1001',
    });
    expect((found as Extract<Found, { kind: 'course-folder' }>).common.lines).toHaveLength(6);
    expect(await lookAt(join(folder, 'PeerInfo.cfg'))).toEqual(found);
  });

  it('is a course folder with mistakes, each told at its line', async () => {
    const folder = await courseFolder();
    await writeFile(join(folder, 'Common.cfg'), 'FileName a\nFileSize many\nPieceSize 1\n');
    await writeFile(join(folder, 'PeerInfo.cfg'), '\uFEFF1001 127.0.0.1 6001 0\r\n1001 127.0.0.1 6002 0');
    const found = (await lookAt(folder)) as Extract<Found, { kind: 'course-folder' }>;
    expect(found.common.value).toBeNull();
    expect(found.common.problems).toContainEqual({
      line: 2,
      isError: true,
      message: expect.stringMatching(/^FileSize must be/),
    });
    expect(found.roster.lines).toEqual(['1001 127.0.0.1 6001 0', '1001 127.0.0.1 6002 0']);
    expect(found.roster.problems).toEqual([
      { line: 2, isError: true, message: expect.stringContaining('already taken in line 1') },
    ]);
    expect(found.guess).toBeNull();
  });

  it('is a swarm of other computers, of which this one is none', async () => {
    const folder = await courseFolder();
    await writeFile(join(folder, 'PeerInfo.cfg'), '1001 192.0.2.1 6001 1\n1002 127.0.0.1 6002 0');
    const found = (await lookAt(folder)) as Extract<Found, { kind: 'course-folder' }>;
    expect(found.roster.value?.map(({ isHere }) => isHere)).toEqual([false, false]);
    expect(found.guess).toBeNull();
  });

  it('has nobody with the file: told, and not startable', async () => {
    const folder = await courseFolder();
    await writeFile(join(folder, 'PeerInfo.cfg'), '1001 127.0.0.1 6001 0\n1002 127.0.0.1 6002 0');
    expect(await lookAt(folder)).toMatchObject({
      roster: {
        value: null,
        problems: [{ line: null, message: expect.stringContaining('No peer has the file') }],
      },
      guess: null,
    });
  });

  it('is guessed to be the peer whose port is free', async () => {
    const folder = await courseFolder();
    const found = (await lookAt(folder)) as Extract<Found, { kind: 'course-folder' }>;
    const server = createServer();
    await new Promise<void>(done => server.listen(found.roster.value![0]!.port, '127.0.0.1', done));
    expect(await lookAt(folder)).toMatchObject({ guess: '1002' });
    await new Promise(done => server.close(done));
  });
});

describe('a course swarm made of a file', () => {
  it('has both files and the shared file in a new folder, which can be started', async () => {
    const file = join(dir, 'Lecture 1.pdf');
    await writeFile(file, randomBytes(100_000));
    const { folder } = await ask('makeCourse', await makeQuestion(file));
    expect(folder.path).toBe(join(dir, 'work', 'Lecture 1'));
    expect(await hashOf(join(folder.path, 'peer_1001', 'Lecture 1.pdf'))).toBe(await hashOf(file));
    expect((await readdir(folder.path)).sort()).toEqual(['Common.cfg', 'PeerInfo.cfg', 'peer_1001']);
    expect(await ask('look', { place: folder.token })).toMatchObject({
      kind: 'course-folder',
      common: { value: { fileName: 'Lecture 1.pdf', fileSize: 100_000, pieceCount: 7 } },
    });
  });

  it('never takes the place of another one', async () => {
    await mkdir(join(dir, 'work'));
    const file = join(dir, 'work', 'notes');
    await writeFile(file, 'abc');
    const first = await ask('makeCourse', await makeQuestion(file));
    const second = await ask('makeCourse', await makeQuestion(file));
    expect([first.folder.name, second.folder.name]).toEqual(['notes 2', 'notes 3']);
    expect(await readFile(file, 'utf8')).toBe('abc');
  });

  it('stays as it is when the file is changed, and several seeds of this computer share one copy', async () => {
    const file = join(dir, 'notes');
    await writeFile(file, 'abc');
    const question = await makeQuestion(file, [6001, 6002]);
    const peers = question.peers.map(peer => ({ ...peer, seed: true }));
    const { folder } = await ask('makeCourse', { ...question, peers });
    await writeFile(file, 'xyz');
    for (const peer of ['1001', '1002']) {
      expect(await readFile(join(folder.path, `peer_${peer}`, 'notes'), 'utf8')).toBe('abc');
    }
  });

  it('puts no file where another computer has it', async () => {
    const file = join(dir, 'notes');
    await writeFile(file, 'abc');
    const question = await makeQuestion(file);
    const peers = question.peers.map(peer => ({ ...peer, host: peer.seed ? '192.0.2.1' : '192.0.2.2' }));
    const { folder } = await ask('makeCourse', { ...question, peers });
    expect((await readdir(folder.path)).sort()).toEqual(['Common.cfg', 'PeerInfo.cfg']);
  });

  it.each<[string, Partial<Question<'makeCourse'>>, RegExp]>([
    ['half a second', { unchokingSeconds: 0.5 }, /UnchokingInterval must be a whole number of seconds/],
    [
      'no seed',
      {
        peers: [
          { peer: '1', host: 'a', port: 1, seed: false },
          { peer: '2', host: 'b', port: 1, seed: false },
        ],
      },
      /No peer has the file/,
    ],
    [
      'one ID twice',
      {
        peers: [
          { peer: '1', host: 'a', port: 1, seed: true },
          { peer: '1', host: 'b', port: 1, seed: false },
        ],
      },
      /Peer ID 1 is already taken/,
    ],
  ])('is refused, and nothing is written, with %s', async (_what, patch, problem) => {
    await writeFile(join(dir, 'notes'), 'abc');
    const question = { ...(await makeQuestion(join(dir, 'notes'))), ...patch };
    expect(await refusalOf(ask('makeCourse', question))).toMatchObject({
      code: 'set-up',
      problems: [expect.stringMatching(problem)],
    });
    await expect(readdir(join(dir, 'work'))).rejects.toThrow('ENOENT');
  });

  it('is refused when the file is gone, or is none', async () => {
    await writeFile(join(dir, 'notes'), 'abc');
    const question = await makeQuestion(join(dir, 'notes'));
    await rm(join(dir, 'notes'));
    expect(await refusalOf(ask('makeCourse', question))).toMatchObject({
      code: 'set-up',
      message: expect.stringMatching(/^notes: it does not exist/),
    });
    await mkdir(join(dir, 'notes'));
    expect(await refusalOf(ask('makeCourse', question))).toMatchObject({
      code: 'set-up',
      message: 'notes: it is not an ordinary file.',
    });
  });

  it('leaves no half-made folder when it cannot be written', async () => {
    await writeFile(join(dir, 'work'), 'a file where the folder should be');
    await writeFile(join(dir, 'notes'), 'abc');
    expect(await refusalOf(ask('makeCourse', await makeQuestion(join(dir, 'notes'))))).toMatchObject({
      code: 'set-up',
    });
    expect((await readdir(dir)).sort()).toEqual(['notes', 'work']);
  });
});

describe('a course swarm', () => {
  it('of two peers in one app spreads the file, and both tapes tell it as their logs do', async () => {
    const folder = await courseFolder();
    const [seed, downloader] = [await startCourse(folder, '1001'), await startCourse(folder, '1002')];
    const both = await untilHome(({ swarms }) => swarms.length === 2);
    expect(both.swarms).toMatchObject([
      {
        swarm: seed,
        kind: 'course',
        name: 'thefile',
        folder,
        firstPeer: '1001',
        peers: [{ status: 'running' }],
      },
      { swarm: downloader, firstPeer: '1002' },
    ]);
    expect(await lookAt(folder)).toMatchObject({
      roster: { value: [{ isRunning: true }, { isRunning: true }] },
      guess: null,
    });
    expect(
      await refusalOf(ask('startCourse', { folder: await granted(folder), peer: '1002' })),
    ).toMatchObject({
      code: 'set-up',
      message: `Peer 1002 of ${folder} is already running in this app.`,
    });
    const tapes = await Promise.all([wholeTape(seed, '1001'), wholeTape(downloader, '1002')]);
    const ended = await untilSwarm(downloader, ({ peers }) => peers[0]?.status === 'ended');
    expect(ended.peers[0]).toMatchObject({
      situation: { outcome: 'complete', haveCount: 30 },
      problem: null,
    });
    expect(await hashOf(join(folder, 'peer_1002', 'thefile'))).toBe(
      await hashOf(join(folder, 'peer_1001', 'thefile')),
    );
    for (const tape of tapes) {
      expect(tape.kind(0)).toBe('started');
      expect(tape.kind(tape.length - 1)).toBe('ended');
    }
    expect(logged).toEqual([]);

    const { file } = await ask('saveJournal', { swarm: downloader, peer: '1002' });
    expect(file.path).toBe(join(folder, 'journal_peer_1002.jsonl'));
    expect(await ask('look', { place: file.token })).toMatchObject({ kind: 'journal' });
    const { swarm: replay } = await ask('openJournal', { file: file.token });
    await untilSwarm(replay, ({ peers }) => peers[0]?.status === 'ended');
    const replayed = await wholeTape(replay, '1002');
    const all = (tape: Tape) => Array.from({ length: tape.length }, (_, seq) => tape.event(seq));
    expect(all(replayed)).toEqual(all(tapes[1]!));
  });

  it('that is stopped and started again goes on in its place with a new tape', async () => {
    const folder = await courseFolder();
    const swarm = await startCourse(folder, '1001');
    let beginnings = 0;
    const begunTwice = new Promise<void>(resolve =>
      screen.conversation.follow({ topic: 'tape', swarm, peer: '1001' }, ({ page }) => {
        if (page.from === 0) beginnings += 1;
        if (beginnings === 2) resolve();
      }),
    );
    await ask('stopSwarm', { swarm });
    expect(app.home().swarms[0]?.peers[0]).toMatchObject({
      status: 'ended',
      situation: { outcome: 'interrupted' },
    });
    expect(await startCourse(folder, '1001')).toBe(swarm);
    await untilSwarm(
      swarm,
      ({ peers }) => peers[0]?.status === 'running' && peers[0].situation?.outcome === null,
    );
    await begunTwice;
    expect(app.home().swarms).toHaveLength(1);
  });

  it('taken off the list is a recent folder, also after the next start of the app', async () => {
    const folder = await courseFolder();
    const swarm = await startCourse(folder, '1001');
    const refused = new Promise(resolve =>
      screen.conversation.follow({ topic: 'tape', swarm, peer: '1001' }, () => {}, resolve),
    );
    expect(app.home().recent).toEqual([]);
    await ask('removeSwarm', { swarm });
    expect(await refused).toMatchObject({ code: 'unknown' });
    expect(app.home()).toMatchObject({ swarms: [], recent: [{ path: folder, name: 'lab', peer: '1001' }] });
    await restart();
    const [recent] = app.home().recent;
    expect(recent).toMatchObject({ path: folder, peer: '1001' });
    expect(await ask('startCourse', { folder: recent!.token, peer: '1001' })).toMatchObject({
      swarm: expect.any(String),
    });
  });

  it('can be limited while it runs, and only then; killing is for demos', async () => {
    const swarm = await startCourse(await courseFolder(), '1001');
    const of = { swarm, peer: '1001' };
    await ask('limitPeer', { ...of, uploadBytesPerSecond: 5_000 });
    expect(app.home().swarms[0]?.peers[0]?.uploadBytesPerSecond).toBe(5_000);
    expect(await refusalOf(ask('limitPeer', { ...of, peer: '9', uploadBytesPerSecond: null }))).toMatchObject(
      {
        code: 'unknown',
      },
    );
    expect(await refusalOf(ask('killPeer', of))).toMatchObject({ code: 'unavailable' });
    expect(await refusalOf(ask('startPeer', of))).toMatchObject({ code: 'unavailable' });
    await ask('stopSwarm', { swarm });
    expect(await refusalOf(ask('limitPeer', { ...of, uploadBytesPerSecond: null }))).toMatchObject({
      code: 'unavailable',
    });
  });

  it('begins with the limit and the strategy that are set', async () => {
    await ask('changeSettings', { uploadBytesPerSecond: 4_096, strategy: 'rarest' });
    const swarm = await startCourse(await courseFolder(), '1001');
    expect(app.home().swarms[0]?.peers[0]?.uploadBytesPerSecond).toBe(4_096);
    await ask('stopSwarm', { swarm });
    const first = (await wholeTape(swarm, '1001')).event(0);
    expect(first).toMatchObject({ kind: 'started', strategy: 'rarest' });
  });

  it('whose port is in use is refused with the address, and is not on the list', async () => {
    const folder = await courseFolder();
    const port = Number((await readFile(join(folder, 'PeerInfo.cfg'), 'utf8')).split(' ')[2]);
    const server = createServer();
    await new Promise<void>(done => server.listen(port, '127.0.0.1', done));
    expect(await refusalOf(startCourse(folder, '1001'))).toMatchObject({
      code: 'set-up',
      message: `peer 1001 cannot listen: 127.0.0.1:${port} is already in use: another peer or program listens there; stop it, or change the port in PeerInfo.cfg`,
    });
    expect(app.home()).toEqual({ swarms: [], recent: [], notices: [] });
    await new Promise(done => server.close(done));
    expect(await startCourse(folder, '1001')).toEqual(expect.any(String));
  });

  it('with a broken configuration, without its file, or gone is refused in words', async () => {
    const folder = await courseFolder();
    await rm(join(folder, 'peer_1001', 'thefile'));
    expect(await refusalOf(startCourse(folder, '1001'))).toMatchObject({
      code: 'set-up',
      message: expect.stringContaining('There is no such file'),
    });
    expect(await refusalOf(startCourse(folder, '1009'))).toMatchObject({
      message: expect.stringContaining('is not listed'),
    });
    await writeFile(join(folder, 'Common.cfg'), '');
    expect(await refusalOf(startCourse(folder, '1002'))).toMatchObject({ code: 'set-up' });
    const place = await granted(folder);
    await rm(folder, { recursive: true });
    const refusal = await refusalOf(ask('startCourse', { folder: place, peer: '1002' }));
    expect(refusal).toMatchObject({ code: 'set-up', message: 'There are 2 problems in the way.' });
    expect(refusal).toMatchObject({
      problems: [/Common/, /PeerInfo/].map(file => expect.stringMatching(file)),
    });
  });

  it('whose file is cut short while it is shared says so where it is shown', async () => {
    const folder = await courseFolder();
    const seed = await startCourse(folder, '1001');
    await truncate(join(folder, 'peer_1001', 'thefile'), 5_000);
    await startCourse(folder, '1002');
    const failed = await untilSwarm(seed, ({ peers }) => peers[0]?.status === 'failed');
    expect(failed.peers[0]).toMatchObject({
      problem: expect.stringContaining('peer_1001/thefile'),
      situation: { outcome: 'storage-failed' },
    });
  });
});

describe('a journal', () => {
  it('that is not one is refused with what is wrong with it', async () => {
    await writeFile(join(dir, 'letter'), 'Dear Ada,');
    expect(await refusalOf(ask('openJournal', { file: await granted(join(dir, 'letter')) }))).toMatchObject({
      code: 'set-up',
      message: expect.stringContaining('letter is not a journal'),
      problems: [expect.stringMatching(/^Line 1 cannot be read/)],
    });
    expect(app.home().swarms).toEqual([]);
  });

  it('opens as far as it goes, while its tape can be followed, and cannot be commanded', async () => {
    const folder = await courseFolder();
    const course = await startCourse(folder, '1001');
    await ask('stopSwarm', { swarm: course });
    const { file } = await ask('saveJournal', { swarm: course, peer: '1001' });
    const text = await readFile(file.path, 'utf8');
    await writeFile(file.path, text.trimEnd().slice(0, -5));
    const { swarm } = await ask('openJournal', { file: file.token });
    const lines = text.trimEnd().split('\n').length;
    const replay = await untilSwarm(swarm, ({ peers }) => peers[0]?.status === 'ended');
    expect(replay).toMatchObject({
      kind: 'replay',
      name: 'journal_peer_1001.jsonl',
      folder,
      firstPeer: '1001',
    });
    expect(replay.notices).toEqual([expect.stringMatching(new RegExp(`^Line ${lines} cannot be read`))]);
    expect((await wholeTape(swarm, '1001')).length).toBe(lines - 1);
    for (const command of ['killPeer', 'startPeer'] as const) {
      expect(await refusalOf(ask(command, { swarm, peer: '1001' }))).toMatchObject({ code: 'unavailable' });
    }
    await ask('removeSwarm', { swarm });
  });
});

describe('a demo', () => {
  const question: Question<'startDemo'> = {
    peers: 2,
    seeds: 3,
    late: 0,
    size: 1_000,
    pieceSize: 100,
    preferredNeighbours: 1,
    unchokingSeconds: 1,
    optimisticSeconds: 1,
    strategy: 'random',
    uploadLimit: null,
  };

  it('that cannot be is refused, by whomever it is asked for', async () => {
    const refusal = { code: 'set-up', problems: [expect.stringContaining('Of 2 peers, the seeds (3)')] };
    expect(await refusalOf(ask('startDemo', question))).toMatchObject(refusal);
    expect(await refusalOf(app.startDemo(question))).toMatchObject(refusal);
    expect(await refusalOf(app.startDemo({ ...question, peers: 1 }))).toMatchObject({ code: 'bad-question' });
    expect(app.home().swarms).toEqual([]);
  });
});

describe('the app', () => {
  it('shows a folder where the system can', async () => {
    const folder = await courseFolder();
    const swarm = await startCourse(folder, '1001');
    expect(await refusalOf(ask('revealFolder', { swarm }))).toMatchObject({ code: 'unavailable' });
    const shown: string[] = [];
    await restart({ reveal: path => shown.push(path) });
    await ask('revealFolder', { swarm: await startCourse(folder, '1001') });
    expect(shown).toEqual([folder]);
  });

  it('tells a tray what changes', async () => {
    const told: number[] = [];
    const toldOfOne = new Promise<void>(resolve => {
      const stop = app.onHome(({ swarms }) => {
        told.push(swarms.length);
        if (swarms.length < 1) return;
        stop();
        resolve();
      });
    });
    await startCourse(await courseFolder(), '1001');
    await toldOfOne;
    expect(told).toEqual([0, 1]);
  });

  it('stops what is only just being started when it closes', async () => {
    const folder = await granted(await courseFolder());
    screen.say({ type: 'ask', id: 1, command: 'startCourse', question: { folder, peer: '1001' } });
    await app.close();
    expect(app.home().swarms[0]?.peers[0]?.status).toBe('ended');
  });
});
