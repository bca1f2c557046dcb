import { basename } from 'node:path';
import { RefusedError } from '../../../src-shared/contract.ts';
import type { JournalEvent, Outcome, PeerId } from '../../../src-shared/journal.ts';
import type { Settings } from '../../../src-shared/settings.ts';
import { systemClock } from '../../io/clock.ts';
import { inWords } from '../../io/file-failure.ts';
import { logFile } from '../../io/working-folder.ts';
import { type CoursePeer, startCoursePeer } from '../course-peer.ts';
import { type ListedSwarm, RecordedPeer } from './listed-swarm.ts';

/** Peers of the course that run in this process, one per swarm on the list. */

type CourseSettings = Pick<Settings, 'strategy' | 'uploadBytesPerSecond'>;

export class CourseSwarm implements ListedSwarm {
  readonly kind = 'course';
  readonly id: string;
  readonly folder: string;
  readonly firstPeer: PeerId;
  readonly peers: readonly [RecordedPeer];
  #name: string;
  #notices: readonly string[] = [];
  #run: CoursePeer | undefined;
  /** Settled while nothing is being started. */
  #starting: Promise<void> = Promise.resolve();
  #ended: Promise<void> = Promise.resolve();

  constructor(id: string, folder: string, peer: PeerId) {
    this.id = id;
    this.folder = folder;
    this.firstPeer = peer;
    this.#name = basename(folder);
    this.peers = [new RecordedPeer(peer, logFile(folder, peer).path)];
  }

  get name(): string {
    return this.#name;
  }

  get notices(): readonly string[] {
    return this.#notices;
  }

  /** Whether the peer is being started or runs. */
  get isBusy(): boolean {
    const { status } = this.peers[0];
    return status === 'starting' || status === 'running';
  }

  /**
   * Starts the peer, for the first time or again; a run before this one gives way to it on the tape.
   * @throws SetUpError and then nothing has changed
   */
  start(settings: CourseSettings): Promise<void> {
    const starting = this.#start(settings);
    this.#starting = starting.catch(() => {});
    return starting;
  }

  async stop(): Promise<void> {
    await this.#starting;
    this.#run?.stop();
    await this.#ended;
  }

  limitPeer(peer: PeerId, uploadBytesPerSecond: number | null): void {
    if (peer !== this.firstPeer) throw unknownPeer(peer);
    if (this.#run === undefined) throw new RefusedError('unavailable', `Peer ${peer} does not run.`);
    this.#run.setUploadLimit(uploadBytesPerSecond ?? Number.POSITIVE_INFINITY);
    this.peers[0].uploadBytesPerSecond = uploadBytesPerSecond;
  }

  killPeer(): void {
    throw onlyInDemo();
  }

  startPeer(): void {
    throw onlyInDemo();
  }

  async #start({ strategy, uploadBytesPerSecond }: CourseSettings): Promise<void> {
    const [peer] = this.peers;
    const { status, problem } = peer;
    peer.status = 'starting';
    peer.problem = null;
    const complaints: string[] = [];
    try {
      this.#run = await startCoursePeer({
        dir: this.folder,
        id: peer.peer,
        strategy,
        uploadBytesPerSecond: uploadBytesPerSecond ?? Number.POSITIVE_INFINITY,
        onEvent: event => this.#record(event),
        onComplaint: complaint => {
          complaints.push(complaint);
          this.#notices = [...(this.#run?.notices ?? []), ...complaints];
        },
      });
    } catch (error) {
      peer.status = status;
      peer.problem = problem;
      throw error;
    }
    peer.uploadBytesPerSecond = uploadBytesPerSecond;
    peer.status = 'running';
    this.#name = this.#run.fileName;
    this.#notices = [...this.#run.notices, ...complaints];
    this.#ended = this.#run.ended.then(
      outcome => this.#onEnded(outcome, peer.state.storageFailure),
      (error: Error) => this.#onEnded('storage-failed', inWords(error)),
    );
  }

  #record(event: JournalEvent): void {
    const [peer] = this.peers;
    if (event.kind === 'started') {
      if (peer.tape.length > 0) peer.renew();
      const startedAt = systemClock.now() - event.atMs;
      peer.nowMs = () => systemClock.now() - startedAt;
    }
    peer.record(event);
    // What is asked between the last event and the closing of all files has its answer in the event.
    if (event.kind === 'ended') peer.nowMs = () => null;
  }

  #onEnded(outcome: Outcome, failure = 'The disk failed.'): void {
    const [peer] = this.peers;
    this.#run = undefined;
    peer.nowMs = () => null;
    peer.status = outcome === 'storage-failed' ? 'failed' : 'ended';
    if (outcome === 'storage-failed') peer.problem = failure;
  }
}

export function unknownPeer(peer: PeerId): RefusedError {
  return new RefusedError('unknown', `There is no peer ${peer} here.`);
}

function onlyInDemo(): RefusedError {
  return new RefusedError('unavailable', 'Only the peers of a demo can be killed and started by hand.');
}
