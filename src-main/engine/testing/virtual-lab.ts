import { Bitfield } from '../../../src-shared/bitfield.ts';
import type { PeerId } from '../../../src-shared/journal.ts';
import { BufferPool } from '../buffer-pool.ts';
import { Layout } from '../content/layout.ts';
import { courseDialect } from '../course/dialect.ts';
import type { RosterPeer } from '../course/roster.ts';
import type { Dialect } from '../dialect.ts';
import type { PieceVerifier } from '../ports.ts';
import type { SwarmSettings } from '../swarm-context.ts';
import { blockCodec } from './block-codec.ts';
import { bitfieldOf } from './drawn-pieces.ts';
import { LabPeer } from './lab-peer.ts';
import { MemoryNetwork } from './memory-network.ts';
import { ScriptedPeer } from './scripted-peer.ts';
import { seededRandom } from './seeded-random.ts';
import { VirtualClock } from './virtual-clock.ts';
import { WireWords } from './wire-words.ts';

export interface LabOptions {
  /** One letter a peer, in the roster's order: `S` a seed, `d` a downloader. Peers are 1001, 1002, … */
  readonly peers: string;
  readonly totalLength?: number;
  readonly pieceLength?: number;
  /** More than 1: requests for parts of pieces, and several at a time, instead of the course's. */
  readonly blocksPerPiece?: number;
  /** By peer: the pieces on its disk before its first start, a `*` for each, instead of all or none. */
  readonly have?: Readonly<Record<PeerId, string>>;
  readonly settings?: Partial<SwarmSettings>;
  /** By peer, where they differ. */
  readonly settingsOf?: Readonly<Record<PeerId, Partial<SwarmSettings>>>;
  readonly seed?: number;
  /** How long a vanished peer is waited for. */
  readonly lostAfterMs?: number;
  /** Check each piece against the content, as a dialect with hashes does. */
  readonly verify?: boolean;
  /** Have every peer's `history` show the messages on its links. */
  readonly tapped?: boolean;
}

const port = 6000;

/** A whole course swarm in virtual time: real engines, memory links, memory storage, and strangers with a script. */
export class VirtualLab {
  readonly clock = new VirtualClock();
  readonly network = new MemoryNetwork(this.clock);
  readonly layout: Layout;
  readonly content: Uint8Array;
  readonly words: WireWords;
  readonly roster: readonly RosterPeer[];
  /** Every peer ever started, those started again several times. */
  readonly lives: LabPeer[] = [];
  readonly #options: LabOptions;
  readonly #peers = new Map<PeerId, LabPeer>();
  #running = 0;

