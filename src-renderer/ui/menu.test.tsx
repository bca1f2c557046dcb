// @vitest-environment happy-dom
import { expect, it } from 'vitest';
import { render } from '../testing/render.tsx';
import { Menu } from './menu.tsx';

it('A menu closes when the window is resized', async () => {
  const page = await render(<Menu label="More" icon="…" items={[{ label: 'Remove', onChoose() {} }]} />);
  const list = page.find('[role=menu]');
  const toggle = (type: string, newState: string) =>
    page.during(() => {
      list.dispatchEvent(Object.assign(new Event(type), { newState }));
    });
  // The document of the test has no popovers of its own.
  list.hidePopover = () => list.dispatchEvent(Object.assign(new Event('toggle'), { newState: 'closed' }));
  await toggle('beforetoggle', 'open');
  expect(page.named('Remove').textContent).toBe('Remove');
  await page.during(() => window.dispatchEvent(new Event('resize')));
  expect(() => page.named('Remove')).toThrow();
  await page.unmount();
});
