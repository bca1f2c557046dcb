import { isIPv4 } from 'node:net';
import { decodeDnsMessage } from '../../engine/lan/dns-message.ts';
import {
  goodbyeMessage,
  isAskedFor,
  type OwnService,
  type SeenService,
  searchMessage,
  serviceMessage,
  servicesIn,
} from '../../engine/lan/service-records.ts';
import type { Clock, Random } from '../../engine/ports.ts';
import { type InterfaceStatus, Multicast, type MulticastGroup } from './multicast.ts';
import type { NetworkAddress } from './network-addresses.ts';

/** The groups of multicast DNS (RFC 6762). */
const multicastDnsGroups: readonly MulticastGroup[] = [
  { family: 'IPv4', address: '224.0.0.251', port: 5353 },
  { family: 'IPv6', address: 'ff02::fb', port: 5353 },
];

export interface ServiceDirectoryOptions {
  /** As it is now; asked before every message. Undefined: there is nothing to tell of. */
  own(): OwnService | undefined;
  /** Instances that are known and need not answer. */
  known(): readonly string[];
  /** It is there, and was heard from this address. Ourselves are told too. */
  onSeen(service: SeenService, host: string): void;
  /** It says that it goes. */
  onGone(instance: string): void;
  readonly clock: Clock;
  readonly random: Random;
  readonly groups?: readonly MulticastGroup[] | undefined;
  readonly interfaces?: (() => readonly NetworkAddress[]) | undefined;
}

/** We tell that we are there at these times after we come, or something changed. */
const tellAfterMs = [0, 1_000, 3_000];
/** And again so often, so that others believe it for `serviceTtlSeconds`, one lost datagram included. */
const tellEveryMs = 50_000;
/** We ask who is there at these times after we come, or a network does. */
const searchAfterMs = [0, 1_000, 3_000];
const searchEveryMs = 600_000;
/** Answers wait so long, at random, so that not all answer in the same instant (RFC 6762, 6). */
const answerAfterMs = { least: 20, most: 120 };
/** Nothing is told twice within a second (RFC 6762, 6). */
const tellPauseMs = 1_000;

/** Tells the network of one service, and learns of others of its kind. */
export class ServiceDirectory {
  readonly #options: ServiceDirectoryOptions;
  readonly #clock: Clock;
  readonly #timers = new Map<string, () => void>();
  #multicast: Multicast | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  static async open(options: ServiceDirectoryOptions): Promise<ServiceDirectory> {
    const directory = new ServiceDirectory(options);
    directory.#multicast = await Multicast.open({
      groups: options.groups ?? multicastDnsGroups,
      hops: 255,
      interfaces: options.interfaces,
      clock: options.clock,
      onMessage: (bytes, { address }) => directory.#hear(bytes, address),
      onInterface: () => directory.#begin(),
    });
    directory.#begin();
    return directory;
  }

  private constructor(options: ServiceDirectoryOptions) {
    this.#options = options;
    this.#clock = options.clock;
  }

  get interfaces(): readonly InterfaceStatus[] {
    return this.#multicast?.status() ?? [];
  }

  /** Datagrams sent, and heard of whatever service. */
  get traffic(): { readonly sent: number; readonly heard: number } {
    return { sent: this.#multicast?.sent ?? 0, heard: this.#multicast?.heard ?? 0 };
  }

  /** Something of our service changed. */
  tell(): void {
    this.#at('tell', tellAfterMs, tellEveryMs, () => this.#tell());
  }

  /** Our service goes. */
  goodbye(): void {
    const own = this.#options.own();
    if (own !== undefined) this.#multicast?.send(() => goodbyeMessage(own));
  }

  /** Says goodbye, and leaves. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const stop of this.#timers.values()) stop();
    this.goodbye();
    await this.#multicast?.close();
  }

  #begin(): void {
    if (this.#multicast === undefined) return;
    this.tell();
    this.#at('search', searchAfterMs, searchEveryMs, () => {
      const known = this.#options.known();
      this.#multicast?.send(() => searchMessage(known));
    });
  }

  #hear(bytes: Uint8Array, host: string): void {
    const message = decodeDnsMessage(bytes);
    if (message === undefined || this.#isClosed) return;
    const own = this.#options.own();
    if (own !== undefined && isAskedFor(own, message)) this.#answerSoon();
    const { seen, gone } = servicesIn(message);
    for (const service of seen) this.#options.onSeen(service, host);
    for (const instance of gone) this.#options.onGone(instance);
  }

  #answerSoon(): void {
    if (this.#timers.has('answer')) return;
    const { least, most } = answerAfterMs;
    const delayMs = Math.max(
      least + this.#options.random() * (most - least),
      this.#toldAt + tellPauseMs - this.#clock.now(),
    );
    const stop = this.#clock.after(delayMs, () => {
      this.#timers.delete('answer');
      this.#tell();
    });
    this.#timers.set('answer', stop);
  }

  #tell(): void {
    const own = this.#options.own();
    // Left out, it is told at the next time: `tellAfterMs` has one a second later.
    if (own === undefined || this.#clock.now() - this.#toldAt < tellPauseMs) return;
    this.#toldAt = this.#clock.now();
    this.#multicast?.send((_, { address }) => serviceMessage(own, [addressBytes(address)]));
  }

  /** Acts at these times from now, then again and again; a later call for the same begins anew. */
  #at(what: string, afterMs: readonly number[], everyMs: number, act: () => void): void {
    const startedAt = this.#clock.now();
    const wait = (turn: number) => {
      const at = afterMs[turn] ?? afterMs.at(-1)! + (turn - afterMs.length + 1) * everyMs;
      const stop = this.#clock.after(Math.max(0, startedAt + at - this.#clock.now()), () => {
        wait(turn + 1);
        act();
      });
      this.#timers.set(what, stop);
    };
    this.#timers.get(what)?.();
    if (!this.#isClosed) wait(0);
  }
}

/** 4 or 16 bytes; of an address that is none, zeros. */
export function addressBytes(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split('.'), Number);
  // Each half of "fe80::1:2%eth0", its pieces of 16 bits.
  const halves = address.split('%')[0]!.split('::');
  const [before = [], after = []] = halves.map(half =>
    half === '' ? [] : half.split(':').map(piece => Number.parseInt(piece, 16) || 0),
  );
  const zeros = new Array<number>(Math.max(0, 8 - before.length - after.length)).fill(0);
  const pieces = halves.length === 2 ? [...before, ...zeros, ...after] : before;
  return Uint8Array.from({ length: 16 }, (_, i) => ((pieces[i >> 1] ?? 0) >> (i % 2 === 0 ? 8 : 0)) & 0xff);
}
