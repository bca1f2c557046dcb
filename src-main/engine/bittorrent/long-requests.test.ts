import { afterEach, describe, expect, it, vi } from 'vitest';
import { RateLimiter } from '../rate-limiter.ts';
import { slabLength } from '../slabs.ts';
import { ShareLab, type SharePeer } from '../testing/share-lab.ts';
import { Stranger } from '../testing/stranger.ts';
import type { Message, OutgoingMessage } from '../wire/message.ts';
import { encodeExtensionHandshake } from './extension.ts';

const labs: ShareLab[] = [];
afterEach(() => expect(labs.splice(0).flatMap(lab => lab.leftovers())).toEqual([]));

const block = 16_384;
const times = <T>(count: number, what: T): T[] => Array.from({ length: count }, () => what);
type Request = Message & { type: 'request' };

function open(): ShareLab {
  const lab = new ShareLab({ totalLength: 10 * 1_048_576 + 50_000, pieceLength: 1_048_576 });
  labs.push(lab);
  return lab;
}

/** Dials `one`: has everything, and says how much it gives in answer to one request. */
function seedThatGives(
  lab: ShareLab,
  one: SharePeer,
  longestRequest: number | undefined,
  gives: (request: Request) => readonly OutgoingMessage[] = request => blockOf(lab, request),
): Stranger {
  const said = longestRequest === undefined ? {} : { longestRequest };
  const payload = encodeExtensionHandshake({ ids: {}, ...said });
  return new Stranger(lab)
    .answers(message => (message.type === 'request' ? gives(message) : []))
    .dial(one.address)
    .say({ type: 'have-all' }, { type: 'extended', id: 0, payload }, { type: 'unchoke' });
}

/** Whom a seed has let ask for what it wants. */
function unchokedStranger(lab: ShareLab): Stranger {
  const stranger = new Stranger(lab).dial(lab.seed().address);
  stranger.say({ type: 'have-none' }, { type: 'interested' });
  lab.clock.advance(100);
  return stranger;
}

const blockOf = (lab: ShareLab, request: Request) => new Stranger(lab).blockOf(request);

/** The lengths that a stranger was asked for, each once. */
const lengthsAskedOf = (stranger: Stranger) =>
  [...new Set(stranger.heardOf('request').map(({ length }) => length))].sort((a, b) => a - b);

describe('a neighbour that gives long runs in answer to one request', () => {
  it.each([
    ['128 KiB, however much more it gives', 1_000_000, 8 * block],
    ['as much as it gives, in whole blocks', 3 * block + 5, 3 * block],
    ['a block at least', 1, block],
    ['a block when it says nothing', undefined, block],
  ])('is asked for up to %s', (_, longestRequest, most) => {
    const lab = open();
    const one = lab.start();
    const stranger = seedThatGives(lab, one, longestRequest);
    lab.until(() => one.isComplete());
    expect(lab.holdsContent(one)).toBe(true);
    const lengths = lengthsAskedOf(stranger);
    expect(lengths.at(-1)).toBe(most);
    const lastBlock = 50_000 % block;
    expect(lengths.filter(length => length % block !== 0 && length % block !== lastBlock)).toEqual([]);
  });

  it('is asked for a block at a time until it has given some', () => {
    const lab = open();
    const one = lab.start();
    const stranger = seedThatGives(lab, one, 1_000_000);
    lab.until(() => stranger.heardOf('request').length > 0);
    expect(stranger.heardOf('request').map(({ length }) => length)).toEqual(times(4, block));
    lab.until(() => one.isComplete());
    expect(lengthsAskedOf(stranger)).toContain(8 * block);
  });

  it.each([
    [16, 1],
    [16, 4],
    [64, 4],
  ])(
    'gives each second as much as its limit of %i KiB/s lets it, and every one of %i the same',
    (limit, count) => {
      const lab = open();
      const seconds = 40;
      const seed = lab.seed({ limits: { upload: [new RateLimiter(limit * 1024, 0)], download: [] } });
      const leechers = times(count, 0).map(() => lab.start({ peerExchange: false }));
      for (const { share } of leechers) share.addPeers([seed.address], 'tracker');
      lab.clock.advance(seconds * 1_000);
      const uploaded = seed.told('uploaded');
      for (let second = 1; second < seconds; second += 1) {
        const ofSecond = uploaded.filter(({ atMs }) => Math.floor(atMs / 1_000) === second);
        const bytes = ofSecond.reduce((sum, { length }) => sum + length, 0);
        expect(Math.abs(bytes - limit * 1024), `second ${second}`).toBeLessThanOrEqual(block);
      }
      const given = leechers.map(({ share }) => share.view().downloadedBytes);
      expect(Math.max(...given) - Math.min(...given)).toBeLessThanOrEqual(2 * block);
    },
  );

  it('gives small pieces in one message each, which are stored from where they were received', () => {
    const pieceLength = 8 * block;
    const lab = new ShareLab({ totalLength: 80 * pieceLength, pieceLength });
    labs.push(lab);
    const one = lab.start();
    const acquire = vi.spyOn(one.pool, 'acquire');
    seedThatGives(lab, one, 1_000_000);
    lab.until(() => one.isComplete());
    expect(lab.holdsContent(one)).toBe(true);
    const lengths = acquire.mock.calls.map(([length]) => length);
    expect(lengths).toContain(slabLength);
    const copied = lengths.filter(length => length === pieceLength).length;
    expect(copied).toBeLessThan(40); // the first ones come a block at a time
  });

  it('may give a part first: of the rest only what is still lacking is taken', () => {
    const lab = open();
    const one = lab.start();
    seedThatGives(lab, one, 8 * block, request => {
      const whole = blockOf(lab, request);
      if (request.length <= 2 * block) return whole;
      const { offset } = request;
      const part = blockOf(lab, { ...request, offset: offset + block, length: block });
      // What comes a second time would spoil the piece.
      for (const message of whole) if (message.type === 'piece') message.bytes.fill(0, block, 2 * block);
      return [...part, ...whole];
    });
    lab.until(() => one.isComplete());
    expect(lab.holdsContent(one)).toBe(true);
    expect(one.told('piece-failed')).toEqual([]);
  });

  it('may reject a run: others are asked for all of it', () => {
    const lab = open();
    const one = lab.start();
    const stranger = seedThatGives(lab, one, 8 * block, request =>
      request.length > block ? [{ ...request, type: 'reject' }] : blockOf(lab, request),
    );
    lab.until(() => stranger.heardOf('request').some(({ length }) => length > block));
    lab.introduce(one, lab.seed());
    lab.until(() => one.isComplete(), 10_000);
    expect(lab.holdsContent(one)).toBe(true);
    const released = one.told('request-released').filter(({ reason }) => reason === 'rejected');
    const rejected = stranger.heardOf('request').filter(({ length }) => length > block);
    expect(released.length).toBe(rejected.reduce((sum, { length }) => sum + Math.ceil(length / block), 0));
  });

  it('may cancel a part of a run that it asked us for', () => {
    const lab = open();
    const stranger = unchokedStranger(lab);
    stranger.say(
      { type: 'request', piece: 2, offset: 0, length: 8 * block },
      { type: 'cancel', piece: 2, offset: 3 * block, length: block },
      { type: 'cancel', piece: 2, offset: 7 * block, length: block },
    );
    lab.clock.advance(100);
    expect(stranger.heardOf('piece').map(({ offset, bytes }) => [offset, bytes.length])).toEqual([
      [0, 3 * block],
      [4 * block, 3 * block],
    ]);
    expect(stranger.heardOf('reject').map(({ offset, length }) => [offset, length])).toEqual([
      [3 * block, block],
      [7 * block, block],
    ]);
  });
});

