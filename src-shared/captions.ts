import type {
  ChokeCandidate,
  ChokeDecision,
  JournalEvent,
  OptimisticDecision,
  Outcome,
  PeerId,
  PickReason,
  ReleaseReason,
} from './journal.ts';
import { listed } from './listed.ts';
import { renamedEvent, renamedRechoke } from './peer-names.ts';
import { type Neighbour, type SwarmState, shareDialect } from './swarm-state.ts';
import { formatDuration, formatShortRate } from './units.ts';

/** What just happened, told to people who watch. */
export interface Caption {
  readonly topic: 'Choking' | 'Pieces' | 'Neighbours' | 'Run';
  /** Two lines of the presentation at most. */
  readonly text: string;
  /** From 1, only when nothing else happens, to 10, a turn of the whole run. */
  readonly weight: number;
}

/** What a caption needs beside its event; a state of that moment, or of one shortly after it, has it. */
export interface CaptionFacts extends Pick<SwarmState, 'run'> {
  readonly neighbours: Pick<ReadonlyMap<PeerId, Neighbour>, 'get' | 'values'>;
}

/** Characters in two lines of 26 px at 1920 px. */
export const longestCaption = 150;

/**
 * Tells an event; undefined for those that say nothing by themselves, since a decision or a piece tells them too.
 * `former` is the rechoke before this event, without which nobody can be said to replace anybody. `nameOf` says what
 * peers are called where their IDs are no names.
 */
export function captionFor(
  event: JournalEvent,
  facts: CaptionFacts,
  former: ChokeDecision | undefined,
  nameOf?: (peer: PeerId) => string,
): Caption | undefined {
  if (nameOf !== undefined) return namedCaption(event, facts, former, nameOf);
  const caption = captionOf(event, facts, former);
  return caption?.text ? { ...caption, text: fitted(caption.text) } : undefined;
}

/** The same of peers with other names: they are put in first, and taken back where somebody is looked up. */
function namedCaption(
  event: JournalEvent,
  facts: CaptionFacts,
  former: ChokeDecision | undefined,
  nameOf: (peer: PeerId) => string,
): Caption | undefined {
  const peers = new Map<string, PeerId>();
  const named = (peer: PeerId) => {
    const name = nameOf(peer);
    peers.set(name, peer);
    return name;
  };
  const { run, neighbours } = facts;
  return captionFor(
    renamedEvent(event, named),
    {
      run,
      neighbours: {
        get: name => neighbours.get(peers.get(name) ?? name),
        values: () => neighbours.values(),
      },
    },
    former === undefined ? undefined : renamedRechoke(former, named),
  );
}

