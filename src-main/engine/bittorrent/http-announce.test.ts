import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnnounceRequest } from './announce.ts';
import { type Bencodable, encode } from './bencode.ts';
import { latin1Bytes, utf8Bytes } from './bytes.ts';
import { announceUrl, readAnnounceAnswer, readScrapeAnswer, scrapeUrl } from './http-announce.ts';
import {
  readAnnounce,
  readQuery,
  readScrape,
  writeAnnounceAnswer,
  writeRefusal,
  writeScrapeAnswer,
} from './tracker-queries.ts';

const url = 'http://lab:6969/announce';
const hash = '123456789abcdef123456789abcdef123456789a';

const request: AnnounceRequest = {
  infoHash: hash,
  peerId: '2d50573031302d'.padEnd(40, '20'),
  port: 6881,
  uploaded: 1,
  downloaded: 2,
  left: 3,
  event: undefined,
  numWant: 50,
  key: 0xbeef,
};

function dictionary(entries: Readonly<Record<string, Bencodable>>): Uint8Array {
  return encode(new Map(Object.entries(entries)));
}

function answerOf(entries: Readonly<Record<string, Bencodable>>) {
  return readAnnounceAnswer(dictionary(entries), url);
}

const hex20 = fc
  .uint8Array({ minLength: 20, maxLength: 20 })
  .map(bytes => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(''));

describe('the URL of an announce', () => {
  it('says everything, escaped as BEP 3 has it', () => {
    expect(announceUrl(url, { ...request, event: 'started', trackerId: 'a&\xff' })).toBe(
      'http://lab:6969/announce?info_hash=%124Vx%9A%BC%DE%F1%23Eg%89%AB%CD%EF%124Vx%9A' +
        '&peer_id=-PW010-%20%20%20%20%20%20%20%20%20%20%20%20%20&port=6881&uploaded=1&downloaded=2&left=3' +
        '&event=started&numwant=50&key=0000beef&compact=1&trackerid=a%26%FF',
    );
  });

  it.each([
    ['http://lab/announce?passkey=1', 'http://lab/announce?passkey=1&info_hash='],
    ['http://lab/announce?', 'http://lab/announce?info_hash='],
    ['http://lab/a?x=1&', 'http://lab/a?x=1&info_hash='],
    ['http://lab/announce#here', 'http://lab/announce?info_hash='],
  ])('keeps what %s has', (tracker, start) => {
    expect(announceUrl(tracker, request).startsWith(start)).toBe(true);
  });

  it('is understood by our own tracker, whatever the bytes', () => {
    const event = fc.constantFrom(undefined, 'started' as const, 'stopped' as const, 'completed' as const);
    fc.assert(
      fc.property(hex20, hex20, fc.maxSafeNat(), event, (infoHash, peerId, left, what) => {
        const asked = announceUrl(url, { ...request, infoHash, peerId, left, event: what });
        const query = readQuery(asked.slice(asked.indexOf('?') + 1))!;
        expect(readAnnounce(query, '10.0.0.1', '10.0.0.2')).toEqual({
          announce: {
            infoHash,
            peerId,
            address: { host: '10.0.0.1', port: 6881 },
            left,
            event: what,
            numWant: 50,
            reachedAt: '10.0.0.2',
          },
          form: { isCompact: true, hasPeerIds: true },
        });
      }),
    );
  });
});

describe('the URL of a scrape', () => {
  it.each([
    ['http://lab/announce', 'http://lab/scrape?info_hash='],
    ['http://lab/x/announce.php?key=1', 'http://lab/x/scrape.php?key=1&info_hash='],
    ['http://lab/announce?path=/announce', 'http://lab/scrape?path=/announce&info_hash='],
  ])('of %s is known', (tracker, start) => {
    expect(scrapeUrl(tracker, [hash])?.startsWith(start)).toBe(true);
  });

  it.each([
    'http://lab/',
    'http://lab/a',
    'http://announce',
    'http://lab/x?announce',
    'http://lab/announce/x',
  ])('of %s is not', tracker => {
    expect(scrapeUrl(tracker, [hash])).toBeUndefined();
  });

  it('is understood by our own tracker', () => {
    fc.assert(
      fc.property(fc.array(hex20, { minLength: 1, maxLength: 5 }), infoHashes => {
        const asked = scrapeUrl(url, infoHashes)!;
        expect(readScrape(readQuery(asked.slice(asked.indexOf('?') + 1))!)).toEqual(infoHashes);
      }),
    );
  });
});

