import { join } from 'node:path';
import type { BrowserWindow, NativeImage, Notification, Tray } from 'electron';
import type { HomeView, Place } from '../../../src-shared/contract.ts';
import type { App } from '../app/app.ts';
import { refusalOf } from '../app/refusals.ts';
import { screenAddress } from './app-protocol.ts';
import type { HandedOver } from './arguments.ts';
import { watchScreen } from './crash.ts';
import type { ElectronApi } from './electron-api.ts';
import { onWindowClose } from './ending.ts';
import { iconPixels } from './icon.ts';
import { carry } from './ipc.ts';
import { type Destination, menuBar } from './menu.ts';
import { type Notice, NoticeLimit, noticesBetween } from './notices.ts';
import { runningSwarms, stopEverySwarm } from './swarms.ts';
import { trayMenu, traySummary } from './tray.ts';
import { keepPlace, screenPartition, windowOptions } from './window.ts';
import { openingPlace, readPlaces, type WindowPlaces, withPlace } from './window-place.ts';

export interface DesktopOptions {
  readonly platform: NodeJS.Platform;
  readonly profileFolder: string;
  readonly preload: string;
  /** Small files of the app's own; undefined where there is nothing of use. */
  readonly readFile: (path: string) => Promise<unknown>;
  readonly writeFile: (path: string, value: unknown) => Promise<void>;
  readonly now: () => number;
  readonly log: (line: string) => void;
  readonly isEnding: () => boolean;
  /** Hears of every message of the screen. */
  readonly onMessage: (message: unknown) => void;
}

/** What the user has of the app outside the screen: the window around it, menu, tray, notices, the system's dialogs. */
export class Desktop {
  readonly #electron: ElectronApi;
  readonly #app: App;
  readonly #options: DesktopOptions;
  readonly #placesFile: string;
  readonly #noticeLimit = new NoticeLimit();
  /** Kept while they are shown; a click on one that was collected would do nothing. */
  readonly #notices = new Set<Notification>();
  #places: WindowPlaces = [];
  #savePlace: () => void = () => {};
  #saving: Promise<void> = Promise.resolve();
  #window: BrowserWindow | undefined;
  #tray: Tray | undefined;
  #home: HomeView;

  private constructor(electron: ElectronApi, app: App, options: DesktopOptions) {
    this.#electron = electron;
    this.#app = app;
    this.#options = options;
    this.#placesFile = join(options.profileFolder, 'window.json');
    this.#home = app.home();
  }

