import type { Direction, PeerId } from '../../../src-shared/journal.ts';
import type { DialTarget, Fate, Membership, Newcomer } from '../dialect.ts';
import type { Address } from '../ports.ts';
import type { Handshake } from '../wire/message.ts';
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

/** Neighbours at a time. */
const mostConnected = 100;
/** We dial no more once there are this many, so that others find room. */
const enoughConnected = 60;
/** Addresses remembered; anybody may tell us any number. */
const mostAddresses = 2_000;
/** Neighbours remembered, former ones included; anybody may come with ever new peer IDs. */
const mostMembers = 20_000;

interface KnownAddress extends DialTarget {
  readonly peer: undefined;
  readonly source: PeerSource;
  /** The neighbour there, while it is connected. */
  member: Member | undefined;
  /** It turned out to be ourselves. */
  isSelf: boolean;
}

/** What is known of one that is or was a neighbour. */
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
  readonly #byWireId = new Map<string, Member>();
  readonly #bannedIds = new Set<string>();
  readonly #bannedHosts = new Set<string>();
  #connected = 0;
  /** Whoever is new gets the next one. */
  #number = 2;
  /** Complete ourselves, we need not dial those who are so too. */
  #isSelfComplete = false;

  constructor(options: PeerBookOptions) {
    this.#options = options;
  }

  /** Remembers addresses to dial. Says whether any of them is new. */
  add(addresses: readonly Address[], source: PeerSource): boolean {
    let isNew = false;
    for (const address of addresses) {
      const key = keyOf(address);
      if (address.port <= 0 || address.port > 65_535 || this.#bannedHosts.has(address.host)) continue;
      if (this.#addresses.has(key) || this.#addresses.size >= mostAddresses) continue;
      this.#addresses.set(key, { peer: undefined, address, source, member: undefined, isSelf: false });
      isNew = true;
    }
    return isNew;
  }

  get connected(): number {
    return this.#connected;
  }

  get isFull(): boolean {
    return this.#connected >= mostConnected;
  }

  /** Those connected now. */
  get neighbours(): readonly Member[] {
    return [...this.#members.values()].filter(({ isConnected }) => isConnected);
  }

  member(peer: PeerId): Member | undefined {
    return this.#members.get(peer);
  }

  /** A neighbour said on which port it listens: its address is the one it is connected from, with that port. */
  onListens(peer: PeerId, port: number): void {
    const member = this.#members.get(peer);
    if (member === undefined || port <= 0 || port > 65_535) return;
    member.listens = { host: hostOf(member.remote), port };
    this.add([member.listens], 'incoming');
    const known = this.#addresses.get(keyOf(member.listens));
    if (known === undefined) return;
    known.member = member;
    member.source = known.source;
  }

  onSelfComplete(isComplete: boolean): void {
    this.#isSelfComplete = isComplete;
  }

  get roster(): Membership['roster'] {
    const self = { peer: selfId, address: `port ${this.#options.listenPort}`, seed: false };
    return [self, ...this.neighbours.map(({ id, remote }) => ({ peer: id, address: remote, seed: false }))];
  }

  get dialTargets(): readonly DialTarget[] {
    if (this.#connected >= enoughConnected) return [];
    return [...this.#addresses.values()].filter(
      ({ member, isSelf, address }) =>
        !isSelf &&
        !(member?.isConnected || (this.#isSelfComplete && member?.isComplete)) &&
        !this.#bannedHosts.has(address.host),
    );
  }

  identify(handshake: Handshake, newcomer: Newcomer): PeerId | { readonly refused: string } {
    const { peer: wireId, bitTorrent } = handshake;
    if (bitTorrent?.infoHash !== this.#options.infoHash) return { refused: 'it means another swarm' };
    const known = newcomer.target && this.#addresses.get(keyOf(newcomer.target.address));
    if (wireId === this.#options.peerId) {
      if (known !== undefined) known.isSelf = true;
      return { refused: 'it is ourselves' };
    }
    const host = hostOf(newcomer.remote);
    if (this.#bannedIds.has(wireId) || this.#bannedHosts.has(host)) {
      return { refused: 'it sent wrong pieces before and is banned' };
    }
    const former = this.#byWireId.get(wireId);
    if (!former?.isConnected && this.isFull) {
      return { refused: `there are ${mostConnected} neighbours already` };
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

  /** Both sides keep the connection that the one with the higher peer ID dialled. */
  prefersNewer(peer: PeerId, older: Direction, newer: Direction): boolean {
    const member = this.#members.get(peer);
    if (member === undefined || older === newer) return false;
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
    if (!member.isConnected) this.#connected += 1;
    member.isConnected = true;
    member.isComplete = false;
  }

  onDisconnected(peer: PeerId): void {
    const member = this.#members.get(peer)!;
    if (member.isConnected) this.#connected -= 1;
    member.isConnected = false;
  }

  ban(peer: PeerId): void {
    const member = this.#members.get(peer);
    if (member === undefined) return;
    this.#bannedIds.add(member.wireId);
    const host = hostOf(member.remote);
    // Everybody of a test shares this computer.
    if (!isLoopback(host)) this.#bannedHosts.add(host);
    for (const known of this.#addresses.values()) if (known.member === member) known.isSelf = true;
  }

  onComplete(peer: PeerId): void {
    this.#members.get(peer)!.isComplete = true;
  }

  onIncomplete(peer: PeerId): void {
    this.#members.get(peer)!.isComplete = false;
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

  #enrol(wireId: string, source: PeerSource, newcomer: Newcomer): Member {
    if (this.#members.size >= mostMembers) this.#forgetOldest();
    const member: Member = {
      id: String(this.#number),
      wireId,
      source,
      client: this.#options.nameClient(wireId),
      remote: newcomer.remote,
      listens: undefined,
      direction: newcomer.direction,
      isConnected: false,
      isComplete: false,
    };
    this.#number += 1;
    this.#members.set(member.id, member);
    this.#byWireId.set(wireId, member);
    return member;
  }

  #forgetOldest(): void {
    for (const member of this.#members.values()) {
      if (member.isConnected) continue;
      this.#members.delete(member.id);
      this.#byWireId.delete(member.wireId);
      return;
    }
  }
}

function keyOf({ host, port }: Address): string {
  return `${host}|${port}`;
}
