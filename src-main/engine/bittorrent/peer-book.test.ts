import { describe, expect, it } from 'vitest';
import { Bitfield } from '../../../src-shared/bitfield.ts';
import { hexText, latin1Bytes } from './bytes.ts';
import { PeerBook } from './peer-book.ts';

const infoHash = 'ab'.repeat(20);
const idOf = (number: number) => number.toString(16).padStart(40, '0');

describe('a peer book', () => {
  const open = () =>
    new PeerBook({
      infoHash,
      peerId: 'ff'.repeat(20),
      listenPort: 6881,
      have: new Bitfield(1),
      nameClient: () => '',
    });
  const come = (book: PeerBook, number: number, remote = '10.0.0.9:1') =>
    book.identify(
      {
        type: 'handshake',
        peer: idOf(number),
        bitTorrent: { infoHash, fast: true, extensions: true, dht: false },
      },
      { direction: 'accepted', target: undefined, remote },
    );

  it('forgets those who came first when ever others come, and nobody who is there', () => {
    const book = open();
    const first = come(book, 0) as string;
    book.onConnected(first);
    const second = come(book, 1) as string;
    for (let number = 2; number < 6_000; number += 1) expect(typeof come(book, number)).toBe('string');
    expect(book.member(first)).toBeDefined();
    expect(book.member(second)).toBeUndefined();
    expect(come(book, 1)).not.toBe(second);
  });

  it('makes room for what a tracker tells, however much is hearsay, and the reverse', () => {
    const book = open();
    const addresses = (net: number) =>
      Array.from({ length: 3_000 }, (_, at) => ({ host: `10.${net}.${at >> 8}.${at & 255}`, port: 6881 }));
    book.add([{ host: '10.9.0.1', port: 1 }], 'tracker');
    book.add(addresses(1), 'peer exchange');
    book.add([{ host: '10.9.0.2', port: 1 }], 'local discovery');
    const hosts = book.dialTargets.map(({ address }) => address.host);
    expect(hosts).toHaveLength(1_002);
    expect(hosts).toEqual(expect.arrayContaining(['10.9.0.1', '10.9.0.2', '10.1.11.183']));
    book.add(addresses(2), 'tracker');
    // Of each kind a thousand, and the one that was overheard.
    expect(book.dialTargets).toHaveLength(2_001);
  });

  it('makes room for what its user typed, however much is said in the local network', () => {
    const book = open();
    book.add([{ host: '10.9.0.1', port: 1 }], 'typed');
    for (let port = 1; port <= 3_000; port += 1) book.add([{ host: '10.0.0.66', port }], 'local discovery');
    const hosts = book.dialTargets.map(({ address }) => address.host);
    expect(hosts).toHaveLength(1_001);
    expect(hosts).toContain('10.9.0.1');
  });

  it('keeps a host out that sent wrong pieces, whatever peer ID it comes with', () => {
    const book = open();
    book.ban(come(book, 1, '10.0.0.5:7000') as string);
    book.add([{ host: '10.0.0.5', port: 6881 }], 'tracker');
    expect(book.dialTargets).toEqual([]);
    expect(come(book, 2, '10.0.0.5:7001')).toEqual({
      refused: 'it sent wrong pieces before and is banned',
    });
    expect(typeof come(book, 1, '10.0.0.6:7000')).toBe('string');
  });

  it.each([
    ['-qB4520-zzzzzzzzzzzz', 'dialled'],
    ['-LT20B0-zzzzzzzzzzzz', 'dialled'],
    ['-PW0100-zzzzzzzzzzzz', 'dialled'],
    ['A2-1-36-0-zzzzzzzzzz', undefined],
    ['-TR3000-zzzzzzzzzzzz', undefined],
  ])('keeps, of two connections that it and %s opened at once, the one that the other keeps', (id, kept) => {
    const book = open(); // ours is the highest peer ID there is
    const peer = book.identify(
      {
        type: 'handshake',
        peer: hexText(latin1Bytes(id)),
        bitTorrent: { infoHash, fast: true, extensions: true, dht: false },
      },
      { direction: 'accepted', target: undefined, remote: '10.0.0.9:1' },
    ) as string;
    expect(book.prefersNewer(peer, 'accepted', 'dialled')).toBe(kept === 'dialled');
    expect(book.prefersNewer(peer, 'dialled', 'accepted')).toBe(false);
  });
});
