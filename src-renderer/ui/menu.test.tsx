// @vitest-environment happy-dom
import { createRef } from 'react';
import { expect, it } from 'vitest';
import { type Rendered, render } from '../testing/render.tsx';
import { Menu } from './menu.tsx';

const items = [{ label: 'Remove', onChoose() {} }];

/** The document of the test has no popovers of its own. */
function popover(page: Rendered): HTMLElement {
  const list = page.find('[role=menu]');
  const tell = (type: string, newState: string) =>
    list.dispatchEvent(Object.assign(new Event(type), { newState }));
  list.showPopover = () => {
    tell('beforetoggle', 'open');
    tell('toggle', 'open');
  };
  list.hidePopover = () => tell('toggle', 'closed');
  return list;
}

it('A menu closes when the window is resized', async () => {
  const page = await render(<Menu label="More" icon="…" items={items} />);
  const list = popover(page);
  await page.during(() => list.showPopover());
  expect(page.named('Remove').textContent).toBe('Remove');
  await page.during(() => window.dispatchEvent(new Event('resize')));
  expect(() => page.named('Remove')).toThrow();
  await page.unmount();
});

it('A right click on what a menu is about opens it there; one on a text is left to the system', async () => {
  const area = createRef<HTMLDivElement>();
  const page = await render(
    <div ref={area}>
      <p>Lecture</p>
      <input readOnly value="magnet:" />
      <Menu label="More" icon="…" items={items} area={area} />
    </div>,
  );
  const list = popover(page);
  const rightClick = async (selector: string) => {
    const click = { clientX: 120, clientY: 80, bubbles: true, cancelable: true };
    const event = new MouseEvent('contextmenu', click);
    await page.during(() => page.find(selector).dispatchEvent(event));
    return event.defaultPrevented;
  };
  expect(await rightClick('input')).toBe(false);
  expect(() => page.named('Remove')).toThrow();
  expect(await rightClick('p')).toBe(true);
  expect(document.activeElement).toBe(page.named('Remove'));
  expect([list.style.left, list.style.top]).toEqual(['120px', '80px']);
  expect(await rightClick('[role=menuitem]')).toBe(true);
  await page.during(() => list.hidePopover());
  await page.during(() => list.showPopover());
  expect(list.style.left).not.toBe('120px');
  await page.unmount();
});
