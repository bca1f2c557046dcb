import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright';
import { Child } from './child.ts';
import { openSwarmPage } from './chromium.ts';
import {
  makeSwarmFolder,
  orThrow,
  type PeerReport,
  type SwarmFolder,
  type TransferCase,
  type Workbench,
} from './transfer-bench.ts';

/** Measures what a screen costs a transfer: one seed, and one downloader that is watched in one of these ways. */

export const watchings = ['plain', 'app', 'followed', 'drawn'] as const;
/**
 * `plain`: a process with a peer and nothing else. `app`: the peer in the app, recorded, and no screen. `followed`: and
 * another process takes in what a screen takes in. `drawn`: and a browser shows the swarm's page.
 */
export type Watching = (typeof watchings)[number];

export interface WatchedCase {
  readonly fileSize: number;
  readonly pieceSize: number;
  /** Of the seed, bytes per second; undefined: no limit. */
  readonly uploadLimit: number | undefined;
}

export interface WatchedResult {
  readonly bytesPerSecond: number;
  /** Of the downloader's process from when it listened on, in seconds per gigabyte. */
  readonly cpuPerGB: number;
  /** The largest resident set of the downloader's process. */
  readonly peakBytes: number;
}

/** `browser` is needed for `drawn` alone. */
export async function measureWatched(
  bench: Workbench,
  { fileSize, pieceSize, uploadLimit }: WatchedCase,
  watching: Watching,
  browser?: Browser,
): Promise<WatchedResult> {
  const transfer: TransferCase = { downloaders: 1, fileSize, pieceSize };
  const folder = await makeSwarmFolder(bench, transfer);
  const downloader = startDownloader(folder, watching);
  let screen: Screen | undefined;
  let seed: Child | undefined;
  try {
    const { url = '', swarm = '' } = await downloader.next<{ url?: string; swarm?: string }>();
    if (watching === 'followed') screen = await follow(url, swarm, folder.downloaders[0]!);
    else if (watching === 'drawn') screen = await draw(browser!, url, swarm);
    const limit = uploadLimit === undefined ? [] : [String(uploadLimit)];
    seed = new Child('swarm-peer.js', [folder.dir, folder.seed, ...limit]);
    await seed.next();
    const [report] = await Promise.all([downloader.next<PeerReport>(), seed.next<PeerReport>()]);
    orThrow(report);
    await screen?.close();
    await Promise.all([downloader.end(), seed.end()]);
    return {
      bytesPerSecond: fileSize / ((report.completedAt - report.connectedAt) / 1000),
      cpuPerGB: report.runCpuSeconds / (fileSize / 1e9),
      peakBytes: report.peakBytes,
    };
  } finally {
    for (const child of [downloader, seed]) child?.kill();
    screen?.kill();
    await rm(folder.dir, { recursive: true, force: true });
  }
}

function startDownloader({ dir, downloaders: [id] }: SwarmFolder, watching: Watching): Child {
  if (watching === 'plain') return new Child('swarm-peer.js', [dir, id!]);
  return new Child('screen-peer.js', [dir, id!, join(dir, 'profile')]);
}

interface Screen {
  /** When it has taken in everything. */
  close(): Promise<void>;
  kill(): void;
}

async function follow(link: string, swarm: string, peer: string): Promise<Screen> {
  const follower = new Child('screen-follower.js', [link, swarm, peer]);
  await follower.next();
  return {
    async close() {
      await follower.next();
      await follower.end();
    },
    kill: () => follower.kill(),
  };
}

async function draw(browser: Browser, link: string, swarm: string): Promise<Screen> {
  const page: Page = await openSwarmPage(browser, link, swarm);
  return {
    close: () => page.close(),
    kill: () => void page.close().catch(() => {}),
  };
}
