import { Bitfield } from '../../../src-shared/bitfield.ts';
import type { Outcome } from '../../../src-shared/journal.ts';
import { defaultSettings } from '../../../src-shared/settings.ts';
import type { MechanismView, NearbyMachine, NearbyShare } from '../../../src-shared/share.ts';
import type { SwarmView } from '../../../src-shared/view.ts';
import type { Magnet } from '../../engine/bittorrent/magnet.ts';
import type { Metainfo } from '../../engine/bittorrent/metainfo.ts';
import { BufferPool } from '../../engine/buffer-pool.ts';
import type { Address, Link, Storage, StorageFailure } from '../../engine/ports.ts';
import { VirtualClock } from '../../engine/testing/virtual-clock.ts';
import type { HostedShare } from './share.ts';
import {
  openShareEngine,
  type ShareEngine,
  type ShareEngineOptions,
  type ShareSettings,
} from './share-engine.ts';
import type {
  AnnouncerOptions,
  EngineParts,
  FetchMetadataOptions,
  MakeTorrentOptions,
  OpenStorageOptions,
  StartShareOptions,
  Visitors,
} from './share-parts.ts';

/** A machine without disk and network, on which shares do what the test says. */

const pieceLength = 16_384;

/** A metainfo of files whose paths begin with its name where there are several. */
export function fakeMetainfo(
  name: string,
  lengths: readonly number[] = [100_000],
  isPrivate = false,
): Metainfo {
  const totalLength = lengths.reduce((sum, length) => sum + length, 0);
  const isFolder = lengths.length > 1;
  return {
    version: 'v1',
    infoBytes: new TextEncoder().encode(name),
    infoHash: fakeHash(name),
    name,
    isFolder,
    pieceLength,
    totalLength,
    pieceHashes: new Uint8Array(20 * Math.ceil(totalLength / pieceLength)),
    files: lengths.map((length, index) => ({
      path: isFolder ? `${name}/file ${index}` : name,
      length,
      isPad: false,
    })),
    isPrivate,
    trackers: [],
    comment: '',
    createdBy: '',
    createdAtMs: null,
    notices: [],
  };
}

export function fakeHash(name: string): string {
  const digits = Array.from(name, character => character.charCodeAt(0).toString(16)).join('');
  return digits.padEnd(40, '0').slice(0, 40);
}

/** What stands for a .torrent file here. */
export function fakeTorrent(metainfo: Metainfo): Uint8Array {
  const { name, files, isPrivate } = metainfo;
  return new TextEncoder().encode(
    JSON.stringify({ name, lengths: files.map(({ length }) => length), isPrivate }),
  );
}

/** A swarm that does what the test says. */
export class FakeSwarm {
  readonly options: StartShareOptions;
  readonly added: [string, string][] = [];
  readonly accepted: Link[] = [];
  priorities: Uint8Array;
  limitsChanged = 0;
  uploaded = 0;
  downloaded = 0;
  isStopped = false;

  constructor(options: StartShareOptions) {
    this.options = options;
    this.priorities = options.priorities;
  }

  /** Pieces come and are written. */
  receive(...pieces: readonly number[]): void {
    for (const piece of pieces) {
      this.options.ports.storage.write(piece, new Uint8Array(), () => {});
      this.options.have.set(piece);
    }
    const wanted = Array.from(this.priorities.entries()).filter(([, priority]) => priority > 0);
    if (wanted.every(([piece]) => this.options.have.has(piece)))
      this.options.ports.journal({ kind: 'completed', seq: 0, atMs: 0, wallMs: 0 });
  }

  end(outcome: Outcome): void {
    this.options.ports.storage.close(() => this.options.onEnded(outcome));
  }

  view(): SwarmView {
    const { metainfo, have } = this.options;
    return {
      self: '1',
      name: metainfo.name,
      phase: { name: 'running' },
      totalLength: metainfo.totalLength,
      pieceLength: metainfo.pieceLength,
      pieceCount: have.size,
      haveCount: have.count,
      haveBytes: 0,
      downloadedBytes: this.downloaded,
      uploadedBytes: this.uploaded,
      downBytesPerSecond: 1000,
      upBytesPerSecond: 0,
      nextRechokeInMs: undefined,
      nextOptimisticInMs: undefined,
      neighbours: [],
    };
  }
}

export class FakeStorage implements Storage {
  /** What the next read or write comes to. */
  failure: StorageFailure | undefined;
  priorities: Uint8Array;
  isClosed = false;
  isDeleted = false;

  constructor(priorities: Uint8Array) {
    this.priorities = priorities;
  }

  read(_piece: number, _offset: number, _length: number, done: Parameters<Storage['read']>[3]): void {
    done(this.failure ?? { bytes: new Uint8Array(), release() {} });
  }

  verify(_piece: number, _bytes: Uint8Array, done: (ok: boolean) => void): void {
    done(true);
  }

