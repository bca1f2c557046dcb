import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

/** One of the built programs beside this one, as a process of its own that talks in lines of JSON. */
export class Child {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(script: string, args: readonly string[]) {
    const path = join(dirname(process.argv[1]!), script);
    // Node's own options go along: `node --cpu-prof out/bench/bench.js` profiles every process.
    this.#process = spawn(process.execPath, [...process.execArgv, path, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#lines = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
  }

  /** Its next line. @throws Error when it ends without one */
  async next<T>(): Promise<T> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('a measured process ended without its result');
    return JSON.parse(value) as T;
  }

  /** Waits for it to end; one that waits to be told so ends now, with its standard input. */
  async end(): Promise<void> {
    this.#process.stdin!.end();
    if (this.#process.exitCode === null) await once(this.#process, 'exit');
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }
}
