import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright';
import { expect } from 'vitest';
import type { Settings } from '../src-shared/settings.ts';
import { it } from './browser.ts';
import { freePorts, sha256 } from './course-folder.ts';
import { isRoot, mountMemory } from './disks.ts';
import { panel, sentence } from './ui-parts.ts';
import {
  bytesHere,
  chooseOf,
  fetchLink,
  files,
  freeRoom,
  killAndRestart,
  type Machine,
  machine,
  nearby,
  paste,
  remove,
  row,
  share,
  untilComplete,
  watchTexts,
} from './ui-room.ts';

/** Two apps in one room, each with its own profile: what one shares, the other fetches, all of it on the screen. */

const MB = 1_000_000;

/** So slow that there is time for everything that is to happen in the midst of a download, until `goFullSpeed`. */
const slow = { alternativeLimits: 'on', alternativeDownloadBytesPerSecond: 600_000 } as const;

async function goFullSpeed(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Alternative limits: Slow' }).click();
}

function expectSame(one: string, other: string): void {
  expect(sha256(readFileSync(one))).toBe(sha256(readFileSync(other)));
}

/** What an app has on its disk of its settings. */
function settingsOf({ ui }: Machine): Partial<Settings> {
  return JSON.parse(readFileSync(join(ui.profileFolder, 'settings.json'), 'utf8'));
}

/** Everything in a folder, hidden things too. */
function everythingIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
}

