import { randomInt } from 'node:crypto';
import { basename } from 'node:path';
import * as v from 'valibot';
import { type Answer, type Done, type Question, RefusedError } from '../../../src-shared/contract.ts';
import {
  type LabDraft,
  type LabFolder,
  labPlan,
  type labQuestions,
  type OpenedLab,
} from '../../../src-shared/lab.ts';
import { formatProblem } from '../../engine/course/config.ts';
import { checkDraft, planFolders } from '../../engine/lab-plan/lab-files.ts';
import { samplePlan } from '../../engine/lab-plan/sample-plan.ts';
import { collectLab } from '../../io/lab-collection.ts';
import { exportLabUnderFreeName, type LabSource } from '../../io/lab-export.ts';
import { readLab } from '../../io/lab-reading.ts';
import { ownAddresses } from '../../io/own-addresses.ts';
import { writableFolder } from '../../io/real-place.ts';
import type { AppOptions } from './app.ts';
import { grant } from './looking.ts';
import type { Places } from './places.ts';

/** What the screen asks about labs: planning them, writing their folders, and what came of their runs. */

type LabCommands = {
  readonly [C in keyof typeof labQuestions]: (question: Question<C>) => Promise<Answer<C>>;
};

export interface LabWorkplace {
  readonly options: AppOptions;
  readonly places: Places;
  /** Where labs and reports are written for which no place is chosen. Rejects when it cannot be had. */
  readonly workFolder: () => Promise<string>;
}

const done: Done = {};
/** A file that is no plan at all has a problem in every line. */
const mostProblems = 50;

export function labCommandsOf({ options, places, workFolder }: LabWorkplace): LabCommands {
  return {
    async sampleLab({ machines }) {
      return { plan: samplePlan(machines, ownAddresses()[0] ?? '127.0.0.1'), common: null, notices: [] };
    },
    openLab: ({ file }) => openLab(places.path(file)),
    async previewLab({ draft, machine }) {
      const problems = checkDraft(draft);
      const folders = problems.some(({ isError }) => isError) ? [] : planFolders(draft);
      return { problems, folders: folders.map(withoutTexts), shown: folders[machine] ?? null };
    },
    async exportLab({ draft, file, into, as }) {
      refuseErrors(draft);
      const source: LabSource =
        file === null ? { randomBytes: randomInt(2 ** 31) } : { path: places.path(file) };
      const parent = into === null ? await workFolder() : await writableFolder(await places.keptPath(into));
      const path = await exportLabUnderFreeName(planFolders(draft), source, parent, as);
      return { place: await grant(places, path) };
    },
    async collectLab({ folders }) {
      const paths = folders.map(token => places.path(token));
      const folder = await workFolder();
      const collected = await collectLab(paths, { html: { folder } });
      if (!collected.ok) throw refused('This is no lab that could be reported on.', collected.problems);
      const { report } = collected;
      return { report, html: await grant(places, report.htmlPath) };
    },
    async revealPlace({ place }) {
      const path = places.path(place);
      if (options.reveal === undefined) {
        throw new RefusedError('unavailable', 'There is no file manager to show it in.');
      }
      options.reveal(path);
      return done;
    },
  };
}

/** @throws RefusedError that names every problem with its line */
async function openLab(path: string): Promise<OpenedLab> {
  const read = await readLab(path);
  if (!read.ok)
    throw refused(`${basename(path)} cannot be used as a plan.`, read.problems.map(formatProblem));
  if (v.is(labPlan, read.value.plan)) return read.value;
  throw refused(`${basename(path)} names more machines or peers than a plan can have.`, []);
}

function withoutTexts(folder: LabFolder): LabFolder {
  return { ...folder, files: folder.files.map(file => ({ ...file, text: null })) };
}

function refuseErrors(draft: LabDraft): void {
  const errors = checkDraft(draft).filter(({ isError }) => isError);
  if (errors.length === 0) return;
  throw refused(
    'A lab cannot be made of this plan.',
    errors.map(({ message }) => message),
  );
}

function refused(message: string, problems: readonly string[]): RefusedError {
  return new RefusedError('set-up', message, problems.slice(0, mostProblems));
}
