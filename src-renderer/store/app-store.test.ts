import { describe, expect, it } from 'vitest';
import { RefusedError, type SwarmSummary } from '../../src-shared/contract.ts';
import { createFakeBridge, type FakeOptions } from '../testing/fake-bridge.ts';
import { swarmSummary } from '../testing/scenes.ts';
import { arriveAt, createAppStore, followApp, refusalOf, themeOf } from './app-store.ts';

function start(options: FakeOptions = {}, hash = '') {
  const bridge = createFakeBridge(options);
  const addresses: string[] = [];
  const store = createAppStore(bridge, { hash, prefersDark: false, setHash: to => addresses.push(to) });
  const end = followApp(store);
  return { bridge, store, addresses, end };
}

/** One turn of the event loop: every promise that could be kept has been. */
const followed = () => new Promise(resolve => setImmediate(resolve));

describe('the store', () => {
  it('begins at the page of the address and goes to others', () => {
    const { store, addresses } = start({}, '#/swarm/abc/1003');
    expect(store.getState().route).toEqual({ page: 'swarm', swarm: 'abc', peer: '1003' });
    store.getState().go({ page: 'settings' });
    expect(store.getState().route).toEqual({ page: 'settings' });
    expect(addresses).toEqual(['#/settings']);
  });

  it('follows the swarms and the settings, and asks who the app is', async () => {
    const { store, bridge, end } = start({ settings: { theme: 'dark' } });
    await followed();
    expect(store.getState()).toMatchObject({
      about: { computer: 'lab-01' },
      home: { swarms: [] },
      settings: { theme: 'dark' },
    });
    bridge.setSwarms([swarmSummary()]);
    expect(store.getState().home?.swarms).toHaveLength(1);
    end();
    bridge.setSwarms([]);
    expect(store.getState().home?.swarms).toHaveLength(1);
  });

  it('keeps swarms of which nothing has changed as they were, wherever they stand now', async () => {
    const swarms = () => [swarmSummary(), swarmSummary({ swarm: 'other' })];
    const { store, bridge } = start({ swarms: swarms() });
    await followed();
    const [first, other] = store.getState().home?.swarms ?? [];
    const [same, changed] = swarms() as [SwarmSummary, SwarmSummary];
    bridge.setSwarms([{ ...changed, name: 'Renamed' }, same]);
    const now = store.getState().home?.swarms ?? [];
    expect(now.map(({ name }) => name)).toEqual(['Renamed', first?.name]);
    expect(now[0]).not.toBe(other);
    expect(now[1]).toBe(first);
  });

  it('keeps what it knew while the app is lost, and asks again when it is back', async () => {
    const { store, bridge } = start({ swarms: [swarmSummary()] });
    await followed();
    bridge.setConnection('lost');
    expect(store.getState().connection).toBe('lost');
    expect(store.getState().home?.swarms).toHaveLength(1);
    const questions = bridge.asked.length;
    bridge.setConnection('open');
    expect(store.getState().connection).toBe('open');
    expect(bridge.asked.slice(questions)).toEqual([{ command: 'about', question: {} }]);
  });

  it('shows a changed setting at once, and takes it back when it is refused', async () => {
    const { store } = start({
      answers: {
        changeSettings: () => {
          throw new RefusedError('set-up', 'The disk is full.');
        },
      },
    });
    await followed();
    const saved = store.getState().changeSettings({ notify: false });
    expect(store.getState().settings?.notify).toBe(false);
    await expect(saved).rejects.toThrow('The disk is full.');
    expect(store.getState().settings?.notify).toBe(true);
  });

  it('changes between light and dark, and says so to the app', async () => {
    const { store, bridge } = start();
    await followed();
    store.getState().toggleTheme();
    expect(store.getState().theme).toBe('dark');
    await followed();
    store.getState().toggleTheme();
    expect(store.getState().theme).toBe('light');
    expect(bridge.asked.filter(({ command }) => command === 'changeSettings')).toEqual([
      { command: 'changeSettings', question: { theme: 'dark' } },
      { command: 'changeSettings', question: { theme: 'light' } },
    ]);
  });

  it('keeps few toasts, and the same one once', () => {
    const { store } = start();
    for (const title of ['a', 'b', 'a', 'c', 'd', 'e'])
      store.getState().toast({ tone: 'info', title, problems: [] });
    expect(store.getState().toasts.map(({ title }) => title)).toEqual(['a', 'c', 'd', 'e']);
    store.getState().dropToast(store.getState().toasts[1]!.id);
    expect(store.getState().toasts.map(({ title }) => title)).toEqual(['a', 'd', 'e']);
  });

  it('closes only the dialog that is meant', () => {
    const { store } = start();
    const first = { kind: 'demo' } as const;
    store.getState().openDialog(first);
    store.getState().openDialog({ kind: 'keys' });
    store.getState().closeDialog(first);
    expect(store.getState().dialog).toEqual({ kind: 'keys' });
    store.getState().closeDialog();
    expect(store.getState().dialog).toBeNull();
  });
});

describe('arriving at a page', () => {
  it('ends presentation mode away from a swarm', () => {
    expect(arriveAt({ page: 'home' })).toMatchObject({ presenting: false });
    expect(arriveAt({ page: 'swarm', swarm: 'a', peer: null })).not.toHaveProperty('presenting');
  });
});

describe('the theme', () => {
  it.each([
    ['system', true, 'dark'],
    ['system', false, 'light'],
    ['light', true, 'light'],
    ['dark', false, 'dark'],
    [undefined, true, 'dark'],
  ] as const)('of the setting %s where dark is preferred: %s, is %s', (setting, prefersDark, theme) => {
    expect(themeOf(setting, prefersDark)).toBe(theme);
  });
});

describe('a refusal', () => {
  it('is shown as the app said it, anything else as a failure', () => {
    const refused = new RefusedError('unknown', 'It is gone.', ['Choose again.']);
    expect(refusalOf(refused)).toEqual({
      code: 'unknown',
      message: 'It is gone.',
      problems: ['Choose again.'],
    });
    expect(refusalOf(new Error('broken'))).toEqual({ code: 'failed', message: 'broken', problems: [] });
  });
});
