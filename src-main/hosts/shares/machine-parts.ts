import type { MechanismView } from '../../../src-shared/share.ts';
import { Announcer } from '../../engine/bittorrent/announcer.ts';
import { answerCatalogue, type OwnMachine } from '../../engine/bittorrent/catalogue-answer.ts';
import { clientName } from '../../engine/bittorrent/client-name.ts';
import { serveHttp } from '../../engine/bittorrent/http-visitor.ts';
import { Lobby } from '../../engine/bittorrent/lobby.ts';
import { readMagnet, writeMagnet } from '../../engine/bittorrent/magnet.ts';
import { MetadataFetch } from '../../engine/bittorrent/metadata-fetch.ts';
import { readInfo, readMetainfo, writeMetainfo } from '../../engine/bittorrent/metainfo.ts';
import { announcePath, PortTracker } from '../../engine/bittorrent/port-tracker.ts';
import { startShare } from '../../engine/bittorrent/share.ts';
import { BufferPool } from '../../engine/buffer-pool.ts';
import { Slabs } from '../../engine/slabs.ts';
import { systemClock } from '../../io/clock.ts';
import { openDiskThreads } from '../../io/disk-thread.ts';
import { freeBytes } from '../../io/free-bytes.ts';
import { openHasher, sha1, sharedBuffers } from '../../io/hasher.ts';
import { openCatalogue } from '../../io/lan/catalogue.ts';
import { openDht, usualBootstrap } from '../../io/lan/dht.ts';
import { openLocalDiscovery } from '../../io/lan/local-discovery.ts';
import type { MulticastGroup } from '../../io/lan/multicast.ts';
import { isLinkLocal, networkAddresses } from '../../io/lan/network-addresses.ts';
import { openPortMapping } from '../../io/lan/port-mapping.ts';
import { makeTorrent } from '../../io/make-torrent.ts';
import { OpenHandles } from '../../io/open-handles.ts';
import { openShareStorage, recordedPieces } from '../../io/share-storage.ts';
import { ListenError, type Listening, listen, tcpDialerFrom } from '../../io/tcp.ts';
import { openTrackerClient } from '../../io/tracker-client.ts';
import { openTrackerServer, type TrackerServer } from '../../io/tracker-server.ts';
import { findsNearby, type LanScope } from './lan-scope.ts';
import type { AnnouncingFinder, EngineParts, ShareListening, Visitors } from './share-parts.ts';

/** The parts of a real machine. */

export interface MachineOptions {
  /** Of Piecewise: "0.1.0". */
  readonly version: string;
  readonly scope: LanScope;
  /** The one address that is used; all of this computer's when left out. */
  readonly host?: string;
  /** This computer's name. */
  readonly computer: string;
  /** 40 hexadecimal digits, new for each process. */
  readonly peerId: string;
  readonly log: (details: string) => void;
}

export interface ShareMachine {
  readonly parts: EngineParts;
  readonly pool: BufferPool;
}

/** Pieces that idle between two uses, at most. */
const idleBytes = 32 * 1024 * 1024;
/** Ports that are tried after the one that is wanted, before any that is free. */
const nextPorts = 20;
const numWant = 80;
const askedEveryMs = 2_000;