function captionOf(
  event: JournalEvent,
  facts: CaptionFacts,
  former: ChokeDecision | undefined,
): Caption | undefined {
  switch (event.kind) {
    case 'started':
      return { topic: 'Run', text: words.started(event), weight: 5 };
    case 'peer-known':
      return undefined;
    case 'dial-failed':
      return { topic: 'Neighbours', text: words.notReached(event.peer), weight: 1 };
    case 'connected':
      return { topic: 'Neighbours', text: words.connected[event.direction](event.peer), weight: 4 };
    case 'rejected':
      return { topic: 'Neighbours', text: words.rejected(event.remote, event.reason), weight: 3 };
    case 'disconnected': {
      const isComplete = facts.neighbours.get(event.peer)?.complete === true;
      return isComplete
        ? { topic: 'Neighbours', text: words.completeLeft(event.peer), weight: 3 }
        : { topic: 'Neighbours', text: words.left(event.peer), weight: 6 };
    }
    case 'received-bitfield':
      return captionOfBitfield(event.peer, event.count, facts);
    case 'received-interested':
      return { topic: 'Choking', text: words.wants(event.peer), weight: 2 };
    case 'received-not-interested':
      return { topic: 'Choking', text: words.wantsNothing(event.peer), weight: 1 };
    case 'received-choke':
      return { topic: 'Choking', text: words.chokesUs(event.peer), weight: 4 };
    case 'received-unchoke':
      return { topic: 'Choking', text: words.unchokesUs(event.peer), weight: 5 };
    case 'choke-decision':
      return captionOfRechoke(event.decision, former, facts);
    case 'optimistic-decision':
      return captionOfDraw(event.decision);
    case 'requested':
      return {
        topic: 'Pieces',
        text: words.requested[event.reason.rule](event.peer, event.piece, event.reason),
        weight: event.reason.rule === 'endgame' ? 3 : 2,
      };
    case 'request-released':
      return captionOfRelease(event.peer, event.piece, event.reason);
    case 'piece-completed':
      return captionOfPiece(event.peer, event.piece, event.count, facts.run?.pieceCount ?? 0);
    case 'piece-failed':
      return { topic: 'Pieces', text: words.pieceFailed(event.piece, event.peers), weight: 9 };
    case 'completed':
      return { topic: 'Run', text: words.completed(event.atMs, facts), weight: 10 };
    case 'peer-completed':
      return { topic: 'Neighbours', text: words.peerCompleted(event.peer), weight: 6 };
    case 'note':
      return { topic: 'Neighbours', text: words.note(event.peer, event.text), weight: 2 };
    case 'storage-failed':
      return { topic: 'Run', text: words.storageFailed(event.reason), weight: 10 };
    case 'ended':
      return { topic: 'Run', text: words.ended[event.outcome](event.lost), weight: 10 };
    case 'received-have':
    case 'sent-interested':
    case 'sent-not-interested':
    case 'sent-choke':
    case 'sent-unchoke':
    case 'preferred-changed':
    case 'optimistic-changed':
    case 'piece-received':
    case 'uploaded':
      return undefined;
  }
}

function captionOfBitfield(
  peer: PeerId,
  count: number,
  { run, neighbours }: CaptionFacts,
): Caption | undefined {
  if (count === 0) return undefined;
  const pieceCount = run?.pieceCount ?? 0;
  const isSeed = neighbours.get(peer)?.seed === true;
  return count === pieceCount
    ? { topic: 'Pieces', text: words.hasAll(peer, isSeed), weight: 5 }
    : { topic: 'Pieces', text: words.has(peer, count, pieceCount), weight: 2 };
}

function captionOfRelease(peer: PeerId, piece: number, reason: ReleaseReason): Caption | undefined {
  if (reason === 'timed-out') return { topic: 'Pieces', text: words.timedOut(peer, piece), weight: 5 };
  if (reason === 'wrong-piece') return { topic: 'Pieces', text: words.wrongPiece(peer, piece), weight: 4 };
  return undefined;
}

/** The first piece, every quarter, and the last. */
function captionOfPiece(peer: PeerId, piece: number, count: number, all: number): Caption | undefined {
  if (count === all) return { topic: 'Pieces', text: words.lastPiece(peer, piece, all), weight: 7 };
  if (count === 1) return { topic: 'Pieces', text: words.firstPiece(peer, piece), weight: 8 };
  const quarter = Math.floor((count * 4) / all);
  if (count > all || quarter === Math.floor(((count - 1) * 4) / all)) return undefined;
  return { topic: 'Pieces', text: words.quarter(quarter, count, all), weight: 6 };
}

function captionOfDraw({ candidates, kept, optimistic }: OptimisticDecision): Caption | undefined {
  if (optimistic === undefined) return undefined;
  if (kept) return { topic: 'Choking', text: words.draw.kept(optimistic), weight: 2 };
  const text =
    candidates.length === 1 ? words.draw.only(optimistic) : words.draw.drawn(optimistic, candidates);
  return { topic: 'Choking', text, weight: 7 };
}

