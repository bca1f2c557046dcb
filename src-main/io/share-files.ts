import { constants, fstat, fstatSync, ftruncate, lstat, type Stats } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { posix } from 'node:path';
import { crc32 } from 'node:zlib';
import type { ContentFile, FileMap } from '../engine/content/layout.ts';
import type { StorageFailure } from '../engine/ports.ts';
import { renameIfFree } from './content-folder.ts';
import { asStorageFailure, FileFailure, type FilePlace, failureAt, naming } from './file-failure.ts';
import { EndOfFile, FileQueue } from './file-queue.ts';
import { type Handle, OpenHandles } from './open-handles.ts';
import { folded, linked, lookAt, type ShareFolder, safeOpen } from './share-folder.ts';

/** What tells whether a file is still the one we knew. */
export interface Seen {
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
}

/** A file of a share. */
export interface ShareFile extends ContentFile {
  /** Zeros that are never on disk. */
  readonly isPad: boolean;
  /** Under which name its bytes are: none yet, the partial one, or its own. */
  readonly where: 'nowhere' | 'partial' | 'final';
  /** As it was when we last looked at it or wrote to it. */
  readonly seen: Seen | undefined;
  /** It takes less space on disk than its length when it was found. */
  readonly isSparse: boolean;
  /** Something shows that its bytes are the share's. A file that only has the name is never written to. */
  isOurs: boolean;
}

interface Tracked extends ShareFile {
  readonly index: number;
  where: 'nowhere' | 'partial' | 'final';
  seen: Seen | undefined;
  isSparse: boolean;
  /** It has a length, but no space on disk: nothing was ever written to it. */
  isHole: boolean;
  /** Our own writes under way. They change the file, so that nobody else's can be told. */
  writers: number;
  /** Our own writes that have ended. */
  writes: number;
  /** When it was last made sure that its name leads to it, by `performance.now`. */
  lookedAt: number;
  /** While it gets another name. */
  moving: Promise<void> | undefined;
  opening: Promise<unknown> | undefined;
}

/** Where bytes are to be written by somebody else. */
export interface WritePlace {
  readonly file: ShareFile;
  readonly handle: Handle;
  readonly position: number;
}

type Transfer = 'read' | 'write';
type Done = (failure?: StorageFailure) => void;

/** How often it is made sure that the name of a file leads to the one that is open, in milliseconds. */
const lookEvery = 1000;
/** Files looked at or removed together. */
const lookAtOnce = 64;
/** In which the space is counted that a file takes, in bytes. */
const blockLength = 512;
/** Some file systems keep what is shorter than this in the directory, without space of its own. In bytes. */
const leastHole = 64 * 1024;
/** Usual disks take names of up to 255 bytes; some room is left for what a lock adds to its name. */
const longestName = 240;

/**
 * The files of a share as the one run of bytes that the pieces divide. A file is opened when it is needed, and made
 * when it is first written; a change by somebody else is noticed before the bytes are given out.
 */
export class ShareFiles {
  readonly #files: readonly Tracked[];
  readonly #map: FileMap;
  readonly #folder: ShareFolder;
  readonly #partialEnding: string;
  readonly #handles: OpenHandles;
  readonly #queue: FileQueue;

