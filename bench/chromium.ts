import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright';

/** The browser that the screen is measured in, drawing with the processor alone. */

const usualNames = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The one that tests use; nothing is installed for a measurement. Undefined where there is none. */
export async function openChromium(): Promise<Browser | undefined> {
  const { PIECEWISE_CHROMIUM: named, PATH = '' } = process.env;
  const onPath = PATH.split(delimiter).flatMap(folder => usualNames.map(name => join(folder, name)));
  const executablePath = [named || [], chromium.executablePath(), onPath].flat().find(existsSync);
  if (executablePath === undefined) return undefined;
  // Chromium's sandbox cannot be had by root.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath, args: ['--disable-gpu', ...sandbox] });
}

/** Opens a swarm's page of an app as large as it is made for, and waits until it is drawn. */
export async function openSwarmPage(browser: Browser, link: string, swarm: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
  await page.goto(`${link}#/swarm/${swarm}`);
  await page.locator('main canvas').first().waitFor();
  // Scripts of the page are texts here: this side of the bench knows no `document`.
  await page.evaluate('document.fonts.ready.then(() => {})');
  return page;
}
