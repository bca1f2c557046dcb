import { listed } from './listed.ts';
import type { Sentence } from './sentence.ts';
import type { ShareSummary } from './share.ts';
import type { Situation } from './situation.ts';
import { formatBytes, formatDuration, formatShortRate } from './units.ts';

/** What a share is doing and what it waits for. It has no roster and no end of its own: peers come and go. */

/** Nothing has come for so long although it was asked for: worth saying, slow links aside. */
const quietLimitMs = 10_000;
/** More missing pieces than this are counted, not named. */
const mostPiecesNamed = 9;

/**
 * The sentence of Home and of the share's page. What the app does with the share comes before what its swarm does;
 * a problem comes before both, with what to do, in the app's own words.
 */
export function shareSentenceOf(share: ShareSummary, situation: Situation | null): Sentence {
  const { activity, problem, workProgress } = share;
  if (problem !== null && problem !== '') return troubleOf(activity === 'failed', problem);
  switch (activity) {
    case 'hashing':
      return words.hashing(percentOf(workProgress));
    case 'checking':
      return words.checking(percentOf(workProgress));
    case 'metadata':
      return words.metadata(share.peers, workProgress ?? 0);
    case 'queued':
      return words.queued(share.queuePosition);
    case 'paused':
      return words.paused(share);
    case 'failed':
      return words.failed();
    case 'downloading':
      if (share.peers === 0) return words.lookingForPeers();
      if (situation === null || situation.outcome !== null) return words.downloadingFrom(share);
      return runningShareSentence(situation, share.etaMs);
    case 'seeding':
      if (situation !== null && situation.outcome === null && isComplete(situation))
        return seedingOf(situation);
      return words.seeding(share);
  }
}

/** The same in a few words, for a narrow place. */
export function shortShareSentenceOf(share: ShareSummary): string {
  const { activity, problem, workProgress, downBytesPerSecond, peers } = share;
  const here = percentOf(shareDone(share));
  if (activity === 'failed') return short.failed;
  if (problem !== null && problem !== '') return short.trouble(here);
  switch (activity) {
    case 'hashing':
      return short.hashing(percentOf(workProgress));
    case 'checking':
      return short.checking(percentOf(workProgress));
    case 'metadata':
      return short.metadata;
    case 'queued':
      return short.queued(here);
    case 'paused':
      return short.paused(here);
    case 'downloading':
      return peers === 0 ? short.lookingForPeers(here) : short.downloading(here, downBytesPerSecond, peers);
    case 'seeding':
      return peers === 0 ? short.complete : short.seeding(peers);
  }
}

/** What is here of what is wanted, from 0 to 1; nothing is while it is not known what there is. */
export function shareDone({
  totalLength,
  wantedLength,
  haveLength,
}: Pick<ShareSummary, 'totalLength' | 'wantedLength' | 'haveLength'>): number {
  if (wantedLength > 0) return Math.min(1, haveLength / wantedLength);
  return totalLength > 0 ? 1 : 0;
}

/** Of a run as its tape tells it, at any moment of it. `etaMs`: time left, where that is known. */
export function runningShareSentence(situation: Situation, etaMs: number | null = null): Sentence {
  const { storageFailure, outcome, connected, sources, chokingUs, unavailable, pieceCount } = situation;
  if (storageFailure !== null) return { lead: words.stopped(), rest: `: ${storageFailure}` };
  if (outcome !== null) return { lead: words.stopped(), rest: words.kept(situation) };
  if (isComplete(situation)) return seedingOf(situation);
  if (connected === 0) return words.lookingForPeers();
  if (sources.length > 0) {
    if (isQuiet(situation)) return words.quiet(sources, situation.quietMs ?? 0);
    const rest =
      unavailable.count > 0
        ? words.nobodyHasToo(unavailable)
        : etaMs === null
          ? words.rate(situation.downBytesPerSecond)
          : words.left(etaMs);
    return { lead: words.downloading(sources, connected), rest };
  }
  if (chokingUs.length > 0) return words.choked(situation);
  if (unavailable.count === 0) return words.connecting(connected);
  return {
    lead: unavailable.count === pieceCount ? words.nobodyHasAny() : words.nobodyHas(unavailable),
    rest: words.untilSomebodyComes(),
  };
}

