import { Unplug } from 'lucide-react';
import { useApp } from '../store/app-store.ts';
import { frameTexts } from '../texts/frame.ts';
import styles from './connection-bar.module.css';

/** Says calmly that the app is not there at the moment. */
export function ConnectionBar() {
  const connection = useApp(state => state.connection);
  return (
    <div role="status">
      {connection === 'open' ? null : (
        <p className={styles.bar}>
          <Unplug size={14} aria-hidden="true" />
          <b>{frameTexts.connectionLost}</b>
          <span>{frameTexts.connectionAgain}</span>
        </p>
      )}
    </div>
  );
}
