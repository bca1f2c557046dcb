import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ToScreen } from '../../../src-shared/carrier.ts';
import { FileFailure } from '../../io/file-failure.ts';
import { type AppOptions, startApp } from '../app/app.ts';
import { channels } from './channels.ts';
import { type Machine, startHost } from './host.ts';
import { FakeElectron } from './testing/fake-electron.ts';
import { peerSummary, StubApp, summary } from './testing/stub-app.ts';

const folder = '/home/lab';
const placesFile = join(folder, 'profile/window.json');
/** The app's own files, by path. */
const disk = new Map<string, unknown>();

beforeEach(() => disk.clear());
afterEach(() => {
  vi.useRealTimers();
});

const screen = new Map([['index.html', new TextEncoder().encode('<!doctype html>')]]);

interface Started {
  readonly electron: FakeElectron;
  readonly app: StubApp;
  readonly options: AppOptions[];
  readonly logged: string[];
  readonly said: string[];
  readonly fail: (error: unknown) => void;
}

async function started(
  argv: readonly string[] = [],
  {
    electron = new FakeElectron({ folder }),
    app = new StubApp(),
    ...changes
  }: Partial<Machine & Started> = {},
): Promise<Started> {
  const options: AppOptions[] = [];
  const logged: string[] = [];
  const said: string[] = [];
  let fail: (error: unknown) => void = () => {};
  await startHost(electron.api, {
    argv: ['piecewise', ...argv],
    folder: '/lab',
    platform: 'linux',
    built: '/app/out',
    now: () => 0,
    startApp: async given => {
      options.push(given);
      return app;
    },
    presetPlace: config => ({ path: config ?? '/etc/machine.json', isNamed: config !== undefined }),
    makeFolder: () => {},
    readFile: async path => disk.get(path),
    writeFile: async (path, value) => {
      disk.set(path, value);
    },
    readScreen: async () => screen,
    endAtOnce: () => {},
    onFailure: listener => {
      fail = listener;
    },
    log: (_folder, line) => logged.push(line),
    say: line => said.push(line),
    ...changes,
  });
  return { electron, app, options, logged, said, fail };
}

/** Everything that does not wait for a timer has happened. */
const settled = () => new Promise(resolve => setImmediate(resolve));

