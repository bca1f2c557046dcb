import type { PeerId } from './journal.ts';
import { listed } from './listed.ts';
import { runningShareSentence, shortRunningShareSentence } from './share-sentence.ts';
import type { Situation } from './situation.ts';
import { formatShortRate } from './units.ts';

/** Two halves that read as one sentence when put together; `rest`, the lighter one, may be empty. */
export interface Sentence {
  readonly lead: string;
  readonly rest: string;
}

/** Nothing has come for so long although it was asked for: worth saying, slow links aside. */
const quietLimitMs = 10_000;
/** More missing pieces than this are counted, not named. */
const mostPiecesNamed = 9;

/**
 * What a swarm is doing and what it waits for. The first of these that holds is the lead:
 *
 * 1. storage failed, since nothing else matters until the user acts;
 * 2. the run has ended, and how;
 * 3. complete: whom we serve, else who still lacks pieces here, else who has to start or to come back;
 * 4. nobody is connected: whom we wait for;
 * 5. somebody lets us ask: downloading, or asked in vain for a while;
 * 6. everybody who could help chokes us;
 * 7. nobody here has what we lack.
 *
 * The rest names the worst thing that the lead leaves open: pieces that nobody here has, then neighbours that left,
 * then when the next choke round comes. It promises only what is ours to decide: of the others' choking it tells the
 * interval and no outcome.
 */
export function sentenceOf(situation: Situation): Sentence {
  if (situation.isShare) return runningShareSentence(situation);
  const { outcome, storageFailure, neighbours, connected, sources, chokingUs } = situation;
  if (storageFailure !== null) return words.storageFailed(storageFailure);
  if (outcome !== null) return endOf(situation);
  if (neighbours === 0) return words.alone(isComplete(situation));
  if (isComplete(situation)) return completeOf(situation);
  if (connected === 0) return unconnectedOf(situation);
  if (sources.length > 0) return downloadingOf(situation);
  if (chokingUs.length > 0) return words.choked(situation);
  return nothingHereOf(situation);
}

/** The same in a few words, for a narrow place. */
export function shortSentenceOf(situation: Situation): string {
  if (situation.isShare) return shortRunningShareSentence(situation);
  const { outcome, storageFailure, neighbours, connected, notStarted, gone, away } = situation;
  const percent = percentOf(situation);
  if (storageFailure !== null) return shortWords.storageFailed(percent);
  if (outcome !== null) return shortWords[outcome](percent);
  if (neighbours === 0) return shortWords.alone();
  if (isComplete(situation)) return shortCompleteOf(situation);
  if (connected === 0) {
    const isFirst = gone.length + away.length === 0;
    return isFirst ? shortWords.waitForStart(notStarted.length) : shortWords.nobodyConnected(percent);
  }
  if (situation.sources.length > 0) {
    return isQuiet(situation) ? shortWords.quiet(percent) : shortWords.downloading(percent, situation);
  }
  if (situation.chokingUs.length > 0) return shortWords.choked(situation);
  return situation.unavailable.count > 0
    ? shortWords.nobodyHas(percent)
    : shortWords.connected(percent, connected);
}

function shortCompleteOf(situation: Situation): string {
  const { incomplete, notStarted, gone } = situation;
  const served = servedCount(situation);
  if (served > 0) return words.serving(served);
  if (incomplete.length > 0) return words.servingNobody();
  if (notStarted.length > 0) return shortWords.waitForStart(notStarted.length);
  return gone.length > 0 ? shortWords.waitForReturn(gone.length) : shortWords.everybodyHere();
}

function endOf({ outcome, ...situation }: Situation): Sentence {
  const { gone, notStarted, away } = situation;
  const kept = isComplete(situation) ? words.haveAll() : words.keptSoFar(situation);
  if (outcome === 'complete') return words.completeEverywhere();
  if (outcome === 'interrupted') return { lead: words.stopped(), rest: kept };
  return { lead: words.lost(gone.length > 0 ? gone : notStarted.length > 0 ? notStarted : away), rest: kept };
}

function completeOf(situation: Situation): Sentence {
  const { incomplete, notStarted, gone, nextRoundInMs } = situation;
  const served = servedCount(situation);
  if (served > 0 || incomplete.length > 0) {
    const lead = served > 0 ? words.serving(served) : words.servingNobody();
    if (notStarted.length > 0) return { lead, rest: words.waitingForStart(notStarted) };
    if (gone.length > 0) return { lead, rest: words.left(gone) };
    if (served > 0) return { lead, rest: words.untilAllHaveIt() };
    return { lead, rest: words.wantNothing(incomplete) + words.nextRound(nextRoundInMs) };
  }
  if (notStarted.length > 0) return { lead: words.waitForStart(notStarted), rest: words.haveAll() };
  if (gone.length > 0) return { lead: words.waitForReturn(gone), rest: words.leftAndWeHaveAll(gone) };
  return words.everybodyHere();
}

