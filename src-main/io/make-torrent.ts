import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import {
  longestMetainfo,
  longestPiece,
  type Metainfo,
  readMetainfo,
  shortestPiece,
  writeInfo,
  writeMetainfo,
} from '../engine/bittorrent/metainfo.ts';
import { longestPath, shownName, utf8Length } from '../engine/content/path-rules.ts';
import { pieceLengthFor } from '../engine/content/piece-length.ts';
import { FileFailure, naming } from './file-failure.ts';
import { isWithin } from './folder-listing.ts';
import { type Hasher, sha1, sharedBuffers } from './hasher.ts';
import { safeOpen } from './share-folder.ts';
import { type ListedFile, listShare, type ShareListing } from './share-listing.ts';

export interface MakeTorrentOptions {
  /** A file, a folder, or several of them. */
  readonly paths: readonly string[];
  /** What the share is called; else after its file or folder, or the folder that several places lie in. */
  readonly name?: string | null | undefined;
  /** In bytes, a multiple of 16 KiB; about 1,500 pieces when left out. */
  readonly pieceLength?: number | null | undefined;
  readonly isPrivate: boolean;
  readonly trackers: readonly (readonly string[])[];
  readonly comment?: string;
  readonly hasher: Hasher;
  /** At the start, at the end, and at most ten times a second between them. */
  readonly onProgress?: (hashedBytes: number, totalBytes: number) => void;
  readonly signal?: AbortSignal;
}

export interface MadeTorrent {
  readonly metainfo: Metainfo;
  /** The `.torrent` file. */
  readonly bytes: Uint8Array;
  /** Where the files lie: paths of the metainfo are below it. */
  readonly folder: string;
  /**
   * Where each file of the metainfo lies below `folder`, with forward slashes, when that is not under its path: the
   * share has another name than its folder, is made of several places, or has names that not every system can have.
   * Null otherwise. Storage is opened with `laidAs(metainfo, paths)`, and so they must be remembered.
   */
  readonly paths: readonly string[] | null;
}

const createdBy = 'Piecewise';

/** Read at once, in bytes; a whole piece where that is more. */
const windowLength = 1024 * 1024;
/** One is read while others are hashed. */
const mostWindows = 3;
/** Opened before they are needed. */
const filesAhead = 8;
const progressEveryMs = 100;

/** Hashes take 20 bytes a piece, and leave room for the names of the files. */
const mostPieces = Math.floor((longestMetainfo * 0.9) / 20);

/**
 * Makes a torrent of what lies on disk. Reads it once, in order, in long reads, and holds a few MiB of it.
 * Throws a `FileFailure` that names the file when one cannot be read or changes meanwhile, and the signal's reason when
 * that ends it.
 */
export async function makeTorrent(options: MakeTorrentOptions): Promise<MadeTorrent> {
  const { paths, isPrivate, trackers, comment, signal = new AbortController().signal } = options;
  const listing = await listShare(paths, signal);
  const { files, isSingleFile, roots } = listing;
  const name = options.name ?? nameOf(roots);
  refuseLongPaths(name, listing);
  const totalLength = files.reduce((sum, { length }) => sum + length, 0);
  const pieceLength = options.pieceLength ?? pieceLengthFor(totalLength);
  refusePieceLength(pieceLength, totalLength);
  const common = roots.map(root => dirname(root)).reduce(commonFolder);
  const pieceHashes = await new Hashing(files, totalLength, pieceLength, { ...options, signal }).run();
  const content = isSingleFile ? totalLength : files.map(({ names, length }) => ({ path: names, length }));
  const infoBytes = writeInfo({ name, pieceLength, pieceHashes, isPrivate, content });
  const remarks = { trackers, createdBy, createdAtMs: Date.now() };
  const bytes = writeMetainfo(infoBytes, { ...remarks, ...(comment === undefined ? {} : { comment }) });
  if (bytes.length > longestMetainfo) {
    throw new FileFailure(`${name}: its list of files would be larger than 10 MiB; share it in parts`);
  }
  const read = readMetainfo(bytes, sha1);
  const metainfo = { ...read, notices: [...listing.notices, ...read.notices] };
  return { metainfo, bytes, ...locate(metainfo, listing, common) };
}