  constructor(
    map: FileMap,
    isPad: (file: number) => boolean,
    folder: ShareFolder,
    handles = new OpenHandles(),
    queue = new FileQueue(),
  ) {
    this.#files = map.files.map(({ path, length }, index) => ({
      path,
      length,
      index,
      isPad: isPad(index),
      where: 'nowhere',
      seen: undefined,
      isOurs: false,
      isSparse: false,
      isHole: false,
      writers: 0,
      writes: 0,
      lookedAt: 0,
      moving: undefined,
      opening: undefined,
    }));
    this.#map = map;
    this.#folder = folder;
    this.#handles = handles;
    this.#queue = queue;
    this.#partialEnding = freeEnding(map.files);
  }

  get files(): readonly ShareFile[] {
    return this.#files;
  }

  /**
   * Finds what is there already. Throws a `FileFailure` when something else has the name of a file that `isWanted`;
   * beside a file that is not wanted it may stay.
   */
  async find(isWanted: (file: number) => boolean): Promise<void> {
    const namesIn = new Map<string, Promise<ReadonlySet<string>>>();
    const onDisk = this.#files.filter(({ isPad }) => !isPad);
    for (let at = 0; at < onDisk.length; at += lookAtOnce) {
      const looks = onDisk.slice(at, at + lookAtOnce).map(async file => {
        const [finalPlace, partialPlace] = [this.finalPlace(file), this.partialPlace(file)];
        const folder = posix.dirname(file.path);
        const listing = namesIn.get(folder) ?? this.#folder.namesBeside(file.path);
        namesIn.set(folder, listing);
        const names = await listing;
        const look = (place: FilePlace) =>
          names.has(folded(posix.basename(place.shown))) ? lookAt(place) : undefined;
        const [final, partial] = [await look(finalPlace), await look(partialPlace)];
        if (final !== undefined || partial !== undefined)
          await this.#onFound(file, isWanted(file.index), final, partial);
      });
      await Promise.all(looks);
    }
  }

  finalPlace({ path }: ContentFile): FilePlace {
    return this.#folder.placeOf(path);
  }

  partialPlace({ path }: ContentFile): FilePlace {
    return this.#folder.placeOf(withEnding(path, this.#partialEnding));
  }

  /** Where a file's bytes are or will be. */
  placeOf(file: ShareFile): FilePlace {
    return file.where === 'final' ? this.finalPlace(file) : this.partialPlace(file);
  }

  /** Whether all of `length` bytes from `start` on may be on disk, right or wrong. For a share that was just opened. */
  mayHold(start: number, length: number): boolean {
    return this.#map.spansOf(start, length).every(span => {
      const { isPad, isHole, seen } = this.#files[span.file]!;
      return isPad || (!isHole && seen !== undefined && seen.size >= span.offset + span.length);
    });
  }

  /** Fills `bytes` with the content from `start` on. */
  read(start: number, bytes: Uint8Array, done: Done): void {
    this.#eachSpan('read', start, bytes, done);
  }

  /** Writes `bytes` over the content from `start` on. When that fails, it can be tried again. */
  write(start: number, bytes: Uint8Array, done: Done): void {
    this.#eachSpan('write', start, bytes, done);
  }

  /**
   * For somebody else who writes `length` bytes from `start` on, and then says `onWritten`. Undefined: there is more to
   * it than writing to one file that is open, and `write` has to do it.
   */
  placeOfBytes(start: number, length: number): WritePlace | undefined {
    const spans = this.#map.spansOf(start, length);
    if (spans.length !== 1) return undefined;
    const { file: index, offset } = spans[0]!;
    const file = this.#files[index]!;
    if (file.where !== 'partial' || file.moving !== undefined || file.seen?.size !== file.length)
      return undefined;
    const handle = this.#handles.use(file);
    if (handle === undefined) return undefined;
    if (this.#changeOf(file, handle.fd) !== undefined) {
      this.#handles.release(handle);
      return undefined;
    }
    file.writers += 1;
    return { file, handle, position: offset };
  }

  onWritten({ file, handle }: WritePlace, done: Done): void {
    this.#onSpanWritten(file as Tracked, handle, undefined, done);
  }

  /** What has the name of a file is something else, and is left alone. */
  disown(index: number): void {
    const file = this.#files[index]!;
    this.#handles.forget(file);
    file.where = 'nowhere';
    file.seen = undefined;
  }

  /** Gives a file whose bytes are all there its final name. Throws a `FileFailure`; can be tried again. */
  async finish(index: number): Promise<void> {
    const file = this.#files[index]!;
    if (file.isPad) return;
    if (file.length === 0 && file.where === 'nowhere') await this.#createEmpty(file);
    else await this.#move(file, 'final');
  }

  /** Lets go of every file. Nothing is under way any more. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#files.flatMap(({ moving }) => moving ?? []));
    await Promise.all(this.#files.map(file => this.#handles.forget(file)));
  }

  /**
   * Deletes the files that are still as we left them, and the share's folders that are empty then. Returns the names of
   * files that others changed. Throws a `FileFailure`.
   */
  async remove(): Promise<string[]> {
    this.#folder.forget();
    const changed: string[] = [];
    const folders = new Set<string>();
    const onDisk = this.#files.filter(({ isPad }) => !isPad);
    for (let at = 0; at < onDisk.length; at += lookAtOnce) {
      const removals = onDisk.slice(at, at + lookAtOnce).map(async file => {
        folders.add(posix.dirname(file.path));
        if (file.where === 'nowhere' || !(await this.#folder.hasFolderOf(file.path))) return;
        const place = this.placeOf(file);
        const found = await lookAt(place);
        if (found === undefined) return;
        if (found.isFile() && differenceOf(file, found) === undefined)
          await naming(place, unlink(place.path));
        else changed.push(place.shown);
      });
      await Promise.all(removals);
    }
    const deepestFirst = [...folders].sort((a, b) => b.length - a.length);
    for (const folder of deepestFirst) await this.#folder.removeEmpty(folder);
    return changed;
  }

  async #onFound(
    file: Tracked,
    isWanted: boolean,
    final: Stats | undefined,
    partial: Stats | undefined,
  ): Promise<void> {
    const [finalPlace, partialPlace] = [this.finalPlace(file), this.partialPlace(file)];
    if (partial?.isSymbolicLink()) throw new FileFailure(linked(partialPlace));
    if (partial?.isFile() === false) throw new FileFailure(`${partialPlace.shown}: this is not a file`);
    const problem = final && problemWith(file, finalPlace, final);
    if (problem !== undefined && isWanted) throw new FileFailure(problem);
    if (final === undefined || problem !== undefined) {
      if (partial !== undefined) take(file, 'partial', partial);
    } else if (partial === undefined) {
      take(file, 'final', final);
    } else if (partial.ino === final.ino && partial.dev === final.dev && partial.nlink > 1) {
      // One file with two names: the process was killed in the middle of `renameIfFree`.
      await naming(partialPlace, unlink(partialPlace.path));
      take(file, 'final', final);
    } else if (isWanted) {
      const advice = 'move one of them away';
      throw new FileFailure(`${finalPlace.shown}: it exists beside ${partialPlace.shown}; ${advice}`);
    } else take(file, 'partial', partial);
  }

  #eachSpan(transfer: Transfer, start: number, bytes: Uint8Array, done: Done): void {
    const spans = this.#map.spansOf(start, bytes.length);
    const turns = this.#handles.turns[transfer];
    let left = 0;
    let failure: StorageFailure | undefined;
    const onMoved = (why?: StorageFailure) => {
      failure ??= why;
      left -= 1;
      if (left === 0) done(failure);
    };
    let at = 0;
    for (const { file: index, offset, length } of spans) {
      const file = this.#files[index]!;
      const part = spans.length === 1 ? bytes : bytes.subarray(at, at + length);
      at += length;
      if (file.isPad) {
        if (transfer === 'read') part.fill(0);
        continue;
      }
      left += 1;
      // What is open already takes no place of another file.
      if (this.#handles.isOpen(file)) {
        this.#moveSpan(transfer, file, offset, part, onMoved);
        continue;
      }
      turns.start(() =>
        this.#moveSpan(transfer, file, offset, part, why => {
          turns.finished();
          onMoved(why);
        }),
      );
    }
    if (left === 0) setImmediate(done);
  }

  /** Answers later, never at once. */
  #moveSpan(transfer: Transfer, file: Tracked, offset: number, part: Uint8Array, done: Done): void {
    const fail = (error: unknown) => done(asStorageFailure(error));
    const onOpen = (handle: Handle) => {
      if (transfer === 'read') this.#readSpan(file, handle, offset, part, done);
      else if (file.where === 'final') {
        this.#makeWritable(file, handle, offset, part).then(isNeeded => {
          if (isNeeded) this.#moveSpan(transfer, file, offset, part, done);
          else done();
        }, fail);
      } else this.#writeSpan(file, handle, offset, part, done);
    };
    const handle = file.moving === undefined ? this.#handles.use(file) : undefined;
    if (handle === undefined) this.#open(file, transfer).then(onOpen, fail);
    else onOpen(handle);
  }

  #readSpan(file: Tracked, handle: Handle, offset: number, part: Uint8Array, done: Done): void {
    this.#queue.read(handle.fd, part, offset, error => {
      let failure: StorageFailure | undefined;
      if (error === undefined || error instanceof EndOfFile) failure = this.#changeOf(file, handle.fd);
      if (error !== undefined) failure ??= failureAt(this.placeOf(file), error);
      this.#letGo(file, handle, failure, done);
    });
  }

  #writeSpan(file: Tracked, handle: Handle, offset: number, part: Uint8Array, done: Done): void {
    const failure = this.#changeOf(file, handle.fd);
    if (failure !== undefined) {
      setImmediate(() => this.#letGo(file, handle, failure, done));
      return;
    }
    file.writers += 1;
    const onWritten = (error?: Error | null) => this.#onSpanWritten(file, handle, error, done);
    const { size } = file.seen!;
    // At its full length at once, without taking space.
    if (size === file.length || (size < file.length && part.length === file.length)) {
      this.#queue.write(handle.fd, part, offset, onWritten);
    } else {
      ftruncate(handle.fd, file.length, error => {
        if (error) return onWritten(error);
        file.seen = { ...file.seen!, size: file.length };
        this.#queue.write(handle.fd, part, offset, onWritten);
      });
    }
  }

  #onSpanWritten(file: Tracked, handle: Handle, error: Error | null | undefined, done: Done): void {
    file.writes += 1;
    this.#lookAfterWrites(file, handle, () => {
      this.#letGo(file, handle, error ? failureAt(this.placeOf(file), error) : undefined, done);
    });
  }

  /** The last write under way sees how it leaves the file. Not at once: some disks write everything out before they tell. */
  #lookAfterWrites(file: Tracked, handle: Handle, done: () => void): void {
    const end = () => {
      file.writers -= 1;
      done();
    };
    if (file.writers > 1) return end();
    const { writes } = file;
    fstat(handle.fd, (error, found) => {
      if (file.writers > 1) return end();
      if (file.writes !== writes) return this.#lookAfterWrites(file, handle, done);
      if (!error) file.seen = seenOf(found);
      end();
    });
  }

  /** The last step of every read and write. */
  #letGo(file: Tracked, handle: Handle, failure: StorageFailure | undefined, done: Done): void {
    const end = (why = failure) => {
      this.#handles.release(handle);
      done(why);
    };
    const now = performance.now();
    if (failure !== undefined || now - file.lookedAt < lookEvery || file.moving !== undefined) return end();
    file.lookedAt = now;
    const { where } = file;
    const place = this.placeOf(file);
    lstat(place.path, (error, found) => {
      const isMissing = error?.code === 'ENOENT' || error?.code === 'ENOTDIR';
      const hasMoved = file.where !== where || file.moving !== undefined;
      if (hasMoved || (error && !isMissing)) return end();
      const isSame = found?.ino === file.seen?.ino && found?.dev === file.seen?.dev;
      end(isSame ? undefined : { failed: `${place.shown}: ${movedAway}`, cause: 'changed' });
    });
  }

  /** What somebody else did to an open file since we last saw it. Unknown while we write to it ourselves. */
  #changeOf(file: Tracked, fd: number): StorageFailure | undefined {
    if (file.writers > 0) return undefined;
    try {
      const found = fstatSync(fd);
      const change = found.nlink === 0 ? movedAway : differenceOf(file, found);
      if (change === undefined) return undefined;
      return { failed: `${this.placeOf(file).shown}: ${change}`, cause: 'changed' };
    } catch (error) {
      return failureAt(this.placeOf(file), error as Error);
    }
  }

  /**
   * Something is to be written to a file that has its final name already. Returns false when the bytes are there as they
   * should be. Otherwise a file of ours becomes a partial one again, and any other is left alone: a `FileFailure`.
   */
  async #makeWritable(file: Tracked, handle: Handle, offset: number, part: Uint8Array): Promise<boolean> {
    const place = this.placeOf(file);
    try {
      const there = new Uint8Array(part.length);
      const failure = await new Promise<StorageFailure | undefined>(done =>
        this.#queue.read(handle.fd, there, offset, error => done(error && failureAt(place, error))),
      );
      const change = failure ?? this.#changeOf(file, handle.fd);
      if (change !== undefined) throw new FileFailure(change.failed, change.cause);
      if (Buffer.compare(there, part) === 0) return false;
    } finally {
      this.#handles.release(handle);
    }
    if (!file.isOurs) {
      throw new FileFailure(`${place.shown}: a file of other content has this name; move it away`);
    }
    await this.#move(file, 'partial');
    return true;
  }

  async #move(file: Tracked, where: 'partial' | 'final'): Promise<void> {
    while (file.moving !== undefined) await file.moving.catch(() => {});
    if (file.where === where) return;
    const to = where === 'final' ? this.finalPlace(file) : this.partialPlace(file);
    const moving = renameIfFree(this.placeOf(file), to).then(() => {
      file.where = where;
      // What is final is only open for reading.
      if (where === 'partial') this.#handles.forget(file);
    });
    file.moving = moving;
    try {
      await moving;
    } finally {
      file.moving = undefined;
    }
  }

  async #createEmpty(file: Tracked): Promise<void> {
    const place = this.finalPlace(file);
    await this.#folder.makeFolderOf(file.path);
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | safeOpen;
    const handle = await naming(place, this.#handles.open(file, place.path, flags));
    take(file, 'final', fstatSync(handle.fd));
    file.isOurs = true;
    this.#handles.forget(file);
    this.#handles.release(handle);
  }

  /** Opens a file, or waits until it is open. Throws a `FileFailure`. */
  async #open(file: Tracked, transfer: Transfer): Promise<Handle> {
    for (;;) {
      while (file.moving !== undefined) await file.moving.catch(() => {});
      const handle = this.#handles.use(file);
      if (handle !== undefined) return handle;
      if (file.opening !== undefined) {
        await file.opening;
        continue;
      }
      const opening = file.where === 'nowhere' ? this.#create(file, transfer) : this.#openThere(file);
      file.opening = opening.catch(() => {});
      try {
        const opened = await opening;
        if (opened !== undefined) return opened;
      } finally {
        file.opening = undefined;
      }
    }
  }

  /** Undefined: the file got another name meanwhile. */
  async #openThere(file: Tracked): Promise<Handle | undefined> {
    const { where } = file;
    const place = this.placeOf(file);
    const hasMoved = () => file.where !== where || file.moving !== undefined;
    await this.#folder.hasFolderOf(file.path);
    const flags = (where === 'final' ? constants.O_RDONLY : constants.O_RDWR) | safeOpen;
    let handle: Handle;
    try {
      handle = await this.#handles.open(file, place.path, flags);
    } catch (error) {
      if (hasMoved()) return undefined;
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR')
        throw new FileFailure(`${place.shown}: ${movedAway}`, 'changed');
      if (code === 'ELOOP') throw new FileFailure(linked(place), 'changed');
      return naming(place, Promise.reject(error));
    }
    file.lookedAt = performance.now();
    const found = seenOpen(handle.fd);
    const change = found === undefined ? movedAway : differenceOf(file, found);
    if (change === undefined) {
      // Some disks give a file another number each time it is opened.
      file.seen = found;
      return handle;
    }
    this.#handles.forget(file);
    this.#handles.release(handle);
    if (hasMoved()) return undefined;
    throw new FileFailure(`${place.shown}: ${change}`, 'changed');
  }

  async #create(file: Tracked, transfer: Transfer): Promise<Handle> {
    const place = this.partialPlace(file);
    if (transfer === 'read') throw new FileFailure(`${place.shown}: ${movedAway}`, 'changed');
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | safeOpen;
    await this.#folder.makeFolderOf(file.path);
    let handle: Handle;
    try {
      handle = await this.#handles.open(file, place.path, flags);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST')
        throw new FileFailure(`${place.shown}: something else has this name; move it away`, 'changed');
      // Somebody removed a folder that we know: it is made again when the write is tried again.
      if (code === 'ENOENT') this.#folder.forget();
      return naming(place, Promise.reject(error));
    }
    take(file, 'partial', fstatSync(handle.fd));
    file.isOurs = true;
    file.lookedAt = performance.now();
    return handle;
  }
}

