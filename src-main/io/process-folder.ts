import { lstat, mkdtemp, readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { mayRun } from './owner.ts';

/** Folders that are of no use once the process has ended that made them. Their names say which one that is. */

/** Makes one. Its name begins with `prefix`. */
export function makeProcessFolder(parent: string, prefix: string): Promise<string> {
  return mkdtemp(join(parent, `${prefix}${process.pid}-${hostname()}-`));
}

/** Those that this user's processes have left behind that were killed. Never throws. */
export async function leftOverFolders(parent: string, prefix: string): Promise<readonly string[]> {
  const names = await readdir(parent).catch((): string[] => []);
  const left: string[] = [];
  for (const name of names.filter(one => one.startsWith(prefix))) {
    if (await isLeftOver(join(parent, name), prefix)) left.push(join(parent, name));
  }
  return left;
}

async function isLeftOver(path: string, prefix: string): Promise<boolean> {
  const [, pid, host] = /^([1-9]\d{0,9})-(.+)-[^-]{6}$/.exec(basename(path).slice(prefix.length)) ?? [];
  if (pid === undefined || host === undefined) return false;
  const owner = { pid: Number(pid), host };
  const isAlike = owner.pid === process.pid && host === hostname();
  if (!isAlike && mayRun(owner)) return false;
  const found = await lstat(path).catch(() => undefined);
  // Where all users write, whose it is decides: another one could put anything in its place while it is removed.
  if (!found?.isDirectory() || (process.getuid && found.uid !== process.getuid())) return false;
  // An earlier process had our number, as happens in containers.
  return !isAlike || found.mtimeMs < performance.timeOrigin;
}
