import { access, constants, mkdir, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { FileFailure, inWords, naming } from './file-failure.ts';

/** Where a path leads, all links resolved. Throws a `FileFailure` when that is nowhere. */
export async function realPlace(path: string): Promise<string> {
  try {
    return await realpath(resolve(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new FileFailure(`${path} does not exist; it was moved or deleted`);
    }
    throw new FileFailure(`${path} cannot be opened: ${inWords(error as Error)}`);
  }
}

/** Makes a folder unless it is there, and tells where it really is. Throws a `FileFailure`. */
export async function realFolder(path: string): Promise<string> {
  try {
    await makeFolders(path);
    return await realpath(path);
  } catch (error) {
    throw new FileFailure(`The folder ${path} cannot be made: ${inWords(error as Error)}`);
  }
}

/**
 * Makes a folder and those above it that are missing; returns the first that it made. Node's own way never ends where
 * the system makes none and says that the parent is missing, as in /proc.
 * @throws the file system's error
 */
export async function makeFolders(path: string): Promise<string | undefined> {
  const place = resolve(path);
  const parent = dirname(place);
  const found = await stat(place).catch(() => undefined);
  if (found?.isDirectory()) return undefined;
  // Where a file is in the way, the system says so when it is read as a folder.
  if (found !== undefined) await readdir(place);
  const first = parent === place ? undefined : await makeFolders(parent);
  try {
    await mkdir(place);
    return first ?? place;
  } catch (error) {
    // Another process may have made it meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !(await stat(place)).isDirectory()) throw error;
    return first;
  }
}

/** Where a folder really is in which new ones can be made. Throws a `FileFailure` when it is not there, or no such one. */
export async function writableFolder(path: string): Promise<string> {
  const place = { path, shown: path };
  const real = await naming(place, realpath(path));
  if (!(await naming(place, stat(real))).isDirectory()) throw new FileFailure(`${path}: it is not a folder`);
  await naming(place, access(real, constants.W_OK | constants.X_OK));
  return real;
}

/** The length of an ordinary file. Throws a `FileFailure` when there is none. */
export async function sizeOfFile(path: string, name: string): Promise<number> {
  const found = await stat(path).catch(error => {
    throw new FileFailure(`${name}: ${inWords(error)}`);
  });
  if (!found.isFile()) throw new FileFailure(`${name}: it is not an ordinary file`);
  return found.size;
}
