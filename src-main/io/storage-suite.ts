import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ContentFile, Layout } from '../engine/content/layout.ts';
import type { Storage, StorageFailure, StoredBytes } from '../engine/ports.ts';

/** Makes storage of the kind under test. */
export interface StorageMaker {
  /** With nothing in it, for a downloader. */
  empty(layout: Layout, files: readonly ContentFile[]): Promise<Storage>;
  /** With everything in it, for a seed. */
  seed(layout: Layout, files: readonly ContentFile[], content: Uint8Array): Promise<Storage>;
}

/** Bytes that differ from place to place. */
export function someContent(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 31 + (at >> 8) * 7 + 1) & 0xff);
}

export function pieceOf(content: Uint8Array, layout: Layout, piece: number): Uint8Array {
  return content.slice(layout.offsetOf(piece), layout.offsetOf(piece) + layout.lengthOf(piece));
}

/** The bytes of a run, or the failure's text. */
export function read(
  storage: Storage,
  piece: number,
  offset: number,
  length: number,
): Promise<Uint8Array | string> {
  return new Promise(done =>
    storage.read(piece, offset, length, (result: StoredBytes | StorageFailure) => {
      if ('failed' in result) return done(result.failed);
      done(result.bytes.slice());
      result.release();
    }),
  );
}

/** The failure's text, if any. */
export function write(storage: Storage, piece: number, bytes: Uint8Array): Promise<string | undefined> {
  return new Promise(done => storage.write(piece, bytes, failure => done(failure?.failed)));
}

export function complete(storage: Storage): Promise<string | undefined> {
  return new Promise(done => storage.complete(failure => done(failure?.failed)));
}

export function close(storage: Storage): Promise<void> {
  return new Promise(done => storage.close(done));
}

export async function writeAll(storage: Storage, layout: Layout, content: Uint8Array): Promise<void> {
  const pieces = Array.from({ length: layout.pieceCount }, (_, piece) => piece);
  const failures = await Promise.all(
    pieces.map(piece => write(storage, piece, pieceOf(content, layout, piece))),
  );
  expect(failures).toEqual(pieces.map(() => undefined));
}

/** All pieces together, each read whole. */
export async function readAll(storage: Storage, layout: Layout): Promise<Uint8Array> {
  const content = new Uint8Array(layout.totalLength);
  for (let piece = 0; piece < layout.pieceCount; piece += 1) {
    const bytes = await read(storage, piece, 0, layout.lengthOf(piece));
    if (typeof bytes === 'string') throw new Error(bytes);
    content.set(bytes, layout.offsetOf(piece));
  }
  return content;
}