describe('the answer to an announce', () => {
  it('is read with compact peers of both kinds', () => {
    const peers = latin1Bytes('\x0a\x00\x00\x01\x1a\xe1\x0a\x00\x00\x02\x00\x50');
    const peers6 = latin1Bytes(`\x20\x01\x0d\xb8${'\0'.repeat(11)}\x01\x1a\xe1`);
    const counts = { complete: 4, incomplete: 5, interval: 900, 'min interval': 60 };
    expect(answerOf({ ...counts, peers, peers6, 'tracker id': 'id', 'warning message': 'Übel' })).toEqual({
      intervalMs: 900_000,
      minIntervalMs: 60_000,
      seeders: 4,
      leechers: 5,
      peers: [
        { host: '10.0.0.1', port: 6881 },
        { host: '10.0.0.2', port: 80 },
        { host: '2001:db8::1', port: 6881 },
      ],
      warning: 'Übel',
      trackerId: 'id',
    });
  });

  it('is read with peers as dictionaries, without those that are none', () => {
    const entry = (ip: Bencodable, port: Bencodable) =>
      new Map<string, Bencodable>([
        ['ip', ip],
        ['peer id', 'x'],
        ['port', port],
      ]);
    const peers = [
      entry('10.0.0.1', 1),
      entry('lab-2.example.org', 2),
      entry('2001:DB8:0::1', 3),
      entry('::ffff:10.0.0.4', 4),
      entry('10.0.0.1', 1),
      entry('10.0.0.5', 0),
      entry('10.0.0.6', 65_536),
      entry('999.0.0.1', 1),
      entry('0.0.0.0', 1),
      entry('a b', 1),
      entry('x'.repeat(300), 1),
      entry('', 1),
      entry(7, 7),
      entry('10.0.0.7', 'x'),
      5,
      [],
    ];
    expect(answerOf({ interval: 60, peers })).toMatchObject({
      peers: [
        { host: '10.0.0.1', port: 1 },
        { host: 'lab-2.example.org', port: 2 },
        { host: '2001:db8::1', port: 3 },
        { host: '10.0.0.4', port: 4 },
      ],
    });
  });

  it('needs nothing but to be a dictionary', () => {
    expect(answerOf({})).toEqual({
      intervalMs: 1_800_000,
      minIntervalMs: 30_000,
      seeders: undefined,
      leechers: undefined,
      peers: [],
      warning: undefined,
    });
    const odd = {
      interval: 'soon',
      complete: -1,
      incomplete: 'x',
      'tracker id': 7,
      'warning message': ' \n',
    };
    expect(answerOf(odd)).toEqual(answerOf({}));
  });

  it('has its intervals within bounds', () => {
    const intervalMs = (interval: number) => answerOf({ interval, 'min interval': interval });
    expect(intervalMs(0)).toMatchObject({ intervalMs: 30_000, minIntervalMs: 30_000 });
    expect(intervalMs(-9)).toMatchObject({ intervalMs: 1_800_000, minIntervalMs: 30_000 });
    expect(intervalMs(1e15)).toMatchObject({ intervalMs: 86_400_000, minIntervalMs: 86_400_000 });
  });

  it('may have its keys in any order', () => {
    const peers = '6:\x0a\x00\x00\x01\x1a\xe1';
    expect(readAnnounceAnswer(latin1Bytes(`d5:peers${peers}8:intervali60ee`), url)).toMatchObject({
      intervalMs: 60_000,
      peers: [{ host: '10.0.0.1', port: 6881 }],
    });
  });

  it('has 2,000 peers at most', () => {
    const peers = Uint8Array.from(
      { length: 6 * 5_000 },
      (_, i) => [10, 0, (i / 6) >> 8, i / 6, 1, 1][i % 6]!,
    );
    expect(answerOf({ peers })).toHaveProperty('peers.length', 2_000);
    const listed = Array.from(
      { length: 5_000 },
      (_, n) =>
        new Map<string, Bencodable>([
          ['ip', `h${n}`],
          ['port', 1],
        ]),
    );
    expect(answerOf({ peers: listed })).toHaveProperty('peers.length', 2_000);
  });

  it.each([
    ['the reason', 'not registered', 'lab:6969 refuses: not registered.'],
    ['no reason', '', 'lab:6969 refuses, and does not say why.'],
    ['a reason of several lines', 'no!\r\n\x1b[2J\u202eno!', 'lab:6969 refuses: no! [2J no!'],
    ['a reason that never ends', 'x'.repeat(9_000), `lab:6969 refuses: ${'x'.repeat(300)}…`],
  ])('may be a refusal, with %s', (_, reason, failed) => {
    expect(answerOf({ 'failure reason': reason, peers: 'garbage' })).toEqual({ failed });
  });

  it.each([
    ['nothing', '', 'lab:6969 answered with nothing.'],
    ['a page', '<!DOCTYPE html><p>Hello', "lab:6969 answered with something that is no tracker's answer."],
    ['a list', 'le', "lab:6969 answered with something that is no tracker's answer."],
    ['a bomb of lists', 'l'.repeat(100_000), "lab:6969 answered with something that is no tracker's answer."],
    ['half an answer', 'd8:intervali60e', "lab:6969 answered with something that is no tracker's answer."],
    [
      'half a peer',
      'd5:peers5:abcdee',
      'The list of peers from lab:6969 is damaged: 5 bytes are no whole number of compact peers.',
    ],
    [
      'a number of peers',
      'd5:peersi5ee',
      'The list of peers from lab:6969 is damaged: it is neither a string nor a list.',
    ],
  ])('is a sentence when it is %s', (_, text, failed) => {
    expect(readAnnounceAnswer(latin1Bytes(text), url)).toEqual({ failed });
  });

  it('is an answer or a sentence, whatever the bytes', () => {
    const value = fc.letrec<{ value: Bencodable }>(tie => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.maxSafeInteger(),
        fc.uint8Array({ maxLength: 40 }),
        fc.array(tie('value'), { maxLength: 4 }),
        fc
          .dictionary(fc.constantFrom('ip', 'port', 'peer id'), tie('value'))
          .map(d => new Map(Object.entries(d))),
      ),
    })).value;
    const key = fc.constantFrom(
      'peers',
      'peers6',
      'interval',
      'min interval',
      'complete',
      'tracker id',
      'warning message',
    );
    fc.assert(
      fc.property(fc.dictionary(key, value), entries => {
        const answer = answerOf(entries);
        if ('failed' in answer) return;
        expect(answer.intervalMs).toBeGreaterThanOrEqual(30_000);
        expect(answer.intervalMs).toBeLessThanOrEqual(86_400_000);
        for (const { host, port } of answer.peers) {
          expect(host).toMatch(/^[\w.:-]{1,253}$/);
          expect(port).toBeGreaterThan(0);
        }
      }),
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), bytes => void readAnnounceAnswer(bytes, url)));
  });
});

