import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { electronProgram } from './desktop.ts';
import { browserCommand, hasDisplay } from './open-in-browser.ts';
import { profileFolder } from './profile-folder.ts';

describe("Electron's program", () => {
  it.each([
    ['linux', 'electron'],
    ['win32', 'electron.exe'],
    ['darwin', 'Electron.app/Contents/MacOS/Electron'],
  ] as const)('is looked for on %s where its package puts it', (platform, name) => {
    expect(electronProgram('/clone', platform, {})).toBe(join('/clone/node_modules/electron/dist', name));
  });

  it('may be somewhere else', () => {
    expect(electronProgram('/clone', 'linux', { ELECTRON_OVERRIDE_DIST_PATH: '/opt/electron' })).toBe(
      join('/opt/electron', 'electron'),
    );
  });
});

describe('the browser', () => {
  const link = 'http://127.0.0.1:4000/?key=a&b#/swarm/1';

  it.each(['linux', 'win32', 'darwin'] as const)('is given the link as one word on %s', platform => {
    const words = browserCommand(platform, link);
    expect(words.filter(word => word.includes('127.0.0.1'))).toEqual([link]);
  });

  it('needs a display, which not every Linux has', () => {
    expect(hasDisplay('linux', {})).toBe(false);
    expect(hasDisplay('linux', { DISPLAY: '' })).toBe(false);
    expect(hasDisplay('linux', { DISPLAY: ':0' })).toBe(true);
    expect(hasDisplay('linux', { WAYLAND_DISPLAY: 'wayland-0' })).toBe(true);
    expect(hasDisplay('win32', {})).toBe(true);
    expect(hasDisplay('darwin', {})).toBe(true);
  });
});

describe("the user's own place for settings", () => {
  it.each([
    ['linux', {}, '/home/u/.config/piecewise'],
    ['linux', { XDG_CONFIG_HOME: '/x' }, '/x/piecewise'],
    ['darwin', {}, '/home/u/Library/Application Support/piecewise'],
    ['win32', { APPDATA: '/roaming' }, '/roaming/piecewise'],
    ['win32', {}, '/home/u/AppData/Roaming/piecewise'],
  ] as const)('is on %s, with %j, %s', (platform, environment, folder) => {
    expect(profileFolder(platform, environment, '/home/u')).toBe(join(folder));
  });
});
