import type { Layout } from './content/layout.ts';
import type { Block, Run } from './picker.ts';

/** Blocks of one piece that we asked for at once, and wait for. */
export interface OutstandingRequest extends Run {
  /** In milliseconds of the swarm's clock. */
  readonly sentAt: number;
}

/** What a neighbour owes us: the requests that it has not answered, none of which share a block. */
export class OutstandingRequests {
  readonly #layout: Layout;
  /** By the number of their first block, in the order they were sent. */
  readonly #requests = new Map<number, OutstandingRequest>();
  #blocks = 0;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** How many blocks it owes. */
  get blocks(): number {
    return this.#blocks;
  }

  add(request: OutstandingRequest): void {
    this.#requests.set(this.#layout.numberOf(request.piece, request.block), request);
    this.#blocks += request.count;
  }

  /** The request that asked for just these blocks: it is not waited for any more. */
  take({ piece, block, count }: Run): OutstandingRequest | undefined {
    const number = this.#layout.numberOf(piece, block);
    const request = this.#requests.get(number);
    if (request?.count !== count) return undefined;
    this.#requests.delete(number);
    this.#blocks -= count;
    return request;
  }

  /** The request that a block is a part of. */
  of({ piece, block }: Block): OutstandingRequest | undefined {
    for (let first = block; first >= 0; first -= 1) {
      const request = this.#requests.get(this.#layout.numberOf(piece, first));
      if (request !== undefined) return first + request.count > block ? request : undefined;
    }
    return undefined;
  }

  /** From now on each of these blocks that is asked for has a request of its own, as old as the one it was a part of. */
  split(run: Run): void {
    for (const block of blocksOf(run)) {
      const request = this.of(block);
      if (request === undefined || request.count === 1) continue;
      this.take(request);
      for (const part of blocksOf(request)) this.add({ ...part, count: 1, sentAt: request.sentAt });
    }
  }

  [Symbol.iterator](): Iterator<OutstandingRequest> {
    return this.#requests.values();
  }
}

/** One by one. */
export function blocksOf({ piece, block, count }: Run): readonly Block[] {
  return Array.from({ length: count }, (_, i) => ({ piece, block: block + i }));
}
