import { constants, copyFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { defaultSettings, type SettingName, type Settings } from '../../src-shared/settings.ts';
import { formatProblem } from '../engine/course/config.ts';
import { FileFailure, naming, statIfThere } from './file-failure.ts';
import { writeJsonFile } from './json-file.ts';
import { noSettings, readSettingsText, type SettingsText } from './settings-text.ts';
import { readWholeFile } from './whole-file.ts';

/**
 * Files of settings. Three layers: what the program begins with, below what a lab presets for the machine, below what
 * the user has changed. `settings.json` of a profile holds the last one alone, so that a lab's new preset takes effect.
 */

/** A longer file is something else, and is not read. */
const mostBytes = 1024 * 1024;

const mostCopies = 100;

/** Where a lab's defaults are looked for. */
export interface PresetPlace {
  readonly path: string;
  /** Somebody asked for this very file, so it has to be there. */
  readonly isNamed: boolean;
}

/** The file that `--config` names, or else the machine's own, by the custom of the system. */
export function presetPlace(
  config: string | undefined,
  platform: NodeJS.Platform,
  { PIECEWISE_MACHINE_SETTINGS, ProgramData }: NodeJS.ProcessEnv,
): PresetPlace {
  if (config !== undefined) return { path: resolve(config), isNamed: true };
  return { path: PIECEWISE_MACHINE_SETTINGS || machineFile(platform, ProgramData), isNamed: false };
}

function machineFile(platform: NodeJS.Platform, programData: string | undefined): string {
  switch (platform) {
    case 'win32':
      return join(programData || 'C:\\ProgramData', 'Piecewise', 'settings.json');
    case 'darwin':
      return '/Library/Application Support/Piecewise/settings.json';
    default:
      return '/etc/piecewise/settings.json';
  }
}

/** A file of settings, and sentences about what was not understood of it. */
export interface ReadSettings extends SettingsText {
  readonly notices: readonly string[];
}

/** What a lab presets. */
export interface Preset extends ReadSettings {
  /** Undefined where there is none. */
  readonly file?: string;
}

export const noPreset: Preset = { ...noSettings, notices: [] };

/** Throws a `FileFailure` when somebody named the file and it says nothing; one that says something wrong gives notices. */
export async function readPreset({ path, isNamed }: PresetPlace): Promise<Preset> {
  const read = await readSettingsFile(path, path);
  if (read === undefined) {
    if (isNamed) throw new FileFailure(`${path}: it does not exist`);
    return noPreset;
  }
  if (isNamed && !read.isUnderstood) throw new FileFailure(read.notices[0]!);
  return { ...read, file: path };
}

/** Never throws, and leaves the file as it is, whatever it holds. */
export async function readUserSettings(profileFolder: string): Promise<ReadSettings> {
  const read = await readSettingsFile(settingsPath(profileFolder), shownName);
  if (read === undefined) return { ...noSettings, notices: [] };
  const notices = read.notices.length === 0 ? [] : [...read.notices, stays];
  return { ...withoutUntouched(read), notices };
}

const shownName = 'settings.json';

const stays = `${shownName} stays as it is until a setting changes here; then a copy, ${shownName}.broken, is kept.`;

/** The settings of a version that wrote all of them, whether anybody had changed them or not. */
const alwaysWritten: readonly SettingName[] = [
  'theme',
  'introduced',
  'preferredNeighbours',
  'unchokingSeconds',
  'optimisticSeconds',
  'strategy',
  'uploadBytesPerSecond',
  'notify',
  'keepInTray',
  'workFolder',
];

/** A file with all settings in it holds the user's where they are not the program's own. */
function withoutUntouched(read: ReadSettings): ReadSettings {
  if (!alwaysWritten.every(name => name in read.values)) return read;
  const touched = (name: string) =>
    !isDeepStrictEqual(read.values[name as SettingName], defaultSettings[name as SettingName]);
  const values = Object.fromEntries(Object.entries(read.values).filter(([name]) => touched(name)));
  return { ...read, values, lines: new Map([...read.lines].filter(([name]) => touched(name))) };
}

/**
 * Writes what a user has changed. `keepsOld`: what is there was not understood, and a copy of it is kept beside it.
 * Throws a `FileFailure` that names the file, and then the old one is still there.
 */
export async function writeUserSettings(
  profileFolder: string,
  changes: Partial<Settings>,
  keepsOld: boolean,
): Promise<void> {
  const path = settingsPath(profileFolder);
  if (keepsOld) await keepCopy(path);
  await writeJsonFile(path, changes);
}

/** Copies a file to `NAME.broken`, or a name like it that is free. Throws a `FileFailure` where no copy can be made. */
async function keepCopy(path: string): Promise<void> {
  const place = { path, shown: basename(path) };
  const found = await statIfThere(place);
  if (found === undefined) return;
  if (!found.isFile()) throw new FileFailure(`${place.shown}: it is not an ordinary file`);
  for (let number = 1; number <= mostCopies; number += 1) {
    const copy = `${path}.broken${number === 1 ? '' : `-${number}`}`;
    try {
      await copyFile(path, copy, constants.COPYFILE_EXCL);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') await naming(place, Promise.reject(error));
    }
  }
  throw new FileFailure(`${place.shown}: there are too many copies of it already`);
}

/** Undefined when nothing is there. Never throws. */
async function readSettingsFile(path: string, shown: string): Promise<ReadSettings | undefined> {
  try {
    if ((await statIfThere({ path, shown })) === undefined) return undefined;
    const read = readSettingsText(await readWholeFile(path, mostBytes, shown), shown);
    return { ...read, notices: read.problems.map(formatProblem) };
  } catch (error) {
    if (!(error instanceof FileFailure)) throw error;
    return { ...noSettings, isUnderstood: false, notices: [`${error.message}.`] };
  }
}

function settingsPath(profileFolder: string): string {
  return join(profileFolder, 'settings.json');
}
