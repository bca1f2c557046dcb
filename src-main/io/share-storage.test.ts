import { execFileSync, spawnSync } from 'node:child_process';
import fs, {
  appendFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { constants, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Bitfield } from '../../src-shared/bitfield.ts';
import { BufferPool } from '../engine/buffer-pool.ts';
import { FileMap, Layout } from '../engine/content/layout.ts';
import type { StorageFailure } from '../engine/ports.ts';
import { mountAt, openBelow } from './disk-suite.ts';
import { type Kept, openDiskThreads } from './disk-thread.ts';
import { freeBytes } from './free-bytes.ts';
import { type Hasher, openHasher, sharedBuffers } from './hasher.ts';
import {
  type OpenedShare,
  openShareStorage,
  recordedPieces,
  type ShareStorageOptions,
} from './share-storage.ts';
import { type DrawnFile, putFiles, shareOf } from './share-suite.ts';
import { close, complete, pieceOf, read, someContent, write, writeAll } from './storage-suite.ts';

const hasher = openHasher();
const pool = new BufferPool(16 * 1024 * 1024, sharedBuffers);
let workingFolder: string;

beforeEach(() => {
  workingFolder = mkdtempSync(join(tmpdir(), 'piecewise-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  const leftOpen = openBelow(workingFolder);
  rmSync(workingFolder, { recursive: true });
  expect(leftOpen).toEqual([]);
});
afterAll(() => hasher.close());

const at = (...names: string[]) => join(workingFolder, ...names);

const verify = ({ storage }: OpenedShare, piece: number, bytes: Uint8Array) =>
  new Promise<boolean>(done => storage.verify(piece, bytes, done));

/** A piece on memory that threads share. */
function sharedPiece(piece: number): Uint8Array {
  const bytes = pieceOf(content, layout, piece);
  const copy = sharedBuffers(bytes.length);
  copy.set(bytes);
  return copy;
}

/** Every file below the download folder, and every folder that is empty. */
function inFolder(folder = 'downloads', below = ''): string[] {
  return readdirSync(at(folder, below), { withFileTypes: true })
    .flatMap(entry => {
      const path = join(below, entry.name);
      if (!entry.isDirectory()) return [path];
      const inside = inFolder(folder, path);
      return inside.length === 0 ? [`${path}/`] : inside;
    })
    .sort();
}

/** Pieces of 64 bytes: `box/a` is in 0 and 1, `box/b` in 1, `box/c` in 1 to 14, `box/d` in 14 and 15. */
const layout = new Layout(1000, 64);
const files: readonly DrawnFile[] = [
  { path: 'box/a', length: 100 },
  { path: 'box/empty', length: 0 },
  { path: 'box/deep/b', length: 20 },
  { path: 'box/c', length: 800 },
  { path: 'box/d', length: 80 },
];
const content = someContent(1000);
const share = shareOf(layout, files, content);
const all = new Uint8Array(files.length).fill(2);
const allPieces = Array.from({ length: layout.pieceCount }, (_, piece) => piece);

/** Wanted files of the share, by name. */
const only = (...names: string[]) => Uint8Array.from(files, ({ path }) => (names.includes(path) ? 2 : 0));

interface Counted extends Hasher {
  /** Bytes hashed. */
  readonly bytes: number;
}

function counting(): Counted {
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    sha1(part, done) {
      bytes += part.length;
      hasher.sha1(part, done);
    },
    close: () => Promise.resolve(),
  };
}

function optionsWith(options: Partial<ShareStorageOptions> = {}): ShareStorageOptions {
  return {
    metainfo: share,
    folder: at('downloads'),
    stateFile: at('profile', 'share.state'),
    priorities: all,
    pool,
    hasher,
    ...options,
  };
}

async function open(options: Partial<ShareStorageOptions> = {}): Promise<OpenedShare> {
  const opened = await openShareStorage(optionsWith(options));
  if ('failed' in opened) throw new Error(opened.failed);
  return opened;
}

async function failureOf(options: Partial<ShareStorageOptions> = {}): Promise<string> {
  const opened = await openShareStorage(optionsWith(options));
  if ('failed' in opened) return opened.failed;
  await close(opened.storage);
  throw new Error('it opened');
}

/** Opens, reads every piece that is there, and closes. */
async function found(options: Partial<ShareStorageOptions> = {}) {
  const counted = counting();
  const { storage, have, notes, altered } = await open({ hasher: counted, ...options });
  for (const piece of have) {
    expect(await read(storage, piece, 0, layout.lengthOf(piece))).toEqual(pieceOf(content, layout, piece));
  }
  await close(storage);
  return { pieces: [...have], hashed: counted.bytes, notes, altered };
}

/** A download of these pieces, closed. */
async function download(
  pieces: readonly number[],
  options: Partial<ShareStorageOptions> = {},
): Promise<void> {
  const { storage } = await open(options);
  for (const piece of pieces) {
    expect(await write(storage, piece, pieceOf(content, layout, piece))).toBeUndefined();
  }
  await close(storage);
}

function put(): void {
  putFiles(at('downloads'), files, content);
}

const appear = (...names: string[]) =>
  expect.poll(() => names.filter(name => !existsSync(at('downloads', name)))).toEqual([]);
const bytesOf = (...names: string[]) => new Uint8Array(readFileSync(at('downloads', ...names)));
const partOf = (file: number) => {
  const start = new FileMap(files).startOf(file);
  return content.slice(start, start + files[file]!.length);
};

/** Changes a byte; the time of the file is the one it had, or later by so much. */
function flip(path: string, offset: number, laterMs: number): void {
  const { atimeMs, mtimeMs } = statSync(path);
  const bytes = readFileSync(path);
  bytes[offset]! ^= 0x04;
  writeFileSync(path, bytes);
  utimesSync(path, atimeMs / 1000, (mtimeMs + laterMs) / 1000);
}

/** As `read` and `write`, with the cause. */
function failureToRead(opened: OpenedShare, piece: number, length = 1): Promise<StorageFailure | undefined> {
  return new Promise(done =>
    opened.storage.read(piece, 0, length, result => {
      if ('failed' in result) return done(result);
      result.release();
      done(undefined);
    }),
  );
}
function failureToWrite(
  opened: OpenedShare,
  piece: number,
  bytes = pieceOf(content, layout, piece),
): Promise<StorageFailure | undefined> {
  return new Promise(done => opened.storage.write(piece, bytes, done));
}

describe('a download', () => {
  it('makes each file when it is first written, and names it when its last piece is there', async () => {
    const { storage, have, notes } = await open();
    expect([have.count, notes]).toEqual([0, []]);
    expect(inFolder()).toEqual(['.box.lock', 'box/empty']);
    await write(storage, 0, pieceOf(content, layout, 0));
    expect(inFolder()).toEqual(['.box.lock', 'box/a.part', 'box/empty']);
    expect(statSync(at('downloads/box/a.part')).size).toBe(100);
    await write(storage, 15, pieceOf(content, layout, 15));
    expect(inFolder()).toEqual(['.box.lock', 'box/a.part', 'box/d.part', 'box/empty']);
    await write(storage, 1, pieceOf(content, layout, 1));
    await appear('box/deep/b', 'box/a');
    expect(bytesOf('box/a')).toEqual(partOf(0));
    expect(bytesOf('box/deep/b')).toEqual(partOf(2));
    expect(inFolder()).toContain('box/c.part');
    for (let piece = 2; piece < 15; piece += 1) await write(storage, piece, pieceOf(content, layout, piece));
    expect(await complete(storage)).toBeUndefined();
    expect(inFolder()).toEqual(['box/a', 'box/c', 'box/d', 'box/deep/b', 'box/empty']);
    expect(files.map(({ path }) => bytesOf(path))).toEqual(files.map((_, file) => partOf(file)));
    await close(storage);
    expect(inFolder()).toHaveLength(5);
  });

  it('takes no space for what is not written', async () => {
    const large = new Layout(2 ** 33, 2 ** 20);
    const metainfo = {
      ...share,
      totalLength: 2 ** 33,
      pieceLength: 2 ** 20,
      pieceHashes: new Uint8Array(large.pieceCount * 20),
      files: [{ path: 'thefile', length: 2 ** 33, isPad: false }],
    };
    const { storage } = await open({ metainfo, priorities: Uint8Array.of(1) });
    expect(await write(storage, 8000, new Uint8Array(2 ** 20).fill(1))).toBeUndefined();
    const { size, blocks } = statSync(at('downloads/thefile.part'));
    expect(size).toBe(2 ** 33);
    expect(blocks * 512).toBeLessThan(2 ** 22);
    await close(storage);
  });

  it('never has pad files on disk, which are zeros', async () => {
    const padded = [
      { path: 'box/a', length: 50 },
      { path: 'box/.pad/14', length: 14, isPad: true },
      { path: 'box/b', length: 64 },
      { path: 'box/.pad/64', length: 64, isPad: true },
      { path: 'box/c', length: 8 },
    ];
    const drawn = new Layout(200, 64);
    const bytes = someContent(200);
    bytes.fill(0, 50, 64);
    bytes.fill(0, 128, 192);
    const options = { metainfo: shareOf(drawn, padded, bytes), priorities: new Uint8Array(5).fill(1) };
    const { storage } = await open(options);
    await writeAll(storage, drawn, bytes);
    expect(await complete(storage)).toBeUndefined();
    for (let piece = 0; piece < 4; piece += 1)
      expect(await read(storage, piece, 0, drawn.lengthOf(piece))).toEqual(pieceOf(bytes, drawn, piece));
    expect(await read(storage, 0, 40, 155)).toEqual(bytes.slice(40, 195));
    await close(storage);
    expect(inFolder()).toEqual(['box/a', 'box/b', 'box/c']);
    const checked = await open({ ...options, recheck: true });
    expect(checked.have.isFull).toBe(true);
    await close(checked.storage);
  });

  it('does not touch what has the name of a file', async () => {
    const theirs = at('downloads/box/a');
    mkdirSync(theirs, { recursive: true });
    expect(await failureOf()).toBe('box/a: there is a folder with this name; move it away');
    rmSync(theirs, { recursive: true });
    writeFileSync(theirs, 'my homework');
    expect(await failureOf()).toBe(
      'box/a: it has 11 bytes where 100 are expected; put the right file there, or move this one away',
    );
    writeFileSync(theirs, someContent(100).fill(7));
    // Of another program's with the same length, only what its neighbours show can be told.
    const { storage } = await open();
    expect(await write(storage, 0, pieceOf(content, layout, 0))).toBe(
      'box/a: a file of other content has this name; move it away',
    );
    await close(storage);
    expect(bytesOf('box/a')).toEqual(someContent(100).fill(7));
    put();
    writeFileSync(theirs, someContent(100).fill(7));
    expect(await failureOf()).toBe('box/a: a file of other content has this name; move it away');
    expect(bytesOf('box/a')).toEqual(someContent(100).fill(7));
  });

  it('never replaces a file that got its name meanwhile, and can be completed when that is gone', async () => {
    const { storage } = await open();
    await write(storage, 0, pieceOf(content, layout, 0));
    writeFileSync(at('downloads/box/a'), 'my homework');
    await writeAllBut(storage, [0]);
    expect(await complete(storage)).toBe(
      'box/a: something else has this name; the download stays in box/a.part',
    );
    expect(readFileSync(at('downloads/box/a'), 'utf8')).toBe('my homework');
    rmSync(at('downloads/box/a'));
    expect(await complete(storage)).toBeUndefined();
    expect(bytesOf('box/a')).toEqual(partOf(0));
    await close(storage);
  });

  it('does not write into a partial file that appeared meanwhile', async () => {
    const opened = await open();
    writeFileSync(at('downloads/box/a.part'), 'my homework');
    expect(await failureToWrite(opened, 0)).toEqual({
      failed: 'box/a.part: something else has this name; move it away',
      cause: 'changed',
    });
    expect(readFileSync(at('downloads/box/a.part'), 'utf8')).toBe('my homework');
    await close(opened.storage);
  });

  it('does not choose between a complete file and a partial one', async () => {
    put();
    writeFileSync(at('downloads/box/a.part'), '');
    expect(await failureOf()).toBe('box/a: it exists beside box/a.part; move one of them away');
  });

  it('cuts names that would be too long while they are partial, and keeps them apart', async () => {
    const long = ['x', 'y'].map(end => ({ path: `box/${'ä'.repeat(125)}${end}`, length: 500 }));
    const metainfo = { ...share, ...shareOf(layout, long, content) };
    const { storage } = await open({ metainfo, priorities: Uint8Array.of(1, 1) });
    await write(storage, 7, pieceOf(content, layout, 7));
    const partial = inFolder().filter(name => name.endsWith('.part'));
    expect(partial).toHaveLength(2);
    for (const name of partial) expect(Buffer.byteLength(name)).toBeLessThan(255);
    await writeAllBut(storage, [7]);
    expect(await complete(storage)).toBeUndefined();
    expect(inFolder()).toEqual(long.map(({ path }) => path));
    await close(storage);
  });

  it('takes another ending when names of the share end like partial files', async () => {
    const named = [
      { path: 'box/a', length: 500 },
      { path: 'box/A.PART', length: 500 },
    ];
    const { storage } = await open({
      metainfo: shareOf(layout, named, content),
      priorities: Uint8Array.of(1, 1),
    });
    await write(storage, 7, pieceOf(content, layout, 7));
    expect(inFolder()).toEqual(['.box.lock', 'box/A.PART.part2', 'box/a.part2']);
    await close(storage);
  });

  it('finds such an ending at once, however many names end like partial files', async () => {
    const many = Array.from({ length: 20_000 }, (_, i) => ({
      path: `box/a.part${i < 1 ? '' : i + 1}`,
      length: 1,
    }));
    const metainfo = shareOf(new Layout(20_000, 16_384), many, someContent(20_000));
    const startedAt = performance.now();
    const { storage } = await open({ metainfo, priorities: new Uint8Array(20_000) });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    await close(storage);
  });

  it('belongs to one process', async () => {
    const { storage } = await open();
    expect(await failureOf()).toBe('the share is already being downloaded by this process');
    const otherProfile = { stateFile: at('other', 'share.state') };
    expect(await failureOf(otherProfile)).toBe('the share is already being downloaded by this process');
    await close(storage);
    writeFileSync(at('downloads/.box.lock'), `${process.ppid} ${hostname()}\n`);
    expect(await failureOf()).toBe(
      `the share is already being downloaded by process ${process.ppid} (if that is another program, delete .box.lock)`,
    );
    const { pid } = spawnSync(process.execPath, ['--version']);
    writeFileSync(at('downloads/.box.lock'), `${pid} ${hostname()}\n`);
    await close((await open()).storage);
    expect(existsSync(at('downloads/.box.lock'))).toBe(false);
  });

  it('fails loudly when things do not fit together, or a piece is written twice', async () => {
    const priorities = new Uint8Array(2);
    await expect(open({ priorities })).rejects.toThrow(RangeError);
    await expect(open({ metainfo: { ...share, totalLength: 999 } })).rejects.toThrow(RangeError);
    await expect(open({ metainfo: { ...share, pieceHashes: new Uint8Array(20) } })).rejects.toThrow(
      RangeError,
    );
    const { storage } = await open();
    expect(() => storage.setPriorities(priorities)).toThrow(RangeError);
    await write(storage, 0, pieceOf(content, layout, 0));
    expect(() => storage.write(0, pieceOf(content, layout, 0), () => {})).toThrow('is written already');
    await close(storage);
  });

  async function writeAllBut(storage: OpenedShare['storage'], left: readonly number[]): Promise<void> {
    for (const piece of allPieces) {
      if (!left.includes(piece))
        expect(await write(storage, piece, pieceOf(content, layout, piece))).toBeUndefined();
    }
  }
});

describe('files that are not wanted', () => {
  it('are made only where a piece of a wanted one reaches into them, and stay partial', async () => {
    const { storage } = await open({ priorities: only('box/c') });
    expect(inFolder()).toEqual(['.box.lock']);
    for (let piece = 2; piece < 14; piece += 1) await write(storage, piece, pieceOf(content, layout, piece));
    expect(inFolder()).toEqual(['.box.lock', 'box/c.part']);
    expect(() => storage.complete(() => {})).toThrow('pieces are missing');
    for (const piece of [1, 14]) await write(storage, piece, pieceOf(content, layout, piece));
    expect(await complete(storage)).toBeUndefined();
    // All of `deep/b` happens to be in piece 1.
    expect(inFolder()).toEqual(['.box.lock', 'box/a.part', 'box/c', 'box/d.part', 'box/deep/b.part']);
    expect(bytesOf('box/c')).toEqual(partOf(3));
    await close(storage);
    expect((await found({ priorities: only('box/c') })).pieces).toEqual(allPieces.slice(1, 15));
  });

  it('get their names when they are wanted after all', async () => {
    const { storage } = await open({ priorities: only('box/c') });
    for (const piece of allPieces.slice(1, 15)) await write(storage, piece, pieceOf(content, layout, piece));
    expect(await complete(storage)).toBeUndefined();
    storage.setPriorities(only('box/c', 'box/deep/b', 'box/empty'));
    await appear('box/deep/b', 'box/empty');
    storage.setPriorities(all);
    expect(() => storage.complete(() => {})).toThrow('pieces are missing');
    for (const piece of [0, 15]) await write(storage, piece, pieceOf(content, layout, piece));
    expect(await complete(storage)).toBeUndefined();
    expect(inFolder()).toEqual(files.map(({ path }) => path).sort());
    await close(storage);
  });

  it('may have something else under their names, which stays', async () => {
    mkdirSync(at('downloads/box/d'), { recursive: true });
    writeFileSync(at('downloads/box/a'), 'my homework');
    writeFileSync(at('downloads/box/c'), someContent(800).fill(3));
    const { storage } = await open({ priorities: only('box/deep/b') });
    expect(await write(storage, 1, pieceOf(content, layout, 1))).toBeUndefined();
    expect(await complete(storage)).toBeUndefined();
    await close(storage);
    expect(readFileSync(at('downloads/box/a'), 'utf8')).toBe('my homework');
    expect(bytesOf('box/c')).toEqual(someContent(800).fill(3));
    expect(bytesOf('box/deep/b')).toEqual(partOf(2));
    expect(inFolder()).toEqual(['box/a', 'box/a.part', 'box/c', 'box/c.part', 'box/d/', 'box/deep/b']);
    expect((await found({ priorities: only('box/deep/b') })).pieces).toEqual([1]);
    expect(await failureOf()).toMatch(/^box\/(a|c|d): /);
  });
});

describe('files that are there already', () => {
  it('are checked, and complete the share', async () => {
    put();
    const progress: number[] = [];
    const { pieces, hashed, altered } = await found({ onChecked: fraction => progress.push(fraction) });
    expect([pieces, hashed, altered]).toEqual([allPieces, 1000, []]);
    expect(progress.at(-1)).toBe(1);
    expect(inFolder()).toEqual(files.map(({ path }) => path).sort());
    expect(await found()).toMatchObject({ pieces: allPieces, hashed: 0 });
    expect(await found({ recheck: true })).toMatchObject({ pieces: allPieces, hashed: 1000 });
  });

  it('are not checked when they were hashed a moment ago', async () => {
    put();
    expect(await found({ isComplete: true })).toMatchObject({ pieces: allPieces, hashed: 0 });
    expect(await found()).toMatchObject({ pieces: allPieces, hashed: 0 });
  });

  it('are checked even then when one is missing', async () => {
    put();
    rmSync(at('downloads/box/d'));
    expect(await found({ isComplete: true })).toMatchObject({ pieces: allPieces.slice(0, 14), hashed: 896 });
  });

  it('may be partial, under either name', async () => {
    put();
    rmSync(at('downloads/box/deep/b'));
    renameSync(at('downloads/box/c'), at('downloads/box/c.part'));
    truncateSync(at('downloads/box/c.part'), 400);
    const { storage, have } = await open();
    // Piece 1 needs `deep/b`; `c.part` ends in piece 8.
    expect([...have]).toEqual([0, 2, 3, 4, 5, 6, 7, 15]);
    for (const piece of allPieces)
      if (!have.has(piece)) await write(storage, piece, pieceOf(content, layout, piece));
    expect(await complete(storage)).toBeUndefined();
    expect(bytesOf('box/c')).toEqual(partOf(3));
    await close(storage);
  });

  it('are read where nothing can be written', async context => {
    put();
    const unmount = mountAt(at('downloads'), 'size=1m', context.skip);
    if (unmount === undefined) return;
    try {
      put();
      execFileSync('mount', ['-o', 'remount,ro', at('downloads')]);
      expect((await found()).pieces).toEqual(allPieces);
    } finally {
      unmount();
    }
  });

  it('with one that differs are told, and what differs is downloaded again', async () => {
    put();
    flip(at('downloads/box/c'), 300, 5000);
    const { storage, have, notes, altered } = await open();
    expect(allPieces.filter(piece => !have.has(piece))).toEqual([6]);
    expect(altered).toEqual(['box/c']);
    expect(notes).toContain(
      'box/c: it is not what the share has under this name; what differs is downloaded again',
    );
    expect(inFolder()).toContain('box/c');
    expect(await write(storage, 6, pieceOf(content, layout, 6))).toBeUndefined();
    expect(await complete(storage)).toBeUndefined();
    expect(bytesOf('box/c')).toEqual(partOf(3));
    expect(inFolder()).toEqual(files.map(({ path }) => path).sort());
    await close(storage);
  });

  it('are not hashed where they are holes', async () => {
    const large = new Layout(2 ** 22, 2 ** 16);
    const metainfo = shareOf(large, [{ path: 'thefile', length: 2 ** 22 }], new Uint8Array(2 ** 22));
    mkdirSync(at('downloads'));
    writeFileSync(at('downloads/thefile.part'), '');
    truncateSync(at('downloads/thefile.part'), 2 ** 22);
    const counted = counting();
    const { storage, have } = await open({ metainfo, priorities: Uint8Array.of(1), hasher: counted });
    expect([have.count, counted.bytes]).toEqual([0, 0]);
    await close(storage);
  });

  it('leave nothing open or locked when the check is called off', async () => {
    put();
    const controller = new AbortController();
    const opening = open({
      signal: controller.signal,
      onChecked: () => controller.abort(new Error('called off')),
    });
    await expect(opening).rejects.toThrow('called off');
    expect(openBelow(workingFolder)).toEqual([]);
    expect(inFolder()).toHaveLength(5);
    await expect(open({ signal: controller.signal })).rejects.toThrow('called off');
    expect((await found()).hashed).toBe(1000);
  });

  it('of a process killed between the two steps of a renaming are whole', async () => {
    await download(allPieces.slice(0, 15));
    writeFileSync(at('downloads/box/d.part'), partOf(4));
    linkSync(at('downloads/box/d.part'), at('downloads/box/d'));
    expect((await found()).pieces).toEqual(allPieces);
    expect(inFolder()).toEqual(files.map(({ path }) => path).sort());
  });
});

describe('a link on disk', () => {
  beforeEach(() => {
    mkdirSync(at('outside'));
    mkdirSync(at('downloads'));
  });

  it('in place of a folder is refused, and nothing is written through it', async () => {
    symlinkSync(at('outside'), at('downloads/box'));
    const refused = 'this is a link to another place, and shares do not follow links; move it away';
    expect(await failureOf()).toBe(`box: ${refused}`);
    rmSync(at('downloads/box'));
    mkdirSync(at('downloads/box'));
    symlinkSync(at('outside'), at('downloads/box/deep'));
    expect(await failureOf()).toBe(`box/deep: ${refused}`);
    expect(inFolder('outside')).toEqual([]);
  });

  it('that appears while files are made is refused', async () => {
    const { storage } = await open();
    symlinkSync(at('outside'), at('downloads/box/deep'));
    expect(await write(storage, 1, pieceOf(content, layout, 1))).toMatch(/^box\/deep: this is a link/);
    expect(inFolder('outside')).toEqual([]);
    await close(storage);
  });

  it('that takes the place of a folder we knew is refused within a second', async () => {
    const { storage } = await open();
    await write(storage, 0, pieceOf(content, layout, 0));
    renameSync(at('downloads/box'), at('downloads/elsewhere'));
    symlinkSync(at('outside'), at('downloads/box'));
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 1_000);
    expect(await write(storage, 15, pieceOf(content, layout, 15))).toMatch(/^box: this is a link/);
    expect(inFolder('outside')).toEqual([]);
    await close(storage);
  });

  it.each(['a', 'a.part'])('in place of the file %s is refused', async name => {
    writeFileSync(at('outside/theirs'), partOf(0));
    mkdirSync(at('downloads/box'));
    symlinkSync(at('outside/theirs'), at('downloads/box', name));
    expect(await failureOf()).toMatch(`box/${name}: this is a link to another place`);
    rmSync(at('downloads/box', name));
    symlinkSync(at('outside/nothing'), at('downloads/box', name));
    expect(await failureOf()).toMatch(`box/${name}: this is a link to another place`);
    expect(inFolder('outside')).toEqual(['theirs']);
    expect(readFileSync(at('outside/theirs')).equals(partOf(0))).toBe(true);
  });

  it('that takes the place of a partial file is not followed', async () => {
    const opened = await open();
    await write(opened.storage, 0, pieceOf(content, layout, 0));
    await close(opened.storage);
    const again = await open();
    writeFileSync(at('outside/theirs'), new Uint8Array(100));
    rmSync(at('downloads/box/a.part'));
    symlinkSync(at('outside/theirs'), at('downloads/box/a.part'));
    expect(await failureToWrite(again, 1)).toMatchObject({ cause: 'changed' });
    expect(readFileSync(at('outside/theirs')).equals(new Uint8Array(100))).toBe(true);
    await close(again.storage);
  });

  it('to the download folder itself is followed', async () => {
    symlinkSync(at('downloads'), at('link'));
    await download(allPieces, { folder: at('link') });
    expect(bytesOf('box/a')).toEqual(partOf(0));
  });

  it('and names that lead out, should one ever get here, are refused', async () => {
    for (const path of ['../thefile', '..', '/etc/thefile', 'a/../../b', '.']) {
      const metainfo = { ...share, files: [{ path, length: 1000, isPad: false }] };
      expect(await failureOf({ metainfo, priorities: Uint8Array.of(1) })).toBe(
        `${path}: this name leads out of the download folder`,
      );
    }
    expect(readdirSync(workingFolder).sort()).toEqual(['downloads', 'outside', 'profile']);
    expect(inFolder()).toEqual([]);
  });
});

describe('resuming', () => {
  it('tells which pieces it recorded without opening anything', async () => {
    const { stateFile } = optionsWith();
    expect(await recordedPieces(share, stateFile)).toBeUndefined();
    await download([2, 5, 11]);
    rmSync(at('downloads'), { recursive: true });
    expect([...(await recordedPieces(share, stateFile))!]).toEqual([2, 5, 11]);
    writeFileSync(stateFile, 'rubbish');
    expect([...(await recordedPieces(share, stateFile))!]).toEqual([]);
    rmSync(stateFile);
    mkdirSync(stateFile);
    expect([...(await recordedPieces(share, stateFile))!]).toEqual([]);
  });

  it('goes on with the pieces of earlier runs without reading them', async () => {
    await download([0, 7, 15]);
    expect(await found()).toMatchObject({
      pieces: [0, 7, 15],
      hashed: 0,
      notes: [],
    });
    await download([1, 2]);
    expect(await found()).toMatchObject({ pieces: [0, 1, 2, 7, 15], hashed: 0 });
  });

  it('gives the caller pieces of its own', async () => {
    const { storage, have } = await open();
    have.set(3);
    expect(() => storage.read(3, 0, 1, () => {})).toThrow(RangeError);
    await close(storage);
  });

  it('checks the pieces of files that look changed, and no others', async () => {
    await download([0, 1, 2, 3, 14, 15]);
    flip(at('downloads/box/c.part'), 0, 3);
    // Pieces 1 to 14 reach into `c`; its first byte is in piece 1.
    expect(await found()).toMatchObject({ pieces: [0, 2, 3, 14, 15], hashed: 14 * 64 });
    expect(await found()).toMatchObject({ pieces: [0, 2, 3, 14, 15], hashed: 0 });
  });

  it('sees a file that was put in place of another, even an older one', async () => {
    await download(allPieces);
    flip(at('downloads/box/d'), 79, -86_400_000);
    expect((await found()).pieces).toEqual(allPieces.slice(0, 15));
  });

  it('drops the pieces of files that were deleted', async () => {
    await download(allPieces);
    rmSync(at('downloads/box/d'));
    expect(await found()).toMatchObject({ pieces: allPieces.slice(0, 14), hashed: 0 });
    await download([14, 15]);
    expect(bytesOf('box/d')).toEqual(partOf(4));
  });

  it('finds files that were put there meanwhile', async () => {
    await download([0]);
    rmSync(at('downloads'), { recursive: true });
    put();
    expect(await found()).toMatchObject({ pieces: allPieces, hashed: 1000 });
  });

  it('believes partial files of the right length only', async () => {
    await download([2, 14, 15]);
    truncateSync(at('downloads/box/c.part'), 100);
    expect((await found()).pieces).toEqual([2, 15]);
    appendFileSync(at('downloads/box/c.part'), 'x');
    expect((await found()).pieces).toEqual([2, 15]);
    await download([3]);
    expect(statSync(at('downloads/box/c.part')).size).toBe(800);
  });

  it('hashes what was written shortly before the machine stopped, but not what was closed', async () => {
    const { storage } = await open();
    await write(storage, 7, pieceOf(content, layout, 7));
    const killed = readFileSync(at('profile/share.state'));
    await close(storage);
    const closed = readFileSync(at('profile/share.state'));
    writeFileSync(at('profile/share.state'), killed);
    expect(await found({ bootedAtMs: Date.now() + 60_000 })).toMatchObject({ pieces: [7], hashed: 64 * 12 });
    writeFileSync(at('profile/share.state'), closed);
    expect(await found({ bootedAtMs: Date.now() + 60_000 })).toMatchObject({ pieces: [7], hashed: 0 });
  });

  it('hashes a whole file with holes after the machine stopped: they never reached the disk', async () => {
    await download(allPieces);
    const place = at('downloads/box/c');
    const when = new Date(0);
    utimesSync(place, when, when);
    // Known to be left so.
    await found();
    truncateSync(place, 0);
    truncateSync(place, 800);
    utimesSync(place, when, when);
    const after = await found({ bootedAtMs: Date.now() + 60_000 });
    expect(after).toMatchObject({ pieces: [0, 15], hashed: 64 * 14 });
  });

  it('after a kill believes files whose last change is not later than the last record', async () => {
    const { storage } = await open();
    for (const piece of [0, 7]) await write(storage, piece, pieceOf(content, layout, piece));
    const killed = readFileSync(at('profile/share.state'));
    await close(storage);
    writeFileSync(at('profile/share.state'), killed);
    expect(await found()).toMatchObject({ pieces: [0, 7], hashed: 0 });
    writeFileSync(at('profile/share.state'), killed);
    flip(at('downloads/box/c.part'), 350, 2000);
    expect((await found()).pieces).toEqual([0]);
  });

  it('survives a state file cut short at any byte, and checks what it no longer says', async () => {
    await download([0, 7, 15]);
    const state = readFileSync(at('profile/share.state'));
    const headerLength = state.indexOf('\n') + 1;
    for (let length = 0; length < state.length; length += length < headerLength ? 15 : 1) {
      writeFileSync(at('profile/share.state'), state.subarray(0, length));
      expect((await found()).pieces).toEqual([0, 7, 15]);
    }
  });

  it('survives a state file of garbage, whether it begins like one of ours or not', async () => {
    await download([0, 7]);
    const good = readFileSync(at('profile/share.state'));
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length), fc.uint8Array({ maxLength: 60 }), async (kept, garbage) => {
        writeFileSync(at('profile/share.state'), new Uint8Array([...good.subarray(0, kept), ...garbage]));
        expect((await found()).pieces).toEqual([0, 7]);
      }),
      { numRuns: 20 },
    );
  });

  it('ignores the state of another share, and says so', async () => {
    await download([0, 7]);
    const other = { ...share, infoHash: 'f'.repeat(40) };
    const { storage, have, notes } = await open({ metainfo: other });
    expect([...have]).toEqual([0, 7]);
    expect(notes).toContain('share.state: it is damaged or belongs to other content, and is ignored');
    await close(storage);
  });
});

