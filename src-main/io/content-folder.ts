import { constants, ftruncate, open } from 'node:fs';
import { link, mkdir, rename, unlink } from 'node:fs/promises';
import { dirname, isAbsolute, posix, relative, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import type { Bitfield } from '../../src-shared/bitfield.ts';
import type { ContentFile, Layout } from '../engine/content/layout.ts';
import { ContentFiles, closeFiles, type OpenFile } from './content-files.ts';
import { FileFailure, type FilePlace, naming, statIfThere } from './file-failure.ts';
import type { FileQueue } from './file-queue.ts';

/** Where content lies: what its files are called, partial and final, and what of them is there. */
export interface ContentFolder {
  /** Failures and notes name files as seen from here. */
  readonly workingFolder: string;
  /** Holds the content, below the working folder: "peer_1002". Made for a downloader. */
  readonly folder: string;
  /** A downloader's own files are named after it, in `folder`: `NAME.resume` and `NAME.lock`. */
  readonly name: string;
  readonly files: readonly ContentFile[];
}

/** What has to be let go of in the end, last come first. */
export class Held {
  readonly #releases: (() => Promise<void>)[] = [];

  add(release: () => Promise<void>): void {
    this.#releases.push(release);
  }

  async letGo(): Promise<void> {
    for (let release = this.#releases.pop(); release !== undefined; release = this.#releases.pop())
      await release();
  }
}

/** A file of the content as an earlier run left it. */
export interface FoundFile extends ContentFile {
  readonly final: FilePlace;
  /** Where its bytes are or will be: under its final name, or in the partial file. */
  readonly place: FilePlace;
  /** Bytes at `place`; 0 when there is nothing. */
  readonly size: number;
}

export const isFinal = ({ final, place }: FoundFile) => final === place;

/** Finds a file under its final name. One of another size belongs to somebody else and is not touched. */
export async function findFinal(options: ContentFolder, file: ContentFile): Promise<FoundFile | undefined> {
  const place = placeOf(options, file.path);
  const found = await statIfThere(place);
  if (found === undefined) return undefined;
  if (!found.isFile()) throw new FileFailure(`${place.shown}: this is not a file`);
  if (found.size !== file.length) {
    const sizes = `it has ${found.size} bytes where ${file.length} are expected`;
    throw new FileFailure(`${place.shown}: ${sizes}; put the right file there, or move this one away`);
  }
  return { ...file, final: place, place, size: file.length };
}

/** Finds a file under its final name or, else, as partial file, whether that exists or not. */
export async function findFile(options: ContentFolder, file: ContentFile): Promise<FoundFile> {
  const partial = placeOf(options, `${file.path}.part`);
  const found = await statIfThere(partial);
  if (found !== undefined && !found.isFile()) throw new FileFailure(`${partial.shown}: this is not a file`);
  const finished = await findFinal(options, file);
  if (finished === undefined) {
    return { ...file, final: placeOf(options, file.path), place: partial, size: found?.size ?? 0 };
  }
  if (found === undefined) return finished;
  const final = await statIfThere(finished.place);
  if (found.ino !== final?.ino || found.dev !== final.dev || found.nlink < 2) {
    throw new FileFailure(
      `${finished.place.shown}: it exists beside ${partial.shown}; move one of them away`,
    );
  }
  // One file with two names: the process was killed in the middle of `renameIfFree`.
  await naming(partial, unlink(partial.path));
  return finished;
}

/** A finished file among unfinished ones is ours only if every piece in it is one that we wrote. */
export function checkFinishedFiles(found: readonly FoundFile[], pieces: Bitfield, layout: Layout): void {
  let start = 0;
  for (const file of found) {
    const end = start + file.length;
    if (isFinal(file) && file.length > 0) {
      for (let piece = Math.floor(start / layout.pieceLength); layout.offsetOf(piece) < end; piece += 1) {
        if (pieces.has(piece)) continue;
        throw new FileFailure(`${file.place.shown}: it is not what was downloaded before; move it away`);
      }
    }
    start = end;
  }
}

/** Opens every file: finished ones to be read, others to be written, at their full length without taking space. */
export async function openFiles(
  found: readonly FoundFile[],
  queue: FileQueue,
  held: Held,
): Promise<ContentFiles> {
  const opened: OpenFile[] = [];
  held.add(() => closeFiles(opened));
  for (const file of found) {
    const { place, length, size } = file;
    if (!isFinal(file)) await naming(place, mkdir(dirname(place.path), { recursive: true }));
    const flags = isFinal(file) ? constants.O_RDONLY : constants.O_RDWR | constants.O_CREAT;
    const fd = await naming(place, promisify(open)(place.path, flags, 0o666));
    opened.push({ ...file, fd });
    if (size !== length) await naming(place, promisify(ftruncate)(fd, length));
  }
  return new ContentFiles(opened, queue);
}

/** A link, unlike a rename, never replaces a file that exists. */
export async function renameIfFree(from: FilePlace, to: FilePlace): Promise<void> {
  const taken = `${to.shown}: something else has this name; the download stays in ${from.shown}`;
  try {
    await link(from.path, to.path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw new FileFailure(taken);
    // Not every disk knows links. If it is something else, the rename says what.
    if ((await statIfThere(to)) !== undefined) throw new FileFailure(taken);
    await naming(from, rename(from.path, to.path));
    return;
  }
  await naming(from, unlink(from.path));
}

/** The place of a file in the content's folder. A name that leads out of it is refused. */
export function placeOf({ workingFolder, folder, name }: ContentFolder, path: string): FilePlace {
  const root = resolve(workingFolder, folder);
  const place = { path: resolve(root, path), shown: posix.join(folder, path) };
  const inside = relative(root, place.path);
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    throw new FileFailure(`${path}: this name leads out of the folder of ${name}`);
  }
  return place;
}

/** No two files may meet under one name, be it the partial file of one and the final name of another. */
export function checkNames(options: ContentFolder): void {
  const { name, files } = options;
  const own = ['.resume', '.resume.new', '.lock'].map(ending => `${name}${ending}`);
  const taken = new Set<string>();
  for (const path of [...own, ...files.flatMap(file => [file.path, `${file.path}.part`])]) {
    const place = placeOf(options, path);
    if (taken.has(place.path)) throw new FileFailure(`${place.shown}: two files would have this name`);
    taken.add(place.path);
  }
}
