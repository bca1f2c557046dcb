import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { link, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { formatCommon, formatPeerInfo } from '../src-main/engine/course/config.ts';
import { freePorts } from '../src-main/io/free-ports.ts';
import { makeTestFile } from '../src-main/io/test-file.ts';

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

/** A child's lines of JSON, one after the other. */
class Child {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(script: string, args: readonly string[]) {
    const path = join(dirname(process.argv[1]!), script);
    // Node's own options go along: `node --cpu-prof out/bench/bench.js` profiles every process.
    this.#process = spawn(process.execPath, [...process.execArgv, path, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#lines = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
  }

  async next<T>(): Promise<T> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('a measured process ended without its result');
    return JSON.parse(value) as T;
  }

  /** Waits for it to end by itself. */
  async end(): Promise<void> {
    if (this.#process.exitCode === null) await once(this.#process, 'exit');
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }
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

interface PeerReport {
  readonly id: string;
  readonly outcome: string;
  readonly connectedAt: number;
  readonly completedAt: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

/** A course swarm with one seed; everybody may be a preferred neighbour, so that the engine is measured, not k. */
export async function measureSwarm(
  bench: Workbench,
  { downloaders, fileSize, pieceSize }: TransferCase,
): Promise<TransferResult> {
  const dir = await mkdtemp(join(bench.dir, 'swarm-'));
  const children: Child[] = [];
  try {
    const ids = Array.from({ length: downloaders + 1 }, (_, index) => String(1001 + index));
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
      seed: index === downloaders,
    }));
    await writeFile(join(dir, 'Common.cfg'), formatCommon(common));
    await writeFile(join(dir, 'PeerInfo.cfg'), formatPeerInfo(roster));
    const seedId = ids[downloaders]!;
    await mkdir(join(dir, `peer_${seedId}`));
    await link(await bench.fileOf(fileSize), join(dir, `peer_${seedId}`, 'thefile'));
    // The seed comes last, when everybody else is up: a process that starts is no part of a transfer.
    for (const id of ids) {
      children.push(new Child('swarm-peer.js', [dir, id]));
      if (id === ids.at(-2)) await Promise.all(children.map(child => child.next()));
    }
    await children.at(-1)!.next();
    const reports = await Promise.all(children.map(child => child.next<PeerReport>()));
    await Promise.all(children.map(child => child.end()));
    const failed = reports.find(report => report.outcome !== 'complete');
    if (failed !== undefined) throw new Error(`peer ${failed.id} ended ${failed.outcome}`);
    const seed = reports.find(report => report.id === seedId)!;
    const others = reports.filter(report => report.id !== seedId);
    const totalBytes = fileSize * downloaders;
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

  async clear(): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }
}
