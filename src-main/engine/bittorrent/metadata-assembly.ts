import { areEqual } from './bytes.ts';
import { metadataPieceCount, metadataPieceLength } from './extension.ts';

/** A piece asked of somebody for longer than this is asked of the next one that has nothing else to do. */
const nextAskAfterMs = 2_000;

interface ReceivedPiece<Source> {
  readonly from: Source;
  readonly bytes: Uint8Array;
}

/**
 * The info dictionary in the making (BEP 9), of one length: which piece to ask of whom, and who is to blame when the whole
 * is wrong. Pieces have no hashes of their own, so once a whole from several sources was wrong, all of it is asked of one
 * source at a time: whoever gives a wrong whole alone has lied.
 */
export class MetadataAssembly<Source> {
  /** In bytes. */
  readonly size: number;
  readonly #pieces: (ReceivedPiece<Source> | undefined)[];
  /** Who was asked when, by piece. */
  readonly #asked: Map<Source, number>[];
  /** What the first wrong whole was made of. */
  readonly #suspects: ReceivedPiece<Source>[] = [];
  #isOneAtATime = false;
  /** The only one that is asked now, where it is one at a time. */
  #only: { readonly source: Source; readonly since: number } | undefined;
  #received = 0;
  #receivedBytes = 0;

  constructor(size: number) {
    this.size = size;
    const count = metadataPieceCount(size);
    this.#pieces = Array(count).fill(undefined);
    this.#asked = Array.from({ length: count }, () => new Map());
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  get isComplete(): boolean {
    return this.#received === this.#pieces.length;
  }

  /** Who alone is asked now, and since when; undefined when several may be. */
  get only(): { readonly source: Source; readonly since: number } | undefined {
    return this.#only;
  }

  /** The piece to ask of this source next, which counts as asked from now on; undefined when there is none. */
  pick(source: Source, now: number): number | undefined {
    if (this.isComplete) return undefined;
    if (this.#isOneAtATime) this.#only ??= { source, since: now };
    if (this.#only !== undefined && this.#only.source !== source) return undefined;
    const piece =
      this.#lacking(asked => asked.size === 0) ?? this.#lacking(asked => isLate(asked, source, now));
    if (piece !== undefined) this.#asked[piece]!.set(source, now);
    return piece;
  }

  /** Takes a piece and keeps its bytes. Says whether it was asked of this source and still lacking. */
  receive(source: Source, piece: number, bytes: Uint8Array): boolean {
    const wasAsked = this.#asked[piece]?.delete(source) ?? false;
    if (!wasAsked || this.#pieces[piece] !== undefined) return false;
    this.#pieces[piece] = { from: source, bytes };
    this.#received += 1;
    this.#receivedBytes += bytes.length;
    return true;
  }

  /** The source will not answer for this piece. */
  withdraw(source: Source, piece: number): void {
    this.#asked[piece]?.delete(source);
  }

  /** The source is gone; what it gave stays, unless it was to give everything alone. */
  forget(source: Source): void {
    for (const asked of this.#asked) asked.delete(source);
    if (this.#only?.source !== source) return;
    this.#only = undefined;
    this.#empty();
  }

  /** All of it; only when it is complete. */
  whole(): Uint8Array {
    const whole = new Uint8Array(this.size);
    for (const [i, piece] of this.#pieces.entries()) whole.set(piece!.bytes, i * metadataPieceLength);
    return whole;
  }

  /** The complete whole is wrong: begins anew. Returns who has lied, when that is certain. */
  reject(): Source | undefined {
    const pieces = this.#pieces.map(piece => piece!);
    const sources = new Set(pieces.map(({ from }) => from));
    this.#empty();
    const [liar] = sources;
    if (sources.size === 1) {
      if (this.#only?.source === liar) this.#only = undefined;
      return liar;
    }
    if (!this.#isOneAtATime) this.#suspects.push(...pieces);
    this.#isOneAtATime = true;
    return undefined;
  }

  /** Who gave something else than what has turned out to be right. */
  liars(whole: Uint8Array): Set<Source> {
    const isWrong = ({ bytes }: ReceivedPiece<Source>, piece: number) => {
      const start = piece * metadataPieceLength;
      return !areEqual(bytes, whole.subarray(start, start + bytes.length));
    };
    return new Set(this.#suspects.filter(isWrong).map(({ from }) => from));
  }

  #lacking(test: (asked: ReadonlyMap<Source, number>) => boolean): number | undefined {
    const piece = this.#pieces.findIndex((received, at) => received === undefined && test(this.#asked[at]!));
    return piece === -1 ? undefined : piece;
  }

  #empty(): void {
    this.#pieces.fill(undefined);
    for (const asked of this.#asked) asked.clear();
    this.#received = 0;
    this.#receivedBytes = 0;
  }
}

function isLate<Source>(asked: ReadonlyMap<Source, number>, source: Source, now: number): boolean {
  const askedAt = [...asked.values()].at(-1);
  return askedAt !== undefined && !asked.has(source) && now - askedAt >= nextAskAfterMs;
}
