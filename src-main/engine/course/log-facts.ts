import { Bitfield } from '../../../src-shared/bitfield.ts';
import { type LogFact, parseLogLine } from '../../../src-shared/course-log.ts';
import type { Direction, PeerId } from '../../../src-shared/journal.ts';

/**
 * What one peer's log says, gathered line by line and held compactly: 'have' lines, the bulk of any log, are folded
 * into sets of pieces. Judges nothing.
 */

/** Where a fact stands. */
export interface Place {
  /** Counted from 1. */
  readonly line: number;
  /** By the log's own clock, in milliseconds; never mix two logs' times without asking their clocks. */
  readonly timeMs: number | undefined;
  /**
   * How often a neighbour had connected again by then. Across such a line the peer may have been restarted, and its
   * log continued, so nothing certain follows from comparing facts on both sides.
   */
  readonly stretch: number;
}

export interface ConnectionFact extends Place {
  readonly direction: Direction;
}

/** A line that names chosen neighbours: a preferred set, or one optimistic neighbour or none. */
export interface ChoiceFact extends Place {
  readonly kind: 'preferred' | 'optimistic';
  /** As printed: strangers, repetitions and all. */
  readonly peers: readonly PeerId[];
}

export interface ChokeFact extends Place {
  readonly unchoked: boolean;
}

export interface InterestFact extends Place {
  readonly interested: boolean;
}

export interface PieceFact extends Place {
  readonly piece: number;
  readonly peer: PeerId;
  readonly count: number | undefined;
}

/** How many lines share an oddity, with the first few. */
export class Tally {
  count = 0;
  readonly lines: number[] = [];

  add(line: number): void {
    this.count += 1;
    if (this.lines.length < 3) this.lines.push(line);
  }
}

/** Pieces in pages that exist once a piece of theirs is set: a log may be short and the piece count huge. */
export class PieceSet {
  count = 0;
  readonly #pages = new Map<number, Bitfield>();

  has(piece: number): boolean {
    return this.#pages.get(Math.floor(piece / pageSize))?.has(piece % pageSize) === true;
  }

  add(piece: number): void {
    const index = Math.floor(piece / pageSize);
    const page = this.#pages.get(index) ?? new Bitfield(pageSize);
    this.#pages.set(index, page);
    if (page.set(piece % pageSize)) this.count += 1;
  }
}

const pageSize = 4096;

/** What is known of the run before its logs are read. */
export interface LogSetting {
  readonly file: string;
  readonly self: PeerId;
  readonly peers: ReadonlySet<PeerId>;
  readonly pieceCount: number;
  /** Shared by the logs of a run: when it is used up, the rest of the logs is not read. */
  readonly budget: { facts: number };
}

/** As many facts, folded ones aside, as fit into memory; many times what a real run writes. */
export const factsPerRun = 3_000_000;

const hourMs = 60 * 60 * 1000;

export class LogFacts {
  readonly file: string;
  readonly self: PeerId;
  lines = 0;
  /** The log is longer than what is read of it. */
  cut = false;
  /** Whether times come with their date. */
  dated: boolean | undefined;
  firstMs: number | undefined;
  lastMs: number | undefined;

  /** Lines understood only by loose patterns. */
  readonly loose = new Tally();
  /** Lines that are none of section 7. */
  readonly unread = new Tally();
  /** Lines that speak for another peer. */
  readonly foreign = new Tally();
  /** Lines, choices aside, about a peer that is not in the roster, or about the peer itself. */
  readonly strangers = new Tally();
  readonly havesOutOfRange = new Tally();
  readonly piecesOutOfRange = new Tally();
  /** Unchoked while unchoked, or choked while choked. */
  readonly repeatedChokes = new Tally();
  /** Pieces downloaded from a peer that never unchoked this one. */
  readonly servedChoked = new Tally();