describe("our tracker's answer", () => {
  const peers = [
    { peerId: 'aa'.repeat(20), address: { host: '10.0.0.1', port: 6881 } },
    { peerId: 'bb'.repeat(20), address: { host: '2001:db8::1', port: 6882 } },
  ];
  const answer = { intervalMs: 120_000, minIntervalMs: 30_000, seeders: 1, leechers: 2, peers };

  it.each([
    ['compact', { isCompact: true, hasPeerIds: true }],
    ['as dictionaries', { isCompact: false, hasPeerIds: true }],
    ['as dictionaries without peer ids', { isCompact: false, hasPeerIds: false }],
  ])('is understood by our own client, %s', (_, form) => {
    expect(readAnnounceAnswer(writeAnnounceAnswer(answer, form), url)).toEqual({
      intervalMs: 120_000,
      minIntervalMs: 30_000,
      seeders: 1,
      leechers: 2,
      peers: peers.map(({ address }) => address),
      warning: undefined,
    });
  });

  it('has the bytes of BEP 3', () => {
    const bytes = writeAnnounceAnswer(
      { ...answer, peers: peers.slice(0, 1) },
      { isCompact: false, hasPeerIds: true },
    );
    expect(bytes).toEqual(
      latin1Bytes(
        `d8:completei1e10:incompletei2e8:intervali120e12:min intervali30e5:peersld2:ip8:10.0.0.17:peer id20:${'\xaa'.repeat(20)}4:porti6881eeee`,
      ),
    );
  });

  it('to a scrape is understood too', () => {
    fc.assert(
      fc.property(fc.uniqueArray(hex20, { maxLength: 9 }), infoHashes => {
        const entries = infoHashes.map((_, n) => ({ seeders: n, leechers: 2 * n, completed: 3 * n }));
        expect(readScrapeAnswer(writeScrapeAnswer(infoHashes, entries), url)).toEqual(
          new Map(infoHashes.map((infoHash, n) => [infoHash, entries[n]])),
        );
      }),
    );
  });

  it('may be a refusal', () => {
    expect(readAnnounceAnswer(writeRefusal({ refused: 'Full.' }), url)).toEqual({
      failed: 'lab:6969 refuses: Full.',
    });
    expect(readScrapeAnswer(writeRefusal({ refused: 'Full.' }), url)).toEqual({
      failed: 'lab:6969 refuses: Full.',
    });
  });
});

