import type { Wish } from '../../src-shared/contract.ts';
import { choosePlace, openPlaces } from '../features/course/open.ts';
import { openMagnet } from '../features/shares/actions.ts';
import type { AppStore, Choosing } from '../store/app-store.ts';

const chosenBy = {
  'open-file': 'file',
  'open-folder': 'folder',
  'open-journal': 'journal',
  'open-torrent': 'torrent',
} as const satisfies Record<string, Choosing>;

/** Does what the app asks of the screen: a menu entry chosen, a file handed over. */
export function fulfil(store: AppStore, wish: Wish): void {
  const { go, openDialog, setPresenting, route, presenting } = store.getState();
  if (wish.kind === 'open') {
    openPlaces(store, wish.places);
    return;
  }
  if (wish.kind === 'magnet') {
    openMagnet(store, wish.link);
    return;
  }
  switch (wish.to) {
    case 'home':
    case 'settings':
    case 'network':
      return go({ page: wish.to });
    case 'lab':
      return go({ page: 'lab', part: 'plan' });
    case 'nearby':
      return goToNearby(store);
    case 'palette':
      return openDialog({ kind: 'palette' });
    case 'present':
      // Only a swarm can be presented.
      if (route.page === 'swarm') setPresenting(!presenting);
      return;
    case 'open-file':
    case 'open-folder':
    case 'open-journal':
    case 'open-torrent':
      choosePlace(store, chosenBy[wish.to]);
      return;
  }
}

/** Shows what others in the room share: a part of Home. */
export function goToNearby(store: AppStore): void {
  store.getState().go({ page: 'home' });
  requestAnimationFrame(() => {
    const panel = document.getElementById('nearby-panel');
    panel?.scrollIntoView({ block: 'nearest' });
    panel?.focus();
  });
}
