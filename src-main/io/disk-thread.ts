import { read, write } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Transfer } from './file-queue.ts';

/**
 * Reads and writes on threads of their own, many at a time in one message. Node's own threads have to be woken for each
 * read and write, which for small pieces costs more than the work itself, and get into each other's way in one file.
 */
export interface DiskThreads {
  /** For a `FileQueue`. Bytes that are not on a SharedArrayBuffer go Node's usual way. */
  readonly read: Transfer;
  readonly write: Transfer;
  /** Starts the thread that reads, or both, before there is anything to do: with its first work it would come late. */
  start(kind: 'read' | 'both'): void;
  /** Ends the threads once everything is answered. */
  close(): Promise<void>;
}

/** The threads are started when there is something to do at the latest, and never keep the process from ending while idle. */
export function openDiskThreads(start: (kind: 'read' | 'write') => Worker = startThread): DiskThreads {
  // A disk that is slow to write does not keep those waiting who read from another.
  const reader = new DiskThread('read', read, start);
  const writer = new DiskThread('write', write, start);
  return {
    read: reader.transfer,
    write: writer.transfer,
    start(kind) {
      reader.start();
      if (kind === 'both') writer.start();
    },
    close: async () => {
      await Promise.all([reader.close(), writer.close()]);
    },
  };
}

/** Jobs in one message. */
const batchJobs = 64;
/** One that is worked on and one that waits, so that the thread has no pause between them. */
const batchesAtATime = 2;

interface Job {
  readonly fd: number;
  /** What is to be moved, and nothing else. */
  readonly bytes: Uint8Array;
  readonly position: number;
  readonly done: Parameters<Transfer>[5];
}

/** A job as the thread gets it, and what became of it: how many bytes were moved, or the error's properties. */
type Order = readonly [fd: number, bytes: Uint8Array, position: number];
type Outcome = number | { readonly message: string; readonly code: string; readonly errno: number };

/** What the thread runs, from its text: it can reach nothing outside itself, and so needs no file of its own. */
function moveBatches(load: (module: string) => unknown): void {
  const { parentPort, workerData } = load('node:worker_threads') as typeof import('node:worker_threads');
  const { readSync, readvSync, writeSync, writevSync } = load('node:fs') as typeof import('node:fs');
  const isReader = workerData === 'read';
  // Linux takes memory for what is written at once in one stretch if it can, and then writing 1 MiB costs four times as
  // much as writing it in quarters: such stretches are seldom at hand.
  const most = 256 * 1024;
  const writeInParts = (fd: number, bytes: Uint8Array, position: number): number => {
    for (let at = 0; at < bytes.length; ) {
      const length = Math.min(most, bytes.length - at);
      const count = writeSync(fd, bytes, at, length, position + at);
      at += count;
      if (count < length) return at;
    }
    return bytes.length;
  };
  const move = ([fd, bytes, position]: Order): Outcome => {
    try {
      return isReader ? readSync(fd, bytes, 0, bytes.length, position) : writeInParts(fd, bytes, position);
    } catch (error) {
      const { message, code = '', errno = 0 } = error as NodeJS.ErrnoException;
      return { message, code, errno };
    }
  };
  /** Whether all of what lies side by side was moved in one go: for small pieces the call costs more than the move. */
  const moveTogether = (orders: readonly Order[], length: number): boolean => {
    const [fd, , position] = orders[0]!;
    const parts = orders.map(([, bytes]) => bytes);
    try {
      return (isReader ? readvSync : writevSync)(fd, parts, position) === length;
    } catch {
      return false;
    }
  };
  parentPort!.on('message', (orders: readonly Order[]) => {
    const outcomes: Outcome[] = [];
    for (let first = 0; first < orders.length; ) {
      const [fd, bytes, position] = orders[first]!;
      let { length } = bytes;
      let end = first + 1;
      for (; end < orders.length; end += 1) {
        const [nextFd, next, nextPosition] = orders[end]!;
        if (nextFd !== fd || nextPosition !== position + length || length + next.length > most) break;
        length += next.length;
      }
      const run = orders.slice(first, end);
      if (run.length > 1 && moveTogether(run, length)) outcomes.push(...run.map(([, part]) => part.length));
      else outcomes.push(...run.map(move)); // one after the other: each is told what became of it
      first = end;
    }
    parentPort!.postMessage(outcomes);
  });
}

