import type { TrackerView } from '../../../src-shared/share.ts';
import type { Address, Clock, Random } from '../ports.ts';
import {
  type AnnounceAnswer,
  type AnnounceEvent,
  type AnnounceRequest,
  type TrackerClient,
  type TrackerFailure,
  trackerName,
} from './announce.ts';
import { TrackerTiers } from './tracker-tiers.ts';

export const announcerTimes = {
  /**
   * A tracker that is silent for this long gets company: the next is asked too, and whoever answers first is used. With
   * two that hang, the third is asked within two seconds.
   */
  patienceMs: 900,
  /** With no other left to ask. */
  longestAttemptMs: 15_000,
  /** `stopped` is a courtesy: it holds nobody up for longer. */
  farewellMs: 2_000,
  /** After the first failure of a tracker; twice as long after each further one. */
  firstRetryMs: 5_000,
  longestRetryMs: 5 * 60_000,
  /** What asking again by hand may do to a tracker that failed. */
  shortestRetryMs: 2_000,
} as const;

const times = announcerTimes;

export interface AnnouncerOptions {
  readonly tiers: readonly (readonly string[])[];
  readonly client: TrackerClient;
  readonly clock: Clock;
  readonly random: Random;
  /** The share as it is now. */
  readonly request: () => Omit<AnnounceRequest, 'event' | 'trackerId'>;
  readonly onPeers: (addresses: readonly Address[], url: string) => void;
}

/** What is known of one tracker. Times are the clock's. */
class Tracker {
  readonly url: string;
  state: TrackerView['state'] = 'idle';
  message = '';
  seeders: number | undefined;
  leechers: number | undefined;
  peers: number | undefined;
  trackerId: string | undefined;
  /** When an announce was begun, and when one got through. */
  attemptedAt: number | undefined;
  announcedAt: number | undefined;
  minIntervalMs = 0;
  failures = 0;
  /** Not to be asked before. */
  retryAt = 0;
  /** It knows us: `started` got through, and `stopped` is owed. */
  knowsUs = false;

  constructor(url: string) {
    this.url = url;
  }
}

interface Attempt {
  readonly tracker: Tracker;
  giveUp(): void;
}

/**
 * Keeps one share known to its trackers. One tracker at a time is enough (BEP 12): the tiers are for when it fails, so
 * `announceNow` and each interval start from the first tier again and end at the first answer. Trackers that failed are
 * left out until their time has come, twice as long after each failure.
 *
 * A tracker that hangs cannot be told from a slow one, so the next is asked beside it after 0.9 s, and the first
 * answer counts: failing over costs no more, and slow trackers are used where there are no faster ones.
 */
export class Announcer {
  readonly #options: AnnouncerOptions;
  readonly #clock: Clock;
  #tiers: TrackerTiers;
  #trackers: ReadonlyMap<string, Tracker>;
  #running = false;
  /** The tracker that answered last. */
  #current: Tracker | undefined;
  #completedOwed = false;
  /** The round under way: those being asked, the latest last, and those still to be. */
  #attempts: Attempt[] = [];
  #waiting: Tracker[] = [];
  #endPatience = () => {};
  #nextAt: number | undefined;
  #forgetNext = () => {};
  /** Ends the farewell under way. */
  #endFarewell: (() => void) | undefined;
  #stopped: (() => void)[] = [];

  constructor(options: AnnouncerOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#tiers = new TrackerTiers(options.tiers, options.random);
    this.#trackers = new Map(this.#tiers.inOrder.map(({ url }) => [url, new Tracker(url)]));
  }

