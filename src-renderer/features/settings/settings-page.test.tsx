// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import { RefusedError } from '../../../src-shared/contract.ts';
import { render } from '../../testing/render.tsx';
import { SettingsPage } from './settings-page.tsx';

async function open(options: Parameters<typeof render>[1] = {}) {
  const page = await render(<SettingsPage />, options);
  const field = (label: string) => {
    const found = [...page.container.querySelectorAll('label')].find(({ textContent }) =>
      textContent?.startsWith(label),
    );
    return document.getElementById(found?.htmlFor ?? '') as HTMLInputElement;
  };
  const changes = () => page.bridge.asked.filter(({ command }) => command === 'changeSettings');
  return { ...page, field, changes };
}

describe('the settings', () => {
  it('save a number as soon as it is one, and say what is wrong when it is none', async () => {
    const page = await open();
    const field = page.field('Preferred neighbours');
    await page.type(field, '0');
    expect(page.changes()).toEqual([]);
    expect(field.getAttribute('aria-invalid')).toBe('true');
    const note = document.getElementById(field.getAttribute('aria-describedby') ?? '');
    expect(note?.textContent).toBe('A whole number from 1 to 1,000.');
    await page.type(field, '4');
    expect(page.changes().map(({ question }) => question)).toEqual([{ preferredNeighbours: 4 }]);
    expect(field.getAttribute('aria-invalid')).toBeNull();
    expect(page.find('[role=status]').textContent).toBe('Saved.');
    await page.unmount();
  });

  it('follow a change that comes from elsewhere', async () => {
    const page = await open();
    await page.click(page.named('Dark'));
    expect(page.named('Dark').getAttribute('aria-pressed')).toBe('true');
    expect(page.named('As the system').getAttribute('aria-pressed')).toBe('false');
    await page.unmount();
  });

  it('say what was refused and show the old value again', async () => {
    const page = await open({
      answers: {
        changeSettings: () => {
          throw new RefusedError('set-up', 'The settings could not be written.', ['Free some space.']);
        },
      },
    });
    await page.click(page.named('Dark'));
    expect(page.find('[role=alert]').textContent).toContain('Free some space.');
    expect(page.named('Dark').getAttribute('aria-pressed')).toBe('false');
    await page.unmount();
  });

  it('turn the upload limit on and off', async () => {
    const page = await open();
    const isLimited = [...page.container.querySelectorAll<HTMLInputElement>('[role=switch]')].find(
      ({ parentElement }) => parentElement?.textContent === 'Limit the upload of each swarm',
    );
    await page.click(isLimited!);
    await page.type(page.field('Upload of each swarm'), '250');
    await page.click(isLimited!);
    expect(page.changes().map(({ question }) => question)).toEqual([
      { uploadBytesPerSecond: 1_000_000 },
      { uploadBytesPerSecond: 250_000 },
      { uploadBytesPerSecond: null },
    ]);
    await page.unmount();
  });
});
