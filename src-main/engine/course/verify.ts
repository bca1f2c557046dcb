import type { RosterEntry } from './config.ts';
import { at, type Finding, linesOf, plural, Report, type Verdict, verdicts } from './findings.ts';
import type { FinishedRun, SharedFile } from './finished-run.ts';
import type { ConnectionFact, LogFacts, Place } from './log-facts.ts';
import { checkChokes, checkOptimistic, checkPreferred } from './verify-choking.ts';
import { checkCompletion, checkHaves, checkPieces } from './verify-pieces.ts';

/**
 * Holds the logs and files of a finished run against the course protocol, worst findings first. A contradiction is
 * certain: whatever a restarted peer, a lost connection, a slow machine or clocks that differ can explain is a warning.
 */
export function verifyRun(run: FinishedRun): Finding[] {
  const findings = [
    checkFiles(run),
    checkConnections(run),
    checkPreferred(run),
    checkOptimistic(run),
    checkChokes(run),
    checkHaves(run),
    checkPieces(run),
    checkCompletion(run),
    checkLogs(run),
  ].flat();
  return findings.sort((a, b) => verdicts.indexOf(a.verdict) - verdicts.indexOf(b.verdict));
}

/** Every peer ends with the same file, of the size in `Common.cfg`; a seed's copy is the measure. */
export function checkFiles(run: FinishedRun): Finding[] {
  const report = new Report('files');
  const measure = measureOf(run);
  for (const entry of run.roster) {
    const { peer } = entry;
    const file = run.files.get(peer);
    if (file?.state === 'present') {
      report.examined();
      if (file.sha256 === measure?.sha256) continue;
      checkWrong(run, entry, 'differs', `${file.path} differs from ${measure?.path}.`, report);
    } else if (file?.state === 'wrong-size') {
      const text = `${file.path} has ${file.bytes} bytes; FileSize is ${run.common.fileSize}.`;
      checkWrong(run, entry, 'size', text, report);
    } else if (file?.state === 'unreadable') {
      report.add('not-shown', 'unreadable', [peer], () => `${file.path} ${file.fault}.`);
    } else if (file) checkMissing(run, entry, file, report);
  }
  return report.conclude(
    files => `${plural(files, 'file')} of ${run.common.fileSize} bytes, SHA-256 ${measure?.sha256}.`,
  );
}

/** Only a peer that had the file owes a copy of it: what others have may be half of it, for they may have been killed. */
function checkWrong(
  run: FinishedRun,
  { peer, seed }: RosterEntry,
  kind: 'differs' | 'size',
  text: string,
  report: Report,
): void {
  const log = run.logs.get(peer);
  const isHalf = !seed && log !== undefined && log.speaksOf('completed') && log.completions.length === 0;
  if (!isHalf) return report.add('contradiction', kind, [peer], () => text);
  const why = `The log of peer ${peer} ends without the complete file.`;
  report.add('warning', kind, [peer], () => `${text} ${why}`, at(log, log.pieces.at(-1)));
}

/** The same for a peer without a copy, which may also never have been started. */
function checkMissing(
  run: FinishedRun,
  { peer, seed }: RosterEntry,
  { path, folder }: SharedFile & { state: 'missing' },
  report: Report,
): void {
  const log = run.logs.get(peer);
  const tell = (verdict: Verdict, text: string, ...places: readonly (Place | undefined)[]) =>
    report.add(verdict, 'missing', [peer], () => text, log && at(log, ...places));
  // Files of other machines may just not have been collected.
  if (!folder && !run.oneMachine) return tell('not-shown', `${path} is missing.`);
  if (log === undefined)
    return tell('warning', `${path} is missing, and log_peer_${peer}.log ${run.logFaults.get(peer)}.`);
  const [completion] = log.completions;
  if (completion !== undefined)
    return tell('contradiction', `${path} is missing, although its log has the complete file.`, completion);
  if (seed)
    return tell(
      'contradiction',
      `${path} is missing, although PeerInfo.cfg says that it is there from the start.`,
    );
  const text = log.speaksOf('completed')
    ? `Peer ${peer} never wrote its copy: its log ends without the complete file.`
    : `${path} is missing.`;
  tell('warning', text, log.pieces.at(-1));
}

function measureOf({ roster, files }: FinishedRun) {
  const seedsFirst = roster.toSorted((a, b) => Number(b.seed) - Number(a.seed));
  return seedsFirst.map(({ peer }) => files.get(peer)).find(file => file?.state === 'present');
}

/** Each pair connects once: the peer further down in `PeerInfo.cfg` dials, and the other accepts (section 5). */
export function checkConnections(run: FinishedRun): Finding[] {
  const report = new Report('connections');
  for (const [index, later] of run.roster.entries()) {
    for (const earlier of run.roster.slice(0, index)) checkPair(run, earlier, later, report);
  }
  return report.conclude(pairs => `${plural(pairs, 'pair')} connected, dialled by the later peer.`);
}

