import { basename, resolve } from 'node:path';
import type { JournalEvent, PeerId } from '../../../src-shared/journal.ts';
import { formatBytes, formatDuration } from '../../../src-shared/units.ts';
import {
  type CommonConfig,
  type ConfigProblem,
  checkSwarm,
  formatCommon,
  formatProblem,
  parseCommon,
  type RosterEntry,
} from '../../engine/course/config.ts';
import { type PeerSummary, summariseRun } from '../../engine/course/run-summary.ts';
import { verifyRun } from '../../engine/course/verify.ts';
import type { Strategy } from '../../engine/picker.ts';
import {
  fileLength,
  makeTemporaryFolder,
  removeFolder,
  tracesOfRun,
  writeCourseFolder,
} from '../../io/course-folder.ts';
import { quoteEvidence, readFinishedRun } from '../../io/finished-run.ts';
import { freePorts } from '../../io/free-ports.ts';
import { planLines, swarmLine, swarmLines } from './demo-display.ts';
import { exitCode } from './exit-codes.ts';
import { onInterrupt } from './interrupt.ts';
import { changeLine } from './peer-display.ts';
import { PeerProcess } from './peer-process.ts';
import { formatFindings, formatSummaries } from './run-report.ts';
import { LiveLines, type Output } from './terminal.ts';

const address = '127.0.0.1';
const redrawMs = 200;
const lineMs = 2_000;
/** Unless told otherwise, an upload limit makes handing out one copy of the file take this long. */
const pacedSeconds = 20;
/** A demo's peers are all started from here: one that vanishes was killed and need not be waited for long. */
const lostAfterSeconds = 10;

export interface DemoOptions {
  readonly peers: number;
  readonly seeds: number;
  /** A file to share; a random one of `size` bytes otherwise. */
  readonly file?: string;
  readonly size: number;
  readonly pieceSize: number;
  readonly preferred: number;
  readonly unchokingSeconds: number;
  readonly optimisticSeconds: number;
  readonly strategy: Strategy;
  /** Bytes per second for each peer; `paced` chooses one that leaves time to watch. */
  readonly uploadLimit: number | 'paced';
  /** Works here, and leaves everything; a temporary folder otherwise. */
  readonly dir?: string;
  /** Leaves the temporary folder. */
  readonly keep: boolean;
  readonly json: boolean;
}

/**
 * `piecewise demo`: a whole swarm on this machine, each peer a process of its own, watched, checked and summed up.
 * Returns 0 only when every copy is identical and the logs contradict nothing.
 */
export async function demoCommand(options: DemoOptions, out: Output, err: Output): Promise<number> {
  const complain = (problems: readonly string[]) => {
    for (const problem of problems) err.write(`${problem}\n`);
    return exitCode.badSetUp;
  };
  if (options.seeds < 1 || options.seeds > options.peers) {
    return complain([
      `--seeds must be from 1 to the number of peers, ${options.peers}; it is ${options.seeds}.`,
    ]);
  }
  const dir = options.dir === undefined ? await makeTemporaryFolder('piecewise-demo-') : resolve(options.dir);
  try {
    const plan = await makeWorkingFolder(dir, options);
    if ('problems' in plan) return complain(plan.problems);
    return await runDemo(dir, plan, options, out, err);
  } finally {
    if (options.dir === undefined && !options.keep) await removeFolder(dir);
    else if (!options.json) out.write(`\nEverything is in ${dir}\n`);
  }
}

interface Plan {
  readonly common: CommonConfig;
  readonly roster: readonly RosterEntry[];
  readonly uploadBytesPerSecond: number;
}

async function makeWorkingFolder(
  dir: string,
  options: DemoOptions,
): Promise<Plan | { readonly problems: readonly string[] }> {
  const present = await tracesOfRun(dir);
  if (present.length > 0) {
    return { problems: [`${dir} already holds a run (${present[0]}); choose an empty folder.`] };
  }
  const fileSize = options.file === undefined ? options.size : await fileLength(options.file);
  if (fileSize === undefined) return { problems: [`${options.file} cannot be read as a file.`] };

  const wanted: CommonConfig = {
    preferredNeighbours: options.preferred,
    unchokingIntervalMs: options.unchokingSeconds * 1000,
    optimisticIntervalMs: options.optimisticSeconds * 1000,
    fileName: options.file === undefined ? 'demo.bin' : basename(options.file),
    fileSize,
    pieceSize: options.pieceSize,
  };
  // What was asked for goes through the same checks as a file somebody wrote.
  const common = parseCommon(formatCommon(wanted));
  const ports = await freePorts(options.peers, address);
  const roster = ports.map((port, index) => {
    const seed = index < options.seeds;
    return { peer: String(1001 + index), host: address, port, seed, line: index + 1 };
  });
  const problems: readonly ConfigProblem[] = common.ok ? checkSwarm(common.value, roster) : common.problems;
  if (!common.ok || problems.length > 0) return { problems: problems.map(formatProblem) };

  await writeCourseFolder(dir, common.value, roster, options.file);
  const paced = Math.max(64 * 1024, Math.ceil(fileSize / pacedSeconds));
  const uploadBytesPerSecond = options.uploadLimit === 'paced' ? paced : options.uploadLimit;
  return { common: common.value, roster, uploadBytesPerSecond };
}

