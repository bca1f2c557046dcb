import type { Random } from '../ports.ts';

/** More trackers than this in one share help nobody. */
const mostTrackers = 100;

/**
 * The order in which a share's trackers are asked (BEP 12): tier after tier, in random order inside a tier until one
 * works and comes first in it.
 */
export class TrackerTiers {
  readonly #tiers: readonly string[][];

  /** A URL that comes twice counts where it comes first. */
  constructor(tiers: readonly (readonly string[])[], random: Random) {
    const seen = new Set<string>();
    const isNew = (url: string) => {
      if (seen.size >= mostTrackers || seen.has(url)) return false;
      seen.add(url);
      return true;
    };
    this.#tiers = tiers.map(tier => shuffled(tier.filter(isNew), random)).filter(tier => tier.length > 0);
  }

  /** All of them, the first to be asked first. */
  get inOrder(): readonly { readonly url: string; readonly tier: number }[] {
    return this.#tiers.flatMap((urls, tier) => urls.map(url => ({ url, tier })));
  }

  /** This one works: it is asked before all others of its tier. */
  prefer(url: string): void {
    for (const tier of this.#tiers) {
      const index = tier.indexOf(url);
      if (index > 0) tier.unshift(...tier.splice(index, 1));
    }
  }
}

/** A copy in random order (Fisher–Yates). */
function shuffled<T>(items: readonly T[], random: Random): T[] {
  const order = items.slice();
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
