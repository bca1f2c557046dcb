import { expect } from 'vitest';
import { type CourseFolder, sha256 } from './course-folder.ts';
import { fieldsOf, type LogLine, readStrictLog } from './strict-log.ts';

/** What must be true of a swarm of ours whose processes have all ended. */

export function expectFinished(folder: CourseFolder): void {
  expectIdenticalFiles(folder, folder.ids);
  const logs = folder.ids.map(id => folder.logOf(id));
  const copies = folder.ids.map(id => folder.pathOf(id));
  expect(folder.files(), 'nothing else is left behind').toEqual(
    ['Common.cfg', 'PeerInfo.cfg', ...copies, ...logs].sort(),
  );
  for (const id of folder.ids) expectStrictLog(folder, id);
}

export function expectIdenticalFiles(folder: CourseFolder, ids: readonly string[]): void {
  const sums = ids.map(id => [id, sha256(folder.read(folder.pathOf(id)))]);
  expect(sums).toEqual(ids.map(id => [id, sha256(folder.content)]));
}

/** Section 7 to the letter, and what its lines say fits together. */
export function expectStrictLog(folder: CourseFolder, id: string): LogLine[] {
  const lines = readStrictLog(folder, id);
  const times = lines.map(line => line.time);
  expect(times, 'time never goes back').toEqual(times.toSorted());
  expectConnections(folder, id, lines);
  expectChoices(folder, id, lines);
  if (folder.isSeed(id)) {
    expect(lines.filter(({ kind }) => kind === 'piece' || kind === 'complete')).toEqual([]);
  } else {
    expectDownload(folder, lines);
  }
  return lines;
}

/** Everybody dials those listed before them (section 5). Two seeds may have ended before they met. */
function expectConnections(folder: CourseFolder, id: string, lines: readonly LogLine[]): void {
  const own = folder.ids.indexOf(id);
  const needed = (ids: readonly string[]) =>
    ids.filter(other => !(folder.isSeed(id) && folder.isSeed(other))).toSorted();
  const logged = (kind: 'dialled' | 'accepted') =>
    needed(fieldsOf(lines, kind).flatMap(([other = '']) => other));
  expect(logged('dialled')).toEqual(needed(folder.ids.slice(0, own)));
  expect(logged('accepted')).toEqual(needed(folder.ids.slice(own + 1)));
}

function expectChoices(folder: CourseFolder, id: string, lines: readonly LogLine[]): void {
  const others = folder.ids.filter(other => other !== id);
  for (const [list = ''] of fieldsOf(lines, 'preferred')) {
    const chosen = list.split(',');
    expect(chosen.length).toBeLessThanOrEqual(folder.preferred);
    expect(new Set(chosen).size).toBe(chosen.length);
    expect(others).toEqual(expect.arrayContaining(chosen));
  }
  for (const [chosen] of fieldsOf(lines, 'optimistic')) expect(others).toContain(chosen);
}

function expectDownload(folder: CourseFolder, lines: readonly LogLine[]): void {
  const pieces = fieldsOf(lines, 'piece');
  const everyPiece = Array.from({ length: folder.pieceCount }, (_, index) => index);
  expect(pieces.map(([, , count]) => Number(count))).toEqual(everyPiece.map(index => index + 1));
  expect(pieces.map(([index]) => Number(index)).toSorted((a, b) => a - b)).toEqual(everyPiece);
  const completions = lines.flatMap(({ kind }, at) => (kind === 'complete' ? [at] : []));
  if (folder.pieceCount === 0) return expect(completions).toEqual([]);
  expect(completions).toHaveLength(1);
  expect(completions[0]).toBeGreaterThan(lines.findLastIndex(({ kind }) => kind === 'piece'));
}
