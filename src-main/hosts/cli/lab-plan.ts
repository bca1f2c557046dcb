import { basename } from 'node:path';
import type { LabDraft, LabPlan, PlanProblem } from '../../../src-shared/lab.ts';
import { type ConfigProblem, formatProblem, quote } from '../../engine/course/config.ts';
import { plural } from '../../engine/course/findings.ts';
import { checkSettings, planFolders } from '../../engine/lab-plan/lab-files.ts';
import { folderName } from '../../engine/lab-plan/plan-check.ts';
import { formatPlan, lineInPlan, parsePlan } from '../../engine/lab-plan/plan-text.ts';
import { samplePlan } from '../../engine/lab-plan/sample-plan.ts';
import { FileFailure } from '../../io/file-failure.ts';
import { exportLab, type LabSource } from '../../io/lab-export.ts';
import { checkHosts } from '../../io/lab-hosts.ts';
import { ownAddresses, ownIndex } from '../../io/own-addresses.ts';
import { readPlanFile } from '../../io/plan-file.ts';
import { sizeOfFile } from '../../io/real-place.ts';
import { isThere, writeWholeFile } from '../../io/whole-file.ts';
import { exitCode } from './exit-codes.ts';
import { onInterrupt } from './interrupt.ts';
import { type Output, toJson } from './terminal.ts';

/** A file that is no plan at all may have a problem on every line. */
const mostProblems = 20;

/** Without `--file`. */
const usualName = 'TheFile.dat';
const usualSize = 20 * 1024 * 1024;

/** Every machine that builds its own folder makes the same bytes. */
const bytesOfLab = { randomBytes: 0 };

/** `piecewise lab template`: a plan to begin with. Returns the exit code. */
export async function labTemplateCommand(
  {
    machines,
    out: file,
    force,
  }: { readonly machines: number; readonly out?: string; readonly force: boolean },
  out: Output,
  err: Output,
): Promise<number> {
  const text = formatPlan(samplePlan(machines, ownAddresses()[0]!));
  if (file === undefined) {
    out.write(text);
    return exitCode.ok;
  }
  try {
    if (!force && (await isThere(file))) throw new FileFailure(`${file}: it exists already`);
    await writeWholeFile(file, new TextEncoder().encode(text));
    out.write(
      `${file}: a plan of ${plural(machines, 'machine')}; change it, then: piecewise lab check ${file}\n`,
    );
    return exitCode.ok;
  } catch (error) {
    return refusal(error, { force, json: false }, out, err);
  }
}

/** `piecewise lab check`: 0 when a lab can be built of the plan, 1 when not, 2 when the file cannot be read. */
export async function labCheckCommand(
  file: string,
  { json }: { readonly json: boolean },
  out: Output,
  err: Output,
  lookup?: (host: string) => Promise<unknown>,
): Promise<number> {
  let text: string;
  try {
    text = await readPlanFile(file);
  } catch (error) {
    return refusal(error, { force: true, json }, out, err);
  }
  const read = parsePlan(text, file);
  if (!read.ok) {
    if (json) out.write(toJson({ ok: false, problems: read.problems }));
    else out.write(problemLines(read.problems));
    return exitCode.failed;
  }
  const plan = read.value;
  const unknown = await checkHosts(plan, lookup === undefined ? {} : { lookup });
  const line = lineInPlan(text);
  const problems = [...read.notices, ...unknown.map(problem => inFile(file, problem, line(problem.place)))];
  const here = ownIndex(plan.map(({ host }) => host));
  const peers = plan.reduce((sum, machine) => sum + machine.peers.length, 0);
  if (json) {
    const machine = here === undefined ? null : plan[here]!.name;
    out.write(toJson({ ok: true, problems, machines: plan.length, peers, here: machine }));
  } else {
    out.write(problemLines(problems));
    out.write(
      `${file}: ${plural(plan.length, 'machine')} with ${plural(peers, 'peer')}; nothing is in the way.\n`,
    );
    if (here !== undefined) out.write(`This computer is ${plan[here]!.name}.\n`);
  }
  return exitCode.ok;
}

export interface LabBuildOptions {
  /** True: the machine that is this computer; undefined: all of them. */
  readonly machine?: string | true;
  readonly file?: string;
  readonly fileName?: string;
  readonly fileSize?: number;
  readonly pieceSize: number;
  readonly preferred: number;
  readonly unchoking: number;
  readonly optimistic: number;
  readonly command?: string;
  readonly windows: boolean;
  readonly unix: boolean;
  readonly both: boolean;
  readonly out: string;
  readonly zip: boolean;
  readonly force: boolean;
  readonly json: boolean;
}

