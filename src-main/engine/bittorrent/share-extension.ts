import type { Extension } from '../dialect.ts';
import type { Peer } from '../peer.ts';
import type { Address } from '../ports.ts';
import type { SwarmContext } from '../swarm-context.ts';
import { type ExtendedMessage, ProtocolError } from '../wire/message.ts';
import { isForOneAt } from './compact.ts';
import {
  decodeExtensionHandshake,
  decodePeerExchange,
  encodeExtensionHandshake,
  encodePeerExchange,
  ownExtensionIds,
  peerExchangeLimit,
} from './extension.ts';
import { MetadataServer } from './metadata-serve.ts';
import type { PeerBook } from './peer-book.ts';
import { hostOf } from './remote.ts';
import { longestRequest } from './wire.ts';

/** The extension handshake is a message like others, of type 0 (BEP 10). */
const handshakeType = 0;
/** Requests we keep for each neighbour. */
const requestQueue = 500;
/** BEP 11 allows one message a minute. */
const exchangeMs = 60_000;
/** A neighbour that sends them faster is not listened to. */
const shortestExchangeMs = 45_000;

export interface ShareExtensionOptions {
  readonly book: PeerBook;
  readonly infoBytes: Uint8Array;
  readonly listenPort: number;
  /** What we call ourselves: "Piecewise 0.1.0". */
  readonly version: string;
  /** Whether addresses are told and learnt (BEP 11). */
  readonly exchanges: boolean;
  onPeersFound(): void;
}

/** What we know of a neighbour's extensions. */
interface Extended {
  metadataId: number;
  exchangeId: number;
  /** The addresses we have told it. */
  told: Map<string, Address>;
  nextExchangeAt: number;
  heardExchangeAt: number;
  /** Gives it the info dictionary. */
  readonly metadata: MetadataServer;
}

/** The extension protocol in a share (BEP 10): gives the info dictionary (BEP 9), exchanges addresses (BEP 11). */
export class ShareExtension implements Extension {
  readonly #context: SwarmContext;
  readonly #options: ShareExtensionOptions;
  readonly #extended = new WeakMap<Peer, Extended>();

  constructor(context: SwarmContext, options: ShareExtensionOptions) {
    this.#context = context;
    this.#options = options;
  }