describe('the answer to a scrape', () => {
  it.each(['de', 'd5:filesi1ee', 'd5:filesle'])('%s is none', text => {
    expect(readScrapeAnswer(latin1Bytes(text), url)).toHaveProperty('failed');
  });

  it('leaves out what is no torrent', () => {
    const files = new Map<string, Bencodable>([
      ['x'.repeat(20), new Map([['complete', -4]])],
      ['x'.repeat(21), new Map()],
      ['y'.repeat(20), 5],
    ]);
    expect(readScrapeAnswer(encode(new Map([['files', files]])), url)).toEqual(
      new Map([['78'.repeat(20), { seeders: 0, leechers: 0, completed: 0 }]]),
    );
  });
});

describe('a query', () => {
  const good = `info_hash=${'a'.repeat(20)}&peer_id=${'b'.repeat(20)}&port=6881`;
  const read = (text: string, from = '10.0.0.1') => {
    const query = readQuery(text);
    return query === undefined ? undefined : readAnnounce(query, from, '10.0.0.2');
  };

  it('is read or not, whatever it is', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), text => void read(text)));
    const part = fc.constantFrom(
      'info_hash=',
      'peer_id=',
      '%',
      '%4',
      '%41',
      '&',
      '=',
      'port=1',
      'a'.repeat(20),
      '+',
      '\xff',
    );
    fc.assert(fc.property(fc.array(part), parts => void read(parts.join(''))));
  });

  it('may leave out what it need not say', () => {
    expect(read(good)).toEqual({
      announce: {
        infoHash: '61'.repeat(20),
        peerId: '62'.repeat(20),
        address: { host: '10.0.0.1', port: 6881 },
        left: 1,
        event: undefined,
        numWant: 50,
        reachedAt: '10.0.0.2',
      },
      form: { isCompact: true, hasPeerIds: true },
    });
    expect(read(`${good}&left=x&event=paused&numwant=-1&compact=0&no_peer_id=1`)).toMatchObject({
      announce: { left: 1, event: undefined, numWant: 50 },
      form: { isCompact: false, hasPeerIds: false },
    });
  });

  it('may have a space as a form writes it', () => {
    expect(read(good.replace('aa', '+%20'))).toMatchObject({
      announce: { infoHash: `2020${'61'.repeat(18)}` },
    });
  });

  it.each([
    ['no info-hash', good.replace('info_hash', 'x'), /info_hash of 20 bytes/],
    ['an info-hash in hex', good.replace('a'.repeat(20), 'a'.repeat(40)), /info_hash of 20 bytes/],
    ['a short peer ID', good.replace('b'.repeat(20), 'b'), /peer_id of 20 bytes/],
    ['no port', good.replace('port', 'x'), /port you listen at/],
    ['port 0', good.replace('6881', '0'), /port you listen at/],
    ['port 65536', good.replace('6881', '65536'), /port you listen at/],
    ['a port that is none', good.replace('6881', '1e3'), /port you listen at/],
  ])('with %s is refused, with words', (_, text, words) => {
    expect(read(text)).toEqual({ refused: expect.stringMatching(words) });
  });

  it.each([
    ['is escaped wrongly', `${good}&x=%4`],
    ['is no bytes', `${good}&x=\u{1f4a9}`],
    ['has a value without end', `${good}&x=${'y'.repeat(1_000)}`],
    ['has parameters without end', 'x=1&'.repeat(1_000)],
  ])('that %s is none', (_, text) => {
    expect(read(text)).toBeUndefined();
  });

  it('may name another address from this computer only', () => {
    const hostFor = (from: string, ip: string) => {
      const answer = read(`${good}&ip=${ip}`, from)!;
      return 'announce' in answer ? answer.announce.address.host : answer;
    };
    expect(hostFor('127.0.0.1', '192.168.1.5')).toBe('192.168.1.5');
    expect(hostFor('::1', '2001:DB8::5')).toBe('2001:db8::5');
    expect(hostFor('192.168.1.9', '192.168.1.5')).toBe('192.168.1.9');
    expect(hostFor('127.0.0.1', 'example.org')).toBe('127.0.0.1');
    expect(hostFor('127.0.0.1', '0.0.0.0')).toBe('127.0.0.1');
    expect(hostFor('127.0.0.1', '')).toBe('127.0.0.1');
  });
});

describe('words of a tracker', () => {
  it('may be cut off in the middle of a character, or be no UTF-8', () => {
    const failed = (reason: Uint8Array) => answerOf({ 'failure reason': reason });
    expect(failed(latin1Bytes('nat\xfcrlich'))).toEqual({ failed: 'lab:6969 refuses: natürlich.' });
    expect(failed(utf8Bytes('Ω'.repeat(5_000)))).toEqual({ failed: `lab:6969 refuses: ${'Ω'.repeat(300)}…` });
  });
});
