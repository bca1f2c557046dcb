import type { ContentFile } from '../content/layout.ts';
import { longestPath, SafePaths, safeName, safePath, shownName, utf8Length } from '../content/path-rules.ts';
import { type Bencodable, type Bencoded, BencodeError, decode, encode, rawEntry } from './bencode.ts';
import { hexText, latin1Bytes, utf8Text } from './bytes.ts';
import { Notices } from './notices.ts';
import { usableTiers } from './tracker-urls.ts';

/** 40 hexadecimal digits, in lower case: names a swarm. */
export type InfoHash = string;

/** SHA-1, at once. The engine has no hashing of its own. */
export type Sha1 = (bytes: Uint8Array) => Uint8Array;

/** A file of a torrent. `path` is below the download folder and, for several files, begins with the share's own folder. */
export interface TorrentFile extends ContentFile {
  /** Zeros that only bring the next file to the start of a piece (BEP 47): never on disk. Its path may not be its own. */
  readonly isPad: boolean;
}

/** What a torrent says (BEP 3), checked: every path is safe on every system, every number fits the others. */
export interface Metainfo {
  /** `hybrid` torrents carry hashes of BEP 52 too, which are not used yet. */
  readonly version: 'v1' | 'hybrid';
  /** The info dictionary, byte for byte: what the info-hash is the SHA-1 of. */
  readonly infoBytes: Uint8Array;
  readonly infoHash: InfoHash;
  /** Safe as the name of a file or folder. */
  readonly name: string;
  /** Whether the files lie in a folder of that name. */
  readonly isFolder: boolean;
  readonly pieceLength: number;
  readonly totalLength: number;
  /** 20 bytes for each piece. */
  readonly pieceHashes: Uint8Array;
  readonly files: readonly TorrentFile[];
  /** Only its trackers may name peers (BEP 27). */
  readonly isPrivate: boolean;
  /** The URLs of each tier (BEP 12): http, https and udp. */
  readonly trackers: readonly (readonly string[])[];
  readonly comment: string;
  readonly createdBy: string;
  readonly createdAtMs: number | null;
  /** What was changed or left out to make it usable, in sentences: renamed files, trackers we cannot speak to. */
  readonly notices: readonly string[];
}

/** Bytes are no torrent we can use. The message is a sentence that says why. */
export class MetainfoError extends Error {
  override readonly name = 'MetainfoError';
}

export const longestMetainfo = 10 * 1024 * 1024;
export const mostFiles = 100_000;
export const shortestPiece = 16 * 1024;
export const longestPiece = 64 * 1024 * 1024;
const hashLength = 20;
/** So many that 100,000 files can each have ten values. */
const mostValues = 10 * mostFiles;
/** More names than this do not fit into a path. */
const deepest = longestPath / 2;
const longestComment = 10_000;
const longestCreator = 200;
/** What a date can be in JavaScript. */
const latestMs = 8.64e15;

/**
 * Reads a `.torrent` file.
 * @throws MetainfoError
 */
export function readMetainfo(bytes: Uint8Array, sha1: Sha1): Metainfo {
  if (bytes.length > longestMetainfo) {
    throw new MetainfoError('This torrent is larger than 10 MiB, which no honest one is.');
  }
  const own = new Uint8Array(bytes);
  const torrent = dictionaryIn(own, 'This is no torrent file');
  const info = torrent.get('info');
  if (!isDictionary(info)) throw new MetainfoError('This is no torrent file: it describes no files.');
  const notices = new Notices();
  const createdAtMs = numberIn(torrent, 'creation date', -1) * 1000;
  return {
    ...contentOf(info, notices),
    infoBytes: rawEntry(own, 'info')!,
    infoHash: hexText(sha1(rawEntry(own, 'info')!)),
    trackers: usableTiers(tiersOf(torrent), notice => notices.add(notice)),
    comment: freeText(torrent, 'comment', longestComment),
    createdBy: freeText(torrent, 'created by', longestCreator),
    createdAtMs: createdAtMs >= 0 && createdAtMs <= latestMs ? createdAtMs : null,
    notices: notices.list(),
  };
}

/**
 * Reads an info dictionary alone, as peers send it (BEP 9). Whether it has the right info-hash is for the caller to see.
 * @throws MetainfoError
 */
export function readInfo(
  infoBytes: Uint8Array,
  sha1: Sha1,
  trackers: readonly (readonly string[])[] = [],
): Metainfo {
  if (infoBytes.length > longestMetainfo) {
    throw new MetainfoError('The description of this share is larger than 10 MiB, which no honest one is.');
  }
  const own = new Uint8Array(infoBytes);
  const notices = new Notices();
  return {
    ...contentOf(dictionaryIn(own, 'The description of this share cannot be read'), notices),
    infoBytes: own,
    infoHash: hexText(sha1(own)),
    trackers: usableTiers(trackers, notice => notices.add(notice)),
    comment: '',
    createdBy: '',
    createdAtMs: null,
    notices: notices.list(),
  };
}

type Dictionary = ReadonlyMap<string, Bencoded>;