  constructor(options: LabOptions) {
    const { totalLength = 6_400, pieceLength = 64, blocksPerPiece = 1, seed = 1 } = options;
    this.#options = options;
    this.layout = new Layout(totalLength, pieceLength, pieceLength / blocksPerPiece);
    this.content = randomBytes(totalLength, seed);
    this.words = new WireWords(this.layout, this.content);
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
    const { content, have } = this.#peers.get(id)?.storage ?? this.#firstDisk(entry);
    const pool = new BufferPool();
    const settings = { ...defaultSettings, ...this.#options.settings, ...this.#options.settingsOf?.[id] };
    this.#running += 1;
    const world = {
      layout: this.layout,
      network: this.network,
      clock: this.clock,
      dialect: this.#dialectFor(id, settings, pool),
      settings,
      pool,
      random: seededRandom(Number(id) * 7919 + (this.#options.seed ?? 1)),
      verifier: this.#verifier(),
      tap: this.#options.tapped ? this.words : undefined,
      onOver: () => {
        this.#running -= 1;
      },
    };
    const peer = new LabPeer(entry, world, content, have);
    this.#peers.set(id, peer);
    this.lives.push(peer);
    return peer;
  }

  /** Empties a peer's disk: its next start is its first. */
  wipe(id: PeerId): void {
    this.#peers.delete(id);
  }

  peer(id: PeerId): LabPeer {
    const peer = this.#peers.get(id);
    if (peer === undefined) throw new Error(`peer ${id} was not started`);
    return peer;
  }

  get all(): LabPeer[] {
    return [...this.#peers.values()];
  }

  pass(ms: number): this {
    this.clock.advance(ms);
    return this;
  }

  /** Lets time pass until something holds; an error when it does not within so long. */
  until(holds: () => boolean, withinMs = 600_000): this {
    if (!this.clock.runUntil(holds, this.clock.now() + withinMs)) {
      throw new Error(`${withinMs} ms passed, and still not: ${holds}`);
    }
    return this;
  }

  /** Lets time pass until every peer ended; says whether all did within so long. */
  runToEnd(withinMs = 3_600_000): boolean {
    return this.clock.runUntil(() => this.#running === 0, this.clock.now() + withinMs);
  }

  /** Whether all of the content, and no other bytes, are in a peer's storage under its final name. */
  holdsContent(id: PeerId): boolean {
    const { content, isComplete } = this.peer(id).storage;
    for (const [at, byte] of this.content.entries()) if (content[at] !== byte) return false;
    return isComplete;
  }

  /** Stops whoever still runs and says what is left when everybody has ended: nothing, if nobody leaks. */
  leftovers(): string[] {
    for (const peer of this.all) if (peer.outcome === undefined) peer.swarm.stop();
    const left = this.runToEnd() ? [] : ['peers that do not end'];
    this.clock.advance(600_000);
    if (this.clock.pendingTimers > 0) left.push(`${this.clock.pendingTimers} timers`);
    if (this.network.openLinks > 0) left.push(`${this.network.openLinks} links`);
    for (const { id, storage, outcome, forgottenTimers } of this.all) {
      if (outcome === 'killed') continue;
      if (forgottenTimers > 0) left.push(`${forgottenTimers} timers of ${id}`);
      if (storage.lent > 0) left.push(`buffers of ${id}`);
      if (!storage.isClosed) left.push(`the storage of ${id}`);
    }
    return left;
  }

  /** Dials a peer as somebody with a script. The handshake is for the script to send, too. */
  dial(to: PeerId): ScriptedPeer {
    let dialled: ScriptedPeer | undefined;
    const { host } = this.#entry(to);
    this.network.dialerOf({ host: 'host-of-a-stranger', port }).dial({ host, port }, result => {
      if ('failed' in result) throw new Error(result.failed);
      dialled = new ScriptedPeer(result, this.words, this.clock);
    });
    this.until(() => dialled !== undefined, 1_000);
    return dialled!;
  }

  /** Listens in a roster member's place; tells of each peer that dials. Returns a function that stops listening. */
  standInFor(member: PeerId, onDialled: (peer: ScriptedPeer) => void): () => void {
    const { host } = this.#entry(member);
    return this.network.listen({ host, port }, link =>
      onDialled(new ScriptedPeer(link, this.words, this.clock)),
    );
  }

  /**
   * Starts a peer, unless it runs, and connects somebody with a script to it in a roster member's place, by whom the
   * roster says: who stands later dials.
   */
  meet(id: PeerId, member: PeerId): ScriptedPeer {
    let met: ScriptedPeer | undefined;
    const isDialled = this.roster.indexOf(this.#entry(member)) < this.roster.indexOf(this.#entry(id));
    const stopListening = isDialled
      ? this.standInFor(member, peer => {
          met = peer;
        })
      : () => {};
    if (this.#peers.get(id)?.outcome !== undefined || !this.#peers.has(id)) this.start(id);
    if (!isDialled) return this.dial(id);
    this.until(() => met !== undefined, 5_000);
    stopListening();
    return met!;
  }

  #firstDisk({ peer, seed }: RosterPeer): { content: Uint8Array; have: Bitfield } {
    const { pieceCount } = this.layout;
    const drawn = this.#options.have?.[peer];
    const empty = { content: new Uint8Array(this.content.length), have: new Bitfield(pieceCount) };
    if (drawn !== undefined) return { content: this.content, have: bitfieldOf(drawn) };
    return seed ? { content: this.content, have: Bitfield.full(pieceCount) } : empty;
  }

  #entry(id: PeerId): RosterPeer {
    const entry = this.roster.find(({ peer }) => peer === id);
    if (entry === undefined) throw new Error(`peer ${id} is not in the roster`);
    return entry;
  }

  /** The course's own dialect; with blocks, the same but for its requests. */
  #dialectFor(self: PeerId, settings: SwarmSettings, pool: BufferPool): Dialect {
    const { layout, roster } = this;
    const course = courseDialect(
      {
        preferredNeighbours: settings.preferredSlots,
        unchokingIntervalMs: settings.unchokingIntervalMs,
        optimisticIntervalMs: settings.optimisticIntervalMs,
        fileName: 'thefile',
        fileSize: layout.totalLength,
        pieceSize: layout.pieceLength,
      },
      roster,
      self,
      pool,
      this.#options.lostAfterMs,
    );
    if ((this.#options.blocksPerPiece ?? 1) === 1) return course;
    return {
      ...course,
      name: 'blocks',
      codec: blockCodec(layout, pool),
      rules: { ...course.rules, requestsPerPeer: () => 5, endgameAfterMs: 0 },
    };
  }

  #verifier(): PieceVerifier {
    if (!this.#options.verify) return { verify: (_piece, _bytes, done) => done(true) };
    return {
      verify: (piece, bytes, done) => {
        const start = this.layout.offsetOf(piece);
        const isRight = bytes.every((byte, at) => byte === this.content[start + at]);
        this.clock.after(1, () => done(isRight));
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

function randomBytes(length: number, seed: number): Uint8Array {
  const random = seededRandom(seed);
  const words = new Uint32Array(Math.ceil(length / 4));
  for (let at = 0; at < words.length; at += 1) words[at] = random() * 0x1_0000_0000;
  return new Uint8Array(words.buffer, 0, length);
}
