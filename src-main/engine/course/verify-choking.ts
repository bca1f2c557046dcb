import type { PeerId } from '../../../src-shared/journal.ts';
import { at, type Finding, linesOf, plural, Report } from './findings.ts';
import {
  type ClockRelation,
  certainMs,
  covers,
  type FinishedRun,
  latenessMs,
  logPairs,
  relateClocks,
  slackMs,
} from './finished-run.ts';
import { type ChoiceFact, type LogFacts, listOf, type Place } from './log-facts.ts';

/** Checks of section 6.3 and 6.4: who was chosen, how often, and what the chosen and the dropped ones heard of it. */

/** Preferred sets: k neighbours or fewer, each a peer of the run and once, changed every p seconds. */
export function checkPreferred(run: FinishedRun): Finding[] {
  const report = new Report('preferred');
  const { preferredNeighbours: k, unchokingIntervalMs } = run.common;
  for (const log of run.logs.values()) {
    const lines = choicesOf(log, 'preferred', 1, unchokingIntervalMs, report);
    for (const line of lines) {
      if (line.peers.length > k) {
        report.add(
          'contradiction',
          'many',
          [log.self],
          () =>
            `Peer ${log.self} has ${plural(line.peers.length, 'preferred neighbour')}; NumberOfPreferredNeighbors is ${k}.`,
          at(log, line),
        );
      }
      if (new Set(line.peers).size < line.peers.length) {
        report.add(
          'contradiction',
          'twice',
          [log.self],
          () => `Peer ${log.self} lists a preferred neighbour twice.`,
          at(log, line),
        );
      }
    }
    checkMembers(run, log, lines, report);
    checkRhythm(log, lines, unchokingIntervalMs, report);
  }
  return report.conclude(
    lines =>
      `${plural(lines, 'preferred set')} of ${k} or fewer known neighbours, chosen every ${seconds(unchokingIntervalMs)} s.`,
  );
}

/** Optimistic neighbours: each a peer of the run, changed every m seconds. */
export function checkOptimistic(run: FinishedRun): Finding[] {
  const report = new Report('optimistic');
  const { preferredNeighbours, optimisticIntervalMs } = run.common;
  for (const log of run.logs.values()) {
    const lines = choicesOf(log, 'optimistic', preferredNeighbours + 1, optimisticIntervalMs, report);
    checkMembers(run, log, lines, report);
    checkRhythm(log, lines, optimisticIntervalMs, report);
  }
  return report.conclude(
    lines =>
      `${plural(lines, 'optimistic choice')} of a known neighbour, made every ${seconds(optimisticIntervalMs)} s.`,
  );
}

/**
 * Lines of a kind. That there are none is worth telling when there was time and choice: `enough` neighbours were
 * interested.
 */
function choicesOf(
  log: LogFacts,
  kind: ChoiceFact['kind'],
  enough: number,
  intervalMs: number,
  report: Report,
): ChoiceFact[] {
  const lines = log.choices.filter(choice => choice.kind === kind);
  report.examined(lines.length);
  const interested = [...log.interests.values()].filter(interests => interests.some(fact => fact.interested));
  const shortLog = log.firstMs !== undefined && log.lastMs! - log.firstMs < 2 * intervalMs;
  if (lines.length === 0 && interested.length >= enough && !shortLog) {
    report.add('not-shown', kind, [log.self], () => `${log.file} has no line about ${kind} neighbours.`);
  }
  return lines;
}

function checkMembers(run: FinishedRun, log: LogFacts, lines: readonly ChoiceFact[], report: Report): void {
  const known = new Set(run.roster.map(({ peer }) => peer));
  for (const line of lines) {
    for (const peer of line.peers) {
      const fault = peer === log.self ? 'itself' : known.has(peer) ? undefined : 'a peer not in PeerInfo.cfg';
      if (fault) {
        report.add(
          'contradiction',
          fault,
          [log.self],
          () => `Peer ${log.self} chooses ${fault}, ${peer}.`,
          at(log, line),
        );
      } else if (!log.interests.has(peer) && log.speaksOf('received-interested')) {
        report.add(
          'warning',
          'not interested',
          [log.self, peer],
          () => `Peer ${log.self} chooses ${peer}, from which its log has no 'interested' message.`,
          at(log, line),
        );
      }
    }
  }
}

/**
 * Some log a choice on every interval and some only when it changes (A20), so times between lines are about
 * multiples of the interval. Lines that only drop a neighbour do not count: it may just have left.
 */
