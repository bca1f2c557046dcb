import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type {
  CommandName,
  HomeView,
  Question,
  SwarmSummary,
  Topic,
  Update,
} from '../../../src-shared/contract.ts';
import type { ShareView } from '../../../src-shared/share.ts';
import { type App, startApp } from './app.ts';
import { MemoryScreen } from './testing/memory-screen.ts';

/** Apps on this machine, each with a profile of its own, that only find each other by addresses. */
class Seat {
  readonly dir: string;
  app!: App;
  screen!: MemoryScreen;
  readonly logged: string[] = [];
  /** What the host heard of files. */
  readonly heard: string[] = [];

  constructor(dir: string) {
    this.dir = dir;
  }

  async start(): Promise<void> {
    this.app = await startApp({
      version: '0.1.0',
      profileFolder: join(this.dir, 'profile'),
      workFolder: join(this.dir, 'work'),
      downloadFolder: join(this.dir, 'downloads'),
      lan: { kind: 'loopback', discoveryPort: null },
      choose: async () => [],
      launchPeer: () => {
        throw new Error('no demo is started here');
      },
      log: details => this.logged.push(details),
      onKept: async path => void this.heard.push(`kept ${path}`),
      onDeleted: async (folder, unused) => void this.heard.push(['deleted in', folder, ...unused].join(' ')),
    });
    this.screen = new MemoryScreen(send => this.app.connect(send));
  }

  ask<C extends CommandName>(command: C, question: Question<C>) {
    return this.screen.conversation.ask(command, question);
  }

  async token(path: string): Promise<string> {
    return (await this.app.grant(path)).token;
  }

  until<T extends Topic>(topic: T, isIt: (view: Update<T>) => boolean): Promise<Update<T>> {
    return new Promise((resolve, reject) => {
      const unfollow = this.screen.conversation.follow(
        topic,
        view => {
          if (!isIt(view)) return;
          queueMicrotask(() => unfollow());
          resolve(view);
        },
        reject,
      );
    });
  }

  async untilShare(swarm: string, isIt: (summary: SwarmSummary) => boolean): Promise<SwarmSummary> {
    const view: HomeView = await this.until({ topic: 'home' }, ({ swarms }) =>
      swarms.some(one => one.swarm === swarm && isIt(one)),
    );
    return view.swarms.find(one => one.swarm === swarm)!;
  }

  /** Shares a file with this content, and tells its summary once it seeds. */
  async share(name: string, content: string | Uint8Array): Promise<SwarmSummary> {
    const path = join(this.dir, name);
    await writeFile(path, content);
    const question = { name: null, pieceLength: null, isPrivate: false, trackers: [] };
    const { swarm } = await this.ask('shareFiles', { places: [await this.token(path)], ...question });
    return this.untilShare(swarm, ({ share }) => share?.activity === 'seeding');
  }

  async close(): Promise<void> {
    await this.app.close();
  }
}

let dir: string;
let seats: Seat[];

beforeEach(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'shares-')));
  seats = [];
});

afterEach(async () => {
  await Promise.all(seats.map(seat => seat.close()));
  await rm(dir, { recursive: true });
});

async function seat(): Promise<Seat> {
  const folder = join(dir, `seat ${seats.length + 1}`);
  await mkdir(folder, { recursive: true });
  const made = new Seat(folder);
  await made.start();
  seats.push(made);
  return made;
}

async function refusalOf(asking: Promise<unknown>) {
  const error = await asking.then(
    () => undefined,
    (thrown: { refusal?: unknown }) => thrown,
  );
  return error?.refusal;
}

const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7919) >> 3);
const how = { folder: null, sequential: false, paused: false };

