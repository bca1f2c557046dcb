import type { ContentFile } from '../content/layout.ts';

/** 40 hexadecimal digits, in lower case: names a swarm. */
export type InfoHash = string;

/** SHA-1, at once. The engine has no hashing of its own. */
export type Sha1 = (bytes: Uint8Array) => Uint8Array;

/** A file of a torrent. `path` is below the download folder and, for several files, begins with the share's own folder. */
export interface TorrentFile extends ContentFile {
  /** Zeros that only bring the next file to the start of a piece (BEP 47): never on disk. */
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
