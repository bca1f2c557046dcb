import type { Dirent } from 'node:fs';
import { lstat, opendir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';

/** What the screen may show of the file system: one folder and what is below it, whatever links say. */

export interface ListedEntry {
  readonly path: string;
  readonly name: string;
  readonly kind: 'file' | 'folder';
  /** Bytes; 0 for a folder. */
  readonly size: number;
}

export interface FolderListing {
  /** Folders first, then files, by name. */
  readonly entries: readonly ListedEntry[];
  /** There were too many entries to list. */
  readonly cut: boolean;
}

const mostEntries = 2_000;

/** Whether a real path is a folder or below it. */
export function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/**
 * Lists the files and folders of a folder, both given as real paths, without hidden ones and without links that lead
 * out of `root`.
 * @throws the file system's error
 */
export async function listFolder(root: string, folder: string): Promise<FolderListing> {
  const found: Dirent[] = [];
  let cut = false;
  for await (const entry of await opendir(folder)) {
    if (entry.name.startsWith('.')) continue;
    cut = found.length === mostEntries;
    if (cut) break;
    found.push(entry);
  }
  const listed = await Promise.all(found.map(({ name }) => entryOf(root, join(folder, name), name)));
  const entries = listed.filter(entry => entry !== undefined).sort(foldersFirst);
  return { entries, cut };
}

async function entryOf(root: string, path: string, name: string): Promise<ListedEntry | undefined> {
  try {
    const isLink = (await lstat(path)).isSymbolicLink();
    const real = isLink ? await realpath(path) : path;
    if (!isWithin(root, real)) return undefined;
    const found = await stat(real);
    if (found.isDirectory()) return { path: real, name, kind: 'folder', size: 0 };
    return found.isFile() ? { path: real, name, kind: 'file', size: found.size } : undefined;
  } catch {
    // Gone in the meantime, or a link that leads nowhere.
    return undefined;
  }
}

const byName = new Intl.Collator('en', { numeric: true });

function foldersFirst(a: ListedEntry, b: ListedEntry): number {
  if (a.kind !== b.kind) return a.kind === 'folder' ? -1 : 1;
  return byName.compare(a.name, b.name);
}