  write(_piece: number, _bytes: Uint8Array, done: (failure?: StorageFailure) => void): void {
    done(this.failure);
  }

  complete(done: (failure?: StorageFailure) => void): void {
    done();
  }

  close(done: () => void): void {
    this.isClosed = true;
    done();
  }

  setPriorities(priorities: Uint8Array): void {
    this.priorities = priorities;
  }

  async deleteFiles(): Promise<readonly string[]> {
    this.isDeleted = true;
    this.isClosed = true;
    return [];
  }
}

class FakeFinder {
  readonly announced = new Set<string>();
  isClosed = false;
  readonly #mechanism: MechanismView['mechanism'];

  constructor(mechanism: MechanismView['mechanism']) {
    this.#mechanism = mechanism;
  }

  announce(infoHash: string): void {
    this.announced.add(infoHash);
  }

  withdraw(infoHash: string): void {
    this.announced.delete(infoHash);
  }

  status(): MechanismView {
    return { mechanism: this.#mechanism, state: 'working', message: 'It works.', found: 0, lastAtMs: null };
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

export class FakeMachine {
  readonly clock = new VirtualClock();
  readonly swarms: FakeSwarm[] = [];
  readonly storages: { readonly options: OpenStorageOptions; readonly storage: FakeStorage }[] = [];
  readonly makings: {
    readonly options: MakeTorrentOptions;
    finish(metainfo: Metainfo): void;
    fail(error: Error): void;
  }[] = [];
  readonly fetchings: {
    readonly options: FetchMetadataOptions;
    readonly peers: string[];
    isStopped: boolean;
  }[] = [];
  readonly announcers: { readonly options: AnnouncerOptions; readonly told: string[] }[] = [];
  readonly localDiscovery = new FakeFinder('local-discovery');
  readonly dht = new FakeFinder('dht');
  readonly portMapping = new FakeFinder('port-mapping');
  readonly tracker = new FakeFinder('own-tracker');
  readonly opened: string[] = [];
  machines: NearbyMachine[] = [];
  onNearby = () => {};
  /** What is told to who asks at our port. */
  visitors!: Visitors;
  readonly accepting = new Map<string, (link: Link) => void>();
  onLocalPeer: (infoHash: string, address: Address) => void = () => {};
  /** What storages find when they are opened, by name; nothing unless given. */
  readonly onDisk = new Map<string, readonly number[] | 'all'>();
  altered: readonly string[] = [];
  paths: readonly string[] | null = null;
  openFailure: StorageFailure | undefined;
  free: number | undefined = 1e12;
  takenPorts: readonly number[] = [];
  readonly logged: string[] = [];

  /** The swarm that runs now, of that name. */
  swarm(name: string): FakeSwarm {
    const found = this.swarms.findLast(
      ({ options, isStopped }) => options.metainfo.name === name && !isStopped,
    );
    if (found === undefined) throw new Error(`no swarm of ${name} runs`);
    return found;
  }

  offer(address: string, ...names: readonly string[]): void {
    const shares = names.map(
      (name): NearbyShare => ({
        infoHash: fakeHash(name),
        name,
        totalLength: 1,
        fileCount: 1,
        progress: 1,
        addedAtMs: 0,
        listedAs: null,
      }),
    );
    this.machines = [{ name: 'lab-07', address, isTyped: false, problem: null, shares }];
    this.onNearby();
  }

  readonly parts: EngineParts = {
    makeTorrent: options =>
      new Promise((resolve, reject) => {
        options.signal.addEventListener('abort', () => reject(new Error('aborted')));
        this.makings.push({
          options,
          finish: metainfo =>
            resolve({ metainfo, bytes: fakeTorrent(metainfo), folder: '/home/files', paths: this.paths }),
          fail: reject,
        });
      }),
    recordedPieces: async ({ name, totalLength, pieceLength: length }) => {
      const found = this.onDisk.get(name);
      if (found === undefined || found === 'all') return undefined;
      const pieces = new Bitfield(Math.ceil(totalLength / length));
      for (const piece of found) pieces.set(piece);
      return pieces;
    },
    openStorage: async options => {
      if (this.openFailure !== undefined) return this.openFailure;
      const pieceCount = Math.ceil(options.metainfo.totalLength / options.metainfo.pieceLength);
      const found = options.isComplete ? 'all' : (this.onDisk.get(options.metainfo.name) ?? []);
      const have = found === 'all' ? Bitfield.full(pieceCount) : new Bitfield(pieceCount);
      if (found !== 'all') for (const piece of found) have.set(piece);
      const storage = new FakeStorage(options.priorities);
      this.storages.push({ options, storage });
      return { storage, have, notes: [], altered: this.altered };
    },
    startShare: options => {
      const swarm = new FakeSwarm(options);
      this.swarms.push(swarm);
      return {
        accept: link => swarm.accepted.push(link),
        addPeers: (addresses, source) => {
          for (const { host, port } of addresses) swarm.added.push([`${host}:${port}`, source]);
        },
        onLimitsChanged: () => {
          swarm.limitsChanged += 1;
        },
        setPriorities: priorities => {
          swarm.priorities = priorities;
        },
        setSequential: () => {},
        peers: () => [],
        view: () => swarm.view(),
        stop: () => {
          swarm.isStopped = true;
          queueMicrotask(() => swarm.end('interrupted'));
        },
      };
    },
    fetchMetadata: options => {
      const fetching = { options, peers: [] as string[], isStopped: false };
      this.fetchings.push(fetching);
      return {
        accept: link => link.abort(),
        addPeers: addresses => fetching.peers.push(...addresses.map(({ host, port }) => `${host}:${port}`)),
        status: () => ({ peers: 0, fraction: 0.5, problem: null }),
        stop: () => {
          fetching.isStopped = true;
        },
      };
    },
    announcer: options => {
      const announcer = { options, told: [] as string[] };
      this.announcers.push(announcer);
      return {
        start: () => announcer.told.push('start'),
        completed: () => announcer.told.push('completed'),
        announceNow: () => announcer.told.push('now'),
        setTiers: tiers => announcer.told.push(`tiers ${JSON.stringify(tiers)}`),
        views: () => [],
        stop: done => {
          announcer.told.push('stop');
          queueMicrotask(done);
        },
      };
    },
    readInfo: infoBytes => this.parts.readTorrent(infoBytes),
    freeBytes: async () => this.free,
    listen: async (port, visitors) => {
      this.visitors = visitors;
      let free = port;
      while (this.takenPorts.includes(free)) free += 1;
      return {
        port: free,
        addresses: [`*:${free}`],
        announceUrls: [],
        lastRefusal: () => undefined,
        notice: free === port ? undefined : `Port ${port} is taken.`,
        register: (infoHash, accept) => {
          this.accepting.set(infoHash, accept);
          return () => this.accepting.delete(infoHash);
        },
        close: () => this.opened.push('closed'),
      };
    },
    openLocalDiscovery: async onPeer => {
      this.onLocalPeer = onPeer;
      return this.localDiscovery;
    },
    openCatalogue: async ({ onChange }) => {
      this.onNearby = onChange;
      const finder = new FakeFinder('catalogue');
      return {
        status: () => finder.status(),
        close: () => finder.close(),
        machines: () => this.machines,
        setTyped: typed => this.opened.push(`typed ${typed.join()}`),
        peersWith: infoHash =>
          this.machines.flatMap(({ address, shares }) =>
            shares.some(share => share.infoHash === infoHash) ? [addressOf(address)] : [],
          ),
        sharesChanged: () => {},
      };
    },
    openDht: async () => this.dht,
    openPortMapping: async () => this.portMapping,
    openTracker: async ({ http }) => {
      this.opened.push(`tracker ${http}`);
      return Object.assign(this.tracker, { urls: [`http://10.0.0.1:${http}/announce`] });
    },
    readTorrent: bytes => {
      const { name, lengths, isPrivate } = JSON.parse(new TextDecoder().decode(bytes));
      return fakeMetainfo(name, lengths, isPrivate);
    },
    writeTorrent: metainfo => fakeTorrent(metainfo),
    readMagnet: link => JSON.parse(decodeURIComponent(link.slice('magnet:?'.length))) as Magnet,
    writeMagnet: magnet => `magnet:?${encodeURIComponent(JSON.stringify(magnet))}`,
    ownAddresses: () => [{ address: '10.0.0.1', interface: 'eth0' }],
    close: async () => {},
  };

  open(profileFolder: string, options: Partial<ShareEngineOptions> = {}): Promise<ShareEngine> {
    return openShareEngine({
      profileFolder,
      downloadFolder: () => '/home/downloads',
      settings: fakeSettings(),
      computer: 'lab-01',
      parts: this.parts,
      clock: this.clock,
      random: () => 0.5,
      dialer: { dial: () => () => {} },
      pool: new BufferPool(),
      peerId: '1'.repeat(40),
      restores: true,
      log: details => this.logged.push(details),
      ...options,
    });
  }
}

export function fakeSettings(changes: Partial<ShareSettings> = {}): ShareSettings {
  return { ...defaultSettings, ...changes };
}

/** Waits until what is waited for holds; only a test that fails waits long. */
export async function until(isIt: () => boolean): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!isIt()) {
    if (performance.now() > deadline) throw new Error(`it does not come to ${isIt}`);
    await new Promise(resolve => setImmediate(resolve));
  }
}

export const activity = (share: HostedShare) => share.activity;

function addressOf(text: string): Address {
  const [host = '', port] = text.split(':');
  return { host, port: Number(port) };
}
