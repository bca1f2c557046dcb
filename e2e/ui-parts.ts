import type { Locator, Page } from 'playwright';

/** The parts of the screen that specifications speak of, found the way a screen reader finds them. */

/** What the swarm is doing. */
export function sentence(page: Page): Locator {
  return page.getByRole('main').getByRole('heading', { level: 1 });
}

export function panel(
  page: Page,
  name: 'Swarm' | 'Neighbours' | 'Pieces' | 'Rates and choking' | 'Log',
): Locator {
  return page.getByRole('region', { name, exact: true });
}

/** A neighbour's row in the table. */
export function neighbour(page: Page, peer: string): Locator {
  const name = page.getByRole('button', { name: peer, exact: true });
  return page.getByRole('table', { name: 'Neighbours' }).getByRole('row').filter({ has: name });
}

/** A row of the table behind the piece map. */
export function piecesOf(page: Page, peer: string): Locator {
  const name = page.getByRole('rowheader', { name: peer, exact: true });
  return page.getByRole('table', { name: 'Pieces of each peer' }).getByRole('row').filter({ has: name });
}

export function timeLine(page: Page): Locator {
  return page.getByRole('region', { name: 'Time' }).getByRole('slider', { name: 'Time' });
}

/** A button below the panels. */
export function transport(page: Page, name: string): Locator {
  return page.getByRole('region', { name: 'Time' }).getByRole('button', { name, exact: true });
}

/** Lines of the log that pass the filter and have happened. */
export async function logLineCount(page: Page): Promise<number> {
  const text = await panel(page, 'Log')
    .getByText(/ of .* lines/)
    .innerText();
  return Number(/^([\d\u2009]+) of/.exec(text)?.[1]?.replaceAll('\u2009', ''));
}

/** Shows every kind of line in the log. */
export async function showWholeLog(page: Page): Promise<void> {
  const kinds = panel(page, 'Log').getByRole('group', { name: 'Kinds of lines' });
  for (const hidden of await kinds.getByRole('button', { pressed: false }).all()) await hidden.click();
}

/** Stops a replay so many seconds after its start. */
export async function restAt(page: Page, seconds: number): Promise<void> {
  await transport(page, 'Pause').click();
  await timeLine(page).press('Home');
  for (let at = 0; at < seconds; at += 1) await timeLine(page).press('ArrowUp');
  await timeLine(page)
    .and(page.locator(`[aria-valuenow="${seconds}"]`))
    .waitFor();
  await timeLine(page).blur();
}
