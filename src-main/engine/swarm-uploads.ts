import { RateMeter } from '../../src-shared/rate-meter.ts';
import type { Peer, UploadRequest } from './peer.ts';
import type { StorageFailure, StoredBytes } from './ports.ts';
import { RateLimiter } from './rate-limiter.ts';
import type { SwarmContext } from './swarm-context.ts';

/** Requests one neighbour may have waiting; more is no way to download. */
const longestQueue = 500;
/** No more is read from storage for a link that has this much unsent. */
const unsentBytesLimit = 512 * 1024;

/** Serves what unchoked neighbours ask for: one read at a time for each, in turn, within the upload limit. */
export class Uploads {
  /** What all neighbours got from us, departed ones included. */
  readonly meter: RateMeter;
  readonly #context: SwarmContext;
  readonly #limiter: RateLimiter;
  /** Neighbours with requests waiting, in the order they are served. */
  readonly #turns = new Set<Peer>();
  #callOffWait: (() => void) | undefined;

  constructor(context: SwarmContext) {
    this.#context = context;
    this.meter = new RateMeter(context.ports.clock.now());
    this.#limiter = new RateLimiter(context.settings.uploadBytesPerSecond, context.ports.clock.now());
  }

  onRequest(peer: Peer, upload: UploadRequest): void {
    const { layout, have, note } = this.#context;
    if (peer.amChoking) return; // section 6.5, A15
    if (!layout.isWithinPiece(upload.piece, upload.offset, upload.length)) {
      return note(peer, 'request', `it requested piece ${upload.piece}, which does not exist; ignored`);
    }
    if (!have.has(upload.piece)) {
      return note(
        peer,
        'request-lacking',
        `it requested piece ${upload.piece}, which we do not have; ignored`,
      );
    }
    if (peer.uploads.length >= longestQueue) {
      return note(
        peer,
        'request-flood',
        `it has more than ${longestQueue} requests waiting; further ones are ignored`,
      );
    }
    peer.uploads.push(upload);
    this.#turns.add(peer);
    this.serve();
  }

  /** Starts every read that may start now. */
  serve(): void {
    for (const peer of this.#turns) {
      if (peer.isReadingUpload || peer.connection.link.unsentBytes > unsentBytesLimit) continue;
      const upload = peer.uploads[0];
      if (upload === undefined) {
        this.#turns.delete(peer);
        continue;
      }
      if (!this.#mayTake(upload.length)) return;
      peer.uploads.shift();
      // To the end of the line: who has waited longest is served next.
      this.#turns.delete(peer);
      this.#turns.add(peer);
      this.#read(peer, upload);
    }
  }

  onRead(peer: Peer, upload: UploadRequest, stored: StoredBytes): void {
    const { peers, ports, record, post } = this.#context;
    peer.isReadingUpload = false;
    if (peers.get(peer.id) !== peer || peer.amChoking) {
      stored.release();
      return this.serve();
    }
    peer.send({ type: 'piece', piece: upload.piece, offset: upload.offset, bytes: stored.bytes }, () => {
      stored.release();
      post({ type: 'upload-sent', peer });
    });
    this.meter.add(upload.length, ports.clock.now());
    peer.sent.add(upload.length, ports.clock.now());
    record({ kind: 'uploaded', peer: peer.id, ...upload });
    this.serve();
  }

  /** A choked or departed neighbour's requests are forgotten. */
  forget(peer: Peer): void {
    peer.uploads.length = 0;
    this.#turns.delete(peer);
  }

  stop(): void {
    this.#callOffWait?.();
    this.#turns.clear();
  }

  /** Who waits for the old limit waits no longer, or for the new one; what was sent too much is still owed. */
  setLimit(bytesPerSecond: number): void {
    this.#limiter.setLimit(bytesPerSecond, this.#context.ports.clock.now());
    this.#callOffWait?.();
    this.onAllowed();
  }

  onAllowed(): void {
    this.#callOffWait = undefined;
    this.serve();
  }

  #mayTake(bytes: number): boolean {
    const { clock } = this.#context.ports;
    if (this.#callOffWait !== undefined) return false;
    const waitMs = this.#limiter.take(bytes, clock.now());
    if (waitMs === 0) return true;
    this.#callOffWait = clock.after(waitMs, () => this.#context.post({ type: 'upload-allowed' }));
    return false;
  }

  #read(peer: Peer, upload: UploadRequest): void {
    const { ports, post } = this.#context;
    peer.isReadingUpload = true;
    ports.storage.read(upload.piece, upload.offset, upload.length, (result: StoredBytes | StorageFailure) =>
      post({ type: 'upload-read', peer, upload, result }),
    );
  }
}
