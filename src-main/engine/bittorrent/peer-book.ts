import type { Bitfield } from '../../../src-shared/bitfield.ts';
import type { Direction, PeerId } from '../../../src-shared/journal.ts';
import type { DialTarget, Fate, Membership, Newcomer } from '../dialect.ts';
import type { Address } from '../ports.ts';
import type { Handshake } from '../wire/message.ts';
import { hexBytes, latin1Text } from './bytes.ts';
import { isLoopback } from './compact.ts';
import { hostOf } from './remote.ts';

/** How we learnt of a peer. */
export type PeerSource =
  | 'tracker'
  | 'local discovery'
  | 'catalogue'
  | 'peer exchange'
  | 'dht'
  | 'magnet link'
  | 'typed'
  | 'incoming';

/** We are number 1 in a share's journal; whoever becomes a neighbour is numbered from 2 on. */
export const selfId: PeerId = '1';

/** Why nobody connects with us who is us: a tracker or a link told us our own address. */
export const ourselves = 'it is ourselves';

/** Neighbours at a time. */
const mostConnected = 100;
/** We dial no more once there are this many, so that others find room. */
const enoughConnected = 60;
/** The same from one other computer, so that nobody takes all places. */
const mostOfHost = 20;
/** Addresses remembered of each kind. */
const mostAddresses = 1_000;
/**
 * Anybody may say anything as hearsay, and any number of it; to be overheard one has to be in the local network. All
 * else somebody told whom we chose to ask.
 */
function kindOf(source: PeerSource): 'hearsay' | 'overheard' | 'told' {
  if (source === 'peer exchange' || source === 'dht' || source === 'incoming') return 'hearsay';
  return source === 'local discovery' ? 'overheard' : 'told';
}
/** Of those who come with ever new peer IDs, the first are forgotten. */
const mostMembers = 5_000;

interface KnownAddress extends DialTarget {
  readonly peer: undefined;
  readonly source: PeerSource;
  /** The neighbour there, while it is connected. */
  member: Member | undefined;
  /** One that was connected at another address, and is here too by what it says: it need not be dialled twice. */
  twin: Member | undefined;
  /** Whoever was there last had everything: some come with a new peer ID each time. */
  isComplete: boolean;
  /** It turned out to be ourselves, or somebody banned. */
  isShunned: boolean;
}

/**
 * What is known of one that is or was a neighbour: a peer ID at a host. Anybody can take another's peer ID, which must
 * not bring the other into disrepute.
 */
export interface Member {
  readonly id: PeerId;
  /** Its peer ID (BEP 20), 40 hexadecimal digits. */
  readonly wireId: string;
  source: PeerSource;
  /** "qBittorrent 4.5.2"; empty when unknown. */
  client: string;
  /** Where its connection comes from or goes to. */
  remote: string;
  /** Where it listens, when that is known. */
  listens: Address | undefined;
  direction: Direction;
  isConnected: boolean;
  isComplete: boolean;
}

export interface PeerBookOptions {
  readonly infoHash: string;
  /** Our own peer ID, 40 hexadecimal digits. */
  readonly peerId: string;
  readonly listenPort: number;
  /** Our pieces, as they come. */
  readonly have: Bitfield;
  /** What a peer ID says of its owner; empty when nothing. */
  readonly nameClient: (wireId: string) => string;
}

/**
 * Who belongs to a share: whoever comes with its info-hash. Keeps the addresses that trackers, the local network and
 * peers tell, numbers the neighbours, and remembers whom to keep out.
 */
export class PeerBook implements Membership {
  readonly #options: PeerBookOptions;
  readonly #addresses = new Map<string, KnownAddress>();
  readonly #members = new Map<PeerId, Member>();
  /** By host and peer ID. */
  readonly #byPlace = new Map<string, Member>();
  readonly #connected = new Set<Member>();
  /** Hosts; on this computer, which everybody of a test shares, hosts with a peer ID. */
  readonly #banned = new Set<string>();
  #lastId = 1;

  constructor(options: PeerBookOptions) {
    this.#options = options;
  }

