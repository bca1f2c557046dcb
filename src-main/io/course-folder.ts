import { constants, copyFile, link, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PeerId } from '../../src-shared/journal.ts';
import {
  type CommonConfig,
  formatCommon,
  formatPeerInfo,
  type RosterEntry,
} from '../engine/course/config.ts';
import { FileFailure, naming } from './file-failure.ts';
import { makeFreeFolder } from './free-name.ts';
import { makeFolders } from './real-place.ts';
import { makeTestFile } from './test-file.ts';
import { type CourseSetup, commonFile, peerFolder, peerInfoFile } from './working-folder.ts';

/** Makes working folders for course swarms (course protocol, section 4). */

/**
 * Writes both configuration files and puts the shared file where each seed expects it: a copy of `source`, or a
 * random one of the right size.
 */
export async function writeCourseFolder(
  dir: string,
  common: CommonConfig,
  roster: readonly RosterEntry[],
  source?: string,
): Promise<void> {
  await makeFolders(dir);
  await writeConfigs(dir, common, roster);
  let original = source;
  for (const { peer } of roster.filter(entry => entry.seed)) {
    const folder = peerFolder(dir, peer).path;
    const target = join(folder, common.fileName);
    await mkdir(folder);
    if (original === undefined) await makeTestFile(target, common.fileSize);
    else await copyFile(original, target, constants.COPYFILE_FICLONE);
    original ??= target;
  }
}

async function writeConfigs(
  dir: string,
  common: CommonConfig,
  roster: readonly RosterEntry[],
): Promise<void> {
  await writeFile(join(dir, commonFile), formatCommon(common));
  await writeFile(join(dir, peerInfoFile), formatPeerInfo(roster));
}

/**
 * Makes a new folder below `parent`, "NAME", "NAME 2" …, with both configuration files and a copy of `source` where
 * each of `seeds` expects it. The copy stays as it is when the original is changed. Returns the folder; of one that
 * cannot be finished, on a full disk for example, nothing is left. Throws a `FileFailure` that names the file.
 */
export async function makeCourseFolder(
  parent: string,
  name: string,
  { common, roster }: CourseSetup,
  seeds: readonly PeerId[],
  source: string,
): Promise<string> {
  await naming({ path: parent, shown: parent }, makeFolders(parent));
  const dir = await makeFreeFolder(parent, name);
  try {
    await naming({ path: dir, shown: dir }, writeConfigs(dir, common, roster));
    let original = source;
    for (const peer of seeds) {
      const folder = peerFolder(dir, peer);
      const target = {
        path: join(folder.path, common.fileName),
        shown: `${folder.shown}/${common.fileName}`,
      };
      await naming(folder, mkdir(folder.path));
      await naming(
        target,
        original === source
          ? copyFile(source, target.path, constants.COPYFILE_FICLONE)
          : linkOrCopy(original, target.path),
      );
      original = target.path;
    }
    const copied = seeds.length === 0 ? common.fileSize : await fileLength(original);
    if (copied !== common.fileSize) {
      throw new FileFailure(
        `${common.fileName}: it changed while it was copied; try again when it is at rest`,
      );
    }
    return dir;
  } catch (error) {
    await removeFolder(dir);
    throw error;
  }
}

/** Several seeds of one computer can do with one copy. Not every disk knows links. */
async function linkOrCopy(source: string, target: string): Promise<void> {
  await link(source, target).catch(() => copyFile(source, target, constants.COPYFILE_FICLONE));
}

/** What an earlier run left in a folder, by name; nothing when the folder is free or does not exist. */
export async function tracesOfRun(dir: string): Promise<string[]> {
  return (await namesIn(dir)).filter(isOfRun);
}

/** Whether a folder holds anything that no run leaves there. */
export async function holdsMoreThanRun(dir: string): Promise<boolean> {
  return !(await namesIn(dir)).every(isOfRun);
}

function namesIn(dir: string): Promise<string[]> {
  return readdir(dir).catch(() => []);
}

function isOfRun(name: string): boolean {
  return /^(peer_\d+|log_peer_.*|Common\.cfg|PeerInfo\.cfg)$/.test(name);
}

/** The length of a file in bytes; undefined when there is none to be read. */
export async function fileLength(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? found.size : undefined;
}

export function makeTemporaryFolder(prefix: string): Promise<string> {
  return mkdtemp(join(tmpdir(), prefix));
}

/** Removes a folder with all that is in it. */
export async function removeFolder(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true });
}
