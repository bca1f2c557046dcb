import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { type Entry, getFileNameLowLevel, openPromise, type ZipFile } from 'yauzl';
import type { PeerId } from '../../src-shared/journal.ts';
import { formatBytes } from '../../src-shared/units.ts';
import type { CommonConfig } from '../engine/course/config.ts';
import type { SharedFile } from '../engine/course/finished-run.ts';
import { FileFailure, inWords } from './file-failure.ts';
import { isMachineFile, peerOfFolder, peerOfLog } from './machine-files.ts';

/**
 * A zip of what machines brought back. Whoever made it may mean harm: one doubtful name refuses all of it, no name of
 * an entry becomes part of a path, and no more is unpacked than a lab can have.
 */

const mostEntries = 50_000;
const mostFolders = 2_000;
const mostConfigBytes = 1024 * 1024;
/** All logs together, which are unpacked; copies of the file are only read. */
const mostLogBytes = 8 * 2 ** 30;
const mostBytes = 2 ** 40;
/** Deflate makes at most 1032 bytes of one: entries that claim more share their bytes with others. */
const mostUnpackedPerByte = 1040;

/** A folder of the zip that holds something of a lab. */
export interface ZippedFolder {
  /** Its path in the zip, without the last slash; nothing for the top. */
  readonly name: string;
  /** Where its configuration files and logs are unpacked. */
  readonly dir: string;
  readonly names: readonly string[];
  /** Reads a peer's copy of the file without unpacking it. Never throws. */
  copyOf(peer: PeerId, common: CommonConfig): Promise<SharedFile>;
}

export class LabZip {
  readonly #zip: ZipFile;
  readonly #shown: string;
  /** Files by their path in the zip. */
  readonly #entries: ReadonlyMap<string, Entry>;

  private constructor(zip: ZipFile, shown: string, entries: ReadonlyMap<string, Entry>) {
    this.#zip = zip;
    this.#shown = shown;
    this.#entries = entries;
  }

  /** Reads the list of entries and refuses what no honest zip has. Throws a `FileFailure` that names the zip. */
  static async open(path: string, shown: string): Promise<LabZip> {
    // Names are decoded and judged here, so that each refusal can be told in words.
    const zip = await openPromise(path, { autoClose: false, decodeStrings: false }).catch(error => {
      throw new FileFailure(openingFault(error, shown));
    });
    try {
      return new LabZip(zip, shown, await listEntries(zip, shown));
    } catch (error) {
      zip.close();
      throw error;
    }
  }

  close(): void {
    this.#zip.close();
  }

