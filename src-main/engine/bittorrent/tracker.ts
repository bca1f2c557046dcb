import type { Address, Clock, Random } from '../ports.ts';
import type { AnnounceEvent, ScrapeEntry } from './announce.ts';
import { ipBytes, isLoopback } from './compact.ts';

/** A tracker's memory: who is in which swarm. Nothing of a network is in here. */

export interface TrackerLimits {
  readonly torrents: number;
  readonly peers: number;
  readonly peersPerTorrent: number;
  /** Of one computer, over all torrents; a whole /64 counts as one where addresses are IPv6. */
  readonly peersPerHost: number;
}

const usualLimits: TrackerLimits = {
  // Several times what one computer may have: it does not shut out the others.
  torrents: 50_000,
  peers: 100_000,
  peersPerTorrent: 10_000,
  // A whole demo may run on one computer, and a computer may share thousands of files.
  peersPerHost: 10_000,
};

const times = {
  /** How soon peers come back; short, so that those switched off without a word are soon forgotten. */
  intervalMs: 120_000,
  minIntervalMs: 15_000,
  /** Above this many announces a second, peers are told to come back later. */
  announcesPerSecond: 250,
  /** For announces that are late or lost: what is added to two intervals before a peer is forgotten. */
  graceMs: 30_000,
  sweepMs: 10_000,
} as const;

const mostPeersWanted = 200;
/** For a client that does not say how many. */
export const usualPeersWanted = 50;

type Family = 4 | 6;

/** One announce as a tracker hears it. */
export interface PeerAnnounce {
  /** 40 hexadecimal digits, in lower case; so is `peerId`. */
  readonly infoHash: string;
  readonly peerId: string;
  /** Where others are to connect to. `host` is an IP address. */
  readonly address: Address;
  /** Bytes still lacking: 0 makes a seeder. */
  readonly left: number;
  readonly event: AnnounceEvent | undefined;
  readonly numWant: number;
  /** Peers of this family only; otherwise the asker's own comes first. */
  readonly family?: Family;
  /**
   * The address at which the asker reached this computer. Peers of this computer that came over loopback are named to
   * others by it.
   */
  readonly reachedAt?: string;
}

export interface KnownPeer {
  readonly peerId: string;
  readonly address: Address;
}

export interface PeerAnswer {
  readonly intervalMs: number;
  readonly minIntervalMs: number;
  readonly seeders: number;
  readonly leechers: number;
  readonly peers: readonly KnownPeer[];
}

/** Why an announce is not accepted, a sentence for the asker. */
export interface Refusal {
  readonly refused: string;
}

/**
 * What an accepted announce changes, so that other trackers can take it over. Of two facts about a known peer the later
 * one counts, and a fact may come several times. A peer that left is forgotten, though: an older fact that comes after
 * that brings it back until it expires.
 */
export interface AnnounceFact {
  readonly infoHash: string;
  readonly peerId: string;
  readonly address: Address;
  readonly isSeeder: boolean;
  /** It left the swarm. */
  readonly isGone: boolean;
  /** It says that it has just completed the content. */
  readonly hasCompleted: boolean;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

export interface TrackerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly limits?: Partial<TrackerLimits>;
  /** Hears of every announce that is accepted, not of those that `apply` takes over. */
  readonly onAnnounced?: (fact: AnnounceFact) => void;
}

class Peer {
  readonly swarm: Swarm;
  readonly key: string;
  readonly address: Address;
  readonly family: Family;
  peerId = '';
  isSeeder = false;
  /** Its place in its list. */
  index = 0;
  atMs = 0;
  expiresAt = 0;

  constructor(swarm: Swarm, key: string, address: Address) {
    this.swarm = swarm;
    this.key = key;
    this.address = address;
    this.family = familyOf(address.host);
  }
}

/** Peers of one kind: any of them can be drawn or taken out at once. */
class PeerList {
  readonly #peers: Peer[] = [];

  get count(): number {
    return this.#peers.length;
  }

  add(peer: Peer): void {
    peer.index = this.#peers.length;
    this.#peers.push(peer);
  }

  remove(peer: Peer): void {
    const last = this.#peers.pop()!;
    if (last !== peer) this.#put(last, peer.index);
  }

  /** Up to `count` different ones, each with the same chance, without the asker. */
  draw(count: number, asker: string, random: Random): Peer[] {
    const drawn: Peer[] = [];
    const { length } = this.#peers;
    for (let next = 0; next < length && drawn.length < count; next += 1) {
      const other = next + Math.floor(random() * (length - next));
      const peer = this.#peers[other]!;
      this.#put(this.#peers[next]!, other);
      this.#put(peer, next);
      if (peer.key !== asker) drawn.push(peer);
    }
    return drawn;
  }

