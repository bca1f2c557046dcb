import { createHash } from 'node:crypto';
import { copyFile, readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { PeerId } from '../../src-shared/journal.ts';
import type { LabPlan, LabReport } from '../../src-shared/lab.ts';
import { formatProblem, type RosterEntry } from '../engine/course/config.ts';
import type { Finding } from '../engine/course/findings.ts';
import {
  type AgreedSetup,
  agreeOnSetup,
  type FolderConfig,
  type FolderContents,
  type Placing,
  type PlannedMachine,
  placePeers,
} from '../engine/course/lab-placing.ts';
import { reportLab } from '../engine/course/lab-report.ts';
import { renderLabReport } from '../engine/course/lab-report-html.ts';
import { type PeerSummary, summariseRun } from '../engine/course/run-summary.ts';
import { verifyRun } from '../engine/course/verify.ts';
import { formatPlan, parseLabMark } from '../engine/lab-plan/plan-text.ts';
import { FileFailure, inWords, naming, statIfThere } from './file-failure.ts';
import { logFaultsOf, type PeerPlace, quoteEvidence, type RunPlaces, readRunAt } from './finished-run.ts';
import { createFreeFile } from './free-name.ts';
import { type GatheredFolder, Gathering } from './gathered-folders.ts';
import { localLogTime } from './log-time.ts';
import { labMarkFile } from './machine-files.ts';
import { makeFolders } from './real-place.ts';
import { readChunks } from './text-lines.ts';
import { writeWholeFile } from './whole-file.ts';
import { commonFile, logFile, peerInfoFile, readConfigText } from './working-folder.ts';

/** Gathers what the machines of a lab brought back, verifies it as one run, and writes the report. */

export interface CollectOptions {
  /** Where the report is written: as this file, or under a free name in this folder. */
  readonly html: { readonly file: string } | { readonly folder: string };
  /** Also copies configuration files and logs into this new folder, which `verify` and the app can open. */
  readonly out?: string;
  /** Replaces files that are there. */
  readonly force?: boolean;
}

export type CollectedLab =
  | {
      readonly ok: true;
      readonly report: LabReport;
      /** The same once more, as a terminal shows it. */
      readonly peers: readonly PeerSummary[];
      readonly findings: readonly Finding[];
    }
  /** Nothing was written; sentences that say why. */
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * `places`: the folders of machines, folders that hold several of them, or zips of either. They are read where they
 * are, and nothing in them is changed. Never throws.
 */
export async function collectLab(places: readonly string[], options: CollectOptions): Promise<CollectedLab> {
  const gathering = new Gathering();
  try {
    await refuseTaken(options);
    const { folders, notices, problems } = await gathering.gather(places);
    if (problems.length > 0) return { ok: false, problems };
    return await collectFolders(folders, notices, options);
  } catch (error) {
    const message = error instanceof FileFailure ? error.message : inWords(error as Error);
    return { ok: false, problems: [message.endsWith('.') ? message : `${message}.`] };
  } finally {
    await gathering.close();
  }
}

async function collectFolders(
  folders: readonly GatheredFolder[],
  gatheringNotices: readonly string[],
  options: CollectOptions,
): Promise<CollectedLab> {
  const { configs, problems } = await readConfigs(folders);
  if (problems.length > 0) return { ok: false, problems };
  const setup = agreeOnSetup(configs);
  if (!setup.ok) return { ok: false, problems: setup.problems.map(formatProblem) };
  const { common, roster } = setup.value;
  const { plan, marks, notices: markNotices } = await readMarks(folders, roster);
  const contents = await contentsOf(folders, marks);
  const placing = placePeers(roster, contents, plan);
  if (placing.problems.length > 0) return { ok: false, problems: placing.problems };
  const places = await placesOf(placing, folders, setup.value);
  const run = await readRunAt({ common, roster }, places);
  if (run.logs.size === 0) {
    return { ok: false, problems: ["No peer's log can be read.", ...logFaultsOf(run)] };
  }
  const findings = await quoteEvidence(places, verifyRun(run));
  const notices = [
    ...gatheringNotices,
    ...setup.notices.map(formatProblem),
    ...markNotices,
    ...placing.notices,
  ];
  const report = reportLab(run, findings, placing.machines, notices);
  const out = options.out === undefined ? undefined : resolve(options.out);
  if (out !== undefined) await copyInto(out, setup.value, places);
  const html = renderLabReport(report, localLogTime(Date.now()));
  const htmlPath = await writeReport(html, options);
  return { ok: true, report: { ...report, htmlPath }, peers: summariseRun(run), findings };
}

async function readConfigs(
  folders: readonly GatheredFolder[],
): Promise<{ configs: FolderConfig[]; problems: string[] }> {
  const problems: string[] = [];
  const textOf = async ({ label, dir, files }: GatheredFolder, name: string): Promise<string | undefined> => {
    if (!files.has(name)) return undefined;
    const read = await readConfigText(dir, name);
    if (read.ok) return read.value;
    for (const problem of read.problems)
      problems.push(formatProblem({ ...problem, file: `${label}/${name}` }));
    return undefined;
  };
  const configs: FolderConfig[] = [];
  for (const folder of folders) {
    const common = await textOf(folder, commonFile);
    configs.push({ label: folder.label, common, peerInfo: await textOf(folder, peerInfoFile) });
  }
  return { configs, problems };
}

/** What the marks say: the machines, and by label whose folder is whose. */
interface Marks {
  readonly plan: readonly PlannedMachine[] | undefined;
  readonly marks: ReadonlyMap<string, string>;
  readonly notices: readonly string[];
}

/** A mark that is of no use costs its folder only its machine's name: whose it is can be seen from its logs. */
async function readMarks(folders: readonly GatheredFolder[], roster: readonly RosterEntry[]): Promise<Marks> {
  const marks = new Map<string, string>();
  const notices: string[] = [];
  let first: { readonly label: string; readonly plan: LabPlan } | undefined;
  for (const { label, dir, files } of folders) {
    if (!files.has(labMarkFile)) continue;
    const file = `${label}/${labMarkFile}`;
    const read = await readConfigText(dir, labMarkFile);
    const parsed = read.ok ? parseLabMark(read.value, file) : read;
    if (!parsed.ok) {
      const [problem] = parsed.problems.filter(({ severity }) => severity === 'error');
      notices.push(`${formatProblem({ ...problem!, file })} It is not used.`);
      continue;
    }
    const { machine, plan } = parsed.value;
    if (!isPlanOf(roster, plan)) {
      notices.push(`${file} is not used: its plan has other peers than ${peerInfoFile}.`);
    } else if (first && formatPlan(first.plan) !== formatPlan(plan)) {
      notices.push(`${file} is not used: its plan differs from that in ${first.label}/${labMarkFile}.`);
    } else {
      first ??= { label, plan };
      marks.set(label, machine);
    }
  }
  const plan = first?.plan.map(({ name, host, peers }) => ({ name, host, peers: peers.map(({ id }) => id) }));
  return { plan, marks, notices };
}

function isPlanOf(roster: readonly RosterEntry[], plan: LabPlan): boolean {
  const planned = plan.flatMap(({ peers }) => peers.map(({ id }) => id));
  return (
    planned.sort().join() ===
    roster
      .map(({ peer }) => peer)
      .sort()
      .join()
  );
}

/** Logs are compared, by digest, only where two folders have one of the same peer. */
async function contentsOf(
  folders: readonly GatheredFolder[],
  marks: ReadonlyMap<string, string>,
): Promise<FolderContents[]> {
  const contents: FolderContents[] = [];
  for (const { label, dir, logs, peerFolders } of folders) {
    const digests = new Map<PeerId, string>();
    for (const peer of logs) {
      const isShared = folders.some(other => other.label !== label && other.logs.has(peer));
      digests.set(peer, isShared ? await digestOf(logFile(dir, peer).path) : '');
    }
    contents.push({ label, machine: marks.get(label), logs: digests, peerFolders });
  }
  return contents;
}

/** Of a log that cannot be read, why: it is then another than that which can. */
async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await readChunks(path, chunk => {
      hash.update(chunk);
      return true;
    });
    return hash.digest('hex');
  } catch (error) {
    return inWords(error as Error);
  }
}

