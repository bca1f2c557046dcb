import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Aria2 } from '../e2e/interop/aria2.ts';
import { type Clients, pathOf, reasonToSkip } from '../e2e/interop/clients.ts';
import { Libtorrent } from '../e2e/interop/libtorrent.ts';
import { Opentracker } from '../e2e/interop/opentracker.ts';
import { type Address, type Partner, place, usageOf } from '../e2e/interop/partner.ts';
import { freePorts } from '../src-main/io/free-ports.ts';
import { openHasher } from '../src-main/io/hasher.ts';
import { makeTorrent } from '../src-main/io/make-torrent.ts';
import { SharePartner } from './share-partner.ts';
import type { TransferCase, TransferResult, Workbench } from './transfer-bench.ts';
import type { ThreadSeconds } from './usage.ts';

/**
 * Measures shares, ours and those of other BitTorrent clients: each peer a process, plain text over TCP, no limits. All
 * are up before anybody connects: a process that starts is no part of a transfer.
 */

export type Contestant = 'Piecewise' | 'Piecewise in another Node' | 'libtorrent' | 'aria2';

export const contestants: readonly Contestant[] = [
  'Piecewise',
  'Piecewise in another Node',
  'libtorrent',
  'aria2',
];

/** One run of a case. */
export interface ShareResult extends TransferResult {
  /** Where the CPU seconds per gigabyte went, at the seed and at all downloaders together; of ours only. */
  readonly threads?: { readonly seed: ThreadSeconds; readonly downloaders: ThreadSeconds };
}

/** Who uses no processor for so long is at rest. */
const restMs = 200;

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
export function torrentOf(bench: Workbench, { fileSize, pieceSize }: TransferCase): Promise<TorrentOfCase> {
  const key = `${fileSize}-${pieceSize}`;
  const making =
    made.get(key) ??
    (async () => {
      const hasher = openHasher();
      const { metainfo, bytes, folder } = await makeTorrent({
        paths: [await bench.fileOf(fileSize)],
        pieceLength: pieceSize,
        isPrivate: false,
        trackers: [],
        hasher,
        onProgress() {},
        signal: new AbortController().signal,
      });
      await hasher.close();
      const torrent = join(bench.dir, `${key}.torrent`);
      await writeFile(torrent, bytes);
      return { torrent, infoHash: metainfo.infoHash, folder };
    })();
  made.set(key, making);
  return making;
}

export interface ShareBenchOptions {
  readonly clients: Clients;
  /** Another Node, such as the app's, which has another compiler. */
  readonly otherNode?: string | undefined;
  /** Where CPU profiles of our peers go, one of the seed and one of the first downloader. */
  readonly profiles?: { readonly seed: string; readonly downloader: string };
}

/** One run of a swarm of this client. @throws Error when a client is not there or does not finish */
export async function measureShare(
  bench: Workbench,
  contestant: Contestant,
  transfer: TransferCase,
  options: ShareBenchOptions,
): Promise<ShareResult> {
  const torrent = await torrentOf(bench, transfer);
  const dir = await mkdtemp(join(bench.dir, 'share-'));
  try {
    return await measures[contestant](options, torrent, transfer, dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

type Measure = (
  options: ShareBenchOptions,
  torrent: TorrentOfCase,
  transfer: TransferCase,
  dir: string,
) => Promise<ShareResult>;

const measureOurs: Measure = (options, ...rest) => measureIn(process.execPath, options, ...rest);

async function measureIn(
  node: string,
  { profiles }: ShareBenchOptions,
  { torrent, folder }: TorrentOfCase,
  transfer: TransferCase,
  dir: string,
): Promise<ShareResult> {
  const start = async (where: string, isSeed = false) => {
    const wish = { source: torrent, folder: where, stateFolder: dir, listen: await place() };
    return new SharePartner(wish, node, isSeed);
  };
  const seed = await start(folder, true);
  const downloaders = await startEach(transfer, dir, start);
  let threads: ShareResult['threads'];
  const result = await finish(seed, downloaders, transfer, async () => {
    await Promise.all([seed, ...downloaders].map(peer => peer.ready()));
    if (profiles !== undefined) await Promise.all([seed, downloaders[0]!].map(peer => peer.startProfile()));
    await atRest(seed, downloaders);
    const before = usages(seed, downloaders);
    connectAll(seed, downloaders);
    const startedAt = await seed.connected();
    const endedAt = Math.max(...(await Promise.all(downloaders.map(peer => peer.completed()))));
    const after = usages(seed, downloaders);
    const gigabytes = (transfer.fileSize * downloaders.length) / 1e9;
    const reports = await Promise.all(
      downloaders.map((peer, index) => peer.report(index === 0 ? profiles?.downloader : undefined)),
    );
    threads = {
      seed: perGB([await seed.report(profiles?.seed)], gigabytes),
      downloaders: perGB(reports, gigabytes),
    };
    return { before, after, startedAt, endedAt };
  });
  return { ...result, ...(threads === undefined ? {} : { threads }) };
}

const measureLibtorrent: Measure = async ({ clients }, { torrent, folder }, transfer, dir) => {
  const python = pathOf(clients, 'libtorrent');
  const start = async (where: string) =>
    new Libtorrent(python, { source: torrent, folder: where, stateFolder: dir, listen: await place() });
  const seed = await start(folder);
  const downloaders = await startEach(transfer, dir, start);
  return finish(seed, downloaders, transfer, async () => {
    await Promise.all([seed, ...downloaders].map(peer => peer.checked()));
    await atRest(seed, downloaders);
    const before = usages(seed, downloaders);
    connectAll(seed, downloaders);
    const { atMs: startedAt } = await seed.connected();
    const ends = await Promise.all(downloaders.map(peer => peer.completed(withinMs)));
    const endedAt = Math.max(...ends.map(({ atMs }) => atMs));
    return { before, after: usages(seed, downloaders), startedAt, endedAt };
  });
};

/** aria2 can be told of peers by a tracker only. */
const measureAria2: Measure = async ({ clients }, { torrent, infoHash, folder }, transfer, dir) => {
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
      await atRest(seed, downloaders);
      const before = usages(seed, downloaders);
      const startedAt = Date.now();
      await Promise.all(downloaders.map(peer => peer.go()));
      await Promise.all(downloaders.map(peer => peer.complete(withinMs)));
      return { before, after: usages(seed, downloaders), startedAt, endedAt: Date.now() };
    });
  } finally {
    tracker.process.signal('SIGKILL');
    await rm(tracker.folder, { recursive: true, force: true });
  }
};

