import { hash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { Sha1 } from '../engine/bittorrent/metainfo.ts';
import { BufferPool } from '../engine/buffer-pool.ts';

/** SHA-1 off the main thread: hashing a fast download takes most of a core, and the loop has none to give. */

export interface Hasher {
  /**
   * Hashes bytes and calls `done` later, with the 20 bytes of the digest. Bytes on a SharedArrayBuffer (see
   * `sharedBuffers`) are not copied and must not change until then; others are copied at once.
   */
  sha1(bytes: Uint8Array, done: (digest: Uint8Array) => void): void;
  /** Answers what it was asked, then ends its threads. Takes no more from now on. */
  close(): Promise<void>;
}

export interface HasherOptions {
  /** One keeps up with a download; more are of use for checking what is on disk. */
  readonly threads?: number;
  /** A thread broke. Its work is done all the same, on the main thread if need be: this is for the log. */
  readonly onFailure?: (error: Error) => void;
}

/** Allocates for a `BufferPool` whose buffers are to be hashed. */
export const sharedBuffers = (length: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(length));

export const sha1: Sha1 = bytes => new Uint8Array(hash('sha1', bytes, 'buffer'));

/** The threads are started when there is something to hash, and never keep the process from ending while idle. */
export function openHasher(options: HasherOptions = {}): Hasher {
  return new ThreadHasher(startThread, options);
}

/** For tests: with threads of their making. */
export function hasherOn(start: () => Worker, options: HasherOptions = {}): Hasher {
  return new ThreadHasher(start, options);
}

const digestLength = 20;

/** A message between threads costs as much as hashing a small piece, so small ones travel together, up to this many. */
const batchJobs = 64;
/** In bytes; a batch may be longer by less than one piece. */
const batchLength = 512 * 1024;
/** One that is worked on and one that waits, so that a thread has no pause between them. */
const batchesPerThread = 2;

interface Job {
  readonly bytes: Uint8Array;
  readonly isCopy: boolean;
  readonly done: (digest: Uint8Array) => void;
}

type Batch = readonly Job[];

/** What the thread runs, from its text: it can reach nothing outside itself, and so needs no file of its own. */
function hashBatches(load: (module: string) => unknown): void {
  const { parentPort } = load('node:worker_threads') as typeof import('node:worker_threads');
  const { hash } = load('node:crypto') as typeof import('node:crypto');
  const port = parentPort!;
  port.on('message', (batch: readonly Uint8Array[]) => {
    const digests = new Uint8Array(batch.length * 20);
    for (let i = 0; i < batch.length; i += 1) {
      digests.set(hash('sha1', batch[i]!, 'buffer'), i * 20);
    }
    port.postMessage(digests);
  });
}

function startThread(): Worker {
  // Options that this process was started with, as for debugging, are not the thread's.
  return new Worker(`(${hashBatches})(require)`, { eval: true, execArgv: [], name: 'hasher' });
}

/** A worker with the batches it was given, in order. */
class Thread {
  readonly batches: Batch[] = [];
  readonly worker: Worker;

  constructor(worker: Worker) {
    this.worker = worker;
    worker.unref();
  }

  give(batch: Batch): void {
    if (this.batches.length === 0) this.worker.ref();
    this.batches.push(batch);
    this.worker.postMessage(batch.map(({ bytes }) => bytes));
  }

  /** The batch that was answered. */
  take(): Batch {
    const batch = this.batches.shift()!;
    if (this.batches.length === 0) this.worker.unref();
    return batch;
  }
}

class ThreadHasher implements Hasher {
  readonly #start: () => Worker;
  readonly #onFailure: (error: Error) => void;
  readonly #copies = new BufferPool(1024 * 1024, sharedBuffers);
  /** Threads that may still be started. */
  #threadsLeft: number;
  readonly #threads = new Set<Thread>();
  #waiting: Job[] = [];
  #jobsOpen = 0;
  #dispatchIsDue = false;
  #closing: Promise<void> | undefined;
  #onIdle = () => {};

  constructor(start: () => Worker, { threads = 1, onFailure = () => {} }: HasherOptions) {
    this.#start = start;
    this.#threadsLeft = threads;
    this.#onFailure = onFailure;
  }

  sha1(bytes: Uint8Array, done: (digest: Uint8Array) => void): void {
    if (this.#closing !== undefined) throw new Error('the hasher is closed');
    const isCopy = !(bytes.buffer instanceof SharedArrayBuffer);
    this.#waiting.push({ bytes: isCopy ? this.#copyOf(bytes) : bytes, isCopy, done });
    this.#jobsOpen += 1;
    this.#dispatchSoon();
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    if (this.#jobsOpen > 0) {
      await new Promise<void>(resolve => {
        this.#onIdle = resolve;
      });
    }
    const threads = [...this.#threads];
    this.#threads.clear();
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  }

  #copyOf(bytes: Uint8Array): Uint8Array {
    const copy = this.#copies.acquire(bytes.length);
    copy.set(bytes);
    return copy;
  }

  /** After what runs now, which may have more to hash. */
  #dispatchSoon(): void {
    if (this.#dispatchIsDue) return;
    this.#dispatchIsDue = true;
    queueMicrotask(() => {
      this.#dispatchIsDue = false;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const thread = this.#freeThread();
      if (thread === undefined) break;
      thread.give(this.#nextBatch());
    }
    // Without any thread the work is done here, a piece at a time so that the loop turns in between.
    if (this.#waiting.length > 0 && this.#threads.size === 0) setImmediate(() => this.#hashHere());
  }

  #hashHere(): void {
    if (this.#threads.size > 0) return;
    const job = this.#waiting.shift();
    if (job !== undefined) this.#answer([job], sha1(job.bytes));
  }

  /** The thread with the least to do, if one could do with more. */
  #freeThread(): Thread | undefined {
    let best: Thread | undefined;
    for (const thread of this.#threads) {
      if (best === undefined || thread.batches.length < best.batches.length) best = thread;
    }
    if (best?.batches.length === 0) return best;
    if (this.#threadsLeft > 0) return this.#startThread() ?? best;
    return best !== undefined && best.batches.length < batchesPerThread ? best : undefined;
  }

  #startThread(): Thread | undefined {
    this.#threadsLeft -= 1;
    try {
      const thread = new Thread(this.#start());
      this.#threads.add(thread);
      thread.worker.on('message', (digests: Uint8Array) => this.#answer(thread.take(), digests));
      thread.worker.on('error', error => this.#onBroken(thread, error));
      thread.worker.on('messageerror', error => this.#onBroken(thread, error));
      thread.worker.on('exit', () => this.#onBroken(thread, new Error('a hashing thread ended by itself')));
      return thread;
    } catch (error) {
      this.#onFailure(error as Error);
      return undefined;
    }
  }

  #nextBatch(): Batch {
    // What waits is divided among all threads before one gets a second piece.
    const share = Math.ceil(this.#waiting.length / (this.#threads.size + this.#threadsLeft));
    const most = Math.min(share, batchJobs);
    let count = 0;
    for (let length = 0; count < most && length < batchLength; count += 1)
      length += this.#waiting[count]!.bytes.length;
    return this.#waiting.splice(0, count);
  }

  #answer(batch: Batch, digests: Uint8Array): void {
    this.#jobsOpen -= batch.length;
    for (const { bytes, isCopy } of batch) if (isCopy) this.#copies.release(bytes);
    if (this.#waiting.length > 0) this.#dispatch();
    for (let i = 0, at = 0; i < batch.length; i += 1, at += digestLength)
      batch[i]!.done(digests.subarray(at, at + digestLength));
    if (this.#jobsOpen === 0) this.#onIdle();
  }

  /** What the thread still had to do goes back to the front of the queue. */
  #onBroken(thread: Thread, error: Error): void {
    if (!this.#threads.delete(thread)) return;
    thread.worker.terminate();
    this.#waiting.unshift(...thread.batches.flat());
    this.#onFailure(error);
    this.#dispatch();
  }
}
