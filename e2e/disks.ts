import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import type { Lab } from './lab.ts';

/** Small file systems in memory, where this user may mount them. */

export const isRoot = process.getuid?.() === 0;

export function mount(...args: readonly string[]): boolean {
  return spawnSync('mount', args).status === 0;
}

/** Mounts a file system in memory at `dir` until the test ends; false when that is not permitted. */
export function mountMemory(lab: Lab, dir: string, size: string): boolean {
  mkdirSync(dir, { recursive: true });
  if (!isRoot || !mount('-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', dir)) return false;
  lab.onEnd(() => spawnSync('umount', [dir]));
  return true;
}
