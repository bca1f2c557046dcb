import type { TapeUpdate } from '../../src-shared/contract.ts';
import type { JournalEvent, JournalFact, PeerId } from '../../src-shared/journal.ts';
import { Tape } from '../../src-shared/tape.ts';
import { SwarmHistory } from '../history/history.ts';

/** Runs written down fact by fact, for tests of what is drawn from them. */

export const runStartedWallMs = Date.UTC(2026, 0, 15, 12, 0, 0);

export interface WrittenRun {
  readonly peers?: readonly PeerId[];
  readonly pieceCount?: number;
  readonly pieceLength?: number;
}

/** The first fact of a run: peer 1001 and the others on one computer, nobody has anything. */
export function startedFact({
  peers = ['1001', '1002', '1003'],
  pieceCount = 8,
  pieceLength = 1000,
}: WrittenRun = {}): JournalFact {
  return {
    kind: 'started',
    self: '1001',
    dialect: 'course',
    name: 'file.bin',
    totalLength: pieceCount * pieceLength,
    pieceLength,
    pieceCount,
    bitfield: '00'.repeat(Math.ceil(pieceCount / 8)),
    roster: peers.map((peer, index) => ({ peer, address: `lab-01:${6001 + index}`, seed: false })),
    preferredSlots: 2,
    unchokingIntervalMs: 5000,
    optimisticIntervalMs: 15_000,
    strategy: 'rarest',
  };
}

/** Facts with the moment of each, milliseconds since the start, as a journal. */
export function journalOf(facts: readonly (readonly [atMs: number, fact: JournalFact])[]): JournalEvent[] {
  return facts.map(([atMs, fact], seq) => ({ ...fact, seq, atMs, wallMs: runStartedWallMs + atMs }));
}

export function tapeOf(events: readonly JournalEvent[]): Tape {
  const tape = new Tape();
  for (const event of events) tape.append(event);
  return tape;
}

/** Rows of a tape as the app sends them. */
export function updateOf(tape: Tape, from: number, most: number, nowMs: number | null = null): TapeUpdate {
  return { page: tape.page(from, most), total: tape.length, nowMs, logFile: 'log_peer_1001.log' };
}

export function historyOf(events: readonly JournalEvent[], nowMs: number | null = null): SwarmHistory {
  const history = new SwarmHistory();
  const tape = tapeOf(events);
  history.append(updateOf(tape, 0, tape.length, nowMs));
  return history;
}
