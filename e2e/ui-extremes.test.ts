import { statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { expect } from 'vitest';
import { root } from './processes.ts';
import { writeRun, writeStartedRun } from './ui-journals.ts';
import { neighbour, panel, sentence, showWholeLog, timeLine, transport } from './ui-parts.ts';
import { inEveryWorld, type World } from './ui-world.ts';

/** Runs beyond what the screen is made for: all of them open, say what happened, and answer the keys. */

const laptop = { width: 1280, height: 800 };

/** Opens a journal that was just written, at its end, so many seconds after its start. */
async function openAtEnd(
  world: World,
  write: (path: string) => void,
  { seconds = 60, name = 'run' } = {},
): Promise<Page> {
  const path = join(world.workFolder, `${name}.jsonl`);
  write(path);
  const page = await world.open({ journal: path });
  const end = async () => Number(await timeLine(page).getAttribute('aria-valuemax'));
  await expect.poll(end).toBeGreaterThanOrEqual(seconds);
  await page.getByText(/^Reading the run so far/).waitFor({ state: 'detached' });
  await page.keyboard.press('l');
  return page;
}

/** Play, pause, back and on, the decks, and a search in the log; ends at the end of the run. */
async function expectKeysToWork(page: Page): Promise<void> {
  const at = async () => Number(await timeLine(page).getAttribute('aria-valuenow'));
  const end = Number(await timeLine(page).getAttribute('aria-valuemax'));
  await expect.poll(at).toBe(end);
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await expect.poll(at).toBe(end - 2);
  await page.keyboard.press('ArrowRight');
  await expect.poll(at).toBe(end - 1);
  await page.keyboard.press('Shift+ArrowLeft');
  await page.keyboard.press('Shift+ArrowLeft');
  await expect.poll(at).toBeLessThan(end - 4);
  await page.keyboard.press('Space');
  await transport(page, 'Pause').waitFor();
  await page.keyboard.press('Space');
  await transport(page, 'Play').waitFor();

  await page.setViewportSize(laptop);
  for (const [key, name] of [
    ['2', 'Rates and choking'],
    ['3', 'Log'],
    ['1', 'Pieces'],
  ] as const) {
    await page.keyboard.press(key);
    await panel(page, name).waitFor();
  }
  await page.keyboard.press('/');
  await page.keyboard.type('no line says this');
  await panel(page, 'Log').getByText('No line passes the filter.').waitFor();
  await page.getByLabel('Find in the log').fill('');
  await panel(page, 'Log').getByRole('option').first().waitFor();
  await page.getByLabel('Find in the log').blur();
  await page.keyboard.press('l');
  await expect.poll(at).toBe(end);
}

async function picture(page: Page, name: string): Promise<void> {
  const path = join(root, `out/screenshots/extreme-${name}.png`);
  await page.screenshot({ path, animations: 'disabled' });
}

inEveryWorld('a recorded run', it => {
  it('of one piece', async ({ world }) => {
    const page = await openAtEnd(world, path => writeRun(path, { pieceCount: 1, downloaded: 1, haves: 3 }));
    await sentence(page).getByText('Complete; every peer has the whole file').waitFor();
    await page.getByText('1 of 1 piece').waitFor();
    await picture(page, '1-piece');
    await expectKeysToWork(page);
    await picture(page, '1-piece-1280');
  });

  it('of 100,000 pieces', async ({ world }) => {
    const page = await openAtEnd(world, path =>
      writeRun(path, { pieceCount: 100_000, downloaded: 20_000, haves: 60_000, ends: false }),
    );
    await page.getByText('20\u2009000 of 100\u2009000 pieces').waitFor();
    await sentence(page)
      .getByText(/^Downloading from/)
      .waitFor();
    await picture(page, '100000-pieces');
    await expectKeysToWork(page);
    await picture(page, '100000-pieces-1280');
  });

  it('of 2 neighbours', async ({ world }) => {
    const page = await openAtEnd(world, path =>
      writeRun(path, { neighbourCount: 2, ends: false, downloaded: 40 }),
    );
    await sentence(page)
      .getByText(/^Downloading from/)
      .waitFor();
    await picture(page, '2-neighbours');
    await expectKeysToWork(page);
  });

  it('of 200 neighbours', async ({ world }) => {
    const page = await openAtEnd(world, path =>
      writeRun(path, { neighbourCount: 200, pieceCount: 500, downloaded: 300, haves: 60_000, ends: false }),
    );
    await sentence(page)
      .getByText(/^Downloading from/)
      .waitFor();
    await page.getByText('300 of 500 pieces').waitFor();
    await neighbour(page, '1002').hover();
    await page.mouse.wheel(0, 100_000);
    await neighbour(page, '1201').getByRole('button', { name: '1201' }).click();
    await panel(page, 'Log').getByText('about 1201').waitFor();
    await picture(page, '200-neighbours-focus');
    await page.keyboard.press('Escape');
    await page.keyboard.press('a');
    await picture(page, '200-neighbours');
    await page.keyboard.press('a');
    // On the button of a neighbour the space bar is the button's.
    await sentence(page).click();
    await expectKeysToWork(page);
    await picture(page, '200-neighbours-1280');
  });

  it('of long file and host names', async ({ world }) => {
    const name = `${'the recording of the lecture on peer-to-peer networks, '.repeat(4)}part 1.mp4`;
    const host = (index: number) =>
      `${'a-very-long-label-'.repeat(3)}${index}.${'laboratory.'.repeat(8)}example`;
    const page = await openAtEnd(world, path => writeRun(path, { name, host, ends: false }), {
      name: name.slice(0, 180),
    });
    await sentence(page)
      .getByText(/^Complete|^Downloading/)
      .waitFor();
    await expectNothingSideways(page);
    await picture(page, 'long-names');
    await expectKeysToWork(page);
    await expectNothingSideways(page);
    await picture(page, 'long-names-1280');
    await page.getByRole('link', { name: 'Home' }).click();
    await page.getByRole('main').getByRole('heading', { name: 'Replays' }).waitFor();
    await expectNothingSideways(page);
    await picture(page, 'long-names-home');
  });

  it('of 500,000 log lines', async ({ world }) => {
    const page = await openAtEnd(
      world,
      path =>
        writeRun(path, {
          neighbourCount: 20,
          pieceCount: 25_000,
          downloaded: 25_000,
          haves: 475_000,
          length: 4 * 3600 * 1000,
        }),
      { seconds: 4 * 3600 },
    );
    await sentence(page).getByText('Complete; every peer has the whole file').waitFor();
    await showWholeLog(page);
    await panel(page, 'Log')
      .getByText(/^50\d\u2009\d{3} of 50\d\u2009\d{3} lines/)
      .waitFor();
    await page.getByLabel('Find in the log').fill('the piece 24999 from 1002');
    await panel(page, 'Log')
      .getByRole('option', { name: /the piece 24999 from 1002/ })
      .waitFor();
    await page.getByLabel('Find in the log').fill('');
    await page.getByLabel('Find in the log').blur();
    await picture(page, '500000-lines');
    await expectKeysToWork(page);
  });

  it('of which only the beginning is known', async ({ world }) => {
    const page = await openAtEnd(world, path => writeStartedRun(path), { seconds: 0 });
    await sentence(page).getByText('Waiting for 1002, 1003, 1004 and 1005 to start').waitFor();
    await panel(page, 'Log').getByText('No line has been written yet.').waitFor();
    await picture(page, 'started');
    await page.setViewportSize(laptop);
    for (const key of ['Space', 'ArrowLeft', 'Shift+ArrowRight', '2', '3', 'l'])
      await page.keyboard.press(key);
    await panel(page, 'Log').waitFor();
    await picture(page, 'started-1280');
  });

  it('that was cut off in the middle of a line', async ({ world }) => {
    const page = await openAtEnd(
      world,
      path => {
        writeRun(path);
        truncateSync(path, Math.floor(statSync(path).size / 2));
      },
      { seconds: 20 },
    );
    await sentence(page)
      .getByText(/^Downloading from/)
      .waitFor();
    await page
      .getByText(/cut off|not complete|damaged|could not be read/)
      .first()
      .waitFor();
    await picture(page, 'cut-off');
    await expectKeysToWork(page);
  });
});

/** The page itself never scrolls sideways. */
async function expectNothingSideways(page: Page): Promise<void> {
  const [needed, given] = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return [scrollWidth, clientWidth];
  });
  expect(needed).toBe(given);
}
