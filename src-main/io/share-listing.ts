import type { Stats } from 'node:fs';
import { lstat, readdir, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { whyLeftOut } from '../../src-shared/left-out.ts';
import { mostFiles } from '../engine/bittorrent/metainfo.ts';
import { longestPath, shownName, utf8Length } from '../engine/content/path-rules.ts';
import { FileFailure, type FilePlace, naming } from './file-failure.ts';

/** Which files a share is made of, and in which order. */

/** A file to share, as it was found. */
export interface ListedFile extends FilePlace {
  /** The names on its path below the share's folder. */
  readonly names: readonly string[];
  readonly length: number;
  readonly changedAtMs: number;
}

export interface ShareListing {
  /** The places asked for, all links resolved. */
  readonly roots: readonly string[];
  /** Whether the only place is a file. */
  readonly isSingleFile: boolean;
  readonly files: readonly ListedFile[];
  /** What was left out, in sentences. */
  readonly notices: readonly string[];
}

const statsAtOnce = 64;

/**
 * Lists what is below some places: folder by folder, each sorted by the bytes of its names, as `create-torrent` does it,
 * so that the same content gets the same info-hash. Hidden files, junk, links and whatever is neither file nor folder
 * are left out, unless asked for by name; a link among the places themselves is followed.
 * @throws FileFailure
 */
export async function listShare(paths: readonly string[], signal: AbortSignal): Promise<ShareListing> {
  const roots: string[] = [];
  for (const path of paths) {
    const root = await naming({ path, shown: path }, realpath(path));
    if (!roots.includes(root)) roots.push(root);
  }
  if (roots.length === 0) throw new FileFailure('There is nothing to share');
  refuseSameNames(roots);
  const walk = new Walk(signal);
  let isSingleFile = false;
  for (const root of roots) {
    const name = basename(root);
    const place = { path: root, shown: name === '' ? root : name };
    const found = await naming(place, lstat(root));
    if (found.isFile()) walk.add(place, [name], found);
    // One folder alone gives the share its name; several lie in it under their own.
    else if (found.isDirectory()) await walk.into(place, roots.length === 1 ? [] : [name]);
    else throw new FileFailure(`${place.shown}: it is neither a file nor a folder`);
    isSingleFile = roots.length === 1 && found.isFile();
  }
  if (walk.files.every(({ length }) => length === 0)) {
    throw new FileFailure(`${walk.shown}: there is nothing in it to share`);
  }
  return { roots, isSingleFile, files: walk.files, notices: walk.notices() };
}

function refuseSameNames(roots: readonly string[]): void {
  const names = roots.map(root => basename(root));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new FileFailure(`${twice}: two of the places have this name; rename one, or share them one by one`);
}

class Walk {
  readonly files: ListedFile[] = [];
  readonly #signal: AbortSignal;
  readonly #leftOut = {
    hidden: new Names('Hidden files and folders are left out'),
    junk: new Names('Files that only this system or an editor needs are left out'),
    links: new Names('Links are left out, because they mean nothing on another computer'),
    special: new Names('What is neither a file nor a folder is left out'),
    empty: new Names('Empty folders are left out, because a torrent has no place for them'),
  };
  #firstRoot: string | undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** The first place, for messages. */
  get shown(): string {
    return this.#firstRoot ?? '';
  }

  notices(): string[] {
    return Object.values(this.#leftOut).flatMap(names => names.sentence() ?? []);
  }

  add({ path, shown }: FilePlace, names: readonly string[], { size, mtimeMs }: Stats): void {
    this.#firstRoot ??= shown;
    if (this.files.length === mostFiles) {
      throw new FileFailure(
        `${shown}: a share can have at most 100,000 files; pack them into an archive first`,
      );
    }
    this.files.push({ path, shown, names, length: size, changedAtMs: mtimeMs });
  }

  /** All that is in a folder. */
  async into(folder: FilePlace, names: readonly string[]): Promise<void> {
    this.#firstRoot ??= folder.shown;
    this.#signal.throwIfAborted();
    // A path this long could not be read back from the torrent; nor can folders be nested without end.
    if (utf8Length(folder.shown) > longestPath) {
      throw new FileFailure(`${shownName(folder.shown)}: its path is longer than 1,024 bytes`);
    }
    const before = this.files.length;
    const found = (await naming(folder, readdir(folder.path))).sort(byBytes);
    for (const places of inGroups(this.#wanted(folder, found), statsAtOnce)) {
      const stats = await Promise.all(places.map(place => naming(place, statOf(place))));
      for (const [i, place] of places.entries()) await this.#take(place, names, stats[i]!);
    }
    if (this.files.length === before) this.#leftOut.empty.add(folder.shown);
  }

  #wanted(folder: FilePlace, found: readonly string[]): FilePlace[] {
    const places = found.map(name => ({ path: join(folder.path, name), shown: `${folder.shown}/${name}` }));
    return places.filter(({ path, shown }) => {
      const why = whyLeftOut(basename(path));
      if (why !== undefined) this.#leftOut[why].add(shown);
      return why === undefined;
    });
  }

  async #take(place: FilePlace, folder: readonly string[], found: Stats): Promise<void> {
    const names = [...folder, basename(place.path)];
    if (found.isSymbolicLink()) this.#leftOut.links.add(place.shown);
    else if (found.isDirectory()) await this.into(place, names);
    else if (found.isFile()) this.add(place, names, found);
    else this.#leftOut.special.add(place.shown);
  }
}

function inGroups<T>(all: readonly T[], length: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / length) }, (_, i) =>
    all.slice(i * length, (i + 1) * length),
  );
}

async function statOf({ path, shown }: FilePlace): Promise<Stats> {
  try {
    return await lstat(path);
  } catch (error) {
    // Where Node could not read a name it puts this character, and then finds nothing under it.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && shown.includes('\ufffd')) {
      throw new FileFailure(`${shown}: its name is not UTF-8; rename it, and share it then`);
    }
    throw error;
  }
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

const mostShown = 3;

/** Names for one sentence: some, and how many more. */
class Names {
  readonly #about: string;
  readonly #first: string[] = [];
  #count = 0;

  constructor(about: string) {
    this.#about = about;
  }

  add(name: string): void {
    this.#count += 1;
    if (this.#first.length < mostShown) this.#first.push(shownName(name));
  }

  sentence(): string | undefined {
    if (this.#count === 0) return undefined;
    const more = this.#count - this.#first.length;
    return `${this.#about}: ${this.#first.join(', ')}${more === 0 ? '' : ` and ${more} more`}.`;
  }
}
