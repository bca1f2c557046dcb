import type { WebContents, WebFrameMain } from 'electron';
import * as v from 'valibot';
import type { ToScreen } from '../../../src-shared/carrier.ts';
import type { Place, Refusal } from '../../../src-shared/contract.ts';
import type { Dropped } from '../../../src-shared/exposed.ts';
import type { App } from '../app/app.ts';
import { refusalOf } from '../app/refusals.ts';
import type { Session } from '../app/session.ts';
import { isScreen } from './app-protocol.ts';
import { channels } from './channels.ts';
import { Pace } from './pace.ts';

/** The carrier of the desktop app: what the window's page sends reaches its session, if it comes from that page. */

type Frame = Pick<WebFrameMain, 'url'>;

/** An event of Electron's IPC; its frame is null when that has gone meanwhile. */
interface FromFrame {
  readonly senderFrame: Frame | null;
}

/** A window's contents as the carrier needs them. */
export interface Page {
  readonly mainFrame: Frame;
  readonly ipc: {
    on: (channel: string, listener: (event: FromFrame, ...args: unknown[]) => void) => unknown;
    handle: (channel: string, listener: (event: FromFrame, ...args: unknown[]) => unknown) => void;
  };
  send: WebContents['send'];
  isDestroyed: WebContents['isDestroyed'];
}

export interface CarrierOptions {
  readonly now: () => number;
  readonly log: (line: string) => void;
  /** Hears of every message that was let through. */
  readonly onMessage?: (message: unknown) => void;
  /** Is called before every message to the screen. */
  readonly onSend?: () => void;
}

const mostMessagesPerSecond = 5_000;
const pageName = v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/));
const droppedPaths = v.pipe(
  v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(4096))),
  v.minLength(1),
  v.maxLength(100),
);

/** Carries between a window's page and the app until the function it returns is called. */
export function carry(
  page: Page,
  app: Pick<App, 'connect' | 'grant'>,
  { now, log, onMessage = () => {}, onSend = () => {} }: CarrierOptions,
): () => void {
  let session: Session | undefined;
  let name = '';
  const pace = new Pace(mostMessagesPerSecond);

  const send = (message: ToScreen) => {
    onSend();
    if (!page.isDestroyed()) page.send(channels.toScreen, name, message);
  };
  const close = () => {
    session?.close();
    session = undefined;
  };
  /** Only the window's own page is heard. A frame that is gone or has gone elsewhere is nobody's. */
  const mayEnter = ({ senderFrame }: FromFrame): boolean =>
    senderFrame !== null && senderFrame === page.mainFrame && isScreen(senderFrame.url) && pace.allows(now());

  page.ipc.on(channels.opened, (event, newName) => {
    if (!mayEnter(event) || !v.is(pageName, newName)) return;
    close();
    name = newName;
    const opened = app.connect(message => {
      // What a closed session still says is for a page that is gone.
      if (session === opened) send(message);
    });
    session = opened;
  });

  page.ipc.on(channels.toApp, (event, message) => {
    if (!mayEnter(event) || session === undefined) return;
    onMessage(message);
    session.receive(message);
  });

  page.ipc.handle(channels.drop, async (event, paths): Promise<Dropped> => {
    if (!mayEnter(event) || !v.is(droppedPaths, paths)) return { refusal: notDropped };
    try {
      const places: Place[] = [];
      for (const path of paths) places.push(await app.grant(path));
      return { places };
    } catch (error) {
      return { refusal: refusalOf(error, log) };
    }
  });

  return close;
}

const notDropped: Refusal = {
  code: 'bad-question',
  message: 'Drop up to 100 files or folders from this computer.',
  problems: [],
};