const movedAway = 'it was moved, deleted or replaced while it was shared';

function take(file: Tracked, where: 'partial' | 'final', found: Stats): void {
  file.where = where;
  file.seen = seenOf(found);
  file.isSparse = found.blocks * blockLength < found.size;
  file.isHole = found.blocks === 0 && found.size >= leastHole;
}

function seenOf({ dev, ino, size, mtimeMs }: Stats): Seen {
  return { dev, ino, size, mtimeMs };
}

function seenOpen(fd: number): Seen | undefined {
  try {
    return seenOf(fstatSync(fd));
  } catch {
    return undefined; // What follows on this file will say what is wrong with it.
  }
}

/** How a file differs from what we knew of it, in words. */
function differenceOf({ seen }: ShareFile, found: Seen): string | undefined {
  if (seen === undefined) return movedAway;
  if (found.size !== seen.size) {
    const sizes = `has ${found.size} bytes where ${seen.size} are expected`;
    return `it was changed while it was shared and ${sizes}`;
  }
  return found.mtimeMs === seen.mtimeMs ? undefined : 'it was changed while it was shared';
}

/** Why what has a file's final name cannot be the file. */
function problemWith(file: ContentFile, place: FilePlace, found: Stats): string | undefined {
  if (found.isSymbolicLink()) return linked(place);
  if (found.isDirectory()) return `${place.shown}: there is a folder with this name; move it away`;
  if (!found.isFile()) return `${place.shown}: this is not a file; move it away`;
  if (found.size === file.length) return undefined;
  const sizes = `it has ${found.size} bytes where ${file.length} are expected`;
  return `${place.shown}: ${sizes}; put the right file there, or move this one away`;
}

/** What is added to the names of partial files: an ending that no name of the share has. */
function freeEnding(files: readonly ContentFile[]): string {
  const taken = new Set(files.flatMap(({ path }) => path.toLowerCase().match(/\.part\d*(?=\/|$)/g) ?? []));
  for (let number = 1; ; number += 1) {
    const ending = number === 1 ? '.part' : `.part${number}`;
    if (!taken.has(ending)) return ending;
  }
}

/** A path with something added to its name. One that would get too long is cut, and told apart by a checksum. */
export function withEnding(path: string, ending: string): string {
  const name = posix.basename(path);
  if (Buffer.byteLength(name) + ending.length <= longestName) return path + ending;
  const tail = `~${crc32(name).toString(16)}${ending}`;
  let cut = '';
  for (const character of name) {
    if (Buffer.byteLength(cut + character) + tail.length > longestName) break;
    cut += character;
  }
  return posix.join(posix.dirname(path), cut + tail);
}
