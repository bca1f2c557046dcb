import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import createTorrent from 'create-torrent';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Metainfo, readMetainfo } from '../engine/bittorrent/metainfo.ts';
import { FileFailure } from './file-failure.ts';
import { type Hasher, openHasher, sha1 } from './hasher.ts';
import { laidAs, type MadeTorrent, type MakeTorrentOptions, makeTorrent } from './make-torrent.ts';

const KiB = 1024;
const hasher = openHasher();
let dir: string;

beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'piecewise-')));
});
afterEach(() => {
  const leftOpen = openInFolder();
  rmSync(dir, { recursive: true });
  expect(leftOpen).toEqual([]);
});
afterAll(() => hasher.close());

/** Files of the folder that this process has open, where the system tells. */
function openInFolder(): string[] {
  if (!existsSync('/proc/self/fd')) return [];
  return readdirSync('/proc/self/fd').flatMap(fd => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(dir) ? [path] : [];
    } catch {
      return []; // the listing's own, gone by now
    }
  });
}

/** Bytes that differ from place to place. */
function someBytes(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0, state = seed; i < length; i += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[i] = state >>> 16;
  }
  return bytes;
}

/** Makes files, from their length, with the folders they are in. */
function lay(files: Readonly<Record<string, number>>): void {
  for (const [i, [path, length]] of Object.entries(files).entries()) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), someBytes(length, i + 1));
  }
}

type Options = Partial<Omit<MakeTorrentOptions, 'paths'>>;

function make(paths: string | readonly string[], options: Options = {}): Promise<MadeTorrent> {
  const places = [paths].flat().map(path => join(dir, path));
  return makeTorrent({ paths: places, isPrivate: false, trackers: [], hasher, ...options });
}

const pathsOf = ({ files }: Metainfo) => files.map(({ path }) => path);
const infoHashOf = (bytes: Uint8Array) => readMetainfo(bytes, sha1).infoHash;

function madeByOther(paths: string | readonly string[], options: object): Promise<string> {
  const input = typeof paths === 'string' ? join(dir, paths) : paths.map(path => join(dir, path));
  return new Promise((resolve, reject) => {
    createTorrent(input, options, (error, torrent) => (error ? reject(error) : resolve(infoHashOf(torrent))));
  });
}

const folder = {
  'course/slides.pdf': 100_000,
  'course/Readme.txt': 10,
  'course/empty': 0,
  'course/week 1/notes.txt': 33_000,
  'course/week 1/a/deep.bin': 70_000,
  'course/week-1': 5,
  'course/week.txt': 5,
  'course/ünïcode – 日本語 😀.txt': 7,
  'course/B': 1,
  'course/a': 1,
  'course/10': 1,
  'course/9': 1,
};

