import { close, open } from 'node:fs';
import { promisify } from 'node:util';
import { Turns } from './file-queue.ts';

/** A file that is open. */
export interface Handle {
  readonly fd: number;
}

interface Held extends Handle {
  readonly file: object;
  /** Reads and writes under way. */
  users: number;
  /** Closed as soon as nobody uses it. */
  isForgotten: boolean;
}

const openFd = promisify(open);
const closeFd = promisify(close);

/** Files open at a time: some systems give a process a few hundred, and it needs most of them for its peers. */
const mostOpen = 48;
/** Reads and writes under way of files that had to be opened for it. Each small file that is written is one. */
const readsAtATime = 16;
const writesAtATime = 40;
/** Some more than Node has threads for it, so that these never wait for us. */
const opensAtATime = 8;
/** A file has its place until it is really closed: while there are more that are not yet, no other is opened. */
const mostClosing = 8;

/**
 * The files that all shares of a machine hold open. Those nobody uses stay open, the ones used last, as long as there are
 * not too many. A file is whatever its user tells it by.
 */
export class OpenHandles {
  /** Whoever reads or writes a file that is not open takes its turn first. A disk that is slow to write keeps nobody from reading. */
  readonly turns = { read: new Turns(readsAtATime), write: new Turns(writesAtATime) };
  readonly #most: number;
  readonly #byFile = new Map<object, Held>();
  /** Open and not in use; used longest ago comes first. */
  readonly #idle = new Set<Held>();
  readonly #opening = new Turns(opensAtATime);
  /** By file, what is being closed. */
  readonly #closing = new Map<object, Promise<void>>();

  constructor(most = mostOpen) {
    this.#most = most;
  }

  isOpen(file: object): boolean {
    return this.#byFile.has(file);
  }

  /** An open file, until it is released; undefined: it is not open. */
  use(file: object): Handle | undefined {
    const handle = this.#byFile.get(file);
    if (handle === undefined) return undefined;
    handle.users += 1;
    this.#idle.delete(handle);
    return handle;
  }

  /** Opens a file that is not open, and uses it. Where the system has no more to give, those that nobody uses are closed. */
  open(file: object, path: string, flags: string | number): Promise<Handle> {
    return this.#opening.run(async () => {
      while (this.#closing.size > mostClosing) await Promise.race(this.#closing.values());
      const fd = await openFd(path, flags, 0o666).catch(async error => {
        if (error.code !== 'EMFILE' && error.code !== 'ENFILE') throw error;
        await Promise.all([...this.#idle].map(idle => this.forget(idle.file)));
        return openFd(path, flags, 0o666);
      });
      return this.#add(file, fd);
    });
  }

  release(handle: Handle): void {
    const held = handle as Held;
    held.users -= 1;
    if (held.users > 0) return;
    if (held.isForgotten) {
      this.#close(held);
      return;
    }
    this.#idle.add(held);
    this.#closeSurplus();
  }

  /** Whoever uses the file next has to open it anew. Waits until it is closed, unless it is still in use. */
  async forget(file: object): Promise<void> {
    const handle = this.#byFile.get(file);
    if (handle !== undefined) {
      handle.isForgotten = true;
      this.#byFile.delete(file);
      if (handle.users === 0) this.#close(handle);
    }
    await this.#closing.get(file);
  }

  #add(file: object, fd: number): Handle {
    const handle: Held = { fd, file, users: 1, isForgotten: false };
    this.#byFile.set(file, handle);
    this.#closeSurplus();
    return handle;
  }

  #closeSurplus(): void {
    for (const { file } of this.#idle) {
      if (this.#byFile.size <= this.#most) return;
      this.forget(file);
    }
  }

  #close(handle: Held): void {
    const { file, fd } = handle;
    this.#idle.delete(handle);
    const closing = Promise.all([this.#closing.get(file), closeFd(fd).catch(() => {})]).then(() => {
      if (this.#closing.get(file) === closing) this.#closing.delete(file);
    });
    this.#closing.set(file, closing);
  }
}
