import type { Random } from '../ports.ts';
import { seededRandom } from './seeded-random.ts';

/** By degrees of freedom: the chi-square value that equal chances exceed once in a thousand tallies. */
const criticalChiSquare = [0, 10.83, 13.82, 16.27, 18.47, 20.52, 22.46];

/** How often each of the outcomes came up in so many runs; any other outcome is an error. */
export function tally(
  runs: number,
  outcomes: readonly number[],
  run: (random: Random) => number | undefined,
): number[] {
  const counts = outcomes.map(() => 0);
  for (let seed = 0; seed < runs; seed += 1) {
    const outcome = run(seededRandom(seed * 7919 + 1));
    const index = outcome === undefined ? -1 : outcomes.indexOf(outcome);
    if (index < 0) throw new Error(`${outcome} came up, and only ${outcomes.join(', ')} should`);
    counts[index]! += 1;
  }
  return counts;
}

/** How far a tally is from even, by the chi-square test: below 1 it is what equal chances give. */
export function unevenness(counts: readonly number[]): number {
  const critical = criticalChiSquare[counts.length - 1];
  if (critical === undefined) throw new Error(`no critical value for ${counts.length} outcomes`);
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  return chiSquare / critical;
}