describe('the desktop app starts', () => {
  it('with everything done in time that must be done before Electron is ready', async () => {
    const { electron } = await started();
    expect(electron.app.beforeReady).toEqual([
      'setName',
      'setAppUserModelId',
      'enableSandbox',
      'registerSchemesAsPrivileged',
      'requestSingleInstanceLock',
    ]);
    expect(electron.schemes.map(({ scheme }) => scheme)).toEqual(['app']);
  });

  it('with one sandboxed window that shows the screen when it has been drawn', async () => {
    const { electron } = await started();
    expect(electron.windows).toHaveLength(1);
    expect(electron.window.loaded).toEqual(['app://piecewise/']);
    expect(electron.window.options.webPreferences).toMatchObject({
      sandbox: true,
      preload: '/app/out/electron/preload.cjs',
      partition: 'screen',
    });
    expect(electron.window.isShown).toBe(false);
    electron.window.emit('ready-to-show');
    expect(electron.window.isShown).toBe(true);
  });

  it('with the screen served to its own session, which is guarded as the default one is', async () => {
    const { electron } = await started();
    const own = electron.sessionOf('screen');
    const answer = await own.served.get('app')!(new Request('app://piecewise/'));
    expect(await answer.text()).toBe('<!doctype html>');
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
    for (const session of [own, electron.sessionOf('default')]) {
      expect(session.device!({} as never)).toBe(false);
      expect(session.displayMedia).toBeNull();
    }
    expect(electron.sessionOf('default').served.size).toBe(0);
    expect(electron.app.listens('web-contents-created')).toBe(true);
  });

  it('with its folders, dialogs and peers from Electron', async () => {
    const { electron, options } = await started();
    const [given] = options;
    expect(given).toMatchObject({
      version: '1.2.3',
      profileFolder: join(folder, 'profile'),
      workFolder: join(folder, 'documents/Piecewise'),
    });
    electron.dialog.chosen = ['/lab/run.jsonl'];
    expect(await given!.choose!('journal')).toEqual(['/lab/run.jsonl']);
    expect(electron.dialog.opened[0]).toMatchObject({ properties: ['openFile'] });
    given!.reveal!('/lab');
    expect(electron.shownInFolder).toEqual(['/lab']);
    given!.launchPeer(['1001']);
    expect(electron.utilities[0]).toMatchObject({
      file: '/app/out/cli/piecewise.js',
      args: ['peer', '1001'],
    });
  });

  it('with a profile of its own', async () => {
    const { electron } = await started(['--profile', 'seat-2']);
    expect(electron.app.paths.userData).toBe(`${join(folder, 'profile')} seat-2`);
    const before = electron.app.beforeReady;
    expect(before.indexOf('setPath userData')).toBeLessThan(before.indexOf('requestSingleInstanceLock'));
  });

  it('not without the folder of its profile', async () => {
    const { electron, options } = await started(['--profile', 'seat-2'], {
      makeFolder: () => {
        throw new Error('EACCES: permission denied');
      },
    });
    expect(electron.dialog.errors).toEqual([
      'Piecewise cannot start: The folder of the profile "seat-2" cannot be used. EACCES: permission denied',
    ]);
    expect(electron.app.exits).toEqual([2]);
    expect(options).toEqual([]);
  });

  it('not at all with a profile that is no name', async () => {
    const { electron, options } = await started(['--profile', '../..']);
    expect(electron.app.exits).toEqual([2]);
    expect(electron.dialog.errors[0]).toMatch(/^Piecewise cannot start: After --profile comes a name/);
    expect(options).toEqual([]);
    expect(electron.windows).toEqual([]);
  });

  it('with the settings of the lab that it names, or those of the machine', async () => {
    const named = await started(['--config', 'lab.json']);
    expect(named.options[0]?.preset).toEqual({ path: '/lab/lab.json', isNamed: true });
    const usual = await started();
    expect(usual.options[0]?.preset).toEqual({ path: '/etc/machine.json', isNamed: false });
  });

  it('not without the settings that it names', async () => {
    const { electron } = await started(['--config', 'lab.json'], {
      startApp: async () => {
        throw new FileFailure('/lab/lab.json: it does not exist');
      },
    });
    expect(electron.dialog.errors).toEqual(['Piecewise cannot start: /lab/lab.json: it does not exist']);
    expect(electron.app.exits).toEqual([2]);
  });

  it('not when the app cannot be started, and says why', async () => {
    const { electron, logged } = await started([], {
      startApp: async () => {
        throw new Error('settings.json: the disk is full');
      },
    });
    expect(electron.dialog.errors).toEqual(['Piecewise cannot start: settings.json: the disk is full']);
    expect(electron.app.exits).toEqual([1]);
    expect(logged.join()).toMatch(/the disk is full/);
  });
});

describe('a second start', () => {
  it('hands over what it was to open, and ends', async () => {
    const electron = new FakeElectron({ folder });
    electron.app.hasLock = false;
    const { options } = await started(['swarm'], { electron });
    expect(electron.app.handedOver).toEqual({ opens: ['/lab/swarm'], magnets: [] });
    expect(electron.app.exits).toEqual([0]);
    expect(options).toEqual([]);
  });

  it('brings the window to the front and opens that there', async () => {
    const { electron, app } = await started();
    electron.window.minimised = true;
    electron.app.emit('second-instance', ['piecewise', '/ignored'], '/lab', {
      opens: ['/lab/swarm'],
      magnets: [],
    });
    await settled();
    expect(app.wishes).toEqual([
      { kind: 'open', places: [{ token: 't1', path: '/lab/swarm', name: '/lab/swarm' }] },
    ]);
    expect(electron.window).toMatchObject({ isShown: true, focused: true, minimised: false });
  });

  it('opens nothing when it hands over rubbish, but shows the window', async () => {
    const { electron, app } = await started();
    electron.app.emit('second-instance', [], '/lab', { opens: [{}] });
    await settled();
    expect(app.granted).toEqual([]);
    expect(app.wishes).toEqual([]);
    expect(electron.window.isShown).toBe(true);
  });
});

