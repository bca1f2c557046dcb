import { useEffect, useState } from 'react';
import { openDropped } from '../features/course/open.ts';
import { DropPicture } from '../features/home/pictures.tsx';
import { openMagnet } from '../features/shares/actions.ts';
import { type AppStore, useApp, useAppStore } from '../store/app-store.ts';
import { frameTexts } from '../texts/frame.ts';
import { sharesTexts } from '../texts/shares.ts';
import styles from './drop-target.module.css';

/** Makes the whole window take what is dropped, and shows so while something is dragged over it. */
export function DropTarget() {
  const store = useAppStore();
  const [isOver, setOver] = useState(false);
  const route = useApp(state => state.route);

  useEffect(() => {
    // Each element that is entered and left on the way says so; only the sum tells whether the pointer is inside.
    let depth = 0;
    const change = (by: number) => {
      depth = Math.max(0, depth + by);
      setOver(depth > 0);
    };
    const listeners: Partial<Record<keyof WindowEventMap, (event: DragEvent) => void>> = {
      dragenter: event => {
        if (isOurs(event)) change(1);
      },
      dragleave: event => {
        if (isOurs(event)) change(-1);
      },
      dragover: event => {
        if (!isOurs(event)) return;
        event.preventDefault();
        if (event.dataTransfer !== null) event.dataTransfer.dropEffect = 'copy';
      },
      drop: event => {
        if (!isOurs(event)) return;
        // Otherwise the browser would leave the app and show the file.
        event.preventDefault();
        change(-depth);
        if (event.dataTransfer !== null) openTransfer(store, event.dataTransfer);
      },
    };
    const entries = Object.entries(listeners) as [string, EventListener][];
    for (const [kind, listener] of entries) window.addEventListener(kind, listener);
    return () => {
      for (const [kind, listener] of entries) window.removeEventListener(kind, listener);
    };
  }, [store]);

  if (!isOver) return null;
  return (
    <div className={styles.overlay} aria-hidden="true" data-testid="drop-overlay">
      <div className={styles.zone}>
        <DropPicture />
        <p className={styles.title}>{frameTexts.drop.title}</p>
        <p className={styles.text}>{frameTexts.drop[route.page === 'lab' ? route.part : 'text']}</p>
      </div>
    </div>
  );
}

/** Files, folders, or a link; what is in it, a browser tells only when it is dropped. */
function isOurs({ dataTransfer }: DragEvent): boolean {
  const types = dataTransfer?.types ?? [];
  return types.includes('Files') || types.includes('text/uri-list');
}

function openTransfer(store: AppStore, transfer: DataTransfer): void {
  if (transfer.types.includes('Files')) {
    openDropped(store, transfer);
    return;
  }
  const text = `${transfer.getData('text/uri-list')}\n${transfer.getData('text/plain')}`;
  if (openMagnet(store, text)) return;
  store.getState().toast({ tone: 'error', title: sharesTexts.magnet.noPlace, problems: [] });
}
