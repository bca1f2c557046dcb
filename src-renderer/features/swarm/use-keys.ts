import { useEffect } from 'react';
import { useAppStore } from '../../store/app-store.ts';
import type { SwarmStore } from './swarm-store.ts';

/** The page's keys (Space, arrows, L, 1 2 3, A, P, /, Esc; 4 to 7 on a share), wherever no field takes them. */
export function useKeys(store: SwarmStore, isShare = false): void {
  const app = useAppStore();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (app.getState().dialog !== null || isTaken(event)) return;
      const { step, stepDecision, setPlaying, follow, setDeck, setTab, setFlows, focusOn, ...page } =
        store.getState();
      const { presenting, setPresenting } = app.getState();
      switch (event.key) {
        case ' ':
          setPlaying(!page.playing);
          break;
        case 'ArrowLeft':
        case 'ArrowRight': {
          const direction = event.key === 'ArrowLeft' ? -1 : 1;
          if (event.shiftKey) stepDecision(direction);
          else step(direction * 1_000);
          break;
        }
        case 'l':
        case 'L':
          follow();
          break;
        case '1':
        case '2':
        case '3':
          setDeck((['pieces', 'choking', 'log'] as const)[Number(event.key) - 1]!);
          break;
        case '4':
        case '5':
        case '6':
        case '7':
          if (!isShare) return;
          setTab((['files', 'trackers', 'peers', 'details'] as const)[Number(event.key) - 4]!);
          break;
        case 'a':
        case 'A':
          setFlows(page.flows === 'all' ? 'mine' : 'all');
          break;
        case 'p':
        case 'P':
          setPresenting(!presenting);
          break;
        case '/':
          setDeck('log');
          // The log may only now come to the front.
          requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-find-in-log]')?.focus());
          break;
        case 'Escape':
          if (page.focus !== undefined) focusOn(undefined);
          else if (presenting) setPresenting(false);
          else return;
          break;
        default:
          return;
      }
      event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [app, store, isShare]);
}

/** Whether a key belongs to a field, to a control that it presses, or to a menu or list that stands over the page. */
function isTaken({ key, target }: KeyboardEvent): boolean {
  if (key === 'Escape' && isAnythingOpen()) return true;
  if (!(target instanceof Element)) return false;
  const takers = key === ' ' ? `${fields}, button, summary` : fields;
  return target.closest(takers) !== null;
}

const fields = 'input, select, textarea, [contenteditable], [popover]';

function isAnythingOpen(): boolean {
  return [...document.querySelectorAll('[popover]')].some(element => element.matches(':popover-open'));
}
