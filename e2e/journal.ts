import type { CourseFolder } from './course-folder.ts';

/** Journals as files, read the way a script of somebody else would. */

interface Entry {
  readonly kind: string;
  readonly peer?: string;
  readonly piece?: number;
}

/** Reads a file of `--journal`, as the argument that was given. */
export function readJournal(folder: CourseFolder, file: string): Entry[] {
  return folder.lines(file).map(line => JSON.parse(line) as Entry);
}

export interface UploadsTo {
  /** Pieces that were sent again although their receiver had announced them before. */
  readonly afterHave: number[];
  /** Pieces sent beyond the first time. */
  readonly again: number;
}

/** What a seed had to send `peer`, by the seed's own journal. */
export function uploadsTo(journal: readonly Entry[], peer: string): UploadsTo {
  const announced = new Set<number>();
  const sent = new Set<number>();
  const afterHave: number[] = [];
  let again = 0;
  for (const { kind, peer: of, piece = -1 } of journal) {
    if (of !== peer) continue;
    if (kind === 'received-have') announced.add(piece);
    if (kind !== 'uploaded') continue;
    if (announced.has(piece)) afterHave.push(piece);
    if (sent.has(piece)) again += 1;
    sent.add(piece);
  }
  return { afterHave, again };
}
