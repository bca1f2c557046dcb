import { mkdir, unlink } from 'node:fs/promises';
import { Bitfield } from '../../src-shared/bitfield.ts';
import type { BufferPool } from '../engine/buffer-pool.ts';
import type { Layout } from '../engine/content/layout.ts';
import type { Storage, StorageFailure, StoredBytes } from '../engine/ports.ts';
import type { ContentFiles } from './content-files.ts';
import {
  type ContentFolder,
  checkFinishedFiles,
  checkNames,
  type FoundFile,
  findFile,
  findFinal,
  Held,
  isFinal,
  openFiles,
  placeOf,
  renameIfFree,
} from './content-folder.ts';
import { asStorageFailure, FileFailure, naming } from './file-failure.ts';
import { FileQueue } from './file-queue.ts';
import { takeLock } from './lock-file.ts';
import { confirm, digestOf, PieceDigests, ResumeFile, readResume, resumeHeader } from './resume-file.ts';
import { lend, refuse } from './stored-bytes.ts';

export interface DiskStorageOptions extends ContentFolder {
  /** A seed has the complete content, which is only read; a downloader has none or part of it. */
  readonly role: 'seed' | 'downloader';
  readonly layout: Layout;
  /** Where the buffers of `read` come from. */
  readonly pool: BufferPool;
}

export interface OpenedStorage {
  readonly storage: Storage;
  /** The pieces on disk; the caller's own copy. When it is full, the content has its final name. */
  readonly have: Bitfield;
  /** What was found and is worth telling, in words. */
  readonly notes: readonly string[];
}

/**
 * Opens content on disk. A downloader writes in place into `NAME.part`, renamed when everything is there (course
 * protocol, section 4); pieces of an earlier run are taken over when they still have their digest. Whatever is wrong
 * with the files is a `StorageFailure`; then nothing stays open or locked.
 */
export async function openDiskStorage(options: DiskStorageOptions): Promise<OpenedStorage | StorageFailure> {
  const { role, files, layout } = options;
  if (files.reduce((sum, { length }) => sum + length, 0) !== layout.totalLength) {
    throw new RangeError('the files are not as long as the layout says');
  }
  const held = new Held();
  try {
    return role === 'seed' ? await openSeed(options, held) : await openDownload(options, held);
  } catch (error) {
    await held.letGo();
    return asStorageFailure(error);
  }
}

async function openSeed(options: DiskStorageOptions, held: Held): Promise<OpenedStorage> {
  const files: FoundFile[] = [];
  for (const file of options.files) {
    const found = await findFinal(options, file);
    if (found === undefined) {
      const { shown } = placeOf(options, file.path);
      throw new FileFailure(`${shown}: a seed must have the complete file, but it does not exist`);
    }
    files.push(found);
  }
  return openComplete(options, files, held, []);
}

async function openComplete(
  { layout, pool }: DiskStorageOptions,
  found: readonly FoundFile[],
  held: Held,
  notes: readonly string[],
): Promise<OpenedStorage> {
  const files = await openFiles(found, new FileQueue(), held);
  const have = Bitfield.full(layout.pieceCount);
  return { storage: new DiskStorage(layout, pool, files, undefined, held), have, notes };
}

async function openDownload(options: DiskStorageOptions, held: Held): Promise<OpenedStorage> {
  const { layout, name, pool } = options;
  checkNames(options);
  const folder = placeOf(options, '.');
  await naming(folder, mkdir(folder.path, { recursive: true }));
  const { shown } = placeOf(options, name);
  held.add(await takeLock(placeOf(options, `${name}.lock`), shown));

  const found: FoundFile[] = [];
  for (const file of options.files) found.push(await findFile(options, file));
  const resumePlace = placeOf(options, `${name}.resume`);
  if (found.every(isFinal)) {
    // A process killed after the last rename leaves its resume file behind.
    await unlink(resumePlace.path).catch(() => {});
    return openComplete(options, found, held, [`${shown}: it is already here and complete`]);
  }

  const queue = new FileQueue();
  const header = resumeHeader(name, layout);
  const claimed = new PieceDigests(layout.pieceCount);
  const recorded = await readResume(resumePlace, header, claimed);
  const files = await openFiles(found, queue, held);
  const confirmed = await confirm(claimed, layout, files);
  const { pieces } = confirmed;
  checkFinishedFiles(found, pieces, layout);
  const resume = await ResumeFile.create(resumePlace, header, confirmed, queue);
  held.add(() => resume.close());
  const storage = new DiskStorage(layout, pool, files, { file: resume, pieces }, held);
  if (pieces.isFull) await storage.finish();

  const notes: string[] = [];
  const partial = found.find(({ size }) => size > 0);
  if (partial !== undefined && recorded === undefined) {
    notes.push(
      `${partial.place.shown}: nothing says which of its pieces are whole; all are downloaded again`,
    );
  }
  if (recorded?.note !== undefined) notes.push(recorded.note);
  const altered = claimed.pieces.count - pieces.count;
  if (altered > 0) notes.push(`${shown}: pieces not as they were written, downloaded again: ${altered}`);
  if (pieces.count > 0)
    notes.push(`${shown}: pieces kept from an earlier run: ${pieces.count} of ${pieces.size}`);
  return { storage, have: Bitfield.from(pieces.toBytes(), pieces.size), notes };
}

