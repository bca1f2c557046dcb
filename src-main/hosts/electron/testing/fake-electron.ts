import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import type {
  App,
  BrowserWindow,
  BrowserWindowConstructorOptions,
  CustomScheme,
  Dialog,
  Display,
  ForkOptions,
  Menu,
  MenuItemConstructorOptions,
  MessageBoxOptions,
  NativeImage,
  Notification,
  NotificationConstructorOptions,
  OpenDialogOptions,
  Rectangle,
  Session,
  Tray,
  UtilityProcess,
  WebContents,
} from 'electron';
import type { ElectronApi } from '../electron-api.ts';

/** An Electron that records what it is told, shaped by Electron's own types so that it cannot drift from them. */

/** Listens as Electron's objects do; what they return for chaining is never used. */
class Emitting {
  readonly #emitter = new EventEmitter();

  on(event: string, listener: (...args: never[]) => void): never {
    this.#emitter.on(event, listener as (...args: unknown[]) => void);
    return undefined as never;
  }

  once(event: string, listener: (...args: never[]) => void): never {
    this.#emitter.once(event, listener as (...args: unknown[]) => void);
    return undefined as never;
  }

  /** Tells the listeners; returns the event, which knows whether it was prevented. */
  emit(event: string, ...args: unknown[]): FakeEvent {
    const happening = new FakeEvent();
    this.#emitter.emit(event, happening, ...args);
    return happening;
  }

  /** For events without an event object. */
  emitBare(event: string, ...args: unknown[]): void {
    this.#emitter.emit(event, ...args);
  }

  listens(event: string): boolean {
    return this.#emitter.listenerCount(event) > 0;
  }
}

export class FakeEvent {
  isPrevented = false;
  readonly preventDefault = (): void => {
    this.isPrevented = true;
  };
}

/** Called with a frame; resolves to the answer of a handler. */
type IpcListener = (event: { senderFrame: { url: string } | null }, ...args: unknown[]) => unknown;

export class FakeContents
  extends Emitting
  implements Pick<WebContents, 'on' | 'send' | 'isDestroyed' | 'setWindowOpenHandler'>
{
  mainFrame = { url: 'app://piecewise/' };
  readonly sent: unknown[][] = [];
  readonly listeners = new Map<string, IpcListener>();
  readonly handlers = new Map<string, IpcListener>();
  readonly ipc = {
    on: (channel: string, listener: IpcListener) => this.listeners.set(channel, listener),
    handle: (channel: string, listener: IpcListener) => {
      this.handlers.set(channel, listener);
    },
  };
  windowOpenHandler: Parameters<WebContents['setWindowOpenHandler']>[0] | undefined;
  destroyed = false;

  send(channel: string, ...args: unknown[]): void {
    this.sent.push([channel, ...args]);
  }

  isDestroyed(): boolean {
    return this.destroyed;
  }

  setWindowOpenHandler(handler: Parameters<WebContents['setWindowOpenHandler']>[0]): void {
    this.windowOpenHandler = handler;
  }

  /** What the preload sends, from this frame. */
  fromPreload(
    channel: string,
    message: unknown,
    senderFrame: { url: string } | null = this.mainFrame,
  ): unknown {
    return (this.listeners.get(channel) ?? this.handlers.get(channel))?.({ senderFrame }, message);
  }
}

