import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import {
  constants,
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  rename,
  rm,
  rmdir,
  stat,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import yazl from 'yazl';
import type { LabFile, LabFolder } from '../../src-shared/lab.ts';
import { fileNameFault } from '../engine/course/config.ts';
import { FileFailure, type FilePlace, naming } from './file-failure.ts';
import { createFreeFile, makeFreeFolder } from './free-name.ts';
import { realFolder, sizeOfFile } from './real-place.ts';
import { makeTestFile, randomContent } from './test-file.ts';

/** Writes the folders of a lab, ready to be carried to their machines. */

/** The file to share: one that is there, or random bytes that this number decides. */
export type LabSource = { readonly path: string } | { readonly randomBytes: number };

/** Below a folder, one for each machine; or all of them in one zip. */
export type LabTarget = { readonly folder: string } | { readonly zip: string };

export interface ExportOptions {
  /** Replaces files of the same names; whatever else is in a folder stays. */
  readonly force?: boolean;
  /** Gives up and leaves nothing behind. */
  readonly signal?: AbortSignal;
}

const freeName = 'lab';
const scriptMode = 0o755;
const fileMode = 0o644;

/**
 * Writes everything, or nothing when something fails on the way: a full disk, or a file that changes while it is
 * copied. Returns where it is. Throws a `FileFailure` that names the file, also when something is there already.
 */
export async function exportLab(
  folders: readonly LabFolder[],
  source: LabSource,
  target: LabTarget,
  { force = false, signal }: ExportOptions = {},
): Promise<string> {
  for (const { name, files } of folders) for (const { path } of files) checkPath(`${name}/${path}`);
  const size = folders.flatMap(({ files }) => files).find(({ text }) => text === null)?.size;
  if ('path' in source && size !== undefined) await checkSize(source.path, size);
  return 'zip' in target
    ? writeZip(folders, source, resolve(target.zip), force, signal)
    : writeFolders(folders, source, target.folder, force, signal);
}

/**
 * The same under a name that is free in a folder: "lab", "lab 2" …, or "lab.zip". Of an export that fails nothing
 * stays. Throws a `FileFailure` that names the file.
 */
export async function exportLabUnderFreeName(
  folders: readonly LabFolder[],
  source: LabSource,
  parent: string,
  as: 'folders' | 'zip',
): Promise<string> {
  if (as === 'folders') {
    const folder = await makeFreeFolder(parent, freeName);
    return orNothing(folder, exportLab(folders, source, { folder }));
  }
  const { path, file } = await createFreeFile(parent, freeName, '.zip');
  await file.close();
  // What it replaces is the empty file that holds its name.
  return orNothing(path, exportLab(folders, source, { zip: path }, { force: true }));
}

async function orNothing<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    await rm(path, { recursive: true, force: true });
    throw error;
  }
}

/** A name that came in from outside must not lead out of the folder. */
function checkPath(path: string): void {
  const fault = path
    .split('/')
    .map(fileNameFault)
    .find(found => found !== undefined);
  if (fault !== undefined) throw new FileFailure(`${path}: each part of the path ${fault}`);
}

async function checkSize(path: string, expected: number): Promise<void> {
  const size = await sizeOfFile(path, path);
  if (size === expected) return;
  throw new FileFailure(`${path}: it has ${size} bytes, and ${expected} were expected; did it change?`);
}

async function writeFolders(
  folders: readonly LabFolder[],
  source: LabSource,
  place: string,
  force: boolean,
  signal: AbortSignal | undefined,
): Promise<string> {
  const made = await firstMissing(resolve(place));
  const parent = await realFolder(place);
  const shown = { path: parent, shown: place };
  let draft: string | undefined;
  const moved: string[] = [];
  try {
    const standing = new Set<string>();
    for (const { name } of folders) if (await standsAlready(parent, name, force)) standing.add(name);
    draft = await naming(shown, mkdtemp(join(parent, '.lab-')));
    const shared = new SharedFile(source, signal);
    for (const folder of folders) await writeFolder(join(draft, folder.name), folder, shared);
    for (const folder of folders) {
      const from = join(draft, folder.name);
      const to = join(parent, folder.name);
      if (standing.has(folder.name)) {
        await replaceFiles(from, to, folder);
      } else {
        await naming({ path: to, shown: folder.name }, rename(from, to));
        moved.push(to);
      }
    }
    await rm(draft, { recursive: true, force: true });
    return parent;
  } catch (error) {
    for (const path of [...moved, ...(draft === undefined ? [] : [draft])]) {
      await rm(path, { recursive: true, force: true }).catch(() => {});
    }
    if (made !== undefined) await removeEmpty(parent, made);
    throw error;
  }
}

/** The outermost folder of a path that is not there yet. */
async function firstMissing(path: string): Promise<string | undefined> {
  const parent = dirname(path);
  if ((await kindAt(path)) !== 'nothing' || parent === path) return undefined;
  return (await firstMissing(parent)) ?? path;
}

/** Takes away the folders that were made for nothing, from the innermost to the outermost. */
async function removeEmpty(innermost: string, outermost: string): Promise<void> {
  const last = resolve(outermost);
  for (let path = innermost; ; path = dirname(path)) {
    try {
      await rmdir(path);
    } catch {
      return;
    }
    if (path === last || path === dirname(path)) return;
  }
}