function captionOfRechoke(
  decision: ChokeDecision,
  former: ChokeDecision | undefined,
  facts: CaptionFacts,
): Caption {
  const { candidates, preferred, slots } = decision;
  const joined = preferred.filter(peer => former?.preferred.includes(peer) !== true);
  const dropped = (former?.preferred ?? []).filter(peer => !preferred.includes(peer));
  const isNew = joined.length + dropped.length > 0;
  const choking = (text: string, weight: number): Caption => ({ topic: 'Choking', text, weight });

  if (preferred.length === 0) return choking(words.rechoke.nobody(), isNew ? 4 : 1);
  if (candidates.length <= slots) {
    const leftOut = dropped[0];
    const text =
      joined.length === 0 && leftOut !== undefined
        ? words.rechoke.losesPlace(leftOut, whyNoCandidate(facts.neighbours.get(leftOut)))
        : words.rechoke.room(preferred, slots);
    return choking(text, isNew ? 5 : 1);
  }
  if (decision.rule === 'random') {
    return choking(words.rechoke.random(preferred, candidates.length), isNew ? 6 : 2);
  }
  if (candidates.every(({ receivedBytes }) => receivedBytes === 0)) {
    return choking(
      words.rechoke.nothingSent(preferred, candidates.length, former === undefined),
      former === undefined ? 9 : 4,
    );
  }
  if (joined.length === 0) return choking(words.rechoke.unchanged(preferred), 2);
  return choking(replacement(decision, joined, dropped, facts), 8);
}

/** Who takes whose place, and why. There is a cut: more candidates than places. */
function replacement(
  { candidates, preferred }: ChokeDecision,
  joined: readonly PeerId[],
  dropped: readonly PeerId[],
  { neighbours }: CaptionFacts,
): string {
  const [former] = dropped;
  const winner = candidates.find(({ peer }) => peer === joined[0]);
  if (winner !== undefined && former !== undefined && joined.length === 1 && dropped.length === 1) {
    const loser = candidates.find(({ peer }) => peer === former);
    return loser === undefined
      ? words.rechoke.takesOver(winner.peer, former, whyNoCandidate(neighbours.get(former)))
      : words.rechoke.replaces(winner, loser);
  }
  const lastIn = candidates.findLast(({ peer }) => preferred.includes(peer));
  const firstOut = candidates.find(({ peer }) => !preferred.includes(peer));
  return words.rechoke.newSet(joined, lastIn, firstOut);
}

function whyNoCandidate(neighbour: Neighbour | undefined): string {
  if (neighbour?.connectedAt === undefined) return words.noCandidate.left();
  return neighbour.complete ? words.noCandidate.complete() : words.noCandidate.wantsNothing();
}

/** A caption and the event it tells. */
export interface TimedCaption {
  readonly caption: Caption;
  readonly seq: number;
  /** When the screen got to the event, in milliseconds of any clock that runs as people read. */
  readonly atMs: number;
}

/** A caption on the screen, and since when, by the same clock. */
export interface ShownCaption extends TimedCaption {
  readonly sinceMs: number;
}

const shortestReadingMs = 3_500;
/** About 22 characters a second, as subtitles have it. */
const readingMsPerCharacter = 45;
/** A lighter caption waits this much longer for a heavier one to go. */
const respectMs = 2_000;
const freshMs = 8_000;

/**
 * What to show now: the shown one until it can have been read, then the heaviest of what has happened since, the
 * newest of equals. Captions follow one another in the order of their events. Undefined when all that is old.
 */
export function chooseCaption(
  candidates: readonly TimedCaption[],
  previous: ShownCaption | undefined,
  nowMs: number,
): ShownCaption | undefined {
  const shownMs = previous === undefined ? Number.POSITIVE_INFINITY : nowMs - previous.sinceMs;
  const readingMs = previous === undefined ? 0 : readingTimeOf(previous.caption);
  if (shownMs < readingMs) return previous;
  let best: TimedCaption | undefined;
  for (const candidate of candidates) {
    const { caption, seq, atMs } = candidate;
    if (atMs > nowMs || nowMs - atMs > freshMs || seq <= (previous?.seq ?? -1)) continue;
    if (shownMs < readingMs + respectMs && caption.weight < (previous?.caption.weight ?? 0)) continue;
    const isBetter =
      best === undefined ||
      caption.weight > best.caption.weight ||
      (caption.weight === best.caption.weight && seq > best.seq);
    if (isBetter) best = candidate;
  }
  if (best !== undefined) return { ...best, sinceMs: nowMs };
  return shownMs < Math.max(freshMs, readingMs + respectMs) ? previous : undefined;
}

