import { afterEach, describe, expect, it } from 'vitest';
import { dialects, LabBench } from './testing/lab-bench.ts';
import type { ScriptedPeer } from './testing/scripted-peer.ts';
import type { LabOptions, VirtualLab } from './testing/virtual-lab.ts';
import { frame, uint32 } from './testing/wire-words.ts';

const piecesTo = (stranger: ScriptedPeer) => stranger.heardOf('piece').map(words => words.split(' ')[1]!);

const range = (offset: number, length: number) => [...uint32(offset), ...uint32(length)];

const requestsOfNonsense: [string, number[], number[]][] = [
  ['bytes beyond the end of the piece', uint32(3), range(60, 16)],
  ['more bytes than can be added up', uint32(3), range(0xffff_fff0, 0xffff_fff0)],
  ['no bytes', uint32(3), range(0, 0)],
  ['a byte more than a piece', uint32(3), range(0, 65)],
];

describe.each(dialects)('uploading, with %s', (_name, dialect) => {
  const bench = new LabBench(dialect);
  afterEach(() => expect(bench.clear()).toEqual([]));

  const isWhole = dialect.blocksPerPiece === 1;
  const open = (options: Partial<LabOptions> = {}) =>
    bench.open({ peers: 'Sddd', totalLength: 10 * 64, ...options });
  /** A scripted downloader without any piece, that the seed 1001 may unchoke at once. */
  const downloader = (lab: VirtualLab, id: string) => {
    const stranger = lab.meet('1001', id).say(`handshake ${id}`, 'bitfield none', 'interested');
    lab.pass(5);
    return stranger;
  };

  it('serves what an unchoked neighbour asks for, in order and with the right bytes', () => {
    const lab = open();
    const stranger = downloader(lab, '1002').say('request 3', 'request 9', 'request 3');
    lab.pass(100);
    const answered = stranger.writes.slice(-3 * dialect.blocksPerPiece);
    const expected = ['piece 3', 'piece 9', 'piece 3'].map(words => lab.words.toBytes(words));
    expect(answered.flatMap(bytes => [...bytes])).toEqual(expected.flatMap(bytes => [...bytes]));
    expect(lab.peer('1001').told('uploaded')).toHaveLength(3 * dialect.blocksPerPiece);
  });

  it('ignores what a choked neighbour asks for, and goes on (A15)', () => {
    const lab = open();
    const stranger = lab
      .meet('1001', '1002')
      .say('handshake 1002', 'bitfield none', 'request 0', 'request 1');
    stranger.say('interested');
    lab.pass(1_000);
    expect(stranger.heard.at(-1)).toBe('unchoke');
    stranger.say('request 2');
    lab.pass(10);
    expect(piecesTo(stranger)[0]).toBe(isWhole ? '2' : '2.0');
  });

  it.each<[string, number[], number[]]>([
    ['a piece beyond the last', uint32(10), range(0, 16)],
    ['an enormous piece', uint32(0xffff_ffff), range(0, 16)],
    // The course's requests have no range.
    ...(isWhole ? [] : requestsOfNonsense),
  ])('ignores a request for %s, and notes it', (_what, piece, part) => {
    const lab = open();
    const stranger = downloader(lab, '1002').say(frame(6, piece, isWhole ? [] : part), 'request 4');
    lab.pass(100);
    expect(piecesTo(stranger)[0]).toBe(isWhole ? '4' : '4.0');
    expect(lab.peer('1001').notes).toEqual([expect.stringMatching(/^it requested .*; ignored$/)]);
    expect(lab.peer('1001').told('disconnected')).toEqual([]);
  });

  it('ignores a request for a piece it does not have, and notes it', () => {
    const lab = open({ peers: 'dd', have: { 1001: '***.......' } });
    const stranger = downloader(lab, '1002').say('request 7', 'request 1');
    lab.pass(100);
    expect(new Set(piecesTo(stranger).map(which => which.split('.')[0]))).toEqual(new Set(['1']));
    expect(lab.peer('1001').notes).toEqual(['it requested piece 7, which we do not have; ignored']);
  });

  it('forgets what a neighbour asked for when it chokes it', () => {
    const lab = open({ settings: { preferredSlots: 1, uploadBytesPerSecond: 16 } });
    const stranger = downloader(lab, '1002').say(...Array(50).fill('request 0'));
    downloader(lab, '1003');
    lab.until(() => stranger.heardOf('choke').length > 0);
    const served = piecesTo(stranger);
    expect(new Set(served.map(Number.parseFloat).map(Math.floor))).toEqual(new Set([0]));
    stranger.answers(words => (words === 'unchoke' ? ['request 1'] : []));
    lab.pass(200_000);
    const later = piecesTo(stranger).slice(served.length);
    expect(new Set(later.map(Number.parseFloat).map(Math.floor))).toEqual(new Set([1]));
  });

  it('keeps a flood of requests bounded, and serves the others in turn meanwhile', () => {
    const lab = open();
    const flood = downloader(lab, '1002');
    const [third, fourth] = [downloader(lab, '1003'), downloader(lab, '1004')];
    lab.until(() => third.heardOf('unchoke').length + fourth.heardOf('unchoke').length > 0);
    const other = third.heardOf('unchoke').length > 0 ? third : fourth;
    lab.pass(10);
    const request = lab.words.toBytes(isWhole ? 'request 1' : 'request 1.0');
    flood.say(...Array(20_000).fill(request));
    lab.pass(2);
    other.say('request 5');
    lab.pass(20);
    expect(piecesTo(other)).toHaveLength(dialect.blocksPerPiece);
    lab.pass(60_000);
    expect(piecesTo(flood).length).toBeGreaterThan(0);
    expect(piecesTo(flood).length).toBeLessThanOrEqual(1_000);
    expect(lab.peer('1001').notes).toEqual([
      'it has more than 500 requests waiting; further ones are ignored',
    ]);
    expect(lab.peer('1001').told('disconnected')).toEqual([]);
  });

  it('takes turns between neighbours that always have something to ask for', () => {
    const lab = open({ settings: { preferredSlots: 3, uploadBytesPerSecond: 640 } });
    const strangers = ['1002', '1003', '1004'].map(id => downloader(lab, id));
    lab.until(() => strangers.every(stranger => stranger.heardOf('unchoke').length > 0));
    for (const stranger of strangers) for (let i = 0; i < 100; i += 1) stranger.say('request 1');
    lab.pass(12_000);
    const served = lab
      .peer('1001')
      .told('uploaded')
      .map(({ peer }) => peer);
    expect(served.length).toBeGreaterThan(100);
    for (let turn = 6; turn + 3 <= served.length; turn += 1) {
      expect(new Set(served.slice(turn, turn + 3)).size).toBe(3);
    }
  });

  it('never sends more than the upload limit, over any stretch of time', () => {
    const limit = 1_000;
    const lab = open({ peers: 'Sdddd', totalLength: 64 * 40, settings: { uploadBytesPerSecond: limit } });
    lab.startAll();
    expect(lab.runToEnd()).toBe(true);
    // By how much the bytes of any stretch of uploads are more than its time allows.
    const excesses = lab.all.flatMap(peer => {
      const sent = peer.told('uploaded');
      return sent.flatMap(({ atMs: since }, first) => {
        let bytes = 0;
        return sent.slice(first).map(({ atMs, length }) => {
          bytes += length;
          return bytes - (limit * (atMs - since + 1)) / 1_000;
        });
      });
    });
    // A tenth of a second's worth may have been saved up, and what is taken is taken whole.
    expect(excesses.reduce((most, excess) => Math.max(most, excess))).toBeLessThanOrEqual(limit / 10 + 64);
  });

  it('reads no more from its disk for a neighbour that does not take what it asked for', () => {
    const pieceLength = 64 * 1024;
    const lab = open({ pieceLength, totalLength: 40 * pieceLength, settings: { preferredSlots: 2 } });
    const slow = downloader(lab, '1002');
    const other = downloader(lab, '1003');
    lab.until(() => other.heardOf('unchoke').length > 0);
    slow.stopReading();
    for (let piece = 0; piece < 40; piece += 1) slow.say(`request ${piece}`);
    lab.pass(10_000);
    const bytes = () =>
      lab
        .peer('1001')
        .told('uploaded')
        .reduce((sum, { length }) => sum + length, 0);
    expect(bytes()).toBeGreaterThanOrEqual(512 * 1024);
    expect(bytes()).toBeLessThanOrEqual(512 * 1024 + pieceLength);
    other.say('request 7');
    lab.pass(100);
    expect(piecesTo(other)).toHaveLength(dialect.blocksPerPiece);
    slow.readOn();
    lab.pass(1_000);
    expect(piecesTo(slow)).toHaveLength(40 * dialect.blocksPerPiece);
  });

  it('uses the upload limit up while there is somebody to serve', () => {
    const lab = open({ settings: { preferredSlots: 1, uploadBytesPerSecond: 640 } });
    const stranger = downloader(lab, '1002');
    for (let i = 0; i < 400 / dialect.blocksPerPiece; i += 1) stranger.say('request 1');
    lab.pass(10_000);
    const bytes = lab
      .peer('1001')
      .told('uploaded')
      .reduce((sum, { length }) => sum + length, 0);
    expect(bytes).toBeGreaterThan(6_200);
    expect(bytes).toBeLessThan(6_600);
  });

  describe('when the upload limit is changed', () => {
    const seedOf = (lab: VirtualLab) => lab.peer('1001');
    const bytesIn = (lab: VirtualLab, sinceMs: number, untilMs = Number.POSITIVE_INFINITY) =>
      seedOf(lab)
        .told('uploaded')
        .filter(({ atMs }) => atMs >= sinceMs && atMs < untilMs)
        .reduce((sum, { length }) => sum + length, 0);

    /** A seed that has sent a piece, owes for it, and has much more to send. */
    const owing = (uploadBytesPerSecond: number) => {
      const lab = open({ settings: { preferredSlots: 1, uploadBytesPerSecond } });
      const stranger = downloader(lab, '1002');
      for (let i = 0; i < 400 / dialect.blocksPerPiece; i += 1) stranger.say('request 1');
      lab.until(() => seedOf(lab).told('uploaded').length > 0);
      return lab.pass(100);
    };

    it('goes on at once with what waited when the limit is raised', () => {
      const lab = owing(1);
      expect(seedOf(lab).told('uploaded')).toHaveLength(1);
      const now = lab.clock.now();
      seedOf(lab).swarm.setUploadLimit(640);
      lab.pass(10_000);
      expect(seedOf(lab).told('uploaded')[1]!.atMs - now).toBeLessThanOrEqual(105);
      expect(bytesIn(lab, now)).toBeGreaterThan(6_200);
      expect(bytesIn(lab, now)).toBeLessThan(6_600);
    });

    it('waits for the new limit when it is lowered, and lets what is owed be paid', () => {
      const lab = owing(6_400);
      const now = lab.clock.now();
      seedOf(lab).swarm.setUploadLimit(64);
      lab.pass(50_000);
      expect(bytesIn(lab, now)).toBeGreaterThanOrEqual(50 * 64 - 128);
      expect(bytesIn(lab, now)).toBeLessThanOrEqual(50 * 64 + 64);
      expect(bytesIn(lab, now, now + 900)).toBeLessThanOrEqual(64);
    });

    it('sends everything at once when it is removed', () => {
      const lab = owing(1);
      seedOf(lab).swarm.setUploadLimit(Number.POSITIVE_INFINITY);
      lab.pass(1_500);
      expect(seedOf(lab).told('uploaded')).toHaveLength(400);
    });

    it('sends nothing at 0, and goes on when that is over', () => {
      const lab = owing(640);
      seedOf(lab).swarm.setUploadLimit(0);
      const now = lab.clock.now();
      lab.pass(20_000);
      expect(bytesIn(lab, now + 10)).toBe(0);
      seedOf(lab).swarm.setUploadLimit(640);
      lab.pass(10_000);
      expect(bytesIn(lab, now + 20_000)).toBeGreaterThan(6_200);
    });

    it('gives nothing away however often it is changed', () => {
      const lab = owing(600);
      const now = lab.clock.now();
      for (let change = 0; change < 1_000; change += 1) {
        seedOf(lab).swarm.setUploadLimit(change % 2 === 0 ? 680 : 600);
        lab.pass(10);
      }
      expect(bytesIn(lab, now)).toBeGreaterThan(6_200);
      expect(bytesIn(lab, now)).toBeLessThan(6_600);
    });

    it('still takes turns', () => {
      const lab = open({ settings: { preferredSlots: 3, uploadBytesPerSecond: 64 } });
      const strangers = ['1002', '1003', '1004'].map(id => downloader(lab, id));
      lab.until(() => strangers.every(stranger => stranger.heardOf('unchoke').length > 0));
      for (const stranger of strangers) for (let i = 0; i < 100; i += 1) stranger.say('request 1');
      lab.pass(2_000);
      const before = seedOf(lab).told('uploaded').length;
      seedOf(lab).swarm.setUploadLimit(6_400);
      lab.pass(1_200);
      const served = seedOf(lab)
        .told('uploaded')
        .map(({ peer }) => peer);
      expect(served.length).toBeGreaterThan(before + 100);
      for (let turn = before; turn + 3 <= served.length; turn += 1) {
        expect(new Set(served.slice(turn, turn + 3)).size).toBe(3);
      }
    });

    it('does nothing to a swarm that is ending or has ended', () => {
      const lab = owing(64);
      const { swarm } = seedOf(lab);
      swarm.stop();
      swarm.setUploadLimit(Number.POSITIVE_INFINITY);
      expect(seedOf(lab).told('uploaded')).toHaveLength(1);
      lab.until(() => seedOf(lab).outcome !== undefined);
      const events = seedOf(lab).events.length;
      swarm.setUploadLimit(1);
      lab.pass(10_000);
      expect(seedOf(lab).events).toHaveLength(events);
    });
  });
});
