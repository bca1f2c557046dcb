import { resolve } from 'node:path';
import type { JournalEvent, PeerId } from '../../../src-shared/journal.ts';
import { formatBytes, formatDuration } from '../../../src-shared/units.ts';
import { type PeerSummary, summariseRun } from '../../engine/course/run-summary.ts';
import { verifyRun } from '../../engine/course/verify.ts';
import type { Strategy } from '../../engine/picker.ts';
import { makeTemporaryFolder, removeFolder } from '../../io/course-folder.ts';
import { quoteEvidence, readFinishedRun } from '../../io/finished-run.ts';
import { type DemoFolder, type DemoFolderOptions, limitText, makeDemoFolder } from '../app/demo-folder.ts';
import { planLines, swarmLine, swarmLines } from './demo-display.ts';
import { exitCode } from './exit-codes.ts';
import { onInterrupt } from './interrupt.ts';
import { changeLine } from './peer-display.ts';
import { PeerProcess } from './peer-process.ts';
import { formatFindings, formatSummaries } from './run-report.ts';
import { LiveLines, type Output } from './terminal.ts';

const redrawMs = 200;
const lineMs = 2_000;
/** A demo's peers are all started from here: one that vanishes was killed and need not be waited for long. */
const lostAfterSeconds = 10;

export interface DemoOptions extends DemoFolderOptions {
  readonly strategy: Strategy;
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
  if (options.peers < 1) return complain(['--peers must be 1 or more.']);
  if (options.seeds < 1 || options.seeds > options.peers) {
    return complain([
      `--seeds must be from 1 to the number of peers, ${options.peers}; it is ${options.seeds}.`,
    ]);
  }
  const dir = options.dir === undefined ? await makeTemporaryFolder('piecewise-demo-') : resolve(options.dir);
  const isKept = options.dir !== undefined || options.keep;
  try {
    const plan = await makeDemoFolder(dir, options);
    if ('problems' in plan) return complain(plan.problems);
    const code = await runDemo(dir, plan, options, out, err);
    if (isKept && !options.json) out.write(`\nEverything is in ${dir}\n`);
    return code;
  } finally {
    if (!isKept) await removeFolder(dir);
  }
}

async function runDemo(
  dir: string,
  plan: DemoFolder,
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
    for (const peer of peers) peer.stop();
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
  if (peers.length < roster.length) for (const peer of peers) peer.stop();
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
  const findings = await quoteEvidence(read.places, verifyRun(read.run));
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
