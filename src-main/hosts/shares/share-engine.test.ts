import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { privateAlone } from '../../../src-shared/share.ts';
import {
  activity,
  FakeMachine,
  fakeHash,
  fakeMetainfo,
  fakeSettings,
  fakeTorrent,
  until,
} from './fake-parts-suite.ts';
import { type ShareEngine, type ShareEngineOptions, ShareProblem } from './share-engine.ts';

let dir: string;
let machine: FakeMachine;
let engine: ShareEngine;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'engine-'));
  machine = new FakeMachine();
  engine = await machine.open(dir);
});

afterEach(async () => {
  await engine.close();
  expect(machine.logged).toEqual([]);
  await rm(dir, { recursive: true });
});

async function restart(options: Partial<ShareEngineOptions> = {}): Promise<void> {
  await engine.close();
  machine = Object.assign(new FakeMachine(), { onDisk: machine.onDisk, altered: machine.altered });
  engine = await machine.open(dir, options);
}

const taking = { folder: null, sequential: false, paused: false };
const files = (path: string) => ({
  paths: [path],
  name: null,
  pieceLength: null,
  isPrivate: false,
  trackers: [],
});
const magnetOf = (name: string, more: object = {}) =>
  machine.parts.writeMagnet({ infoHash: fakeHash(name), name, trackers: [], peers: [], ...more });

/** Adds a share of one file and lets its check be over. */
async function added(name: string, changes: object = {}) {
  const share = await engine.addTorrent(fakeTorrent(fakeMetainfo(name)), { ...taking, ...changes });
  await until(() => activity(share) !== 'checking');
  return share;
}

/** The same, running. */
async function running(name: string) {
  const share = await added(name);
  await until(() => share.isRunning);
  return share;
}

describe('files', () => {
  it('are hashed, and seed without being read a second time', async () => {
    const share = await engine.shareFiles(files('/home/files/notes.pdf'));
    expect([share.name, activity(share), share.summary().magnet]).toEqual(['notes.pdf', 'hashing', null]);
    await until(() => machine.makings.length === 1);
    machine.makings[0]!.options.onProgress(1, 4);
    expect(share.summary().workProgress).toBe(0.25);
    machine.makings[0]!.finish(fakeMetainfo('notes.pdf'));
    await until(() => share.isRunning);
    expect(activity(share)).toBe('seeding');
    expect(machine.storages[0]!.options).toMatchObject({
      isComplete: true,
      recheck: false,
      folder: '/home/files',
    });
    expect(machine.localDiscovery.announced).toEqual(new Set([fakeHash('notes.pdf')]));
    expect(machine.parts.readMagnet(share.summary().magnet!)).toEqual({
      infoHash: fakeHash('notes.pdf'),
      name: 'notes.pdf',
      trackers: [],
      peers: [{ host: '10.0.0.1', port: 6881 }],
    });
  });

  it('that cannot be read say so, and can be tried again', async () => {
    const share = await engine.shareFiles(files('/home/files/notes.pdf'));
    await until(() => machine.makings.length === 1);
    const { FileFailure } = await import('../../io/file-failure.ts');
    machine.makings[0]!.fail(new FileFailure('notes.pdf: it may not be opened'));
    await until(() => activity(share) === 'failed');
    expect(share.summary().problem).toBe('notes.pdf: it may not be opened.');
    share.resume();
    await until(() => machine.makings.length === 2);
    expect(activity(share)).toBe('hashing');
  });

  it('are gone on with at the next start when the app ended before they were hashed', async () => {
    await engine.shareFiles({ ...files('/home/files/notes.pdf'), trackers: [['http://lab/announce']] });
    await restart();
    expect(engine.shares.map(share => [share.name, activity(share)])).toEqual([['notes.pdf', 'hashing']]);
    await until(() => machine.makings.length === 1);
    expect(machine.makings[0]!.options.trackers).toEqual([['http://lab/announce']]);
  });

  it('that lie under other names than those of the share are found there again', async () => {
    machine.paths = ['elsewhere/notes 1.pdf'];
    const share = await engine.shareFiles(files('/home/files/notes.pdf'));
    await until(() => machine.makings.length === 1);
    machine.makings[0]!.finish(fakeMetainfo('notes.pdf'));
    await until(() => share.isRunning);
    await restart();
    await until(() => machine.storages.length === 1);
    expect(machine.storages[0]!.options.metainfo.files[0]!.path).toBe('elsewhere/notes 1.pdf');
    expect(engine.shares[0]!.view().files[0]!.path).toBe('notes.pdf');
  });

  it('that are to be private need a tracker', async () => {
    const alone = { ...files('/home/files/notes.pdf'), isPrivate: true };
    await expect(engine.shareFiles(alone)).rejects.toThrow(new ShareProblem(privateAlone));
    expect([engine.shares, await readdir(dir)]).toEqual([[], []]);
    await engine.shareFiles({ ...alone, trackers: [['http://lab/announce']] });
    expect(engine.shares).toHaveLength(1);
  });

  it('that are shared already are not shared a second time', async () => {
    await running('notes.pdf');
    const share = await engine.shareFiles(files('/elsewhere/notes.pdf'));
    await until(() => machine.makings.length === 1);
    machine.makings[0]!.finish(fakeMetainfo('notes.pdf'));
    await until(() => activity(share) === 'failed');
    expect(share.summary().problem).toBe(
      'The same is on the list already, as notes.pdf. Take one of the two off the list.',
    );
  });
});