  readonly connections = new Map<PeerId, ConnectionFact[]>();
  /** In the order of the lines. */
  readonly choices: ChoiceFact[] = [];
  readonly chokes = new Map<PeerId, ChokeFact[]>();
  /** Changes only: some say it again dozens of times a second (A9). */
  readonly interests = new Map<PeerId, InterestFact[]>();
  readonly haves = new Map<PeerId, PieceSet>();
  readonly pieces: PieceFact[] = [];
  /** The first line about each piece. */
  readonly firstOfPiece = new Map<number, PieceFact>();
  readonly completions: Place[] = [];
  /** When each neighbour was last heard of. */
  readonly heardMs = new Map<PeerId, number>();

  readonly #setting: LogSetting;
  /** One string for each peer ID, however often the log repeats it. */
  readonly #known: ReadonlyMap<PeerId, PeerId>;
  readonly #kinds = new Set<LogFact['kind']>();
  #stretch = 0;
  /** Added to a clock that shows 12 hours, or none of the days that pass. */
  #wrapsMs = 0;
  #previousMs: number | undefined;
  /** Some print the piece where the peer belongs, on every line. */
  #turned = false;
  /** What each neighbour said last on its present connection. */
  readonly #unchokedBy = new Map<PeerId, boolean>();
  /** Neighbours that unchoked this peer at any time. */
  readonly #unchokers = new Set<PeerId>();

  constructor(setting: LogSetting) {
    this.#setting = setting;
    this.#known = new Map([...setting.peers].map(peer => [peer, peer]));
    this.file = setting.file;
    this.self = setting.self;
  }

  /** Takes the next line, without its line end. Returns false when it wants no more. */
  add(text: string): boolean {
    if (this.#setting.budget.facts <= 0) {
      this.cut = true;
      return false;
    }
    this.lines += 1;
    if (text.trim() !== '') this.#read(text);
    return true;
  }

  /** Whether the absence of such lines means something: the log has one, or none of its lines is a riddle. */
  speaksOf(kind: LogFact['kind']): boolean {
    return !this.cut && (this.#kinds.has(kind) || this.unread.count === 0);
  }

  /** The same for connections, which have two sentences: a log may word one of them its own way. */
  speaksOfConnections(direction: ConnectionFact['direction']): boolean {
    if (this.cut) return false;
    if (this.unread.count === 0) return true;
    return [...this.connections.values()].some(facts => facts.some(fact => fact.direction === direction));
  }

  /** Pieces counted from the first one on without gaps: what this log does not list, the peer did not have. */
  get countsEveryPiece(): boolean {
    return !this.cut && this.pieces.every(({ count }, index) => count === index + 1);
  }

  #read(text: string): void {
    const line = this.lines;
    const parsed = parseLogLine(text);
    if (!parsed) return this.unread.add(line);
    if (parsed.self !== this.self) return this.foreign.add(line);
    const fact = this.#turn(parsed.fact);
    if (!parsed.strict || fact !== parsed.fact) this.loose.add(line);
    this.#kinds.add(fact.kind);
    if (fact.kind === 'connected' && this.connections.has(fact.peer)) this.#stretch += 1;
    const timeMs = parsed.time && this.#steady(parsed.time.ms, parsed.time.dated);
    this.#take(fact, { line, timeMs, stretch: this.#stretch });
  }

