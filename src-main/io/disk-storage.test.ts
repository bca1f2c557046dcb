import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bitfield } from '../../src-shared/bitfield.ts';
import { BufferPool } from '../engine/buffer-pool.ts';
import { Layout } from '../engine/content/layout.ts';
import { type DiskStorageOptions, type OpenedStorage, openDiskStorage } from './disk-storage.ts';
import { mountAt, openBelow } from './disk-suite.ts';
import { close, complete, pieceOf, read, readAll, someContent, write, writeAll } from './storage-suite.ts';

const layout = new Layout(1000, 64);
const content = someContent(1000);
const allPieces = Array.from({ length: layout.pieceCount }, (_, piece) => piece);
const pool = new BufferPool();
let workingFolder: string;

beforeEach(() => {
  workingFolder = mkdtempSync(join(tmpdir(), 'piecewise-'));
});
afterEach(() => {
  const leftOpen = openBelow(workingFolder);
  rmSync(workingFolder, { recursive: true });
  expect(leftOpen).toEqual([]);
});

const at = (...names: string[]) => join(workingFolder, ...names);
const inFolder = (folder = 'peer_1002') => readdirSync(at(folder)).sort();

function optionsWith(options: Partial<DiskStorageOptions> = {}): DiskStorageOptions {
  return {
    role: 'downloader',
    layout,
    workingFolder,
    folder: 'peer_1002',
    name: 'thefile',
    files: [{ path: 'thefile', length: layout.totalLength }],
    pool,
    ...options,
  };
}

async function open(options: Partial<DiskStorageOptions> = {}): Promise<OpenedStorage> {
  const opened = await openDiskStorage(optionsWith(options));
  if ('failed' in opened) throw new Error(opened.failed);
  return opened;
}

async function failureOf(options: Partial<DiskStorageOptions> = {}): Promise<string> {
  const opened = await openDiskStorage(optionsWith(options));
  if ('failed' in opened) return opened.failed;
  await close(opened.storage);
  throw new Error('it opened');
}

/** Opens, looks at what is there, and closes. */
async function piecesFound(options: Partial<DiskStorageOptions> = {}) {
  const { storage, have, notes } = await open(options);
  const drawn = options.layout ?? layout;
  for (const piece of have) {
    expect(await read(storage, piece, 0, drawn.lengthOf(piece))).toEqual(pieceOf(content, drawn, piece));
  }
  await close(storage);
  return { pieces: [...have], notes };
}

/** A download of these pieces, closed. */
async function download(pieces: readonly number[], options: Partial<DiskStorageOptions> = {}): Promise<void> {
  const { storage } = await open(options);
  for (const piece of pieces) {
    expect(await write(storage, piece, pieceOf(content, options.layout ?? layout, piece))).toBeUndefined();
  }
  await close(storage);
}

function place(name: string, bytes: Uint8Array | string): void {
  mkdirSync(at('peer_1002'), { recursive: true });
  writeFileSync(at('peer_1002', name), bytes);
}

describe('a seed', () => {
  it('is only read', async () => {
    place('thefile', content);
    const { storage, have, notes } = await open({ role: 'seed' });
    expect(have.isFull).toBe(true);
    expect(notes).toEqual([]);
    expect(await readAll(storage, layout)).toEqual(content);
    expect(inFolder()).toEqual(['thefile']);
    await close(storage);
    expect(inFolder()).toEqual(['thefile']);
  });

  it('names both sizes of a file that is too long or too short', async () => {
    place('thefile', content.slice(1));
    expect(await failureOf({ role: 'seed' })).toBe(
      'peer_1002/thefile: it has 999 bytes where 1000 are expected; put the right file there, or move this one away',
    );
    place('thefile', new Uint8Array(1001));
    expect(await failureOf({ role: 'seed' })).toContain('it has 1001 bytes where 1000 are expected');
  });

  it('must have its file', async () => {
    expect(await failureOf({ role: 'seed' })).toBe(
      'peer_1002/thefile: a seed must have the complete file, but it does not exist',
    );
    expect(existsSync(at('peer_1002'))).toBe(false);
    mkdirSync(at('peer_1002', 'thefile'), { recursive: true });
    expect(await failureOf({ role: 'seed' })).toBe('peer_1002/thefile: this is not a file');
  });

  it('says what its file has and should have when somebody cuts it short', async () => {
    place('thefile', content);
    const { storage } = await open({ role: 'seed' });
    truncateSync(at('peer_1002', 'thefile'), 100);
    expect(await read(storage, 0, 0, 64)).toEqual(content.slice(0, 64));
    expect(await read(storage, 1, 0, 64)).toBe(
      'peer_1002/thefile: it was changed while it was shared and has 100 bytes where 1000 are expected',
    );
    await close(storage);
  });
});

