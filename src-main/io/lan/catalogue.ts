import type { MechanismView, NearbyMachine } from '../../../src-shared/share.ts';
import type { OwnMachine } from '../../engine/bittorrent/catalogue-answer.ts';
import { instanceName, type OwnService, type SeenService } from '../../engine/lan/service-records.ts';
import type { Address, Clock, Random } from '../../engine/ports.ts';
import { systemClock } from '../clock.ts';
import { interfacesInWords, type LanStatus } from './local-discovery.ts';
import { machineAddressText, readMachineAddress } from './machine-address.ts';
import type { MulticastGroup } from './multicast.ts';
import type { NetworkAddress } from './network-addresses.ts';
import { ServiceDirectory } from './service-directory.ts';
import type { ShareList } from './share-list.ts';
import { requestShareList, type ShareListAnswer } from './share-list-request.ts';

/**
 * What other Piecewise of the network share. Multicast DNS says that they are there and when their shares change;
 * the lists are asked for where they listen (`catalogue-answer.ts` answers). Computers whose address was typed are
 * asked without being heard of.
 */

export interface CatalogueOptions {
  readonly machine: OwnMachine;
  /** Where we listen and answer others; null: they are not told of us. */
  readonly listenPort: number | null;
  /** Addresses of computers that multicast does not reach: `host` or `host:port`. */
  readonly typed: readonly string[];
  /** All machines that show something, or were typed; `listedAs` of their shares is null. */
  onChange(machines: readonly NearbyMachine[]): void;
  /** Left out but in tests. */
  readonly groups?: readonly MulticastGroup[];
  readonly interfaces?: () => readonly NetworkAddress[];
  readonly clock?: Clock;
  readonly random?: Random;
}

/** How often a machine that was found is asked whether it is still there and has the same list. */
export const foundAskedEveryMs = 20_000;
/** And one whose address was typed. */
export const typedAskedEveryMs = 10_000;
/** However often it says that its list is another one. */
const askPauseMs = 1_000;
/** After no answer, a machine that was found is asked again, and then taken off. */
const askAgainMs = 2_000;
const attempts = 2;
/** One that says goodbye is asked whether it was not somebody else who said so. */
const goodbyeDoubtMs = 1_000;
/** Changes that come together are told together. */
const toldAfterMs = 50;
/** So many are asked at a time. */
const askingLimit = 8;
const machineLimit = 500;
/** Running on one computer; more are somebody's joke. */
const machinesPerHost = 16;
const addressLimit = 8;
/** Of all machines together. */
const shareLimit = 20_000;
/** Machines that were heard but cannot be asked: so many are told of in the network check, for so long. */
const unreachableLimit = 20;
const unreachableToldMs = 180_000;

/** Somebody who is asked for shares. */
interface Source {
  /** As it was typed; null: it was found. */
  readonly typed: string | null;
  /** Who it must be; null: whoever answers. */
  readonly id: string | null;
  /** Where it may be asked, best first. */
  addresses: readonly Address[];
  instance: string;
  /** What it says of the state of its list, and what it said when that was asked for. */
  revision: string;
  knownRevision: string;
  list: ShareList | undefined;
  tag: string | undefined;
  problem: string | null;
  failures: number;
  askedAt: number;
  /** Said goodbye, and is not shown until it answers. */
  isLeaving: boolean;
  isAsking: boolean;
  stopTimer: () => void;
}

/** Opens the catalogue. Never rejects: what fails is in `status`. */
export async function openCatalogue(options: CatalogueOptions): Promise<Catalogue> {
  const catalogue = new Catalogue(options);
  await catalogue.open();
  return catalogue;
}

export class Catalogue {
  readonly #options: CatalogueOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  /** By the ID of the machine. */
  readonly #found = new Map<string, Source>();
  /** By what was typed. */
  readonly #typed = new Map<string, Source>();
  /** Machines that were heard but cannot be asked, by address. */
  readonly #unreachable = new Map<string, { readonly problem: string; readonly atMs: number }>();
  readonly #waiting: Source[] = [];
  readonly #closing = new AbortController();
  #directory: ServiceDirectory | undefined;
  #listenPort: number | null;
  #revision = 1;
  #asking = 0;
  #isChangeWaiting = false;
  #stopTelling: () => void = () => {};
  #lastAtMs: number | null = null;

