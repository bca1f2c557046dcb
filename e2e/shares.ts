import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BlockEvent, BtSeed, type Manners, type Offer } from './interop/bt-byte-peer.ts';
import { bytesOf } from './interop/content.ts';
import { type Address, place } from './interop/partner.ts';
import { makeTorrent } from './interop/torrents.ts';
import type { Lab } from './lab.ts';
import { patienceMs } from './patience.ts';
import type { CommandOptions, RunningProcess } from './processes.ts';

/** Shares as people run them from the command line, for the tests of what goes wrong. */

export interface SharedFile extends Offer {
  readonly name: string;
  readonly folder: string;
  readonly path: string;
  /** The .torrent. */
  readonly torrent: string;
  readonly sha256: string;
}

export function newFolder(lab: Lab): string {
  const folder = mkdtempSync(join(tmpdir(), 'piecewise-shares-'));
  lab.onEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A file of bytes that only `seed` determines, and its torrent by another program's hand. */
export async function sharedFile(
  lab: Lab,
  {
    size,
    pieceLength = 262_144,
    seed = 'a file',
    name = 'shared.bin',
  }: { size: number; pieceLength?: number; seed?: string; name?: string },
): Promise<SharedFile> {
  const folder = newFolder(lab);
  const path = join(folder, name);
  const bytes = bytesOf(size, seed);
  writeFileSync(path, bytes);
  const { bytes: torrentBytes, infoHash } = await makeTorrent({ name, path, folder }, { pieceLength });
  const torrent = join(newFolder(lab), 'shared.torrent');
  writeFileSync(torrent, torrentBytes);
  return { name, folder, path, bytes, torrent, infoHash, pieceLength, sha256: digestOf(path) };
}

export async function listen(lab: Lab, offer: Offer, manners?: Manners): Promise<BtSeed> {
  const seed = await BtSeed.listen(await place(), offer, manners);
  lab.onEnd(() => seed.close());
  return seed;
}

export interface StartedShare {
  readonly process: RunningProcess;
  readonly infoHash: string;
  readonly address: Address;
  readonly torrent: string;
}

/** `piecewise share`, once it seeds: with the port it said. */
export async function startShare(
  lab: Lab,
  paths: readonly string[],
  args: readonly string[] = [],
  withinMs?: number,
): Promise<StartedShare> {
  const torrent = join(newFolder(lab), 'made.torrent');
  const process = lab.command(
    ['share', ...paths, '--no-lan', '--port', '0', '--out', torrent, '--json', ...args],
    { cwd: newFolder(lab) },
  );
  const [, infoHash, port] = await process.says(/"share":.*"infoHash":"(\w+)".*"port":(\d+)/, withinMs);
  return { process, infoHash: infoHash!, address: { host: '127.0.0.1', port: Number(port) }, torrent };
}

/** `piecewise get`, prints JSON lines. */
export function startGet(
  lab: Lab,
  what: string,
  to: string,
  peers: readonly Address[],
  args: readonly string[] = [],
  options?: CommandOptions,
): RunningProcess {
  mkdirSync(to, { recursive: true });
  const addresses = peers.flatMap(peer => ['--peer', `${peer.host}:${peer.port}`]);
  return lab.command(
    ['get', what, '--to', to, '--no-lan', '--port', '0', '--json', ...addresses, ...args],
    options,
  );
}

/** What a command told in its JSON lines, under one name: `event`, `view`, `complete`. */
export function told<T = Record<string, unknown>>(process: RunningProcess, name: string): T[] {
  return process.out.flatMap(line => {
    const value = JSON.parse(line) as Record<string, T>;
    return name in value ? [value[name]!] : [];
  });
}

export interface Completion {
  readonly downloadedBytes: number;
  readonly tookMs: number;
}

export function completionOf(process: RunningProcess): Completion {
  const [complete] = told<Completion>(process, 'complete');
  if (complete === undefined) throw new Error(`it never completed:\n${process.output}`);
  return complete;
}

export function digestOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** A digest of every name and byte below a folder, those left out whose path begins with `except`. */
export function treeDigest(folder: string, except?: string): string {
  const hash = createHash('sha256');
  const walk = (path: string, shown: string) => {
    if (path === except) return;
    const isFolder = statSync(path).isDirectory();
    hash.update(`${shown}\0${isFolder}\0`);
    if (!isFolder) return void hash.update(readFileSync(path));
    for (const name of readdirSync(path).sort()) walk(join(path, name), `${shown}/${name}`);
  };
  walk(folder, '');
  return hash.digest('hex');
}

/** Files, sockets and all else that a process holds open. Linux only. */
export function openDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Bytes that a process has read so far, of files above all. Linux only. */
export function bytesRead(pid: number): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
}

/**
 * The mean a second of what came between two moments, and the most that surely came within a stretch of `windowMs`: what
 * was only seen late may have come before.
 */
export function flowOf(
  events: readonly Pick<BlockEvent, 'at' | 'since' | 'length'>[],
  from: number,
  to: number,
  windowMs = 1_000,
): { readonly mean: number; readonly most: number } {
  const within = events.filter(({ at }) => at >= from && at < to).sort((a, b) => a.at - b.at);
  let most = 0;
  let sum = 0;
  let first = 0;
  for (const { at, length } of within) {
    sum += length;
    while (within[first]!.since <= at - windowMs) {
      sum -= within[first]!.length;
      first += 1;
    }
    most = Math.max(most, sum);
  }
  const total = within.reduce((all, { length }) => all + length, 0);
  return { mean: (total * 1000) / (to - from), most: (most * 1000) / windowMs };
}

export function medianOf(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
}

export function sleep(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
}

/** Asks some times a second until it is so. @throws Error with `complaint` after `withinMs` */
export async function until(
  isSo: () => boolean,
  complaint: () => string,
  withinMs = patienceMs,
  everyMs = 20,
): Promise<void> {
  const end = performance.now() + withinMs;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(complaint());
    await sleep(everyMs);
  }
}