/** The name of what has the keyboard. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement;
    return (element?.getAttribute('aria-label') ?? element?.textContent ?? '').replaceAll(/\s+/g, ' ').trim();
  });
}

async function tabTo(page: Page, wanted: RegExp): Promise<void> {
  for (let press = 0; press < 60; press += 1) {
    await page.keyboard.press('Tab');
    if (wanted.test(await focused(page))) return;
  }
  throw new Error(`Tab does not lead to ${wanted}`);
}

async function setNumber(section: Locator, label: string, value: number): Promise<void> {
  await section
    .getByLabel(new RegExp(`^${label}`))
    .first()
    .fill(String(value));
}

it('what is dropped in one window is seen in another, and fetched there', async ({ lab, screens }) => {
  const room = await freeRoom();
  const giver = await machine(lab, screens, room);
  const taker = await machine(lab, screens, room);
  const folder = files(lab, { 'lecture/film.bin': 3_000_000, 'lecture/notes/one.txt': 20_000 });
  await share(giver, join(folder, 'lecture'));
  await giver.page.getByRole('button', { name: 'Show the QR code of lecture' }).waitFor();

  await nearby(taker.page, 'lecture')
    .getByText(/^2\.9 MiB in 2 files from \S+/)
    .waitFor();
  await taker.page.getByRole('button', { name: 'Fetch lecture' }).click();
  await untilComplete(taker.page, 'lecture');
  for (const path of ['lecture/film.bin', 'lecture/notes/one.txt']) {
    expectSame(join(taker.workFolder, path), join(folder, path));
  }
  await taker.page.getByRole('link', { name: 'lecture is on your list; go there' }).click();
  await row(giver.page, 'lecture').getByRole('link', { name: 'lecture' }).click();
  for (const { page } of [taker, giver]) {
    await sentence(page)
      .getByText(/^Complete/)
      .waitFor();
    await sentence(page).getByText('the one peer here has it, too').waitFor();
    // Each is known by its computer's name, or by its address.
    await panel(page, 'Neighbours')
      .getByText(/Piecewise/)
      .first()
      .waitFor();
    await panel(page, 'Pieces').waitFor();
    for (const tab of ['Files', 'Trackers', 'Peers', 'Details']) {
      await page.getByRole('tab', { name: new RegExp(`^${tab}`) }).click();
      await page.getByRole('tabpanel').getByRole('heading', { level: 2 }).first().waitFor();
    }
  }
  await panel(taker.page, 'Log').waitFor({ state: 'hidden' });
  await taker.page.getByRole('tab', { name: /^Swarm/ }).click();
  await panel(taker.page, 'Log')
    .getByText(/Every piece is here/)
    .first()
    .waitFor();
  await taker.page.getByRole('tab', { name: /^Files/ }).click();
  const tree = taker.page.getByRole('tree', { name: 'Files' });
  await tree.getByRole('treeitem', { name: /^film\.bin, 2\.9 MiB, 100 %, normal/ }).waitFor();
  await taker.page.getByRole('tab', { name: /^Details/ }).click();
  await taker.page.getByRole('tabpanel').getByText('2.9 MiB in 2 files').waitFor();

  await taker.page.getByRole('link', { name: 'Network check' }).click();
  const ways = taker.page.getByRole('region', { name: 'Ways of finding others' }).getByRole('listitem');
  await ways
    .filter({ hasText: 'Computers nearby' })
    .filter({ hasText: 'Working' })
    .filter({ hasText: '1 computer' })
    .waitFor();
  await ways.filter({ hasText: 'Distributed hash table' }).filter({ hasText: 'Off' }).waitFor();
  const { listenPort } = settingsOf(taker);
  await taker.page
    .getByRole('region', { name: 'This computer' })
    .getByText(`127.0.0.1:${listenPort}`)
    .first()
    .waitFor();
});

it('with the keyboard alone, a file is shared and its link copied', async ({ lab, screens }) => {
  const giver = await machine(lab, screens, await freeRoom());
  const { page } = giver;
  // Nothing but a hole, which takes no room, and time to be hashed.
  writeFileSync(join(giver.workFolder, 'film.bin'), '');
  truncateSync(join(giver.workFolder, 'film.bin'), 400 * MB);
  const texts = await watchTexts(page);
  await page.keyboard.press('Control+o');
  await page
    .getByRole('dialog', { name: 'Choose a file' })
    .getByRole('option', { name: 'film.bin' })
    .waitFor();
  await expect.poll(() => focused(page)).toBe('Files and folders');
  await page.keyboard.press('f');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Share film.bin' }).waitFor();
  await expect.poll(() => focused(page)).toBe('Share it');
  await page.keyboard.press('Enter');
  const link = page.getByRole('textbox', { name: 'Link' });
  await link.waitFor();
  expect((await texts()).filter(text => /^Reading the files, \d+ %$/.test(text))).not.toEqual([]);
  await tabTo(page, /^Copy link$/);
  await page.keyboard.press('Enter');
  await page.getByText('The link is on the clipboard.').waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(await link.inputValue());
  await tabTo(page, /^Show the QR code$/);
  await page.keyboard.press('Enter');
  const code = page.getByRole('dialog', { name: 'Link to film.bin' });
  await code.getByRole('img', { name: 'QR code of the link' }).waitFor();
  await page.keyboard.press('Escape');
  await code.waitFor({ state: 'hidden' });
  expect(await focused(page)).toBe('Show the QR code');
});

it('a link is pasted and fetched; it is removed with its files, or added again with those that stayed', async ({
  lab,
  screens,
}) => {
  const room = await freeRoom();
  const giver = await machine(lab, screens, room);
  const taker = await machine(lab, screens, room);
  const folder = files(lab, { 'set/notes.txt': 40_000, 'set/film.bin': 500_000 });
  const link = await share(giver, join(folder, 'set'));
  await fetchLink(taker.page, link);
  await untilComplete(taker.page, 'set');
  writeFileSync(join(taker.workFolder, 'set', 'own.txt'), 'mine');
  writeFileSync(join(taker.workFolder, 'own.txt'), 'mine');
  const all = everythingIn(taker.workFolder);

  await remove(taker.page, 'set', false);
  expect(everythingIn(taker.workFolder)).toEqual(all);
  await fetchLink(taker.page, link);
  await untilComplete(taker.page, 'set');
  await row(taker.page, 'set').getByRole('link', { name: 'set' }).click();
  await taker.page.getByRole('tab', { name: /^Details/ }).click();
  await taker.page
    .getByRole('tabpanel')
    .getByText(/^Downloaded0 B$|^0 B$/)
    .first()
    .waitFor();
  await taker.page.getByRole('link', { name: 'Home' }).click();

  await remove(taker.page, 'set', true);
  expect(everythingIn(taker.workFolder)).toEqual(['own.txt', 'set', 'set/own.txt']);
  expectSame(join(folder, 'set', 'notes.txt'), join(folder, 'set', 'notes.txt'));
  await row(giver.page, 'set').waitFor();
  expect(existsSync(join(folder, 'set/film.bin'))).toBe(true);
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
  await tree.focus();
  await taker.page.keyboard.press('Space');
  await dialog.getByText(/^2 of 3 files/).waitFor();
  await dialog.getByRole('button', { name: /^Fetch 293/ }).click();
  await row(taker.page, 'set')
    .getByText(/^(Everything that is wanted is here|Complete)/)
    .waitFor();
  const at = (path: string) => join(taker.workFolder, 'set', path);
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

it('a share pauses and resumes, and a file that was changed is found out and fetched anew', async ({
  lab,
  screens,
}) => {
  const room = await freeRoom();
  const giver = await machine(lab, screens, room);
  const taker = await machine(lab, screens, room, { settings: slow });
  const folder = files(lab, { 'film.bin': 8 * MB });
  await fetchLink(taker.page, await share(giver, join(folder, 'film.bin')));
  await expect.poll(() => bytesHere(taker.page, 'film.bin')).toBeGreaterThan(MB);
  await taker.page.getByRole('button', { name: 'Pause film.bin' }).click();
  await row(taker.page, 'film.bin').getByText('Paused').waitFor();
  const paused = await bytesHere(taker.page, 'film.bin');
  expect(paused).toBeLessThan(8 * MB);
  await row(giver.page, 'film.bin').getByText('nobody is connected').waitFor();
  expect(await bytesHere(taker.page, 'film.bin')).toBe(paused);
  await goFullSpeed(taker.page);
  await taker.page.getByRole('button', { name: 'Resume film.bin' }).click();
  await untilComplete(taker.page, 'film.bin');
  const fetched = join(taker.workFolder, 'film.bin');
  expectSame(fetched, join(folder, 'film.bin'));

  const file = openSync(fetched, 'r+');
  writeSync(file, 'changed', 3 * MB);
  closeSync(file);
  await chooseOf(taker.page, 'film.bin', /^Check the files again/);
  // What was whole here once may have been changed on purpose.
  await row(taker.page, 'film.bin')
    .getByText('film.bin has been changed here since this computer had everything')
    .waitFor();
  await row(taker.page, 'film.bin')
    .getByText(/Press Resume to go on$/)
    .waitFor();
  await taker.page.getByRole('button', { name: 'Resume film.bin' }).click();
  await untilComplete(taker.page, 'film.bin');
  expectSame(fetched, join(folder, 'film.bin'));
});

it('limits of all shares hold within a second, and the next share is taken by itself when that is asked for', async ({
  lab,
  screens,
}) => {
  const room = await freeRoom();
  const giver = await machine(lab, screens, room);
  const taker = await machine(lab, screens, room);
  const folder = files(lab, { 'film.bin': 60 * MB, 'more.bin': 100_000 });
  const home = (await screens.open(taker.ui.link)).page;
  await taker.page.getByRole('link', { name: 'Settings' }).click();
  const limits = taker.page.getByRole('region', { name: 'Limits of all shares together' });
  await limits.getByRole('switch', { name: 'Limit the download' }).first().check();
  await setNumber(limits, 'Download', 4000);
  await fetchLink(home, await share(giver, join(folder, 'film.bin')));
  await expect.poll(() => bytesHere(home, 'film.bin')).toBeGreaterThan(2 * MB);

  /** Bytes per second that come from a second after the change on. */
  const rateAfter = async (thousands: number) => {
    await setNumber(limits, 'Download', thousands);
    await expect.poll(() => settingsOf(taker).shareDownloadBytesPerSecond).toBe(thousands * 1000);
    await new Promise(resolve => setTimeout(resolve, 1000));
    const [bytes, from] = [await bytesHere(home, 'film.bin'), performance.now()];
    await new Promise(resolve => setTimeout(resolve, 2000));
    return ((await bytesHere(home, 'film.bin')) - bytes) / ((performance.now() - from) / 1000);
  };
  expect(await rateAfter(500)).toBeLessThan(MB);
  expect(await rateAfter(8000)).toBeGreaterThan(4 * MB);
  await limits.getByRole('switch', { name: 'Limit the download' }).first().uncheck();
  await untilComplete(home, 'film.bin');

  await taker.page.getByRole('switch', { name: 'Fetch everything that is shared in this room' }).check();
  await taker.page.getByText('Every share of every computer nearby is fetched').waitFor();
  await share(giver, join(folder, 'more.bin'));
  await untilComplete(home, 'more.bin');
  expectSame(join(taker.workFolder, 'more.bin'), join(folder, 'more.bin'));
});