  /** Announces `started`, and from then on at the trackers' intervals. */
  start(): void {
    if (this.#running) return;
    this.#endFarewell?.();
    this.#running = true;
    this.#completedOwed = false;
    this.#begin();
  }

  /** The download is complete: says so to a tracker that knows us, at once or as soon as there is one. */
  completed(): void {
    if (!this.#running) return;
    this.#completedOwed = true;
    if (this.#current?.knowsUs && this.#attempts.length === 0) this.#begin();
  }

  /** Announces as soon as the tracker's minimum interval allows, or some seconds after it failed. */
  announceNow(): void {
    if (!this.#running || this.#attempts.length > 0) return;
    const trackers = [...this.#trackers.values()];
    for (const tracker of trackers) {
      if (tracker.failures > 0) tracker.retryAt = (tracker.attemptedAt ?? 0) + times.shortestRetryMs;
    }
    const current = this.#current;
    const at =
      current === undefined
        ? Math.min(...trackers.map(({ retryAt }) => retryAt))
        : (current.announcedAt ?? 0) + current.minIntervalMs;
    if (this.#nextAt !== undefined && at < this.#nextAt) this.#plan(at);
  }

  /** Other trackers from now on; those that stay keep what is known of them. */
  setTiers(tiers: readonly (readonly string[])[]): void {
    const before = this.#trackers;
    this.#tiers = new TrackerTiers(tiers, this.#options.random);
    const urls = this.#tiers.inOrder.map(({ url }) => url);
    this.#trackers = new Map(urls.map(url => [url, before.get(url) ?? new Tracker(url)]));
    for (const { url, state } of this.#trackers.values()) if (state === 'working') this.#tiers.prefer(url);
    if (!this.#running) return;
    const wasAsking = this.#attempts.length > 0;
    this.#giveUpRound();
    const removed = [...before.values()].filter(({ url }) => !this.#trackers.has(url));
    this.#sendFarewells(removed, () => {});
    const lostCurrent = this.#current !== undefined && !this.#trackers.has(this.#current.url);
    if (lostCurrent) this.#current = undefined;
    if (wasAsking || this.#current === undefined) this.#begin();
  }

  /** Announces `stopped` where `started` got through, and calls `done` when that is answered or has taken 2 s. */
  stop(done: () => void): void {
    if (this.#running) {
      this.#running = false;
      this.#giveUpRound();
      this.#forgetNext();
      this.#nextAt = undefined;
      this.#current = undefined;
      const trackers = [...this.#trackers.values()];
      this.#endFarewell = this.#sendFarewells(trackers, () => {
        this.#endFarewell = undefined;
        for (const stopped of this.#stopped.splice(0)) stopped();
      });
      for (const tracker of trackers) {
        tracker.failures = 0;
        tracker.retryAt = 0;
        if (tracker.state === 'working') tracker.state = 'idle';
      }
    }
    if (this.#endFarewell === undefined) this.#clock.after(0, done);
    else this.#stopped.push(done);
  }

  /** The trackers as they stand, the first to be asked first. */
  views(): TrackerView[] {
    const now = this.#clock.now();
    const wall = (at: number | undefined) =>
      at === undefined ? null : Math.round(this.#clock.wallNow() + at - now);
    return this.#tiers.inOrder.map(({ url, tier }) => {
      const tracker = this.#trackers.get(url)!;
      return {
        url,
        tier,
        state: tracker.state,
        message: this.#messageOf(tracker),
        seeders: tracker.seeders ?? null,
        leechers: tracker.leechers ?? null,
        peers: tracker.peers ?? null,
        lastAnnounceAtMs: wall(tracker.announcedAt),
        nextAnnounceAtMs: wall(this.#nextFor(tracker)),
      };
    });
  }

  #messageOf({ state, message }: Tracker): string {
    if (state !== 'idle' || this.#current === undefined) return message;
    return `In reserve: it is asked when ${trackerName(this.#current.url)} does not answer.`;
  }

  #nextFor(tracker: Tracker): number | undefined {
    if (!this.#running || tracker.state === 'announcing') return undefined;
    if (tracker === this.#current) return this.#nextAt;
    if (tracker.state !== 'failed' || this.#nextAt === undefined) return undefined;
    return Math.max(tracker.retryAt, this.#nextAt);
  }

  /** A round: from the first tier on, until one answers. */
  #begin(): void {
    this.#forgetNext();
    this.#nextAt = undefined;
    const now = this.#clock.now();
    this.#waiting = this.#tiers.inOrder
      .map(({ url }) => this.#trackers.get(url)!)
      .filter(({ retryAt }) => retryAt <= now);
    if (this.#waiting.length > 0) this.#askNext();
    else this.#planRetry();
  }

  #askNext(): void {
    this.#endPatience();
    const tracker = this.#waiting.shift();
    if (tracker === undefined) return;
    const event = this.#eventFor(tracker);
    tracker.state = 'announcing';
    tracker.message = '';
    tracker.attemptedAt = this.#clock.now();
    if (this.#waiting.length > 0) {
      this.#endPatience = this.#clock.after(times.patienceMs, () => this.#askNext());
    }
    const attempt: Attempt = { tracker, giveUp: () => {} };
    this.#attempts.push(attempt);
    attempt.giveUp = this.#ask(tracker, event, times.longestAttemptMs, result => {
      if ('failed' in result) this.#onFailure(attempt, result);
      else this.#onAnswer(attempt, event, result);
    });
  }

  #eventFor(tracker: Tracker): AnnounceEvent | undefined {
    if (!tracker.knowsUs) return 'started';
    return this.#completedOwed ? 'completed' : undefined;
  }

  /** One announce with a time limit. Returns a function that gives up. */
  #ask(
    { url, trackerId }: Tracker,
    event: AnnounceEvent | undefined,
    limitMs: number,
    done: (result: AnnounceAnswer | TrackerFailure) => void,
  ): () => void {
    const request: AnnounceRequest = {
      ...this.#options.request(),
      event,
      ...(event === 'stopped' ? { numWant: 0 } : {}),
      ...(trackerId === undefined ? {} : { trackerId }),
    };
    const giveUp = this.#options.client.announce(url, request, result => {
      endLimit();
      done(result);
    });
    const endLimit = this.#clock.after(limitMs, () => {
      giveUp();
      done({ failed: `${trackerName(url)} has not answered within ${limitMs / 1000} s.` });
    });
    return () => {
      endLimit();
      giveUp();
    };
  }

  #onAnswer(attempt: Attempt, event: AnnounceEvent | undefined, answer: AnnounceAnswer): void {
    const { tracker } = attempt;
    const now = this.#clock.now();
    tracker.state = 'working';
    tracker.message = answer.warning ?? '';
    tracker.seeders = answer.seeders;
    tracker.leechers = answer.leechers;
    tracker.peers = answer.peers.length;
    tracker.trackerId = answer.trackerId ?? tracker.trackerId;
    tracker.announcedAt = now;
    tracker.minIntervalMs = answer.minIntervalMs;
    tracker.failures = 0;
    tracker.retryAt = 0;
    tracker.knowsUs = true;
    if (event === 'completed') this.#completedOwed = false;
    this.#tiers.prefer(tracker.url);
    if (this.#current !== undefined && this.#current !== tracker) this.#current.state = 'idle';
    this.#current = tracker;
    this.#overtake(attempt);
    const waitMs = this.#completedOwed ? 0 : Math.max(answer.intervalMs, answer.minIntervalMs);
    this.#plan(now + waitMs);
    this.#options.onPeers(answer.peers, tracker.url);
  }

  /** Those that were asked too and are silent yet are counted as failed, so that they are not waited for next time. */
  #overtake(attempt: Attempt): void {
    const slower = this.#attempts.filter(other => other !== attempt);
    this.#attempts = [];
    this.#waiting = [];
    this.#endPatience();
    for (const { tracker, giveUp } of slower) {
      giveUp();
      const quicker = trackerName(attempt.tracker.url);
      const words = `${trackerName(tracker.url)} does not answer; ${quicker} is used in its place.`;
      this.#countFailure(tracker, words);
    }
  }

  #onFailure(attempt: Attempt, { failed }: TrackerFailure): void {
    const isLatest = this.#attempts.at(-1) === attempt;
    this.#attempts = this.#attempts.filter(other => other !== attempt);
    this.#countFailure(attempt.tracker, failed);
    if (isLatest) this.#askNext();
    if (this.#attempts.length > 0) return;
    this.#current = undefined;
    this.#planRetry();
  }

  #countFailure(tracker: Tracker, words: string): void {
    tracker.state = 'failed';
    tracker.message = words;
    tracker.failures += 1;
    const backOffMs = Math.min(times.longestRetryMs, times.firstRetryMs * 2 ** (tracker.failures - 1));
    // A lab's computers must not come back to their tracker all in the same instant.
    const spread = 0.8 + 0.4 * this.#options.random();
    tracker.retryAt = this.#clock.now() + backOffMs * spread;
    if (this.#current === tracker) this.#current = undefined;
  }

  #planRetry(): void {
    const retries = [...this.#trackers.values()].map(({ retryAt }) => retryAt);
    if (retries.length > 0) this.#plan(Math.min(...retries));
  }

  #plan(at: number): void {
    this.#forgetNext();
    this.#nextAt = at;
    this.#forgetNext = this.#clock.after(at - this.#clock.now(), () => this.#begin());
  }

  #giveUpRound(): void {
    this.#endPatience();
    this.#waiting = [];
    for (const { tracker, giveUp } of this.#attempts.splice(0)) {
      giveUp();
      tracker.state = tracker.failures > 0 ? 'failed' : 'idle';
    }
  }

  /** `stopped` to those that know us. Returns a function that ends it at once; `done` is called in any case, once. */
  #sendFarewells(trackers: readonly Tracker[], done: () => void): () => void {
    const giveUps = new Map<Tracker, () => void>();
    const end = () => {
      endLimit();
      for (const giveUp of giveUps.values()) giveUp();
      giveUps.clear();
      done();
    };
    // With nobody to tell, it is over as soon as whoever asked is done.
    const known = trackers.filter(({ knowsUs }) => knowsUs);
    const endLimit = this.#clock.after(known.length === 0 ? 0 : times.farewellMs, end);
    for (const tracker of known) {
      tracker.knowsUs = false;
      const answered = () => {
        giveUps.delete(tracker);
        if (giveUps.size === 0) end();
      };
      giveUps.set(tracker, this.#ask(tracker, 'stopped', times.farewellMs, answered));
    }
    return end;
  }
}
