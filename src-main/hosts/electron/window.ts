import type { BrowserWindow, BrowserWindowConstructorOptions, Rectangle } from 'electron';
import { leastSize, type WindowPlace } from './window-place.ts';

/** Without `persist:` in front, its session keeps nothing on disk. */
export const screenPartition = 'screen';

export interface WindowOptions {
  readonly place: WindowPlace;
  readonly isDark: boolean;
  readonly isPackaged: boolean;
  /** Absolute path of the built preload. */
  readonly preload: string;
  readonly partition: string;
}

/** Shown until the screen has drawn itself; the screen's own `--bg`. */
const backgrounds = { light: '#f4f5f7', dark: '#0e1013' };

/** The one window. Everything that bears on security is written out, also where it is Electron's default. */
export function windowOptions(options: WindowOptions): BrowserWindowConstructorOptions {
  const { place, isDark, isPackaged, preload, partition } = options;
  const { x, y, width, height } = place;
  return {
    x,
    y,
    width,
    height,
    minWidth: leastSize.width,
    minHeight: leastSize.height,
    show: false,
    title: 'Piecewise',
    backgroundColor: isDark ? backgrounds.dark : backgrounds.light,
    webPreferences: {
      preload,
      partition,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      plugins: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      safeDialogs: true,
      devTools: !isPackaged,
    },
  };
}

const saveAfterMs = 500;

/** Saves where the window stands, half a second after it was last moved; the function it returns saves at once. */
export function keepPlace(
  window: Pick<BrowserWindow, 'on' | 'getNormalBounds' | 'isMaximized' | 'isDestroyed'>,
  displayOf: (bounds: Rectangle) => number,
  save: (place: WindowPlace) => void,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  const saveNow = () => {
    clearTimeout(timer);
    timer = undefined;
    if (window.isDestroyed()) return;
    const bounds = window.getNormalBounds();
    save({ display: displayOf(bounds), ...bounds, maximised: window.isMaximized() });
  };
  const saveSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(saveNow, saveAfterMs);
  };
  window.on('resize', saveSoon);
  window.on('move', saveSoon);
  window.on('maximize', saveSoon);
  window.on('unmaximize', saveSoon);
  window.on('close', saveNow);
  return saveNow;
}