describe('neighbours that ask for more or less in one request', () => {
  it.each([64, 256, 1024])('get the same of a limit of %i KiB/s', limit => {
    const lab = open();
    const seed = lab.seed({ limits: { upload: [new RateLimiter(limit * 1024, 0)], download: [] } });
    // Each has as many bytes waiting all the time.
    const lengths = [8 * block, 2 * block, block];
    const strangers = lengths.map((length, at) => {
      const request = { type: 'request', piece: at, offset: 0, length } as const;
      return new Stranger(lab)
        .answers(message => {
          if (message.type === 'piece') return [request];
          return message.type === 'unchoke' ? times((16 * block) / length, request) : [];
        })
        .dial(seed.address, { host: `10.0.1.${at + 1}`, peerId: `a${at + 1}`.repeat(20) })
        .say({ type: 'have-none' }, { type: 'interested' });
    });
    lab.until(() => strangers.every(stranger => stranger.heardOf('piece').length > 0));
    const bytesOf = (stranger: Stranger) =>
      stranger.heardOf('piece').reduce((sum, { bytes }) => sum + bytes.length, 0);
    const before = strangers.map(bytesOf);
    lab.clock.advance(60_000);
    const got = strangers.map((stranger, at) => bytesOf(stranger) - before[at]!);
    for (const bytes of got) {
      expect(bytes / (limit * 1024 * 20), `${got}`).toBeGreaterThan(0.8);
      expect(bytes / (limit * 1024 * 20), `${got}`).toBeLessThan(1.2);
    }
  });
});

describe('a cancel of less than a block', () => {
  it.each([0, 1])('such as one of %i bytes, cuts nothing up, and is not answered', length => {
    const lab = open();
    const stranger = unchokedStranger(lab);
    stranger.say(
      { type: 'request', piece: 2, offset: 0, length: 8 * block },
      ...times(5, 0).map((_, at) => ({
        type: 'cancel' as const,
        piece: 2,
        offset: at * 2 * block + 5,
        length,
      })),
    );
    lab.clock.advance(100);
    expect(stranger.heardOf('piece').map(({ offset, bytes }) => [offset, bytes.length])).toEqual([
      [0, 8 * block],
    ]);
    expect(stranger.heardOf('reject')).toEqual([]);
  });
});

describe('a neighbour that was never asked for a run', () => {
  it('is let go when it sends one', () => {
    const lab = open();
    const one = lab.start();
    const stranger = new Stranger(lab).dial(one.address).say({ type: 'have-all' }, { type: 'unchoke' });
    lab.until(() => stranger.heardOf('request').length > 0);
    const [first] = stranger.heardOf('request');
    stranger.say(...blockOf(lab, { ...first!, offset: 0, length: 4 * block }));
    lab.until(() => stranger.isClosed);
    expect(one.told('disconnected').map(({ reason }) => reason)).toEqual([
      'it sent 65536 bytes at once, and was asked for 16384 at most',
    ]);
  });
});