/** Milliseconds until a caption can have been read. */
export function readingTimeOf({ text }: Caption): number {
  return Math.max(shortestReadingMs, text.length * readingMsPerCharacter);
}

/** Why the picker chose a piece, in a few words. */
export function pickReasonText(reason: PickReason): string {
  switch (reason.rule) {
    case 'random':
      return 'drawn at random';
    case 'rarest':
      return `rarest${copiesOf(reason)}`;
    case 'begun':
      return 'finishes a piece that is begun';
    case 'endgame':
      return 'asked of a second peer: all else is under way';
  }
}

/** ": 1 of 6 has it" of the connected peers. */
function copiesOf(reason: PickReason): string {
  if (reason.rule !== 'rarest') return '';
  return `: ${reason.copies} of ${reason.peers} ${reason.copies === 1 ? 'has' : 'have'} it`;
}

/** A reason for wide and for narrow columns. */
export interface Why {
  readonly long: string;
  readonly short: string;
}

/** Why we choke or serve a neighbour: what the last decisions saw of it, and nothing made up afterwards. */
export function whyText(neighbour: Neighbour, state: Pick<SwarmState, 'lastRechoke' | 'lastDraw'>): Why {
  const { peer, connectedAt, lastSeenAt, complete, role, peerInterested } = neighbour;
  const { lastRechoke, lastDraw } = state;
  if (connectedAt === undefined) {
    if (lastSeenAt === undefined) return why.notStarted;
    return complete ? why.leftComplete : why.left;
  }
  if (role === 'optimistic') return whyOptimistic(peer, lastDraw?.decision);
  const wasThere = lastRechoke !== undefined && connectedAt <= lastRechoke.atMs;
  const candidate = wasThere ? lastRechoke.decision.candidates.find(other => other.peer === peer) : undefined;
  if (role === 'preferred') {
    return candidate?.chosen === true ? whyPreferred(candidate, lastRechoke!.decision) : why.preferred;
  }
  if (complete) return why.complete;
  if (!peerInterested) return why.notInterested;
  if (lastRechoke === undefined) return why.noRound;
  if (!wasThere) return why.afterTheRound;
  return candidate === undefined || candidate.chosen
    ? why.notInterestedThen
    : whyNotChosen(candidate, lastRechoke.decision);
}

function whyOptimistic(peer: PeerId, decision: OptimisticDecision | undefined): Why {
  if (decision?.optimistic !== peer) return why.optimistic;
  return decision.kept ? why.keptOptimistic : why.drawn(decision.candidates.length);
}

function whyPreferred(
  { reason, bytesPerSecond, receivedBytes }: ChokeCandidate,
  decision: ChokeDecision,
): Why {
  switch (reason.why) {
    case 'room':
      return why.room(decision.candidates.length, decision.slots);
    case 'random':
      return why.drawnComplete(decision.preferred.length, decision.candidates.length);
    case 'rate':
      return receivedBytes === 0
        ? why.drawnOfNothing
        : why.rank(reason.rank, decision.candidates.length, bytesPerSecond);
  }
}

function whyNotChosen(
  { reason, bytesPerSecond, receivedBytes }: ChokeCandidate,
  decision: ChokeDecision,
): Why {
  const { candidates, preferred } = decision;
  if (reason.why !== 'rate') return why.notDrawn(preferred.length, candidates.length);
  if (receivedBytes === 0) return why.sentNothing(reason.rank, candidates.length);
  const last = candidates[preferred.length - 1];
  if (last === undefined) return why.rank(reason.rank, candidates.length, bytesPerSecond);
  return last.receivedBytes === receivedBytes
    ? why.tied(reason.rank, candidates.length, bytesPerSecond)
    : why.outranked(reason.rank, candidates.length, bytesPerSecond, preferred.length, last.bytesPerSecond);
}

