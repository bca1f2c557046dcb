/** Whose turn it is to transfer, and the order they wait in. */

export interface QueueLimits {
  /** How many download, and how many seed, at a time. */
  readonly activeDownloads: number;
  readonly activeSeeds: number;
}

export interface Waiting {
  readonly id: string;
  /** Undefined: it wants no turn now. */
  readonly wants: 'download' | 'seed' | undefined;
}

export interface Turns {
  readonly active: ReadonlySet<string>;
  /** Places in the queue, from 1, of those that wait. */
  readonly positions: ReadonlyMap<string, number>;
}

/** The first of each kind have their turn; `queue` is in order. */
export function turnsOf(queue: readonly Waiting[], { activeDownloads, activeSeeds }: QueueLimits): Turns {
  const left = { download: activeDownloads, seed: activeSeeds };
  const active = new Set<string>();
  const positions = new Map<string, number>();
  for (const { id, wants } of queue) {
    if (wants === undefined) continue;
    if (left[wants] > 0) {
      left[wants] -= 1;
      active.add(id);
    } else positions.set(id, positions.size + 1);
  }
  return { active, positions };
}

export type QueueMove = 'top' | 'up' | 'down' | 'bottom';

/** The order after one of them has moved; the same when it is not in it, or has nowhere to go. */
export function movedInQueue(order: readonly string[], id: string, to: QueueMove): readonly string[] {
  const from = order.indexOf(id);
  if (from < 0) return order;
  const others = order.filter(other => other !== id);
  const place = { top: 0, up: Math.max(0, from - 1), down: from + 1, bottom: others.length }[to];
  return [...others.slice(0, place), id, ...others.slice(place)];
}

/**
 * What was given for what was taken. Who had the files from the start has taken nothing, and is measured by their
 * length.
 */
export function ratioOf(uploadedBytes: number, downloadedBytes: number, totalLength: number): number {
  const taken = downloadedBytes > 0 ? downloadedBytes : totalLength;
  return taken === 0 ? 0 : uploadedBytes / taken;
}
