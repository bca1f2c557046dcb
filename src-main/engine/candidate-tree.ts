import type { Bitfield } from '../../src-shared/bitfield.ts';
import type { Random } from './ports.ts';

const wordsPerLeaf = 4;
const piecesPerLeaf = 32 * wordsPerLeaf;
const topBit = 0x8000_0000;

/** The key of a leaf without candidates. */
const noKey = 0xffff;

const leavesFor = (pieceCount: number): number => Math.max(1, Math.ceil(pieceCount / piecesPerLeaf));
const leafOf = (piece: number): number => Math.floor(piece / piecesPerLeaf);

/** A set of pieces in 32-bit words, piece 0 in the top bit of word 0, so that two sets meet a word at a time. */
export class PieceSet {
  readonly words: Uint32Array;

  constructor(pieceCount: number) {
    this.words = new Uint32Array(leavesFor(pieceCount) * wordsPerLeaf);
  }

  static from(bitfield: Bitfield): PieceSet {
    const set = new PieceSet(bitfield.size);
    for (const [i, byte] of bitfield.toBytes().entries()) set.words[i >> 2]! |= byte << (24 - 8 * (i & 3));
    return set;
  }

  has(piece: number): boolean {
    return (this.words[piece >>> 5]! & (topBit >>> (piece & 31))) !== 0;
  }

  add(piece: number): void {
    this.words[piece >>> 5]! |= topBit >>> (piece & 31);
  }

  delete(piece: number): void {
    this.words[piece >>> 5]! &= ~(topBit >>> (piece & 31));
  }

  get isEmpty(): boolean {
    return this.words.every(word => word === 0);
  }

  /** In ascending order. */
  forEach(visit: (piece: number) => void): void {
    for (let word = 0; word < this.words.length; word += 1) {
      for (let bits = this.words[word]!; bits !== 0; ) {
        const bit = Math.clz32(bits);
        bits &= ~(topBit >>> bit);
        visit(word * 32 + bit);
      }
    }
  }
}

/** What all the trees of a picker look at, and what they never change. */
export interface PieceBoard {
  /** The pieces of which nothing is requested or here. */
  readonly missing: PieceSet;
  /** By piece: the lower, the better. Below 0xffff. */
  readonly keys: Uint16Array;
}

/**
 * The candidates of one peer, that is, the missing pieces it has, ready for drawing one of those with the lowest
 * key. The pieces lie in leaves of 128, and a binary tree above the leaves knows the lowest key below each node and
 * how many candidates have it.
 *
 * Both numbers are bounds: no candidate has a lower key, and no more than that many have this one. So a candidate
 * may go, or its key rise, without a word to any tree: with hundreds of peers that is what happens most. `draw`
 * repairs the leaves it meets. A tree must be told when a candidate comes or a key falls.
 */
export class CandidateTree {
  readonly #pieces: PieceSet;
  readonly #board: PieceBoard;
  readonly #leaves: number;
  /** Node 1 is the root, the children of i are 2i and 2i + 1, and the leaves come last. */
  readonly #lowest: Uint16Array;
  readonly #count: Uint32Array;

  /** `pieces` is what the peer has, kept up to date by the owner, who says so by `onCandidate` and `onCandidates`. */
  constructor(pieces: PieceSet, board: PieceBoard) {
    this.#pieces = pieces;
    this.#board = board;
    this.#leaves = pieces.words.length / wordsPerLeaf;
    this.#lowest = new Uint16Array(2 * this.#leaves).fill(noKey);
    this.#count = new Uint32Array(2 * this.#leaves);
  }

