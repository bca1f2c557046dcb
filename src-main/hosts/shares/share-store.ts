import { join } from 'node:path';
import { FileFailure } from '../../io/file-failure.ts';
import { keepBroken, readJsonFile, writeJsonFile } from '../../io/json-file.ts';
import { namesIn, readWholeFile, removeDrafts, removeFiles, writeWholeFile } from '../../io/whole-file.ts';
import {
  type HashingRecord,
  newRecord,
  readHashingRecord,
  readInfoHashes,
  readPaths,
  readRecord,
  type ShareRecord,
} from './share-record.ts';

/**
 * The list of shares on disk, in a folder of its own: `INFOHASH.torrent`, or `INFOHASH.magnet` while nobody has given us
 * the metainfo; `INFOHASH.json` with what the user has set; `INFOHASH.paths` where files lie under other names than the
 * metainfo's; `INFOHASH.resume`, which the storage keeps. `ID.hashing` stands for files that are being read. Each is replaced as a whole. What is damaged is set aside, never overwritten,
 * and costs no other share anything.
 */

/** As read from disk; its metainfo has still to be understood. */
export interface StoredShare {
  readonly infoHash: string;
  readonly record: ShareRecord;
  /** Undefined: there is only a link. */
  readonly torrent: Uint8Array | undefined;
  readonly magnet: string | undefined;
  /** Where each file lies below the folder, where that is not under its path in the metainfo. */
  readonly paths: readonly string[] | null;
}

export interface ReadShares {
  /** In their order. */
  readonly shares: readonly StoredShare[];
  readonly hashings: readonly HashingRecord[];
  /** Sentences about what was damaged. */
  readonly notices: readonly string[];
}

const longestTorrent = 10 * 1024 * 1024;
const longestMagnet = 64 * 1024;
const storedName = /^([\da-f]{40})\.(torrent|magnet|json)$/;
const hashingName = /^[\w-]{1,64}\.hashing$/;
const declinedName = 'declined.json';
const extensions = ['torrent', 'magnet', 'json', 'paths', 'resume'] as const;

export class ShareStore {
  readonly folder: string;
  /** What is being written to a file, after which the next may be. */
  readonly #writing = new Map<string, Promise<void>>();

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Where a share's storage keeps what it knows of the files. */
  stateFile(infoHash: string): string {
    return this.#path(infoHash, 'resume');
  }

  torrentFile(infoHash: string): string {
    return this.#path(infoHash, 'torrent');
  }

  /** What a process that was killed left half written goes. Never throws. */
  removeLeftOver(): Promise<void> {
    return removeDrafts(this.folder);
  }

  /** Reads everything; `fallbackFolder` is for a share of which only the metainfo is whole. Never throws. */
  async readAll(fallbackFolder: string, nowMs: number): Promise<ReadShares> {
    const notices: string[] = [];
    const names = await namesIn(this.folder).catch((error: Error): string[] => {
      notices.push(`The list of shares cannot be read: ${error.message}.`);
      return [];
    });
    const infoHashes = new Set(names.flatMap(name => storedName.exec(name)?.[1] ?? []));
    const shares: StoredShare[] = [];
    for (const infoHash of infoHashes) {
      const share = await this.#read(infoHash, names, fallbackFolder, nowMs, notices);
      if (share !== undefined) shares.push(share);
    }
    const hashings: HashingRecord[] = [];
    for (const name of names.filter(one => hashingName.test(one))) {
      const record = await this.#readJson(name, readHashingRecord, notices);
      if (record !== undefined) hashings.push(record);
    }
    const inOrder = shares.sort((a, b) => a.record.order - b.record.order);
    return { shares: inOrder, hashings, notices };
  }

  /** One share, if it is there and whole. Never throws. */
  async readOne(infoHash: string): Promise<StoredShare | undefined> {
    const names = await namesIn(this.folder).catch((): string[] => []);
    if (!names.includes(`${infoHash}.json`)) return undefined;
    return this.#read(infoHash, names, undefined, 0, []);
  }

  /** Throws a `FileFailure` that names the file; so do all that follow. */
  saveRecord(infoHash: string, record: ShareRecord): Promise<void> {
    return this.#write(this.#path(infoHash, 'json'), path => writeJsonFile(path, record));
  }

  /** The link it came from is not needed any more. */
  async saveTorrent(infoHash: string, torrent: Uint8Array): Promise<void> {
    await this.#write(this.#path(infoHash, 'torrent'), path => writeWholeFile(path, torrent));
    await removeFiles(this.folder, [`${infoHash}.magnet`]);
  }

