import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LogFacts } from './log-facts.ts';

function read(lines: readonly string[], { facts = 1000, pieceCount = 100_000 } = {}): LogFacts {
  const peers = new Set(['1001', '1002', '1003']);
  const log = new LogFacts({
    file: 'log_peer_1002.log',
    self: '1002',
    peers,
    pieceCount,
    budget: { facts },
  });
  for (const line of lines) if (!log.add(line)) break;
  return log;
}

const choked = (time: string) => `${time}: Peer 1002 is choked by 1001.`;

describe('LogFacts', () => {
  it("folds 'have' lines into a set of pieces per neighbour", () => {
    const log = read(
      [7, 0, 7, 65_536].map(
        piece => `Peer 1002 received the 'have' message from 1003 for the piece ${piece}.`,
      ),
    );
    const pieces = log.haves.get('1003')!;
    expect(pieces.count).toBe(3);
    expect([0, 7, 8, 4096 + 7, 65_536].map(piece => pieces.has(piece))).toEqual([
      true,
      true,
      false,
      false,
      true,
    ]);
  });

  it('sets apart lines that speak for another peer and lines about strangers', () => {
    const log = read([
      'Peer 1003 is choked by 1001.',
      'Peer 1002 is choked by 9.',
      'Peer 1002 is choked by 1002.',
    ]);
    expect(log.foreign).toMatchObject({ count: 1, lines: [1] });
    expect(log.strangers).toMatchObject({ count: 2, lines: [2, 3] });
    expect(log.chokes.size).toBe(0);
  });

  it('counts blank lines but reads nothing in them', () => {
    const log = read(['', '   ', 'Peer 1002 is choked by 1001.']);
    expect(log.lines).toBe(3);
    expect(log.unread.count).toBe(0);
    expect(log.chokes.get('1001')).toMatchObject([{ line: 3 }]);
  });

  it('begins a new stretch where a neighbour connects again', () => {
    const connected = 'Peer 1002 is connected from Peer 1003.';
    const piece = 'Peer 1002 has downloaded the piece 1 from 1001. Now the number of pieces it has is 1.';
    expect(read([connected, piece, connected, piece]).pieces.map(({ stretch }) => stretch)).toEqual([0, 1]);
  });

  it('tells the peer from the piece by the roster when an implementation prints them the wrong way round', () => {
    const log = read([
      'Peer 1002 has downloaded the piece 1001 from 7. Now the number of pieces it has is 1.',
      'Peer 1002 has downloaded the piece 1001 from 1003. Now the number of pieces it has is 2.',
    ]);
    expect(log.pieces.map(({ piece, peer }) => [piece, peer])).toEqual([
      [7, '1001'],
      [1003, '1001'],
    ]);
    expect(read(['Peer 1002 has downloaded the piece 1001 from 1003.']).pieces).toMatchObject([
      { piece: 1001, peer: '1003' },
    ]);
  });

  it('lets time go on where a clock of 12 hours, or one without a date, begins again', () => {
    const minutes = (times: readonly string[]) =>
      read(times.map(choked))
        .chokes.get('1001')!
        .map(({ timeMs }) => timeMs! / 60_000);
    expect(minutes(['12:59:00', '01:01:00', '01:02:00'])).toEqual([779, 781, 782]);
    expect(minutes(['23:59:00', '00:01:00'])).toEqual([1439, 1441]);
    const [before, after] = minutes(['2026-01-31 12:59:00', '2026-01-31 01:01:00']);
    expect(after! - before!).toBe(2);
  });

  it('lets a clock be set back', () => {
    const log = read(['2026-01-31 02:59:00', '2026-01-31 02:00:00'].map(choked));
    expect(log.chokes.get('1001')!.map(({ timeMs }) => (timeMs! / 60_000) % 60)).toEqual([59, 0]);
  });

  it('stops when the facts no longer fit, and is no evidence of absence then', () => {
    const log = read(Array(20).fill(choked('12:00:00')), { facts: 5 });
    expect(log.lines).toBe(5);
    expect(log.cut).toBe(true);
    expect(log.speaksOf('received-choke')).toBe(false);
    expect(log.countsEveryPiece).toBe(false);
  });

  it('never throws, whatever the lines', () => {
    const line = fc.stringMatching(
      /^(Peer |100[1-4]|-?\d|: | |has|is|the|preferred|neighbors|choked|by|from|piece)*$/,
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string({ unit: 'binary' }), line)), lines => {
        expect(read(lines).lines).toBe(lines.length);
      }),
    );
  });
});
