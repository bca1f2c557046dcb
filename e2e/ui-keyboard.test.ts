import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { expect } from 'vitest';
import { root } from './processes.ts';
import { neighbour, panel, sentence, timeLine, transport } from './ui-parts.ts';
import { inBrowserOnly, inEveryWorld, type World } from './ui-world.ts';

/** The whole way without a mouse: from Home to a running replay or demo, and through every control there. */

function bringReplay(world: World): string {
  const file = join(world.workFolder, 'replay.jsonl');
  copyFileSync(join(root, 'e2e/fixtures/replay.jsonl'), file);
  return file;
}

/** The name of what has the keyboard. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement;
    const label = element?.getAttribute('aria-label') ?? element?.textContent ?? '';
    return label.replaceAll(/\s+/g, ' ').trim();
  });
}

/** Presses Tab until what is wanted has the keyboard; returns what had it on the way. */
async function tabTo(page: Page, wanted: RegExp): Promise<string[]> {
  const passed: string[] = [];
  for (let press = 0; press < 60; press += 1) {
    await page.keyboard.press('Tab');
    const name = await focused(page);
    if (wanted.test(name)) return passed;
    passed.push(name);
  }
  throw new Error(`Tab does not lead to ${wanted}, but to: ${passed.join(' | ')}`);
}

async function openReplay(world: World): Promise<Page> {
  const page = await world.open({ journal: bringReplay(world) });
  await sentence(page)
    .getByText(/^Downloading/)
    .waitFor();
  await page.keyboard.press(' ');
  await transport(page, 'Play').waitFor();
  return page;
}