async function runDemo(
  dir: string,
  plan: Plan,
  options: DemoOptions,
  out: Output,
  err: Output,
): Promise<number> {
  const { common, roster, uploadBytesPerSecond } = plan;
  const screen = options.json ? silent : screenFor(out);
  for (const line of planLines({
    peers: options.peers,
    seeds: options.seeds,
    ...common,
    uploadBytesPerSecond,
  }))
    screen.print(line);
  const timings = new Timings(common.fileSize);
  const startedAt = performance.now();
  const peers: PeerProcess[] = [];
  let interrupted = false;
  const release = onInterrupt(() => {
    interrupted = true;
    for (const peer of peers) peer.signal('SIGINT');
  });
  const args = [
    '--dir',
    dir,
    '--strategy',
    options.strategy,
    '--upload-limit',
    limitText(uploadBytesPerSecond),
    '--lost-after',
    String(lostAfterSeconds),
  ];
  for (const { peer: id } of roster) {
    const peer = new PeerProcess(id, args, event => {
      timings.note(id, event);
      const line = isWorthALine(event) ? changeLine(event) : undefined;
      if (line !== undefined) screen.print(`${id}: ${line}`);
    });
    peers.push(peer);
    // In the order of PeerInfo.cfg, each when the one before it listens (section 5, 1).
    if (!(await peer.begun) || interrupted) break;
  }
  if (peers.length < roster.length) for (const peer of peers) peer.signal('SIGINT');
  const stopDrawing = screen.follow(peers);
  const codes = await Promise.all(peers.map(peer => peer.ended));
  stopDrawing();
  release();

  for (const { id, complaints } of peers)
    for (const complaint of complaints) err.write(`${id}: ${complaint}\n`);
  if (interrupted) return exitCode.interrupted;
  const unsuccessful = peers.flatMap(({ id }, index) =>
    codes[index] === 0 ? [] : [`${id} (${codes[index]})`],
  );
  const read = await readFinishedRun(dir);
  if (!read.ok) {
    for (const problem of read.problems) err.write(`${problem}\n`);
    return exitCode.failed;
  }
  const findings = await quoteEvidence(dir, verifyRun(read.run));
  const summaries = summariseRun(read.run).map(summary => timings.refine(summary));
  const isGood =
    unsuccessful.length === 0 &&
    peers.length === roster.length &&
    findings.every(({ verdict }) => verdict !== 'contradiction');
  if (options.json) {
    const exitCodes = Object.fromEntries(peers.map(({ id }, index) => [id, codes[index]]));
    out.write(`${JSON.stringify({ ok: isGood, exitCodes, peers: summaries, findings })}\n`);
  } else {
    const style = { columns: out.columns || 120, colours: out.isTTY === true };
    out.write(`\n${formatSummaries(summaries, style)}\n${formatFindings(findings, style)}\n`);
    if (unsuccessful.length > 0) out.write(`Did not end well (exit code): ${unsuccessful.join(', ')}\n`);
    const took = formatDuration(performance.now() - startedAt);
    out.write(
      isGood
        ? `All ${roster.length} copies of ${formatBytes(common.fileSize)} are identical, and the logs contradict nothing. It took ${took}.\n`
        : 'The demo failed; the lines above say why.\n',
    );
  }
  return isGood ? exitCode.ok : exitCode.failed;
}

function limitText(bytesPerSecond: number): string {
  return Number.isFinite(bytesPerSecond) ? String(Math.ceil(bytesPerSecond)) : 'none';
}

/** When each peer first connected and when it completed, by its own journal. */
class Timings {
  readonly #fileSize: number;
  readonly #connectedAt = new Map<PeerId, number>();
  readonly #completedAt = new Map<PeerId, number>();

  constructor(fileSize: number) {
    this.#fileSize = fileSize;
  }

  note(peer: PeerId, { kind, atMs }: JournalEvent): void {
    if (kind === 'connected' && !this.#connectedAt.has(peer)) this.#connectedAt.set(peer, atMs);
    if (kind === 'completed') this.#completedAt.set(peer, atMs);
  }

  /** Log lines tell whole seconds; the journal is finer. */
  refine(summary: PeerSummary): PeerSummary {
    const completedAt = this.#completedAt.get(summary.peer);
    if (completedAt === undefined) return summary;
    const durationMs = completedAt - (this.#connectedAt.get(summary.peer) ?? 0);
    return { ...summary, durationMs, bytesPerSecond: (this.#fileSize / durationMs) * 1000 };
  }
}

/** Chokes and refused dials of a starting swarm would only scroll the picture away. */
function isWorthALine({ kind }: JournalEvent): boolean {
  return kind === 'completed' || kind === 'note' || kind === 'rejected' || kind === 'storage-failed';
}

interface Screen {
  print(line: string): void;
  /** Shows the peers until the function it returns is called. */
  follow(peers: readonly PeerProcess[]): () => void;
}

const silent: Screen = { print() {}, follow: () => () => {} };

function screenFor(out: Output): Screen {
  if (out.isTTY === true) {
    const lines = new LiveLines(out);
    return {
      print: line => lines.print(line),
      follow: peers => every(redrawMs, () => lines.draw(swarmLines(peers))),
    };
  }
  const print = (line: string) => void out.write(`${line}\n`);
  return { print, follow: peers => every(lineMs, () => print(swarmLine(peers))) };
}

function every(ms: number, act: () => void): () => void {
  act();
  const timer = setInterval(act, ms);
  return () => {
    clearInterval(timer);
    act();
  };
}
