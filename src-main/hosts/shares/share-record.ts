import { isAbsolute } from 'node:path';
import * as v from 'valibot';
import { limit } from '../../../src-shared/amounts.ts';
import { type FilePriority, trackerTiers } from '../../../src-shared/share.ts';

/** What is remembered of a share from one start to the next, besides its metainfo and its storage's state file. */

const text = (longest: number) => v.pipe(v.string(), v.maxLength(longest));
const bytes = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const absolutePath = v.pipe(text(4_096), v.check(isAbsolute, 'is no absolute path'));

const recordSchema = v.object({
  id: v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/, 'is not a token')),
  /** What it is called while there is no metainfo. */
  name: text(1_024),
  /** Its files lie in it, or in a folder of the share's name in it. */
  folder: absolutePath,
  addedAtMs: v.pipe(v.number(), v.minValue(0)),
  /** Its place among all others. */
  order: v.pipe(v.number(), v.minValue(0)),
  isPaused: v.boolean(),
  sequential: v.boolean(),
  /** A letter a file: s, l, n, h. Files beyond its end are wanted as usual. */
  priorities: v.pipe(text(100_000), v.regex(/^[slnh]*$/, 'are not priorities')),
  seedRatio: v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(1_000))),
  uploadBytesPerSecond: limit,
  downloadBytesPerSecond: limit,
  uploadedBytes: bytes,
  downloadedBytes: bytes,
  /** Null: those of the metainfo or the magnet link. */
  trackers: v.nullable(trackerTiers),
  /** Everything that was wanted has been here once. */
  wasComplete: v.optional(v.boolean(), false),
  /** Then more was wanted, or what has gone since is to be fetched again: that something is missing is as it should be. */
  wantsMore: v.optional(v.boolean(), false),
  /** How much was here when it was last looked at; for display only. */
  haveLength: bytes,
});
export type ShareRecord = Readonly<v.InferOutput<typeof recordSchema>>;

/** Files that were being read to make a share of them when the app ended. */
const hashingSchema = v.object({
  id: recordSchema.entries.id,
  paths: v.pipe(v.array(absolutePath), v.minLength(1), v.maxLength(1_000)),
  name: v.nullable(text(200)),
  pieceLength: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(16_384), v.maxValue(64 * 1024 * 1024))),
  isPrivate: v.boolean(),
  trackers: trackerTiers,
  addedAtMs: recordSchema.entries.addedAtMs,
  order: recordSchema.entries.order,
  isPaused: v.boolean(),
});
export type HashingRecord = Readonly<v.InferOutput<typeof hashingSchema>>;

/** Below a folder, with forward slashes, and never out of it. */
const pathBelow = v.pipe(
  text(4_096),
  v.check(path => !/^[\\/]|^$/.test(path) && !path.split(/[\\/]/).includes('..'), 'leads out of its folder'),
);
const pathsSchema = v.pipe(v.array(pathBelow), v.maxLength(100_000));

/** Where the files of a share lie; undefined when that is not what it says. */
export function readPaths(value: unknown): readonly string[] | undefined {
  const result = v.safeParse(pathsSchema, value);
  return result.success ? result.output : undefined;
}

const infoHashesSchema = v.array(v.pipe(v.string(), v.regex(/^[\da-f]{40}$/)));

export function readInfoHashes(value: unknown): readonly string[] | undefined {
  const result = v.safeParse(infoHashesSchema, value);
  return result.success ? result.output : undefined;
}

/** Undefined when it is no record: damaged, or of a version that wrote other ones. */
export function readRecord(value: unknown): ShareRecord | undefined {
  const result = v.safeParse(recordSchema, value);
  return result.success ? result.output : undefined;
}

export function readHashingRecord(value: unknown): HashingRecord | undefined {
  const result = v.safeParse(hashingSchema, value);
  return result.success ? result.output : undefined;
}

export type NewRecord = Pick<ShareRecord, 'id' | 'name' | 'folder' | 'addedAtMs' | 'order'> &
  Partial<ShareRecord>;

export function newRecord(given: NewRecord): ShareRecord {
  return {
    isPaused: false,
    sequential: false,
    priorities: '',
    seedRatio: null,
    uploadBytesPerSecond: null,
    downloadBytesPerSecond: null,
    uploadedBytes: 0,
    downloadedBytes: 0,
    trackers: null,
    wasComplete: false,
    wantsMore: false,
    haveLength: 0,
    ...given,
  };
}

const letters: Readonly<Record<FilePriority, string>> = { skip: 's', low: 'l', normal: 'n', high: 'h' };
const byLetter: Readonly<Record<string, FilePriority>> = { s: 'skip', l: 'low', n: 'normal', h: 'high' };

export function priorityOf(priorities: string, file: number): FilePriority {
  return byLetter[priorities[file] ?? 'n'] ?? 'normal';
}

/** The same with these files' priority changed; indexes beyond `fileCount` change nothing. */
export function withPriority(
  priorities: string,
  files: readonly number[],
  priority: FilePriority,
  fileCount: number,
): string {
  const all = Array.from(priorities.padEnd(fileCount, 'n').slice(0, fileCount));
  for (const file of files) if (file < fileCount) all[file] = letters[priority];
  return all.join('').replace(/n+$/, '');
}