export function shortRunningShareSentence(situation: Situation): string {
  const { storageFailure, outcome, connected, sources, chokingUs, downBytesPerSecond } = situation;
  const here = percentOf(situation.pieceCount === 0 ? 1 : situation.haveCount / situation.pieceCount);
  if (storageFailure !== null) return short.failed;
  if (outcome !== null) return short.paused(here);
  if (isComplete(situation)) return connected === 0 ? short.complete : short.seeding(servedCount(situation));
  if (connected === 0) return short.lookingForPeers(here);
  if (sources.length > 0) return short.downloading(here, downBytesPerSecond, sources.length);
  return chokingUs.length > 0 ? short.choked(here) : short.waiting(here);
}

function seedingOf(situation: Situation): Sentence {
  const { connected, incomplete } = situation;
  const served = servedCount(situation);
  if (connected === 0) return words.nobodyHere();
  if (incomplete.length === 0) return words.everybodyHasIt(connected);
  return {
    lead: served > 0 ? words.sendingTo(served) : words.sendingToNobody(),
    rest: words.notComplete(incomplete.length, connected),
  };
}

/** A problem's first part leads: "The disk is full: 1.2 GB more are needed". */
function troubleOf(isFailed: boolean, problem: string): Sentence {
  const at = problem.search(/[:;] |\. /);
  const lead = at < 0 ? problem.replace(/\.$/, '') : problem.slice(0, at);
  const rest = at < 0 ? '' : problem.slice(at);
  return {
    lead,
    rest: isFailed ? `${rest.replace(/\.$/, '')}${words.resume()}` : rest.replace(/\.$/, ''),
  };
}

function isComplete({ haveCount, pieceCount }: Situation): boolean {
  return haveCount === pieceCount;
}

function isQuiet({ quietMs }: Situation): boolean {
  return quietMs !== null && quietMs >= quietLimitMs;
}

function servedCount({ preferred, optimistic }: Situation): number {
  return preferred.length + (optimistic === null ? 0 : 1);
}

/** 100 only when nothing is missing. */
function percentOf(share: number | null): string {
  return `${Math.floor(Math.min(1, Math.max(0, share ?? 0)) * 100)} %`;
}

function peersOf(count: number): string {
  return count === 1 ? '1 peer' : `${count} peers`;
}

function pieces({ count, first }: Situation['unavailable']): string {
  if (count === 1) return `piece ${first[0]}`;
  if (count > mostPiecesNamed) return `${count} of the pieces we lack`;
  return `pieces ${count > 3 ? listed(first.slice(0, 2), count) : listed(first)}`;
}

const short = {
  failed: 'Stopped by a problem',
  trouble: (here: string) => `${here}, needs attention`,
  hashing: (done: string) => `Reading the files, ${done}`,
  checking: (done: string) => `Checking, ${done}`,
  metadata: 'Asking what it holds',
  queued: (here: string) => `${here}, waits for its turn`,
  paused: (here: string) => `${here}, paused`,
  lookingForPeers: (here: string) => `${here}, looking for peers`,
  downloading: (here: string, rate: number, peers: number) =>
    `${here}, ${formatShortRate(rate)} from ${peers}`,
  choked: (here: string) => `${here}, choked by all`,
  waiting: (here: string) => `${here}, waiting`,
  complete: 'Complete',
  seeding: (peers: number) => `Complete, sharing with ${peers}`,
} as const;