function startThread(workerData: 'read' | 'write'): Worker {
  // Options that this process was started with, as for debugging, are not the thread's.
  return new Worker(`(${moveBatches})(require)`, { eval: true, execArgv: [], name: 'disk', workerData });
}

class DiskThread {
  readonly #kind: 'read' | 'write';
  /** Node's own way, for other bytes and for when the thread has broken. */
  readonly #usual: Transfer;
  readonly #startThread: (kind: 'read' | 'write') => Worker;
  #worker: Worker | undefined;
  #hasBroken = false;
  #waiting: Job[] = [];
  /** Batches the thread has been given, in order. */
  readonly #given: (readonly Job[])[] = [];
  #dispatchIsDue = false;
  #onIdle: (() => void) | undefined;

  constructor(kind: 'read' | 'write', usual: Transfer, start: (kind: 'read' | 'write') => Worker) {
    this.#kind = kind;
    this.#usual = usual;
    this.#startThread = start;
  }

  readonly transfer: Transfer = (fd, bytes, offset, length, position, done) => {
    if (this.#hasBroken || !(bytes.buffer instanceof SharedArrayBuffer)) {
      this.#usual(fd, bytes, offset, length, position, done);
      return;
    }
    const part = offset === 0 && length === bytes.length ? bytes : bytes.subarray(offset, offset + length);
    this.#waiting.push({ fd, bytes: part, position, done });
    if (this.#dispatchIsDue) return;
    this.#dispatchIsDue = true;
    // After what runs now, which may have more to move.
    queueMicrotask(() => this.#dispatch());
  };

  start(): void {
    if (!this.#hasBroken) this.#thread();
  }

  async close(): Promise<void> {
    if (this.#given.length > 0 || this.#waiting.length > 0) {
      await new Promise<void>(onIdle => {
        this.#onIdle = onIdle;
      });
    }
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #dispatch(): void {
    this.#dispatchIsDue = false;
    while (this.#waiting.length > 0 && this.#given.length < batchesAtATime && !this.#hasBroken) {
      const worker = this.#thread();
      if (worker === undefined) break;
      // With nothing to do yet it begins with half, so that the second half is there when it is done.
      const half = Math.ceil(this.#waiting.length / (batchesAtATime - this.#given.length));
      const batch = this.#waiting.splice(0, Math.min(batchJobs, half));
      if (this.#given.length === 0) worker.ref();
      this.#given.push(batch);
      worker.postMessage(batch.map(({ fd, bytes, position }): Order => [fd, bytes, position]));
    }
    if (this.#hasBroken) this.#goUsualWay(this.#waiting.splice(0));
  }

  #thread(): Worker | undefined {
    if (this.#worker !== undefined) return this.#worker;
    try {
      const worker = this.#startThread(this.#kind);
      worker.unref();
      worker.on('message', (outcomes: readonly Outcome[]) => this.#onAnswered(outcomes));
      worker.on('error', () => this.#onBroken(worker));
      worker.on('messageerror', () => this.#onBroken(worker));
      worker.on('exit', () => this.#onBroken(worker));
      this.#worker = worker;
      return worker;
    } catch {
      this.#hasBroken = true;
      return undefined;
    }
  }

  #onAnswered(outcomes: readonly Outcome[]): void {
    const batch = this.#given.shift()!;
    if (this.#waiting.length > 0) this.#dispatch();
    for (const [i, { done }] of batch.entries()) {
      const outcome = outcomes[i]!;
      if (typeof outcome === 'number') done(null, outcome);
      else {
        const { message, code, errno } = outcome;
        done(Object.assign(new Error(message), { code, errno }), 0);
      }
    }
    if (this.#given.length > 0 || this.#waiting.length > 0) return;
    this.#worker?.unref();
    this.#onIdle?.();
  }

  /** What it was given may be done or not: doing it again does no harm. */
  #onBroken(worker: Worker): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    this.#hasBroken = true;
    worker.terminate();
    this.#goUsualWay([...this.#given.splice(0).flat(), ...this.#waiting.splice(0)]);
  }

  #goUsualWay(jobs: readonly Job[]): void {
    let left = jobs.length;
    const onDone = () => {
      left -= 1;
      if (left === 0) this.#onIdle?.();
    };
    for (const { fd, bytes, position, done } of jobs) {
      this.#usual(fd, bytes, 0, bytes.length, position, (error, count) => {
        done(error, count);
        onDone();
      });
    }
  }
}