  onConnected(peer: Peer): void {
    if (!peer.handshake.bitTorrent?.extensions) return;
    const now = this.#context.ports.clock.now();
    const { metadata, peerExchange } = ownExtensionIds;
    const { exchanges, version, listenPort, infoBytes } = this.#options;
    this.#extended.set(peer, {
      metadataId: 0,
      exchangeId: 0,
      told: new Map(),
      nextExchangeAt: now,
      heardExchangeAt: Number.NEGATIVE_INFINITY,
      metadata: new MetadataServer(this.#options.infoBytes, now),
    });
    const payload = encodeExtensionHandshake({
      ids: exchanges ? { metadata, peerExchange } : { metadata },
      client: version,
      port: listenPort,
      requestQueue,
      longestRequest,
      metadataSize: infoBytes.length,
      yourIp: hostOf(peer.connection.link.remote),
    });
    peer.send({ type: 'extended', id: handshakeType, payload });
  }

  onMessage(peer: Peer, { id, payload }: ExtendedMessage): string | undefined {
    const extended = this.#extended.get(peer);
    if (extended === undefined) return undefined;
    try {
      switch (id) {
        case handshakeType:
          this.#onHandshake(peer, extended, payload);
          return undefined;
        case ownExtensionIds.metadata:
          this.#onMetadataMessage(peer, extended, payload);
          return undefined;
        case ownExtensionIds.peerExchange:
          this.#onPeerExchange(peer, extended, payload);
          return undefined;
        default:
          return undefined;
      }
    } catch (error) {
      if (error instanceof ProtocolError) return error.message;
      throw error;
    }
  }

  onTick(now: number): void {
    if (!this.#options.exchanges) return;
    for (const peer of this.#context.peers.values()) {
      const extended = this.#extended.get(peer);
      if (extended === undefined || extended.exchangeId === 0 || now < extended.nextExchangeAt) continue;
      extended.nextExchangeAt = now + exchangeMs;
      this.#exchange(peer, extended);
    }
  }

  #onHandshake(peer: Peer, extended: Extended, payload: Uint8Array): void {
    const { note, record } = this.#context;
    const { book } = this.#options;
    const { handshake, faults } = decodeExtensionHandshake(payload);
    for (const fault of faults) note(peer, 'extension-handshake', fault);
    const { ids, client, port, requestQueue: queue, longestRequest: longest } = handshake;
    extended.metadataId = ids.metadata ?? extended.metadataId;
    extended.exchangeId = ids.peerExchange ?? extended.exchangeId;
    if (queue !== undefined) peer.mostRequests = queue;
    if (longest !== undefined) {
      const blocks = Math.floor(Math.min(longest, longestRequest) / this.#context.layout.blockLength);
      peer.blocksPerRequest = Math.max(1, blocks);
    }
    if (port !== undefined) book.onListens(peer.id, port);
    const member = book.member(peer.id);
    if (member === undefined || client === undefined || client === '' || client === member.client) return;
    member.client = client;
    record({ kind: 'peer-known', peer: peer.id, address: member.remote, client });
  }

  /** We have the info dictionary, so only requests mean anything to us. */
  #onMetadataMessage(peer: Peer, { metadataId, metadata }: Extended, payload: Uint8Array): void {
    const { ports, dialect } = this.#context;
    const isTooMuch = peer.connection.link.unsentBytes > dialect.rules.mostUnreadBytes;
    const answer = metadata.answer(payload, ports.clock.now(), isTooMuch);
    if (answer === undefined || metadataId === 0) return;
    peer.send({ type: 'extended', id: metadataId, payload: answer });
  }

  #onPeerExchange(peer: Peer, extended: Extended, payload: Uint8Array): void {
    const now = this.#context.ports.clock.now();
    if (!this.#options.exchanges || now - extended.heardExchangeAt < shortestExchangeMs) return;
    extended.heardExchangeAt = now;
    const added = decodePeerExchange(payload).added.filter(isForOneAt(hostOf(peer.connection.link.remote)));
    if (this.#options.book.add(added, 'peer exchange')) this.#options.onPeersFound();
  }

  /** What has changed since we told it last: who came that can be dialled, and who left. */
  #exchange(peer: Peer, extended: Extended): void {
    const present = this.#reachable(peer);
    const added = [...present]
      .filter(([key]) => !extended.told.has(key))
      .slice(0, peerExchangeLimit)
      .map(([key, { address, isSeeder }]) => ({ key, ...address, isSeeder, isReachable: true }));
    const dropped = [...extended.told].filter(([key]) => !present.has(key)).slice(0, peerExchangeLimit);
    if (added.length === 0 && dropped.length === 0) return;
    for (const { key, host, port } of added) extended.told.set(key, { host, port });
    for (const [key] of dropped) extended.told.delete(key);
    const payload = encodePeerExchange({ added, dropped: dropped.map(([, address]) => address) });
    peer.send({ type: 'extended', id: extended.exchangeId, payload });
  }

  /** By others than this neighbour. */
  #reachable({
    id: self,
    connection,
  }: Peer): ReadonlyMap<string, { readonly address: Address; readonly isSeeder: boolean }> {
    const isForIt = isForOneAt(hostOf(connection.link.remote));
    return new Map(
      this.#options.book.neighbours.flatMap(({ id, listens, isComplete }) =>
        id === self || listens === undefined || !isForIt(listens)
          ? []
          : [[`${listens.host}|${listens.port}`, { address: listens, isSeeder: isComplete }] as const],
      ),
    );
  }
}
