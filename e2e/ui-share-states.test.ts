import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { expect } from 'vitest';
import { desktop, expectAccessible, laptop, narrow, type WindowSize } from './axe.ts';
import { it } from './browser.ts';
import { freePorts } from './course-folder.ts';
import { sentence } from './ui-parts.ts';
import {
  bytesHere,
  chooseOf,
  fetchLink,
  files,
  freeRoom,
  type Machine,
  machine,
  nearby,
  paste,
  row,
  share,
  untilComplete,
} from './ui-room.ts';

/**
 * Everything that shares add to the screen, in both themes, on a large screen and on a laptop: axe finds nothing
 * serious, and pictures are kept in `out/screenshots`.
 */

const MB = 1_000_000;
/** Many looks, each of them at four pages. */
const timeout = 300_000;

/** Looks at what is shown now and keeps pictures of it. */
async function look({ page, screen }: Machine, name: string, at?: readonly WindowSize[]): Promise<void> {
  await expectAccessible(page, name, at, async ({ width }, theme) => {
    // Nothing may have to be scrolled sideways.
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    await screen.keep(`shares-${name}-${width}-${theme}`);
  });
  await page.setViewportSize(desktop);
}

/** A row of Home shows a name, and has its menu in it. */
async function expectRoomInRow(page: Page, name: string): Promise<void> {
  const line = await row(page, name).boundingBox();
  const link = await row(page, name).getByRole('link', { name }).boundingBox();
  const more = await row(page, name)
    .getByRole('button', { name: `More about ${name}` })
    .boundingBox();
  expect(link!.width).toBeGreaterThan(40);
  expect(more!.x + more!.width).toBeLessThanOrEqual(line!.x + line!.width);
}

async function closed(page: Page): Promise<void> {
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
}

it('the ways to share and to fetch', { timeout }, async ({ lab, screens }) => {
  const room = await freeRoom();
  const giver = await machine(lab, screens, room);
  const taker = await machine(lab, screens, room);
  const folder = files(lab, {
    'Week 07/film.mp4': 6 * MB,
    'Week 07/notes/a.txt': 9000,
    'Week 07/notes/b.txt': 8000,
    'Week 07/data/set one.csv': MB,
    'toolchain.tar.zst': 3 * MB,
  });
  await giver.screen.drop(join(folder, 'Week 07'), join(folder, 'toolchain.tar.zst'));
  const dialog = giver.page.getByRole('dialog');
  await dialog.getByText('Share 2 things together').waitFor();
  await look(giver, 'dialog-several');
  await closed(giver.page);
  await giver.screen.drop(join(folder, 'Week 07'));
  await dialog.getByText('Share Week 07').waitFor();
  await look(giver, 'dialog');
  await dialog.getByText('Trackers, private, piece length').click();
  await dialog.getByLabel('Trackers').fill('nonsense');
  await dialog.getByRole('button', { name: 'Share it' }).click();
  await dialog.getByText(/^Line 1 is no tracker address/).waitFor();
  await look(giver, 'dialog-problem');
  await closed(giver.page);
  await share(giver, join(folder, 'toolchain.tar.zst'));
  const link = await share(giver, join(folder, 'Week 07'));
  await look(giver, 'home-made');
  await giver.page.getByRole('button', { name: 'Show the QR code', exact: true }).click();
  await giver.page.getByRole('img', { name: 'QR code of the link' }).first().waitFor();
  await look(giver, 'link');
  await closed(giver.page);

  const { page } = taker;
  await nearby(page, 'Week 07').waitFor();
  await nearby(page, 'toolchain.tar.zst').waitFor();
  await look(taker, 'home-nearby');
  await paste(page, link);
  await page.getByRole('dialog').getByText('Info-hash').waitFor();
  await look(taker, 'magnet');
  await closed(page);
  await paste(page, 'magnet:?dn=lecture');
  await page.getByText(/names no BitTorrent share/).waitFor();
  await look(taker, 'magnet-problem', [laptop]);
  await closed(page);

  await chooseOf(giver.page, 'Week 07', 'Save as .torrent');
  const saved = await giver.page.getByText(/^The \.torrent is /).innerText();
  await taker.screen.drop(/^The \.torrent is (.*)\.$/.exec(saved)![1]!);
  const torrent = page.getByRole('dialog', { name: 'Fetch Week 07' });
  await torrent.getByRole('treeitem', { name: /^notes, folder/ }).click();
  await page.keyboard.press('Space');
  await look(taker, 'torrent');
  await closed(page);
  writeFileSync(join(folder, 'rubbish.torrent'), 'd8:announce');
  await taker.screen.drop(join(folder, 'rubbish.torrent'));
  await page
    .getByRole('dialog')
    .getByText(/torrent/)
    .nth(1)
    .waitFor();
  await look(taker, 'torrent-problem', [laptop]);
  await closed(page);
  await page.getByRole('button', { name: 'Enter an address' }).click();
  await page.getByRole('textbox', { name: 'Address' }).fill('no address');
  await page.keyboard.press('Enter');
  await look(taker, 'address-problem', [laptop]);
  await closed(page);
});

