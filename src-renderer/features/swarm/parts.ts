/** What a presentation shows beside sentence, caption and time line. */
export const allParts = ['graph', 'neighbours', 'deck'] as const;
export type Part = (typeof allParts)[number];

/** Shows or hides a part, in the order of the page; the last one stays, since nothing is no picture. */
export function toggled(parts: readonly Part[], part: Part): readonly Part[] {
  const next = allParts.filter(other => parts.includes(other) !== (other === part));
  return next.length === 0 ? parts : next;
}

/** Reads what was kept; everything where that is nothing sensible. */
export function partsFrom(kept: string | null): readonly Part[] {
  const parts = allParts.filter(part => kept?.split(' ').includes(part));
  return parts.length === 0 ? allParts : parts;
}
