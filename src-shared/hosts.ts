/** "lab-01" of "lab-01:6001"; "::1" of "[::1]:6001". */
export function hostOf(address: string): string {
  const colon = address.lastIndexOf(':');
  const host = colon < 0 ? address : address.slice(0, colon);
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

const longestLabel = 22;

/** What to call each host: without its domain where the first part tells it apart, and cut where it is long. */
export function hostLabels(hosts: readonly string[]): ReadonlyMap<string, string> {
  const all = [...new Set(hosts)];
  const firstParts = all.map(host => firstPart(host));
  return new Map(
    all.map((host, i) => {
      const isUnique = firstParts.indexOf(firstParts[i]!) === firstParts.lastIndexOf(firstParts[i]!);
      return [host, cut(isUnique ? firstParts[i]! : host)];
    }),
  );
}

function firstPart(host: string): string {
  return /^[\d.]+$/.test(host) || host.includes(':') ? host : (host.split('.')[0] ?? host);
}

function cut(text: string): string {
  return text.length <= longestLabel ? text : `${text.slice(0, longestLabel - 1)}…`;
}
