import type { NearbyMachine, NearbyView, NetworkView } from '../../../src-shared/share.ts';
import type { OfferedShare } from '../../engine/bittorrent/catalogue-answer.ts';
import type { InfoHash } from '../../engine/bittorrent/metainfo.ts';
import type { PeerSource } from '../../engine/bittorrent/peer-book.ts';
import type { SharedHere } from '../../engine/bittorrent/port-tracker.ts';
import type { Address } from '../../engine/ports.ts';
import { networkViewOf } from './network-view.ts';
import type { HostedShare } from './share.ts';
import type { ShareSettings } from './share-engine.ts';
import type {
  AnnouncingFinder,
  CatalogueFinder,
  EngineParts,
  Finder,
  OwnTracker,
  ShareListening,
} from './share-parts.ts';
import { Switch } from './switch.ts';

/** What finding peers needs of the engine. */
export interface FindingHost {
  readonly parts: EngineParts;
  readonly computer: string;
  readonly peerId: string;
  shares(): readonly HostedShare[];
  settings(): ShareSettings;
  /** Somebody of the room has more, or less, than before. */
  onNearby(): void;
}

/** Addresses of this computer that a link names as trackers: with many networks it would grow long. */
const mostOwnUrls = 2;
/** And as peers. */
const mostOwnPeers = 4;

/** How the shares of this computer find others, and others them: each way is open while the settings say so. */
export class PeerFinding {
  readonly #host: FindingHost;
  #listening: ShareListening | undefined;
  #listenProblem: string | undefined;
  readonly #localDiscovery: Switch<AnnouncingFinder>;
  readonly #catalogue: Switch<CatalogueFinder>;
  readonly #dht: Switch<AnnouncingFinder>;
  readonly #portMapping = new Switch<Finder>('port-mapping');
  readonly #ownTracker: Switch<OwnTracker>;
  /** Those that are looking for peers, and what ends that. */
  readonly #searching = new Map<HostedShare, { end(): void }>();

  constructor(host: FindingHost) {
    this.#host = host;
    this.#localDiscovery = new Switch('local-discovery', part => this.#announceAll(part));
    this.#dht = new Switch('dht', part => this.#announceAll(part));
    this.#catalogue = new Switch('catalogue', () => this.#onNearby());
    this.#ownTracker = new Switch('own-tracker', () => this.#searchAgain());
  }

