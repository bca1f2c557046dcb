import { resolve } from 'node:path';
import { type Question, RefusedError } from '../../../src-shared/contract.ts';
import type { JournalEvent, PeerId } from '../../../src-shared/journal.ts';
import { readJournalEvent } from '../../../src-shared/journal-schema.ts';
import { holdsMoreThanRun, makeTemporaryFolder, removeFolder } from '../../io/course-folder.ts';
import { naming } from '../../io/file-failure.ts';
import { logFile } from '../../io/working-folder.ts';
import { type DemoFolder, limitText, makeDemoFolder } from './demo-folder.ts';
import type { LaunchPeer, PeerHandle } from './launch-peer.ts';
import { type ListedSwarm, RecordedPeer } from './listed-swarm.ts';

/** Killed peers may come back by hand: they are waited for as long as somebody may look at them. */
const lostAfterSeconds = 600;
/** A peer that was told to end takes a second; one that hangs is killed. */
const killAfterMs = 3_000;

export interface DemoSwarmOptions {
  readonly launchPeer: LaunchPeer;
  /** Shared instead of a random file. */
  readonly file?: string;
  /** Works here, and leaves everything; in a temporary folder otherwise. */
  readonly folder?: string;
}

/**
 * A whole swarm on this machine, each peer a process of its own that can be limited, killed and started again. The
 * peers start one after the other, while it is on the list already.
 * @throws RefusedError `set-up`, or FileFailure
 */
export async function startDemoSwarm(
  id: string,
  question: Question<'startDemo'>,
  { launchPeer, file, folder }: DemoSwarmOptions,
): Promise<ListedSwarm> {
  const { peers, seeds, late, preferredNeighbours, uploadLimit, strategy } = question;
  if (seeds + late >= peers) {
    throw cannotBeMade([
      `Of ${peers} peers, the seeds (${seeds}) and those that start later (${late}) leave nobody to download from the beginning; take fewer of either.`,
    ]);
  }
  const isTemporary = folder === undefined;
  const dir = isTemporary ? await makeTemporaryFolder('piecewise-demo-') : resolve(folder);
  try {
    const making = makeDemoFolder(dir, {
      ...question,
      preferred: preferredNeighbours,
      uploadLimit: uploadLimit ?? Number.POSITIVE_INFINITY,
      ...(file === undefined ? {} : { file }),
    });
    const made = await naming({ path: dir, shown: dir }, making);
    if ('problems' in made) throw cannotBeMade(made.problems);
    return new DemoSwarm(id, dir, made, { isTemporary, late, strategy, launchPeer });
  } catch (error) {
    if (isTemporary) await removeFolder(dir);
    throw error;
  }
}

function cannotBeMade(problems: readonly string[]): RefusedError {
  return new RefusedError('set-up', 'The demo cannot be made.', problems);
}

interface DemoTraits {
  readonly isTemporary: boolean;
  readonly late: number;
  readonly strategy: string;
  readonly launchPeer: LaunchPeer;
}

class DemoSwarm implements ListedSwarm {
  readonly id: string;
  readonly kind = 'demo';
  readonly name: string;
  readonly folder: string;
  readonly firstPeer: PeerId;
  readonly notices: readonly string[] = [];
  readonly peers: readonly RecordedPeer[];
  readonly #members: readonly DemoPeer[];
  readonly #isTemporary: boolean;
  #stopping: Promise<void> | undefined;
  #isDisposed = false;

