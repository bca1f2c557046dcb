import type { Bitfield } from '../../../src-shared/bitfield.ts';
import type { Outcome } from '../../../src-shared/journal.ts';
import type { SharePeerView } from '../../../src-shared/share.ts';
import type { SwarmView } from '../../../src-shared/view.ts';
import type { Peer } from '../peer.ts';
import type { Strategy } from '../picker.ts';
import type { Address, Link } from '../ports.ts';
import type { Slabs } from '../slabs.ts';
import { Swarm } from '../swarm.ts';
import type { Limits, SwarmPorts } from '../swarm-context.ts';
import { shareDialect, shareLayout } from './dialect.ts';
import { flagsOf } from './flags.ts';
import type { Metainfo } from './metainfo.ts';
import { type Member, PeerBook, type PeerSource, selfId } from './peer-book.ts';
import { ShareExtension } from './share-extension.ts';

export interface ShareOptions {
  readonly metainfo: Metainfo;
  /** The pieces that storage holds. */
  readonly have: Bitfield;
  /** Ours (BEP 20), 40 hexadecimal digits. */
  readonly peerId: string;
  readonly listenPort: number;
  readonly strategy?: Strategy;
  readonly sequential: boolean;
  /** By piece: 0 not wanted, 1 low, 2 normal, 3 high. */
  readonly priorities: Uint8Array;
  /** The share's own limits, and those it shares with others. */
  readonly limits: Limits;
  readonly ports: SwarmPorts;
  /** What links of all shares receive into; without, every piece is copied once. */
  readonly slabs?: Slabs;
  /** Tells and learns addresses (BEP 11); never of a private share (BEP 27). */
  readonly peerExchange: boolean;
  /** What a peer ID says of its owner; empty when nothing. */
  readonly nameClient: (wireId: string) => string;
  /** Our own name and version, for the extension handshake. */
  readonly version: string;
  readonly onEnded: (outcome: Outcome) => void;
}

/** Places for preferred neighbours; a lab's network carries that many at once. */
const preferredSlots = 8;
const unchokingIntervalMs = 5_000;
const optimisticIntervalMs = 15_000;

/** A share in progress: a swarm that speaks BitTorrent, and the addresses it knows. */
export class Share {
  readonly #swarm: Swarm;
  readonly #book: PeerBook;
  readonly #pieceCount: number;

  constructor(options: ShareOptions) {
    const { metainfo, have, peerId, listenPort, limits, ports, priorities, sequential } = options;
    const layout = shareLayout(metainfo);
    this.#pieceCount = layout.pieceCount;
    this.#book = new PeerBook({
      infoHash: metainfo.infoHash,
      peerId,
      listenPort,
      have,
      nameClient: options.nameClient,
    });
    const book = this.#book;
    const exchanges = options.peerExchange && !metainfo.isPrivate;
    this.#swarm = new Swarm(
      selfId,
      { name: metainfo.name, layout, have },
      shareDialect({
        metainfo,
        peerId,
        book,
        slabs: options.slabs,
        extend: context =>
          new ShareExtension(context, {
            book,
            infoBytes: metainfo.infoBytes,
            listenPort,
            version: options.version,
            exchanges,
            onPeersFound: () => this.#swarm.onPeersFound(),
          }),
      }),
      {
        preferredSlots,
        unchokingIntervalMs,
        optimisticIntervalMs,
        strategy: options.strategy ?? 'rarest',
        uploadBytesPerSecond: Number.POSITIVE_INFINITY,
        limits,
        priorities,
        sequential,
      },
      ports,
      options.onEnded,
    );
  }

  /** Begins; links that come in are given to `accept`. */
  start(): void {
    this.#swarm.start();
  }

  /** A link whose handshake names this share; the handshake is still to be read from it. */
  accept(link: Link): void {
    this.#swarm.accept(link);
  }

  addPeers(addresses: readonly Address[], source: PeerSource): void {
    if (this.#book.add(addresses, source)) this.#swarm.onPeersFound();
  }

  /** One of the limits, ours or a common one, is another now. */
  onLimitsChanged(): void {
    this.#swarm.onLimitsChanged();
  }

  setPriorities(priorities: Uint8Array): void {
    this.#swarm.setPriorities(priorities);
  }

  setSequential(sequential: boolean): void {
    this.#swarm.setSequential(sequential);
  }

  /** The disk is full; downloading goes on by itself when there is room. */
  get isWaitingForRoom(): boolean {
    return this.#swarm.isWaitingForRoom;
  }

  peers(): readonly SharePeerView[] {
    return this.#book.neighbours.flatMap(member => {
      const peer = this.#swarm.peers.get(member.id);
      return peer === undefined ? [] : [this.#peerView(member, peer)];
    });
  }

  view(): SwarmView {
    return this.#swarm.view();
  }

  /** Ends tidily; `onEnded` follows within about a second. */
  stop(): void {
    this.#swarm.stop();
  }

  #peerView(member: Member, peer: Peer): SharePeerView {
    const { flags, words } = flagsOf(peer, member);
    return {
      peer: member.id,
      address: member.remote,
      client: member.client,
      direction: member.direction,
      source: member.source,
      flags,
      flagWords: words,
      progress: peer.pieces.count / this.#pieceCount,
    };
  }
}

/** Starts a share. The links of its port are to be given to `accept`. */
export function startShare(options: ShareOptions): Share {
  if (options.have.size !== shareLayout(options.metainfo).pieceCount) {
    throw new RangeError('the pieces held are not those of the metainfo');
  }
  const share = new Share(options);
  share.start();
  return share;
}