inEveryWorld('with the keyboard alone', it => {
  it('Home is gone through in the order in which it is read', async ({ world }) => {
    const page = await world.open();
    await page.getByRole('button', { name: 'Watch a demo' }).waitFor();
    expect(await tabTo(page, /^Watch a demo$/)).toEqual([
      'Skip to the page',
      expect.stringMatching(/^Go to a swarm/),
      'Alternative limits: Full speed',
      'Home',
      'Lab',
      'Network check',
      'Settings',
      'Fetch by link or .torrent',
      'Open a course folder',
      'Open a journal',
      expect.stringMatching(/^Choose a file/),
      'Choose a folder',
      'Network check',
      'Enter an address',
    ]);
    await page.reload();
    await page.getByRole('button', { name: 'Watch a demo' }).waitFor();
    await tabTo(page, /^Skip to the page$/);
    await page.keyboard.press('Enter');
    await tabTo(page, /./);
    expect(await focused(page)).toBe('Fetch by link or .torrent');
  });

  it('a demo is started: the dialog keeps the focus, and gives it back', async ({ world }) => {
    const page = await world.open();
    const dialog = page.getByRole('dialog', { name: 'Watch a demo' });
    await tabTo(page, /^Watch a demo$/);
    await page.keyboard.press('Enter');
    await dialog.waitFor();
    expect(await focused(page)).toBe('Start the demo');
    const isInside = () => page.evaluate(() => document.activeElement?.closest('dialog') !== null);
    for (let press = 0; press < 20; press += 1) {
      await page.keyboard.press(press % 3 === 0 ? 'Shift+Tab' : 'Tab');
      // Past the last control the browser itself has the keyboard, never what lies behind the dialog.
      const behind = await page.evaluate(() => document.activeElement !== document.body);
      if (behind) expect(await isInside()).toBe(true);
    }
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    expect(await focused(page)).toBe('Watch a demo');

    await page.keyboard.press('Enter');
    await dialog.getByLabel('Peers', { exact: true }).focus();
    await page.keyboard.press('Control+a');
    await page.keyboard.type('3');
    await page.keyboard.press('Enter');
    await sentence(page)
      .getByText(/^Downloading/)
      .waitFor();
    await tabTo(page, /^Demo controls$/);
    await page.keyboard.press('Enter');
    await tabTo(page, /^Kill 1002$/);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Start 1002' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('region', { name: 'Peers of this demo' }).waitFor({ state: 'hidden' });
    expect(await focused(page)).toBe('Demo controls');
  });

  it('the list of everything leads to a page, a piece and an action', async ({ world }) => {
    const page = await openReplay(world);
    const palette = page.getByRole('dialog', { name: 'Go to' });
    await page.keyboard.press('Control+k');
    await palette.waitFor();
    await page.keyboard.type('piece 17');
    await palette.getByRole('option', { name: /^Piece 17/ }).waitFor();
    await page.keyboard.press('Enter');
    await palette.waitFor({ state: 'hidden' });
    await panel(page, 'Pieces')
      .getByText(/^Piece 17: /)
      .waitFor();

    await page.keyboard.press('Control+k');
    await page.keyboard.type('sett');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await sentence(page)
      .getByText(/^(Downloading|Waiting)/)
      .waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'hidden' });
  });

  it('the list of everything leads to each peer of a demo', async ({ world }) => {
    const page = await world.openDemo({ peers: 3, late: 0, size: '12MiB' });
    await sentence(page)
      .getByText(/^Downloading/)
      .waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('peer 1001');
    await page.keyboard.press('Enter');
    await sentence(page)
      .getByText(/^Complete, serving/)
      .waitFor();
    expect(await page.getByRole('combobox', { name: 'Seen by' }).inputValue()).toBe('1001');
  });

  it('neighbours are gone through and looked at, in the table and in the graph', async ({ world }) => {
    const page = await openReplay(world);
    await tabTo(page, /^1001$/);
    await page.keyboard.press('ArrowDown');
    expect(await focused(page)).toBe('1002');
    await page.keyboard.press('End');
    expect(await focused(page)).toBe('1009');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    expect(await neighbour(page, '1008').getAttribute('aria-current')).toBe('true');
    await panel(page, 'Log').getByText('about 1008').waitFor();
    await page.keyboard.press('Escape');
    await panel(page, 'Log').getByText('about 1008').waitFor({ state: 'hidden' });
    expect(await neighbour(page, '1008').getAttribute('aria-current')).toBeNull();

    await panel(page, 'Swarm')
      .getByRole('button', { name: /^1001 on / })
      .focus();
    await page.keyboard.press('ArrowDown');
    expect(await focused(page)).toMatch(/^1002 on /);
    await page.keyboard.press('Enter');
    expect(await neighbour(page, '1002').getAttribute('aria-current')).toBe('true');
    await page.keyboard.press('Escape');
  });

  it('pieces, rates, log and time are gone through', async ({ world }) => {
    const page = await openReplay(world);
    const pieces = panel(page, 'Pieces').getByRole('slider', { name: 'Which peer has which piece' });
    await pieces.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => pieces.getAttribute('aria-valuetext')).toMatch(/^Piece 1: /);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await expect.poll(() => pieces.getAttribute('aria-valuetext')).toMatch(/^Piece 1: /);
    await pieces.focus();
    await page.keyboard.press('Escape');
    await expect.poll(() => pieces.getAttribute('aria-valuetext')).toBe('');

    const rates = panel(page, 'Rates and choking').getByRole('slider', { name: /^Rates over time/ });
    const second = async () => Number(await timeLine(page).getAttribute('aria-valuenow'));
    await rates.focus();
    const before = await second();
    // The first decision comes within the first second.
    await page.keyboard.press('Shift+ArrowRight');
    await page.keyboard.press('Shift+ArrowRight');
    await expect.poll(second).toBeGreaterThan(before);
    await page.keyboard.press('+');
    await panel(page, 'Rates and choking').getByRole('button', { name: 'Show all' }).waitFor();
    await page.keyboard.press('0');
    await panel(page, 'Rates and choking')
      .getByRole('button', { name: 'Show all' })
      .waitFor({ state: 'hidden' });

    await page.keyboard.press('/');
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('type'))).toBe('search');
    await page.keyboard.type('preferred');
    const lines = panel(page, 'Log').getByRole('listbox', { name: 'Log' });
    await expect
      .poll(() => lines.getByRole('option').allInnerTexts())
      .toSatisfy((shown: string[]) => shown.length > 0 && shown.every(line => line.includes('preferred')));
    await lines.focus();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await expect.poll(second).toBeGreaterThan(30);

    await page.keyboard.press('l');
    await expect.poll(second).toBe(Number(await timeLine(page).getAttribute('aria-valuemax')));
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press(' ');
    await transport(page, 'Pause').waitFor();
    await page.keyboard.press('a');
    await expect
      .poll(() =>
        panel(page, 'Swarm').getByRole('button', { name: 'All flows' }).getAttribute('aria-pressed'),
      )
      .toBe('true');
  });

  it('the decks of a narrow window change by key and by arrow', async ({ world }) => {
    const page = await world.open({ journal: bringReplay(world), viewport: { width: 1280, height: 800 } });
    const selected = page.getByRole('tab', { selected: true });
    await expect.poll(() => selected.innerText()).toMatch(/^Pieces/);
    await page.keyboard.press('3');
    await expect.poll(() => selected.innerText()).toMatch(/^Log/);
    await selected.focus();
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => selected.innerText()).toMatch(/^Choking/);
    expect(await focused(page)).toMatch(/^Choking/);
    await panel(page, 'Rates and choking').waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.closest('[role=tabpanel]') !== null)).toBe(true);
  });
});

inBrowserOnly(
  'with the keyboard alone, a journal is found in the page’s own list of files',
  async ({ world }) => {
    bringReplay(world);
    const page = await world.open();
    await tabTo(page, /^Open a journal$/);
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Choose a journal' });
    await dialog.getByRole('option', { name: 'replay.jsonl' }).waitFor();
    await expect.poll(() => focused(page)).toBe('Files and folders');
    await page.keyboard.press('r');
    await page.keyboard.press('Enter');
    await sentence(page)
      .getByText(/^Downloading/)
      .waitFor();
  },
);
