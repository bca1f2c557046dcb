import type { Locator, Page } from 'playwright';
import { expect } from 'vitest';
import { neighbour, panel, sentence, transport } from './ui-parts.ts';
import { inEveryWorld } from './ui-world.ts';

/** The local demo: its peers are slowed, killed and started from the screen. */

function controls(page: Page): Locator {
  return page.getByRole('region', { name: 'Peers of this demo' });
}

/** What the controls say of a peer. */
function status(page: Page, peer: string): Promise<string> {
  const name = page.getByText(peer, { exact: true });
  return controls(page).getByRole('listitem').filter({ has: name }).innerText();
}

inEveryWorld('a demo', it => {
  it('has peers that are slowed, killed and started late, and shows what the others do', async ({
    world,
  }) => {
    const page = await world.openDemo({ peers: 4, late: 1, size: '12MiB' });
    await sentence(page)
      .getByText(/^(Downloading|Waiting)/)
      .waitFor();
    await page.getByText('Demo on this computer').waitFor();
    await page.getByRole('button', { name: /^1004 on .*, not started$/ }).waitFor();
    await page.getByRole('button', { name: 'Demo controls' }).click();

    await controls(page).getByRole('button', { name: 'Start 1004' }).click();
    await expect.poll(() => status(page, '1004')).toMatch(/running/);
    await neighbour(page, '1004').getByText('Not connected').waitFor({ state: 'hidden' });

    const limit = controls(page).getByRole('combobox', { name: 'Upload limit of 1001' });
    const slowest = (await limit.getByRole('option').allInnerTexts()).find(text => /^\d+ KB\/s$/.test(text))!;
    await limit.selectOption(slowest);
    await expect.poll(() => limit.locator('option:checked').innerText()).toBe(slowest);

    await controls(page).getByRole('button', { name: 'Kill 1003' }).click();
    await expect.poll(() => status(page, '1003')).toMatch(/killed/);
    await neighbour(page, '1003').getByText('Not connected').waitFor();
    await sentence(page).getByText('1003 left before it was complete').waitFor();
    await controls(page).getByRole('button', { name: 'Start 1003' }).click();
    await expect.poll(() => status(page, '1003')).toMatch(/running/);
    for (const peer of ['1001', '1002', '1003', '1004']) {
      await controls(page)
        .getByRole('combobox', { name: `Upload limit of ${peer}` })
        .selectOption('no limit');
    }
    await expect.poll(() => status(page, '1004')).toMatch(/ended, 100 %/);
    await page.keyboard.press('Escape');
    await sentence(page).getByText('Complete; every peer has the whole file').waitFor();
  });

  it('shows the flows of all its peers, and each peer’s own view', async ({ world }) => {
    const page = await world.openDemo({ peers: 3, late: 0, size: '12MiB' });
    await sentence(page)
      .getByText(/^Downloading/)
      .waitFor();
    await panel(page, 'Swarm').getByRole('button', { name: 'All flows' }).click();
    const words = panel(page, 'Swarm').getByRole('list', { name: 'Peers of this swarm in words' });
    await words.getByText(/^1001 serves 1003 as (preferred|optimistic) at/).waitFor();
    await page.getByRole('combobox', { name: 'Seen by' }).selectOption('1001');
    await sentence(page)
      .getByText(/^Complete, serving/)
      .waitFor();
    await neighbour(page, '1002').waitFor();
    await page.reload();
    await expect.poll(() => page.getByRole('combobox', { name: 'Seen by' }).inputValue()).toBe('1001');
  });

  it('is presented in large type, with captions of what happens', async ({ world }) => {
    const page = await world.openDemo({ peers: 3, late: 0, size: '12MiB' });
    await sentence(page)
      .getByText(/^Downloading/)
      .waitFor();
    expect(await tooSmall(page)).not.toEqual([]);
    await page.getByRole('button', { name: /^Presentation/ }).click();
    await page.getByRole('navigation', { name: 'Pages and swarms' }).waitFor({ state: 'hidden' });
    await expect
      .poll(() => page.locator('[aria-live=polite]').allInnerTexts())
      .toEqual(expect.arrayContaining([expect.stringMatching(/100\d/)]));
    expect(await tooSmall(page)).toEqual([]);
    await page.keyboard.press('2');
    await panel(page, 'Rates and choking').waitFor();
    await page.keyboard.press('3');
    await panel(page, 'Log').waitFor();
    expect(await tooSmall(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('navigation', { name: 'Pages and swarms' }).waitFor();
    await transport(page, 'Pause').waitFor();
  });
});

/** Texts of less than 15 pixels. */
function tooSmall(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const small: string[] = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) {
      const element = text.parentElement!;
      const said = text.textContent?.trim() ?? '';
      const isSeen = element.checkVisibility() && element.closest('.only-read') === null;
      if (said !== '' && isSeen && Number.parseFloat(getComputedStyle(element).fontSize) < 15)
        small.push(said);
    }
    return small;
  });
}