/** The order of keys is of no account: the info-hash is taken from the bytes as they are. */
function dictionaryIn(bytes: Uint8Array, wrong: string): Dictionary {
  let value: Bencoded;
  try {
    value = decode(bytes, { anyOrder: true, values: mostValues });
  } catch (error) {
    if (error instanceof BencodeError) throw new MetainfoError(`${wrong}: ${error.message}.`);
    throw error;
  }
  if (!isDictionary(value)) throw new MetainfoError(`${wrong}: it is no dictionary.`);
  return value;
}

type Content = Pick<
  Metainfo,
  'version' | 'name' | 'isFolder' | 'pieceLength' | 'totalLength' | 'pieceHashes' | 'files' | 'isPrivate'
>;

function contentOf(info: Dictionary, notices: Notices): Content {
  const version = versionOf(info);
  const pieceLength = pieceLengthIn(info);
  const name = textIn(info, 'name');
  if (name === undefined) throw new MetainfoError('This torrent is damaged: it has no name.');
  const isFolder = info.has('files');
  if (isFolder === info.has('length')) {
    throw new MetainfoError('This torrent is damaged: it must be either a single file or a list of files.');
  }
  const files = isFolder ? filesIn(info, name, notices) : [singleFile(info, name, notices)];
  const totalLength = totalOf(files);
  const pieceHashes = info.get('pieces');
  const expected = Math.ceil(totalLength / pieceLength) * hashLength;
  if (!(pieceHashes instanceof Uint8Array) || pieceHashes.length !== expected) {
    throw new MetainfoError('This torrent is damaged: the number of its hashes does not fit its length.');
  }
  const isPrivate = numberIn(info, 'private', 0) !== 0;
  return { version, name: safeName(name), isFolder, pieceLength, totalLength, pieceHashes, files, isPrivate };
}

function versionOf(info: Dictionary): Metainfo['version'] {
  const isLater = numberIn(info, 'meta version', 1) > 1;
  if (isLater && !info.has('pieces')) {
    throw new MetainfoError(
      'This torrent is of BitTorrent version 2 alone, which Piecewise cannot share yet. Ask for a hybrid or version 1 one.',
    );
  }
  return isLater ? 'hybrid' : 'v1';
}

function pieceLengthIn(info: Dictionary): number {
  const length = numberIn(info, 'piece length', 0);
  if (length >= shortestPiece && length <= longestPiece && length % shortestPiece === 0) return length;
  throw new MetainfoError(
    `This torrent has pieces of ${length} bytes. Piecewise takes multiples of 16 KiB, up to 64 MiB.`,
  );
}

function singleFile(info: Dictionary, name: string, notices: Notices): TorrentFile {
  const path = safePath([name]);
  if (path !== name) addRenamed(notices, name, path);
  return { path, length: lengthIn(info), isPad: false };
}

function filesIn(info: Dictionary, folder: string, notices: Notices): TorrentFile[] {
  const list = info.get('files');
  if (!Array.isArray(list)) throw new MetainfoError('This torrent is damaged: it has no list of files.');
  if (list.length > mostFiles) {
    throw new MetainfoError(`This torrent has ${list.length} files. Piecewise takes at most 100,000.`);
  }
  const paths = new SafePaths();
  const files: TorrentFile[] = [];
  for (const entry of list as readonly Bencoded[]) {
    if (!isDictionary(entry)) throw new MetainfoError('This torrent is damaged: a file in its list is none.');
    const components = [folder, ...componentsIn(entry)];
    const attributes = textIn(entry, 'attr') ?? '';
    if (attributes.includes('l')) {
      refuseFullLink(entry);
      notices.add(`"${shownPath(components)}" is left out: it is a link to another file.`);
    } else if (attributes.includes('p')) {
      files.push({ path: safePath(components), length: lengthIn(entry), isPad: true });
    } else {
      const path = components.length > deepest ? undefined : paths.add(components);
      if (path === undefined || utf8Length(path) > longestPath) {
        throw new MetainfoError(
          `The path "${shownPath(components)}" in this torrent is longer than 1,024 bytes.`,
        );
      }
      if (paths.folderCount > mostFiles) {
        throw new MetainfoError('This torrent has more than 100,000 folders.');
      }
      if (path !== components.join('/')) addRenamed(notices, shownPath(components), path);
      files.push({ path, length: lengthIn(entry), isPad: false });
    }
  }
  return files;
}

/** A symbolic link (BEP 47) has no bytes of its own; one that has would leave a hole in the content. */
function refuseFullLink(entry: Dictionary): void {
  if (numberIn(entry, 'length', 0) === 0) return;
  throw new MetainfoError('This torrent is damaged: it has a link with content.');
}

function componentsIn(entry: Dictionary): string[] {
  const utf8 = entry.get('path.utf-8');
  const path = Array.isArray(utf8) ? utf8 : entry.get('path');
  if (!Array.isArray(path) || path.length === 0 || !path.every(part => part instanceof Uint8Array)) {
    throw new MetainfoError('This torrent is damaged: a file in its list has no path.');
  }
  return path.map(utf8Text);
}

