import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JournalEvent, JournalFact } from '../../src-shared/journal.ts';
import { Tape } from '../../src-shared/tape.ts';
import { writeJournal } from './journal-file.ts';
import { JournalLines, readJournal } from './journal-reader.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'journal-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

const started: JournalFact = {
  kind: 'started',
  self: '1002',
  dialect: 'course',
  name: 'thefile',
  totalLength: 1_000,
  pieceLength: 100,
  pieceCount: 10,
  bitfield: '0000',
  roster: ['1001', '1002', '1003'].map(peer => ({
    peer,
    address: `10.0.0.1:${peer}`,
    seed: peer === '1001',
  })),
  preferredSlots: 1,
  unchokingIntervalMs: 5_000,
  optimisticIntervalMs: 15_000,
  strategy: 'rarest',
};

/** The events of one run, a second apart, from a time on. */
function run(facts: readonly JournalFact[], wallMs = 1_000_000): JournalEvent[] {
  return facts.map((fact, seq) => ({ ...fact, seq, atMs: seq * 1_000, wallMs: wallMs + seq * 1_000 }));
}

const have = (piece: number): JournalFact => ({ kind: 'received-have', peer: '1001', piece });
const small = run([
  started,
  { kind: 'connected', peer: '1001', direction: 'dialled', remote: '10.0.0.1:1001' },
  { kind: 'received-bitfield', peer: '1001', bitfield: 'ffc0', count: 10 },
  {
    kind: 'requested',
    peer: '1001',
    piece: 3,
    offset: 0,
    length: 100,
    reason: { rule: 'rarest', copies: 1, peers: 1 },
  },
  { kind: 'note', text: 'naïve – “odd” \u2028 ☃' },
  { kind: 'ended', outcome: 'complete', lost: [] },
]);
const textOf = (events: readonly unknown[]) => events.map(event => `${JSON.stringify(event)}\n`).join('');

async function read(text: string | Uint8Array) {
  const path = join(dir, 'run.jsonl');
  await writeFile(path, text);
  const events: JournalEvent[] = [];
  const lines = new JournalLines(event => events.push(event));
  await readJournal(path, lines, () => true);
  return { events, notices: lines.notices };
}

/** Any fact about a swarm of three peers and ten pieces. */
const anyFact = ((): fc.Arbitrary<JournalFact> => {
  const peer = fc.constantFrom('1001', '1002', '1003');
  const peers = fc.uniqueArray(peer);
  const piece = fc.nat({ max: 9 });
  const text = fc.string({ unit: 'binary', maxLength: 20 });
  const one = <T>(value: T) => fc.constant(value);
  const amount = fc.double({ min: 0, max: 1e9, noNaN: true }).map(number => number + 0);
  const record = <T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
    fc.record(fields) as unknown as fc.Arbitrary<JournalFact>;
  const reason = fc.oneof(
    fc.record({ rule: fc.constantFrom('random', 'begun', 'endgame') }),
    fc.record({ rule: one('rarest'), copies: fc.nat(200), peers: fc.nat(200) }),
  );
  const why = fc.oneof(
    fc.record({ why: fc.constantFrom('random', 'room') }),
    fc.record({ why: one('rate'), rank: fc.nat(9), tied: fc.boolean() }),
  );
  const candidate = fc.record({
    peer,
    receivedBytes: fc.nat(),
    bytesPerSecond: amount,
    chosen: fc.boolean(),
    reason: why,
  });
  return fc.oneof(
    record({ kind: one('dial-failed'), peer, address: text, reason: text }),
    record({ kind: one('connected'), peer, direction: fc.constantFrom('dialled', 'accepted'), remote: text }),
    record({ kind: one('rejected'), remote: text, reason: text }),
    record({ kind: one('disconnected'), peer, reason: text }),
    record({
      kind: one('received-bitfield'),
      peer,
      bitfield: fc.constantFrom('0000', 'ffc0', ''),
      count: piece,
    }),
    record({ kind: fc.constantFrom('received-have', 'piece-received'), peer, piece }),
    record({
      kind: fc.constantFrom(
        'received-interested',
        'received-not-interested',
        'received-choke',
        'received-unchoke',
        'sent-interested',
        'sent-not-interested',
        'sent-choke',
        'peer-completed',
      ),
      peer,
    }),
    record({ kind: one('sent-unchoke'), peer, role: fc.constantFrom('preferred', 'optimistic') }),
    record({
      kind: one('choke-decision'),
      decision: fc.record({
        round: fc.nat(),
        rule: fc.constantFrom('rates', 'random'),
        slots: fc.nat(9),
        candidates: fc.array(candidate, { maxLength: 3 }),
        preferred: peers,
        unchoke: peers,
        choke: peers,
      }),
    }),
    record({
      kind: one('optimistic-decision'),
      decision: fc.record({
        candidates: peers,
        kept: fc.boolean(),
        optimistic: fc.option(peer, { nil: undefined }),
        choke: peers,
      }),
    }),
    record({ kind: one('preferred-changed'), preferred: peers }),
    record({ kind: one('optimistic-changed'), optimistic: peer }),
    record({ kind: one('requested'), peer, piece, offset: fc.nat(50), length: fc.nat(50), reason }),
    record({
      kind: one('request-released'),
      peer,
      piece,
      offset: fc.nat(99),
      reason: fc.constantFrom('choked', 'disconnected', 'timed-out', 'wrong-piece'),
    }),
    record({ kind: one('piece-completed'), peer, piece, count: piece }),
    record({ kind: one('piece-failed'), peers, piece }),
    record({ kind: one('uploaded'), peer, piece, offset: fc.nat(50), length: fc.nat(50) }),
    record({ kind: one('completed') }),
    record({ kind: one('note'), text }),
    record({ kind: one('note'), peer, text }),
    record({ kind: one('storage-failed'), reason: text }),
    record({
      kind: one('ended'),
      outcome: fc.constantFrom('complete', 'peers-lost', 'interrupted', 'storage-failed'),
      lost: peers,
    }),
  );
})();

