import { Bitfield, hasSpareBits, isLeastSignificantFirst } from '../../src-shared/bitfield.ts';
import type { PeerId } from '../../src-shared/journal.ts';
import type { Connection } from './connection.ts';
import type { Extension } from './dialect.ts';
import { Peer } from './peer.ts';
import type { Choking } from './swarm-choking.ts';
import type { Connections } from './swarm-connections.ts';
import type { SwarmContext } from './swarm-context.ts';
import type { Downloads } from './swarm-downloads.ts';
import type { Uploads } from './swarm-uploads.ts';
import { reasonToTalk, TalkBudget } from './talk-budget.ts';
import type { Handshake, Message } from './wire/message.ts';

/** What a neighbour may say of its pieces as its first message. */
const introductions: ReadonlySet<Message['type']> = new Set(['bitfield', 'have-all', 'have-none']);
/** What only those may say who offered the fast extension (BEP 6). */
const fastMessages: ReadonlySet<Message['type']> = new Set([
  'have-all',
  'have-none',
  'suggest',
  'reject',
  'allowed-fast',
]);
/** As many as anybody allows; a longer list is no favour. */
const mostAllowedFast = 100;

/** Of a message that tells of one piece, in bytes. */
const haveLength = 9;
/** Of very many pieces a bitfield tells at once what nobody could say one by one. */
const mostForBitfield = 500;

/** A neighbour that says nothing for this long after its handshake sends no bitfield (A1). */
const introductionMs = 2_000;

/**
 * A neighbour has this long to say that it wants or has anything, before another may take its place. Longer than it
 * takes on any way worth having, and short, since those who flood us hold their places for as long.
 */
const uselessAfterMs = 250;
/** And this long for a first byte to move, either way: wants and pieces are soon claimed. */
const idleAfterMs = 60_000;

/** The parts of the swarm that messages and departures reach. */
export interface SwarmParts {
  readonly connections: Connections;
  readonly choking: Choking;
  readonly uploads: Uploads;
  readonly downloads: Downloads;
}

/** Lets neighbours in and out, understands what they say, and tells them what we have and want. */
export class Neighbours {
  readonly #context: SwarmContext;
  readonly #peers: Map<PeerId, Peer>;
  readonly #parts: SwarmParts;
  readonly #extension: Extension | undefined;

  /** `peers` is the context's own map; this is the one place that changes it. */
  constructor(context: SwarmContext, peers: Map<PeerId, Peer>, parts: SwarmParts) {
    this.#context = context;
    this.#peers = peers;
    this.#parts = parts;
    this.#extension = context.dialect.extend?.(context);
  }

