import { Conversation } from '../src-shared/carrier.ts';
import { RefusedError } from '../src-shared/contract.ts';
import type { Exposed } from '../src-shared/exposed.ts';
import type { Bridge } from './bridge.ts';

declare global {
  interface Window {
    /** Only in the desktop app. */
    readonly piecewise?: Exposed<File>;
  }
}

/** The door to the app of the same computer, through the desktop app's preload. It is open as long as the page is. */
export function createElectronBridge(exposed: Exposed<File>): Bridge {
  const conversation = new Conversation({
    send: message => exposed.send(message),
    onMessage: listener => exposed.onMessage(listener),
  });
  return {
    ask: (command, question) => conversation.ask(command, question),
    follow: (topic, onUpdate, onRefused) => conversation.follow(topic, onUpdate, onRefused),
    async drop(transfer) {
      const dropped = await exposed.drop([...transfer.files]);
      if ('places' in dropped) return dropped.places;
      const { code, message, problems } = dropped.refusal;
      throw new RefusedError(code, message, problems);
    },
    onConnection(listener) {
      listener('open');
      return () => {};
    },
  };
}