function unconnectedOf({ notStarted, gone, away }: Situation): Sentence {
  if (gone.length + away.length === 0) {
    return { lead: words.waitForStart(notStarted), rest: words.nobodyYet() };
  }
  const left = [...away, ...gone];
  return { lead: words.waitForReturn(left), rest: words.nobodyNow() };
}

function downloadingOf(situation: Situation): Sentence {
  const { sources, unavailable, notStarted, gone, quietMs, nextRoundInMs } = situation;
  if (isQuiet(situation)) return { lead: words.askedInVain(sources), rest: words.quietFor(quietMs ?? 0) };
  const lead = words.downloading(situation);
  if (unavailable.count > 0) {
    const cause = notStarted.length > 0 ? words.notStartedYet(notStarted) : '';
    return { lead, rest: words.nobodyHasToo(unavailable) + cause };
  }
  if (gone.length > 0) return { lead, rest: words.left(gone) };
  return { lead, rest: words.nextRound(nextRoundInMs) };
}

function nothingHereOf(situation: Situation): Sentence {
  const { unavailable, away, notStarted, gone, pieceCount, haveCount } = situation;
  const cause =
    away.length > 0
      ? words.awayWithAll(away)
      : notStarted.length > 0
        ? words.waitingForStart(notStarted)
        : gone.length > 0
          ? words.left(gone)
          : '';
  if (unavailable.count === 0) return words.gettingToKnow(situation);
  if (unavailable.count === pieceCount) return { lead: words.nobodyHasAny(), rest: cause };
  if (unavailable.count === pieceCount - haveCount && unavailable.count > mostPiecesNamed) {
    return { lead: words.nobodyHasTheRest(unavailable.count), rest: cause };
  }
  return { lead: words.nobodyHas(unavailable), rest: cause };
}

function isComplete({ haveCount, pieceCount }: Pick<Situation, 'haveCount' | 'pieceCount'>): boolean {
  return haveCount === pieceCount;
}

function isQuiet({ quietMs }: Situation): boolean {
  return quietMs !== null && quietMs >= quietLimitMs;
}

/** Neighbours that are interested in us and unchoked. */
function servedCount({ preferred, optimistic }: Situation): number {
  return preferred.length + (optimistic === null ? 0 : 1);
}

/** "64 %"; 100 only when nothing is missing. */
function percentOf({ haveCount, pieceCount }: Situation): string {
  return `${pieceCount === 0 ? 100 : Math.floor((haveCount / pieceCount) * 100)} %`;
}

/** Whole seconds that are left, rounded up so that a countdown ends at its event. */
function secondsLeft(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}

/** "5 s", "0.5 s". */
function interval(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}

function pieces({ count, first }: Situation['unavailable']): string {
  if (count === 1) return `piece ${first[0]}`;
  return `pieces ${count > 3 ? listed(first.slice(0, 2), count) : listed(first)}`;
}

/** The same for narrow places. */
const shortWords = {
  storageFailed: (percent: string) => `${percent}, storage failed`,
  complete: () => 'Complete everywhere',
  'peers-lost': (percent: string) => `${percent}, ended without the others`,
  interrupted: (percent: string) => `${percent}, stopped`,
  'storage-failed': (percent: string) => `${percent}, storage failed`,
  alone: () => 'Alone in this swarm',
  everybodyHere: () => 'Complete',
  waitForStart: (count: number) => `Waiting for ${count} to start`,
  waitForReturn: (count: number) => `Waiting for ${count} to return`,
  nobodyConnected: (percent: string) => `${percent}, nobody connected`,
  quiet: (percent: string) => `${percent}, nothing comes`,
  downloading: (percent: string, { downBytesPerSecond, sources }: Situation) =>
    `${percent}, ${formatShortRate(downBytesPerSecond)} from ${sources.length}`,
  choked: ({ chokingUs, connected }: Situation) => {
    if (chokingUs.length === 1) return `${chokingUs[0]} chokes us`;
    return chokingUs.length === connected ? `All ${connected} choke us` : `Choked by ${chokingUs.length}`;
  },
  nobodyHas: (percent: string) => `${percent}, nobody has the rest`,
  connected: (percent: string, connected: number) => `${percent}, ${connected} connected`,
} as const;