function checkPair(run: FinishedRun, earlier: RosterEntry, later: RosterEntry, report: Report): void {
  const earlierLog = run.logs.get(earlier.peer);
  const laterLog = run.logs.get(later.peer);
  const dials = laterLog?.connections.get(earlier.peer) ?? [];
  const accepts = earlierLog?.connections.get(later.peer) ?? [];
  if (laterLog) checkDirections(laterLog, earlier, dials, accepts.length, 'dialled', report);
  if (earlierLog) checkDirections(earlierLog, later, accepts, dials.length, 'accepted', report);
  if (!laterLog || !earlierLog) return;
  if (dials.length > 0 && accepts.length > 0) report.examined();
  else if (dials.length > 0) checkSilence(laterLog, earlierLog, 'accepted', dials, report);
  else if (accepts.length > 0) checkSilence(earlierLog, laterLog, 'dialled', accepts, report);
  else {
    const text = () => `Peers ${earlier.peer} and ${later.peer} log no connection with each other.`;
    report.add('warning', 'none', [earlier.peer, later.peer], text);
  }
}

/**
 * The first connection tells; when one was lost, either side may have opened the next. `otherCount` is how many the
 * other side logged: when more, this log was begun anew and its first line may not be about the first connection.
 */
function checkDirections(
  log: LogFacts,
  other: RosterEntry,
  connections: readonly ConnectionFact[],
  otherCount: number,
  expected: ConnectionFact['direction'],
  report: Report,
): void {
  const [first, ...again] = connections;
  if (!first) return;
  if (first.direction !== expected) {
    const [did, place] = expected === 'dialled' ? ['is connected from', 'before'] : ['dials', 'after'];
    const byId = Number(log.self) < Number(other.peer) === (expected === 'dialled');
    report.add(
      otherCount > connections.length ? 'warning' : 'contradiction',
      'direction',
      [log.self, other.peer],
      () =>
        `Peer ${log.self} ${did} peer ${other.peer}, which is listed ${place} it in PeerInfo.cfg${byId ? '; it seems to go by the IDs instead' : ''}.`,
      at(log, first),
    );
  }
  if (again.length > 0) {
    const text = () => `Peer ${log.self} connects with peer ${other.peer} again.`;
    report.add('warning', 'again', [log.self, other.peer], text, at(log, first, ...again.slice(0, 3)));
  }
}

/** One side logs the connection. The other owes the line if it goes on to log messages that came over it. */
function checkSilence(
  log: LogFacts,
  silent: LogFacts,
  direction: ConnectionFact['direction'],
  connections: readonly ConnectionFact[],
  report: Report,
): void {
  const owes = silent.heardMs.has(log.self) && silent.speaksOfConnections(direction);
  report.add(
    owes ? 'contradiction' : 'warning',
    'one side',
    [silent.self, log.self],
    () => `Peer ${silent.self} does not log the connection that peer ${log.self} logs.`,
    at(log, connections[0]),
  );
}

/** Which logs are here, and how far they were understood. */
export function checkLogs(run: FinishedRun): Finding[] {
  const report = new Report('logs');
  for (const [peer, fault] of run.logFaults) {
    report.add('not-shown', 'absent', [peer], () => `log_peer_${peer}.log ${fault}.`);
  }
  for (const log of run.logs.values()) {
    report.examined(log.lines);
    const tell = (
      verdict: 'contradiction' | 'warning',
      kind: 'strangers' | 'foreign' | 'loose' | 'unread',
      text: (count: number) => string,
    ) => {
      const { count, lines } = log[kind];
      if (count > 0) report.add(verdict, kind, [log.self], () => text(count), linesOf(log, lines));
    };
    tell(
      'contradiction',
      'strangers',
      count => `${ofLines(log, count)} name a peer that cannot be a neighbour.`,
    );
    tell('warning', 'foreign', count => `${ofLines(log, count)} speak for another peer.`);
    tell('warning', 'loose', count => `${ofLines(log, count)} are not in the exact form of section 7.`);
    tell('warning', 'unread', count => `${ofLines(log, count)} are none of section 7.`);
    if (log.cut) {
      const text = () => `${log.file} is too long; only its first ${log.lines} lines were read.`;
      report.add('not-shown', 'cut', [log.self], text);
    }
  }
  return report.conclude(lines => `${plural(lines, 'line')} read in ${plural(run.logs.size, 'log')}.`);
}

function ofLines(log: LogFacts, count: number): string {
  return `${count} of ${plural(log.lines, 'line')} in ${log.file}`;
}
