import type { HomeView, PeerSummary, SwarmSummary } from '../../../src-shared/contract.ts';
import { type Sentence, sentenceOf, shortSentenceOf } from '../../../src-shared/sentence.ts';
import type { ShareSummary } from '../../../src-shared/share.ts';
import { shareDone, shareSentenceOf, shortShareSentenceOf } from '../../../src-shared/share-sentence.ts';
import type { Situation } from '../../../src-shared/situation.ts';
import { homeTexts as texts } from '../../texts/home.ts';
import type { ProgressBarProps } from '../../ui/progress-bar.tsx';
import type { RingState } from '../../ui/progress-ring.tsx';

/** A swarm as Home and the side bar show it. */
export interface SwarmRow {
  /** Done, from 0 to 1; of a demo over all its peers. */
  readonly share: number;
  readonly state: RingState;
  /** What it is doing. */
  readonly sentence: Sentence;
  /** The same in a few words. */
  readonly short: string;
  /** The sentence tells of trouble. */
  readonly isTrouble: boolean;
  /** What the progress counts: "196 of 306". */
  readonly counted: string;
  /** Bytes per second; null where nothing runs. */
  readonly down: number | null;
  readonly up: number | null;
  /** "3 of 8" neighbours, of a demo of peers; null in a replay. */
  readonly connected: string | null;
  readonly isRunning: boolean;
}

export function rowOf(swarm: SwarmSummary): SwarmRow {
  if (swarm.kind === 'share' && swarm.share !== null) return rowOfShare(swarm.share, situationOf(swarm));
  return swarm.kind === 'demo' ? rowOfDemo(swarm) : rowOfPeer(swarm);
}

/** How the bar of a row looks: what stands still is striped, unless all of it is here. */
export function barTone({
  state,
  share,
}: Pick<SwarmRow, 'state' | 'share'>): NonNullable<ProgressBarProps['tone']> {
  if (state === 'complete' || (state === 'halted' && share === 1)) return 'ok';
  return state === 'halted' || state === 'failed' ? 'halted' : 'in';
}

function isActive({ status }: PeerSummary): boolean {
  return status === 'running' || status === 'starting';
}

/** How many swarms are at work, how much moves in all, and whether they are nothing but shares. */
export function totalsOf({ swarms }: HomeView): {
  readonly all: number;
  readonly active: number;
  readonly down: number;
  readonly up: number;
  readonly areShares: boolean;
} {
  const rows = swarms.map(rowOf).filter(({ isRunning }) => isRunning);
  return {
    all: swarms.length,
    active: rows.length,
    down: sum(rows, ({ down }) => down ?? 0),
    up: sum(rows, ({ up }) => up ?? 0),
    areShares: swarms.every(({ kind }) => kind === 'share'),
  };
}

function rowOfPeer({ kind, peers, firstPeer }: SwarmSummary): SwarmRow {
  const peer = peers.find(candidate => candidate.peer === firstPeer) ?? peers[0];
  const situation = peer?.situation ?? null;
  const isRunning = peer !== undefined && isActive(peer);
  const isFailed = peer?.status === 'failed';
  const isBrokenOff = kind === 'replay' && !isRunning && situation?.outcome === null;
  const sentence = isFailed
    ? texts.failed(peer.problem)
    : situation === null
      ? texts.starting(isRunning)
      : isBrokenOff
        ? texts.brokenOff(shareOf(situation))
        : sentenceOf(situation);
  return {
    share: shareOf(situation),
    state: isFailed ? 'failed' : ringOf(situation, isRunning),
    sentence,
    short: isFailed
      ? texts.failedShort
      : situation === null
        ? texts.startingShort(isRunning)
        : isBrokenOff
          ? texts.brokenOffShort(shareOf(situation))
          : shortSentenceOf(situation),
    isTrouble: isFailed || situation?.storageFailure != null,
    counted: situation === null ? '' : texts.countedPieces(situation.haveCount, situation.pieceCount),
    down: isRunning ? (situation?.downBytesPerSecond ?? 0) : null,
    up: isRunning ? (situation?.upBytesPerSecond ?? 0) : null,
    connected:
      kind === 'replay' || situation === null
        ? null
        : texts.ofAll(isRunning ? situation.connected : 0, situation.neighbours),
    isRunning,
  };
}