export function openShareMachine({
  version,
  scope,
  host,
  computer,
  peerId,
  log,
}: MachineOptions): ShareMachine {
  const pool = new BufferPool(idleBytes, sharedBuffers);
  const slabs = new Slabs(pool);
  const hasher = openHasher({ onFailure: error => log(`a hashing thread broke: ${error.message}`) });
  const disk = openDiskThreads();
  const handles = new OpenHandles();
  const trackers = openTrackerClient(host === undefined ? {} : { from: host });
  const key = Math.floor(Math.random() * 2 ** 32);
  const machine = { name: computer, id: peerId };
  const createdBy = `Piecewise ${version}`;
  const parts: EngineParts = {
    makeTorrent: options =>
      makeTorrent({
        paths: options.paths,
        ...(options.name === null ? {} : { name: options.name }),
        ...(options.pieceLength === null ? {} : { pieceLength: options.pieceLength }),
        isPrivate: options.isPrivate,
        trackers: options.trackers,
        hasher,
        onProgress: options.onProgress,
        signal: options.signal,
      }),
    openStorage: options => openShareStorage({ ...options, hasher, disk, handles }),
    recordedPieces,
    startShare(options) {
      disk.start(options.have.isFull ? 'read' : 'both');
      return startShare({ ...options, slabs, nameClient: clientName, version: createdBy });
    },
    fetchMetadata({ onInfo, ...options }) {
      const fetching = new MetadataFetch({
        ...options,
        client: createdBy,
        dialer: tcpDialerFrom(host),
        clock: systemClock,
        random: Math.random,
        sha1,
        onDone: onInfo,
      });
      return {
        accept: link => fetching.accept(link),
        addPeers: addresses => fetching.addPeers(addresses),
        status: () => fetching.progress(),
        stop: () => fetching.stop(),
      };
    },
    announcer: ({ infoHash, tiers, peerId, listenPort, progress, onPeers }) =>
      new Announcer({
        tiers,
        client: trackers,
        clock: systemClock,
        random: Math.random,
        request: () => ({ infoHash, peerId, port: listenPort, ...progress(), numWant, key }),
        onPeers,
      }),
    readInfo: (infoBytes, tiers) => readInfo(infoBytes, sha1, tiers),
    freeBytes: folder => freeBytes(folder).catch(() => undefined),
    listen: (port, visitors) => {
      const reachedAt = ownAddresses(scope, host).map(({ address }) => address);
      // One that finds nobody nearby is a test, which takes no port that somebody else may want.
      const wanted = scope.kind === 'loopback' && scope.discoveryPort === null ? 0 : port;
      return listenFrom(wanted, host ?? hostOf(scope), reachedAt, machine, visitors);
    },
    async openLocalDiscovery(onPeer) {
      if (!findsNearby(scope)) return nobody('local-discovery');
      return openLocalDiscovery({ cookie: peerId, onPeer, ...reach(scope, '239.192.152.143', 0) });
    },
    openCatalogue({ listenPort, typed, onChange }) {
      // Computers that were typed in are asked in any case.
      const where = findsNearby(scope) ? reach(scope, '224.0.0.251', 1) : { groups: [] };
      return openCatalogue({ machine, listenPort, typed, onChange, ...where });
    },
    async openDht(listenPort, onPeers) {
      if (scope.kind === 'off') return nobody('dht');
      const place =
        scope.kind === 'loopback' ? { address: '127.0.0.1', bootstrap: [] } : { bootstrap: usualBootstrap };
      return openDht({ port: listenPort, onPeer: (infoHash, peer) => onPeers(infoHash, [peer]), ...place });
    },
    // On the loop of this computer there is no router.
    async openPortMapping(port) {
      return scope.kind === 'everywhere' ? openPortMapping({ port }) : nobody('port-mapping');
    },
    async openTracker({ http, udp }) {
      const server = await openTrackerServer({
        httpPort: http,
        udpPort: udp,
        clock: systemClock,
        random: Math.random,
        ...trackerHost(scope, host),
      });
      return {
        urls: server.announceUrls,
        status: () => trackerStatus(server),
        close: () => server.close(),
      };
    },
    ownAddresses: remembered(() => ownAddresses(scope, host)),
    readTorrent: bytes => readMetainfo(bytes, sha1),
    writeTorrent: ({ infoBytes, comment, createdAtMs, ...metainfo }, tiers) =>
      writeMetainfo(infoBytes, {
        trackers: tiers,
        comment,
        createdBy: metainfo.createdBy || createdBy,
        ...(createdAtMs === null ? {} : { createdAtMs }),
      }),
    readMagnet,
    writeMagnet,
    async close() {
      trackers.close();
      await Promise.all([hasher.close(), disk.close()]);
    },
  };
  return { parts, pool };
}

/** Asked for with every link that is shown, many times a second; the system is asked once in a while. */
function remembered<T>(ask: () => T): () => T {
  let known: { readonly value: T; readonly at: number } | undefined;
  return () => {
    const at = systemClock.now();
    if (known === undefined || at - known.at > askedEveryMs) known = { value: ask(), at };
    return known.value;
  };
}

