import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as electron from 'electron';
import { logFailure } from '../../io/failure-log.ts';
import { makeFolder, readFolderFiles } from '../../io/folder-files.ts';
import { readJsonFile, writeJsonFile } from '../../io/json-file.ts';
import { startApp } from '../app/app.ts';
import { startHost } from './host.ts';

/** The desktop app's main process: the host of `host.ts` with the real Electron and the real machine. */

startHost(electron, {
  argv: process.argv,
  folder: process.cwd(),
  platform: process.platform,
  built: fileURLToPath(new URL('..', import.meta.url)),
  now: () => performance.now(),
  startApp,
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
