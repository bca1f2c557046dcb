import { existsSync } from 'node:fs';
import { link, mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatCommon, formatPeerInfo } from '../src-main/engine/course/config.ts';
import { freePorts } from '../src-main/io/free-ports.ts';
import { makeTestFile } from '../src-main/io/test-file.ts';
import { Child } from './child.ts';

/** Measures transfers between processes on loopback, beside a plain pipe in the same run. */

/** Lengths in bytes. */
export interface TransferCase {
  readonly downloaders: number;
  readonly fileSize: number;
  readonly pieceSize: number;
}

/** One run of a case. Rates in bytes per second over all downloaders; CPU in seconds per gigabyte delivered. */
export interface TransferResult {
  readonly bytesPerSecond: number;
  readonly seedCpuPerGB: number;
  readonly downloaderCpuPerGB: number;
  /** The largest resident set of any process. */
  readonly peakBytes: number;
}

interface PipeReport {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

/** File to socket to file, one to one. */
export async function measurePipe(bench: Workbench, fileSize: number): Promise<TransferResult> {
  const sender = new Child('pipe.js', ['send', await bench.fileOf(fileSize)]);
  const { port } = await sender.next<{ port: number }>();
  const copy = join(bench.dir, 'copy');
  const receiver = new Child('pipe.js', ['receive', String(port), copy]);
  const [received, sent] = await Promise.all([receiver.next<PipeReport>(), sender.next<PipeReport>()]);
  await rm(copy);
  return {
    bytesPerSecond: fileSize / ((received.endedAt - received.startedAt) / 1000),
    seedCpuPerGB: sent.cpuSeconds / (fileSize / 1e9),
    downloaderCpuPerGB: received.cpuSeconds / (fileSize / 1e9),
    peakBytes: Math.max(sent.peakBytes, received.peakBytes),
  };
}

/** What a peer of its own process says at its end. Times in milliseconds since the epoch. */
export interface PeerReport {
  readonly id: string;
  readonly outcome: string;
  readonly connectedAt: number;
  readonly completedAt: number;
  readonly cpuSeconds: number;
  /** From when it listened on. */
  readonly runCpuSeconds: number;
  readonly peakBytes: number;
}

/** A course swarm with one seed; everybody may be a preferred neighbour, so that the engine is measured, not k. */
export async function measureSwarm(bench: Workbench, transfer: TransferCase): Promise<TransferResult> {
  const { dir, downloaders, seed: seedId } = await makeSwarmFolder(bench, transfer);
  const children: Child[] = [];
  try {
    // The seed comes last, when everybody else is up: a process that starts is no part of a transfer.
    for (const id of downloaders) children.push(new Child('swarm-peer.js', [dir, id]));
    await Promise.all(children.map(child => child.next()));
    children.push(new Child('swarm-peer.js', [dir, seedId]));
    await children.at(-1)!.next();
    const reports = await Promise.all(children.map(child => child.next<PeerReport>()));
    await Promise.all(children.map(child => child.end()));
    for (const report of reports) orThrow(report);
    const seed = reports.find(report => report.id === seedId)!;
    const others = reports.filter(report => report.id !== seedId);
    const totalBytes = transfer.fileSize * transfer.downloaders;
    const startedAt = seed.connectedAt;
    const endedAt = Math.max(...others.map(report => report.completedAt));
    return {
      bytesPerSecond: totalBytes / ((endedAt - startedAt) / 1000),
      seedCpuPerGB: seed.cpuSeconds / (totalBytes / 1e9),
      downloaderCpuPerGB: others.reduce((sum, report) => sum + report.cpuSeconds, 0) / (totalBytes / 1e9),
      peakBytes: Math.max(...reports.map(report => report.peakBytes)),
    };
  } finally {
    for (const child of children) child.kill();
    await rm(dir, { recursive: true, force: true });
  }
}

/** @throws Error when a peer did not end with the whole file */
export function orThrow<R extends { readonly id: string; readonly outcome: string }>(report: R): R {
  if (report.outcome !== 'complete') throw new Error(`peer ${report.id} ended ${report.outcome}`);
  return report;
}

export interface SwarmFolder {
  readonly dir: string;
  readonly downloaders: readonly string[];
  readonly seed: string;
}

/** A working folder on this machine with its last peer a seed. */
export async function makeSwarmFolder(
  bench: Workbench,
  { downloaders, fileSize, pieceSize }: TransferCase,
): Promise<SwarmFolder> {
  const dir = await mkdtemp(join(bench.dir, 'swarm-'));
  const ids = Array.from({ length: downloaders + 1 }, (_, index) => String(1001 + index));
  const seed = ids[downloaders]!;
  const common = {
    preferredNeighbours: downloaders,
    unchokingIntervalMs: 1_000,
    optimisticIntervalMs: 1_000,
    fileName: 'thefile',
    fileSize,
    pieceSize,
  };
  const ports = await freePorts(ids.length, '127.0.0.1');
  const roster = ids.map((peer, index) => ({
    peer,
    host: '127.0.0.1',
    port: ports[index]!,
    seed: peer === seed,
  }));
  await writeFile(join(dir, 'Common.cfg'), formatCommon(common));
  await writeFile(join(dir, 'PeerInfo.cfg'), formatPeerInfo(roster));
  await mkdir(join(dir, `peer_${seed}`));
  await link(await bench.fileOf(fileSize), join(dir, `peer_${seed}`, 'thefile'));
  return { dir, downloaders: ids.slice(0, downloaders), seed };
}

/** A folder for measurements, with a test file of each size made once. */
export class Workbench {
  readonly dir: string;

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async open(): Promise<Workbench> {
    return new Workbench(await mkdtemp(join(tmpdir(), 'piecewise-bench-')));
  }

  async fileOf(size: number): Promise<string> {
    const path = join(this.dir, `file-${size}`);
    if (!existsSync(path)) await makeTestFile(path, size);
    return path;
  }

  /**
   * Has the machine hold as much memory ready as any run takes: a virtual one gives back to its host what lies idle, and
   * then writing a file for the first time costs up to five times as much, which would fall to whoever comes first.
   */
  async warm(bytes: number): Promise<void> {
    const path = join(this.dir, 'warm');
    const file = await open(path, 'w');
    const part = new Uint8Array(4 * 1024 * 1024);
    for (let at = 0; at < bytes; at += part.length) await file.write(part);
    await file.close();
    await rm(path);
  }

  async clear(): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }
}
