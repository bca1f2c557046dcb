import { Conversation, type ToScreen } from '../../../src-shared/carrier.ts';
import type { HomeView, SwarmSummary } from '../../../src-shared/contract.ts';
import type { App } from '../app/app.ts';

/** The swarms as tray, window and notices see them. */

/** Those with a peer at work, replays aside. */
export function runningSwarms({ swarms }: HomeView): readonly SwarmSummary[] {
  return swarms.filter(
    ({ kind, peers }) =>
      kind !== 'replay' && peers.some(({ status }) => status === 'starting' || status === 'running'),
  );
}

/** Asks for the end of each, as the screen would; they stay on the list. */
export async function stopEverySwarm(app: Pick<App, 'connect' | 'home'>): Promise<void> {
  let hear: (message: ToScreen) => void = () => {};
  const session = app.connect(message => hear(message));
  const conversation = new Conversation({
    send: message => session.receive(message),
    onMessage: listener => {
      hear = listener;
    },
  });
  const stopped = runningSwarms(app.home()).map(({ swarm }) => conversation.ask('stopSwarm', { swarm }));
  await Promise.allSettled(stopped);
  session.close();
}