  /** Listens, there or at the next port that is free. Says what its user should know. */
  async open(listenPort: number): Promise<string | undefined> {
    try {
      this.#listening = await this.#host.parts.listen(listenPort, {
        offered: () => this.#offered(),
        announced: infoHash => this.#sharedHere(infoHash),
      });
      return this.#listening.notice;
    } catch (error) {
      this.#listenProblem = (error as Error).message;
      return `Other computers cannot connect to the shares here: ${this.#listenProblem}.`;
    }
  }

  get listenPort(): number | null {
    return this.#listening?.port ?? null;
  }

  /** Everybody of the room who shows something. */
  get machines(): readonly NearbyMachine[] {
    return this.#catalogue.part?.machines() ?? [];
  }

  /** Where those of the room listen who offer a share. */
  peersWith(infoHash: InfoHash): readonly Address[] {
    return this.#catalogue.part?.peersWith(infoHash) ?? [];
  }

  /** Others of the room are told that our shares are others than before. */
  sharesChanged(): void {
    this.#catalogue.part?.sharesChanged();
  }

  /** A link that leads any client to a share. */
  magnetOf(share: HostedShare): string {
    const { parts } = this.#host;
    const port = this.listenPort;
    const own =
      share.isPrivate || port === null
        ? []
        : parts.ownAddresses().map(({ address }): Address => ({ host: address, port }));
    return parts.writeMagnet({
      infoHash: share.infoHash,
      name: share.name,
      trackers: this.trackersOf(share).flat(),
      peers: own.slice(0, mostOwnPeers),
    });
  }

  /** Who was turned away last where others connect to, and why: "10.0.0.7:51413: it …". */
  get lastRefusal(): string | undefined {
    return this.#listening?.lastRefusal();
  }

  nearby(): NearbyView {
    const machines = this.machines.map(machine => ({
      ...machine,
      shares: machine.shares.map(share => ({
        ...share,
        listedAs: this.#byInfoHash(share.infoHash)?.id ?? null,
      })),
    }));
    return { machines };
  }

  network(): NetworkView {
    const { computer, parts } = this.#host;
    return networkViewOf({
      computer,
      listening: this.#listening,
      listenProblem: this.#listenProblem,
      addresses: parts.ownAddresses(),
      settings: this.#host.settings(),
      shares: this.#host.shares(),
      machines: this.machines,
      localDiscovery: this.#localDiscovery.status('It is turned off in the settings.'),
      catalogue: this.#catalogue.status('It is turned off in the settings.'),
      dht: this.#dht.status(
        'It is off. Turn it on in the settings to find peers of the whole internet without a tracker.',
      ),
      portMapping: this.#portMapping.status(
        'It is off. Turn it on in the settings where computers outside this network are to connect.',
      ),
      ownTracker: this.#ownTracker.status('It is off. Turn it on in the settings for a lab that has none.'),
    });
  }

  async close(): Promise<void> {
    this.#listening?.close();
    await Promise.all([
      this.#localDiscovery.close(),
      this.#catalogue.close(),
      this.#dht.close(),
      this.#portMapping.close(),
      this.#ownTracker.close(),
    ]);
  }

  /** Where others announce to the tracker inside; empty while there is none. */
  get #ownTrackerUrls(): readonly string[] {
    return this.#ownTracker.part?.urls ?? [];
  }

  /** Opens what is to be open, closes what is not. */
  applySettings(): void {
    const { parts } = this.#host;
    const settings = this.#host.settings();
    const port = this.listenPort;
    const onPeer = (source: PeerSource) => (infoHash: string, address: Address) =>
      this.#byInfoHash(infoHash)?.addPeers([address], source);
    void this.#localDiscovery.set(settings.localDiscovery ? 'on' : undefined, () =>
      parts.openLocalDiscovery(onPeer('local discovery')),
    );
    void this.#catalogue.set(settings.catalogue && port !== null ? 'on' : undefined, () =>
      parts.openCatalogue({
        listenPort: port!,
        typed: this.#host.settings().machines,
        onChange: () => this.#onNearby(),
      }),
    );
    this.#catalogue.part?.setTyped(settings.machines);
    void this.#dht.set(settings.dht ? 'on' : undefined, () =>
      parts.openDht(port ?? 0, (infoHash, addresses) =>
        this.#byInfoHash(infoHash)?.addPeers(addresses, 'dht'),
      ),
    );
    void this.#portMapping.set(settings.portMapping && port !== null ? 'on' : undefined, () =>
      parts.openPortMapping(port!),
    );
    const { trackerHttpPort: http, trackerUdpPort: udp } = settings;
    const trackerKey = http === null && udp === null ? undefined : `${http} ${udp}`;
    void this.#ownTracker.set(trackerKey, () => parts.openTracker({ http, udp }));
    if (trackerKey === undefined) this.#searchAgain();
  }

  /** By every means but the share's own trackers; whoever connects is let in. */
  search(share: HostedShare): () => void {
    const { infoHash } = share;
    const stopAccepting = this.#listening?.register(infoHash, link => share.accept(link));
    const announcer = this.#announceToOwnTracker(share);
    const port = this.listenPort;
    if (!share.isPrivate && port !== null) {
      this.#localDiscovery.part?.announce(infoHash, port);
      this.#dht.part?.announce(infoHash, port);
    }
    const search = {
      end: () => {
        this.#searching.delete(share);
        stopAccepting?.();
        this.#localDiscovery.part?.withdraw(infoHash);
        this.#dht.part?.withdraw(infoHash);
        announcer?.stop(() => {});
      },
    };
    this.#searching.set(share, search);
    share.addPeers(this.peersWith(infoHash), 'catalogue');
    this.sharesChanged();
    return () => this.#searching.get(share)?.end();
  }

  /** The tracker inside has come or gone. */
  #searchAgain(): void {
    for (const [share, search] of [...this.#searching]) {
      search.end();
      this.search(share);
    }
  }

  #announceToOwnTracker(share: HostedShare) {
    const urls = this.#ownTrackerUrls;
    const listed = new Set(share.trackers.flat());
    if (urls.length === 0 || share.isPrivate || urls.some(url => listed.has(url))) return undefined;
    const announcer = this.#host.parts.announcer({
      infoHash: share.infoHash,
      tiers: urls.slice(0, 1).map(url => [url]),
      peerId: this.#host.peerId,
      listenPort: this.listenPort ?? 0,
      progress: () => share.trackerProgress(),
      onPeers: addresses => share.addPeers(addresses, 'tracker'),
    });
    announcer.start();
    return announcer;
  }

  /** With the tracker inside, where there is one, and with our own port, if the share may use them. */
  trackersOf(share: HostedShare): readonly (readonly string[])[] {
    const { trackers, isPrivate } = share;
    if (isPrivate) return trackers;
    const listed = new Set(trackers.flat());
    const own = [this.#ownTrackerUrls, (this.#listening?.announceUrls ?? []).slice(0, mostOwnUrls)].map(
      tier => tier.filter(url => !listed.has(url)),
    );
    return [...trackers, ...own.filter(({ length }) => length > 0)];
  }

  /** What is asked for at our own port: anybody whose link leads here is told who has it. */
  #sharedHere(infoHash: InfoHash): SharedHere | undefined {
    const share = this.#byInfoHash(infoHash);
    if (share === undefined || share.isPrivate || !this.#searching.has(share)) return undefined;
    return {
      isSeed: share.trackerProgress().left === 0,
      onPeer: address => share.addPeers([address], 'incoming'),
    };
  }

  #announceAll(part: AnnouncingFinder): void {
    const port = this.listenPort;
    if (port === null) return;
    for (const share of this.#searching.keys()) if (!share.isPrivate) part.announce(share.infoHash, port);
  }

  /** Somebody of the room has more, or less, than before. */
  #onNearby(): void {
    for (const share of this.#searching.keys()) share.addPeers(this.peersWith(share.infoHash), 'catalogue');
    this.#host.onNearby();
  }

  /** Never private ones: only their trackers may name peers (BEP 27). */
  #offered(): readonly OfferedShare[] {
    if (!this.#host.settings().catalogue) return [];
    return this.#host.shares().flatMap(share => {
      const { metainfo, content, record } = share;
      if (metainfo === undefined || content === undefined || share.isPrivate || !share.isRunning) return [];
      return [
        {
          infoHash: metainfo.infoHash,
          name: metainfo.name,
          totalLength: metainfo.totalLength,
          fileCount: content.files.length,
          progress: share.progress,
          addedAtMs: record.addedAtMs,
        },
      ];
    });
  }

  #byInfoHash(infoHash: InfoHash): HostedShare | undefined {
    return this.#host.shares().find(share => share.infoHash === infoHash);
  }
}
