import { Bitfield } from './bitfield.ts';
import type {
  ChokeDecision,
  Direction,
  JournalEvent,
  JournalFact,
  OptimisticDecision,
  Outcome,
  PeerId,
  PickReason,
} from './journal.ts';
import { RateMeter } from './rate-meter.ts';

/**
 * What one peer knows of its swarm at one moment, folded from its journal and from nothing else: so the screen shows
 * a run that goes on, a moment of its past and a replay alike.
 */

/** Of one piece, from our side. */
export const pieceState = { missing: 0, requested: 1, verifying: 2, have: 3 } as const;

/** `dialect` of a share; whatever else there is has a roster. */
export const shareDialect = 'bittorrent';

/** What the run was started with. */
export type RunSettings = Omit<Extract<JournalFact, { kind: 'started' }>, 'kind' | 'bitfield' | 'roster'>;

/** A decision and when it was taken. */
export interface Dated<T> {
  readonly atMs: number;
  readonly seq: number;
  readonly decision: T;
}

/** The newest pick: whom we asked for what, and the picker's own reason. */
export interface LatestRequest {
  readonly atMs: number;
  readonly peer: PeerId;
  readonly piece: number;
  readonly reason: PickReason;
}

/** A peer of the roster other than us. Read-only to everybody but `SwarmState`. */
export class Neighbour {
  readonly peer: PeerId;
  address: string;
  /** What it runs, in a share: "qBittorrent 4.5.2"; empty when unknown. */
  client = '';
  /** It began with the whole file. */
  readonly seed: boolean;
  /** Its pieces as it told them; kept while it is away. */
  pieces: Bitfield;
  /** Milliseconds since the start; undefined while not connected. */
  connectedAt: number | undefined;
  direction: Direction | undefined;
  /** When it was last connected; undefined when it never was. */
  lastSeenAt: number | undefined;
  /** It is known to have everything, by its bitfield, its haves or the roster. */
  complete: boolean;
  amChoking = true;
  amInterested = false;
  peerChoking = true;
  /** What it said last; a complete one is not interested, whatever it said (course protocol, A10). */
  peerInterested = false;
  /** As what we unchoke it. */
  role: 'preferred' | 'optimistic' | undefined;
  /** Since when `role` is what it is; undefined while it never was another. */
  roleSince: number | undefined;
  /** Since when `peerChoking` is what it is. */
  peerChokingSince: number | undefined;
  /** Pieces asked of it and not yet here. */
  readonly requested = new Set<number>();
  received: RateMeter;
  sent: RateMeter;
  /** Why it was last lost or not reached. */
  trouble: string | undefined;

  constructor(peer: PeerId, address: string, seed: boolean, pieceCount: number) {
    this.peer = peer;
    this.address = address;
    this.seed = seed;
    this.pieces = new Bitfield(pieceCount);
    this.complete = seed;
    this.received = new RateMeter(0);
    this.sent = new RateMeter(0);
  }

  copy(): Neighbour {
    const copy = Object.assign(new Neighbour(this.peer, this.address, this.seed, 0), this);
    copy.pieces = this.pieces.copy();
    copy.received = this.received.copy();
    copy.sent = this.sent.copy();
    // `Object.assign` made both share one set.
    Object.defineProperty(copy, 'requested', { value: new Set(this.requested) });
    return copy;
  }
}

