import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryEvents } from './arbitrary-events-suite.ts';
import type { JournalEvent, JournalFact } from './journal.ts';
import { Tape, type TapePage } from './tape.ts';

function taped(events: readonly JournalEvent[]): Tape {
  const tape = new Tape();
  for (const event of events) tape.append(event);
  return tape;
}

function eventsOf(tape: Tape): JournalEvent[] {
  return Array.from({ length: tape.length }, (_, seq) => tape.event(seq));
}

/** Facts one millisecond apart. */
function stamped(facts: readonly JournalFact[]): JournalEvent[] {
  return facts.map((fact, seq) => ({ ...fact, seq, atMs: seq, wallMs: 1_000_000 + seq }));
}

const rowBytes = 31;

describe('a tape', () => {
  it('gives back every event exactly as it was recorded', () => {
    fc.assert(
      fc.property(arbitraryEvents, events => {
        expect(eventsOf(taped(events))).toEqual(events);
      }),
      { numRuns: 300 },
    );
  });

  it('leaves out what an event leaves out', () => {
    const tape = taped(stamped([{ kind: 'note', text: 'odd' }]));
    expect(Object.keys(tape.event(0))).toEqual(['kind', 'text', 'seq', 'atMs', 'wallMs']);
  });

  it('keeps the largest numbers that a protocol can send', () => {
    const most = 4_294_967_295;
    const events = stamped([
      { kind: 'received-have', peer: String(most), piece: most },
      { kind: 'uploaded', peer: '1', piece: most, offset: most, length: most },
      { kind: 'requested', peer: '1', piece: 0, offset: 0, length: most, reason: { rule: 'random' } },
      {
        kind: 'requested',
        peer: '1',
        piece: 0,
        offset: 0,
        length: 1,
        reason: { rule: 'rarest', copies: 0x7fff, peers: 0x7fff },
      },
      {
        kind: 'requested',
        peer: '1',
        piece: 0,
        offset: 0,
        length: 1,
        reason: { rule: 'rarest', copies: 0x8000, peers: 0x8000 },
      },
    ]);
    expect(eventsOf(taped(events))).toEqual(events);
  });

  it('tells kinds and times without making events', () => {
    fc.assert(
      fc.property(arbitraryEvents, events => {
        const tape = taped(events);
        for (const [seq, event] of events.entries()) {
          expect([tape.kind(seq), tape.atMs(seq), tape.wallMs(seq)]).toEqual([
            event.kind,
            event.atMs,
            event.wallMs,
          ]);
        }
      }),
    );
  });

  it('says how many events had happened by a time', () => {
    const haves = [0, 5, 5, 5, 9].map((atMs, seq): JournalEvent => {
      return { kind: 'received-have', peer: '1', piece: 0, seq, atMs, wallMs: 0 };
    });
    const tape = taped(haves);
    expect([-1, 0, 4.9, 5, 8, 9, 100].map(atMs => tape.countUntil(atMs))).toEqual([0, 1, 1, 4, 4, 5, 5]);
    expect(new Tape().countUntil(100)).toBe(0);
  });

  it('hands out events that nobody else holds', () => {
    const tape = taped(stamped([{ kind: 'dial-failed', peer: '1', address: 'a:1', reason: 'refused' }]));
    Object.assign(tape.event(0), { reason: 'changed' });
    expect(tape.event(0)).toMatchObject({ reason: 'refused' });
  });

  it('has no events but its own', () => {
    const tape = taped(stamped([{ kind: 'completed' }]));
    for (const seq of [-1, 1, Number.NaN]) expect(() => tape.event(seq)).toThrow(RangeError);
  });

  it('goes on where a chunk of rows is full', () => {
    const tape = new Tape();
    const copy = new Tape();
    const length = 40_000;
    for (let seq = 0; seq < length; seq += 1) {
      const fact: JournalFact =
        seq % 1000 === 7
          ? { kind: 'note', peer: '1002', text: `${seq}` }
          : { kind: 'received-have', peer: String(1001 + (seq % 5)), piece: seq };
      tape.append({ ...fact, seq, atMs: seq, wallMs: seq });
    }
    for (const most of [16_383, 2, 1, 20_000, 9_999]) {
      copy.appendPage(tape.page(copy.length, most, copy.peerCount));
    }
    expect(copy.length).toBe(16_383 + 2 + 1 + 20_000 + (length - 36_386));
    for (const seq of [0, 7, 16_383, 16_384, 16_385, 32_767, 32_768, 39_007, 39_999]) {
      expect(copy.event(seq)).toEqual(tape.event(seq));
    }
    expect([copy.countUntil(20_000), copy.kind(17_007)]).toEqual([20_001, 'note']);
  });
});

