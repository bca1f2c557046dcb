import { join } from 'node:path';
import type { Page } from 'playwright';
import { expect } from 'vitest';
import { expectIdenticalFiles } from './finished-swarm.ts';
import type { RunningProcess } from './processes.ts';
import { readStrictLog } from './strict-log.ts';
import { logLineCount, neighbour, panel, piecesOf, sentence, showWholeLog, transport } from './ui-parts.ts';
import { courseFolderIn, inEveryWorld, type World } from './ui-world.ts';

/** A course swarm of four processes, of which the app is one: what its screen shows from beginning to end. */

const pieceCount = 241;
/** Upload of each other peer: nobody is complete before everything was looked at, for which half a minute is left. */
const limit = '120KiB';

/** Keeps in the page which words stood in the columns of the neighbours' table, for each neighbour. */
async function watchStates(page: Page): Promise<() => Promise<Record<string, string[]>>> {
  await page.evaluate(() => {
    const seen: Record<string, string[]> = {};
    const look = () => {
      for (const row of document.querySelectorAll('table[data-size] tbody tr')) {
        const peer = row.querySelector('[data-peer]')?.textContent ?? '';
        const states = [...row.querySelectorAll('td b')].map(({ textContent }) => textContent ?? '');
        seen[peer] = [...new Set([...(seen[peer] ?? []), ...states])];
      }
    };
    new MutationObserver(look).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
    });
    look();
    Object.assign(window, { statesSeen: seen });
  });
  return () =>
    page.evaluate(() => (window as unknown as { statesSeen: Record<string, string[]> }).statesSeen);
}

/** Every line that the log panel holds, as its copy button gives them. */
async function copyLog(world: World, page: Page): Promise<string[]> {
  await showWholeLog(page);
  await panel(page, 'Log').getByRole('button', { name: 'Copy lines' }).click();
  const notice = page.getByRole('note').filter({ hasText: /lines? copied$/ });
  await notice.getByRole('button', { name: 'Close' }).click();
  return (await world.copied(page)).split('\n');
}

async function share(page: Page): Promise<number> {
  return Number(/^(\d+) of/.exec(await page.getByText(/^\d+ of \d+ pieces$/).innerText())?.[1]);
}

inEveryWorld('a swarm', it => {
  it('is joined from its folder, watched, disturbed, and complete to the byte', async ({ lab, world }) => {
    const folder = await courseFolderIn(world, 'lab 3', {
      roster: '1001* 1002 1003 1004',
      fileSize: (pieceCount - 1) * 16_384 + 100,
      preferred: 1,
    });
    const page = await world.open();
    await world.choose(page, 'folder', folder.dir);
    const dialog = page.getByRole('dialog', { name: `Start ${folder.fileName}` });
    const [common, roster] = ['Common.cfg', 'PeerInfo.cfg'].map(name =>
      dialog.getByRole('region', { name, exact: true }),
    );
    await common!.getByText('NumberOfPreferredNeighbors 1').waitFor();
    await roster!.getByText(`1004 127.0.0.1 ${folder.portOf('1004')} 0`).waitFor();
    await dialog.getByText(`in ${pieceCount} pieces of`).waitFor();
    await dialog.getByRole('radio', { name: /^1002/ }).check();
    await dialog.getByRole('button', { name: 'Start as 1002' }).click();

    await sentence(page).getByText('Waiting for 1001, 1003 and 1004 to start').waitFor();
    const [seed, third, fourth] = ['1001', '1003', '1004'].map(id =>
      lab.command(['peer', id, '--dir', folder.dir, '--upload-limit', limit], { obeys: true }),
    ) as [RunningProcess, RunningProcess, RunningProcess];
    const states = await watchStates(page);
    await sentence(page)
      .getByText(/^Downloading from/)
      .waitFor();
    await neighbour(page, '1001').getByText('100 %').waitFor();
    const lines = await logLineCount(page);
    await expect.poll(() => logLineCount(page)).toBeGreaterThan(lines + 20);
    await expect.poll(() => share(page)).toBeGreaterThan(pieceCount / 8);
    await expect
      .poll(async () => (await states())['1001'])
      .toEqual(expect.arrayContaining(['Choked', 'Unchoked']));
    const statesOfDownloaders = async () => {
      const { '1003': third = [], '1004': fourth = [] } = await states();
      return [...third, ...fourth];
    };
    await expect
      .poll(statesOfDownloaders)
      .toEqual(expect.arrayContaining(['Choked', 'Unchoked', 'Preferred', 'Optimistic']));

    fourth.signal('SIGKILL');
    await neighbour(page, '1004').getByText('Not connected').waitFor();
    await sentence(page).getByText('1004 left before it was complete').waitFor();
    await page.getByRole('button', { name: /^1004 on .*, left$/ }).waitFor();

    const before = await copyLog(world, page);
    await page.reload();
    await sentence(page).getByText('1004 left before it was complete').waitFor();
    expect((await copyLog(world, page)).slice(0, before.length)).toEqual(before);
    const again = await world.openAgain(page);

    for (const peer of [seed, third]) peer.control({ control: 'limit', uploadBytesPerSecond: null });
    lab.peer(folder, '1004');
    await expect.poll(() => piecesOf(page, '1004').innerText()).toContain(`${pieceCount} (100 %)`);
    for (const peer of ['1001', '1003']) {
      await expect.poll(() => piecesOf(page, peer).innerText()).toContain(`${pieceCount} (100 %)`);
    }
    await panel(page, 'Pieces').getByText(`We have all ${pieceCount}`).first().waitFor();
    await sentence(page).getByText('Complete; every peer has the whole file').waitFor();
    await Promise.all([seed, third].map(peer => peer.endsWith(0)));
    if (again !== undefined) {
      await sentence(again).getByText('Complete; every peer has the whole file').waitFor();
      expect(await copyLog(world, again)).toEqual(folder.lines(folder.logOf('1002')));
    }

    await page.bringToFront();
    expect(await copyLog(world, page)).toEqual(folder.lines(folder.logOf('1002')));
    expectIdenticalFiles(folder, folder.ids);
    expect(readStrictLog(folder, '1002').filter(({ kind }) => kind === 'piece')).toHaveLength(pieceCount);

    await transport(page, 'Previous decision').click();
    await panel(page, 'Log').getByText('up to').waitFor();
    await page.getByRole('link', { name: 'Home' }).click();
    await page.getByRole('button', { name: `More about ${folder.fileName}` }).click();
    await page.getByRole('menuitem', { name: 'Save as journal' }).click();
    await page.getByText(`The journal is in ${folder.dir}`).waitFor();
    const [journal = ''] = folder.files().filter(file => file.startsWith('journal_peer_1002'));
    await world.choose(page, 'journal', join(folder.dir, journal));
    await page.getByText('Replay, not live').waitFor();
    await transport(page, 'End').click();
    expect(await copyLog(world, page)).toEqual(folder.lines(folder.logOf('1002')));
  });

  it('is shown in light and in dark, as the system or the key says', async ({ world }) => {
    const page = await world.open({ colorScheme: 'dark' });
    const isDark = () =>
      page.evaluate(() => {
        const [red = 0] = getComputedStyle(document.body).backgroundColor.match(/\d+/g)?.map(Number) ?? [];
        return red < 128;
      });
    expect(await isDark()).toBe(true);
    await page.emulateMedia({ colorScheme: 'light' });
    await expect.poll(isDark).toBe(false);
    await page.keyboard.press('t');
    await expect.poll(isDark).toBe(true);
    await page.reload();
    await page.getByRole('main').waitFor();
    await expect.poll(isDark).toBe(true);
  });
});
