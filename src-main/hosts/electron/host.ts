import { join } from 'node:path';
import type { OpenDialogOptions } from 'electron';
import * as v from 'valibot';
import { type Question, topics } from '../../../src-shared/contract.ts';
import { FileFailure } from '../../io/file-failure.ts';
import type { PresetPlace } from '../../io/settings-file.ts';
import type { App, AppOptions } from '../app/app.ts';
import { answerFrom, appScheme, type ScreenFiles } from './app-protocol.ts';
import {
  ArgumentError,
  type Arguments,
  type HandedOver,
  readArguments,
  readHandOver,
  readOpened,
  readOpenedLink,
} from './arguments.ts';
import { Desktop } from './desktop.ts';
import type { ElectronApi } from './electron-api.ts';
import { Ending } from './ending.ts';
import { guardEveryPage, guardSession } from './guard.ts';
import { launchUtilityPeer } from './launch-peer.ts';
import { screenPartition } from './window.ts';

/** What the host needs of its process and of the built app. */
export interface Machine {
  readonly argv: readonly string[];
  /** The working folder. */
  readonly folder: string;
  readonly platform: NodeJS.Platform;
  /** The folder of the built app, with `electron`, `cli` and `renderer` in it. */
  readonly built: string;
  readonly now: () => number;
  readonly startApp: (options: AppOptions) => Promise<App>;
  /** Where the lab's settings are, when the start names a file of them or not. */
  readonly presetPlace: (config: string | undefined) => PresetPlace;
  readonly makeFolder: (path: string) => void;
  /** Small files of the app's own; undefined where there is nothing of use. */
  readonly readFile: (path: string) => Promise<unknown>;
  readonly writeFile: (path: string, value: unknown) => Promise<void>;
  readonly readScreen: (folder: string) => Promise<ScreenFiles>;
  /** Ends a process of ours by its ID, without asking it. */
  readonly endAtOnce: (pid: number) => void;
  /** Calls the listener with every error that nobody caught. */
  readonly onFailure: (listener: (error: unknown) => void) => void;
  /** Appends to the log of failures in that folder. */
  readonly log: (folder: string, line: string) => void;
  readonly say: (line: string) => void;
}

const smokeTestMs = 30_000;

/** Starts the desktop app, or hands over to the one that runs already. */
export async function startHost(electron: ElectronApi, machine: Machine): Promise<void> {
  const { app, dialog, protocol } = electron;
  const given = readGiven(electron, machine);
  if (given === undefined) return;
  app.setName('Piecewise');
  app.setAppUserModelId('app.piecewise.desktop');
  if (!openProfile(electron, machine, given.profile)) return;
  app.enableSandbox();
  protocol.registerSchemesAsPrivileged([appScheme]);
  const { opens, magnets } = given;
  if (!app.requestSingleInstanceLock({ opens, magnets })) {
    app.exit(0);
    return;
  }
  guardEveryPage(app);

  const profileFolder = app.getPath('userData');
  const log = (line: string) => machine.log(profileFolder, line);
  const handedOver: HandedOver[] =
    opens.length + magnets.length > 0 ? [{ opens: [...opens], magnets: [...magnets] }] : [];
  let desktop: Desktop | undefined;
  const open = (what: HandedOver) => {
    if (desktop === undefined) handedOver.push(what);
    else desktop.open(what).catch(error => log(String(error)));
  };
  app.on('second-instance', (_event, _argv, _folder, data) => open(readHandOver(data)));
  app.on('open-file', (event, path) => {
    event.preventDefault();
    const opened = readOpened(path);
    if (opened !== undefined) open({ opens: [opened], magnets: [] });
  });
  app.on('open-url', (event, url) => {
    event.preventDefault();
    const link = readOpenedLink(url);
    if (link !== undefined) open({ opens: [], magnets: [link] });
  });
  app.on('child-process-gone', (_event, { type, name, reason }) => {
    if (reason !== 'clean-exit') log(`a process is gone: ${name ?? type}, ${reason}`);
  });

  let closeApp: () => Promise<void> = async () => {};
  const ending = new Ending(
    async () => {
      await Promise.all([desktop?.savePlace(), closeApp()]);
    },
    code => app.exit(code),
  );
  machine.onFailure(error => {
    log(detailsOf(error));
    ending.begin(1);
  });
  app.on('before-quit', event => {
    event.preventDefault();
    ending.begin(0);
  });
  app.on('window-all-closed', () => app.quit());
  app.on('activate', () => desktop?.show());

  await app.whenReady();
  try {
    await serveScreen(electron, machine);
    const started = await machine.startApp({
      ...appOptions(electron, machine, profileFolder, log),
      preset: machine.presetPlace(given.config ?? undefined),
    });
    closeApp = () => started.close();
    desktop = await Desktop.open(electron, started, {
      platform: machine.platform,
      profileFolder,
      preload: join(machine.built, 'electron/preload.cjs'),
      readFile: machine.readFile,
      writeFile: machine.writeFile,
      now: machine.now,
      log,
      isEnding: () => ending.hasBegun,
      onMessage: given.smokeTest ? endWithScreen(ending, machine.say) : () => {},
    });
  } catch (error) {
    log(detailsOf(error));
    dialog.showErrorBox('Piecewise cannot start', messageOf(error));
    await ending.begin(error instanceof FileFailure ? 2 : 1);
    return;
  }
  for (const what of handedOver) open(what);
}

