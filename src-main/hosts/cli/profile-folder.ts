import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where a user's settings for this app lie, by the custom of the system. */
export function profileFolder(
  platform: NodeJS.Platform = process.platform,
  { APPDATA, XDG_CONFIG_HOME }: NodeJS.ProcessEnv = process.env,
  home: string = homedir(),
): string {
  switch (platform) {
    case 'win32':
      return join(APPDATA || join(home, 'AppData', 'Roaming'), 'piecewise');
    case 'darwin':
      return join(home, 'Library', 'Application Support', 'piecewise');
    default:
      return join(XDG_CONFIG_HOME || join(home, '.config'), 'piecewise');
  }
}
