import { choosePlace, openDropped } from '../features/course/open.ts';
import { openMagnet } from '../features/shares/actions.ts';
import type { AppStore } from '../store/app-store.ts';

/** The keys that work on every page. A dialog has its own; letters belong to whoever types. */
export function onKey(store: AppStore, event: KeyboardEvent): void {
  if (event.defaultPrevented || event.altKey) return;
  const { dialog, openDialog, closeDialog, toggleTheme } = store.getState();
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) {
    if (key === 'k') {
      event.preventDefault();
      if (dialog?.kind === 'palette') closeDialog();
      else if (dialog === null) openDialog({ kind: 'palette' });
    } else if (key === 'o' && !event.shiftKey) {
      event.preventDefault();
      if (dialog === null) choosePlace(store, 'file');
    }
    return;
  }
  if (dialog !== null || isTyping(event.target)) return;
  if (key === 't') toggleTheme();
  else if (event.key === '?') openDialog({ kind: 'keys' });
  else return;
  event.preventDefault();
}

/** A magnet link, or files, pasted anywhere but into a text. */
export function onPasted(store: AppStore, event: ClipboardEvent): void {
  const { clipboardData, target } = event;
  if (event.defaultPrevented || clipboardData === null || isTyping(target)) return;
  if (store.getState().dialog !== null) return;
  if (clipboardData.files.length > 0) openDropped(store, clipboardData);
  else if (!openMagnet(store, clipboardData.getData('text/plain'))) return;
  event.preventDefault();
}

/** Whether letters go into a text. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && !['checkbox', 'radio', 'range', 'button'].includes(target.type)) ||
    (target instanceof HTMLElement && target.isContentEditable)
  );
}
