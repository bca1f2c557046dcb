import { read, write } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Transfer } from './file-queue.ts';
import { recordLength } from './resume-file.ts';

/**
 * Reads and writes on threads of their own, many at a time in one message. Node's own threads have to be woken for each
 * read and write, which for small pieces costs more than the work itself, and get into each other's way in one file.
 */
export interface DiskThreads {
  /** For a `FileQueue`. Bytes that are not on a SharedArrayBuffer go Node's usual way. */
  readonly read: Transfer;
  readonly write: Transfer;
  /** Hashes a piece, writes it when it is right, and records it: in one go, by the thread that writes. */
  keep(piece: PieceToKeep, done: (outcome: Kept) => void): void;
  /** Starts the thread that reads, or both, before there is anything to do: with its first work it would come late. */
  start(kind: 'read' | 'both'): void;
  /** Ends the threads once everything is answered. */
  close(): Promise<void>;
}

/** A piece that has arrived. Its bytes are on a SharedArrayBuffer. */
export interface PieceToKeep {
  readonly bytes: Uint8Array;
  readonly sha1: Uint8Array;
  /** Where it is to be written, and then its record; undefined: it is only hashed. */
  readonly place: KeepingPlace | undefined;
}

export interface KeepingPlace {
  readonly fd: number;
  readonly position: number;
  readonly record: { readonly fd: number; readonly position: number; readonly bytes: Uint8Array };
}

/** `right`: it is not kept, or not known to be. `unknown`: there is no thread to tell. */
export type Kept = 'kept' | 'right' | 'wrong' | 'unknown';

