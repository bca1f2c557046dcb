import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogTime, formatLogLine, type LogFact, parseLogLine } from './course-log.ts';
import type { JournalEvent, JournalFact } from './journal.ts';

const utcTime = createLogTime(() => 0);
const wallMs = Date.UTC(2026, 0, 31, 14, 5, 9);

function event(fact: JournalFact, at = wallMs): JournalEvent {
  return { ...fact, seq: 0, atMs: 0, wallMs: at };
}

function lineOf(fact: JournalFact): string | undefined {
  return formatLogLine('1002', event(fact), utcTime);
}

describe('formatLogLine', () => {
  it.each<[JournalFact, string]>([
    [
      { kind: 'connected', peer: '1001', direction: 'dialled', remote: '127.0.0.1:6008' },
      'makes a connection to Peer 1001.',
    ],
    [
      { kind: 'connected', peer: '1003', direction: 'accepted', remote: '127.0.0.1:50000' },
      'is connected from Peer 1003.',
    ],
    [{ kind: 'preferred-changed', preferred: ['1003', '1001'] }, 'has the preferred neighbors 1003,1001.'],
    [{ kind: 'preferred-changed', preferred: [] }, 'has the preferred neighbors .'],
    [{ kind: 'optimistic-changed', optimistic: '1001' }, 'has the optimistically unchoked neighbor 1001.'],
    [{ kind: 'received-unchoke', peer: '1001' }, 'is unchoked by 1001.'],
    [{ kind: 'received-choke', peer: '1001' }, 'is choked by 1001.'],
    [
      { kind: 'received-have', peer: '1001', piece: 305 },
      "received the 'have' message from 1001 for the piece 305.",
    ],
    [{ kind: 'received-interested', peer: '1001' }, "received the 'interested' message from 1001."],
    [{ kind: 'received-not-interested', peer: '1001' }, "received the 'not interested' message from 1001."],
    [
      { kind: 'piece-completed', peer: '1001', piece: 7, count: 1 },
      'has downloaded the piece 7 from 1001. Now the number of pieces it has is 1.',
    ],
    [{ kind: 'completed' }, 'has downloaded the complete file.'],
  ])('words %o as section 7 does', (fact, sentence) => {
    expect(lineOf(fact)).toBe(`2026-01-31 14:05:09: Peer 1002 ${sentence}`);
  });

  it('has no line for what section 7 does not name', () => {
    expect(lineOf({ kind: 'sent-unchoke', peer: '1001', role: 'preferred' })).toBeUndefined();
    expect(lineOf({ kind: 'received-bitfield', peer: '1001', bitfield: 'ff', count: 8 })).toBeUndefined();
    expect(lineOf({ kind: 'peer-completed', peer: '1001' })).toBeUndefined();
    expect(lineOf({ kind: 'note', text: 'Peer 1002 is choked by 1001.' })).toBeUndefined();
  });
});

describe('createLogTime', () => {
  it('writes any moment as the calendar has it', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }), date => {
        const iso = date.toISOString();
        expect(createLogTime(() => 0)(date.getTime())).toBe(`${iso.slice(0, 10)} ${iso.slice(11, 19)}`);
      }),
    );
  });

  it('shifts by the offset of the moment', () => {
    const time = createLogTime(at => (at < wallMs ? 0 : 3_600_000));
    expect(time(wallMs - 1)).toBe('2026-01-31 14:05:08');
    expect(time(wallMs)).toBe('2026-01-31 15:05:09');
  });

  it('asks for the offset once per second', () => {
    let asked = 0;
    const time = createLogTime(() => {
      asked += 1;
      return 0;
    });
    for (let ms = 0; ms < 2000; ms += 1) time(wallMs + ms);
    expect(asked).toBe(2);
  });
});

