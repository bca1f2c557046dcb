import type { WebContents } from 'electron';
import { describe, expect, it } from 'vitest';
import { guardEveryPage, guardSession } from './guard.ts';
import { FakeContents, FakeElectron, FakeSession } from './testing/fake-electron.ts';

const permissions = [
  'ar',
  'clipboard-read',
  'clipboard-sanitized-write',
  'display-capture',
  'fileSystem',
  'fullscreen',
  'geolocation',
  'hid',
  'idle-detection',
  'local-fonts',
  'local-network',
  'local-network-access',
  'loopback-network',
  'media',
  'midi',
  'notifications',
  'openExternal',
  'pointerLock',
  'serial',
  'storage-access',
  'usb',
  'window-management',
  'unknown',
  'not-invented-yet',
];

function guarded(isPackaged = true): FakeSession {
  const session = new FakeSession();
  guardSession(session, isPackaged);
  return session;
}

/** What is granted when asked for, and when looked up. */
function granted(session: FakeSession, permission: string, origin = 'app://piecewise/'): boolean[] {
  const answers: boolean[] = [];
  const details = { requestingUrl: origin, isMainFrame: true };
  session.request!({} as WebContents, permission as 'unknown', is => answers.push(is), details);
  answers.push(session.check!(null, permission as 'unknown', origin, details as never));
  return answers;
}

describe('the session of the screen', () => {
  it.each(permissions.filter(name => name !== 'clipboard-sanitized-write'))(
    'has no permission for %s',
    name => {
      expect(granted(guarded(), name)).toEqual([false, false]);
    },
  );

  it('may put text on the clipboard, from its own page only', () => {
    expect(granted(guarded(), 'clipboard-sanitized-write')).toEqual([true, true]);
    expect(granted(guarded(), 'clipboard-sanitized-write', 'https://example.org/')).toEqual([false, false]);
    expect(granted(guarded(), 'clipboard-sanitized-write', '')).toEqual([false, false]);
  });

  it('gets no devices and no picture of the display', () => {
    const session = guarded();
    expect(session.device!({} as never)).toBe(false);
    expect(session.displayMedia).toBeNull();
  });

  it('asks the network for nothing: no dictionary, no proxy', () => {
    const session = guarded();
    expect(session.spellChecker).toBe(false);
    expect(session.proxy).toEqual({ mode: 'direct' });
  });

  it('saves no downloads', () => {
    expect(guarded().emit('will-download').isPrevented).toBe(true);
  });

  it.each([
    ['app://piecewise/assets/index.js', false, false],
    ['data:image/png;base64,AA', false, false],
    ['https://example.org/', true, true],
    ['http://127.0.0.1:80/', true, true],
    ['ws://127.0.0.1/', true, true],
    ['file:///etc/passwd', true, true],
    ['app://other/', true, true],
    ['devtools://devtools/bundled/x.js', true, false],
  ])('cancels a request to %s: packaged %s, in development %s', (url, whenPackaged, inDevelopment) => {
    const isCancelled = (session: FakeSession) => {
      let cancel: boolean | undefined;
      session.beforeRequest!({ url }, answer => {
        cancel = answer.cancel;
      });
      return cancel;
    };
    expect(isCancelled(guarded())).toBe(whenPackaged);
    expect(isCancelled(guarded(false))).toBe(inDevelopment);
  });
});

describe('every page', () => {
  function page(): FakeContents {
    const { app, api } = new FakeElectron();
    guardEveryPage(api.app);
    const contents = new FakeContents();
    app.emit('web-contents-created', contents);
    return contents;
  }

  it.each(['will-navigate', 'will-frame-navigate', 'will-redirect', 'will-attach-webview'])(
    'is kept from what %s announces',
    event => {
      expect(page().emit(event).isPrevented).toBe(true);
    },
  );

  it('opens no windows', () => {
    expect(page().windowOpenHandler!({ url: 'app://piecewise/' } as never)).toEqual({ action: 'deny' });
  });
});
