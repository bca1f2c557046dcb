import AxeBuilder from '@axe-core/playwright';
import type { Page } from 'playwright';
import { expect } from 'vitest';

/** The two windows that everything is looked at in. */
export const desktop = { width: 1920, height: 1080 };
export const laptop = { width: 1280, height: 800 };
/** The least that the desktop window takes; at 200 % a browser on a large screen has as little. */
export const narrow = { width: 960, height: 600 };
const sizes = [desktop, laptop];
export type WindowSize = typeof desktop;
export type Theme = 'light' | 'dark';

interface Finding {
  readonly where: string;
  readonly rule: string;
  readonly impact: string;
  readonly elements: readonly string[];
}

/**
 * Looks at what is shown now in both themes and, unless told otherwise, in both sizes: axe must find nothing serious.
 * `also` is done with each.
 */
export async function expectAccessible(
  page: Page,
  name: string,
  at: readonly WindowSize[] = sizes,
  also: (size: WindowSize, theme: Theme) => Promise<void> = async () => {},
): Promise<void> {
  const findings: Finding[] = [];
  for (const size of at) {
    await page.setViewportSize(size);
    for (const theme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: theme });
      await page.locator(`html[data-theme=${theme}]`).waitFor();
      await also(size, theme);
      const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
      for (const { id, impact, nodes } of violations) {
        if (impact !== 'serious' && impact !== 'critical') continue;
        const elements = nodes.map(({ html, failureSummary }) => `${html}: ${failureSummary}`);
        findings.push({ where: `${name}, ${theme}, ${size.width}`, rule: id, impact, elements });
      }
    }
  }
  expect(findings).toEqual([]);
}
