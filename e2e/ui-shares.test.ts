import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from 'playwright';
import { expect } from 'vitest';
import { it, type Screen, type Screens, startUiInRoom, type Ui } from './browser.ts';
import { freePorts, sha256 } from './course-folder.ts';
import type { Lab } from './lab.ts';
import { panel, sentence } from './ui-parts.ts';

/** Two apps in one room, each with its own profile: what one shares, the other fetches, all of it on the screen. */

interface Machine {
  readonly ui: Ui;
  readonly screen: Screen;
  readonly page: Page;
}

async function machine(lab: Lab, screens: Screens, room: number): Promise<Machine> {
  const ui = await startUiInRoom(lab, room);
  const screen = await screens.open(ui.link, { reducedMotion: 'reduce' });
  await screen.page.getByRole('button', { name: 'Watch a demo' }).waitFor();
  return { ui, screen, page: screen.page };
}

/** A port whose next one is free, too: a room takes both. */
async function freeRoom(): Promise<number> {
  for (;;) {
    const [first = 0, second = 0] = await freePorts(2);
    if (second === first + 1) return first;
  }
}

function files(lab: Lab, sizes: Readonly<Record<string, number>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'piecewise-files-'));
  lab.onEnd(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, size] of Object.entries(sizes)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), randomBytes(size));
  }
  return folder;
}

/** A share's row on Home. */
function row(page: Page, name: string) {
  return page
    .getByRole('region', { name: 'Shares' })
    .getByRole('listitem')
    .filter({ has: page.getByRole('link', { name, exact: true }) });
}

async function share({ screen, page }: Machine, ...paths: readonly string[]): Promise<string> {
  await screen.drop(...paths);
  const dialog = page.getByRole('dialog', { name: /^Share / });
  await dialog.getByRole('button', { name: 'Share it' }).waitFor();
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  const link = page.getByRole('textbox', { name: 'Link' });
  await link.waitFor();
  return link.inputValue();
}

