import { basename, parse } from 'node:path';
import { type Question, RefusedError } from '../../../src-shared/contract.ts';
import {
  checkSwarm,
  formatCommon,
  formatPeerInfo,
  formatProblem,
  parseCommon,
  parsePeerInfo,
} from '../../engine/course/config.ts';
import { makeCourseFolder } from '../../io/course-folder.ts';
import { sizeOfFile } from '../../io/real-place.ts';
import { isHere } from './course-folder-view.ts';

/**
 * Makes a course swarm of a file: a new folder below `workFolder`, with both configuration files and with the file
 * where each seed of this computer expects it. Returns the folder.
 * @throws RefusedError `set-up`, FileFailure
 */
export async function makeCourse(
  workFolder: string,
  path: string,
  wanted: Omit<Question<'makeCourse'>, 'file'>,
): Promise<string> {
  const fileName = basename(path);
  const fileSize = await sizeOfFile(path, fileName);
  // What was asked for goes through the same checks as files that somebody wrote.
  const common = parseCommon(
    formatCommon({
      preferredNeighbours: wanted.preferredNeighbours,
      unchokingIntervalMs: wanted.unchokingSeconds * 1000,
      optimisticIntervalMs: wanted.optimisticSeconds * 1000,
      fileName,
      fileSize,
      pieceSize: wanted.pieceSize,
    }),
  );
  const roster = parsePeerInfo(formatPeerInfo(wanted.peers));
  const problems = [
    ...(common.ok ? [] : common.problems),
    ...(roster.ok ? [] : roster.problems),
    ...(common.ok && roster.ok ? checkSwarm(common.value, roster.value) : []),
  ].filter(({ severity }) => severity === 'error');
  if (!common.ok || !roster.ok || problems.length > 0) {
    throw new RefusedError('set-up', 'The swarm cannot be made like this.', problems.map(formatProblem));
  }
  const setup = { common: common.value, roster: roster.value };
  const seeds = roster.value.filter(entry => entry.seed && isHere(entry.host, roster.value));
  return makeCourseFolder(
    workFolder,
    parse(fileName).name,
    setup,
    seeds.map(({ peer }) => peer),
    path,
  );
}