describe('a download', () => {
  it('lies in a partial file until it is complete', async () => {
    const { storage, have, notes } = await open();
    expect(have.count).toBe(0);
    expect(notes).toEqual([]);
    expect(inFolder()).toEqual(['thefile.lock', 'thefile.part', 'thefile.resume']);
    expect(statSync(at('peer_1002', 'thefile.part')).size).toBe(1000);
    await writeAll(storage, layout, content);
    expect(await complete(storage)).toBeUndefined();
    expect(inFolder()).toEqual(['thefile', 'thefile.lock']);
    await close(storage);
    expect(inFolder()).toEqual(['thefile']);
    expect(new Uint8Array(readFileSync(at('peer_1002', 'thefile')))).toEqual(content);
  });

  it('makes the folders it needs', async () => {
    const files = [{ path: 'a/b/c', length: 1000 }];
    const { storage } = await open({ folder: 'deep/down', files });
    await writeAll(storage, layout, content);
    await complete(storage);
    await close(storage);
    expect(new Uint8Array(readFileSync(at('deep/down/a/b/c')))).toEqual(content);
  });

  it('takes no space for what is not written', async () => {
    const large = new Layout(2 ** 32, 2 ** 20);
    const { storage } = await open({ layout: large, files: [{ path: 'thefile', length: 2 ** 32 }] });
    const { size, blocks } = statSync(at('peer_1002', 'thefile.part'));
    expect(size).toBe(2 ** 32);
    expect(blocks * 512).toBeLessThan(2 ** 20);
    await close(storage);
  });

  it('of an empty file is complete at once', async () => {
    const nothing = { layout: new Layout(0, 64), files: [{ path: 'thefile', length: 0 }] };
    const { storage, have } = await open(nothing);
    expect(have.isFull).toBe(true);
    expect(await complete(storage)).toBeUndefined();
    await close(storage);
    expect(inFolder()).toEqual(['thefile']);
    expect(statSync(at('peer_1002', 'thefile')).size).toBe(0);
  });

  it('is complete when the file is already there with the right size', async () => {
    place('thefile', content);
    place('thefile.resume', 'left behind');
    const { storage, have, notes } = await open();
    expect(have.isFull).toBe(true);
    expect(notes).toEqual(['peer_1002/thefile: it is already here and complete']);
    expect(await readAll(storage, layout)).toEqual(content);
    expect(await complete(storage)).toBeUndefined();
    await close(storage);
    expect(inFolder()).toEqual(['thefile']);
  });

  it('does not touch a file of another size that has its name', async () => {
    place('thefile', 'my homework');
    expect(await failureOf()).toBe(
      'peer_1002/thefile: it has 11 bytes where 1000 are expected; put the right file there, or move this one away',
    );
    expect(inFolder()).toEqual(['thefile']);
    expect(readFileSync(at('peer_1002', 'thefile'), 'utf8')).toBe('my homework');
  });

  it('does not choose between a complete file and a partial one', async () => {
    place('thefile', content);
    place('thefile.part', content);
    expect(await failureOf()).toBe(
      'peer_1002/thefile: it exists beside peer_1002/thefile.part; move one of them away',
    );
    expect(inFolder()).toEqual(['thefile', 'thefile.part']);
  });

  it('never replaces a file that got its name meanwhile, and can be completed when that is gone', async () => {
    const { storage } = await open();
    await writeAll(storage, layout, content);
    place('thefile', 'my homework');
    expect(await complete(storage)).toBe(
      'peer_1002/thefile: something else has this name; the download stays in peer_1002/thefile.part',
    );
    expect(readFileSync(at('peer_1002', 'thefile'), 'utf8')).toBe('my homework');
    expect(inFolder()).toContain('thefile.part');
    rmSync(at('peer_1002', 'thefile'));
    expect(await complete(storage)).toBeUndefined();
    await close(storage);
    expect(new Uint8Array(readFileSync(at('peer_1002', 'thefile')))).toEqual(content);
  });

  it('says so when its folder is deleted', async () => {
    const { storage } = await open();
    await writeAll(storage, layout, content);
    rmSync(at('peer_1002'), { recursive: true });
    expect(await complete(storage)).toBe(
      'peer_1002/thefile.part: it does not exist (no such file or directory)',
    );
    await close(storage);
    mkdirSync(at('peer_1002'));
  });

  it('says so when its folder cannot be made', async () => {
    writeFileSync(at('peer_1002'), '');
    expect(await failureOf()).toMatch(/^peer_1002: something with this name already exists/);
  });

  it('refuses a name that leads out of its folder', async () => {
    for (const path of ['../thefile', '..', '/etc/thefile', 'a/../../b']) {
      const files = [{ path, length: 1000 }];
      expect(await failureOf({ files })).toBe(`${path}: this name leads out of the folder of thefile`);
    }
    expect(readdirSync(workingFolder)).toEqual([]);
  });

  it('refuses files that would meet under one name', async () => {
    const files = [
      { path: 'a', length: 500 },
      { path: 'a.part', length: 500 },
    ];
    expect(await failureOf({ files })).toBe('peer_1002/a.part: two files would have this name');
  });

  it('belongs to one process', async () => {
    const { storage } = await open();
    expect(await failureOf()).toBe('peer_1002/thefile is already being downloaded by this process');
    await close(storage);
    place('thefile.lock', `${process.ppid} ${hostname()}\n`);
    expect(await failureOf()).toBe(
      `peer_1002/thefile is already being downloaded by process ${process.ppid} ` +
        '(if that is another program, delete peer_1002/thefile.lock)',
    );
    expect(inFolder()).toContain('thefile.lock');
    const { pid } = spawnSync(process.execPath, ['--version']);
    place('thefile.lock', `${pid} ${hostname()}\n`);
    await close((await open()).storage);
  });

  it('fails loudly when the files are not as long as the layout', async () => {
    await expect(open({ files: [{ path: 'thefile', length: 999 }] })).rejects.toThrow(RangeError);
  });
});

