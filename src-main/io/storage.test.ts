import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { BufferPool } from '../engine/buffer-pool.ts';
import type { ContentFile, Layout } from '../engine/content/layout.ts';
import { MemoryStorage } from '../engine/testing/memory-storage.ts';
import { systemClock } from './clock.ts';
import { type DiskStorageOptions, openDiskStorage } from './disk-storage.ts';
import { openHasher } from './hasher.ts';
import { openShareStorage } from './share-storage.ts';
import { putFiles, shareOf } from './share-suite.ts';
import { testStorage } from './storage-suite.ts';

testStorage('MemoryStorage', {
  empty: async layout => new MemoryStorage({ layout, clock: systemClock, delayMs: 0 }),
  seed: async (layout, _, content) => new MemoryStorage({ layout, clock: systemClock, delayMs: 0, content }),
});

const workingFolder = mkdtempSync(join(tmpdir(), 'piecewise-'));
const pool = new BufferPool();
const hasher = openHasher();
let folders = 0;

afterAll(async () => {
  rmSync(workingFolder, { recursive: true });
  await hasher.close();
});

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
    putFiles(join(workingFolder, folder), files, content);
    return open({ role: 'seed', layout, files, folder });
  },
});

async function openShare(layout: Layout, files: readonly ContentFile[], content: Uint8Array) {
  const metainfo = shareOf(layout, files, content);
  folders += 1;
  const folder = join(workingFolder, `share_${folders}`);
  const stateFile = join(workingFolder, `state_${folders}`);
  const isSeed = content.length > 0;
  if (isSeed) putFiles(folder, files, content);
  const priorities = new Uint8Array(files.length).fill(2);
  const opened = await openShareStorage({ metainfo, folder, stateFile, priorities, pool, hasher });
  if ('failed' in opened) throw new Error(opened.failed);
  expect(opened.have.isFull).toBe(isSeed || layout.totalLength === 0);
  return opened.storage;
}

testStorage('share storage', {
  // Storage leaves it to others whether a piece is what it should be.
  empty: (layout, files) => openShare(layout, files, new Uint8Array()),
  seed: openShare,
});
