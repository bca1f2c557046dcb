import { join } from 'node:path';
import { Bitfield } from '../../../src-shared/bitfield.ts';
import type { JournalEvent, Outcome } from '../../../src-shared/journal.ts';
import type { FilePriority, ShareActivity, ShareSummary, ShareView } from '../../../src-shared/share.ts';
import { formatBytes } from '../../../src-shared/units.ts';
import type { SwarmView } from '../../../src-shared/view.ts';
import type { Magnet } from '../../engine/bittorrent/magnet.ts';
import type { Metainfo } from '../../engine/bittorrent/metainfo.ts';
import type { PeerSource } from '../../engine/bittorrent/peer-book.ts';
import type { BufferPool } from '../../engine/buffer-pool.ts';
import type { Address, Clock, Dialer, Link, Random, StorageFailure } from '../../engine/ports.ts';
import { RateLimiter } from '../../engine/rate-limiter.ts';
import { FileFailure } from '../../io/file-failure.ts';
import { laidAs } from '../../io/make-torrent.ts';
import { KnownPeers, mayName } from './known-peers.ts';
import { ShareContent } from './share-content.ts';
import type {
  MadeTorrent,
  MetadataFetching,
  OpenedShare,
  RunningShare,
  ShareAnnouncer,
  ShareParts,
  ShareProgress,
} from './share-parts.ts';
import type { HashingRecord, ShareRecord } from './share-record.ts';
import { priorityOf, withPriority } from './share-record.ts';
import {
  activityOf,
  firstState,
  nextState,
  type ShareEvent,
  type ShareState,
  type ShareWork,
  workOf,
} from './share-states.ts';
import { ShareTotals } from './share-totals.ts';
import { abortable, noWork, type Work } from './share-work.ts';
import type { Turnstile } from './turnstile.ts';
import { watchStorage } from './watched-storage.ts';

/** What a share needs of the engine that has it on its list. */
export interface ShareHost {
  readonly parts: ShareParts;
  readonly clock: Clock;
  readonly random: Random;
  readonly dialer: Dialer;
  readonly pool: BufferPool;
  /** 40 hexadecimal digits. */
  readonly peerId: string;
  readonly listenPort: number;
  /** Of all shares together. */
  readonly limits: { readonly upload: RateLimiter; readonly download: RateLimiter };
  readonly peerExchange: boolean;
  /** Hashing and checking take turns. */
  readonly reading: Turnstile;
  stateFile(infoHash: string): string;
  /** Says what a link to this share must hold. */
  magnetOf(share: HostedShare): string;
  /** Looks for peers by every means but its trackers, and lets those in who come. Returns what ends it. */
  findPeers(share: HostedShare): () => void;
  /** It wants another turn than before, or none. */
  onState(share: HostedShare): void;
  /** Something to be remembered has changed. */
  onRecord(share: HostedShare): void;
  /** The metainfo is known. Says why the share cannot go on with it, in a sentence. */
  onMetainfo(share: HostedShare, made: MadeTorrent | undefined): Promise<string | undefined>;
  log(details: string): void;
}

/** What a new share begins with. */
export type ShareOrigin =
  | { readonly from: 'files'; readonly hashing: HashingRecord }
  | { readonly from: 'magnet'; readonly magnet: Magnet; readonly link: string }
  | { readonly from: 'torrent'; readonly metainfo: Metainfo; readonly paths: readonly string[] | null };

/** How often a full disk is looked at again. */
const roomMs = 2_000;
/** Besides the files themselves, for what is remembered of them. */
const reserve = 1024 * 1024;
const mostNotices = 50;
const unlimited = Number.POSITIVE_INFINITY;

/**
 * One share on the list, from the first byte that is hashed to the last that is seeded. Its state says what should be
 * under way (`share-states.ts`); what is under way follows, one thing after the other.
 */