describe('a journal file', () => {
  it('that a tape was written to reads back identical', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyFact, { maxLength: 60 }), async facts => {
        const tape = new Tape();
        for (const event of run([started, ...facts])) tape.append(event);
        const recorded = Array.from({ length: tape.length }, (_, seq) => tape.event(seq));
        const path = await writeJournal(dir, 'run', tape.length, seq => tape.event(seq));
        const { events, notices } = await read(await readFile(path));
        expect(notices).toEqual([]);
        expect(events).toEqual(recorded);
      }),
      { numRuns: 100 },
    );
  });

  it('is never written over', async () => {
    const paths = [];
    for (let i = 0; i < 3; i += 1) paths.push(await writeJournal(dir, 'run', 6, seq => small[seq]!));
    expect(paths).toEqual(['run.jsonl', 'run 2.jsonl', 'run 3.jsonl'].map(name => join(dir, name)));
    expect(await readFile(paths[2]!, 'utf8')).toBe(textOf(small));
  });

  it('that cannot be written to its end is not left behind', async () => {
    const broken = writeJournal(dir, 'run', 5_000, seq => {
      if (seq > 4_000) throw new Error('no more');
      return small[1]!;
    });
    await expect(broken).rejects.toThrow('no more');
    await expect(readFile(join(dir, 'run.jsonl'))).rejects.toThrow('ENOENT');
  });

  it('in a folder that is gone is refused by name', async () => {
    await expect(writeJournal(join(dir, 'gone'), 'run', 1, () => small[0]!)).rejects.toThrow(
      /^run\.jsonl: it does not exist/,
    );
  });

  it('cut off at any byte opens as far as it goes, with a notice unless a line is whole', async () => {
    const whole = Buffer.from(textOf(small));
    for (let length = 0; length <= whole.length; length += 1) {
      const cut = whole.subarray(0, length);
      const lines = cut.toString().split('\n');
      const last = lines.at(-1)!;
      const isWhole = last === '' || last === JSON.stringify(small[lines.length - 1]);
      const { events, notices } = await read(cut);
      expect(events).toEqual(small.slice(0, lines.length - (isWhole && last !== '' ? 0 : 1)));
      if (length > 0 && isWhole) expect(notices).toEqual([]);
      else if (length > 0)
        expect(notices).toEqual([
          `Line ${lines.length} cannot be read (it is not JSON); the journal was probably cut off there.`,
        ]);
    }
  });

  it('with Windows line ends, blank lines and fields of a later version reads the same', async () => {
    const text = small.map(event => `${JSON.stringify({ ...event, later: [1] })}\r\n\r\n`).join('');
    expect(await read(text)).toEqual({ events: small, notices: [] });
  });

  it.each<[string, unknown, string]>([
    ['torn', '{"kind":"rece', 'it is not JSON'],
    ['no event', '[]', 'it is not an event of a journal'],
    ['of an unknown kind', { ...small[1], kind: 'toString' }, '"toString" is no kind of event'],
    ['of wrong types', { ...small[1], remote: 7 }, 'its remote is wrong'],
    ['without a time', { ...small[1], atMs: null }, 'its atMs is wrong'],
    ['with an endless text', { ...small[1], remote: 'a'.repeat(5_000) }, 'its remote is wrong'],
    ['with a piece that is not', run([started, have(10)])[1], 'there is no piece 10'],
    [
      'with a count that cannot be',
      { ...small[2], seq: 1, count: 11 },
      'it counts more pieces than there are',
    ],
    ['with a long bitfield', { ...small[2], seq: 1, bitfield: 'ffffff' }, 'its bitfield is too long'],
    ['with half a byte', { ...small[2], seq: 1, bitfield: 'fff' }, 'its bitfield is wrong'],
    ['longer than a piece', { ...small[3], seq: 1, offset: 1 }, 'it is longer than a piece'],
    ['of a stranger', { ...small[1], peer: '1004' }, 'peer 1004 is not one of this swarm'],
    [
      'of strangers',
      { kind: 'ended', outcome: 'complete', lost: ['9'], seq: 1, atMs: 1, wallMs: 1 },
      'peer 9 is',
    ],
    ['of the past', { ...small[1], atMs: -1 }, 'its atMs is wrong'],
    ['out of all time', { ...small[1], atMs: 1e12 }, 'its time is more than a month after the start'],
    [
      'told twice',
      small[0]?.kind === 'started' ? { ...small[1], seq: 0 } : {},
      'its number is that of an earlier',
    ],
  ])('with a line in the middle that is %s leaves it out and names it', async (_what, line, fault) => {
    const text = typeof line === 'string' ? line : JSON.stringify(line);
    const { events, notices } = await read(`${textOf(small.slice(0, 1))}${text}\n${textOf(small.slice(2))}`);
    expect(events).toEqual([small[0], ...small.slice(2)]);
    expect(notices).toEqual([expect.stringMatching(/^Line 2 cannot be read \(.*\) and is left out\.$/s)]);
    expect(notices[0]).toContain(fault);
  });

  it('that goes back in time leaves out what does', async () => {
    const { events, notices } = await read(
      textOf([...small.slice(0, 3), { ...small[3], atMs: 5 }, ...small.slice(4)]),
    );
    expect(events).toHaveLength(5);
    expect(notices).toEqual([
      'Line 4 cannot be read (its time is before that of the line before it) and is left out.',
    ]);
  });

  it('tells where lines are missing', async () => {
    const { events, notices } = await read(textOf([...small.slice(0, 2), ...small.slice(4)]));
    expect(events).toHaveLength(4);
    expect(notices).toEqual(['Before line 3, 2 events are missing.']);
  });

  it('with nothing but wrong lines in it does not fill memory with notices', async () => {
    const { notices } = await read(`${textOf(small.slice(0, 1))}${'x\n'.repeat(5_000)}`);
    expect(notices).toHaveLength(21);
    expect(notices.at(-1)).toBe('… and 4980 more.');
  });

  it.each<[string, string, RegExp]>([
    ['empty', '', /^The file is empty\.$/],
    ['a text', 'Dear Ada,\nhow are you?\n', /^Line 1 cannot be read \(it is not JSON\)/],
    ['other JSON', '{"name":"ada"}\n', /^Line 1 cannot be read \(it is not an event of a journal\)/],
    ['without its beginning', textOf(small.slice(1)), /^The beginning of the run is missing/],
    ['of sizes that contradict each other', textOf([{ ...small[0], pieceCount: 9 }]), /its sizes contradict/],
    [
      'of a roster without the peer',
      textOf([{ ...small[0], self: '7' }]),
      /its roster lacks the peer itself/,
    ],
    [
      'of a size that nothing could show',
      textOf([
        {
          ...small[0],
          totalLength: 100 * 2 ** 24,
          pieceCount: 2 ** 24,
          roster: Array.from({ length: 2_000 }, (_, i) => ({
            peer: String(i + 1),
            address: '',
            seed: false,
          })),
        },
      ]),
      /more peers and pieces than can be shown/,
    ],
  ])('that is %s gives nothing but a notice', async (_what, text, notice) => {
    const { events, notices } = await read(text);
    expect(events).toEqual([]);
    expect(notices.join('\n')).toMatch(notice);
  });

  it('of a million pieces has long lines, and is read', async () => {
    const bitfield = 'f0'.repeat(125_000);
    const whole = { ...started, totalLength: 10 ** 8, pieceCount: 10 ** 6, bitfield } as JournalFact;
    const events = run([whole, { kind: 'received-bitfield', peer: '1001', bitfield, count: 500_000 }]);
    expect(await read(textOf(events))).toEqual({ events, notices: [] });
  });

  it('that is something else altogether is given up early', async () => {
    const lines = new JournalLines(() => {});
    let taken = 1;
    while (lines.take('x')) taken += 1;
    expect(taken).toBe(1_000);
  });

  it('that is gone has a notice', async () => {
    const lines = new JournalLines(() => {});
    await readJournal(join(dir, 'gone.jsonl'), lines, () => true);
    expect(lines.notices).toEqual([
      expect.stringMatching(/^The file can be read only up to line 0: it does not exist/),
    ]);
  });

  it('is read no further when nobody wants it any more', async () => {
    const path = join(dir, 'run.jsonl');
    await writeFile(path, textOf(small));
    const lines = new JournalLines(() => {});
    let wanted = 3;
    await readJournal(path, lines, () => wanted-- > 0);
    expect(lines.notices).toEqual([]);
    expect(wanted).toBe(-1);
  });
});

