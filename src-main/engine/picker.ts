import type { Bitfield } from '../../src-shared/bitfield.ts';
import type { PickReason } from '../../src-shared/journal.ts';
import { CandidateTree, KeyFall, type PieceBoard, PieceSet } from './candidate-tree.ts';
import type { Layout } from './content/layout.ts';
import type { Random } from './ports.ts';

/** A unit of request: `block` counts from 0 inside the piece. */
export interface Block {
  readonly piece: number;
  readonly block: number;
}

/** So many blocks of a piece, one or more, that lie side by side from `block` on. */
export interface Run extends Block {
  readonly count: number;
}

/** Blocks to request, and why these. */
export interface Pick extends Run {
  readonly reason: PickReason;
}

/**
 * Which new piece comes first: any, each with the same chance (course protocol, 6.5), or one that the fewest of
 * the connected peers have.
 */
export type Strategy = 'random' | 'rarest';

/**
 * Every piece is in exactly one of these. From `requested` on, something of the piece is requested or here; in
 * `verifying` all of it is here; `have` is verified and written.
 */
export type PieceState = 'missing' | 'requested' | 'verifying' | 'have';

/** What became of blocks that arrived. */
export interface Receipt {
  /** Those that were still lacking. The bytes of others are of no use, and for them nothing changed. */
  readonly wanted: readonly Run[];
  /** What peers other than the sender were asked for too, and owe no longer: to be told by a cancel. */
  readonly others: readonly OwedBlock[];
}

export interface OwedBlock extends Block {
  readonly by: PickerPeer;
}

/** A piece that nobody wants. */
export const skipped = 0;
const normalPriority = 2;
const highestPriority = 3;
/** The board's keys have the priority in the upper bits, what orders pieces of one priority in the lower. */
const keyBits = 14;
const highestOrder = (1 << keyBits) - 1;

/** A piece in the state `requested`. */
interface BegunPiece {
  /** By block: who owes it, or that it is here. Free as long as there is nothing. */
  readonly owners: (PickerPeer | 'here' | undefined)[];
  /** By block: how many times somebody had been asked before it was asked for. */
  readonly ranks: number[];
  free: number;
  here: number;
  /** Only this peer is asked for it, so that a wrong piece has one sender. */
  only: PickerPeer | undefined;
}

class PickerPeer {
  readonly pieces: PieceSet;
  readonly candidates: CandidateTree;
  /** Complete when it came: counted once for all pieces. */
  isSeeder = false;
  wanted = 0;
  /** The piece after the one it was asked for last, if that is of the same stretch. */
  beside: number | undefined;

  constructor(pieceCount: number, board: PieceBoard) {
    this.pieces = new PieceSet(pieceCount);
    this.candidates = new CandidateTree(this.pieces, board);
  }
}

/** A picker's handle for one connection; of no use once the peer is removed. */
export type { PickerPeer };

const refused: Receipt = { wanted: [], others: [] };
const atRandom: PickReason = { rule: 'random' };
const toFinish: PickReason = { rule: 'begun' };
const inEndgame: PickReason = { rule: 'endgame' };

/**
 * Decides which blocks to request next. It sends nothing and has no clock: its owner tells it what happened and
 * carries its decisions out. Indices are checked by whoever decodes them, before they come here.
 *
 * With n pieces, a decision or a have costs O(log n), a bound repaired being paid for by the change that left it
 * behind; a piece that becomes missing again, O(log n) for each peer; a peer that comes or goes, O(n). A decision also
 * looks through the begun pieces with a free block: they are few, since they are finished first.
 */
