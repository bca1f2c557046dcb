import type { CourseFolder } from './course-folder.ts';

/** The log lines of the course protocol, section 7, to the letter: every line must be exactly one of them. */

const patterns = {
  dialled: /^makes a connection to Peer (\d+)\.$/,
  accepted: /^is connected from Peer (\d+)\.$/,
  preferred: /^has the preferred neighbors (\d+(?:,\d+)*)\.$/,
  optimistic: /^has the optimistically unchoked neighbor (\d+)\.$/,
  unchoked: /^is unchoked by (\d+)\.$/,
  choked: /^is choked by (\d+)\.$/,
  have: /^received the 'have' message from (\d+) for the piece (\d+)\.$/,
  interested: /^received the 'interested' message from (\d+)\.$/,
  notInterested: /^received the 'not interested' message from (\d+)\.$/,
  piece: /^has downloaded the piece (\d+) from (\d+)\. Now the number of pieces it has is (\d+)\.$/,
  complete: /^has downloaded the complete file\.$/,
};

type Kind = keyof typeof patterns;

export interface LogLine {
  readonly time: string;
  readonly kind: Kind;
  /** What stands in the brackets of the table, in that order. */
  readonly fields: readonly string[];
}

/** Reads a peer's log; throws at the first line that is none of section 7. */
export function readStrictLog(folder: CourseFolder, id: string): LogLine[] {
  return folder.lines(folder.logOf(id)).map((text, index) => {
    const start = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d): Peer (\d+) (.*)$/.exec(text);
    const [, time = '', self, sentence = ''] = start ?? [];
    const found = Object.entries(patterns).flatMap(([kind, pattern]) => {
      const match = pattern.exec(sentence);
      return match === null ? [] : [{ time, kind: kind as Kind, fields: match.slice(1) }];
    });
    if (self !== id || found.length !== 1) {
      throw new Error(`${folder.logOf(id)}:${index + 1} is no line of section 7: ${JSON.stringify(text)}`);
    }
    return found[0]!;
  });
}

/** The fields of all lines of one kind. */
export function fieldsOf(lines: readonly LogLine[], kind: Kind): (readonly string[])[] {
  return lines.filter(line => line.kind === kind).map(line => line.fields);
}
