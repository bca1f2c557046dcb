import { describe, expect, it } from 'vitest';
import type { JournalFact } from '../../../../src-shared/journal.ts';
import { logKinds } from '../../../history/log-index.ts';
import { historyOf, journalOf, startedFact, tapeOf, updateOf } from '../../../testing/written-run.ts';
import { FilteredLog, type LogFilter, lineOf } from './log-filter.ts';

const facts: readonly (readonly [number, JournalFact])[] = [
  [0, startedFact()],
  [10, { kind: 'connected', peer: '1002', direction: 'dialled', remote: '10.0.0.2:6002' }],
  [20, { kind: 'received-have', peer: '1002', piece: 5 }],
  [30, { kind: 'received-unchoke', peer: '1003' }],
  [40, { kind: 'requested', peer: '1003', piece: 5, offset: 0, length: 1000, reason: { rule: 'random' } }],
  [50, { kind: 'piece-completed', peer: '1003', piece: 5, count: 1 }],
  [60, { kind: 'preferred-changed', preferred: ['1002', '1003'] }],
  [70, { kind: 'preferred-changed', preferred: [] }],
  [80, { kind: 'optimistic-changed', optimistic: '1002' }],
];
const everything: LogFilter = { kinds: new Set(logKinds), peer: undefined, text: '' };
const never = () => false;

function linesOf(filter: Partial<LogFilter>): string[] {
  const history = historyOf(journalOf(facts));
  const log = new FilteredLog(history, { ...everything, ...filter });
  log.read(never);
  return Array.from({ length: log.length }, (_, index) =>
    lineOf('1001', history.tape.event(log.seqAt(index))).slice('YYYY-MM-DD HH:MM:SS: '.length),
  );
}

describe('the filtered log', () => {
  it('shows every line that the course writes, and nothing else', () => {
    expect(linesOf({})).toEqual([
      'Peer 1001 makes a connection to Peer 1002.',
      "Peer 1001 received the 'have' message from 1002 for the piece 5.",
      'Peer 1001 is unchoked by 1003.',
      'Peer 1001 has downloaded the piece 5 from 1003. Now the number of pieces it has is 1.',
      'Peer 1001 has the preferred neighbors 1002,1003.',
      'Peer 1001 has the optimistically unchoked neighbor 1002.',
    ]);
  });

  it('leaves kinds out', () => {
    expect(linesOf({ kinds: new Set(['choke', 'unchoke']) })).toEqual(['Peer 1001 is unchoked by 1003.']);
  });

  it('keeps to one neighbour, with the lists that name it', () => {
    expect(linesOf({ peer: '1003' })).toEqual([
      'Peer 1001 is unchoked by 1003.',
      'Peer 1001 has downloaded the piece 5 from 1003. Now the number of pieces it has is 1.',
      'Peer 1001 has the preferred neighbors 1002,1003.',
    ]);
  });

  it('finds text whatever its case', () => {
    expect(linesOf({ text: 'PIECE 5 FROM' })).toHaveLength(1);
    expect(linesOf({ text: 'nowhere' })).toEqual([]);
  });

  it('reads on where its time ran out, and where the tape grew', () => {
    const many = Array.from(
      { length: 2000 },
      (_, index) => [100 + index, { kind: 'received-have', peer: '1002', piece: 1 }] as const,
    );
    const tape = tapeOf(journalOf([...facts, ...many]));
    const history = historyOf(journalOf(facts));
    const log = new FilteredLog(history, everything);
    log.read(never);
    expect(log.isReading).toBe(false);
    history.append(updateOf(tape, facts.length, many.length));
    expect(log.isReading).toBe(true);
    log.read(() => true);
    expect(log.isReading).toBe(true);
    expect(log.progress).toBeLessThan(1);
    log.read(never);
    expect(log.isReading).toBe(false);
    expect(log.length).toBe(2006);
  });

  it('counts the lines up to a moment', () => {
    const log = new FilteredLog(historyOf(journalOf(facts)), everything);
    log.read(never);
    expect(log.countBefore(0)).toBe(0);
    expect(log.countBefore(3)).toBe(2);
    expect(log.countBefore(99)).toBe(6);
  });
});
