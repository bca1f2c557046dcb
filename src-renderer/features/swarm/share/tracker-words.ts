import type { TrackerView } from '../../../../src-shared/share.ts';
import { sharePageTexts } from '../../../texts/share-page.ts';

const texts = sharePageTexts.trackers;

/** The addresses in their tiers. */
export function tiersOf(trackers: readonly TrackerView[]): readonly (readonly string[])[] {
  const tiers = new Map<number, string[]>();
  for (const { tier, url } of trackers) tiers.set(tier, [...(tiers.get(tier) ?? []), url]);
  return [...tiers].sort(([a], [b]) => a - b).map(([, urls]) => urls);
}

/** "12 s ago", "now", "in 28 m 25 s"; a dash for never. */
export function whenText(atMs: number | null, nowMs: number): string {
  if (atMs === null) return texts.never;
  const inMs = atMs - nowMs;
  if (Math.abs(inMs) < 1000) return texts.now;
  return inMs < 0 ? texts.ago(-inMs) : texts.in(inMs);
}