describe('a torrent that is made', () => {
  it('of a file describes it', async () => {
    lay({ 'a.bin': 100_000 });
    const { metainfo, bytes, folder, paths } = await make('a.bin', {
      pieceLength: 32 * KiB,
      trackers: [['http://a/', 'udp://b:1'], ['http://c/']],
      comment: 'for all',
    });
    const content = someBytes(100_000);
    const pieces = [0, 1, 2, 3].map(i => sha1(content.subarray(i * 32 * KiB, (i + 1) * 32 * KiB)));
    expect(metainfo).toMatchObject({
      name: 'a.bin',
      isFolder: false,
      pieceLength: 32 * KiB,
      totalLength: 100_000,
      files: [{ path: 'a.bin', length: 100_000, isPad: false }],
      isPrivate: false,
      trackers: [['http://a/', 'udp://b:1'], ['http://c/']],
      comment: 'for all',
      createdBy: 'Piecewise',
      notices: [],
    });
    expect(metainfo.pieceHashes).toEqual(new Uint8Array(Buffer.concat(pieces)));
    expect(readMetainfo(bytes, sha1)).toEqual(metainfo);
    expect([folder, paths]).toEqual([dir, null]);
  });

  it('has a piece length that suits the content, and another one where that is asked for', async () => {
    lay({ a: 40_000 });
    expect((await make('a')).metainfo.pieceLength).toBe(16 * KiB);
    expect((await make('a', { pieceLength: null, name: null })).metainfo.pieceLength).toBe(16 * KiB);
    expect((await make('a', { pieceLength: 48 * KiB })).metainfo.pieceLength).toBe(48 * KiB);
  });

  it.each([
    ['16 KiB', 16 * KiB],
    ['48 KiB', 48 * KiB],
    ['1 MiB', 1024 * KiB],
    ['2 MiB', 2048 * KiB],
  ])('has the hashes of the files end to end, in pieces of %s', async (_, pieceLength) => {
    lay({ 'f/a': 1_500_000, 'f/b': 0, 'f/c': 3 * 1024 * KiB, 'f/d': 16 * KiB, 'f/e': 1_000_001 });
    const { metainfo } = await make('f', { pieceLength });
    const content = Buffer.concat(
      [
        [1_500_000, 1],
        [0, 2],
        [3 * 1024 * KiB, 3],
        [16 * KiB, 4],
        [1_000_001, 5],
      ].map(([length, seed]) => someBytes(length!, seed)),
    );
    const hash = createHash('sha1');
    for (let at = 0; at < content.length; at += pieceLength)
      hash.update(sha1(content.subarray(at, at + pieceLength)));
    expect(sha1(metainfo.pieceHashes)).toEqual(new Uint8Array(hash.digest()));
    expect(metainfo.pieceHashes).toHaveLength(20 * Math.ceil(content.length / pieceLength));
  });

  it('of a folder lists its files, folder by folder, by the bytes of their names', async () => {
    lay(folder);
    const { metainfo, folder: where, paths } = await make('course');
    expect(pathsOf(metainfo)).toEqual([
      'course/10',
      'course/9',
      'course/B',
      'course/Readme.txt',
      'course/a',
      'course/empty',
      'course/slides.pdf',
      'course/week 1/a/deep.bin',
      'course/week 1/notes.txt',
      'course/week-1',
      'course/week.txt',
      'course/ünïcode – 日本語 😀.txt',
    ]);
    expect([where, paths]).toEqual([dir, null]);
  });

  it('of many small files has them all, in order', async () => {
    lay(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`f/${i}`, i])));
    const { metainfo } = await make('f');
    const names = Array.from({ length: 300 }, (_, i) => `${i}`).sort();
    expect(pathsOf(metainfo)).toEqual(names.map(name => `f/${name}`));
    const content = Buffer.concat(names.map(name => someBytes(Number(name), Number(name) + 1)));
    const pieces = [0, 1, 2].map(i => sha1(content.subarray(i * 16 * KiB, (i + 1) * 16 * KiB)));
    expect(metainfo.pieceHashes).toEqual(new Uint8Array(Buffer.concat(pieces)));
  });

  it('tells how far it is, from nothing to all', async () => {
    lay({ a: 3_000_000 });
    const told: [number, number][] = [];
    await make('a', { onProgress: (hashed, total) => told.push([hashed, total]) });
    expect(told[0]).toEqual([0, 3_000_000]);
    expect(told.at(-1)).toEqual([3_000_000, 3_000_000]);
    expect(told).toEqual(told.toSorted(([a], [b]) => a - b));
  });

  it('is of files that a link among the places leads to', async () => {
    lay({ 'real/a': 5 });
    symlinkSync(join(dir, 'real'), join(dir, 'link'));
    const { metainfo, folder: where } = await make('link');
    expect([pathsOf(metainfo), where]).toEqual([['real/a'], dir]);
  });

  it('of one file under another name says where that file is', async () => {
    lay({ a: 5 });
    const { metainfo, paths } = await make('a', { name: 'b' });
    expect([metainfo.name, paths]).toEqual(['b', ['a']]);
  });

  it('of a folder under another name says where its files are', async () => {
    lay({ 'f/a': 5, 'f/g/b': 5 });
    const { metainfo, paths } = await make('f', { name: 'other' });
    expect(pathsOf(metainfo)).toEqual(['other/a', 'other/g/b']);
    expect(paths).toEqual(['f/a', 'f/g/b']);
    expect(pathsOf(laidAs(metainfo, paths))).toEqual(paths);
    expect(laidAs(metainfo, null)).toBe(metainfo);
  });

  it.skipIf(process.platform === 'win32')(
    'with names that others cannot have says where its files are',
    async () => {
      lay({ 'f/12:30.txt': 5, 'f/a': 1, 'f/A': 1 });
      const { metainfo, paths } = await make('f');
      expect(pathsOf(metainfo)).toEqual(['f/12_30.txt', 'f/A', 'f/a (2)']);
      expect(paths).toEqual(['f/12:30.txt', 'f/A', 'f/a']);
      expect(metainfo.notices).toHaveLength(2);
    },
  );
});

