import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { Settings } from '../../../src-shared/settings.ts';
import { isPrivateAlone, type MagnetView, privateAlone } from '../../../src-shared/share.ts';
import type { Magnet } from '../../engine/bittorrent/magnet.ts';
import { longestMetainfo, type Metainfo } from '../../engine/bittorrent/metainfo.ts';
import type { BufferPool } from '../../engine/buffer-pool.ts';
import type { Clock, Dialer, Random } from '../../engine/ports.ts';
import { RateLimiter } from '../../engine/rate-limiter.ts';
import { FileFailure, naming } from '../../io/file-failure.ts';
import { isWithin } from '../../io/folder-listing.ts';
import { underFirstName } from '../../io/free-name.ts';
import { makeFolders } from '../../io/real-place.ts';
import { createWholeFile, readWholeFile, replaceFile } from '../../io/whole-file.ts';
import { type LimitSettings, limitsAt, localTime } from './limits.ts';
import { PeerFinding } from './peer-finding.ts';
import { movedInQueue, type QueueLimits, type QueueMove, turnsOf } from './queue.ts';
import { HostedShare, type ShareHost, type ShareOrigin } from './share.ts';
import type { EngineParts, MadeTorrent } from './share-parts.ts';
import { type HashingRecord, newRecord, type ShareRecord, withPriority } from './share-record.ts';
import { wantsTurn } from './share-states.ts';
import { type ReadShares, ShareStore, type StoredShare } from './share-store.ts';
import { Turnstile } from './turnstile.ts';

/** All shares of this computer, and everything that they have in common. */

/** Those of the settings that shares follow. */
export type ShareSettings = LimitSettings &
  QueueLimits &
  Pick<
    Settings,
    | 'seedRatio'
    | 'listenPort'
    | 'localDiscovery'
    | 'catalogue'
    | 'takeAll'
    | 'peerExchange'
    | 'dht'
    | 'portMapping'
    | 'trackerHttpPort'
    | 'trackerUdpPort'
    | 'machines'
  >;

export interface ShareEngineOptions {
  /** The list of shares lies in its folder `shares`. */
  readonly profileFolder: string;
  /** Where shares come to lie for which no folder is named. */
  readonly downloadFolder: () => string;
  readonly settings: ShareSettings;
  /** This computer's name. */
  readonly computer: string;
  readonly parts: EngineParts;
  readonly clock: Clock;
  readonly random: Random;
  readonly dialer: Dialer;
  readonly pool: BufferPool;
  /** 40 hexadecimal digits, new for each process. */
  readonly peerId: string;
  /** Goes on with the shares of the list; otherwise only those that are added are there. */
  readonly restores: boolean;
  readonly log: (details: string) => void;
  /** A share is on the list from now on, before anything happens to it. */
  readonly onAdded?: (share: HostedShare) => void;
  /** Another activity, another problem, more or less that is wanted. */
  readonly onChanged?: (share: HostedShare) => void;
  readonly onRemoved?: (share: HostedShare) => void;
}

/** What cannot be done, in a sentence for people. */
export class ShareProblem extends Error {
  override readonly name = 'ShareProblem';
}

export interface NewFiles {
  readonly paths: readonly string[];
  readonly name: string | null;
  readonly pieceLength: number | null;
  readonly isPrivate: boolean;
  readonly trackers: readonly (readonly string[])[];
}

/** How something that is fetched is to be fetched. */
export interface Taking {
  /** Null: the usual folder. */
  readonly folder: string | null;
  readonly sequential: boolean;
  readonly paused: boolean;
  /** Files that are not wanted, by index. */
  readonly skip?: readonly number[];
}

/** Opens the engine: the port is listened on, every way of finding peers that is on is being started, shares go on. */
export async function openShareEngine(options: ShareEngineOptions): Promise<ShareEngine> {
  const engine = new ShareEngine(options);
  await engine.open();
  return engine;
}

