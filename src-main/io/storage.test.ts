import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { BufferPool } from '../engine/buffer-pool.ts';
import { MemoryStorage } from '../engine/testing/memory-storage.ts';
import { systemClock } from './clock.ts';
import { type DiskStorageOptions, openDiskStorage } from './disk-storage.ts';
import { testStorage } from './storage-suite.ts';

testStorage('MemoryStorage', {
  empty: async layout => new MemoryStorage({ layout, clock: systemClock, delayMs: 0 }),
  seed: async (layout, _, content) => new MemoryStorage({ layout, clock: systemClock, delayMs: 0, content }),
});

const workingFolder = mkdtempSync(join(tmpdir(), 'piecewise-'));
const pool = new BufferPool();
let folders = 0;

afterAll(() => rmSync(workingFolder, { recursive: true }));

async function open(options: Omit<DiskStorageOptions, 'workingFolder' | 'name' | 'pool'>) {
  const opened = await openDiskStorage({ ...options, workingFolder, name: 'content', pool });
  if ('failed' in opened) throw new Error(opened.failed);
  return opened.storage;
}

testStorage('disk storage', {
  empty(layout, files) {
    folders += 1;
    return open({ role: 'downloader', layout, files, folder: `peer_${folders}` });
  },
  seed(layout, files, content) {
    folders += 1;
    const folder = `peer_${folders}`;
    let start = 0;
    for (const { path, length } of files) {
      const file = join(workingFolder, folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content.slice(start, start + length));
      start += length;
    }
    return open({ role: 'seed', layout, files, folder });
  },
});