export class Picker {
  readonly #layout: Layout;
  readonly #strategy: Strategy;
  readonly #random: Random;
  readonly #peers = new Set<PickerPeer>();
  /** Connected peers that were complete when they came. */
  #seeders = 0;
  /** By piece: how many of the other connected peers have it. */
  readonly #copies: Uint16Array;
  /** By piece: 0 not wanted, up to 3. */
  #priorities: Uint8Array;
  #isSequential: boolean;
  /** Pieces in a stretch. */
  readonly #stretch: number;
  /** Pieces that were wrong when several peers had sent their blocks: each is now asked of one alone. */
  readonly #suspect = new Set<number>();
  readonly #board: PieceBoard;
  readonly #begun = new Map<number, BegunPiece>();
  /** Begun pieces with a free block, in the order they got one. */
  readonly #open = new Set<number>();
  /** In endgame: who owes a block besides its owner, by the block's number. */
  readonly #seconds = new Map<number, PickerPeer>();
  /** How many times somebody was asked. */
  #asked = 0;
  readonly #verifying = new Set<number>();
  readonly #have: PieceSet;
  #piecesLeft: number;

  /**
   * `have`: the pieces verified and written so far; a copy is kept, further ones come by `onVerified`. `priorities`, by
   * piece: 0 not wanted, 1 low, 2 normal, 3 high; all are normal unless given. `stretch`: of pieces that are equally good,
   * as many that lie side by side are requested together, which are then read and written together.
   */
  constructor(
    layout: Layout,
    have: Bitfield,
    strategy: Strategy,
    random: Random,
    priorities?: Uint8Array,
    sequential = false,
    stretch = 1,
  ) {
    const { pieceCount } = layout;
    this.#layout = layout;
    this.#strategy = strategy;
    this.#random = random;
    this.#copies = new Uint16Array(pieceCount);
    this.#have = PieceSet.from(have);
    this.#priorities = priorities ?? new Uint8Array(pieceCount).fill(normalPriority);
    this.#isSequential = sequential;
    this.#stretch = Math.max(1, stretch);
    this.#board = { missing: new PieceSet(pieceCount), keys: new Uint16Array(pieceCount) };
    this.#piecesLeft = 0;
    this.#layOut();
  }

  /** How many pieces we want and do not have yet. */
  get piecesLeft(): number {
    return this.#piecesLeft;
  }

  /** Wants other pieces, or in another order, from now on; what is requested stays so. Costs O(pieces × peers). */
  setPriorities(priorities: Uint8Array): void {
    this.#priorities = priorities;
    this.#layOut();
  }

  /** Pieces in their order rather than by the strategy. */
  setSequential(sequential: boolean): void {
    this.#isSequential = sequential;
    this.#layOut();
  }