function checkRhythm(log: LogFacts, lines: readonly ChoiceFact[], intervalMs: number, report: Report): void {
  let previous: ChoiceFact | undefined;
  let members: ReadonlySet<PeerId> = new Set();
  const changes: ChoiceFact[] = [];
  for (const line of lines) {
    const adds = line.peers.some(peer => !members.has(peer));
    const drops = !adds && line.peers.length < members.size;
    members = new Set(line.peers);
    if (drops) continue;
    if (previous) checkMultiple(log, previous, line, intervalMs, report);
    previous = line;
    if (adds) changes.push(line);
  }
  for (const index of changes.keys()) checkPace(log, changes, index, intervalMs, report);
}

/**
 * A change must not come too soon after any of those before it: each may be late and the next on time, but none can be
 * early. That one was later than usual shows in the time before it.
 */
function checkPace(
  log: LogFacts,
  changes: readonly ChoiceFact[],
  index: number,
  intervalMs: number,
  report: Report,
): void {
  const last = changes[index]!;
  for (let rounds = 1; rounds <= Math.min(index, maxRounds); rounds += 1) {
    const first = changes[index - rounds]!;
    const spanMs = elapsedMs(first, last);
    const beforeMs = elapsedMs(changes[index - rounds - 1], first);
    const late = beforeMs !== undefined && !isMultiple(beforeMs, intervalMs);
    if (late || spanMs === undefined || spanMs >= rounds * intervalMs - roundingMs - usuallyLateMs) continue;
    const text = () =>
      `Peer ${log.self} makes ${plural(rounds + 1, 'choice')} within ${seconds(spanMs)} s; the interval is ${seconds(intervalMs)} s.`;
    const lines = at(log, ...changes.slice(index - rounds, index + 1));
    return report.add('contradiction', 'pace', [log.self], text, lines);
  }
  const gapMs = elapsedMs(changes[index - 1], last);
  if (gapMs === undefined || gapMs >= intervalMs - roundingMs) return;
  const text = () =>
    `Peer ${log.self} chooses anew after ${seconds(gapMs)} s; the interval is ${seconds(intervalMs)} s.`;
  report.add('warning', 'soon', [log.self], text, at(log, changes[index - 1], last));
}

/** How far back the pace is looked at: with short intervals only several rounds together can be too many. */
const maxRounds = 4;

function checkMultiple(
  log: LogFacts,
  previous: ChoiceFact,
  line: ChoiceFact,
  intervalMs: number,
  report: Report,
): void {
  const gapMs = elapsedMs(previous, line);
  if (gapMs === undefined || gapMs < intervalMs || isMultiple(gapMs, intervalMs)) return;
  report.add(
    'warning',
    'rhythm',
    [log.self],
    () =>
      `Peer ${log.self} chooses after ${seconds(gapMs)} s, which is no multiple of the interval, ${seconds(intervalMs)} s.`,
    at(log, previous, line),
  );
}

/** Timers that are set anew after each round drift: a twentieth allows for that. */
function isMultiple(gapMs: number, intervalMs: number): boolean {
  const rounds = Math.max(1, Math.round(gapMs / intervalMs));
  return Math.abs(gapMs - rounds * intervalMs) <= roundingMs + gapMs / 20;
}

/** Two times in whole seconds may be this much closer than the instants they stand for. */
const roundingMs = 1000;

/** How late a round may be on a busy machine without making the one before look odd as well. */
const usuallyLateMs = 2500;

/** Undefined when a time is unknown, the clock was set back, or the peer may have been restarted in between. */
function elapsedMs(from: Place | undefined, to: Place): number | undefined {
  if (from?.timeMs === undefined || to.timeMs === undefined || from.stretch !== to.stretch) return undefined;
  const gapMs = to.timeMs - from.timeMs;
  return gapMs < 0 ? undefined : gapMs;
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}

/**
 * The two ends of every choke: who is unchoked was chosen; who is newly chosen is unchoked; who is chosen no longer is
 * choked.
 */
export function checkChokes(run: FinishedRun): Finding[] {
  const report = new Report('chokes');
  for (const log of run.logs.values()) {
    if (log.repeatedChokes.count === 0) continue;
    report.add(
      'warning',
      'repeated',
      [log.self],
      () => `Peer ${log.self} is told again that it is choked or unchoked, though nothing changed (A17).`,
      linesOf(log, log.repeatedChokes.lines),
      log.repeatedChokes.count,
    );
  }
  const turns = new Map([...run.logs.values()].map(log => [log, turnsOf(log)]));
  for (const [chooser, other] of logPairs(run)) {
    const received = other.chokes.get(chooser.self) ?? [];
    const clocks = relateClocks(run, chooser, other);
    if (clocks) {
      const pair = pairOf(run, chooser, other, clocks, turns.get(chooser)!.get(other.self) ?? []);
      report.examined(received.length);
      checkUnchokesChosen(pair, report);
      checkChosenUnchoked(pair, report);
      checkDroppedChoked(pair, report);
    } else if (received.length > 0) {
      report.add(
        'not-shown',
        'clocks',
        [other.self, chooser.self],
        () => `The times of ${other.file} and ${chooser.file} cannot be compared.`,
      );
    }
  }
  return report.conclude(
    chokes => `${plural(chokes, 'message')} to choke or unchoke received, as the senders' choices demand.`,
  );
}