  /** Makes a connection with a good handshake a neighbour: both sides say who and what they have (section 5, 3). */
  admit(connection: Connection, id: PeerId, handshake: Handshake): void {
    const { dialect, layout, have, picker, ports } = this.#context;
    const older = this.#peers.get(id);
    if (older !== undefined) this.drop(older, 'it connected anew');
    connection.callOffHandshakeTimeout();
    connection.phase = 'open';
    const pieces = dialect.membership.isSeed(id)
      ? Bitfield.full(layout.pieceCount)
      : new Bitfield(layout.pieceCount);
    const talk = new TalkBudget(dialect.rules.mostTalk, ports.clock);
    const peer = new Peer(
      connection,
      id,
      handshake,
      pieces,
      picker.addPeer(pieces),
      layout,
      talk,
      ports.clock.now(),
    );
    connection.peer = peer;
    this.#peers.set(id, peer);
    dialect.membership.onConnected(id);
    this.#recordConnected(peer);
    connection.send(dialect.introduce(have, handshake));
    this.#extension?.onConnected(peer);
    const { bitTorrent } = dialect.handshake; // where nobody need be told that all is done
    if (have.isFull && bitTorrent === undefined) this.#parts.connections.onInformed(id);
    if (this.#parts.downloads.isBackedUp) connection.pause();
  }

  /**
   * Whether there is a place for one more. When there are as many neighbours as there may be, the oldest of no use goes,
   * or silence would shut others out.
   */
  makeRoom(): boolean {
    const { dialect, ports } = this.#context;
    if (dialect.membership.isFull !== true) return true;
    const now = ports.clock.now();
    const isOver = (peer: Peer, ms: number) => now - peer.connection.openedAt >= ms;
    const peers = [...this.#peers.values()];
    const useless = peers.find(
      peer => !(peer.amInterested || peer.peerInterested) && isOver(peer, uselessAfterMs),
    );
    const idle = peers.find(peer => peer.received.total + peer.sent.total === 0 && isOver(peer, idleAfterMs));
    if (useless !== undefined) {
      this.drop(useless, 'neither side wants anything of the other, and somebody else wants its place');
    } else if (idle !== undefined) {
      this.drop(idle, 'nothing has moved between us, and somebody else wants its place');
    }
    return useless !== undefined || idle !== undefined;
  }

  /** Returns why the neighbour must be dropped, if it must. */
  onMessage(peer: Peer, message: Message): string | undefined {
    const { record, note } = this.#context;
    const { uploads, downloads } = this.#parts;
    if (!peer.talk.spend(this.#costOf(peer, message))) return 'it talks without end';
    if (!peer.isFast && fastMessages.has(message.type)) {
      return `it said '${message.type}' and never offered the fast extension`;
    }
    if (peer.mayIntroduceItself && !precedesIntroduction(message)) this.#stopWaitingForBitfield(peer);
    switch (message.type) {
      case 'handshake':
        return 'it sent a second handshake';
      case 'choke':
        record({ kind: 'received-choke', peer: peer.id });
        if (peer.peerChoking) return undefined;
        peer.peerChoking = true;
        downloads.onChoked(peer);
        return undefined;
      case 'unchoke':
        record({ kind: 'received-unchoke', peer: peer.id });
        peer.peerChoking = false;
        peer.receivedAtUnchoke = peer.received.total;
        downloads.request(peer);
        return undefined;
      case 'interested':
        record({ kind: 'received-interested', peer: peer.id });
        peer.saidInterested = true;
        if (peer.peerInterested) this.#parts.choking.onInterested(peer);
        return undefined;
      case 'not-interested':
        record({ kind: 'received-not-interested', peer: peer.id });
        peer.saidInterested = false;
        return undefined;
      case 'have':
        record({ kind: 'received-have', peer: peer.id, piece: message.piece });
        this.#onHave(peer, message.piece);
        return undefined;
      case 'bitfield':
      case 'have-all':
      case 'have-none':
        this.#onBitfield(peer, this.#piecesIn(peer, message));
        return undefined;
      case 'request':
        return uploads.onRequest(peer, message);
      case 'piece':
        return downloads.onPiece(peer, message);
      case 'oddity':
        note(peer, 'oddity', message.text);
        return undefined;
      case 'cancel':
        uploads.onCancel(peer, message);
        return undefined;
      case 'reject':
        downloads.onReject(peer, message);
        return undefined;
      case 'allowed-fast':
        if (this.#context.layout.isPiece(message.piece) && peer.allowedFast.size < mostAllowedFast) {
          peer.allowedFast.add(message.piece);
          downloads.request(peer);
        }
        return undefined;
      case 'extended':
        return this.#extension?.onMessage(peer, message);
      case 'suggest': // a hint that the picker knows better
      case 'port': // of its DHT node, which is asked nothing here
        return undefined;
    }
  }

  /** A piece is paid for by whoever has no use for it; a late bitfield costs as much as the haves that it is instead of. */
  #costOf(peer: Peer, message: Message): number {
    if (message.type === 'piece') return 0;
    if (message.type !== 'bitfield' || peer.mayIntroduceItself) return 1;
    return Math.min(mostForBitfield, Math.ceil(message.bytes.length / haveLength));
  }

  /** A neighbour whose link is gone, or has to go: what it owed is asked of others. */
  remove(peer: Peer, reason: string): void {
    if (this.#peers.get(peer.id) !== peer) return;
    const { dialect, picker, ports, record } = this.#context;
    const { choking, uploads, downloads } = this.#parts;
    downloads.releaseAll(peer, 'disconnected');
    uploads.forget(peer);
    this.#peers.delete(peer.id);
    picker.removePeer(peer.inPicker);
    choking.onPeerGone(peer);
    dialect.membership.onDisconnected(peer.id, ports.clock.now());
    record({ kind: 'disconnected', peer: peer.id, reason });
    downloads.requestFromAll();
  }

  /** Removes a neighbour and closes its link at once. */
  drop(peer: Peer, reason: string): void {
    this.remove(peer, reason);
    this.#parts.connections.abort(peer.connection);
  }

  /** Time passes: the dialect may have something to say. */
  onTick(now: number): void {
    this.#extension?.onTick(now);
  }

  /** It sent wrong pieces: it goes, and with it all that it sent and that is not verified yet. */
  ban(id: PeerId, reason: string): void {
    const { dialect } = this.#context;
    dialect.membership.ban(id);
    this.#parts.downloads.discardFrom(id);
    const peer = this.#peers.get(id);
    if (peer !== undefined) this.drop(peer, reason);
  }

  /** Other pieces are wanted now: says so where it changes what we are interested in. */
  onWantsChanged(): void {
    for (const peer of this.#peers.values()) this.#tellInterest(peer);
    this.#parts.downloads.requestFromAll();
  }

  /** Tells everybody, once, of a piece that is verified and written (A11). */
  announce(piece: number): void {
    const [have] = this.#context.dialect.codec.encode({ type: 'have', piece });
    for (const peer of this.#peers.values()) {
      peer.connection.link.sendSoon(have!);
      peer.talk.earn(reasonToTalk);
      this.#tellInterest(peer);
    }
  }

  #recordConnected({ id, connection: { direction, link } }: Peer): void {
    const { dialect, record } = this.#context;
    const known = dialect.membership.describe(id);
    if (known !== undefined) record({ kind: 'peer-known', peer: id, ...known });
    record({ kind: 'connected', peer: id, direction, remote: link.remote });
  }

  /** A1: neighbours that leave their bitfield out are taken at what is known of them. */
  stopWaitingForBitfields(now: number): void {
    for (const peer of this.#peers.values()) {
      if (peer.mayIntroduceItself && now - peer.connection.openedAt >= introductionMs) {
        this.#stopWaitingForBitfield(peer);
      }
    }
  }

  #stopWaitingForBitfield(peer: Peer): void {
    peer.mayIntroduceItself = false;
    this.#tellInterest(peer);
    this.#recordIfComplete(peer);
  }

  /** A2: any length will do. A3: a late one only adds. */
  #onBitfield(peer: Peer, claimed: Bitfield): void {
    const { picker, record, note, dialect } = this.#context;
    const isIntroduction = peer.mayIntroduceItself;
    peer.mayIntroduceItself = false;
    if (isIntroduction || dialect.handshake.bitTorrent === undefined) {
      if (!isIntroduction)
        note(peer, 'bitfield-late', 'it sent a bitfield later than as its first message; added');
      for (const piece of claimed) peer.pieces.set(piece);
    } else if (!this.#addsPieces(peer, claimed)) return;
    record({ kind: 'received-bitfield', peer: peer.id, bitfield: claimed.toHex(), count: claimed.count });
    picker.onBitfield(peer.inPicker, claimed);
    if (isIntroduction && !peer.pieces.isFull) dialect.membership.onIncomplete(peer.id);
    this.#recordIfComplete(peer);
    if (!this.#tellInterest(peer) && isIntroduction && !peer.amInterested) this.#sayNotInterested(peer);
    this.#parts.downloads.request(peer);
  }

  /** Of BitTorrent's clients, aria2 sends one now and then instead of many haves. */
  #addsPieces(peer: Peer, claimed: Bitfield): boolean {
    if (peer.pieces.isFull || claimed.count === 0) return false;
    const before = peer.pieces.count;
    for (const piece of claimed) peer.pieces.set(piece);
    const added = peer.pieces.count - before;
    peer.talk.earn(added);
    return added > 0;
  }

  #piecesIn(peer: Peer, message: Message & { type: 'bitfield' | 'have-all' | 'have-none' }): Bitfield {
    const { pieceCount } = this.#context.layout;
    if (message.type === 'bitfield') return this.#readBitfield(peer, message.bytes);
    return message.type === 'have-all' ? Bitfield.full(pieceCount) : new Bitfield(pieceCount);
  }

  /** A2: whatever it is, as much of it as can be understood. */
  #readBitfield(peer: Peer, bytes: Uint8Array): Bitfield {
    const { layout, note } = this.#context;
    const expected = Math.ceil(layout.pieceCount / 8);
    if (bytes.length !== expected) {
      note(peer, 'bitfield-length', `its bitfield has ${bytes.length} bytes instead of ${expected}`);
    } else if (isLeastSignificantFirst(bytes, layout.pieceCount)) {
      note(peer, 'bitfield-order', 'its bitfield has piece 0 in the least significant bit; read that way');
      return Bitfield.fromLeastSignificantFirst(bytes, layout.pieceCount);
    } else if (hasSpareBits(bytes, layout.pieceCount)) {
      note(peer, 'bitfield-spare', 'its bitfield sets bits beyond the last piece; they are ignored');
    }
    return Bitfield.from(bytes, layout.pieceCount);
  }

  #onHave(peer: Peer, piece: number): void {
    const { layout, picker, note } = this.#context;
    if (!layout.isPiece(piece)) {
      return note(peer, 'have', `it says it has piece ${piece}, which does not exist; ignored`); // A11
    }
    if (!peer.pieces.set(piece)) return;
    peer.talk.earn(1);
    const wantedBefore = picker.wantedFrom(peer.inPicker);
    picker.onHave(peer.inPicker, piece);
    this.#recordIfComplete(peer);
    this.#tellInterest(peer);
    if (picker.wantedFrom(peer.inPicker) > wantedBefore) this.#parts.downloads.request(peer);
  }

  #recordIfComplete(peer: Peer): void {
    const { dialect, record } = this.#context;
    if (!peer.pieces.isFull || peer.isKnownComplete) return;
    peer.isKnownComplete = true;
    dialect.membership.onComplete(peer.id);
    record({ kind: 'peer-completed', peer: peer.id });
  }

  /** Says when our interest changed, and only then (A9). Returns whether it said anything. */
  #tellInterest(peer: Peer): boolean {
    const interested = this.#context.picker.wantedFrom(peer.inPicker) > 0;
    if (interested === peer.amInterested) return false;
    peer.amInterested = interested;
    if (!interested) {
      this.#sayNotInterested(peer);
      return true;
    }
    peer.send({ type: 'interested' });
    this.#context.record({ kind: 'sent-interested', peer: peer.id });
    return true;
  }

  #sayNotInterested(peer: Peer): void {
    peer.send({ type: 'not-interested' });
    this.#context.record({ kind: 'sent-not-interested', peer: peer.id });
  }
}

/** Or is it: some clients send their extension handshake first, as aria2 does. */
function precedesIntroduction({ type }: Message): boolean {
  return introductions.has(type) || type === 'extended';
}
