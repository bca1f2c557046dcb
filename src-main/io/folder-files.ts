import { mkdirSync } from 'node:fs';
import { readdir, readFile, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Every file of a folder and those below it, by its path from there with forward slashes. For folders of ours, such
 * as the built screen.
 */
export async function readFolderFiles(folder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const readBelow = async (below: string): Promise<void> => {
    for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) await readBelow(path);
      else if (entry.isFile()) files.set(path, await readFile(join(folder, path)));
    }
  };
  await readBelow('');
  return files;
}

/** Makes a folder, and those above it, before anything else goes on. @throws the file system's error */
export function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true });
}

/** Removes those of these folders, inner ones first, that are there and empty. Never throws. */
export async function removeEmptyFolders(folders: readonly string[]): Promise<void> {
  for (const folder of folders) await rmdir(folder).catch(() => {});
}