/** Undefined when the app ends because of its arguments. */
function readGiven({ app, dialog }: ElectronApi, { argv, folder }: Machine): Arguments | undefined {
  try {
    return readArguments(argv, app.isPackaged, folder);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    dialog.showErrorBox('Piecewise cannot start', error.message);
    app.exit(2);
    return undefined;
  }
}

/** False when the app ends because the profile's folder cannot be had. */
function openProfile({ app, dialog }: ElectronApi, machine: Machine, profile: string | null): boolean {
  if (profile === null) return true;
  const folder = `${app.getPath('userData')} ${profile}`;
  try {
    // Electron takes no folder that is not there.
    machine.makeFolder(folder);
    app.setPath('userData', folder);
    return true;
  } catch (error) {
    dialog.showErrorBox(
      'Piecewise cannot start',
      `The folder of the profile "${profile}" cannot be used. ${messageOf(error)}`,
    );
    app.exit(2);
    return false;
  }
}

/** The screen's session keeps nothing on disk and gets nothing but the built screen. */
async function serveScreen({ app, session }: ElectronApi, { built, readScreen }: Machine): Promise<void> {
  const own = session.fromPartition(screenPartition, { cache: false });
  guardSession(own, app.isPackaged);
  // Nothing uses it, and nothing shall.
  guardSession(session.defaultSession, app.isPackaged);
  own.protocol.handle(appScheme.scheme, answerFrom(await readScreen(join(built, 'renderer'))));
}

function appOptions(
  electron: ElectronApi,
  machine: Machine,
  profileFolder: string,
  log: (details: string) => void,
): AppOptions {
  const { app, dialog, shell, utilityProcess } = electron;
  return {
    version: app.getVersion(),
    profileFolder,
    workFolder: join(app.getPath('documents'), 'Piecewise'),
    downloadFolder: join(app.getPath('downloads'), 'Piecewise'),
    async choose(what) {
      const window = electron.BrowserWindow.getFocusedWindow();
      const options = dialogs[what];
      const { filePaths } = await (window === null
        ? dialog.showOpenDialog(options)
        : dialog.showOpenDialog(window, options));
      return filePaths;
    },
    log,
    reveal: folder => shell.showItemInFolder(folder),
    launchPeer: launchUtilityPeer(utilityProcess, join(machine.built, 'cli/piecewise.js'), machine.endAtOnce),
  };
}

const dialogs: Readonly<Record<Question<'choose'>['what'], OpenDialogOptions>> = {
  file: { title: 'Share a file', properties: ['openFile'] },
  folder: { title: 'Choose a folder', properties: ['openDirectory', 'createDirectory'] },
  torrent: {
    title: 'Open a torrent',
    properties: ['openFile'],
    filters: [{ name: 'Torrents', extensions: ['torrent'] }],
  },
  plan: {
    title: 'Open a plan or PeerInfo.cfg',
    properties: ['openFile'],
    filters: [{ name: 'Plans', extensions: ['json', 'cfg'] }],
  },
  zip: {
    title: 'Choose zips of machines',
    properties: ['openFile', 'multiSelections'],
    filters: [{ name: 'Zips', extensions: ['zip'] }],
  },
  journal: {
    title: 'Open a journal',
    properties: ['openFile'],
    filters: [
      { name: 'Journals', extensions: ['jsonl'] },
      { name: 'All files', extensions: ['*'] },
    ],
  },
};

const followsHome = v.object({ type: v.literal('follow'), topic: topics.home });

/** The smoke test passes when the screen follows Home, and fails when it does not in half a minute. */
function endWithScreen(ending: Ending, say: (line: string) => void): (message: unknown) => void {
  const timer = setTimeout(() => {
    say('smoke test failed: the screen does not follow Home');
    ending.begin(1);
  }, smokeTestMs);
  return message => {
    if (!v.is(followsHome, message)) return;
    clearTimeout(timer);
    say('smoke test passed: the screen follows Home');
    ending.begin(0);
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function detailsOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
