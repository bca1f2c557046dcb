import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { access, lstat, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FileFailure, naming } from './file-failure.ts';

/** Test files with random content that is the same on every machine. */

export interface TestFileOptions {
  /** Another whole number, other bytes. */
  readonly seed?: number;
  /** Replaces a file that exists. */
  readonly force?: boolean;
  /** Gives up and leaves nothing behind. */
  readonly signal?: AbortSignal;
}

const stretchBytes = 1024 * 1024;

/**
 * Writes `size` bytes that only the seed decides; of two files with one seed the shorter is the beginning of the
 * longer. The file appears complete or not at all. Throws a `FileFailure` that names the file when it exists
 * already or cannot be written.
 */
export async function makeTestFile(path: string, size: number, options: TestFileOptions = {}): Promise<void> {
  const { seed = 0, force = false, signal } = options;
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`no file has a size of ${size} bytes`);
  if (!force && (await exists(path))) throw new FileFailure(`${path}: it exists already`);
  const folder = dirname(path);
  await naming({ path: folder, shown: folder }, access(folder));
  const draft = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    const written = pipeline(randomContent(size, seed), createWriteStream(draft, { flags: 'wx' }), {
      signal,
    });
    await naming({ path, shown: path }, written);
    await naming({ path, shown: path }, rename(draft, path));
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** The bytes of a test file: the key stream of AES-128 in counter mode, as good as random, and quicker than a disk. */
export function* randomContent(size: number, seed: number): Generator<Uint8Array> {
  const key = createHash('sha256').update(`test file ${seed}`).digest().subarray(0, 16);
  const cipher = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  const zeros = Buffer.alloc(Math.min(size, stretchBytes));
  for (let left = size; left > 0; left -= stretchBytes) {
    yield cipher.update(left < stretchBytes ? zeros.subarray(0, left) : zeros);
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