export class SwarmState {
  /** Undefined before the first event. */
  run: RunSettings | undefined;
  /** Milliseconds since the start: of the last event, or as `advance` said. */
  atMs = 0;
  /** Wall time of the start, milliseconds since the epoch. */
  startedWallMs = 0;
  /** Our pieces, each a value of `pieceState`. */
  pieces = new Uint8Array(0);
  haveCount = 0;
  /** How many connected neighbours have each piece. */
  copies = new Uint16Array(0);
  /** How many pieces neither we nor any connected neighbour have. */
  unavailableCount = 0;
  /** When a piece came last; undefined before the first one. */
  lastPieceAt: number | undefined;
  /** By peer, in the order of the roster. */
  neighbours = new Map<PeerId, Neighbour>();
  /** Our place in the roster. */
  selfIndex = 0;
  selfAddress = '';
  received = new RateMeter(0);
  sent = new RateMeter(0);
  lastRechoke: Dated<ChokeDecision> | undefined;
  lastDraw: Dated<OptimisticDecision> | undefined;
  preferred: readonly PeerId[] = [];
  optimistic: PeerId | undefined;
  latestRequest: LatestRequest | undefined;
  outcome: Outcome | undefined;
  storageFailure: string | undefined;
  /** Events folded so far. */
  length = 0;

  copy(): SwarmState {
    const copy = Object.assign(new SwarmState(), this);
    copy.pieces = this.pieces.slice();
    copy.copies = this.copies.slice();
    copy.neighbours = new Map(Array.from(this.neighbours, ([peer, neighbour]) => [peer, neighbour.copy()]));
    copy.received = this.received.copy();
    copy.sent = this.sent.copy();
    return copy;
  }

  /** Pieces asked for and not yet here. */
  get requestedCount(): number {
    let count = 0;
    for (const neighbour of this.neighbours.values()) count += neighbour.requested.size;
    return count;
  }

  get isComplete(): boolean {
    return this.run !== undefined && this.haveCount === this.run.pieceCount;
  }

  /** Lets time pass without an event; never backwards. */
  advance(atMs: number): void {
    this.atMs = Math.max(this.atMs, atMs);
  }

