import type { PeerId } from '../src-shared/journal.ts';

/** The pages, as they stand behind `#` in the address. */
export type Route =
  | { readonly page: 'home' }
  | {
      readonly page: 'swarm';
      readonly swarm: string;
      /** Whose view is shown; null for the swarm's first. */
      readonly peer: PeerId | null;
    }
  | { readonly page: 'settings' }
  /** What each way of finding peers has found. */
  | { readonly page: 'network' }
  /** A lab before its run, and after. */
  | { readonly page: 'lab'; readonly part: 'plan' | 'report' };

/** What an address shows; Home when it says nothing known. */
export function parseRoute(hash: string): Route {
  const [page, ...rest] = hash.replace(/^#?\/?/, '').split('/');
  if ((page === 'settings' || page === 'network') && rest.length === 0) return { page };
  if (page === 'lab' && rest.length === 0) return { page, part: 'plan' };
  if (page === 'lab' && rest.length === 1 && rest[0] === 'report') return { page, part: 'report' };
  if (page === 'swarm') {
    const [swarm = '', peer = null, ...more] = rest;
    const isKnown = /^[\w-]{1,64}$/.test(swarm) && (peer === null || /^[1-9]\d{0,9}$/.test(peer));
    if (isKnown && more.length === 0) return { page: 'swarm', swarm, peer };
  }
  return { page: 'home' };
}

/** The address of a page, for links. */
export function hrefOf(route: Route): string {
  switch (route.page) {
    case 'home':
      return '#/';
    case 'settings':
    case 'network':
      return `#/${route.page}`;
    case 'lab':
      return route.part === 'plan' ? '#/lab' : `#/lab/${route.part}`;
    case 'swarm':
      return `#/swarm/${route.swarm}${route.peer === null ? '' : `/${route.peer}`}`;
  }
}