/** Several places are called after the folder they lie in, as far as it is one. */
function nameOf(roots: readonly string[]): string {
  const [first = ''] = roots;
  if (roots.length === 1) return basename(first) || 'share';
  const parent = dirname(first);
  const isShared = roots.every(root => dirname(root) === parent);
  return (isShared && basename(parent)) || basename(first);
}

/** The metainfo as storage must see it for files that lie elsewhere than their paths say: see `MadeTorrent.paths`. */
export function laidAs<Content extends Pick<Metainfo, 'files'>>(
  content: Content,
  paths: readonly string[] | null,
): Content {
  if (paths === null || paths.length !== content.files.length) return content;
  return { ...content, files: content.files.map((file, i) => ({ ...file, path: paths[i]! })) };
}

function locate(
  { files }: Metainfo,
  { files: listed, roots }: ShareListing,
  common: string,
): Pick<MadeTorrent, 'folder' | 'paths'> {
  const [first = ''] = roots;
  const usual = roots.length === 1 ? dirname(first) : dirname(dirname(first));
  if (files.every(({ path }, i) => join(usual, path) === listed[i]!.path))
    return { folder: usual, paths: null };
  return { folder: common, paths: listed.map(({ path }) => relative(common, path).split(sep).join('/')) };
}

/** The nearest folder that both lie in, or are. */
function commonFolder(a: string, b: string): string {
  let folder = a;
  while (!isWithin(folder, b)) {
    const parent = dirname(folder);
    if (parent === folder) throw new FileFailure('The places are on different disks; share them one by one');
    folder = parent;
  }
  return folder;
}

function refuseLongPaths(name: string, { files, isSingleFile }: ShareListing): void {
  const tooLong = files.find(({ names }) => utf8Length([name, ...names].join('/')) > longestPath);
  if (tooLong === undefined || isSingleFile) return;
  throw new FileFailure(`${shownName(tooLong.shown)}: its path is longer than 1,024 bytes`);
}

function refusePieceLength(pieceLength: number, totalLength: number): void {
  if (pieceLength < shortestPiece || pieceLength > longestPiece || pieceLength % shortestPiece !== 0) {
    throw new FileFailure('The size of pieces must be a multiple of 16 KiB, up to 64 MiB');
  }
  if (totalLength / pieceLength <= mostPieces) return;
  throw new FileFailure('That would be too many pieces; choose a larger piece size');
}

/** Reads files end to end and hashes their pieces meanwhile. */
class Hashing {
  readonly #files: readonly ListedFile[];
  readonly #totalLength: number;
  readonly #pieceLength: number;
  readonly #hasher: Hasher;
  readonly #signal: AbortSignal;
  readonly #onProgress: (hashedBytes: number, totalBytes: number) => void;
  readonly #hashes: Uint8Array;
  #piecesRead = 0;
  #hashedBytes = 0;
  #toldAtMs = 0;
  #hasEnded = false;
  /** Windows that may be read into. */
  readonly #free: Uint8Array[] = [];
  #windowCount = 0;
  #onFree = () => {};

  constructor(
    files: readonly ListedFile[],
    totalLength: number,
    pieceLength: number,
    options: MakeTorrentOptions & { readonly signal: AbortSignal },
  ) {
    this.#files = files;
    this.#totalLength = totalLength;
    this.#pieceLength = pieceLength;
    this.#hasher = options.hasher;
    this.#signal = options.signal;
    this.#onProgress = options.onProgress ?? (() => {});
    this.#hashes = new Uint8Array(Math.ceil(totalLength / pieceLength) * 20);
  }

  async run(): Promise<Uint8Array> {
    try {
      return await this.#readAll();
    } finally {
      this.#hasEnded = true;
    }
  }

