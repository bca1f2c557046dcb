import * as v from 'valibot';
import { limit, wholeNumber } from './amounts.ts';
import type { PeerId } from './journal.ts';

/**
 * Shares, the second kind of swarm: real files over BitTorrent. Here is what passes between screen and app about them;
 * `contract.ts` puts it beside the rest.
 */

const token = v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/, 'is not a token'));
/** 40 hexadecimal digits, in lower case. */
const infoHash = v.pipe(v.string(), v.regex(/^[\da-f]{40}$/, 'is not an info-hash'));
const magnetLink = v.pipe(v.string(), v.maxLength(16_384), v.regex(/^magnet:\?/i, 'is no magnet link'));
const trackerUrl = v.pipe(
  v.string(),
  v.maxLength(2_048),
  v.regex(/^(?:https?|udp):\/\//, 'is no tracker address'),
);
export const trackerTiers = v.pipe(
  v.array(v.pipe(v.array(trackerUrl), v.minLength(1), v.maxLength(50))),
  v.maxLength(50),
);
/** `host`, `host:port`, `[IPv6]:port`. */
const typedAddress = v.pipe(v.string(), v.regex(/^\[?[\w.:%-]{1,253}\]?(?::\d{1,5})?$/, 'is no address'));
const fileIndex = wholeNumber(0, 99_999);
const fileIndexes = v.pipe(v.array(fileIndex), v.maxLength(100_000));
/** Whether a file is fetched, and before or after the others. */
export const filePriorities = ['skip', 'low', 'normal', 'high'] as const;
export const filePriority = v.picklist(filePriorities);
export type FilePriority = v.InferOutput<typeof filePriority>;

/** Only trackers may name peers of a private share (BEP 27). */
export function isPrivateAlone(share: {
  readonly isPrivate: boolean;
  readonly trackers: readonly unknown[];
}): boolean {
  return share.isPrivate && share.trackers.length === 0;
}
export const privateAlone = 'A private share needs a tracker: without one nobody could find it.';

/** What each command about shares must be asked with. `folder`: where it comes to lie; null for the usual folder. */
export const shareQuestions = {
  /** Makes a share of a file, a folder, or several of them under a common name; its hashing is shown on Home. */
  shareFiles: v.strictObject({
    places: v.pipe(v.array(token), v.minLength(1), v.maxLength(1000)),
    /** Null: the file's or folder's own name. */
    name: v.nullable(v.pipe(v.string(), v.maxLength(200), v.regex(/^[^\\/\p{Cc}]+$/u, 'is not a name'))),
    /** Null: about 1,500 pieces. */
    pieceLength: v.nullable(wholeNumber(16_384, 64 * 1024 * 1024)),
    /** Only peers that its trackers name (BEP 27). */
    isPrivate: v.boolean(),
    trackers: trackerTiers,
  }),
  /** What a magnet link says, before it is added. */
  readMagnet: v.strictObject({ link: magnetLink }),
  addTorrent: v.strictObject({
    file: token,
    folder: v.nullable(token),
    /** Files that are not wanted, by index. */
    skip: fileIndexes,
    sequential: v.boolean(),
    paused: v.boolean(),
  }),
  addMagnet: v.strictObject({
    link: magnetLink,
    folder: v.nullable(token),
    sequential: v.boolean(),
    paused: v.boolean(),
  }),
  /** Fetches a share that another Piecewise in the room offers. */
  takeNearby: v.strictObject({ infoHash, folder: v.nullable(token) }),
  /** A computer whose shares are asked for although multicast does not reach it. */
  addMachine: v.strictObject({ address: typedAddress }),
  removeMachine: v.strictObject({ address: typedAddress }),
  /** A peer of one share, typed in. */
  addPeer: v.strictObject({ swarm: token, address: typedAddress }),
  pauseShare: v.strictObject({ swarm: token }),
  resumeShare: v.strictObject({ swarm: token }),
  recheckShare: v.strictObject({ swarm: token }),
  /** Takes a share off the list; with `deleteData` its files go too, and nothing else. */
  removeShare: v.strictObject({ swarm: token, deleteData: v.boolean() }),
  limitShare: v.strictObject({ swarm: token, uploadBytesPerSecond: limit, downloadBytesPerSecond: limit }),
  setFilePriorities: v.strictObject({ swarm: token, files: fileIndexes, priority: filePriority }),
  setShareOptions: v.strictObject({
    swarm: token,
    sequential: v.exactOptional(v.boolean()),
    /** Stops seeding at this ratio; null: never. */
    seedRatio: v.exactOptional(v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(1_000)))),
    trackers: v.exactOptional(trackerTiers),
  }),
  moveInQueue: v.strictObject({ swarm: token, to: v.picklist(['top', 'up', 'down', 'bottom']) }),
  announceNow: v.strictObject({ swarm: token }),
  /** Writes the .torrent beside the share's files, or shows where it is already. */
  saveTorrent: v.strictObject({ swarm: token }),
  /** Where shares come to lie; null for the usual folder. `unavailable` where the start decides it. */
  chooseDownloadFolder: v.strictObject({ place: v.nullable(token) }),
} as const;

