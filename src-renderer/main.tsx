import './theme/tokens.css';
import './theme/base.css';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import type { Bridge } from './bridge.ts';
import { createElectronBridge } from './bridge-electron.ts';
import { createWebBridge } from './bridge-web.ts';
import { createAppStore } from './store/app-store.ts';

/** In the desktop app the preload has put its object on the window; elsewhere there is a browser. */
function createBridge(): Bridge {
  return window.piecewise === undefined ? createWebBridge() : createElectronBridge(window.piecewise);
}

const bridge = createBridge();
const store = createAppStore(bridge, {
  hash: location.hash,
  prefersDark: matchMedia('(prefers-color-scheme: dark)').matches,
  setHash: hash => {
    location.hash = hash;
  },
  memory: localStorage,
});
const root = document.getElementById('root');
if (root !== null) createRoot(root).render(<App store={store} />);
