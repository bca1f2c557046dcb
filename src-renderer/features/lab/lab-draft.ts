import type { About } from '../../../src-shared/contract.ts';
import type { LabDraft, LabPlan, LabPreview, PlanProblem, SavedLab } from '../../../src-shared/lab.ts';
import { parseSize } from '../../../src-shared/units.ts';
import { courseTexts } from '../../texts/course.ts';
import { labTexts } from '../../texts/lab.ts';
import { wholeNumberOf } from '../course/course-form.ts';
import { type Draft, type DraftField, type DraftMachine, draftOf } from './draft.ts';

/** Between the draft as it is typed and the draft as the app takes it. */

const mostPieceSize = 2 ** 30;
const mostFileSize = 2 ** 40;
const mostPreferred = 1000;
const mostSeconds = 86_400;
const problems = courseTexts.problems;

export type FieldProblems = Readonly<Partial<Record<DraftField, string>>>;

export interface TypedLab {
  /** Where a field is wrong, something else stands in its place, so that the plan can be checked all the same. */
  readonly lab: LabDraft;
  readonly problems: FieldProblems;
}

export function labDraftOf(draft: Draft): TypedLab {
  const wrong: Partial<Record<DraftField, string>> = {};
  const read = (field: DraftField, value: number | null, problem: string, otherwise: number) => {
    if (value === null) wrong[field] = problem;
    return value ?? otherwise;
  };
  const lab: LabDraft = {
    plan: planOf(draft),
    command: draft.command,
    scripts: draft.scripts,
    fileName: draft.fileName.trim(),
    fileSize: read('fileSize', sizeOf(draft.fileSize, 0, mostFileSize), labTexts.file.sizeProblem, 0),
    pieceSize: read('pieceSize', sizeOf(draft.pieceSize, 1, mostPieceSize), problems.pieceSize, 1),
    preferredNeighbours: read(
      'preferredNeighbours',
      wholeNumberOf(draft.preferredNeighbours, 0, mostPreferred),
      problems.wholeNumber(0, mostPreferred),
      1,
    ),
    unchokingSeconds: read(
      'unchokingSeconds',
      wholeNumberOf(draft.unchokingSeconds, 1, mostSeconds),
      problems.seconds,
      1,
    ),
    optimisticSeconds: read(
      'optimisticSeconds',
      wholeNumberOf(draft.optimisticSeconds, 1, mostSeconds),
      problems.seconds,
      1,
    ),
  };
  // A size of one byte would make too many pieces of any file, and that would be said as well.
  const pieceSize =
    wrong.pieceSize === undefined ? lab.pieceSize : Math.min(mostPieceSize, Math.max(1, lab.fileSize));
  if (draft.fileName.trim() === '') wrong.fileName = labTexts.file.nameProblem;
  if (draft.command?.trim() === '') wrong.command = labTexts.run.commandProblem;
  return { lab: { ...lab, pieceSize }, problems: wrong };
}

function sizeOf(text: string, least: number, most: number): number | null {
  const bytes = parseSize(text);
  return bytes === undefined || bytes < least || bytes > most ? null : bytes;
}

function planOf({ machines }: Draft): LabPlan {
  return machines.map(({ name, host, peers }) => ({
    name: name.trim(),
    host: host.trim(),
    peers: peers.map(({ id, port, hasFile }) => ({ id: id.trim(), port: port.trim(), hasFile })),
  }));
}

/** A draft that was kept for the next time. */
export function draftFromSaved({ draft, file }: SavedLab): Draft {
  const { plan, command, scripts, ...common } = draft;
  return { ...draftOf({ plan, common }, common), command, scripts, file };
}

/** A problem of a plan at what it is about, wherever that has moved meanwhile. */
export interface KeyedProblem {
  /** Unique among the problems. */
  readonly id: string;
  /** By key; null where the plan as a whole is meant. */
  readonly machine: number | null;
  readonly peer: number | null;
  readonly field: PlanProblem['place']['field'] | null;
  readonly message: string;
  readonly isError: boolean;
}

/** The problems that the app found in a draft, errors first. */
export function keyedProblems(
  problems: LabPreview['problems'],
  machines: readonly DraftMachine[],
): readonly KeyedProblem[] {
  const keyed = problems.map(({ place, message, isError }, index): KeyedProblem => {
    const machine = place.machine === undefined ? undefined : machines[place.machine];
    const peer = place.peer === undefined ? undefined : machine?.peers[place.peer];
    return {
      id: String(index),
      machine: machine?.key ?? null,
      peer: peer?.key ?? null,
      field: place.field ?? null,
      message,
      isError,
    };
  });
  return [...keyed.filter(({ isError }) => isError), ...keyed.filter(({ isError }) => !isError)];
}

/** Whether a host names this computer; a loopback address does so only where every machine has one. */
export function isThisComputer(
  host: string,
  machines: readonly Pick<DraftMachine, 'host'>[],
  about: Pick<About, 'addresses' | 'computer'> | null,
): boolean {
  if (isLoopback(host)) return machines.every(other => isLoopback(other.host));
  const wanted = host.trim().toLowerCase();
  if (about === null || wanted === '') return false;
  return about.addresses.includes(wanted) || wanted === about.computer.toLowerCase();
}

function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host.trim());
}