export interface ShareAnswers {
  shareFiles: { readonly swarm: string };
  readMagnet: MagnetView;
  addTorrent: { readonly swarm: string };
  addMagnet: { readonly swarm: string };
  takeNearby: { readonly swarm: string };
  addMachine: Nothing;
  removeMachine: Nothing;
  addPeer: Nothing;
  pauseShare: Nothing;
  resumeShare: Nothing;
  recheckShare: Nothing;
  removeShare: Nothing;
  limitShare: Nothing;
  setFilePriorities: Nothing;
  setShareOptions: Nothing;
  moveInQueue: Nothing;
  announceNow: Nothing;
  saveTorrent: { readonly path: string };
}
type Nothing = Readonly<Record<string, never>>;

/** What can be followed of shares. */
export const shareTopics = {
  /** One share's files, trackers and settings; what changes many times a second is on its tape. */
  share: v.strictObject({ topic: v.literal('share'), swarm: token }),
  /** Shares of other computers of the room. */
  nearby: v.strictObject({ topic: v.literal('nearby') }),
  /** What each way of finding peers has found: the network check. */
  network: v.strictObject({ topic: v.literal('network') }),
} as const;

export interface ShareUpdates {
  /** The first is whole; later ones have what has changed and nothing else. */
  share: Partial<ShareView>;
  nearby: NearbyView;
  network: NetworkView;
}

/** What a share is doing. `queued`: it waits for its turn; `failed`: `problem` says why, until its user resumes it. */
export type ShareActivity =
  /** Files are read to make the metainfo. */
  | 'hashing'
  /** Files that are there already are compared with their hashes. */
  | 'checking'
  /** A magnet link's metainfo is asked of peers (BEP 9). */
  | 'metadata'
  | 'queued'
  | 'downloading'
  | 'seeding'
  | 'paused'
  | 'failed';

/** Of each share on Home's list; sent whole with it. */
export interface ShareSummary {
  /** Empty while it is not known yet. */
  readonly infoHash: string;
  readonly activity: ShareActivity;
  /** Of hashing, checking or fetching metadata, 0 to 1; null otherwise. */
  readonly workProgress: number | null;
  /** Why it does not move, or what went wrong, in a sentence; null when all is well. */
  readonly problem: string | null;
  /** 0 while unknown. */
  readonly totalLength: number;
  /** Of the files that are wanted. */
  readonly wantedLength: number;
  readonly haveLength: number;
  readonly fileCount: number;
  readonly isPrivate: boolean;
  readonly downBytesPerSecond: number;
  readonly upBytesPerSecond: number;
  readonly downloadedBytes: number;
  readonly uploadedBytes: number;
  /** Time left at the present rate; null when unknown. */
  readonly etaMs: number | null;
  /** Connected peers, and those of them that have everything. */
  readonly peers: number;
  readonly seeds: number;
  /** Null while the info-hash is unknown. */
  readonly magnet: string | null;
  /** From 1; null when it is not waiting for its turn. */
  readonly queuePosition: number | null;
  readonly addedAtMs: number;
}

