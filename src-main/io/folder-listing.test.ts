import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isWithin, listFolder } from './folder-listing.ts';

let outer: string;
let root: string;

beforeEach(async () => {
  outer = await realpath(await mkdtemp(join(tmpdir(), 'listing-')));
  root = join(outer, 'work');
  await mkdir(join(root, 'below'), { recursive: true });
});

afterEach(async () => {
  await rm(outer, { recursive: true });
});

describe('a listing', () => {
  it('has folders first, then files with their sizes, by name and number, and nothing hidden', async () => {
    for (const name of ['file 10', 'file 9', 'Alpha', '.hidden']) await writeFile(join(root, name), name);
    await mkdir(join(root, 'another'));
    expect(await listFolder(root, root)).toEqual({
      cut: false,
      entries: [
        { name: 'another', path: join(root, 'another'), kind: 'folder', size: 0 },
        { name: 'below', path: join(root, 'below'), kind: 'folder', size: 0 },
        { name: 'Alpha', path: join(root, 'Alpha'), kind: 'file', size: 5 },
        { name: 'file 9', path: join(root, 'file 9'), kind: 'file', size: 6 },
        { name: 'file 10', path: join(root, 'file 10'), kind: 'file', size: 7 },
      ],
    });
  });

  it('follows links that stay inside, and leaves out those that lead out or nowhere', async () => {
    await writeFile(join(outer, 'secret'), '');
    await writeFile(join(root, 'below', 'inner'), 'ab');
    await symlink(join(outer, 'secret'), join(root, 'out'));
    await symlink(outer, join(root, 'up'));
    await symlink('/nowhere/at/all', join(root, 'lost'));
    await symlink(join(root, 'below', 'inner'), join(root, 'in'));
    const { entries } = await listFolder(root, root);
    expect(entries.map(({ name }) => name)).toEqual(['below', 'in']);
    expect(entries[1]).toMatchObject({ path: join(root, 'below', 'inner'), kind: 'file', size: 2 });
  });

  it('is cut at two thousand entries', async () => {
    const write = (i: number) => writeFile(join(root, 'below', String(i)), '');
    await Promise.all(Array.from({ length: 2_000 }, (_, i) => write(i)));
    expect((await listFolder(root, join(root, 'below'))).cut).toBe(false);
    await write(2_000);
    const { entries, cut } = await listFolder(root, join(root, 'below'));
    expect([entries.length, cut]).toEqual([2_000, true]);
  });
});

it.each([
  ['/a', '/a', true],
  ['/a', '/a/b/c', true],
  ['/a', '/a/..b', true],
  ['/a', '/ab', false],
  ['/a', '/', false],
  ['/a/b', '/a/c', false],
])('below %s there is %s: %s', (folder, path, expected) => {
  expect(isWithin(folder, path)).toBe(expected);
});
