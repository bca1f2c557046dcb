import { describe, expect, it } from 'vitest';
import { channels } from './channels.ts';
import { carry } from './ipc.ts';
import { FakeContents } from './testing/fake-electron.ts';
import { StubApp } from './testing/stub-app.ts';

const ask = { type: 'ask', id: 1, command: 'about', question: {} };

function carried() {
  const page = new FakeContents();
  const app = new StubApp();
  const logged: string[] = [];
  const heard: unknown[] = [];
  let nowMs = 0;
  const close = carry(page, app, {
    now: () => nowMs,
    log: line => logged.push(line),
    onMessage: message => heard.push(message),
  });
  const wait = (ms: number) => {
    nowMs += ms;
  };
  return { page, app, logged, heard, close, wait };
}

function opened() {
  const all = carried();
  all.page.fromPreload(channels.opened, 'page-1');
  return { ...all, session: all.app.sessions[0]! };
}

describe('the carrier between window and app', () => {
  it('takes messages of the page to its session, and answers back', () => {
    const { page, session, heard } = opened();
    page.fromPreload(channels.toApp, ask);
    expect(session.received).toEqual([ask]);
    expect(heard).toEqual([ask]);
    session.send({ type: 'answer', id: 1, answer: {} });
    expect(page.sent).toEqual([[channels.toScreen, 'page-1', { type: 'answer', id: 1, answer: {} }]]);
  });

  it.each([
    ['no frame, as after it has gone', null],
    ['another frame, as of an embedded page', { url: 'app://piecewise/' }],
  ])('hears nothing from %s', async (_what, frame) => {
    const { page, session, app } = opened();
    page.fromPreload(channels.toApp, ask, frame);
    page.fromPreload(channels.opened, 'page-2', frame);
    expect(await page.fromPreload(channels.drop, ['/lab'], frame)).toMatchObject({
      refusal: { code: 'bad-question' },
    });
    expect(session.received).toEqual([]);
    expect(app.sessions).toHaveLength(1);
    expect(app.granted).toEqual([]);
  });

  it('hears nothing from its own frame when that shows anything but the screen', () => {
    const { page, session } = opened();
    page.mainFrame.url = 'https://example.org/';
    page.fromPreload(channels.toApp, ask);
    expect(session.received).toEqual([]);
  });

  it('hears nothing before the page has said its name', () => {
    const { page, app, heard } = carried();
    page.fromPreload(channels.toApp, ask);
    for (const name of ['', 'a b', 'x'.repeat(65), 7, null]) page.fromPreload(channels.opened, name);
    page.fromPreload(channels.toApp, ask);
    expect(app.sessions).toEqual([]);
    expect(heard).toEqual([]);
  });

  it('begins a new session with every page', () => {
    const { page, app, session } = opened();
    page.fromPreload(channels.opened, 'page-2');
    expect(session.isClosed).toBe(true);
    page.fromPreload(channels.toApp, ask);
    expect(session.received).toEqual([]);
    expect(app.sessions[1]!.received).toEqual([ask]);
    session.send({ type: 'update', id: 1, update: 'of the old page' });
    app.sessions[1]!.send({ type: 'update', id: 1, update: 'of the new page' });
    expect(page.sent).toEqual([
      [channels.toScreen, 'page-2', { type: 'update', id: 1, update: 'of the new page' }],
    ]);
  });

  it('sends nothing to a window that is gone', () => {
    const { page, session } = opened();
    page.destroyed = true;
    session.send({ type: 'answer', id: 1, answer: {} });
    expect(page.sent).toEqual([]);
  });

  it('closes the session when it is closed', () => {
    const { page, session, close } = opened();
    close();
    expect(session.isClosed).toBe(true);
    page.fromPreload(channels.toApp, ask);
    expect(session.received).toEqual([]);
  });

  it('hears 5,000 messages a second and no more', () => {
    const { page, session, wait } = opened();
    wait(1000);
    for (let count = 0; count < 5_001; count += 1) page.fromPreload(channels.toApp, ask);
    expect(session.received).toHaveLength(5_000);
    wait(1000);
    page.fromPreload(channels.toApp, ask);
    expect(session.received).toHaveLength(5_001);
  });
});

describe('dropped files', () => {
  const drop = (paths: unknown) => {
    const { page, app, logged } = opened();
    return { dropped: page.fromPreload(channels.drop, paths), app, logged };
  };

  it('become places', async () => {
    const { dropped } = drop(['/lab/a', '/lab/b']);
    expect(await dropped).toEqual({
      places: [
        { token: 't1', path: '/lab/a', name: '/lab/a' },
        { token: 't2', path: '/lab/b', name: '/lab/b' },
      ],
    });
  });

  it.each([
    [undefined],
    [[]],
    ['/lab'],
    [['']],
    [[1]],
    [['/'.repeat(5000)]],
    [Array.from({ length: 101 }, () => '/lab')],
  ])('are refused when they are %j', async paths => {
    const { dropped, app } = drop(paths);
    expect(await dropped).toMatchObject({ refusal: { code: 'bad-question' } });
    expect(app.granted).toEqual([]);
  });

  it('are refused as the app refuses them', async () => {
    expect(await drop(['/missing']).dropped).toEqual({
      refusal: { code: 'set-up', message: 'It does not exist.', problems: [] },
    });
  });

  it('are refused without a word of the inside when something breaks; the log has it', async () => {
    const { dropped, logged } = drop(['/broken/secret']);
    expect(JSON.stringify(await dropped)).not.toMatch(/secret|stack|at /);
    expect(logged.join()).toMatch(/a mistake that names \/broken\/secret/);
  });
});
