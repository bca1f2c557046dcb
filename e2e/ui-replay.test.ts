import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { expect } from 'vitest';
import { root } from './processes.ts';
import { logLineCount, neighbour, panel, sentence, timeLine, transport } from './ui-parts.ts';
import { inEveryWorld, type World } from './ui-world.ts';

/** A recorded run, played on the same screen without an engine. */

const fixture = join(root, 'e2e/fixtures/replay.jsonl');

async function openReplay(world: World): Promise<Page> {
  const file = join(world.workFolder, 'replay.jsonl');
  copyFileSync(fixture, file);
  const page = await world.open();
  await world.choose(page, 'journal', file);
  await sentence(page).waitFor();
  return page;
}

/** Seconds since the start of the run, as a screen reader hears them. */
async function secondsAt(page: Page): Promise<number> {
  return Number(await timeLine(page).getAttribute('aria-valuenow'));
}

async function secondsInAll(page: Page): Promise<number> {
  return Number(await timeLine(page).getAttribute('aria-valuemax'));
}

inEveryWorld('a replay', it => {
  it('plays by itself, at any speed, to its end', async ({ world }) => {
    const page = await openReplay(world);
    await page.getByText('Replay, not live').waitFor();
    await transport(page, 'Pause').waitFor();
    await expect.poll(() => secondsAt(page)).toBeGreaterThan(0);
    await page.getByRole('combobox', { name: 'Speed' }).selectOption('20×');
    await transport(page, 'Play').waitFor();
    expect(await secondsAt(page)).toBe(await secondsInAll(page));
    await sentence(page).getByText('Complete; every peer has the whole file').waitFor();
    await panel(page, 'Pieces').getByText('We have all 306').first().waitFor();
  });

  it('pauses, goes from decision to decision, and is scrubbed by the keyboard', async ({ world }) => {
    const page = await openReplay(world);
    await transport(page, 'Pause').click();
    await timeLine(page).focus();
    await page.keyboard.press('Home');
    expect(await secondsAt(page)).toBe(0);
    await expect.poll(() => logLineCount(page)).toBeLessThan(5);

    const heard = () => timeLine(page).getAttribute('aria-valuetext');
    expect(await heard()).toMatch(/, before round 1$/);
    await transport(page, 'Next decision').click();
    await expect.poll(heard).toMatch(/, round 1$/);
    const first = await secondsAt(page);
    await page
      .getByRole('complementary', { name: 'Decision record' })
      .getByText(/^Round 1, /)
      .waitFor();
    await transport(page, 'Next decision').click();
    await expect.poll(() => secondsAt(page)).toBeGreaterThan(first);
    await transport(page, 'Previous decision').click();
    await expect.poll(() => secondsAt(page)).toBe(first);

    await timeLine(page).press('ArrowRight');
    await expect.poll(() => secondsAt(page)).toBe(first + 1);
    await timeLine(page).press('PageUp');
    await expect.poll(() => secondsAt(page)).toBe(first + 6);
    await timeLine(page).press('End');
    expect(await secondsAt(page)).toBe(await secondsInAll(page));
    await timeLine(page).press('ArrowLeft');
    await transport(page, 'Play').waitFor();
    await page.keyboard.press(' ');
    await transport(page, 'Pause').waitFor();
  });

  it('shows what was at the moment that is chosen, everywhere', async ({ world }) => {
    const page = await openReplay(world);
    await transport(page, 'Pause').click();
    await timeLine(page).press('Home');
    await neighbour(page, '1001').getByText('Not connected').waitFor();
    for (let round = 1; round <= 3; round += 1) await transport(page, 'Next decision').click();
    await neighbour(page, '1001').getByText('100 %').waitFor();
    const lines = await logLineCount(page);
    await transport(page, 'Next decision').click();
    await expect.poll(() => logLineCount(page)).toBeGreaterThan(lines);
    await transport(page, 'Previous decision').click();
    await expect.poll(() => logLineCount(page)).toBe(lines);
  });

  it('of a journal that was cut off goes as far as it can be read, and says so', async ({ world }) => {
    const text = readFileSync(fixture, 'utf8');
    const file = join(world.workFolder, 'torn.jsonl');
    writeFileSync(file, text.slice(0, text.length / 2));
    const page = await world.open();
    await world.choose(page, 'journal', file);
    await page
      .getByRole('note')
      .getByText(/^Line \d+ cannot be read .*probably cut off there/)
      .waitFor();
    await transport(page, 'End').click();
    expect(await secondsInAll(page)).toBeGreaterThan(10);
    await neighbour(page, '1001').waitFor();
    await page.getByRole('link', { name: 'Home' }).click();
    await page.getByText('1 notice').waitFor();
  });

  it('is not made of what is no journal', async ({ world }) => {
    const file = join(world.workFolder, 'shopping.jsonl');
    writeFileSync(file, 'milk\neggs\n');
    const page = await world.open();
    await world.choose(page, 'journal', file);
    const dialog = page.getByRole('dialog', { name: 'This could not be opened' });
    await dialog.getByRole('alert').getByText('shopping.jsonl is not a journal').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    expect(await page.getByRole('heading', { level: 1, name: 'Home' }).isVisible()).toBe(true);
  });
});
