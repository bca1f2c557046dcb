import { join, resolve } from 'node:path';
import { defaultSettings, type SettingName } from '../../../src-shared/settings.ts';
import { visibleText } from '../../engine/course/visible-text.ts';
import { FileFailure } from '../../io/file-failure.ts';
import { presetPlace, readPreset, readUserSettings } from '../../io/settings-file.ts';
import { exitCode } from './exit-codes.ts';
import { profileFolder } from './profile-folder.ts';
import { type Output, table } from './terminal.ts';

export interface SettingsCommandOptions {
  /** The lab's settings; the machine's own file otherwise. */
  readonly config?: string;
  readonly profileDir?: string;
  /** Only this file is looked at. */
  readonly check?: string;
  readonly json: boolean;
}

/** A setting in force, and who says so; `line` is counted from 1. */
interface SettingInForce {
  readonly value: unknown;
  readonly from: 'built-in' | 'lab' | 'user';
  readonly file?: string;
  readonly line?: number;
}

/** `piecewise settings`: what is in force and where it comes from, or what is wrong with a file. Returns the exit code. */
export async function settingsCommand(
  options: SettingsCommandOptions,
  out: Output,
  err: Output,
): Promise<number> {
  try {
    return options.check === undefined
      ? await showSettings(options, out, err)
      : await checkSettings(options.check, options.json, out);
  } catch (error) {
    if (!(error instanceof FileFailure)) throw error;
    err.write(`${error.message}\n`);
    return exitCode.badSetUp;
  }
}

async function showSettings(options: SettingsCommandOptions, out: Output, err: Output): Promise<number> {
  const profile = resolve(options.profileDir ?? profileFolder());
  const preset = await readPreset(presetPlace(options.config, process.platform, process.env));
  const user = await readUserSettings(profile);
  const notices = [...preset.notices, ...user.notices];
  const inForce = (name: SettingName): SettingInForce => {
    const userLine = user.lines.get(name);
    if (userLine !== undefined) {
      return { value: user.values[name], from: 'user', file: join(profile, 'settings.json'), line: userLine };
    }
    const labLine = preset.lines.get(name);
    if (labLine !== undefined) {
      return { value: preset.values[name], from: 'lab', file: preset.file!, line: labLine };
    }
    return { value: defaultSettings[name], from: 'built-in' };
  };
  const names = Object.keys(defaultSettings) as SettingName[];
  const settings = Object.fromEntries(names.map(name => [name, inForce(name)]));
  if (options.json) {
    out.write(`${JSON.stringify({ settings, notices })}\n`);
    return exitCode.ok;
  }
  for (const notice of notices) err.write(`${notice}\n`);
  const rows = Object.entries(settings).map(([name, { value, file, line }]) => [
    name,
    visibleText(JSON.stringify(value)),
    file === undefined ? 'built in' : visibleText(`${file}:${line}`),
  ]);
  out.write(`${table([['Setting', 'Value', 'From'], ...rows]).join('\n')}\n`);
  return exitCode.ok;
}

async function checkSettings(file: string, json: boolean, out: Output): Promise<number> {
  const { values, notices } = await readPreset({ path: file, isNamed: true });
  const count = Object.keys(values).length;
  const isRight = notices.length === 0;
  if (json) out.write(`${JSON.stringify({ ok: isRight, settings: values, problems: notices })}\n`);
  else if (isRight)
    out.write(`${file}: ${count === 1 ? '1 setting' : `${count} settings`}, nothing wrong.\n`);
  else for (const notice of notices) out.write(`${notice}\n`);
  return isRight ? exitCode.ok : exitCode.badSetUp;
}
