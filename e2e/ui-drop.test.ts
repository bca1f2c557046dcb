import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright';
import { expect } from 'vitest';
import { freePorts, makeCourseFolder, sha256 } from './course-folder.ts';
import { mountMemory } from './disks.ts';
import type { Lab } from './lab.ts';
import { sentence } from './ui-parts.ts';
import { courseFolderIn, inEveryWorld } from './ui-world.ts';

/** What is dropped or opened and cannot be used as it is: said where it happened, with what to do next. */

/** A folder that has nothing to do with the app. */
function elsewhere(lab: Lab): string {
  const folder = mkdtempSync(join(tmpdir(), 'piecewise-elsewhere-'));
  lab.onEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function startDialog(page: Page, fileName: string): Locator {
  return page.getByRole('dialog', { name: `Start ${fileName}` });
}

/** The list item of a line of a configuration file. */
function lineOf(dialog: Locator, file: string, line: number): Locator {
  return dialog
    .getByRole('region', { name: file, exact: true })
    .getByRole('listitem')
    .nth(line - 1);
}

/** Occupies a port until the function it returns is called. */
function occupy(port: number): Promise<() => Promise<void>> {
  const server = createServer();
  const close = () => new Promise<void>(resolve => server.close(() => resolve()));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(close));
  });
}

/** The one folder below it that has a roster. */
function courseFolderBelow(folder: string): string {
  const [roster, ...more] = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(path =>
    /PeerInfo\.cfg$/.test(path),
  );
  expect(more).toEqual([]);
  return join(folder, roster!, '..');
}

inEveryWorld('what is dropped', it => {
  it('if a file, can become a course swarm in which others take part', async ({ lab, world }) => {
    const file = join(elsewhere(lab), 'lecture 3.bin');
    const content = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 31) % 251));
    writeFileSync(file, content);
    const page = await world.open();
    await world.drop(page, file);

    await page
      .getByRole('dialog', { name: 'Share lecture 3.bin' })
      .getByRole('button', { name: 'Make a course swarm instead' })
      .click();
    const dialog = page.getByRole('dialog', { name: 'Make a course swarm of lecture 3.bin' });
    await dialog.getByLabel('Piece size').fill('nonsense');
    await dialog.getByRole('button', { name: 'Make the course swarm' }).click();
    await dialog.getByText('A size such as 32 KiB, from 1 byte to 1 GiB.').waitFor();
    await dialog.getByLabel('Piece size').fill('8 KiB');
    await dialog.getByText(/^37 pieces/).waitFor();
    await dialog.getByLabel('Choke round every').fill('1');
    for (const [index, port] of (await freePorts(2)).entries()) {
      await dialog.getByLabel(`Host of peer ${index + 1}`).fill('127.0.0.1');
      await dialog.getByLabel(`Port of peer ${index + 1}`).fill(String(port));
    }
    await dialog.getByLabel('Peer 1 has the file').uncheck();
    await dialog.getByRole('button', { name: 'Make the course swarm' }).click();
    await dialog.getByText('At least one peer must be a seed: somebody has to have the file.').waitFor();
    await dialog.getByLabel('Peer 1 has the file').check();
    await dialog.getByRole('button', { name: 'Make the course swarm' }).click();

    await startDialog(page, 'lecture 3.bin').getByRole('button', { name: 'Start as 1001' }).click();
    await sentence(page).getByText('Waiting for 1002 to start').waitFor();
    const dir = courseFolderBelow(world.workFolder);
    const other = lab.command(['peer', '1002', '--dir', dir]);
    await other.endsWith(0);
    await sentence(page).getByText('Complete; every peer has the whole file').waitFor();
    expect(sha256(readFileSync(join(dir, 'peer_1002', 'lecture 3.bin')))).toBe(sha256(content));
  });

  it('if a folder of the course, can be started at once', async ({ lab, world }) => {
    const folder = await makeCourseFolder({ roster: '1001* 1002' });
    lab.onEnd(() => rmSync(folder.dir, { recursive: true, force: true }));
    const page = await world.open();
    await world.drop(page, folder.dir);
    await startDialog(page, folder.fileName).getByRole('button', { name: 'Start as 1001' }).click();
    const other = lab.peer(folder, '1002');
    await sentence(page).getByText('Complete; every peer has the whole file').waitFor();
    await other.endsWith(0);
  });

  it('if the two configuration files of a folder, opens as their folder', async ({ lab, world }) => {
    const folder = await makeCourseFolder({ roster: '1001* 1002' });
    lab.onEnd(() => rmSync(folder.dir, { recursive: true, force: true }));
    const page = await world.open();
    await world.drop(page, join(folder.dir, 'Common.cfg'), join(folder.dir, 'PeerInfo.cfg'));
    await startDialog(page, folder.fileName).getByRole('button', { name: 'Start as 1001' }).waitFor();
  });

  it('if a folder without configuration files, can be shared; with one of them, says which is missing', async ({
    lab,
    world,
  }) => {
    const folder = join(elsewhere(lab), 'holiday');
    mkdirSync(folder);
    const page = await world.open();
    await world.drop(page, folder);
    const dialog = page.getByRole('dialog', { name: 'Share holiday' });
    await dialog.getByRole('button', { name: 'Share it' }).waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });

    writeFileSync(join(folder, 'Common.cfg'), 'FileName lecture.bin\n');
    await world.drop(page, folder);
    await page
      .getByRole('dialog')
      .getByText(/The folder holiday(?: 2)? has no PeerInfo\.cfg/)
      .waitFor();
  });
});

