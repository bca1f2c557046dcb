// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import type { About } from '../../../src-shared/contract.ts';
import { fakeAbout } from '../../testing/fake-bridge.ts';
import { render } from '../../testing/render.tsx';
import { shareSwarm } from '../../testing/share-scenes.ts';
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

describe('many shares on Home', () => {
  const shares = Array.from({ length: 12 }, (_, at) =>
    shareSwarm(`share-${at}`, `Week ${at}`, { activity: at === 3 ? 'paused' : 'seeding', addedAtMs: at }),
  );
  const shown = (container: HTMLElement) =>
    [...container.querySelectorAll('#shares li a')].map(({ textContent }) => textContent);

  it('are found by their name and sorted, which stays while other pages are looked at', async () => {
    const page = await render(<HomePage />, { swarms: shares });
    expect(shown(page.container)).toHaveLength(12);
    const order = page.find<HTMLSelectElement>('select[aria-label="Order of the shares"]');
    await page.during(() => {
      order.value = 'newest';
      order.dispatchEvent(new Event('change', { bubbles: true }));
    });
    await page.type(page.find<HTMLInputElement>('input[aria-label="Find one of the shares"]'), 'week 1');
    expect(shown(page.container)).toEqual(['Week 11', 'Week 10', 'Week 1']);
    await page.during(() => page.bridge.setSwarms(shares.slice(0, 11)));
    expect(shown(page.container)).toEqual(['Week 10', 'Week 1']);
    expect(page.store.getState().shareListing).toEqual({ find: 'week 1', order: 'newest' });
    await page.type(page.find<HTMLInputElement>('input[aria-label="Find one of the shares"]'), 'exam');
    expect(page.container.textContent).toContain('No share is called "exam".');
    // What was just made is shown, whatever was looked for.
    await page.during(() => page.store.getState().setFresh('share-2'));
    expect(shown(page.container)).toHaveLength(11);
    await page.unmount();
  });

  it('are walked through with the arrow keys, and removed with Delete', async () => {
    const page = await render(<HomePage />, { swarms: shares });
    page.named('Week 0').focus();
    await page.press('ArrowDown');
    expect(document.activeElement).toBe(page.named('Week 1'));
    await page.press('End');
    await page.press('ArrowDown');
    expect(document.activeElement).toBe(page.named('Week 11'));
    await page.press('ArrowUp');
    await page.press('Delete');
    expect(page.store.getState().dialog).toMatchObject({ kind: 'remove', swarm: { name: 'Week 10' } });
    // Elsewhere in a row the keys are what they are.
    await page.during(() => page.store.getState().closeDialog());
    page.named('Pause Week 1').focus();
    await page.press('ArrowDown');
    await page.press('Delete');
    expect(document.activeElement).toBe(page.named('Pause Week 1'));
    expect(page.store.getState().dialog).toBeNull();
    await page.unmount();
  });

  it('of which there are few need no box to find one', async () => {
    const page = await render(<HomePage />, { swarms: shares.slice(0, 3) });
    expect(page.container.querySelector('input[aria-label="Find one of the shares"]')).toBeNull();
    await page.unmount();
  });
});

describe('the menu of a row', () => {
  it('is made when it is opened: what the app says of itself may come after its swarms', async () => {
    let tell: (about: About) => void = () => {};
    const about = new Promise<About>(resolve => {
      tell = resolve;
    });
    const page = await render(<HomePage />, {
      swarms: [shareSwarm('one', 'Week 1')],
      answers: { about: () => about },
    });
    await page.during(() => tell({ ...fakeAbout, choosing: 'dialog' }));
    const list = page.find('#shares [role=menu]');
    await page.during(() =>
      list.dispatchEvent(Object.assign(new Event('beforetoggle'), { newState: 'open' })),
    );
    expect(page.named('Show folder')).toBeDefined();
    await page.unmount();
  });
});