describe('resuming', () => {
  it('finds the pieces of an earlier run', async () => {
    await download([0, 7, 15]);
    expect(inFolder()).toEqual(['thefile.part', 'thefile.resume']);
    expect(await piecesFound()).toEqual({
      pieces: [0, 7, 15],
      notes: ['peer_1002/thefile: pieces kept from an earlier run: 3 of 16'],
    });
  });

  it('goes on where the earlier run stopped', async () => {
    await download([0, 7, 15]);
    await download([1, 2]);
    const { storage, have } = await open();
    for (let piece = 0; piece < 16; piece += 1) {
      if (!have.has(piece)) await write(storage, piece, pieceOf(content, layout, piece));
    }
    expect(await complete(storage)).toBeUndefined();
    await close(storage);
    expect(new Uint8Array(readFileSync(at('peer_1002', 'thefile')))).toEqual(content);
  });

  it('gives the caller pieces of its own', async () => {
    const { storage, have } = await open();
    have.set(3);
    expect(() => storage.read(3, 0, 1, () => {})).toThrow(RangeError);
    await close(storage);
  });

  it('completes what was killed after its last piece', async () => {
    const { storage } = await open();
    await writeAll(storage, layout, content);
    await close(storage);
    const opened = await open();
    expect(opened.have.isFull).toBe(true);
    expect(inFolder()).toEqual(['thefile', 'thefile.lock']);
    await close(opened.storage);
  });

  it('completes what was killed between the two steps of its renaming', async () => {
    await download([0]);
    place('thefile.part', content);
    linkSync(at('peer_1002', 'thefile.part'), at('peer_1002', 'thefile'));
    const { pieces } = await piecesFound();
    expect(pieces).toHaveLength(16);
    expect(inFolder()).toEqual(['thefile']);
  });

  it('notices a byte of the partial file that was flipped', async () => {
    for (const flipped of [0, 63, 64, 130, 999]) {
      await download(allPieces.filter(piece => piece !== 9));
      const bytes = readFileSync(at('peer_1002', 'thefile.part'));
      bytes[flipped]! ^= 0x04;
      writeFileSync(at('peer_1002', 'thefile.part'), bytes);
      const { pieces, notes } = await piecesFound();
      expect(pieces).toEqual(allPieces.filter(piece => piece !== 9 && piece !== flipped >> 6));
      expect(notes).toContain('peer_1002/thefile: pieces not as they were written, downloaded again: 1');
      rmSync(at('peer_1002'), { recursive: true });
    }
  });

  it('believes what can be verified of a partial file that was cut short or has grown', async () => {
    await download([0, 7, 15]);
    truncateSync(at('peer_1002', 'thefile.part'), 512);
    expect((await piecesFound()).pieces).toEqual([0, 7]);
    expect(statSync(at('peer_1002', 'thefile.part')).size).toBe(1000);
    truncateSync(at('peer_1002', 'thefile.part'), 5000);
    expect((await piecesFound()).pieces).toEqual([0, 7]);
    expect(statSync(at('peer_1002', 'thefile.part')).size).toBe(1000);
  });

  it('believes nothing of a partial file that was deleted', async () => {
    await download([0, 7, 15]);
    rmSync(at('peer_1002', 'thefile.part'));
    expect((await piecesFound()).pieces).toEqual([]);
  });

  it('believes nothing of a partial file without resume data, and says so', async () => {
    place('thefile.part', content);
    expect(await piecesFound()).toEqual({
      pieces: [],
      notes: ['peer_1002/thefile.part: nothing says which of its pieces are whole; all are downloaded again'],
    });
  });

  it('survives a resume file cut short at any byte', async () => {
    await download([0, 7, 15]);
    const resume = readFileSync(at('peer_1002', 'thefile.resume'));
    const partial = readFileSync(at('peer_1002', 'thefile.part'));
    const headerLength = resume.length - 3 * 12;
    for (let length = 0; length <= resume.length; length += 1) {
      place('thefile.resume', resume.subarray(0, length));
      place('thefile.part', partial);
      const whole = Math.max(0, Math.floor((length - headerLength) / 12));
      expect((await piecesFound()).pieces).toEqual([0, 7, 15].slice(0, whole));
    }
  });

  it('survives a resume file of garbage, whether it begins like one of ours or not', async () => {
    await download([0, 7]);
    const good = readFileSync(at('peer_1002', 'thefile.resume'));
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length), fc.uint8Array({ maxLength: 60 }), async (kept, garbage) => {
        place('thefile.resume', new Uint8Array([...good.subarray(0, kept), ...garbage]));
        for (const piece of (await piecesFound()).pieces) expect([0, 7]).toContain(piece);
      }),
      { numRuns: 20 },
    );
  });

  it('believes nothing of a resume file of other content, and says so', async () => {
    const other = { layout: new Layout(1000, 128) };
    await download([0, 1, 2], other);
    const { pieces, notes } = await piecesFound();
    expect(pieces).toEqual([]);
    expect(notes).toEqual([
      'peer_1002/thefile.resume: it is damaged or belongs to other content, and is ignored',
    ]);
  });

  it('finds, after a crash at any moment, every piece whose write was answered', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(allPieces, { minLength: 16 }),
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 16, maxLength: 16 }),
        async (order, atOnce) => {
          const { storage } = await open();
          const answered = new Bitfield(16);
          const crashes: { folder: string; expected: number[] }[] = [];
          /** What a process killed now would leave. The resume file first: it never runs ahead of the data. */
          const crash = () => {
            const folder = `crash_${crashes.length}`;
            const expected = [...answered];
            mkdirSync(at(folder));
            for (const name of ['thefile.lock', 'thefile.resume', 'thefile.part']) {
              cpSync(at('peer_1002', name), at(folder, name));
            }
            crashes.push({ folder, expected });
          };
          for (let next = 0; next < 16; ) {
            const count = atOnce[next] ?? 1;
            let left = 0;
            for (const piece of order.slice(next, next + count)) {
              left += 1;
              storage.write(piece, pieceOf(content, layout, piece), failure => {
                left -= 1;
                if (!failure) answered.set(piece);
              });
            }
            next += count;
            do {
              crash();
              await setImmediate();
            } while (left > 0);
          }
          crash();
          await close(storage);
          for (const { folder, expected } of [...crashes.slice(0, 40), ...crashes.slice(-1)]) {
            const { pieces } = await piecesFound({ folder });
            expect(pieces).toEqual(expect.arrayContaining(expected));
          }
          for (const folder of ['peer_1002', ...crashes.map(({ folder }) => folder)]) {
            rmSync(at(folder), { recursive: true });
          }
        },
      ),
      { numRuns: 3 },
    );
  });
});

