import { createLogTime } from '../../../src-shared/course-log.ts';
import type { PeerId } from '../../../src-shared/journal.ts';
import type {
  LabReport,
  LabVerdict,
  ReportFinding,
  ReportMachine,
  ReportPeer,
} from '../../../src-shared/lab.ts';
import { type Finding, plural } from './findings.ts';
import { type FinishedRun, pieceCountOf, relateClocks } from './finished-run.ts';
import type { LogFacts } from './log-facts.ts';
import { type PeerSummary, summariseRun } from './run-summary.ts';

/** One report of a whole lab, from what the folders of its machines hold. Decides nothing that a check has not. */

export type GatheredMachine = Omit<ReportMachine, 'clockAheadMs'>;

/** A report before it is written anywhere. */
export type UnwrittenReport = Omit<LabReport, 'htmlPath'>;

/** `findings` come quoted, and `machines` in the order of the plan; `notices` are about the folders themselves. */
export function reportLab(
  run: FinishedRun,
  findings: readonly Finding[],
  machines: readonly GatheredMachine[],
  notices: readonly string[],
): UnwrittenReport {
  const { common } = run;
  const peers = summariseRun(run).map(summary => reportPeer(run, summary));
  const timed = machines.map(machine => ({ ...machine, clockAheadMs: clockAheadMs(run, machines, machine) }));
  const missing = missingOf(machines, peers, run);
  return {
    verdict: verdictOf(findings, missing.length > 0),
    conclusion: conclusionOf(findings, peers, machines, missing),
    fileName: common.fileName,
    fileSize: common.fileSize,
    pieceCount: pieceCountOf(common),
    settings: {
      pieceSize: common.pieceSize,
      preferredNeighbours: common.preferredNeighbours,
      unchokingSeconds: common.unchokingIntervalMs / 1000,
      optimisticSeconds: common.optimisticIntervalMs / 1000,
    },
    ran: timesOf(run, timed),
    isWhole: missing.length === 0,
    machines: timed,
    peers,
    findings: findings.map(reportFinding),
    notices,
  };
}

/** What one peer's log shows over and over may quote a line twice. */
function reportFinding({ evidence, ...finding }: Finding): ReportFinding {
  const lines = new Map(
    evidence.map(({ file, line, text = '' }) => [`${file}:${line}`, { file, line, text }]),
  );
  return { ...finding, evidence: [...lines.values()] };
}

function reportPeer(run: FinishedRun, { peer, ...summary }: PeerSummary): ReportPeer {
  const file = run.files.get(peer);
  return {
    peer,
    role: summary.role,
    hasLog: run.logs.has(peer),
    complete: summary.complete,
    sha256: file?.state === 'present' ? file.sha256 : null,
    downloaded: summary.downloaded,
    sources: summary.sources,
    durationMs: summary.durationMs ?? null,
    bytesPerSecond: summary.bytesPerSecond ?? null,
    chosenPreferred: summary.chosenPreferred,
    chosenOptimistic: summary.chosenOptimistic,
    unchokesReceived: summary.unchokesReceived,
    chokesReceived: summary.chokesReceived,
  };
}

/** What is not here, as subjects of a sentence. */
function missingOf(
  machines: readonly GatheredMachine[],
  peers: readonly ReportPeer[],
  { files }: FinishedRun,
): string[] {
  const absent = machines.filter(machine => machine.folder === null && machine.peers.length > 0);
  const elsewhere = new Set(absent.flatMap(machine => machine.peers));
  const here = peers.filter(({ peer }) => !elsewhere.has(peer));
  const withoutLog = here.filter(({ hasLog }) => !hasLog);
  const withoutFile = here.filter(({ peer }) => {
    const state = files.get(peer)?.state;
    return state !== 'present' && state !== 'wrong-size';
  });
  return [
    ...absent.map(({ name, peers }) => `the folder of ${name} (${namesOf(peers)})`),
    ...(withoutLog.length > 0 ? [`the ${numbered(withoutLog, 'log')} of ${namesOf(idsOf(withoutLog))}`] : []),
    ...(withoutFile.length > 0
      ? [`the ${withoutFile.length === 1 ? 'copy' : 'copies'} of the file of ${namesOf(idsOf(withoutFile))}`]
      : []),
  ];
}

function numbered(list: readonly unknown[], noun: string): string {
  return list.length === 1 ? noun : `${noun}s`;
}

function idsOf(peers: readonly ReportPeer[]): PeerId[] {
  return peers.map(({ peer }) => peer);
}