inEveryWorld('a folder of the course', it => {
  it('with errors shows them at their lines, and starts when they are corrected', async ({ world }) => {
    const folder = await courseFolderIn(world, 'broken', { roster: '1001* 1002' });
    folder.edit('Common.cfg', text => text.replace('PieceSize 16384', 'PieceSize none'));
    folder.edit('PeerInfo.cfg', text => text.replace('1002 127.0.0.1', '1002 127.0.0.1 127.0.0.1'));
    const page = await world.open();
    await world.choose(page, 'folder', folder.dir);
    const dialog = page.getByRole('dialog');
    await dialog.getByText('2 errors stand in the way.').waitFor();
    expect(await lineOf(dialog, 'Common.cfg', 6).innerText()).toMatch(/^PieceSize none\s+Error .*PieceSize/s);
    expect(await lineOf(dialog, 'PeerInfo.cfg', 2).innerText()).toMatch(/^1002 .*\s+Error /s);
    expect(await dialog.getByRole('button', { name: /^Start/ }).isDisabled()).toBe(true);

    folder.edit('Common.cfg', text => text.replace('PieceSize none', 'PieceSize 16384'));
    folder.edit('PeerInfo.cfg', text => text.replace('127.0.0.1 127.0.0.1', '127.0.0.1'));
    await dialog.getByRole('button', { name: 'Read again' }).click();
    await startDialog(page, folder.fileName).getByRole('button', { name: 'Start as 1001' }).click();
    await sentence(page).getByText('Waiting for 1002 to start').waitFor();
  });

  it('whose port is in use says so where Start was pressed, and starts when it is free', async ({
    lab,
    world,
  }) => {
    const folder = await courseFolderIn(world, 'taken', { roster: '1001* 1002' });
    const free = await occupy(folder.portOf('1001'));
    lab.onEnd(() => void free());
    const page = await world.open();
    await world.choose(page, 'folder', folder.dir);
    const dialog = startDialog(page, folder.fileName);
    await dialog.getByRole('radio', { name: /^1001/ }).check();
    await dialog.getByRole('button', { name: 'Start as 1001' }).click();
    await dialog
      .getByRole('alert')
      .getByText(
        `127.0.0.1:${folder.portOf('1001')} is already in use: another peer or program listens there; stop it, or change the port in PeerInfo.cfg`,
      )
      .first()
      .waitFor();
    await free();
    await dialog.getByRole('button', { name: 'Start as 1001' }).click();
    await sentence(page).getByText('Waiting for 1002 to start').waitFor();
  });

  it('whose file is gone says so where Start was pressed', async ({ world }) => {
    const folder = await courseFolderIn(world, 'gone', { roster: '1001* 1002' });
    const page = await world.open();
    await world.choose(page, 'folder', folder.dir);
    const dialog = startDialog(page, folder.fileName);
    await dialog.getByRole('button', { name: 'Start as 1001' }).waitFor();
    folder.remove(folder.pathOf('1001'));
    await dialog.getByRole('button', { name: 'Start as 1001' }).click();
    await dialog.getByRole('alert').getByText(folder.fileName).first().waitFor();
  });

  it('whose file is cut short while it is shared stops, and says which file it was', async ({
    lab,
    world,
  }) => {
    const folder = await courseFolderIn(world, 'cut', { roster: '1001* 1002', fileSize: 400 * 16_384 });
    const page = await world.open();
    await world.choose(page, 'folder', folder.dir);
    await startDialog(page, folder.fileName).getByRole('button', { name: 'Start as 1001' }).click();
    await sentence(page).getByText('Waiting for 1002 to start').waitFor();
    truncateSync(join(folder.dir, folder.pathOf('1001')), 1000);
    lab.peer(folder, '1002');
    await sentence(page)
      .getByText(/^Stopped: it was changed while it was shared and has 1000 bytes where 6553600 are expected/)
      .waitFor();
    expect(await sentence(page).innerText()).toContain(folder.fileName);
    await page.getByRole('link', { name: 'Home' }).click();
    await page
      .getByRole('main')
      .getByText(/^Failed: .*TheFile\.dat/)
      .waitFor();
  });

  it('on a disk that gets full stops, and says what to do', async ({ lab, world, skip }) => {
    const folder = await courseFolderIn(world, 'full', { roster: '1001* 1002', fileSize: 40 * 16_384 });
    const isMounted = mountMemory(lab, join(folder.dir, 'peer_1002'), '400k');
    skip(!isMounted, 'this user may not mount a file system in memory');
    const page = await world.open();
    await world.choose(page, 'folder', folder.dir);
    const dialog = startDialog(page, folder.fileName);
    await dialog.getByRole('radio', { name: /^1002/ }).check();
    await dialog.getByRole('button', { name: 'Start as 1002' }).click();
    lab.peer(folder, '1001');
    await sentence(page).getByText('Stopped: the disk is full').waitFor();
    await sentence(page).getByText('Free some space, then start again').waitFor();
  });
});
