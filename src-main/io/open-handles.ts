import { close } from 'node:fs';

/** A file that is open. */
export interface Handle {
  readonly fd: number;
}

interface Held extends Handle {
  readonly file: number;
  readonly owner: OpenHandles;
  /** Reads and writes under way. */
  users: number;
  /** Closed as soon as nobody uses it. */
  isForgotten: boolean;
}

/** How many files all shares together may hold open. Those in use are never closed, so there may be a few more. */
export class HandleLimit {
  readonly most: number;
  open = 0;
  /** Open and not in use; used longest ago comes first. */
  readonly idle = new Set<Held>();

  constructor(most = 64) {
    this.most = most;
  }
}

const sharedLimit = new HandleLimit();

/** The files of one share that are open, by number: at most `most` that are not in use, the ones used last. */
export class OpenHandles {
  readonly #most: number;
  readonly #limit: HandleLimit;
  readonly #byFile = new Map<number, Held>();
  readonly #idle = new Set<Held>();
  readonly #closing = new Set<Promise<void>>();

  constructor(most = 24, limit = sharedLimit) {
    this.#most = most;
    this.#limit = limit;
  }

  /** How many are open. */
  get count(): number {
    return this.#byFile.size;
  }

  /** An open file, until it is released; undefined: it is not open. */
  use(file: number): Handle | undefined {
    const handle = this.#byFile.get(file);
    if (handle === undefined) return undefined;
    handle.users += 1;
    this.#idle.delete(handle);
    this.#limit.idle.delete(handle);
    return handle;
  }

  /** Takes over a file that was just opened, in use. Others may be closed for it. */
  add(file: number, fd: number): Handle {
    const handle: Held = { fd, file, owner: this, users: 1, isForgotten: false };
    this.#byFile.set(file, handle);
    this.#limit.open += 1;
    while (this.#byFile.size > this.#most && closeFirst(this.#idle));
    while (this.#limit.open > this.#limit.most && closeFirst(this.#limit.idle));
    return handle;
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
    this.#limit.idle.add(held);
    while (this.#byFile.size > this.#most && closeFirst(this.#idle));
    while (this.#limit.open > this.#limit.most && closeFirst(this.#limit.idle));
  }

  /** Whoever uses the file next has to open it anew. */
  async forget(file: number): Promise<void> {
    const handle = this.#byFile.get(file);
    if (handle === undefined) return;
    handle.isForgotten = true;
    this.#byFile.delete(file);
    if (handle.users === 0) await this.#close(handle);
  }

  /** Closes what is not in use, of all shares: the system has no more to give. */
  async closeIdle(): Promise<void> {
    await Promise.all([...this.#limit.idle].map(({ owner, file }) => owner.forget(file)));
  }

  /** Nothing is in use any more. */
  async closeAll(): Promise<void> {
    for (const file of [...this.#byFile.keys()]) this.forget(file);
    await Promise.all(this.#closing);
  }

  #close(handle: Held): Promise<void> {
    this.#idle.delete(handle);
    this.#limit.idle.delete(handle);
    this.#limit.open -= 1;
    const closing = new Promise<void>(resolve => close(handle.fd, () => resolve())).then(() => {
      this.#closing.delete(closing);
    });
    this.#closing.add(closing);
    return closing;
  }
}

function closeFirst(idle: ReadonlySet<Held>): boolean {
  for (const handle of idle) {
    handle.owner.forget(handle.file);
    return true;
  }
  return false;
}
