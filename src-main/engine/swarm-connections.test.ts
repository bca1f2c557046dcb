import { afterEach, describe, expect, it } from 'vitest';
import { dialects, LabBench } from './testing/lab-bench.ts';
import { likeASeed, type ScriptedPeer } from './testing/scripted-peer.ts';
import type { LabOptions, VirtualLab } from './testing/virtual-lab.ts';
import { ascii, frame, uint32 } from './testing/wire-words.ts';

describe.each(dialects)('connections, with %s', (_name, dialect) => {
  const bench = new LabBench(dialect);
  afterEach(() => expect(bench.clear()).toEqual([]));

  const open = (options: LabOptions) => bench.open({ totalLength: 10 * 64, ...options });
  const bothDirections = [
    ['dialled', 'Sd', '1002', '1001'],
    ['accepted', 'dS', '1001', '1002'],
  ] as const;

  describe('the handshake', () => {
    it.each(bothDirections)('is sent at once to a peer that was %s (A7)', (_way, peers, id, other) => {
      const lab = open({ peers });
      const stranger = lab.meet(id, other);
      lab.pass(1);
      expect(stranger.heard).toEqual([`handshake ${id}`]);
    });

    it.each(bothDirections)('may come after ours from a peer that was %s (A7)', (way, peers, id, other) => {
      const lab = open({ peers });
      const stranger = lab.meet(id, other);
      stranger.answers(words => {
        if (words.startsWith('handshake')) return [`handshake ${other}`, 'bitfield all'];
        return likeASeed(words);
      });
      // What it heard before it had an answer ready.
      if (stranger.heard.length > 0) stranger.say(`handshake ${other}`, 'bitfield all');
      expect(lab.runToEnd()).toBe(true);
      expect(lab.peer(id).told('connected')).toMatchObject([{ peer: other, direction: way }]);
      expect(lab.holdsContent(id)).toBe(true);
    });

    it.each(bothDirections)(
      'may come nine seconds late from a peer that was %s (A7)',
      (_way, peers, id, other) => {
        const lab = open({ peers });
        const stranger = lab.meet(id, other).answers(likeASeed);
        lab.pass(9_000);
        stranger.say(`handshake ${other}`, 'bitfield all');
        expect(lab.runToEnd()).toBe(true);
        expect(lab.holdsContent(id)).toBe(true);
      },
    );

    it('is not checked in its ten zero bytes (A6)', () => {
      const lab = open({ peers: 'dS' });
      const stranger = lab.meet('1001', '1002').answers(likeASeed);
      stranger.say(Uint8Array.of(...ascii(`P2PFILESHARINGPROJ${'0'.repeat(10)}`), ...uint32(1002)));
      stranger.say('bitfield all');
      expect(lab.runToEnd()).toBe(true);
      expect(lab.holdsContent('1001')).toBe(true);
    });

    it.each<[string, readonly (string | Uint8Array)[], RegExp]>([
      ['of somebody not listed', ['handshake 1009'], /its peer ID 1009 is not in PeerInfo.cfg$/],
      ['with our own ID', ['handshake 1001'], /our own peer ID, 1001/],
      [
        'with an ID in ASCII digits (A6)',
        [Uint8Array.of(...ascii(`P2PFILESHARINGPROJ${'\0'.repeat(10)}1002`))],
        /ASCII digits of 1002/,
      ],
      [
        'of an old edition (A6)',
        [Uint8Array.of(...ascii(`CEN5501C2008SPRING${'\0'.repeat(10)}`), ...uint32(1002))],
        /CEN5501C2008SPRING/,
      ],
      [
        'of a Java object stream (A6)',
        [Uint8Array.of(0xac, 0xed, 0, 5, ...Array(28).fill(0))],
        /Java object/,
      ],
      ['that is garbage', [new Uint8Array(64).fill(0x37)], /begins with "7777/],
    ])('is refused with a diagnosis: one %s', (_what, messages, reason) => {
      const lab = open({ peers: 'Sd' });
      lab.start('1001');
      const stranger = lab.dial('1001').say(...messages);
      lab.pass(10);
      expect(stranger.closedAt).toBeDefined();
      expect(lab.peer('1001').told('rejected')).toMatchObject([{ reason: expect.stringMatching(reason) }]);
      expect(lab.peer('1001').told('connected')).toEqual([]);
    });

    it('of somebody else than was dialled is refused, and the address is dialled again', () => {
      const lab = open({ peers: 'SSd' });
      const dialled: ScriptedPeer[] = [];
      lab.standInFor('1001', peer => {
        dialled.push(peer);
        peer.say('handshake 1002');
      });
      lab.start('1003');
      lab.until(() => dialled.length === 2, 2_000);
      expect(lab.peer('1003').told('rejected')[0]?.reason).toBe(
        'peer 1001 was dialled, but the handshake says 1002',
      );
    });

    it.each(bothDirections)(
      'is waited for ten seconds exactly from a peer that was %s',
      (_way, peers, id, other) => {
        const lab = open({ peers });
        lab.meet(id, other);
        const since = lab.clock.now();
        lab.until(() => lab.peer(id).told('rejected').length > 0);
        expect(lab.clock.now() - since).toBe(10_000);
        expect(lab.peer(id).told('rejected')[0]?.reason).toBe(
          'no handshake within 10 s: it sent nothing; a handshake of 32 bytes was expected',
        );
      },
    );

    it.each([
      [
        'half of it',
        (stranger: ScriptedPeer) => void stranger.say(Uint8Array.of(...ascii('P2PFILESHARING'))),
      ],
      [
        'one byte a second',
        (stranger: ScriptedPeer, lab: VirtualLab) => {
          for (const byte of lab.words.toBytes('handshake 1002').subarray(0, 9)) {
            stranger.say(Uint8Array.of(byte));
            lab.pass(1_000);
          }
        },
      ],
    ])('is given up after ten seconds when only this comes: %s', (_what, act) => {
      const lab = open({ peers: 'Sd' });
      lab.start('1001');
      const stranger = lab.dial('1001');
      const since = lab.clock.now();
      act(stranger, lab);
      lab.until(() => lab.peer('1001').told('rejected').length > 0);
      expect(lab.clock.now() - since).toBe(10_000);
      expect(lab.peer('1001').told('rejected')[0]?.reason).toMatch(/it sent \d+ of the handshake's 32 bytes/);
    });

    it('that breaks off is told of with what is wrong with it', () => {
      const lab = open({ peers: 'Sd' });
      lab.start('1001');
      lab
        .dial('1001')
        .say(Uint8Array.of(...ascii('GET / HTTP/1.1')))
        .finish();
      lab
        .dial('1001')
        .say(Uint8Array.of(...ascii('P2P')))
        .abort();
      lab.pass(100);
      expect(lab.peer('1001').told('rejected')).toMatchObject([
        { reason: expect.stringContaining('"GET / HTTP/1.1"') },
        { reason: 'the connection broke before a handshake: connection reset' },
      ]);
    });
  });

  describe('dialling', () => {
    it('goes on until a peer listed earlier listens, however late, and is told once', () => {
      const lab = open({ peers: 'Sd' });
      const peer = lab.start('1002');
      lab.pass(40_000);
      lab.start('1001');
      lab.until(() => peer.told('connected').length === 1, 1_600);
      expect(peer.told('dial-failed')).toMatchObject([{ peer: '1001', address: 'host-1001:6000' }]);
      expect(lab.runToEnd()).toBe(true);
      expect(lab.holdsContent('1002')).toBe(true);
    });

    it('connects seeds too, though they need nothing of each other: others may wait for all (section 5, 4)', () => {
      const lab = open({ peers: 'SSd' });
      const late = lab.start('1002');
      lab.pass(5_000);
      lab.start('1001');
      lab.until(() => late.told('connected').length === 1, 1_600);
    });

    it('does not wait for one neighbour to reach another (A8)', () => {
      const lab = open({ peers: 'SSd' });
      lab.start('1002');
      lab.meet('1003', '1001'); // listens and never says a word
      lab.until(() => lab.peer('1003').told('completed').length === 1, 2_000);
    });

    it('is repeated after a second when the connection breaks before we are complete (A23)', () => {
      const lab = open({ peers: 'Sd' });
      const dialled: ScriptedPeer[] = [];
      lab.standInFor('1001', peer => dialled.push(peer.say('handshake 1001', 'bitfield all', 'unchoke')));
      const peer = lab.start('1002');
      lab.until(() => (dialled[0]?.heardOf('request') ?? []).length > 0, 5_000);
      dialled[0]!.abort();
      lab.until(() => dialled.length === 2, 1_600);
      lab.pass(100);
      dialled[1]!.finish();
      lab.until(() => dialled.length === 3, 1_600);
      dialled[2]!.answers(likeASeed);
      expect(lab.runToEnd()).toBe(true);
      expect(peer.outcome).toBe('complete');
      expect(peer.told('disconnected').slice(0, 2)).toMatchObject([
        { reason: 'connection reset' },
        { reason: 'it closed the connection' },
      ]);
    });

    it('is repeated once to say that we are complete, and seldom when both sides know that all is done (A23)', () => {
      const lab = open({ peers: 'Sdd' });
      const dialledAt: number[] = [];
      lab.standInFor('1001', peer => {
        dialledAt.push(lab.clock.now());
        peer.say('handshake 1001', 'bitfield all').answers(words => {
          if (words === 'not interested') peer.abort();
          return likeASeed(words);
        });
      });
      const peer = lab.start('1002');
      lab.until(() => peer.told('completed').length === 1);
      lab.pass(30_000);
      const gaps = dialledAt.slice(1).map((at, index) => Math.floor((at - dialledAt[index]!) / 1_000));
      expect(gaps).toEqual([1, 10, 10]);
      expect(peer.outcome).toBeUndefined();
    });
  });

  describe('two connections with one peer', () => {
    it('may be opened by the side that should be dialled (A8)', () => {
      const lab = open({ peers: 'Sd' });
      lab.start('1002');
      lab.dial('1002').say('handshake 1001', 'bitfield all').answers(likeASeed);
      expect(lab.runToEnd()).toBe(true);
      expect(lab.peer('1002').told('connected')).toMatchObject([{ peer: '1001', direction: 'accepted' }]);
      expect(lab.holdsContent('1002')).toBe(true);
    });

    it('become one: the older, while it works (A8)', () => {
      const lab = open({ peers: 'dS' });
      const older = lab.meet('1001', '1002').say('handshake 1002', 'bitfield all');
      lab.pass(9_000);
      older.say('not interested');
      lab.pass(9_000);
      const newer = lab.dial('1001').say('handshake 1002', 'bitfield all');
      lab.pass(100);
      expect([older.closedAt, typeof newer.closedAt]).toEqual([undefined, 'number']);
      expect(lab.peer('1001').told('rejected')).toMatchObject([
        { reason: 'peer 1002 is already connected; the older connection stays' },
      ]);
      older.answers(likeASeed).say('unchoke');
      expect(lab.runToEnd()).toBe(true);
      expect(lab.holdsContent('1001')).toBe(true);
    });

    it('become one: the newer, when nothing was heard on the older for ten seconds (A8, A25)', () => {
      const lab = open({ peers: 'dS' });
      const older = lab.meet('1001', '1002').say('handshake 1002', 'bitfield all', 'unchoke');
      lab.pass(10_100);
      expect(older.heardOf('request')).not.toEqual([]);
      const newer = lab.dial('1001').say('handshake 1002', 'bitfield all').answers(likeASeed);
      lab.pass(10);
      expect([typeof older.closedAt, newer.closedAt]).toEqual(['number', undefined]);
      expect(lab.runToEnd()).toBe(true);
      expect(lab.holdsContent('1001')).toBe(true);
    });
  });

  describe('bytes', () => {
    it('are understood one at a time (A28)', () => {
      const lab = open({ peers: 'dS' });
      const stranger = lab.meet('1001', '1002');
      const sayByByte = (words: string) => Array.from(lab.words.toBytes(words), byte => Uint8Array.of(byte));
      stranger.answers(words => likeASeed(words).flatMap(answer => sayByByte(answer as string)));
      stranger.say(...sayByByte('handshake 1002'), ...sayByByte('bitfield all'));
      expect(lab.runToEnd()).toBe(true);
      expect(lab.holdsContent('1001')).toBe(true);
    });

    it('are understood many messages at a time', () => {
      const lab = open({ peers: 'dS' });
      const all = ['handshake 1002', 'bitfield all', 'unchoke', 'piece 0', 'piece 1', 'piece 2', 'piece 3'];
      lab.meet('1001', '1002').say(Uint8Array.from(all.flatMap(words => [...lab.words.toBytes(words)])));
      lab.pass(1_000);
      expect(lab.peer('1001').told('piece-completed')).toHaveLength(4);
    });

    it('leave one message a write (A28)', () => {
      const lab = open({ peers: 'Sd' });
      const stranger = lab.meet('1001', '1002').say('handshake 1002', 'bitfield none', 'interested');
      lab.pass(10);
      stranger.say('request 0', 'request 1');
      lab.pass(100);
      expect(stranger.heard.length).toBeGreaterThanOrEqual(5);
      expect(
        stranger.writes.map(bytes => lab.words.reader(stranger.writes[0] === bytes).push(bytes)),
      ).toEqual(stranger.heard.map(words => [words]));
    });

    it.each([
      ['a byte a second within a message', frame(7, [0, 0, 0, 1], new Uint8Array(32)), /next to nothing/],
      ['a byte a second within a length', Uint8Array.of(0, 0, 0, 5, 4, 0, 0, 0, 0), /next to nothing/],
    ])('that dribble end the connection in ten seconds or less: %s', (_what, bytes, reason) => {
      const lab = open({ peers: 'dS' });
      const stranger = lab.meet('1001', '1002').say('handshake 1002', 'bitfield all');
      lab.pass(50);
      const since = lab.clock.now();
      for (const byte of bytes.subarray(0, Math.min(bytes.length - 1, 11))) {
        if (stranger.closedAt !== undefined) break;
        stranger.say(Uint8Array.of(byte));
        lab.pass(1_000);
      }
      lab.until(() => stranger.closedAt !== undefined);
      expect(stranger.closedAt! - since).toBeLessThanOrEqual(10_001);
      expect(lab.peer('1001').told('disconnected')[0]?.reason).toMatch(reason);
    });

    it.each([
      ['a length above the maximum (A5)', '7f ff ff ff', /length of 2147483647 is above the maximum/],
      ['a length one above the maximum', '', /above the maximum/],
      [
        'a length in little-endian (A5)',
        '05 00 00 00 04 01 00 00 00',
        /length of 83886080 is above the maximum/,
      ],
    ])('that are no message end the connection at once, with a diagnosis: %s', (_what, hex, reason) => {
      const lab = open({ peers: 'dS' });
      const stranger = lab.meet('1001', '1002').say('handshake 1002', 'bitfield all');
      lab.pass(50);
      const longest = 64 + (lab.layout.blockLength < 64 ? 9 : 5);
      if (hex === '') stranger.say(Uint8Array.from(uint32(longest + 1)));
      else stranger.sendHex(hex);
      lab.pass(10);
      expect(stranger.closedAt).toBeDefined();
      expect(lab.peer('1001').told('disconnected')[0]?.reason).toMatch(reason);
    });
  });

  it('leave the neighbours alone, to the millisecond, while strangers are hostile', () => {
    const runs = [false, true].map(isUnderAttack => {
      const lab = open({ peers: 'Sddd', totalLength: 64 * 40, settings: { uploadBytesPerSecond: 640 } });
      for (const id of ['1001', '1002', '1003']) lab.start(id);
      if (isUnderAttack) {
        const strangers = Array.from({ length: 40 }, () => lab.dial('1001'));
        for (const [index, stranger] of strangers.entries()) {
          if (index % 4 === 1) stranger.say(new Uint8Array(5_000).fill(index));
          if (index % 4 === 2) stranger.say('handshake 4711', 'bitfield all', 'interested', 'request 0');
          if (index % 4 === 3) stranger.say(lab.words.toBytes('handshake 1004').subarray(0, index % 32));
        }
      }
      expect(lab.runToEnd(300_000)).toBe(false); // 1004 was never there
      return lab.all.map(peer => ({
        id: peer.id,
        holdsContent: lab.holdsContent(peer.id),
        pieces: peer.told('piece-completed').map(({ atMs, piece }) => [atMs, piece]),
        uploads: peer.told('uploaded').map(({ atMs, peer: to, piece }) => [atMs, to, piece]),
      }));
    });
    expect(runs[0]!.every(({ holdsContent }) => holdsContent)).toBe(true);
    expect(runs[1]).toEqual(runs[0]);
  });
});
