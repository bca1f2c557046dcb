import type { PeerId } from '../../../src-shared/journal.ts';
import { at, type Finding, linesOf, plural, Report } from './findings.ts';
import {
  certainMs,
  covers,
  type FinishedRun,
  logPairs,
  pieceCountOf,
  relateClocks,
  slackMs,
} from './finished-run.ts';
import { type LogFacts, listOf, type PieceFact } from './log-facts.ts';

/** Checks of section 6.5: what was announced, downloaded and completed. */

/** Every piece completed is announced to all neighbours. */
export function checkHaves(run: FinishedRun): Finding[] {
  const report = new Report('haves');
  const pieceCount = pieceCountOf(run.common);
  for (const log of run.logs.values()) {
    for (const pieces of log.haves.values()) report.examined(pieces.count);
    if (log.havesOutOfRange.count === 0) continue;
    report.add(
      'contradiction',
      'range',
      [log.self],
      () => `Peer ${log.self} received a 'have' for a piece that does not exist; there are ${pieceCount}.`,
      linesOf(log, log.havesOutOfRange.lines),
      log.havesOutOfRange.count,
    );
  }
  for (const [sender, receiver] of logPairs(run)) checkAnnounced(run, sender, receiver, report);
  return report.conclude(haves => `${plural(haves, "'have' message")} received, none missing.`);
}

/** What came before the (last) connection was told by the bitfield; what came after the last message may be lost. */
function checkAnnounced(run: FinishedRun, sender: LogFacts, receiver: LogFacts, report: Report): void {
  const clocks = relateClocks(run, sender, receiver);
  const connectedMs = receiver.connections.get(sender.self)?.at(-1)?.timeMs;
  const lastHeardMs = receiver.heardMs.get(sender.self);
  if (!clocks || connectedMs === undefined || lastHeardMs === undefined) return;
  if (!receiver.speaksOf('received-have')) return;
  const heard = receiver.haves.get(sender.self);
  for (const [piece, fact] of sender.firstOfPiece) {
    if (heard?.has(piece) || fact.timeMs === undefined) continue;
    const sentMs = fact.timeMs + clocks.aheadMs;
    if (sentMs < connectedMs + slackMs || sentMs > lastHeardMs - slackMs) continue;
    report.add(
      'warning',
      'missing',
      [receiver.self, sender.self],
      () => `Peer ${receiver.self} logs no 'have' from ${sender.self} for piece ${piece}.`,
      at(sender, fact),
    );
  }
}

/** Each piece once, from somebody who has it, and counted one by one. */
export function checkPieces(run: FinishedRun): Finding[] {
  const report = new Report('pieces');
  const seeds = seedsOf(run);
  for (const log of run.logs.values()) {
    report.examined(log.pieces.length);
    if (seeds.has(log.self) && log.pieces.length > 0) {
      report.add(
        'contradiction',
        'seed',
        [log.self],
        () => `Peer ${log.self} has the file from the start and yet downloads pieces.`,
        at(log, log.pieces[0]),
        log.pieces.length,
      );
    }
    checkRange(run, log, report);
    checkOnce(log, report);
    checkCounts(run, log, report);
    checkUnchokedBefore(log, report);
    checkSources(run, log, seeds, report);
  }
  return report.conclude(
    pieces => `${plural(pieces, 'piece')} downloaded, each once and counted, from peers that had them.`,
  );
}

function seedsOf(run: FinishedRun): ReadonlySet<PeerId> {
  return new Set(run.roster.flatMap(({ peer, seed }) => (seed ? [peer] : [])));
}

function checkRange(run: FinishedRun, log: LogFacts, report: Report): void {
  if (log.piecesOutOfRange.count === 0) return;
  report.add(
    'contradiction',
    'range',
    [log.self],
    () =>
      `Peer ${log.self} downloads a piece that does not exist; there are ${pieceCountOf(run.common)}, counted from 0.`,
    linesOf(log, log.piecesOutOfRange.lines),
    log.piecesOutOfRange.count,
  );
}

