import { isUtf8 } from 'node:buffer';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { getNodeValue, type Node } from 'jsonc-parser';
import * as v from 'valibot';
import { type SettingName, type Settings, settingsSchema } from '../../src-shared/settings.ts';
import { type ConfigProblem, quote } from '../engine/course/config.ts';
import { visibleText } from '../engine/course/visible-text.ts';
import { JsonText, kindOf } from '../engine/json/json-text.ts';
import { nearestWord } from '../engine/nearest-word.ts';

/** What a file of settings says, and where: some of the settings, the others being what they are by default. */
export interface SettingsText {
  readonly values: Partial<Settings>;
  /** The lines of those, counted from 1. */
  readonly lines: ReadonlyMap<SettingName, number>;
  /** In the order of their lines. */
  readonly problems: readonly ConfigProblem[];
  /** False when the text as a whole is no file of settings, and so says nothing. */
  readonly isUnderstood: boolean;
}

export const noSettings: SettingsText = { values: {}, lines: new Map(), problems: [], isUnderstood: true };

/** Settings are one object with lists in it. */
const deepestNesting = 8;

const longestMessage = 200;

const names = Object.keys(settingsSchema.entries) as SettingName[];

/** A folder is a whole path, so that it does not depend on where the app is started; `~` is the user's own folder. */
const folder = v.nullable(
  v.pipe(
    v.string(),
    v.maxLength(4_096),
    v.transform(path => (/^~(?=[/\\]|$)/.test(path) ? join(homedir(), path.slice(1)) : path)),
    v.check(
      path => isAbsolute(path) && !path.includes('\0'),
      'A folder is a whole path, or begins with "~/" for the user\'s own folder',
    ),
  ),
);

const schemas = { ...settingsSchema.entries, workFolder: folder, downloadFolder: folder };

/**
 * Reads settings one by one: what is unknown or wrong leaves the others as they are. Never throws.
 * @param file as people know it, for the problems
 */
export function readSettingsText(bytes: Uint8Array, file: string): SettingsText {
  if (!isUtf8(bytes)) return notUnderstood(file, 'The file is not text in UTF-8; save it as UTF-8.');
  const json = new JsonText(new TextDecoder().decode(bytes));
  if (json.text.trim() === '')
    return notUnderstood(file, 'The file is empty; without any settings it is {}.');
  const parsed = json.parse(deepestNesting, 'settings file');
  if ('fault' in parsed) return notUnderstood(file, parsed.fault, json.lineAt(parsed.offset));
  const { top } = parsed;
  if (top.type !== 'object') {
    const message = `Settings are an object, { "theme": "dark", … }; this is ${kindOf(top)}.`;
    return notUnderstood(file, message, json.lineAt(top.offset));
  }
  const values: Partial<Record<SettingName, unknown>> = {};
  const lines = new Map<SettingName, number>();
  const problems: ConfigProblem[] = [];
  for (const { children } of top.children ?? []) {
    const [key, value] = children as [Node, Node];
    const line = json.lineAt(key.offset);
    const report = (message: string) => problems.push({ file, line, message, severity: 'error' });
    const name = names.find(each => each === key.value);
    if (name === undefined) {
      report(`The setting ${quote(key.value)} is unknown and ignored${hint(key.value)}`);
      continue;
    }
    const result = v.safeParse(schemas[name], getNodeValue(value));
    if (!result.success) {
      report(`${quote(name)} is wrong and ignored: ${shortened(result.issues[0].message)}.`);
      continue;
    }
    const earlier = lines.get(name);
    if (earlier !== undefined) report(`${quote(name)} is already given in line ${earlier}; this one holds.`);
    values[name] = result.output;
    lines.set(name, line);
  }
  return { values: values as Partial<Settings>, lines, problems, isUnderstood: true };
}

function notUnderstood(file: string, message: string, line?: number): SettingsText {
  const problem: ConfigProblem = {
    file,
    message,
    severity: 'error',
    ...(line === undefined ? {} : { line }),
  };
  return { ...noSettings, problems: [problem], isUnderstood: false };
}

/** It may name the value, however long that is. */
function shortened(message: string): string {
  return visibleText(message.length > longestMessage ? `${message.slice(0, longestMessage)}…` : message);
}

function hint(name: string): string {
  const meant = nearestWord(name, names);
  return meant === undefined ? '.' : `; did you mean ${quote(meant)}?`;
}
