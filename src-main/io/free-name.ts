import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { FileFailure, naming } from './file-failure.ts';

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

async function underFreeName<T>(
  parent: string,
  name: string,
  extension: string,
  make: (path: string) => Promise<T>,
): Promise<T> {
  for (let number = 1; number <= mostTries; number += 1) {
    const shown = `${name}${number === 1 ? '' : ` ${number}`}${extension}`;
    const path = join(parent, shown);
    try {
      return await make(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        return naming({ path, shown }, Promise.reject(error));
      }
    }
  }
  throw new FileFailure(`${name}: there are too many files of this name in ${parent}`);
}
