import { afterEach, describe, expect, it, vi } from 'vitest';
import { Bitfield } from '../../../src-shared/bitfield.ts';
import { RateLimiter } from '../rate-limiter.ts';
import { ShareLab, type SharePeer, type SharePeerOptions } from '../testing/share-lab.ts';
import { Stranger } from '../testing/stranger.ts';
import type { OutgoingMessage } from '../wire/message.ts';

const block = 16_384;
const labs: ShareLab[] = [];
afterEach(() => expect(labs.splice(0).flatMap(lab => lab.leftovers())).toEqual([]));

/** `lack`: pieces that the seed does not have. */
interface Scene extends SharePeerOptions {
  readonly blocksPerPiece?: number;
  readonly lack?: readonly number[];
  readonly fast?: boolean;
}

/** A seed of 60 pieces, the last of 100 bytes, with a stranger that it has unchoked; and what it reads from storage. */
function open({ blocksPerPiece = 1, lack = [], fast = true, ...options }: Scene = {}) {
  const pieceLength = blocksPerPiece * block;
  const lab = new ShareLab({ totalLength: 59 * pieceLength + 100, pieceLength });
  labs.push(lab);
  const have = new Bitfield(60);
  for (let piece = 0; piece < 60; piece += 1) if (!lack.includes(piece)) have.set(piece);
  const seed = lab.start({ have, ...options });
  const stranger = new Stranger(lab).dial(seed.address, { fast });
  stranger.say({ type: 'bitfield', bytes: new Uint8Array(8) }, { type: 'interested' });
  lab.clock.advance(100);
  const read = vi.spyOn(seed.storage, 'read');
  return { lab, seed, stranger, reads: () => read.mock.calls.map(call => call.slice(0, 3)) };
}

function request(piece: number, offset = 0, length = block): OutgoingMessage {
  return { type: 'request', piece, offset, length };
}

const requests = (first: number, count: number) =>
  Array.from({ length: count }, (_, at) => request(first + at));

/** Piece, offset and length. */
const uploaded = (seed: SharePeer) =>
  seed.told('uploaded').map(({ piece, offset, length }) => [piece, offset, length]);
const got = (stranger: Stranger) =>
  stranger.heardOf('piece').map(({ piece, offset, bytes }) => [piece, offset, bytes.length]);
const rejected = (stranger: Stranger) =>
  stranger.heardOf('reject').map(({ piece, offset, length }) => [piece, offset, length]);