  stateOf(piece: number): PieceState {
    if (this.#have.has(piece)) return 'have';
    if (this.#verifying.has(piece)) return 'verifying';
    return this.#begun.has(piece) ? 'requested' : 'missing';
  }

  /** Whether anybody owes us a block of the piece. */
  isAwaited(piece: number): boolean {
    const begun = this.#begun.get(piece);
    return begun !== undefined && begun.free + begun.here < begun.owners.length;
  }

  /** How many of the connected peers have the piece. */
  availabilityOf(piece: number): number {
    return this.#seeders + this.#copies[piece]!;
  }

  /** How many pieces the peer has that we do not: we are interested while it is not 0. */
  wantedFrom(peer: PickerPeer): number {
    return peer.wanted;
  }

  /** Whether any peer owes us the block. */
  isRequested({ piece, block }: Block): boolean {
    return isOwed(this.#begun.get(piece)?.owners[block]);
  }

  /** A peer connected that has these pieces, if it said so yet; others come by `onBitfield` and `onHave`. */
  addPeer(pieces?: Bitfield): PickerPeer {
    const peer = new PickerPeer(this.#layout.pieceCount, this.#board);
    this.#peers.add(peer);
    if (pieces !== undefined) this.onBitfield(peer, pieces);
    return peer;
  }

  /** The peer has these pieces too: a peer never loses any (course protocol, A3). */
  onBitfield(peer: PickerPeer, pieces: Bitfield): void {
    const added = PieceSet.from(pieces);
    if (pieces.isFull && peer.pieces.isEmpty) {
      peer.isSeeder = true;
      this.#seeders += 1;
    }
    added.forEach(piece => {
      if (peer.pieces.has(piece)) return;
      peer.pieces.add(piece);
      if (!peer.isSeeder) this.#addCopy(piece);
      if (this.#isWanted(piece)) peer.wanted += 1;
    });
    peer.candidates.onCandidates();
  }

  /** The peer disconnected. Everything it owed is released, and returned. */
  removePeer(peer: PickerPeer): Block[] {
    if (!this.#peers.delete(peer)) return [];
    const released = this.onChoked(peer);
    this.giveUpAlone(peer);
    if (peer.isSeeder) this.#seeders -= 1;
    else this.#forgetCopies(peer);
    return released;
  }

  /** The peer got a piece; hearing so again changes nothing. */
  onHave(peer: PickerPeer, piece: number): void {
    if (peer.pieces.has(piece)) return;
    peer.pieces.add(piece);
    this.#addCopy(piece);
    if (this.#isWanted(piece)) peer.wanted += 1;
    if (this.#board.missing.has(piece)) peer.candidates.onCandidate(piece);
  }

  /**
   * At most `count` blocks to request from the peer, which owes them from now on: blocks of begun pieces first, since
   * only a whole piece can be verified and shared; then, by the strategy, those of new pieces. None of them is owed
   * by anybody else.
   *
   * A block that was released after a time-out may come up again for the same peer; whether a slow peer is asked
   * again is for the caller to decide.
   *
   * `alone`: only blocks of pieces that nobody else has a part in, or will have.
   */
  next(peer: PickerPeer, count: number, alone = false): Pick[] {
    const picks: Pick[] = [];
    let room = count;
    for (const piece of this.#open) {
      if (room === 0) break;
      if (this.#mayAsk(peer, piece, alone)) room -= this.#ask(peer, piece, toFinish, room, picks);
    }
    while (room > 0) {
      const piece = this.#draw(peer);
      if (piece === undefined) break;
      this.#begin(piece, peer, alone);
      room -= this.#ask(peer, piece, this.#reasonFor(piece), room, picks);
    }
    return picks;
  }

  /** The same for one piece, which a peer that chokes us lets us have all the same (BEP 6). */
  nextOf(peer: PickerPeer, piece: number, count: number): Pick[] {
    if (!peer.pieces.has(piece) || !this.#isWanted(piece)) return [];
    if (this.#board.missing.has(piece)) this.#begin(piece, peer);
    else if (!this.#open.has(piece) || !this.#mayAsk(peer, piece)) return [];
    const picks: Pick[] = [];
    this.#ask(peer, piece, toFinish, count, picks);
    return picks;
  }

  /**
   * A block to request from a second peer, once every block this peer could give is here or requested: the one
   * awaited the longest, of those that only one other peer owes and the caller lets pass (its request is old
   * enough, say). The peer owes it from now on. Costs O(blocks begun).
   */
  nextEndgame(
    peer: PickerPeer,
    mayDuplicate: (block: Block, owner: PickerPeer) => boolean,
  ): Pick | undefined {
    if (this.#canPickFrom(peer)) return undefined;
    let longest: Block | undefined;
    let rank = Number.POSITIVE_INFINITY;
    for (const [piece, { owners, ranks }] of this.#begun) {
      if (!this.#mayAsk(peer, piece)) continue;
      for (const [block, owner] of owners.entries()) {
        if (!isOwed(owner) || owner === peer || ranks[block]! >= rank) continue;
        if (this.#seconds.has(this.#layout.numberOf(piece, block))) continue;
        if (!mayDuplicate({ piece, block }, owner)) continue;
        longest = { piece, block };
        rank = ranks[block]!;
      }
    }
    if (longest === undefined) return undefined;
    this.#seconds.set(this.#layout.numberOf(longest.piece, longest.block), peer);
    return { ...longest, count: 1, reason: inEndgame };
  }

  /**
   * The peer is not going to send a block, for all we know (it timed out, say). Unless another peer owes it too, it
   * may be picked again. Says whether the peer owed it at all.
   */
  onReleased(peer: PickerPeer, { piece, block }: Block): boolean {
    const begun = this.#begun.get(piece);
    if (begun === undefined) return false;
    const { owners } = begun;
    const second = this.#seconds.get(this.#layout.numberOf(piece, block));
    if (owners[block] === peer) owners[block] = second;
    else if (second !== peer) return false;
    this.#seconds.delete(this.#layout.numberOf(piece, block));
    if (owners[block] !== undefined) return true;
    begun.free += 1;
    this.#onFreed(piece, begun);
    return true;
  }

  /** The peer choked us and sends nothing of what it owes: all of it is released, and returned. */
  onChoked(peer: PickerPeer): Block[] {
    const released = [...this.#begun].flatMap(([piece, begun]) => this.#owedBy(peer, piece, begun));
    for (const block of released) this.onReleased(peer, block);
    return released;
  }

  /**
   * The peer is of no help with pieces that it alone was asked for: what is here of them is lacking again, and others may
   * be asked. Returns what it owed of them, and owes no more.
   */
  giveUpAlone(peer: PickerPeer): Block[] {
    const released: Block[] = [];
    for (const [piece, begun] of this.#begun) {
      if (begun.only !== peer) continue;
      released.push(...this.#owedBy(peer, piece, begun));
      this.#forget(piece);
    }
    return released;
  }

  /**
   * Blocks arrived from `sender`, requested or not (course protocol, A12 and A13). Whoever owed them is free of them; what
   * we did not lack is refused.
   */
  onReceived(sender: PickerPeer, { piece, block, count }: Run): Receipt {
    const begun =
      this.#begun.get(piece) ?? (this.#board.missing.has(piece) ? this.#begin(piece, sender) : undefined);
    if (begun === undefined || (begun.only !== undefined && begun.only !== sender)) return refused;
    const { owners } = begun;
    const wanted: Run[] = [];
    const others: OwedBlock[] = [];
    const end = block + count;
    for (let first = block; first < end; first += 1) {
      let next = first;
      for (; next < end && owners[next] !== 'here'; next += 1) {
        this.#take(sender, piece, next, begun, others);
      }
      if (next === first) continue;
      wanted.push({ piece, block: first, count: next - first });
      first = next;
    }
    this.#noteOpen(piece, begun);
    if (begun.here === owners.length) {
      this.#begun.delete(piece);
      this.#verifying.add(piece);
    }
    return { wanted, others };
  }

  /** Blocks of a begun piece are of no use after all: their sender is not to be trusted. */
  onDiscarded(blocks: readonly Block[]): void {
    for (const { piece, block } of blocks) {
      const begun = this.#begun.get(piece);
      if (begun?.owners[block] !== 'here') continue;
      begun.owners[block] = undefined;
      begun.free += 1;
      begun.here -= 1;
      this.#onFreed(piece, begun);
    }
  }

  /** The piece is verified and written: `have`. */
  onVerified(piece: number): void {
    this.#endVerifying(piece);
    this.#have.add(piece);
    this.#suspect.delete(piece);
    if (this.#priorities[piece] === skipped) return;
    this.#piecesLeft -= 1;
    for (const peer of this.#peers) if (peer.pieces.has(piece)) peer.wanted -= 1;
  }

  /**
   * The piece is not what it should be: all its blocks are lacking again. `alone`: they come from one peer alone the next
   * time, so that it can be told who sends wrong ones.
   */
  onVerifyFailed(piece: number, alone = false): void {
    this.#endVerifying(piece);
    if (alone) this.#suspect.add(piece);
    this.#makeMissing(piece);
  }

  /** One of the best pieces to request next; where there is a choice, one that goes on with a stretch. */
  #draw(peer: PickerPeer): number | undefined {
    const { keys } = this.#board;
    const beside = this.#besideOf(peer);
    let piece = beside;
    if (beside === undefined || !peer.candidates.isLowest(keys[beside]!)) {
      const drawn = peer.candidates.draw(this.#random);
      if (drawn === undefined) return undefined;
      if (beside === undefined || keys[beside] !== keys[drawn]) piece = this.#startOfStretch(peer, drawn);
    }
    peer.beside = (piece! + 1) % this.#stretch === 0 ? undefined : piece! + 1;
    return piece;
  }

  /** The first piece of a stretch that is as good as the one drawn: what is begun in its middle leaves a part behind. */
  #startOfStretch({ pieces }: PickerPeer, drawn: number): number {
    const { keys, missing } = this.#board;
    let piece = drawn - (drawn % this.#stretch);
    while (keys[piece] !== keys[drawn] || !missing.has(piece) || !pieces.has(piece)) piece += 1;
    return piece;
  }

  /** What goes on with the peer's stretch. */
  #besideOf({ beside, pieces }: PickerPeer): number | undefined {
    return beside !== undefined && this.#board.missing.has(beside) && pieces.has(beside) ? beside : undefined;
  }

  /**
   * Has the peer owe free blocks of a begun piece, as many as there are and there is room for. Returns how many these
   * are, and adds them to `picks`.
   */
  #ask(peer: PickerPeer, piece: number, firstReason: PickReason, room: number, picks: Pick[]): number {
    const begun = this.#begun.get(piece)!;
    const { owners, ranks } = begun;
    let reason = firstReason;
    let asked = 0;
    for (let block = owners.indexOf(undefined); block >= 0 && asked < room; ) {
      let end = block;
      for (; end < owners.length && owners[end] === undefined && asked < room; end += 1) {
        owners[end] = peer;
        ranks[end] = this.#asked;
        asked += 1;
      }
      picks.push({ piece, block, count: end - block, reason });
      reason = toFinish;
      block = owners.indexOf(undefined, end);
    }
    this.#asked += 1;
    begun.free -= asked;
    this.#noteOpen(piece, begun);
    return asked;
  }

  /** A block that was lacking is here. Notes in `others` who need not send it any more. */
  #take(sender: PickerPeer, piece: number, block: number, begun: BegunPiece, others: OwedBlock[]): void {
    const owner = begun.owners[block];
    begun.owners[block] = 'here';
    begun.here += 1;
    if (owner === undefined) begun.free -= 1;
    else if (owner !== sender && owner !== 'here') others.push({ piece, block, by: owner });
    if (this.#seconds.size === 0) return;
    const number = this.#layout.numberOf(piece, block);
    const second = this.#seconds.get(number);
    this.#seconds.delete(number);
    if (second !== undefined && second !== sender) others.push({ piece, block, by: second });
  }

  /** The blocks of a begun piece that a peer owes, alone or besides another. */
  #owedBy(peer: PickerPeer, piece: number, { owners }: BegunPiece): Block[] {
    return [...owners.keys()]
      .filter(
        block => owners[block] === peer || this.#seconds.get(this.#layout.numberOf(piece, block)) === peer,
      )
      .map(block => ({ piece, block }));
  }

  #reasonFor(piece: number): PickReason {
    if (this.#strategy === 'random') return atRandom;
    return { rule: 'rarest', copies: this.availabilityOf(piece), peers: this.#peers.size };
  }

  #canPickFrom(peer: PickerPeer): boolean {
    for (const piece of this.#open) if (this.#mayAsk(peer, piece)) return true;
    return peer.candidates.draw(this.#random) !== undefined;
  }

  /** Whether a begun piece may be asked of a peer; `alone`: one that nobody else has a part in. */
  #mayAsk(peer: PickerPeer, piece: number, alone = false): boolean {
    if (!peer.pieces.has(piece) || this.#priorities[piece] === skipped) return false;
    const { only } = this.#begun.get(piece)!;
    return only === peer || (only === undefined && !alone);
  }

  #isWanted(piece: number): boolean {
    return this.#priorities[piece] !== skipped && !this.#have.has(piece);
  }

  #begin(piece: number, peer: PickerPeer, alone = false): BegunPiece {
    const blocks = this.#layout.blocksIn(piece);
    const only = alone || this.#suspect.has(piece) ? peer : undefined;
    const begun: BegunPiece = {
      owners: new Array(blocks).fill(undefined),
      ranks: new Array(blocks).fill(0),
      free: blocks,
      here: 0,
      only,
    };
    this.#begun.set(piece, begun);
    this.#board.missing.delete(piece);
    return begun;
  }

  /** A piece of which nothing is owed or here is missing again. */
  #onFreed(piece: number, begun: BegunPiece): void {
    this.#noteOpen(piece, begun);
    if (begun.free === begun.owners.length) this.#forget(piece);
  }

  /** Nothing of a begun piece is requested or here any more, for all we care. */
  #forget(piece: number): void {
    this.#begun.delete(piece);
    this.#open.delete(piece);
    this.#makeMissing(piece);
  }

  #noteOpen(piece: number, begun: BegunPiece): void {
    if (begun.free > 0) this.#open.add(piece);
    else this.#open.delete(piece);
  }

  #makeMissing(piece: number): void {
    if (this.#priorities[piece] === skipped) return;
    this.#board.missing.add(piece);
    for (const peer of this.#peers) if (peer.pieces.has(piece)) peer.candidates.onCandidate(piece);
  }

  #endVerifying(piece: number): void {
    if (!this.#verifying.delete(piece)) throw new Error(`piece ${piece} is not being verified`);
  }

  #forgetCopies(peer: PickerPeer): void {
    const fall = new KeyFall(this.#layout.pieceCount);
    const { keys, missing } = this.#board;
    peer.pieces.forEach(piece => {
      this.#copies[piece]! -= 1;
      if (!this.#isByCopies) return;
      const key = this.#keyOf(piece);
      if (key === keys[piece]) return;
      keys[piece] = key;
      if (missing.has(piece)) fall.note(piece, key);
    });
    if (!this.#isByCopies) return;
    for (const other of this.#peers) other.candidates.onKeysFell(fall);
  }

  #addCopy(piece: number): void {
    this.#copies[piece]! += 1;
    if (this.#isByCopies) this.#board.keys[piece] = this.#keyOf(piece);
  }

  get #isByCopies(): boolean {
    return this.#strategy === 'rarest' && !this.#isSequential;
  }

  /** Lower is sooner. With equal keys, the lowest key of all is everyone's: rarest first becomes random. */
  #keyOf(piece: number): number {
    const rank = (highestPriority - this.#priorities[piece]!) << keyBits;
    if (this.#isSequential) return rank | Math.floor((piece * highestOrder) / this.#layout.pieceCount);
    return this.#strategy === 'rarest' ? rank | Math.min(this.#copies[piece]!, highestOrder) : rank;
  }

  /** Goes by priorities and order from now on: which pieces are missing, in what order, and who has them. */
  #layOut(): void {
    const { keys, missing } = this.#board;
    this.#piecesLeft = 0;
    for (let piece = 0; piece < this.#layout.pieceCount; piece += 1) {
      keys[piece] = this.#keyOf(piece);
      const isWanted = this.#isWanted(piece);
      if (isWanted) this.#piecesLeft += 1;
      if (isWanted && !this.#begun.has(piece) && !this.#verifying.has(piece)) missing.add(piece);
      else missing.delete(piece);
    }
    for (const peer of this.#peers) {
      peer.wanted = 0;
      peer.pieces.forEach(piece => {
        if (this.#isWanted(piece)) peer.wanted += 1;
      });
      peer.candidates.onCandidates();
    }
  }
}

type Owner = BegunPiece['owners'][number];

function isOwed(owner: Owner): owner is PickerPeer {
  return owner !== undefined && owner !== 'here';
}
