import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { OpenedLab } from '../../src-shared/lab.ts';
import { formatProblem, type Parsed, parseCommon, parsePeerInfo } from '../engine/course/config.ts';
import { parseLabMark, parsePlan } from '../engine/lab-plan/plan-text.ts';
import { planOfRoster } from '../engine/lab-plan/roster-plan.ts';
import { naming } from './file-failure.ts';
import { readPlanFile } from './plan-file.ts';
import { isThere } from './whole-file.ts';
import { commonFile, peerInfoFile, readConfigText } from './working-folder.ts';

/** Reads a lab wherever somebody has written one down. */

const markFile = 'lab.json';

/**
 * Reads a plan, the mark of a machine's folder, or a roster; of a folder whichever of the last two is in it. What a
 * `Common.cfg` beside a mark or a roster says comes with it. Throws a `FileFailure` for a file that cannot be read.
 */
export async function readLab(path: string): Promise<Parsed<OpenedLab>> {
  const isFolder = (await naming({ path, shown: path }, stat(path))).isDirectory();
  const folder = isFolder ? path : dirname(path);
  const hasMark = isFolder && (await isThere(join(folder, markFile)));
  const file = isFolder ? (hasMark ? markFile : peerInfoFile) : basename(path);
  const text = await readPlanFile(join(folder, file));
  // A mark is an object, a plan a list; a roster begins with a number or a comment.
  const [first] = text.replace(/^\uFEFF/, '').trimStart();
  if (first === '[') return lift(parsePlan(text, file), plan => ({ plan, common: null, notices: [] }));
  const beside = () => commonBeside(folder);
  if (first === '{') {
    return lift(parseLabMark(text, file), async ({ plan }) => ({ plan, ...(await beside()) }));
  }
  return lift(parsePeerInfo(text, file), async roster => {
    const { plan, keepsOrder } = planOfRoster(roster);
    const { common, notices } = await beside();
    const order = `In ${file} peers of one host do not stand together; here they do, so they start in another order.`;
    return { plan, common, notices: keepsOrder ? notices : [order, ...notices] };
  });
}

/** What was read as a lab, the notices of reading first. */
async function lift<T>(
  parsed: Parsed<T>,
  open: (value: T) => OpenedLab | Promise<OpenedLab>,
): Promise<Parsed<OpenedLab>> {
  if (!parsed.ok) return parsed;
  const opened = await open(parsed.value);
  const notices = [...parsed.notices.map(formatProblem), ...opened.notices];
  return { ok: true, value: { ...opened, notices }, notices: parsed.notices };
}

/** What a `Common.cfg` in the same folder says; one that is wrong is said to be, and left out. */
async function commonBeside(folder: string): Promise<Pick<OpenedLab, 'common' | 'notices'>> {
  if (!(await isThere(join(folder, commonFile)))) return { common: null, notices: [] };
  const read = await readConfigText(folder, commonFile);
  const parsed = read.ok ? parseCommon(read.value, commonFile) : read;
  if (!parsed.ok) {
    const problems = parsed.problems.map(formatProblem);
    return { common: null, notices: [`${commonFile} beside it is left out:`, ...problems] };
  }
  const { unchokingIntervalMs, optimisticIntervalMs, ...same } = parsed.value;
  const common = {
    ...same,
    unchokingSeconds: unchokingIntervalMs / 1000,
    optimisticSeconds: optimisticIntervalMs / 1000,
  };
  return { common, notices: parsed.notices.map(formatProblem) };
}
