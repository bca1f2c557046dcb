import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { formatBytes } from '../../src-shared/units.ts';
import { FileFailure, naming } from './file-failure.ts';

/** Small files that are read and replaced as a whole, and the folder they lie in. */

/** Writes a file, and its folder when there is none; it is never seen half written. Throws a `FileFailure`. */
export async function writeWholeFile(path: string, bytes: Uint8Array): Promise<void> {
  const place = { path, shown: basename(path) };
  const draft = `${path}.${process.pid}.tmp`;
  try {
    await naming(place, mkdir(dirname(path), { recursive: true }));
    await naming(place, writeAndSync(draft, bytes));
    await naming(place, rename(draft, path));
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    throw error;
  }
}

/** What a file holds. Throws a `FileFailure` where it cannot be read or has more than `longest` bytes. */
export async function readWholeFile(
  path: string,
  longest: number,
  shown = basename(path),
): Promise<Uint8Array> {
  const place = { path, shown };
  const found = await naming(place, stat(path));
  if (!found.isFile()) throw new FileFailure(`${place.shown}: it is not an ordinary file`);
  if (found.size > longest) {
    const sizes = `it has ${formatBytes(found.size)}, and no more than ${formatBytes(longest)} are read`;
    throw new FileFailure(`${place.shown}: it is too long to be what it should be: ${sizes}`);
  }
  return naming(place, readFile(path));
}

/** Whether there is anything at a path, as far as this user can see. Never throws. */
export function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The names in a folder; none when it is not there. Throws a `FileFailure`. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    return naming({ path: folder, shown: basename(folder) }, Promise.reject(error));
  }
}

/** Removes files that may be there or not. Throws a `FileFailure`. */
export async function removeFiles(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names)
    await naming({ path: name, shown: name }, rm(join(folder, name), { force: true }));
}

async function writeAndSync(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}
