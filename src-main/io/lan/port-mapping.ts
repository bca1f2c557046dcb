import type { MechanismView } from '../../../src-shared/share.ts';
import type { MappedProtocol } from '../../engine/lan/nat-pmp.ts';
import type { Clock } from '../../engine/ports.ts';
import { systemClock } from '../clock.ts';
import { defaultGateways } from './default-gateways.ts';
import { NatPmpRouter } from './nat-pmp-router.ts';
import { type NetworkAddress, networkAddresses } from './network-addresses.ts';
import { type Mapping, type Router, RouterRefusal } from './router.ts';
import { findUpnpRouters } from './upnp-router.ts';

export interface PortMappingOptions {
  /** Where this computer listens; the router is asked for the same port. */
  readonly port: number;
  /** TCP for peers; UDP besides, when the DHT is on. */
  readonly protocols?: readonly MappedProtocol[];
  /** The status is another. */
  onChange?(): void;
  /** Left out but in tests. */
  readonly gateways?: () => Promise<readonly string[]>;
  readonly natPmpPort?: number;
  readonly searchGroup?: { readonly address: string; readonly port: number };
  readonly searchMs?: number;
  readonly interfaces?: () => readonly NetworkAddress[];
  readonly clock?: Clock;
}

/** Where UPnP routers listen. */
const usualGroup = { address: '239.255.255.250', port: 1900 };
/** A crashed program's mapping is gone after so long. */
const lifetimeSeconds = 3_600;
/** After half of it, it is renewed (RFC 6886, 3.3). */
const renewedAfter = 0.5;
const shortestRenewalMs = 60_000;
/** When no router was found or it refused, it is tried again after so long. */
const tryAgainMs = 300_000;
/** Closing waits no longer for a router. */
const removalMs = 3_000;

/**
 * Asks the router of this network, by NAT-PMP or else UPnP, to let peers from outside in. Returns at once and works in
 * the background; what came of it is in `status`. `close` takes the mapping back.
 */
export function openPortMapping(options: PortMappingOptions): PortMapping {
  return new PortMapping(options);
}

export class PortMapping {
  readonly #options: PortMappingOptions;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  #router: Router | undefined;
  #mappings: Mapping[] = [];
  #state: MechanismView['state'] = 'trying';
  #message = 'Asks the router of this network to let peers from outside in.';
  #lastAtMs: number | null = null;
  #stopTimer: () => void = () => {};
  #working: Promise<void>;

  constructor(options: PortMappingOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#working = this.#work();
  }

  status(): MechanismView {
    return {
      mechanism: 'port-mapping',
      state: this.#state,
      message: this.#message,
      found: this.#mappings.length,
      lastAtMs: this.#lastAtMs,
    };
  }

  /** The port that is reached from outside; undefined while there is none. */
  get externalPort(): number | undefined {
    return this.#mappings.find(({ protocol }) => protocol === 'tcp')?.externalPort;
  }

  /** Takes the mapping back; waits at most three seconds for the router. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#stopTimer();
    let stopWaiting: () => void = () => {};
    const isLate = new Promise<void>(resolve => {
      stopWaiting = this.#clock.after(removalMs, resolve);
    });
    await Promise.race([this.#working.then(() => this.#remove()), isLate]);
    stopWaiting();
  }

  /** Maps or renews, and says when to do so next. */
  async #work(): Promise<void> {
    const { signal } = this.#closing;
    const isMapped = (await this.#renew(signal)) || (await this.#find(signal));
    if (signal.aborted) return;
    const lifetimes = this.#mappings.map(mapping => mapping.lifetimeSeconds * 1000 * renewedAfter);
    const waitMs = isMapped ? Math.max(shortestRenewalMs, Math.min(...lifetimes)) : tryAgainMs;
    this.#stopTimer = this.#clock.after(waitMs, () => {
      this.#working = this.#work();
    });
    this.#options.onChange?.();
  }

  async #renew(signal: AbortSignal): Promise<boolean> {
    const router = this.#router;
    if (router === undefined) return false;
    if ((await this.#mapAt(router, signal)) === undefined) return true;
    if (!signal.aborted) {
      router.close();
      this.#router = undefined;
      this.#mappings = [];
    }
    return false;
  }

  async #find(signal: AbortSignal): Promise<boolean> {
    const reasons: string[] = [];
    for await (const router of this.#routers(signal)) {
      if (signal.aborted) return false;
      const reason = await this.#mapAt(router, signal);
      if (reason === undefined) return true;
      if (reason !== '') reasons.push(`The router ${router.host} was asked by ${router.way}, but ${reason}.`);
      // What it did before it refused is taken back when this is closed.
      if (this.#router !== router) router.close();
    }
    if (signal.aborted) return false;
    this.#state = 'failed';
    this.#message = [
      ...(reasons.length > 0 ? reasons : ['No router answered NAT-PMP or UPnP.']),
      `Peers of this network do not need it. For others, switch UPnP on in the router, or let it forward TCP port ${this.#options.port} to this computer.`,
    ].join(' ');
    return false;
  }

  async *#routers(signal: AbortSignal): AsyncGenerator<Router> {
    const { gateways = defaultGateways, natPmpPort, interfaces = outerAddresses } = this.#options;
    for (const host of await gateways()) yield new NatPmpRouter(host, natPmpPort);
    const { searchMs, searchGroup: group = usualGroup } = this.#options;
    if (!signal.aborted) yield* await findUpnpRouters({ group, interfaces: interfaces(), searchMs, signal });
  }

  /** Maps every protocol; says why it cannot, or nothing when nobody answers; undefined: it is done. */
  async #mapAt(router: Router, signal: AbortSignal): Promise<string | undefined> {
    const { port, protocols = ['tcp'] } = this.#options;
    try {
      const mappings: Mapping[] = [];
      for (const protocol of protocols) {
        const before = this.#mappings.find(mapping => mapping.protocol === protocol);
        const wanted = before?.externalPort ?? port;
        const mapping = await router.map(protocol, port, wanted, lifetimeSeconds, signal);
        mappings.push(mapping);
        this.#router = router;
        // Known before the next is asked for: closed in between, it is taken back.
        this.#mappings = [...this.#mappings.filter(other => other.protocol !== protocol), mapping];
      }
      const address = await router.externalAddress(signal).catch(() => undefined);
      this.#state = 'working';
      this.#lastAtMs = this.#clock.wallNow();
      const outside = `${address ?? 'its address'}:${mappings[0]!.externalPort}`;
      this.#message = `The router ${router.host} lets peers from outside in at ${outside} (${router.way}).`;
      return undefined;
    } catch (error) {
      return error instanceof RouterRefusal ? error.message : '';
    }
  }

  async #remove(): Promise<void> {
    const router = this.#router;
    const signal = AbortSignal.timeout(removalMs);
    for (const mapping of this.#mappings) await router?.unmap(mapping, signal).catch(() => {});
    router?.close();
    this.#router = undefined;
    this.#mappings = [];
    this.#state = 'off';
    this.#message = 'Switched off.';
  }
}

function outerAddresses(): NetworkAddress[] {
  return networkAddresses().filter(({ isInternal }) => !isInternal);
}
