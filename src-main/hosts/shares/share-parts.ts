import type { Bitfield } from '../../../src-shared/bitfield.ts';
import type { Outcome } from '../../../src-shared/journal.ts';
import type { MechanismView, NearbyMachine, SharePeerView, TrackerView } from '../../../src-shared/share.ts';
import type { SwarmView } from '../../../src-shared/view.ts';
import type { OfferedShare } from '../../engine/bittorrent/catalogue-answer.ts';
import type { Magnet } from '../../engine/bittorrent/magnet.ts';
import type { InfoHash, Metainfo } from '../../engine/bittorrent/metainfo.ts';
import type { PeerSource } from '../../engine/bittorrent/peer-book.ts';
import type { SharedHere } from '../../engine/bittorrent/port-tracker.ts';
import type { BufferPool } from '../../engine/buffer-pool.ts';
import type { Address, Link, PieceVerifier, Storage, StorageFailure } from '../../engine/ports.ts';
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
  status(): {
    /** Connected. */
    readonly peers: number;
    /** 0 to 1. */
    readonly fraction: number;
    /** What it waits for, in a sentence; null while it comes. */
    readonly problem: string | null;
  };
  stop(): void;
}

export interface FetchMetadataOptions {
  readonly infoHash: InfoHash;
  readonly peerId: string;
  readonly listenPort: number;
  readonly peerExchange: boolean;
  /** The info dictionary, of which the info-hash is the SHA-1, and where peers are. Every link is closed by then. */
  readonly onInfo: (
    infoBytes: Uint8Array,
    addresses: readonly Address[],
    leftOut: readonly Address[],
  ) => void;
  /** What went wrong with a peer, in a sentence; not told twice. */
  readonly onNote: (text: string) => void;
}

export interface ShareStorage extends Storage, PieceVerifier {
  /** By file of the metainfo, places in `filePriorities`. */
  setPriorities(priorities: Uint8Array): void;
  /**
   * Closes, and removes the share's files and the folders that are empty then. Files that others changed stay; returns
   * their names. Throws a `FileFailure`.
   */
  deleteFiles(): Promise<readonly string[]>;
}

export interface OpenedShare {
  readonly storage: ShareStorage;
  readonly have: Bitfield;
  /** What was odd, in sentences. */
  readonly notes: readonly string[];
  /** Files whose bytes are not all the share's, although they have its names. Downloading goes on in them. */
  readonly altered: readonly string[];
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
  /** Paths of the metainfo are below it, or `paths`, one a file, where they are not null. */
  readonly folder: string;
  readonly paths: readonly string[] | null;
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
  readonly peerId: string;
  readonly listenPort: number;
  readonly progress: () => ShareProgress;
  readonly onPeers: (addresses: readonly Address[]) => void;
}

/** Everything that touches disk and network, of one share. */
export interface ShareParts {
  makeTorrent(options: MakeTorrentOptions): Promise<MadeTorrent>;
  openStorage(options: OpenStorageOptions): Promise<OpenedShare | StorageFailure>;
  /** The pieces that were here when the share was last open, for display; undefined when nothing tells. */
  recordedPieces(metainfo: Metainfo, stateFile: string): Promise<Bitfield | undefined>;
  /** Storage is closed when the share ends; so is every connection. */
  startShare(options: StartShareOptions): RunningShare;
  fetchMetadata(options: FetchMetadataOptions): MetadataFetching;
  announcer(options: AnnouncerOptions): ShareAnnouncer;
  /** Reads an info dictionary that peers gave. Throws a `MetainfoError`, a sentence. */
  readInfo(infoBytes: Uint8Array, trackers: readonly (readonly string[])[]): Metainfo;
  /** Bytes that may still be written in a folder; undefined where nobody can tell. */
  freeBytes(folder: string): Promise<number | undefined>;
}

/** Where peers of all shares connect to. */
export interface ShareListening {
  readonly port: number;
  readonly addresses: readonly string[];
  /** Where its shares may be announced to, as other computers reach it, the likeliest to be reached first. */
  readonly announceUrls: readonly string[];
  /** Why it is not the port that was asked for, in a sentence. */
  readonly notice: string | undefined;
  /** Who was turned away last, and why; undefined: nobody. */
  lastRefusal(): string | undefined;
  /** Hands on the links that name this swarm from now on, their handshake still to be read. Returns what ends that. */
  register(infoHash: InfoHash, accept: (link: Link) => void): () => void;
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

export interface CatalogueFinder extends Finder {
  machines(): readonly NearbyMachine[];
  /** Where those listen who offer a share. */
  peersWith(infoHash: InfoHash): readonly Address[];
  setTyped(addresses: readonly string[]): void;
  /** Our own list has changed. */
  sharesChanged(): void;
}

/** The tracker inside. */
export interface OwnTracker extends Finder {
  /** Where it is announced to, as other computers reach it. */
  readonly urls: readonly string[];
}

/** What those are told who do not come as peers. */
export interface Visitors {
  /** The list of shares. */
  readonly offered: () => readonly OfferedShare[];
  /** A share that clients may announce to us; undefined when there is none, or it is private. */
  readonly announced: (infoHash: InfoHash) => SharedHere | undefined;
}

/** All of a machine that shares need. */
export interface EngineParts extends ShareParts {
  /** Listens on the port or the next one that is free. Throws a `ListenError`. */
  listen(port: number, visitors: Visitors): Promise<ShareListening>;
  openLocalDiscovery(onPeer: (infoHash: InfoHash, address: Address) => void): Promise<AnnouncingFinder>;
  openCatalogue(options: {
    readonly listenPort: number;
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
