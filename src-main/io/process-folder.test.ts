import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { leftOverFolders, makeProcessFolder } from './process-folder.ts';

let parent: string;
const gone = spawnSync(process.execPath, ['--version']).pid;
const left = async () => (await leftOverFolders(parent, 'x-')).map(path => basename(path));
const nameOf = (pid: number | undefined, host = hostname(), end = 'aB3_x9') => `x-${pid}-${host}-${end}`;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'piecewise-folders-'));
});

afterEach(() => {
  rmSync(parent, { recursive: true, force: true });
});

it('are left over when their process has ended, and it was one of this computer', async () => {
  const folders = [
    nameOf(gone),
    nameOf(process.ppid),
    nameOf(gone, 'another-computer'),
    nameOf(undefined),
    `y-${nameOf(gone)}`,
    'x-',
  ];
  for (const name of folders) mkdirSync(join(parent, name));
  expect(await left()).toEqual([nameOf(gone)]);
});

it('are not left over while this process runs, but are when an earlier one had its number', async () => {
  const own = await makeProcessFolder(parent, 'x-');
  expect(await left()).toEqual([]);
  utimesSync(own, 1, 1);
  expect(await left()).toEqual([basename(own)]);
});

it('are folders, and no links to some', async () => {
  writeFileSync(join(parent, nameOf(gone)), 'a file');
  mkdirSync(join(parent, 'folder'));
  symlinkSync(join(parent, 'folder'), join(parent, nameOf(gone, hostname(), 'linked')));
  expect(await left()).toEqual([]);
});

it.skipIf(process.getuid?.() !== 0)('are of this user', async () => {
  mkdirSync(join(parent, nameOf(gone)));
  chownSync(join(parent, nameOf(gone)), 12_345, 12_345);
  expect(await left()).toEqual([]);
});

it('are none where there is no folder', async () => {
  expect(await leftOverFolders(join(parent, 'nowhere'), 'x-')).toEqual([]);
});
