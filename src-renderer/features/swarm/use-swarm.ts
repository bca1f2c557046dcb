import { createContext, useContext, useSyncExternalStore } from 'react';
import { useStore } from 'zustand';
import type { SwarmState } from '../../../src-shared/swarm-state.ts';
import type { SwarmHistory } from '../../history/history.ts';
import type { SwarmPage, SwarmPageActions, SwarmStore } from './swarm-store.ts';

/** The store of the swarm page that a panel stands on. */
export const SwarmContext = createContext<SwarmStore | undefined>(undefined);

export function useSwarmStore(): SwarmStore {
  const store = useContext(SwarmContext);
  if (store === undefined) throw new Error('a panel of the swarm page stands outside it');
  return store;
}

/** A part of the page's state; renders again when that part changes. */
export function useSwarm<T>(select: (page: SwarmPage & SwarmPageActions) => T): T {
  return useStore(useSwarmStore(), select);
}

/**
 * What `describe` makes of the state at the cursor. Renders again when the cursor or the tape moved, about ten times a
 * second; `describe` must copy what it needs, since the state moves on in place.
 */
export function useMoment<T>(describe: (state: SwarmState, history: SwarmHistory, cursorMs: number) => T): T {
  const store = useSwarmStore();
  const moment = useSyncExternalStore(store.subscribe, () => momentOf(store.getState()));
  const { history, cursorMs } = store.getState();
  void moment;
  return describe(history.stateAt(cursorMs), history, cursorMs);
}

/** Changes with everything that moves the picture. */
function momentOf({ version, cursorMs }: SwarmPage): string {
  return `${version} ${cursorMs}`;
}
