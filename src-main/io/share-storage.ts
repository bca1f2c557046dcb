import { uptime } from 'node:os';
import { basename, dirname } from 'node:path';
import { Bitfield } from '../../src-shared/bitfield.ts';
import { formatBytes } from '../../src-shared/units.ts';
import type { Metainfo } from '../engine/bittorrent/metainfo.ts';
import type { BufferPool } from '../engine/buffer-pool.ts';
import { FileMap, Layout } from '../engine/content/layout.ts';
import type { PieceVerifier, Storage, StorageFailure } from '../engine/ports.ts';
import { Held } from './content-folder.ts';
import { DiskShare } from './disk-share.ts';
import type { DiskThreads } from './disk-thread.ts';
import { asStorageFailure, FileFailure, type FilePlace, naming } from './file-failure.ts';
import { FileQueue } from './file-queue.ts';
import { freeBytes } from './free-bytes.ts';
import type { Hasher } from './hasher.ts';
import { takeLock } from './lock-file.ts';
import { OpenHandles } from './open-handles.ts';
import { checkPieces } from './piece-check.ts';
import { makeFolders, realFolder } from './real-place.ts';
import { ResumeFile, readResume, resumeHeader } from './resume-file.ts';
import { ShareFiles, withEnding } from './share-files.ts';
import { ShareFolder } from './share-folder.ts';
import { ShareRecord } from './share-record.ts';

/** What storage has to know of a torrent. */
export type ShareContent = Pick<
  Metainfo,
  'infoHash' | 'name' | 'pieceLength' | 'totalLength' | 'pieceHashes' | 'files'
>;

export interface ShareStorageOptions {
  readonly metainfo: ShareContent;
  /** Where the share lies, or comes to lie; made when it is missing. Absolute. */
  readonly folder: string;
  /** Remembers which pieces are written; its folder is made. Absolute. */
  readonly stateFile: string;
  /** For each file of the metainfo: 0 is not wanted, all else is. */
  readonly priorities: Uint8Array;
  /** Where the buffers of `read` come from; those of `sharedBuffers` are hashed without a copy. */
  readonly pool: BufferPool;
  readonly hasher: Hasher;
  /** Threads for reading and writing; Node's own unless given. */
  readonly disk?: Pick<DiskThreads, 'read' | 'write'> & Partial<Pick<DiskThreads, 'keep'>>;
  /** The files that all shares of the machine hold open; the share's own unless given. */
  readonly handles?: OpenHandles;
  /** Believes nothing that was recorded: every piece on disk is hashed. */
  readonly recheck?: boolean;
  /** The files were hashed a moment ago, as when a torrent is made: where all are there, nothing is hashed again. */
  readonly isComplete?: boolean;
  /** How much of what has to be hashed is: from 0 to 1. */
  readonly onChecked?: (fraction: number) => void;
  readonly signal?: AbortSignal;
  /** When this machine was started, in milliseconds since the Unix epoch. */
  readonly bootedAtMs?: number;
}

export interface OpenedShare {
  readonly storage: ShareStorage;
  /** The pieces on disk; the caller's own copy. */
  readonly have: Bitfield;
  /** What was found and is worth telling, in words. */
  readonly notes: readonly string[];
  /**
   * Files under their final names whose bytes are not all the share's, as paths of the metainfo: somebody changed them.
   * Downloading goes on in them, which ends what was changed.
   */
  readonly altered: readonly string[];
}

/** Files of a share on disk. `complete` asks for the wanted pieces only. */
export interface ShareStorage extends Storage, PieceVerifier {
  /** For each file of the metainfo: 0 is not wanted, all else is. */
  setPriorities(priorities: Uint8Array): void;
  /**
   * Closes, and deletes the share's own files and the folders of it that are empty then. Files that others changed stay;
   * returns their names. Throws a `FileFailure`.
   */
  deleteFiles(): Promise<readonly string[]>;
}

/**
 * Opens the files of a share. A file is `NAME.part` until every piece in it is written, and made when it is first
 * written; pieces of an earlier run are kept, without reading them where the files are as they were left, and files
 * that were put there are checked. Whatever is wrong with the files is a `StorageFailure`; then, and when the signal
 * ends it (rejects with its reason), nothing stays open or locked.
 */