describe('a file changed under a share', () => {
  const changed = (failed: unknown) => ({ failed, cause: 'changed' });
  const gone = 'it was moved, deleted or replaced while it was shared';

  it('is noticed before its bytes are given out', async () => {
    put();
    const opened = await open({ isComplete: true });
    expect(await failureToRead(opened, 5)).toBeUndefined();
    flip(at('downloads/box/c'), 300, 10);
    expect(await failureToRead(opened, 6)).toEqual(changed('box/c: it was changed while it was shared'));
    expect(await failureToRead(opened, 5)).toMatchObject({ cause: 'changed' });
    // The files before it are as they were.
    expect(await failureToRead(opened, 0, 120)).toBeUndefined();
    expect(await failureToRead(opened, 0, 121)).toEqual(changed('box/c: it was changed while it was shared'));
    await close(opened.storage);
    expect(await found()).toMatchObject({
      pieces: allPieces.filter(piece => piece !== 6),
      hashed: 14 * 64,
      altered: ['box/c'],
    });
  });

  it('is noticed where it was not open', async () => {
    put();
    const opened = await open({ isComplete: true });
    flip(at('downloads/box/a'), 0, 10);
    rmSync(at('downloads/box/d'));
    expect(await failureToRead(opened, 0)).toEqual(changed('box/a: it was changed while it was shared'));
    expect(await failureToRead(opened, 15)).toEqual(changed(`box/d: ${gone}`));
    await close(opened.storage);
  });

  it.runIf(process.platform === 'linux')('is noticed when it is a pipe, which nobody waits for', async () => {
    put();
    const opened = await open({ isComplete: true });
    rmSync(at('downloads/box/d'));
    execFileSync('mkfifo', [at('downloads/box/d')]);
    expect(await failureToRead(opened, 15)).toMatchObject({ cause: 'changed' });
    await close(opened.storage);
  });

  it('is told with its length when that is another', async () => {
    put();
    const opened = await open({ isComplete: true });
    expect(await failureToRead(opened, 5)).toBeUndefined();
    truncateSync(at('downloads/box/c'), 300);
    const sizes = 'has 300 bytes where 800 are expected';
    for (const piece of [5, 9]) {
      expect(await failureToRead(opened, piece, 64)).toEqual(
        changed(`box/c: it was changed while it was shared and ${sizes}`),
      );
    }
    await close(opened.storage);
  });

  it.each([
    ['deleted', () => rmSync(at('downloads/box/c'))],
    [
      'replaced',
      () => {
        writeFileSync(at('other'), partOf(3));
        renameSync(at('other'), at('downloads/box/c'));
      },
    ],
  ])('is noticed at once when it is %s', async (_, change) => {
    put();
    const opened = await open({ isComplete: true });
    expect(await failureToRead(opened, 5)).toBeUndefined();
    change();
    expect(await failureToRead(opened, 5)).toEqual(changed(`box/c: ${gone}`));
    await close(opened.storage);
  });

  it('is noticed within a second when it is moved', async () => {
    put();
    const now = vi.spyOn(performance, 'now').mockReturnValue(5_000);
    const opened = await open({ isComplete: true });
    expect(await failureToRead(opened, 5)).toBeUndefined();
    renameSync(at('downloads/box/c'), at('elsewhere'));
    expect(await failureToRead(opened, 5)).toBeUndefined();
    now.mockReturnValue(6_000);
    expect(await failureToRead(opened, 5)).toEqual(changed(`box/c: ${gone}`));
    await close(opened.storage);
  });

  it('is noticed before more is written into it', async () => {
    const opened = await open();
    await write(opened.storage, 5, pieceOf(content, layout, 5));
    await write(opened.storage, 0, pieceOf(content, layout, 0));
    flip(at('downloads/box/c.part'), 300, 10);
    rmSync(at('downloads/box/a.part'));
    const failure = changed('box/c.part: it was changed while it was shared');
    expect(await failureToWrite(opened, 6)).toEqual(failure);
    expect(await failureToRead(opened, 5)).toEqual(failure);
    expect(await failureToWrite(opened, 1)).toMatchObject({ cause: 'changed' });
    expect(await failureToWrite(opened, 15)).toBeUndefined();
    await close(opened.storage);
    expect((await found()).pieces).toEqual([5, 15]);
  });

  it('is not seen in what is written here, however it is mixed with reading', async () => {
    const { storage } = await open();
    await write(storage, 2, pieceOf(content, layout, 2));
    const answers = allPieces.flatMap(piece => [
      piece === 2 ? undefined : write(storage, piece, pieceOf(content, layout, piece)),
      read(storage, 2, 0, 64),
    ]);
    for (const answer of await Promise.all(answers)) expect(answer).not.toBeTypeOf('string');
    await close(storage);
  });
});

