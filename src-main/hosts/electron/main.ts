import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as electron from 'electron';
import { logFailure } from '../../io/failure-log.ts';
import { makeFolder, readFolderFiles } from '../../io/folder-files.ts';
import { readJsonFile, writeJsonFile } from '../../io/json-file.ts';
import { presetPlace } from '../../io/settings-file.ts';
import { startApp } from '../app/app.ts';
import { readCommandLine } from './arguments.ts';
import { runAsCommandLine } from './command-line.ts';
import { startHost } from './host.ts';

/** The desktop app's main process: the host of `host.ts` with the real Electron and the real machine; or the command line. */

const built = fileURLToPath(new URL('..', import.meta.url));
const words = readCommandLine(process.argv, electron.app.isPackaged);
// Electron becomes ready only after this: the command runs to its end before, the host must not be waited for.
if (words === undefined) startDesktop();
else await runAsCommandLine(electron.app, process, join(built, 'cli/piecewise.js'), words, load);

function load(file: string): Promise<unknown> {
  return import(pathToFileURL(file).href);
}

function startDesktop(): void {
  startHost(electron, {
    argv: process.argv,
    folder: process.cwd(),
    platform: process.platform,
    built,
    now: () => performance.now(),
    startApp,
    presetPlace: config => presetPlace(config, process.platform, process.env),
    makeFolder,
    readFile: async path => (await readJsonFile(path)).value,
    writeFile: writeJsonFile,
    readScreen: readFolderFiles,
    endAtOnce: pid => process.kill(pid, 'SIGKILL'),
    onFailure(listener) {
      process.on('uncaughtException', listener);
      process.on('unhandledRejection', listener);
    },
    log: (folder, line) => logFailure(join(folder, 'failures.log'), line, new Date()),
    say: line => process.stdout.write(`${line}\n`),
  });
}
