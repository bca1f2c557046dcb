import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeWindow } from './testing/fake-electron.ts';
import { keepPlace, windowOptions } from './window.ts';
import type { WindowPlace } from './window-place.ts';

const place: WindowPlace = { display: 1, x: 10, y: 20, width: 1300, height: 700, maximised: false };
const options = (isPackaged = true, isDark = false) =>
  windowOptions({ place, isDark, isPackaged, preload: '/app/preload.cjs', partition: 'screen' });

describe('the options of the window', () => {
  it('say everything that bears on security', () => {
    expect(options().webPreferences).toEqual({
      preload: '/app/preload.cjs',
      partition: 'screen',
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
      devTools: false,
    });
  });

  it('leave the developer their tools', () => {
    expect(options(false).webPreferences).toEqual({ ...options().webPreferences, devTools: true });
  });

  it('keep nothing of the screen on disk', () => {
    expect(options().webPreferences?.partition).not.toMatch(/^persist:/);
  });

  it('do not show it before it has drawn itself, and have the colour of the theme behind it', () => {
    expect(options()).toMatchObject({ show: false, backgroundColor: '#f4f5f7' });
    expect(options(true, true)).toMatchObject({ backgroundColor: '#0e1013' });
  });

  it('put it where it belongs', () => {
    expect(options()).toMatchObject({
      x: 10,
      y: 20,
      width: 1300,
      height: 700,
      minWidth: 960,
      minHeight: 600,
    });
  });
});

describe('keeping the place', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function kept() {
    const window = new FakeWindow({ x: 10, y: 20, width: 1300, height: 700 });
    const saved: WindowPlace[] = [];
    const saveNow = keepPlace(
      window,
      ({ x }) => (x < 1920 ? 1 : 2),
      newPlace => saved.push(newPlace),
    );
    return { window, saved, saveNow };
  }

  it('saves once, half a second after the last move', () => {
    const { window, saved } = kept();
    window.emit('move');
    vi.advanceTimersByTime(400);
    window.bounds = { ...window.bounds, x: 2000 };
    window.emit('resize');
    vi.advanceTimersByTime(499);
    expect(saved).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(saved).toEqual([{ ...place, x: 2000, display: 2 }]);
    vi.advanceTimersByTime(10_000);
    expect(saved).toHaveLength(1);
  });

  it('saves at once when the window closes, as maximised as it is', () => {
    const { window, saved } = kept();
    window.maximised = true;
    window.emit('close');
    expect(saved).toEqual([{ ...place, maximised: true }]);
  });

  it('saves nothing of a window that is gone', () => {
    const { window, saved, saveNow } = kept();
    window.webContents.destroyed = true;
    saveNow();
    expect(saved).toEqual([]);
  });
});
