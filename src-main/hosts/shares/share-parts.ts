import type { Bitfield } from '../../../src-shared/bitfield.ts';
import type { Outcome } from '../../../src-shared/journal.ts';
import type { MechanismView, NearbyMachine, SharePeerView, TrackerView } from '../../../src-shared/share.ts';
import type { SwarmView } from '../../../src-shared/view.ts';
import type { InfoHash, Metainfo } from '../../engine/bittorrent/metainfo.ts';
import type { PeerSource } from '../../engine/bittorrent/peer-book.ts';
import type { BufferPool } from '../../engine/buffer-pool.ts';
import type { Address, Link, Storage, StorageFailure } from '../../engine/ports.ts';
import type { RateLimiter } from '../../engine/rate-limiter.ts';
import type { SwarmPorts } from '../../engine/swarm-context.ts';

/** What a share is put together from, so that tests can put in parts of their own. */

/** A share in transfer. */
export interface RunningShare {
  /** The handshake is still to be read. */
  accept(link: Link): void;
  addPeers(addresses: readonly Address[], source: PeerSource): void;
  onLimitsChanged(): void;
  /** By piece: 0 not wanted, 1 low, 2 normal, 3 high. */
  setPriorities(priorities: Uint8Array): void;
  setSequential(sequential: boolean): void;
  peers(): readonly SharePeerView[];
  view(): SwarmView;
  /** Ends tidily; `onEnded` follows within about a second. */
  stop(): void;
}

export interface StartShareOptions {
  readonly metainfo: Metainfo;
  readonly have: Bitfield;
  readonly peerId: string;
  readonly listenPort: number;
  readonly strategy: 'random' | 'rarest';
  readonly sequential: boolean;
  readonly priorities: Uint8Array;
  readonly limits: { readonly upload: readonly RateLimiter[]; readonly download: readonly RateLimiter[] };
  readonly ports: SwarmPorts;
  readonly peerExchange: boolean;
  readonly onEnded: (outcome: Outcome) => void;
}

/** Asks peers for the metainfo of a magnet link (BEP 9). */
export interface MetadataFetching {
  accept(link: Link): void;
  addPeers(addresses: readonly Address[]): void;
  /** Peers that were asked or are being asked. */
  readonly peers: number;
  /** 0 to 1. */
  readonly progress: number;
  stop(): void;
}

export interface FetchMetadataOptions {
  readonly infoHash: InfoHash;
  readonly peerId: string;
  readonly listenPort: number;
  /** The info dictionary, of which the info-hash is the SHA-1. */
  readonly onInfo: (infoBytes: Uint8Array) => void;
}

export interface ShareStorage extends Storage {
  /** By file of the metainfo, places in `filePriorities`. */
  setPriorities(priorities: Uint8Array): void;
  /** Removes the share's files and the folders that are empty then, and nothing else. */
  deleteFiles(): Promise<void>;
}

export interface OpenedShare {
  readonly storage: ShareStorage;
  readonly have: Bitfield;
  /** What was odd, in sentences. */
  readonly notes: readonly string[];
}

export interface OpenStorageOptions {
  readonly metainfo: Metainfo;
  readonly folder: string;
  readonly stateFile: string;
  readonly priorities: Uint8Array;
  readonly pool: BufferPool;
  /** Reads every piece, whatever the state file says. */
  readonly recheck: boolean;
  /** The files have just been read to make the metainfo: they are what it says. */
  readonly isComplete: boolean;
  /** 0 to 1. */
  readonly onChecked: (fraction: number) => void;
  readonly signal: AbortSignal;
}

export interface MakeTorrentOptions {
  readonly paths: readonly string[];
  readonly name: string | null;
  readonly pieceLength: number | null;
  readonly isPrivate: boolean;
  readonly trackers: readonly (readonly string[])[];
  readonly onProgress: (hashedBytes: number, totalBytes: number) => void;
  readonly signal: AbortSignal;
}

export interface MadeTorrent {
  readonly metainfo: Metainfo;
  /** The .torrent file. */
  readonly bytes: Uint8Array;
  /** Paths of the metainfo are below it. */
  readonly folder: string;
}

/** A share as its trackers see it. */
export interface ShareAnnouncer {
  start(): void;
  completed(): void;
  announceNow(): void;
  setTiers(tiers: readonly (readonly string[])[]): void;
  views(): readonly TrackerView[];
  stop(done: () => void): void;
}

