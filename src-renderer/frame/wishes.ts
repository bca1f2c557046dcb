import type { Wish } from '../../src-shared/contract.ts';
import { choosePlace, openPlaces } from '../features/course/open.ts';
import type { AppStore } from '../store/app-store.ts';

/** Does what the app asks of the screen: a menu entry chosen, a file handed over. */
export function fulfil(store: AppStore, wish: Wish): void {
  const { go, openDialog, setPresenting, route, presenting } = store.getState();
  if (wish.kind === 'open') {
    openPlaces(store, wish.places);
    return;
  }
  if (wish.kind === 'magnet') return;
  switch (wish.to) {
    case 'home':
    case 'settings':
      return go({ page: wish.to });
    case 'nearby':
    case 'network':
    case 'open-torrent':
      return;
    case 'palette':
      return openDialog({ kind: 'palette' });
    case 'present':
      // Only a swarm can be presented.
      if (route.page === 'swarm') setPresenting(!presenting);
      return;
    case 'open-file':
    case 'open-folder':
    case 'open-journal':
      choosePlace(
        store,
        ({ 'open-file': 'file', 'open-folder': 'folder', 'open-journal': 'journal' } as const)[wish.to],
      );
      return;
  }
}
