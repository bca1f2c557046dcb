import type { RemoteInfo } from 'node:dgram';
import type { MechanismView } from '../../../src-shared/share.ts';
import {
  AnnounceTimes,
  decodeLocalAnnounce,
  encodeLocalAnnounce,
  packAnnounces,
} from '../../engine/bittorrent/local-discovery.ts';
import type { Address, Clock } from '../../engine/ports.ts';
import { systemClock } from '../clock.ts';
import { type InterfaceStatus, Multicast, type MulticastGroup } from './multicast.ts';
import type { NetworkAddress } from './network-addresses.ts';

/** The groups of BEP 14. */
const localDiscoveryGroups: readonly MulticastGroup[] = [
  { family: 'IPv4', address: '239.192.152.143', port: 6771 },
  { family: 'IPv6', address: 'ff15::efc0:988f', port: 6771 },
];

export interface LocalDiscoveryOptions {
  /** Tells our own datagrams from others': random, at most 64 letters and digits. */
  readonly cookie: string;
  /** Somebody of this network shares it. Told for every info-hash that is heard, whether it is ours or not. */
  onPeer(infoHash: string, peer: Address): void;
  /** Left out but in tests. */
  readonly groups?: readonly MulticastGroup[];
  readonly interfaces?: () => readonly NetworkAddress[];
  readonly clock?: Clock;
}

/** What became of it, for the network check. */
export interface LanStatus extends MechanismView {
  readonly interfaces: readonly InterfaceStatus[];
  readonly sent: number;
  readonly heard: number;
}

/** At most so many shares are announced: each costs a line in a datagram every five minutes. */
const announcedLimit = 2_000;
/** Shares of others that are counted; beyond them only the count stops. */
const countedLimit = 10_000;

/** Opens local discovery (BEP 14) on every interface. Never rejects: what fails is in `status`. */
export async function openLocalDiscovery(options: LocalDiscoveryOptions): Promise<LocalDiscovery> {
  const discovery = new LocalDiscovery(options);
  await discovery.open();
  return discovery;
}

export class LocalDiscovery {
  readonly #options: LocalDiscoveryOptions;
  readonly #clock: Clock;
  readonly #times = new AnnounceTimes();
  readonly #ports = new Map<string, number>();
  readonly #found = new Set<string>();
  #multicast: Multicast | undefined;
  #stopTimer: () => void = () => {};
  #announcesHeard = 0;
  #lastAtMs: number | null = null;

  constructor(options: LocalDiscoveryOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Called once, by `openLocalDiscovery`. */
  async open(): Promise<void> {
    this.#multicast = await Multicast.open({
      groups: this.#options.groups ?? localDiscoveryGroups,
      hops: 1,
      interfaces: this.#options.interfaces,
      clock: this.#clock,
      onMessage: (bytes, from) => this.#hear(bytes, from),
      onInterface: () => {
        this.#times.hurry(this.#clock.now());
        this.#sendDue();
      },
    });
  }

  /**
   * Tells the network from now on that we share this and listen there; asked again, tells it anew, though never more
   * than once a minute. Not to be called for private shares (BEP 27).
   */
  announce(infoHash: string, listenPort: number): void {
    if (!this.#ports.has(infoHash) && this.#ports.size >= announcedLimit) return;
    this.#ports.set(infoHash, listenPort);
    this.#times.add(infoHash, this.#clock.now());
    this.#sendSoon();
  }

  withdraw(infoHash: string): void {
    this.#ports.delete(infoHash);
    this.#times.remove(infoHash);
    this.#sendSoon();
  }

  status(): LanStatus {
    const interfaces = this.#multicast?.status() ?? [];
    const able = interfaces.filter(({ problem }) => problem === null);
    const heard = this.#announcesHeard;
    return {
      mechanism: 'local-discovery',
      state: able.length === 0 ? 'failed' : heard > 0 ? 'working' : 'quiet',
      message: `${interfacesInWords(interfaces)} ${
        heard > 0
          ? `Heard ${heard} announces of other clients.`
          : 'Nobody else was heard yet. Where others should be, a firewall (UDP port 6771) or the network itself keeps multicast away: type an address.'
      }`,
      found: this.#found.size,
      lastAtMs: this.#lastAtMs,
      interfaces,
      sent: this.#multicast?.sent ?? 0,
      heard,
    };
  }

  async close(): Promise<void> {
    this.#stopTimer();
    await this.#multicast?.close();
    this.#stopTimer();
  }

  #hear(bytes: Uint8Array, { address, family }: RemoteInfo): void {
    const heard = decodeLocalAnnounce(bytes);
    if (heard === undefined || heard.cookie === this.#options.cookie) return;
    this.#announcesHeard += 1;
    this.#lastAtMs = this.#clock.wallNow();
    for (const infoHash of heard.infoHashes) {
      const peer = { host: address, port: heard.port };
      if (this.#found.size < countedLimit) this.#found.add(`${family} ${address} ${heard.port} ${infoHash}`);
      this.#options.onPeer(infoHash, peer);
    }
  }

  /** Calls of the same moment share a datagram. */
  #sendSoon(): void {
    this.#stopTimer();
    const nextAt = this.#times.nextDueAt();
    if (nextAt === undefined) return;
    this.#stopTimer = this.#clock.after(Math.max(0, nextAt - this.#clock.now()), () => this.#sendDue());
  }

  #sendDue(): void {
    const due = this.#times.takeDue(this.#clock.now());
    const byPort = new Map<number, string[]>();
    for (const infoHash of due) {
      const port = this.#ports.get(infoHash)!;
      byPort.set(port, [...(byPort.get(port) ?? []), infoHash]);
    }
    for (const [port, infoHashes] of byPort) {
      // Divided as if for the longest header there is, so that it fits for every group.
      for (const announce of packAnnounces(longestHost, port, infoHashes, this.#options.cookie))
        this.#multicast?.send(group => encodeLocalAnnounce({ ...announce, host: hostHeader(group) }));
    }
    this.#sendSoon();
  }
}

const longestHost = `[${'ffff:'.repeat(7)}ffff]:65535`;

function hostHeader({ family, address, port }: MulticastGroup): string {
  return `${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

/** "Works on eth0 and lo; wlan0: no multicast leaves through it." */
export function interfacesInWords(interfaces: readonly InterfaceStatus[]): string {
  const able = new Set(interfaces.filter(({ problem }) => problem === null).map(status => status.interface));
  const unable = interfaces.filter(status => status.problem !== null && !able.has(status.interface));
  if (interfaces.length === 0) return 'This computer has no network.';
  const works = able.size === 0 ? 'Works on no interface' : `Works on ${[...able].join(', ')}`;
  const reasons = unable.map(({ interface: name, problem }) => `${name}: ${problem}`);
  return `${[works, ...new Set(reasons)].join('; ')}.`;
}