/** What every `Storage` does. */
export function testStorage(name: string, maker: StorageMaker): void {
  const layout = new Layout(1000, 64);
  const files = [{ path: 'thefile', length: 1000 }];
  const content = someContent(1000);

  describe(name, () => {
    it('reads any part of a piece that was written', async () => {
      const storage = await maker.empty(layout, files);
      expect(await write(storage, 3, pieceOf(content, layout, 3))).toBeUndefined();
      expect(await read(storage, 3, 0, 64)).toEqual(pieceOf(content, layout, 3));
      expect(await read(storage, 3, 10, 5)).toEqual(content.slice(202, 207));
      expect(await read(storage, 3, 63, 1)).toEqual(content.slice(255, 256));
      await close(storage);
    });

    it('reads a run that goes on over the next pieces', async () => {
      const storage = await maker.empty(layout, files);
      for (const piece of [2, 3, 4, 14, 15]) await write(storage, piece, pieceOf(content, layout, piece));
      expect(await read(storage, 2, 0, 3 * 64)).toEqual(content.slice(128, 320));
      expect(await read(storage, 3, 60, 5)).toEqual(content.slice(252, 257));
      expect(await read(storage, 14, 1, 63 + 40)).toEqual(content.slice(897));
      await close(storage);
    });

    it('writes and reads the short last piece', async () => {
      const storage = await maker.empty(layout, files);
      expect(await write(storage, 15, content.slice(960))).toBeUndefined();
      expect(await read(storage, 15, 0, 40)).toEqual(content.slice(960));
      await close(storage);
    });

    it('takes all pieces at once and gives them back', async () => {
      const storage = await maker.empty(layout, files);
      await writeAll(storage, layout, content);
      expect(await readAll(storage, layout)).toEqual(content);
      await close(storage);
    });

    it('reads runs of up to a mebibyte', async () => {
      const large = new Layout(2 ** 21 + 4321, 2 ** 20);
      const largeContent = someContent(large.totalLength);
      const storage = await maker.seed(large, [{ path: 'thefile', length: large.totalLength }], largeContent);
      // Compared as bytes: one by one takes seconds.
      expect(Buffer.compare(await readAll(storage, large), largeContent)).toBe(0);
      const run = largeContent.slice(2 ** 20 + 4096, 2 ** 20 + 4096 + 2 ** 19);
      expect(Buffer.compare((await read(storage, 1, 4096, 2 ** 19)) as Uint8Array, run)).toBe(0);
      await close(storage);
    });

    it('takes a piece that lies in hundreds of files', async () => {
      const split = Array.from({ length: 500 }, (_, file) => ({ path: `${file % 9}/${file}`, length: 2 }));
      const whole = new Layout(1000, 1000);
      const storage = await maker.empty(whole, split);
      expect(await write(storage, 0, content)).toBeUndefined();
      expect(await readAll(storage, whole)).toEqual(content);
      expect(await complete(storage)).toBeUndefined();
      expect(await read(storage, 0, 333, 333)).toEqual(content.slice(333, 666));
      await close(storage);
    });

    it('answers each of many reads and writes at once', async () => {
      const storage = await maker.empty(layout, files);
      await write(storage, 0, pieceOf(content, layout, 0));
      const answers: Promise<unknown>[] = [];
      for (let piece = 1; piece < layout.pieceCount; piece += 1) {
        answers.push(read(storage, 0, piece, 1), write(storage, piece, pieceOf(content, layout, piece)));
      }
      const expected = Array.from({ length: layout.pieceCount - 1 }, (_, i) => [
        content.slice(i + 1, i + 2),
        undefined,
      ]);
      expect(await Promise.all(answers)).toEqual(expected.flat());
      await close(storage);
    });

    it('gives two readers of one piece bytes of their own', async () => {
      const storage = await maker.seed(layout, files, content);
      const results: StoredBytes[] = [];
      await new Promise<void>(done => {
        for (const piece of [0, 0]) {
          storage.read(piece, 0, 64, result => {
            results.push(result as StoredBytes);
            if (results.length === 2) done();
          });
        }
      });
      const [first, second] = results;
      first!.bytes.fill(0);
      first!.release();
      expect(second!.bytes.slice()).toEqual(content.slice(0, 64));
      second!.release();
      await close(storage);
    });

    it('takes bytes back once, however often they are released', async () => {
      const storage = await maker.seed(layout, files, content);
      const stored = await new Promise<StoredBytes>(done =>
        storage.read(0, 0, 64, result => done(result as StoredBytes)),
      );
      stored.release();
      stored.release();
      const others: Uint8Array[] = [];
      await new Promise<void>(done => {
        for (const piece of [1, 2]) {
          storage.read(piece, 0, 64, result => {
            others[piece] = (result as StoredBytes).bytes;
            if (others[1] && others[2]) done();
          });
        }
      });
      expect(others[1]!.slice()).toEqual(content.slice(64, 128));
      expect(others[2]!.slice()).toEqual(content.slice(128, 192));
      await close(storage);
    });

    it('gives a seed the whole content', async () => {
      const storage = await maker.seed(layout, files, content);
      expect(await readAll(storage, layout)).toEqual(content);
      await close(storage);
    });

    it('never answers before the call returns', async () => {
      const storage = await maker.seed(layout, files, content);
      let isCalling = true;
      const early: string[] = [];
      const note = (what: string) => {
        if (isCalling) early.push(what);
      };
      const answers: Promise<void>[] = [];
      const ask = (what: string, call: (done: () => void) => void) =>
        answers.push(
          new Promise(answered =>
            call(() => {
              note(what);
              answered();
            }),
          ),
        );
      ask('read', done => storage.read(0, 0, 1, done));
      ask('complete', done => storage.complete(done));
      ask('close', done => storage.close(done));
      ask('read after close', done => storage.read(0, 0, 1, done));
      isCalling = false;
      await Promise.all(answers);
      expect(early).toEqual([]);
    });

    it('completes when every piece is written, and can be read afterwards', async () => {
      const storage = await maker.empty(layout, files);
      await writeAll(storage, layout, content);
      expect(await complete(storage)).toBeUndefined();
      expect(await readAll(storage, layout)).toEqual(content);
      await close(storage);
    });

    it('completes a second time without a word', async () => {
      const storage = await maker.empty(layout, files);
      await writeAll(storage, layout, content);
      expect(await Promise.all([complete(storage), complete(storage)])).toEqual([undefined, undefined]);
      expect(await complete(storage)).toBeUndefined();
      await close(storage);
    });

    it('completes content without any piece', async () => {
      const storage = await maker.empty(new Layout(0, 64), [{ path: 'thefile', length: 0 }]);
      expect(await complete(storage)).toBeUndefined();
      await close(storage);
    });

    it('closes when what was begun is answered', async () => {
      const large = new Layout(2_000_000, 1000);
      const storage = await maker.empty(large, [{ path: 'thefile', length: 2_000_000 }]);
      const events: string[] = [];
      for (let piece = 0; piece < large.pieceCount; piece += 1) {
        storage.write(piece, new Uint8Array(1000), failure => events.push(failure?.failed ?? 'written'));
      }
      await close(storage);
      events.push('closed');
      expect(events).toEqual([...Array.from({ length: large.pieceCount }, () => 'written'), 'closed']);
    });

    it('closes any number of times', async () => {
      const storage = await maker.empty(layout, files);
      await Promise.all([close(storage), close(storage)]);
      await close(storage);
    });

    it('refuses to read, write and complete once it is closed', async () => {
      const storage = await maker.empty(layout, files);
      await writeAll(storage, layout, content);
      await close(storage);
      expect(await read(storage, 0, 0, 1)).toBe('the storage is closed');
      expect(await write(storage, 0, pieceOf(content, layout, 0))).toBe('the storage is closed');
      expect(await complete(storage)).toBe('the storage is closed');
    });

    it('fails loudly when it is asked for what was never written', async () => {
      const storage = await maker.empty(layout, files);
      const done = () => {};
      expect(() => storage.read(0, 0, 1, done)).toThrow(RangeError);
      for (const piece of [13, 15]) await write(storage, piece, pieceOf(content, layout, piece));
      expect(() => storage.read(15, 0, 41, done)).toThrow(RangeError);
      expect(() => storage.read(16, 0, 1, done)).toThrow(RangeError);
      // Pieces 13 and 15 are there, 14 is not.
      expect(() => storage.read(13, 0, 65, done)).toThrow(RangeError);
      expect(() => storage.read(13, 64, 1, done)).toThrow(RangeError);
      expect(() => storage.read(13, 0, 2 * 64 + 40, done)).toThrow(RangeError);
      expect(() => storage.complete(done)).toThrow();
      await close(storage);
    });

    it('fails loudly when bytes are not as long as their piece', async () => {
      const storage = await maker.empty(layout, files);
      const done = () => {};
      expect(() => storage.write(0, content.slice(0, 63), done)).toThrow(RangeError);
      expect(() => storage.write(15, content.slice(0, 64), done)).toThrow(RangeError);
      expect(() => storage.write(16, content.slice(0, 64), done)).toThrow(RangeError);
      await close(storage);
    });

    it('fails loudly when complete content is written', async () => {
      const storage = await maker.seed(layout, files, content);
      expect(() => storage.write(0, content.slice(0, 64), () => {})).toThrow();
      await close(storage);
    });

    it('reads back what was written in any order over any files', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.integer({ min: 0, max: 120 }), { minLength: 1, maxLength: 5 }),
          fc.integer({ min: 1, max: 90 }),
          fc.infiniteStream(fc.nat()),
          fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 5 }),
          async (lengths, pieceLength, order, runs) => {
            const split = lengths.map((length, file) => ({ path: `folder/file-${file}`, length }));
            const drawn = new Layout(
              lengths.reduce((sum, length) => sum + length, 0),
              pieceLength,
            );
            const bytes = someContent(drawn.totalLength);
            const storage = await maker.empty(drawn, split);
            const left = Array.from({ length: drawn.pieceCount }, (_, piece) => piece);
            const writes: Promise<string | undefined>[] = [];
            while (left.length > 0) {
              const [piece] = left.splice(order.next().value % left.length, 1);
              writes.push(write(storage, piece!, pieceOf(bytes, drawn, piece!)));
            }
            expect((await Promise.all(writes)).every(failure => failure === undefined)).toBe(true);
            expect(await readAll(storage, drawn)).toEqual(bytes);
            expect(await complete(storage)).toBeUndefined();
            expect(await readAll(storage, drawn)).toEqual(bytes);
            for (const [from, to] of drawn.totalLength === 0 ? [] : runs) {
              const start = from % drawn.totalLength;
              const length = 1 + (to % (drawn.totalLength - start));
              const piece = Math.floor(start / pieceLength);
              const run = await read(storage, piece, start - drawn.offsetOf(piece), length);
              expect(run).toEqual(bytes.slice(start, start + length));
            }
            await close(storage);
          },
        ),
        { numRuns: 20 },
      );
    });
  });
}
