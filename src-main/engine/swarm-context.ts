import type { Bitfield } from '../../src-shared/bitfield.ts';
import type { JournalFact, PeerId } from '../../src-shared/journal.ts';
import type { BufferPool } from './buffer-pool.ts';
import type { Connection } from './connection.ts';
import type { Layout } from './content/layout.ts';
import type { Dialect, DialTarget } from './dialect.ts';
import type { Peer, UploadRequest } from './peer.ts';
import type { Picker, Strategy } from './picker.ts';
import type {
  Clock,
  Dialer,
  JournalSink,
  Link,
  PieceVerifier,
  Random,
  Storage,
  StorageFailure,
  StoredBytes,
} from './ports.ts';
import type { RateLimiter } from './rate-limiter.ts';

/** What is shared. */
export interface Content {
  readonly name: string;
  readonly layout: Layout;
  /** The pieces storage holds at the start. The swarm owns it from then on. */
  readonly have: Bitfield;
}

export interface SwarmSettings {
  /** Places for preferred neighbours (k). */
  readonly preferredSlots: number;
  /** Between rechokes (p). */
  readonly unchokingIntervalMs: number;
  /** Between draws of the optimistic neighbour (m). */
  readonly optimisticIntervalMs: number;
  readonly strategy: Strategy;
  /** At the start; Infinity: no limit. */
  readonly uploadBytesPerSecond: number;
  /** Limits besides that, which others may share and change. */
  readonly limits?: Limits;
  /** By piece: 0 not wanted, 1 low, 2 normal, 3 high; all are normal unless given. */
  readonly priorities?: Uint8Array;
  /** Pieces in their order rather than by the strategy. */
  readonly sequential?: boolean;
}

export interface Limits {
  readonly upload: readonly RateLimiter[];
  readonly download: readonly RateLimiter[];
}

/** What a swarm needs of the world. */
export interface SwarmPorts {
  readonly dialer: Dialer;
  readonly storage: Storage;
  readonly verifier: PieceVerifier;
  readonly clock: Clock;
  readonly random: Random;
  readonly journal: JournalSink;
  readonly pool: BufferPool;
}

/** A piece whose blocks are all here, on its way through verification to storage. */
export interface ArrivedPiece {
  readonly piece: number;
  readonly bytes: Uint8Array;
  /** Who sent its blocks; the last one completed it. */
  readonly senders: readonly PeerId[];
  /** Who sent each block. */
  readonly senderOf: readonly PeerId[];
  release(): void;
}

/** Everything that can happen to a swarm. Answers of ports may be stale: whom they concern may be gone. */
export type SwarmEvent =
  | { readonly type: 'accepted'; readonly link: Link }
  | { readonly type: 'dialled'; readonly target: DialTarget; readonly link: Link }
  | { readonly type: 'dial-failed'; readonly target: DialTarget; readonly reason: string }
  | { readonly type: 'handshake-overdue'; readonly connection: Connection }
  | { readonly type: 'received'; readonly connection: Connection; readonly bytes: Uint8Array }
  | { readonly type: 'link-ended'; readonly connection: Connection }
  | { readonly type: 'link-closed'; readonly connection: Connection; readonly error: string | undefined }
  | { readonly type: 'piece-verified'; readonly arrived: ArrivedPiece; readonly ok: boolean }
  | {
      readonly type: 'piece-written';
      readonly arrived: ArrivedPiece;
      readonly failure: StorageFailure | undefined;
    }
  | {
      readonly type: 'upload-read';
      readonly peer: Peer;
      /** Requests of what lies side by side, read together. */
      readonly uploads: readonly UploadRequest[];
      readonly result: StoredBytes | StorageFailure;
    }
  | { readonly type: 'upload-sent'; readonly peer: Peer }
  | { readonly type: 'upload-allowed' }
  | { readonly type: 'upload-limit-set'; readonly bytesPerSecond: number }
  | { readonly type: 'download-allowed' }
  | { readonly type: 'limits-changed' }
  | { readonly type: 'peers-found' }
  | { readonly type: 'priorities-set'; readonly priorities: Uint8Array }
  | { readonly type: 'order-set'; readonly sequential: boolean }
  | { readonly type: 'room-looked-for' }
  | { readonly type: 'content-completed'; readonly failure: StorageFailure | undefined }
  | { readonly type: 'rechoke-due' }
  | { readonly type: 'optimistic-due' }
  | { readonly type: 'tick' }
  | { readonly type: 'stop' }
  | { readonly type: 'storage-closed' };

/** What the parts of a swarm share. Only the swarm's own loop touches any of it. */
export interface SwarmContext {
  readonly self: PeerId;
  readonly layout: Layout;
  readonly have: Bitfield;
  readonly picker: Picker;
  readonly peers: ReadonlyMap<PeerId, Peer>;
  readonly dialect: Dialect;
  readonly settings: SwarmSettings;
  readonly ports: SwarmPorts;
  record(fact: JournalFact): void;
  /** Notes an oddity once per neighbour and kind. */
  note(peer: Peer, kind: string, text: string): void;
  post(event: SwarmEvent): void;
}