describe('parseLogLine', () => {
  const peer = fc.integer({ min: 1, max: 2 ** 32 - 1 }).map(String);
  const index = fc.nat();
  const loggedFact: fc.Arbitrary<LogFact> = fc.oneof(
    fc.record({
      kind: fc.constant('connected' as const),
      peer,
      direction: fc.constantFrom('dialled' as const, 'accepted' as const),
    }),
    fc.record({
      kind: fc.constantFrom(
        'received-unchoke' as const,
        'received-choke' as const,
        'received-interested' as const,
        'received-not-interested' as const,
      ),
      peer,
    }),
    fc.record({ kind: fc.constant('received-have' as const), peer, piece: index }),
    fc.record({ kind: fc.constant('preferred-changed' as const), preferred: fc.array(peer) }),
    fc.record({ kind: fc.constant('optimistic-changed' as const), optimistic: peer }),
    fc.record({ kind: fc.constant('piece-completed' as const), peer, piece: index, count: index }),
    fc.constant({ kind: 'completed' as const }),
  );

  it('reads back every fact that was written, and calls the line strict', () => {
    fc.assert(
      fc.property(peer, loggedFact, fc.integer({ min: 0, max: 253_402_300_799_000 }), (self, fact, at) => {
        const written = { remote: '127.0.0.1:6008', ...fact } as JournalFact;
        const line = formatLogLine(self, event(written, at), utcTime);
        expect(parseLogLine(line!)).toEqual({
          self,
          fact,
          time: { ms: Math.floor(at / 1000) * 1000, dated: true },
          strict: true,
        });
      }),
    );
  });

  it.each<[string, LogFact]>([
    ['makes a connection to Peer [1001]', { kind: 'connected', peer: '1001', direction: 'dialled' }],
    ['makes a TCP connection to 1001!', { kind: 'connected', peer: '1001', direction: 'dialled' }],
    ['established a connection to 1001', { kind: 'connected', peer: '1001', direction: 'dialled' }],
    ['is connected from [Peer 1003].', { kind: 'connected', peer: '1003', direction: 'accepted' }],
    ['has the preferred neighbors [1003, 1001]', { kind: 'preferred-changed', preferred: ['1003', '1001'] }],
    ['has preferred neighbors 1003 , 1001,.', { kind: 'preferred-changed', preferred: ['1003', '1001'] }],
    [
      'has the preferred neighbours: Peer 1003, Peer 1001.',
      { kind: 'preferred-changed', preferred: ['1003', '1001'] },
    ],
    ['has selected the preferred neighbors - 1003', { kind: 'preferred-changed', preferred: ['1003'] }],
    ['has preferred neighbors ', { kind: 'preferred-changed', preferred: [] }],
    ['has the preferred neighbors [].', { kind: 'preferred-changed', preferred: [] }],
    ['has the preferred neighbors [NONE]', { kind: 'preferred-changed', preferred: [] }],
    [
      'has the optimistically unchoked neighbor Peer [1001]',
      { kind: 'optimistic-changed', optimistic: '1001' },
    ],
    ['has optimistically-unchocked neighbor 1001', { kind: 'optimistic-changed', optimistic: '1001' }],
    ['has the optimistically unchoked neighbor null.', { kind: 'optimistic-changed', optimistic: undefined }],
    ['has the optimistically unchoked neighbor []', { kind: 'optimistic-changed', optimistic: undefined }],
    ['is unchocked by Peer 1001', { kind: 'received-unchoke', peer: '1001' }],
    ['is UNCHOKED by [1001].', { kind: 'received-unchoke', peer: '1001' }],
    ['is chocked by 1001', { kind: 'received-choke', peer: '1001' }],
    ['received the ‘have’ message from 1001 for the piece 5.', have('1001', 5)],
    ['received the \uFFFDhave\uFFFD message from 1001 for the piece 5.', have('1001', 5)],
    ['received the have message from [1001] for the piece [  5 ]', have('1001', 5)],
    ['received a "have" message from Peer 1001 for piece index: 5', have('1001', 5)],
    ["received the 'have' message for the piece 5 from 1001.", have('1001', 5)],
    ["recieved the 'have' message from 01001 for the piece   0005.", have('1001', 5)],
    ["received the 'interested' message from Peer 1001", { kind: 'received-interested', peer: '1001' }],
    ["received the 'not-interested' message from 1001", { kind: 'received-not-interested', peer: '1001' }],
    ['received the not interested message from 1001.', { kind: 'received-not-interested', peer: '1001' }],
    ['has downloaded the piece [7] from [1001]. Now the number of pieces it has is [12].', piece(12)],
    ['has downloaded the piece 7 from Peer 1001; now the number of pieces it has is: 12', piece(12)],
    ['has downloaded from Peer 1001 the piece 7. Now the number of pieces it has is 12', piece(12)],
    ['has downloaded the piece 7 from 1001.', piece(undefined)],
    ['has downloaded the complete file', { kind: 'completed' }],
    ['has downloaded the complete file thefile.', { kind: 'completed' }],
  ])('understands "%s", but not as strict', (sentence, fact) => {
    expect(parseLogLine(`2026-01-31 14:05:09: Peer 1002 ${sentence}`)).toEqual({
      self: '1002',
      fact,
      time: { ms: wallMs, dated: true },
      strict: false,
    });
  });

  it('understands brackets around our own ID', () => {
    const line = '2026-01-31 14:05:09: Peer [1002] is choked by [1001]';
    expect(parseLogLine(line)).toMatchObject({ self: '1002', strict: false });
  });

  it('understands brackets without the word before them', () => {
    const line =
      '[Sat Jan 31 14:05:09 UTC 2026]: [1002] has downloaded the piece 85 from [1001]. Now the number of pieces it has is 1';
    expect(parseLogLine(line)).toEqual({
      self: '1002',
      fact: { kind: 'piece-completed', peer: '1001', piece: 85, count: 1 },
      time: { ms: wallMs, dated: true },
      strict: false,
    });
    expect(parseLogLine('[14:05:09] [1] INFO Peer 1002 is choked by 1001')?.self).toBe('1002');
  });

  it.each([
    '2026-01-31 14:05:09 - Peer 1002',
    '[2026-01-31 14:05:09]: Peer 1002',
    '2026-01-31 14:05:09] Peer 1002',
    '2026/01/31 14:05:09: Peer 1002',
    '2026-01-31T14:05:09Z Peer 1002',
    '01/31/2026 02:05:09 PM: Peer 1002',
    '31.1.2026 14:05:09: Peer 1002',
    '1/31/26 14:05:09: Peer 1002',
    'Sat Jan 31 14:05:09 EST 2026: Peer 1002',
    '31 January 2026, 2:05:09 p.m.: Peer 1002',
    'Jan 31, 2026 2:05:09 PM PeerLog info INFO: Peer 1002',
  ])('reads the time of "%s"', start => {
    expect(parseLogLine(`${start} is choked by 1001.`)).toMatchObject({
      time: { ms: wallMs, dated: true },
      strict: false,
    });
  });

  it('counts an undated time from midnight', () => {
    const time = (start: string) => parseLogLine(`${start}: Peer 1002 is choked by 1001.`)?.time;
    expect(time('02:05:09 PM')).toEqual({ ms: ((14 * 60 + 5) * 60 + 9) * 1000, dated: false });
    expect(time('[12:00:01 am]')).toEqual({ ms: 1000, dated: false });
    expect(time('14:05:09.250')).toEqual({ ms: ((14 * 60 + 5) * 60 + 9) * 1000 + 250, dated: false });
  });

  it('gives a line whose time is unreadable without one', () => {
    expect(parseLogLine('25:99:00: Peer 1002 is choked by 1001.')).toMatchObject({ time: undefined });
    expect(parseLogLine('Peer 1002 is choked by 1001.')).toMatchObject({ time: undefined, strict: false });
  });

  it.each([
    '',
    'Starting the server on port 6008',
    '2026-01-31 14:05:09: Peer 1002 sends a request for the piece 5 to 1001.',
    '2026-01-31 14:05:09: Peer 1002 is choked by nobody.',
    '2026-01-31 14:05:09: Peer 1002 has the preferred neighbors 1001 at last.',
    '2026-01-31 14:05:09: Peer 1002 is choked by 1001 and complains.',
    "2026-01-31 14:05:09: Peer 1002 received the 'have' message from 1001 for the piece 99999999999999999999.",
  ])('leaves "%s" alone', line => {
    expect(parseLogLine(line)).toBeUndefined();
  });

  it('never throws, whatever the line', () => {
    const wild = fc.stringMatching(/^(Peer|peer|\d|[[\]().,:' ]|has|is|the|have|choked|by|from|piece)*$/);
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), wild), line => {
        parseLogLine(line);
      }),
    );
  });

  it.each(['.', ' ', '[', 'peer ', 'peer 1 ', 'and', '1'])(
    'takes linear time over a line of 60,000 times "%s"',
    text => {
      const tail = text.repeat(Math.floor(60_000 / text.length));
      for (const sentence of [
        'has the preferred neighbors ',
        'has the optimistically unchoked neighbor ',
        'has downloaded the piece ',
        'has downloaded the complete file ',
        "received the 'have' message from 1001 for the piece 1",
        'is choked by 1001',
        '',
      ]) {
        expect(parseLogLine(`Peer 1002 ${sentence}${tail}é`)?.strict ?? false).toBe(false);
      }
    },
  );
});

function have(peer: string, piece: number): LogFact {
  return { kind: 'received-have', peer, piece };
}

function piece(count: number | undefined): LogFact {
  return { kind: 'piece-completed', peer: '1001', piece: 7, count };
}
