import { labTexts } from '../../texts/lab.ts';
import type { DraftField } from './draft.ts';
import type { FieldProblems, KeyedProblem } from './lab-draft.ts';
import type { Preview } from './lab-store.ts';

/** What is wrong with a lab, sorted by where it is said. */

/** Errors first: what is typed wrongly, then what the app has found in the rest. */
export function allProblems(preview: Preview | null, fields: FieldProblems): readonly KeyedProblem[] {
  const typed = Object.entries(fields).map(
    ([field, problem]): KeyedProblem => ({
      id: field,
      machine: null,
      peer: null,
      field: 'common',
      message: labTexts.problems.ofField(labTexts.fieldNames[field as DraftField], problem),
      isError: true,
    }),
  );
  const found = preview?.problems ?? [];
  // While something is typed wrongly, the app has seen something else in its place.
  return [...typed, ...(typed.length === 0 ? found : found.filter(problem => !isOfFields(problem)))];
}

/** Whether a problem is about the file and the run, and no machine. */
export function isOfFields({ field }: KeyedProblem): boolean {
  return field === 'fileName' || field === 'common' || field === 'command';
}

const none: readonly KeyedProblem[] = [];

/** By machine. A machine without problems gets the same empty list each time. */
export function problemsByMachine(
  problems: readonly KeyedProblem[],
): (machine: number) => readonly KeyedProblem[] {
  const lists = new Map<number, KeyedProblem[]>();
  for (const problem of problems) {
    if (problem.machine === null) continue;
    const list = lists.get(problem.machine) ?? [];
    list.push(problem);
    lists.set(problem.machine, list);
  }
  return machine => lists.get(machine) ?? none;
}

/** The id of the fields of the file and the run. */
export const fieldsId = 'lab-fields';

/** Where the field is that a problem is about, for the focus to go there; null for the plan as a whole. */
export function fieldIdOf(problem: Pick<KeyedProblem, 'machine' | 'peer' | 'field'>): string | null {
  const { machine, peer, field } = problem;
  if (peer !== null) return `lab-${peer}-${field ?? 'id'}`;
  if (machine !== null) return `lab-${machine}-${field === 'host' ? 'host' : 'name'}`;
  return field === null ? null : fieldsId;
}