  /** Unpacks configuration files and logs below a folder, which is there. Throws a `FileFailure`. */
  async unpack(into: string): Promise<ZippedFolder[]> {
    const folders = new Map<string, string[]>();
    for (const path of this.#entries.keys()) {
      const { folder, name } = split(path);
      if (!isMachineFile(name) || folder.split('/').length > 2 || isHidden(folder)) continue;
      folders.set(folder, [...(folders.get(folder) ?? []), name]);
    }
    if (folders.size > mostFolders) {
      throw new FileFailure(
        `${this.#shown} is refused: it has ${folders.size} folders of machines, more than any lab.`,
      );
    }
    const found: ZippedFolder[] = [];
    let logBytes = 0;
    for (const [folder, files] of folders) {
      const dir = join(into, String(found.length));
      await mkdir(dir);
      for (const name of files) {
        const path = within(folder, name);
        const entry = this.#entries.get(path)!;
        const isLog = peerOfLog(name) !== undefined;
        if (!isLog && entry.uncompressedSize > mostConfigBytes) {
          throw new FileFailure(`${this.#shown}: ${path} is too long to be a configuration file.`);
        }
        logBytes += entry.uncompressedSize;
        if (logBytes > mostLogBytes) {
          throw new FileFailure(
            `${this.#shown} holds logs of more than ${formatBytes(mostLogBytes)}; unpack it, and give the folder.`,
          );
        }
        await this.#unpackEntry(path, entry, join(dir, name));
      }
      found.push({
        name: folder,
        dir,
        names: [...files, ...this.#peerFolders(folder)],
        copyOf: (peer, common) => this.#copyOf(folder, peer, common),
      });
    }
    return found;
  }

  async #unpackEntry(path: string, entry: Entry, target: string): Promise<void> {
    try {
      await pipeline(Readable.from(this.#read(entry)), createWriteStream(target, { flags: 'wx' }));
    } catch (error) {
      throw new FileFailure(`${this.#shown}: ${path} cannot be unpacked: ${inWords(error as Error)}.`);
    }
  }

  async *#read(entry: Entry): AsyncGenerator<Uint8Array> {
    let sum = 0;
    for await (const chunk of await this.#zip.openReadStreamPromise(entry)) {
      sum = crc32(chunk, sum);
      yield chunk;
    }
    if (sum !== entry.crc32) throw new Error('the zip is damaged there');
  }

  #peerFolders(folder: string): string[] {
    const start = folder === '' ? '' : `${folder}/`;
    const names = [...this.#entries.keys()].flatMap(path =>
      path.startsWith(start) ? (/^([^/]+)\//.exec(path.slice(start.length))?.[1] ?? []) : [],
    );
    return [...new Set(names)].filter(name => peerOfFolder(name) !== undefined);
  }

  async #copyOf(folder: string, peer: PeerId, { fileName, fileSize }: CommonConfig): Promise<SharedFile> {
    // As in a folder: the samples of the course lay seed files out without "peer_".
    const names = [`peer_${peer}/${fileName}`, `${peer}/${fileName}`];
    const path = names.find(name => this.#entries.has(within(folder, name)));
    if (path === undefined) {
      return {
        state: 'missing',
        path: names[0]!,
        folder: this.#peerFolders(folder).some(name => peerOfFolder(name) === peer),
      };
    }
    const entry = this.#entries.get(within(folder, path))!;
    const bytes = entry.uncompressedSize;
    if (bytes !== fileSize) return { state: 'wrong-size', path, bytes };
    try {
      const hash = createHash('sha256');
      for await (const chunk of this.#read(entry)) hash.update(chunk);
      return { state: 'present', path, bytes, sha256: hash.digest('hex') };
    } catch (error) {
      return { state: 'unreadable', path, fault: `cannot be read: ${inWords(error as Error)}` };
    }
  }
}

function openingFault(error: Error, shown: string): string {
  // Its list of entries stands at the end of a zip, so half a download has none either.
  if (/^End of central directory/.test(error.message)) return `${shown} is neither a folder nor a whole zip`;
  return `${shown} cannot be read as a zip: ${inWords(error)}`;
}

async function listEntries(zip: ZipFile, shown: string): Promise<Map<string, Entry>> {
  const refuse = (what: string): never => {
    throw new FileFailure(`${shown} is refused: ${what}.`);
  };
  if (zip.entryCount > mostEntries) refuse(`it has ${zip.entryCount} entries, more than any lab`);
  const files = new Map<string, Entry>();
  const seen = new Set<string>();
  let bytes = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      const name = nameOf(entry);
      const told = JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
      const fault = nameFault(name) ?? kindFault(entry, name);
      if (fault) refuse(`its entry ${told} ${fault}`);
      // On some systems these are one file.
      const key = name.replace(/\/$/, '').normalize('NFC').toLowerCase();
      if (seen.has(key)) refuse(`it has two entries that are called ${told}, capital letters aside`);
      seen.add(key);
      bytes += entry.uncompressedSize;
      if (bytes > mostBytes || bytes > zip.fileSize * mostUnpackedPerByte) {
        refuse('it claims to unpack to more than it can hold');
      }
      if (!name.endsWith('/')) files.set(name, entry);
    }
  } catch (error) {
    if (error instanceof FileFailure) throw error;
    refuse(inWords(error as Error));
  }
  return files;
}

function nameOf(entry: Entry): string {
  return getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, true);
}

/** What keeps a name from being one of a file below the folder, as the end of a sentence. */
function nameFault(name: string): string | undefined {
  if (name.includes('\\')) return 'has a backslash in its name; zip it with another program';
  if (name.startsWith('/')) return 'begins at the top of the disk';
  if (/^[a-z]:/i.test(name)) return 'names a drive';
  if (/\p{Cc}/u.test(name)) return 'has a control character in its name';
  const parts = name.replace(/\/$/, '').split('/');
  if (parts.includes('..')) return 'leads out of its folder';
  if (parts.some(part => part === '' || part === '.')) return 'has an empty part in its name';
  return undefined;
}

const unix = 3;
const kindBits = 0xf000;
const ordinaryFile = 0x8000;
const folder = 0x4000;

function kindFault(entry: Entry, name: string): string | undefined {
  const kind = entry.versionMadeBy >>> 8 === unix ? (entry.externalFileAttributes >>> 16) & kindBits : 0;
  if (kind !== 0 && kind !== ordinaryFile && kind !== folder) return 'is a link or a device, not a file';
  if (entry.isEncrypted()) return 'is encrypted; zip it without a password';
  if (!name.endsWith('/') && !entry.canDecodeFileData()) return 'is packed in a way that is not understood';
  return undefined;
}

function split(path: string): { folder: string; name: string } {
  const end = path.lastIndexOf('/');
  return { folder: path.slice(0, Math.max(0, end)), name: path.slice(end + 1) };
}

function within(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** What systems and archivers put beside the files. */
function isHidden(folder: string): boolean {
  return folder.split('/').some(part => part.startsWith('.') || part === '__MACOSX');
}
