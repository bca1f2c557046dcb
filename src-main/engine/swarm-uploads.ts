import { RateMeter } from '../../src-shared/rate-meter.ts';
import type { Peer, UploadRequest } from './peer.ts';
import type { StorageFailure, StoredBytes } from './ports.ts';
import { Allowance, RateLimiter } from './rate-limiter.ts';
import type { SwarmContext } from './swarm-context.ts';
import { reasonToTalk } from './talk-budget.ts';

/** Requests one neighbour may have waiting; more is no way to download. */
const longestQueue = 500;
/** No more is read from storage for a link that has this much unsent. */
const unsentBytesLimit = 512 * 1024;

/**
 * Serves what unchoked neighbours ask for, in turn and within the upload limit, reading little ahead for each. Where the limit
 * holds us back, turns are fair by bytes, however much each asks for in one request (surplus round robin: a deficit round
 * robin that gives first and is paid back).
 */
export class Uploads {
  /** What all neighbours got from us, departed ones included. */
  readonly meter: RateMeter;
  readonly #context: SwarmContext;
  readonly #limiter: RateLimiter;
  readonly #allowance: Allowance;
  /** Neighbours with requests waiting, in the order they are served. */
  readonly #turns = new Set<Peer>();
  #callOffWait: (() => void) | undefined;

  constructor(context: SwarmContext) {
    this.#context = context;
    this.meter = new RateMeter(context.ports.clock.now());
    const { uploadBytesPerSecond, limits } = context.settings;
    this.#limiter = new RateLimiter(uploadBytesPerSecond, context.ports.clock.now());
    this.#allowance = new Allowance([this.#limiter, ...(limits?.upload ?? [])]);
  }

  /** Queues what is asked for until the next `serve`. Returns why the neighbour must be dropped, if it must. */
  onRequest(peer: Peer, upload: UploadRequest): string | undefined {
    const { layout, dialect } = this.#context;
    const isPossible = layout.isWithinPiece(upload.piece, upload.offset, upload.length);
    // The course has rules for it; in BitTorrent nobody does so by mistake.
    if (!isPossible && dialect.handshake.bitTorrent !== undefined)
      return `it requested ${upload.length} bytes at ${upload.offset} of piece ${upload.piece}, which do not exist`;
    this.#take(peer, upload, isPossible);
    return undefined;
  }