/** The resume file of a download, and the pieces it records. */
interface Resume {
  readonly file: ResumeFile;
  readonly pieces: Bitfield;
}

/** Content on disk, as the engine sees it. */
class DiskStorage implements Storage {
  readonly #layout: Layout;
  readonly #pool: BufferPool;
  readonly #files: ContentFiles;
  readonly #written: Bitfield;
  /** None once the content is complete: then nothing is written any more. */
  #resume: Resume | undefined;
  readonly #held: Held;
  /** Reads and writes not answered yet. */
  #underWay = 0;
  #onIdle: (() => void) | undefined;
  #finishing: Promise<StorageFailure | undefined> | undefined;
  #closing: Promise<void> | undefined;

  constructor(layout: Layout, pool: BufferPool, files: ContentFiles, resume: Resume | undefined, held: Held) {
    this.#layout = layout;
    this.#pool = pool;
    this.#files = files;
    this.#resume = resume;
    this.#written = resume?.pieces ?? Bitfield.full(layout.pieceCount);
    this.#held = held;
  }

  read(
    piece: number,
    offset: number,
    length: number,
    done: (result: StoredBytes | StorageFailure) => void,
  ): void {
    if (!this.#layout.isWithinPieces(this.#written, piece, offset, length)) {
      throw new RangeError(`${length} bytes at ${offset} of piece ${piece} were never written`);
    }
    if (this.#closing !== undefined) return refuse(done);
    const bytes = this.#pool.acquire(length);
    this.#underWay += 1;
    this.#files.read(this.#layout.offsetOf(piece) + offset, bytes, failure => {
      const stored = lend(bytes, this.#pool);
      if (failure !== undefined) stored.release();
      done(failure ?? stored);
      this.#onAnswered();
    });
  }

  write(piece: number, bytes: Uint8Array, done: (failure?: StorageFailure) => void): void {
    if (!this.#layout.isPiece(piece) || bytes.length !== this.#layout.lengthOf(piece)) {
      throw new RangeError(`${bytes.length} bytes are not piece ${piece}`);
    }
    if (this.#closing !== undefined) return refuse(done);
    const resume = this.#resume;
    if (resume === undefined) throw new Error('complete content is not written');
    const answer = (failure?: StorageFailure) => {
      done(failure);
      this.#onAnswered();
    };
    const digest = digestOf(bytes); // before the write: the bytes have just arrived and are still in the cache
    this.#underWay += 1;
    this.#files.write(this.#layout.offsetOf(piece), bytes, failure => {
      if (failure !== undefined) answer(failure);
      else resume.file.append(piece, digest, answer);
    });
  }

  complete(done: (failure?: StorageFailure) => void): void {
    if (!this.#written.isFull) throw new Error('pieces are missing');
    if (this.#closing !== undefined) return refuse(done);
    this.#finishing ??= this.#tryToFinish();
    this.#finishing.then(done);
  }

  close(done: () => void): void {
    this.#closing ??= this.#letGo();
    this.#closing.then(done);
  }

  /** Gives every file its final name. Throws a `FileFailure`; can be tried again. */
  async finish(): Promise<void> {
    for (const file of this.#files.files) {
      if (file.place === file.final) continue;
      await renameIfFree(file.place, file.final);
      file.place = file.final;
    }
    await this.#resume?.file.remove();
    this.#resume = undefined;
  }

  async #tryToFinish(): Promise<StorageFailure | undefined> {
    try {
      await this.finish();
      return undefined;
    } catch (error) {
      this.#finishing = undefined;
      return asStorageFailure(error);
    }
  }

  async #letGo(): Promise<void> {
    await this.#finishing;
    await new Promise<void>(onIdle => {
      if (this.#underWay === 0) onIdle();
      else this.#onIdle = onIdle;
    });
    await this.#held.letGo();
  }

  #onAnswered(): void {
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#onIdle?.();
  }
}