describe('a disk that fails', () => {
  const large = new Layout(2 ** 21, 2 ** 16);
  const largeContent = someContent(2 ** 21);
  const metainfo = shareOf(large, [{ path: 'thefile', length: 2 ** 21 }], largeContent);
  const bytes = (piece: number) => pieceOf(largeContent, large, piece);
  const options = { metainfo, priorities: Uint8Array.of(1) };
  const full = { failed: 'thefile.part: the disk is full (no space left on device)', cause: 'full' };

  it('is told when it is full, keeps what is written, and takes the same piece when there is room', async context => {
    mkdirSync(at('downloads'));
    const unmount = mountAt(at('downloads'), 'size=1m', context.skip);
    if (unmount === undefined) return;
    try {
      const opened = await open(options);
      expect(opened.notes).toEqual([
        expect.stringMatching(
          /^the share: 2\.0 MiB are still to come, but the disk has room for .*; free some, or choose/,
        ),
      ]);
      const written: number[] = [];
      let failure: StorageFailure | undefined;
      let piece = 0;
      for (; failure === undefined; piece += 1) {
        failure = await failureToWrite(opened, piece, bytes(piece));
        if (failure === undefined) written.push(piece);
      }
      expect(failure).toEqual(full);
      expect(written.length).toBeGreaterThan(8);
      expect(await failureToWrite(opened, piece - 1, bytes(piece - 1))).toEqual(full);
      expect(await read(opened.storage, 3, 0, 2 ** 16)).toEqual(bytes(3));
      execFileSync('mount', ['-o', 'remount,size=4m', at('downloads')]);
      expect(await failureToWrite(opened, piece - 1, bytes(piece - 1))).toBeUndefined();
      await close(opened.storage);
      const again = await open(options);
      expect([...again.have]).toEqual([...written, piece - 1]);
      await close(again.storage);
    } finally {
      unmount();
    }
  });

  it('may be the one with the state file, which is never cut short', async context => {
    mkdirSync(at('profile'));
    const unmount = mountAt(at('profile'), 'size=64k', context.skip);
    if (unmount === undefined) return;
    const small = new Layout(2 ** 14, 16);
    const smallContent = someContent(2 ** 14);
    const smallBytes = (piece: number) => pieceOf(smallContent, small, piece);
    const many = {
      metainfo: shareOf(small, [{ path: 'thefile', length: 2 ** 14 }], smallContent),
      priorities: Uint8Array.of(1),
    };
    const fill = () =>
      spawnSync('dd', ['if=/dev/zero', `of=${at('profile', 'filler')}`, 'bs=4k'], { stdio: 'ignore' });
    try {
      const opened = await open(many);
      fill();
      let failure: StorageFailure | undefined;
      let piece = -1;
      while (failure === undefined) {
        piece += 1;
        failure = await failureToWrite(opened, piece, smallBytes(piece));
      }
      expect(piece).toBeGreaterThan(100);
      expect(failure).toEqual({
        failed: 'share.state: the disk is full (no space left on device)',
        cause: 'full',
      });
      expect(() => opened.storage.read(piece, 0, 1, () => {})).toThrow(RangeError);
      rmSync(at('profile/filler'));
      expect(await failureToWrite(opened, piece, smallBytes(piece))).toBeUndefined();
      fill();
      await close(opened.storage);
      const state = readFileSync(at('profile/share.state'));
      expect(await failureOf(many)).toContain('the disk is full');
      expect(readFileSync(at('profile/share.state')).equals(state)).toBe(true);
      rmSync(at('profile/filler'));
      const again = await open(many);
      expect([...again.have]).toEqual(Array.from({ length: piece + 1 }, (_, i) => i));
      await close(again.storage);
    } finally {
      unmount();
    }
  });

  it('with a fault is told by the file, and taken again when the fault is gone', async () => {
    const fault = Object.assign(new Error('EIO'), { code: 'EIO', errno: -constants.errno.EIO });
    const isFaulty = { read: false, write: false };
    const disk: NonNullable<ShareStorageOptions['disk']> = {
      read: (fd, bytes, offset, length, position, done) =>
        isFaulty.read ? setImmediate(done, fault, 0) : fs.read(fd, bytes, offset, length, position, done),
      write: (fd, bytes, offset, length, position, done) =>
        isFaulty.write ? setImmediate(done, fault, 0) : fs.write(fd, bytes, offset, length, position, done),
    };
    const failure = { failed: 'thefile.part: the disk reports a fault (i/o error)' };
    const opened = await open({ ...options, disk });
    expect(await failureToWrite(opened, 0, bytes(0))).toBeUndefined();
    isFaulty.write = true;
    expect(await failureToWrite(opened, 1, bytes(1))).toEqual(failure);
    isFaulty.write = false;
    expect(await failureToWrite(opened, 1, bytes(1))).toBeUndefined();
    isFaulty.read = true;
    expect(await read(opened.storage, 0, 0, 2 ** 16)).toEqual(failure.failed);
    isFaulty.read = false;
    expect(await read(opened.storage, 0, 0, 2 ** 16)).toEqual(bytes(0));
    await close(opened.storage);
    const again = await open(options);
    expect([...again.have]).toEqual([0, 1]);
    await close(again.storage);
  });

  it('is asked how much room it has', async context => {
    mkdirSync(at('downloads'));
    const unmount = mountAt(at('downloads'), 'size=1m', context.skip);
    if (unmount === undefined) return;
    try {
      expect(await freeBytes(at('downloads', 'not/made/yet'))).toBe(2 ** 20);
      const { storage } = await open({ ...options, priorities: Uint8Array.of(0) });
      await close(storage);
    } finally {
      unmount();
    }
  });
});