  /** Shows menu, tray and window. */
  static async open(electron: ElectronApi, app: App, options: DesktopOptions): Promise<Desktop> {
    const desktop = new Desktop(electron, app, options);
    desktop.#places = readPlaces(await options.readFile(desktop.#placesFile));
    desktop.#setMenu();
    desktop.#setTray();
    desktop.show();
    app.onHome(home => desktop.#onHome(home));
    return desktop;
  }

  /** Brings the window to the front; a new one comes there by itself when it has been drawn. */
  show(): void {
    if (this.#window === undefined) {
      this.#window = this.#openWindow();
      return;
    }
    if (this.#window.isMinimized()) this.#window.restore();
    this.#window.show();
    this.#window.focus();
  }

  /** Opens what a second start or the system hands over. */
  async open({ opens: paths, magnets }: HandedOver): Promise<void> {
    this.show();
    for (const link of magnets) this.#app.wish({ kind: 'magnet', link });
    const places: Place[] = [];
    for (const path of paths) {
      try {
        places.push(await this.#app.grant(path));
      } catch (error) {
        this.#electron.dialog.showErrorBox('Not opened', refusalOf(error, this.#options.log).message);
      }
    }
    if (places.length > 0) this.#app.wish({ kind: 'open', places });
  }

  /** Done when the window's place is on disk. */
  savePlace(): Promise<void> {
    this.#savePlace();
    return this.#saving;
  }

  #go(to: Destination): void {
    this.show();
    this.#app.wish({ kind: 'go', to });
  }

  #openWindow(): BrowserWindow {
    const { app, BrowserWindow, nativeTheme, screen } = this.#electron;
    const { preload, now, log, onMessage, writeFile } = this.#options;
    this.#applyTheme();
    const place = openingPlace(this.#places, screen.getAllDisplays(), screen.getPrimaryDisplay());
    const window = new BrowserWindow({
      ...windowOptions({
        place,
        isDark: nativeTheme.shouldUseDarkColors,
        isPackaged: app.isPackaged,
        preload,
        partition: screenPartition,
      }),
      icon: this.#icon(64),
    });
    window.once('ready-to-show', () => {
      if (place.maximised) window.maximize();
      window.show();
    });
    const load = () => {
      // A page that could not be loaded is shown as it is; the log says why.
      window.loadURL(screenAddress).catch(error => log(`the screen was not loaded: ${error}`));
    };
    const endSession = carry(window.webContents, this.#app, {
      now,
      log,
      onMessage,
      onSend: () => this.#applyTheme(),
    });
    watchScreen(window.webContents, {
      dialog: this.#electron.dialog,
      now,
      log,
      onGone: endSession,
      reload: load,
      quit: () => app.quit(),
    });
    this.#savePlace = keepPlace(
      window,
      bounds => screen.getDisplayMatching(bounds).id,
      newPlace => {
        this.#places = withPlace(this.#places, newPlace);
        this.#saving = this.#saving
          .then(() => writeFile(this.#placesFile, this.#places))
          .catch(error => log(String(error)));
      },
    );
    window.on('close', event => this.#onClose(event));
    window.on('closed', () => {
      endSession();
      this.#window = undefined;
    });
    load();
    return window;
  }

  #onClose(event: { preventDefault: () => void }): void {
    const running = runningSwarms(this.#app.home()).length;
    const { keepInTray } = this.#app.settings;
    switch (onWindowClose({ isEnding: this.#options.isEnding(), keepInTray, running })) {
      case 'close':
        return;
      case 'hide':
        event.preventDefault();
        this.#window?.hide();
        return;
      case 'ask':
        event.preventDefault();
        this.#askToQuit(running);
    }
  }

  #askToQuit(running: number): void {
    const { app, dialog } = this.#electron;
    const options = {
      type: 'question' as const,
      message: running === 1 ? 'A swarm is running.' : `${running} swarms are running.`,
      detail: 'Others may still need pieces from this computer. What was received is kept.',
      buttons: ['Stop and quit', 'Go on'],
      defaultId: 1,
      cancelId: 1,
      noLink: true,
    };
    const asked =
      this.#window === undefined
        ? dialog.showMessageBox(options)
        : dialog.showMessageBox(this.#window, options);
    asked.then(
      ({ response }) => response === 0 && app.quit(),
      () => {},
    );
  }

  /** The system's own surfaces, and `system` within the screen, follow what the user set. */
  #applyTheme(): void {
    const { nativeTheme } = this.#electron;
    const { theme } = this.#app.settings;
    if (nativeTheme.themeSource !== theme) nativeTheme.themeSource = theme;
  }

  #icon(size: number): NativeImage {
    return this.#electron.nativeImage.createFromBitmap(Buffer.from(iconPixels(size)), {
      width: size,
      height: size,
    });
  }

  #setMenu(): void {
    const { app, Menu } = this.#electron;
    const template = menuBar({
      platform: this.#options.platform,
      isPackaged: app.isPackaged,
      go: to => this.#go(to),
    });
    Menu.setApplicationMenu(Menu.buildFromTemplate(template));
  }

  #setTray(): void {
    const tray = new this.#electron.Tray(this.#icon(this.#options.platform === 'darwin' ? 16 : 32));
    this.#tray = tray;
    tray.on('click', () => this.show());
    this.#updateTray(tray, runningSwarms(this.#home).length);
  }

  #updateTray(tray: Tray, running: number): void {
    const { app, Menu } = this.#electron;
    tray.setToolTip(traySummary(this.#home));
    const template = trayMenu(running, {
      show: () => this.show(),
      stopAll: () => void stopEverySwarm(this.#app),
      quit: () => app.quit(),
    });
    tray.setContextMenu(Menu.buildFromTemplate(template));
  }

  #onHome(home: HomeView): void {
    const before = this.#home;
    this.#home = home;
    const running = runningSwarms(home).length;
    // A menu that is set anew closes under the user's hand.
    if (running !== runningSwarms(before).length) this.#updateTray(this.#tray!, running);
    else this.#tray!.setToolTip(traySummary(home));
    for (const notice of noticesBetween(before, home)) this.#notify(notice);
  }

  #notify(notice: Notice): void {
    const { Notification } = this.#electron;
    const isSeenAnyway = this.#window?.isFocused() ?? false;
    if (!this.#app.settings.notify || isSeenAnyway || !Notification.isSupported()) return;
    if (!this.#noticeLimit.allows(this.#options.now())) return;
    const shown = new Notification(notice);
    this.#notices.add(shown);
    shown.on('click', () => this.show());
    shown.on('close', () => this.#notices.delete(shown));
    shown.show();
  }
}