it('an app that was killed goes on with what it had, whether it gave or took', async ({ lab, screens }) => {
  const room = await freeRoom();
  let giver = await machine(lab, screens, room);
  let taker = await machine(lab, screens, room, { settings: slow });
  const folder = files(lab, { 'film.bin': 14 * MB });
  await fetchLink(taker.page, await share(giver, join(folder, 'film.bin')));
  await expect.poll(() => bytesHere(taker.page, 'film.bin')).toBeGreaterThan(3 * MB);
  const before = await bytesHere(taker.page, 'film.bin');
  taker = await killAndRestart(lab, screens, room, taker);
  await row(taker.page, 'film.bin')
    .getByText(/^Downloading/)
    .waitFor();
  // What was in flight is fetched again, nothing else.
  expect(await bytesHere(taker.page, 'film.bin')).toBeGreaterThan(before - 2 * MB);
  giver = await killAndRestart(lab, screens, room, giver);
  await row(giver.page, 'film.bin')
    .getByText(/^Complete/)
    .waitFor();
  await goFullSpeed(taker.page);
  await untilComplete(taker.page, 'film.bin');
  expectSame(join(taker.workFolder, 'film.bin'), join(folder, 'film.bin'));
});

it('a private share is not told to the room', async ({ lab, screens }) => {
  const room = await freeRoom();
  const giver = await machine(lab, screens, room);
  const taker = await machine(lab, screens, room);
  const folder = files(lab, { 'secret.bin': 50_000, 'open.bin': 50_000 });
  await giver.screen.drop(join(folder, 'secret.bin'));
  const dialog = giver.page.getByRole('dialog', { name: 'Share secret.bin' });
  await dialog.getByText('Trackers, private, piece length').click();
  await dialog.getByRole('switch', { name: 'Private' }).check();
  await dialog.getByRole('button', { name: 'Share it' }).click();
  await dialog.getByText('A private share needs a tracker: without one nobody could find it.').waitFor();
  const [port] = await freePorts(1);
  await dialog.getByLabel('Trackers').fill(`http://127.0.0.1:${port}/announce`);
  await dialog.getByRole('button', { name: 'Share it' }).click();
  await row(giver.page, 'secret.bin').getByText('Private', { exact: true }).waitFor();
  await row(giver.page, 'secret.bin')
    .getByText(/^Complete/)
    .waitFor();
  await share(giver, join(folder, 'open.bin'));
  await nearby(taker.page, 'open.bin').waitFor();
  expect(await nearby(taker.page, 'secret.bin').count()).toBe(0);
});

