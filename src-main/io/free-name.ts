import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { FileFailure, type FilePlace, naming } from './file-failure.ts';

/** New files and folders that never take the place of what is there: "name", "name 2", "name 3" … */

const mostTries = 10_000;

/** Throws a `FileFailure` that names the folder. */
export function makeFreeFolder(parent: string, name: string): Promise<string> {
  return underFreeName(parent, name, '', async path => {
    await mkdir(path);
    return path;
  });
}

/** Throws a `FileFailure` that names the file. */
export function createFreeFile(
  folder: string,
  name: string,
  extension: string,
): Promise<{ readonly path: string; readonly file: FileHandle }> {
  return underFreeName(folder, name, extension, async path => ({ path, file: await open(path, 'wx') }));
}

function underFreeName<T>(
  parent: string,
  name: string,
  extension: string,
  make: (path: string) => Promise<T>,
): Promise<T> {
  return underFirstName(parent, name, extension, async place => {
    try {
      return await make(place.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
      return naming(place, Promise.reject(error));
    }
  });
}

/** What `take` makes of the first of these names that it does not refuse with undefined. Throws a `FileFailure`. */
export async function underFirstName<T>(
  parent: string,
  name: string,
  extension: string,
  take: (place: FilePlace) => Promise<T | undefined>,
): Promise<T> {
  for (let number = 1; number <= mostTries; number += 1) {
    const shown = `${name}${number === 1 ? '' : ` ${number}`}${extension}`;
    const taken = await take({ path: join(parent, shown), shown });
    if (taken !== undefined) return taken;
  }
  throw new FileFailure(`${name}: there are too many files of this name in ${parent}`);
}