describe('what is opened with the app', () => {
  it('is opened at its start', async () => {
    const { app } = await started(['swarm', '/x/run.jsonl']);
    await settled();
    expect(app.granted).toEqual(['/lab/swarm', '/x/run.jsonl']);
    expect(app.wishes).toHaveLength(1);
  });

  it('is opened when the system says so, before the app is there or after', async () => {
    const electron = new FakeElectron({ folder });
    const starting = started([], { electron });
    expect(electron.app.emit('open-file', '/x/early.jsonl').isPrevented).toBe(true);
    const { app } = await starting;
    electron.app.emit('open-file', 'relative.jsonl');
    electron.app.emit('open-file', '/x/late.jsonl');
    await settled();
    expect(app.granted).toEqual(['/x/early.jsonl', '/x/late.jsonl']);
  });

  it('may be a magnet link, from wherever it comes', async () => {
    const electron = new FakeElectron({ folder });
    const starting = started(['magnet:?xt=1'], { electron });
    expect(electron.app.emit('open-url', 'magnet:?xt=2').isPrevented).toBe(true);
    expect(electron.app.emit('open-url', 'https://example.org').isPrevented).toBe(true);
    const { app } = await starting;
    electron.app.emit('second-instance', [], '/lab', { opens: [], magnets: ['magnet:?xt=3'] });
    await settled();
    expect(app.wishes).toEqual(
      ['magnet:?xt=1', 'magnet:?xt=2', 'magnet:?xt=3'].map(link => ({ kind: 'magnet', link })),
    );
  });

  it('is refused in words, and the rest is opened', async () => {
    const { electron, app } = await started(['/missing', '/x/broken', '/x/there']);
    await settled();
    expect(electron.dialog.errors[0]).toBe('Not opened: It does not exist.');
    expect(electron.dialog.errors[1]).not.toMatch(/mistake/);
    expect(app.granted).toEqual(['/x/there']);
  });
});

describe('closing the window', () => {
  const running = summary();

  it('ends the app when nothing runs', async () => {
    const { electron } = await started();
    expect(electron.window.emit('close').isPrevented).toBe(false);
  });

  it('hides it in the tray while swarms run, where it comes back from', async () => {
    const { electron, app } = await started();
    electron.window.emit('ready-to-show');
    app.show(running);
    expect(electron.window.emit('close').isPrevented).toBe(true);
    expect(electron.window.isShown).toBe(false);
    expect(electron.dialog.asked).toEqual([]);
    electron.tray.emit('click');
    expect(electron.window.isShown).toBe(true);
  });

  it('asks when swarms run and the user wants no tray', async () => {
    const { electron, app } = await started();
    app.settings = { ...app.settings, keepInTray: false };
    app.show(running);
    electron.dialog.response = 1;
    expect(electron.window.emit('close').isPrevented).toBe(true);
    await settled();
    expect(electron.app.exits).toEqual([]);
    electron.dialog.response = 0;
    electron.window.emit('close');
    expect(await electron.app.exited).toBe(0);
    expect(app.isClosed).toBe(true);
  });

  it('keeps its place for the next start', async () => {
    const first = await started();
    first.electron.window.bounds = { x: 300, y: 40, width: 1000, height: 700 };
    first.electron.window.maximised = true;
    first.electron.window.emit('close');
    await settled();
    const { electron } = await started();
    expect(electron.window.options).toMatchObject({ x: 300, y: 40, width: 1000, height: 700 });
    electron.window.emit('ready-to-show');
    expect(electron.window.maximised).toBe(true);
  });

  it('starts with a damaged memory of its place', async () => {
    disk.set(placesFile, [{ x: '1' }]);
    const { electron } = await started();
    expect(electron.window.options).toMatchObject({ x: 240, width: 1440 });
  });
});

describe('the end', () => {
  it('waits until the swarms have ended', async () => {
    const { electron, app } = await started();
    let end = () => {};
    app.closing = new Promise(resolve => {
      end = resolve;
    });
    expect(electron.app.emit('before-quit').isPrevented).toBe(true);
    await settled();
    expect(electron.app.exits).toEqual([]);
    expect(electron.window.emit('close').isPrevented).toBe(false);
    end();
    expect(await electron.app.exited).toBe(0);
  });

  it('is a failure, after the swarms have ended, when an error was not caught', async () => {
    const { electron, app, logged, fail } = await started();
    fail(new Error('a mistake'));
    expect(await electron.app.exited).toBe(1);
    expect(logged.join()).toMatch(/Error: a mistake\n {4}at /);
    expect(app.isClosed).toBe(true);
  });

  it('keeps the place of a window that is still open', async () => {
    const { electron } = await started();
    electron.window.bounds = { x: 300, y: 40, width: 1000, height: 700 };
    electron.app.quit();
    expect(await electron.app.exited).toBe(0);
    expect(disk.get(placesFile)).toMatchObject([{ x: 300 }]);
  });

  it('comes with the last window', async () => {
    const { electron } = await started();
    electron.app.emit('window-all-closed');
    expect(await electron.app.exited).toBe(0);
  });
});

