// Prints the path of a Chromium for the tests in a browser: `PIECEWISE_CHROMIUM`, or one that is installed, or, where
// packages come with apt, one that it installs now, with the font of the screen. Says what it does on standard error.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { hasApt, installPackages, placesOf } from './apt.mjs';

const { PIECEWISE_CHROMIUM, LOCALAPPDATA = '', ProgramFiles = '' } = process.env;
const windowsPath = 'Google\\Chrome\\Application\\chrome.exe';

/** Where browsers that will do usually are. */
const usualPlaces = [
  ...['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].flatMap(placesOf),
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  join(ProgramFiles, windowsPath),
  join(LOCALAPPDATA, windowsPath),
];

function find() {
  return usualPlaces.find(path => existsSync(path));
}

function install() {
  if (!hasApt()) return undefined;
  console.error('chromium: installing Chromium for the tests in a browser, once, about a minute …');
  installPackages(['chromium', 'fonts-inter']);
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