  #take(fact: LogFact, place: Place): void {
    if (fact.kind === 'completed') this.#keep(this.completions, place);
    else if (fact.kind === 'preferred-changed') this.#choose('preferred', fact.preferred, place);
    else if (fact.kind === 'optimistic-changed') {
      this.#choose('optimistic', fact.optimistic === undefined ? [] : [fact.optimistic], place);
    } else if (this.#isNeighbour(fact.peer)) {
      if (place.timeMs !== undefined) this.heardMs.set(fact.peer, place.timeMs);
      this.#hear(fact, place);
    } else this.strangers.add(place.line);
  }

  #hear(fact: Extract<LogFact, { peer: PeerId }>, place: Place): void {
    const peer = this.#known.get(fact.peer)!;
    switch (fact.kind) {
      case 'connected':
        this.#keep(listOf(this.connections, peer), { ...place, direction: fact.direction });
        this.#unchokedBy.delete(peer);
        return;
      case 'received-unchoke':
      case 'received-choke':
        return this.#onChoke(peer, { ...place, unchoked: fact.kind === 'received-unchoke' });
      case 'received-interested':
      case 'received-not-interested':
        return this.#onInterest(peer, { ...place, interested: fact.kind === 'received-interested' });
      case 'received-have':
        return this.#onHave(peer, fact.piece, place);
      case 'piece-completed':
        return this.#onPiece({ ...place, piece: fact.piece, peer, count: fact.count });
    }
  }

  #choose(kind: ChoiceFact['kind'], peers: readonly PeerId[], place: Place): void {
    this.#setting.budget.facts -= peers.length;
    this.#keep(this.choices, { ...place, kind, peers: peers.map(peer => this.#known.get(peer) ?? peer) });
  }

  #onChoke(peer: PeerId, choke: ChokeFact): void {
    if (this.#unchokedBy.get(peer) === choke.unchoked) this.repeatedChokes.add(choke.line);
    this.#unchokedBy.set(peer, choke.unchoked);
    if (choke.unchoked) this.#unchokers.add(peer);
    this.#keep(listOf(this.chokes, peer), choke);
  }

  #onInterest(peer: PeerId, interest: InterestFact): void {
    const known = listOf(this.interests, peer);
    if (known.at(-1)?.interested !== interest.interested) this.#keep(known, interest);
  }

  #onHave(peer: PeerId, piece: number, place: Place): void {
    if (piece >= this.#setting.pieceCount) return this.havesOutOfRange.add(place.line);
    const pieces = this.haves.get(peer) ?? new PieceSet();
    this.haves.set(peer, pieces);
    pieces.add(piece);
  }

  #onPiece(fact: PieceFact): void {
    this.#keep(this.pieces, fact);
    if (!this.#unchokers.has(fact.peer)) this.servedChoked.add(fact.line);
    if (fact.piece >= this.#setting.pieceCount) this.piecesOutOfRange.add(fact.line);
    else if (!this.firstOfPiece.has(fact.piece)) this.firstOfPiece.set(fact.piece, fact);
  }

  #keep<T extends Place>(facts: T[], fact: T): void {
    facts.push(fact);
    this.#setting.budget.facts -= 1;
  }

  #isNeighbour(peer: PeerId): boolean {
    return peer !== this.self && this.#known.has(peer);
  }

  /** Puts the peer and the piece where the words say they are, when the roster shows that they changed places. */
  #turn(fact: LogFact): LogFact {
    if (fact.kind !== 'received-have' && fact.kind !== 'piece-completed') return fact;
    const pieceAsPeer = String(fact.piece);
    if (!this.#isNeighbour(pieceAsPeer)) return fact;
    this.#turned ||= !this.#known.has(fact.peer);
    return this.#turned ? { ...fact, peer: pieceAsPeer, piece: Number(fact.peer) } : fact;
  }

  /** Lets time go on where a 12-hour or an undated clock begins again. */
  #steady(ms: number, dated: boolean): number | undefined {
    this.dated ??= dated;
    if (dated !== this.dated) return undefined;
    const behind = (this.#previousMs ?? ms) - ms - this.#wrapsMs;
    const wrapped = dated ? Math.abs(behind - 12 * hourMs) < hourMs : behind > 6 * hourMs;
    if (wrapped) this.#wrapsMs += Math.ceil((behind - 6 * hourMs) / (12 * hourMs)) * 12 * hourMs;
    const timeMs = ms + this.#wrapsMs;
    this.#previousMs = timeMs;
    this.firstMs ??= timeMs;
    this.lastMs = Math.max(this.lastMs ?? timeMs, timeMs);
    return timeMs;
  }
}

/** The list under a key, begun when there is none. */
export function listOf<K, T>(lists: Map<K, T[]>, key: K): T[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}
