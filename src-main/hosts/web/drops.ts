import { lstat, mkdir, open, readFile, realpath, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { basename, dirname, extname, join } from 'node:path';
import * as v from 'valibot';
import { type Place, RefusedError } from '../../../src-shared/contract.ts';
import { formatBytes } from '../../../src-shared/units.ts';
import {
  type DropAnswer,
  type DropList,
  deepestDrop,
  dropList,
  dropToken,
} from '../../../src-shared/web-drop.ts';
import { fileNameFault } from '../../engine/course/config.ts';
import { FileFailure, inWords } from '../../io/file-failure.ts';
import { isWithin } from '../../io/folder-listing.ts';
import { freeBytes } from '../../io/free-bytes.ts';
import { makeFreeFolder } from '../../io/free-name.ts';
import { leftOverFolders, makeProcessFolder } from '../../io/process-folder.ts';

/** A drop's folder until it is whole and used; the name says whose it is. */
const prefix = '.receiving-';
/** What came so far lies in it. */
const received = 'received';
/** Names the copy beside it, once it is whole and while nothing uses it. */
const unused = 'unused';
const mostDrops = 4;
const longestList = 4 * 1024 * 1024;
/** A page that is gone says nothing; what it left half done goes after this. */
const idleMs = 60_000;
/** Left free, for whatever else runs on this disk. */
const reserve = 32 * 1024 * 1024;

/** What stands in the way of a drop, as HTTP says it. */
class DropFailure extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface DropReply {
  readonly status: number;
  readonly answer: DropAnswer;
}

/**
 * Receives what is dropped on pages, each drop whole or not at all. What nothing has used goes when the app ends, or at
 * the next start; what is used stays until its user deletes it.
 */
export class Drops {
  readonly #folder: string;
  readonly #grant: (path: string) => Promise<Place>;
  readonly #drops = new Map<string, Drop>();
  /** Whole, and only looked at. */
  readonly #unused = new Set<Drop>();

  /** Files come to lie in `folder`, which is made when the first one comes. */
  constructor(folder: string, grant: (path: string) => Promise<Place>) {
    this.#folder = folder;
    this.#grant = grant;
  }

  /** Removes what processes that were killed left half received, or unused. Never throws. */
  async removeLeftOver(): Promise<void> {
    for (const path of await leftOverFolders(this.#folder, prefix)) {
      const copy = await unusedCopy(this.#folder, path);
      if (copy !== undefined) await removeQuietly(copy);
      await removeQuietly(path);
    }
  }

  /** What lies there is used from now on. */
  async keep(path: string): Promise<void> {
    for (const drop of this.#unused) {
      if (!isWithin(drop.copy, path) && !isWithin(path, drop.copy)) continue;
      this.#unused.delete(drop);
      await drop.keep();
    }
  }

  /** Removes copies that are of no use, and the folder that a copy lay in, where nothing is left in it. Never throws. */
  async clearAway(folder: string, unused: readonly string[] = []): Promise<void> {
    const own = await realpath(this.#folder).catch(() => undefined);
    if (own === undefined) return;
    for (const path of unused) if (path !== own && isWithin(own, path)) await removeQuietly(path);
    if (dirname(folder) === own) await rmdir(folder).catch(() => {});
  }

  /** Takes in a request below `drop/`. Never throws. */
  async receive(request: IncomingMessage, path: string): Promise<DropReply> {
    const [token = '', place, ...more] = path.split('/');
    try {
      if (!dropToken.test(token) || more.length > 0) throw new DropFailure(404, 'There is no such drop.');
      const drop =
        place === undefined ? await this.#begin(token, await readList(request)) : this.#find(token, place);
      if (place !== undefined) await drop.takeFile(Number(place), request);
      return { status: 200, answer: await this.#answer(token, drop) };
    } catch (error) {
      await this.#discard(token);
      return replyTo(error);
    }
  }

  /** Removes what is half received or unused. */
  async close(): Promise<void> {
    const all = [...this.#drops.values(), ...this.#unused];
    this.#drops.clear();
    this.#unused.clear();
    await Promise.all(all.map(drop => drop.discard()));
  }

  async #begin(token: string, list: DropList): Promise<Drop> {
    if (this.#drops.has(token)) throw new DropFailure(409, 'This drop has already begun.');
    if (this.#drops.size >= mostDrops) {
      throw new DropFailure(
        503,
        'Other files are still being received; drop these again when those are there.',
      );
    }
    const drop = new Drop(this.#folder, list, () => void this.#discard(token));
    this.#drops.set(token, drop);
    const others = [...this.#drops.values()].reduce((bytes, { bytesLeft }) => bytes + bytesLeft, 0);
    await drop.open(others);
    return drop;
  }

  #find(token: string, place: string): Drop {
    const drop = this.#drops.get(token);
    if (drop === undefined || !/^\d{1,5}$/.test(place)) {
      throw new DropFailure(404, 'The app has given up on this drop; drop the files again.');
    }
    return drop;
  }

  async #answer(token: string, drop: Drop): Promise<DropAnswer> {
    if (drop.filesLeft > 0 || !this.#drops.delete(token)) return { left: drop.filesLeft };
    const paths = await drop.settle();
    this.#unused.add(drop);
    return { places: await Promise.all(paths.map(path => this.#grant(path))) };
  }

  async #discard(token: string): Promise<void> {
    const drop = this.#drops.get(token);
    this.#drops.delete(token);
    await drop?.discard();
  }
}

/** One drop on its way in: in a hidden folder first, and in its place when it is whole. */
class Drop {
  bytesLeft: number;
  readonly #parent: string;
  readonly #list: DropList;
  readonly #waiting: Set<number>;
  readonly #timer: NodeJS.Timeout;
  #folder: string | undefined;
  #copy: string | undefined;
  #writing = 0;

  constructor(parent: string, list: DropList, onIdle: () => void) {
    this.#parent = parent;
    this.#list = list;
    this.#waiting = new Set(list.files.keys());
    this.bytesLeft = list.files.reduce((bytes, { size }) => bytes + size, 0);
    this.#timer = setTimeout(() => {
      if (this.#writing === 0) onIdle();
    }, idleMs).unref();
  }

  /** Where everything is that was dropped, once it is settled: a real path. */
  get copy(): string {
    return this.#copy!;
  }

  get filesLeft(): number {
    return this.#waiting.size + this.#writing;
  }

  /** `bytesToCome` of this and all other drops must find room. */
  async open(bytesToCome: number): Promise<void> {
    checkNames(this.#list);
    await mkdir(this.#parent, { recursive: true });
    const free = await freeBytes(this.#parent);
    if (bytesToCome + reserve > free) {
      throw new DropFailure(
        507,
        `There is no room for ${formatBytes(bytesToCome)}: the disk that holds ${this.#parent} has ${formatBytes(free)} left. Make room there, then drop the files again.`,
      );
    }
    this.#folder = await makeProcessFolder(this.#parent, prefix);
    // Others may read it in the end, unlike the folder around it.
    await mkdir(join(this.#folder, received));
    for (const name of this.#list.folders) await mkdir(join(this.#folder, received, name));
  }

  async takeFile(place: number, request: IncomingMessage): Promise<void> {
    const file = this.#list.files[place];
    if (file === undefined || this.#folder === undefined || !this.#waiting.delete(place)) {
      throw new DropFailure(409, 'This file is not waited for.');
    }
    this.#writing += 1;
    try {
      if (Number(request.headers['content-length']) !== file.size) {
        throw new DropFailure(400, `${file.path} has changed while it was dropped; drop it again.`);
      }
      await this.#write(join(this.#folder, received, file.path), request);
    } finally {
      this.#writing -= 1;
      this.bytesLeft -= file.size;
      this.#timer.refresh();
    }
  }

  /** Moves everything to a folder of its own, and tells where each thing is that was dropped. */
  async settle(): Promise<readonly string[]> {
    const { folders, files } = this.#list;
    const loose = files.map(({ path }) => path).filter(path => !path.includes('/'));
    const [first = '', ...more] = [...folders, ...loose];
    clearTimeout(this.#timer);
    try {
      if (more.length === 0 && folders.length === 1) return [await this.#settleFolder(first)];
      const own = await this.#settle(received, folders.length > 0 ? first : folderNameFor(first));
      return [first, ...more].map(name => join(own, name));
    } catch (error) {
      await this.discard();
      throw error;
    }
  }

  /** The copy stays. */
  async keep(): Promise<void> {
    // Not quietly: what says that nothing uses the copy must not outlive its use.
    await rm(this.#folder!, { recursive: true, force: true });
  }

  async discard(): Promise<void> {
    clearTimeout(this.#timer);
    for (const path of [this.#copy, this.#folder]) if (path !== undefined) await removeQuietly(path);
    this.#copy = undefined;
    this.#folder = undefined;
  }

  async #write(path: string, request: IncomingMessage): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, 'wx');
    try {
      // What comes after a failure is still read, so that the page gets to hear of it.
      for await (const bytes of request.iterator({ destroyOnReturn: false })) await file.appendFile(bytes);
    } finally {
      await file.close();
    }
  }

  /** Its own name is what it is shared under, and so it keeps it: beside one of the same name, in another folder. */
  async #settleFolder(name: string): Promise<string> {
    const path = await this.#makeCopy(name);
    if (basename(path) === name) return this.#moveOnto(path, join(received, name));
    await rename(join(this.#folder!, received, name), join(path, name));
    return join(path, name);
  }

  async #settle(from: string, name: string): Promise<string> {
    return this.#moveOnto(await this.#makeCopy(name), from);
  }

  /** A folder that is known to be unused before anything is in it. */
  async #makeCopy(name: string): Promise<string> {
    const path = await makeFreeFolder(this.#parent, name);
    this.#copy = await realpath(path);
    await writeFile(join(this.#folder!, unused), basename(path));
    return path;
  }

  async #moveOnto(path: string, from: string): Promise<string> {
    // Not every system moves a folder onto one that is there, empty though it is.
    await rmdir(path);
    await rename(join(this.#folder!, from), path);
    return path;
  }
}

/** A file's name without its extension, where a folder of every system may be called that. */
function folderNameFor(file: string): string {
  const stem = basename(file, extname(file)).replace(/[\s.]+$/, '');
  return fileNameFault(stem) === undefined ? stem : file;
}

/** The copy beside a left over folder that was never used, as far as it says so. */
async function unusedCopy(parent: string, folder: string): Promise<string | undefined> {
  const name = await readFile(join(folder, unused), 'utf8').catch(() => '');
  if (fileNameFault(name) !== undefined || name.startsWith(prefix)) return undefined;
  const path = join(parent, name);
  const found = await lstat(path).catch(() => undefined);
  return found?.isDirectory() ? path : undefined;
}

async function removeQuietly(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true }).catch(() => {});
}

/** Names that some system could not hold, or that lead somewhere else, end a drop before it begins. */
function checkNames({ folders, files }: DropList): void {
  const tops = new Set(folders);
  const seen = new Set<string>();
  for (const path of [...folders, ...files.map(file => file.path)]) {
    const names = path.split('/');
    for (const name of names) {
      const fault = fileNameFault(name);
      if (fault !== undefined) {
        throw new DropFailure(
          400,
          `"${path}" cannot be taken: a name ${fault}. Rename it, then drop it again.`,
        );
      }
    }
    if (names.length > deepestDrop) {
      throw new DropFailure(400, `"${path}" lies too deep in its folders; drop a folder nearer to it.`);
    }
    if (seen.has(path)) {
      throw new DropFailure(409, `Two of these are called "${path}"; drop them one after the other.`);
    }
    if (names.length > 1 && !tops.has(names[0]!))
      throw new DropFailure(400, 'This is no list of dropped files.');
    seen.add(path);
  }
}

async function readList(request: IncomingMessage): Promise<DropList> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    length += (chunk as Buffer).length;
    if (length > longestList) throw new DropFailure(413, 'These are too many files; drop fewer at a time.');
    chunks.push(chunk as Buffer);
  }
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    throw new DropFailure(400, 'This is no list of dropped files.');
  }
  const { success, output } = v.safeParse(dropList, value, { abortEarly: true });
  if (!success)
    throw new DropFailure(400, 'These are too many files, or some cannot be taken; drop fewer at a time.');
  return output;
}

function replyTo(error: unknown): DropReply {
  if (error instanceof DropFailure) return { status: error.status, answer: { message: error.message } };
  if (error instanceof RefusedError || error instanceof FileFailure) {
    return { status: 500, answer: { message: error.message } };
  }
  const { code } = error as NodeJS.ErrnoException;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  const message = `What was dropped could not be written: ${inWords(error as Error)}. ${
    isFull ? 'Make room there, then drop it again.' : 'Drop it again when the cause is gone.'
  }`;
  return { status: isFull ? 507 : 500, answer: { message } };
}
