import { isDeepStrictEqual } from 'node:util';
import type { TapeUpdate, Wish } from '../../../src-shared/contract.ts';
import type { Settings } from '../../../src-shared/settings.ts';
import type { ShareView } from '../../../src-shared/share.ts';
import { systemClock } from '../../io/clock.ts';
import type { RecordedPeer } from './listed-swarm.ts';

/** What one reader of a topic has not been told yet. The whole view comes first. */
export interface Feed {
  /** The next update; undefined when there is nothing new. @throws RefusedError when the topic is gone */
  next(): unknown;
  /** There was more than one update could hold: the next one need not wait. */
  readonly isBehind: boolean;
}

const mostRows = 16_384;
/** How old the clock of a run may get on the screen while nothing happens. */
const clockMs = 500;
const homeMs = 250;
const shareMs = 500;
/** A tape that grows faster than this is told less often: nobody could follow it, and drawing it takes the transfer's time. */
const floodRowsPerSecond = 5_000;
const floodMs = 500;

/** A tape from its beginning, a page at a time; from the beginning again when the peer has begun a new one. */
export class TapeFeed implements Feed {
  readonly #find: () => RecordedPeer;
  #edition: number | undefined;
  #rows = 0;
  #peers = 0;
  #total = 0;
  #sentAt = 0;
  #rowsPerSecond = 0;
  #wasLive = false;

  /** `find` throws when the peer is no longer there. */
  constructor(find: () => RecordedPeer) {
    this.#find = find;
    find();
  }

  get isBehind(): boolean {
    return this.#rows < this.#total;
  }

  next(): TapeUpdate | undefined {
    const { tape, edition, nowMs: clock, logFile } = this.#find();
    const isNew = edition !== this.#edition;
    const now = systemClock.now();
    const nowMs = clock();
    const isLive = nowMs !== null;
    const isClockDue = isLive ? now - this.#sentAt >= clockMs || !this.#wasLive : this.#wasLive;
    if (!isNew && tape.length === this.#rows && !isClockDue) return undefined;
    const isFlood = this.#rowsPerSecond > floodRowsPerSecond && isLive;
    if (isFlood && !isNew && !this.isBehind && now - this.#sentAt < floodMs) return undefined;
    if (isNew) {
      this.#rows = 0;
      this.#peers = 0;
    }
    const page = tape.page(this.#rows, mostRows, this.#peers);
    this.#edition = edition;
    this.#rows += page.count;
    this.#peers += page.peers.length;
    this.#rowsPerSecond = ((tape.length - this.#total) / (now - this.#sentAt)) * 1000;
    this.#total = tape.length;
    this.#sentAt = now;
    this.#wasLive = isLive;
    return { page, total: tape.length, nowMs, logFile };
  }
}

/** A whole view, when it has changed: all of Home, the room, the network. */
export class ViewFeed<View> implements Feed {
  readonly isBehind = false;
  readonly #view: () => View;
  readonly #everyMs: number;
  #sent: View | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(view: () => View, everyMs = homeMs) {
    this.#view = view;
    this.#everyMs = everyMs;
  }

  next(): View | undefined {
    const now = systemClock.now();
    if (now - this.#lookedAt < this.#everyMs) return undefined;
    this.#lookedAt = now;
    const view = this.#view();
    // What is the same object as before is not compared.
    if (isDeepStrictEqual(view, this.#sent)) return undefined;
    this.#sent = view;
    return view;
  }
}

/** What of a share has changed; all of it first. */
export class ShareFeed implements Feed {
  readonly isBehind = false;
  readonly #view: () => ShareView;
  #sent = new Map<string, unknown>();
  #lookedAt = Number.NEGATIVE_INFINITY;

  /** `view` throws when the share is no longer there. */
  constructor(view: () => ShareView) {
    this.#view = view;
    view();
  }

  next(): Partial<ShareView> | undefined {
    const now = systemClock.now();
    if (now - this.#lookedAt < shareMs) return undefined;
    this.#lookedAt = now;
    const changed = Object.entries(this.#view()).filter(([name, value]) => {
      if (this.#sent.has(name) && isSame(this.#sent.get(name), value)) return false;
      this.#sent.set(name, value);
      return true;
    });
    return changed.length === 0 ? undefined : Object.fromEntries(changed);
  }
}

/** The list of files is long and never another one with the same content; all else is compared. */
function isSame(before: unknown, now: unknown): boolean {
  if (before === now) return true;
  if (before instanceof Uint8Array && now instanceof Uint8Array) {
    return before.length === now.length && before.every((byte, i) => byte === now[i]);
  }
  return JSON.stringify(before) === JSON.stringify(now);
}

export class SettingsFeed implements Feed {
  readonly isBehind = false;
  readonly #settings: () => Settings;
  #sent: Settings | undefined;

  constructor(settings: () => Settings) {
    this.#settings = settings;
  }

  next(): Settings | undefined {
    const settings = this.#settings();
    if (settings === this.#sent) return undefined;
    this.#sent = settings;
    return settings;
  }
}

/** Each wish goes to one screen, once. */
export class WishFeed implements Feed {
  readonly #take: () => Wish | undefined;
  readonly #isMore: () => boolean;

  constructor(take: () => Wish | undefined, isMore: () => boolean) {
    this.#take = take;
    this.#isMore = isMore;
  }

  get isBehind(): boolean {
    return this.#isMore();
  }

  next(): Wish | undefined {
    return this.#take();
  }
}
