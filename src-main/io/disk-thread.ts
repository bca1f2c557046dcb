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

/** A batch as the thread gets it: what is to be moved, and for each its file and position. */
interface Orders {
  readonly parts: readonly Uint8Array[];
  readonly places: Float64Array;
}

/** What became of an order: how many bytes were moved, or the error's properties. */
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
  const move = (fd: number, bytes: Uint8Array, position: number): Outcome => {
    try {
      return isReader ? readSync(fd, bytes, 0, bytes.length, position) : writeInParts(fd, bytes, position);
    } catch (error) {
      const { message, code = '', errno = 0 } = error as NodeJS.ErrnoException;
      return { message, code, errno };
    }
  };
  /** Whether all of what lies side by side was moved in one go: for small pieces the call costs more than the move. */
  const moveTogether = (
    fd: number,
    parts: readonly Uint8Array[],
    position: number,
    length: number,
  ): boolean => {
    try {
      return (isReader ? readvSync : writevSync)(fd, parts, position) === length;
    } catch {
      return false;
    }
  };
  parentPort!.on('message', ({ parts, places }: Orders) => {
    const outcomes: Outcome[] = [];
    const fdOf = (order: number) => places[2 * order]!;
    const positionOf = (order: number) => places[2 * order + 1]!;
    for (let first = 0; first < parts.length; ) {
      const fd = fdOf(first);
      const position = positionOf(first);
      let { length } = parts[first]!;
      let end = first + 1;
      for (; end < parts.length && fdOf(end) === fd && positionOf(end) === position + length; end += 1) {
        if (length + parts[end]!.length > most) break;
        length += parts[end]!.length;
      }
      const areMoved = end - first > 1 && moveTogether(fd, parts.slice(first, end), position, length);
      // One after the other: each is told what became of it.
      for (; first < end; first += 1) {
        const part = parts[first]!;
        outcomes.push(areMoved ? part.length : move(fd, part, positionOf(first)));
      }
    }
    parentPort!.postMessage(outcomes);
  });
}

function startThread(workerData: 'read' | 'write'): Worker {
  // Options that this process was started with, as for debugging, are not the thread's.
  return new Worker(`(${moveBatches})(require)`, { eval: true, execArgv: [], name: 'disk', workerData });
}

/** Numbers in an array of their own: sent one by one they would cost more than the bytes. */
function ordersOf(batch: readonly Job[]): Orders {
  const places = new Float64Array(2 * batch.length);
  for (let i = 0; i < batch.length; i += 1) {
    const { fd, position } = batch[i]!;
    places[2 * i] = fd;
    places[2 * i + 1] = position;
  }
  return { parts: batch.map(({ bytes }) => bytes), places };
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
      worker.postMessage(ordersOf(batch));
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
    for (let i = 0; i < batch.length; i += 1) {
      const { done } = batch[i]!;
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
