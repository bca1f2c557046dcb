import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { FileFailure, inWords, naming, statIfThere } from './file-failure.ts';

const systemError = (code: string, errno: number) =>
  Object.assign(new Error(`${code}: words of the system, write`), { code, errno: -errno });

const place = { path: '/nowhere/at/all', shown: 'peer_1002/thefile' };

describe('failures of files', () => {
  it.each([
    ['ENOSPC', 'the disk is full (no space left on device)'],
    ['EACCES', 'it may not be opened or changed by this user (permission denied)'],
    ['EROFS', 'the disk may only be read (read-only file system)'],
    ['EIO', 'the disk reports a fault (i/o error)'],
    ['ENXIO', 'no such device or address (ENXIO)'],
  ] as const)('says %s in plain words', (code, words) => {
    expect(inWords(systemError(code, constants.errno[code]))).toBe(words);
  });

  it('keeps the words of an error that is not of the system', () => {
    expect(inWords(new Error('nothing was written'))).toBe('nothing was written');
  });

  it('names the file', async () => {
    const work = naming(place, Promise.reject(systemError('EIO', constants.errno.EIO)));
    await expect(work).rejects.toThrow(
      new FileFailure('peer_1002/thefile: the disk reports a fault (i/o error)'),
    );
  });

  it('lets mistakes of the program through as they are', async () => {
    const mistake = new TypeError('not a function');
    await expect(naming(place, Promise.reject(mistake))).rejects.toBe(mistake);
  });

  it('finds nothing where nothing is', async () => {
    expect(await statIfThere(place)).toBeUndefined();
  });
});