describe('a torrent', () => {
  it('is checked, downloads, tells its trackers when it is complete, and seeds', async () => {
    machine.onDisk.set('film', [0, 1]);
    const share = await running('film');
    expect(activity(share)).toBe('downloading');
    expect(share.summary()).toMatchObject({
      totalLength: 100_000,
      wantedLength: 100_000,
      haveLength: 32_768,
    });
    machine.swarm('film').receive(2, 3, 4, 5, 6);
    await until(() => activity(share) === 'seeding');
    expect(share.summary().haveLength).toBe(100_000);
    expect(machine.announcers[0]!.told).toEqual(['start', 'completed']);
  });

  it('is not taken twice', async () => {
    await added('film');
    await expect(added('film')).rejects.toThrow(new ShareProblem('film is on the list already.'));
    await expect(engine.addMagnet(magnetOf('film'), taking)).rejects.toThrow('film is on the list already');
  });

  it('of which files are left out is complete without them', async () => {
    const metainfo = fakeMetainfo('folder', [30_000, 40_000, 30_000]);
    const share = await engine.addTorrent(fakeTorrent(metainfo), { ...taking, skip: [1] });
    await until(() => share.isRunning);
    const swarm = machine.swarm('folder');
    expect([...swarm.priorities]).toEqual([2, 2, 0, 0, 2, 2, 2]);
    swarm.receive(0, 1, 4, 5, 6);
    await until(() => activity(share) === 'seeding');
    share.setFilePriorities([1], 'high');
    expect([...swarm.priorities]).toEqual([2, 3, 3, 3, 3, 2, 2]);
    expect([...machine.storages[0]!.storage.priorities]).toEqual([2, 3, 2]);
    await until(() => activity(share) === 'downloading');
    expect(share.summary()).toMatchObject({ wantedLength: 100_000 });
  });

  it('that was added paused waits for its user', async () => {
    const share = await engine.addTorrent(fakeTorrent(fakeMetainfo('film')), { ...taking, paused: true });
    expect(activity(share)).toBe('paused');
    share.resume();
    await until(() => activity(share) === 'downloading');
    share.pause();
    await until(() => !share.isRunning);
    expect(machine.announcers[0]!.told).toEqual(['start', 'stop']);
    expect(machine.localDiscovery.announced.size).toBe(0);
  });

  it('that is private is known to its trackers only', async () => {
    const metainfo = fakeMetainfo('secret', [100_000], true);
    const share = await engine.addTorrent(fakeTorrent(metainfo), taking);
    await until(() => share.isRunning);
    machine.onLocalPeer(metainfo.infoHash, { host: '10.0.0.9', port: 1 });
    share.addPeers([{ host: '10.0.0.8', port: 1 }], 'tracker');
    share.addPeers([{ host: '10.0.0.7', port: 1 }], 'typed');
    await running('film');
    expect(machine.localDiscovery.announced).toEqual(new Set([fakeHash('film')]));
    expect(machine.visitors.offered().map(({ name }) => name)).toEqual(['film']);
    const announced = machine.visitors.announced(fakeHash('film'))!;
    expect(announced.isSeed).toBe(false);
    // Anybody can, under any number of ports: it is no more than hearsay.
    announced.onPeer({ host: '10.0.0.9', port: 7 });
    expect(machine.swarm('film').added).toContainEqual(['10.0.0.9:7', 'incoming']);
    expect(machine.visitors.announced(metainfo.infoHash)).toBeUndefined();
    expect(machine.swarm('secret').added).toEqual([
      ['10.0.0.8:1', 'tracker'],
      ['10.0.0.7:1', 'typed'],
    ]);
    expect(machine.swarm('secret').options.peerExchange).toBe(false);
    expect(machine.parts.readMagnet(share.summary().magnet!).peers).toEqual([]);
  });

  it('is saved beside its files, and never over something else', async () => {
    const share = await engine.addTorrent(fakeTorrent(fakeMetainfo('film')), { ...taking, folder: dir });
    const path = join(dir, 'film.torrent');
    expect(await engine.saveTorrent(share)).toBe(path);
    expect(await engine.saveTorrent(share)).toBe(path);
    await writeFile(path, 'of somebody else');
    for (let run = 0; run < 2; run += 1)
      expect(await engine.saveTorrent(share)).toBe(join(dir, 'film 2.torrent'));
    expect(await readFile(path, 'utf8')).toBe('of somebody else');
  });

  it('is saved beside that of another share of its name, even in the same moment', async () => {
    const infoHashOf = (bytes: Uint8Array) => fakeHash(new TextDecoder().decode(bytes));
    machine.parts.readTorrent = infoBytes => ({
      ...fakeMetainfo('film'),
      infoBytes,
      infoHash: infoHashOf(infoBytes),
    });
    machine.parts.writeTorrent = ({ infoBytes }) => infoBytes;
    const shares = await Promise.all(
      ['one', 'two'].map(name =>
        engine.addTorrent(new TextEncoder().encode(name), { ...taking, folder: dir }),
      ),
    );
    const saved = await Promise.all(shares.map(share => engine.saveTorrent(share)));
    expect([...saved].sort()).toEqual([join(dir, 'film 2.torrent'), join(dir, 'film.torrent')]);
    for (const [i, path] of saved.entries())
      expect(infoHashOf(await readFile(path))).toBe(shares[i]!.infoHash);
  });

  it('is taken off the list, with its files only when that is asked for', async () => {
    const share = await running('film');
    await until(() => share.isRunning);
    await engine.remove(share, false);
    expect(machine.storages.some(({ storage }) => storage.isDeleted)).toBe(false);
    expect(await readdir(join(dir, 'shares'))).toEqual(['declined.json']);
    const again = await running('film');
    await engine.remove(again, true);
    expect(machine.storages.some(({ storage }) => storage.isDeleted)).toBe(true);
    expect(machine.storages.every(({ storage }) => storage.isClosed)).toBe(true);
    expect(engine.shares).toEqual([]);
  });
});

