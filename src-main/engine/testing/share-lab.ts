import { Bitfield } from '../../../src-shared/bitfield.ts';
import type { JournalEvent, JournalFact, Outcome } from '../../../src-shared/journal.ts';
import { shareLayout } from '../bittorrent/dialect.ts';
import type { Metainfo } from '../bittorrent/metainfo.ts';
import { type Share, type ShareOptions, startShare } from '../bittorrent/share.ts';
import type { Layout } from '../content/layout.ts';
import type { Address, Link, PieceVerifier } from '../ports.ts';
import { Slabs } from '../slabs.ts';
import { CountingPool } from './counting-pool.ts';
import { MemoryNetwork } from './memory-network.ts';
import { MemoryStorage } from './memory-storage.ts';
import { seededRandom } from './seeded-random.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface ShareLabOptions {
  readonly totalLength?: number;
  readonly pieceLength?: number;
  readonly isPrivate?: boolean;
  readonly latencyMs?: number;
}

export interface SharePeerOptions extends Partial<ShareOptions> {
  /** A seed has everything; `have` says which pieces somebody else begins with. */
  readonly have?: Bitfield;
  /** Whatever it stores, it reads and so sends bytes that are wrong. */
  readonly lies?: boolean;
}

/** One peer of a share in virtual time. */
export interface SharePeer {
  readonly share: Share;
  readonly storage: MemoryStorage;
  readonly pool: CountingPool;
  readonly address: Address;
  readonly events: JournalEvent[];
  outcome: Outcome | undefined;
  told<K extends JournalFact['kind']>(kind: K): Extract<JournalEvent, { kind: K }>[];
  isComplete(): boolean;
}

/** A share among peers in virtual time: real engines and codec, memory links and storage. */
export class ShareLab {
  readonly clock = new VirtualClock();
  readonly network: MemoryNetwork;
  readonly metainfo: Metainfo;
  readonly layout: Layout;
  readonly content: Uint8Array;
  readonly peers: SharePeer[] = [];

  constructor({
    totalLength = 40 * 65_536 + 1_000,
    pieceLength = 65_536,
    isPrivate = false,
    latencyMs = 1,
  }: ShareLabOptions = {}) {
    this.network = new MemoryNetwork(this.clock, latencyMs);
    const random = seededRandom(7);
    const words = new Uint32Array(Math.ceil(totalLength / 4));
    for (let at = 0; at < words.length; at += 1) words[at] = random() * 0x1_0000_0000;
    this.content = new Uint8Array(words.buffer, 0, totalLength);
    this.metainfo = {
      version: 'v1',
      infoBytes: new Uint8Array(100),
      infoHash: 'ab'.repeat(20),
      name: 'content',
      isFolder: false,
      pieceLength,
      totalLength,
      pieceHashes: new Uint8Array(20 * Math.ceil(totalLength / pieceLength)),
      files: [{ path: 'content', length: totalLength, isPad: false }],
      isPrivate,
      trackers: [],
      comment: '',
      createdBy: '',
      createdAtMs: null,
      notices: [],
    };
    this.layout = shareLayout(this.metainfo);
  }

  seed(options: SharePeerOptions = {}): SharePeer {
    return this.start({ have: Bitfield.full(this.layout.pieceCount), ...options });
  }

  /** Starts a peer; it knows nobody. */
  start({ lies = false, ...options }: SharePeerOptions = {}): SharePeer {
    const number = this.peers.length + 1;
    const address = { host: `10.0.0.${number}`, port: 6881 };
    const have = options.have ?? new Bitfield(this.layout.pieceCount);
    const content = new Uint8Array(this.content.length);
    for (const piece of have) {
      const start = this.layout.offsetOf(piece);
      content.set(this.content.subarray(start, start + this.layout.lengthOf(piece)), start);
    }
    const storage = new MemoryStorage({
      layout: this.layout,
      clock: this.clock,
      content,
      have,
      isPartial: true,
    });
    if (lies)
      for (let piece = 0; piece < this.layout.pieceCount; piece += 1) storage.faults.corrupt.add(piece);
    const events: JournalEvent[] = [];
    const pool = new CountingPool();
    const share = startShare({
      metainfo: this.metainfo,
      peerId: number.toString(16).padStart(2, '0').repeat(20),
      listenPort: address.port,
      sequential: false,
      priorities: new Uint8Array(this.layout.pieceCount).fill(2),
      limits: { upload: [], download: [] },
      peerExchange: true,
      nameClient: () => 'Piecewise',
      version: 'Piecewise',
      ports: {
        dialer: this.network.dialerOf(address),
        storage,
        verifier: this.#verifier(),
        clock: this.clock,
        random: seededRandom(number * 7919),
        journal: event => events.push(event),
        pool,
      },
      slabs: new Slabs(pool),
      onEnded: outcome => {
        peer.outcome = outcome;
      },
      ...options,
      have: Bitfield.from(have.toBytes(), have.size),
    });
    const peer: SharePeer = {
      share,
      storage,
      pool,
      address,
      events,
      outcome: undefined,
      told: kind =>
        events.filter((event): event is Extract<JournalEvent, { kind: typeof kind }> => event.kind === kind),
      isComplete: () => events.some(({ kind }) => kind === 'completed'),
    };
    this.network.listen(address, (link: Link) => share.accept(link));
    this.peers.push(peer);
    return peer;
  }

  /** Tells each of these of all the others. */
  introduce(...peers: readonly SharePeer[]): void {
    for (const peer of peers) {
      peer.share.addPeers(
        peers.filter(other => other !== peer).map(({ address }) => address),
        'tracker',
      );
    }
  }

  until(holds: () => boolean, withinMs = 600_000): void {
    if (!this.clock.runUntil(holds, this.clock.now() + withinMs)) {
      throw new Error(`${withinMs} ms passed, and still not: ${holds}`);
    }
  }

  /** Whether a peer stores exactly the content. */
  holdsContent({ storage }: SharePeer): boolean {
    return this.content.every((byte, at) => storage.content[at] === byte);
  }

  /** Ends everybody, and says what is left behind. */
  leftovers(): string[] {
    for (const { share, outcome } of this.peers) if (outcome === undefined) share.stop();
    this.clock.advance(60_000);
    const left: string[] = [];
    if (this.clock.pendingTimers > 0) left.push(`${this.clock.pendingTimers} timers`);
    if (this.network.openLinks > 0) left.push(`${this.network.openLinks} links`);
    for (const [i, { storage, outcome, pool }] of this.peers.entries()) {
      if (outcome === undefined) left.push(`peer ${i + 1} does not end`);
      if (pool.heldBytes > 0) left.push(`pieces of peer ${i + 1}`);
      if (storage.lent > 0) left.push(`buffers of peer ${i + 1}`);
      if (!storage.isClosed) left.push(`the storage of peer ${i + 1}`);
    }
    return left;
  }

  #verifier(): PieceVerifier {
    return {
      verify: (piece, bytes, done) => {
        const start = this.layout.offsetOf(piece);
        let isRight = true;
        for (let at = 0; at < bytes.length; at += 1) isRight &&= bytes[at] === this.content[start + at];
        this.clock.after(1, () => done(isRight));
      },
    };
  }
}
