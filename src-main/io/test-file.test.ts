import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileFailure } from './file-failure.ts';
import { makeTestFile } from './test-file.ts';

let dir: string;
let path: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'test-file-'));
  path = join(dir, 'thefile');
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

async function bytesOf(size: number, seed?: number): Promise<Buffer> {
  await makeTestFile(path, size, { force: true, ...(seed !== undefined && { seed }) });
  return readFile(path);
}

const size = 3 * 1024 * 1024 + 5;

describe('a test file', () => {
  it.each([
    [0, '426634f8c621fc4ac63a8e453978aafd67ab5b8ac3acbc304bfe0a213ad2c881'],
    [7, '471adbc9aea61f461b903b7344baacf284e4cb1384498e5ee7165e2ba8811574'],
  ])('has with seed %d the same bytes on every machine', async (seed, sha256) => {
    const bytes = await bytesOf(size, seed);
    expect(bytes).toHaveLength(size);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
  });

  it('has seed 0 unless another is given', async () => {
    expect((await bytesOf(100)).equals(await bytesOf(100, 0))).toBe(true);
  });

  it('begins with every shorter one', async () => {
    const longest = await bytesOf(size);
    for (const shorter of [0, 1, 15, 1024 * 1024, 2 * 1024 * 1024 + 1]) {
      expect((await bytesOf(shorter)).equals(longest.subarray(0, shorter))).toBe(true);
    }
  });

  it('has no two pieces alike', async () => {
    const bytes = await bytesOf(size);
    const pieces = Array.from({ length: size >> 14 }, (_, i) =>
      bytes.toString('hex', i << 14, (i << 14) + 16),
    );
    expect(new Set(pieces).size).toBe(size >> 14);
  });

  it('leaves nothing else in its folder', async () => {
    await makeTestFile(path, size);
    expect(await readdir(dir)).toEqual(['thefile']);
  });

  it('does not replace a file unless forced to', async () => {
    await writeFile(path, 'precious');
    await expect(makeTestFile(path, 8)).rejects.toThrow(new FileFailure(`${path}: it exists already`));
    expect(await readFile(path, 'utf8')).toBe('precious');
    await makeTestFile(path, 8, { force: true });
    expect(await readFile(path, 'utf8')).not.toBe('precious');
  });

  it('never replaces a folder, and then leaves no draft', async () => {
    await mkdir(path);
    await writeFile(join(path, 'precious'), '');
    await expect(makeTestFile(path, 8, { force: true })).rejects.toThrow(`${path}: `);
    expect(await readdir(dir, { recursive: true })).toEqual(['thefile', join('thefile', 'precious')]);
  });

  it('names the folder that is missing', async () => {
    const missing = join(dir, 'missing');
    await expect(makeTestFile(join(missing, 'thefile'), 8)).rejects.toThrow(`${missing}: it does not exist`);
  });

  it('leaves nothing behind when it is given up half-way', async () => {
    const abort = new AbortController();
    const making = makeTestFile(path, 1024 ** 4, { signal: abort.signal });
    abort.abort();
    await expect(making).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    expect(await readdir(dir)).toEqual([]);
  });

  it.each([-1, 1.5, Number.NaN, 2 ** 53])('cannot have %d bytes', async bytes => {
    await expect(makeTestFile(path, bytes)).rejects.toThrow(RangeError);
    expect(await readdir(dir)).toEqual([]);
  });
});
