import type { Clock } from '../ports.ts';

interface Timer {
  readonly at: number;
  /** Timers of the same instant fire in the order they were set. */
  readonly order: number;
  readonly fire: () => void;
  cancelled: boolean;
}

/** Time that passes only when told to, and as fast as the work takes. Starts at 0. */
export class VirtualClock implements Clock {
  static readonly #epochMs = 1_800_000_000_000;
  #now = 0;
  #order = 0;
  #pending = 0;
  /** A binary heap, soonest first. */
  readonly #timers: Timer[] = [];

  now(): number {
    return this.#now;
  }

  wallNow(): number {
    return VirtualClock.#epochMs + this.#now;
  }

  after(delayMs: number, fire: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, delayMs), order: this.#order, fire, cancelled: false };
    this.#order += 1;
    this.#pending += 1;
    this.#push(timer);
    return () => {
      if (timer.cancelled) return;
      timer.cancelled = true;
      this.#pending -= 1;
    };
  }

  /** Timers set and neither fired nor called off. */
  get pendingTimers(): number {
    return this.#pending;
  }

  /** Lets this much time pass. */
  advance(ms: number): void {
    this.runUntil(() => false, this.#now + ms);
  }

  /**
   * Lets time pass until `done` holds, nothing is left to happen, or it is `limitMs`; returns whether `done` held.
   */
  runUntil(done: () => boolean, limitMs: number): boolean {
    while (!done()) {
      const next = this.#timers[0];
      if (next === undefined || next.at > limitMs) {
        this.#now = Math.max(this.#now, Math.min(limitMs, next?.at ?? limitMs));
        return false;
      }
      this.#pop();
      if (next.cancelled) continue;
      next.cancelled = true;
      this.#pending -= 1;
      this.#now = next.at;
      next.fire();
    }
    return true;
  }

  #push(timer: Timer): void {
    const heap = this.#timers;
    let at = heap.length;
    heap.push(timer);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isSooner(timer, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = timer;
  }

  #pop(): void {
    const heap = this.#timers;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isSooner(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isSooner(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

function isSooner(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
