import { useMemo } from 'react';
import { useMoment, useSwarm } from '../use-swarm.ts';
import styles from './caption-bar.module.css';
import { CaptionReel } from './reel.ts';

/** In presentation mode: what just happened, in two lines at most. */
export function CaptionBar() {
  const history = useSwarm(page => page.history);
  const reel = useMemo(() => new CaptionReel(history), [history]);
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
