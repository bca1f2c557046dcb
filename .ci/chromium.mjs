// Prints the path of a Chromium for the tests in a browser: `PIECEWISE_CHROMIUM`, or one that is installed, or, where
// packages come with apt, one that it installs now, with the font of the screen. Says what it does on standard error.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';

const { PATH = '', PIECEWISE_CHROMIUM, LOCALAPPDATA = '', ProgramFiles = '' } = process.env;
const windowsPath = 'Google\\Chrome\\Application\\chrome.exe';

/** Where a command may be. */
const onPath = name => PATH.split(delimiter).map(folder => join(folder, name));

/** Where browsers that will do usually are. */
const usualPlaces = [
  ...['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].flatMap(onPath),
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  join(ProgramFiles, windowsPath),
  join(LOCALAPPDATA, windowsPath),
];

function find() {
  return usualPlaces.find(path => existsSync(path));
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

function install() {
  if (!onPath('apt-get').some(path => existsSync(path))) return undefined;
  console.error('chromium: installing Chromium for the tests in a browser, once, about a minute …');
  const packages = ['install', '--no-install-recommends', 'chromium', 'fonts-inter'];
  if (!apt(...packages)) apt('update') && apt(...packages);
  return find();
}

if (PIECEWISE_CHROMIUM !== undefined && !existsSync(PIECEWISE_CHROMIUM)) {
  console.error(`chromium: PIECEWISE_CHROMIUM names ${PIECEWISE_CHROMIUM}, where there is nothing.`);
  process.exit(1);
}
const path = PIECEWISE_CHROMIUM ?? find() ?? install();
if (path === undefined) {
  console.error(
    'chromium: the tests in a browser need Chromium or Chrome, which is not here and cannot be installed. ' +
      'Install it, or name it in PIECEWISE_CHROMIUM.',
  );
  process.exit(1);
}
console.log(path);