/** The threads are started when there is something to do at the latest, and never keep the process from ending while idle. */
export function openDiskThreads(start: (kind: 'read' | 'write') => Worker = startThread): DiskThreads {
  // A disk that is slow to write does not keep those waiting who read from another.
  const reader = new DiskThread('read', read, start);
  const writer = new DiskThread('write', write, start);
  return {
    read: reader.transfer,
    write: writer.transfer,
    keep: writer.keep,
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
/** In bytes; a batch may be longer by less than one job. */
const batchLength = 1024 * 1024;
/** One that is worked on and one that waits, so that the thread has no pause between them. */
const batchesAtATime = 2;

interface Job {
  readonly fd: number;
  /** What is to be moved, and nothing else. */
  readonly bytes: Uint8Array;
  readonly position: number;
  /** Where it is to be kept rather than just moved. */
  readonly piece: PieceToKeep | undefined;
  readonly done: Parameters<Transfer>[5];
  /** Instead of Node's own way, when the thread has broken. */
  readonly onBroken: (() => void) | undefined;
}

/** A batch as the thread gets it: what is to be moved, and for each its file and position. */
interface Orders {
  readonly parts: readonly Uint8Array[];
  readonly places: Float64Array;
  readonly checks: Checks | undefined;
}

/** For each order whether it is a piece, its SHA-1, its record, and the file and position of that. */
interface Checks {
  readonly isPiece: Uint8Array;
  readonly digests: Uint8Array;
  readonly records: Uint8Array;
  readonly places: Float64Array;
}

const digestLength = 20;
const noFile = -1;

/** What became of an order: how many bytes were moved, or the error's properties; -1: a piece is wrong. */
type Outcome = number | { readonly message: string; readonly code: string; readonly errno: number };

/** What the thread runs, from its text: it can reach nothing outside itself, and so needs no file of its own. */
function moveBatches(load: (module: string) => unknown): void {
  const { parentPort, workerData } = load('node:worker_threads') as typeof import('node:worker_threads');
  const { hash } = load('node:crypto') as typeof import('node:crypto');
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
    if (fd < 0) return 0; // a piece that is only hashed
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
  /** Records what was written; what cannot be recorded is not kept. */
  const record = (parts: readonly Uint8Array[], { records, places }: Checks, outcomes: Outcome[]): void => {
    const recordLength = records.length / parts.length;
    const isDue = (order: number) => places[2 * order]! >= 0 && outcomes[order] === parts[order]!.length;
    for (let first = 0; first < outcomes.length; first += 1) {
      if (!isDue(first)) continue;
      const fd = places[2 * first]!;
      const position = places[2 * first + 1]!;
      let end = first + 1;
      let length = recordLength;
      for (; isDue(end) && places[2 * end] === fd && places[2 * end + 1] === position + length; end += 1)
        length += recordLength;
      const from = first * recordLength;
      const written = move(fd, records.subarray(from, from + length), position);
      if (written !== length) outcomes.fill(0, first, end);
      first = end - 1;
    }
  };
  parentPort!.on('message', ({ parts, places, checks }: Orders) => {
    const outcomes: Outcome[] = [];
    const fdOf = (order: number) => places[2 * order]!;
    const positionOf = (order: number) => places[2 * order + 1]!;
    const isWrong = (order: number) =>
      checks !== undefined &&
      checks.isPiece[order] === 1 &&
      hash('sha1', parts[order]!, 'buffer').compare(checks.digests, 20 * order, 20 * order + 20) !== 0;
    for (let first = 0; first < parts.length; ) {
      if (isWrong(first)) {
        outcomes.push(-1);
        first += 1;
        continue;
      }
      const fd = fdOf(first);
      const position = positionOf(first);
      let { length } = parts[first]!;
      let end = first + 1;
      for (
        ;
        fd >= 0 && end < parts.length && fdOf(end) === fd && positionOf(end) === position + length;
        end += 1
      ) {
        if (length + parts[end]!.length > most || isWrong(end)) break;
        length += parts[end]!.length;
      }
      const areMoved = end - first > 1 && moveTogether(fd, parts.slice(first, end), position, length);
      // One after the other: each is told what became of it.
      for (; first < end; first += 1) {
        const part = parts[first]!;
        outcomes.push(areMoved ? part.length : move(fd, part, positionOf(first)));
      }
    }
    if (checks !== undefined) record(parts, checks, outcomes);
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
  const checks = batch.some(({ piece }) => piece !== undefined) ? checksOf(batch) : undefined;
  return { parts: batch.map(({ bytes }) => bytes), places, checks };
}

function checksOf(batch: readonly Job[]): Checks {
  const isPiece = new Uint8Array(batch.length);
  const digests = new Uint8Array(digestLength * batch.length);
  const records = new Uint8Array(recordLength * batch.length);
  const places = new Float64Array(2 * batch.length).fill(noFile);
  for (let i = 0; i < batch.length; i += 1) {
    const { piece } = batch[i]!;
    if (piece === undefined) continue;
    isPiece[i] = 1;
    digests.set(piece.sha1, digestLength * i);
    if (piece.place === undefined) continue;
    const { fd, position, bytes } = piece.place.record;
    records.set(bytes, recordLength * i);
    places[2 * i] = fd;
    places[2 * i + 1] = position;
  }
  return { isPiece, digests, records, places };
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
    this.#add({ fd, bytes: part, position, piece: undefined, done, onBroken: undefined });
  };

  readonly keep: DiskThreads['keep'] = (piece, done) => {
    const { bytes, place } = piece;
    const { fd, position } = place ?? { fd: noFile, position: 0 };
    const onMoved = (_error: Error | null, count: number) => {
      if (count < 0) done('wrong');
      else done(count === bytes.length ? 'kept' : 'right');
    };
    const onBroken = () => done('unknown');
    if (this.#hasBroken) queueMicrotask(onBroken);
    else this.#add({ fd, bytes, position, piece, done: onMoved, onBroken });
  };

  #add(job: Job): void {
    this.#waiting.push(job);
    if (this.#dispatchIsDue) return;
    this.#dispatchIsDue = true;
    // After what runs now, which may have more to move.
    queueMicrotask(() => this.#dispatch());
  }

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
      const batch = this.#nextBatch(Math.min(batchJobs, half));
      if (this.#given.length === 0) worker.ref();
      this.#given.push(batch);
      worker.postMessage(ordersOf(batch));
    }
    if (this.#hasBroken) this.#goUsualWay(this.#waiting.splice(0));
  }

  #nextBatch(most: number): readonly Job[] {
    let count = 0;
    for (let length = 0; count < most && length < batchLength; count += 1)
      length += this.#waiting[count]!.bytes.length;
    return this.#waiting.splice(0, count);
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
    for (const { fd, bytes, position, done, onBroken } of jobs) {
      if (onBroken !== undefined) {
        onBroken();
        onDone();
      } else
        this.#usual(fd, bytes, 0, bytes.length, position, (error, count) => {
          done(error, count);
          onDone();
        });
    }
  }
}
