import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './processes.ts';

/** Where an Electron binary is in its folder, when the package does not say. */
const usualNames: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'Electron.app/Contents/MacOS/Electron',
  linux: 'electron',
  win32: 'electron.exe',
};

/**
 * The installed Electron, or the one in `ELECTRON_OVERRIDE_DIST_PATH`; undefined when there is none. Nothing is
 * imported from the package, since that would try to download it.
 */
export function electronBinary(): string | undefined {
  const folder = join(root, 'node_modules/electron');
  const nameFile = join(folder, 'path.txt');
  const name = existsSync(nameFile) ? readFileSync(nameFile, 'utf8').trim() : usualNames[process.platform];
  if (name === undefined) return undefined;
  const binary = join(process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(folder, 'dist'), name);
  return existsSync(binary) ? binary : undefined;
}