  #take(peer: Peer, upload: UploadRequest, isPossible: boolean): void {
    const { have, note } = this.#context;
    if (peer.amChoking) return this.#reject(peer, [upload]); // section 6.5, A15
    if (!isPossible) {
      return note(peer, 'request', `it requested piece ${upload.piece}, which does not exist; ignored`);
    }
    if (!have.has(upload.piece)) {
      this.#reject(peer, [upload]);
      return note(
        peer,
        'request-lacking',
        `it requested piece ${upload.piece}, which we do not have; ignored`,
      );
    }
    if (peer.uploads.length >= longestQueue) {
      this.#reject(peer, [upload]);
      return note(
        peer,
        'request-flood',
        `it has more than ${longestQueue} requests waiting; further ones are ignored`,
      );
    }
    peer.uploads.push(upload);
    this.#turns.add(peer);
  }

  /** Starts every read that may start now. */
  serve(): void {
    const { blockLength } = this.#context.layout;
    for (const peer of this.#turns) {
      if (this.#isBusyFor(peer)) continue;
      const upload = peer.uploads[0];
      if (upload === undefined) {
        this.#turns.delete(peer);
        continue;
      }
      if (peer.uploadDebt > 0) {
        peer.uploadDebt -= blockLength;
        this.#toEnd(peer);
        continue;
      }
      if (!this.#mayTake()) return;
      const uploads = peer.uploads.splice(0, this.#runOf(peer.uploads));
      const length = lengthOf(uploads);
      if (this.#allowance.portion !== Number.POSITIVE_INFINITY) peer.uploadDebt = length - blockLength;
      this.#allowance.spend(length);
      this.#toEnd(peer);
      this.#read(peer, uploads, length);
    }
  }

  /** To the end of the line, which `serve` comes to again: who has waited longest is served next. */
  #toEnd(peer: Peer): void {
    this.#turns.delete(peer);
    this.#turns.add(peer);
  }

  onRead(peer: Peer, uploads: readonly UploadRequest[], stored: StoredBytes): void {
    const { peers, ports, record, post } = this.#context;
    const { length } = stored.bytes;
    peer.readingBytes -= length;
    if (peers.get(peer.id) !== peer || peer.amChoking) {
      stored.release();
      this.#reject(peer, uploads);
      return this.serve();
    }
    let at = 0;
    const messages = uploads.map(({ piece, offset, length }) => {
      const bytes = stored.bytes.subarray(at, at + length);
      at += length;
      return { type: 'piece', piece, offset, bytes } as const;
    });
    peer.connection.sendAll(messages, () => {
      stored.release();
      post({ type: 'upload-sent', peer });
    });
    peer.talk.earn((length / this.#context.layout.blockLength) * reasonToTalk);
    this.meter.add(length, ports.clock.now());
    peer.sent.add(length, ports.clock.now());
    for (const { piece, offset, length } of byPiece(uploads)) {
      record({ kind: 'uploaded', peer: peer.id, piece, offset, length });
    }
    this.serve();
  }

  /** The neighbour no longer wants what waits to be read, or a part of what it asked for in one request. */
  onCancel(peer: Peer, cancelled: UploadRequest): void {
    const at = peer.uploads.findIndex(upload => isWithin(cancelled, upload));
    if (at < 0 || !this.#isOfBlocks(cancelled, peer.uploads[at]!)) return;
    const { piece, offset, length } = peer.uploads[at]!;
    const end = cancelled.offset + cancelled.length;
    const rest = [
      { piece, offset, length: cancelled.offset - offset },
      { piece, offset: end, length: offset + length - end },
    ];
    peer.uploads.splice(at, 1, ...rest.filter(({ length }) => length > 0));
    // Whoever understands rejects waits for one or the other (BEP 6).
    this.#reject(peer, [cancelled]);
  }

  /** Smaller parts would cut a request into any number of them. */
  #isOfBlocks({ offset, length }: UploadRequest, request: UploadRequest): boolean {
    const { blockLength } = this.#context.layout;
    const isToItsEnd = offset + length === request.offset + request.length;
    return (
      length > 0 &&
      (offset - request.offset) % blockLength === 0 &&
      (isToItsEnd || length % blockLength === 0)
    );
  }

  /** A choked or departed neighbour's requests are forgotten. */
  forget(peer: Peer): void {
    this.#turns.delete(peer);
    const forgotten = peer.uploads.splice(0);
    if (this.#context.peers.get(peer.id) === peer) this.#reject(peer, forgotten);
  }

  stop(): void {
    this.#callOffWait?.();
    this.#turns.clear();
  }

  /** Who waits for the old limit waits no longer, or for the new one; what was sent too much is still owed. */
  setLimit(bytesPerSecond: number): void {
    this.#limiter.setLimit(bytesPerSecond, this.#context.ports.clock.now());
    this.onLimitsChanged();
  }

  onLimitsChanged(): void {
    this.#callOffWait?.();
    this.onAllowed();
  }

  onAllowed(): void {
    this.#callOffWait = undefined;
    this.serve();
  }

  /** Whether enough is being read for a neighbour, or waits in its link. */
  #isBusyFor({ readingBytes, connection }: Peer): boolean {
    if (connection.link.unsentBytes > unsentBytesLimit) return true;
    return readingBytes > 0 && readingBytes >= this.#context.dialect.rules.readAheadBytes;
  }

  /** How many of the requests that wait ask for what lies side by side, and may go out together. */
  #runOf(uploads: readonly UploadRequest[]): number {
    const { layout, dialect } = this.#context;
    const longest = Math.min(dialect.rules.readAheadBytes, this.#allowance.portion);
    const first = uploads[0]!;
    const start = layout.offsetOf(first.piece) + first.offset;
    let end = start + first.length;
    let count = 1;
    for (; count < uploads.length; count += 1) {
      const { piece, offset, length } = uploads[count]!;
      const isNext = layout.offsetOf(piece) + offset === end;
      if (!isNext || end + length - start > longest) break;
      end += length;
    }
    return count;
  }

  /** Says that these are not going to be sent, to whoever understands it (BEP 6). */
  #reject(peer: Peer, uploads: readonly UploadRequest[]): void {
    if (!peer.isFast || uploads.length === 0) return;
    peer.connection.sendAll(
      uploads.map(({ piece, offset, length }) => ({ type: 'reject', piece, offset, length })),
    );
  }

  #mayTake(): boolean {
    const { clock } = this.#context.ports;
    if (this.#callOffWait !== undefined) return false;
    const waitMs = this.#allowance.claim(clock.now());
    if (waitMs === 0) return true;
    if (waitMs === Number.POSITIVE_INFINITY) return false; // until somebody changes the limit
    this.#callOffWait = clock.after(waitMs, () => this.#context.post({ type: 'upload-allowed' }));
    return false;
  }

  #read(peer: Peer, uploads: readonly UploadRequest[], length: number): void {
    const { ports, post } = this.#context;
    const { piece, offset } = uploads[0]!;
    peer.readingBytes += length;
    ports.storage.read(piece, offset, length, (result: StoredBytes | StorageFailure) =>
      post({ type: 'upload-read', peer, uploads, result }),
    );
  }
}

function isWithin(part: UploadRequest, whole: UploadRequest): boolean {
  return (
    part.piece === whole.piece &&
    part.offset >= whole.offset &&
    part.offset + part.length <= whole.offset + whole.length
  );
}

/** What requests in a row ask for of each piece. */
function byPiece(uploads: readonly UploadRequest[]): UploadRequest[] {
  const parts: UploadRequest[] = [];
  for (const upload of uploads) {
    const last = parts.at(-1);
    if (last?.piece !== upload.piece) parts.push(upload);
    else parts[parts.length - 1] = { ...last, length: last.length + upload.length };
  }
  return parts;
}

function lengthOf(uploads: readonly UploadRequest[]): number {
  return uploads.reduce((sum, { length }) => sum + length, 0);
}
