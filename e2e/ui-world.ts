import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { _electron, type BrowserContextOptions, type ElectronApplication, type Page } from 'playwright';
import { describe, expect, type TestAPI } from 'vitest';
import { it as browserIt, Screen, type Screens, startDemoUi, startUi, type Ui } from './browser.ts';
import { CourseFolder, type CourseOptions, freePorts } from './course-folder.ts';
import { electronBinary } from './electron-binary.ts';
import { type Lab, it as labIt } from './lab.ts';
import { patienceMs } from './patience.ts';
import { root } from './processes.ts';

/** Where a specification of the screen is carried out: in a browser over the web host, or in a real Electron. */
export interface World {
  /** What the app browses, and where it puts what is dropped and made. */
  readonly workFolder: string;
  /** Starts the app and shows its screen; `journal` is opened at once. */
  open(options?: OpenOptions): Promise<Page>;
  /** Starts the app with a demo and shows it. */
  openDemo(demo: Demo, options?: BrowserContextOptions): Promise<Page>;
  /** What a page shows, once more beside it; undefined where there is but one window. */
  openAgain(page: Page): Promise<Page | undefined>;
  /** Chooses a file or folder below the work folder, in whatever dialog there is for it. */
  choose(page: Page, what: Choosing, path: string): Promise<void>;
  /** Drops real files and folders on the window. */
  drop(page: Page, ...paths: readonly string[]): Promise<void>;
  /** What the page has put on the clipboard. */
  copied(page: Page): Promise<string>;
  /** For tests that bring complaints of the page about. */
  expectComplaint(pattern: RegExp): void;
  /** Ends the app's process without a word. */
  kill(): Promise<void>;
  /** Ends the app as a user does; it and all that it started must go, without a complaint. */
  close(): Promise<void>;
}

export type Choosing = 'file' | 'folder' | 'journal';

export interface OpenOptions extends BrowserContextOptions {
  readonly journal?: string;
}

export interface Demo {
  readonly peers: number;
  /** Of the peers, those that wait to be started. */
  readonly late: number;
  readonly size: string;
}

/** Kilobytes a second that each peer of a demo gives: none ends before a test has looked, however slow the screen is. */
const demoLimit = 200;

const buttons: Readonly<Record<Choosing, string | RegExp>> = {
  file: /^Choose a file/,
  folder: 'Open a course folder',
  journal: 'Open a journal',
};

/** Tabs of Chromium and the built command line. */
class BrowserWorld implements World {
  readonly workFolder: string;
  readonly #lab: Lab;
  readonly #screens: Screens;
  readonly #opened: Screen[] = [];
  readonly #expected: RegExp[] = [];
  #ui: Ui | undefined;
  #isKilled = false;

  constructor(lab: Lab, screens: Screens) {
    this.#lab = lab;
    this.#screens = screens;
    this.workFolder = newWorkFolder(lab);
  }

  async open({ journal, ...options }: OpenOptions = {}): Promise<Page> {
    const args = journal === undefined ? [] : ['--journal', journal];
    this.#ui = await startUi(this.#lab, '--dir', this.workFolder, ...args);
    return this.#show(options);
  }