describe('the screen', () => {
  it('is loaded again after a crash, while the app goes on', async () => {
    const { electron, app } = await started();
    electron.window.webContents.fromPreload(channels.opened, 'page-1');
    electron.window.webContents.emit('render-process-gone', { reason: 'crashed', exitCode: 1 });
    expect(app.sessions[0]!.isClosed).toBe(true);
    expect(electron.window.loaded).toHaveLength(2);
    expect(app.isClosed).toBe(false);
  });

  it('is asked where to go by the menu', async () => {
    const { electron, app } = await started();
    const items = electron.menuBar.flatMap(
      ({ submenu }) => submenu as { label?: string; click?: () => void }[],
    );
    items.find(({ label }) => label === 'Settings …')!.click!();
    expect(app.wishes).toEqual([{ kind: 'go', to: 'settings' }]);
  });

  it('begins in the colour of the theme that the user has set', async () => {
    const app = new StubApp();
    app.settings = { ...app.settings, theme: 'dark' };
    const { electron } = await started([], { app });
    expect(electron.window.options.backgroundColor).toBe('#0e1013');
  });

  it('has the theme that the user sets, and so has the system around it', async () => {
    const { electron, app } = await started();
    electron.window.webContents.fromPreload(channels.opened, 'page-1');
    app.settings = { ...app.settings, theme: 'dark' };
    app.sessions[0]!.send({ type: 'answer', id: 1, answer: app.settings });
    expect(electron.theme.themeSource).toBe('dark');
  });
});

describe('tray and notices', () => {
  const done = summary({ peers: [peerSummary({}, { haveCount: 9 })] });

  it('follow the swarms', async () => {
    const { electron, app } = await started();
    expect(electron.tray.toolTip).toBe('Piecewise: nothing is running');
    app.show(summary());
    expect(electron.tray.toolTip).toMatch(/1 swarm running/);
    expect(electron.tray.menu.map(({ label, enabled }) => [label, enabled])).toContainEqual([
      'Stop all swarms',
      true,
    ]);
  });

  it('tell that a swarm is complete, and lead to it', async () => {
    const { electron, app } = await started();
    app.show(summary());
    app.show(done);
    expect(electron.notifications.map(({ options }) => options.title)).toEqual(['TheFile.dat is complete']);
    electron.notifications[0]!.emit('click');
    expect(electron.window.isShown).toBe(true);
  });

  it('say nothing to somebody who looks at the window, or wants none', async () => {
    const { electron, app } = await started();
    app.show(summary());
    electron.window.focused = true;
    app.show(done);
    electron.window.focused = false;
    app.settings = { ...app.settings, notify: false };
    app.show(summary());
    app.show(done);
    expect(electron.notifications).toEqual([]);
  });
});

describe('the smoke test', () => {
  const follow = (topic: string) => ({ type: 'follow', id: 1, topic: { topic } });

  it('passes when the screen follows Home', async () => {
    const { electron, said } = await started(['--smoke-test']);
    const { webContents } = electron.window;
    webContents.fromPreload(channels.opened, 'page-1');
    for (const message of [null, 'rubbish', follow('settings')]) {
      webContents.fromPreload(channels.toApp, message);
    }
    expect(said).toEqual([]);
    webContents.fromPreload(channels.toApp, follow('home'));
    expect(await electron.app.exited).toBe(0);
    expect(said).toEqual(['smoke test passed: the screen follows Home']);
  });

  it('fails after half a minute without', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { electron, said } = await started(['--smoke-test']);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await electron.app.exited).toBe(1);
    expect(said).toEqual(['smoke test failed: the screen does not follow Home']);
  });
});

describe('with the real app behind it', () => {
  it('answers the screen, and refuses rubbish', async () => {
    const own = mkdtempSync(join(tmpdir(), 'piecewise-host-'));
    onTestFinished(() => rmSync(own, { recursive: true }));
    const { electron } = await started([], {
      electron: new FakeElectron({ folder: own }),
      startApp: options => startApp({ ...options, lan: { kind: 'loopback', discoveryPort: null } }),
    });
    const { webContents } = electron.window;
    webContents.fromPreload(channels.opened, 'page-1');
    const ask = { type: 'ask', id: 7, command: 'about', question: {} };
    webContents.fromPreload(channels.toApp, ask);
    webContents.fromPreload(channels.toApp, { ...ask, id: 8, command: 'x'.repeat(2_000_000) });
    const answers = () => webContents.sent.map(([, , message]) => message as ToScreen);
    await expect.poll(answers).toHaveLength(2);
    expect(answers()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          type: 'answer',
          id: 7,
          answer: expect.objectContaining({ version: '1.2.3' }),
        }),
        expect.objectContaining({
          type: 'refused',
          id: 8,
          refusal: expect.objectContaining({ code: 'bad-question' }),
        }),
      ]),
    );
    electron.app.quit();
    expect(await electron.app.exited).toBe(0);
  });
});
