/** A draft with what it was before and what was taken back. */
export interface History<T> {
  readonly past: readonly T[];
  readonly present: T;
  readonly future: readonly T[];
  /** Changes that bear the same mark one after the other are undone together. */
  readonly mark: string | null;
}

const mostSteps = 200;

export function beginHistory<T>(present: T): History<T> {
  return { past: [], present, future: [], mark: null };
}

/** Goes on to `present`; the same history where nothing has changed. */
export function record<T>(history: History<T>, present: T, mark: string | null = null): History<T> {
  if (present === history.present) return history;
  const goesOn = mark !== null && mark === history.mark && history.past.length > 0;
  const past = goesOn ? history.past : [...history.past, history.present].slice(-mostSteps);
  return { past, present, future: [], mark };
}

export function undo<T>({ past, present, future }: History<T>): History<T> | null {
  const before = past.at(-1);
  if (before === undefined) return null;
  return { past: past.slice(0, -1), present: before, future: [present, ...future], mark: null };
}

export function redo<T>({ past, present, future }: History<T>): History<T> | null {
  const [next, ...rest] = future;
  if (next === undefined) return null;
  return { past: [...past, present], present: next, future: rest, mark: null };
}