  #put(peer: Peer, index: number): void {
    this.#peers[index] = peer;
    peer.index = index;
  }
}

class Swarm {
  readonly infoHash: string;
  readonly peers = new Map<string, Peer>();
  completed = 0;
  readonly #seeders = { 4: new PeerList(), 6: new PeerList() };
  readonly #leechers = { 4: new PeerList(), 6: new PeerList() };

  constructor(infoHash: string) {
    this.infoHash = infoHash;
  }

  get seeders(): number {
    return this.#seeders[4].count + this.#seeders[6].count;
  }

  get leechers(): number {
    return this.#leechers[4].count + this.#leechers[6].count;
  }

  add(peer: Peer): void {
    this.peers.set(peer.key, peer);
    this.#listOf(peer).add(peer);
  }

  remove(peer: Peer): void {
    this.peers.delete(peer.key);
    this.#listOf(peer).remove(peer);
  }

  setSeeder(peer: Peer, isSeeder: boolean): void {
    if (peer.isSeeder === isSeeder) return;
    this.#listOf(peer).remove(peer);
    peer.isSeeder = isSeeder;
    this.#listOf(peer).add(peer);
  }

  /**
   * For a seeder those that need it, and then the rest: some clients that have but a magnet link say that nothing is left.
   * For a leecher as many seeders as leechers, where there are enough of both.
   */
  draw(family: Family, count: number, asker: string, isSeeder: boolean, random: Random): Peer[] {
    const leechers = this.#leechers[family].draw(count, asker, random);
    if (isSeeder) {
      return [...leechers, ...this.#seeders[family].draw(count - leechers.length, asker, random)];
    }
    const seedersAtLeast = Math.max(Math.ceil(count / 2), count - leechers.length);
    const seeders = this.#seeders[family].draw(seedersAtLeast, asker, random);
    return [...seeders, ...leechers.slice(0, count - seeders.length)];
  }

  #listOf({ family, isSeeder }: Peer): PeerList {
    return (isSeeder ? this.#seeders : this.#leechers)[family];
  }
}

/**
 * The swarms of one tracker. An announce costs the same however many peers there are; peers that fall silent are
 * forgotten; nobody can fill it, neither one computer nor many.
 */
export class Tracker {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #limits: TrackerLimits;
  readonly #onAnnounced: (fact: AnnounceFact) => void;
  readonly #swarms = new Map<string, Swarm>();
  /** Everybody, the one heard of longest ago first. */
  readonly #peers = new Set<Peer>();
  readonly #peersByHost = new Map<string, number>();
  #announces = 0;
  #endSweeping: (() => void) | undefined;

  constructor({ clock, random, limits, onAnnounced = () => {} }: TrackerOptions) {
    this.#clock = clock;
    this.#random = random;
    this.#limits = { ...usualLimits, ...limits };
    this.#onAnnounced = onAnnounced;
  }