export async function openShareStorage(options: ShareStorageOptions): Promise<OpenedShare | StorageFailure> {
  const { metainfo, priorities, signal } = options;
  const layout = new Layout(metainfo.totalLength, metainfo.pieceLength);
  const map = new FileMap(metainfo.files);
  const fits =
    map.totalLength === layout.totalLength && metainfo.pieceHashes.length === layout.pieceCount * 20;
  if (!fits || priorities.length !== metainfo.files.length) {
    throw new RangeError('files, hashes and priorities do not fit together');
  }
  const held = new Held();
  try {
    return await open(options, layout, map, held);
  } catch (error) {
    await held.letGo();
    if (signal?.aborted && error === signal.reason) throw error;
    return asStorageFailure(error);
  }
}

async function open(
  options: ShareStorageOptions,
  layout: Layout,
  map: FileMap,
  held: Held,
): Promise<OpenedShare> {
  const { metainfo, stateFile, priorities, pool, signal } = options;
  const state = { path: stateFile, shown: basename(stateFile) };
  await naming(state, makeFolders(dirname(stateFile)));
  held.add(await takeLock({ path: `${stateFile}.lock`, shown: `${state.shown}.lock` }, metainfo.name));

  const folder = new ShareFolder(await realFolder(options.folder));
  const { disk, handles = new OpenHandles() } = options;
  // Threads of our own take as many as the open files allow.
  const queue = disk === undefined ? new FileQueue() : new FileQueue(disk.read, disk.write, Infinity);
  const isPad = (file: number) => metainfo.files[file]!.isPad;
  const files = new ShareFiles(map, isPad, folder, handles, queue);
  held.add(() => files.close());
  const isWanted = (file: number) => priorities[file] !== 0;
  await files.find(isWanted);
  // What is only read needs no lock, and may lie where nothing can be written.
  let unlock: (() => Promise<void>) | undefined;
  const lock = async () => {
    unlock = once(await takeLock(lockPlace(folder, metainfo), metainfo.name));
    held.add(unlock);
  };
  const isAllThere = files.files.every(({ isPad, where }) => isPad || where === 'final');
  if (!isAllThere) await lock();

  const header = resumeHeader(metainfo.infoHash, layout);
  const recorded = new ShareRecord(layout, map, metainfo.pieceHashes);
  const found = await readResume(state, header, recorded);
  const { kept, doubtful } =
    options.isComplete && isAllThere
      ? { kept: Bitfield.full(layout.pieceCount), doubtful: [] }
      : sort(recorded, found?.writtenAtMs ?? 0, options, layout, map, files);
  const { hasher, onChecked } = options;
  const { pieceHashes } = metainfo;
  const sound = await checkPieces(doubtful, { layout, files, pieceHashes, pool, hasher, onChecked, signal });
  signal?.throwIfAborted();
  const have = Bitfield.from(kept.toBytes(), kept.size);
  for (const piece of sound) have.set(piece);
  judge({ layout, map, files, isWanted, have, recorded: recorded.pieces, doubtful });
  if (!have.isFull && unlock === undefined) await lock();

  const notes: string[] = [];
  const record = new ShareRecord(layout, map, metainfo.pieceHashes);
  for (const piece of have) record.set(piece, record.digestOf(piece));
  for (const [file, { seen }] of files.files.entries()) if (seen !== undefined) record.leave(file, seen);
  let stateOpen: ResumeFile | undefined;
  try {
    stateOpen = await ResumeFile.create(state, header, record, new FileQueue(), handles);
  } catch (error) {
    // A seed can do without: it is checked anew next time.
    if (!have.isFull) throw error;
    notes.push(asStorageFailure(error).failed);
  }
  const opened = stateOpen;
  if (opened !== undefined) held.add(() => opened.close());
  const storage = new DiskShare({
    layout,
    map,
    pool,
    files,
    record,
    pieceHashes,
    hasher,
    keep: disk?.keep,
    stateFile: state,
    state: opened,
    unlock,
    priorities,
    held,
  });
  await storage.settle();

  if (found?.note !== undefined) notes.push(found.note);
  const { name } = metainfo;
  // That all is as it was is nothing to be told.
  if (sound.count < doubtful.length)
    notes.push(`${name}: pieces found to be right: ${sound.count} of ${doubtful.length} on disk`);
  const altered = files.files.filter(({ where }, file) => where === 'final' && storage.lacks(file));
  for (const file of altered)
    notes.push(
      `${file.path}: it is not what the share has under this name; what differs is downloaded again`,
    );
  const needed = storage.wantedBytesLeft();
  const free = needed === 0 ? 0 : await freeBytes(folder.root);
  if (needed > free) {
    const room = `${formatBytes(needed)} are still to come, but the disk has room for ${formatBytes(free)}`;
    notes.push(`${name}: ${room}; free some, or choose another folder`);
  }
  return {
    storage,
    have: Bitfield.from(have.toBytes(), have.size),
    notes,
    altered: altered.map(({ path }) => path),
  };
}

