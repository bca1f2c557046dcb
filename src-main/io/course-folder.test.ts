import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeCourseFolder } from './course-folder.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'course-folder-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

const setup = {
  common: {
    preferredNeighbours: 2,
    unchokingIntervalMs: 5_000,
    optimisticIntervalMs: 15_000,
    fileName: 'thefile',
    fileSize: 3,
    pieceSize: 2,
  },
  roster: ['1001', '1002'].map((peer, i) => ({ peer, host: 'lab', port: 6001 + i, seed: true, line: i + 1 })),
};

describe('a new course folder', () => {
  const source = () => join(dir, 'source');
  const make = (seeds: readonly string[]) =>
    makeCourseFolder(join(dir, 'work'), 'lab', setup, seeds, source());

  it('has one copy for all seeds of this computer, and the original is not one of them', async () => {
    await writeFile(source(), 'abc');
    const folder = await make(['1001', '1002']);
    const inodes = [];
    for (const peer of ['1001', '1002'])
      inodes.push((await stat(join(folder, `peer_${peer}`, 'thefile'))).ino);
    expect(inodes[0]).toBe(inodes[1]);
    expect(inodes[0]).not.toBe((await stat(source())).ino);
  });

  it.each([
    ['is gone', async () => {}, /^peer_1001\/thefile: it does not exist/],
    ['is longer by now', () => writeFile(source(), 'abcd'), /^thefile: it changed while it was copied/],
    ['is a folder', async () => void (await mkdir(source())), /^peer_1001\/thefile: /],
  ])('leaves nothing behind when the file %s', async (_what, prepare, message) => {
    await prepare();
    await expect(make(['1001'])).rejects.toThrow(message);
    expect(await readdir(join(dir, 'work'))).toEqual([]);
  });
});