  savePaths(infoHash: string, paths: readonly string[]): Promise<void> {
    return this.#write(this.#path(infoHash, 'paths'), path => writeJsonFile(path, paths));
  }

  saveMagnet(infoHash: string, link: string): Promise<void> {
    const bytes = new TextEncoder().encode(link);
    return this.#write(this.#path(infoHash, 'magnet'), path => writeWholeFile(path, bytes));
  }

  saveHashing(record: HashingRecord): Promise<void> {
    return this.#write(join(this.folder, `${record.id}.hashing`), path => writeJsonFile(path, record));
  }

  async removeHashing(id: string): Promise<void> {
    await this.settled();
    await removeFiles(this.folder, [`${id}.hashing`]);
  }

  /** Info-hashes that their user took off, so that they are not fetched again unasked. */
  saveDeclined(infoHashes: readonly string[]): Promise<void> {
    return this.#write(join(this.folder, declinedName), path => writeJsonFile(path, infoHashes));
  }

  /** Never throws; what is damaged counts as nothing. */
  async readDeclined(): Promise<readonly string[]> {
    return (await this.#readJson(declinedName, readInfoHashes, [])) ?? [];
  }

  /** A metainfo that cannot be understood. Returns a sentence about it. */
  setAsideTorrent(infoHash: string): Promise<string> {
    return keepBroken(this.#path(infoHash, 'torrent'));
  }

  /** Forgets a share; its own files are not touched. */
  async remove(infoHash: string): Promise<void> {
    await this.settled();
    await removeFiles(
      this.folder,
      extensions.map(extension => `${infoHash}.${extension}`),
    );
  }

  /** When everything that was to be written has been, or has failed. */
  async settled(): Promise<void> {
    await Promise.all(this.#writing.values());
  }

  async #read(
    infoHash: string,
    names: readonly string[],
    fallbackFolder: string | undefined,
    nowMs: number,
    notices: string[],
  ): Promise<StoredShare | undefined> {
    const has = (extension: string) => names.includes(`${infoHash}.${extension}`);
    const torrent = has('torrent')
      ? await this.#readBytes(`${infoHash}.torrent`, longestTorrent, notices)
      : undefined;
    const magnet = has('magnet')
      ? await this.#readBytes(`${infoHash}.magnet`, longestMagnet, notices)
      : undefined;
    let record = has('json') ? await this.#readJson(`${infoHash}.json`, readRecord, notices) : undefined;
    if (record === undefined) {
      if ((torrent ?? magnet) === undefined || fallbackFolder === undefined) return undefined;
      // Paused: where its files are is a guess, and only the user knows better.
      notices.push(
        `What was set for the share ${infoHash} is lost. It is paused, and its files are looked for in ${fallbackFolder}.`,
      );
      const name = infoHash;
      const order = Number.MAX_SAFE_INTEGER;
      const id = `share-${infoHash}`;
      record = newRecord({ id, name, folder: fallbackFolder, addedAtMs: nowMs, order, isPaused: true });
    }
    const paths = has('paths') ? await this.#readJson(`${infoHash}.paths`, readPaths, notices) : null;
    if (paths === undefined) record = { ...record, isPaused: true };
    return {
      infoHash,
      record,
      torrent,
      paths: paths ?? null,
      magnet: magnet === undefined ? undefined : new TextDecoder().decode(magnet).trim(),
    };
  }

  async #readBytes(name: string, longest: number, notices: string[]): Promise<Uint8Array | undefined> {
    try {
      return await readWholeFile(join(this.folder, name), longest);
    } catch (error) {
      if (!(error instanceof FileFailure)) throw error;
      notices.push(`A share is left out. ${error.message}.`);
      return undefined;
    }
  }

  async #readJson<T>(
    name: string,
    read: (value: unknown) => T | undefined,
    notices: string[],
  ): Promise<T | undefined> {
    const path = join(this.folder, name);
    const { value, notice } = await readJsonFile(path);
    if (notice !== undefined) notices.push(notice);
    if (value === undefined) return undefined;
    const record = read(value);
    if (record === undefined) notices.push(await keepBroken(path));
    return record;
  }

  #path(infoHash: string, extension: (typeof extensions)[number]): string {
    return join(this.folder, `${infoHash}.${extension}`);
  }

  /** One after the other: the last one said is the one that stays. */
  #write(path: string, write: (path: string) => Promise<void>): Promise<void> {
    const written = (this.#writing.get(path) ?? Promise.resolve()).then(() => write(path));
    const settled = written
      .catch(() => {})
      .then(() => {
        if (this.#writing.get(path) === settled) this.#writing.delete(path);
      });
    this.#writing.set(path, settled);
    return written;
  }
}
