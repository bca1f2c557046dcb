import { isUtf8 } from 'node:buffer';
import type { Stats } from 'node:fs';
import { mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PeerId } from '../../src-shared/journal.ts';
import {
  type CommonConfig,
  type ConfigProblem,
  checkSwarm,
  type Parsed,
  parseCommon,
  parsePeerInfo,
  type RosterEntry,
} from '../engine/course/config.ts';
import { type FilePlace, inWords } from './file-failure.ts';

/** The working folder of a course swarm: both configuration files, the logs, a folder per peer (section 4). */

/** Both configuration files, read and found to fit together. */
export interface CourseSetup {
  readonly common: CommonConfig;
  readonly roster: readonly RosterEntry[];
}

export const commonFile = 'Common.cfg';
export const peerInfoFile = 'PeerInfo.cfg';

/** Room for twenty thousand peers. A larger file is something else, and is not read. */
const mostConfigBytes = 1024 * 1024;

/** Reads `Common.cfg` and `PeerInfo.cfg`; tells everything that is wrong in either. */
export async function readCourseFolder(dir: string): Promise<Parsed<CourseSetup>> {
  const [common, roster] = await Promise.all([
    readConfig(dir, commonFile, parseCommon),
    readConfig(dir, peerInfoFile, parsePeerInfo),
  ]);
  const told = [...toldBy(common), ...toldBy(roster)];
  if (!common.ok || !roster.ok) return { ok: false, problems: told };
  const misfits = checkSwarm(common.value, roster.value);
  if (misfits.length > 0) return { ok: false, problems: [...told, ...misfits] };
  return { ok: true, value: { common: common.value, roster: roster.value }, notices: told };
}

/** The folder of one peer's files, below the working folder. */
export function peerFolder(dir: string, id: PeerId): FilePlace {
  return placeIn(dir, `peer_${id}`);
}

/** The log of one peer, in the working folder itself. */
export function logFile(dir: string, id: PeerId): FilePlace {
  return placeIn(dir, `log_peer_${id}.log`);
}

/**
 * The file a seed starts with: `peer_<ID>/<FileName>`, or `<ID>/<FileName>` as in the sample files. The first that
 * exists counts. A problem when there is none, when it cannot be read, or when it is not `FileSize` long.
 */
export async function findSeedFile(
  dir: string,
  id: PeerId,
  common: CommonConfig,
): Promise<Parsed<FilePlace>> {
  const usual = placeIn(dir, `peer_${id}`, common.fileName);
  const asInSamples = placeIn(dir, id, common.fileName);
  for (const place of [usual, asInSamples]) {
    try {
      const fault = seedFault(await stat(place.path), common);
      if (fault) return refuse(place.shown, fault);
      await (await open(place.path)).close();
      return { ok: true, value: place, notices: [] };
    } catch (error) {
      if (!isSystemError(error)) throw error;
      if (error.code !== 'ENOENT') return refuse(place.shown, `The file cannot be read: ${inWords(error)}.`);
    }
  }
  const expected = `${peerInfoFile} says that peer ${id} has the file`;
  return refuse(usual.shown, `There is no such file (nor ${asInSamples.shown}), but ${expected}.`);
}

/** Makes the peer's folder unless it is there, and makes sure, by trying, that files can be written in it. */
export async function preparePeerFolder(dir: string, id: PeerId): Promise<Parsed<FilePlace>> {
  const folder = peerFolder(dir, id);
  const trial = join(folder.path, `.trial-${process.pid}`);
  try {
    await mkdir(folder.path, { recursive: true });
    await writeFile(trial, '');
    await rm(trial);
    return { ok: true, value: folder, notices: [] };
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return refuse(folder.shown, `Nothing can be written in this folder: ${inWords(error)}.`);
  }
}

async function readConfig<T>(
  dir: string,
  file: string,
  parse: (text: string, file: string) => Parsed<T>,
): Promise<Parsed<T>> {
  const read = await readConfigText(dir, file);
  return read.ok ? parse(read.value, file) : read;
}

/** The text of one of the two files as it stands there. */
export async function readConfigText(dir: string, file: string): Promise<Parsed<string>> {
  const path = join(dir, file);
  try {
    const found = await stat(path);
    if (!found.isFile()) return refuse(file, kindFault(found));
    if (found.size > mostConfigBytes) {
      return refuse(
        file,
        `The file has ${found.size} bytes; a configuration file has at most ${mostConfigBytes}.`,
      );
    }
    const bytes = await readFile(path);
    if (!isUtf8(bytes)) return refuse(file, 'The file is not text in UTF-8; save it as plain text in UTF-8.');
    return { ok: true, value: bytes.toString('utf8'), notices: [] };
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code === 'ENOENT') return refuse(file, `There is no such file in the working folder, ${dir}.`);
    return refuse(file, `The file cannot be read: ${inWords(error)}.`);
  }
}

function seedFault(found: Stats, { fileSize }: CommonConfig): string | undefined {
  if (!found.isFile()) return kindFault(found);
  if (found.size === fileSize) return undefined;
  return `The file has ${found.size} bytes, but FileSize in ${commonFile} is ${fileSize}.`;
}

function kindFault(found: Stats): string {
  return found.isDirectory() ? 'This is a folder; it must be a file.' : 'This is not a regular file.';
}

function toldBy(parsed: Parsed<unknown>): readonly ConfigProblem[] {
  return parsed.ok ? parsed.notices : parsed.problems;
}

function refuse(file: string, message: string): Parsed<never> {
  return { ok: false, problems: [{ file, message, severity: 'error' }] };
}

function placeIn(dir: string, ...names: readonly string[]): FilePlace {
  return { path: join(dir, ...names), shown: names.join('/') };
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'errno' in error;
}
