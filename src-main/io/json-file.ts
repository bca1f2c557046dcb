import { readFile, rename } from 'node:fs/promises';
import { basename } from 'node:path';
import { inWords } from './file-failure.ts';
import { writeWholeFile } from './whole-file.ts';

/** Small files of the app's own that are always whole on disk, whatever happens in the middle of writing. */

/** What a file holds; undefined, with a sentence when somebody should know, where there is nothing of use. */
export interface ReadJson {
  readonly value: unknown;
  readonly notice?: string;
}

/** Reads a file; one that is damaged is kept as `NAME.broken`, for its owner to look at. Never throws. */
export async function readJsonFile(path: string): Promise<ReadJson> {
  const name = basename(path);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { value: undefined };
    return { value: undefined, notice: `${name} cannot be read: ${inWords(error as Error)}.` };
  }
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { value: undefined, notice: await keepBroken(path) };
  }
}

/** Moves a damaged file to `NAME.broken` and says so in a sentence. */
export async function keepBroken(path: string): Promise<string> {
  const name = basename(path);
  await rename(path, `${path}.broken`).catch(() => {});
  return `${name} was damaged. It is kept as ${name}.broken, and a new one is begun.`;
}

/** Writes a file, and its folder when there is none. Throws a `FileFailure` that names the file. */
export async function writeJsonFile(path: string, value: unknown): Promise<void> {
  await writeWholeFile(path, `${JSON.stringify(value, undefined, 2)}\n`, false);
}
