// What the scripts beside this one share: where commands are, and packages from apt.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';

const { PATH = '' } = process.env;

/** Where a command may be. */
export const placesOf = name => PATH.split(delimiter).map(folder => join(folder, name));

/** Where a command is; undefined when it is not here. */
export function onPath(name) {
  return placesOf(name).find(path => existsSync(path));
}

/** Whether packages come with apt here. */
export const hasApt = () => onPath('apt-get') !== undefined;

/** Installs packages, after asking for their list if need be, and nothing that they only recommend. */
export function installPackages(packages) {
  const words = ['install', '--no-install-recommends', ...packages];
  if (!apt(...words)) apt('update') && apt(...words);
}

/** Whether apt did it; as another user than root, with what sudo gives without a password. */
function apt(...args) {
  const command = ['apt-get', '--quiet', '--yes', ...args];
  const words = process.getuid() === 0 ? command : ['sudo', '--non-interactive', ...command];
  const { status } = spawnSync(words[0], words.slice(1), {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return status === 0;
}