describe('verifying', () => {
  const wrongPiece = (piece: number) => sharedPiece(piece).fill(0);

  it('tells right from wrong, without threads and with bytes of any kind', async () => {
    const opened = await open();
    expect(await verify(opened, 3, sharedPiece(3))).toBe(true);
    expect(await verify(opened, 3, pieceOf(content, layout, 3))).toBe(true);
    expect(await verify(opened, 3, wrongPiece(3))).toBe(false);
    expect(opened.have.count).toBe(0);
    await close(opened.storage);
  });

  it('writes what is right where that can be, before it is asked to', async () => {
    const disk = openDiskThreads();
    const outcomes: Kept[] = [];
    const keep: typeof disk.keep = (piece, done) =>
      disk.keep(piece, outcome => {
        outcomes.push(outcome);
        done(outcome);
      });
    const opened = await open({ disk: { ...disk, keep } });
    // Nothing is open yet.
    expect(await verify(opened, 3, sharedPiece(3))).toBe(true);
    expect(await write(opened.storage, 3, sharedPiece(3))).toBeUndefined();
    expect(await verify(opened, 4, wrongPiece(4))).toBe(false);
    expect(await verify(opened, 5, sharedPiece(5))).toBe(true);
    // It lies in three files.
    expect(await verify(opened, 1, sharedPiece(1))).toBe(true);
    expect(outcomes).toEqual(['right', 'wrong', 'kept', 'right']);
    const recorded = await recordedPieces(share, at('profile', 'share.state'));
    expect([...recorded!]).toEqual([3, 5]);
    const answers: unknown[] = [];
    opened.storage.write(5, sharedPiece(5), failure => answers.push(failure));
    expect(answers).toEqual([]);
    await expect.poll(() => answers).toEqual([undefined]);
    expect(() => opened.storage.write(5, sharedPiece(5), () => {})).toThrow('written already');
    expect(await read(opened.storage, 5, 0, 64)).toEqual(pieceOf(content, layout, 5));
    for (const piece of allPieces) {
      if (piece === 3 || piece === 5) continue;
      expect(await verify(opened, piece, sharedPiece(piece))).toBe(true);
      expect(await write(opened.storage, piece, sharedPiece(piece))).toBeUndefined();
    }
    expect(await complete(opened.storage)).toBeUndefined();
    await close(opened.storage);
    await disk.close();
    expect(readFileSync(at('downloads/box/c')).equals(content.subarray(120, 920))).toBe(true);
    expect(inFolder()).toEqual(['box/a', 'box/c', 'box/d', 'box/deep/b', 'box/empty']);
    const again = await open();
    expect(again.have.isFull).toBe(true);
    await close(again.storage);
  });

  it('leaves it to writing to say that somebody changed the file', async () => {
    const disk = openDiskThreads();
    const opened = await open({ disk });
    expect(await write(opened.storage, 3, sharedPiece(3))).toBeUndefined();
    truncateSync(at('downloads/box/c.part'), 10);
    expect(await verify(opened, 5, sharedPiece(5))).toBe(true);
    expect(await failureToWrite(opened, 5)).toMatchObject({ cause: 'changed' });
    await close(opened.storage);
    await disk.close();
  });

  it('goes on without the thread when it breaks', async () => {
    const broken = openDiskThreads(() => new Worker('process.exit(0)', { eval: true }));
    const opened = await open({ disk: broken });
    for (const piece of allPieces) {
      expect(await verify(opened, piece, wrongPiece(piece))).toBe(false);
      expect(await verify(opened, piece, sharedPiece(piece))).toBe(true);
      expect(await write(opened.storage, piece, sharedPiece(piece))).toBeUndefined();
    }
    expect(await complete(opened.storage)).toBeUndefined();
    await close(opened.storage);
    await broken.close();
  });
});

