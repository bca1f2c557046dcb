import type { JournalEvent } from '../../../src-shared/journal.ts';
import { type CoursePeer, type CoursePeerOptions, SetUpError, startCoursePeer } from '../course-peer.ts';
import { exitCode, exitCodeOf } from './exit-codes.ts';
import { onInterrupt } from './interrupt.ts';
import { obey, starterChannel } from './peer-control.ts';
import { changeLine, percent, viewLines } from './peer-display.ts';
import { LiveLines, type Output } from './terminal.ts';

const redrawMs = 200;
const jsonViewMs = 250;
/** A line of the journal is passed on this soon, with all that came meanwhile. */
const journalMs = 50;
const standardOutput = '-';
/** A file that is no configuration at all has a problem on every line. */
const mostProblems = 20;

export interface PeerCommandOptions extends Omit<CoursePeerOptions, 'onEvent' | 'journalFile'> {
  /** JSON lines of changes and views; not together with `journalFile` `-`. */
  readonly json: boolean;
  /** `-` for standard output, which then shows nothing else. */
  readonly journalFile?: string;
}

/** `piecewise peer ID`: runs one peer of the course until it ends by itself. Returns the exit code. */
export async function peerCommand(options: PeerCommandOptions, out: Output, err: Output): Promise<number> {
  const { json, journalFile, ...peerOptions } = options;
  if (json && journalFile === standardOutput) {
    err.write('--json and --journal - both write to standard output; choose one of them.\n');
    return exitCode.badSetUp;
  }
  const display = displayFor(options, out);
  let peer: CoursePeer;
  try {
    peer = await startCoursePeer({
      ...peerOptions,
      ...(journalFile === undefined || journalFile === standardOutput ? {} : { journalFile }),
      onEvent: event => display.onEvent(event),
    });
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    for (const problem of error.problems.slice(0, mostProblems)) err.write(`${problem}\n`);
    const more = error.problems.length - mostProblems;
    if (more > 0) err.write(`… and ${more} more.\n`);
    return exitCode.badSetUp;
  }
  for (const notice of peer.notices) err.write(`${notice}\n`);
  display.begin(peer);
  const stopListening = onInterrupt(() => peer.stop());
  const stopObeying = obey(starterChannel(), peer, sentence => void err.write(`${sentence}\n`));
  const outcome = await peer.ended;
  stopObeying();
  stopListening();
  display.end(peer);
  return exitCodeOf(outcome);
}

interface Display {
  onEvent(event: JournalEvent): void;
  begin(peer: CoursePeer): void;
  end(peer: CoursePeer): void;
}

function displayFor({ json, journalFile }: PeerCommandOptions, out: Output): Display {
  if (journalFile === standardOutput) return new JournalDisplay(out);
  if (json) return new JsonDisplay(out);
  return out.isTTY === true ? new LiveDisplay(out) : new LineDisplay(out);
}

/** On a terminal: the swarm drawn in place, what happened above it. */
class LiveDisplay implements Display {
  readonly #lines: LiveLines;
  #timer: NodeJS.Timeout | undefined;

  constructor(out: Output) {
    this.#lines = new LiveLines(out);
  }

  onEvent(event: JournalEvent): void {
    const line = changeLine(event);
    if (line !== undefined && !isInPicture(event)) this.#lines.print(line);
  }

  begin(peer: CoursePeer): void {
    this.#timer = setInterval(() => this.#lines.draw(viewLines(peer.view())), redrawMs);
  }

  end(peer: CoursePeer): void {
    clearInterval(this.#timer);
    this.#lines.draw(viewLines(peer.view()));
  }
}

/** Chokes and choices are drawn already; as lines they would only scroll the picture away. */
function isInPicture({ kind }: JournalEvent): boolean {
  return (
    kind === 'received-choke' ||
    kind === 'received-unchoke' ||
    kind === 'preferred-changed' ||
    kind === 'optimistic-changed'
  );
}

/** Elsewhere: one line per change, and one for every tenth of the file. */
class LineDisplay implements Display {
  readonly #out: Output;
  #pieceCount = 0;
  #tenths = 0;

  constructor(out: Output) {
    this.#out = out;
  }

  onEvent(event: JournalEvent): void {
    if (event.kind === 'started') this.#pieceCount = event.pieceCount;
    if (event.kind === 'piece-completed') this.#onProgress(event.count);
    const line = changeLine(event);
    if (line !== undefined) this.#out.write(`${(event.atMs / 1000).toFixed(1)} s  ${line}\n`);
  }

  begin(): void {}

  end(): void {}

  #onProgress(count: number): void {
    const tenths = Math.floor((count / this.#pieceCount) * 10);
    if (tenths === this.#tenths) return;
    this.#tenths = tenths;
    this.#out.write(`${percent(count, this.#pieceCount)} %: ${count} of ${this.#pieceCount} pieces\n`);
  }
}

/** For scripts: JSON lines, `{"event": …}` for each change and `{"view": …}` some times a second. */
class JsonDisplay implements Display {
  readonly #out: Output;
  #timer: NodeJS.Timeout | undefined;

  constructor(out: Output) {
    this.#out = out;
  }

  onEvent(event: JournalEvent): void {
    if (changeLine(event) !== undefined) this.#write({ event });
  }

  begin(peer: CoursePeer): void {
    this.#timer = setInterval(() => this.#write({ view: peer.view() }), jsonViewMs);
  }

  end(peer: CoursePeer): void {
    clearInterval(this.#timer);
    this.#write({ view: peer.view() });
  }

  #write(line: object): void {
    this.#out.write(`${JSON.stringify(line)}\n`);
  }
}

/** For hosts: the journal itself. */
class JournalDisplay implements Display {
  readonly #out: Output;
  #waiting: string[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(out: Output) {
    this.#out = out;
  }

  onEvent(event: JournalEvent): void {
    this.#waiting.push(`${JSON.stringify(event)}\n`);
    this.#timer ??= setTimeout(() => this.#pass(), journalMs);
  }

  begin(): void {}

  end(): void {
    this.#pass();
  }

  #pass(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length > 0) this.#out.write(this.#waiting.join(''));
    this.#waiting = [];
  }
}