  constructor(options: CatalogueOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#listenPort = options.listenPort;
    this.setTyped(options.typed);
  }

  /** Called once, by `openCatalogue`. */
  async open(): Promise<void> {
    this.#directory = await ServiceDirectory.open({
      own: () => this.#ownService(),
      known: () => [...this.#found.values()].map(({ instance }) => instance),
      onSeen: (service, host) => this.#see(service, host),
      onGone: instance => this.#leave(instance),
      clock: this.#clock,
      random: this.#random,
      groups: this.#options.groups,
      interfaces: this.#options.interfaces,
    });
  }

  /** Our shares are others than before, or have other names: others ask for them. */
  sharesChanged(): void {
    this.#revision += 1;
    this.#directory?.tell();
  }

  /** We listen elsewhere; null: others are not told of us any more. */
  setListenPort(port: number | null): void {
    if (port === this.#listenPort) return;
    if (port === null) this.#directory?.goodbye();
    this.#listenPort = port;
    this.#directory?.tell();
  }

  /** These computers, by the addresses that were typed, are asked from now on, and no others. */
  setTyped(addresses: readonly string[]): void {
    const wanted = new Set(addresses);
    for (const [text, source] of this.#typed) {
      if (wanted.has(text)) continue;
      this.#typed.delete(text);
      source.stopTimer();
    }
    for (const text of wanted) {
      if (this.#typed.has(text)) continue;
      const address = readMachineAddress(text);
      const source = newSource(text, null, address === undefined ? [] : [address]);
      this.#typed.set(text, source);
      if (address === undefined) source.problem = `"${text}" is no address: write a name or an IP address`;
      else this.#ask(source);
    }
    this.#tellChange();
  }

  /** Everybody who shows something, and everybody typed. */
  machines(): readonly NearbyMachine[] {
    const typedIds = new Set([...this.#typed.values()].map(({ list }) => list?.machine.id));
    const machines: NearbyMachine[] = [];
    let left = shareLimit;
    for (const { typed, addresses, list, problem, isLeaving } of [
      ...this.#typed.values(),
      ...[...this.#found.values()].filter(({ id }) => !typedIds.has(id ?? undefined)),
    ]) {
      if (typed === null && (list === undefined || isLeaving)) continue;
      const shares = (list?.shares ?? []).slice(0, left);
      left -= shares.length;
      machines.push({
        name: list?.machine.name ?? addresses[0]?.host ?? typed ?? '',
        address: typed ?? machineAddressText(addresses[0]!),
        isTyped: typed !== null,
        problem,
        shares: shares.map(share => ({ ...share, listedAs: null })),
      });
    }
    return machines.sort((a, b) => a.name.localeCompare(b.name) || (a.address < b.address ? -1 : 1));
  }

  /** Where those listen who offer a share: peers of its swarm. */
  peersWith(infoHash: string): readonly Address[] {
    const sources = [...this.#typed.values(), ...this.#found.values()];
    return sources.flatMap(({ list, addresses, isLeaving }) =>
      !isLeaving && list?.shares.some(share => share.infoHash === infoHash) ? addresses.slice(0, 1) : [],
    );
  }

  /** What came of it without addresses being typed. */
  status(): LanStatus {
    const interfaces = this.#directory?.interfaces ?? [];
    const able = interfaces.filter(({ problem }) => problem === null);
    const shown = [...this.#found.values()].filter(({ list }) => list !== undefined).length;
    const sentences = [
      interfacesInWords(interfaces),
      ...(this.#listenPort === null ? ['Others do not see this computer: it does not listen.'] : []),
      shown > 0
        ? `Sees ${shown} other ${shown === 1 ? 'Piecewise' : 'Piecewises'}.`
        : 'Sees no other Piecewise yet. Where there is one, a firewall (UDP port 5353) or the network itself keeps multicast away: type its address.',
      ...this.#unreachableNow(),
    ];
    return {
      mechanism: 'catalogue',
      state: able.length === 0 ? 'failed' : shown > 0 ? 'working' : 'quiet',
      message: sentences.join(' '),
      found: shown,
      lastAtMs: this.#lastAtMs,
      interfaces,
      ...(this.#directory?.traffic ?? { sent: 0, heard: 0 }),
    };
  }

  /** What came of the addresses that were typed. */
  typedStatus(): MechanismView {
    const sources = [...this.#typed.values()];
    const problems = sources.flatMap(({ problem }) => (problem === null ? [] : [problem]));
    const found = sources.filter(({ list }) => list !== undefined).length;
    const isTrying = sources.some(({ list, problem }) => list === undefined && problem === null);
    return {
      mechanism: 'typed',
      state: sources.length === 0 ? 'off' : found > 0 ? 'working' : isTrying ? 'trying' : 'failed',
      message:
        sources.length === 0
          ? 'No address was typed.'
          : [`${found} of ${sources.length} typed addresses answer.`, ...problems.map(sentence)].join(' '),
      found,
      lastAtMs: null,
    };
  }

  /** Says goodbye, and asks nobody any more. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#stopTelling();
    for (const source of [...this.#typed.values(), ...this.#found.values()]) source.stopTimer();
    await this.#directory?.close();
  }

  #ownService(): OwnService | undefined {
    const { name, id } = this.#options.machine;
    if (this.#listenPort === null) return undefined;
    return {
      instance: instanceName(name, id),
      host: `piecewise-${id.replace(/[^\w-]/g, '').slice(-32)}`,
      port: this.#listenPort,
      text: { v: '1', rev: `${this.#revision}`, id },
    };
  }

  #see({ instance, port, text }: SeenService, host: string): void {
    const id = text.get('id') ?? '';
    if (this.#closing.signal.aborted || id === this.#options.machine.id) return;
    if (text.get('v') !== '1' || !/^[\w-]{1,64}$/.test(id)) return;
    const known = this.#found.get(id);
    if (known === undefined && !this.#hasRoomFor(host)) return;
    const source = known ?? newSource(null, id, []);
    this.#found.set(id, source);
    source.instance = instance;
    source.revision = (text.get('rev') ?? '').slice(0, 20);
    const isNew = !source.addresses.some(address => address.host === host && address.port === port);
    if (isNew)
      source.addresses = [{ host, port }, ...source.addresses.filter(address => address.host !== host)]
        .sort((a, b) => rankOf(a) - rankOf(b))
        .slice(0, addressLimit);
    if (source.list === undefined || source.isLeaving || source.revision !== source.knownRevision)
      this.#askForNews(source);
  }

  /** Anybody can say that somebody goes; so it is not shown, but asked. */
  #leave(instance: string): void {
    for (const source of this.#found.values()) {
      if (source.instance !== instance || source.isLeaving) continue;
      source.isLeaving = true;
      source.failures = attempts - 1;
      this.#askAfter(source, goodbyeDoubtMs);
      this.#tellChange();
    }
  }

  #hasRoomFor(host: string): boolean {
    const fromThere = [...this.#found.values()].filter(({ addresses }) =>
      addresses.some(address => address.host === host),
    );
    return this.#found.size < machineLimit && fromThere.length < machinesPerHost;
  }

  #askAfter(source: Source, delayMs: number): void {
    source.stopTimer();
    source.stopTimer = this.#clock.after(delayMs, () => this.#ask(source));
  }

  #askForNews(source: Source): void {
    const waitMs = source.askedAt + askPauseMs - this.#clock.now();
    if (waitMs > 0) this.#askAfter(source, waitMs);
    else this.#ask(source);
  }

  #ask(source: Source): void {
    if (source.isAsking || this.#closing.signal.aborted) return;
    source.stopTimer();
    source.isAsking = true;
    this.#waiting.push(source);
    this.#askNext();
  }

  #askNext(): void {
    const source = this.#asking < askingLimit ? this.#waiting.shift() : undefined;
    if (source === undefined) return;
    this.#asking += 1;
    const revision = source.revision;
    source.askedAt = this.#clock.now();
    void requestShareList(source.addresses[0]!, source.tag, this.#closing.signal).then(answer => {
      this.#asking -= 1;
      source.isAsking = false;
      if (this.#isThere(source) && !this.#closing.signal.aborted) this.#take(source, answer, revision);
      this.#askNext();
    });
  }

  #isThere(source: Source): boolean {
    return source.typed === null
      ? this.#found.get(source.id!) === source
      : this.#typed.get(source.typed) === source;
  }

  #take(source: Source, answer: ShareListAnswer, revision: string): void {
    if (answer !== 'unchanged' && !('failed' in answer)) {
      const { id } = answer.list.machine;
      if (source.id !== null && source.id !== id) return this.#fail(source, 'strange');
      if (id === this.#options.machine.id) return this.#fail(source, 'ourselves');
      source.list = answer.list;
      source.tag = answer.tag;
      this.#tellChange();
    } else if (answer !== 'unchanged') return this.#fail(source, answer.failed);
    if (source.isLeaving || source.problem !== null) this.#tellChange();
    source.isLeaving = false;
    source.problem = null;
    source.failures = 0;
    source.knownRevision = revision;
    this.#lastAtMs = this.#clock.wallNow();
    for (const address of source.addresses) this.#unreachable.delete(machineAddressText(address));
    // What changed while it was asked is asked for soon; others not all in the same instant.
    if (source.typed === null && source.revision !== revision) return this.#askForNews(source);
    const everyMs = source.typed === null ? foundAskedEveryMs : typedAskedEveryMs;
    this.#askAfter(source, everyMs * (0.9 + 0.2 * this.#random()));
  }

  #fail(source: Source, why: 'silent' | 'unknown' | 'strange' | 'ourselves'): void {
    const address = source.addresses[0]!;
    const problem = problemInWords(address, why);
    if (source.typed !== null) {
      if (source.problem !== problem || source.list !== undefined) this.#tellChange();
      source.problem = problem;
      source.list = undefined;
      source.tag = undefined;
      return this.#askAfter(source, typedAskedEveryMs);
    }
    source.failures += 1;
    // Another of its addresses may be one that can be reached.
    source.addresses = [...source.addresses.slice(1), address];
    if (source.failures < attempts + source.addresses.length - 1)
      return this.#askAfter(source, source.failures < source.addresses.length ? 0 : askAgainMs);
    this.#found.delete(source.id!);
    source.stopTimer();
    if (source.list !== undefined) this.#tellChange();
    // One that was shown has gone; one that never was stands behind a firewall.
    else this.#rememberUnreachable(address, problem);
  }

  #rememberUnreachable(address: Address, problem: string): void {
    const key = machineAddressText(address);
    this.#unreachable.delete(key);
    this.#unreachable.set(key, { problem: sentence(problem), atMs: this.#clock.now() });
    const [oldest] = this.#unreachable.keys();
    if (this.#unreachable.size > unreachableLimit) this.#unreachable.delete(oldest!);
  }

  #unreachableNow(): string[] {
    const since = this.#clock.now() - unreachableToldMs;
    return [...this.#unreachable.values()].flatMap(({ problem, atMs }) => (atMs >= since ? [problem] : []));
  }

  #tellChange(): void {
    if (this.#isChangeWaiting || this.#closing.signal.aborted) return;
    this.#isChangeWaiting = true;
    this.#stopTelling = this.#clock.after(toldAfterMs, () => {
      this.#isChangeWaiting = false;
      this.#options.onChange(this.machines());
    });
  }
}

