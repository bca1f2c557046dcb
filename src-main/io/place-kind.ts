import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { inWords } from './file-failure.ts';
import { commonFile, peerInfoFile } from './working-folder.ts';

/** What lies at a path that somebody dropped or chose. */
export type PlaceKind =
  | { readonly kind: 'course-folder' }
  /** One of the two configuration files itself. */
  | { readonly kind: 'configuration' }
  | { readonly kind: 'journal' | 'file'; readonly size: number }
  /** A lab's plan, or the mark in the folder of one of its machines. */
  | { readonly kind: 'lab-plan' }
  /** A `.torrent` file, by its name. */
  | { readonly kind: 'torrent' }
  /** A folder that is none of the course's; a sentence says why. */
  | { readonly kind: 'folder'; readonly message: string }
  /** Nothing that could be started; a sentence says why and what to do. */
  | { readonly kind: 'nothing'; readonly message: string };

/** The first line of a journal is longer when its content has many pieces; then its beginning decides. */
const sniffedBytes = 64 * 1024;

/** Looks, and reads no more than a file's beginning. Never throws. */
export async function kindOfPlace(path: string): Promise<PlaceKind> {
  const name = basename(path);
  try {
    const found = await stat(path);
    if (found.isDirectory()) return await kindOfFolder(path);
    if (!found.isFile()) return nothing(`${name} is not an ordinary file, and cannot be shared.`);
    if (name === commonFile || name === peerInfoFile) return { kind: 'configuration' };
    if (/\.torrent$/i.test(name)) return { kind: 'torrent' };
    if (/\.json$/i.test(name) && (await isLabPlan(path))) return { kind: 'lab-plan' };
    return { kind: (await isJournal(path)) ? 'journal' : 'file', size: found.size };
  } catch (error) {
    const why = error instanceof Error ? inWords(error) : String(error);
    return nothing(
      (error as NodeJS.ErrnoException).code === 'ENOENT'
        ? `${name} is no longer there; it was moved or deleted.`
        : `${name} cannot be read: ${why}.`,
    );
  }
}

async function kindOfFolder(path: string): Promise<PlaceKind> {
  const missing: string[] = [];
  for (const file of [commonFile, peerInfoFile]) if (!(await exists(join(path, file)))) missing.push(file);
  const name = basename(path);
  if (missing.length === 0) return { kind: 'course-folder' };
  if (missing.length === 1) {
    return nothing(
      `The folder ${name} has no ${missing[0]}. Put it beside the other configuration file, then open the folder again.`,
    );
  }
  return {
    kind: 'folder',
    message: `The folder ${name} has neither ${commonFile} nor ${peerInfoFile}. Open the folder that holds both, or drop a single file to make a course swarm of it.`,
  };
}

async function isJournal(path: string): Promise<boolean> {
  if (/\.jsonl$/i.test(path)) return true;
  const { beginning, isCut } = await beginningOf(path);
  const text = beginning.trimStart();
  const end = text.indexOf('\n');
  if (end < 0 && isCut) return text.startsWith('{"kind":"started",');
  return isEvent(end < 0 ? text : text.slice(0, end));
}

/** No other file of JSON speaks of machines like this. */
async function isLabPlan(path: string): Promise<boolean> {
  return (await beginningOf(path)).beginning.includes('"machine_name"');
}

async function beginningOf(path: string): Promise<{ readonly beginning: string; readonly isCut: boolean }> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(sniffedBytes), 0, sniffedBytes, 0);
    return { beginning: buffer.toString('utf8', 0, bytesRead), isCut: bytesRead === sniffedBytes };
  } finally {
    await file?.close();
  }
}

function isEvent(line: string): boolean {
  if (!line.startsWith('{')) return false;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'kind' in value && 'seq' in value;
  } catch {
    return false;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function nothing(message: string): PlaceKind {
  return { kind: 'nothing', message };
}