describe('several runs in one journal', () => {
  it('follow each other by the time on the wall', async () => {
    const again = run([started, have(1)], 1_000_000 + 5_000 + 60_000);
    const { events, notices } = await read(textOf([...small, ...again]));
    expect(notices).toEqual([]);
    expect(events.slice(6).map(({ atMs, wallMs, kind }) => [kind, atMs, wallMs])).toEqual([
      ['started', 65_000, 1_065_000],
      ['received-have', 66_000, 1_066_000],
    ]);
  });

  it('follow each other at once when the clock was set back', async () => {
    const { events } = await read(textOf([...small, ...run([started, have(1)], 5)]));
    expect(events.slice(5).map(({ atMs }) => atMs)).toEqual([5_000, 5_000, 6_000]);
  });

  it('are shown a day apart at most', async () => {
    const { events, notices } = await read(textOf([...small, ...run([started], 1e12)]));
    expect(events.at(-1)?.atMs).toBe(5_000 + 86_400_000);
    expect(notices).toEqual(['At line 7 a pause of more than a day is shown as one day.']);
  });

  it('survive a line that was torn where the first one was killed', async () => {
    const path = join(dir, 'run.jsonl');
    await writeFile(path, `${textOf(small.slice(0, 3))}{"kind":"rec\n`);
    await appendFile(path, textOf(run([started, have(1)], 2_000_000)));
    const { events, notices } = await read(await readFile(path));
    expect(events.map(({ kind }) => kind)).toEqual([
      ...small.slice(0, 3).map(({ kind }) => kind),
      'started',
      'received-have',
    ]);
    expect(notices).toEqual(['Line 4 cannot be read (it is not JSON) and is left out.']);
  });

  it.each([
    ['another peer', { ...started, self: '1003' }, 'peer 1003, not of 1002'],
    ['another file', { ...started, name: 'other' }, 'another file'],
  ])('end where one of %s begins', async (_what, other, told) => {
    const { events, notices } = await read(textOf([...small, ...run([other as JournalFact, have(1)], 2e6)]));
    expect(events).toEqual(small);
    expect(notices).toEqual([`Line 7 begins a journal of ${told}; it and what follows are left out.`]);
  });
});