  apply(event: JournalEvent): void {
    this.advance(event.atMs);
    this.length += 1;
    switch (event.kind) {
      case 'started':
        return this.#onStarted(event);
      case 'peer-known':
        return this.#onKnown(event);
      case 'dial-failed':
        return this.#with(event.peer, neighbour => {
          neighbour.trouble = event.reason;
        });
      case 'connected':
        return this.#with(event.peer, neighbour => this.#onConnected(neighbour, event));
      case 'disconnected':
        return this.#with(event.peer, neighbour => this.#onDisconnected(neighbour, event.reason));
      case 'received-bitfield':
        return this.#with(event.peer, neighbour => {
          for (const piece of Bitfield.fromHex(event.bitfield, this.pieces.length)) {
            this.#onHas(neighbour, piece);
          }
          neighbour.complete = neighbour.pieces.isFull;
        });
      case 'received-have':
        return this.#with(event.peer, neighbour => this.#onHas(neighbour, event.piece));
      case 'received-interested':
      case 'received-not-interested':
        return this.#with(event.peer, neighbour => {
          neighbour.peerInterested = event.kind === 'received-interested' && !neighbour.pieces.isFull;
        });
      case 'received-choke':
      case 'received-unchoke':
        return this.#with(event.peer, neighbour => {
          const isChoking = event.kind === 'received-choke';
          if (isChoking === neighbour.peerChoking) return;
          neighbour.peerChoking = isChoking;
          neighbour.peerChokingSince = event.atMs;
        });
      case 'sent-interested':
      case 'sent-not-interested':
        return this.#with(event.peer, neighbour => {
          neighbour.amInterested = event.kind === 'sent-interested';
        });
      case 'sent-choke':
        return this.#with(event.peer, neighbour => {
          neighbour.amChoking = true;
          this.#setRole(neighbour, undefined);
        });
      case 'sent-unchoke':
        return this.#with(event.peer, neighbour => {
          neighbour.amChoking = false;
          this.#setRole(neighbour, event.role);
        });
      case 'choke-decision':
        this.lastRechoke = { atMs: event.atMs, seq: event.seq, decision: event.decision };
        // Whoever has left since stands in a decision that is told again, and is nobody's neighbour.
        this.preferred = event.decision.preferred.filter(peer => this.#isConnected(peer));
        return this.#setRoles();
      case 'optimistic-decision':
        this.lastDraw = { atMs: event.atMs, seq: event.seq, decision: event.decision };
        if (!event.decision.kept) this.optimistic = event.decision.optimistic;
        return this.#setRoles();
      case 'requested':
        if (this.pieces[event.piece] === pieceState.missing) this.pieces[event.piece] = pieceState.requested;
        this.latestRequest = {
          atMs: event.atMs,
          peer: event.peer,
          piece: event.piece,
          reason: event.reason,
        };
        return this.#with(event.peer, neighbour => neighbour.requested.add(event.piece));
      case 'request-released':
        return this.#with(event.peer, neighbour => this.#release(neighbour, event.piece));
      case 'piece-received':
        this.lastPieceAt = event.atMs;
        this.#forgetRequests(event.piece);
        if (this.pieces[event.piece] !== pieceState.have) this.pieces[event.piece] = pieceState.verifying;
        return;
      case 'piece-completed':
        return this.#onCompletedPiece(event.peer, event.piece);
      case 'piece-failed':
        this.#forgetRequests(event.piece);
        if (this.pieces[event.piece] !== pieceState.have) this.pieces[event.piece] = pieceState.missing;
        return;
      case 'uploaded':
        this.sent.add(event.length, event.atMs);
        return this.#with(event.peer, neighbour => neighbour.sent.add(event.length, event.atMs));
      case 'peer-completed':
        return this.#with(event.peer, neighbour => {
          neighbour.complete = true;
        });
      case 'storage-failed':
        this.storageFailure = event.reason;
        return;
      case 'ended':
        this.outcome = event.outcome;
        return;
      case 'rejected':
      case 'preferred-changed':
      case 'optimistic-changed':
      case 'completed':
      case 'note':
        return;
    }
  }

  /** Forgets everything before it: a run that goes on after another begins at its own time 0. */
  #onStarted(event: Extract<JournalEvent, { kind: 'started' }>): void {
    const { seq: _seq, atMs, wallMs, kind: _kind, bitfield, roster, ...run } = event;
    Object.assign(this, new SwarmState(), { length: this.length, atMs, run });
    this.startedWallMs = wallMs - atMs;
    const have = Bitfield.fromHex(bitfield, run.pieceCount);
    this.pieces = new Uint8Array(run.pieceCount);
    for (const piece of have) this.pieces[piece] = pieceState.have;
    this.haveCount = have.count;
    this.copies = new Uint16Array(run.pieceCount);
    this.unavailableCount = run.pieceCount - have.count;
    this.received = new RateMeter(atMs);
    this.sent = new RateMeter(atMs);
    this.selfIndex = roster.findIndex(({ peer }) => peer === run.self);
    this.selfAddress = roster[this.selfIndex]?.address ?? '';
    this.neighbours = new Map(
      roster
        .filter(({ peer }) => peer !== run.self)
        .map(({ peer, address, seed }) => [peer, new Neighbour(peer, address, seed, run.pieceCount)]),
    );
  }

  /** A share has no roster: its neighbours are listed as they become known. */
  #onKnown({ peer, address, client }: Extract<JournalEvent, { kind: 'peer-known' }>): void {
    if (peer === this.run?.self) return;
    const neighbour = this.neighbours.get(peer) ?? new Neighbour(peer, address, false, this.pieces.length);
    neighbour.address = address;
    neighbour.client = client;
    this.neighbours.set(peer, neighbour);
  }

  /** A seed of the roster is taken to have everything, whatever it says or does not say. */
  #onConnected(
    neighbour: Neighbour,
    { atMs, direction }: Extract<JournalEvent, { kind: 'connected' }>,
  ): void {
    if (neighbour.connectedAt !== undefined) this.#onDisconnected(neighbour, 'it connected anew');
    neighbour.connectedAt = atMs;
    neighbour.lastSeenAt = atMs;
    neighbour.direction = direction;
    neighbour.trouble = undefined;
    neighbour.roleSince = atMs;
    neighbour.peerChokingSince = atMs;
    neighbour.received = new RateMeter(atMs);
    neighbour.sent = new RateMeter(atMs);
    neighbour.pieces = new Bitfield(this.pieces.length);
    if (neighbour.seed)
      for (let piece = 0; piece < this.pieces.length; piece += 1) this.#onHas(neighbour, piece);
  }

  #onDisconnected(neighbour: Neighbour, reason: string): void {
    if (neighbour.connectedAt === undefined) return;
    for (const piece of [...neighbour.requested]) this.#release(neighbour, piece);
    for (const piece of neighbour.pieces) {
      this.copies[piece]! -= 1;
      if (this.copies[piece] === 0 && this.pieces[piece] !== pieceState.have) this.unavailableCount += 1;
    }
    // Peers of a share come and go for days, and what those had that left tells nothing.
    if (this.run?.dialect === shareDialect) neighbour.pieces = new Bitfield(0);
    neighbour.lastSeenAt = this.atMs;
    neighbour.connectedAt = undefined;
    neighbour.trouble = reason;
    neighbour.amChoking = true;
    neighbour.amInterested = false;
    neighbour.peerChoking = true;
    neighbour.peerInterested = false;
    this.#setRole(neighbour, undefined);
    this.preferred = this.preferred.filter(peer => peer !== neighbour.peer);
    if (this.optimistic === neighbour.peer) this.optimistic = undefined;
  }

  #onHas(neighbour: Neighbour, piece: number): void {
    if (neighbour.connectedAt === undefined || !neighbour.pieces.set(piece)) return;
    if (this.copies[piece] === 0 && this.pieces[piece] !== pieceState.have) this.unavailableCount -= 1;
    this.copies[piece]! += 1;
    if (!neighbour.pieces.isFull) return;
    neighbour.complete = true;
    neighbour.peerInterested = false;
  }

  #onCompletedPiece(peer: PeerId, piece: number): void {
    this.#forgetRequests(piece);
    if (this.pieces[piece] === pieceState.have || piece >= this.pieces.length) return;
    if (this.copies[piece] === 0) this.unavailableCount -= 1;
    this.pieces[piece] = pieceState.have;
    this.haveCount += 1;
    const bytes = this.lengthOf(piece);
    this.received.add(bytes, this.atMs);
    this.#with(peer, neighbour => neighbour.received.add(bytes, this.atMs));
  }

  /** Bytes of a piece; the last one may be shorter. */
  lengthOf(piece: number): number {
    if (this.run === undefined) return 0;
    const { pieceLength, totalLength } = this.run;
    return Math.min(pieceLength, totalLength - piece * pieceLength);
  }

  #forgetRequests(piece: number): void {
    for (const neighbour of this.neighbours.values()) neighbour.requested.delete(piece);
  }

  #release(neighbour: Neighbour, piece: number): void {
    neighbour.requested.delete(piece);
    if (this.pieces[piece] !== pieceState.requested) return;
    for (const other of this.neighbours.values()) if (other.requested.has(piece)) return;
    this.pieces[piece] = pieceState.missing;
  }

  #isConnected(peer: PeerId): boolean {
    return this.neighbours.get(peer)?.connectedAt !== undefined;
  }

  /** A rechoke can make an optimistic neighbour preferred without a message, and the other way round. */
  #setRoles(): void {
    for (const neighbour of this.neighbours.values()) {
      if (neighbour.amChoking) continue;
      if (this.preferred.includes(neighbour.peer)) this.#setRole(neighbour, 'preferred');
      else if (neighbour.peer === this.optimistic) this.#setRole(neighbour, 'optimistic');
    }
  }

  #setRole(neighbour: Neighbour, role: Neighbour['role']): void {
    if (neighbour.role === role) return;
    neighbour.role = role;
    neighbour.roleSince = this.atMs;
  }

  /** A peer that nobody announced concerns no row of the screen. */
  #with(peer: PeerId, act: (neighbour: Neighbour) => void): void {
    const neighbour = this.neighbours.get(peer);
    if (neighbour !== undefined) act(neighbour);
  }
}
