import type { SwarmSummary } from '../../../src-shared/contract.ts';
import type { ShareActivity } from '../../../src-shared/share.ts';
import { canResume } from '../shares/actions.ts';

/** In which order Home shows its shares. */
export const shareOrders = ['queue', 'newest', 'name', 'state'] as const;
export type ShareOrder = (typeof shareOrders)[number];

/** What is looked for among the shares of Home, and how they stand. */
export interface ShareListing {
  readonly find: string;
  readonly order: ShareOrder;
}

const byName = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** What goes on before what waits, and that before what is done. */
const activityRanks: Readonly<Record<ShareActivity, number>> = {
  failed: 0,
  downloading: 2,
  hashing: 3,
  checking: 3,
  metadata: 4,
  queued: 5,
  paused: 6,
  seeding: 7,
};

/** The shares that are looked for, in order; where that says nothing, in the order of the queue. */
export function listedShares(
  shares: readonly SwarmSummary[],
  { find, order }: ShareListing,
): readonly SwarmSummary[] {
  const needle = find.trim().toLowerCase();
  const found = shares.filter(({ name }) => name.toLowerCase().includes(needle));
  switch (order) {
    case 'queue':
      return found;
    case 'newest':
      return found.sort((a, b) => addedAt(b) - addedAt(a));
    case 'name':
      return found.sort((a, b) => byName.compare(a.name, b.name));
    case 'state':
      return found.sort((a, b) => stateRank(a) - stateRank(b));
  }
}

function addedAt({ share }: SwarmSummary): number {
  return share?.addedAtMs ?? 0;
}

function stateRank({ share }: SwarmSummary): number {
  if (share === null) return Number.POSITIVE_INFINITY;
  const rank = activityRanks[share.activity];
  return share.problem === null ? rank : Math.min(rank, 1);
}

/** Which of them can be paused and which resumed. */
export function allAtOnce(shares: readonly SwarmSummary[]): {
  readonly pausable: readonly string[];
  readonly resumable: readonly string[];
} {
  const ids = (some: readonly SwarmSummary[]) => some.map(({ swarm }) => swarm);
  return {
    pausable: ids(shares.filter(({ share }) => !canResume(share))),
    resumable: ids(shares.filter(({ share }) => canResume(share))),
  };
}
