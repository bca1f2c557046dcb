import { createContext, type ReactNode, useContext, useMemo, useRef } from 'react';
import {
  type ComputerNames,
  computerNames,
  idNames,
  namesFor,
  type PeerNames,
  shownNeighbours,
} from '../../../src-shared/peer-names.ts';
import type { SwarmState } from '../../../src-shared/swarm-state.ts';
import type { SwarmHistory } from '../../history/history.ts';
import { useApp } from '../../store/app-store.ts';
import { useMoment } from './use-swarm.ts';

const NamesContext = createContext<PeerNames>(idNames);

/** What the peers of the shown swarm are called. The same object until a name changes. */
export function usePeerNames(): PeerNames {
  return useContext(NamesContext);
}

/** What the computers nearby are called. The same object until they are told anew. */
export function useComputerNames(): ComputerNames {
  const machines = useApp(state => state.nearby?.machines);
  return useMemo(() => computerNames(machines ?? []), [machines]);
}

/** Names a share's peers after their computers, as far as others in the room have told their names, or by address. */
export function PeerNamesProvider({ children }: { readonly children: ReactNode }) {
  const computers = useComputerNames();
  const kept = useRef<{ readonly key: string; readonly names: PeerNames }>({ key: '', names: idNames });
  const names = useMoment((state: SwarmState, history: SwarmHistory) => {
    if (!history.isShare || state.run === undefined) return idNames;
    const peers = shownNeighbours(state).map(({ peer, address }) => ({ peer, address }));
    const named = [...computers].join(' ');
    const key = `${history.startedWallMs} ${named} ${peers.map(({ peer, address }) => `${peer} ${address}`)}`;
    if (kept.current.key !== key) {
      const { self } = state.run;
      kept.current = { key, names: namesFor(self, peers, computers, peer => history.addressOf(peer)) };
    }
    return kept.current.names;
  });
  return <NamesContext value={names}>{children}</NamesContext>;
}