  /** One of the candidates with the lowest key, each with the same chance. It stays a candidate. */
  draw(random: Random): number | undefined {
    for (let key = this.#lowest[1]!; key !== noKey; key = this.#lowest[1]!) {
      let rank = Math.floor(random() * this.#count[1]!);
      let node = 1;
      while (node < this.#leaves) {
        node *= 2;
        const onTheLeft = this.#lowest[node] === key ? this.#count[node]! : 0;
        if (rank >= onTheLeft) {
          rank -= onTheLeft;
          node += 1;
        }
      }
      const leaf = node - this.#leaves;
      this.#countLeaf(leaf);
      this.#combineAbove(node);
      // A rank beyond the true count met a bound that was out of date. To draw afresh keeps the chances equal, and
      // comes to an end: the leaf is exact now, and stays so until something in it changes.
      if (this.#lowest[node] === key && rank < this.#count[node]!) return this.#find(leaf, key, rank);
    }
    return undefined;
  }

  /** Whether no candidate has a lower key, for sure. */
  isLowest(key: number): boolean {
    return key <= this.#lowest[1]!;
  }

  /** A piece the peer has became missing, or the peer got a missing piece. */
  onCandidate(piece: number): void {
    const node = this.#leaves + leafOf(piece);
    const key = this.#board.keys[piece]!;
    if (key > this.#lowest[node]!) return;
    this.#count[node] = key === this.#lowest[node] ? Math.min(this.#count[node]! + 1, piecesPerLeaf) : 1;
    this.#lowest[node] = key;
    this.#combineAbove(node);
  }

  /** The same for many pieces at once. */
  onCandidates(): void {
    for (let leaf = 0; leaf < this.#leaves; leaf += 1) this.#countLeaf(leaf);
    this.#combineAll();
  }

  /** Keys fell by one each: `fall` has, by leaf, the lowest value that one of them fell to. */
  onKeysFell(fall: KeyFall): void {
    for (let leaf = 0; leaf < this.#leaves; leaf += 1) {
      const node = this.#leaves + leaf;
      const lowest = this.#lowest[node]!;
      const fallen = fall.lowest[leaf]!;
      if (fallen > lowest || lowest === noKey) continue;
      if (fallen < lowest) this.#lowest[node] = lowest - 1;
      this.#count[node] = piecesPerLeaf;
    }
    this.#combineAll();
  }

  #countLeaf(leaf: number): void {
    const { keys, missing } = this.#board;
    let lowest = noKey;
    let count = 0;
    for (let word = leaf * wordsPerLeaf; word < (leaf + 1) * wordsPerLeaf; word += 1) {
      for (let bits = this.#pieces.words[word]! & missing.words[word]!; bits !== 0; ) {
        const bit = Math.clz32(bits);
        bits &= ~(topBit >>> bit);
        const key = keys[word * 32 + bit]!;
        if (key < lowest) {
          lowest = key;
          count = 1;
        } else if (key === lowest) count += 1;
      }
    }
    this.#lowest[this.#leaves + leaf] = lowest;
    this.#count[this.#leaves + leaf] = count;
  }

  /** The candidate of a leaf with `rank` others of the same key before it. */
  #find(leaf: number, key: number, rank: number): number {
    const { keys, missing } = this.#board;
    let before = rank;
    for (let piece = leaf * piecesPerLeaf; ; piece += 1) {
      if (!this.#pieces.has(piece) || !missing.has(piece) || keys[piece] !== key) continue;
      if (before === 0) return piece;
      before -= 1;
    }
  }

  #combineAll(): void {
    for (let node = this.#leaves - 1; node >= 1; node -= 1) this.#combine(node);
  }

  #combineAbove(node: number): void {
    for (let above = node >> 1; above >= 1; above >>= 1) this.#combine(above);
  }

  #combine(node: number): void {
    const left = 2 * node;
    const right = left + 1;
    const leftKey = this.#lowest[left]!;
    const rightKey = this.#lowest[right]!;
    this.#lowest[node] = Math.min(leftKey, rightKey);
    this.#count[node] =
      (leftKey <= rightKey ? this.#count[left]! : 0) + (rightKey <= leftKey ? this.#count[right]! : 0);
  }
}

/** Notes where keys fall, so that every tree can follow without looking at every piece. */
export class KeyFall {
  /** By leaf. */
  readonly lowest: Uint16Array;

  constructor(pieceCount: number) {
    this.lowest = new Uint16Array(leavesFor(pieceCount)).fill(noKey);
  }

  note(piece: number, key: number): void {
    const leaf = leafOf(piece);
    this.lowest[leaf] = Math.min(this.lowest[leaf]!, key);
  }
}