export interface ShareView {
  readonly summary: ShareSummary;
  /** Where it lies, for display. */
  readonly folder: string;
  readonly pieceLength: number;
  readonly pieceCount: number;
  readonly comment: string;
  readonly createdBy: string;
  readonly createdAtMs: number | null;
  /** Never change once they are known; empty before. What of them changes is in the two arrays that follow. */
  readonly files: readonly FileView[];
  /** Of each file by index, its place in `filePriorities`. */
  readonly priorities: Uint8Array;
  /** Our pieces, a bit each, the first in the highest bit of the first byte: what is here of each file follows from it. */
  readonly have: Uint8Array;
  /** In tiers, as the metainfo has them and as they were found to work (BEP 12). */
  readonly trackers: readonly TrackerView[];
  /** Peers by number, as tape and journal name them. */
  readonly peers: readonly SharePeerView[];
  readonly sequential: boolean;
  readonly seedRatio: number | null;
  readonly uploadBytesPerSecond: number | null;
  readonly downloadBytesPerSecond: number | null;
}

export interface FileView {
  /** Below the share's folder, with forward slashes. */
  readonly path: string;
  readonly length: number;
  /** Where it begins in the share's bytes; padding lies between files and is not listed. */
  readonly offset: number;
}

export interface TrackerView {
  readonly url: string;
  /** From 0. */
  readonly tier: number;
  readonly state: 'idle' | 'announcing' | 'working' | 'failed';
  /** What it said last: a warning, a failure, in a sentence; empty when there is nothing to say. */
  readonly message: string;
  readonly seeders: number | null;
  readonly leechers: number | null;
  /** Peers it named last. */
  readonly peers: number | null;
  /** Milliseconds since the epoch; null: never, or not planned. */
  readonly lastAnnounceAtMs: number | null;
  readonly nextAnnounceAtMs: number | null;
}

export interface SharePeerView {
  readonly peer: PeerId;
  readonly address: string;
  /** "qBittorrent 4.5.2", from its peer ID (BEP 20) or its own word (BEP 10). */
  readonly client: string;
  readonly direction: 'dialled' | 'accepted';
  /** How we learnt of it: "tracker", "local discovery", "peer exchange", … */
  readonly source: string;
  /** The short form that other clients show: D, d, U, u, K, ?, O, S, I, X, H, L, … */
  readonly flags: string;
  /** The same in words. */
  readonly flagWords: readonly string[];
  /** 0 to 1. */
  readonly progress: number;
}

export interface MagnetView {
  readonly infoHash: string;
  readonly name: string;
  readonly trackers: readonly string[];
  /** The swarm's ID when it is on the list. */
  readonly listedAs: string | null;
}

/** What a .torrent says, before it is added. */
export interface TorrentView {
  readonly infoHash: string;
  readonly name: string;
  readonly totalLength: number;
  readonly pieceLength: number;
  readonly pieceCount: number;
  readonly isPrivate: boolean;
  readonly comment: string;
  readonly files: readonly { readonly path: string; readonly length: number }[];
  readonly trackers: readonly (readonly string[])[];
  readonly notices: readonly string[];
  readonly listedAs: string | null;
}

export interface NearbyView {
  readonly machines: readonly NearbyMachine[];
}

export interface NearbyMachine {
  /** "lab-07". */
  readonly name: string;
  readonly address: string;
  /** Typed in, so that it can be taken off again. */
  readonly isTyped: boolean;
  /** Why a typed one shows nothing; null when all is well. */
  readonly problem: string | null;
  readonly shares: readonly NearbyShare[];
}

export interface NearbyShare {
  readonly infoHash: string;
  readonly name: string;
  readonly totalLength: number;
  readonly fileCount: number;
  /** Of the machine that offers it, 0 to 1. */
  readonly progress: number;
  readonly addedAtMs: number;
  /** The swarm's ID when we have it on our list. */
  readonly listedAs: string | null;
}

export interface NetworkView {
  readonly computer: string;
  readonly listenPort: number | null;
  readonly addresses: readonly { readonly address: string; readonly interface: string }[];
  /** One for each way of finding or being found; sent whole. */
  readonly mechanisms: readonly MechanismView[];
}

export interface MechanismView {
  readonly mechanism:
    | 'listening'
    | 'local-discovery'
    | 'catalogue'
    | 'typed'
    | 'trackers'
    | 'own-tracker'
    | 'peer-exchange'
    | 'dht'
    | 'port-mapping';
  readonly state: 'off' | 'trying' | 'working' | 'quiet' | 'failed';
  /** What it found, or what stands in its way and what to do, in sentences. */
  readonly message: string;
  readonly found: number | null;
  readonly lastAtMs: number | null;
}
