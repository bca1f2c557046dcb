import { Bitfield } from './bitfield.ts';
import type { JournalEvent, JournalFact, PeerId, PickReason, ReleaseReason, Stamp } from './journal.ts';

/**
 * A journal in memory, small and without loss: numbers of an event in columns, the few facts that need more beside
 * them. The host records a swarm on a tape and the screen keeps a copy of it; pages of rows travel between the two.
 */

/** A fact that fits no columns. Bitfields are bytes here, which a carrier moves as they are. */
export type RichFact =
  | Exclude<JournalFact, { kind: 'started' | 'received-bitfield' }>
  | WithBytes<Extract<JournalFact, { kind: 'started' | 'received-bitfield' }>>;

type WithBytes<F extends { bitfield: string }> = F extends F
  ? Omit<F, 'bitfield'> & { readonly bitfield: Uint8Array }
  : never;

/** Some rows in a row, as they travel. */
export interface TapePage {
  /** The number of the first row. */
  readonly from: number;
  readonly count: number;
  /** The columns one after the other, widest first, little-endian. */
  readonly rows: Uint8Array;
  /** The rows' rich facts, in order. */
  readonly rich: readonly RichFact[];
  /** The tape's peers that the reader does not know yet, in the order of their numbers. */
  readonly peers: readonly PeerId[];
}

const rowsPerChunk = 16_384;
/** Peer number of facts that concern nobody, or of a rich fact, which names its peer itself. */
const nobody = 0xffff;
const bytesPerRow = 8 + 8 + 4 + 4 + 4 + 2 + 1;

const kinds = [
  'rich',
  'received-have',
  'requested',
  'request-released',
  'piece-received',
  'piece-completed',
  'uploaded',
  'received-interested',
  'received-not-interested',
  'received-choke',
  'received-unchoke',
  'sent-interested',
  'sent-not-interested',
  'sent-choke',
] as const;
type RowKind = (typeof kinds)[number];
const kindCode = Object.fromEntries(kinds.map((kind, code) => [kind, code])) as Record<RowKind, number>;

const pickRules = ['random', 'rarest', 'begun', 'endgame'] as const;
const releaseReasons = [
  'choked',
  'disconnected',
  'timed-out',
  'wrong-piece',
  'rejected',
  'cancelled',
] as const;

/** The columns of up to `rowsPerChunk` rows. */
class Chunk {
  readonly at: Float64Array;
  readonly wall: Float64Array;
  /** A piece; of a rich fact its number in `rich`. */
  readonly piece: Uint32Array;
  /** Offset of a block, or a count. */
  readonly x: Uint32Array;
  /** Length of a block, or a reason. */
  readonly y: Uint32Array;
  readonly peer: Uint16Array;
  readonly kind: Uint8Array;

  constructor(count: number, buffer = new ArrayBuffer(count * bytesPerRow)) {
    let offset = 0;
    const take = (width: number) => {
      const start = offset;
      offset += width * count;
      return start;
    };
    this.at = new Float64Array(buffer, take(8), count);
    this.wall = new Float64Array(buffer, take(8), count);
    this.piece = new Uint32Array(buffer, take(4), count);
    this.x = new Uint32Array(buffer, take(4), count);
    this.y = new Uint32Array(buffer, take(4), count);
    this.peer = new Uint16Array(buffer, take(2), count);
    this.kind = new Uint8Array(buffer, take(1), count);
  }

  /** Copies rows of another chunk to `start` on. */
  copy(other: Chunk, from: number, to: number, start: number): void {
    this.at.set(other.at.subarray(from, to), start);
    this.wall.set(other.wall.subarray(from, to), start);
    this.piece.set(other.piece.subarray(from, to), start);
    this.x.set(other.x.subarray(from, to), start);
    this.y.set(other.y.subarray(from, to), start);
    this.peer.set(other.peer.subarray(from, to), start);
    this.kind.set(other.kind.subarray(from, to), start);
  }
}

export class Tape {
  readonly #chunks: Chunk[] = [];
  readonly #rich: RichFact[] = [];
  readonly #peers: PeerId[] = [];
  readonly #peerNumbers = new Map<PeerId, number>();
  #length = 0;

  /** How many events are on the tape; their `seq` count from 0. */
  get length(): number {
    return this.#length;
  }

  /** Records the next event. Its `seq` is its place, whatever it says. */
  append(event: JournalEvent): void {
    const row = this.#newRow();
    const chunk = this.#chunks[this.#chunks.length - 1]!;
    chunk.at[row] = event.atMs;
    chunk.wall[row] = event.wallMs;
    this.#writeFact(chunk, row, event);
    this.#length += 1;
  }