describe('a torrent of several places', () => {
  it('is called after the folder they lie in, which then has them all', async () => {
    lay({ 'week/b.txt': 5, 'week/c/d': 6, 'week/not': 7 });
    const { metainfo, folder: where, paths } = await make(['week/b.txt', 'week/c']);
    expect([metainfo.name, metainfo.isFolder]).toEqual(['week', true]);
    expect(pathsOf(metainfo)).toEqual(['week/b.txt', 'week/c/d']);
    expect([where, paths]).toEqual([dir, null]);
  });

  it('may have another name, and come from anywhere', async () => {
    lay({ 'a/b.txt': 5, 'c/d/e': 6 });
    const { metainfo, folder: where, paths } = await make(['c/d', 'a/b.txt'], { name: 'both' });
    expect(pathsOf(metainfo)).toEqual(['both/d/e', 'both/b.txt']);
    expect([where, paths]).toEqual([dir, ['c/d/e', 'a/b.txt']]);
  });

  it('has a place once that was given twice', async () => {
    lay({ 'f/a': 5, 'f/b': 5 });
    expect(pathsOf((await make(['f/a', 'f/b', 'f/a'])).metainfo)).toEqual(['f/a', 'f/b']);
  });

  it('is refused when two have the same name', async () => {
    lay({ 'a/x': 5, 'b/x': 5 });
    await expect(make(['a/x', 'b/x'])).rejects.toThrow('x: two of the places have this name');
  });
});

describe('what is left out', () => {
  it('are hidden files, junk, links and empty folders, and that is said', async () => {
    lay({
      'f/a': 5,
      'f/.DS_Store': 5,
      'f/.git/config': 5,
      'f/Thumbs.db': 5,
      'f/desktop.ini': 5,
      'f/b~': 5,
      'f/g/.hidden': 1,
    });
    mkdirSync(join(dir, 'f', 'nothing'));
    symlinkSync(join(dir, 'f', 'a'), join(dir, 'f', 'link'));
    symlinkSync('/', join(dir, 'f', 'root'));
    const { metainfo } = await make('f');
    expect(pathsOf(metainfo)).toEqual(['f/a']);
    expect(metainfo.notices).toEqual([
      'Hidden files and folders are left out: f/.DS_Store, f/.git, f/g/.hidden.',
      'Files that only this system or an editor needs are left out: f/Thumbs.db, f/b~, f/desktop.ini.',
      'Links are left out, because they mean nothing on another computer: f/link, f/root.',
      'Empty folders are left out, because a torrent has no place for them: f/g, f/nothing.',
    ]);
  });

  it('is counted where there is much of it', async () => {
    lay({ 'f/a': 5, 'f/.1': 1, 'f/.2': 1, 'f/.3': 1, 'f/.4': 1, 'f/.5': 1 });
    expect((await make('f')).metainfo.notices).toEqual([
      'Hidden files and folders are left out: f/.1, f/.2, f/.3 and 2 more.',
    ]);
  });

  it('is not what was asked for by name', async () => {
    lay({ '.hidden': 5 });
    expect((await make('.hidden')).metainfo.name).toBe('.hidden');
  });

  it.skipIf(process.platform === 'win32')('are pipes, which would never end', async () => {
    lay({ 'f/a': 5 });
    execFileSync('mkfifo', [join(dir, 'f', 'pipe')]);
    expect((await make('f')).metainfo.notices).toEqual([
      'What is neither a file nor a folder is left out: f/pipe.',
    ]);
    await expect(make('f/pipe')).rejects.toThrow('pipe: it is neither a file nor a folder');
  });
});

/** Calls `act` once something is being hashed. */
function during(act: () => void): Hasher {
  let isFirst = true;
  return {
    sha1: (bytes, done) => {
      if (isFirst) act();
      isFirst = false;
      hasher.sha1(bytes, done);
    },
    close: () => hasher.close(),
  };
}