function checkOnce(log: LogFacts, report: Report): void {
  const last = new Map<number, PieceFact>();
  for (const fact of log.pieces) {
    const earlier = last.get(fact.piece);
    last.set(fact.piece, fact);
    if (!earlier) continue;
    const restarted = earlier.stretch !== fact.stretch;
    report.add(
      restarted ? 'warning' : 'contradiction',
      'twice',
      [log.self],
      () =>
        `Peer ${log.self} downloads piece ${fact.piece} twice${restarted ? '; it may have been restarted in between' : ''}.`,
      at(log, earlier, fact),
    );
  }
}

/** The count includes the piece just received, so it begins at 1 and rises by one; a resumed peer begins higher (A25). */
function checkCounts(run: FinishedRun, log: LogFacts, report: Report): void {
  const pieceCount = pieceCountOf(run.common);
  const uncounted = log.pieces.find(({ count }) => count === undefined);
  if (uncounted) {
    const text = () => `Peer ${log.self} does not say how many pieces it has.`;
    return report.add('not-shown', 'count', [log.self], text, at(log, uncounted));
  }
  const impossible = log.pieces.filter(({ count }) => count! < 1 || count! > pieceCount);
  if (impossible.length > 0) {
    const text = () => `Peer ${log.self} counts ${impossible[0]!.count} pieces of ${pieceCount}.`;
    const lines = at(log, ...impossible.slice(0, 3));
    return report.add('contradiction', 'impossible count', [log.self], text, lines, impossible.length);
  }
  const [first] = log.pieces;
  if (first && first.count! > 1) {
    const text = () =>
      `The first count of peer ${log.self} is ${first.count}; it seems to have resumed an earlier download.`;
    report.add('warning', 'resumed', [log.self], text, at(log, first));
  }
  let before: PieceFact | undefined;
  for (const stretch of stretchesOf(log)) {
    checkStretch(log, before, stretch, report);
    before = stretch.at(-1);
  }
}

/** Pieces between which no restart can hide. */
function stretchesOf(log: LogFacts): PieceFact[][] {
  const stretches = new Map<number, PieceFact[]>();
  for (const fact of log.pieces) listOf(stretches, fact.stretch).push(fact);
  return [...stretches.values()];
}

function checkStretch(
  log: LogFacts,
  before: PieceFact | undefined,
  pieces: readonly PieceFact[],
  report: Report,
): void {
  const [first] = pieces;
  if (before && first!.count !== before.count! + 1) {
    const text = () =>
      `The count of peer ${log.self} goes from ${before.count} to ${first!.count} after a neighbour connected again; it seems to have been restarted.`;
    report.add('warning', 'restarted', [log.self], text, at(log, before, first));
  }
  const jump = pieces.findIndex((fact, index) => index > 0 && fact.count !== pieces[index - 1]!.count! + 1);
  if (jump < 0) return;
  const sorted = pieces.map(({ count }) => count!).sort((a, b) => a - b);
  const swapped = sorted.every((count, index) => count === sorted[0]! + index);
  const text = () =>
    `The count of peer ${log.self} goes from ${pieces[jump - 1]!.count} to ${pieces[jump]!.count}${swapped ? '; lines seem to have changed places' : ''}.`;
  report.add(
    swapped ? 'warning' : 'contradiction',
    'count',
    [log.self],
    text,
    at(log, pieces[jump - 1], pieces[jump]),
  );
}

function checkUnchokedBefore(log: LogFacts, report: Report): void {
  if (log.servedChoked.count === 0 || !log.speaksOf('received-unchoke')) return;
  report.add(
    'warning',
    'choked',
    [log.self],
    () => `Peer ${log.self} downloads from a peer that has not unchoked it.`,
    linesOf(log, log.servedChoked.lines),
    log.servedChoked.count,
  );
}

/** A piece comes from a seed, or from a peer that logged completing it earlier. */
function checkSources(run: FinishedRun, log: LogFacts, seeds: ReadonlySet<PeerId>, report: Report): void {
  const bySource = new Map<PeerId, PieceFact[]>();
  for (const fact of log.pieces) listOf(bySource, fact.peer).push(fact);
  for (const [peer, pieces] of bySource) {
    if (seeds.has(peer)) continue;
    const source = run.logs.get(peer);
    if (source) checkSource(run, log, source, pieces, report);
    else {
      const text = () => `Whether ${peer} had what ${log.self} downloaded from it; its log is not here.`;
      report.add('not-shown', `source ${peer}`, [log.self, peer], text);
    }
  }
}

