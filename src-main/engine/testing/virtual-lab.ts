import type { JournalEvent, JournalFact, Outcome, PeerId } from '../../../src-shared/journal.ts';
import { BufferPool } from '../buffer-pool.ts';
import { Bitfield } from '../content/bitfield.ts';
import { Layout } from '../content/layout.ts';
import { Roster, type RosterPeer } from '../course/roster.ts';
import { courseCodec } from '../course/wire.ts';
import type { Dialect } from '../dialect.ts';
import type { Clock, Link, LinkHandler, PieceVerifier, Random } from '../ports.ts';
import { Swarm } from '../swarm.ts';
import type { SwarmSettings } from '../swarm-context.ts';
import type { Codec } from '../wire/message.ts';
import { blockCodec } from './block-codec.ts';
import { MemoryNetwork } from './memory-network.ts';
import { MemoryStorage } from './memory-storage.ts';
import { seededRandom } from './seeded-random.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface LabOptions {
  /** One letter a peer, in the roster's order: `S` a seed, `d` a downloader. Peers are 1001, 1002, … */
  readonly peers: string;
  readonly totalLength?: number;
  readonly pieceLength?: number;
  /** Several blocks a piece, and several requests at a time, instead of the course's whole pieces. */
  readonly blockLength?: number;
  readonly settings?: Partial<SwarmSettings>;
  /** By peer, where they differ. */
  readonly settingsOf?: Readonly<Record<PeerId, Partial<SwarmSettings>>>;
  readonly seed?: number;
  readonly lostAfterMs?: number;
  /** Check each piece against the content, as a dialect with hashes does. */
  readonly verify?: boolean;
  readonly requestTimeoutMs?: number;
}

const port = 6000;

/** A whole course swarm in virtual time: real engines, memory links, memory storage. */
export class VirtualLab {
  readonly clock = new VirtualClock();
  readonly network = new MemoryNetwork(this.clock);
  readonly layout: Layout;
  readonly content: Uint8Array;
  readonly roster: readonly RosterPeer[];
  readonly random: Random;
  readonly #options: LabOptions;
  readonly #peers = new Map<PeerId, LabPeer>();

  constructor(options: LabOptions) {
    const { totalLength = 6_400, pieceLength = 64, blockLength, seed = 1 } = options;
    this.#options = options;
    this.random = seededRandom(seed);
    this.layout = new Layout(totalLength, pieceLength, blockLength);
    this.content = Uint8Array.from({ length: totalLength }, () => Math.floor(this.random() * 256));
    this.roster = [...options.peers].map((letter, index) => ({
      peer: String(1001 + index),
      host: `host-${1001 + index}`,
      port,
      seed: letter === 'S',
    }));
  }

  /** Starts every peer of the roster, in its order. */
  startAll(): this {
    for (const { peer } of this.roster) this.start(peer);
    return this;
  }

  /** Starts a peer, or starts it again with what its storage holds. */
  start(id: PeerId): LabPeer {
    const entry = this.#entry(id);
    const earlier = this.#peers.get(id);
    const have = earlier?.storage.have ?? (entry.seed ? Bitfield.full(this.layout.pieceCount) : undefined);
    const content = earlier?.storage.content ?? (entry.seed ? this.content : undefined);
    const peer = new LabPeer(this, entry, this.#options, content, have);
    this.#peers.set(id, peer);
    return peer;
  }

  peer(id: PeerId): LabPeer {
    const peer = this.#peers.get(id);
    if (peer === undefined) throw new Error(`peer ${id} was not started`);
    return peer;
  }

  get all(): LabPeer[] {
    return [...this.#peers.values()];
  }

  /** Lets time pass until every peer ended; says whether all did before `limitMs`. */
  runToEnd(limitMs = 3_600_000): boolean {
    return this.clock.runUntil(() => this.all.every(peer => peer.outcome !== undefined), limitMs);
  }

  /** What is still held when everybody ended: nothing, if nobody leaks. */
  leftovers(): string[] {
    this.clock.advance(60_000);
    const left = this.clock.pendingTimers > 0 ? [`${this.clock.pendingTimers} timers`] : [];
    if (this.network.openLinks > 0) left.push(`${this.network.openLinks} links`);
    for (const { id, storage } of this.all) if (storage.lent > 0) left.push(`buffers of ${id}`);
    return left;
  }

  /** Connects as a stranger that writes its own bytes. */
  connectTo(id: PeerId, handler: Partial<LinkHandler>): Promise<never> | Link {
    const { host } = this.#entry(id);
    let link: Link | undefined;
    this.network.dialerOf({ host: 'stranger', port: 1 }).dial({ host, port }, result => {
      if ('failed' in result) throw new Error(result.failed);
      link = result;
    });
    this.clock.runUntil(() => link !== undefined, this.clock.now() + 100);
    if (link === undefined) throw new Error(`nobody listens at ${host}`);
    link.open({ onBytes() {}, onEnd() {}, onClosed() {}, ...handler });
    return link;
  }

  #entry(id: PeerId): RosterPeer {
    const entry = this.roster.find(({ peer }) => peer === id);
    if (entry === undefined) throw new Error(`peer ${id} is not in the roster`);
    return entry;
  }
}

/** One peer of the lab: its swarm, what it wrote down, and how to pull its plug. */
export class LabPeer {
  readonly id: PeerId;
  readonly storage: MemoryStorage;
  readonly swarm: Swarm;
  readonly events: JournalEvent[] = [];
  readonly have: Bitfield;
  outcome: Outcome | undefined;
  readonly #links = new Set<Link>();
  readonly #callOffTimers = new Set<() => void>();
  readonly #stopListening: () => void;
  #isAlive = true;