const measures: Readonly<Record<Contestant, Measure>> = {
  Piecewise: measureOurs,
  'Piecewise in another Node': (options, ...rest) => measureIn(options.otherNode!, options, ...rest),
  libtorrent: measureLibtorrent,
  aria2: measureAria2,
};

/** Everybody knows everybody. */
function connectAll<P extends { readonly listen: Address; dial(address: Address): void }>(
  seed: P,
  downloaders: readonly P[],
): void {
  downloaders.forEach((peer, index) => {
    seed.dial(peer.listen);
    for (const other of downloaders.slice(0, index)) peer.dial(other.listen);
  });
}

function perGB(all: readonly ThreadSeconds[], gigabytes: number): ThreadSeconds {
  const of = (name: keyof ThreadSeconds) => all.reduce((sum, threads) => sum + threads[name], 0) / gigabytes;
  return {
    main: of('main'),
    reader: of('reader'),
    writer: of('writer'),
    node: of('node'),
  };
}

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
  /** When all were complete. */
  readonly after: readonly [number, number];
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
    const { before, after, startedAt, endedAt } = await run();
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

/** Until what they began at their start is done: threads, too, take their time to come up. */
async function atRest(seed: Partner, downloaders: readonly Partner[]): Promise<void> {
  for (let used = -1, now = 0; now !== used; ) {
    used = now;
    await setTimeout(restMs);
    now = usages(seed, downloaders).reduce((sum, seconds) => sum + seconds);
  }
}

function usages(seed: Partner, downloaders: readonly Partner[]): readonly [number, number] {
  const cpu = (peer: Partner) => usageOf(peer.process.pid).cpuSeconds;
  return [cpu(seed), downloaders.reduce((sum, peer) => sum + cpu(peer), 0)];
}

/** What each takes besides this build. */
const needs: Readonly<Record<Contestant, readonly (keyof Clients)[]>> = {
  Piecewise: [],
  'Piecewise in another Node': [],
  libtorrent: ['libtorrent'],
  aria2: ['aria2', 'opentracker'],
};

/** Why one cannot be measured; undefined when it can. */
export function reasonNotToMeasure(
  { clients, otherNode }: ShareBenchOptions,
  contestant: Contestant,
): string | undefined {
  if (contestant === 'Piecewise in another Node' && otherNode === undefined)
    return 'Piecewise in another Node: --other-node names none';
  return reasonToSkip(clients, needs[contestant]);
}

/** For a heading: which versions of the others were measured. */
export function versionsOf({ clients, otherNode }: ShareBenchOptions): string {
  const others = (['libtorrent', 'aria2'] as const).flatMap(name => {
    const client = clients[name];
    return 'missing' in client ? [] : [`${name} ${client.version}`];
  });
  if (otherNode === undefined) return others.join(', ');
  const { stdout } = spawnSync(otherNode, ['--version'], { encoding: 'utf8' });
  return [`itself in Node ${stdout.trim()}`, ...others].join(', ');
}
