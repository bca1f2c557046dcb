import { link, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { formatBytes } from '../../src-shared/units.ts';
import { FileFailure, type FilePlace, naming } from './file-failure.ts';
import { Turns } from './file-queue.ts';
import { makeFolders } from './real-place.ts';

/** Small files that are read and replaced as a whole, and the folder they lie in. */

/** Files that are read or written at a time: with very many shares all the others would wait for Node's threads open. */
const turns = new Turns();

/** Writes a file, and its folder when there is none; it is never seen half written. Throws a `FileFailure`. */
export async function writeWholeFile(path: string, bytes: Uint8Array | string, flush = true): Promise<void> {
  const place = { path, shown: basename(path) };
  await naming(place, makeFolders(dirname(path)));
  await replaceFile(place, { path: `${path}.${process.pid}.tmp`, shown: place.shown }, bytes, flush);
}

/** Nobody writes a whole file for longer. */
const draftMs = 600_000;

/** Removes what processes that were killed left half written in a folder. Never throws. */
export async function removeDrafts(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch((): string[] => [])) {
    if (!/\.\d+\.tmp$/.test(name)) continue;
    const path = join(folder, name);
    // By its age: its writer may run on another computer, where the folder is shared by several.
    const found = await stat(path).catch(() => undefined);
    if (found && found.mtimeMs < Date.now() - draftMs) await rm(path, { force: true }).catch(() => {});
  }
}

/**
 * Puts a file with these bytes at `place` in one step, whatever happens meanwhile: they are written to `draft` first. With
 * `flush` they are on disk by then. Throws a `FileFailure`.
 */
export function replaceFile(
  place: FilePlace,
  draft: FilePlace,
  bytes: Uint8Array | string,
  flush: boolean,
): Promise<void> {
  return turns.run(async () => {
    try {
      await naming(draft, writeFile(draft.path, bytes, { flush }));
      await naming(place, rename(draft.path, place.path));
    } catch (error) {
      await rm(draft.path, { force: true }).catch(() => {});
      throw error;
    }
  });
}

/** The same, unless something is there; says whether it was done. */
export function createWholeFile(
  place: FilePlace,
  draft: FilePlace,
  bytes: Uint8Array | string,
  flush: boolean,
): Promise<boolean> {
  return turns.run(async () => {
    try {
      await naming(draft, writeFile(draft.path, bytes, { flush }));
      await link(draft.path, place.path).catch(async error => {
        if (error.code === 'EEXIST') throw error;
        // A disk without hard links.
        await writeFile(place.path, bytes, { flag: 'wx', flush });
      });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      return await naming(place, Promise.reject(error));
    } finally {
      await rm(draft.path, { force: true }).catch(() => {});
    }
  });
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
  return turns.run(() => naming(place, readFile(path)));
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
