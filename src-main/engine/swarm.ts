import type { JournalFact, Outcome, PeerId, Stamp } from '../../src-shared/journal.ts';
import type { SwarmView } from '../../src-shared/view.ts';
import type { Connection } from './connection.ts';
import type { Dialect } from './dialect.ts';
import type { Peer } from './peer.ts';
import { Picker } from './picker.ts';
import type { Link, StorageFailure } from './ports.ts';
import { Choking } from './swarm-choking.ts';
import { Connections, closingMs } from './swarm-connections.ts';
import type {
  ArrivedPiece,
  Content,
  SwarmContext,
  SwarmEvent,
  SwarmPorts,
  SwarmSettings,
} from './swarm-context.ts';
import { Downloads } from './swarm-downloads.ts';
import { Neighbours } from './swarm-neighbours.ts';
import { Uploads } from './swarm-uploads.ts';
import { viewOf } from './swarm-view.ts';
import { type Message, ProtocolError } from './wire/message.ts';

const tickMs = 500;
/** Section 9, 3: how long late messages are waited for when everybody is complete, at least. */
const shortestGraceMs = 2_000;
/** The same when somebody waits at a prompt for us to end. */
const interruptedClosingMs = 1_000;
type Phase =
  | { readonly name: 'running' }
  /** Everybody is complete; last messages may still travel. */
  | { readonly name: 'lingering'; readonly until: number }
  | { readonly name: 'closing'; readonly outcome: Outcome; readonly until: number }
  | { readonly name: 'letting-go'; readonly outcome: Outcome }
  | { readonly name: 'ended'; readonly outcome: Outcome };

/**
 * The owner of one swarm's state. Everything that happens to it arrives as an event and is handled to its end before
 * the next; only this loop changes peers, pieces and requests. Work goes out through ports and comes back as events.
 */
export class Swarm {
  readonly #context: SwarmContext;
  readonly #content: Content;
  readonly #peers = new Map<PeerId, Peer>();
  readonly #connections: Connections;
  readonly #choking: Choking;
  readonly #uploads: Uploads;
  readonly #downloads: Downloads;
  readonly #neighbours: Neighbours;
  readonly #startedAt: number;
  readonly #onEnded: (outcome: Outcome) => void;
  #seq = 0;
  #phase: Phase = { name: 'running' };
  #contentCompleted: boolean;
  /** `outdated`: there is more to complete than storage was told to. */
  #completing: 'not' | 'under way' | 'outdated' = 'not';
  /** When a neighbour last had anything we lacked. */
  #lastHelpAt: number;
  #lastKeepAliveAt: number;
  #wasWaitingForRoom = false;
  #callOffTick = () => {};