describe('a magnet link', () => {
  it('is asked of peers, and goes on when one of them has told what it leads to', async () => {
    const share = await engine.addMagnet(
      magnetOf('film', { peers: [{ host: '10.0.0.2', port: 7 }] }),
      taking,
    );
    await until(() => machine.fetchings.length === 1);
    expect([activity(share), share.summary().workProgress]).toEqual(['metadata', 0.5]);
    machine.onLocalPeer(fakeHash('film'), { host: '10.0.0.3', port: 8 });
    machine.onLocalPeer(fakeHash('film'), { host: '10.0.0.3', port: 8 });
    expect(machine.fetchings[0]!.peers).toEqual(['10.0.0.2:7', '10.0.0.3:8']);
    machine.fetchings[0]!.options.onInfo(fakeTorrent(fakeMetainfo('film')), [], []);
    await until(() => share.isRunning);
    expect(machine.fetchings[0]!.isStopped).toBe(true);
    expect(machine.swarm('film').added).toEqual([
      ['10.0.0.2:7', 'magnet link'],
      ['10.0.0.3:8', 'local discovery'],
    ]);
    await restart();
    expect(engine.shares[0]).toMatchObject({ name: 'film', infoHash: fakeHash('film') });
    await until(() => engine.shares[0]!.isRunning);
  });

  it('goes on without those who lied about what it leads to', async () => {
    const peers = [7, 8].map(port => ({ host: '10.0.0.2', port }));
    const share = await engine.addMagnet(magnetOf('film', { peers }), taking);
    await until(() => machine.fetchings.length === 1);
    machine.fetchings[0]!.options.onInfo(fakeTorrent(fakeMetainfo('film')), [peers[1]!], [peers[0]!]);
    await until(() => share.isRunning);
    expect(machine.swarm('film').added).toEqual([['10.0.0.2:8', 'magnet link']]);
  });

  it('tells of those who lie about what it leads to', async () => {
    const share = await engine.addMagnet(magnetOf('film'), taking);
    const notes: string[] = [];
    share.onNote = text => notes.push(text);
    await until(() => machine.fetchings.length === 1);
    machine.fetchings[0]!.options.onNote('10.0.0.2:7: it lies');
    expect(notes).toEqual(['10.0.0.2:7: it lies']);
  });

  it('that turns out to be private is then known to its trackers only', async () => {
    const share = await engine.addMagnet(
      magnetOf('film', { peers: [{ host: '10.0.0.2', port: 7 }] }),
      taking,
    );
    await until(() => machine.fetchings.length === 1);
    expect(machine.localDiscovery.announced.size).toBe(1);
    share.addPeers([{ host: '10.0.0.8', port: 1 }], 'tracker');
    machine.fetchings[0]!.options.onInfo(fakeTorrent(fakeMetainfo('film', [100_000], true)), [], []);
    await until(() => share.isRunning);
    expect(machine.localDiscovery.announced.size).toBe(0);
    expect(machine.swarm('film').added).toEqual([['10.0.0.8:1', 'tracker']]);
    expect(machine.accepting.size).toBe(1);
  });

  it('that leads to rubbish says so', async () => {
    const share = await engine.addMagnet(magnetOf('film'), taking);
    await until(() => machine.fetchings.length === 1);
    machine.fetchings[0]!.options.onInfo(new TextEncoder().encode('{'), [], []);
    await until(() => activity(share) === 'failed');
    expect(share.summary().problem).toContain('What the link leads to cannot be used');
  });
});