/** "peer 1001", "peers 1001, 1002 and 1003"; of many, how many more there are. */
function namesOf(peers: readonly PeerId[]): string {
  const shown = peers.length > 6 ? [...peers.slice(0, 5), `${peers.length - 5} more`] : peers;
  return `${numbered(peers, 'peer')} ${listed(shown)}`;
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/**
 * Whatever is missing keeps a lab from being in order, and weighs more than what is merely odd in the rest; checks that
 * found little to look at weigh less.
 */
function verdictOf(findings: readonly Finding[], isMissing: boolean): LabVerdict {
  const verdicts = new Set(findings.map(({ verdict }) => verdict));
  if (verdicts.has('contradiction')) return 'contradiction';
  if (isMissing) return 'not-shown';
  if (verdicts.has('warning')) return 'warning';
  return verdicts.has('not-shown') ? 'not-shown' : 'ok';
}

function conclusionOf(
  findings: readonly Finding[],
  peers: readonly ReportPeer[],
  machines: readonly GatheredMachine[],
  missing: readonly string[],
): string {
  const countOf = (verdict: LabVerdict) => findings.filter(finding => finding.verdict === verdict).length;
  const [contradictions, warnings, notShown] = [
    countOf('contradiction'),
    countOf('warning'),
    countOf('not-shown'),
  ];
  const identical = findings.some(({ check, verdict }) => check === 'files' && verdict === 'ok');
  const who = `${plural(peers.length, 'peer')} on ${plural(machines.length, 'machine')}`;
  const copies = identical && missing.length === 0 ? `All ${who} hold the same file` : undefined;
  if (contradictions > 0) {
    const verb = contradictions === 1 ? 'finding contradicts' : 'findings contradict';
    const shownBy = new Set(
      findings.flatMap(({ verdict, peers }) => (verdict === 'contradiction' ? peers.slice(0, 1) : [])),
    );
    const where = shownBy.size > 0 ? `, in what ${namesOf([...shownBy].sort())} left` : '';
    const also = missing.length > 0 ? `, and ${missingWords(missing)}` : '';
    return `${copies ? `${copies}, but ` : ''}${contradictions} ${verb} the protocol${where}${also}.`;
  }
  if (missing.length > 0) {
    return `${capital(missingWords(missing))}; nothing in the rest contradicts the protocol.`;
  }
  const rest = [
    ...(warnings > 0 ? [`${warnings} ${warnings === 1 ? 'thing is' : 'things are'} odd`] : []),
    ...(notShown > 0 ? [`${notShown} ${notShown === 1 ? 'thing is' : 'things are'} not shown`] : []),
  ];
  const tail = rest.length > 0 ? `; ${listed(rest)}` : '';
  return `${copies ?? `The logs of ${who} are here`}, and nothing contradicts the protocol${tail}.`;
}

function missingWords(missing: readonly string[]): string {
  return `${listed(missing)} ${missing.length > 1 || /^the (logs|copies) /.test(missing[0]!) ? 'are' : 'is'} missing`;
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

/** Compared by the lines that both ends of a connection write: of all pairs between two machines the middle one. */
function clockAheadMs(
  run: FinishedRun,
  machines: readonly GatheredMachine[],
  machine: GatheredMachine,
): number | null {
  const logsOf = ({ peers }: GatheredMachine) => peers.flatMap(peer => run.logs.get(peer) ?? []);
  const first = machines.find(other => logsOf(other).length > 0);
  if (first === undefined || logsOf(machine).length === 0) return null;
  if (machine === first) return 0;
  const differences = logsOf(first)
    .flatMap(log => logsOf(machine).flatMap(other => aheadOf(run, log, other) ?? []))
    .sort((a, b) => a - b);
  return differences[Math.floor(differences.length / 2)] ?? null;
}

/** How far the other log's clock is ahead; undefined when they show no common moment. */
function aheadOf(run: FinishedRun, log: LogFacts, other: LogFacts): number | undefined {
  const met = log.connections.has(other.self) && other.connections.has(log.self);
  return met ? relateClocks(run, log, other)?.aheadMs : undefined;
}

function timesOf(
  { logs }: FinishedRun,
  machines: readonly ReportMachine[],
): { readonly from: string; readonly to: string } | null {
  let fromMs = Number.POSITIVE_INFINITY;
  let toMs = Number.NEGATIVE_INFINITY;
  for (const { peers, clockAheadMs } of machines) {
    for (const peer of peers) {
      const log = logs.get(peer);
      if (clockAheadMs === null || !log?.dated || log.firstMs === undefined) continue;
      fromMs = Math.min(fromMs, log.firstMs - clockAheadMs);
      toMs = Math.max(toMs, log.lastMs! - clockAheadMs);
    }
  }
  // Times of logs are local already.
  const timeOf = createLogTime(() => 0);
  return Number.isFinite(fromMs) ? { from: timeOf(fromMs), to: timeOf(toMs) } : null;
}