  constructor(
    lab: VirtualLab,
    entry: RosterPeer,
    options: LabOptions,
    content?: Uint8Array,
    have?: Bitfield,
  ) {
    const { layout, clock, network } = lab;
    const address = { host: entry.host, port: entry.port };
    const pool = new BufferPool();
    const dialer = network.dialerOf(address);
    this.id = entry.peer;
    this.storage = new MemoryStorage({ layout, clock, ...(content && { content }), ...(have && { have }) });
    this.have = Bitfield.from(this.storage.have.toBytes(), layout.pieceCount);
    this.swarm = new Swarm(
      entry.peer,
      { name: 'thefile', layout, have: this.have },
      labDialect(lab, entry.peer, options, pool),
      { ...defaultSettings, ...options.settings, ...options.settingsOf?.[entry.peer] },
      {
        dialer: {
          dial: (to, done) => dialer.dial(to, link => done('failed' in link ? link : this.#hold(link))),
        },
        storage: this.storage,
        verifier: options.verify ? verifierOf(lab) : { verify: (_piece, _bytes, done) => done(true) },
        clock: this.#mortal(clock),
        random: seededRandom(Number(entry.peer) * 7919 + (options.seed ?? 1)),
        journal: event => this.events.push(event),
        pool,
      },
      outcome => {
        this.outcome = outcome;
        this.#stopListening();
      },
    );
    this.#stopListening = network.listen(address, link => this.swarm.accept(this.#hold(link)));
    this.swarm.start();
  }

  /** The facts of one kind, in order. */
  told<Kind extends JournalFact['kind']>(kind: Kind): Extract<JournalEvent, { kind: Kind }>[] {
    return this.events.filter((event): event is Extract<JournalEvent, { kind: Kind }> => event.kind === kind);
  }

  /** `kill -9`: links break, nothing is said, nothing more happens here. */
  kill(): void {
    this.#isAlive = false;
    this.#stopListening();
    for (const callOff of this.#callOffTimers) callOff();
    for (const link of this.#links) link.abort();
    this.outcome = 'interrupted';
  }

  #hold(link: Link): Link {
    this.#links.add(link);
    return link;
  }

  /** The clock of a peer that can be killed: its timers die with it. */
  #mortal(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      wallNow: () => clock.wallNow(),
      after: (delayMs, fire) => {
        if (!this.#isAlive) return () => {};
        const callOff = clock.after(delayMs, () => {
          this.#callOffTimers.delete(callOff);
          fire();
        });
        this.#callOffTimers.add(callOff);
        return () => {
          this.#callOffTimers.delete(callOff);
          callOff();
        };
      },
    };
  }
}

const defaultSettings: SwarmSettings = {
  preferredSlots: 2,
  unchokingIntervalMs: 5_000,
  optimisticIntervalMs: 15_000,
  strategy: 'random',
  uploadBytesPerSecond: Number.POSITIVE_INFINITY,
};

function labDialect(lab: VirtualLab, self: PeerId, options: LabOptions, pool: BufferPool): Dialect {
  const { layout, roster } = lab;
  const isWhole = options.blockLength === undefined;
  const codec: Codec = isWhole ? courseCodec(layout, pool) : blockCodec(layout, pool);
  return {
    name: isWhole ? 'course' : 'blocks',
    codec,
    rules: {
      requestsPerPeer: isWhole ? 1 : 5,
      requestTimeoutMs: options.requestTimeoutMs ?? 40_000,
      endgameAfterMs: isWhole ? 5_000 : 0,
    },
    membership: new Roster(roster, self, options.lostAfterMs ?? 60_000),
  };
}

function verifierOf({ layout, content }: VirtualLab): PieceVerifier {
  return {
    verify(piece, bytes, done) {
      const expected = content.subarray(
        layout.offsetOf(piece),
        layout.offsetOf(piece) + layout.lengthOf(piece),
      );
      done(bytes.every((byte, i) => byte === expected[i]));
    },
  };
}
