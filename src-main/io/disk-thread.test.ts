import { close, open, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DiskThreads, type Kept, openDiskThreads, type PieceToKeep } from './disk-thread.ts';
import { EndOfFile, FileQueue } from './file-queue.ts';
import { sha1, sharedBuffers } from './hasher.ts';

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

  describe('that keep pieces', () => {
    let recordFd: number;
    beforeEach(async () => {
      recordFd = await promisify(open)(join(folder, 'records'), 'w+');
    });
    afterEach(() => promisify(close)(recordFd));

    const keep = (piece: PieceToKeep) => new Promise<Kept>(resolve => disk.keep(piece, resolve));
    const recordOf = (number: number) => new Uint8Array(12).fill(number + 1);
    const pieceOf = (number: number, isRight = true, into = fd, recordInto = recordFd): PieceToKeep => {
      const bytes = shared([number, number, number]);
      const record = { fd: recordInto, position: number * 12, bytes: recordOf(number) };
      return {
        bytes,
        sha1: sha1(isRight ? bytes : shared([number])),
        place: { fd: into, position: number * 3, record },
      };
    };

    it('write and record those that are right, and nothing of the others', async () => {
      disk = openDiskThreads();
      const areRight = Array.from({ length: 199 }, (_, i) => i % 7 !== 3 && i % 5 !== 0);
      const kept = await Promise.all(areRight.map((isRight, i) => keep(pieceOf(i, isRight))));
      expect(kept).toEqual(areRight.map(isRight => (isRight ? 'kept' : 'wrong')));
      const nothing = (length: number) => new Uint8Array(length);
      const bytes = areRight.flatMap((isRight, i) => [...(isRight ? nothing(3).fill(i) : nothing(3))]);
      const records = areRight.flatMap((isRight, i) => [...(isRight ? recordOf(i) : nothing(12))]);
      expect([...readFileSync(join(folder, 'file'))]).toEqual(bytes);
      expect([...readFileSync(join(folder, 'records'))]).toEqual(records);
    });

    it('only hash what has no place', async () => {
      disk = openDiskThreads();
      const outcomes = [true, false].map(isRight => keep({ ...pieceOf(0, isRight), place: undefined }));
      expect(await Promise.all([...outcomes, keep(pieceOf(1))])).toEqual(['right', 'wrong', 'kept']);
    });

    it('record nothing that could not be written, and keep nothing that could not be recorded', async () => {
      disk = openDiskThreads();
      const none = 999_999;
      const outcomes = [pieceOf(0), pieceOf(1, true, none), pieceOf(2, true, fd, none), pieceOf(3)].map(keep);
      expect(await Promise.all(outcomes)).toEqual(['kept', 'right', 'right', 'kept']);
      const records = readFileSync(join(folder, 'records'));
      expect([...records]).toEqual([...recordOf(0), ...new Uint8Array(24), ...recordOf(3)]);
    });

    it('write what others want in between', async () => {
      disk = openDiskThreads();
      const queue = queueOn(disk);
      const between = moved(done => queue.write(fd, shared([7, 7, 7]), 3, done));
      expect(await Promise.all([keep(pieceOf(0)), between, keep(pieceOf(2))])).toEqual([
        'kept',
        undefined,
        'kept',
      ]);
      expect([...readFileSync(join(folder, 'file'))]).toEqual([0, 0, 0, 7, 7, 7, 2, 2, 2]);
    });

    it('say that they know nothing when they break', async () => {
      disk = openDiskThreads(() => new Worker('process.exit(0)', { eval: true }));
      expect(await Promise.all([0, 1, 2].map(i => keep(pieceOf(i))))).toEqual(Array(3).fill('unknown'));
      expect(await keep(pieceOf(3))).toBe('unknown');
    });
  });
});
