import { rmSync } from 'node:fs';
import { test } from 'vitest';
import { type ByteLink, ByteListener, dial, type LinkOptions } from './byte-peer.ts';
import { type CourseFolder, type CourseOptions, makeCourseFolder } from './course-folder.ts';
import { type CommandOptions, type RunningProcess, startCommand } from './processes.ts';

/** What one test starts and makes; whatever of it is left when the test ends goes away. */
export class Lab {
  readonly #processes: RunningProcess[] = [];
  readonly #cleanUps: (() => void)[] = [];

  async folder(options: CourseOptions): Promise<CourseFolder> {
    const folder = await makeCourseFolder(options);
    this.onEnd(() => rmSync(folder.dir, { recursive: true, force: true }));
    return folder;
  }

  /** Starts `piecewise` with these arguments. */
  command(args: readonly string[], options?: CommandOptions): RunningProcess {
    return this.watch(startCommand(args, options));
  }

  /** Starts one of our peers in a working folder. */
  peer(folder: CourseFolder, id: string, ...args: readonly string[]): RunningProcess {
    return this.command(['peer', id, '--dir', folder.dir, ...args]);
  }

  /** Kills a process, if it still runs, when the test ends. */
  watch(process: RunningProcess): RunningProcess {
    this.#processes.push(process);
    return process;
  }

  /** A scripted peer that dials a peer of the roster. */
  async dial(folder: CourseFolder, id: string, options?: LinkOptions): Promise<ByteLink> {
    const link = await dial(folder.portOf(id), options);
    this.onEnd(() => link.reset());
    return link;
  }

  /** A scripted peer that listens in a place of the roster. */
  async listen(folder: CourseFolder, id: string, options?: LinkOptions): Promise<ByteListener> {
    const listener = await ByteListener.open(folder.portOf(id), options);
    this.onEnd(() => listener.close());
    return listener;
  }

  onEnd(cleanUp: () => void): void {
    this.#cleanUps.push(cleanUp);
  }

  async close(): Promise<void> {
    for (const process of this.#processes) if (process.isRunning) process.signal('SIGKILL');
    await Promise.allSettled(this.#processes.map(process => process.ended));
    for (const cleanUp of this.#cleanUps.reverse()) cleanUp();
  }
}

/** A test with a lab of its own. */
export const it = test.extend<{ lab: Lab }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of fixtures from this pattern
  lab: async ({}, use) => {
    const lab = new Lab();
    await use(lab);
    await lab.close();
  },
});
