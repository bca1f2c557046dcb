import type { MenuItemConstructorOptions } from 'electron';
import type { Wish } from '../../../src-shared/contract.ts';

/** Where the screen can be asked to go. */
export type Destination = Extract<Wish, { readonly kind: 'go' }>['to'];

export interface MenuOptions {
  readonly platform: NodeJS.Platform;
  readonly isPackaged: boolean;
  readonly go: (to: Destination) => void;
}

type Item = MenuItemConstructorOptions;
const separator: Item = { type: 'separator' };

/** The menu bar. Reloading and the developer's tools are for development only. */
export function menuBar({ platform, isPackaged, go }: MenuOptions): Item[] {
  const isMac = platform === 'darwin';
  const item = (label: string, accelerator: string, to: Destination): Item => ({
    label,
    accelerator,
    click: () => go(to),
  });
  const settings = item('Settings …', 'CommandOrControl+,', 'settings');
  const about: Item = { role: 'about', label: 'About Piecewise' };
  const ownMenu: Item = {
    label: 'Piecewise',
    submenu: [
      about,
      separator,
      settings,
      separator,
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      separator,
      { role: 'quit' },
    ],
  };
  const file: Item = {
    label: '&File',
    submenu: [
      item('Share a file …', 'CommandOrControl+O', 'open-file'),
      item('Open torrent …', 'CommandOrControl+T', 'open-torrent'),
      item('Open course folder …', 'CommandOrControl+Shift+O', 'open-folder'),
      item('Open journal …', 'CommandOrControl+J', 'open-journal'),
      separator,
      ...(isMac ? [] : [settings, separator]),
      isMac ? { role: 'close' } : { role: 'quit', accelerator: 'Control+Q' },
    ],
  };
  const edit: Item = {
    label: '&Edit',
    submenu: [
      { role: 'undo' },
      { role: 'redo' },
      separator,
      { role: 'cut' },
      { role: 'copy' },
      { role: 'paste' },
      { role: 'selectAll' },
    ],
  };
  const view: Item = {
    label: '&View',
    submenu: [
      item('Home', 'CommandOrControl+Shift+H', 'home'),
      item('Nearby', 'CommandOrControl+Shift+N', 'nearby'),
      item('Lab', 'CommandOrControl+Shift+L', 'lab'),
      item('Network check', 'CommandOrControl+Shift+K', 'network'),
      item('Find a command …', 'CommandOrControl+K', 'palette'),
      item('Presentation', 'CommandOrControl+Shift+P', 'present'),
      separator,
      { role: 'resetZoom' },
      { role: 'zoomIn' },
      { role: 'zoomOut' },
      separator,
      { role: 'togglefullscreen' },
      ...(isPackaged ? [] : [separator, { role: 'reload' } as const, { role: 'toggleDevTools' } as const]),
    ],
  };
  const window: Item = {
    label: '&Window',
    submenu: [{ role: 'minimize' }, ...(isMac ? [{ role: 'zoom' } as const] : [{ role: 'close' } as const])],
  };
  const help: Item = { role: 'help', label: '&Help', submenu: [about] };
  return isMac ? [ownMenu, file, edit, view, window] : [file, edit, view, window, help];
}