/** 1st, 2nd, 3rd, 4th, 11th, 21st. */
function ordinal(rank: number): string {
  const ending = Math.floor(rank / 10) % 10 === 1 ? 'th' : (['th', 'st', 'nd', 'rd'][rank % 10] ?? 'th');
  return `${rank}${ending}`;
}

/** "24 against 12 KB/s": the unit once when it is the same. */
function against(more: number, less: number): string {
  const [a, b] = [formatShortRate(more), formatShortRate(less)];
  const [amount, unit] = a.split(' ');
  return `${b.endsWith(` ${unit}`) ? amount : a} against ${b}`;
}

/** "twice as much", told no more exactly than it is. */
function howMuchMore(more: number, less: number): string {
  const times = more / less;
  const whole = Math.round(times);
  if (times < 1.05) return 'a little more';
  if (times < 1.75) return 'more';
  const about = Math.abs(times / whole - 1) <= 0.05 ? '' : 'about ';
  return `${about}${whole === 2 ? 'twice' : `${whole} times`} as much`;
}

/** Free text may be longer than its place. */
function fitted(text: string): string {
  return text.length <= longestCaption ? text : `${text.slice(0, longestCaption - 1).trimEnd()}…`;
}

function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}

function isAre(peers: readonly PeerId[]): string {
  return peers.length === 1 ? 'is' : 'are';
}

