import type { App } from '../src-main/hosts/app/app.ts';
import { Conversation, type ToScreen } from '../src-shared/carrier.ts';

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
