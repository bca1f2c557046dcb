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

/**
 * Starts a command as somebody whom the permissions of files stop: root without the right to pass over them. Undefined
 * where there is no such way.
 */
export function boundByPermissions(): readonly string[] | undefined {
  if (process.platform === 'win32') return undefined;
  if (!isRoot) return [];
  const through = ['setpriv', '--bounding-set', '-dac_override,-dac_read_search'];
  return spawnSync(through[0]!, [...through.slice(1), 'true']).status === 0 ? through : undefined;
}
