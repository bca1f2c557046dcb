import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';

/** What tests of files on disk need of the system. */

/** Files below a folder that this process has open, where the system tells. */
export function openBelow(folder: string): string[] {
  if (!existsSync('/proc/self/fd')) return [];
  return readdirSync('/proc/self/fd').flatMap(fd => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(folder) ? [path] : [];
    } catch {
      return []; // the listing's own, gone by now
    }
  });
}

/**
 * Mounts a small file system at a folder, with these options. Returns what takes it away; undefined, and the test is
 * skipped with the reason, where that is not permitted.
 */
export function mountAt(
  folder: string,
  options: string,
  skip: (reason: string) => void,
): (() => void) | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'pipe' });
  } catch {
    skip('a file system can be mounted here by the administrator only');
    return undefined;
  }
  return () => execFileSync('umount', ['--lazy', folder]);
}
