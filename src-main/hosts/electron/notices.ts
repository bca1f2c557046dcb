import type { HomeView, PeerSummary, SwarmSummary } from '../../../src-shared/contract.ts';
import type { ShareSummary } from '../../../src-shared/share.ts';

/** A notice of the system. */
export interface Notice {
  readonly title: string;
  readonly body: string;
}

/** What has happened between two views that is worth a notice: a swarm of this computer is complete, or failed. */
export function noticesBetween(before: HomeView, after: HomeView): readonly Notice[] {
  return after.swarms.flatMap(swarm => {
    const earlier = before.swarms.find(one => one.swarm === swarm.swarm);
    return earlier === undefined || swarm.kind === 'replay' ? [] : noticesOf(earlier, swarm);
  });
}

function noticesOf(before: SwarmSummary, after: SwarmSummary): readonly Notice[] {
  if (before.share !== null && after.share !== null)
    return shareNotices(after.name, before.share, after.share);
  if (!isComplete(before) && isComplete(after)) {
    const body =
      after.kind === 'demo'
        ? 'Every peer of the demo has the whole file.'
        : 'This computer has the whole file.';
    return [{ title: `${after.name} is complete`, body }];
  }
  const failed = after.peers.find(peer => {
    const earlier = before.peers.find(one => one.peer === peer.peer);
    return problemOf(peer) !== null && (earlier === undefined || problemOf(earlier) === null);
  });
  if (failed === undefined) return [];
  return [{ title: `${after.name} has stopped`, body: problemOf(failed)! }];
}

function shareNotices(name: string, before: ShareSummary, after: ShareSummary): readonly Notice[] {
  if (after.problem !== null && before.problem === null && after.activity !== 'metadata') {
    const title = after.activity === 'failed' ? `${name} has stopped` : `${name} waits`;
    return [{ title, body: after.problem }];
  }
  const isSame = after.wantedLength === before.wantedLength;
  const isDone = after.haveLength === after.wantedLength && before.haveLength < before.wantedLength;
  if (before.activity !== 'downloading' || !isSame || !isDone) return [];
  return [{ title: `${name} is complete`, body: 'This computer has every file that was wanted.' }];
}

function isComplete({ peers }: SwarmSummary): boolean {
  return peers.every(({ situation }) => situation !== null && situation.haveCount === situation.pieceCount);
}

function problemOf({ status, problem, situation }: PeerSummary): string | null {
  if (status === 'failed') return problem ?? 'It failed.';
  if (situation === null) return null;
  if (situation.storageFailure !== null) return situation.storageFailure;
  return situation.outcome === 'peers-lost' ? 'The others are gone and did not come back.' : null;
}

const mostNotices = 3;
const withinMs = 60_000;

/** At most three notices a minute. */
export class NoticeLimit {
  #shown: number[] = [];

  allows(nowMs: number): boolean {
    this.#shown = this.#shown.filter(at => nowMs - at < withinMs);
    if (this.#shown.length === mostNotices) return false;
    this.#shown.push(nowMs);
    return true;
  }
}