/** A time during which a log names a neighbour as preferred or optimistic. */
interface Turn {
  readonly from: ChoiceFact;
  /** The line that names it no longer. */
  to: ChoiceFact | undefined;
}

/** The turns of each neighbour, in order. */
function turnsOf(log: LogFacts): Map<PeerId, Turn[]> {
  const turns = new Map<PeerId, Turn[]>();
  const open = new Map<PeerId, Turn>();
  const chosen: Record<ChoiceFact['kind'], readonly PeerId[]> = { preferred: [], optimistic: [] };
  for (const choice of log.choices) {
    chosen[choice.kind] = choice.peers;
    const named = new Set([...chosen.preferred, ...chosen.optimistic]);
    for (const [peer, turn] of open) {
      if (named.has(peer)) continue;
      turn.to = choice;
      open.delete(peer);
    }
    for (const peer of named) {
      if (open.has(peer)) continue;
      const turn: Turn = { from: choice, to: undefined };
      open.set(peer, turn);
      listOf(turns, peer).push(turn);
    }
  }
  return turns;
}

/** A turn by the clock of the peer it concerns. */
interface TimedTurn {
  readonly turn: Turn;
  readonly fromMs: number;
  /** Infinity while it lasts. */
  readonly toMs: number;
}

/** One side's choices beside what the other side received. All times are by the other side's clock. */
interface ChokePair {
  readonly run: FinishedRun;
  readonly chooser: LogFacts;
  readonly other: LogFacts;
  readonly turns: readonly TimedTurn[];
  /** Ascending times at which an unchoke, and at which a choke, was received. */
  readonly unchokesMs: readonly number[];
  readonly chokesMs: readonly number[];
  /** When the other side's interest changed, as the chooser heard of it. */
  readonly interests: readonly { readonly interested: boolean; readonly ms: number }[];
  /** The difference of the chooser's clock, as in `ClockRelation`. */
  readonly aheadMs: number;
  /** One clock, and one connection from beginning to end: what is missing was not said. */
  readonly certain: boolean;
}

function pairOf(
  run: FinishedRun,
  chooser: LogFacts,
  other: LogFacts,
  { aheadMs, certain }: ClockRelation,
  turns: readonly Turn[],
): ChokePair {
  const timesOf = (unchoked: boolean) =>
    (other.chokes.get(chooser.self) ?? [])
      .flatMap(choke => (choke.unchoked === unchoked && choke.timeMs !== undefined ? [choke.timeMs] : []))
      .sort((a, b) => a - b);
  const timed = turns.flatMap(turn => {
    const { from, to } = turn;
    if (from.timeMs === undefined || (to && to.timeMs === undefined)) return [];
    return [
      { turn, fromMs: from.timeMs + aheadMs, toMs: to ? to.timeMs! + aheadMs : Number.POSITIVE_INFINITY },
    ];
  });
  const once = [chooser.connections.get(other.self), other.connections.get(chooser.self)].every(
    connections => connections?.length === 1,
  );
  return {
    run,
    chooser,
    other,
    turns: timed.sort((a, b) => a.fromMs - b.fromMs),
    unchokesMs: timesOf(true),
    chokesMs: timesOf(false),
    interests: (chooser.interests.get(other.self) ?? [])
      .map(({ interested, timeMs }) => ({ interested, ms: (timeMs ?? Number.NaN) + aheadMs }))
      .filter(({ ms }) => !Number.isNaN(ms)),
    aheadMs,
    certain: certain && once,
  };
}

/** Who is unchoked was chosen: the sender names it as preferred or as optimistic at about that time. */
function checkUnchokesChosen(pair: ChokePair, report: Report): void {
  const { chooser, other, turns } = pair;
  const readable = chooser.speaksOf('preferred-changed') && chooser.speaksOf('optimistic-changed');
  for (const choke of other.chokes.get(chooser.self) ?? []) {
    const { timeMs, unchoked } = choke;
    if (!unchoked || timeMs === undefined || !covers(chooser, timeMs - pair.aheadMs)) continue;
    const turn = lastUpTo(turns, timeMs + slackMs, ({ fromMs }) => fromMs);
    if (turn && turn.toMs >= timeMs - slackMs) continue;
    const never = readable && !(turns[0] && turns[0].fromMs <= timeMs + certainMs);
    const certain = never && pair.certain && covers(chooser, timeMs - pair.aheadMs + slackMs);
    const chosen = turn ?? turns[0];
    report.add(
      certain ? 'contradiction' : 'warning',
      'not chosen',
      [other.self, chooser.self],
      () =>
        `Peer ${other.self} is unchoked by ${chooser.self}, which ${never ? 'has never named it' : 'does not name it'} as preferred or optimistic by then.`,
      [...at(other, choke), ...at(chooser, chosen?.turn.from, chosen?.turn.to)],
    );
  }
}

