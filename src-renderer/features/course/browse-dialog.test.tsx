// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import { type Listing, RefusedError } from '../../../src-shared/contract.ts';
import { render } from '../../testing/render.tsx';
import { answers, place } from '../../testing/scenes.ts';
import { BrowseDialog } from './browse-dialog.tsx';

/** A dialog whose first folder is shown, and whose next one comes when it is told to. */
async function browsing() {
  const inner: Listing = { folder: place('the-file', 'inner'), parent: 'top', cut: false, entries: [] };
  let come = () => {};
  let fail = () => {};
  const next = new Promise<Listing>((resolve, reject) => {
    come = () => resolve(inner);
    fail = () => reject(new RefusedError('set-up', 'The folder the-file cannot be listed.'));
  });
  const page = await render(<BrowseDialog what="folder" />, {
    answers: {
      ...answers,
      browse: question => (question.folder === null ? answers.browse!(question) : next),
    },
  });
  const choose = () =>
    [...page.container.querySelectorAll('button')].find(button =>
      button.textContent?.startsWith('Choose this folder'),
    )!;
  return { page, choose, come, fail };
}

describe('the page of folders', () => {
  it('does not let the folder be chosen that is being left', async () => {
    const { page, choose, come } = await browsing();
    expect(choose().textContent).toBe('Choose this folder, lab');
    await page.click(page.named('Open the-file'));
    expect(choose().textContent).toBe('Choose this folder');
    expect(choose().disabled).toBe(true);
    await page.during(come);
    expect(choose().textContent).toBe('Choose this folder, the-file');
    await page.click(choose());
    expect(page.bridge.asked.at(-1)).toEqual({ command: 'look', question: { place: 'inner' } });
    await page.unmount();
  });

  it('lets the folder that is shown be chosen when the next one cannot be read', async () => {
    const { page, choose, fail } = await browsing();
    await page.click(page.named('Open the-file'));
    await page.during(fail);
    expect(page.find('[role=alert]').textContent).toContain('cannot be listed');
    expect(choose().textContent).toBe('Choose this folder, lab');
    expect(choose().disabled).toBe(false);
    await page.unmount();
  });
});