/** Whether there is a folder that may be written into. Throws when there is anything that must stay. */
async function standsAlready(parent: string, name: string, force: boolean): Promise<boolean> {
  const kind = await kindAt(join(parent, name));
  if (kind === 'nothing') return false;
  if (!force) throw new FileFailure(`${join(parent, name)}: it exists already`);
  // Through a link, files would be replaced somewhere else.
  if (kind !== 'folder') throw new FileFailure(`${join(parent, name)}: it is no folder, and stays as it is`);
  return true;
}

async function kindAt(path: string): Promise<'nothing' | 'folder' | 'other'> {
  try {
    return (await lstat(path)).isDirectory() ? 'folder' : 'other';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'nothing';
    return naming({ path, shown: path }, Promise.reject(error));
  }
}

async function writeFolder(dir: string, { name, files }: LabFolder, shared: SharedFile): Promise<void> {
  await naming({ path: dir, shown: name }, mkdir(dir));
  for (const file of files) {
    const path = join(dir, file.path);
    const place = { path, shown: `${name}/${file.path}` };
    await naming(place, mkdir(dirname(path), { recursive: true }));
    if (file.text === null) await shared.putAt(place, file.size);
    else await naming(place, writeFile(path, file.text, { mode: modeOf(file) }));
  }
}

async function replaceFiles(from: string, to: string, { name, files }: LabFolder): Promise<void> {
  for (const { path } of files) {
    const place = { path: join(to, path), shown: `${name}/${path}` };
    const folder = dirname(place.path);
    await naming(place, mkdir(folder, { recursive: true }));
    if ((await kindAt(folder)) !== 'folder') {
      throw new FileFailure(`${folder}: it is no folder, and stays as it is`);
    }
    await naming(place, rename(join(from, path), place.path));
  }
}

function modeOf({ isExecutable }: LabFile): number {
  return isExecutable ? scriptMode : fileMode;
}

/** Puts the shared file into one folder after the other; disks that can, keep only one copy of it. */
class SharedFile {
  readonly #source: LabSource;
  readonly #signal: AbortSignal | undefined;
  #original: string | undefined;

  constructor(source: LabSource, signal: AbortSignal | undefined) {
    this.#source = source;
    this.#signal = signal;
    this.#original = 'path' in source ? source.path : undefined;
  }

  async putAt(place: FilePlace, size: number): Promise<void> {
    this.#signal?.throwIfAborted();
    if (this.#original === undefined) await this.#make(place, size);
    else await this.#copy(this.#original, place, size);
    this.#signal?.throwIfAborted();
  }

  async #make({ path, shown }: FilePlace, size: number): Promise<void> {
    const seed = 'randomBytes' in this.#source ? this.#source.randomBytes : 0;
    try {
      await makeTestFile(path, size, { seed, ...(this.#signal && { signal: this.#signal }) });
    } catch (error) {
      if (!(error instanceof FileFailure)) throw error;
      // The folder is still under a name that means nothing to anybody.
      throw new FileFailure(error.message.replace(path, shown), error.reason);
    }
    this.#original = path;
  }

  async #copy(original: string, place: FilePlace, size: number): Promise<void> {
    await naming(place, copyFile(original, place.path, constants.COPYFILE_FICLONE));
    const { size: copied } = await naming(place, stat(place.path));
    if (copied !== size) throw new FileFailure(`${original}: it changed while it was copied`);
  }
}

async function writeZip(
  folders: readonly LabFolder[],
  source: LabSource,
  path: string,
  force: boolean,
  signal: AbortSignal | undefined,
): Promise<string> {
  const kind = await kindAt(path);
  if (kind === 'folder') throw new FileFailure(`${path}: there is a folder in its place`);
  if (kind === 'other' && !force) throw new FileFailure(`${path}: it exists already`);
  const made = await firstMissing(dirname(path));
  const parent = await realFolder(dirname(path));
  const draft = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    const written = pipeline(zipOf(folders, source), createWriteStream(draft, { flags: 'wx' }), { signal });
    await naming({ path, shown: path }, written);
    await naming({ path, shown: path }, rename(draft, path));
    return path;
  } catch (error) {
    await rm(draft, { force: true });
    if (made !== undefined) await removeEmpty(parent, made);
    throw error;
  }
}

/** The zip as it is made; an error of any file in it ends the stream. */
function zipOf(folders: readonly LabFolder[], source: LabSource): NodeJS.ReadableStream {
  const zip = new yazl.ZipFile();
  const stream = zip.outputStream as Readable;
  zip.on('error', error => stream.destroy(error));
  for (const { name, files } of folders) {
    for (const file of files) {
      const path = `${name}/${file.path}`;
      const mode = 0o100_000 | modeOf(file);
      if (file.text !== null) {
        zip.addBuffer(Buffer.from(file.text), path, { mode });
        continue;
      }
      // Such files are mostly packed or random already. Two that are read at once would compete for the disk.
      zip.addReadStreamLazy(path, { mode, size: file.size, compress: false }, give => {
        const content = contentOf(source, file.size);
        content.on('error', error => stream.destroy(error));
        stream.once('close', () => content.destroy());
        give(null, content);
      });
    }
  }
  zip.end();
  return stream;
}

function contentOf(source: LabSource, size: number): Readable {
  return 'path' in source
    ? createReadStream(source.path)
    : Readable.from(randomContent(size, source.randomBytes));
}