export class HostedShare {
  readonly id: string;
  /** Sees every event of its swarm; must be quick. Set before anything happens. */
  onEvent: (event: JournalEvent) => void = () => {};
  /** Hears, in sentences, what goes wrong with peers before there is a swarm. */
  onNote: (text: string) => void = () => {};
  readonly #host: ShareHost;
  readonly #limits: { readonly upload: RateLimiter; readonly download: RateLimiter };
  readonly #hashing: HashingRecord | undefined;
  readonly #magnet: Magnet | undefined;
  readonly #notices: string[] = [];
  #record: ShareRecord;
  #content: ShareContent | undefined;
  /** Where each file lies below the folder; null: where the metainfo says. */
  #paths: readonly string[] | null = null;
  #state: ShareState;
  #work: Work = noWork;
  #settling: Promise<void> | undefined;
  #isClosed = false;
  /** Of hashing and checking. */
  #workProgress = 0;
  /** Open, and nobody has it yet. */
  #opened: OpenedShare | undefined;
  /** The files were read a moment ago, to make the metainfo. */
  #isJustHashed = false;
  /** Files were changed here that had been whole: its user is asked before they are written to. */
  #overwriting: 'not asked' | 'asked' | 'allowed' = 'not asked';
  #have: Bitfield | undefined;
  /** Its user lets it go on although its ratio is reached. */
  #mayPassRatio = false;
  /** What was here when it was last open, while it is not opened: for display, since nobody has looked. */
  #recorded: Bitfield | undefined;
  #running: RunningShare | undefined;
  #fetching: MetadataFetching | undefined;
  #lastFailure: StorageFailure | undefined;
  #announcer: ShareAnnouncer | undefined;
  #isFound = false;
  #endFinding = () => {};
  readonly #known = new KnownPeers();
  readonly #totals = new ShareTotals();
  #lengths: { readonly key: string; readonly wanted: number; readonly have: number } | undefined;
  queuePosition: number | null = null;

