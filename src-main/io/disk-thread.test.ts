import { close, open } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DiskThreads, openDiskThreads } from './disk-thread.ts';
import { EndOfFile, FileQueue } from './file-queue.ts';
import { sharedBuffers } from './hasher.ts';

describe('threads for the disk', () => {
  let folder: string;
  let fd: number;
  let disk: DiskThreads;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'piecewise-disk-'));
    fd = await promisify(open)(join(folder, 'file'), 'w+');
  });
  afterEach(async () => {
    await disk.close();
    await promisify(close)(fd).catch(() => {});
    await rm(folder, { recursive: true });
  });

  const queueOn = (threads: DiskThreads) => new FileQueue(threads.read, threads.write, 48);
  const moved = (move: (done: (error?: Error) => void) => void) =>
    new Promise<Error | undefined>(resolve => move(resolve));
  const shared = (bytes: readonly number[]) => {
    const buffer = sharedBuffers(bytes.length);
    buffer.set(bytes);
    return buffer;
  };

  it('read what they wrote, in whatever order', async () => {
    disk = openDiskThreads();
    const queue = queueOn(disk);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.nat(255), { minLength: 1, maxLength: 50 }), { minLength: 1, maxLength: 200 }),
        async parts => {
          const places = parts.map((_, i) => parts.slice(0, i).reduce((sum, part) => sum + part.length, 0));
          const writes = parts.map((part, i) =>
            moved(done => queue.write(fd, shared(part), places[i]!, done)),
          );
          expect(await Promise.all(writes)).toEqual(parts.map(() => undefined));
          const read = parts.map(part => sharedBuffers(part.length));
          const reads = parts.map((_, i) => moved(done => queue.read(fd, read[i]!, places[i]!, done)));
          expect(await Promise.all(reads)).toEqual(parts.map(() => undefined));
          expect(read.map(bytes => [...bytes])).toEqual(parts);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('are there once they are started, and no others are needed', async () => {
    const started: string[] = [];
    disk = openDiskThreads(kind => {
      started.push(kind);
      const answer = "parentPort.on('message', orders => parentPort.postMessage(orders.map(() => 1)))";
      return new Worker(`const { parentPort } = require('node:worker_threads'); ${answer}`, { eval: true });
    });
    disk.start('read');
    expect(started).toEqual(['read']);
    disk.start('both');
    expect(started).toEqual(['read', 'write']);
    const queue = queueOn(disk);
    expect(await moved(done => queue.write(fd, shared([1]), 0, done))).toBeUndefined();
    expect(await moved(done => queue.read(fd, shared([1]), 0, done))).toBeUndefined();
    expect(started).toEqual(['read', 'write']);
  });

  it('move only the part that is asked for', async () => {
    disk = openDiskThreads();
    const bytes = shared([1, 2, 3, 4, 5]);
    await new Promise<void>(resolve => disk.write(fd, bytes, 1, 3, 0, () => resolve()));
    const read = shared([0, 0, 0, 0, 0]);
    const count = await new Promise<number>(resolve =>
      disk.read(fd, read, 1, 4, 0, (_, moved) => resolve(moved)),
    );
    expect([count, [...read]]).toEqual([3, [0, 2, 3, 4, 0]]);
  });

  it('move what is longer than they write at a time', async () => {
    disk = openDiskThreads();
    const queue = queueOn(disk);
    const bytes = sharedBuffers(700_001).map((_, i) => (i * 31) >> 3);
    const written = sharedBuffers(bytes.length);
    written.set(bytes);
    expect(await moved(done => queue.write(fd, written, 5, done))).toBeUndefined();
    const read = sharedBuffers(bytes.length);
    expect(await moved(done => queue.read(fd, read, 5, done))).toBeUndefined();
    expect(Buffer.compare(read, bytes)).toBe(0);
  });

  it('take bytes that are not shared, too', async () => {
    disk = openDiskThreads();
    const queue = queueOn(disk);
    expect(await moved(done => queue.write(fd, Uint8Array.of(7, 8), 0, done))).toBeUndefined();
    const read = sharedBuffers(2);
    expect(await moved(done => queue.read(fd, read, 0, done))).toBeUndefined();
    expect([...read]).toEqual([7, 8]);
  });

  it('tell errors as Node does, each to whom it concerns', async () => {
    disk = openDiskThreads();
    const queue = queueOn(disk);
    const [bad, good, beyond] = await Promise.all([
      moved(done => queue.write(999_999, shared([1]), 0, done)),
      moved(done => queue.write(fd, shared([1]), 0, done)),
      moved(done => queue.read(fd, sharedBuffers(10), 100, done)),
    ]);
    expect(bad).toMatchObject({ code: 'EBADF' });
    expect((bad as NodeJS.ErrnoException).errno).toBeLessThan(0);
    expect(good).toBeUndefined();
    expect(beyond).toBeInstanceOf(EndOfFile);
  });

  it.each([
    [
      'cannot be started',
      () => {
        throw new Error('no more threads');
      },
    ],
    ['breaks', () => new Worker('throw new Error("broken")', { eval: true })],
    ['ends by itself', () => new Worker('process.exit(0)', { eval: true })],
  ])('are done without when one %s', async (_, start) => {
    disk = openDiskThreads(start);
    const queue = queueOn(disk);
    const writes = Array.from({ length: 100 }, (_, i) =>
      moved(done => queue.write(fd, shared([i]), i, done)),
    );
    expect(await Promise.all(writes)).toEqual(writes.map(() => undefined));
    const read = sharedBuffers(100);
    expect(await moved(done => queue.read(fd, read, 0, done))).toBeUndefined();
    expect([...read]).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  it('answer everything before they are closed', async () => {
    disk = openDiskThreads();
    const queue = queueOn(disk);
    let answered = 0;
    for (let i = 0; i < 300; i += 1)
      queue.write(fd, shared([i & 255]), i, () => {
        answered += 1;
      });
    await moved(done => queue.write(fd, shared([0]), 300, done));
    await disk.close();
    expect(answered).toBe(300);
  });
});