function checkSource(
  run: FinishedRun,
  log: LogFacts,
  source: LogFacts,
  pieces: readonly PieceFact[],
  report: Report,
): void {
  const clocks = relateClocks(run, log, source);
  const complete = source.countsEveryPiece;
  for (const fact of pieces) {
    if (!clocks || fact.timeMs === undefined) continue;
    const takenMs = fact.timeMs + clocks.aheadMs;
    const had = source.firstOfPiece.get(fact.piece);
    const lateMs = had ? (had.timeMs ?? Number.NEGATIVE_INFINITY) - takenMs : Number.POSITIVE_INFINITY;
    if (lateMs <= slackMs || !covers(source, takenMs) || !(had || complete)) continue;
    const certain = clocks.certain && complete && lateMs > certainMs && covers(source, takenMs + certainMs);
    report.add(
      certain ? 'contradiction' : 'warning',
      'source',
      [log.self, source.self],
      () =>
        `Peer ${log.self} downloads piece ${fact.piece} from ${source.self}, which ${had ? 'completes it later' : 'never logs completing it'}.`,
      at(log, fact).concat(at(source, had)),
    );
  }
}

/** The completion line: once, after the last piece, and only for a peer that downloaded (section 7). */
export function checkCompletion(run: FinishedRun): Finding[] {
  const report = new Report('completion');
  const seeds = seedsOf(run);
  for (const log of run.logs.values()) {
    if (seeds.has(log.self)) checkSeed(log, report);
    else if (log.completions.length > 0) checkCompleted(run, log, report);
    else checkIncomplete(run, log, report);
  }
  return report.conclude(peers => `${plural(peers, 'downloader')} logged the complete file, once and last.`);
}

function checkSeed(log: LogFacts, report: Report): void {
  if (log.completions.length === 0) return;
  const text = () => `Peer ${log.self} has the file from the start and yet logs that it downloaded it.`;
  report.add('contradiction', 'seed', [log.self], text, at(log, ...log.completions));
}

function checkCompleted(run: FinishedRun, log: LogFacts, report: Report): void {
  const { self } = log;
  const pieceCount = pieceCountOf(run.common);
  const [first, second] = log.completions;
  report.examined();
  if (second) {
    const restarted = first!.stretch !== log.completions.at(-1)!.stretch;
    report.add(
      restarted ? 'warning' : 'contradiction',
      'twice',
      [self],
      () =>
        `Peer ${self} logs the complete file more than once${restarted ? '; it may have been restarted' : ''}.`,
      at(log, ...log.completions.slice(0, 3)),
    );
  }
  const later = log.pieces.find(({ line, stretch }) => line > first!.line && stretch === first!.stretch);
  if (later) {
    const text = () => `Peer ${self} downloads a piece after it logged the complete file.`;
    return report.add('contradiction', 'after', [self], text, at(log, first, later));
  }
  const before = log.pieces.filter(({ line }) => line < first!.line);
  const [last] = before.toSorted((a, b) => (b.count ?? 0) - (a.count ?? 0));
  if (last ? last.count !== undefined && last.count !== pieceCount : pieceCount > 0) {
    const sure = last !== undefined || log.speaksOf('piece-completed');
    const held = last ? `${last.count} of ${pieceCount} pieces` : 'no piece downloaded';
    const text = () => `Peer ${self} logs the complete file with ${held}.`;
    report.add(sure ? 'contradiction' : 'not-shown', 'early', [self], text, at(log, last, first));
  }
}

function checkIncomplete(run: FinishedRun, log: LogFacts, report: Report): void {
  const pieceCount = pieceCountOf(run.common);
  const last = log.pieces.at(-1);
  if (pieceCount === 0) return;
  const all = last?.count === pieceCount && log.firstOfPiece.size === pieceCount;
  // A peer killed between its last two lines is not at fault.
  const wentOn = last?.timeMs !== undefined && log.lastMs! > last.timeMs + certainMs;
  report.add(
    all && wentOn && log.speaksOf('completed') ? 'contradiction' : 'warning',
    'none',
    [log.self],
    () =>
      `Peer ${log.self} has ${log.firstOfPiece.size} of ${pieceCount} pieces and does not log the complete file.`,
    at(log, last),
  );
}
