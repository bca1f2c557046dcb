import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { statIfThere } from '../../io/file-failure.ts';
import { exitCode } from './exit-codes.ts';
import { hasDisplay } from './open-in-browser.ts';
import type { Output } from './terminal.ts';
import { type Program, uiCommand } from './ui.ts';

/** `npm start`: the desktop window; where there can be none, the same screen in the browser, said in a sentence. */
export async function desktopCommand(
  program: Program,
  files: readonly string[],
  { config }: { readonly config?: string },
  out: Output,
  err: Output,
): Promise<number> {
  const root = join(program.cliFile, '../../..');
  // The installed app is both.
  const isInstalled = 'electron' in process.versions;
  const electron = isInstalled ? process.execPath : electronProgram(root, process.platform, process.env);
  const obstacle = await obstacleOf(electron);
  if (obstacle === undefined) {
    const words = [...(config === undefined ? [] : [`--config=${resolve(config)}`]), ...files];
    return runElectron(electron, isInstalled ? words : [root, ...words], err);
  }
  const canOpen = hasDisplay(process.platform, process.env);
  err.write(
    `${obstacle} ${canOpen ? 'The same screen opens in the browser.' : 'Open this link in a browser:'}\n`,
  );
  const options = {
    dir: '.',
    port: 0,
    open: canOpen,
    json: false,
    ...(config === undefined ? {} : { config }),
  };
  return uiCommand(program, options, files, out, err);
}

/**
 * Where Electron's program is when it is installed. Its package is not asked: that one would begin to download what is
 * missing.
 */
export function electronProgram(
  root: string,
  platform: NodeJS.Platform,
  { ELECTRON_OVERRIDE_DIST_PATH }: Readonly<Record<string, string | undefined>>,
): string {
  const folder = ELECTRON_OVERRIDE_DIST_PATH || join(root, 'node_modules/electron/dist');
  switch (platform) {
    case 'win32':
      return join(folder, 'electron.exe');
    case 'darwin':
      return join(folder, 'Electron.app/Contents/MacOS/Electron');
    default:
      return join(folder, 'electron');
  }
}

/** Why there can be no window, as a sentence; undefined when there can. */
async function obstacleOf(electron: string): Promise<string | undefined> {
  if (!hasDisplay(process.platform, process.env)) return 'There is no display here for the desktop window.';
  const found = await statIfThere({ path: electron, shown: electron }).catch(() => undefined);
  return found?.isFile()
    ? undefined
    : "The desktop window needs Electron's program, which is not installed here.";
}

function runElectron(electron: string, args: readonly string[], err: Output): Promise<number> {
  return new Promise(resolve => {
    const child = spawn(electron, args, { stdio: 'inherit' });
    child.once('error', error => {
      err.write(
        `The desktop window cannot be opened: ${error.message}. "piecewise ui" shows it in the browser.\n`,
      );
      resolve(exitCode.failed);
    });
    child.once('close', code => resolve(code ?? exitCode.interrupted));
  });
}