describe('a copy made of pages', () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 });

  it('is the tape, however it was cut', () => {
    fc.assert(
      fc.property(arbitraryEvents, cuts, (events, sizes) => {
        const tape = taped(events);
        const copy = new Tape();
        for (let page = 0; copy.length < tape.length; page += 1) {
          copy.appendPage(tape.page(copy.length, sizes[page % sizes.length]!, copy.peerCount));
        }
        expect(eventsOf(copy)).toEqual(events);
      }),
    );
  });

  it('follows a tape that grows while it is read', () => {
    fc.assert(
      fc.property(arbitraryEvents, cuts, (events, sizes) => {
        const tape = new Tape();
        const copy = new Tape();
        for (const [seq, event] of events.entries()) {
          tape.append(event);
          if (seq % sizes[0]! === 0) copy.appendPage(tape.page(copy.length, sizes.length, copy.peerCount));
        }
        copy.appendPage(tape.page(copy.length, events.length, copy.peerCount));
        expect(eventsOf(copy)).toEqual(events);
      }),
    );
  });

  it('is the same when each page names every peer anew', () => {
    fc.assert(
      fc.property(arbitraryEvents, cuts, (events, sizes) => {
        const tape = new Tape();
        const copy = new Tape();
        for (const [seq, event] of events.entries()) {
          tape.append(event);
          if (seq % sizes[0]! === 0) copy.appendPage(tape.page(copy.length, seq + 1));
        }
        copy.appendPage(tape.page(copy.length, events.length));
        expect(eventsOf(copy)).toEqual(events);
      }),
    );
  });

  it('can itself be copied', () => {
    fc.assert(
      fc.property(arbitraryEvents, events => {
        const copy = new Tape();
        copy.appendPage(taped(events).page(0, events.length));
        const again = new Tape();
        again.appendPage(copy.page(0, events.length));
        expect(eventsOf(again)).toEqual(events);
      }),
    );
  });

  it('takes pages whose bytes begin anywhere in a buffer that is used again', () => {
    fc.assert(
      fc.property(arbitraryEvents, fc.nat(9), (events, offset) => {
        const page = taped(events).page(0, events.length);
        const buffer = Buffer.alloc(page.rows.byteLength + offset);
        buffer.set(page.rows, offset);
        const copy = new Tape();
        copy.appendPage({ ...page, rows: buffer.subarray(offset) });
        buffer.fill(0xff);
        expect(eventsOf(copy)).toEqual(events);
      }),
    );
  });

  it('does not change when the tape goes on', () => {
    const tape = taped(stamped([{ kind: 'received-have', peer: '1', piece: 7 }]));
    const page = tape.page(0, 10);
    tape.append({ kind: 'completed', seq: 1, atMs: 1, wallMs: 1 });
    expect(page.count).toBe(1);
    expect(tape.page(1, 10, 1)).toMatchObject({ from: 1, count: 1, peers: [] });
    expect(tape.page(2, 10, 1)).toMatchObject({ from: 2, count: 0, rich: [] });
  });
});

describe('a wrong page', () => {
  const events = stamped([
    { kind: 'received-have', peer: '1001', piece: 1 },
    { kind: 'completed' },
    { kind: 'received-have', peer: '1002', piece: 2 },
  ]);
  const good = taped(events).page(0, 3);
  const kinds = 3 * (rowBytes - 1);
  const peers = 3 * (rowBytes - 3);
  const withByte = (at: number, byte: number): Partial<TapePage> => {
    const rows = good.rows.slice();
    rows[at] = byte;
    return { rows };
  };

  it.each<[string, Partial<TapePage>]>([
    ['does not begin at the end', { from: 1 }],
    ['has too few bytes', { rows: good.rows.subarray(1) }],
    ['has too many bytes', { count: 2 }],
    ['lacks a rich fact', { rich: [] }],
    ['has a rich fact too many', { rich: [...good.rich, ...good.rich] }],
    ['has an unknown kind', withByte(kinds, 200)],
    ['names a peer by no number', withByte(peers, 2)],
    ['lacks its peers', { peers: [] }],
  ])('that %s is refused, and nothing of it stays', (_what, change) => {
    const tape = new Tape();
    expect(() => tape.appendPage({ ...good, ...change })).toThrow(RangeError);
    expect([tape.length, tape.peerCount]).toEqual([0, 0]);
    tape.appendPage(good);
    expect(eventsOf(tape)).toEqual(events);
  });
});

it('refuses more peers than it has numbers for, and stays whole', () => {
  const tape = new Tape();
  for (let seq = 0; seq < 65_535; seq += 1) {
    tape.append({ kind: 'received-choke', peer: String(seq + 1), seq, atMs: 0, wallMs: 0 });
  }
  const another: JournalEvent = { kind: 'received-choke', peer: '70000', seq: 0, atMs: 0, wallMs: 0 };
  expect(() => tape.append(another)).toThrow('a tape holds 65535 peers');
  tape.append({ ...another, peer: '1' });
  expect(tape.length).toBe(65_536);
  expect(tape.event(65_535)).toMatchObject({ kind: 'received-choke', peer: '1', seq: 65_535 });
});