/** All that is said, in one place, so that it can be said in another language. */
const words = {
  /** The reason reads "peer_1003/tree.jpg: the disk is full (no space left on device)". */
  storageFailed: (reason: string): Sentence => {
    const [place, cause] = splitAtLast(reason.replace(/ \([^()]*\)$/, ''), ': ');
    const inPlace = place === '' ? '' : `; it happened at ${place}`;
    const toDo = /disk is full|quota|too large/.test(cause)
      ? '. Free some space, then start again: what is here is kept'
      : '. Put that right, then start again: what is here is kept';
    return { lead: `Stopped: ${cause}`, rest: inPlace + toDo };
  },
  alone: (complete: boolean): Sentence => ({
    lead: 'Alone in this swarm',
    rest: complete ? '; we have every piece' : '; nobody can send us anything',
  }),
  completeEverywhere: (): Sentence => ({ lead: 'Complete', rest: '; every peer has the whole file' }),
  stopped: () => 'Stopped',
  lost: (peers: readonly PeerId[]) => `Ended: ${listed(peers)} left and did not come back`,
  haveAll: () => '; we have every piece',
  keptSoFar: ({ haveCount, pieceCount }: Pick<Situation, 'haveCount' | 'pieceCount'>) =>
    `; we have ${haveCount} of ${pieceCount} pieces and keep them for the next start`,
  serving: (count: number) => `Complete, serving ${count}`,
  servingNobody: () => 'Complete, serving nobody',
  waitingForStart: (peers: readonly PeerId[]) => `; waiting for ${listed(peers)} to start`,
  waitForStart: (peers: readonly PeerId[]) => `Waiting for ${listed(peers)} to start`,
  waitForReturn: (peers: readonly PeerId[]) => `Waiting for ${listed(peers)} to come back`,
  left: (peers: readonly PeerId[]) => `; ${listed(peers)} left before ${wasComplete(peers)}`,
  leftAndWeHaveAll: (peers: readonly PeerId[]) =>
    `; ${peers.length === 1 ? 'it' : 'they'} left before ${wasComplete(peers)}, and we have every piece`,
  untilAllHaveIt: () => '; ends when every peer has the file',
  wantNothing: (peers: readonly PeerId[]) =>
    peers.length === 1
      ? `; ${peers[0]} is not complete yet`
      : `; ${peers.length} neighbours are not complete yet`,
  everybodyHere: (): Sentence => ({ lead: 'Complete, and so is everybody else', rest: '; ending soon' }),
  nobodyYet: () => '; nobody is connected yet',
  nobodyNow: () => '; nobody is connected now',
  downloading: ({ sources, connected }: Situation) =>
    connected === 1
      ? `Downloading from ${sources[0]}, our only neighbour`
      : `Downloading from ${sources.length === connected ? every(connected) : `${sources.length} of ${connected}`} neighbours`,
  nextRound: (ms: number | null) => (ms === null ? '' : `; next choke round in ${secondsLeft(ms)} s`),
  askedInVain: (peers: readonly PeerId[]) => `Waiting for pieces asked of ${listed(peers)}`,
  quietFor: (ms: number) => `; nothing has come for ${Math.floor(ms / 1000)} s`,
  choked: ({ chokingUs, connected, unchokingIntervalMs }: Situation): Sentence => {
    const again = `decides again within ${interval(unchokingIntervalMs)}`;
    const [only] = chokingUs;
    if (chokingUs.length === 1) {
      const who =
        connected === 1 ? `${only}, our only neighbour,` : `${only}, the only one here with pieces for us,`;
      return { lead: `Waiting: ${who} chokes us`, rest: `; it ${again}` };
    }
    const withPieces = chokingUs.length < connected ? ' with pieces for us' : '';
    return {
      lead: `Waiting: ${every(chokingUs.length)} neighbours${withPieces} choke us`,
      rest: `; each ${again}`,
    };
  },
  nobodyHas: (unavailable: Situation['unavailable']) => `Nobody here has ${pieces(unavailable)}`,
  nobodyHasToo: (unavailable: Situation['unavailable']) =>
    unavailable.count > mostPiecesNamed
      ? `; nobody here has ${unavailable.count} of the pieces we lack`
      : `; nobody here has ${pieces(unavailable)}`,
  notStartedYet: (peers: readonly PeerId[]) =>
    `; ${listed(peers)} ${peers.length === 1 ? 'has' : 'have'} not started`,
  nobodyHasTheRest: (count: number) => `Nobody here has any of the ${count} pieces we lack`,
  nobodyHasAny: () => 'Nobody here has any piece yet',
  awayWithAll: (peers: readonly PeerId[]) =>
    peers.length === 1
      ? `; ${peers[0]} has every piece and is away`
      : `; ${listed(peers)} have every piece and are away`,
  gettingToKnow: ({ connected, neighbours }: Situation): Sentence => ({
    lead: `Connected to ${connected} of ${neighbours} neighbours`,
    rest: '; nothing left to ask of them at the moment',
  }),
} as const;

/** Two are both, more are all of them. */
function every(count: number): string {
  return count === 2 ? 'both' : `all ${count}`;
}

function wasComplete(peers: readonly PeerId[]): string {
  return peers.length === 1 ? 'it was complete' : 'they were complete';
}

function splitAtLast(text: string, separator: string): readonly [string, string] {
  const at = text.lastIndexOf(separator);
  return at < 0 ? ['', text] : [text.slice(0, at), text.slice(at + separator.length)];
}