it('a computer that is not seen by itself is entered', async ({ lab, screens }) => {
  const giver = await machine(lab, screens, await freeRoom());
  const taker = await machine(lab, screens, await freeRoom());
  const folder = files(lab, { 'notes.txt': 50_000 });
  await share(giver, join(folder, 'notes.txt'));
  const { listenPort } = settingsOf(giver);
  await taker.page.getByRole('button', { name: 'Enter an address' }).click();
  const dialog = taker.page.getByRole('dialog', { name: 'Enter the address of a computer' });
  await dialog.getByLabel('Address').fill('no address');
  await taker.page.keyboard.press('Enter');
  await dialog.getByText(/^A host name or address without spaces/).waitFor();
  await dialog.getByLabel('Address').fill(`127.0.0.1:${listenPort}`);
  await taker.page.keyboard.press('Enter');
  await taker.page.getByRole('button', { name: 'Fetch notes.txt' }).click();
  await untilComplete(taker.page, 'notes.txt');
  expectSame(join(taker.workFolder, 'notes.txt'), join(folder, 'notes.txt'));
});

it('what cannot be fetched is said where it was asked for', async ({ lab, screens, skip }) => {
  const room = await freeRoom();
  const giver = await machine(lab, screens, room);
  const taker = await machine(lab, screens, room);
  const { page } = taker;
  const magnet = page.getByRole('dialog', { name: 'Fetch by link' });
  await paste(page, 'magnet:?dn=lecture&tr=http%3A%2F%2Flab%3A6969%2Fannounce');
  await magnet
    .getByRole('alert')
    .getByText(/names no BitTorrent share/)
    .waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Fetch by link or .torrent' }).click();
  await magnet.getByLabel('Magnet link').fill('http://example.org/');
  await magnet.getByText('This is no magnet link').waitFor();
  await page.keyboard.press('Escape');

  const folder = files(lab, { 'rubbish.torrent': 3000, 'set/film.bin': 600_000, 'set/notes.txt': 10 });
  appendFileSync(join(folder, 'empty.torrent'), '');
  for (const name of ['rubbish.torrent', 'empty.torrent']) {
    await taker.screen.drop(join(folder, name));
    const refused = page.getByRole('dialog');
    await refused
      .getByText(/torrent/)
      .nth(1)
      .waitFor();
    await refused
      .getByText(new RegExp(`${name}.*`))
      .first()
      .waitFor();
    await page.keyboard.press('Escape');
    await refused.waitFor({ state: 'hidden' });
  }

  const link = await share(giver, join(folder, 'set'));
  // Nobody but the system's master may write into what belongs to it.
  const kept = join(taker.workFolder, 'kept');
  skip(!mountMemory(lab, kept, '64k'), 'this user may not mount a file system in memory');
  expect(isRoot).toBe(true);
  execFileSync('mount', ['-o', 'remount,ro', kept]);
  const gone = join(taker.workFolder, 'gone');
  mkdirSync(gone);
  await paste(page, link);
  const choose = async (name: string) => {
    await magnet.getByRole('button', { name: 'Choose …' }).click();
    const folders = page.getByRole('dialog', { name: 'Choose a folder' });
    await folders.getByRole('option', { name }).dblclick();
    await folders.getByRole('button', { name, exact: true }).waitFor();
    await folders
      .getByRole('button', { name: /^Choose/ })
      .last()
      .click();
    await folders.waitFor({ state: 'hidden' });
  };
  await choose('gone');
  rmdirSync(gone);
  await magnet.getByRole('button', { name: 'Fetch' }).click();
  await magnet.getByRole('alert').getByText(/gone/).first().waitFor();
  await choose('kept');
  await magnet.getByRole('button', { name: 'Fetch' }).click();
  await magnet
    .getByRole('alert')
    .getByText(/kept: .*read-only/)
    .first()
    .waitFor();
  await magnet.getByRole('button', { name: 'Use the usual one' }).click();
  await magnet.getByRole('button', { name: 'Fetch' }).click();
  await untilComplete(page, 'set');
  expect(statSync(join(taker.workFolder, 'set/film.bin')).size).toBe(600_000);
});
