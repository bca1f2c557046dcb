import { randomUUID } from 'node:crypto';
import { type HomeView, RefusedError } from '../../../src-shared/contract.ts';
import type { PeerId } from '../../../src-shared/journal.ts';
import type { Settings } from '../../../src-shared/settings.ts';
import {
  type ReadRecents,
  type Recent,
  readRecents,
  withRecent,
  writeRecents,
} from '../../io/recent-file.ts';
import { CourseSwarm, unknownPeer } from './course-swarm.ts';
import { type ListedSwarm, type RecordedPeer, summaryOf } from './listed-swarm.ts';
import type { Places } from './places.ts';

/** The swarms that the app shows, in the order in which they came, and the folders that were started before. */
export class SwarmList {
  /** Sentences about what was not understood when the recent folders were read. */
  readonly notices: readonly string[];
  readonly #profileFolder: string;
  readonly #places: Places;
  readonly #log: (details: string) => void;
  readonly #swarms = new Map<string, ListedSwarm>();
  #recents: readonly Recent[];
  #saved: Promise<void> = Promise.resolve();
  #isClosed = false;

  private constructor(
    profileFolder: string,
    places: Places,
    { recents, notices }: ReadRecents,
    log: (details: string) => void,
  ) {
    this.#profileFolder = profileFolder;
    this.#places = places;
    this.#recents = recents;
    this.notices = notices;
    this.#log = log;
  }

  static async open(
    profileFolder: string,
    places: Places,
    log: (details: string) => void,
  ): Promise<SwarmList> {
    return new SwarmList(profileFolder, places, await readRecents(profileFolder), log);
  }

  /** @throws RefusedError `unknown` */
  swarm(id: string): ListedSwarm {
    const swarm = this.#swarms.get(id);
    if (swarm === undefined) throw new RefusedError('unknown', 'This swarm is no longer on the list.');
    return swarm;
  }

  /** @throws RefusedError `unknown` */
  peer(id: string, peer: PeerId): RecordedPeer {
    const found = this.swarm(id).peers.find(recorded => recorded.peer === peer);
    if (found === undefined) throw unknownPeer(peer);
    return found;
  }

  /** Whether this app runs a peer of a course folder, or is just about to. */
  runs(folder: string, peer: PeerId): boolean {
    return this.#courseSwarm(folder, peer)?.isBusy ?? false;
  }

  /**
   * Starts a peer of a course folder. One that is on the list and has ended runs again in its place.
   * @throws RefusedError and SetUpError
   */
  async startCourse(folder: string, peer: PeerId, settings: Settings): Promise<string> {
    if (this.#isClosed) throw isClosing();
    const listed = this.#courseSwarm(folder, peer);
    if (listed?.isBusy) {
      throw new RefusedError('set-up', `Peer ${peer} of ${folder} is already running in this app.`);
    }
    const swarm = listed ?? new CourseSwarm(randomUUID(), folder, peer);
    this.#swarms.set(swarm.id, swarm);
    try {
      await swarm.start(settings);
    } catch (error) {
      if (listed === undefined) this.#swarms.delete(swarm.id);
      throw error;
    }
    await this.#remember({ folder, peer });
    return swarm.id;
  }

  /** Puts on the list what `open` makes; `open` gets its ID. */
  async add(open: (id: string) => Promise<ListedSwarm>): Promise<string> {
    const swarm = await open(randomUUID());
    if (this.#isClosed) {
      await dispose(swarm);
      throw isClosing();
    }
    this.#swarms.set(swarm.id, swarm);
    return swarm.id;
  }

  /** What has begun elsewhere, and ends there. */
  enlist(swarm: ListedSwarm): void {
    this.#swarms.set(swarm.id, swarm);
  }

  delist(id: string): void {
    this.#swarms.delete(id);
  }

  async remove(id: string): Promise<void> {
    await dispose(this.swarm(id));
    this.#swarms.delete(id);
  }

  /** Stops everything, and takes nothing new. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const ends = await Promise.allSettled(Array.from(this.#swarms.values(), dispose));
    await this.#saved;
    for (const end of ends) if (end.status === 'rejected') this.#log(String(end.reason));
  }

  /** What Home shows of swarms. */
  home(): Omit<HomeView, 'notices'> {
    const swarms = Array.from(this.#swarms.values());
    return {
      swarms: swarms.filter(swarm => !isOnTrial(swarm)).map(swarm => swarm.summary?.() ?? summaryOf(swarm)),
      recent: this.#recents
        .filter(({ folder }) => !swarms.some(swarm => swarm.kind === 'course' && swarm.folder === folder))
        .map(({ folder, peer }) => ({ ...this.#places.add(folder), peer })),
    };
  }

  #courseSwarm(folder: string, peer: PeerId): CourseSwarm | undefined {
    for (const swarm of this.#swarms.values()) {
      if (swarm instanceof CourseSwarm && swarm.folder === folder && swarm.firstPeer === peer) return swarm;
    }
    return undefined;
  }

  /** The swarm runs whether or not its folder can be remembered. */
  #remember(recent: Recent): Promise<void> {
    this.#recents = withRecent(this.#recents, recent);
    this.#saved = this.#saved
      .then(() => writeRecents(this.#profileFolder, this.#recents))
      .catch((error: Error) => this.#log(error.message));
    return this.#saved;
  }
}

function isClosing(): RefusedError {
  return new RefusedError('unavailable', 'The app is closing.');
}

function dispose(swarm: ListedSwarm): Promise<void> {
  return swarm.dispose?.() ?? swarm.stop();
}

/** A peer that cannot start is never seen on the list. */
function isOnTrial({ kind, peers }: ListedSwarm): boolean {
  return kind === 'course' && peers.every(({ status, tape }) => status === 'starting' && tape.length === 0);
}
