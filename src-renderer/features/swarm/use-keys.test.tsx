// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Rendered, render } from '../../testing/render.tsx';
import { createSwarmStore, type SwarmStore } from './swarm-store.ts';
import { useKeys } from './use-keys.ts';

let store: SwarmStore;
let page: Rendered;

function Page() {
  useKeys(store);
  return (
    <main>
      <input aria-label="Find" />
      <button type="button">Kill</button>
      <details>
        <summary>One more</summary>
      </details>
      <div popover="auto" id="controls">
        <select aria-label="Limit" />
        <button type="button">Start</button>
      </div>
    </main>
  );
}

beforeEach(async () => {
  store = createSwarmStore('swarm', '1001');
  page = await render(<Page />);
});
afterEach(() => page.unmount());

describe('the keys of the swarm page', () => {
  it('play and pause, wherever the focus is', async () => {
    await page.press(' ', document.body);
    expect(store.getState().playing).toBe(false);
    await page.press(' ', page.find('main'));
    expect(store.getState().playing).toBe(true);
  });

  it.each(['input', 'button', 'summary', '#controls button'])('leave Space to a %s', async selector => {
    await page.press(' ', page.find(selector));
    expect(store.getState().playing).toBe(true);
  });

  it('leave letters to what stands over the page', async () => {
    await page.press('a', page.find('#controls button'));
    expect(store.getState().flows).toBe('mine');
    await page.press('a', page.find('main'));
    expect(store.getState().flows).toBe('all');
  });

  it('let go of the focus with Esc, and then of the presentation', async () => {
    store.getState().focusOn('1002');
    page.store.getState().setPresenting(true);
    await page.press('Escape', document.body);
    expect([store.getState().focus, page.store.getState().presenting]).toEqual([undefined, true]);
    await page.press('Escape', document.body);
    expect(page.store.getState().presenting).toBe(false);
  });

  it('leave Esc to what stands over the page, wherever the focus is', async () => {
    store.getState().focusOn('1002');
    // The test's document knows no open popovers.
    const isOpen = vi.spyOn(page.find('#controls'), 'matches').mockReturnValue(true);
    await page.press('Escape', page.find('button'));
    expect(store.getState().focus).toBe('1002');
    expect(isOpen).toHaveBeenCalledWith(':popover-open');
  });
});
