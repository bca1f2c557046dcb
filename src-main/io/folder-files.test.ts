import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeFolder, readFolderFiles } from './folder-files.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'piecewise-files-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('reads every file of a folder and those below it', async () => {
  mkdirSync(join(folder, 'assets/fonts'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), 'page');
  writeFileSync(join(folder, 'assets/fonts/a.woff2'), 'font');
  const files = await readFolderFiles(folder);
  expect([...files.keys()].sort()).toEqual(['assets/fonts/a.woff2', 'index.html']);
  expect(Buffer.from(files.get('index.html')!).toString()).toBe('page');
});

it('follows no links out of it', async () => {
  symlinkSync('/etc', join(folder, 'etc'));
  expect((await readFolderFiles(folder)).size).toBe(0);
});

it('fails when there is no such folder', async () => {
  await expect(readFolderFiles(join(folder, 'none'))).rejects.toThrow(/ENOENT/);
});

it('makes a folder with those above it, or leaves it as it is', () => {
  const path = join(folder, 'a/b');
  makeFolder(path);
  makeFolder(path);
  expect(existsSync(path)).toBe(true);
});
