import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { PeerId } from '../../src-shared/journal.ts';
import { type CommonConfig, formatProblem, type RosterEntry } from '../engine/course/config.ts';
import type { Evidence, Finding } from '../engine/course/findings.ts';
import {
  type FinishedRun,
  isOneMachine,
  pieceCountOf,
  type SharedFile,
} from '../engine/course/finished-run.ts';
import { factsPerRun, LogFacts } from '../engine/course/log-facts.ts';
import { visibleText } from '../engine/course/visible-text.ts';
import { type FilePlace, inWords } from './file-failure.ts';
import { readChunks, readLines } from './text-lines.ts';
import { type CourseSetup, logFile, peerFolder, readCourseFolder } from './working-folder.ts';

/** Where one peer's log and file lie. */
export interface PeerPlace {
  readonly dir: string;
  /** What its files are called with, "machine-a/"; nothing where the run has one folder. */
  readonly prefix: string;
  /** Why its log is not to be read, where that is known, as the end of a sentence. */
  readonly logFault?: string;
  /** Its copy of the shared file, where that was read already. */
  readonly copy?: SharedFile;
}

/** Where a run is, peer by peer; what is left out is nowhere. */
export type RunPlaces = ReadonlyMap<PeerId, PeerPlace>;

export type ReadRun =
  | {
      readonly ok: true;
      readonly run: FinishedRun;
      readonly places: RunPlaces;
      readonly notices: readonly string[];
    }
  /** The folder is not that of a run; sentences that say why. */
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * Reads what a run of the course protocol left in its folder: both configuration files, every peer's log and the
 * SHA-256 of every peer's file (sections 3, 4 and 7). Logs and files are streamed. Never throws.
 */
export async function readFinishedRun(dir: string): Promise<ReadRun> {
  const folder = await readCourseFolder(dir);
  if (!folder.ok) return { ok: false, problems: folder.problems.map(formatProblem) };
  const { roster } = folder.value;
  const places = new Map(roster.map(({ peer }) => [peer, { dir, prefix: '' }]));
  const run = await readRunAt(folder.value, places);
  if (run.logs.size === 0) {
    return { ok: false, problems: [`No peer's log can be read in ${dir}.`, ...logFaultsOf(run)] };
  }
  return { ok: true, run, places, notices: folder.notices.map(formatProblem) };
}

/** Of so many peers it is told why their logs cannot be read. */
const mostLogFaults = 10;

/** Sentences that say why there is no log of some peers; of many peers only the first are named. */
export function logFaultsOf({ logFaults }: FinishedRun): string[] {
  const faults = [...logFaults].map(([peer, fault]) => `log_peer_${peer}.log ${fault}.`);
  const more = faults.length - mostLogFaults;
  return more > 1 ? [...faults.slice(0, mostLogFaults), `… and ${more} more.`] : faults;
}

/** Reads the logs and files of a run whose peers may each have a folder of their own. Never throws. */
export async function readRunAt({ common, roster }: CourseSetup, places: RunPlaces): Promise<FinishedRun> {
  const { logs, logFaults } = await readLogs(places, common, roster);
  const files = await readFiles(places, common, roster);
  return { common, roster, oneMachine: isOneMachine(roster), logs, logFaults, files };
}

async function readLogs(
  places: RunPlaces,
  common: CommonConfig,
  roster: readonly RosterEntry[],
): Promise<{ logs: Map<PeerId, LogFacts>; logFaults: Map<PeerId, string> }> {
  const logs = new Map<PeerId, LogFacts>();
  const logFaults = new Map<PeerId, string>();
  const peers = new Set(roster.map(({ peer }) => peer));
  const budget = { facts: factsPerRun };
  for (const self of peers) {
    const place = places.get(self);
    const fault = place ? place.logFault : notGathered;
    if (place === undefined || fault !== undefined) {
      logFaults.set(self, fault + where(place));
      continue;
    }
    const { path, shown } = logAt(place, self);
    const facts = new LogFacts({ file: shown, self, peers, pieceCount: pieceCountOf(common), budget });
    try {
      await readLines(path, line => facts.add(line));
      logs.set(self, facts);
    } catch (error) {
      logFaults.set(self, faultOf(error) + where(place));
    }
  }
  return { logs, logFaults };
}