/** All that is said, in one place, so that it can be said in another language. */
const words = {
  started: ({
    self,
    dialect,
    pieceCount,
    roster,
    preferredSlots,
  }: Extract<JournalEvent, { kind: 'started' }>) =>
    dialect === shareDialect
      ? `${self} start: ${counted(pieceCount, 'piece')}, ${counted(preferredSlots, 'place')} for preferred neighbours`
      : `${self} starts: ${counted(pieceCount, 'piece')}, ${counted(roster.length, 'peer')}, ${counted(preferredSlots, 'place')} for preferred neighbours`,
  notReached: (peer: PeerId) => `${peer} cannot be reached yet; we keep trying`,
  connected: {
    dialled: (peer: PeerId) => `We connect to ${peer}`,
    accepted: (peer: PeerId) => `${peer} connects to us`,
  },
  rejected: (remote: string, reason: string) => `A connection with ${remote} came to nothing: ${reason}`,
  completeLeft: (peer: PeerId) => `${peer} has left; it had every piece`,
  left: (peer: PeerId) => `${peer} left before it was complete`,
  hasAll: (peer: PeerId, isSeed: boolean) =>
    isSeed ? `${peer} has every piece from the start` : `${peer} comes with every piece`,
  has: (peer: PeerId, count: number, all: number) => `${peer} brings ${count} of ${all} pieces`,
  wants: (peer: PeerId) => `${peer} is interested in what we have`,
  wantsNothing: (peer: PeerId) => `${peer} wants nothing of what we have`,
  chokesUs: (peer: PeerId) => `${peer} chokes us: we may ask it for nothing now`,
  unchokesUs: (peer: PeerId) => `${peer} unchokes us: we may ask it for pieces`,
  requested: {
    random: (peer: PeerId, piece: number) =>
      `We ask ${peer} for piece ${piece}, drawn from those it has and we lack`,
    rarest: (peer: PeerId, piece: number, reason: PickReason) =>
      `We ask ${peer} for piece ${piece}, the rarest it can give${copiesOf(reason)}`,
    begun: (peer: PeerId, piece: number) => `We ask ${peer} for more of piece ${piece}, to make it whole`,
    endgame: (peer: PeerId, piece: number) =>
      `We ask ${peer} for piece ${piece}, too: everything else is under way`,
  },
  timedOut: (peer: PeerId, piece: number) =>
    `${peer} did not send piece ${piece} in time: it may be asked of others now`,
  wrongPiece: (peer: PeerId, piece: number) => `${peer} sent something else than piece ${piece}: thrown away`,
  firstPiece: (peer: PeerId, piece: number) => `The first piece is here: number ${piece}, from ${peer}`,
  lastPiece: (peer: PeerId, piece: number, all: number) =>
    all === 1
      ? `The only piece is here, from ${peer}`
      : `The last of ${all} pieces is here: number ${piece}, from ${peer}`,
  quarter: (quarter: number, count: number, all: number) =>
    `${['', 'A quarter', 'Half', 'Three quarters'][quarter]} of the file is here: ${count} of ${all} pieces`,
  pieceFailed: (piece: number, peers: readonly PeerId[]) =>
    `Piece ${piece} from ${listed(peers)} was damaged: thrown away, and still missing`,
  completed: (atMs: number, { neighbours }: CaptionFacts) => {
    const areAllComplete = [...neighbours.values()].every(({ complete }) => complete);
    return `We have every piece after ${formatDuration(atMs)}${areAllComplete ? '' : ', and go on serving those that do not'}`;
  },
  peerCompleted: (peer: PeerId) => `${peer} has every piece`,
  note: (peer: PeerId | undefined, text: string) => (peer === undefined ? text : `${peer}: ${text}`),
  storageFailed: (reason: string) => `Stopped by the disk: ${reason}`,
  ended: {
    complete: () => 'Every peer has the whole file: the swarm has done its work',
    interrupted: () => 'Stopped here; the pieces are kept for the next start',
    'storage-failed': () => 'Stopped by the disk; the pieces are kept for the next start',
    'peers-lost': (lost: readonly PeerId[]) => `Ended without ${listed(lost)}, gone for too long`,
  } satisfies Record<Outcome, (lost: readonly PeerId[]) => string>,
  draw: {
    drawn: (peer: PeerId, candidates: readonly PeerId[]) =>
      `${peer} gets a chance: drawn from ${listed(candidates)}, whatever it sent`,
    only: (peer: PeerId) => `${peer} gets a chance: it is the only one interested that we choke`,
    kept: (peer: PeerId) => `${peer} stays the optimistic one: nobody else could be drawn`,
  },
  rechoke: {
    nobody: () => 'No neighbour wants anything of us now, so none is preferred',
    losesPlace: (peer: PeerId, cause: string) => `${peer} loses its place: it ${cause}`,
    room: (preferred: readonly PeerId[], slots: number) =>
      `${listed(preferred)} ${isAre(preferred)} preferred: there is room for ${slots}, and nobody else is interested`,
    random: (preferred: readonly PeerId[], all: number) =>
      `We are complete and measure nobody: ${listed(preferred)} ${isAre(preferred)} drawn from ${all}`,
    nothingSent: (preferred: readonly PeerId[], all: number, isFirst: boolean) =>
      `None of the ${all} interested has sent us anything ${isFirst ? 'yet' : 'since the last round'}: ${listed(preferred)} ${isAre(preferred)} drawn`,
    unchanged: (preferred: readonly PeerId[]) =>
      `${listed(preferred)} ${preferred.length === 1 ? 'stays' : 'stay'} preferred: no other that is interested sent us more`,
    takesOver: (peer: PeerId, former: PeerId, cause: string) =>
      `${peer} takes the place of ${former}, which ${cause}`,
    replaces: (winner: ChokeCandidate, loser: ChokeCandidate) => {
      const who = `${winner.peer} replaces ${loser.peer}`;
      if (winner.receivedBytes === 0) return `${who}: neither sent anything, and the draw decided`;
      if (loser.receivedBytes === 0) {
        return `${who}: it sent ${formatShortRate(winner.bytesPerSecond)}, and ${loser.peer} nothing`;
      }
      if (winner.receivedBytes === loser.receivedBytes) {
        return `${who}: both sent ${formatShortRate(winner.bytesPerSecond)}, and the draw decided`;
      }
      const more = howMuchMore(winner.receivedBytes, loser.receivedBytes);
      return `${who}: it sent ${more} (${against(winner.bytesPerSecond, loser.bytesPerSecond)})`;
    },
    newSet: (joined: readonly PeerId[], lastIn?: ChokeCandidate, firstOut?: ChokeCandidate) => {
      const who = `${listed(joined)} ${joined.length === 1 ? 'becomes' : 'become'} preferred`;
      if (lastIn === undefined || firstOut === undefined) return who;
      if (lastIn.receivedBytes === firstOut.receivedBytes)
        return `${who}; equal rates, so the last place was drawn`;
      const [least, most] = [
        formatShortRate(lastIn.bytesPerSecond),
        formatShortRate(firstOut.bytesPerSecond),
      ];
      return `${who}: the chosen sent ${least} or more, the other interested ones ${most} at most`;
    },
  },
  noCandidate: {
    left: () => 'has left',
    complete: () => 'has every piece',
    wantsNothing: () => 'wants nothing of us now',
  },
} as const;

