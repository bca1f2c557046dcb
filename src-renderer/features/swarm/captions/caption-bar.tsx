import { useMemo, useRef } from 'react';
import { usePeerNames } from '../peer-names.tsx';
import { useMoment, useSwarm } from '../use-swarm.ts';
import styles from './caption-bar.module.css';
import { CaptionReel } from './reel.ts';

/** In presentation mode: what just happened, in two lines at most. */
export function CaptionBar() {
  const history = useSwarm(page => page.history);
  // Names may change while a run goes on, and what was told is not told again for that.
  const names = useRef(usePeerNames());
  names.current = usePeerNames();
  const reel = useMemo(() => new CaptionReel(history, peer => names.current.long(peer)), [history]);
  const playing = useSwarm(page => page.playing);
  const caption = useMoment(state => reel.advance(state, performance.now(), !playing));
  return (
    <div className={styles.bar} aria-live="polite">
      {caption === undefined ? null : (
        <>
          <small>{caption.topic}</small>
          <span>{caption.text}</span>
        </>
      )}
    </div>
  );
}