  async openDemo({ peers, late, size }: Demo, options: BrowserContextOptions = {}): Promise<Page> {
    this.#ui = await startDemoUi(
      this.#lab,
      ...['--peers', String(peers - late), '--late', String(late), '--size', size],
      ...['--unchoking', '1', '--optimistic', '2', '--upload-limit', `${demoLimit}KB`],
    );
    return this.#show(options);
  }

  openAgain(page: Page): Promise<Page> {
    return this.#show({}, new URL(page.url()).hash);
  }

  async choose(page: Page, what: Choosing, path: string): Promise<void> {
    await page.getByRole('button', { name: buttons[what] }).first().click();
    const dialog = page.getByRole('dialog', { name: `Choose a ${what}` });
    const trail = dialog.getByRole('navigation', { name: 'Folder' });
    for (const name of relative(this.workFolder, path).split(/[\\/]/)) {
      await dialog.getByRole('option', { name }).dblclick();
      if (what === 'folder') await trail.getByRole('button', { name, exact: true }).waitFor();
    }
    if (what === 'folder') await dialog.getByRole('button', { name: 'Choose this folder' }).click();
  }

  async drop(page: Page, ...paths: readonly string[]): Promise<void> {
    await dropFiles(page, paths);
  }

  async copied(page: Page): Promise<string> {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    return page.evaluate(() => navigator.clipboard.readText());
  }

  expectComplaint(pattern: RegExp): void {
    this.#expected.push(pattern);
    for (const screen of this.#opened) screen.expectComplaint(pattern);
  }

  async kill(): Promise<void> {
    this.#isKilled = true;
    this.#ui!.process.signal('SIGKILL');
    await this.#ui!.process.endsWith('SIGKILL');
  }

  async close(): Promise<void> {
    // A page whose app has gone complains, and rightly.
    for (const { page } of this.#opened) await page.close();
    if (this.#ui === undefined) return;
    const { process, link } = this.#ui;
    if (this.#isKilled) return;
    const started = startedBy(process.pid);
    process.signal('SIGINT');
    await process.endsWith(130);
    expect(process.output).toBe(link);
    expect(running().filter(({ pid }) => started.includes(pid))).toEqual([]);
  }

  async #show(options: BrowserContextOptions, place = ''): Promise<Page> {
    const screen = await this.#screens.open(this.#ui!.link + place, {
      ...options,
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    for (const pattern of this.#expected) screen.expectComplaint(pattern);
    this.#opened.push(screen);
    screen.page.setDefaultTimeout(patienceMs);
    await screen.page.getByRole('main').waitFor();
    return screen.page;
  }
}

/** The desktop app, with a home folder of its own. */
class ElectronWorld implements World {
  readonly workFolder: string;
  readonly #lab: Lab;
  readonly #binary: string;
  readonly #expected: RegExp[] = [];
  #app: ElectronApplication | undefined;
  #screen: Screen | undefined;

  constructor(lab: Lab, binary: string) {
    this.#lab = lab;
    this.#binary = binary;
    this.workFolder = newWorkFolder(lab);
  }

  open({ journal, ...options }: OpenOptions = {}): Promise<Page> {
    return this.#start(journal === undefined ? [] : [journal], options);
  }

  async openDemo({ peers, late, size }: Demo, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await this.#start([], options);
    await page.getByRole('button', { name: 'Watch a demo' }).click();
    const dialog = page.getByRole('dialog', { name: 'Watch a demo' });
    await dialog.getByLabel('Peers', { exact: true }).fill(String(peers));
    await dialog.getByLabel('Started by hand later').fill(String(late));
    await dialog.getByLabel('Size of the file').fill(size);
    await dialog.getByLabel('Choke round every').fill('1');
    await dialog.getByLabel('Optimistic draw every').fill('2');
    await dialog.getByLabel('Speed').selectOption('Limited');
    await dialog.getByLabel('Upload of each peer').fill(String(demoLimit));
    await dialog.getByRole('button', { name: 'Start the demo' }).click();
    return page;
  }

  async openAgain(): Promise<undefined> {}

  async choose(page: Page, what: Choosing, path: string): Promise<void> {
    await this.#app!.evaluate(({ dialog }, chosen) => {
      dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [chosen] });
    }, path);
    await page.getByRole('button', { name: buttons[what] }).first().click();
  }

  drop(page: Page, ...paths: readonly string[]): Promise<void> {
    return dropFiles(page, paths);
  }

  copied(): Promise<string> {
    return this.#app!.evaluate(({ clipboard }) => clipboard.readText());
  }

  expectComplaint(pattern: RegExp): void {
    this.#expected.push(pattern);
    this.#screen?.expectComplaint(pattern);
  }

  async kill(): Promise<void> {
    this.#app!.process().kill('SIGKILL');
  }

  async close(): Promise<void> {
    const started = this.#app === undefined ? [] : startedBy(this.#app.process().pid!);
    await this.#app?.close();
    this.#screen?.check();
    expect(running().filter(({ pid }) => started.includes(pid))).toEqual([]);
  }

  async #start(files: readonly string[], options: BrowserContextOptions): Promise<Page> {
    const { viewport, colorScheme, reducedMotion } = options;
    const isRoot = process.getuid?.() === 0;
    const app = await _electron.launch({
      executablePath: this.#binary,
      args: [
        root,
        `--user-data-dir=${join(this.workFolder, '.profile')}`,
        // Chromium's sandbox cannot be had by root, as whom tests in a container run.
        ...(isRoot ? ['--no-sandbox'] : []),
        ...files,
      ],
      env: { ...(process.env as Record<string, string>), HOME: this.workFolder },
    });
    this.#lab.onEnd(() => app.process().kill('SIGKILL'));
    this.#app = app;
    const page = await app.firstWindow();
    this.#screen = new Screen(page);
    page.setDefaultTimeout(patienceMs);
    for (const pattern of this.#expected) this.#screen.expectComplaint(pattern);
    await page.setViewportSize(viewport ?? { width: 1920, height: 1080 });
    await page.emulateMedia({ colorScheme: colorScheme ?? null, reducedMotion: reducedMotion ?? null });
    await page.getByRole('main').waitFor();
    return page;
  }
}