function newSource(typed: string | null, id: string | null, addresses: readonly Address[]): Source {
  return {
    typed,
    id,
    addresses,
    instance: '',
    revision: '',
    knownRevision: '',
    list: undefined,
    tag: undefined,
    problem: null,
    failures: 0,
    askedAt: Number.NEGATIVE_INFINITY,
    isLeaving: false,
    isAsking: false,
    stopTimer: () => {},
  };
}

/** What is shown and asked first: an address that means the same for everybody in the room. */
function rankOf({ host }: Address): number {
  if (/^127\./.test(host)) return 3;
  if (/^fe80:/i.test(host)) return 2;
  return host.includes(':') ? 1 : 0;
}

function problemInWords(
  { host, port }: Address,
  why: 'silent' | 'unknown' | 'strange' | 'ourselves',
): string {
  switch (why) {
    case 'silent':
      return `${host} does not answer on port ${port}: is Piecewise running there, and does its firewall let it in?`;
    case 'unknown':
      return `No computer is called ${host}: look for a typing error, or write its IP address`;
    case 'strange':
      return `What answers at ${host} on port ${port} is no Piecewise, or one of another version`;
    default:
      return `${host} on port ${port} is this Piecewise itself`;
  }
}

function sentence(text: string): string {
  return text.endsWith('?') ? text : `${text}.`;
}