const rankOf = (rank: number, all: number) => `Rank ${rank} of ${all}`;

const why = {
  notStarted: { long: 'Not started', short: 'Not started' },
  left: { long: 'Left before it was complete', short: 'Left' },
  leftComplete: { long: 'Left with every piece', short: 'Left' },
  complete: { long: 'Complete, so wants nothing', short: 'Complete' },
  notInterested: { long: 'Not interested', short: 'Not interested' },
  noRound: { long: 'Not ranked yet: no round so far', short: 'No round yet' },
  notInterestedThen: { long: 'Not interested at the last round', short: 'Not at last round' },
  afterTheRound: { long: 'Not ranked yet: came after the round', short: 'After last round' },
  preferred: { long: 'Preferred by an earlier round', short: 'Earlier round' },
  optimistic: { long: 'Drawn by an earlier draw', short: 'Earlier draw' },
  keptOptimistic: { long: 'Drawn earlier; nobody else to draw', short: 'Drawn earlier' },
  drawn: (all: number): Why =>
    all === 1
      ? { long: 'The only one choked and interested', short: 'The only one' }
      : { long: `Drawn from ${all} choked, interested`, short: `Drawn from ${all}` },
  room: (all: number, slots: number): Why => ({
    long: `Room for all: ${all} interested, ${counted(slots, 'place')}`,
    short: 'Room for all',
  }),
  drawnComplete: (chosen: number, all: number): Why => ({
    long: `Drawn at random, ${chosen} of ${all}: we are complete`,
    short: 'Drawn at random',
  }),
  notDrawn: (chosen: number, all: number): Why => ({
    long: `Not drawn, ${chosen} of ${all} were: we are complete`,
    short: 'Not drawn',
  }),
  drawnOfNothing: { long: 'Drawn from those that sent us nothing', short: 'Drawn: sent nothing' } as Why,
  sentNothing: (rank: number, all: number): Why => ({
    long: `${rankOf(rank, all)}: sent us nothing`,
    short: 'Sent us nothing',
  }),
  rank: (rank: number, all: number, rate: number): Why => ({
    long: `${rankOf(rank, all)}: sent us ${formatShortRate(rate)}`,
    short: rankOf(rank, all),
  }),
  tied: (rank: number, all: number, rate: number): Why => ({
    long: `${rankOf(rank, all)}: equal at ${formatShortRate(rate)}, lost the draw`,
    short: 'Lost the draw',
  }),
  outranked: (rank: number, all: number, rate: number, last: number, lastRate: number): Why => ({
    long: `${rankOf(rank, all)}: sent ${formatShortRate(rate)}, ${ordinal(last)} sent ${formatShortRate(lastRate)}`,
    short: rankOf(rank, all),
  }),
} as const;
