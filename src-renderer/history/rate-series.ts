import type { PeerId } from '../../src-shared/journal.ts';
import { GrowingNumbers } from './growing.ts';

/** Milliseconds in a bucket. */
export const bucketMs = 500;

/** Bytes in and out over time, of all neighbours and of each. Bucket i covers [i, i + 1) × `bucketMs`. */
export class RateSeries {
  readonly #received = new GrowingNumbers();
  readonly #sent = new GrowingNumbers();
  readonly #receivedFrom = new Map<PeerId, GrowingNumbers>();
  readonly #sentTo = new Map<PeerId, GrowingNumbers>();

  /** Buckets with anything in them, and all before. */
  get length(): number {
    return Math.max(this.#received.length, this.#sent.length);
  }

  onReceived(peer: PeerId, bytes: number, atMs: number): void {
    const bucket = Math.floor(atMs / bucketMs);
    this.#received.add(bucket, bytes);
    numbersOf(this.#receivedFrom, peer).add(bucket, bytes);
  }

  onSent(peer: PeerId, bytes: number, atMs: number): void {
    const bucket = Math.floor(atMs / bucketMs);
    this.#sent.add(bucket, bytes);
    numbersOf(this.#sentTo, peer).add(bucket, bytes);
  }

  received(bucket: number): number {
    return this.#received.at(bucket);
  }

  sent(bucket: number): number {
    return this.#sent.at(bucket);
  }

  receivedFrom(peer: PeerId, bucket: number): number {
    return this.#receivedFrom.get(peer)?.at(bucket) ?? 0;
  }

  sentTo(peer: PeerId, bucket: number): number {
    return this.#sentTo.get(peer)?.at(bucket) ?? 0;
  }
}

function numbersOf(map: Map<PeerId, GrowingNumbers>, peer: PeerId): GrowingNumbers {
  const known = map.get(peer);
  if (known !== undefined) return known;
  const numbers = new GrowingNumbers();
  map.set(peer, numbers);
  return numbers;
}
