import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { getSystemErrorMap } from 'node:util';
import type { StorageFailure } from '../engine/ports.ts';

/** A file as the system finds it, and as people know it: relative to the working folder. */
export interface FilePlace {
  readonly path: string;
  readonly shown: string;
}

/** A failure already told in words that name the file. Everything else thrown is a mistake of ours. */
export class FileFailure extends Error {
  /** As `StorageFailure` has it. */
  readonly reason: StorageFailure['cause'];

  constructor(message: string, reason?: StorageFailure['cause']) {
    super(message);
    this.reason = reason;
  }
}

const plainWords: Readonly<Record<string, string>> = {
  EACCES: 'it may not be opened or changed by this user',
  EBUSY: 'it is in use',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'something with this name already exists',
  EFBIG: 'it would be too large for this disk',
  EIO: 'the disk reports a fault',
  EISDIR: 'there is a folder in its place',
  ELOOP: 'its links lead in a circle',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'it does not exist',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'there is a file where its folder should be',
  EPERM: 'the system does not allow this',
  EROFS: 'the disk may only be read',
};

/** What went wrong: in plain words, with the system's own in brackets for those who search for them. */
export function inWords(error: Error): string {
  const { errno } = error as NodeJS.ErrnoException;
  const [code = '', systemWords] = (errno === undefined ? undefined : getSystemErrorMap().get(errno)) ?? [];
  if (systemWords === undefined) return error.message;
  const plain = plainWords[code];
  return plain === undefined ? `${systemWords} (${code})` : `${plain} (${systemWords})`;
}

/** What the engine is told when the system refuses something at `place`. */
export function failureAt(place: FilePlace, error: Error): StorageFailure {
  const { code } = error as NodeJS.ErrnoException;
  const failed = `${place.shown}: ${inWords(error)}`;
  return code === 'ENOSPC' || code === 'EDQUOT' ? { failed, cause: 'full' } : { failed };
}

/** A failure already told in words, for the engine. Throws everything else. */
export function asStorageFailure(error: unknown): StorageFailure {
  if (!(error instanceof FileFailure)) throw error;
  const { message, reason } = error;
  return reason === undefined ? { failed: message } : { failed: message, cause: reason };
}

/** Waits for work on a file; an error of the system becomes a `FileFailure` that names the file. */
export async function naming<T>(place: FilePlace, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && 'errno' in error) {
      const { failed, cause } = failureAt(place, error);
      throw new FileFailure(failed, cause);
    }
    throw error;
  }
}

/** What is at a place; undefined when nothing is. Throws a `FileFailure` when that cannot be found out. */
export async function statIfThere(place: FilePlace): Promise<Stats | undefined> {
  try {
    return await stat(place.path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    return naming(place, Promise.reject(error));
  }
}
