import { useEffect, useRef, useState } from 'react';
import type { SwarmState } from '../../../../src-shared/swarm-state.ts';
import type { SwarmHistory } from '../../../history/history.ts';
import type { SwarmPage } from '../swarm-store.ts';
import { useSwarmStore } from '../use-swarm.ts';

const leastMs = 2_000;

/** As `useMoment`, but at most every two seconds: for what is read out. */
export function useSlowly<T>(describe: (state: SwarmState, history: SwarmHistory, cursorMs: number) => T): T {
  const store = useSwarmStore();
  const latest = useRef(describe);
  latest.current = describe;
  const [value, setValue] = useState(() => described(describe, store.getState()));

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let lastAt = performance.now();
    const take = () => {
      timer = undefined;
      lastAt = performance.now();
      setValue(described(latest.current, store.getState()));
    };
    const stop = store.subscribe((page, before) => {
      if (page.version === before.version && page.cursorMs === before.cursorMs) return;
      timer ??= setTimeout(take, Math.max(0, lastAt + leastMs - performance.now()));
    });
    take();
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [store]);

  return value;
}

function described<T>(
  describe: (state: SwarmState, history: SwarmHistory, cursorMs: number) => T,
  { history, cursorMs }: SwarmPage,
): T {
  return describe(history.stateAt(cursorMs), history, cursorMs);
}
