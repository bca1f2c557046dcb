/**
 * How far shares reach. Tests of several processes on one machine stay on its loop and on a discovery port of their own,
 * so that they meet neither each other nor anybody real: `PIECEWISE_LAN=loopback:40001`. `off` finds nobody nearby.
 */
export type LanScope =
  | { readonly kind: 'everywhere' }
  | { readonly kind: 'loopback'; readonly discoveryPort: number }
  | { readonly kind: 'off' };

/** Reads `PIECEWISE_LAN`; whatever it does not understand is everywhere. */
export function readLanScope(text: string | undefined): LanScope {
  if (text === 'off') return { kind: 'off' };
  const [, digits] = /^loopback:(\d{1,5})$/.exec(text ?? '') ?? [];
  const discoveryPort = Number(digits ?? 0);
  if (discoveryPort < 1 || discoveryPort > 65_535) return { kind: 'everywhere' };
  return { kind: 'loopback', discoveryPort };
}
