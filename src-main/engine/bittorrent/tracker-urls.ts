import { shownName } from '../content/path-rules.ts';

/** Which trackers of a torrent or magnet link are asked at all. */

const longestUrl = 2048;
const mostTiers = 50;
const mostPerTier = 50;

const url = /^(https?|udp):\/\/([^\s/?#\p{Cc}]+)([^\s\p{Cc}]*)$/iu;

/** A tracker's URL, with its scheme in lower case; undefined unless it is http, https or udp, with a host. */
export function usableTracker(text: string): string | undefined {
  const trimmed = text.trim();
  const match = url.exec(trimmed);
  if (match === null || trimmed.length > longestUrl) return undefined;
  const [, scheme = '', authority = '', rest = ''] = match;
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  const port = /:(\d{1,5})$/.exec(host)?.[1];
  if (host.startsWith(':') || (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)))
    return undefined;
  // BEP 15 has no usual port.
  if (scheme.toLowerCase() === 'udp' && port === undefined) return undefined;
  return `${scheme.toLowerCase()}://${authority}${rest}`;
}

/** The tiers (BEP 12) with what can be used of them, each URL once; `onLeftOut` is told of the others. */
export function usableTiers(
  tiers: readonly (readonly string[])[],
  onLeftOut: (notice: string) => void = () => {},
): string[][] {
  const seen = new Set<string>();
  const usable: string[][] = [];
  for (const tier of tiers) {
    const urls: string[] = [];
    for (const text of tier) {
      const tracker = usableTracker(text);
      if (tracker === undefined) {
        if (text.trim() !== '')
          onLeftOut(`The tracker "${shownName(text)}" is left out: only http, https and udp work.`);
      } else if (!seen.has(tracker) && urls.length < mostPerTier) {
        seen.add(tracker);
        urls.push(tracker);
      }
    }
    if (urls.length > 0 && usable.length < mostTiers) usable.push(urls);
  }
  return usable;
}