/** As the end of a sentence about a log or a file. */
const notGathered = 'is in none of the folders';

function where(place: PeerPlace | undefined): string {
  return place?.prefix ? ` in ${place.prefix.slice(0, -1)}` : '';
}

function logAt({ dir, prefix }: PeerPlace, self: PeerId): FilePlace {
  const { path, shown } = logFile(dir, self);
  return { path, shown: prefix + shown };
}

async function readFiles(
  places: RunPlaces,
  { fileName, fileSize }: CommonConfig,
  roster: readonly RosterEntry[],
): Promise<Map<PeerId, SharedFile>> {
  const files = new Map<PeerId, SharedFile>();
  for (const { peer } of roster) {
    const place = places.get(peer);
    if (!place) {
      files.set(peer, { state: 'unreadable', path: `peer_${peer}/${fileName}`, fault: notGathered });
      continue;
    }
    files.set(peer, place.copy ?? (await readCopy(place, peer, fileName, fileSize)));
  }
  return files;
}

/** The samples of the course lay seed files out without "peer_" (section 4). */
async function readCopy(
  place: PeerPlace,
  peer: PeerId,
  fileName: string,
  fileSize: number,
): Promise<SharedFile> {
  const first = await readSharedFile(place, peerFolder(place.dir, peer).shown, fileName, fileSize);
  if (first.state !== 'missing') return first;
  const second = await readSharedFile(place, peer, fileName, fileSize);
  return second.state === 'missing' && !second.folder ? first : second;
}

async function readSharedFile(
  { dir, prefix }: PeerPlace,
  folder: string,
  fileName: string,
  fileSize: number,
): Promise<SharedFile> {
  const path = `${prefix}${folder}/${fileName}`;
  try {
    const info = await stat(join(dir, folder, fileName));
    const bytes = info.size;
    if (info.isFile() && bytes !== fileSize) return { state: 'wrong-size', path, bytes };
    const hash = createHash('sha256');
    await readChunks(join(dir, folder, fileName), chunk => {
      hash.update(chunk);
      return true;
    });
    return { state: 'present', path, bytes, sha256: hash.digest('hex') };
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') return { state: 'unreadable', path, fault: faultOf(error) };
    return { state: 'missing', path, folder: await exists(join(dir, folder)) };
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** What keeps a file from being read, as the end of a sentence. */
function faultOf(error: unknown): string {
  if (codeOf(error) === 'ENOENT') return 'is missing';
  return `cannot be read: ${error instanceof Error ? inWords(error) : String(error)}`;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Puts the text of its lines beside each finding, by reading the logs that are quoted once more. */
export async function quoteEvidence(places: RunPlaces, findings: readonly Finding[]): Promise<Finding[]> {
  const logs = new Map(
    [...places].map(([peer, place]) => logAt(place, peer)).map(log => [log.shown, log.path]),
  );
  const texts = new Map<string, Map<number, string>>();
  for (const { file, line } of findings.flatMap(({ evidence }) => evidence)) {
    const lines = texts.get(file) ?? new Map<number, string>();
    texts.set(file, lines.set(line, ''));
  }
  for (const [file, lines] of texts) {
    const path = logs.get(file);
    if (path !== undefined) await readTexts(path, lines);
  }
  const quoted = ({ file, line }: Evidence) => ({ file, line, text: texts.get(file)!.get(line)! });
  return findings.map(finding => ({ ...finding, evidence: finding.evidence.map(quoted) }));
}

async function readTexts(path: string, lines: Map<number, string>): Promise<void> {
  const last = Math.max(...lines.keys());
  let number = 0;
  // A log that vanished since it was judged leaves its findings without their text.
  await readLines(path, line => {
    number += 1;
    if (lines.has(number)) lines.set(number, printable(line));
    return number < last;
  }).catch(() => {});
}

/** A line as it may be shown: short, and only what can be seen. */
function printable(line: string): string {
  return visibleText(line.length > 300 ? `${line.slice(0, 300)}…` : line);
}
