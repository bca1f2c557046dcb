import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { Clock } from '../../engine/ports.ts';
import { systemClock } from '../clock.ts';
import { lanReason } from './lan-reason.ts';
import { type NetworkAddress, networkAddresses } from './network-addresses.ts';

/**
 * Multicast on every interface there is, the loop of this computer among them, for as long as it is open: what is sent
 * leaves through each of them, and what arrives on any of them is heard. Interfaces come and go. Needs neither a route
 * nor the internet. Whatever fails is kept as a sentence; nothing throws.
 */

/** Where a protocol meets. */
export interface MulticastGroup {
  readonly family: 'IPv4' | 'IPv6';
  readonly address: string;
  readonly port: number;
}

export interface MulticastOptions {
  readonly groups: readonly MulticastGroup[];
  /** How many routers a datagram may pass, itself counted: 1 for this network, or what the protocol says. */
  readonly hops: number;
  onMessage(bytes: Uint8Array, from: RemoteInfo): void;
  /** An interface can be used that could not be before. */
  onInterface?(): void;
  /** The addresses of the interfaces to use; every one of this computer if left out. */
  readonly interfaces?: (() => readonly NetworkAddress[]) | undefined;
  readonly clock?: Clock | undefined;
}

/** One interface in one family. */
export interface InterfaceStatus {
  readonly interface: string;
  readonly address: string;
  /** Datagrams that left through it. */
  readonly sent: number;
  /** Why it cannot be used, in words; null when it can. */
  readonly problem: string | null;
}

/** How often it is looked for cables that were plugged in or pulled out. */
export const interfacesCheckedEveryMs = 10_000;

/** Of each family; more are left out. Machines with many containers have hundreds of virtual interfaces. */
const interfaceLimit = 32;
/** Datagrams that wait to be sent; more are dropped. */
const queueLimit = 4_096;
/** Longer ones are not looked at: multicast DNS knows no longer ones (RFC 6762, 17). */
const longestMessage = 9_000;
/** So many are heard in a second, and so many bytes; what a flood brings beyond them is not looked at. */
const heardPerSecond = 1_000;
const bytesPerSecond = 512 * 1024;

/** An interface in one family, and whether the group is joined on it. */
interface Membership {
  readonly address: NetworkAddress;
  /** As the socket calls it. */
  readonly name: string;
  isJoined: boolean;
  sent: number;
  problem: string | null;
}

interface Outgoing {
  readonly bytes: Uint8Array;
  readonly membership: Membership;
}

export class Multicast {
  readonly #families: readonly Family[];
  readonly #options: MulticastOptions;
  readonly #clock: Clock;
  #stopChecking: () => void = () => {};
  #isClosed = false;
  #heard = 0;
  #window = { startsAt: 0, heard: 0, bytes: 0 };

  /** Resolves once every interface there is has been tried. */
  static async open(options: MulticastOptions): Promise<Multicast> {
    const multicast = new Multicast(options);
    await multicast.#keepChecking();
    return multicast;
  }

  private constructor(options: MulticastOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#families = options.groups.map(
      group => new Family(group, options.hops, (bytes, from) => this.#hear(bytes, from)),
    );
  }

  /** Datagrams that were heard, our own among them. */
  get heard(): number {
    return this.#heard;
  }

  get sent(): number {
    return this.status().reduce((sum, { sent }) => sum + sent, 0);
  }

