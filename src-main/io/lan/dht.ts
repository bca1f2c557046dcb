/// <reference path="./bittorrent-dht.d.ts" />
import DHT from 'bittorrent-dht';
import type { MechanismView } from '../../../src-shared/share.ts';
import type { Address, Clock } from '../../engine/ports.ts';
import { systemClock } from '../clock.ts';
import { GuardedSocket } from './guarded-socket.ts';
import { lanReason } from './lan-reason.ts';

/** Nodes that are always there, for who knows no other. Asking them leaves the local network. */
export const usualBootstrap: readonly Address[] = [
  { host: 'router.bittorrent.com', port: 6881 },
  { host: 'dht.transmissionbt.com', port: 6881 },
  { host: 'router.utorrent.com', port: 6881 },
];

export interface DhtOptions {
  /** UDP; usually the number of the port where peers are listened for. */
  readonly port: number;
  /** Nodes that are asked first: `usualBootstrap`, those of a laboratory, or those known from the last time. */
  readonly bootstrap: readonly Address[];
  /** Somebody is said to share it. */
  onPeer(infoHash: string, peer: Address): void;
  /** Left out but in tests. */
  readonly address?: string;
  readonly clock?: Clock;
}

/** Others forget a peer after half an hour, and their tokens end after ten minutes (BEP 5). */
const announceEveryMs = 15 * 60_000;
/** While nobody is known, one is soon. */
const tryAgainMs = 10_000;
/** Shares announced at a time; more wait. */
const announcingLimit = 4;
const savedNodesLimit = 100;
/** Others' peers that we remember for them. */
const memory = { maxPeers: 10_000, maxValues: 100, maxAge: 30 * 60_000 };

/** Opens a node of the DHT (BEP 5). What fails is in `status`. */
export function openDht(options: DhtOptions): Dht {
  return new Dht(options);
}

/** A share's place in the DHT. */
interface Announced {
  readonly infoHash: string;
  port: number;
  stopTimer: () => void;
}

export class Dht {
  readonly #options: DhtOptions;
  readonly #clock: Clock;
  readonly #socket: GuardedSocket;
  readonly #dht: DHT;
  readonly #announced = new Map<string, Announced>();
  readonly #waiting: Announced[] = [];
  #announcing = 0;
  #found = 0;
  #lastAtMs: number | null = null;
  #problem: string | undefined;
  #isClosed = false;

  constructor(options: DhtOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#socket = new GuardedSocket(this.#clock);
    this.#dht = new DHT({ bootstrap: options.bootstrap, socket: this.#socket, ...memory });
    this.#dht.on('error', (error: Error) => {
      this.#problem = lanReason(error, options.port);
    });
    this.#dht.on('peer', ({ host, port }: Address, infoHash: Buffer) => {
      if (this.#isClosed || port < 1) return;
      this.#found += 1;
      this.#lastAtMs = this.#clock.wallNow();
      options.onPeer(infoHash.toString('hex'), { host, port });
    });
    this.#dht.listen(options.port, options.address);
  }

  /**
   * Looks for peers of a share, and tells others that we share it and listen on this TCP port; again and again, until it
   * is withdrawn. Not to be called for private shares (BEP 27).
   */
  announce(infoHash: string, listenPort: number): void {
    const known = this.#announced.get(infoHash);
    if (known !== undefined) {
      known.port = listenPort;
      return;
    }
    const announced = { infoHash, port: listenPort, stopTimer: () => {} };
    this.#announced.set(infoHash, announced);
    this.#begin(announced);
  }

  withdraw(infoHash: string): void {
    this.#announced.get(infoHash)?.stopTimer();
    this.#announced.delete(infoHash);
  }

  /** A peer says that it is a node (BEP 5, message `port`). */
  addNode(node: Address): void {
    if (!this.#isClosed && node.port > 0 && node.port < 65_536) this.#dht.addNode({ ...node });
  }

  /** Nodes to begin with the next time. */
  nodes(): Address[] {
    const nodes = this.#isClosed ? [] : this.#dht.nodes.toArray();
    return nodes.slice(0, savedNodesLimit).map(({ host, port }) => ({ host, port }));
  }

  status(): MechanismView {
    const nodes = this.nodes().length;
    const state = this.#problem !== undefined ? 'failed' : nodes === 0 ? 'trying' : 'working';
    return {
      mechanism: 'dht',
      state: this.#isClosed ? 'off' : state,
      message: this.#isClosed
        ? 'Switched off.'
        : this.#problem !== undefined
          ? `UDP port ${this.#options.port} cannot be used: ${this.#problem}.`
          : nodes === 0
            ? 'Nobody of the DHT has answered yet: it needs the internet, or nodes of this network.'
            : `Knows ${nodes} nodes; was told of ${this.#found} peers.`,
      found: this.#found,
      lastAtMs: this.#lastAtMs,
    };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const { stopTimer } of this.#announced.values()) stopTimer();
    this.#announced.clear();
    await new Promise<void>(resolve => this.#dht.destroy(resolve));
  }

  #begin(announced: Announced): void {
    this.#waiting.push(announced);
    this.#next();
  }

  #next(): void {
    const announced = this.#announcing < announcingLimit ? this.#waiting.shift() : undefined;
    if (announced === undefined || this.#isClosed) return;
    if (this.#announced.get(announced.infoHash) !== announced) return this.#next();
    this.#announcing += 1;
    const { infoHash, port } = announced;
    // Looks up first, so that who has just been told of is heard of too, and then tells the nodes that answered.
    this.#dht.lookup(infoHash, () => {
      if (this.#isClosed) return;
      this.#dht.announce(infoHash, port, error => {
        this.#announcing -= 1;
        if (this.#isClosed) return;
        if (this.#announced.get(infoHash) === announced)
          announced.stopTimer = this.#clock.after(error === null ? announceEveryMs : tryAgainMs, () =>
            this.#begin(announced),
          );
        this.#next();
      });
    });
  }
}