  async #readAll(): Promise<Uint8Array> {
    this.#tell();
    let window = await this.#nextWindow();
    let filled = 0;
    for await (const source of opened(this.#files)) {
      for await (const length of readWhole(source, () => window.subarray(filled), this.#signal)) {
        filled += length;
        if (filled < window.length) continue;
        this.#hash(window, filled);
        window = await this.#nextWindow();
        filled = 0;
      }
    }
    this.#hash(window, filled);
    while (this.#free.length < this.#windowCount) await this.#oneFree();
    this.#signal.throwIfAborted();
    this.#tell();
    return this.#hashes;
  }

  /** Waits for one when all are being hashed. */
  async #nextWindow(): Promise<Uint8Array> {
    const most = this.#pieceLength > 16 * windowLength ? 2 : mostWindows;
    if (this.#free.length === 0 && this.#windowCount < most) {
      this.#windowCount += 1;
      const pieces = Math.max(1, Math.floor(windowLength / this.#pieceLength));
      return sharedBuffers(Math.min(pieces * this.#pieceLength, Math.max(1, this.#totalLength)));
    }
    while (this.#free.length === 0) await this.#oneFree();
    return this.#free.pop()!;
  }

  #oneFree(): Promise<void> {
    return new Promise(resolve => {
      this.#onFree = resolve;
    });
  }

  #hash(window: Uint8Array, length: number): void {
    let left = Math.ceil(length / this.#pieceLength);
    const release = () => {
      this.#free.push(window);
      this.#onFree();
    };
    if (left === 0) release();
    for (let from = 0; from < length; from += this.#pieceLength) {
      const at = this.#piecesRead * 20;
      this.#piecesRead += 1;
      const piece = window.subarray(from, Math.min(length, from + this.#pieceLength));
      this.#hasher.sha1(piece, digest => {
        this.#hashes.set(digest, at);
        this.#hashedBytes += piece.length;
        this.#tellNowAndThen();
        left -= 1;
        if (left === 0) release();
      });
    }
  }

  #tellNowAndThen(): void {
    const isDue = performance.now() - this.#toldAtMs >= progressEveryMs;
    if (isDue && this.#hashedBytes < this.#totalLength && !this.#hasEnded) this.#tell();
  }

  #tell(): void {
    this.#toldAtMs = performance.now();
    this.#onProgress(this.#hashedBytes, this.#totalLength);
  }
}

interface Source {
  readonly file: ListedFile;
  readonly handle: FileHandle;
}

/**
 * Opens files in turn, a few ahead of the one that is asked for, which spares small files most of their waiting; each is
 * closed when the next one is asked for. Throws a `FileFailure` when one is not what was listed any more.
 */
async function* opened(files: readonly ListedFile[]): AsyncGenerator<Source> {
  const ahead: Promise<Source | Error>[] = [];
  try {
    for (let next = 0; ; ) {
      for (; next < files.length && ahead.length < filesAhead; next += 1)
        ahead.push(openListed(files[next]!));
      const source = await ahead.shift();
      if (source === undefined) return;
      if (source instanceof Error) throw source;
      try {
        yield source;
      } finally {
        await source.handle.close();
      }
    }
  } finally {
    for (const source of await Promise.all(ahead))
      if (!(source instanceof Error)) await source.handle.close();
  }
}

async function openListed(file: ListedFile): Promise<Source | Error> {
  try {
    const handle = await naming(file, open(file.path, constants.O_RDONLY | safeOpen));
    return { file, handle };
  } catch (error) {
    return error as Error;
  }
}

/**
 * Reads a file from its beginning to its end into where `room` says, which is never empty, and tells each time how much
 * it read. Throws a `FileFailure` when it is not, or does not stay, what was listed.
 */
async function* readWhole(
  { file, handle }: Source,
  room: () => Uint8Array,
  signal: AbortSignal,
): AsyncGenerator<number> {
  for (let position = 0; position < file.length; ) {
    signal.throwIfAborted();
    const into = room();
    const length = Math.min(into.length, file.length - position);
    const { bytesRead } = await naming(file, handle.read(into, 0, length, position));
    if (bytesRead === 0) throw changed(file);
    position += bytesRead;
    yield bytesRead;
  }
  // Whoever wrote to it since it was listed, or put another in its place, has left a trace.
  const found = await naming(file, lstat(file.path));
  if (!found.isFile() || found.size !== file.length || found.mtimeMs !== file.changedAtMs)
    throw changed(file);
}

function changed({ shown }: ListedFile): FileFailure {
  return new FileFailure(
    `${shown}: it changed while it was read; share it when nobody writes to it any more`,
  );
}