/** `piecewise lab build`: the folders of a lab's machines. Returns the exit code. */
export async function labBuildCommand(
  file: string,
  options: LabBuildOptions,
  out: Output,
  err: Output,
): Promise<number> {
  const { force, json } = options;
  const abort = new AbortController();
  const release = onInterrupt(() => abort.abort());
  try {
    const read = parsePlan(await readPlanFile(file), file);
    if (!read.ok) return refuseProblems(read.problems, json, out, err);
    const plan = read.value;
    const draft = await draftOf(plan, options);
    const found = checkSettings(draft).map(problem => inFile('piecewise lab build', problem));
    if (found.some(({ severity }) => severity === 'error')) return refuseProblems(found, json, out, err);
    const here = ownIndex(plan.map(({ host }) => host));
    const chosen = chooseMachine(plan, options.machine, here, file);
    const folders = planFolders(draft).filter(({ machine }) => chosen === undefined || machine === chosen);
    const source: LabSource = options.file === undefined ? bytesOfLab : { path: options.file };
    const target = options.zip ? { zip: zipName(options.out) } : { folder: options.out };
    const place = await exportLab(folders, source, target, { force, signal: abort.signal });
    const notices = [...read.notices, ...found];
    if (json) {
      const built = folders.map(({ name, machine, files }) => ({
        folder: name,
        machine: plan[machine]!.name,
        isHere: machine === here,
        files: files.map(({ path, size }) => ({ path, size })),
      }));
      out.write(toJson({ ok: true, place, folders: built, problems: notices }));
    } else {
      for (const notice of notices) err.write(`${formatProblem(notice)}\n`);
      out.write(`${place}:\n`);
      for (const { name, machine } of folders) {
        const { name: called, host } = plan[machine]!;
        out.write(
          `  ${name}  for ${called} at ${host}${machine === here ? ', which is this computer' : ''}\n`,
        );
      }
      const copy = options.zip ? 'Unpack it, and copy each' : 'Copy each';
      out.write(`${copy} to its machine; START-HERE.txt in it says how to go on.\n`);
    }
    return exitCode.ok;
  } catch (error) {
    if (abort.signal.aborted) return exitCode.interrupted;
    return refusal(error, { force, json }, out, err);
  } finally {
    release();
  }
}

async function draftOf(plan: LabPlan, options: LabBuildOptions): Promise<LabDraft> {
  const { file, fileName, fileSize, command, windows, unix, both } = options;
  const isForOne = !both && windows !== unix;
  return {
    plan,
    command: command ?? null,
    scripts: isForOne ? (windows ? 'windows' : 'unix') : 'both',
    fileName: fileName ?? (file === undefined ? usualName : basename(file)),
    fileSize: file === undefined ? (fileSize ?? usualSize) : await sizeOfFile(file, file),
    pieceSize: options.pieceSize,
    preferredNeighbours: options.preferred,
    unchokingSeconds: options.unchoking,
    optimisticSeconds: options.optimistic,
  };
}

/** By index; undefined: all of them. */
function chooseMachine(
  plan: LabPlan,
  wanted: string | true | undefined,
  here: number | undefined,
  file: string,
): number | undefined {
  if (wanted === undefined) return undefined;
  if (wanted === true) {
    if (here !== undefined) return here;
    const own = `this computer is none of the plan's machines; its addresses are ${ownAddresses().join(', ')}`;
    throw new FileFailure(`${file}: ${own}. Name the machine after --machine, or correct the plan`);
  }
  const index = plan.findIndex(({ name }) => name === wanted);
  const named = index < 0 ? plan.findIndex(({ name }) => folderName(name) === folderName(wanted)) : index;
  if (named >= 0) return named;
  const names = plan.slice(0, mostProblems).map(({ name }) => quote(name));
  const more = plan.length > names.length ? ' …' : '';
  throw new FileFailure(
    `${file}: the plan has no machine called ${quote(wanted)}; it has ${names.join(', ')}${more}`,
  );
}

function zipName(out: string): string {
  return /\.zip$/i.test(out) ? out : `${out.replace(/[\\/]+$/, '')}.zip`;
}

function refuseProblems(problems: readonly ConfigProblem[], json: boolean, out: Output, err: Output): number {
  if (json) out.write(toJson({ ok: false, problems }));
  else err.write(problemLines(problems));
  return exitCode.badSetUp;
}

/** Tells why nothing was made; anything but a failure already in words is a mistake of ours. */
function refusal(
  error: unknown,
  { force, json }: { readonly force: boolean; readonly json: boolean },
  out: Output,
  err: Output,
): number {
  if (!(error instanceof FileFailure)) throw error;
  const hint = !force && error.message.endsWith('it exists already') ? '; --force replaces it' : '';
  const message = `${error.message}${hint}`;
  if (json) out.write(toJson({ ok: false, problems: [{ message, severity: 'error' }] }));
  else err.write(`${message}\n`);
  return error.reason === 'full' ? exitCode.storageFailed : exitCode.badSetUp;
}

function inFile(file: string, { message, isError }: PlanProblem, line?: number): ConfigProblem {
  const severity = isError ? 'error' : 'notice';
  return { file, message, severity, ...(line === undefined ? {} : { line }) };
}

function problemLines(problems: readonly ConfigProblem[]): string {
  const shown = problems.slice(0, mostProblems).map(formatProblem);
  const more = problems.length - shown.length;
  return [...shown, ...(more > 0 ? [`… and ${more} more.`] : [])].map(line => `${line}\n`).join('');
}
