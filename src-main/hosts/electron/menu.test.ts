import type { MenuItemConstructorOptions } from 'electron';
import { describe, expect, it } from 'vitest';
import { menuBar } from './menu.ts';

type Item = MenuItemConstructorOptions;

/** All entries below the titles. */
function entries(platform: NodeJS.Platform, isPackaged = true, go: (to: string) => void = () => {}): Item[] {
  return menuBar({ platform, isPackaged, go }).flatMap(({ submenu }) => submenu as Item[]);
}

const platforms = ['linux', 'win32', 'darwin'] as const;

describe.each(platforms)('the menu bar on %s', platform => {
  it('takes the screen where an accelerator says', () => {
    const went: string[] = [];
    const items = entries(platform, true, to => went.push(to));
    const press = (keys: string) =>
      (items.find(({ accelerator }) => accelerator === keys)!.click as () => void)();
    press('CommandOrControl+O');
    press('CommandOrControl+Shift+O');
    press('CommandOrControl+J');
    press('CommandOrControl+,');
    press('CommandOrControl+K');
    press('CommandOrControl+Shift+P');
    press('CommandOrControl+Shift+H');
    press('CommandOrControl+T');
    press('CommandOrControl+Shift+N');
    press('CommandOrControl+Shift+L');
    press('CommandOrControl+Shift+K');
    expect(went).toEqual([
      'open-file',
      'open-folder',
      'open-journal',
      'settings',
      'palette',
      'present',
      'home',
      'open-torrent',
      'nearby',
      'lab',
      'network',
    ]);
  });

  it('has no accelerator twice', () => {
    const keys = entries(platform).flatMap(({ accelerator }) => accelerator ?? []);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('reloads and opens tools in development only', () => {
    const roles = (isPackaged: boolean) => entries(platform, isPackaged).map(({ role }) => role);
    expect(roles(true)).not.toEqual(expect.arrayContaining(['reload']));
    expect(roles(true).filter(role => /reload|devtools/i.test(role ?? ''))).toEqual([]);
    expect(roles(false)).toEqual(expect.arrayContaining(['reload', 'toggleDevTools']));
  });

  it('zooms, fills the display, edits text and quits', () => {
    expect(entries(platform).map(({ role }) => role)).toEqual(
      expect.arrayContaining(['resetZoom', 'zoomIn', 'zoomOut', 'togglefullscreen', 'copy', 'paste', 'quit']),
    );
  });
});
