import type { NearbyView } from '../../../src-shared/share.ts';

/** One share, whoever offers it. */
export interface NearbyRow {
  readonly infoHash: string;
  readonly name: string;
  readonly totalLength: number;
  readonly fileCount: number;
  /** Names of computers that have all of it. */
  readonly whole: readonly string[];
  readonly inPart: readonly { readonly name: string; readonly progress: number }[];
  readonly listedAs: string | null;
}

/** A row for each share, the newest first: several computers that have the same one are together. */
export function nearbyRows({ machines }: NearbyView): readonly NearbyRow[] {
  const rows = new Map<string, NearbyRow & { whole: string[]; inPart: NearbyRow['inPart'][number][] }>();
  const addedAt = new Map<string, number>();
  for (const machine of machines) {
    for (const share of machine.shares) {
      const row = rows.get(share.infoHash) ?? {
        infoHash: share.infoHash,
        name: share.name,
        totalLength: share.totalLength,
        fileCount: share.fileCount,
        whole: [],
        inPart: [],
        listedAs: share.listedAs,
      };
      if (share.progress >= 1) row.whole.push(machine.name);
      else row.inPart.push({ name: machine.name, progress: share.progress });
      rows.set(share.infoHash, row);
      // What appeared first somewhere is as old as that.
      addedAt.set(share.infoHash, Math.min(addedAt.get(share.infoHash) ?? Infinity, share.addedAtMs));
    }
  }
  return [...rows.values()].sort(
    (a, b) =>
      addedAt.get(b.infoHash)! - addedAt.get(a.infoHash)! ||
      a.name.localeCompare(b.name) ||
      a.infoHash.localeCompare(b.infoHash),
  );
}

/** Those whose name, or the name of a computer that has them, has a text in it. */
export function foundRows(rows: readonly NearbyRow[], text: string): readonly NearbyRow[] {
  const needle = text.trim().toLowerCase();
  if (needle === '') return rows;
  const has = (name: string) => name.toLowerCase().includes(needle);
  return rows.filter(
    ({ name, whole, inPart }) => has(name) || whole.some(has) || inPart.some(({ name }) => has(name)),
  );
}

/** As the contract takes it; undefined when it is no address. */
export function typedAddress(text: string): string | undefined {
  const address = text.trim();
  if (!/^\[?[\w.:%-]{1,253}\]?(?::\d{1,5})?$/.test(address)) return undefined;
  // Of an IPv6 address without brackets, the last part is no port.
  const port = /^(?:[^:]*|\[.*\]):(\d+)$/.exec(address)?.[1];
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return undefined;
  return address;
}