  constructor(
    id: string,
    folder: string,
    { common, roster, uploadBytesPerSecond }: DemoFolder,
    traits: DemoTraits,
  ) {
    const { late, strategy, launchPeer } = traits;
    this.id = id;
    this.name = common.fileName;
    this.folder = folder;
    this.firstPeer = roster.find(({ seed }) => !seed)!.peer;
    this.#isTemporary = traits.isTemporary;
    const args = ['--dir', folder, '--strategy', strategy, '--lost-after', String(lostAfterSeconds)];
    this.#members = roster.map(({ peer }, place) => {
      const recorded = new RecordedPeer(peer, logFile(folder, peer).path);
      recorded.status = place < roster.length - late ? 'starting' : 'waiting';
      recorded.uploadBytesPerSecond = Number.isFinite(uploadBytesPerSecond) ? uploadBytesPerSecond : null;
      return new DemoPeer(recorded, args, launchPeer);
    });
    this.peers = this.#members.map(({ recorded }) => recorded);
    void this.#startInTurn();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll().finally(() => {
      this.#stopping = undefined;
    });
    return this.#stopping;
  }

  /** A temporary folder goes, unless somebody saved something in it. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    await this.stop();
    if (this.#isTemporary && !(await holdsMoreThanRun(this.folder))) await removeFolder(this.folder);
  }

  limitPeer(peer: PeerId, uploadBytesPerSecond: number | null): void {
    this.#member(peer).limit(uploadBytesPerSecond);
  }

  killPeer(peer: PeerId): void {
    const member = this.#member(peer);
    if (!member.isAlive) throw unavailable(`Peer ${peer} is not running.`);
    member.kill();
  }

  startPeer(peer: PeerId): void {
    const member = this.#member(peer);
    if (this.#isDisposed) throw unavailable('The demo is over; start a new one.');
    if (this.#stopping !== undefined)
      throw unavailable('The demo is being stopped; start the peer after that.');
    if (member.isAlive) throw unavailable(`Peer ${peer} is running already.`);
    void member.start();
  }

  #member(peer: PeerId): DemoPeer {
    const member = this.#members.find(({ recorded }) => recorded.peer === peer);
    if (member === undefined) throw new RefusedError('unknown', `There is no peer ${peer} in this demo.`);
    return member;
  }

  /** In the order of the roster, each when the one before it listens (section 5, 1). */
  async #startInTurn(): Promise<void> {
    for (const member of this.#members) if (member.isDue) await member.start();
  }

  async #stopAll(): Promise<void> {
    for (const member of this.#members) member.stop();
    const timer = setTimeout(() => {
      for (const member of this.#members) member.kill();
    }, killAfterMs);
    await Promise.all(this.#members.map(({ gone }) => gone));
    clearTimeout(timer);
  }
}

function unavailable(message: string): RefusedError {
  return new RefusedError('unavailable', message);
}

/** One peer of the demo, over all the processes it ever is. */
class DemoPeer {
  readonly recorded: RecordedPeer;
  /** When the process there is now, if any, has ended. */
  gone: Promise<void> = Promise.resolve();
  readonly #args: readonly string[];
  readonly #launchPeer: LaunchPeer;
  #handle: PeerHandle | undefined;
  #isKilled = false;

  constructor(recorded: RecordedPeer, args: readonly string[], launchPeer: LaunchPeer) {
    this.recorded = recorded;
    this.#args = args;
    this.#launchPeer = launchPeer;
  }

  /** Its turn to start has yet to come. */
  get isDue(): boolean {
    return this.recorded.status === 'starting' && this.#handle === undefined;
  }

  /** It has a process, or soon will have. */
  get isAlive(): boolean {
    return this.recorded.status === 'starting' || this.recorded.status === 'running';
  }

  /** Done when it listens, or has ended before that. It goes on with what an earlier process left in its folder. */
  async start(): Promise<void> {
    const { recorded } = this;
    if (recorded.tape.length > 0) recorded.renew();
    recorded.status = 'starting';
    recorded.problem = null;
    this.#isKilled = false;
    let handle: PeerHandle;
    try {
      handle = this.#launchPeer(this.#arguments());
    } catch (error) {
      return this.#onEnded(null, [error instanceof Error ? error.message : String(error)]);
    }
    this.#handle = handle;
    const listens = new Promise<void>(done => this.#record(handle, done));
    this.gone = handle.ended.then(({ code, complaints }) => this.#onEnded(code, complaints));
    await Promise.race([listens, this.gone]);
  }

  limit(uploadBytesPerSecond: number | null): void {
    this.recorded.uploadBytesPerSecond = uploadBytesPerSecond;
    this.#handle?.send({ control: 'limit', uploadBytesPerSecond });
  }

  stop(): void {
    if (this.isDue) this.recorded.status = 'waiting';
    this.#handle?.send({ control: 'stop' });
  }

  kill(): void {
    if (this.isDue) this.recorded.status = 'killed';
    if (this.#handle === undefined) return;
    this.#isKilled = true;
    this.#handle.kill();
  }

  #arguments(): readonly string[] {
    const { peer, uploadBytesPerSecond } = this.recorded;
    const limit = limitText(uploadBytesPerSecond ?? Number.POSITIVE_INFINITY);
    return [peer, '--journal', '-', '--upload-limit', limit, ...this.#args];
  }

  #record(handle: PeerHandle, onListening: () => void): void {
    const { recorded } = this;
    const clock = new RunClock();
    handle.events(line => {
      const event = eventIn(line);
      if (this.#handle !== handle || event === undefined) return;
      if (recorded.tape.length === 0 && event.kind !== 'started') return;
      clock.onEvent(event.atMs);
      recorded.record(event);
      if (event.kind === 'ended') recorded.nowMs = () => null;
      if (event.kind !== 'started') return;
      recorded.status = 'running';
      recorded.nowMs = () => clock.nowMs();
      onListening();
    });
  }

  #onEnded(code: number | null, complaints: readonly string[]): void {
    const { recorded } = this;
    const { outcome, storageFailure } = recorded.state;
    this.#handle = undefined;
    recorded.nowMs = () => null;
    if (this.#isKilled) recorded.status = 'killed';
    else if (outcome === undefined) this.#fail(problemOf(recorded, code, complaints));
    else if (outcome === 'storage-failed')
      this.#fail(storageFailure ?? problemOf(recorded, code, complaints));
    else recorded.status = 'ended';
  }

  #fail(problem: string): void {
    this.recorded.status = 'failed';
    this.recorded.problem = problem;
  }
}

/** The event that a line of a journal spells out. */
function eventIn(line: string): JournalEvent | undefined {
  try {
    const event = readJournalEvent(JSON.parse(line));
    return 'fault' in event ? undefined : event;
  } catch {
    return undefined; // no JSON
  }
}

/** Why a process ended without saying so in its journal. */
function problemOf({ peer, tape }: RecordedPeer, code: number | null, complaints: readonly string[]): string {
  const what = tape.length === 0 ? `Peer ${peer} could not start` : `Peer ${peer} broke off`;
  const how = code === null ? 'its process was ended from outside' : `exit code ${code}`;
  return [`${what} (${how}). Start it again when the cause is gone.`, ...complaints].join('\n');
}

/**
 * The clock of a run in another process, by its events: none arrives before it happened, so the one that came quickest
 * tells best when the run began. It never goes back, and is never behind an event.
 */
class RunClock {
  #startedAt = Number.POSITIVE_INFINITY;

  onEvent(atMs: number): void {
    this.#startedAt = Math.min(this.#startedAt, performance.now() - atMs);
  }

  /** Milliseconds since the run's start. */
  nowMs(): number {
    return performance.now() - this.#startedAt;
  }
}