/** Who is newly chosen is unchoked, unless it was already. */
function checkChosenUnchoked(pair: ChokePair, report: Report): void {
  const { chooser, other } = pair;
  for (const { turn, fromMs } of pair.turns) {
    const heardInTime = hasBetween(pair.unchokesMs, fromMs - slackMs, fromMs + latenessMs);
    if (heardInTime || mayBeUnchoked(pair, fromMs)) continue;
    if (!covers(other, fromMs) || !covers(other, fromMs + latenessMs)) continue;
    const never = pair.unchokesMs.length === 0 && other.speaksOf('received-unchoke');
    const stillThere = (other.heardMs.get(chooser.self) ?? 0) > fromMs + latenessMs;
    report.add(
      never && stillThere && pair.certain ? 'contradiction' : 'warning',
      'not unchoked',
      [other.self, chooser.self],
      () =>
        `Peer ${chooser.self} chooses ${other.self}, which logs no unchoke by ${chooser.self} ${never ? 'at all' : 'then'}.`,
      at(chooser, turn.from),
    );
  }
}

/** Who is chosen no longer is choked, at once or in the next preferred round (6.4 leaves that open). */
function checkDroppedChoked(pair: ChokePair, report: Report): void {
  const { chooser, other, turns } = pair;
  for (const [index, { turn, toMs }] of turns.entries()) {
    const dueMs = toMs + pair.run.common.unchokingIntervalMs + slackMs;
    const nextMs = turns[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
    if (!turn.to || nextMs <= dueMs || !mustBeUnchoked(pair, toMs)) continue;
    if (hasBetween(pair.chokesMs, toMs - slackMs, dueMs + latenessMs)) continue;
    if (!covers(other, dueMs + latenessMs) || !covers(chooser, dueMs - pair.aheadMs)) continue;
    const never = other.speaksOf('received-choke') && !hasBetween(pair.chokesMs, toMs - slackMs, nextMs);
    const stillThere = (other.heardMs.get(chooser.self) ?? 0) > dueMs + latenessMs;
    const certain = never && stillThere && pair.certain && isInterested(pair, toMs, dueMs);
    report.add(
      certain ? 'contradiction' : 'warning',
      'not choked',
      [other.self, chooser.self],
      () =>
        `Peer ${chooser.self} no longer chooses ${other.self}, which logs no choke by ${chooser.self} then.`,
      at(chooser, turn.from, turn.to),
    );
  }
}

/** Whether the last message up to about that time may have been an unchoke. */
function mayBeUnchoked({ unchokesMs, chokesMs }: ChokePair, ms: number): boolean {
  const unchokedMs = lastUpTo(unchokesMs, ms + slackMs, time => time);
  const chokedMs = lastUpTo(chokesMs, ms - slackMs, time => time);
  return unchokedMs !== undefined && (chokedMs === undefined || unchokedMs >= chokedMs);
}

/** Whether the last message up to about that time was an unchoke for certain. */
function mustBeUnchoked({ unchokesMs, chokesMs }: ChokePair, ms: number): boolean {
  const unchokedMs = lastUpTo(unchokesMs, ms - slackMs, time => time);
  const chokedMs = lastUpTo(chokesMs, ms + slackMs, time => time);
  return unchokedMs !== undefined && (chokedMs === undefined || unchokedMs > chokedMs);
}

/** Whether the chooser knew all the time that the other side was interested. */
function isInterested({ interests }: ChokePair, fromMs: number, toMs: number): boolean {
  const before = lastUpTo(interests, fromMs - slackMs, ({ ms }) => ms);
  return before?.interested === true && before === lastUpTo(interests, toMs + slackMs, ({ ms }) => ms);
}

function hasBetween(times: readonly number[], fromMs: number, toMs: number): boolean {
  const last = lastUpTo(times, toMs, time => time);
  return last !== undefined && last >= fromMs;
}

/** The last item whose time is `ms` or earlier; the items are in the order of their times. */
function lastUpTo<T>(items: readonly T[], ms: number, timeOf: (item: T) => number): T | undefined {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timeOf(items[middle]!) <= ms) low = middle + 1;
    else high = middle;
  }
  return items[low - 1];
}