describe('requests of what lies side by side', () => {
  it('in several pieces are read together, and answered one by one', () => {
    const { lab, seed, stranger, reads } = open();
    stranger.say(...requests(3, 4), ...requests(58, 1), request(59, 0, 100));
    lab.clock.advance(100);
    expect(reads()).toEqual([
      [3, 0, 4 * block],
      [58, 0, block + 100],
    ]);
    const each = [3, 4, 5, 6, 58].map(piece => [piece, 0, block]);
    expect(got(stranger)).toEqual([...each, [59, 0, 100]]);
    expect(uploaded(seed)).toEqual(got(stranger));
    for (const { piece, bytes } of stranger.heardOf('piece')) {
      const start = lab.layout.offsetOf(piece);
      expect(Buffer.compare(bytes, lab.content.subarray(start, start + bytes.length))).toBe(0);
    }
  });

  it('are journalled once for each piece of a run', () => {
    const { lab, seed, stranger, reads } = open({ blocksPerPiece: 2 });
    stranger.say(request(3, block), request(4, 0), request(4, block), request(5, 0));
    lab.clock.advance(100);
    expect(reads()).toEqual([[3, block, 4 * block]]);
    expect(uploaded(seed)).toEqual([
      [3, block, block],
      [4, 0, 2 * block],
      [5, 0, block],
    ]);
    expect(got(stranger)).toHaveLength(4);
  });

  it.each([
    [
      'a gap',
      [request(3), request(5), request(6)],
      [
        [3, 0, block],
        [5, 0, 2 * block],
      ],
    ],
    [
      'a gap within a piece',
      [request(3, 0, 100), request(4)],
      [
        [3, 0, 100],
        [4, 0, block],
      ],
    ],
    [
      'another order',
      [request(4), request(3), request(4)],
      [
        [4, 0, block],
        [3, 0, 2 * block],
      ],
    ],
    [
      'the same again',
      [request(3), request(3)],
      [
        [3, 0, block],
        [3, 0, block],
      ],
    ],
  ])('end at %s', (_, asked, expected) => {
    const { lab, stranger, reads } = open();
    stranger.say(...asked);
    lab.clock.advance(100);
    expect(reads()).toEqual(expected);
    expect(got(stranger)).toHaveLength(asked.length);
  });

  it('end at a piece that we lack', () => {
    const { lab, stranger, reads } = open({ lack: [5] });
    stranger.say(...requests(3, 5));
    lab.clock.advance(100);
    expect(reads()).toEqual([
      [3, 0, 2 * block],
      [6, 0, 2 * block],
    ]);
    expect(rejected(stranger)).toEqual([[5, 0, block]]);
  });

  it('are read 512 KiB at a time', () => {
    const { lab, stranger, reads } = open();
    stranger.say(...requests(0, 50));
    lab.clock.advance(100);
    expect(reads()).toEqual([
      [0, 0, 32 * block],
      [32, 0, 18 * block],
    ]);
    expect(got(stranger)).toHaveLength(50);
  });

  it('are read as many at a time as the upload limit gives in a twentieth of a second', () => {
    const limiter = new RateLimiter(20 * 3 * block, 0);
    const { lab, stranger, reads } = open({ limits: { upload: [limiter], download: [] } });
    stranger.say(...requests(0, 12));
    lab.clock.advance(1_000);
    expect(reads()).toEqual([0, 3, 6, 9].map(piece => [piece, 0, 3 * block]));
  });

  it('are left out when they are cancelled before they are read', () => {
    const { lab, stranger, reads } = open();
    stranger.say(...requests(3, 5), { type: 'cancel', piece: 5, offset: 0, length: block });
    lab.clock.advance(100);
    expect(reads()).toEqual([
      [3, 0, 2 * block],
      [6, 0, 2 * block],
    ]);
    expect(rejected(stranger)).toEqual([[5, 0, block]]);
  });

  it('are all sent when one is cancelled while they are read', () => {
    const { lab, seed, stranger } = open();
    seed.storage.delayMs = 1_000;
    stranger.say(...requests(3, 4));
    lab.clock.advance(100);
    stranger.say({ type: 'cancel', piece: 5, offset: 0, length: block });
    lab.clock.advance(2_000);
    expect(got(stranger)).toEqual([3, 4, 5, 6].map(piece => [piece, 0, block]));
    expect(rejected(stranger)).toEqual([]);
  });

  it.each([
    ['rejected one by one', true, 40],
    ['forgotten by one that knows no rejects', false, 0],
  ])('are %s when it is choked while they are read', (_, fast, count) => {
    const { lab, seed, stranger, reads } = open({ fast });
    seed.storage.delayMs = 60_000;
    stranger.say(...requests(3, 40));
    lab.clock.advance(100);
    seed.storage.delayMs = 1;
    stranger.say({ type: 'not-interested' });
    lab.until(() => stranger.heardOf('choke').length > 0, 50_000);
    lab.clock.advance(60_000);
    expect(reads()).toEqual([[3, 0, 32 * block]]);
    expect(got(stranger)).toEqual([]);
    expect(uploaded(seed)).toEqual([]);
    const pieces = rejected(stranger).map(([piece]) => piece!);
    expect(pieces.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, at) => 3 + at));
  });

  it('are let go when the neighbour leaves while they are read', () => {
    const { lab, seed, stranger } = open();
    seed.storage.delayMs = 1_000;
    stranger.say(...requests(3, 4));
    lab.clock.advance(100);
    stranger.close();
    lab.clock.advance(2_000);
    expect(uploaded(seed)).toEqual([]);
  });

  it('are sent to nobody when the read fails', () => {
    const { lab, seed, stranger } = open();
    seed.storage.faults.failReads = 'the disk is on fire';
    stranger.say(...requests(3, 4));
    lab.clock.advance(10_000);
    expect(got(stranger)).toEqual([]);
    expect(seed.outcome).toBe('storage-failed');
  });
});
