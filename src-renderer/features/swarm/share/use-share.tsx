import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import type { ShareView } from '../../../../src-shared/share.ts';
import { useApp } from '../../../store/app-store.ts';

const ShareContext = createContext<ShareView | null>(null);

/** What the app tells of the share whose page this is; null elsewhere, and until it has told. */
export function useShare(): ShareView | null {
  return useContext(ShareContext);
}

/** Follows a share; undefined: the swarm is none. */
export function ShareProvider({
  swarm,
  children,
}: {
  readonly swarm: string | undefined;
  readonly children: ReactNode;
}) {
  const bridge = useApp(state => state.bridge);
  const [view, setView] = useState<ShareView | null>(null);
  useEffect(() => {
    if (swarm === undefined) return;
    setView(null);
    // The first update is whole; those after it have what has changed.
    return bridge.follow({ topic: 'share', swarm }, update =>
      setView(before => (before === null ? (update as ShareView) : { ...before, ...update })),
    );
  }, [bridge, swarm]);
  return <ShareContext value={view}>{children}</ShareContext>;
}
