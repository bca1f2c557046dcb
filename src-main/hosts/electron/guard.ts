import type { App, Session, WebContents } from 'electron';
import { isScreen } from './app-protocol.ts';

/** What no page may do, whatever becomes of the screen's own code. */

export type GuardedSession = Pick<
  Session,
  | 'on'
  | 'setDevicePermissionHandler'
  | 'setDisplayMediaRequestHandler'
  | 'setPermissionCheckHandler'
  | 'setPermissionRequestHandler'
  | 'setProxy'
  | 'setSpellCheckerEnabled'
> & { readonly webRequest: Pick<Session['webRequest'], 'onBeforeRequest'> };

export type GuardedContents = Pick<WebContents, 'on' | 'setWindowOpenHandler'>;

/** Copying text. Everything else is denied, also what is yet to be invented. */
const granted: readonly string[] = ['clipboard-sanitized-write'];

/** Denies permissions, devices, downloads, and every address but the screen's. */
export function guardSession(session: GuardedSession, isPackaged: boolean): void {
  session.setPermissionRequestHandler((_contents, permission, callback, { requestingUrl }) =>
    callback(isScreen(requestingUrl) && granted.includes(permission)),
  );
  session.setPermissionCheckHandler(
    (_contents, permission, origin) => isScreen(origin) && granted.includes(permission),
  );
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler(null);
  // It would fetch dictionaries from the network.
  session.setSpellCheckerEnabled(false);
  // Nothing is to be looked for on the network, not even a proxy.
  session.setProxy({ mode: 'direct' }).catch(() => {});
  session.on('will-download', event => event.preventDefault());
  session.webRequest.onBeforeRequest(({ url }, callback) => {
    const isTool = !isPackaged && url.startsWith('devtools:');
    callback({ cancel: !isScreen(url) && !isTool && !url.startsWith('data:') });
  });
}

/** Every page that ever comes into being stays where it is, alone. */
export function guardEveryPage(app: Pick<App, 'on'>): void {
  app.on('web-contents-created', (_event, contents) => guardPage(contents));
}

function guardPage(contents: GuardedContents): void {
  contents.on('will-navigate', event => event.preventDefault());
  contents.on('will-frame-navigate', event => event.preventDefault());
  contents.on('will-redirect', event => event.preventDefault());
  contents.on('will-attach-webview', event => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}