describe('deleting', () => {
  it('removes the files of the share, final and partial, its folders and its state, and nothing else', async () => {
    await download(allPieces.slice(0, 15), { priorities: only('box/a', 'box/c', 'box/empty') });
    writeFileSync(at('downloads/box/theirs'), '');
    writeFileSync(at('downloads/other'), '');
    const { storage } = await open();
    expect(await storage.deleteFiles()).toEqual([]);
    expect(inFolder()).toEqual(['box/theirs', 'other']);
    expect(readdirSync(at('profile'))).toEqual([]);
    rmSync(at('downloads/box/theirs'));
    await download([3]);
    const again = await open();
    expect(await again.storage.deleteFiles()).toEqual([]);
    expect(inFolder()).toEqual(['other']);
    expect(existsSync(at('downloads'))).toBe(true);
  });

  it('leaves files that others changed or put there', async () => {
    await download(allPieces, { priorities: only('box/a', 'box/c') });
    writeFileSync(at('downloads/box/d'), 'my homework');
    const { storage } = await open({ priorities: only('box/a', 'box/c') });
    flip(at('downloads/box/a'), 3, 10);
    expect(await storage.deleteFiles()).toEqual(['box/a']);
    expect(inFolder()).toEqual(['box/a', 'box/d']);
    expect(readFileSync(at('downloads/box/d'), 'utf8')).toBe('my homework');
  });

  it('never goes through a link', async () => {
    await download(allPieces);
    const { storage } = await open();
    renameSync(at('downloads/box'), at('outside'));
    symlinkSync(at('outside'), at('downloads/box'));
    await expect(storage.deleteFiles()).rejects.toThrow('box: this is a link');
    expect(inFolder('outside')).toEqual(['a', 'c', 'd', 'deep/b', 'empty']);
    expect(lstatSync(at('downloads/box')).isSymbolicLink()).toBe(true);
  });

  it('works after the storage was closed', async () => {
    await download(allPieces);
    const { storage } = await open();
    await close(storage);
    expect(await storage.deleteFiles()).toEqual([]);
    expect(inFolder()).toEqual([]);
  });
});