async function listenFrom(
  wanted: number,
  host: string,
  reachedAt: readonly string[],
  machine: OwnMachine,
  { offered, announced }: Visitors,
): Promise<ShareListening> {
  let port = wanted;
  let lastRefusal: string | undefined;
  const tracker = new PortTracker({
    clock: systemClock,
    random: Math.random,
    ownPeers: () => reachedAt.map(address => ({ host: address, port })),
    share: announced,
  });
  const lobby = new Lobby({
    clock: systemClock,
    onHttp: link =>
      serveHttp(
        link,
        question => tracker.answer(question, link.remote) ?? answerCatalogue(question, offered, machine),
        systemClock,
      ),
    onRefused: (remote, reason) => {
      lastRefusal = `${remote}: ${reason}`;
    },
  });
  const listening = await listenOnFree(wanted, port => listen({ host, port }, link => lobby.accept(link)));
  const { addresses } = listening;
  port = Number(addresses[0]!.slice(addresses[0]!.lastIndexOf(':') + 1));
  return {
    port,
    addresses,
    notice:
      wanted === 0 || port === wanted
        ? undefined
        : `Port ${wanted} is in use by another program; shares listen on port ${port} instead.`,
    announceUrls: reachedAt.map(
      address => `http://${address.includes(':') ? `[${address}]` : address}:${port}${announcePath}`,
    ),
    lastRefusal: () => lastRefusal,
    register: (infoHash, accept) => lobby.register(infoHash, accept),
    close() {
      tracker.close();
      lobby.close();
      listening.close();
    },
  };
}

function trackerHost(scope: LanScope, host: string | undefined): { readonly host?: string } {
  if (host !== undefined) return { host };
  return scope.kind === 'loopback' ? { host: '127.0.0.1' } : {};
}

/** `::` is no address of this machine's own, and so stands for all of them. */
function hostOf(scope: LanScope): string {
  return scope.kind === 'loopback' ? '127.0.0.1' : '::';
}

/** The port itself, the next ones, and at last any that is free. Throws a `ListenError`. */
async function listenOnFree(
  wanted: number,
  listenOn: (port: number) => Promise<Listening>,
): Promise<Listening> {
  const next = Array.from({ length: nextPorts }, (_, i) => wanted + i).filter(port => port <= 65_535);
  for (const port of wanted === 0 ? [] : next) {
    try {
      return await listenOn(port);
    } catch (error) {
      if (!(error instanceof ListenError)) throw error;
    }
  }
  return listenOn(0);
}

/** Where multicast goes. Tests stay on this machine, on ports of their own. */
function reach(scope: LanScope, address: string, portsOn: number) {
  if (scope.kind !== 'loopback' || scope.discoveryPort === null) return {};
  const group: MulticastGroup = { family: 'IPv4', address, port: scope.discoveryPort + portsOn };
  const interfaces = () =>
    networkAddresses().filter(({ isInternal, family }) => isInternal && family === 'IPv4');
  return { groups: [group], interfaces };
}

function trackerStatus({ announceUrls, tracker }: TrackerServer): MechanismView {
  const { torrents, peers, announces } = tracker.counts;
  return {
    mechanism: 'own-tracker',
    state: announces > 0 ? 'working' : 'quiet',
    message: `It knows ${peers} peers of ${torrents} shares. Its address: ${announceUrls.join(', ')}`,
    found: peers,
    lastAtMs: null,
  };
}

/** In place of what this computer does not do. */
function nobody(mechanism: MechanismView['mechanism']): AnnouncingFinder {
  const message = 'It was turned off at the start.';
  return {
    announce() {},
    withdraw() {},
    status: () => ({ mechanism, state: 'off', message, found: null, lastAtMs: null }),
    close: async () => {},
  };
}

function ownAddresses(
  scope: LanScope,
  host: string | undefined,
): readonly { readonly address: string; readonly interface: string }[] {
  const all = networkAddresses();
  if (host !== undefined) {
    return [{ address: host, interface: all.find(({ address }) => address === host)?.interface ?? '' }];
  }
  const loop = all.filter(({ isInternal, family }) => isInternal && family === 'IPv4');
  const reachable = all.filter(({ isInternal, address }) => !isInternal && !isLinkLocal(address));
  const usable = scope.kind === 'loopback' || reachable.length === 0 ? loop : reachable;
  return usable.map(({ address, interface: name }) => ({ address, interface: name }));
}
