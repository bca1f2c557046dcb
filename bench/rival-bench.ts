import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Aria2 } from '../e2e/interop/aria2.ts';
import { type Clients, pathOf, reasonToSkip } from '../e2e/interop/clients.ts';
import { Libtorrent, makeWithLibtorrent } from '../e2e/interop/libtorrent.ts';
import { Opentracker } from '../e2e/interop/opentracker.ts';
import { type Partner, place, usageOf } from '../e2e/interop/partner.ts';
import { freePorts } from '../src-main/io/free-ports.ts';
import type { TransferCase, TransferResult, Workbench } from './transfer-bench.ts';

/** Measures other BitTorrent clients at what a share does: each peer a process, plain text over TCP, no limits. */

export type Rival = 'libtorrent' | 'aria2';

export const rivals: readonly Rival[] = ['libtorrent', 'aria2'];

/** A transfer of 1 GiB takes the slowest of them some ten seconds. */
const withinMs = 180_000;

/** The programs there are; installs them where that can be done. */
export function findClients(): Clients {
  const { stdout } = spawnSync(process.execPath, [join('.ci', 'clients.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  return JSON.parse(stdout);
}

export interface TorrentOfCase {
  /** The .torrent, without a tracker. */
  readonly torrent: string;
  readonly infoHash: string;
  /** The folder in which the seed's file lies. */
  readonly folder: string;
}

const made = new Map<string, Promise<TorrentOfCase>>();

/** The test file of a case and its torrent, made once. */
export function torrentOf(bench: Workbench, python: string, transfer: TransferCase): Promise<TorrentOfCase> {
  const { fileSize, pieceSize } = transfer;
  const key = `${fileSize}-${pieceSize}`;
  const making =
    made.get(key) ??
    (async () => {
      const file = await bench.fileOf(fileSize);
      const torrent = join(bench.dir, `${key}.torrent`);
      const infoHash = await makeWithLibtorrent(python, file, torrent, { pieceLength: pieceSize });
      return { torrent, infoHash, folder: bench.dir };
    })();
  made.set(key, making);
  return making;
}

/** One run of a swarm of this client. @throws Error when a client is not there or does not finish */
export async function measureRival(
  bench: Workbench,
  clients: Clients,
  rival: Rival,
  transfer: TransferCase,
): Promise<TransferResult> {
  const torrent = await torrentOf(bench, pathOf(clients, 'libtorrent'), transfer);
  const dir = await mkdtemp(join(bench.dir, 'rivals-'));
  try {
    const measure = rival === 'libtorrent' ? measureLibtorrent : measureAria2;
    return await measure(clients, torrent, transfer, dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

type Measure = (
  clients: Clients,
  torrent: TorrentOfCase,
  transfer: TransferCase,
  dir: string,
) => Promise<TransferResult>;

const measureLibtorrent: Measure = async (clients, { torrent, folder }, transfer, dir) => {
  const python = pathOf(clients, 'libtorrent');
  const start = async (where: string) =>
    new Libtorrent(python, { source: torrent, folder: where, stateFolder: dir, listen: await place() });
  const seed = await start(folder);
  const downloaders = await startEach(transfer, dir, start);
  return finish(seed, downloaders, transfer, async () => {
    await Promise.all([seed, ...downloaders].map(peer => peer.checked()));
    const before = usages(seed, downloaders);
    downloaders.forEach((peer, index) => {
      seed.dial(peer.listen);
      for (const other of downloaders.slice(0, index)) peer.dial(other.listen);
    });
    const { atMs: startedAt } = await seed.connected();
    const ends = await Promise.all(downloaders.map(peer => peer.completed(withinMs)));
    return { before, startedAt, endedAt: Math.max(...ends.map(({ atMs }) => atMs)) };
  });
};

/** aria2 can be told of peers by a tracker only. */
const measureAria2: Measure = async (clients, { torrent, infoHash, folder }, transfer, dir) => {
  const tracker = new Opentracker(pathOf(clients, 'opentracker'), await place(), [infoHash]);
  try {
    await tracker.ready();
    const start = async (where: string, paused: boolean) => {
      const [rpcPort] = await freePorts(1, '127.0.0.1');
      return new Aria2(pathOf(clients, 'aria2'), {
        source: torrent,
        folder: where,
        stateFolder: dir,
        listen: await place(),
        rpcPort: rpcPort!,
        tracker: tracker.url('http'),
        paused,
      });
    };
    const seed = await start(folder, false);
    const downloaders = await startEach(transfer, dir, where => start(where, true));
    return await finish(seed, downloaders, transfer, async () => {
      await Promise.all([seed.complete(withinMs), ...downloaders.map(peer => peer.ready())]);
      const before = usages(seed, downloaders);
      const startedAt = Date.now();
      await Promise.all(downloaders.map(peer => peer.go()));
      await Promise.all(downloaders.map(peer => peer.complete(withinMs)));
      return { before, startedAt, endedAt: Date.now() };
    });
  } finally {
    tracker.process.signal('SIGKILL');
    await rm(tracker.folder, { recursive: true, force: true });
  }
};

async function startEach<P>(
  { downloaders }: TransferCase,
  dir: string,
  start: (folder: string) => Promise<P>,
): Promise<P[]> {
  const peers: P[] = [];
  for (let index = 0; index < downloaders; index += 1) {
    const folder = join(dir, String(index));
    await mkdir(folder);
    peers.push(await start(folder));
  }
  return peers;
}

interface Run {
  /** CPU seconds when all were ready: seed, then downloaders. */
  readonly before: readonly [number, number];
  readonly startedAt: number;
  readonly endedAt: number;
}

async function finish(
  seed: Partner,
  downloaders: readonly Partner[],
  { fileSize }: TransferCase,
  run: () => Promise<Run>,
): Promise<TransferResult> {
  const all = [seed, ...downloaders];
  try {
    const { before, startedAt, endedAt } = await run();
    const after = usages(seed, downloaders);
    const totalBytes = fileSize * downloaders.length;
    return {
      bytesPerSecond: totalBytes / ((endedAt - startedAt) / 1000),
      seedCpuPerGB: (after[0] - before[0]) / (totalBytes / 1e9),
      downloaderCpuPerGB: (after[1] - before[1]) / (totalBytes / 1e9),
      peakBytes: Math.max(...all.map(({ process: { pid } }) => usageOf(pid).peakBytes)),
    };
  } finally {
    for (const peer of all) peer.process.signal('SIGKILL');
    await Promise.allSettled(all.map(peer => peer.process.ended));
  }
}

function usages(seed: Partner, downloaders: readonly Partner[]): readonly [number, number] {
  const cpu = (peer: Partner) => usageOf(peer.process.pid).cpuSeconds;
  return [cpu(seed), downloaders.reduce((sum, peer) => sum + cpu(peer), 0)];
}

/** What each rival takes; libtorrent also makes the torrents. */
const needs: Readonly<Record<Rival, readonly (keyof Clients)[]>> = {
  libtorrent: ['libtorrent'],
  aria2: ['libtorrent', 'aria2', 'opentracker'],
};

/** Why a rival cannot be measured; undefined when it can. */
export function reasonNotToMeasure(clients: Clients, rival: Rival): string | undefined {
  return reasonToSkip(clients, needs[rival]);
}

/** For a heading: which versions were measured. */
export function versionsOf(clients: Clients): string {
  return rivals
    .flatMap(name => {
      const client = clients[name];
      return 'missing' in client ? [] : [`${name} ${client.version}`];
    })
    .join(', ');
}
