import type { Sentence } from '../../../src-shared/sentence.ts';
import type { NetworkView } from '../../../src-shared/share.ts';
import { formatDuration } from '../../../src-shared/units.ts';
import { networkTexts as texts } from '../../texts/network.ts';

/** What the check comes to: what does not work, else who is seen. */
export function networkSentence({ mechanisms }: NetworkView, machines: number): Sentence {
  const failed = mechanisms.filter(({ state }) => state === 'failed');
  if (failed.length > 0) {
    return texts.sentence.failed(failed.map(({ mechanism }) => texts.mechanisms[mechanism].title));
  }
  return machines > 0 ? texts.sentence.found(machines) : texts.sentence.alone;
}

/** "now", "12 s ago", "3 m 05 s ago"; a clock that went back is now, too. */
export function lastTextOf(sinceMs: number): string {
  return sinceMs < 2000
    ? texts.now
    : texts.ago(formatDuration(Math.floor(sinceMs / 1000) * 1000).replace('.0 ', ' '));
}