function newWorkFolder(lab: Lab): string {
  const folder = mkdtempSync(join(tmpdir(), 'piecewise-ui-'));
  lab.onEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

interface RunningProgram {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Every process of this machine that has not ended; none on Windows, which has no ps. */
function running(): RunningProgram[] {
  if (process.platform === 'win32') return [];
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' });
  return stdout.split('\n').flatMap(line => {
    const [, pid, parent, state, command] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (command === undefined || state?.startsWith('Z')) return [];
    return [{ pid: Number(pid), parent: Number(parent), command }];
  });
}

/** Processes that a process has started, and those that they have. */
function startedBy(pid: number): number[] {
  const all = running();
  const started = [pid];
  for (const ancestor of started) {
    for (const { pid, parent } of all) if (parent === ancestor) started.push(pid);
  }
  return started;
}

/** As a user drops them: the browser itself reads the files and folders. */
async function dropFiles(page: Page, paths: readonly string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const { width, height } = page.viewportSize() ?? { width: 800, height: 600 };
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x: width / 2, y: height / 2, data });
  }
  await session.detach();
}

/** A working folder of the course below the work folder, where the app can find it. */
export async function courseFolderIn(
  world: World,
  name: string,
  options: CourseOptions,
): Promise<CourseFolder> {
  const dir = join(world.workFolder, name);
  mkdirSync(dir);
  return new CourseFolder(dir, await freePorts(options.roster.split(' ').length), options);
}

export type WorldTest = TestAPI<{ lab: Lab; world: World }>;

const inBrowser = browserIt.extend<{ world: World }>({
  world: async ({ lab, screens, task }, use) => {
    const world = new BrowserWorld(lab, screens);
    await use(world);
    if (task.result?.state === 'fail') await screens.keepAll(task.name);
    await world.close();
  },
});

const binary = electronBinary();

const inElectron = labIt.extend<{ world: World }>({
  world: async ({ lab }, use) => {
    const world = new ElectronWorld(lab, binary!);
    await use(world);
    await world.close();
  },
});

/** Carries the same tests out in every world that this machine has; a world that it lacks is named. */
export function inEveryWorld(name: string, tests: (it: WorldTest) => void): void {
  describe(`${name}, in a browser`, () => tests(inBrowser as unknown as WorldTest));
  describe(`${name}, in Electron`, () => {
    if (binary === undefined) inElectron.skip('skipped: no Electron binary on this machine', () => {});
    else tests(inElectron as unknown as WorldTest);
  });
}

/** For what only a browser has. */
export const inBrowserOnly = inBrowser as unknown as WorldTest;
