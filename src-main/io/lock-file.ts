import { readFile, rename, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { FileFailure, type FilePlace, naming } from './file-failure.ts';
import { birthOf, mayRun, type Owner } from './owner.ts';
import { createWholeFile } from './whole-file.ts';

/** The locks of this process, by path. */
const held = new Set<string>();
/** A lock that changes hands this often while we look is not one that we get. */
const mostAttempts = 10;

/**
 * Takes the lock file at `place`, so that no two processes write `content`. A lock whose process on this machine is
 * gone is taken over. Throws a `FileFailure` that names the process that has it. Returns what gives the lock back.
 */
export async function takeLock(place: FilePlace, content: string): Promise<() => Promise<void>> {
  if (held.has(place.path)) throw new FileFailure(`${content} is already being downloaded by this process`);
  held.add(place.path);
  try {
    await naming(place, claim(place, content));
  } catch (error) {
    held.delete(place.path);
    throw error;
  }
  return async () => {
    await unlink(place.path).catch(() => {});
    held.delete(place.path);
  };
}

async function claim(place: FilePlace, content: string): Promise<void> {
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const draft = { path: `${place.path}.${process.pid}`, shown: place.shown };
    // With its owner inside in one step, so that nobody ever sees it without.
    if (await createWholeFile(place, draft, ourName(), false)) return;
    const text = await readIfThere(place.path);
    const owner = text === undefined ? undefined : parseOwner(text);
    // We know which locks we hold: one with our number is of an earlier process, as happens in containers.
    const isEarlier = owner?.pid === process.pid && owner.host === hostname();
    if (owner !== undefined && !isEarlier && mayRun(owner))
      throw new FileFailure(heldBy(owner, place, content));
    if (text !== undefined) await removeStale(place.path, text);
  }
  throw new FileFailure(`${place.shown}: it cannot be taken, although nobody seems to hold it; delete it`);
}

/**
 * Removes a lock we read as stale. Between that and now another process may have done the same and hold a new lock
 * under the same name; so ours is moved aside first, and put back when it turns out to be such a new one.
 */
async function removeStale(path: string, staleText: string): Promise<void> {
  const aside = `${path}.${process.pid}.stale`;
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if ((await readIfThere(aside)) === staleText) await unlink(aside);
  else await rename(aside, path);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function ourName(): string {
  const birth = birthOf(process.pid);
  return `${process.pid} ${hostname()}${birth === undefined ? '' : ` ${birth}`}\n`;
}

/** The owner a lock names; none in a lock that was damaged. */
function parseOwner(text: string): Owner | undefined {
  const [, pid, host, birth] = /^([1-9]\d{0,9}) (.*?)(?: (\d+))?\n$/.exec(text) ?? [];
  return pid === undefined || host === undefined ? undefined : { pid: Number(pid), host, birth };
}

function heldBy({ pid, host, birth }: Owner, { shown }: FilePlace, content: string): string {
  const byProcess = `${content} is already being downloaded by process ${pid}`;
  if (host !== hostname()) return `${byProcess} on ${host} (if that process has ended, delete ${shown})`;
  return birth === undefined ? `${byProcess} (if that is another program, delete ${shown})` : byProcess;
}