describe('content of several files', () => {
  const files = [
    { path: 'box/a', length: 100 },
    { path: 'box/empty', length: 0 },
    { path: 'box/b', length: 28 },
    { path: 'c', length: 872 },
  ];

  it('has every file under its final name when it is complete', async () => {
    const { storage } = await open({ files });
    expect(inFolder('peer_1002/box')).toEqual(['a.part', 'b.part', 'empty.part']);
    await writeAll(storage, layout, content);
    expect(await complete(storage)).toBeUndefined();
    await close(storage);
    expect(inFolder('peer_1002/box')).toEqual(['a', 'b', 'empty']);
    expect(inFolder()).toEqual(['box', 'c']);
    expect(new Uint8Array(readFileSync(at('peer_1002/box/b')))).toEqual(content.slice(100, 128));
    const seed = await open({ role: 'seed', files });
    expect(await readAll(seed.storage, layout)).toEqual(content);
    await close(seed.storage);
  });

  it('keeps what is renamed when one name is taken, and completes later', async () => {
    const { storage } = await open({ files });
    await writeAll(storage, layout, content);
    place('c', 'my homework');
    expect(await complete(storage)).toMatch(/^peer_1002\/c: something else has this name/);
    expect(inFolder('peer_1002/box')).toEqual(['a', 'b', 'empty']);
    await close(storage);
    rmSync(at('peer_1002/c'));
    expect((await piecesFound({ files })).pieces).toHaveLength(16);
    expect(inFolder()).toEqual(['box', 'c']);
  });

  it('does not take a finished file for its own unless it wrote every piece in it', async () => {
    await download([2, 3], { files });
    mkdirSync(at('peer_1002/box'), { recursive: true });
    writeFileSync(at('peer_1002/box/a'), someContent(100));
    rmSync(at('peer_1002/box/a.part'));
    expect(await failureOf({ files })).toBe(
      'peer_1002/box/a: it is not what was downloaded before; move it away',
    );
    expect(new Uint8Array(readFileSync(at('peer_1002/box/a')))).toEqual(someContent(100));
    rmSync(at('peer_1002/box/a'));
    expect((await piecesFound({ files })).pieces).toEqual([2, 3]);
  });
});

