import * as v from 'valibot';
import type { Place } from './contract.ts';

/**
 * How what was dropped on the page gets to the app by HTTP: first the list, `PUT drop/TOKEN`, then each file by its
 * place in the list, `PUT drop/TOKEN/PLACE`. The page makes up the token. The answer to the last one says where
 * everything is; a failure ends the whole drop, and nothing of it stays.
 */

export const mostDroppedFiles = 10_000;
export const deepestDrop = 16;
const longestPath = 1024;

export const dropToken = /^[\w-]{16,64}$/;

/** What is on its way. Paths are relative, with forward slashes, and begin with the dropped file's or folder's name. */
export const dropList = v.strictObject({
  /** Names of dropped folders, which may be empty. */
  folders: v.pipe(v.array(v.pipe(v.string(), v.maxLength(longestPath))), v.maxLength(1000)),
  files: v.pipe(
    v.array(
      v.strictObject({
        path: v.pipe(v.string(), v.maxLength(longestPath)),
        size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
      }),
    ),
    v.maxLength(mostDroppedFiles),
  ),
});
export type DropList = v.InferOutput<typeof dropList>;

export type DropAnswer =
  /** How many files are still to come. */
  | { readonly left: number }
  | { readonly places: readonly Place[] }
  /** A sentence that says what went wrong and what to do. */
  | { readonly message: string };
