// @vitest-environment happy-dom
import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JournalFact } from '../../../../src-shared/journal.ts';
import { historyOf, journalOf, startedFact } from '../../../testing/written-run.ts';
import { createSwarmStore } from '../swarm-store.ts';
import { SwarmContext } from '../use-swarm.ts';
import { Neighbours } from './neighbours.tsx';

let root: Root;
let page: HTMLElement;

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(1180);
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(280);
  // The virtual list asks for these instead.
  vi.spyOn(HTMLElement.prototype, 'offsetWidth', 'get').mockReturnValue(1180);
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(280);
  page = document.body.appendChild(document.createElement('div'));
  root = createRoot(page);
});
afterEach(() => {
  act(() => root.unmount());
  page.remove();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

function show(
  count: number,
  facts: readonly (readonly [number, JournalFact])[] = [],
  hostOf: (index: number) => string = () => 'lab-01',
) {
  const peers = Array.from({ length: count + 1 }, (_, i) => String(1001 + i));
  const started = startedFact({ peers });
  if (started.kind !== 'started') throw new Error('it does not start');
  const roster = started.roster.map((entry, i) => ({ ...entry, address: `${hostOf(i)}:${6001 + i}` }));
  const history = historyOf(
    journalOf([
      [0, { ...started, roster }],
      ...peers
        .slice(1)
        .map((peer, i) => [i + 1, { kind: 'connected', peer, direction: 'dialled', remote: 'x' }] as const),
      ...facts,
    ]),
  );
  const store = createSwarmStore('swarm', '1001');
  store.setState({ history, version: 1, cursorMs: history.endMs, following: false });
  act(() =>
    root.render(
      <SwarmContext value={store}>
        <Neighbours />
      </SwarmContext>,
    ),
  );
  return store;
}

const names = () => [...page.querySelectorAll('tbody button')].map(button => button.textContent);
const press = (key: string) =>
  act(() => {
    document.activeElement?.dispatchEvent(
      new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }),
    );
  });
const header = (name: string) =>
  [...page.querySelectorAll('thead button')].find(button => button.textContent?.startsWith(name))!;

describe('the table of neighbours', () => {
  it('has a row for each, in the order of the roster, and says what each does', () => {
    show(3, [[10, { kind: 'received-unchoke', peer: '1002' }]]);
    expect(names()).toEqual(['1002', '1003', '1004']);
    const [row] = page.querySelectorAll('tbody tr');
    expect(row!.textContent).toContain('Unchoked');
    expect(row!.querySelector('th')!.getAttribute('scope')).toBe('row');
    expect(page.querySelector('table')!.getAttribute('aria-rowcount')).toBe('4');
  });

  it('makes room for whole hosts, as far as the reasons can spare it', () => {
    const width = () => page.querySelector('col')!.style.width;
    show(3);
    expect(width()).toBe('120px');
    show(3, [], i => `127.0.0.${9 + i}`);
    expect(page.querySelector('tbody th')!.textContent).toBe('1002127.0.0.10');
    expect(width()).toBe('131px');
    show(3, [], i => `a-computer-with-a-name-${i}`);
    expect(width()).toBe('164px');
  });

  it('is sorted by a column, and by it the other way round', () => {
    show(3, [
      [10, { kind: 'received-have', peer: '1003', piece: 0 }],
      [11, { kind: 'received-have', peer: '1003', piece: 1 }],
      [12, { kind: 'received-have', peer: '1004', piece: 1 }],
    ]);
    act(() => (header('Pieces') as HTMLElement).click());
    expect(names()).toEqual(['1003', '1004', '1002']);
    expect(header('Pieces').parentElement!.getAttribute('aria-sort')).toBe('descending');
    act(() => (header('Pieces') as HTMLElement).click());
    expect(names()).toEqual(['1002', '1004', '1003']);
    expect(header('Peer').parentElement!.getAttribute('aria-sort')).toBe('none');
  });

  it('is walked with the arrow keys, one row being the stop of the Tab key', () => {
    const store = show(3);
    const stops = page.querySelectorAll<HTMLElement>('tbody button[tabindex="0"]');
    expect(stops).toHaveLength(1);
    act(() => stops[0]!.focus());
    press('ArrowDown');
    expect(document.activeElement?.textContent).toBe('1003');
    press('End');
    expect(document.activeElement?.textContent).toBe('1004');
    act(() => (document.activeElement as HTMLElement).click());
    expect(store.getState().focus).toBe('1004');
    expect(page.querySelector('tr[aria-current="true"]')!.textContent).toContain('1004');
    press('Escape');
    expect(store.getState().focus).toBeUndefined();
  });

  it('puts only the rows in sight on the page when they are many, and still counts all', () => {
    show(200);
    expect(page.querySelector('table')!.getAttribute('aria-rowcount')).toBe('201');
    expect(names().length).toBeLessThan(60);
    expect(names()[0]).toBe('1002');
    expect(page.querySelector('tbody tr')!.getAttribute('aria-rowindex')).toBe('2');
  });

  it('says what is missing when there is nothing', () => {
    const store = createSwarmStore('swarm', '1001');
    act(() =>
      root.render(
        <SwarmContext value={store}>
          <Neighbours />
        </SwarmContext>,
      ),
    );
    expect(page.textContent).toContain('Nothing has happened yet.');
  });
});