function totalOf(files: readonly TorrentFile[]): number {
  let total = 0;
  for (const { length } of files) {
    total += length;
    if (!Number.isSafeInteger(total)) throw new MetainfoError('The files of this torrent are too long.');
  }
  if (files.every(({ length, isPad }) => isPad || length === 0)) {
    throw new MetainfoError('There is nothing in this torrent: all its files are empty.');
  }
  return total;
}

function lengthIn(dictionary: Dictionary): number {
  const length = dictionary.get('length');
  if (typeof length === 'number' && length >= 0) return length;
  throw new MetainfoError('This torrent is damaged: the length of a file is missing or negative.');
}

/** The tiers of `announce-list`, or else `announce` alone (BEP 12). */
function tiersOf(torrent: Dictionary): string[][] {
  const list = torrent.get('announce-list');
  const tiers: string[][] = [];
  if (Array.isArray(list)) {
    for (const tier of list as readonly Bencoded[]) {
      // Some write a list of URLs where a list of tiers belongs.
      const urls: readonly Bencoded[] = Array.isArray(tier) ? tier : [tier];
      tiers.push(urls.filter(url => url instanceof Uint8Array).map(utf8Text));
    }
  }
  if (tiers.some(tier => tier.length > 0)) return tiers;
  const announce = textIn(torrent, 'announce');
  return announce === undefined ? [] : [[announce]];
}

function isDictionary(value: Bencoded | undefined): value is Dictionary {
  return value instanceof Map;
}

function numberIn(dictionary: Dictionary, key: string, otherwise: number): number {
  const value = dictionary.get(key);
  return typeof value === 'number' ? value : otherwise;
}

/** The text of `KEY.utf-8` if there is one, which writers with another encoding add, else of `KEY`. */
function textIn(dictionary: Dictionary, key: string): string | undefined {
  const utf8 = dictionary.get(`${key}.utf-8`);
  const value = utf8 instanceof Uint8Array ? utf8 : dictionary.get(key);
  return value instanceof Uint8Array ? utf8Text(value) : undefined;
}

/** A remark for people, of a length that can be shown. */
function freeText(dictionary: Dictionary, key: string, longest: number): string {
  return (textIn(dictionary, key) ?? '')
    .slice(0, longest)
    .replace(/(?![\n\t])\p{Cc}|\p{Surrogate}/gu, '\ufffd');
}

function addRenamed(notices: Notices, shown: string, path: string): void {
  notices.add(
    `"${shownName(shown)}" is kept as "${shownName(path)}", so that its name works on every system.`,
  );
}

function shownPath(components: readonly string[]): string {
  return shownName(components.slice(0, 40).join('/'));
}

/** What an info dictionary of version 1 says. */
export interface InfoContent {
  readonly name: string;
  readonly pieceLength: number;
  readonly pieceHashes: Uint8Array;
  readonly isPrivate: boolean;
  /** The length of the only file, or the files of a folder with the names on their path below it. */
  readonly content: number | readonly { readonly path: readonly string[]; readonly length: number }[];
}

/** Writes an info dictionary: the same bytes for the same content, on every machine. */
export function writeInfo({ name, pieceLength, pieceHashes, isPrivate, content }: InfoContent): Uint8Array {
  const info = new Map<string, Bencodable>([
    ['name', name],
    ['piece length', pieceLength],
    ['pieces', pieceHashes],
  ]);
  if (isPrivate) info.set('private', 1);
  if (typeof content === 'number') info.set('length', content);
  else
    info.set(
      'files',
      content.map(
        ({ path, length }) =>
          new Map<string, Bencodable>([
            ['path', path],
            ['length', length],
          ]),
      ),
    );
  return encode(info);
}

export interface TorrentRemarks {
  readonly trackers: readonly (readonly string[])[];
  readonly comment?: string;
  readonly createdBy?: string;
  readonly createdAtMs?: number;
}

/** Writes a `.torrent` file around an info dictionary, which stays as it is, byte for byte. */
export function writeMetainfo(infoBytes: Uint8Array, remarks: TorrentRemarks): Uint8Array {
  const { trackers, comment = '', createdBy = '', createdAtMs } = remarks;
  const torrent = new Map<string, Bencodable>();
  const [first] = trackers.flat();
  if (first !== undefined) torrent.set('announce', first);
  if (trackers.flat().length > 1) torrent.set('announce-list', trackers);
  if (comment !== '') torrent.set('comment', comment);
  if (createdBy !== '') torrent.set('created by', createdBy);
  if (createdAtMs !== undefined) torrent.set('creation date', Math.floor(createdAtMs / 1000));
  torrent.set('encoding', 'UTF-8');
  // "info" comes after all of them.
  const before = encode(torrent).subarray(0, -1);
  const key = latin1Bytes('4:info');
  const bytes = new Uint8Array(before.length + key.length + infoBytes.length + 1);
  bytes.set(before);
  bytes.set(key, before.length);
  bytes.set(infoBytes, before.length + key.length);
  bytes[bytes.length - 1] = 0x65;
  return bytes;
}