describe('many files', () => {
  const count = 3000;
  const many = Array.from({ length: count }, (_, file) => ({
    path: `box/${file % 50}/file-${file}`,
    length: file % 7,
  }));
  const total = many.reduce((sum, { length }) => sum + length, 0);
  const drawn = new Layout(total, 256);
  const bytes = someContent(total);

  it('are never open all at once', async () => {
    const metainfo = shareOf(drawn, many, bytes);
    const { storage } = await open({ metainfo, priorities: new Uint8Array(count).fill(1) });
    let mostOpen = 0;
    for (let piece = 0; piece < drawn.pieceCount; piece += 1) {
      expect(await write(storage, piece, pieceOf(bytes, drawn, piece))).toBeUndefined();
      mostOpen = Math.max(mostOpen, openBelow(at('downloads')).length);
    }
    expect(await complete(storage)).toBeUndefined();
    for (let piece = 0; piece < drawn.pieceCount; piece += 1) {
      expect(await read(storage, piece, 0, drawn.lengthOf(piece))).toEqual(pieceOf(bytes, drawn, piece));
      mostOpen = Math.max(mostOpen, openBelow(at('downloads')).length);
    }
    expect(mostOpen).toBeGreaterThan(12);
    expect(mostOpen).toBeLessThanOrEqual(60);
    await close(storage);
    for (const file of many) expect(statSync(at('downloads', file.path)).size).toBe(file.length);
  });
});

