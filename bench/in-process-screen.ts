import { dirname, join } from 'node:path';
import { type App, startApp } from '../src-main/hosts/app/app.ts';
import { startWebHost, type WebHost } from '../src-main/hosts/web/server.ts';
import { Conversation, type ToScreen } from '../src-shared/carrier.ts';

/** The app and its browser host in this process, with everything they keep in one folder. */
export async function openApp(folder: string): Promise<{ readonly app: App; readonly web: WebHost }> {
  const app = await startApp({
    version: 'bench',
    profileFolder: folder,
    workFolder: folder,
    downloadFolder: folder,
    lan: { kind: 'loopback', discoveryPort: null },
    launchPeer() {
      throw new Error('there is no demo here');
    },
  });
  const rendererFolder = join(dirname(process.argv[1]!), '..', 'renderer');
  return { app, web: await startWebHost(app, { port: 0, rendererFolder, workFolder: folder }) };
}

/** Talks to the app as a screen in its own process does. */
export async function withScreen<T>(app: App, talk: (screen: Conversation) => Promise<T>): Promise<T> {
  let hear: (message: ToScreen) => void = () => {};
  const session = app.connect(message => hear(message));
  try {
    return await talk(
      new Conversation({
        send: message => session.receive(message),
        onMessage: listener => {
          hear = listener;
        },
      }),
    );
  } finally {
    session.close();
  }
}
