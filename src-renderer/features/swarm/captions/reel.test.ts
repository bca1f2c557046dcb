import { describe, expect, it } from 'vitest';
import type { JournalFact } from '../../../../src-shared/journal.ts';
import { historyOf, journalOf, startedFact } from '../../../testing/written-run.ts';
import { CaptionReel } from './reel.ts';

const rechoke = (round: number, preferred: string): JournalFact => ({
  kind: 'choke-decision',
  decision: {
    round,
    rule: 'rates',
    slots: 1,
    candidates: ['1002', '1003'].map((peer, index) => ({
      peer,
      receivedBytes: peer === preferred ? 2000 : 1000,
      bytesPerSecond: peer === preferred ? 400 : 200,
      chosen: peer === preferred,
      reason: { why: 'rate', rank: index + 1, tied: false },
    })),
    preferred: [preferred],
    unchoke: [],
    choke: [],
  },
});
const history = historyOf(
  journalOf([
    [0, startedFact()],
    [1000, { kind: 'connected', peer: '1002', direction: 'dialled', remote: '10.0.0.2:6002' }],
    [5000, rechoke(1, '1002')],
    [10_000, rechoke(2, '1003')],
  ]),
);

describe('the captions', () => {
  it('tell what happens as the cursor passes it', () => {
    const reel = new CaptionReel(history);
    reel.advance(history.stateAt(0), 0);
    expect(reel.advance(history.stateAt(1000), 20_000)?.text).toContain('1002');
  });

  it('stay until they can be read, however fast the run is played', () => {
    const reel = new CaptionReel(history);
    const first = reel.advance(history.stateAt(1000), 0)?.text;
    expect(reel.advance(history.stateAt(10_000), 100)?.text).toBe(first);
    expect(reel.advance(history.stateAt(10_000), 6_000)?.text).not.toBe(first);
  });

  it('say who replaces whom', () => {
    const reel = new CaptionReel(history);
    reel.advance(history.stateAt(9_999), 0);
    expect(reel.advance(history.stateAt(10_000), 60_000)?.text).toMatch(/1003.*1002/);
  });

  it('tell the decision that a step at rest leads to, at once, and keep it', () => {
    const reel = new CaptionReel(history);
    reel.advance(history.stateAt(7_000), 0, true);
    const caption = reel.advance(history.stateAt(10_000), 100, true)?.text;
    expect(caption).toMatch(/1003.*1002/);
    expect(reel.advance(history.stateAt(10_000), 100_000, true)?.text).toBe(caption);
  });

  it('tell the last decision when they begin in the middle, and nothing of before', () => {
    const long = historyOf(
      journalOf([
        [0, startedFact()],
        [5000, rechoke(1, '1002')],
        [10_000, rechoke(2, '1003')],
        [15_000, rechoke(3, '1003')],
      ]),
    );
    expect(new CaptionReel(long).advance(long.stateAt(16_000), 0)?.text).not.toMatch(/1003.*1002/);
  });

  it('tell the last decision after a jump back', () => {
    const reel = new CaptionReel(history);
    reel.advance(history.stateAt(10_000), 0);
    expect(reel.advance(history.stateAt(7_000), 20_000)?.topic).toBe('Choking');
  });
});