describe('the queue', () => {
  it('lets as many transfer as it may, and the next when one is done', async () => {
    engine.changeSettings(fakeSettings({ activeDownloads: 1, activeSeeds: 1 }));
    const [one, two, three] = [await running('one'), await added('two'), await added('three')];
    expect([one, two, three].map(share => share.queuePosition)).toEqual([null, 1, 2]);
    expect([one, two, three].map(activity)).toEqual(['downloading', 'queued', 'queued']);
    engine.moveInQueue(three, 'up');
    machine.swarm('one').receive(0, 1, 2, 3, 4, 5, 6);
    await until(() => activity(three) === 'downloading');
    expect([one, two, three].map(activity)).toEqual(['seeding', 'queued', 'downloading']);
    await restart();
    expect(engine.shares.map(({ name }) => name)).toEqual(['one', 'three', 'two']);
  });

  it('stops a seed at its ratio, once', async () => {
    machine.onDisk.set('film', 'all');
    const share = await running('film');
    share.setSeedRatio(0.5);
    machine.clock.advance(1_000);
    machine.swarm('film').uploaded = 60_000;
    machine.clock.advance(1_000);
    expect(activity(share)).toBe('paused');
    await until(() => !share.isRunning);
    expect(share.summary().uploadedBytes).toBe(60_000);
    share.resume();
    await until(() => share.isRunning);
    machine.clock.advance(5_000);
    expect(activity(share)).toBe('seeding');
    await restart();
    await until(() => engine.shares[0]!.isRunning);
    machine.clock.advance(5_000);
    expect(activity(engine.shares[0]!)).toBe('seeding');
  });

  it('stops a share at the ratio that it reached before it was complete, or that is set below what it has', async () => {
    const [one, other] = [await running('one'), await running('other')];
    one.setSeedRatio(0.5);
    for (const name of ['one', 'other']) machine.swarm(name).uploaded = 90_000;
    machine.clock.advance(1_000);
    expect([one, other].map(activity)).toEqual(['downloading', 'downloading']);
    for (const name of ['one', 'other']) machine.swarm(name).receive(0, 1, 2, 3, 4, 5, 6);
    machine.clock.advance(1_000);
    expect([one, other].map(activity)).toEqual(['paused', 'seeding']);
    other.setSeedRatio(0.5);
    machine.clock.advance(1_000);
    expect(activity(other)).toBe('paused');
  });

  it('gives files of this computer to others even where nothing is given on that was fetched', async () => {
    engine.changeSettings(fakeSettings({ seedRatio: 0 }));
    machine.onDisk.set('film', 'all');
    const fetched = await running('film');
    const own = await engine.shareFiles(files('/elsewhere/own'));
    await until(() => machine.makings.length === 1);
    machine.makings[0]!.finish(fakeMetainfo('own'));
    await until(() => own.isRunning);
    machine.clock.advance(1_000);
    expect([own, fetched].map(activity)).toEqual(['seeding', 'paused']);
  });
});

