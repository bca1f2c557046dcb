import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { naming } from './file-failure.ts';

/** Bytes that this user can still write on the disk of a folder, existing or to be made. Throws a `FileFailure`. */
export async function freeBytes(folder: string): Promise<number> {
  for (let path = resolve(folder); ; path = dirname(path)) {
    try {
      const { bavail, bsize } = await statfs(path);
      return bavail * bsize;
    } catch (error) {
      const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (!isMissing || path === dirname(path)) {
        return naming({ path, shown: path }, Promise.reject(error));
      }
    }
  }
}
