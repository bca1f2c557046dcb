import { isAbsolute, join } from 'node:path';
import * as v from 'valibot';
import { defaultSettings, type Settings, settingsSchema } from '../../src-shared/settings.ts';
import { keepBroken, readJsonFile, writeJsonFile } from './json-file.ts';

/** `settings.json` of a profile: what the user set, readable by older and newer versions. */

const schemas = {
  ...settingsSchema.entries,
  workFolder: v.pipe(
    settingsSchema.entries.workFolder,
    v.check(folder => folder === null || isAbsolute(folder), 'is no whole path'),
  ),
};

export interface ReadSettings {
  readonly settings: Settings;
  /** Sentences about what was not understood. */
  readonly notices: readonly string[];
}

/** Reads the settings one by one: what is missing, unknown or wrong leaves the others as they are. Never throws. */
export async function readSettings(profileFolder: string): Promise<ReadSettings> {
  const path = settingsPath(profileFolder);
  const { value, notice } = await readJsonFile(path);
  if (value === undefined)
    return { settings: defaultSettings, notices: notice === undefined ? [] : [notice] };
  if (!isRecord(value)) return { settings: defaultSettings, notices: [await keepBroken(path)] };
  const notices: string[] = [];
  const settings: Record<string, unknown> = { ...defaultSettings };
  for (const [key, setting] of Object.entries(value)) {
    if (!isKey(key)) {
      notices.push(`settings.json: the setting "${key.slice(0, 60)}" is unknown and ignored.`);
      continue;
    }
    const result = v.safeParse(schemas[key], setting);
    if (result.success) settings[key] = result.output;
    else
      notices.push(
        `settings.json: "${key}" is wrong, and what it is at first is used: ${result.issues[0].message}.`,
      );
  }
  return { settings: settings as Settings, notices };
}

/** Throws a `FileFailure` that names the file. */
export function writeSettings(profileFolder: string, settings: Settings): Promise<void> {
  return writeJsonFile(settingsPath(profileFolder), settings);
}

function settingsPath(profileFolder: string): string {
  return join(profileFolder, 'settings.json');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isKey(key: string): key is keyof Settings {
  return Object.hasOwn(schemas, key);
}