  /** Everything counted: announces are those accepted so far. */
  get counts(): { readonly torrents: number; readonly peers: number; readonly announces: number } {
    return { torrents: this.#swarms.size, peers: this.#peers.size, announces: this.#announces };
  }

  announce(announce: PeerAnnounce): PeerAnswer | Refusal {
    const { infoHash, peerId, address, event } = announce;
    const fact: AnnounceFact = {
      infoHash,
      peerId,
      address,
      isSeeder: announce.left === 0,
      isGone: event === 'stopped',
      hasCompleted: event === 'completed',
      atMs: this.#clock.wallNow(),
    };
    const refused = this.#refusalOf(fact);
    if (refused !== undefined) return { refused };
    this.#announces += 1;
    this.#take(fact);
    this.#onAnnounced(fact);
    const swarm = this.#swarms.get(infoHash);
    return {
      intervalMs: this.#intervalMs,
      minIntervalMs: times.minIntervalMs,
      seeders: swarm?.seeders ?? 0,
      leechers: swarm?.leechers ?? 0,
      peers: swarm === undefined || fact.isGone ? [] : this.#drawFor(swarm, announce),
    };
  }

  /** What is known of these, in their order; of an unknown one, that there is nobody. */
  scrape(infoHashes: readonly string[]): ScrapeEntry[] {
    return infoHashes.map(infoHash => {
      const { seeders = 0, leechers = 0, completed = 0 } = this.#swarms.get(infoHash) ?? {};
      return { seeders, leechers, completed };
    });
  }

  /** Takes over what another tracker accepted, if it is news and there is room. */
  apply(fact: AnnounceFact): void {
    if (this.#refusalOf(fact) === undefined) this.#take(fact);
  }

  /** Forgets everybody. */
  close(): void {
    this.#endSweeping?.();
    this.#endSweeping = undefined;
    this.#swarms.clear();
    this.#peers.clear();
    this.#peersByHost.clear();
  }

  get #intervalMs(): number {
    return Math.max(times.intervalMs, Math.ceil(this.#peers.size / times.announcesPerSecond) * 1000);
  }

  #refusalOf({ infoHash, address, isGone }: AnnounceFact): string | undefined {
    const swarm = this.#swarms.get(infoHash);
    if (isGone || swarm?.peers.has(keyOf(address))) return undefined;
    const { torrents, peers, peersPerTorrent, peersPerHost } = this.#limits;
    if ((this.#peersByHost.get(networkOf(address.host)) ?? 0) >= peersPerHost) {
      return 'This tracker knows too many peers of your computer already.';
    }
    if (this.#peers.size >= peers) return 'This tracker is full: it knows as many peers as it can.';
    if (swarm === undefined) {
      return this.#swarms.size < torrents
        ? undefined
        : 'This tracker is full: it knows as many torrents as it can.';
    }
    return swarm.peers.size < peersPerTorrent
      ? undefined
      : 'This tracker knows as many peers of this torrent as it can.';
  }

  #take({ infoHash, peerId, address, isSeeder, isGone, hasCompleted, atMs }: AnnounceFact): void {
    const key = keyOf(address);
    const known = this.#swarms.get(infoHash)?.peers.get(key);
    if (known !== undefined && atMs < known.atMs) return;
    if (isGone) {
      if (known !== undefined) this.#forget(known);
      return;
    }
    const peer = known ?? this.#admit(infoHash, key, address);
    // Counted once, however often it is said.
    if (hasCompleted && isSeeder && !peer.isSeeder) peer.swarm.completed += 1;
    peer.swarm.setSeeder(peer, isSeeder);
    peer.peerId = peerId;
    peer.atMs = atMs;
    peer.expiresAt = this.#clock.now() + 2 * this.#intervalMs + times.graceMs;
    this.#peers.delete(peer);
    this.#peers.add(peer);
    this.#endSweeping ??= this.#clock.after(times.sweepMs, () => this.#sweep());
  }

  #admit(infoHash: string, key: string, address: Address): Peer {
    const swarm = this.#swarms.get(infoHash) ?? new Swarm(infoHash);
    this.#swarms.set(infoHash, swarm);
    const peer = new Peer(swarm, key, address);
    swarm.add(peer);
    const network = networkOf(address.host);
    this.#peersByHost.set(network, (this.#peersByHost.get(network) ?? 0) + 1);
    return peer;
  }

  #forget(peer: Peer): void {
    const { swarm } = peer;
    swarm.remove(peer);
    this.#peers.delete(peer);
    if (swarm.peers.size === 0) this.#swarms.delete(swarm.infoHash);
    const network = networkOf(peer.address.host);
    const left = this.#peersByHost.get(network)! - 1;
    if (left === 0) this.#peersByHost.delete(network);
    else this.#peersByHost.set(network, left);
  }

  #sweep(): void {
    const now = this.#clock.now();
    for (const peer of this.#peers) {
      if (peer.expiresAt > now) break;
      this.#forget(peer);
    }
    this.#endSweeping =
      this.#peers.size === 0 ? undefined : this.#clock.after(times.sweepMs, () => this.#sweep());
  }

  #drawFor(swarm: Swarm, { address, left, numWant, family, reachedAt }: PeerAnnounce): KnownPeer[] {
    const count = Math.min(Math.max(0, numWant), mostPeersWanted);
    const own = familyOf(address.host);
    const families = family === undefined ? ([own, own === 4 ? 6 : 4] as const) : [family];
    const asker = keyOf(address);
    const peers: Peer[] = [];
    for (const each of families) {
      peers.push(...swarm.draw(each, count - peers.length, asker, left === 0, this.#random));
    }
    return peers.map(({ peerId, address: where }) => ({
      peerId,
      address: asSeenFrom(address.host, where, reachedAt),
    }));
  }
}

/** Others than this computer cannot use its loopback addresses; they reach it as they reached the tracker. */
function asSeenFrom(asker: string, address: Address, reachedAt: string | undefined): Address {
  if (reachedAt === undefined || isLoopback(asker) || !isLoopback(address.host)) return address;
  const isUsable = !isLoopback(reachedAt) && familyOf(reachedAt) === familyOf(address.host);
  return isUsable ? { host: reachedAt, port: address.port } : address;
}

function familyOf(host: string): Family {
  return host.includes(':') ? 6 : 4;
}

function keyOf({ host, port }: Address): string {
  return `${host} ${port}`;
}

/** What one computer has: an IPv4 address, or the first half of an IPv6 address. */
function networkOf(host: string): string {
  if (familyOf(host) === 4) return host;
  return ipBytes(host)?.subarray(0, 8).join('.') ?? host;
}