async function placesOf(
  { places }: Placing,
  folders: readonly GatheredFolder[],
  { common }: AgreedSetup,
): Promise<RunPlaces> {
  const found = new Map<PeerId, PeerPlace>();
  for (const [peer, index] of places) {
    const { dir, label, logs, copyOf } = folders[index]!;
    const prefix = `${label}/`;
    const copy = await copyOf?.(peer, common);
    found.set(peer, {
      dir,
      prefix,
      // What has its name all the same is a link, which leads to anything.
      ...(logs.has(peer) ? {} : { logFault: 'is missing' }),
      ...(copy === undefined ? {} : { copy: { ...copy, path: prefix + copy.path } }),
    });
  }
  return found;
}

/** Nothing is read for long that could not be written afterwards. */
async function refuseTaken({ html, out, force }: CollectOptions): Promise<void> {
  if ('file' in html) {
    const found = await statIfThere({ path: html.file, shown: html.file });
    if (found?.isDirectory()) throw new FileFailure(`${html.file} is a folder; name a file for the report`);
    if (found && !force) throw new FileFailure(`${html.file} is already there; --force replaces it`);
  }
  if (out === undefined) return;
  const found = await statIfThere({ path: out, shown: out });
  if (found && !found.isDirectory()) throw new FileFailure(`${out} is a file; name a new folder`);
  if (found && !force && (await naming({ path: out, shown: out }, readdir(out))).length > 0) {
    throw new FileFailure(
      `The folder ${out} is not empty; --force replaces the files of the same names in it`,
    );
  }
}