function situationOf({ peers, firstPeer }: SwarmSummary): Situation | null {
  return peers.find(({ peer }) => peer === firstPeer)?.situation ?? null;
}

function rowOfShare(share: ShareSummary, situation: Situation | null): SwarmRow {
  const { activity, workProgress, problem, totalLength, haveLength, wantedLength } = share;
  const isMoving = activity === 'downloading' || activity === 'seeding';
  return {
    share: workProgress !== null && activity !== 'metadata' ? workProgress : shareDone(share),
    state: ringOfShare(share),
    sentence: shareSentenceOf(share, situation),
    short: shortShareSentenceOf(share),
    isTrouble: activity === 'failed' || (problem !== null && problem !== ''),
    counted:
      totalLength === 0
        ? ''
        : activity === 'hashing'
          ? texts.bytes(totalLength)
          : texts.bytesOf(haveLength, wantedLength),
    down: isMoving ? share.downBytesPerSecond : null,
    up: isMoving ? share.upBytesPerSecond : null,
    connected: isMoving || activity === 'metadata' ? texts.peerCount(share.peers) : null,
    isRunning: activity !== 'paused' && activity !== 'queued' && activity !== 'failed',
  };
}

function ringOfShare(share: ShareSummary): RingState {
  switch (share.activity) {
    case 'failed':
      return 'failed';
    case 'paused':
      return 'halted';
    case 'queued':
    case 'metadata':
      return 'waiting';
    case 'hashing':
    case 'checking':
      return 'working';
    case 'seeding':
      return 'complete';
    case 'downloading':
      return share.peers > 0 && share.downBytesPerSecond > 0 ? 'active' : 'waiting';
  }
}

function rowOfDemo({ peers }: SwarmSummary): SwarmRow {
  const running = peers.filter(isActive);
  const begun = peers.filter(({ situation }) => situation !== null);
  const complete = begun.filter(({ situation }) => shareOf(situation) === 1);
  const failed = peers.filter(({ status }) => status === 'failed');
  const waiting = peers.filter(({ status }) => status === 'waiting');
  const share = peers.length === 0 ? 0 : sum(peers, ({ situation }) => shareOf(situation)) / peers.length;
  const isComplete = peers.length > 0 && complete.length === peers.length;
  const isRunning = running.length > 0;
  const [firstFailed] = failed;
  const counts = {
    all: peers.length,
    running: running.length,
    complete: complete.length,
    waiting: waiting.map(({ peer }) => peer),
    killed: peers.filter(({ status }) => status === 'killed').map(({ peer }) => peer),
  };
  return {
    share,
    state: isComplete
      ? 'complete'
      : firstFailed !== undefined && !isRunning
        ? 'failed'
        : isRunning
          ? 'active'
          : 'halted',
    sentence:
      firstFailed === undefined
        ? texts.demo(counts)
        : texts.demoFailed(firstFailed.peer, firstFailed.problem),
    short: texts.demoShort(counts),
    isTrouble: firstFailed !== undefined,
    counted: texts.countedPeers(complete.length, peers.length),
    down: isRunning ? sum(running, ({ situation }) => situation?.downBytesPerSecond ?? 0) : null,
    up: isRunning ? sum(running, ({ situation }) => situation?.upBytesPerSecond ?? 0) : null,
    connected: texts.ofAll(running.length, peers.length),
    isRunning,
  };
}

function shareOf(situation: Situation | null): number {
  if (situation === null) return 0;
  return situation.pieceCount === 0 ? 1 : situation.haveCount / situation.pieceCount;
}

function ringOf(situation: Situation | null, isRunning: boolean): RingState {
  if (situation === null) return isRunning ? 'waiting' : 'halted';
  if (situation.storageFailure !== null) return 'failed';
  const isComplete = situation.haveCount === situation.pieceCount;
  if (!isRunning) return isComplete ? 'complete' : 'halted';
  if (isComplete)
    return situation.incomplete.length === 0 && situation.notStarted.length > 0 ? 'waiting' : 'complete';
  return situation.sources.length > 0 ? 'active' : 'waiting';
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