describe('a file', () => {
  it('that one app shares is fetched by another with its link', async () => {
    const [one, two] = [await seat(), await seat()];
    const shared = await one.share('notes.bin', content);
    expect(shared).toMatchObject({
      kind: 'share',
      name: 'notes.bin',
      folder: one.dir,
      firstPeer: '1',
      share: { activity: 'seeding', totalLength: 300_000, fileCount: 1, problem: null },
    });
    const link = shared.share!.magnet!;
    expect(await two.ask('readMagnet', { link })).toMatchObject({
      infoHash: shared.share!.infoHash,
      name: 'notes.bin',
      listedAs: null,
    });
    const { swarm } = await two.ask('addMagnet', { link, ...how });
    const done = await two.untilShare(swarm, ({ share }) => share?.activity === 'seeding');
    expect(done.share).toMatchObject({
      haveLength: 300_000,
      wantedLength: 300_000,
      downloadedBytes: 300_000,
    });
    expect(done.peers[0]!.situation).toMatchObject({ self: '1', haveCount: 19, pieceCount: 19 });
    expect(await readFile(join(two.dir, 'downloads', 'notes.bin'))).toEqual(Buffer.from(content));
    expect(await two.ask('readMagnet', { link })).toMatchObject({ listedAs: swarm });
    expect(await refusalOf(two.ask('addMagnet', { link, ...how }))).toMatchObject({
      code: 'set-up',
      message: 'notes.bin is on the list already.',
    });
  });

  it('is shown with everything that is known of it, first whole and then as it changes', async () => {
    const one = await seat();
    const { swarm } = await one.share('notes.bin', content);
    const views: Partial<ShareView>[] = [];
    const topic = { topic: 'share', swarm } as const;
    await one.until(topic, view => {
      views.push(view);
      if (views.length === 1)
        void one.ask('limitShare', { swarm, uploadBytesPerSecond: 50_000, downloadBytesPerSecond: null });
      return views.length > 1 && view.uploadBytesPerSecond === 50_000;
    });
    expect(views[0]).toMatchObject({
      folder: one.dir,
      pieceLength: 16_384,
      pieceCount: 19,
      files: [{ path: 'notes.bin', length: 300_000, offset: 0 }],
      peers: [],
      sequential: false,
      seedRatio: null,
    });
    expect(views[0]!.have).toEqual(Uint8Array.from([0xff, 0xff, 0xe0]));
    expect(views.at(-1)).not.toHaveProperty('files');
    await one.ask('setShareOptions', { swarm, sequential: true, seedRatio: 2 });
    await one.until(topic, view => view.sequential === true && view.seedRatio === 2);
  });

  it('is saved as a torrent, which says what it is before it is added', async () => {
    const [one, two] = [await seat(), await seat()];
    const { swarm, share } = await one.share('notes.bin', content);
    const { path } = await one.ask('saveTorrent', { swarm });
    expect(path).toBe(join(one.dir, 'notes.bin.torrent'));
    const place = await two.token(path);
    expect(await two.ask('look', { place })).toMatchObject({
      kind: 'torrent',
      torrent: {
        infoHash: share!.infoHash,
        name: 'notes.bin',
        files: [{ path: 'notes.bin', length: 300_000 }],
        listedAs: null,
      },
    });
    const added = await two.ask('addTorrent', { file: place, skip: [], ...how });
    const network = await one.until({ topic: 'network' }, view => view.listenPort !== null);
    await two.ask('addPeer', { swarm: added.swarm, address: `127.0.0.1:${network.listenPort}` });
    await two.untilShare(added.swarm, one => one.share?.activity === 'seeding');
    expect(await readFile(join(two.dir, 'downloads', 'notes.bin'))).toEqual(Buffer.from(content));
  });
});

describe('the list', () => {
  it('is there again after a restart, and goes on', async () => {
    const one = await seat();
    const { swarm, share } = await one.share('notes.bin', content);
    await one.ask('pauseShare', { swarm });
    await one.untilShare(swarm, summary => summary.share?.activity === 'paused');
    await one.close();
    await one.start();
    const paused = await one.untilShare(swarm, () => true);
    expect(paused).toMatchObject({
      name: 'notes.bin',
      share: { activity: 'paused', infoHash: share!.infoHash },
    });
    await one.ask('resumeShare', { swarm });
    await one.untilShare(swarm, summary => summary.share?.activity === 'seeding');
    await one.ask('recheckShare', { swarm });
    await one.untilShare(swarm, summary => summary.share?.activity === 'seeding');
  });

  it('forgets a share, and touches its files only when that is asked for', async () => {
    const one = await seat();
    const { swarm } = await one.share('notes.bin', content);
    await one.ask('removeShare', { swarm, deleteData: false });
    expect(one.app.home().swarms).toEqual([]);
    await readFile(join(one.dir, 'notes.bin'));
    const kept = `kept ${join(one.dir, 'notes.bin')}`;
    expect(one.heard).toEqual([kept]);
    const again = await one.share('notes.bin', content);
    await one.ask('removeShare', { swarm: again.swarm, deleteData: true });
    await expect(readFile(join(one.dir, 'notes.bin'))).rejects.toThrow('ENOENT');
    expect(one.heard).toEqual([kept, kept, `deleted in ${one.dir}`]);
    expect(await refusalOf(one.ask('pauseShare', { swarm }))).toMatchObject({ code: 'unknown' });
  });

  it('tells where files lie that were to be a share and are none, where nothing else uses them', async () => {
    const one = await seat();
    await one.share('notes.bin', content);
    await mkdir(join(one.dir, 'copy'));
    await writeFile(join(one.dir, 'copy', 'notes.bin'), content);
    for (const folder of [join(one.dir, 'copy'), one.dir]) {
      const path = join(folder, 'notes.bin');
      const question = { name: null, pieceLength: null, isPrivate: false, trackers: [] };
      const { swarm } = await one.ask('shareFiles', { places: [await one.token(path)], ...question });
      await one.untilShare(swarm, ({ share }) => share?.activity === 'failed');
      await one.ask('removeShare', { swarm, deleteData: true });
      expect(await readFile(path)).toHaveLength(content.length);
    }
    expect(one.heard.filter(words => words.startsWith('deleted'))).toEqual([
      `deleted in ${one.dir}/copy ${one.dir}/copy/notes.bin`,
      `deleted in ${one.dir}`,
    ]);
  });
});

