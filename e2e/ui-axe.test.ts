import { join } from 'node:path';
import type { Page } from 'playwright';
import { desktop, expectAccessible, laptop } from './axe.ts';
import { root } from './processes.ts';
import { neighbour, panel, restAt, sentence } from './ui-parts.ts';
import { courseFolderIn, inEveryWorld, type World } from './ui-world.ts';

/** What axe finds on every page and in every dialog, light and dark, on a large screen and on a laptop. */

const fixture = join(root, 'e2e/fixtures/replay.jsonl');

/** The recorded run, at rest in its middle, where every mark of the grammar is shown. */
async function openAtRest(world: World): Promise<Page> {
  const page = await world.open({ journal: fixture, reducedMotion: 'reduce' });
  await restAt(page, 32);
  await sentence(page).getByText('Downloading from').waitFor();
  return page;
}

inEveryWorld('axe', it => {
  it('finds nothing serious on Home, in Settings, and in what opens from them', async ({ world }) => {
    const page = await world.open({ reducedMotion: 'reduce' });
    await expectAccessible(page, 'Home, empty');
    await page.getByRole('button', { name: 'Watch a demo' }).click();
    const demo = page.getByRole('dialog', { name: 'Watch a demo' });
    await expectAccessible(page, 'demo dialog');
    await demo.getByLabel('Peers').fill('none');
    await expectAccessible(page, 'demo dialog with a problem');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog', { name: 'Go to' }).waitFor();
    await expectAccessible(page, 'palette');
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await expectAccessible(page, 'keys');
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('heading', { name: 'Appearance' }).waitFor();
    await expectAccessible(page, 'Settings');
  });

  it('finds nothing serious where course folders and files are opened, and on Home with them', async ({
    world,
  }) => {
    const page = await world.open({ reducedMotion: 'reduce' });
    const folder = await courseFolderIn(world, 'lab 3', { roster: '1001* 1002 1003' });
    await world.choose(page, 'folder', folder.dir);
    await page.getByRole('button', { name: 'Start as 1001' }).waitFor();
    await expectAccessible(page, 'course folder');
    await page.getByRole('button', { name: 'Start as 1001' }).click();
    await sentence(page).getByText('Waiting for 1002 and 1003 to start').waitFor();
    await expectAccessible(page, 'swarm that waits');

    await page.getByRole('link', { name: 'Home' }).click();
    await expectAccessible(page, 'Home, busy');
    await page.getByRole('button', { name: `More about ${folder.fileName}` }).click();
    // In the window's size as it is: another one closes the menu.
    await expectAccessible(page, 'menu of a swarm', [page.viewportSize()!]);
    await page.getByRole('menuitem', { name: 'Remove from the list' }).click();
    await page.getByRole('dialog', { name: `Remove ${folder.fileName}?` }).waitFor();
    await expectAccessible(page, 'remove dialog');
    await page.getByRole('button', { name: 'Stop and remove' }).click();
    await page.getByRole('heading', { name: 'Recent folders' }).waitFor();

    folder.edit('Common.cfg', text => text.replace('PieceSize 16384', 'PieceSize none'));
    folder.edit('PeerInfo.cfg', text => text.replace('1003 127.0.0.1', '1002 127.0.0.1'));
    await world.choose(page, 'folder', folder.dir);
    await page.getByRole('dialog').getByText('errors stand in the way').waitFor();
    await expectAccessible(page, 'course folder with errors');
    await page.keyboard.press('Escape');

    await world.drop(page, join(folder.dir, folder.pathOf('1001')));
    const dialog = page.getByRole('dialog', { name: /^Share TheFile/ });
    await dialog.waitFor();
    await expectAccessible(page, 'share');
    await dialog.getByText('Trackers, private, piece length').click();
    await dialog.getByLabel('Trackers').fill('nonsense');
    await dialog.getByRole('button', { name: 'Share it' }).click();
    await expectAccessible(page, 'share with a problem');
    await dialog.getByRole('button', { name: 'Make a course swarm instead' }).click();
    const course = page.getByRole('dialog', { name: /^Make a course swarm of TheFile/ });
    await course.waitFor();
    await expectAccessible(page, 'file');
    await course.getByLabel('Piece size').fill('none');
    await course.getByRole('button', { name: 'Make the course swarm' }).click();
    await expectAccessible(page, 'file with a problem');
  });

  it('finds nothing serious on a swarm, with any deck, in presentation mode, and when the app is gone', async ({
    world,
  }) => {
    const page = await openAtRest(world);
    await expectAccessible(page, 'swarm', [desktop]);
    for (const key of ['1', '2', '3']) {
      await page.keyboard.press(key);
      await expectAccessible(page, `swarm, deck ${key}`, [laptop]);
    }
    await page.setViewportSize(desktop);
    await neighbour(page, '1005').getByRole('button', { name: '1005' }).click();
    await panel(page, 'Log').getByText('about 1005').waitFor();
    await page.keyboard.press('a');
    await expectAccessible(page, 'neighbour in focus, all flows');
    await page.keyboard.press('Escape');
    await page.keyboard.press('p');
    await page.locator('html[data-presenting]').waitFor();
    for (const key of ['1', '2', '3']) {
      await page.keyboard.press(key);
      await expectAccessible(page, `presentation, deck ${key}`, [desktop]);
    }
    await page.keyboard.press('p');
    world.expectComplaint(/WebSocket|ERR_CONNECTION_REFUSED|Failed to load resource/);
    await world.kill();
    await page.getByRole('status').getByText('The app does not answer.').waitFor();
    await expectAccessible(page, 'connection lost');
  });

  it('finds nothing serious on a demo with its controls', async ({ world }) => {
    const page = await world.openDemo({ peers: 4, late: 1, size: '2 MiB' }, { reducedMotion: 'reduce' });
    await sentence(page)
      .getByText(/^Downloading|^Complete/)
      .waitFor();
    await page.getByRole('button', { name: 'Demo controls' }).click();
    await page.getByRole('region', { name: 'Peers of this demo' }).waitFor();
    await expectAccessible(page, 'demo controls');
  });
});

inEveryWorld('axe, where the app has its own dialog for folders', it => {
  it('finds nothing serious where folders are browsed', async ({ world, skip }) => {
    const page = await world.open({ reducedMotion: 'reduce' });
    skip((await world.openAgain(page)) === undefined, 'the system has its own dialog');
    await courseFolderIn(world, 'lab 3', { roster: '1001* 1002' });
    await page.getByRole('button', { name: 'Open a course folder' }).click();
    await page
      .getByRole('dialog', { name: 'Choose a folder' })
      .getByRole('option', { name: 'lab 3' })
      .waitFor();
    await expectAccessible(page, 'browse dialog');
  });
});
