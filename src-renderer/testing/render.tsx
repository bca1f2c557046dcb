import { act, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { AppProvider, type AppStore, createAppStore, followApp } from '../store/app-store.ts';
import { createFakeBridge, type FakeBridge, type FakeOptions } from './fake-bridge.ts';

/** Draws components in a test's document, over a fake bridge. */

declare global {
  var IS_REACT_ACT_ENVIRONMENT: boolean;
}

export interface Rendered {
  readonly bridge: FakeBridge;
  readonly store: AppStore;
  readonly container: HTMLElement;
  /** The first element that fits a selector. @throws Error when there is none. */
  find<E extends HTMLElement = HTMLElement>(selector: string): E;
  /** The first button, link, tab or option of this text or label. */
  named(name: string): HTMLElement;
  /** Whatever else happens meanwhile. */
  during(work: () => void): Promise<void>;
  click(element: HTMLElement): Promise<void>;
  press(key: string, target?: Element | null, more?: KeyboardEventInit): Promise<void>;
  type(input: HTMLInputElement, text: string): Promise<void>;
  unmount(): Promise<void>;
}

export async function render(node: ReactNode, options: FakeOptions = {}): Promise<Rendered> {
  globalThis.IS_REACT_ACT_ENVIRONMENT = true;
  const bridge = createFakeBridge(options);
  const store = createAppStore(bridge, { hash: '', prefersDark: false, setHash: () => {} });
  const container = document.body.appendChild(document.createElement('div'));
  const root = createRoot(container);
  const end = followApp(store);
  await act(async () => root.render(<AppProvider value={store}>{node}</AppProvider>));

  const find = <E extends HTMLElement>(selector: string): E => {
    const element = container.querySelector<E>(selector);
    if (element === null) throw new Error(`There is no ${selector} in ${container.innerHTML}`);
    return element;
  };
  return {
    bridge,
    store,
    container,
    find,
    named: name => {
      const all = container.querySelectorAll<HTMLElement>('button, a, [role=tab], [role=option]');
      const element = [...all].find(
        candidate => candidate.textContent?.trim() === name || candidate.getAttribute('aria-label') === name,
      );
      if (element === undefined) throw new Error(`Nothing is named "${name}".`);
      return element;
    },
    during: work => act(async () => work()),
    click: element => act(async () => element.click()),
    press: (key, target = document.activeElement, more = {}) =>
      act(async () => {
        target?.dispatchEvent(
          new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }),
        );
      }),
    type: (input, text) =>
      act(async () => {
        // React hears of a change only when the element's own setter was used.
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(input, text);
        input.dispatchEvent(new Event('input', { bubbles: true }));
      }),
    unmount: async () => {
      end();
      await act(async () => root.unmount());
      container.remove();
    },
  };
}
