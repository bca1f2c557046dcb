import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { JournalEvent, PeerId } from '../../../src-shared/journal.ts';
import type { SwarmView } from '../../../src-shared/view.ts';

/** A line that `piecewise peer --json` prints. */
export type PeerLine = { readonly event: JournalEvent } | { readonly view: SwarmView };

/** A peer that runs as an operating-system process of its own, watched through its lines of JSON. */
export class PeerProcess {
  readonly id: PeerId;
  /** The newest sample it sent. */
  view: SwarmView | undefined;
  /** What it said on standard error. */
  readonly complaints: string[] = [];
  /** When it listens and has begun to dial; false when it ended before that. */
  readonly begun: Promise<boolean>;
  /** Its exit code; 1 when a signal ended it. */
  readonly ended: Promise<number>;
  readonly #process: ChildProcess;

  /** Starts `piecewise peer ID` with these further arguments. */
  constructor(id: PeerId, args: readonly string[], onEvent: (event: JournalEvent) => void = () => {}) {
    this.id = id;
    this.#process = spawn(process.execPath, [process.argv[1]!, 'peer', id, '--json', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Out of the terminal's reach: a Ctrl-C there is passed on once, and would count as the second one otherwise.
      detached: process.platform !== 'win32',
    });
    this.ended = new Promise(resolve => {
      this.#process.on('error', error => {
        this.complaints.push(error.message);
        resolve(1);
      });
      this.#process.on('close', code => resolve(code ?? 1));
    });
    this.begun = new Promise(resolve => {
      this.#eachLine(this.#process.stdout!, text => {
        const line = JSON.parse(text) as PeerLine;
        if ('view' in line) this.view = line.view;
        else {
          if (line.event.kind === 'started') resolve(true);
          onEvent(line.event);
        }
      });
      this.ended.then(() => resolve(false));
    });
    this.#eachLine(this.#process.stderr!, line => this.complaints.push(line));
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  #eachLine(stream: NodeJS.ReadableStream, take: (line: string) => void): void {
    createInterface({ input: stream }).on('line', take);
  }
}
