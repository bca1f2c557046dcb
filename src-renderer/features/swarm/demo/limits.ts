const steps = [20, 50, 100, 250, 1000, 4000].map(thousands => thousands * 1000);

/** Upload limits to choose from, bytes per second, with the present one among them; null is no limit. */
export function limitChoices(present: number | null): (number | null)[] {
  const limits = present === null || steps.includes(present) ? steps : [...steps, present];
  return [...limits.toSorted((a, b) => a - b), null];
}