  /**
   * Sends a datagram through every interface; `write` gives its bytes for the group and the address it leaves from.
   */
  send(write: (group: MulticastGroup, from: NetworkAddress) => Uint8Array): void {
    if (this.#isClosed) return;
    for (const family of this.#families) family.send(write);
  }

  /** Every interface, in each family. */
  status(): InterfaceStatus[] {
    return this.#families.flatMap(family => family.status());
  }

  /** Looks now for interfaces that came or went, and tries again what failed. */
  async check(): Promise<void> {
    const interfaces = (this.#options.interfaces ?? networkAddresses)();
    const news = await Promise.all(this.#families.map(family => family.use(interfaces)));
    if (!this.#isClosed && news.includes(true)) this.#options.onInterface?.();
  }

  /** Sends what waits, then leaves the groups. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopChecking();
    await Promise.all(this.#families.map(family => family.close()));
  }

  async #keepChecking(): Promise<void> {
    await this.check();
    if (this.#isClosed) return;
    this.#stopChecking = this.#clock.after(interfacesCheckedEveryMs, () => void this.#keepChecking());
  }

  #hear(bytes: Uint8Array, from: RemoteInfo): void {
    if (this.#isClosed || bytes.length > longestMessage) return;
    const now = this.#clock.now();
    if (now - this.#window.startsAt >= 1_000) this.#window = { startsAt: now, heard: 0, bytes: 0 };
    this.#window.heard += 1;
    this.#window.bytes += bytes.length;
    if (this.#window.heard > heardPerSecond || this.#window.bytes > bytesPerSecond) return;
    this.#heard += 1;
    this.#options.onMessage(bytes, from);
  }
}

/** One group: one socket, which hears on all interfaces and sends on one after the other. */
class Family {
  readonly #group: MulticastGroup;
  readonly #hops: number;
  readonly #onMessage: (bytes: Uint8Array, from: RemoteInfo) => void;
  readonly #memberships = new Map<string, Membership>();
  #socket: Socket | undefined;
  #opening: Promise<string | null> | undefined;
  #queue: Outgoing[] = [];
  #isSending = false;
  #isClosed = false;
  #onDrained: () => void = () => {};

  constructor(group: MulticastGroup, hops: number, onMessage: (bytes: Uint8Array, from: RemoteInfo) => void) {
    this.#group = group;
    this.#hops = hops;
    this.#onMessage = onMessage;
  }

  status(): InterfaceStatus[] {
    return [...this.#memberships.values()].map(({ address, sent, problem }) => ({
      interface: address.interface,
      address: address.address,
      sent,
      problem,
    }));
  }

  /** Joins the group on these and leaves it on all others; says whether one can be used that could not be before. */
  async use(interfaces: readonly NetworkAddress[]): Promise<boolean> {
    const wanted = this.#oneOfEach(interfaces);
    for (const [name, membership] of this.#memberships) {
      if (wanted.has(name)) continue;
      this.#memberships.delete(name);
      this.#leave(membership);
    }
    if (wanted.size === 0) return false;
    for (const [name, address] of wanted) {
      if (this.#memberships.has(name)) continue;
      this.#memberships.set(name, { address, name, isJoined: false, sent: 0, problem: null });
    }
    this.#opening ??= this.#open();
    const problem = await this.#opening;
    this.#opening = undefined;
    let isNews = false;
    for (const membership of this.#memberships.values()) if (this.#join(membership, problem)) isNews = true;
    return isNews;
  }

  send(write: (group: MulticastGroup, from: NetworkAddress) => Uint8Array): void {
    for (const membership of this.#memberships.values()) {
      if (!membership.isJoined || this.#queue.length >= queueLimit) continue;
      this.#queue.push({ bytes: write(this.#group, membership.address), membership });
    }
    this.#sendNext();
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    if (this.#isSending) {
      await new Promise<void>(resolve => {
        this.#onDrained = resolve;
      });
    }
    this.#isClosed = true;
    this.#socket = undefined;
    if (socket === undefined) return;
    await new Promise<void>(resolve => {
      socket.once('close', resolve);
      closeQuietly(socket);
    });
  }

  /** The first address of each interface, by the name that the socket knows it by. */
  #oneOfEach(interfaces: readonly NetworkAddress[]): Map<string, NetworkAddress> {
    const seen = new Set<string>();
    const wanted = new Map<string, NetworkAddress>();
    for (const address of interfaces) {
      if (address.family !== this.#group.family || seen.has(address.interface)) continue;
      seen.add(address.interface);
      if (wanted.size < interfaceLimit) wanted.set(multicastName(address), address);
    }
    return wanted;
  }

  /** Opens the socket unless it is open; says why it cannot. */
  #open(): Promise<string | null> {
    if (this.#socket !== undefined || this.#isClosed) return Promise.resolve(null);
    const isIpv6 = this.#group.family === 'IPv6';
    return new Promise(resolve => {
      // Several processes of one machine listen on the port, and each hears everything.
      const socket = createSocket({ type: isIpv6 ? 'udp6' : 'udp4', reuseAddr: true, ipv6Only: isIpv6 });
      socket.on('message', this.#onMessage);
      socket.on('error', error => {
        if (this.#socket === socket) this.#socket = undefined;
        const problem = lanReason(error, this.#group.port);
        for (const membership of this.#memberships.values()) {
          membership.isJoined = false;
          membership.problem = problem;
        }
        closeQuietly(socket);
        resolve(problem);
      });
      socket.bind({ port: this.#group.port, address: isIpv6 ? '::' : '0.0.0.0' }, () => {
        if (this.#isClosed) {
          closeQuietly(socket);
          return resolve(null);
        }
        this.#socket = socket;
        resolve(null);
      });
    });
  }

  /** Says whether the interface can be used and could not be before. */
  #join(membership: Membership, problem: string | null): boolean {
    const socket = this.#socket;
    if (socket === undefined) {
      membership.problem = problem;
      return false;
    }
    try {
      socket.setMulticastTTL(this.#hops);
      socket.setMulticastLoopback(true);
      // One that is joined is joined again: an interface that went and came back between two checks has forgotten it.
      socket.addMembership(this.#group.address, membership.name);
    } catch (error) {
      if (membership.isJoined) return false;
      // Another address of the same interface has joined: that does as well.
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') {
        membership.problem = lanReason(error, this.#group.port);
        return false;
      }
    }
    const isNews = !membership.isJoined;
    membership.isJoined = true;
    membership.problem = null;
    return isNews;
  }

  #leave({ name, isJoined }: Membership): void {
    if (!isJoined) return;
    try {
      this.#socket?.dropMembership(this.#group.address, name);
    } catch {
      // It went with the interface.
    }
  }

  /** Which interface a datagram leaves through is the socket's setting, so they go one after the other. */
  #sendNext(): void {
    if (this.#isSending) return;
    const next = this.#queue.shift();
    const socket = this.#socket;
    if (next === undefined || socket === undefined) {
      this.#queue = [];
      this.#onDrained();
      return;
    }
    const { bytes, membership } = next;
    this.#isSending = true;
    const done = (error: unknown) => {
      this.#isSending = false;
      if (error) membership.problem = lanReason(error, this.#group.port);
      else {
        membership.sent += 1;
        membership.problem = null;
      }
      this.#sendNext();
    };
    try {
      socket.setMulticastInterface(membership.name);
      socket.send(bytes, this.#group.port, this.#group.address, done);
    } catch (error) {
      // Not at once: a long queue would become a deep stack.
      queueMicrotask(() => done(error));
    }
  }
}

/** How an interface is named to a socket: by its address, or in IPv6 by its name (by a number on Windows). */
function multicastName({ family, address, interface: name, scope }: NetworkAddress): string {
  if (family === 'IPv4') return address;
  return `::%${process.platform === 'win32' ? scope : name}`;
}

function closeQuietly(socket: Socket): void {
  try {
    socket.close();
  } catch {
    // It is closed already.
  }
}
