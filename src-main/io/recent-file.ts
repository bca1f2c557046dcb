import { isAbsolute, join } from 'node:path';
import * as v from 'valibot';
import type { PeerId } from '../../src-shared/journal.ts';
import { keepBroken, readJsonFile, writeJsonFile } from './json-file.ts';

/** `recent.json` of a profile: the working folders started last, the newest first. */

export interface Recent {
  readonly folder: string;
  readonly peer: PeerId;
}

export interface ReadRecents {
  readonly recents: readonly Recent[];
  /** Sentences about what was not understood. */
  readonly notices: readonly string[];
}

const mostRecents = 10;

const schema = v.pipe(
  v.array(
    v.object({
      folder: v.pipe(v.string(), v.maxLength(4_096), v.check(isAbsolute)),
      peer: v.pipe(v.string(), v.regex(/^[1-9]\d{0,9}$/)),
    }),
  ),
  v.maxLength(mostRecents),
);

/** Never throws. */
export async function readRecents(profileFolder: string): Promise<ReadRecents> {
  const path = recentPath(profileFolder);
  const { value, notice } = await readJsonFile(path);
  if (value === undefined) return { recents: [], notices: notice === undefined ? [] : [notice] };
  const result = v.safeParse(schema, value);
  if (!result.success) return { recents: [], notices: [await keepBroken(path)] };
  return { recents: result.output, notices: [] };
}

/** Throws a `FileFailure` that names the file. */
export function writeRecents(profileFolder: string, recents: readonly Recent[]): Promise<void> {
  return writeJsonFile(recentPath(profileFolder), recents);
}

/** The list after one more start: each folder is on it once, as it was started last. */
export function withRecent(recents: readonly Recent[], added: Recent): readonly Recent[] {
  return [added, ...recents.filter(({ folder }) => folder !== added.folder)].slice(0, mostRecents);
}

function recentPath(profileFolder: string): string {
  return join(profileFolder, 'recent.json');
}
