import { tmpdir } from 'node:os';
import { RefusedError } from '../../../src-shared/contract.ts';
import { defaultSettings, type SettingName } from '../../../src-shared/settings.ts';
import { MagnetError } from '../../engine/bittorrent/magnet.ts';
import { MetainfoError } from '../../engine/bittorrent/metainfo.ts';
import type { Address } from '../../engine/ports.ts';
import { removeFolder } from '../../io/course-folder.ts';
import { FileFailure } from '../../io/file-failure.ts';
import { readMachineAddress } from '../../io/lan/machine-address.ts';
import { hasAddress, ownAddresses } from '../../io/own-addresses.ts';
import { leftOverFolders, makeProcessFolder } from '../../io/process-folder.ts';
import { type Preset, presetPlace, readPreset } from '../../io/settings-file.ts';
import { readLanScope } from '../shares/lan-scope.ts';
import { openMachineEngine } from '../shares/machine-engine.ts';
import type { HostedShare } from '../shares/share.ts';
import { type ShareEngine, ShareProblem, type ShareSettings } from '../shares/share-engine.ts';
import { exitCode } from './exit-codes.ts';
import { onInterrupt } from './interrupt.ts';
import type { Output } from './terminal.ts';

/** What the commands about shares have in common: an engine of their own, for one run. */

export interface SessionOptions {
  readonly version: string;
  /** Where it is remembered what is here of each share. */
  readonly profileFolder: string;
  readonly downloadFolder: string;
  /** The lab's settings; the machine's own file otherwise. Options that are given beat them. */
  readonly config?: string;
  readonly port?: number;
  /** The one address of this computer that is used; all of them when left out. */
  readonly host?: string;
  /** Bytes per second; Infinity: no limit. */
  readonly uploadBytesPerSecond?: number;
  readonly downloadBytesPerSecond?: number;
  /** Whether others of the network are told and heard. */
  readonly lan: boolean;
  /** Computers that are asked what they share, besides those of the lab's settings. */
  readonly machines?: readonly string[];
  readonly settings?: Partial<ShareSettings>;
  readonly onAdded?: (share: HostedShare) => void;
  readonly onChanged?: (share: HostedShare) => void;
  readonly log?: (details: string) => void;
}

/**
 * Says on `err` what is wrong with the lab's settings. Throws a `ShareProblem` when the address is none of this
 * computer's, and a `FileFailure` when the settings that are named say nothing.
 */
export async function openSession(options: SessionOptions, err: Output): Promise<ShareEngine> {
  const { host, onAdded, onChanged, log = () => {} } = options;
  const preset = await readPreset(presetPlace(options.config, process.platform, process.env));
  for (const notice of preset.notices) err.write(`${notice}\n`);
  if (host !== undefined && !hasAddress(host))
    throw new ShareProblem(
      `${host} is no address of this computer. Give --host one of: ${ownAddresses().join(', ')}.`,
    );
  return openMachineEngine({
    version: options.version,
    scope: readLanScope(process.env.PIECEWISE_LAN),
    profileFolder: options.profileFolder,
    downloadFolder: () => options.downloadFolder,
    restores: false,
    log,
    ...(host === undefined ? {} : { host }),
    settings: sessionSettings(preset, options),
    ...(onAdded === undefined ? {} : { onAdded }),
    ...(onChanged === undefined ? {} : { onChanged }),
  });
}

/** A folder for what is needed no longer than the command runs; those of commands that were killed go. */
export async function makeSessionFolder(prefix: string): Promise<string> {
  for (const folder of await leftOverFolders(tmpdir(), prefix)) await removeFolder(folder).catch(() => {});
  return makeProcessFolder(tmpdir(), prefix);
}

/** What a lab presets that concerns one share. Whatever runs by itself, such as trackers, is for the app alone. */
const ofOneShare: readonly SettingName[] = [
  'shareUploadBytesPerSecond',
  'shareDownloadBytesPerSecond',
  'alternativeUploadBytesPerSecond',
  'alternativeDownloadBytesPerSecond',
  'alternativeLimits',
  'alternativeSchedule',
  'listenPort',
  'localDiscovery',
  'catalogue',
  'peerExchange',
  'dht',
  'portMapping',
  'machines',
];

export type SessionSettings = Pick<
  SessionOptions,
  'port' | 'uploadBytesPerSecond' | 'downloadBytesPerSecond' | 'lan' | 'machines' | 'settings'
>;

/** The program's own settings, below the lab's, below what the command was given. */
export function sessionSettings(
  { values }: Pick<Preset, 'values'>,
  {
    port,
    uploadBytesPerSecond: up,
    downloadBytesPerSecond: down,
    lan,
    machines = [],
    settings,
  }: SessionSettings,
): ShareSettings {
  const preset = Object.fromEntries(
    ofOneShare.filter(name => name in values).map(name => [name, values[name]]),
  );
  return {
    ...defaultSettings,
    ...preset,
    ...(port === undefined ? {} : { listenPort: port }),
    // The lab's other pair of limits would take the place of one that is given.
    ...(up === undefined && down === undefined ? {} : { alternativeLimits: 'off' }),
    ...(up === undefined ? {} : { shareUploadBytesPerSecond: limitOf(up) }),
    ...(down === undefined ? {} : { shareDownloadBytesPerSecond: limitOf(down) }),
    ...(lan ? {} : { localDiscovery: false, catalogue: false }),
    machines: [...(values.machines ?? []), ...machines],
    ...settings,
  };
}

/** What `--peer` was given. Throws a `ShareProblem`. */
export function readPeers(texts: readonly string[]): Address[] {
  return texts.map(text => {
    const address = readMachineAddress(text);
    if (address === undefined) throw new ShareProblem('Give --peer an address such as lab-07:6881.');
    return address;
  });
}

/** Runs a command until it ends or is interrupted; what can be said of a failure in a sentence is said. */
export async function untilInterrupted(
  err: Output,
  run: (interrupted: Promise<void>) => Promise<number>,
): Promise<number> {
  let release = () => {};
  const interrupted = new Promise<void>(resolve => {
    release = onInterrupt(resolve);
  });
  try {
    return await run(interrupted);
  } catch (error) {
    const sentence = sentenceOf(error);
    if (sentence === undefined) throw error;
    err.write(`${sentence}\n`);
    return exitCode.badSetUp;
  } finally {
    release();
  }
}

/** Undefined for an error that nobody planned. */
function sentenceOf(error: unknown): string | undefined {
  const isPlanned =
    error instanceof FileFailure ||
    error instanceof ShareProblem ||
    error instanceof MagnetError ||
    error instanceof MetainfoError ||
    error instanceof RefusedError;
  return isPlanned ? error.message : undefined;
}

function limitOf(bytesPerSecond: number): number | null {
  return Number.isFinite(bytesPerSecond) ? bytesPerSecond : null;
}