describe('the room', () => {
  it('is asked for what a typed computer shares, and gives it', async () => {
    const [one, two] = [await seat(), await seat()];
    const { share } = await one.share('notes.bin', content);
    const { listenPort } = await one.until({ topic: 'network' }, view => view.listenPort !== null);
    const address = `127.0.0.1:${listenPort}`;
    expect(await refusalOf(two.ask('addMachine', { address: '[:::' }))).toMatchObject({
      code: 'set-up',
    });
    expect(await refusalOf(two.ask('takeNearby', { infoHash: share!.infoHash, folder: null }))).toMatchObject(
      {
        code: 'set-up',
      },
    );
    await two.ask('addMachine', { address });
    expect(two.app.settings.machines).toEqual([address]);
    const nearby = await two.until({ topic: 'nearby' }, ({ machines }) =>
      machines.some(({ shares }) => shares.length > 0),
    );
    expect(nearby.machines).toMatchObject([
      {
        address,
        isTyped: true,
        problem: null,
        shares: [{ name: 'notes.bin', totalLength: 300_000, listedAs: null }],
      },
    ]);
    const { swarm } = await two.ask('takeNearby', { infoHash: share!.infoHash, folder: null });
    await two.untilShare(swarm, summary => summary.share?.activity === 'seeding');
    await two.until({ topic: 'nearby' }, ({ machines }) => machines[0]?.shares[0]?.listedAs === swarm);
    await two.ask('removeMachine', { address });
    expect(two.app.settings.machines).toEqual([]);
  });
});

describe('what was dropped', () => {
  it('is told apart', async () => {
    const one = await seat();
    const folder = join(one.dir, 'holiday');
    await mkdir(folder);
    await writeFile(join(folder, 'a.jpg'), content);
    await writeFile(join(folder, 'b.jpg'), content);
    await writeFile(join(one.dir, 'x.torrent'), 'rubbish');
    const look = async (path: string) => one.ask('look', { place: await one.token(path) });
    expect(await look(folder)).toMatchObject({
      kind: 'folder',
      size: 600_000,
      fileCount: 2,
      suggestedPieceSize: 16_384,
    });
    expect(await look(join(one.dir, 'x.torrent'))).toMatchObject({
      kind: 'nothing',
      message: expect.stringContaining('x.torrent cannot be used. This is no torrent file'),
    });
  });
});

describe('the folder for downloads', () => {
  it("is the user's choice, and must be there", async () => {
    const one = await seat();
    const chosen = join(one.dir, 'chosen');
    await mkdir(chosen);
    await one.ask('chooseDownloadFolder', { place: await one.token(chosen) });
    await rm(chosen, { recursive: true });
    const link = `magnet:?xt=urn:btih:${'ab'.repeat(20)}`;
    expect(await refusalOf(one.ask('addMagnet', { link, ...how }))).toMatchObject({
      code: 'set-up',
      message: expect.stringContaining('Bring this folder back, or choose another one in the settings.'),
    });
    await one.ask('chooseDownloadFolder', { place: null });
    const { swarm } = await one.ask('addMagnet', { link, ...how });
    expect(await one.untilShare(swarm, () => true)).toMatchObject({
      share: { activity: 'metadata' },
      folder: join(one.dir, 'downloads'),
    });
  });
});
