import { basename } from 'node:path';
import {
  type CommonConfig,
  type ConfigProblem,
  checkSwarm,
  formatCommon,
  formatProblem,
  parseCommon,
  type RosterEntry,
} from '../../engine/course/config.ts';
import { fileLength, tracesOfRun, writeCourseFolder } from '../../io/course-folder.ts';
import { FileFailure, naming } from '../../io/file-failure.ts';
import { freePorts } from '../../io/free-ports.ts';

const address = '127.0.0.1';
/** Unless told otherwise, an upload limit makes handing out one copy of the file take this long. */
const pacedSeconds = 20;

/** What a swarm on this machine is to be like. */
export interface DemoFolderOptions {
  readonly peers: number;
  readonly seeds: number;
  /** A file to share; a random one of `size` bytes otherwise. */
  readonly file?: string;
  readonly size: number;
  readonly pieceSize: number;
  readonly preferred: number;
  readonly unchokingSeconds: number;
  readonly optimisticSeconds: number;
  /** Bytes per second for each peer; `paced` chooses one that leaves time to watch. */
  readonly uploadLimit: number | 'paced';
}

export interface DemoFolder {
  readonly common: CommonConfig;
  readonly roster: readonly RosterEntry[];
  /** Infinity: no limit. */
  readonly uploadBytesPerSecond: number;
}

/** Makes a working folder for a swarm on this machine; or says, in sentences, why it cannot be. */
export async function makeDemoFolder(
  dir: string,
  options: DemoFolderOptions,
): Promise<DemoFolder | { readonly problems: readonly string[] }> {
  const present = await tracesOfRun(dir);
  if (present.length > 0) {
    return { problems: [`${dir} already holds a run (${present[0]}); choose an empty folder.`] };
  }
  const fileSize = options.file === undefined ? options.size : await fileLength(options.file);
  if (fileSize === undefined) return { problems: [`${options.file} cannot be read as a file.`] };

  const wanted: CommonConfig = {
    preferredNeighbours: options.preferred,
    unchokingIntervalMs: options.unchokingSeconds * 1000,
    optimisticIntervalMs: options.optimisticSeconds * 1000,
    fileName: options.file === undefined ? 'demo.bin' : basename(options.file),
    fileSize,
    pieceSize: options.pieceSize,
  };
  // What was asked for goes through the same checks as a file somebody wrote.
  const common = parseCommon(formatCommon(wanted));
  const ports = await freePorts(options.peers, address);
  const roster = ports.map((port, index) => {
    const seed = index < options.seeds;
    return { peer: String(1001 + index), host: address, port, seed, line: index + 1 };
  });
  const problems: readonly ConfigProblem[] = common.ok ? checkSwarm(common.value, roster) : common.problems;
  if (!common.ok || problems.length > 0) return { problems: problems.map(formatProblem) };

  try {
    await naming({ path: dir, shown: dir }, writeCourseFolder(dir, common.value, roster, options.file));
  } catch (error) {
    if (!(error instanceof FileFailure)) throw error;
    return { problems: [`${error.message}.`] };
  }
  const paced = Math.max(64 * 1024, Math.ceil(fileSize / pacedSeconds));
  const uploadBytesPerSecond = options.uploadLimit === 'paced' ? paced : options.uploadLimit;
  return { common: common.value, roster, uploadBytesPerSecond };
}

/** As `--upload-limit` takes it. */
export function limitText(bytesPerSecond: number): string {
  return Number.isFinite(bytesPerSecond) ? String(Math.ceil(bytesPerSecond)) : 'none';
}