describe('any share', () => {
  const anyShare = fc.record({
    lengths: fc.array(fc.integer({ min: 0, max: 150 }), { minLength: 1, maxLength: 8 }),
    pads: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
    priorities: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 8, maxLength: 8 }),
    pieceLength: fc.integer({ min: 1, max: 90 }),
    order: fc.infiniteStream(fc.nat()),
    reopenAfter: fc.nat(20),
    isKilled: fc.boolean(),
  });

  it('gives back what was written in any order, with any files wanted, over any runs', async () => {
    await fc.assert(
      fc.asyncProperty(anyShare, async drawnShare => {
        const { lengths, pads, pieceLength, order, reopenAfter, isKilled } = drawnShare;
        const drawnFiles = lengths.map((length, file) => ({
          path: `box/${file % 3}/file-${file}`,
          length,
          isPad: pads[file]!,
        }));
        const map = new FileMap(drawnFiles);
        const drawn = new Layout(map.totalLength, pieceLength);
        const bytes = someContent(drawn.totalLength);
        for (const [file, { length, isPad }] of drawnFiles.entries())
          if (isPad) bytes.fill(0, map.startOf(file), map.startOf(file) + length);
        const priorities = Uint8Array.from(drawnShare.priorities.slice(0, lengths.length));
        const options = { metainfo: shareOf(drawn, drawnFiles, bytes), priorities };
        const wanted = new Bitfield(drawn.pieceCount);
        for (const [file, { isPad }] of drawnFiles.entries()) {
          const { first, end } = map.piecesOf(file, drawn);
          if (priorities[file] !== 0 && !isPad)
            for (let piece = first; piece < end; piece += 1) wanted.set(piece);
        }

        let opened = await open(options);
        const left = [...wanted];
        for (let count = 0; left.length > 0; count += 1) {
          if (count === reopenAfter) {
            const state = readFileSync(at('profile/share.state'));
            await close(opened.storage);
            if (isKilled) writeFileSync(at('profile/share.state'), state);
            opened = await open(options);
          }
          const [piece] = left.splice(order.next().value % left.length, 1);
          expect(await write(opened.storage, piece!, pieceOf(bytes, drawn, piece!))).toBeUndefined();
        }
        expect(await complete(opened.storage)).toBeUndefined();
        for (const piece of wanted) {
          const length = drawn.lengthOf(piece);
          expect(await read(opened.storage, piece, 0, length)).toEqual(pieceOf(bytes, drawn, piece));
        }
        await close(opened.storage);
        for (const [file, { path, length, isPad }] of drawnFiles.entries()) {
          const isThere = existsSync(at('downloads', path));
          expect(isThere).toBe(priorities[file] !== 0 && !isPad);
          const start = map.startOf(file);
          if (isThere) expect(bytesOf(path)).toEqual(bytes.slice(start, start + length));
        }
        const checked = await open({ ...options, recheck: true });
        expect([...checked.have]).toEqual(expect.arrayContaining([...wanted]));
        expect(await checked.storage.deleteFiles()).toEqual([]);
        expect(existsSync(at('downloads'))).toBe(true);
        expect(inFolder()).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