async function expectAccessible(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.locator(`html[data-theme=${colorScheme}]`).waitFor();
    const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
    const found = violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${name}, ${colorScheme}: ${id} at ${nodes.map(({ html }) => html).join(' ')}`);
    expect(found).toEqual([]);
  }
}

it('what is dropped in one window is seen in another, and fetched there', async ({ lab, screens }) => {
  const room = await freeRoom();
  const giver = await machine(lab, screens, room);
  const taker = await machine(lab, screens, room);
  const folder = files(lab, { 'lecture.bin': 3_000_000 });
  await share(giver, join(folder, 'lecture.bin'));
  await giver.screen.keep('share-made');
  await expectAccessible(giver.page, 'Home with a share that was just made');

  await taker.page.getByRole('button', { name: 'Fetch lecture.bin' }).click();
  await row(taker.page, 'lecture.bin')
    .getByText(/^Complete/)
    .waitFor();
  expect(sha256(readFileSync(join(taker.ui.workFolder, 'lecture.bin')))).toBe(
    sha256(readFileSync(join(folder, 'lecture.bin'))),
  );
  await taker.page.getByRole('link', { name: 'lecture.bin is on your list; go there' }).click();
  await sentence(taker.page)
    .getByText(/^Complete/)
    .waitFor();
  // The giver is known by its computer's name, or by its address.
  await panel(taker.page, 'Neighbours')
    .getByText(/Piecewise/)
    .first()
    .waitFor();
  await panel(taker.page, 'Log')
    .getByText(/Every piece is here/)
    .first()
    .waitFor();
  await taker.screen.keep('share-page');
  await expectAccessible(taker.page, 'page of a share');
  for (const tab of ['Files', 'Trackers', 'Peers', 'Details']) {
    await taker.page.getByRole('tab', { name: new RegExp(`^${tab}`) }).click();
    await taker.page.getByRole('tabpanel').getByRole('heading', { level: 2 }).first().waitFor();
    await taker.screen.keep(`share-${tab.toLowerCase()}`);
    await expectAccessible(taker.page, `${tab} of a share`);
  }
  await taker.page.getByRole('link', { name: 'Network check' }).click();
  await taker.page.getByText('Computers nearby').waitFor();
  await taker.screen.keep('network');
  await expectAccessible(taker.page, 'network check');
});

it('a link is pasted and fetched, and removed with its files', async ({ lab, screens }) => {
  const room = await freeRoom();
  const giver = await machine(lab, screens, room);
  const taker = await machine(lab, screens, room);
  const folder = files(lab, { 'notes.txt': 40_000 });
  const link = await share(giver, join(folder, 'notes.txt'));
  await taker.page.evaluate(text => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', text);
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
  }, link);
  const dialog = taker.page.getByRole('dialog', { name: 'Fetch by link' });
  await dialog.getByText('notes.txt').waitFor();
  await expectAccessible(taker.page, 'magnet link');
  await taker.page.keyboard.press('Enter');
  await row(taker.page, 'notes.txt')
    .getByText(/^Complete/)
    .waitFor();
  const fetched = join(taker.ui.workFolder, 'notes.txt');
  expect(existsSync(fetched)).toBe(true);

  await taker.page.getByRole('button', { name: 'More about notes.txt' }).click();
  await taker.page.getByRole('menuitem', { name: /^Remove from the list/ }).click();
  const remove = taker.page.getByRole('dialog', { name: 'Remove notes.txt from the list?' });
  await remove.getByRole('radio', { name: /^Delete the files/ }).check();
  await expectAccessible(taker.page, 'removing with files');
  await remove.getByRole('button', { name: /^Remove and delete/ }).click();
  await row(taker.page, 'notes.txt').waitFor({ state: 'detached' });
  expect(existsSync(fetched)).toBe(false);
  expect(existsSync(join(folder, 'notes.txt'))).toBe(true);
});

it('of a .torrent, only the files that are wanted are fetched', async ({ lab, screens }) => {
  const room = await freeRoom();
  const giver = await machine(lab, screens, room);
  const taker = await machine(lab, screens, room);
  const folder = files(lab, {
    'set/a/wanted.bin': 300_000,
    'set/b/other.bin': 900_000,
    'set/readme.txt': 10,
  });
  await share(giver, join(folder, 'set'));
  await giver.page.getByRole('button', { name: 'More about set' }).click();
  await giver.page.getByRole('menuitem', { name: 'Save as .torrent' }).click();
  const saved = giver.page.getByText(/^The \.torrent is .*\.torrent\.$/);
  await saved.waitFor();
  const torrent = /^The \.torrent is (.*)\.$/.exec(await saved.innerText())?.[1] ?? '';

  await taker.screen.drop(torrent);
  const dialog = taker.page.getByRole('dialog', { name: 'Fetch set' });
  const tree = dialog.getByRole('tree', { name: 'Files' });
  await tree.getByRole('treeitem', { name: /^b, folder/ }).click();
  await expectAccessible(taker.page, '.torrent');
  await tree.focus();
  await taker.page.keyboard.press('Space');
  await dialog.getByText(/^2 of 3 files/).waitFor();
  await dialog.getByRole('button', { name: /^Fetch 293/ }).click();
  await row(taker.page, 'set')
    .getByText(/^(Everything that is wanted is here|Complete)/)
    .waitFor();
  const at = (path: string) => join(taker.ui.workFolder, 'set', path);
  expect(sha256(readFileSync(at('a/wanted.bin')))).toBe(
    sha256(readFileSync(join(folder, 'set/a/wanted.bin'))),
  );
  expect(existsSync(at('b/other.bin'))).toBe(false);

  // Wanted after all.
  await row(taker.page, 'set').getByRole('link', { name: 'set' }).click();
  await taker.page.getByRole('tab', { name: /^Files/ }).click();
  const listed = taker.page.getByRole('tree', { name: 'Files' });
  await listed.getByRole('treeitem', { name: /^b, folder.*not wanted$/ }).click();
  await listed.focus();
  await taker.page.keyboard.press('n');
  await listed.getByRole('treeitem', { name: /^b, folder.* 100 %, normal$/ }).waitFor();
  expect(sha256(readFileSync(at('b/other.bin')))).toBe(sha256(readFileSync(join(folder, 'set/b/other.bin'))));
});
