import { contextBridge, ipcRenderer, webUtils } from 'electron';
import type { ToScreen } from '../../../src-shared/carrier.ts';
import type { Exposed } from '../../../src-shared/exposed.ts';
import { channels } from './channels.ts';

/** All that the screen can reach of Electron: one frozen object. Whatever it sends is checked in the main process. */

// A reload begins a new conversation. What was under way to the old one is not for the new one.
const page = crypto.randomUUID();
ipcRenderer.send(channels.opened, page);

const exposed: Exposed<File> = {
  send: message => ipcRenderer.send(channels.toApp, message),
  onMessage(listener) {
    ipcRenderer.on(channels.toScreen, (_event, forPage: string, message: ToScreen) => {
      if (forPage === page) listener(message);
    });
  },
  // A file that a script made has no path.
  drop: files =>
    ipcRenderer.invoke(
      channels.drop,
      Array.from(files, file => webUtils.getPathForFile(file)).filter(path => path !== ''),
    ),
};

contextBridge.exposeInMainWorld('piecewise', Object.freeze(exposed));
