import type { PeerId } from '../../src-shared/journal.ts';
import type { ArrivedPiece } from './swarm-context.ts';

/** Pieces that failed are remembered up to this much memory; the oldest are forgotten. */
const mostBytes = 64 * 1024 * 1024;

interface FailedPiece {
  readonly piece: number;
  readonly bytes: Uint8Array;
  readonly senderOf: readonly PeerId[];
}

/**
 * Finds out who sends wrong blocks. A piece from one peer alone that fails is that peer's fault. A piece from several is
 * kept until it is right: then whoever sent a block that differs is found out, and nobody else.
 */
export class Suspicion {
  /** The oldest first; a piece may fail several times. */
  readonly #failed = new Set<FailedPiece>();
  readonly #blockLength: number;
  #bytes = 0;

  constructor(blockLength: number) {
    this.#blockLength = blockLength;
  }

  /** A piece failed verification. Returns whose fault it is, where that is known already. Copies what it keeps. */
  onFailed({ piece, bytes, senders, senderOf }: ArrivedPiece): readonly PeerId[] {
    if (senders.length === 1) return senders;
    this.#failed.add({ piece, bytes: bytes.slice(), senderOf });
    this.#bytes += bytes.length;
    for (const oldest of this.#failed) {
      if (this.#bytes <= mostBytes || this.#failed.size === 1) break;
      this.#forget(oldest);
    }
    return [];
  }

  /** A piece is right. Returns those who sent other bytes for it before. */
  onPassed({ piece, bytes }: ArrivedPiece): readonly PeerId[] {
    const guilty = new Set<PeerId>();
    for (const failed of this.#failed) {
      if (failed.piece !== piece) continue;
      for (const [block, sender] of failed.senderOf.entries()) {
        const start = block * this.#blockLength;
        const end = Math.min(bytes.length, start + this.#blockLength);
        if (!isSame(failed.bytes, bytes, start, end)) guilty.add(sender);
      }
      this.#forget(failed);
    }
    return [...guilty];
  }

  #forget(failed: FailedPiece): void {
    this.#failed.delete(failed);
    this.#bytes -= failed.bytes.length;
  }
}

function isSame(a: Uint8Array, b: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (a[at] !== b[at]) return false;
  return true;
}