export class FakeWindow
  extends Emitting
  implements
    Pick<
      BrowserWindow,
      | 'focus'
      | 'getNormalBounds'
      | 'hide'
      | 'isDestroyed'
      | 'isFocused'
      | 'isMaximized'
      | 'isMinimized'
      | 'loadURL'
      | 'maximize'
      | 'on'
      | 'once'
      | 'restore'
      | 'show'
    >
{
  readonly options: BrowserWindowConstructorOptions;
  readonly webContents = new FakeContents() as FakeContents & WebContents;
  readonly loaded: string[] = [];
  bounds: Rectangle;
  isShown = false;
  focused = false;
  maximised = false;
  minimised = false;

  constructor(options: BrowserWindowConstructorOptions = {}) {
    super();
    this.options = options;
    const { x = 0, y = 0, width = 0, height = 0 } = options;
    this.bounds = { x, y, width, height };
    made.windows.push(this);
  }

  static getFocusedWindow(): FakeWindow | null {
    return made.windows.find(({ focused }) => focused) ?? null;
  }

  async loadURL(url: string): Promise<void> {
    this.loaded.push(url);
  }

  show(): void {
    this.isShown = true;
  }

  hide(): void {
    this.isShown = false;
  }

  focus(): void {
    this.focused = true;
  }

  maximize(): void {
    this.maximised = true;
  }

  restore(): void {
    this.minimised = false;
  }

  isFocused(): boolean {
    return this.focused;
  }

  isMaximized(): boolean {
    return this.maximised;
  }

  isMinimized(): boolean {
    return this.minimised;
  }

  isDestroyed(): boolean {
    return this.webContents.destroyed;
  }

  getNormalBounds(): Rectangle {
    return this.bounds;
  }
}

type SessionHandlers = Pick<
  Session,
  | 'on'
  | 'setDevicePermissionHandler'
  | 'setDisplayMediaRequestHandler'
  | 'setPermissionCheckHandler'
  | 'setPermissionRequestHandler'
  | 'setProxy'
  | 'setSpellCheckerEnabled'
>;

/** Keeps the handlers it is given. */
export class FakeSession extends Emitting implements SessionHandlers {
  request: Parameters<Session['setPermissionRequestHandler']>[0] | undefined;
  check: Parameters<Session['setPermissionCheckHandler']>[0] | undefined;
  device: Parameters<Session['setDevicePermissionHandler']>[0] | undefined;
  displayMedia: Parameters<Session['setDisplayMediaRequestHandler']>[0] | undefined;
  beforeRequest:
    | ((details: { url: string }, callback: (answer: { cancel?: boolean }) => void) => void)
    | undefined;
  proxy: Parameters<Session['setProxy']>[0] | undefined;
  spellChecker: boolean | undefined;
  readonly served = new Map<string, (request: Request) => Response | Promise<Response>>();
  readonly protocol = {
    handle: (scheme: string, handler: (request: Request) => Response | Promise<Response>) => {
      this.served.set(scheme, handler);
    },
  };
  readonly webRequest = {
    onBeforeRequest: (listener: unknown) => {
      this.beforeRequest = listener as NonNullable<FakeSession['beforeRequest']>;
    },
  };

  setPermissionRequestHandler(handler: Parameters<Session['setPermissionRequestHandler']>[0]): void {
    this.request = handler;
  }

  setPermissionCheckHandler(handler: Parameters<Session['setPermissionCheckHandler']>[0]): void {
    this.check = handler;
  }

  setDevicePermissionHandler(handler: Parameters<Session['setDevicePermissionHandler']>[0]): void {
    this.device = handler;
  }

  setDisplayMediaRequestHandler(handler: Parameters<Session['setDisplayMediaRequestHandler']>[0]): void {
    this.displayMedia = handler;
  }

  setSpellCheckerEnabled(isEnabled: boolean): void {
    this.spellChecker = isEnabled;
  }

  async setProxy(config: Parameters<Session['setProxy']>[0]): Promise<void> {
    this.proxy = config;
  }
}

