/** What somebody may have meant who misspelt a word. */

/** Beyond this a word is another word. */
const mostMisspeltLetters = 3;

/** The known word that a misspelt one is at most three letters away from, whatever the case; the nearest of several. */
export function nearestWord<Word extends string>(name: string, known: readonly Word[]): Word | undefined {
  // Longer than any known word, and comparing it would take long.
  const word = name.slice(0, 100).toLowerCase();
  return known
    .filter(({ length }) => Math.abs(length - word.length) <= mostMisspeltLetters)
    .map(candidate => ({ candidate, distance: editDistance(word, candidate.toLowerCase()) }))
    .filter(({ distance, candidate }) => distance <= Math.min(mostMisspeltLetters, candidate.length - 1))
    .sort((a, b) => a.distance - b.distance)[0]?.candidate;
}

/** How many letters to insert, remove or replace to turn one word into the other (Levenshtein). */
function editDistance(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [row, letter] of [...from].entries()) {
    const current = [row + 1];
    for (const [column, other] of [...to].entries()) {
      const replaced = above[column]! + (letter === other ? 0 : 1);
      current.push(Math.min(replaced, above[column + 1]! + 1, current[column]! + 1));
    }
    above = current;
  }
  return above[to.length]!;
}