it('a share while it is fetched, from every side, and Home with all that can become of it', {
  timeout,
}, async ({ lab, screens }) => {
  const room = await freeRoom();
  const giver = await machine(lab, screens, room);
  const taker = await machine(lab, screens, room, {
    settings: { shareDownloadBytesPerSecond: 400_000, activeDownloads: 1, introduced: true },
  });
  const { page } = taker;
  const folder = files(lab, {
    'Week 07/film.mp4': 60 * MB,
    'Week 07/notes/a.txt': 9000,
    'Week 07/data/set one.csv': 2 * MB,
    'small.txt': 9000,
    'paused.iso': 5 * MB,
    'waits.iso': 5 * MB,
  });
  await share(giver, join(folder, 'small.txt'));
  const waits = await share(giver, join(folder, 'waits.iso'));
  const paused = await share(giver, join(folder, 'paused.iso'));
  const big = await share(giver, join(folder, 'Week 07'));
  await page.getByRole('button', { name: 'Fetch small.txt' }).click();
  await untilComplete(page, 'small.txt');
  await fetchLink(page, paused);
  await row(page, 'paused.iso').getByText('Downloading').waitFor();
  await page.getByRole('button', { name: 'Pause paused.iso' }).click();
  await row(page, 'paused.iso').getByText('Paused').waitFor();
  const [port] = await freePorts(1);
  await fetchLink(page, `${big}&tr=${encodeURIComponent(`http://127.0.0.1:${port}/announce`)}`);
  await row(page, 'Week 07').getByText('Downloading').waitFor();
  // Nobody has these.
  await fetchLink(page, `magnet:?xt=urn:btih:${'5a'.repeat(20)}&dn=Nobody%20has%20it`);
  await fetchLink(page, waits);
  await row(page, 'waits.iso').getByText('Waiting for its turn').waitFor();
  await expect.poll(() => bytesHere(page, 'Week 07')).toBeGreaterThan(MB);
  await look(taker, 'home-busy', [desktop, narrow]);
  await page.setViewportSize(narrow);
  await expectRoomInRow(page, 'Week 07');
  await page.setViewportSize(laptop);
  await page.getByRole('button', { name: 'More about Week 07' }).click();
  await look(taker, 'menu', [laptop]);
  await page.keyboard.press('Escape');
  await chooseOf(page, 'Week 07', /^Remove/);
  await page.getByRole('radio', { name: /^Delete the files/ }).check();
  await look(taker, 'remove');
  await closed(page);

  await row(page, 'Week 07').getByRole('link', { name: 'Week 07' }).click();
  await sentence(page)
    .getByText(/^Downloading/)
    .waitFor();
  await look(taker, 'page', [desktop]);
  await page.setViewportSize(laptop);
  // Of every swarm, these are looked at elsewhere.
  for (const deck of ['Pieces', 'Choking', 'Log']) {
    await page.getByRole('tab', { name: new RegExp(`^${deck}`) }).click();
    await taker.screen.keep(`shares-page-${deck.toLowerCase()}-1280-dark`);
  }
  for (const tab of ['Files', 'Trackers', 'Peers', 'Details']) {
    await page.getByRole('tab', { name: new RegExp(`^${tab}`) }).click();
    await page.getByRole('tabpanel').getByRole('heading', { level: 2 }).first().waitFor();
    await look(taker, `page-${tab.toLowerCase()}`, [laptop, narrow]);
    const button = { Trackers: 'Edit the list', Peers: 'Add a peer' }[tab];
    if (button === undefined) continue;
    await page.getByRole('button', { name: button }).click();
    await look(taker, `page-${tab.toLowerCase()}-dialog`, [laptop]);
    await closed(page);
  }
  await page.getByRole('link', { name: 'Network check' }).click();
  await page.getByText('Computers nearby').waitFor();
  await look(taker, 'network');

  await page.getByRole('link', { name: 'Settings', exact: true }).click();
  await page.getByRole('button', { name: 'By schedule', exact: true }).click();
  await page.getByRole('switch', { name: /^Fetch everything/ }).check();
  await page.getByRole('switch', { name: 'Answer over HTTP' }).check();
  await page
    .getByRole('region', { name: 'Limits of all shares together' })
    .getByLabel(/^Download/)
    .first()
    .fill('1');
  await look(taker, 'settings');
});