/** All that is said, in one place, so that it can be said in another language. */
const words = {
  hashing: (done: string): Sentence => ({
    lead: `Reading the files, ${done}`,
    rest: '; the link is there when that is done',
  }),
  checking: (done: string): Sentence => ({
    lead: `Checking what is here already, ${done}`,
    rest: '; what is right is kept',
  }),
  metadata: (peers: number, done: number): Sentence => ({
    lead: 'Asking what the link holds',
    rest:
      peers === 0
        ? '; nobody who knows it is found yet'
        : done > 0
          ? `; ${percentOf(done)} of the description is here`
          : `; ${peersOf(peers)} connected`,
  }),
  queued: (position: number | null): Sentence => ({
    lead: 'Waiting for its turn',
    rest:
      position === null
        ? ''
        : position === 1
          ? '; it is the next one'
          : `; ${position - 1} ${position === 2 ? 'waits' : 'wait'} before it`,
  }),
  paused: (share: ShareSummary): Sentence => ({
    lead: 'Paused',
    rest:
      shareDone(share) === 1
        ? '; it is complete, and nobody can fetch it'
        : `; ${formatBytes(share.haveLength)} of ${formatBytes(share.wantedLength)} are here`,
  }),
  failed: (): Sentence => ({ lead: 'Stopped by a problem', rest: '; press Resume to try again' }),
  resume: () => '. Press Resume to go on',
  stopped: () => 'Stopped',
  kept: ({ haveCount, pieceCount }: Situation) =>
    haveCount === pieceCount
      ? '; every piece is here'
      : `; ${haveCount} of ${pieceCount} pieces are here and kept`,
  lookingForPeers: (): Sentence => ({
    lead: 'Looking for peers',
    rest: '; nobody who has it is found yet',
  }),
  downloadingFrom: ({ peers, etaMs }: ShareSummary): Sentence => ({
    lead: `Downloading, ${peersOf(peers)} connected`,
    rest: etaMs === null ? '' : words.left(etaMs),
  }),
  downloading: (sources: readonly string[], connected: number) =>
    connected === 1
      ? `Downloading from ${sources[0]}`
      : `Downloading from ${sources.length === connected ? every(connected) : `${sources.length} of ${connected}`} peers`,
  rate: (bytesPerSecond: number) => (bytesPerSecond > 0 ? `; ${formatShortRate(bytesPerSecond)}` : ''),
  left: (etaMs: number) => `; about ${formatDuration(roundedTime(etaMs))} left`,
  quiet: (sources: readonly string[], ms: number): Sentence => ({
    lead: `Waiting for pieces asked of ${listed(sources)}`,
    rest: `; nothing has come for ${Math.floor(ms / 1000)} s`,
  }),
  choked: ({ chokingUs, connected, unchokingIntervalMs }: Situation): Sentence => {
    const again = `decides again within about ${Math.max(1, Math.round(unchokingIntervalMs / 1000))} s`;
    if (chokingUs.length === 1) {
      const who = connected === 1 ? `${chokingUs[0]}, the only peer,` : `${chokingUs[0]}`;
      return { lead: `Waiting: ${who} chokes us`, rest: `; it ${again}` };
    }
    const withPieces = chokingUs.length < connected ? ' with pieces for us' : '';
    return {
      lead: `Waiting: ${every(chokingUs.length)} peers${withPieces} choke us`,
      rest: `; each ${again}`,
    };
  },
  nobodyHas: (unavailable: Situation['unavailable']) => `Nobody here has ${pieces(unavailable)}`,
  nobodyHasToo: (unavailable: Situation['unavailable']) => `; nobody here has ${pieces(unavailable)}`,
  nobodyHasAny: () => 'Nobody here has any piece yet',
  untilSomebodyComes: () => '; waiting for a peer that does',
  connecting: (connected: number): Sentence => ({
    lead: `Connected to ${peersOf(connected)}`,
    rest: '; nothing left to ask of them at the moment',
  }),
  nobodyHere: (): Sentence => ({
    lead: 'Complete',
    rest: '; nobody is connected now',
  }),
  everybodyHasIt: (connected: number): Sentence => ({
    lead: 'Complete',
    rest:
      connected === 1 ? '; the one peer here has it, too' : `; ${every(connected)} peers here have it, too`,
  }),
  sendingTo: (served: number) => `Complete, sending to ${served}`,
  sendingToNobody: () => 'Complete, sending to nobody',
  notComplete: (incomplete: number, connected: number) =>
    connected === 1
      ? '; its only peer is not complete yet'
      : `; ${incomplete} of ${connected} peers are not complete yet`,
  seeding: ({ wantedLength, totalLength, peers }: ShareSummary): Sentence => ({
    lead: wantedLength < totalLength ? 'Everything that is wanted is here' : 'Complete',
    rest: peers === 0 ? '; nobody is connected' : `; ${peersOf(peers)} connected`,
  }),
} as const;

/** Two are both, more are all of them. */
function every(count: number): string {
  return count === 2 ? 'both' : `all ${count}`;
}

/** A time that is guessed, no finer than it is known. */
function roundedTime(ms: number): number {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  if (seconds < 60) return seconds * 1000;
  const step = seconds < 600 ? 5 : seconds < 3600 ? 60 : 300;
  return Math.ceil(seconds / step) * step * 1000;
}
