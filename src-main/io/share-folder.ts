import { constants, type Stats } from 'node:fs';
import { lstat, mkdir, readdir, rmdir } from 'node:fs/promises';
import { dirname, isAbsolute, posix, relative, resolve, sep } from 'node:path';
import { FileFailure, type FilePlace, naming } from './file-failure.ts';

/** Flags for opening: never through a link, nor waiting for whoever else opens a pipe, where the system can tell. */
export const safeOpen = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** How long a folder that was looked at is believed to be one, in milliseconds. */
const soundFor = 1_000;

/**
 * The folder that shares are downloaded into, and what lies below it. Names were made safe when the torrent was read;
 * this makes sure that no link on disk leads them elsewhere.
 */
export class ShareFolder {
  readonly root: string;
  /** When the folders below it were looked at and were folders, by `performance.now`. */
  readonly #soundAt = new Map<string, number>();

  /** @param root resolved: no link is in it */
  constructor(root: string) {
    this.root = root;
  }

  /** The place of a file. A name that leads out of the folder is refused. */
  placeOf(path: string): FilePlace {
    const place = { path: resolve(this.root, path), shown: posix.normalize(path) };
    const inside = relative(this.root, place.path);
    if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
      throw new FileFailure(`${path}: this name leads out of the download folder`);
    }
    return place;
  }

  /**
   * Whether the folder of a file is there, after a look at every step of the way to it. Throws a `FileFailure` when one
   * of them is a link, or no folder.
   */
  hasFolderOf(path: string): Promise<boolean> {
    return this.#step(posix.dirname(path), false);
  }

  /** Makes the folder of a file. Throws a `FileFailure`. */
  async makeFolderOf(path: string): Promise<void> {
    await this.#step(posix.dirname(path), true);
  }

  /** Looks at every folder anew from now on. */
  forget(): void {
    this.#soundAt.clear();
  }

  /** What lies at a file's place, itself and not what it may link to. Throws a `FileFailure`. */
  async look(path: string): Promise<Stats | undefined> {
    if (!(await this.hasFolderOf(path))) return undefined;
    return lookAt(this.placeOf(path));
  }

  /** Names in the folder of a file, as `folded` gives them; none when it does not exist. */
  async namesBeside(path: string): Promise<ReadonlySet<string>> {
    if (!(await this.hasFolderOf(path))) return new Set();
    const folder = { path: dirname(this.placeOf(path).path), shown: posix.dirname(path) };
    return new Set((await naming(folder, readdir(folder.path))).map(folded));
  }

  /** Removes a folder, and those it lies in, as long as they are empty. */
  async removeEmpty(folder: string): Promise<void> {
    for (let path = folder; path !== '.'; path = posix.dirname(path)) {
      if (!(await this.#step(path, false))) continue;
      try {
        await rmdir(this.placeOf(path).path);
      } catch {
        return; // Something else is in it.
      }
    }
  }

  async #step(folder: string, make: boolean): Promise<boolean> {
    if (folder === '.') return true;
    const now = performance.now();
    if (now < (this.#soundAt.get(folder) ?? Number.NEGATIVE_INFINITY) + soundFor) return true;
    if (!(await this.#step(posix.dirname(folder), make))) return false;
    const place = this.placeOf(folder);
    let found = await lookAt(place);
    if (found === undefined && make) {
      await naming(place, mkdir(place.path).catch(unlessItExists));
      found = await lookAt(place);
    }
    if (found === undefined) return false;
    if (found.isSymbolicLink()) throw new FileFailure(linked(place));
    if (!found.isDirectory())
      throw new FileFailure(`${place.shown}: there is a file where a folder should be`);
    this.#soundAt.set(folder, now);
    return true;
  }
}

function unlessItExists(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

/** What refuses a link below the download folder. */
export function linked({ shown }: FilePlace): string {
  return `${shown}: this is a link to another place, and shares do not follow links; move it away`;
}

/** The same for names that some system takes for one. */
export function folded(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/** What is at a place, links not followed. Throws a `FileFailure` when that cannot be found out. */
export async function lookAt(place: FilePlace): Promise<Stats | undefined> {
  try {
    return await lstat(place.path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    return naming(place, Promise.reject(error));
  }
}
