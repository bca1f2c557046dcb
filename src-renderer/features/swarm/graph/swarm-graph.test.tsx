// @vitest-environment happy-dom
import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JournalFact } from '../../../../src-shared/journal.ts';
import { historyOf, journalOf, startedFact } from '../../../testing/written-run.ts';
import { createSwarmStore } from '../swarm-store.ts';
import { SwarmContext } from '../use-swarm.ts';
import { SwarmGraph } from './swarm-graph.tsx';

let root: Root;
let page: HTMLElement;

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(488);
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(460);
  page = document.body.appendChild(document.createElement('div'));
  root = createRoot(page);
});
afterEach(() => {
  act(() => root.unmount());
  page.remove();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const connected = (peer: string): JournalFact => ({
  kind: 'connected',
  peer,
  direction: 'dialled',
  remote: 'x',
});
const have = (peer: string, piece: number): JournalFact => ({ kind: 'received-have', peer, piece });

/** The roster names computers in turns, so that the order on the ring is another. */
function show() {
  const started = startedFact({ peers: ['1001', '1002', '1003', '1004', '1005'] });
  if (started.kind !== 'started') throw new Error('it does not start');
  const roster = started.roster.map((entry, i) => ({ ...entry, address: `lab-0${1 + (i % 2)}:600${i}` }));
  const history = historyOf(
    journalOf([
      [0, { ...started, roster }],
      [10, connected('1002')],
      [10, connected('1003')],
      [10, connected('1004')],
      [20, have('1002', 0)],
      [20, have('1002', 1)],
      [20, have('1003', 0)],
      [30, { kind: 'received-unchoke', peer: '1002' }],
      [9000, have('1004', 3)],
    ]),
  );
  const store = createSwarmStore('swarm', '1001');
  store.setState({ history, version: 1, cursorMs: 1000, following: false });
  act(() =>
    root.render(
      <SwarmContext value={store}>
        <SwarmGraph />
      </SwarmContext>,
    ),
  );
  return store;
}

const nodes = () => [...page.querySelectorAll<SVGGElement>('[data-peer]')];
const placeOf = (node: Element) => {
  const circle = node.querySelector('circle')!;
  return [circle.getAttribute('cx'), circle.getAttribute('cy')];
};
const press = (key: string) =>
  act(() => {
    document.activeElement?.dispatchEvent(
      new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }),
    );
  });

describe('the swarm graph', () => {
  it('tells each neighbour its own state, however the ring is ordered', () => {
    show();
    expect(nodes().map(node => node.getAttribute('aria-label'))).toEqual([
      '1002 on lab-02, 25 %',
      '1004 on lab-02, 0 %',
      '1003 on lab-01, 12 %',
      '1005 on lab-01, not started',
    ]);
  });

  it('stays where it is while the swarm goes on', () => {
    const store = show();
    const before = nodes().map(placeOf);
    act(() => store.setState({ cursorMs: 9000 }));
    expect(page.textContent).toContain('12 %');
    expect(nodes().map(placeOf)).toEqual(before);
    act(() => store.getState().setFlows('all'));
    expect(nodes().map(placeOf)).toEqual(before);
  });

  it('puts a neighbour in focus everywhere, and lets go of it', () => {
    const store = show();
    const second = nodes()[1]!;
    act(() => second.focus());
    press('Enter');
    expect(store.getState().focus).toBe('1004');
    expect(second.getAttribute('aria-pressed')).toBe('true');
    press('Escape');
    expect(store.getState().focus).toBeUndefined();
    press('ArrowDown');
    expect(document.activeElement?.getAttribute('data-peer')).toBe('1003');
    press('ArrowUp');
    press('ArrowUp');
    press('ArrowUp');
    expect(document.activeElement?.getAttribute('data-peer')).toBe('1005');
  });

  it('says everything in words too', () => {
    show();
    const words = [...page.querySelectorAll('ul.only-read li')].map(item => item.textContent);
    expect(words).toContain('1002: serves us at 0 KB/s; we choke it, and it wants nothing of us; has 25 %.');
    expect(words).toContain('1005: has not started.');
  });

  it('says that the edges among others are unknown without their tapes', () => {
    const store = show();
    act(() => store.getState().setFlows('all'));
    expect(page.textContent).toContain('edges are unknown');
  });
});
