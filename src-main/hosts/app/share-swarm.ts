import { type PeerSummary, RefusedError, type SwarmSummary } from '../../../src-shared/contract.ts';
import type { JournalEvent, PeerId } from '../../../src-shared/journal.ts';
import type { ComputerNames } from '../../../src-shared/peer-names.ts';
import { recapOf } from '../../../src-shared/recap.ts';
import type { ShareActivity } from '../../../src-shared/share.ts';
import { systemClock } from '../../io/clock.ts';
import type { HostedShare } from '../shares/share.ts';
import { unknownPeer } from './course-swarm.ts';
import { type ListedSwarm, RecordedPeer, summaryOf } from './listed-swarm.ts';

/** We are always number 1 in a share's journal. */
const ourselves = '1';
/** Some 40 MB here, and as much on each screen that shows it. */
const longestTape = 1_000_000;

/** A share as a swarm on the list: its journal on a tape, whatever else is shown of it from the share itself. */
export class ShareSwarm implements ListedSwarm {
  readonly kind = 'share';
  readonly firstPeer = ourselves;
  readonly share: HostedShare;
  readonly #peer = new RecordedPeer(ourselves, '');
  readonly #mostRows: number;
  /** When the present tape began, by the clock of the run. */
  #editionBeganAt = 0;
  /** What it looked like when nothing moved any more, and what that came from. */
  #still: { readonly from: readonly unknown[]; readonly summary: SwarmSummary } | undefined;

  constructor(share: HostedShare, computers: () => ComputerNames, mostRows = longestTape) {
    this.share = share;
    this.#peer.computers = computers;
    this.#mostRows = mostRows;
    share.onEvent = event => this.#record(event);
  }

  get id(): string {
    return this.share.id;
  }

  get name(): string {
    return this.share.name;
  }

  get folder(): string {
    return this.share.record.folder;
  }

  get notices(): readonly string[] {
    return this.share.notices;
  }

  get peers(): readonly [RecordedPeer] {
    const { activity, isRunning, state } = this.share;
    this.#peer.status = isRunning ? 'running' : statusOf(activity);
    this.#peer.problem = state.failure;
    this.#peer.uploadBytesPerSecond = this.share.record.uploadBytesPerSecond;
    return [this.#peer];
  }

  /** The same object as before as long as nothing has happened to it: of very many shares few do anything at a time. */
  summary(): SwarmSummary {
    const { share, notices } = this;
    const [{ tape, status }] = this.peers;
    const { state, record, content, have, magnet, queuePosition } = share;
    const from = [
      tape,
      tape.length,
      status,
      state,
      record,
      content,
      have?.count,
      magnet,
      queuePosition,
      notices.length,
    ];
    if (this.#still?.from.every((value, i) => value === from[i])) return this.#still.summary;
    const summary = summaryOf(this, share.summary());
    this.#still = isStill(summary) ? { from, summary } : undefined;
    return summary;
  }

  /** As its user would: it stays on the list, and goes on when it is told to. */
  async stop(): Promise<void> {
    this.share.pause();
  }

  /** The engine of all shares ends it. */
  async dispose(): Promise<void> {}

  limitPeer(peer: PeerId, uploadBytesPerSecond: number | null): void {
    if (peer !== ourselves) throw unknownPeer(peer);
    this.share.setLimits(uploadBytesPerSecond, this.share.record.downloadBytesPerSecond);
  }

  killPeer(): void {
    throw onlyInDemo();
  }

  startPeer(): void {
    throw onlyInDemo();
  }

  #record(event: JournalEvent): void {
    const peer = this.#peer;
    if (event.kind === 'started') {
      if (peer.tape.length > 0) peer.renew();
      this.#beginAt(event.atMs, 0);
    }
    const { atMs, wallMs } = event;
    peer.record({ ...event, seq: peer.tape.length, atMs: atMs - this.#editionBeganAt });
    if (event.kind === 'ended') peer.nowMs = () => null;
    else if (peer.tape.length >= this.#mostRows) this.#beginAgain(atMs, wallMs);
  }

  /** A share runs for weeks: a tape that is long enough gives way to one that begins with the present. */
  #beginAgain(atMs: number, wallMs: number): void {
    const peer = this.#peer;
    const recap = recapOf(peer.state);
    peer.renew();
    this.#beginAt(atMs, atMs);
    for (const fact of recap) peer.record({ ...fact, seq: peer.tape.length, atMs: 0, wallMs });
  }

  /** Times are told from the beginning of the edition on: `atMs` is now, both by the clock of the run. */
  #beginAt(atMs: number, editionBeganAt: number): void {
    this.#editionBeganAt = editionBeganAt;
    const startedAt = systemClock.now() - (atMs - editionBeganAt);
    this.#peer.nowMs = () => systemClock.now() - startedAt;
  }
}

/** None of its figures changes by itself: nobody is connected, nothing is under way, and the last rates have died away. */
function isStill({ share, peers }: SwarmSummary): boolean {
  if (share === null || share.workProgress !== null || share.peers > 0) return false;
  if (share.downBytesPerSecond > 0 || share.upBytesPerSecond > 0) return false;
  return peers.every(
    ({ situation }) =>
      situation === null ||
      (situation.connected === 0 && situation.downBytesPerSecond === 0 && situation.upBytesPerSecond === 0),
  );
}

function statusOf(activity: ShareActivity): PeerSummary['status'] {
  switch (activity) {
    case 'hashing':
    case 'checking':
    case 'metadata':
    case 'downloading':
    case 'seeding':
      return 'starting';
    case 'queued':
    case 'paused':
      return 'waiting';
    case 'failed':
      return 'failed';
  }
}

function onlyInDemo(): RefusedError {
  return new RefusedError('unavailable', 'Only the peers of a demo can be killed and started by hand.');
}
