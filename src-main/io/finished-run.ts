import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { PeerId } from '../../src-shared/journal.ts';
import {
  type CommonConfig,
  formatProblem,
  type Parsed,
  parseCommon,
  parsePeerInfo,
  type RosterEntry,
} from '../engine/course/config.ts';
import type { Evidence, Finding } from '../engine/course/findings.ts';
import {
  type FinishedRun,
  isOneMachine,
  pieceCountOf,
  type SharedFile,
} from '../engine/course/finished-run.ts';
import { LogFacts } from '../engine/course/log-facts.ts';
import { readChunks, readLines } from './text-lines.ts';

export type ReadRun =
  | { readonly ok: true; readonly run: FinishedRun; readonly notices: readonly string[] }
  /** The folder is not that of a run; sentences that say why. */
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * Reads what a run of the course protocol left in its folder: both configuration files, every peer's log and the
 * SHA-256 of every peer's file (sections 3, 4 and 7). Memory does not grow with the files. Never throws.
 */
export async function readFinishedRun(dir: string): Promise<ReadRun> {
  const common = await readConfig(join(dir, 'Common.cfg'), parseCommon);
  const roster = await readConfig(join(dir, 'PeerInfo.cfg'), parsePeerInfo);
  if (!common.ok || !roster.ok) {
    return { ok: false, problems: [common, roster].flatMap(file => (file.ok ? [] : file.problems)) };
  }
  const { logs, faults } = await readLogs(dir, common.value, roster.value);
  if (logs.size === 0) {
    const [fault] = faults;
    return { ok: false, problems: [`No peer's log is here: log_peer_${fault?.[0]}.log ${fault?.[1]}.`] };
  }
  const run = {
    common: common.value,
    roster: roster.value,
    oneMachine: isOneMachine(roster.value),
    logs,
    logFaults: faults,
    files: await readFiles(dir, common.value, roster.value),
  };
  return { ok: true, run, notices: [...common.notices, ...roster.notices] };
}

type ReadConfig<T> =
  | { readonly ok: true; readonly value: T; readonly notices: readonly string[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Configuration files are short; nothing beyond this is read. */
const maxConfigLength = 1024 * 1024;

async function readConfig<T>(path: string, parse: (text: string) => Parsed<T>): Promise<ReadConfig<T>> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    await readChunks(path, chunk => {
      text += decoder.decode(chunk, { stream: true });
      return text.length <= maxConfigLength;
    });
  } catch (error) {
    return { ok: false, problems: [`${path} ${faultOf(error)}.`] };
  }
  if (text.length > maxConfigLength) return { ok: false, problems: [`${path} is too long.`] };
  const parsed = parse(text + decoder.decode());
  return parsed.ok
    ? { ok: true, value: parsed.value, notices: parsed.notices.map(formatProblem) }
    : { ok: false, problems: parsed.problems.map(formatProblem) };
}

async function readLogs(
  dir: string,
  common: CommonConfig,
  roster: readonly RosterEntry[],
): Promise<{ logs: Map<PeerId, LogFacts>; faults: Map<PeerId, string> }> {
  const logs = new Map<PeerId, LogFacts>();
  const faults = new Map<PeerId, string>();
  const peers = new Set(roster.map(({ peer }) => peer));
  for (const self of peers) {
    const file = `log_peer_${self}.log`;
    const facts = new LogFacts({ file, self, peers, pieceCount: pieceCountOf(common) });
    try {
      await readLines(join(dir, file), line => facts.add(line));
      logs.set(self, facts);
    } catch (error) {
      faults.set(self, faultOf(error));
    }
  }
  return { logs, faults };
}

async function readFiles(
  dir: string,
  { fileName, fileSize }: CommonConfig,
  roster: readonly RosterEntry[],
): Promise<Map<PeerId, SharedFile>> {
  const files = new Map<PeerId, SharedFile>();
  for (const { peer } of roster) {
    // The samples of the course lay seed files out without "peer_" (section 4).
    const first = await readSharedFile(dir, `peer_${peer}`, fileName, fileSize);
    const second = first.state === 'missing' ? await readSharedFile(dir, peer, fileName, fileSize) : first;
    files.set(peer, second.state === 'missing' && !second.folder ? first : second);
  }
  return files;
}

async function readSharedFile(
  dir: string,
  folder: string,
  fileName: string,
  fileSize: number,
): Promise<SharedFile> {
  const path = `${folder}/${fileName}`;
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
  return `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Puts the text of its lines beside each finding, by reading the logs that are quoted once more. */
export async function quoteEvidence(dir: string, findings: readonly Finding[]): Promise<Finding[]> {
  const texts = new Map<string, Map<number, string>>();
  for (const { file, line } of findings.flatMap(({ evidence }) => evidence)) {
    const lines = texts.get(file) ?? new Map<number, string>();
    texts.set(file, lines.set(line, ''));
  }
  for (const [file, lines] of texts) await readTexts(join(dir, file), lines);
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

/** A line as it may be shown: short, and without characters that would move a terminal's cursor. */
function printable(line: string): string {
  const shown = line.length > 300 ? `${line.slice(0, 300)}…` : line;
  return shown.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD');
}
