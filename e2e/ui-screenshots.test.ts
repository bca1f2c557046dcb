import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright';
import { expect } from 'vitest';
import { repacked } from './png.ts';
import { root } from './processes.ts';
import { neighbour, panel, piecesOf, restAt, sentence } from './ui-parts.ts';
import { courseFolderIn, inBrowserOnly as it, type World } from './ui-world.ts';

/**
 * Pictures of the main states, kept in `out/screenshots`. With PIECEWISE_SCREENSHOTS=docs some of them become the
 * pictures of the README.
 */

const pictures = join(root, 'out/screenshots');
const fixture = join(root, 'e2e/fixtures/replay.jsonl');
const desktop = { width: 1920, height: 1080 };
const laptop = { width: 1280, height: 800 };

/** Which pictures the README shows, and under which names. */
const inReadme: Readonly<Record<string, string>> = {
  'swarm-light': 'swarm',
  'home-busy-1280': 'home',
  'presentation-choking': 'presentation',
  'course-folder-errors': 'errors',
  'swarm-1280-dark': 'swarm-1280',
  'lab-1280': 'lab',
};

/** Keeps what the window shows. Every canvas must have something on it. */
async function picture(page: Page, name: string): Promise<void> {
  await expect.poll(() => blankCanvases(page)).toEqual([]);
  await nameNoRealComputer(page);
  mkdirSync(pictures, { recursive: true });
  const path = join(pictures, `${name}.png`);
  await page.screenshot({ path, animations: 'disabled' });
  const published = inReadme[name];
  if (process.env.PIECEWISE_SCREENSHOTS === 'docs' && published !== undefined) {
    const folder = join(root, 'docs/screenshots');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${published}.png`), repacked(readFileSync(path)));
  }
}

/** Sizes of canvases in sight on which every pixel is the same. */
function blankCanvases(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('canvas')].flatMap(canvas => {
      const { width, height } = canvas;
      if (!canvas.checkVisibility() || width === 0 || height === 0) return [];
      // Reading would slow the screen's own canvases down.
      const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
      copy.drawImage(canvas, 0, 0);
      const { data } = copy.getImageData(0, 0, width, height);
      const pixels = new Uint32Array(data.buffer);
      return pixels.every(pixel => pixel === pixels[0]) ? [`${width} × ${height}`] : [];
    }),
  );
}

/** Puts a computer of the lab in the place of the one that the pictures are made on. */
async function nameNoRealComputer(page: Page): Promise<void> {
  const own = Object.values(networkInterfaces()).flatMap(all => all ?? []);
  const names: Record<string, string> = { [hostname()]: 'lab-03' };
  for (const { address, internal, family } of own) {
    if (!internal) names[address] = family === 'IPv4' ? '10.0.0.3' : 'fd00::3';
  }
  await page.evaluate(names => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) {
      const words = (text.nodeValue ?? '')
        .replace(/\/\S*\/piecewise-ui-\w+/, '/home/ada')
        .split(/([\s,()]+\.?)/);
      const shown = words.map(word => names[word] ?? word).join('');
      if (shown !== text.nodeValue) text.nodeValue = shown;
    }
  }, names);
}

/** The recorded run, at rest 32 seconds after its start. */
async function openAtRest(world: World, options: Parameters<World['open']>[0]): Promise<Page> {
  const page = await world.open({ journal: fixture, ...options });
  await restAt(page, 32);
  return page;
}

async function expectTexts(place: Page | Locator, ...texts: readonly (string | RegExp)[]): Promise<void> {
  for (const text of texts) await place.getByText(text).first().waitFor();
}

/** A course swarm that waits for the others, one that was here before, a demo under way, a replay. */
async function fillHome(world: World, page: Page): Promise<void> {
  const home = page.getByRole('link', { name: 'Home' });
  for (const name of ['lab 2', 'lab 3']) {
    const fileName = `lecture-${name.slice(-1)}.mp4`;
    const folder = await courseFolderIn(world, name, { roster: '1001* 1002 1003', fileName });
    await world.choose(page, 'folder', folder.dir);
    await page.getByRole('button', { name: 'Start as 1001' }).click();
    await sentence(page).getByText('Waiting for 1002 and 1003 to start').waitFor();
    await home.click();
    if (name === 'lab 3') continue;
    await page.getByRole('button', { name: `More about ${fileName}` }).click();
    await page.getByRole('menuitem', { name: 'Remove from the list' }).click();
    const dialog = page.getByRole('dialog', { name: `Remove ${fileName}?` });
    await expectTexts(dialog, 'Its files stay where they are.');
    await picture(page, 'remove');
    await dialog.getByRole('button', { name: 'Stop and remove' }).click();
    await expectTexts(page.getByRole('main'), 'Recent folders');
  }
  await page.getByRole('button', { name: 'Watch a demo' }).click();
  const dialog = page.getByRole('dialog', { name: 'Watch a demo' });
  await dialog.getByLabel('Peers').fill('4');
  await dialog.getByRole('button', { name: 'Start the demo' }).click();
  await sentence(page)
    .getByText(/^Downloading|^Waiting|^Complete/)
    .waitFor();
  await home.click();
  copyFileSync(fixture, join(world.workFolder, 'lab-3-monday.jsonl'));
  await world.choose(page, 'journal', join(world.workFolder, 'lab-3-monday.jsonl'));
  await sentence(page).getByText('Downloading from').waitFor();
  await home.click();
  const shared = join(world.workFolder, 'compiler-toolchain.tar.zst');
  writeFileSync(shared, randomBytes(6_000_000));
  await world.choose(page, 'file', shared);
  await page
    .getByRole('dialog', { name: /^Share compiler/ })
    .getByText('Share it')
    .waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('textbox', { name: 'Link' }).waitFor();
  await page
    .getByRole('main')
    .getByText(/of 4 peers/)
    .first()
    .waitFor();
}

it('the swarm at 1920 × 1080, in light and dark', async ({ world }) => {
  const page = await openAtRest(world, { colorScheme: 'light' });
  await sentence(page).getByText('Downloading from').waitFor();
  expect(await neighbour(page, '1001').innerText()).toContain('100 %');
  await panel(page, 'Swarm').getByRole('button', { name: /^1009/ }).waitFor();
  await piecesOf(page, '1005').getByText('131 (42 %)').waitFor({ state: 'attached' });
  await expectTexts(panel(page, 'Rates and choking'), /round \d+/i);
  await expectTexts(panel(page, 'Log'), /has downloaded the piece \d+/, /up to /);
  await expectTexts(page, 'Replay, not live');
  await picture(page, 'swarm-light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.locator('html[data-theme=dark]').waitFor();
  await picture(page, 'swarm-dark');
});

it('the swarm at 1280 × 800, with each deck', async ({ world }) => {
  const page = await openAtRest(world, { colorScheme: 'dark', viewport: laptop });
  await piecesOf(page, '1005').getByText('131 (42 %)').waitFor({ state: 'attached' });
  await picture(page, 'swarm-1280-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.locator('html[data-theme=light]').waitFor();
  await picture(page, 'swarm-1280-pieces');
  await page.keyboard.press('2');
  await expectTexts(panel(page, 'Rates and choking'), /round \d+/i);
  await picture(page, 'swarm-1280-choking');
  await page.keyboard.press('3');
  await expectTexts(panel(page, 'Log'), /has downloaded the piece \d+/);
  await picture(page, 'swarm-1280-log');
  expect(await neighbour(page, '1005').innerText()).toMatch(/Choked|Unchoked|Preferred|Optimistic/);
});

it('presentation mode, and a neighbour and a piece in focus', async ({ world }) => {
  const page = await openAtRest(world, { colorScheme: 'light' });
  await neighbour(page, '1005').getByRole('button', { name: '1005' }).click();
  await expectTexts(panel(page, 'Log'), 'about 1005');
  await picture(page, 'swarm-focus');
  await page.keyboard.press('Escape');
  await page.keyboard.press('p');
  await page.locator('html[data-presenting]').waitFor();
  await piecesOf(page, '1005').getByText('131 (42 %)').waitFor({ state: 'attached' });
  await picture(page, 'presentation-pieces');
  await page.keyboard.press('2');
  await page.keyboard.press('Shift+ArrowRight');
  await expectTexts(panel(page, 'Rates and choking'), 'Round 8, ', /^Not ranked: /);
  await expectTexts(page.getByRole('main'), /^1002 (replaces|takes)/);
  await picture(page, 'presentation-choking');
  expect(await page.getByRole('navigation').count()).toBe(0);
});

it('a demo with its controls, and all its flows', async ({ world }) => {
  const page = await world.openDemo({ peers: 5, late: 1, size: '4 MiB' }, { colorScheme: 'light' });
  await sentence(page).getByText('Downloading from').waitFor();
  await page.keyboard.press('a');
  await expectTexts(panel(page, 'Swarm'), /all flows/i);
  await panel(page, 'Neighbours').getByText('Preferred').first().waitFor();
  await picture(page, 'all-flows');
  await page.getByRole('button', { name: 'Demo controls' }).click();
  const controls = page.getByRole('region', { name: 'Peers of this demo' });
  await expectTexts(controls, 'not started', /running/);
  await picture(page, 'demo-controls');
});

it('Home, empty and busy, and what opens from it', async ({ world }) => {
  const page = await world.open({ colorScheme: 'light' });
  await expectTexts(page, 'Nothing is shared on this computer yet.', 'How a file reaches every computer');
  await expectTexts(page.getByRole('navigation'), 'Local network only');
  await picture(page, 'home-empty');
  await page.emulateMedia({ colorScheme: 'dark' });
  await picture(page, 'home-empty-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.getByRole('button', { name: 'Watch a demo' }).click();
  await expectTexts(
    page.getByRole('dialog', { name: 'Watch a demo' }),
    'Which piece next',
    'Started by hand later',
  );
  await picture(page, 'demo-dialog');
  await page.keyboard.press('Escape');

  await fillHome(world, page);
  await expectTexts(page.getByRole('main'), 'Shares', 'Course swarms', 'Demos', 'Replays', 'Recent folders');
  await picture(page, 'home-busy');
  await page.setViewportSize(laptop);
  await picture(page, 'home-busy-1280');
  await page.emulateMedia({ colorScheme: 'dark' });
  await picture(page, 'home-busy-1280-dark');
  await page.keyboard.press('Control+k');
  await expectTexts(page.getByRole('dialog', { name: 'Go to' }), 'Swarms', 'Actions');
  await picture(page, 'palette-dark');
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await expectTexts(page.getByRole('dialog', { name: 'Keys' }), 'On a swarm');
  await picture(page, 'keys-dark');
  await page.keyboard.press('Escape');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(desktop);
  await page.keyboard.press('Control+k');
  await picture(page, 'palette');
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'Settings' }).click();
  await expectTexts(page.getByRole('main'), 'Appearance', 'Shares', 'New course swarms', 'About');
  await picture(page, 'settings');
});

it('course folders, right and with errors, and a file that becomes a swarm', async ({ world }) => {
  const page = await world.open({ colorScheme: 'light' });
  const folder = await courseFolderIn(world, 'lab 3', {
    roster: '1001* 1002 1003 1004 1005',
    fileName: 'lecture-03.mp4',
  });
  await world.choose(page, 'folder', folder.dir);
  await page.getByRole('button', { name: 'Start as 1001' }).waitFor();
  await picture(page, 'course-folder');
  folder.edit('Common.cfg', text => text.replace('PieceSize 16384', 'PieceSize 16 KB'));
  folder.edit('Common.cfg', text => text.replace('NumberOfPreferredNeighbors', 'PreferredNeighbors'));
  folder.edit('PeerInfo.cfg', text => text.replace('1004 127.0.0.1', '1003 127.0.0.1'));
  await page.keyboard.press('Escape');
  await world.choose(page, 'folder', folder.dir);
  await expectTexts(page.getByRole('dialog'), /errors stand in the way/, 'PieceSize 16 KB');
  await page.setViewportSize(laptop);
  await picture(page, 'course-folder-errors');
  await page.setViewportSize(desktop);
  await page.keyboard.press('Escape');
  await world.drop(page, join(folder.dir, folder.pathOf('1001')));
  const share = page.getByRole('dialog', { name: /^Share lecture-03/ });
  await expectTexts(share, 'Share it', /chosen by size/);
  await picture(page, 'share');
  await share.getByRole('button', { name: 'Make a course swarm instead' }).click();
  const dialog = page.getByRole('dialog', { name: /^Make a course swarm of lecture-03/ });
  await expectTexts(dialog, 'PeerInfo.cfg', /^\d+ pieces?$/);
  await picture(page, 'make-course');
});

it('a lab, as it is planned and with a mistake in it', async ({ world }) => {
  const plan = join(world.workFolder, 'lab.json');
  const machine = (name: string, host: string, peers: readonly string[]) => ({
    machine_name: name,
    host: `10.0.0.${host}`,
    peers: peers.map((id, at) => ({ id, port: `${6008 + at}`, has_file: id === '1001' ? '1' : '0' })),
  });
  const machines = [
    machine('Lab 1', '1', ['1001', '1002']),
    machine('Lab 2', '2', ['1003', '1004']),
    machine('Lab 3, by the window', '3', ['1005', '1006', '1007']),
    machine('Lab 4', '4', ['1008']),
  ];
  writeFileSync(plan, JSON.stringify(machines));
  const page = await world.open({ colorScheme: 'light' });
  await world.drop(page, plan);
  const said = page.getByRole('main').getByText('4 machines with 8 peers: every folder can be written.');
  await said.waitFor();
  await expectTexts(page.getByRole('main'), 'START-HERE.txt', '1005 10.0.0.3 6008 0');
  await picture(page, 'lab');
  await page.setViewportSize(laptop);
  await picture(page, 'lab-1280');
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.locator('html[data-theme=dark]').waitFor();
  await page.getByLabel('ID').nth(3).fill('1003');
  await expectTexts(page.getByRole('main'), /Peer ID 1003 is already taken/);
  await picture(page, 'lab-mistake-1280-dark');
});

it('a connection that is lost', async ({ world }) => {
  const page = await openAtRest(world, { colorScheme: 'light' });
  world.expectComplaint(/WebSocket|ERR_CONNECTION_REFUSED|Failed to load resource/);
  await world.kill();
  await page.getByRole('status').getByText('The app does not answer.').waitFor();
  await picture(page, 'connection-lost');
  await expectTexts(page, 'Replay, not live');
});
