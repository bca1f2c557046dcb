import { constants, copyFile, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CommonConfig,
  formatCommon,
  formatPeerInfo,
  type RosterEntry,
} from '../engine/course/config.ts';
import { makeTestFile } from './test-file.ts';
import { peerFolder } from './working-folder.ts';

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
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'Common.cfg'), formatCommon(common));
  await writeFile(join(dir, 'PeerInfo.cfg'), formatPeerInfo(roster));
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

/** What an earlier run left in a folder, by name; nothing when the folder is free or does not exist. */
export async function tracesOfRun(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch((): string[] => []);
  return names.filter(name => /^(peer_\d+|log_peer_.*|Common\.cfg|PeerInfo\.cfg)$/.test(name));
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
