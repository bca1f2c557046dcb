import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { BrowserContextOptions, Locator, Page } from 'playwright';
import type { Settings } from '../src-shared/settings.ts';
import { type Screen, type Screens, startUiInRoom, type Ui } from './browser.ts';
import { freePorts } from './course-folder.ts';
import type { Lab } from './lab.ts';
import { patienceMs } from './patience.ts';

/** A room of apps on this machine's loop, each with its own profile, and what is done there with shares. */

export interface Machine {
  readonly ui: Ui;
  readonly screen: Screen;
  readonly page: Page;
  /** Where what is fetched comes to lie. */
  readonly workFolder: string;
}

export interface MachineOptions {
  readonly settings?: Partial<Settings>;
  /** Of a machine that was here before: its folders are taken. */
  readonly before?: Machine;
  readonly browser?: BrowserContextOptions;
}

/** Starts an app in a room and shows its Home. */
export async function machine(
  lab: Lab,
  screens: Screens,
  room: number,
  { settings = {}, before, browser = {} }: MachineOptions = {},
): Promise<Machine> {
  const ui = await startUiInRoom(lab, room, before?.ui ?? settings);
  const screen = await screens.open(ui.link, {
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
    ...browser,
  });
  screen.page.setDefaultTimeout(patienceMs);
  await screen.page.getByRole('button', { name: 'Watch a demo' }).waitFor();
  return { ui, screen, page: screen.page, workFolder: ui.workFolder };
}

/** Ends an app without a word, and starts it again with what it had. */
export async function killAndRestart(
  lab: Lab,
  screens: Screens,
  room: number,
  before: Machine,
): Promise<Machine> {
  await before.page.close();
  before.ui.process.signal('SIGKILL');
  await before.ui.process.endsWith('SIGKILL');
  return machine(lab, screens, room, { before });
}

/** A port whose next one is free, too: a room takes both. */
export async function freeRoom(): Promise<number> {
  for (;;) {
    const [first = 0, second = 0] = await freePorts(2);
    if (second === first + 1) return first;
  }
}

/** A folder with files of random content. */
export function files(lab: Lab, sizes: Readonly<Record<string, number>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'piecewise-files-'));
  lab.onEnd(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, size] of Object.entries(sizes)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), randomBytes(size));
  }
  return folder;
}

/** A share's row on Home. */
export function row(page: Page, name: string): Locator {
  return page
    .getByRole('region', { name: 'Shares' })
    .getByRole('listitem')
    .filter({ has: page.getByRole('link', { name, exact: true }) });
}

/** A share that somebody in the room offers. */
export function nearby(page: Page, name: string): Locator {
  return page
    .getByRole('region', { name: 'Nearby' })
    .getByRole('listitem')
    .filter({ has: page.getByText(name, { exact: true }) });
}

export async function untilComplete(page: Page, name: string): Promise<void> {
  await row(page, name)
    .getByText(/^Complete/)
    .waitFor();
}

/** Drops files and shares them; returns the link. */
export async function share({ screen, page }: Machine, ...paths: readonly string[]): Promise<string> {
  await screen.drop(...paths);
  const dialog = page.getByRole('dialog', { name: /^Share / });
  await dialog.getByRole('button', { name: 'Share it' }).waitFor();
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  const link = page.getByRole('textbox', { name: 'Link' });
  await link.waitFor();
  return link.inputValue();
}

export async function paste(page: Page, text: string): Promise<void> {
  await page.evaluate(text => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', text);
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
  }, text);
}

/** Pastes a link and fetches what it leads to. */
export async function fetchLink(page: Page, link: string): Promise<void> {
  await paste(page, link);
  const dialog = page.getByRole('dialog', { name: 'Fetch by link' });
  await dialog.getByText('Info-hash').waitFor();
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
}

/** Chooses from the menu of a share's row. */
export async function chooseOf(page: Page, name: string, item: string | RegExp): Promise<void> {
  await page.getByRole('button', { name: `More about ${name}`, exact: true }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

/** Lets a share leave the list, with its files or without. */
export async function remove(page: Page, name: string, withFiles: boolean): Promise<void> {
  await chooseOf(page, name, /^Remove from the list/);
  const dialog = page.getByRole('dialog', { name: `Remove ${name} from the list?` });
  if (withFiles) await dialog.getByRole('radio', { name: /^Delete the files/ }).check();
  await dialog.getByRole('button', { name: /^Remove/ }).click();
  await row(page, name).waitFor({ state: 'detached' });
}

const units: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** Bytes that the row of a share says are here: "2.9 of 4.4 GiB". */
export async function bytesHere(page: Page, name: string): Promise<number> {
  const text = await row(page, name).innerText();
  const [, have, ownUnit, unit] =
    /([\d.]+)(?: (\w+))?(?: of [\d.]+ (\w+))?\n/.exec(text.slice(text.indexOf('%'))) ?? [];
  return Number(have) * (units[ownUnit ?? unit ?? ''] ?? Number.NaN);
}

/** Remembers, from now on, every text that the page's main part shows; the function it returns tells them. */
export async function watchTexts(page: Page): Promise<() => Promise<readonly string[]>> {
  await page.evaluate(() => {
    const seen = new Set<string>();
    const look = () => {
      const texts = document.createTreeWalker(document.querySelector('main')!, NodeFilter.SHOW_TEXT);
      for (let text = texts.nextNode(); text !== null; text = texts.nextNode())
        seen.add(text.nodeValue ?? '');
    };
    look();
    new MutationObserver(look).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
    });
    Object.assign(window, { seenTexts: seen });
  });
  return () => page.evaluate(() => [...(window as unknown as { readonly seenTexts: Set<string> }).seenTexts]);
}