describe('limits', () => {
  it('hold for all together, and change at once', async () => {
    await running('film');
    const { upload, download } = machine.swarm('film').options.limits;
    engine.changeSettings(fakeSettings({ shareUploadBytesPerSecond: 5_000 }));
    expect([upload[1]!.bytesPerSecond, download[1]!.bytesPerSecond]).toEqual([
      5_000,
      Number.POSITIVE_INFINITY,
    ]);
    engine.changeSettings(
      fakeSettings({ alternativeLimits: 'on', alternativeDownloadBytesPerSecond: 7_000 }),
    );
    expect(download[1]!.bytesPerSecond).toBe(7_000);
    expect(machine.swarm('film').limitsChanged).toBe(2);
    engine.shares[0]!.setLimits(2_000, null);
    expect(upload[0]!.bytesPerSecond).toBe(2_000);
  });

  it('follow the clock within a second', async () => {
    const days = [0, 1, 2, 3, 4, 5, 6];
    const now = new Date(machine.clock.wallNow());
    const minute = now.getHours() * 60 + now.getMinutes();
    const settings = fakeSettings({
      alternativeLimits: 'scheduled',
      alternativeUploadBytesPerSecond: 1_000,
      alternativeSchedule: { from: (minute + 1) % 1440, to: (minute + 2) % 1440, days },
    });
    engine.changeSettings(settings);
    await running('film');
    const limiter = machine.swarm('film').options.limits.upload[1]!;
    expect(limiter.bytesPerSecond).toBe(Number.POSITIVE_INFINITY);
    machine.clock.advance(60_000);
    expect(limiter.bytesPerSecond).toBe(1_000);
    machine.clock.advance(60_000);
    expect(limiter.bytesPerSecond).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('the disk', () => {
  it('is looked at before a download begins, which waits for room', async () => {
    machine.free = 1_000;
    const share = await added('film');
    await until(() => share.summary().problem !== null);
    expect(share.summary().problem).toBe(
      'There is no room: 97.7 KiB are still to come, and the disk that holds /home/downloads has 1000 B left. Make room there; it goes on by itself.',
    );
    expect([activity(share), share.isRunning]).toEqual(['downloading', false]);
    machine.free = 1e12;
    machine.clock.advance(2_000);
    await until(() => share.isRunning);
    expect(share.summary().problem).toBeNull();
  });

  it('is waited for where it has no room for what is remembered either, while others go on', async () => {
    machine.openFailure = { failed: 'film.resume: the disk is full', cause: 'full' };
    const share = await engine.addTorrent(fakeTorrent(fakeMetainfo('film')), taking);
    await until(() => share.summary().problem !== null);
    expect([activity(share), share.summary().problem]).toEqual([
      'checking',
      'film.resume: the disk is full. Make room there; it goes on by itself.',
    ]);
    machine.openFailure = undefined;
    await running('other');
    expect(activity(share)).toBe('checking');
    machine.clock.advance(2_000);
    await until(() => share.isRunning);
    expect(share.summary().problem).toBeNull();
  });

  it('is not waited for by a share that is paused meanwhile', async () => {
    machine.openFailure = { failed: 'film.resume: the disk is full', cause: 'full' };
    const share = await engine.addTorrent(fakeTorrent(fakeMetainfo('film')), taking);
    await until(() => share.summary().problem !== null);
    share.pause();
    await until(() => activity(share) === 'paused');
    expect(share.summary().problem).toBeNull();
  });

  it('that fills up is told, until something can be written again', async () => {
    const share = await running('film');
    const { storage } = machine.storages[0]!;
    storage.failure = { failed: 'film: the disk is full', cause: 'full' };
    machine.free = 0;
    machine.swarm('film').options.ports.storage.write(0, new Uint8Array(), () => {});
    await until(() => share.summary().problem !== null);
    expect([activity(share), share.summary().problem]).toEqual([
      'downloading',
      expect.stringContaining('There is no room: 97.7 KiB are still to come'),
    ]);
    storage.failure = undefined;
    machine.swarm('film').options.ports.storage.write(0, new Uint8Array(), () => {});
    expect(share.summary().problem).toBeNull();
  });

  it('on which a file has changed is read again, and its user asked', async () => {
    machine.onDisk.set('film', 'all');
    const share = await running('film');
    machine.onDisk.set('film', [1, 2, 3]);
    machine.storages[0]!.storage.failure = { failed: 'film has changed', cause: 'changed' };
    const swarm = machine.swarm('film');
    swarm.options.ports.storage.read(0, 0, 1, () => {});
    swarm.end('storage-failed');
    await until(() => activity(share) === 'failed');
    expect(machine.storages.at(-1)!.options.recheck).toBe(true);
    expect(share.notices).toEqual(['film has changed. Everything is checked again.']);
    share.resume();
    await until(() => activity(share) === 'downloading' && share.isRunning);
  });

  it('on which somebody has changed what was whole is not written to, until its user says so', async () => {
    machine.onDisk.set('film', 'all');
    await running('film');
    machine.onDisk.set('film', [1, 2, 3]);
    machine.altered = ['film'];
    await restart();
    const share = engine.shares[0]!;
    await until(() => activity(share) === 'failed');
    expect(share.summary().problem).toBe(
      'film has been changed here since this computer had everything. Take the share off the list to keep the change, or go on to fetch what was shared in its place.',
    );
    expect(share.summary().haveLength).toBe(3 * share.view().pieceLength);
    share.resume();
    await until(() => activity(share) === 'downloading');
  });

  it('from which everything has gone is not fetched again, until its user says so', async () => {
    machine.onDisk.set('film', 'all');
    await running('film');
    machine.onDisk.set('film', []);
    await restart();
    const share = engine.shares[0]!;
    await until(() => activity(share) === 'failed');
    expect(share.summary().problem).toBe(
      'film is not here any more, although this computer had everything. Bring it back or take the share off the list; or go on to fetch it again.',
    );
    share.resume();
    await until(() => activity(share) === 'downloading');
  });

  it('from which something has gone is not fetched again either, at no start, until its user says so', async () => {
    machine.onDisk.set('film', 'all');
    await running('film');
    machine.onDisk.set('film', [0, 1, 2]);
    const gone =
      'Some of film (49.7 KiB) is not here any more, although this computer had everything. Bring it back or take the share off the list; or go on to fetch it again.';
    for (let start = 0; start < 2; start += 1) {
      await restart();
      await until(() => activity(engine.shares[0]!) === 'failed');
      expect(engine.shares[0]!.summary().problem).toBe(gone);
    }
    engine.shares[0]!.resume();
    await until(() => activity(engine.shares[0]!) === 'downloading');
    await restart();
    await until(() => activity(engine.shares[0]!) === 'downloading');
  });

  it('is fetched when more is wanted than was here', async () => {
    machine.onDisk.set('film', 'all');
    const share = await running('film');
    share.setFilePriorities([0], 'skip');
    machine.onDisk.set('film', []);
    await restart();
    await until(() => activity(engine.shares[0]!) === 'seeding');
    engine.shares[0]!.setFilePriorities([0], 'normal');
    await until(() => activity(engine.shares[0]!) === 'downloading');
    await restart();
    await until(() => activity(engine.shares[0]!) === 'downloading');
  });

  it('is not fetched again for being paused and wanted sooner', async () => {
    machine.onDisk.set('film', 'all');
    const share = await running('film');
    share.pause();
    await until(() => !share.isRunning);
    await restart();
    engine.shares[0]!.setFilePriorities([0], 'high');
    machine.onDisk.set('film', []);
    engine.shares[0]!.resume();
    await until(() => activity(engine.shares[0]!) === 'failed');
  });

  it('that fails ends the share with a sentence, until its user tries again', async () => {
    const share = await running('film');
    machine.storages[0]!.storage.failure = { failed: 'film: the disk reports a fault' };
    const swarm = machine.swarm('film');
    swarm.options.ports.storage.read(0, 0, 1, () => {});
    swarm.isStopped = true;
    swarm.end('storage-failed');
    expect([activity(share), share.summary().problem]).toEqual(['failed', 'film: the disk reports a fault']);
    share.resume();
    await until(() => share.isRunning);
    expect(activity(share)).toBe('downloading');
  });

  it('that cannot be opened likewise', async () => {
    machine.openFailure = { failed: 'film: it may not be opened' };
    const share = await engine.addTorrent(fakeTorrent(fakeMetainfo('film')), taking);
    await until(() => activity(share) === 'failed');
    machine.openFailure = undefined;
    share.resume();
    await until(() => share.isRunning);
  });
});

describe('the room', () => {
  it('is only looked at, and asked for what its user takes', async () => {
    machine.offer('10.0.0.5:7000', 'film');
    expect(engine.finding.nearby().machines[0]!.shares[0]).toMatchObject({ name: 'film', listedAs: null });
    expect(engine.shares).toEqual([]);
    const share = await engine.takeNearby(fakeHash('film'), taking);
    await until(() => machine.fetchings.length === 1);
    expect(machine.fetchings[0]!.peers).toEqual(['10.0.0.5:7000']);
    expect(engine.finding.nearby().machines[0]!.shares[0]!.listedAs).toBe(share.id);
    await expect(engine.takeNearby(fakeHash('gone'), taking)).rejects.toThrow('Nobody of the room offers');
  });

  it('gives everything once its user has said so, but nothing that was taken off', async () => {
    machine.offer('10.0.0.5:7000', 'one', 'two');
    engine.changeSettings(fakeSettings({ takeAll: true }));
    await until(() => engine.shares.length === 2);
    await engine.remove(engine.shares[0]!, false);
    machine.offer('10.0.0.5:7000', 'one', 'two', 'three');
    await until(() => engine.shares.length === 2);
    expect(engine.shares.map(({ name }) => name)).toEqual(['two', 'three']);
    await restart({ settings: fakeSettings({ takeAll: true }) });
    machine.offer('10.0.0.5:7000', 'one', 'four');
    await until(() => engine.shares.length === 3);
    expect(engine.shares.map(({ name }) => name)).toEqual(['two', 'three', 'four']);
  });

  it('fills the list to a limit, whatever is offered', async () => {
    engine.changeSettings(fakeSettings({ takeAll: true }));
    const names = Array.from({ length: 600 }, (_, i) => `share ${i}`);
    machine.offer('10.0.0.5:7000', ...names);
    await until(() => engine.shares.length >= 500);
    machine.offer('10.0.0.5:7000', ...names, 'more');
    await until(() => engine.shares.every(({ activity }) => activity === 'metadata'));
    expect(engine.shares).toHaveLength(500);
    expect(engine.notices).toEqual([expect.stringMatching(/^There are 500 shares on the list: no more/)]);
    await engine.takeNearby(fakeHash('more'), taking);
    expect(engine.shares).toHaveLength(501);
  });
});

describe('what finds peers', () => {
  it('is opened and closed as the settings say, and told of what is shared', async () => {
    await running('film');
    expect(machine.dht.announced.size).toBe(0);
    engine.changeSettings(fakeSettings({ dht: true, trackerHttpPort: 8000, localDiscovery: false }));
    await until(() => machine.dht.announced.size === 1 && machine.announcers.length === 2);
    expect(machine.announcers[1]).toMatchObject({
      options: { tiers: [['http://10.0.0.1:8000/announce']] },
      told: ['start'],
    });
    expect(engine.finding.magnetOf(engine.shares[0]!)).toContain(
      encodeURIComponent('http://10.0.0.1:8000/announce'),
    );
    await until(() => machine.localDiscovery.isClosed);
    engine.changeSettings(fakeSettings());
    await until(() => machine.dht.isClosed && machine.tracker.isClosed);
    expect(machine.announcers[1]!.told).toEqual(['start', 'stop']);
  });

  it('is told in the network check, the port too', async () => {
    const states = engine.finding.network().mechanisms.map(({ mechanism, state }) => [mechanism, state]);
    expect(states).toEqual([
      ['listening', 'quiet'],
      ['local-discovery', 'working'],
      ['catalogue', 'working'],
      ['typed', 'off'],
      ['trackers', 'off'],
      ['own-tracker', 'off'],
      ['peer-exchange', 'quiet'],
      ['dht', 'off'],
      ['port-mapping', 'off'],
    ]);
    expect(engine.finding.network().listenPort).toBe(6881);
  });

  it('are links that come in, given to the share they name while it runs', async () => {
    const share = await running('film');
    const link = {} as never;
    machine.accepting.get(fakeHash('film'))!(link);
    expect(machine.swarm('film').accepted).toEqual([link]);
    share.pause();
    await until(() => !share.isRunning);
    expect(machine.accepting.size).toBe(0);
  });

  it('listens on the next port when its own is taken, and says so', async () => {
    await engine.close();
    machine = new FakeMachine();
    machine.takenPorts = [6881, 6882];
    engine = await machine.open(dir);
    expect(engine.finding.listenPort).toBe(6883);
    expect(engine.notices).toEqual(['Port 6881 is taken.']);
  });
});

describe('the next start after a kill', () => {
  /** What a start finds on a disk as it is now, after `change`. */
  async function foundAfter(change: (shares: string) => Promise<void> = async () => {}) {
    const left = join(dir, 'left');
    await cp(join(dir, 'shares'), join(left, 'shares'), { recursive: true });
    await change(join(left, 'shares'));
    const next = await new FakeMachine().open(left);
    const found = next.shares.map(share => [share.name, share.record.folder, activity(share)]);
    const { notices } = next;
    await next.close();
    await rm(left, { recursive: true });
    return { found, notices };
  }

  it('has what was added before, where it was to lie', async () => {
    await engine.addTorrent(fakeTorrent(fakeMetainfo('film')), { ...taking, folder: '/elsewhere' });
    await engine.addMagnet(magnetOf('song'), { ...taking, folder: '/elsewhere' });
    expect(await foundAfter()).toEqual({
      found: [
        ['film', '/elsewhere', 'checking'],
        ['song', '/elsewhere', 'metadata'],
      ],
      notices: [],
    });
  });

  it('has files once that were just hashed, at whatever step it was', async () => {
    const share = await engine.shareFiles(files('/home/files/notes.pdf'));
    const hashing = `${share.id}.hashing`;
    const text = await readFile(join(dir, 'shares', hashing));
    await until(() => machine.makings.length === 1);
    machine.makings[0]!.finish(fakeMetainfo('notes.pdf'));
    await until(() => share.isRunning);
    const whole = { found: [['notes.pdf', '/home/files', 'checking']], notices: [] };
    expect(await foundAfter()).toEqual(whole);
    expect(await foundAfter(shares => writeFile(join(shares, hashing), text))).toEqual(whole);
    const early = await foundAfter(async shares => {
      await writeFile(join(shares, hashing), text);
      await rm(join(shares, `${share.infoHash}.torrent`));
    });
    expect(early).toEqual({ found: [['notes.pdf', '/home/files', 'hashing']], notices: [] });
  });
});

describe('the next start', () => {
  it('has the same list with the same settings', async () => {
    const share = await running('film');
    share.setLimits(2_000, 3_000);
    share.setSequential(true);
    share.setTrackers([['http://lab/announce']]);
    machine.swarm('film').downloaded = 500;
    const other = await added('other');
    other.pause();
    const { addedAtMs } = share.summary();
    await restart();
    expect(engine.shares.map(one => [one.id, activity(one)])).toEqual([
      [share.id, 'checking'],
      [other.id, 'paused'],
    ]);
    expect(engine.shares[0]!.view()).toMatchObject({
      sequential: true,
      uploadBytesPerSecond: 2_000,
      downloadBytesPerSecond: 3_000,
      summary: { addedAtMs, downloadedBytes: 500 },
    });
    await until(() => engine.shares[0]!.isRunning);
    expect(machine.announcers[0]!.options.tiers).toEqual([['http://lab/announce']]);
    expect(machine.swarm('film').options.sequential).toBe(true);
  });

  it('shows of a paused share what was here, and looks only when it goes on', async () => {
    machine.onDisk.set('film', [1, 3]);
    const share = await running('film');
    share.pause();
    await until(() => !share.isRunning);
    await restart();
    const [again] = engine.shares;
    await until(() => again!.view().have[0] === 0b0101_0000);
    expect(machine.storages).toEqual([]);
    machine.onDisk.set('film', [0]);
    again!.resume();
    await until(() => again!.isRunning);
    expect(again!.view().have[0]).toBe(0b1000_0000);
  });

  it('keeps a share whose metainfo was damaged: its hash finds it again', async () => {
    await added('film');
    await engine.close();
    await writeFile(join(dir, 'shares', `${fakeHash('film')}.torrent`), 'rubbish');
    machine = new FakeMachine();
    engine = await machine.open(dir);
    expect(engine.notices).toHaveLength(1);
    expect(engine.shares.map(share => [share.name, share.infoHash, activity(share)])).toEqual([
      ['film', fakeHash('film'), 'metadata'],
    ]);
  });

  it('is not gone on with where only what is added counts', async () => {
    await added('film');
    await restart({ restores: false });
    expect(engine.shares).toEqual([]);
  });
});