  constructor(host: ShareHost, record: ShareRecord, origin: ShareOrigin) {
    this.#host = host;
    this.id = record.id;
    this.#record = record;
    const now = host.clock.now();
    this.#limits = {
      upload: new RateLimiter(record.uploadBytesPerSecond ?? unlimited, now),
      download: new RateLimiter(record.downloadBytesPerSecond ?? unlimited, now),
    };
    const isPaused = record.isPaused;
    switch (origin.from) {
      case 'files':
        this.#hashing = origin.hashing;
        this.#state = firstState('hashing', { isPaused });
        break;
      case 'magnet':
        this.#magnet = origin.magnet;
        this.#state = firstState('metadata', { isPaused });
        this.#known.add(origin.magnet.peers, 'magnet link');
        break;
      case 'torrent':
        this.#content = new ShareContent(origin.metainfo);
        this.#paths = origin.paths;
        for (const notice of origin.metainfo.notices) this.#notice(notice);
        this.#state = firstState('checking', { isPaused });
    }
    this.#mayPassRatio = this.#isToPassRatio;
  }

  get record(): ShareRecord {
    return this.#record;
  }

  get hashing(): HashingRecord | undefined {
    return this.#content === undefined ? this.#hashing : undefined;
  }

  get state(): ShareState {
    return this.#state;
  }

  get activity(): ShareActivity {
    return activityOf(this.#state);
  }

  get metainfo(): Metainfo | undefined {
    return this.#content?.metainfo;
  }

  get content(): ShareContent | undefined {
    return this.#content;
  }

  /** Where its files and folders lie, as far as it is known. */
  get places(): readonly string[] {
    if (this.#content === undefined) return this.#hashing?.paths ?? [];
    const { files } = laidAs(this.#content.metainfo, this.#paths);
    const topNames = new Set(files.map(({ path }) => path.split('/', 1)[0]!));
    return [...topNames].map(name => join(this.#record.folder, name));
  }

  /** Empty while nobody knows it. */
  get infoHash(): string {
    return this.metainfo?.infoHash ?? this.#magnet?.infoHash ?? '';
  }

  get name(): string {
    return this.metainfo?.name ?? this.#record.name;
  }

  get isPrivate(): boolean {
    return this.metainfo?.isPrivate ?? this.#hashing?.isPrivate ?? false;
  }

  get have(): Bitfield | undefined {
    return this.#have;
  }

  get notices(): readonly string[] {
    return this.#notices;
  }

  /** In tiers, as the user, the metainfo or the link has them. */
  get trackers(): readonly (readonly string[])[] {
    if (this.#record.trackers !== null) return this.#record.trackers;
    const { metainfo } = this;
    if (metainfo !== undefined && metainfo.trackers.length > 0) return metainfo.trackers;
    return this.#magnet?.trackers.map(url => [url]) ?? this.#hashing?.trackers ?? [];
  }

  /** A swarm's clock runs, and pieces may travel. */
  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Starts what its state asks for. */
  start(): void {
    this.#settle();
    if (this.#record.isPaused && this.#content !== undefined)
      this.#recall(this.#content).catch(error => this.#onMistake(error));
  }

  async #recall({ metainfo }: ShareContent): Promise<void> {
    const { parts, stateFile } = this.#host;
    this.#recorded = await parts.recordedPieces(metainfo, stateFile(metainfo.infoHash));
  }

  // What the user asks for.

  pause(): void {
    this.#change({ isPaused: true });
    this.#apply({ type: 'paused' });
  }

  /** Goes on; after a failure, in spite of what it said. */
  resume(): void {
    this.#mayPassRatio = this.#isToPassRatio;
    this.#change({ isPaused: false });
    if (this.#overwriting === 'asked') {
      this.#overwriting = 'allowed';
      this.#change({ wantsMore: true });
    }
    this.#apply({ type: 'resumed' });
  }

  recheck(): void {
    this.#apply({ type: 'recheck' });
  }

  setTurn(hasTurn: boolean): void {
    if (hasTurn !== this.#state.hasTurn) this.#apply({ type: 'turn', hasTurn });
  }

  /** Bytes per second; null: no limit. */
  setLimits(uploadBytesPerSecond: number | null, downloadBytesPerSecond: number | null): void {
    this.#change({ uploadBytesPerSecond, downloadBytesPerSecond });
    const now = this.#host.clock.now();
    this.#limits.upload.setLimit(uploadBytesPerSecond ?? unlimited, now);
    this.#limits.download.setLimit(downloadBytesPerSecond ?? unlimited, now);
    this.onLimitsChanged();
  }

  /** A limit that all share has changed. */
  onLimitsChanged(): void {
    this.#running?.onLimitsChanged();
  }

  setFilePriorities(files: readonly number[], priority: FilePriority): void {
    const content = this.#content;
    const count = content?.files.length ?? Math.max(0, ...files) + 1;
    const isMore =
      priority !== 'skip' && files.some(file => priorityOf(this.#record.priorities, file) === 'skip');
    this.#change({ priorities: withPriority(this.#record.priorities, files, priority, count) });
    if (content === undefined) return;
    if (isMore && !(this.#have && this.#hasWanted(this.#have))) this.#change({ wantsMore: true });
    const { priorities } = this.#record;
    this.#running?.setPriorities(content.piecePriorities(priorities));
    this.#storage?.setPriorities(content.metainfoPriorities(priorities));
    if (this.#have !== undefined) this.#apply({ type: 'progress', isComplete: this.#hasWanted(this.#have) });
  }

  setSequential(sequential: boolean): void {
    this.#change({ sequential });
    this.#running?.setSequential(sequential);
  }

  setSeedRatio(seedRatio: number | null): void {
    this.#mayPassRatio = false;
    this.#change({ seedRatio });
  }

  setTrackers(trackers: readonly (readonly string[])[]): void {
    this.#change({ trackers: trackers.map(tier => [...tier]) });
    this.onTrackersChanged();
  }

  /** Its own trackers, or that inside this app, are others than before. */
  onTrackersChanged(): void {
    this.#announcer?.setTiers(this.trackers);
  }

  announceNow(): void {
    this.#announcer?.announceNow();
  }

  setOrder(order: number): void {
    if (order !== this.#record.order) this.#change({ order });
  }

  addPeers(addresses: readonly Address[], source: PeerSource): void {
    if (this.isPrivate && !mayName(source)) return;
    const fresh = this.#known.add(addresses, source);
    if (fresh.length === 0) return;
    this.#running?.addPeers(fresh, source);
    this.#fetching?.addPeers(fresh);
  }

  accept(link: Link): void {
    const taker = this.#running ?? this.#fetching;
    if (taker === undefined) link.abort();
    else taker.accept(link);
  }

  /** Looked at every second: a ratio that is reached. */
  onTick(): void {
    const { isComplete, isPaused } = this.#state;
    if (isComplete && !isPaused && !this.#mayPassRatio && this.#isAtRatio) this.pause();
  }

  get #isAtRatio(): boolean {
    const { seedRatio } = this.#record;
    if (seedRatio === null) return false;
    const totalLength = this.metainfo?.totalLength ?? 0;
    return this.#totals.ratio(this.#record, this.#running?.view(), totalLength) >= seedRatio;
  }

  /** Who lets a share go on that was whole and at its ratio wants it to give more. */
  get #isToPassRatio(): boolean {
    return this.#record.wasComplete && !this.#record.wantsMore && this.#isAtRatio;
  }

  /** Takes what has been transferred into the record. */
  count(): void {
    if (this.#running !== undefined) this.#count(this.#running.view());
  }

  /** Ends everything tidily, within some seconds; it can be started no more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#settle();
    await this.#settling;
    const announcer = this.#announcer;
    if (announcer !== undefined) await new Promise<void>(resolve => announcer.stop(resolve));
    await closeStorage(this.#opened);
    this.#opened = undefined;
  }

  /** Removes its files, once it is closed. Files that others changed stay; returns their names. Throws a `FileFailure`. */
  async deleteFiles(): Promise<readonly string[]> {
    const content = this.#content;
    if (content === undefined) return [];
    const opened = await this.#openStorage(content, false, new AbortController().signal);
    if ('failed' in opened) throw new FileFailure(opened.failed);
    return opened.storage.deleteFiles();
  }

  // What others see.

  /** A link that leads others here; null while there is nothing to name it by. */
  get magnet(): string | null {
    return this.infoHash === '' ? null : this.#host.magnetOf(this);
  }

  summary(): ShareSummary {
    const activity = activityOf(this.#state);
    const view = this.#running?.view();
    const { wanted, have } = this.#lengthsNow();
    const { uploadedBytes, downloadedBytes } = this.#totals.now(this.#record, view);
    const linked = view?.neighbours.filter(({ link }) => link !== undefined) ?? [];
    const down = view?.downBytesPerSecond ?? 0;
    return {
      infoHash: this.infoHash,
      activity,
      workProgress: this.#progressOf(activity),
      problem: this.#state.failure ?? this.#state.shortage ?? this.#fetching?.status().problem ?? null,
      totalLength: this.metainfo?.totalLength ?? 0,
      wantedLength: wanted,
      haveLength: have,
      fileCount: this.#content?.files.length ?? 0,
      isPrivate: this.isPrivate,
      downBytesPerSecond: down,
      upBytesPerSecond: view?.upBytesPerSecond ?? 0,
      downloadedBytes,
      uploadedBytes,
      etaMs: activity === 'downloading' && down > 0 ? ((wanted - have) / down) * 1000 : null,
      peers: linked.length + (this.#fetching?.status().peers ?? 0),
      seeds: linked.filter(({ complete }) => complete).length,
      magnet: this.magnet,
      queuePosition: this.queuePosition,
      addedAtMs: this.#record.addedAtMs,
    };
  }

  view(): ShareView {
    const content = this.#content;
    const { priorities, sequential, seedRatio } = this.#record;
    const pieceCount = content?.layout.pieceCount ?? 0;
    return {
      summary: this.summary(),
      folder: this.#record.folder,
      pieceLength: content?.layout.pieceLength ?? 0,
      pieceCount,
      comment: this.metainfo?.comment ?? '',
      createdBy: this.metainfo?.createdBy ?? '',
      createdAtMs: this.metainfo?.createdAtMs ?? null,
      files: content?.files ?? [],
      priorities: content?.filePriorities(priorities) ?? new Uint8Array(),
      have: (this.#have ?? this.#recorded ?? new Bitfield(pieceCount)).toBytes(),
      trackers: this.#announcer?.views() ?? [],
      peers: this.#running?.peers() ?? [],
      sequential,
      seedRatio,
      uploadBytesPerSecond: this.#record.uploadBytesPerSecond,
      downloadBytesPerSecond: this.#record.downloadBytesPerSecond,
    };
  }

  /** Its swarm; undefined while none runs. */
  swarmView(): SwarmView | undefined {
    return this.#running?.view();
  }

  /** For the network check. */
  peersAndTrackers(): Pick<ShareView, 'peers' | 'trackers'> {
    return { peers: this.#running?.peers() ?? [], trackers: this.#announcer?.views() ?? [] };
  }

  /** Of what is wanted, 0 to 1. */
  get progress(): number {
    const { wanted, have } = this.#lengthsNow();
    return wanted === 0 ? 1 : have / wanted;
  }

  // How it goes on.

  get #storage() {
    return this.#opened?.storage;
  }

  #apply(event: ShareEvent): void {
    const before = this.#state;
    this.#state = nextState(before, event);
    if (this.#state === before) return;
    if (event.type === 'progress' && event.isComplete && !before.isComplete) this.#announcer?.completed();
    this.#settle();
    this.#host.onState(this);
  }

  #change(patch: Partial<ShareRecord>): void {
    this.#record = { ...this.#record, ...patch };
    this.#host.onRecord(this);
  }

  /** Brings what is under way to what the state asks for. */
  #settle(): void {
    if (this.#settling !== undefined) return;
    if (this.#work.key === this.#wantedKey()) return this.#followNetwork();
    this.#settling = this.#settleAll().finally(() => {
      this.#settling = undefined;
      if (this.#work.key !== this.#wantedKey()) this.#settle();
    });
  }

  async #settleAll(): Promise<void> {
    while (this.#work.key !== this.#wantedKey()) {
      const ending = this.#work;
      this.#work = noWork;
      await ending.stop();
      const work = this.#isClosed ? 'none' : workOf(this.#state);
      this.#followNetwork();
      this.#work = this.#begin(work, this.#wantedKey());
    }
  }

  #wantedKey(): string {
    if (this.#isClosed) return 'none';
    const work = workOf(this.#state);
    return work === 'check' && this.#state.mustRecheck ? 'recheck' : work;
  }

  #begin(work: ShareWork, key: string): Work {
    this.#workProgress = 0;
    switch (work) {
      case 'hash':
        return this.#hash(key);
      case 'fetch-metadata':
        return this.#fetchMetadata(key);
      case 'check':
        return this.#check(key);
      case 'transfer':
        return this.#transfer(key);
      case 'none':
        return { ...noWork, key };
    }
  }

  /** Trackers and the room know of it while it looks for peers, and between two such times. */
  #followNetwork(): void {
    const work = this.#isClosed ? 'none' : workOf(this.#state);
    if (work === 'fetch-metadata' || work === 'transfer') {
      if (this.#isFound) return;
      this.#isFound = true;
      this.#announcer ??= this.#host.parts.announcer({
        infoHash: this.infoHash,
        tiers: this.trackers,
        peerId: this.#host.peerId,
        listenPort: this.#host.listenPort,
        progress: () => this.trackerProgress(),
        onPeers: addresses => this.addPeers(addresses, 'tracker'),
      });
      this.#announcer.start();
      this.#endFinding = this.#host.findPeers(this);
    } else if (work === 'none' && this.#isFound) {
      this.#isFound = false;
      this.#endFinding();
      this.#announcer?.stop(() => {});
    }
  }

  #hash(key: string): Work {
    const { parts, reading } = this.#host;
    const { paths, name, pieceLength, isPrivate, trackers } = this.#hashing!;
    return this.#abortable(key, async signal => {
      const made = await reading.run(signal, () =>
        parts.makeTorrent({
          paths,
          name,
          pieceLength,
          isPrivate,
          trackers,
          signal,
          onProgress: (hashed, total) => {
            this.#workProgress = total === 0 ? 1 : hashed / total;
          },
        }),
      );
      if (made !== undefined && !signal.aborted) await this.#onMade(made);
    });
  }

  async #onMade(made: MadeTorrent): Promise<void> {
    const { metainfo, folder, paths } = made;
    this.#isJustHashed = true;
    this.#paths = paths;
    this.#record = { ...this.#record, folder, name: metainfo.name };
    await this.#onMetainfo(metainfo, made, 'hashed');
  }

  async #onMetainfo(
    metainfo: Metainfo,
    made: MadeTorrent | undefined,
    type: 'hashed' | 'metadata-known',
  ): Promise<void> {
    this.#content = new ShareContent(metainfo);
    for (const notice of metainfo.notices) this.#notice(notice);
    if (metainfo.isPrivate) this.#becomePrivate();
    const problem = await this.#host.onMetainfo(this, made);
    if (problem === undefined) return this.#apply({ type });
    this.#content = undefined;
    this.#apply({ type: 'failed', problem });
  }

  /** Nobody knew while there was but a link (BEP 27). */
  #becomePrivate(): void {
    this.#known.makePrivate();
    if (!this.#isFound) return;
    this.#endFinding();
    this.#endFinding = this.#host.findPeers(this);
  }

  /** Told once, and not without end. */
  #notice(text: string): void {
    if (!this.#notices.includes(text) && this.#notices.length < mostNotices) this.#notices.push(text);
  }

  #fetchMetadata(key: string): Work {
    const { parts, peerId, listenPort, peerExchange } = this.#host;
    const fetching = parts.fetchMetadata({
      infoHash: this.infoHash,
      peerId,
      listenPort,
      peerExchange,
      onInfo: (infoBytes, addresses, leftOut) => {
        if (this.#fetching !== fetching) return;
        this.#known.forget(leftOut);
        this.#known.add(addresses, 'peer exchange');
        this.#onInfo(infoBytes).catch(error => this.#onMistake(error));
      },
      onNote: text => this.onNote(text),
    });
    this.#fetching = fetching;
    fetching.addPeers(this.#known.all);
    return {
      key,
      stop: async () => {
        this.#fetching = undefined;
        fetching.stop();
      },
    };
  }

  async #onInfo(infoBytes: Uint8Array): Promise<void> {
    let metainfo: Metainfo;
    try {
      metainfo = this.#host.parts.readInfo(infoBytes, this.trackers);
    } catch (error) {
      const problem = `What the link leads to cannot be used: ${(error as Error).message}`;
      return this.#apply({ type: 'failed', problem });
    }
    await this.#onMetainfo(metainfo, undefined, 'metadata-known');
  }

  #check(key: string): Work {
    return this.#abortable(key, async signal => {
      await closeStorage(this.#opened);
      this.#opened = undefined;
      const opened = await this.#open(signal, work => this.#host.reading.run(signal, work));
      if (opened !== undefined) this.#apply({ type: 'checked', isComplete: this.#hasWanted(opened.have) });
    });
  }

  /** Undefined when the signal came first, or when it cannot go on, which is said. */
  async #open(
    signal: AbortSignal,
    inTurn: <T>(work: () => Promise<T>) => Promise<T | undefined>,
  ): Promise<OpenedShare | undefined> {
    const open = () => inTurn(() => this.#openStorage(this.#content!, this.#state.mustRecheck, signal));
    let opened = await open();
    // There is no room for what is remembered of the files either.
    while (opened !== undefined && 'failed' in opened && opened.cause === 'full' && !signal.aborted) {
      this.#apply({ type: 'short', problem: `${opened.failed}. Make room there; it goes on by itself.` });
      await this.#rest(roomMs, signal);
      opened = await open();
    }
    if (opened === undefined) return undefined;
    if ('failed' in opened) {
      if (!signal.aborted) this.#apply({ type: 'failed', problem: opened.failed });
      return undefined;
    }
    if (this.#state.shortage !== null) this.#apply({ type: 'room' });
    const isUnexpected = this.#isUnexpected(opened);
    if (signal.aborted || isUnexpected) {
      await closeStorage(opened);
      if (signal.aborted) return undefined;
      this.#see(opened.have);
      this.#overwriting = 'asked';
      this.#apply({ type: 'failed', problem: this.#whatIsUnexpected(opened) });
      return undefined;
    }
    this.#take(opened);
    return opened;
  }

  /**
   * Files that were whole here once are not overwritten unless their user says so; nor made anew where they are gone: a
   * seed is no download, they may be gone on purpose, or the disk they lie on may only be unplugged.
   */
  #isUnexpected({ altered, have }: OpenedShare): boolean {
    const { wasComplete, wantsMore } = this.#record;
    const isGone = !wantsMore && !this.#hasWanted(have);
    return (altered.length > 0 || isGone) && wasComplete && this.#overwriting !== 'allowed';
  }

  #whatIsUnexpected({ altered, have }: OpenedShare): string {
    if (altered.length > 0) return changedFiles(altered);
    const content = this.#content!;
    const missing = content.missingLength(content.piecePriorities(this.#record.priorities), have);
    return goneFiles(have.count === 0 ? this.name : `Some of ${this.name} (${formatBytes(missing)})`);
  }

  #openStorage(content: ShareContent, recheck: boolean, signal: AbortSignal) {
    const { parts, pool } = this.#host;
    const { folder, priorities } = this.#record;
    const isComplete = this.#isJustHashed && !recheck;
    return parts.openStorage({
      metainfo: laidAs(content.metainfo, this.#paths),
      folder,
      stateFile: this.#host.stateFile(content.metainfo.infoHash),
      priorities: content.metainfoPriorities(priorities),
      pool,
      recheck,
      isComplete,
      onChecked: fraction => {
        this.#workProgress = fraction;
      },
      signal,
    });
  }

  #take(opened: OpenedShare): void {
    this.#isJustHashed = false;
    this.#opened = opened;
    this.#see(opened.have);
    if (this.#hasWanted(opened.have)) this.#onWhole();
    for (const note of opened.notes) this.#notice(note);
  }

  /** What was found on disk is shown, whatever becomes of it. */
  #see(have: Bitfield): void {
    this.#have = have;
    this.#change({ haveLength: this.#lengthsNow().have });
  }

  #transfer(key: string): Work {
    let ended: Promise<void> = Promise.resolve();
    const work = this.#abortable(key, async signal => {
      const content = this.#content!;
      if (this.#opened === undefined && (await this.#open(signal, work => work())) === undefined) return;
      await this.#waitForRoom(content, signal);
      if (signal.aborted) return;
      ended = this.#run(content);
    });
    return {
      key,
      stop: async () => {
        await work.stop();
        this.#running?.stop();
        await ended;
      },
    };
  }

  /** Until there is room for what is wanted; says so meanwhile. */
  async #waitForRoom(content: ShareContent, signal: AbortSignal): Promise<void> {
    const { parts } = this.#host;
    const { folder } = this.#record;
    while (!signal.aborted && !this.#state.isComplete) {
      const needed = content.missingLength(content.piecePriorities(this.#record.priorities), this.#have!);
      const free = await parts.freeBytes(folder);
      if (free === undefined || needed + reserve <= free) {
        if (this.#state.shortage !== null) this.#apply({ type: 'room' });
        return;
      }
      this.#apply({ type: 'short', problem: shortage(needed, free, folder) });
      await this.#rest(roomMs, signal);
    }
  }

  /** For so long, or until the signal comes. */
  #rest(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const callOff = this.#host.clock.after(ms, () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      });
      const onAbort = () => {
        callOff();
        resolve();
      };
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Runs its swarm to the end. */
  #run(content: ShareContent): Promise<void> {
    const { parts, clock, random, dialer, pool, peerId, listenPort, limits, peerExchange } = this.#host;
    const { storage, have } = this.#opened!;
    const { sequential, priorities } = this.#record;
    this.#lastFailure = undefined;
    this.#totals.begin();
    return new Promise<void>(resolve => {
      const running = parts.startShare({
        metainfo: content.metainfo,
        have,
        peerId,
        listenPort,
        strategy: 'rarest',
        sequential,
        priorities: content.piecePriorities(priorities),
        limits: {
          upload: [this.#limits.upload, limits.upload],
          download: [this.#limits.download, limits.download],
        },
        ports: {
          dialer,
          storage: watchStorage(storage, {
            onFailure: failure => this.#onStorageFailure(failure),
            onWritten: () => this.#onWritten(),
          }),
          verifier: storage,
          clock,
          random,
          journal: event => this.#onJournal(event),
          pool,
        },
        peerExchange: peerExchange && !content.metainfo.isPrivate,
        onEnded: outcome => {
          this.#count(running.view());
          this.#running = undefined;
          this.#opened = undefined;
          if (this.#work.key === 'transfer') this.#work = { ...noWork, key: 'ended' };
          resolve();
          this.#onEnded(outcome);
        },
      });
      this.#running = running;
      for (const [source, addresses] of this.#known.bySource()) running.addPeers(addresses, source);
    });
  }

  #onJournal(event: JournalEvent): void {
    this.onEvent(event);
    if (event.kind !== 'completed' || this.#state.isComplete) return;
    this.#onWhole();
    this.#apply({ type: 'progress', isComplete: true });
  }

  #onWhole(): void {
    this.#overwriting = 'not asked';
    const { wasComplete, wantsMore } = this.#record;
    if (!wasComplete || wantsMore) this.#change({ wasComplete: true, wantsMore: false });
  }

  #onStorageFailure(failure: StorageFailure): void {
    this.#lastFailure = failure;
    if (failure.cause !== 'full' || this.#state.shortage !== null) return;
    const { folder, priorities } = this.#record;
    const content = this.#content!;
    const needed = content.missingLength(content.piecePriorities(priorities), this.#have!);
    this.#host.parts.freeBytes(folder).then(
      free => {
        if (this.#lastFailure === failure)
          this.#apply({ type: 'short', problem: shortage(needed, free ?? 0, folder) });
      },
      error => this.#onMistake(error),
    );
  }

  #onWritten(): void {
    if (this.#lastFailure?.cause === 'full') this.#lastFailure = undefined;
    if (this.#state.shortage !== null) this.#apply({ type: 'room' });
  }

  #onEnded(outcome: Outcome): void {
    if (this.#isClosed || outcome === 'interrupted') return;
    if (this.#lastFailure?.cause === 'changed') {
      this.#notice(`${this.#lastFailure.failed}. Everything is checked again.`);
      return this.#apply({ type: 'recheck' });
    }
    const problem = this.#lastFailure?.failed ?? 'It ended without being asked to.';
    this.#apply({ type: 'failed', problem });
  }

  #onMistake(error: unknown): void {
    this.#host.log(error instanceof Error ? (error.stack ?? error.message) : String(error));
    this.#apply({ type: 'failed', problem: 'Something went wrong inside the app; its log says more.' });
  }

  #abortable(key: string, work: (signal: AbortSignal) => Promise<void>): Work {
    return abortable(key, work, error => {
      if (error instanceof FileFailure) this.#apply({ type: 'failed', problem: `${error.message}.` });
      else this.#onMistake(error);
    });
  }

  // Sums.

  #hasWanted(have: Bitfield): boolean {
    const content = this.#content!;
    return have.isFull || content.missingLength(content.piecePriorities(this.#record.priorities), have) === 0;
  }

  /** As trackers are told. */
  trackerProgress(): ShareProgress {
    const content = this.#content;
    if (content === undefined || this.#have === undefined) return { uploaded: 0, downloaded: 0, left: 1 };
    const view = this.#running?.view();
    return {
      uploaded: view?.uploadedBytes ?? 0,
      downloaded: view?.downloadedBytes ?? 0,
      left: this.#state.isComplete
        ? 0
        : content.missingLength(content.piecePriorities(this.#record.priorities), this.#have),
    };
  }

  #count(view: SwarmView): void {
    const totals = this.#totals.count(this.#record, view);
    if (totals !== undefined) this.#change({ ...totals, haveLength: this.#lengthsNow().have });
  }

  #lengthsNow(): { readonly wanted: number; readonly have: number } {
    const content = this.#content;
    if (content === undefined) return { wanted: 0, have: 0 };
    const { priorities, haveLength } = this.#record;
    const key = `${this.#have?.count ?? 'unknown'} ${priorities}`;
    if (this.#lengths?.key === key) return this.#lengths;
    const wanted = content.wantedLength(priorities);
    const have =
      this.#have === undefined ? Math.min(haveLength, wanted) : content.haveLength(priorities, this.#have);
    this.#lengths = { key, wanted, have };
    return this.#lengths;
  }

  #progressOf(activity: ShareSummary['activity']): number | null {
    if (activity === 'metadata') return this.#fetching?.status().fraction ?? 0;
    return activity === 'hashing' || activity === 'checking' ? this.#workProgress : null;
  }
}

function shortage(needed: number, free: number, folder: string): string {
  return `There is no room: ${formatBytes(needed)} are still to come, and the disk that holds ${folder} has ${formatBytes(free)} left. Make room there; it goes on by itself.`;
}

function goneFiles(name: string): string {
  return `${name} is not here any more, although this computer had everything. Bring it back or take the share off the list; or go on to fetch it again.`;
}

function changedFiles(names: readonly string[]): string {
  const [first, ...others] = names;
  const which = others.length === 0 ? `${first} has` : `${first} and ${others.length} more files have`;
  return `${which} been changed here since this computer had everything. Take the share off the list to keep the change, or go on to fetch what was shared in its place.`;
}

function closeStorage(opened: OpenedShare | undefined): Promise<void> {
  return new Promise(resolve => {
    if (opened === undefined) resolve();
    else opened.storage.close(resolve);
  });
}
