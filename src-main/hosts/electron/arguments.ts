import { isAbsolute, resolve } from 'node:path';
import * as v from 'valibot';

/** What whoever started the app wants. All of it is read as if it came from somebody who means harm. */

export interface Arguments {
  /** Its own settings and its own single instance; null for the usual one. */
  readonly profile: string | null;
  /** The absolute path of the lab's settings; null for the machine's own. */
  readonly config: string | null;
  /** Starts, shows the screen, and ends: for checking a built app. */
  readonly smokeTest: boolean;
  /** Absolute paths of what is to be opened. */
  readonly opens: readonly string[];
  /** Magnet links. */
  readonly magnets: readonly string[];
}

/** Told to the user before the app ends. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}

const mostOpens = 32;
const longestPath = 4096;
const longestMagnet = 16_384;

/** It becomes part of a folder's name; lower case, since some disks do not tell the difference. */
const profileName = /^[a-z0-9][a-z0-9_-]{0,31}$/;

const path = v.pipe(v.string(), v.minLength(1), v.maxLength(longestPath), v.check(isPath));

const magnet = v.pipe(v.string(), v.maxLength(longestMagnet), v.regex(/^magnet:\?[\x21-\x7e]*$/i));

/**
 * The words after `--cli --`, for which the app is the command line and has no window; undefined for the window. Only
 * switches may come before: what a link or a file hands over is no switch, so nothing in it makes a command of it. The
 * second word keeps Chromium from reading the rest.
 */
export function readCommandLine(argv: readonly string[], isPackaged: boolean): readonly string[] | undefined {
  const own = ownWords(argv, isPackaged);
  const at = own.findIndex(word => word === '--cli' || word === '--' || !word.startsWith('--'));
  return own[at] === '--cli' && own[at + 1] === '--' ? own.slice(at + 2) : undefined;
}

/** What a second start tells the first one. */
const handOver = v.strictObject({
  opens: v.pipe(v.array(path), v.maxLength(mostOpens)),
  magnets: v.pipe(v.array(magnet), v.maxLength(mostOpens)),
});
/** What is to be opened, however it came. */
export type HandedOver = v.InferOutput<typeof handOver>;

/**
 * Reads a command line. Switches of Chromium and Electron stand among our own, so what we do not know is left to them.
 * @throws ArgumentError
 */
export function readArguments(argv: readonly string[], isPackaged: boolean, folder: string): Arguments {
  const own = ownWords(argv, isPackaged);
  let profile: string | null = null;
  let config: string | null = null;
  let smokeTest = false;
  const opens: string[] = [];
  const magnets: string[] = [];
  for (let at = 0; at < own.length; at += 1) {
    const argument = own[at]!;
    if (argument === '--smoke-test') smokeTest = true;
    else if (argument === '--profile') {
      at += 1;
      profile = readProfile(own[at] ?? '');
    } else if (argument.startsWith('--profile=')) profile = readProfile(argument.slice('--profile='.length));
    else if (argument === '--config') {
      at += 1;
      config = readConfig(own[at] ?? '', folder);
    } else if (argument.startsWith('--config='))
      config = readConfig(argument.slice('--config='.length), folder);
    else if (readOpenedLink(argument) !== undefined) magnets.push(argument);
    else if (!argument.startsWith('-') && !isAddress(argument)) opens.push(resolve(folder, argument));
  }
  return {
    profile,
    config,
    smokeTest,
    opens: opens.filter(isPath).slice(0, mostOpens),
    magnets: magnets.slice(0, mostOpens),
  };
}

/** What a second start handed over; nothing when it is not what we hand over. */
export function readHandOver(data: unknown): HandedOver {
  const { success, output } = v.safeParse(handOver, data);
  return success ? output : { opens: [], magnets: [] };
}

/** A path that the system says the user opened with the app; undefined when it can be none. */
export function readOpened(opened: unknown): string | undefined {
  const { success, output } = v.safeParse(path, opened);
  return success ? output : undefined;
}

/** A magnet link that the system says the user opened with the app; undefined when it is none. */
export function readOpenedLink(opened: unknown): string | undefined {
  const { success, output } = v.safeParse(magnet, opened);
  return success ? output : undefined;
}

/** When not packaged, the command line also names the app itself: `electron [switches] APP [arguments]`. */
function ownWords(argv: readonly string[], isPackaged: boolean): readonly string[] {
  return argv.slice(isPackaged ? 1 : indexOfApp(argv) + 1);
}

/** `-r FILE` is the one switch before the app that takes a word of its own. */
function indexOfApp(argv: readonly string[]): number {
  for (let at = 1; at < argv.length; at += 1) {
    if (argv[at] === '-r' || argv[at] === '--require') at += 1;
    else if (!argv[at]!.startsWith('-')) return at;
  }
  return argv.length;
}

function readProfile(name: string): string {
  const lower = name.toLowerCase();
  if (profileName.test(lower)) return lower;
  throw new ArgumentError(
    'After --profile comes a name of at most 32 letters, digits, "-" or "_", such as "--profile seat-2".',
  );
}

function readConfig(file: string, folder: string): string {
  const config = resolve(folder, file);
  if (file !== '' && isPath(config)) return config;
  throw new ArgumentError(
    'After --config comes the name of a file of settings, such as "--config lab.json".',
  );
}

function isPath(text: string): boolean {
  return text.length <= longestPath && !text.includes('\0') && isAbsolute(text);
}

/** `https://…`; a drive's letter is none. */
function isAddress(text: string): boolean {
  return /^[a-z][a-z0-9+.-]+:/i.test(text);
}