export interface ShareProgress {
  readonly uploaded: number;
  readonly downloaded: number;
  readonly left: number;
}

export interface AnnouncerOptions {
  readonly infoHash: InfoHash;
  readonly tiers: readonly (readonly string[])[];
  readonly progress: () => ShareProgress;
  readonly onPeers: (addresses: readonly Address[]) => void;
}

/** A magnet link (BEP 9), read. */
export interface Magnet {
  readonly infoHash: InfoHash;
  readonly name: string;
  readonly trackers: readonly string[];
  readonly peers: readonly Address[];
}

/** Everything that touches disk and network, of one share. */
export interface ShareParts {
  makeTorrent(options: MakeTorrentOptions): Promise<MadeTorrent>;
  openStorage(options: OpenStorageOptions): Promise<OpenedShare | StorageFailure>;
  /** Storage is closed when the share ends; so is every connection. */
  startShare(options: StartShareOptions): RunningShare;
  fetchMetadata(options: FetchMetadataOptions): MetadataFetching;
  announcer(options: AnnouncerOptions): ShareAnnouncer;
  /** Reads an info dictionary that peers gave. Throws a `MetainfoError`, a sentence. */
  readInfo(infoBytes: Uint8Array, trackers: readonly (readonly string[])[]): Metainfo;
  /** Whether a piece is what the metainfo says. */
  verifierOf(metainfo: Metainfo): SwarmPorts['verifier'];
  /** Bytes that may still be written in a folder; undefined where nobody can tell. */
  freeBytes(folder: string): Promise<number | undefined>;
}

/** Where peers of all shares connect to. */
export interface ShareListening {
  readonly port: number;
  readonly addresses: readonly string[];
  close(): void;
}

/** A way of finding peers, open until it is closed. */
export interface Finder {
  status(): MechanismView;
  close(): Promise<void>;
}

/** BEP 14, and the DHT likewise. */
export interface AnnouncingFinder extends Finder {
  announce(infoHash: InfoHash, listenPort: number): void;
  withdraw(infoHash: InfoHash): void;
}

/** What of our shares others of the room are shown. */
export interface OfferedShare {
  readonly infoHash: InfoHash;
  readonly name: string;
  readonly totalLength: number;
  readonly fileCount: number;
  /** 0 to 1. */
  readonly progress: number;
  readonly addedAtMs: number;
}

export interface CatalogueFinder extends Finder {
  machines(): readonly NearbyMachine[];
  setTyped(addresses: readonly string[]): void;
  /** Our own list has changed. */
  onSharesChanged(): void;
}

/** The tracker inside. */
export interface OwnTracker extends Finder {
  /** Where it is announced to, as other computers reach it. */
  readonly urls: readonly string[];
}

/** All of a machine that shares need. */
export interface EngineParts extends ShareParts {
  /**
   * Listens on the port or the next one that is free, and hands each link on when it has said which swarm it means; its
   * handshake is still to be read. Throws a `ListenError`.
   */
  listen(port: number, onLink: (infoHash: InfoHash, link: Link) => void): Promise<ShareListening>;
  openLocalDiscovery(onPeer: (infoHash: InfoHash, address: Address) => void): Promise<AnnouncingFinder>;
  openCatalogue(options: {
    readonly listenPort: number;
    readonly shares: () => readonly OfferedShare[];
    readonly typed: readonly string[];
    readonly onChange: () => void;
  }): Promise<CatalogueFinder>;
  openDht(
    listenPort: number,
    onPeers: (infoHash: InfoHash, addresses: readonly Address[]) => void,
  ): Promise<AnnouncingFinder>;
  openPortMapping(port: number): Promise<Finder>;
  openTracker(ports: { readonly http: number | null; readonly udp: number | null }): Promise<OwnTracker>;
  /** Throws a `MetainfoError`, a sentence. */
  readTorrent(bytes: Uint8Array): Metainfo;
  writeTorrent(metainfo: Metainfo, trackers: readonly (readonly string[])[]): Uint8Array;
  /** Throws a `MagnetError`, a sentence. */
  readMagnet(link: string): Magnet;
  writeMagnet(magnet: Magnet): string;
  /** Addresses of this computer at which others may reach it, the likeliest first. */
  ownAddresses(): readonly { readonly address: string; readonly interface: string }[];
  /** Finishes what is being hashed. */
  close(): Promise<void>;
}
