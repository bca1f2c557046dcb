import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright';
import { expect, inject } from 'vitest';
import type { Settings } from '../src-shared/settings.ts';
import { freePorts } from './course-folder.ts';
import { type Lab, it as labIt } from './lab.ts';
import { type RunningProcess, root } from './processes.ts';

/** Tests that look at the screen in Chromium, served by the built command line. */

const screenshots = join(root, 'out/screenshots');

export interface Ui {
  readonly process: RunningProcess;
  /** What it printed: opens the screen at whatever page it says. */
  readonly link: string;
  /** Where dropped files come to lie, and what the screen browses. */
  readonly workFolder: string;
  /** Where it keeps what is only for now. */
  readonly temporaryFolder: string;
  /** Where it remembers settings and shares. */
  readonly profileFolder: string;
}

/** A tab with the screen, and all it complained of. */
export class Screen {
  readonly page: Page;
  /** Errors and warnings of the console, the content security policy's among them, and uncaught errors. */
  readonly complaints: string[] = [];
  readonly #expected: RegExp[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on('console', message => {
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(message.text());
    });
    page.on('pageerror', error => this.complaints.push(error.stack ?? error.message));
  }

  /** For tests that bring complaints about, such as that of a browser whose connection is cut. */
  expectComplaint(pattern: RegExp): void {
    this.#expected.push(pattern);
  }

  /** Drops files and folders of this computer in the middle of the page, as a file manager does. */
  async drop(...files: readonly string[]): Promise<void> {
    const devTools = await this.page.context().newCDPSession(this.page);
    const { width, height } = this.page.viewportSize()!;
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
      const data = { items: [], files: [...files], dragOperationsMask: 1 };
      await devTools.send('Input.dispatchDragEvent', { type, x: width / 2, y: height / 2, data });
    }
    await devTools.detach();
  }

  /** Keeps a picture of the page as `out/screenshots/NAME.png`. */
  async keep(name: string): Promise<void> {
    mkdirSync(screenshots, { recursive: true });
    await this.page.screenshot({ path: join(screenshots, `${name}.png`) });
  }

  check(): void {
    const isExpected = (complaint: string) => this.#expected.some(pattern => pattern.test(complaint));
    expect(this.complaints.filter(complaint => !isExpected(complaint))).toEqual([]);
  }
}

/** Opens pages of one test; each complaint of a page fails it. */
export class Screens {
  readonly #browser: Browser;
  readonly #contexts: BrowserContext[] = [];
  readonly #screens: Screen[] = [];

  constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** A page in a browser profile of its own: 1920 × 1080 unless told otherwise. */
  async blank(options: BrowserContextOptions = {}): Promise<Screen> {
    const context = await this.#browser.newContext({ viewport: { width: 1920, height: 1080 }, ...options });
    this.#contexts.push(context);
    const screen = new Screen(await context.newPage());
    this.#screens.push(screen);
    return screen;
  }

  async open(link: string, options?: BrowserContextOptions): Promise<Screen> {
    const screen = await this.blank(options);
    await screen.page.goto(link);
    return screen;
  }

  /** Keeps pictures of what a test that failed has left. */
  async keepAll(name: string): Promise<void> {
    const file = `failed-${name.replaceAll(/[^\w]+/g, '-')}`;
    for (const [index, screen] of this.#screens.entries()) await screen.keep(`${file}-${index + 1}`);
  }

  async close(): Promise<void> {
    for (const context of this.#contexts) await context.close();
    for (const screen of this.#screens) screen.check();
  }
}

/** Starts `piecewise ui`, in a new work folder and with settings of its own unless told otherwise. */
export function startUi(lab: Lab, ...args: readonly string[]): Promise<Ui> {
  const workFolder = newFolder(lab, 'piecewise-work-');
  return begin(lab, workFolder, ['ui', '--dir', workFolder, ...args]);
}

/**
 * The same, in a room of its own that is on this machine's loop: those with the same `port` see each other's shares.
 * Given an app that was here before, it goes on with the folders of that.
 */
export async function startUiInRoom(lab: Lab, port: number, start: Ui | Partial<Settings> = {}): Promise<Ui> {
  const before = 'profileFolder' in start ? start : undefined;
  const profileFolder = before?.profileFolder ?? newFolder(lab, 'piecewise-profile-');
  const workFolder = before?.workFolder ?? newFolder(lab, 'piecewise-work-');
  if (before === undefined) {
    const [listenPort] = await freePorts(1);
    writeFileSync(join(profileFolder, 'settings.json'), JSON.stringify({ listenPort, ...start }));
  }
  const env = { PIECEWISE_LAN: `loopback:${port}` };
  return begin(
    lab,
    workFolder,
    ['ui', '--dir', workFolder, '--profile-dir', profileFolder],
    env,
    profileFolder,
  );
}

/** Starts `piecewise demo --ui`. */
export function startDemoUi(lab: Lab, ...args: readonly string[]): Promise<Ui> {
  return begin(lab, newFolder(lab, 'piecewise-work-'), ['demo', '--ui', ...args]);
}

async function begin(
  lab: Lab,
  workFolder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  profile?: string,
): Promise<Ui> {
  const config = newFolder(lab, 'piecewise-config-');
  const temporaryFolder = newFolder(lab, 'piecewise-temporary-');
  const process = lab.command(args, {
    cwd: workFolder,
    env: { XDG_CONFIG_HOME: config, APPDATA: config, TMPDIR: temporaryFolder, TEMP: temporaryFolder, ...env },
  });
  const [link] = await process.says(/^http:\/\/\S+$/);
  return { process, link, workFolder, temporaryFolder, profileFolder: profile ?? join(config, 'piecewise') };
}

function newFolder(lab: Lab, prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  lab.onEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A test with a lab and pages of its own, in one browser for the whole file. */
export const it = labIt.extend<{ browser: Browser; screens: Screens }>({
  browser: [
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of fixtures from this pattern
    async ({}, use) => {
      // Chromium's sandbox cannot be had by root, as whom tests in a container run.
      const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
      const browser = await chromium.launch({ executablePath: inject('chromium'), args });
      await use(browser);
      await browser.close();
    },
    { scope: 'file' },
  ],
  screens: async ({ browser, task }, use) => {
    const screens = new Screens(browser);
    await use(screens);
    if (task.result?.state === 'fail') await screens.keepAll(task.name);
    await screens.close();
  },
});