  /** Remembers addresses to dial. Says whether any of them is new. */
  add(addresses: readonly Address[], source: PeerSource): boolean {
    let isNew = false;
    for (const address of addresses) {
      const key = keyOf(address);
      if (address.port <= 0 || address.port > 65_535 || this.#banned.has(address.host)) continue;
      if (this.#addresses.has(key) || !this.#makeRoomFor(source)) continue;
      this.#addresses.set(key, {
        peer: undefined,
        address,
        source,
        member: undefined,
        twin: undefined,
        isComplete: false,
        isShunned: false,
      });
      isNew = true;
    }
    return isNew;
  }

  get isFull(): boolean {
    return this.#connected.size >= mostConnected;
  }

  /** Those connected now. */
  get neighbours(): readonly Member[] {
    return [...this.#connected];
  }

  member(peer: PeerId): Member | undefined {
    return this.#members.get(peer);
  }

  /** A neighbour said on which port it listens: its address is the one it is connected from, with that port. */
  onListens(peer: PeerId, port: number): void {
    const member = this.#members.get(peer);
    // Once is enough: who says another port each time has us dial them all.
    if (member === undefined || member.listens !== undefined || port <= 0 || port > 65_535) return;
    member.listens = { host: hostOf(member.remote), port };
    this.add([member.listens], 'incoming');
    const known = this.#addresses.get(keyOf(member.listens));
    if (known === undefined || (known.member !== member && known.member?.isConnected)) return;
    known.member = member;
    if (member.isComplete) known.isComplete = true;
    member.source = known.source;
  }

  get roster(): Membership['roster'] {
    const self = { peer: selfId, address: `port ${this.#options.listenPort}`, seed: false };
    return [self, ...this.neighbours.map(({ id, remote }) => ({ peer: id, address: remote, seed: false }))];
  }

  get dialTargets(): readonly DialTarget[] {
    if (this.#connected.size >= enoughConnected) return [];
    const { have } = this.#options;
    return [...this.#addresses.values()].filter(
      ({ member, twin, isComplete, isShunned, address }) =>
        !isShunned &&
        // Complete ourselves, we need not dial those who are so too.
        !(member?.isConnected || twin?.isConnected || (have.isFull && isComplete)) &&
        !this.#banned.has(address.host),
    );
  }

  identify(handshake: Handshake, newcomer: Newcomer): PeerId | { readonly refused: string } {
    const { peer: wireId, bitTorrent } = handshake;
    if (bitTorrent?.infoHash !== this.#options.infoHash) return { refused: 'it means another swarm' };
    const known = newcomer.target && this.#addresses.get(keyOf(newcomer.target.address));
    if (wireId === this.#options.peerId) {
      if (known !== undefined) known.isShunned = true;
      return { refused: ourselves };
    }
    const host = hostOf(newcomer.remote);
    const former = this.#byPlace.get(placeOf(host, wireId));
    if (!former?.isConnected) {
      const twin = this.#connectedAs(wireId);
      if (known !== undefined) known.twin = twin;
      if (twin !== undefined) return { refused: `its peer ID is that of ${twin.remote}, which is connected` };
      const refused = this.#refusal(host, wireId);
      if (refused !== undefined) return { refused };
    }
    const member = former ?? this.#enrol(wireId, known?.source ?? 'incoming', newcomer);
    if (known !== undefined) known.member = member;
    if (!member.isConnected) {
      member.remote = newcomer.remote;
      member.direction = newcomer.direction;
      if (newcomer.target !== undefined) member.listens = newcomer.target.address;
    }
    return member.id;
  }

  #connectedAs(wireId: string): Member | undefined {
    for (const member of this.#connected) if (member.wireId === wireId) return member;
    return undefined;
  }

  /** Why one that is no neighbour may not become one. */
  #refusal(host: string, wireId: string): string | undefined {
    if (this.#banned.has(host) || this.#banned.has(placeOf(host, wireId))) {
      return 'it sent wrong pieces before and is banned';
    }
    let ofHost = 0;
    for (const member of this.#connected) {
      if (hostOf(member.remote) === host) ofHost += 1;
    }
    if (ofHost < mostOfHost || isLoopback(host)) return undefined;
    return `there are ${mostOfHost} neighbours from there already`;
  }

  /**
   * Of two connections opened at once both sides must keep the same: the one that the higher peer ID dialled, say
   * libtorrent and we; the older, say all others.
   */
  prefersNewer(peer: PeerId, older: Direction, newer: Direction): boolean {
    const member = this.#members.get(peer);
    if (member === undefined || older === newer || !comparesPeerIds(member.wireId)) return false;
    return newer === (this.#options.peerId > member.wireId ? 'dialled' : 'accepted');
  }

  describe(peer: PeerId): { readonly address: string; readonly client: string } | undefined {
    const member = this.#members.get(peer);
    return member && { address: member.remote, client: member.client };
  }

  isSeed(): boolean {
    return false;
  }

  onConnected(peer: PeerId): void {
    const member = this.#members.get(peer)!;
    this.#connected.add(member);
    member.isConnected = true;
    member.isComplete = false;
  }

  onDisconnected(peer: PeerId): void {
    const member = this.#members.get(peer)!;
    this.#connected.delete(member);
    member.isConnected = false;
  }

  ban(peer: PeerId): void {
    const member = this.#members.get(peer);
    if (member === undefined) return;
    const host = hostOf(member.remote);
    this.#banned.add(isLoopback(host) ? placeOf(host, member.wireId) : host);
    for (const known of this.#addresses.values()) if (known.member === member) known.isShunned = true;
  }

  onComplete(peer: PeerId): void {
    this.#setComplete(peer, true);
  }

  onIncomplete(peer: PeerId): void {
    this.#setComplete(peer, false);
  }

  isComplete(peer: PeerId): boolean {
    return this.#members.get(peer)?.isComplete ?? false;
  }

  /** A share goes on until its user says so. */
  fate(): Fate {
    return 'going-on';
  }

  missing(): PeerId[] {
    return [];
  }

  #setComplete(peer: PeerId, isComplete: boolean): void {
    const member = this.#members.get(peer)!;
    member.isComplete = isComplete;
    const known = member.listens && this.#addresses.get(keyOf(member.listens));
    if (known?.member === member) known.isComplete = isComplete;
  }

  #enrol(wireId: string, source: PeerSource, newcomer: Newcomer): Member {
    if (this.#members.size >= mostMembers) this.#forgetFirst();
    this.#lastId += 1;
    const member: Member = {
      id: String(this.#lastId),
      wireId,
      source,
      client: this.#options.nameClient(wireId),
      remote: newcomer.remote,
      listens: undefined,
      direction: newcomer.direction,
      isConnected: false,
      isComplete: false,
    };
    this.#members.set(member.id, member);
    this.#byPlace.set(placeOf(hostOf(member.remote), wireId), member);
    return member;
  }

  #forgetFirst(): void {
    for (const { id, wireId, remote, isConnected } of this.#members.values()) {
      if (isConnected) continue;
      this.#members.delete(id);
      this.#byPlace.delete(placeOf(hostOf(remote), wireId));
      return;
    }
  }

  /** Has the first address of the same kind make room that nobody is connected at. Says whether there is room. */
  #makeRoomFor(source: PeerSource): boolean {
    const kind = kindOf(source);
    let count = 0;
    let first: string | undefined;
    for (const [key, known] of this.#addresses) {
      if (kindOf(known.source) !== kind) continue;
      count += 1;
      if (!known.member?.isConnected) first ??= key;
    }
    if (count < mostAddresses) return true;
    return first !== undefined && this.#addresses.delete(first);
  }
}

function placeOf(host: string, wireId: string): string {
  return `${host}|${wireId}`;
}

function keyOf({ host, port }: Address): string {
  return `${host}|${port}`;
}

/** Whether it is Piecewise, or made with libtorrent: libtorrent itself, qBittorrent, Deluge, Tribler. */
function comparesPeerIds(wireId: string): boolean {
  return /^-(PW|LT|qB|DE|TL)/.test(latin1Text(hexBytes(wireId)));
}
