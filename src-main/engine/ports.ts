import type { JournalEvent } from '../../src-shared/journal.ts';

/**
 * What the engine needs of the world. Each port has a real version in `io` and one in `testing` for virtual time.
 * No port call blocks, and unless it says so none answers before it returns: answers arrive later, on the owner's loop.
 */

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** One connection: bytes out, bytes in. */
export interface Link {
  /** The other end, for people: "127.0.0.1:6008". */
  readonly remote: string;
  /** Bytes given to `send` that the network has not taken yet. */
  readonly unsentBytes: number;
  /** Starts delivering. Called once. */
  open(handler: LinkHandler): void;
  /**
   * Queues one frame, given in parts so that a payload needs no copy; the parts leave in one write. They must not
   * change until `onSent` is called: when the network has taken them, or the link has closed.
   */
  send(parts: readonly Uint8Array[], onSent?: () => void): void;
  /**
   * Queues a frame that may wait a few milliseconds for others to leave with it. Never overtaken by what is sent
   * later.
   */
  sendSoon(frame: Uint8Array): void;
  /** Stops reading from the network, so that the other side feels our disk. */
  pause(): void;
  resume(): void;
  /** Half-closes: the other side sees the end of the stream once all is sent; reading goes on until theirs. */
  finish(): void;
  /** Closes at once; what is unsent is lost. */
  abort(): void;
}

export interface LinkHandler {
  /** Where the next bytes may be received right away, to spare a copy; undefined: anywhere. A link need not ask. */
  window?(): Uint8Array | undefined;
  /** The bytes belong to the link again when the call returns. */
  onBytes(bytes: Uint8Array): void;
  /** The other side will send no more. */
  onEnd(): void;
  /** Last call, exactly once; with the error's text when the network broke the link. */
  onClosed(error?: string): void;
}

export interface Dialer {
  /** Tries every address the host name stands for. Returns a function that gives up. */
  dial(address: Address, done: (result: Link | DialFailure) => void): () => void;
}

export interface DialFailure {
  readonly failed: string;
}

/** The content on disk, addressed by piece. */
export interface Storage {
  /**
   * Reads a run of bytes that begins in a piece and may go on over the pieces after it, all of which were written. The
   * bytes are the caller's until it calls `release`.
   */
  read(
    piece: number,
    offset: number,
    length: number,
    done: (result: StoredBytes | StorageFailure) => void,
  ): void;
  /**
   * Writes a whole piece; `done` is called when a killed process would still find the piece. The bytes must not
   * change until then.
   */
  write(piece: number, bytes: Uint8Array, done: (failure?: StorageFailure) => void): void;
  /** Every piece is written: gives the content its final name. */
  complete(done: (failure?: StorageFailure) => void): void;
  /** Finishes what was begun and lets go of every handle. */
  close(done: () => void): void;
}

export interface StoredBytes {
  readonly bytes: Uint8Array;
  release(): void;
}

export interface StorageFailure {
  /** What went wrong, naming the file: "peer_1002/thefile.part: no space left on device". */
  readonly failed: string;
  /**
   * `full`: there is no room, and may be again. `changed`: a file is no longer what was verified, and has to be checked
   * anew. Left out: anything else.
   */
  readonly cause?: 'full' | 'changed';
}

/**
 * Says whether a piece is what it should be. The course dialect knows no hashes and accepts everything, so this port
 * alone may answer before it returns.
 */
export interface PieceVerifier {
  verify(piece: number, bytes: Uint8Array, done: (ok: boolean) => void): void;
}

export interface Clock {
  /** Milliseconds, monotonic, from an arbitrary start. */
  now(): number;
  /** Milliseconds since the Unix epoch. */
  wallNow(): number;
  /** Calls `fire` once after `delayMs`; returns a function that calls it off. */
  after(delayMs: number, fire: () => void): () => void;
}

/** A number in [0, 1), as `Math.random` gives. */
export type Random = () => number;

/** Where journal events go. Must not throw and must not keep the loop busy. */
export type JournalSink = (event: JournalEvent) => void;
