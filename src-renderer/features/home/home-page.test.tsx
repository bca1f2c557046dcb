// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import { render } from '../../testing/render.tsx';
import { HomePage } from './home-page.tsx';

describe('Home', () => {
  const notices = [
    'settings.json was damaged. It is kept as settings.json.broken.',
    'recent.json was damaged.',
  ];

  it('tells what the app has to say of itself, until each is dismissed', async () => {
    const page = await render(<HomePage />, { notices });
    const told = () =>
      [...page.container.querySelectorAll('[role=note]')].map(({ textContent }) => textContent);
    expect(told()).toEqual(notices);
    await page.click(page.named('Dismiss'));
    expect(told()).toEqual(notices.slice(1));
    await page.during(() => page.bridge.setSwarms([]));
    expect(told()).toEqual(notices.slice(1));
    await page.unmount();
  });

  it('has nothing to tell as a rule', async () => {
    const page = await render(<HomePage />);
    expect(page.container.querySelector('[role=note]')).toBeNull();
    await page.unmount();
  });
});
