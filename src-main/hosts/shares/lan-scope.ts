/**
 * How far shares reach. Tests of several processes on one machine stay on its loop: `PIECEWISE_LAN=loopback` finds nobody
 * nearby, and `loopback:40001` those with the same two ports, this and the next, so that tests meet neither each other nor
 * anybody real. `off` is reached by everybody and finds nobody nearby.
 */
export type LanScope =
  | { readonly kind: 'everywhere' }
  | { readonly kind: 'loopback'; readonly discoveryPort: number | null }
  | { readonly kind: 'off' };

/** Reads `PIECEWISE_LAN`; whatever it does not understand is everywhere. */
export function readLanScope(text: string | undefined): LanScope {
  if (text === 'off') return { kind: 'off' };
  if (text === 'loopback') return { kind: 'loopback', discoveryPort: null };
  const [, digits] = /^loopback:(\d{1,5})$/.exec(text ?? '') ?? [];
  const discoveryPort = Number(digits ?? 0);
  if (discoveryPort < 1 || discoveryPort > 65_534) return { kind: 'everywhere' };
  return { kind: 'loopback', discoveryPort };
}

/** Whether anybody nearby can be found at all. */
export function findsNearby(scope: LanScope): boolean {
  return scope.kind === 'everywhere' || (scope.kind === 'loopback' && scope.discoveryPort !== null);
}