/**
 * The pieces that a share's state file names, for display: nothing is read of the files themselves, and nothing is locked.
 * Undefined when nothing is recorded, or it cannot be read.
 */
export async function recordedPieces(
  metainfo: ShareContent,
  stateFile: string,
): Promise<Bitfield | undefined> {
  const layout = new Layout(metainfo.totalLength, metainfo.pieceLength);
  const record = new ShareRecord(layout, new FileMap(metainfo.files), metainfo.pieceHashes);
  const state = { path: stateFile, shown: basename(stateFile) };
  try {
    const found = await readResume(state, resumeHeader(metainfo.infoHash, layout), record);
    return found && record.pieces;
  } catch (error) {
    if (error instanceof FileFailure) return undefined;
    throw error;
  }
}

function lockPlace(folder: ShareFolder, { files, name }: ShareContent): FilePlace {
  // Two shares that would write under one name keep each other out, too.
  const [top = name] = (files[0]?.path ?? name).split('/');
  return folder.placeOf(withEnding(`.${top}`, '.lock'));
}

/** Recorded pieces that need no check, and the pieces on disk that do. */
function sort(
  recorded: ShareRecord,
  writtenAtMs: number,
  { recheck, bootedAtMs = Date.now() - uptime() * 1000 }: ShareStorageOptions,
  layout: Layout,
  map: FileMap,
  files: ShareFiles,
): { kept: Bitfield; doubtful: number[] } {
  const kept = new Bitfield(layout.pieceCount);
  const doubtful: number[] = [];
  const isDoubtful = new Bitfield(layout.pieceCount);
  const hasStopped = bootedAtMs > writtenAtMs;
  for (const [file, { isPad, seen, isSparse }] of files.files.entries()) {
    const { first, end } = map.piecesOf(file, layout);
    // Of what was written last a machine that stops may keep the length and the time alone.
    const isTorn = hasStopped && isSparse && hasAll(recorded.pieces, first, end);
    const isAsLeft = seen && !isTorn && recorded.isAsLeft(file, seen, writtenAtMs, bootedAtMs);
    if (isPad || (!recheck && isAsLeft)) continue;
    for (let piece = first; piece < end; piece += 1) isDoubtful.set(piece);
  }
  for (let piece = 0; piece < layout.pieceCount; piece += 1) {
    if (!isDoubtful.has(piece)) {
      if (recorded.pieces.has(piece)) kept.set(piece);
    } else if (files.mayHold(layout.offsetOf(piece), layout.lengthOf(piece))) doubtful.push(piece);
  }
  return { kept, doubtful };
}

/** Whether the pieces from one on to before another are there. */
function hasAll(pieces: Bitfield, first: number, end: number): boolean {
  for (let piece = first; piece < end; piece += 1) if (!pieces.has(piece)) return false;
  return true;
}

interface Judged {
  readonly layout: Layout;
  readonly map: FileMap;
  readonly files: ShareFiles;
  readonly isWanted: (file: number) => boolean;
  readonly have: Bitfield;
  /** Pieces that an earlier run had. */
  readonly recorded: Bitfield;
  readonly doubtful: readonly number[];
}

/**
 * Tells the share's files from others that only have the name of one. Throws a `FileFailure` when such a one is where a
 * file is wanted.
 */
function judge({ layout, map, files, isWanted, have, recorded, doubtful }: Judged): void {
  const checked = new Bitfield(layout.pieceCount);
  for (const piece of doubtful) checked.set(piece);
  for (const [index, file] of files.files.entries()) {
    if (file.where === 'nowhere') continue;
    const { first, end } = map.piecesOf(index, layout);
    file.isOurs = file.where === 'partial' || first === end;
    let isWhole = true;
    let isChecked = true;
    for (let piece = first; piece < end; piece += 1) {
      file.isOurs ||= have.has(piece) || recorded.has(piece);
      isWhole &&= have.has(piece);
      isChecked &&= checked.has(piece);
    }
    if (isWhole || file.isOurs) continue;
    if (!isWanted(index)) files.disown(index);
    else if (isChecked) {
      const { shown } = files.finalPlace(file);
      throw new FileFailure(`${shown}: a file of other content has this name; move it away`);
    }
  }
}

/** Whoever calls again gets the same answer. */
function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}