describe('a disk that fails', () => {
  function mount(skip: (reason: string) => void, options: string): (() => void) | undefined {
    mkdirSync(at('peer_1002'), { recursive: true });
    return mountAt(at('peer_1002'), options, skip);
  }

  const large = new Layout(2 ** 21, 2 ** 16);
  const largeFile = { layout: large, files: [{ path: 'thefile', length: 2 ** 21 }] };
  const bytes = someContent(2 ** 16);

  it('stops when it is full, keeps what is written, and goes on when there is room', async context => {
    const unmount = mount(context.skip, 'size=1m');
    if (unmount === undefined) return;
    try {
      const { storage } = await open(largeFile);
      const written: number[] = [];
      let failure: string | undefined;
      for (let piece = 0; piece < large.pieceCount && failure === undefined; piece += 1) {
        failure = await write(storage, piece, bytes);
        if (failure === undefined) written.push(piece);
      }
      expect(failure).toBe('peer_1002/thefile.part: the disk is full (no space left on device)');
      expect(written.length).toBeGreaterThan(8);
      expect(await read(storage, 3, 0, 2 ** 16)).toEqual(bytes);
      execFileSync('mount', ['-o', 'remount,size=4m', at('peer_1002')]);
      expect(await write(storage, 31, bytes)).toBeUndefined();
      await close(storage);
      const opened = await open(largeFile);
      expect([...opened.have]).toEqual([...written, 31]);
      await close(opened.storage);
    } finally {
      unmount();
    }
  });

  it('closes although it is full, and loses nothing', async context => {
    const unmount = mount(context.skip, 'size=1m');
    if (unmount === undefined) return;
    try {
      const { storage } = await open(largeFile);
      expect(await write(storage, 0, bytes)).toBeUndefined();
      spawnSync('dd', ['if=/dev/zero', `of=${at('peer_1002', 'filler')}`, 'bs=4k'], { stdio: 'ignore' });
      expect(await write(storage, 1, bytes)).toContain('the disk is full');
      await close(storage);
      expect(await failureOf(largeFile)).toContain('the disk is full');
      rmSync(at('peer_1002', 'filler'));
      const opened = await open(largeFile);
      expect([...opened.have]).toEqual([0]);
      await close(opened.storage);
    } finally {
      unmount();
    }
  });

  it('is named when it may only be read', async context => {
    const unmount = mount(context.skip, 'size=1m,ro');
    if (unmount === undefined) return;
    try {
      expect(await failureOf()).toBe(
        'peer_1002/thefile.lock: the disk may only be read (read-only file system)',
      );
    } finally {
      unmount();
    }
  });
});
