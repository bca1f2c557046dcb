import type { JournalEvent } from '../../../src-shared/journal.ts';
import { ourselves } from '../../engine/bittorrent/peer-book.ts';
import { hostOf } from '../../engine/bittorrent/remote.ts';

/** So long somebody may come otherwise: many clients try an encrypted connection first, then a plain one. */
const secondTryMs = 5_000;
const mostHosts = 1_000;

/** Whom no connection came about with and why, so that nobody waits for them in vain; each is told once. */
export class TurnedAway {
  readonly #now: () => number;
  /** By host; null once there is nothing to tell of it any more. */
  readonly #hosts = new Map<string, { readonly sentence: string; readonly at: number } | null>();
  #lastRefusal: string | undefined;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  onEvent(event: JournalEvent): void {
    if (event.kind === 'connected') this.#settle(hostOf(event.remote));
    if (event.kind === 'rejected' && event.reason !== ourselves) this.#note(event.remote, event.reason);
  }

  /** `lastRefusal`: "10.0.0.7:51413: why", of whoever came to the port for nothing that is shared. */
  due(lastRefusal: string | undefined): string[] {
    if (lastRefusal !== undefined && lastRefusal !== this.#lastRefusal) {
      const [, remote = '', reason = ''] = /^(\S+): (.*)$/s.exec(lastRefusal) ?? [];
      this.#note(remote, reason);
    }
    this.#lastRefusal = lastRefusal;
    const due: string[] = [];
    for (const [host, told] of this.#hosts) {
      if (told === null || this.#now() - told.at < secondTryMs) continue;
      this.#settle(host);
      due.push(told.sentence);
    }
    return due;
  }

  #note(remote: string, reason: string): void {
    const host = hostOf(remote);
    if (this.#hosts.has(host) || this.#hosts.size >= mostHosts) return;
    this.#hosts.set(host, { sentence: `No connection with ${remote}: ${reason}.`, at: this.#now() });
  }

  #settle(host: string): void {
    if (this.#hosts.has(host) || this.#hosts.size < mostHosts) this.#hosts.set(host, null);
  }
}