/** Copies what `verify` needs, the shared file aside. What cannot be finished is not left behind. */
async function copyInto(out: string, { texts }: AgreedSetup, places: RunPlaces): Promise<void> {
  const begun: string[] = [];
  const made = await naming({ path: out, shown: out }, makeFolders(out));
  try {
    for (const [peer, { dir, logFault }] of places) {
      if (logFault !== undefined) continue;
      const from = logFile(dir, peer);
      const to = logFile(out, peer);
      const draft = `${to.path}.${process.pid}.tmp`;
      begun.push(draft);
      await naming(to, copyFile(from.path, draft));
      await naming(to, rename(draft, to.path));
    }
    await writeWholeFile(join(out, commonFile), Buffer.from(texts.common));
    await writeWholeFile(join(out, peerInfoFile), Buffer.from(texts.peerInfo));
  } catch (error) {
    for (const draft of begun) await rm(draft, { force: true }).catch(() => {});
    if (made !== undefined) await rm(made, { recursive: true, force: true }).catch(() => {});
    throw error;
  }
}

const reportName = 'lab-report';

async function writeReport(html: string, options: CollectOptions): Promise<string> {
  const bytes = Buffer.from(html);
  if ('file' in options.html) {
    const path = resolve(options.html.file);
    await writeWholeFile(path, bytes);
    return path;
  }
  const folder = resolve(options.html.folder);
  if (options.force) {
    const path = join(folder, `${reportName}.html`);
    await writeWholeFile(path, bytes);
    return path;
  }
  await naming({ path: folder, shown: folder }, makeFolders(folder));
  const { path, file } = await createFreeFile(folder, reportName, '.html');
  try {
    await naming({ path, shown: path }, file.writeFile(bytes));
  } catch (error) {
    await rm(path, { force: true }).catch(() => {});
    throw error;
  } finally {
    await file.close();
  }
  return path;
}