  constructor(
    self: PeerId,
    content: Content,
    dialect: Dialect,
    settings: SwarmSettings,
    ports: SwarmPorts,
    onEnded: (outcome: Outcome) => void,
  ) {
    this.#content = content;
    this.#onEnded = onEnded;
    this.#startedAt = ports.clock.now();
    this.#contentCompleted = content.have.isFull;
    this.#lastKeepAliveAt = this.#startedAt;
    this.#lastHelpAt = this.#startedAt;
    this.#context = {
      self,
      layout: content.layout,
      have: content.have,
      picker: new Picker(
        content.layout,
        content.have,
        settings.strategy,
        ports.random,
        settings.priorities,
        settings.sequential,
        Math.floor(dialect.rules.stretchBytes / content.layout.pieceLength),
      ),
      peers: this.#peers,
      dialect,
      settings,
      ports,
      record: fact => this.#record(fact),
      note: (peer, kind, text) => this.#note(peer, kind, text),
      post: event => this.#handle(event),
    };
    this.#connections = new Connections(this.#context);
    this.#uploads = new Uploads(this.#context);
    this.#downloads = new Downloads(this.#context);
    this.#choking = new Choking(this.#context, peer => this.#uploads.forget(peer));
    this.#neighbours = new Neighbours(this.#context, this.#peers, {
      connections: this.#connections,
      choking: this.#choking,
      uploads: this.#uploads,
      downloads: this.#downloads,
    });
  }

  /** Records the start and dials whom it should. Links that come in are given to `accept`. */
  start(): void {
    const { self, dialect, settings, have, layout } = this.#context;
    this.#record({
      kind: 'started',
      self,
      dialect: dialect.name,
      name: this.#content.name,
      totalLength: layout.totalLength,
      pieceLength: layout.pieceLength,
      pieceCount: layout.pieceCount,
      bitfield: have.toHex(),
      roster: dialect.membership.roster,
      preferredSlots: settings.preferredSlots,
      unchokingIntervalMs: settings.unchokingIntervalMs,
      optimisticIntervalMs: settings.optimisticIntervalMs,
      strategy: settings.strategy,
    });
    this.#handle({ type: 'tick' });
  }

  accept(link: Link): void {
    this.#handle({ type: 'accepted', link });
  }

  /** Ends tidily: storage is closed with what it has, links are half-closed first. */
  stop(): void {
    this.#handle({ type: 'stop' });
  }

  /** Limits what is sent from now on, to all neighbours together; Infinity: no limit, 0: nothing is sent. */
  setUploadLimit(bytesPerSecond: number): void {
    this.#handle({ type: 'upload-limit-set', bytesPerSecond });
  }

  /** A limit that others share has been changed. */
  onLimitsChanged(): void {
    this.#handle({ type: 'limits-changed' });
  }

  /** The membership knows of new addresses. */
  onPeersFound(): void {
    this.#handle({ type: 'peers-found' });
  }

  /** By piece: 0 not wanted, 1 low, 2 normal, 3 high. */
  setPriorities(priorities: Uint8Array): void {
    this.#handle({ type: 'priorities-set', priorities });
  }

  /** Pieces in their order rather than by the strategy. */
  setSequential(sequential: boolean): void {
    this.#handle({ type: 'order-set', sequential });
  }

  get peers(): ReadonlyMap<PeerId, Peer> {
    return this.#peers;
  }

  /** The disk is full, and downloading waits for room. */
  get isWaitingForRoom(): boolean {
    return this.#downloads.isWaitingForRoom;
  }

  view(): SwarmView {
    return viewOf({
      context: this.#context,
      name: this.#content.name,
      phase: this.#phase.name === 'letting-go' ? { ...this.#phase, name: 'closing' } : this.#phase,
      choking: this.#choking,
      uploads: this.#uploads,
      downloads: this.#downloads,
    });
  }

  #handle(event: SwarmEvent): void {
    if (this.#phase.name === 'letting-go' || this.#phase.name === 'ended') return this.#discard(event);
    switch (event.type) {
      case 'accepted':
        if (!this.#isServing) return event.link.abort();
        return this.#connections.onAccepted(event.link);
      case 'dialled':
        if (!this.#isServing) return event.link.abort();
        return this.#connections.onDialled(event.target, event.link);
      case 'dial-failed':
        return this.#connections.onDialFailed(event.target, event.reason);
      case 'handshake-overdue':
        return this.#connections.reject(
          event.connection,
          `no handshake within 10 s: ${event.connection.decoder.diagnoseHalfHandshake()}`,
        );
      case 'received':
        return this.#onReceived(event.connection, event.bytes);
      case 'link-ended':
        return this.#onLinkEnded(event.connection);
      case 'link-closed':
        return this.#onLinkClosed(event.connection, event.error);
      case 'piece-verified':
        return this.#onPieceVerified(event.arrived, event.ok);
      case 'piece-written':
        if (event.failure !== undefined) return this.#onWriteFailed(event.failure, event.arrived);
        return this.#onPieceWritten(event.arrived);
      case 'upload-read':
        if ('failed' in event.result) return this.#onStorageFailed(event.result.failed);
        return this.#uploads.onRead(event.peer, event.uploads, event.result);
      case 'upload-sent':
      case 'upload-allowed':
        return event.type === 'upload-allowed' ? this.#uploads.onAllowed() : this.#uploads.serve();
      case 'upload-limit-set':
        return this.#uploads.setLimit(event.bytesPerSecond);
      case 'download-allowed':
        return this.#downloads.onAllowed();
      case 'limits-changed':
        this.#uploads.onLimitsChanged();
        return this.#downloads.onAllowed();
      case 'peers-found':
        if (this.#isServing) this.#connections.dialWhoeverIsDue();
        return;
      case 'priorities-set':
        this.#context.picker.setPriorities(event.priorities);
        return this.#onWantsChanged();
      case 'order-set':
        return this.#context.picker.setSequential(event.sequential);
      case 'room-looked-for':
        return this.#downloads.onRoomLookedFor();
      case 'content-completed':
        if (event.failure !== undefined) return this.#onStorageFailed(event.failure.failed);
        return this.#onContentCompleted();
      case 'rechoke-due':
        return this.#choking.rechoke();
      case 'optimistic-due':
        return this.#choking.drawOptimistic();
      case 'tick':
        return this.#onTick();
      case 'stop':
        return this.#close('interrupted', interruptedClosingMs);
      case 'storage-closed':
        return;
    }
  }

  #onReceived(connection: Connection, bytes: Uint8Array): void {
    if (isOver(connection)) return;
    try {
      for (const message of connection.decoder.push(bytes)) {
        this.#onMessage(connection, message);
        if (isOver(connection)) return;
      }
      connection.onBytes(bytes.length, this.#context.ports.clock.now());
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#dismiss(connection, error.message);
    }
    // Requests that come together are served together.
    this.#uploads.serve();
    if (this.#downloads.isBackedUp) this.#pauseLinks();
  }

  #onMessage(connection: Connection, message: Message): void {
    if (connection.peer !== undefined) {
      const fault = this.#neighbours.onMessage(connection.peer, message);
      if (fault !== undefined) this.#dismiss(connection, fault);
      return;
    }
    if (message.type !== 'handshake') throw new ProtocolError('it did not begin with a handshake');
    const peer = this.#connections.identify(connection, message);
    if (typeof peer !== 'string') return this.#connections.reject(connection, peer.refused);
    if (!this.#context.peers.has(peer) && !this.#neighbours.makeRoom()) {
      return this.#connections.reject(connection, `there are ${this.#context.peers.size} neighbours already`);
    }
    this.#neighbours.admit(connection, peer, message);
  }

  /** Ends a connection whose other side broke the protocol. */
  #dismiss(connection: Connection, reason: string): void {
    if (connection.peer === undefined) this.#connections.reject(connection, reason);
    else this.#neighbours.drop(connection.peer, reason);
  }

  /** The other side will send no more: it has ended. */
  #onLinkEnded(connection: Connection): void {
    if (connection.phase === 'handshaking') {
      return this.#connections.reject(
        connection,
        `it closed the connection: ${connection.decoder.diagnoseHalfHandshake()}`,
      );
    }
    if (connection.peer !== undefined) this.#neighbours.remove(connection.peer, 'it closed the connection');
    this.#connections.finish(connection);
  }

  #onLinkClosed(connection: Connection, error: string | undefined): void {
    if (connection.phase === 'closed') return;
    const wasHandshaking = connection.phase === 'handshaking';
    this.#connections.onClosed(connection);
    if (connection.peer !== undefined) {
      this.#neighbours.remove(connection.peer, error ?? 'the connection was closed');
    } else if (wasHandshaking) {
      const reason = `the connection broke before a handshake: ${error ?? 'closed'}`;
      this.#connections.recordRejection(connection, reason);
    }
    if (this.#phase.name === 'closing' && this.#connections.count === 0) this.#letGo(this.#phase.outcome);
  }

  #onPieceVerified(arrived: ArrivedPiece, ok: boolean): void {
    const guilty = this.#downloads.onVerified(arrived, ok);
    for (const id of guilty) this.#neighbours.ban(id, `piece ${arrived.piece} from it failed verification`);
    if (ok) return;
    this.#resumeLinks();
    this.#downloads.requestFromAll();
  }

  /** Verified and written: only now is the piece ours, and announced. */
  #onPieceWritten(arrived: ArrivedPiece): void {
    const { picker, ports } = this.#context;
    this.#downloads.onWritten(arrived);
    this.#keep(arrived);
    this.#resumeLinks();
    if (!this.#isServing) return;
    this.#lastHelpAt = ports.clock.now();
    this.#neighbours.announce(arrived.piece);
    if (this.#downloads.isWaitingForRoom) return;
    if (picker.piecesLeft === 0 && !this.#contentCompleted) this.#completeContent();
    else if (this.#wasWaitingForRoom) this.#downloads.requestFromAll();
    this.#wasWaitingForRoom = false;
  }

  #completeContent(): void {
    if (this.#completing !== 'not') {
      this.#completing = 'outdated';
      return;
    }
    this.#completing = 'under way';
    this.#context.ports.storage.complete(failure => this.#handle({ type: 'content-completed', failure }));
  }

  /** More or less is wanted than before. */
  #onWantsChanged(): void {
    if (!this.#isServing) return;
    this.#neighbours.onWantsChanged();
    if (this.#context.picker.piecesLeft > 0) this.#contentCompleted = false;
    else if (!this.#contentCompleted) this.#completeContent();
  }

  #onWriteFailed(failure: StorageFailure, arrived: ArrivedPiece): void {
    if (failure.cause !== 'full' || !this.#context.dialect.rules.waitsForRoom || !this.#isServing) {
      return this.#onStorageFailed(failure.failed, arrived);
    }
    this.#wasWaitingForRoom = true;
    this.#downloads.onNoRoom(arrived, failure);
    this.#resumeLinks();
  }

  /** To the very end: the next run finds the piece in storage, and goes on in this one's log without a gap. */
  #keep({ piece, senders }: ArrivedPiece): void {
    const { have, picker } = this.#context;
    picker.onVerified(piece);
    have.set(piece);
    this.#record({ kind: 'piece-completed', peer: senders.at(-1)!, piece, count: have.count });
  }

  #onContentCompleted(): void {
    const isOutdated = this.#completing === 'outdated';
    this.#completing = 'not';
    if (this.#context.picker.piecesLeft > 0) return; // more is wanted meanwhile
    if (isOutdated) return this.#completeContent();
    this.#contentCompleted = true;
    this.#record({ kind: 'completed' });
    this.#considerFate();
  }

  #onStorageFailed(reason: string, arrived?: ArrivedPiece): void {
    if (arrived !== undefined) this.#downloads.settle(arrived);
    if (!this.#isServing) return;
    this.#record({ kind: 'storage-failed', reason });
    this.#close('storage-failed', interruptedClosingMs);
  }

  #onTick(): void {
    const { ports } = this.#context;
    const now = ports.clock.now();
    // All swarms of a machine at once: with very many of them, waking for each would cost more than what it does.
    this.#callOffTick = ports.clock.after(tickMs - Math.floor(now % tickMs), () =>
      this.#handle({ type: 'tick' }),
    );
    if (this.#phase.name === 'closing') {
      if (now >= this.#phase.until) this.#letGo(this.#phase.outcome);
      return;
    }
    this.#connections.giveUpDials(now);
    this.#connections.dialWhoeverIsDue();
    for (const connection of this.#connections.stalled(now)) {
      this.#dismiss(connection, 'it sent next to nothing of a message for 10 s');
    }
    for (const connection of this.#connections.silent(now)) {
      this.#dismiss(connection, 'it has said nothing for too long');
    }
    for (const connection of this.#connections.unread()) {
      this.#dismiss(connection, 'it does not read what it is sent');
    }
    for (const connection of this.#connections.unclosed(now)) this.#connections.abort(connection);
    if (now - this.#lastKeepAliveAt >= this.#context.dialect.rules.keepAliveMs) {
      this.#lastKeepAliveAt = now;
      this.#connections.keepAlive();
    }
    this.#neighbours.stopWaitingForBitfields(now);
    this.#neighbours.onTick(now);
    this.#downloads.releaseOverdue(now);
    this.#downloads.requestFromAll();
    this.#considerFate();
  }

  get #isServing(): boolean {
    return this.#phase.name === 'running' || this.#phase.name === 'lingering';
  }

  /** Section 9: linger once everybody is complete, then close; end without those that stay away too long. */
  #considerFate(): void {
    const { dialect, settings, ports, peers } = this.#context;
    if (!this.#isServing) return;
    const now = ports.clock.now();
    for (const peer of peers.values()) if (peer.amInterested) this.#lastHelpAt = now;
    switch (dialect.membership.fate(this.#contentCompleted, now, this.#lastHelpAt)) {
      case 'going-on':
        this.#phase = { name: 'running' };
        return;
      case 'peers-lost':
        return this.#close('peers-lost', closingMs);
      case 'everyone-complete':
        if (this.#phase.name === 'running') {
          const graceMs = Math.max(shortestGraceMs, settings.unchokingIntervalMs);
          this.#phase = { name: 'lingering', until: now + graceMs };
        } else if (this.#phase.name === 'lingering' && now >= this.#phase.until) {
          this.#close('complete', closingMs);
        }
        return;
    }
  }

  #close(outcome: Outcome, withinMs: number): void {
    if (!this.#isServing) return;
    this.#phase = { name: 'closing', outcome, until: this.#context.ports.clock.now() + withinMs };
    this.#choking.stop();
    this.#uploads.stop();
    this.#downloads.stop();
    this.#connections.stopDialling();
    for (const connection of [...this.#connections]) this.#connections.finish(connection);
    if (this.#connections.count === 0) this.#letGo(outcome);
  }

  #letGo(outcome: Outcome): void {
    this.#phase = { name: 'letting-go', outcome };
    this.#callOffTick();
    for (const connection of [...this.#connections]) this.#connections.abort(connection);
    this.#context.ports.storage.close(() => this.#handle({ type: 'storage-closed' }));
  }

  /** Events that come too late only give back what they carry. */
  #discard(event: SwarmEvent): void {
    if (event.type === 'accepted' || event.type === 'dialled') event.link.abort();
    if (event.type === 'upload-read' && 'release' in event.result) event.result.release();
    if (event.type === 'piece-written' || event.type === 'piece-verified') event.arrived.release();
    if (event.type === 'piece-written' && event.failure === undefined) this.#keep(event.arrived);
    if (event.type === 'storage-closed' && this.#phase.name === 'letting-go') this.#end(this.#phase.outcome);
  }

  #end(outcome: Outcome): void {
    this.#phase = { name: 'ended', outcome };
    this.#record({ kind: 'ended', outcome, lost: this.#context.dialect.membership.missing() });
    this.#onEnded(outcome);
  }

  #pauseLinks(): void {
    for (const connection of this.#connections) if (connection.phase === 'open') connection.pause();
  }

  #resumeLinks(): void {
    if (this.#downloads.isBackedUp) return;
    const now = this.#context.ports.clock.now();
    for (const connection of this.#connections) connection.resume(now);
  }

  #note(peer: Peer, kind: string, text: string): void {
    if (peer.noted.has(kind)) return;
    peer.noted.add(kind);
    this.#record({ kind: 'note', peer: peer.id, text });
  }

  /** Stamps the fact in place: it was made for this call, and a copy of each would cost more than all the rest. */
  #record(fact: JournalFact): void {
    const { clock, journal } = this.#context.ports;
    const event = fact as JournalFact & { -readonly [Key in keyof Stamp]: Stamp[Key] };
    event.seq = this.#seq;
    event.atMs = clock.now() - this.#startedAt;
    event.wallMs = clock.wallNow();
    this.#seq += 1;
    journal(event);
  }
}

/** What still comes on it is of no interest. */
function isOver({ phase }: Connection): boolean {
  return phase === 'finishing' || phase === 'closed';
}
