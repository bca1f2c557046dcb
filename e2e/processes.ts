import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { PeerControl } from '../src-main/hosts/app/launch-peer.ts';
import { patienceMs } from './patience.ts';

/** Operating-system processes of the built command line, watched through what they print. */

/** The repository: the folder above this module that has the package, wherever the module was bundled to. */
export const root = folderOfPackage(import.meta.dirname);

function folderOfPackage(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? `${folder}/` : folderOfPackage(dirname(folder));
}

/** The built command line; `PIECEWISE_CLI` names another build of it. */
export const cli = process.env.PIECEWISE_CLI ?? `${root}out/cli/piecewise.js`;

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Keeps its standard input open for `tell`. */
  readonly listens?: boolean;
  /** Has the channel over which hosts control their peers. */
  readonly obeys?: boolean;
  /** A program that becomes the command, with its arguments. */
  readonly through?: readonly string[];
}

/** How a process ended: with a code of its own, or by a signal. */
export type Ending = number | NodeJS.Signals;

interface Waiter {
  readonly pattern: RegExp;
  readonly found: (match: RegExpExecArray) => void;
  readonly failed: (error: Error) => void;
}

export class RunningProcess {
  /** Lines of standard output so far. */
  readonly out: string[] = [];
  /** Lines of standard error so far. */
  readonly err: string[] = [];
  /** Standard output as it came. */
  raw = '';
  readonly ended: Promise<Ending>;
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #waiters = new Set<Waiter>();

  constructor(
    command: string,
    args: readonly string[],
    { cwd = root, env = {}, listens = false, obeys = false }: CommandOptions = {},
  ) {
    this.#name = args.join(' ');
    this.#child = spawn(command, args, {
      cwd,
      // No test finds anybody outside this machine, or is found, unless it is about that.
      env: { PIECEWISE_LAN: 'loopback', ...process.env, ...env },
      stdio: [listens ? 'pipe' : 'ignore', 'pipe', 'pipe', ...(obeys ? (['ipc'] as const) : [])],
    });
    // A process that has ended hears nothing more; its end says why.
    this.#child.stdin?.on('error', () => {});
    this.#child.stdout!.setEncoding('utf8').on('data', text => {
      this.raw += text;
    });
    this.#collect(this.#child.stdout!, this.out);
    this.#collect(this.#child.stderr!, this.err);
    this.ended = new Promise((resolve, reject) => {
      this.#child.on('error', reject);
      this.#child.on('close', (code, signal) => resolve(code ?? signal!));
    });
    this.ended.then(
      ending => this.#giveUp(`ended with ${ending}`),
      error => this.#giveUp(String(error)),
    );
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Everything printed, for a search or a message. */
  get output(): string {
    return [...this.out, ...this.err].join('\n');
  }

  /** The first line, on either stream, that matches: at once when it is there already. */
  says(pattern: RegExp, withinMs?: number): Promise<RegExpExecArray> {
    for (const line of [...this.out, ...this.err]) {
      const match = pattern.exec(line);
      if (match !== null) return Promise.resolve(match);
    }
    return this.saysNext(pattern, withinMs);
  }

  /** The first line from now on that matches. */
  saysNext(pattern: RegExp, withinMs = patienceMs): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter = {
        pattern,
        found: match => {
          settle();
          resolve(match);
        },
        failed: error => {
          settle();
          reject(error);
        },
      };
      const timer = setTimeout(() => waiter.failed(this.#complaint(`did not say ${pattern}`)), withinMs);
      this.#waiters.add(waiter);
      if (!this.isRunning) waiter.failed(this.#complaint(`ended and did not say ${pattern}`));
    });
  }

  /** Waits for the end; throws, with what was printed, unless it is this one. */
  async endsWith(expected: Ending, withinMs = patienceMs): Promise<void> {
    const ending = await Promise.race([this.ended, outOfPatience(withinMs)]);
    if (ending === undefined) throw this.#complaint('does not end');
    if (ending !== expected) throw this.#complaint(`ended with ${ending} instead of ${expected}`);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Writes one line to its standard input. */
  tell(line: string): void {
    this.#child.stdin!.write(`${line}\n`);
  }

  /** Tells a peer that obeys what to do. */
  control(what: PeerControl): void {
    this.#child.send(what);
  }

  /** The most physical memory it ever held, in bytes; undefined where the system does not tell, as of one that is just ending. */
  peakMemory(): number | undefined {
    if (process.platform !== 'linux') return undefined;
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  }

  #collect(stream: NodeJS.ReadableStream, lines: string[]): void {
    createInterface({ input: stream }).on('line', line => {
      lines.push(line);
      for (const { pattern, found } of [...this.#waiters]) {
        const match = pattern.exec(line);
        if (match !== null) found(match);
      }
    });
  }

  #giveUp(reason: string): void {
    for (const { pattern, failed } of [...this.#waiters]) {
      failed(this.#complaint(`${reason} and did not say ${pattern}`));
    }
  }

  #complaint(what: string): Error {
    const shown = [...this.out.slice(-25), ...this.err.slice(-25)].join('\n  ');
    return new Error(`"${this.#name}" ${what}. It printed:\n  ${shown}`);
  }
}

function outOfPatience(ms: number): Promise<undefined> {
  return new Promise(resolve => setTimeout(() => resolve(undefined), ms).unref());
}

/** Starts `piecewise` with these arguments. */
export function startCommand(args: readonly string[], options?: CommandOptions): RunningProcess {
  const [program, ...rest] = [...(options?.through ?? []), process.execPath, cli, ...args];
  return new RunningProcess(program!, rest, options);
}