/** Of both the oldest are forgotten. */
const mostDeclined = 10_000;
const mostNotices = 50;
/** With so many on the list none is taken unasked any more: anybody of the room can offer ever new ones. */
const mostTaken = 500;
const enoughTaken = `There are ${mostTaken} shares on the list: no more are taken unless you fetch them yourself.`;
const tickMs = 1_000;
const savedEveryMs = 30_000;
/** What was changed is on disk this soon. */
const saveMs = 300;

export class ShareEngine {
  readonly #options: ShareEngineOptions;
  readonly #store: ShareStore;
  readonly #reading = new Turnstile();
  readonly #limits: { readonly upload: RateLimiter; readonly download: RateLimiter };
  readonly #notices: string[] = [];
  /** In the order of the queue. */
  #shares: HostedShare[] = [];
  #settings: ShareSettings;
  readonly #finding: PeerFinding;
  /** Taken off by the user; never taken again by itself. */
  readonly #declined = new Set<string>();
  readonly #dirty = new Set<HostedShare>();
  #callOffSave: (() => void) | undefined;
  #callOffTick = () => {};
  #countedAt: number;
  #isReconsidering = false;
  #mustReconsider = false;
  /** What was on the list is on it again. */
  #isOpen = false;
  #isClosed = false;

  constructor(options: ShareEngineOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#store = new ShareStore(join(options.profileFolder, 'shares'));
    const now = options.clock.now();
    this.#countedAt = now;
    this.#limits = { upload: new RateLimiter(0, now), download: new RateLimiter(0, now) };
    this.#finding = new PeerFinding({
      ...options,
      shares: () => this.#shares,
      settings: () => this.#settings,
      onNearby: () => this.#takeAllOffered(),
    });
    this.#applyLimits();
  }

  /** Called once, by `openShareEngine`. */
  async open(): Promise<void> {
    const { settings, clock, restores } = this.#options;
    const notice = await this.#finding.open(settings.listenPort);
    if (notice !== undefined) this.#notice(notice);
    this.#finding.applySettings();
    await this.#store.removeLeftOver();
    if (restores) await this.#restore();
    this.#isOpen = true;
    this.#takeAllOffered();
    const tick = () => {
      this.#callOffTick = clock.after(tickMs, tick);
      this.#onTick();
    };
    this.#callOffTick = clock.after(tickMs, tick);
  }

  /** In the order of the queue. */
  get shares(): readonly HostedShare[] {
    return this.#shares;
  }

  /** What was damaged or is not as it was set, in sentences. */
  get notices(): readonly string[] {
    return this.#notices;
  }

  /** The port, trackers inside and around, the room: how peers are found, and what was. */
  get finding(): PeerFinding {
    return this.#finding;
  }

  /** Whether a share has its files at a path, below it, or around it. */
  uses(path: string): boolean {
    const places = this.#shares.flatMap(share => share.places);
    return places.some(place => isWithin(path, place) || isWithin(place, path));
  }

  byInfoHash(infoHash: string): HostedShare | undefined {
    return infoHash === '' ? undefined : this.#shares.find(share => share.infoHash === infoHash);
  }

  /** Makes a share of files; they are hashed where they lie. Throws a `ShareProblem`. */
  async shareFiles(files: NewFiles): Promise<HostedShare> {
    if (isPrivateAlone(files)) throw new ShareProblem(privateAlone);
    const id = randomUUID();
    const { paths } = files;
    const addedAtMs = this.#options.clock.wallNow();
    const order = this.#nextOrder();
    const hashing: HashingRecord = {
      id,
      ...files,
      paths: [...paths],
      trackers: files.trackers.map(tier => [...tier]),
      addedAtMs,
      order,
      isPaused: false,
    };
    const share = this.#startHashing(hashing);
    await this.#store.saveHashing(hashing);
    return share;
  }

  /** Throws a `ShareProblem`, or a `MetainfoError` with a sentence; so do those that follow. */
  async addTorrent(torrent: Uint8Array, taking: Taking): Promise<HostedShare> {
    const metainfo = this.#options.parts.readTorrent(torrent);
    this.#mustBeNew(metainfo.infoHash);
    const priorities = withPriority('', taking.skip ?? [], 'skip', metainfo.files.length);
    const record = { ...(await this.#recordOf(metainfo.infoHash, metainfo.name, taking)), priorities };
    const share = this.#add(record, { from: 'torrent', metainfo, paths: null });
    // Its settings come first: killed in between, its hash and its folder are known at least.
    await this.#store.saveRecord(metainfo.infoHash, share.record);
    await this.#store.saveTorrent(metainfo.infoHash, torrent);
    return share;
  }

  async addMagnet(link: string, taking: Taking): Promise<HostedShare> {
    return this.#addMagnet(this.#options.parts.readMagnet(link), taking);
  }

  /** Fetches what somebody of the room offers. */
  async takeNearby(infoHash: string, taking: Taking): Promise<HostedShare> {
    const offered = this.#finding.machines.flatMap(({ shares }) => shares);
    const share = offered.find(one => one.infoHash === infoHash);
    if (share === undefined) throw new ShareProblem('Nobody of the room offers this share any more.');
    const peers = this.#finding.peersWith(infoHash);
    return this.#addMagnet({ infoHash, name: share.name, trackers: [], peers }, taking);
  }

  readMagnet(link: string): MagnetView {
    const { infoHash, name, trackers } = this.#options.parts.readMagnet(link);
    return { infoHash, name, trackers, listedAs: this.byInfoHash(infoHash)?.id ?? null };
  }

  readTorrent(torrent: Uint8Array): Metainfo {
    return this.#options.parts.readTorrent(torrent);
  }

  /** Takes a share off the list; with `deleteData` its files go too. Throws a `FileFailure`. */
  async remove(share: HostedShare, deleteData: boolean): Promise<void> {
    this.#shares = this.#shares.filter(other => other !== share);
    this.#dirty.delete(share);
    if (share.infoHash !== '') this.#decline(share.infoHash);
    await share.close();
    try {
      const kept = deleteData ? await share.deleteFiles() : [];
      if (kept.length > 0) this.#notice(keptFiles(share, kept));
    } finally {
      await this.#store.removeHashing(share.id);
      if (share.infoHash !== '') await this.#store.remove(share.infoHash);
      this.#options.onRemoved?.(share);
      this.#onListChanged();
    }
  }

  moveInQueue(share: HostedShare, to: QueueMove): void {
    const order = movedInQueue(
      this.#shares.map(({ id }) => id),
      share.id,
      to,
    );
    this.#shares = order.map(id => this.#shares.find(one => one.id === id)!);
    for (const [place, one] of this.#shares.entries()) one.setOrder(place);
    this.#reconsider();
  }

  /**
   * Writes the .torrent beside the share's files, or into `folder`, unless it is there; never over something else. Throws
   * a `ShareProblem` or a `FileFailure`.
   */
  async saveTorrent(share: HostedShare, folder = share.record.folder): Promise<string> {
    const torrent = this.torrentOf(share);
    if (torrent === undefined) throw new ShareProblem('Nobody has sent what this link leads to yet.');
    await naming({ path: folder, shown: folder }, makeFolders(folder));
    const draft = { path: join(folder, `.${share.infoHash}.${process.pid}.tmp`), shown: share.name };
    return underFirstName(folder, share.name, '.torrent', async place => {
      if (await createWholeFile(place, draft, torrent, true)) return place.path;
      // One that leads to this share, with yesterday's trackers perhaps, gives way.
      if (!(await this.#isTorrentOf(share, place.path))) return undefined;
      await replaceFile(place, draft, torrent, true);
      return place.path;
    });
  }

  /** The .torrent as a file of bytes. */
  torrentOf(share: HostedShare): Uint8Array | undefined {
    const { metainfo } = share;
    return metainfo === undefined
      ? undefined
      : this.#options.parts.writeTorrent(metainfo, this.#finding.trackersOf(share));
  }

  get settings(): ShareSettings {
    return this.#settings;
  }

  /** From now on. */
  changeSettings(settings: ShareSettings): void {
    this.#settings = settings;
    this.#applyLimits();
    this.#finding.applySettings();
    this.#reconsider();
    this.#takeAllOffered();
  }

  /** Ends everything tidily: trackers are told, state is on disk. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#callOffTick();
    for (const share of this.#shares) share.count();
    await Promise.all(this.#shares.map(share => share.close()));
    await this.#finding.close();
    this.#callOffSave?.();
    this.#callOffSave = undefined;
    await this.#save();
    await this.#store.settled();
    await this.#options.parts.close();
  }

  #notice(sentence: string): void {
    this.#notices.push(sentence);
    if (this.#notices.length > mostNotices) this.#notices.shift();
  }

  // The list.

  async #restore(): Promise<void> {
    const { downloadFolder, clock } = this.#options;
    const { notices, ...stored } = await this.#store.readAll(downloadFolder(), clock.wallNow());
    for (const notice of notices) this.#notice(notice);
    const { shares, hashings } = madeOnce(stored);
    for (const infoHash of await this.#store.readDeclined()) this.#declined.add(infoHash);
    const entries = [
      ...(await Promise.all(
        shares.map(async stored => [stored.record, await this.#originOf(stored)] as const),
      )),
      ...hashings.map(
        hashing => [recordOfHashing(hashing, this.#settings.seedRatio), originOfHashing(hashing)] as const,
      ),
    ];
    for (const [record, origin] of entries.sort(([a], [b]) => a.order - b.order)) {
      if (origin !== undefined) this.#enlist(record, origin);
    }
    this.#onListChanged();
  }

  /** Undefined, and a notice, when nothing of use is left. */
  async #originOf({
    infoHash,
    torrent,
    magnet,
    paths,
    record,
  }: StoredShare): Promise<ShareOrigin | undefined> {
    const { parts } = this.#options;
    if (torrent !== undefined) {
      try {
        const metainfo = parts.readTorrent(torrent);
        if (metainfo.infoHash === infoHash) return { from: 'torrent', metainfo, paths };
      } catch {
        // As good as one of another share.
      }
      this.#notice(await this.#store.setAsideTorrent(infoHash));
    }
    try {
      if (magnet !== undefined) return { from: 'magnet', magnet: parts.readMagnet(magnet), link: magnet };
    } catch {
      // The hash alone finds it again, where somebody is there who has it.
    }
    const known: Magnet = { infoHash, name: record.name, trackers: record.trackers?.flat() ?? [], peers: [] };
    return { from: 'magnet', magnet: known, link: parts.writeMagnet(known) };
  }

  #startHashing(hashing: HashingRecord): HostedShare {
    return this.#add(recordOfHashing(hashing, this.#settings.seedRatio), originOfHashing(hashing));
  }

  async #addMagnet(magnet: Magnet, taking: Taking): Promise<HostedShare> {
    this.#mustBeNew(magnet.infoHash);
    const link = this.#options.parts.writeMagnet(magnet);
    const record = await this.#recordOf(magnet.infoHash, magnet.name || magnet.infoHash, taking);
    const share = this.#add(record, { from: 'magnet', magnet, link });
    await this.#store.saveRecord(magnet.infoHash, share.record);
    await this.#store.saveMagnet(magnet.infoHash, link);
    return share;
  }

  /** One that was here before and was not taken off goes on as it was. */
  async #recordOf(infoHash: string, name: string, taking: Taking): Promise<ShareRecord> {
    const { clock, downloadFolder, restores } = this.#options;
    const before = restores ? undefined : await this.#store.readOne(infoHash);
    const { sequential, paused } = taking;
    return newRecord({
      ...before?.record,
      id: randomUUID(),
      name,
      folder: taking.folder ?? downloadFolder(),
      addedAtMs: clock.wallNow(),
      order: this.#nextOrder(),
      seedRatio: this.#settings.seedRatio,
      sequential,
      isPaused: paused,
    });
  }

  #add(record: ShareRecord, origin: ShareOrigin): HostedShare {
    const share = this.#enlist(record, origin);
    this.#onListChanged();
    return share;
  }

  #enlist(record: ShareRecord, origin: ShareOrigin): HostedShare {
    if (this.#isClosed) throw new ShareProblem('The app is closing.');
    const share = new HostedShare(this.#hostOf(), record, origin);
    this.#declined.delete(share.infoHash);
    this.#shares.push(share);
    this.#onRecord(share);
    this.#options.onAdded?.(share);
    share.start();
    return share;
  }

  #mustBeNew(infoHash: string): void {
    const listed = this.byInfoHash(infoHash);
    if (listed !== undefined) throw new ShareProblem(`${listed.name} is on the list already.`);
  }

  #nextOrder(): number {
    return this.#shares.reduce((most, { record }) => Math.max(most, record.order + 1), 0);
  }

  #hostOf(): ShareHost {
    const { parts, clock, random, dialer, pool, peerId, log } = this.#options;
    const engine = this;
    return {
      parts,
      clock,
      random,
      dialer,
      pool,
      peerId,
      log,
      limits: this.#limits,
      reading: this.#reading,
      get listenPort() {
        return engine.#finding.listenPort ?? 0;
      },
      get peerExchange() {
        return engine.#settings.peerExchange;
      },
      stateFile: infoHash => this.#store.stateFile(infoHash),
      magnetOf: share => this.#finding.magnetOf(share),
      findPeers: share => this.#finding.search(share),
      onState: share => {
        this.#reconsider();
        this.#options.onChanged?.(share);
      },
      onRecord: share => this.#onRecord(share),
      onMetainfo: (share, made) => this.#onMetainfo(share, made),
    };
  }

  async #onMetainfo(share: HostedShare, made: MadeTorrent | undefined): Promise<string | undefined> {
    const metainfo = share.metainfo!;
    const other = this.#shares.find(one => one !== share && one.infoHash === metainfo.infoHash);
    if (other !== undefined)
      return `The same is on the list already, as ${other.name}. Take one of the two off the list.`;
    const bytes = made?.bytes ?? this.#options.parts.writeTorrent(metainfo, share.trackers);
    if (made?.paths) await this.#store.savePaths(metainfo.infoHash, made.paths);
    await this.#store.saveRecord(metainfo.infoHash, share.record);
    await this.#store.saveTorrent(metainfo.infoHash, bytes);
    await this.#store.removeHashing(share.id);
    this.#onRecord(share);
    this.#onListChanged();
    return undefined;
  }

  async #isTorrentOf(share: HostedShare, path: string): Promise<boolean> {
    try {
      const there = this.#options.parts.readTorrent(await readWholeFile(path, longestMetainfo));
      return there.infoHash === share.infoHash;
    } catch {
      return false;
    }
  }

  #decline(infoHash: string): void {
    this.#declined.delete(infoHash);
    this.#declined.add(infoHash);
    for (const oldest of this.#declined) {
      if (this.#declined.size <= mostDeclined) break;
      this.#declined.delete(oldest);
    }
    if (!this.#options.restores) return;
    this.#store.saveDeclined([...this.#declined]).catch(error => this.#options.log(messageOf(error)));
  }

  #onListChanged(): void {
    this.#reconsider();
    this.#finding.sharesChanged();
  }

  // Turns and limits.

  /** Gives each share its turn or takes it; a share that answers by asking again is heard at the end. */
  #reconsider(): void {
    if (this.#isReconsidering) {
      this.#mustReconsider = true;
      return;
    }
    this.#isReconsidering = true;
    do {
      this.#mustReconsider = false;
      const queue = this.#shares.map(share => ({ id: share.id, wants: wantsTurn(share.state) }));
      const { active, positions } = turnsOf(queue, this.#settings);
      for (const share of this.#shares) {
        share.queuePosition = positions.get(share.id) ?? null;
        share.setTurn(active.has(share.id));
      }
    } while (this.#mustReconsider);
    this.#isReconsidering = false;
  }

  #applyLimits(): void {
    const { clock } = this.#options;
    const { upload, download } = limitsAt(this.#settings, localTime(clock.wallNow()));
    if (this.#limits.upload.bytesPerSecond === upload && this.#limits.download.bytesPerSecond === download)
      return;
    const now = clock.now();
    this.#limits.upload.setLimit(upload, now);
    this.#limits.download.setLimit(download, now);
    for (const share of this.#shares) share.onLimitsChanged();
  }

  #onTick(): void {
    this.#applyLimits();
    for (const share of this.#shares) share.onTick();
    const now = this.#options.clock.now();
    if (now - this.#countedAt < savedEveryMs) return;
    this.#countedAt = now;
    for (const share of this.#shares) share.count();
  }

  // What is remembered.

  #onRecord(share: HostedShare): void {
    this.#dirty.add(share);
    if (this.#isClosed || this.#callOffSave !== undefined) return;
    this.#callOffSave = this.#options.clock.after(saveMs, () => {
      this.#callOffSave = undefined;
      void this.#save();
    });
  }

  async #save(): Promise<void> {
    const dirty = [...this.#dirty].filter(share => this.#shares.includes(share));
    this.#dirty.clear();
    const saved = await Promise.allSettled(
      dirty.map(share => {
        const { hashing, record, infoHash } = share;
        if (infoHash !== '') return this.#store.saveRecord(infoHash, record);
        if (hashing === undefined) return Promise.resolve();
        const { isPaused, order } = record;
        return this.#store.saveHashing({ ...hashing, isPaused, order });
      }),
    );
    for (const result of saved) if (result.status === 'rejected') this.#options.log(messageOf(result.reason));
  }

  #takeAllOffered(): void {
    if (!this.#settings.takeAll || !this.#isOpen || this.#isClosed) return;
    const offered = new Set(
      this.#finding.machines.flatMap(({ shares }) => shares.map(({ infoHash }) => infoHash)),
    );
    let room = Math.max(0, mostTaken - this.#shares.length);
    for (const infoHash of offered) {
      if (this.byInfoHash(infoHash) !== undefined || this.#declined.has(infoHash)) continue;
      if (room === 0) {
        if (!this.#notices.includes(enoughTaken)) this.#notice(enoughTaken);
        return;
      }
      room -= 1;
      this.takeNearby(infoHash, { folder: null, sequential: false, paused: false }).catch(error =>
        this.#options.log(messageOf(error)),
      );
    }
  }
}

/** A process that was killed when it had just made a share of files has left both: what is whole counts. */
function madeOnce({ shares, hashings }: Omit<ReadShares, 'notices'>): Omit<ReadShares, 'notices'> {
  const whole = new Set(shares.flatMap(({ torrent, record }) => (torrent === undefined ? [] : record.id)));
  const known = new Set([...whole, ...hashings.map(({ id }) => id)]);
  return {
    shares: shares.filter(({ torrent, record }) => torrent !== undefined || !known.has(record.id)),
    hashings: hashings.filter(({ id }) => !whole.has(id)),
  };
}

function recordOfHashing(
  { id, name, paths, addedAtMs, order, isPaused }: HashingRecord,
  seedRatio: number | null,
): ShareRecord {
  const [first = ''] = paths;
  const ownName = first.slice(dirname(first).length).replace(/^[\\/]/, '');
  return newRecord({
    id,
    name: name ?? ownName,
    folder: dirname(first),
    addedAtMs,
    order,
    isPaused,
    // 0 says that what was fetched is not given on; files of one's own are there to be given.
    seedRatio: seedRatio || null,
  });
}

function originOfHashing(hashing: HashingRecord): ShareOrigin {
  return { from: 'files', hashing };
}

function keptFiles({ name, record }: HostedShare, kept: readonly string[]): string {
  const [first, ...others] = kept;
  const which = others.length === 0 ? `${first} was` : `${first} and ${others.length} more files were`;
  return `${name}: ${which} changed by somebody else and left in ${record.folder}.`;
}

function messageOf(error: unknown): string {
  if (error instanceof FileFailure || error instanceof ShareProblem) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
