import type {
  CommonView,
  ConfigFile,
  CourseFolder,
  Place,
  RosterView,
} from '../../../src-shared/contract.ts';
import type { PeerId } from '../../../src-shared/journal.ts';
import {
  type CommonConfig,
  type ConfigProblem,
  checkSwarm,
  type Parsed,
  parseCommon,
  parsePeerInfo,
  type RosterEntry,
} from '../../engine/course/config.ts';
import { courseLayout } from '../../engine/course/dialect.ts';
import { isPortFree } from '../../io/free-ports.ts';
import { isLoopback, isOwnHost } from '../../io/own-addresses.ts';
import { commonFile, peerInfoFile, readConfigText } from '../../io/working-folder.ts';

/** Longer files are shown as far as this; a roster of the course has some ten lines. */
const mostLines = 5_000;
const longestLine = 500;

/** A working folder of the course as the screen shows it before a peer is started. */
export async function viewCourseFolder(
  place: Place,
  isRunning: (peer: PeerId) => boolean,
): Promise<CourseFolder> {
  const [common, roster] = await Promise.all([
    readConfig(place.path, commonFile, parseCommon),
    readConfig(place.path, peerInfoFile, parsePeerInfo),
  ]);
  const misfits =
    common.parsed.ok && roster.parsed.ok ? checkSwarm(common.parsed.value, roster.parsed.value) : [];
  const entries = roster.parsed.ok ? rosterView(roster.parsed.value, isRunning) : [];
  return {
    kind: 'course-folder',
    place,
    common: configFile(common, commonView, []),
    roster: configFile(roster, () => entries, misfits),
    guess: misfits.length === 0 ? await guessSelf(entries) : null,
  };
}

/** Whether a host of a roster is this computer. A loopback address says so only when nobody else is anywhere else. */
export function isHere(host: string, roster: readonly { readonly host: string }[]): boolean {
  return isLoopback(host) ? roster.every(entry => isLoopback(entry.host)) : isOwnHost(host);
}

interface ReadConfig<T> {
  readonly lines: readonly string[];
  readonly parsed: Parsed<T>;
}

async function readConfig<T>(
  dir: string,
  file: string,
  parse: (text: string, file: string) => Parsed<T>,
): Promise<ReadConfig<T>> {
  const read = await readConfigText(dir, file);
  if (!read.ok) return { lines: [], parsed: read };
  const text = read.value.replace(/^\uFEFF/, '');
  const withoutLastEnd = text.replace(/(\r\n|\r|\n)$/, '');
  const lines = withoutLastEnd.split(/\r\n|\r|\n/, mostLines).map(line => line.slice(0, longestLine));
  return { lines, parsed: parse(read.value, file) };
}

function configFile<T, V>(
  { lines, parsed }: ReadConfig<T>,
  view: (value: T) => V,
  misfits: readonly ConfigProblem[],
): ConfigFile<V> {
  const told = [...(parsed.ok ? parsed.notices : parsed.problems), ...misfits];
  return {
    lines,
    value: parsed.ok && misfits.length === 0 ? view(parsed.value) : null,
    problems: told.map(({ line, message, severity }) => ({
      line: line ?? null,
      message,
      isError: severity === 'error',
    })),
  };
}

function commonView(common: CommonConfig): CommonView {
  return { ...common, pieceCount: courseLayout(common).pieceCount };
}

function rosterView(
  roster: readonly RosterEntry[],
  isRunning: (peer: PeerId) => boolean,
): readonly RosterView[] {
  return roster.map(({ peer, host, port, seed }) => ({
    peer,
    host,
    port,
    seed,
    isHere: isHere(host, roster),
    isRunning: isRunning(peer),
  }));
}

/** The first peer of this computer that nobody has started: neither this app nor, by its port, another program. */
async function guessSelf(roster: readonly RosterView[]): Promise<PeerId | null> {
  const candidates = roster.filter(entry => entry.isHere && !entry.isRunning);
  for (const { peer, host, port } of candidates) if (await isPortFree(port, host)) return peer;
  return candidates[0]?.peer ?? null;
}