class FakeApp
  extends Emitting
  implements
    Pick<
      App,
      | 'enableSandbox'
      | 'exit'
      | 'getPath'
      | 'getVersion'
      | 'isPackaged'
      | 'on'
      | 'quit'
      | 'requestSingleInstanceLock'
      | 'setAppUserModelId'
      | 'setName'
      | 'setPath'
      | 'whenReady'
    >
{
  readonly isPackaged: boolean;
  readonly paths: Record<string, string>;
  /** What was done, in order, before the app was ready. */
  readonly beforeReady: string[] = [];
  readonly exits: number[] = [];
  /** The code of the first exit. */
  readonly exited: Promise<number>;
  #onExit: (code: number) => void = () => {};
  handedOver: unknown;
  hasLock = true;
  #isReady = false;

  constructor(isPackaged: boolean, folder: string) {
    super();
    this.isPackaged = isPackaged;
    this.exited = new Promise(resolve => {
      this.#onExit = resolve;
    });
    this.paths = {
      userData: `${folder}/profile`,
      documents: `${folder}/documents`,
      downloads: `${folder}/downloads`,
    };
  }

  note(what: string): void {
    if (!this.#isReady) this.beforeReady.push(what);
  }

  setName(): void {
    this.note('setName');
  }

  setAppUserModelId(): void {
    this.note('setAppUserModelId');
  }

  enableSandbox(): void {
    this.note('enableSandbox');
  }

  getVersion(): string {
    return '1.2.3';
  }

  getPath(name: string): string {
    return this.paths[name]!;
  }

  setPath(name: string, path: string): void {
    this.note(`setPath ${name}`);
    this.paths[name] = path;
  }

  requestSingleInstanceLock(data?: unknown): boolean {
    this.note('requestSingleInstanceLock');
    this.handedOver = data;
    return this.hasLock;
  }

  async whenReady(): Promise<void> {
    this.#isReady = true;
  }

  quit(): void {
    if (!this.emit('before-quit').isPrevented) this.exit(0);
  }

  exit(code = 0): void {
    this.exits.push(code);
    this.#onExit(code);
  }
}

class FakeTray extends Emitting implements Pick<Tray, 'on' | 'setToolTip' | 'setContextMenu'> {
  toolTip = '';
  menu: MenuItemConstructorOptions[] = [];

  constructor() {
    super();
    made.trays.push(this);
  }

  setToolTip(text: string): void {
    this.toolTip = text;
  }

  setContextMenu(menu: Menu | null): void {
    this.menu = templateOf(menu);
  }
}

class FakeNotification extends Emitting implements Pick<Notification, 'on' | 'show'> {
  readonly options: NotificationConstructorOptions;

  constructor(options: NotificationConstructorOptions = {}) {
    super();
    this.options = options;
  }

  static isSupported(): boolean {
    return true;
  }

  show(): void {
    made.notifications.push(this);
  }
}

/** A utility process, whose streams behave at its end as Electron's do. */
export class FakeUtility
  extends Emitting
  implements Pick<UtilityProcess, 'kill' | 'on' | 'once' | 'pid' | 'postMessage' | 'stdout' | 'stderr'>
{
  readonly file: string;
  readonly args: readonly string[];
  readonly options: ForkOptions;
  readonly messages: unknown[] = [];
  readonly out = new PassThrough();
  readonly err = new PassThrough();
  stdout: PassThrough | null = this.out;
  stderr: PassThrough | null = this.err;
  pid: number | undefined = 4711;

  constructor(file: string, args: readonly string[], options: ForkOptions) {
    super();
    this.file = file;
    this.args = args;
    this.options = options;
  }

  postMessage(message: unknown): void {
    this.messages.push(message);
  }

  kill(): boolean {
    throw new Error('asks the process with SIGTERM');
  }

  /** The process is gone: Electron tells so, and forgets the streams with all their listeners. */
  exit(code: number): void {
    this.pid = undefined;
    this.emitBare('exit', code);
    for (const stream of [this.out, this.err]) stream.removeAllListeners();
    this.stdout = null;
    this.stderr = null;
  }
}

class FakeDialog implements Pick<Dialog, 'showErrorBox'> {
  readonly errors: string[] = [];
  readonly asked: MessageBoxOptions[] = [];
  readonly opened: OpenDialogOptions[] = [];
  /** The button that is pressed. */
  response = 0;
  chosen: string[] = [];

  showErrorBox(title: string, content: string): void {
    this.errors.push(`${title}: ${content}`);
  }

  async showMessageBox(...args: unknown[]) {
    this.asked.push(args.at(-1) as MessageBoxOptions);
    return { response: this.response, checkboxChecked: false };
  }

  async showOpenDialog(...args: unknown[]) {
    this.opened.push(args.at(-1) as OpenDialogOptions);
    return { canceled: this.chosen.length === 0, filePaths: this.chosen };
  }
}

export const display = (id: number, x: number, width = 1920, height = 1040) =>
  ({ id, workArea: { x, y: 0, width, height } }) as Display;

export class FakeElectron {
  readonly app: FakeApp;
  readonly dialog = new FakeDialog();
  readonly windows: FakeWindow[] = [];
  readonly trays: FakeTray[] = [];
  readonly notifications: FakeNotification[] = [];
  readonly utilities: FakeUtility[] = [];
  readonly schemes: CustomScheme[] = [];
  readonly sessions = new Map<string, FakeSession>();
  readonly shownInFolder: string[] = [];
  readonly theme = {
    themeSource: 'system',
    get shouldUseDarkColors() {
      return this.themeSource === 'dark';
    },
  };
  displays: Display[] = [display(1, 0)];
  menuBar: MenuItemConstructorOptions[] = [];

  /** @param folder where profile and documents are */
  constructor({ isPackaged = true, folder = '/nowhere' } = {}) {
    this.app = new FakeApp(isPackaged, folder);
    made = this;
  }

  sessionOf(partition: string): FakeSession {
    const session = this.sessions.get(partition) ?? new FakeSession();
    this.sessions.set(partition, session);
    return session;
  }

  get window(): FakeWindow {
    return this.windows.at(-1)!;
  }

  get tray(): FakeTray {
    return this.trays.at(-1)!;
  }

  /** Each part is held to Electron's types above; together they are less than all of it. */
  get api(): ElectronApi {
    const api: { readonly [K in keyof ElectronApi]: unknown } = {
      app: this.app,
      BrowserWindow: FakeWindow,
      dialog: this.dialog,
      Menu: {
        buildFromTemplate: (template: MenuItemConstructorOptions[]) => ({ template }),
        setApplicationMenu: (menu: Menu | null) => {
          this.menuBar = templateOf(menu);
        },
      },
      nativeImage: {
        createFromBitmap: (pixels: Buffer, { width, height }: { width: number; height: number }) => {
          if (pixels.length !== width * height * 4) throw new Error('a picture of another size');
          return {} as NativeImage;
        },
      },
      nativeTheme: this.theme,
      Notification: FakeNotification,
      protocol: {
        registerSchemesAsPrivileged: (schemes: CustomScheme[]) => {
          this.app.note('registerSchemesAsPrivileged');
          this.schemes.push(...schemes);
        },
      },
      screen: {
        getAllDisplays: () => this.displays,
        getPrimaryDisplay: () => this.displays[0],
        getDisplayMatching: ({ x }: Rectangle) =>
          this.displays.find(({ workArea }) => x >= workArea.x && x < workArea.x + workArea.width),
      },
      session: {
        defaultSession: this.sessionOf('default'),
        fromPartition: (partition: string) => this.sessionOf(partition),
      },
      shell: { showItemInFolder: (path: string) => this.shownInFolder.push(path) },
      Tray: FakeTray,
      utilityProcess: {
        fork: (file: string, args: readonly string[], options: ForkOptions) => {
          const utility = new FakeUtility(file, args, options);
          this.utilities.push(utility);
          return utility;
        },
      },
    };
    return api as ElectronApi;
  }
}

/** Where windows, trays and notices that are constructed register: as in Electron, there is one at a time. */
let made: Pick<FakeElectron, 'windows' | 'trays' | 'notifications'> = {
  windows: [],
  trays: [],
  notifications: [],
};

function templateOf(menu: Menu | null): MenuItemConstructorOptions[] {
  return (menu as unknown as { template: MenuItemConstructorOptions[] }).template;
}