  /**
   * Appends rows of another tape, which must begin where this one ends.
   * @throws RangeError when they do not, or when the page is not what it says; then nothing is appended.
   */
  appendPage({ from, count, rows, rich, peers }: TapePage): void {
    if (from !== this.#length) throw new RangeError(`rows from ${from} cannot follow ${this.#length} rows`);
    if (rows.byteLength !== count * bytesPerRow)
      throw new RangeError(`${rows.byteLength} bytes are not ${count} rows`);
    // A copy, since views of wider numbers must begin at a multiple of their width.
    const page = new Chunk(count, new Uint8Array(rows).buffer);
    const newPeers = peers.filter(peer => !this.#peerNumbers.has(peer));
    this.#renumber(page, rich, this.#peers.length + newPeers.length);
    for (const peer of newPeers) this.#numberOf(peer);
    for (const fact of rich) this.#rich.push(fact);
    for (let done = 0; done < count; ) {
      const row = this.#newRow();
      const here = Math.min(count - done, rowsPerChunk - row);
      this.#chunks[this.#chunks.length - 1]!.copy(page, done, done + here, row);
      this.#length += here;
      done += here;
    }
  }

  /** Lets the rows of a page point to their rich facts as they will stand here, and checks what else they point to. */
  #renumber({ kind, piece, peer }: Chunk, rich: readonly RichFact[], peerCount: number): void {
    let richSeen = 0;
    for (let row = 0; row < kind.length; row += 1) {
      const code = kind[row]!;
      if (code === kindCode.rich) piece[row] = this.#rich.length + richSeen++;
      else if (code >= kinds.length) throw new RangeError(`there is no kind ${code}`);
      else if (peer[row]! >= peerCount) throw new RangeError(`there is no peer number ${peer[row]}`);
    }
    if (richSeen !== rich.length) throw new RangeError(`${rich.length} rich facts for ${richSeen} rows`);
  }

  /** Up to `most` rows from one on. `knownPeers` of the tape's peers are known to the reader. */
  page(from: number, most: number, knownPeers = 0): TapePage {
    const count = Math.max(0, Math.min(most, this.#length - from));
    const page = new Chunk(count);
    const rich: RichFact[] = [];
    for (let done = 0; done < count; ) {
      const start = (from + done) % rowsPerChunk;
      const here = Math.min(count - done, rowsPerChunk - start);
      page.copy(this.#chunkOf(from + done), start, start + here, done);
      done += here;
    }
    for (let i = 0; i < count; i += 1) {
      if (page.kind[i] === kindCode.rich) rich.push(this.#rich[page.piece[i]!]!);
    }
    return { from, count, rows: new Uint8Array(page.at.buffer), rich, peers: this.#peers.slice(knownPeers) };
  }

  /** How many peers have numbers. */
  get peerCount(): number {
    return this.#peers.length;
  }

  /** Milliseconds since the swarm started. */
  atMs(seq: number): number {
    return this.#chunkOf(seq).at[seq % rowsPerChunk]!;
  }

  /** Milliseconds since the Unix epoch. */
  wallMs(seq: number): number {
    return this.#chunkOf(seq).wall[seq % rowsPerChunk]!;
  }

  kind(seq: number): JournalFact['kind'] {
    const chunk = this.#chunkOf(seq);
    const row = seq % rowsPerChunk;
    const kind = kinds[chunk.kind[row]!]!;
    return kind === 'rich' ? this.#rich[chunk.piece[row]!]!.kind : kind;
  }

  /** How many events had happened by a time: the number of the first one later than it. */
  countUntil(atMs: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.atMs(middle) <= atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The event exactly as it was recorded. */
  event(seq: number): JournalEvent {
    const chunk = this.#chunkOf(seq);
    const row = seq % rowsPerChunk;
    // In place, since a spread would cost more than all the rest.
    const event = this.#readFact(chunk, row) as JournalFact & { -readonly [Key in keyof Stamp]: Stamp[Key] };
    event.seq = seq;
    event.atMs = chunk.at[row]!;
    event.wallMs = chunk.wall[row]!;
    return event;
  }

  #chunkOf(seq: number): Chunk {
    if (!(seq >= 0 && seq < this.#length)) throw new RangeError(`there is no event ${seq}`);
    return this.#chunks[Math.floor(seq / rowsPerChunk)]!;
  }

  #newRow(): number {
    if (this.#length === this.#chunks.length * rowsPerChunk) this.#chunks.push(new Chunk(rowsPerChunk));
    return this.#length % rowsPerChunk;
  }

  #numberOf(peer: PeerId): number {
    const known = this.#peerNumbers.get(peer);
    if (known !== undefined) return known;
    const number = this.#peers.length;
    if (number >= nobody) throw new RangeError(`a tape holds ${nobody} peers`);
    this.#peers.push(peer);
    this.#peerNumbers.set(peer, number);
    return number;
  }

  #writeFact(chunk: Chunk, row: number, event: JournalEvent): void {
    switch (event.kind) {
      case 'received-have':
      case 'piece-received':
        return this.#write(chunk, row, event.kind, event.peer, event.piece, 0, 0);
      case 'piece-completed':
        return this.#write(chunk, row, event.kind, event.peer, event.piece, event.count, 0);
      case 'uploaded':
        return this.#write(chunk, row, event.kind, event.peer, event.piece, event.offset, event.length);
      case 'request-released':
        return this.#write(
          chunk,
          row,
          event.kind,
          event.peer,
          event.piece,
          event.offset,
          releaseReasons.indexOf(event.reason),
        );
      case 'received-interested':
      case 'received-not-interested':
      case 'received-choke':
      case 'received-unchoke':
      case 'sent-interested':
      case 'sent-not-interested':
      case 'sent-choke':
        return this.#write(chunk, row, event.kind, event.peer, 0, 0, 0);
      case 'requested':
        if (!isCompactRequest(event)) break;
        return this.#write(
          chunk,
          row,
          event.kind,
          event.peer,
          event.piece,
          event.length,
          codeOf(event.reason),
        );
      default:
    }
    chunk.kind[row] = kindCode.rich;
    chunk.peer[row] = nobody;
    chunk.piece[row] = this.#rich.length;
    this.#rich.push(toRich(event));
  }

  #write(chunk: Chunk, row: number, kind: RowKind, peer: PeerId, piece: number, x: number, y: number): void {
    chunk.kind[row] = kindCode[kind];
    chunk.peer[row] = this.#numberOf(peer);
    chunk.piece[row] = piece;
    chunk.x[row] = x;
    chunk.y[row] = y;
  }

  /** A new object. */
  #readFact(chunk: Chunk, row: number): JournalFact {
    const kind = kinds[chunk.kind[row]!]!;
    const piece = chunk.piece[row]!;
    if (kind === 'rich') return fromRich(this.#rich[piece]!);
    const peer = this.#peers[chunk.peer[row]!]!;
    const x = chunk.x[row]!;
    const y = chunk.y[row]!;
    switch (kind) {
      case 'received-have':
      case 'piece-received':
        return { kind, peer, piece };
      case 'piece-completed':
        return { kind, peer, piece, count: x };
      case 'uploaded':
        return { kind, peer, piece, offset: x, length: y };
      case 'request-released':
        return { kind, peer, piece, offset: x, reason: releaseReasons[y] as ReleaseReason };
      case 'requested':
        return { kind, peer, piece, offset: 0, length: x, reason: reasonOf(y) };
      default:
        return { kind, peer };
    }
  }
}

/** Requests of whole pieces, which is what the course protocol knows; others are rich facts. */
function isCompactRequest({ offset, reason }: Extract<JournalFact, { kind: 'requested' }>): boolean {
  return offset === 0 && (reason.rule !== 'rarest' || (reason.copies < 0x8000 && reason.peers < 0x8000));
}

/** Two bits for the rule, fifteen each for copies and peers. */
function codeOf(reason: PickReason): number {
  const rule = pickRules.indexOf(reason.rule);
  return reason.rule === 'rarest' ? (rule | (reason.copies << 2) | (reason.peers << 17)) >>> 0 : rule;
}

function reasonOf(code: number): PickReason {
  const rule = pickRules[code & 3]!;
  return rule === 'rarest' ? { rule, copies: (code >>> 2) & 0x7fff, peers: code >>> 17 } : { rule };
}

function toRich(event: JournalEvent): RichFact {
  const { seq: _seq, atMs: _atMs, wallMs: _wallMs, ...fact } = event;
  if (fact.kind !== 'started' && fact.kind !== 'received-bitfield') return fact;
  return { ...fact, bitfield: bytesOf(fact.bitfield) };
}

function fromRich(fact: RichFact): JournalFact {
  if (fact.kind !== 'started' && fact.kind !== 'received-bitfield') return { ...fact };
  return { ...fact, bitfield: hexOf(fact.bitfield) };
}

function bytesOf(hex: string): Uint8Array {
  return Bitfield.fromHex(hex, hex.length * 4).toBytes();
}

function hexOf(bytes: Uint8Array): string {
  return Bitfield.from(bytes, bytes.length * 8).toHex();
}
