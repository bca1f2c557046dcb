// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import { render } from '../testing/render.tsx';
import { LimitsToggle } from './limits-toggle.tsx';

describe('the turtle', () => {
  it('says in a word whether the alternative limits hold, and turns them over', async () => {
    const page = await render(<LimitsToggle />);
    const button = page.find('button');
    expect(button.textContent).toBe('Full speed');
    expect(button.getAttribute('aria-pressed')).toBe('false');
    await page.click(button);
    expect(page.bridge.asked.at(-1)).toEqual({
      command: 'changeSettings',
      question: { alternativeLimits: 'on' },
    });
    expect(button.textContent).toBe('Slow');
    expect(button.title).toContain('1.0 MB/s down, 1.0 MB/s up');
    await page.unmount();
  });

  it('says that a schedule decides, until it is put aside', async () => {
    const week = [0, 1, 2, 3, 4, 5, 6];
    const page = await render(<LimitsToggle />, {
      settings: { alternativeLimits: 'scheduled', alternativeSchedule: { from: 0, to: 1439, days: week } },
    });
    const button = page.find('button');
    // In the last minute of a day the schedule is off.
    const isOn = button.getAttribute('aria-pressed') === 'true';
    expect(button.textContent).toBe(isOn ? 'Slow, by schedule' : 'Full speed, by schedule');
    await page.click(button);
    expect(page.bridge.asked.at(-1)).toMatchObject({ question: { alternativeLimits: isOn ? 'off' : 'on' } });
    await page.unmount();
  });
});
