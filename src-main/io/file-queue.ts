import { read, write } from 'node:fs';

/** Moves up to `length` bytes between a file and `bytes`; reports how many. `fs.read` and `fs.write` are two. */
export type Transfer = (
  fd: number,
  bytes: Uint8Array,
  offset: number,
  length: number,
  position: number,
  done: (error: NodeJS.ErrnoException | null, count: number) => void,
) => void;

/** As many as libuv has threads: more would only wait there, before other work that needs those threads. */
const mostRunning = 4;

/** What was to be read goes on beyond the end of its file. */
export class EndOfFile extends Error {
  override readonly name = 'EndOfFile';

  constructor(position: number) {
    super(`it has nothing at byte ${position}`);
  }
}

/** Lets a few things run at a time, in the order they came. */
export class Turns {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(most = mostRunning) {
    this.#most = most;
  }

  /** Runs `work`, at once if it is its turn. Whoever ends it says `finished`. */
  start(work: () => void): void {
    if (this.#running === this.#most) {
      this.#waiting.push(work);
      return;
    }
    this.#running += 1;
    work();
  }

  finished(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }

  /** Does the work when it is its turn. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await new Promise<void>(onTurn => this.start(onTurn));
    try {
      return await work();
    } finally {
      this.finished();
    }
  }
}

/**
 * Reads and writes runs of bytes at their place in a file: whole or not at all, a few at a time, in the order they
 * came. Callbacks rather than promises, because every piece sent passes through here.
 */
export class FileQueue {
  readonly #read: Transfer;
  readonly #write: Transfer;
  readonly #turns: Turns;

  constructor(readSome: Transfer = read, writeSome: Transfer = write, most = mostRunning) {
    this.#read = readSome;
    this.#write = writeSome;
    this.#turns = new Turns(most);
  }

  /** Fills `bytes` from `position` on. A file that ends earlier is an `EndOfFile`. */
  read(fd: number, bytes: Uint8Array, position: number, done: (error?: Error) => void): void {
    this.#turns.start(() => this.#moveAll(this.#read, fd, bytes, position, done));
  }

  /** Writes all of `bytes` from `position` on. */
  write(fd: number, bytes: Uint8Array, position: number, done: (error?: Error) => void): void {
    this.#turns.start(() => this.#moveAll(this.#write, fd, bytes, position, done));
  }

  #moveAll(
    transfer: Transfer,
    fd: number,
    bytes: Uint8Array,
    position: number,
    done: (error?: Error) => void,
  ): void {
    let moved = 0;
    const moveOn = () => transfer(fd, bytes, moved, bytes.length - moved, position + moved, onMoved);
    const onMoved = (error: NodeJS.ErrnoException | null, count: number) => {
      if (!error) {
        moved += count;
        if (moved < bytes.length && count > 0) return moveOn();
      }
      this.#turns.finished();
      if (error) done(error);
      else if (moved < bytes.length) done(new EndOfFile(position + moved));
      else done();
    };
    moveOn();
  }
}