describe('what cannot be shared', () => {
  it.each([
    ['a place that is not there', {}, 'f', 'f: it does not exist'],
    ['an empty file', { f: 0 }, 'f', 'f: there is nothing in it to share'],
    ['a folder of empty files', { 'f/a': 0, 'f/b': 0 }, 'f', 'f: there is nothing in it to share'],
    ['a folder of hidden files', { 'f/.a': 1 }, 'f', 'f: there is nothing in it to share'],
    [
      'a path that is too long',
      { [`f/${`${'x'.repeat(200)}/`.repeat(5)}${'x'.repeat(50)}`]: 1 },
      'f',
      'its path is longer than 1,024 bytes',
    ],
  ])('is %s', async (_, files, path, message) => {
    lay(files);
    const failure = await make(path).catch(error => error);
    expect(failure).toBeInstanceOf(FileFailure);
    expect(failure.message).toContain(message);
  });

  it('is nothing', async () => {
    await expect(make([])).rejects.toThrow('There is nothing to share');
  });

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'is a file that may not be read',
    async () => {
      lay({ 'f/a': 5, 'f/b': 5 });
      execFileSync('chmod', ['000', join(dir, 'f', 'b')]);
      await expect(make('f')).rejects.toThrow('f/b: it may not be opened or changed by this user');
    },
  );

  it.each([1, 17 * KiB, 0, 128 * 1024 * KiB])('is cut into pieces of %d bytes', async pieceLength => {
    lay({ a: 100_000 });
    await expect(make('a', { pieceLength })).rejects.toThrow(
      'The size of pieces must be a multiple of 16 KiB, up to 64 MiB',
    );
  });

  it('is cut into too many pieces', async () => {
    lay({ a: 1 });
    truncateSync(join(dir, 'a'), 10 * 1024 ** 3);
    await expect(make('a', { pieceLength: 16 * KiB })).rejects.toThrow(
      'That would be too many pieces; choose a larger piece size',
    );
  });

  it.each<[string, (path: string) => void]>([
    ['grows', path => appendFileSync(path, 'x')],
    ['shrinks', path => truncateSync(path, 10_000)],
    ['is written anew', path => writeFileSync(path, someBytes(3_000_000, 9))],
    ['goes away', path => rmSync(path)],
    [
      'becomes a link',
      path => {
        rmSync(path);
        symlinkSync('/etc/passwd', path);
      },
    ],
  ])('is a file that %s meanwhile', async (_, change) => {
    lay({ 'f/a': 3_000_000, 'f/b': 3_000_000 });
    const failure = await make('f', { hasher: during(() => change(join(dir, 'f', 'b'))) }).catch(
      error => error,
    );
    expect(failure).toBeInstanceOf(FileFailure);
    expect(failure.message).toMatch(/^f\/b: /);
  });

  it('is a file that changes while it is read itself', async () => {
    lay({ a: 6_000_000 });
    const path = join(dir, 'a');
    await expect(make('a', { hasher: during(() => truncateSync(path, 1_100_000)) })).rejects.toThrow(
      'a: it changed while it was read',
    );
    lay({ a: 6_000_000 });
    await expect(make('a', { hasher: during(() => appendFileSync(path, 'x')) })).rejects.toThrow(
      'a: it changed while it was read',
    );
  });
});

describe('making a torrent', () => {
  it('can be called off, and tells nothing more then', async () => {
    lay({ a: 20_000_000 });
    const controller = new AbortController();
    const reason = new Error('not now');
    let told = 0;
    const options = {
      signal: controller.signal,
      hasher: during(() => controller.abort(reason)),
      onProgress: () => {
        told += 1;
      },
    };
    await expect(make('a', options)).rejects.toBe(reason);
    expect(told).toBe(1);
    await expect(make('a', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('the info-hash', () => {
  it.each([16 * KiB, 64 * KiB])('is that of create-torrent, in pieces of %d bytes', async pieceLength => {
    lay(folder);
    lay({ 'course/.hidden': 5, 'course/.git/config': 5, 'course/Thumbs.db': 5, 'course/x~': 1 });
    const cases = ['course', 'course/slides.pdf', ['course/slides.pdf', 'course/week 1', 'course/9']];
    for (const paths of cases) {
      const name = typeof paths === 'string' ? basename(paths) : 'several';
      const { metainfo } = await make(paths, { name, pieceLength });
      expect(await madeByOther(paths, { name, pieceLength })).toBe(metainfo.infoHash);
    }
    const { metainfo } = await make('course', { pieceLength, isPrivate: true });
    expect(await madeByOther('course', { pieceLength, private: true })).toBe(metainfo.infoHash);
  });
});
