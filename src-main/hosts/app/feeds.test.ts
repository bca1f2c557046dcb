import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TapeFeed } from './feeds.ts';
import { RecordedPeer } from './listed-swarm.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A running peer, and a feed of its tape. */
function running(): { grow: (rows: number) => void; feed: TapeFeed; peer: RecordedPeer } {
  const peer = new RecordedPeer('1001', '');
  peer.nowMs = () => performance.now();
  const grow = (rows: number) => {
    for (let i = 0; i < rows; i += 1) {
      const seq = peer.tape.length;
      peer.record({ kind: 'received-have', peer: '1002', piece: 1, seq, atMs: performance.now(), wallMs: 0 });
    }
  };
  return { grow, peer, feed: new TapeFeed(() => peer) };
}

/** How many updates there are in a second, asked for ten times, while the tape grows by so many rows each time. */
function updatesIn(feed: TapeFeed, grow: (rows: number) => void, rows: number): number {
  let updates = 0;
  for (let i = 0; i < 10; i += 1) {
    vi.advanceTimersByTime(100);
    grow(rows);
    while (feed.next() !== undefined) updates += 1;
  }
  return updates;
}

describe('the feed of a tape', () => {
  it('has an update whenever it is asked and the tape has grown', () => {
    const { feed, grow } = running();
    feed.next();
    expect(updatesIn(feed, grow, 20)).toBe(10);
  });

  it('has two a second while the tape grows by thousands, and loses nothing', () => {
    const { feed, grow, peer } = running();
    feed.next();
    updatesIn(feed, grow, 900);
    expect(updatesIn(feed, grow, 900)).toBe(2);
    vi.advanceTimersByTime(500);
    expect(feed.next()).toMatchObject({ total: peer.tape.length });
    expect(feed.isBehind).toBe(false);
  });

  it('goes back to its pace when the flood is over', () => {
    const { feed, grow } = running();
    feed.next();
    updatesIn(feed, grow, 900);
    updatesIn(feed, grow, 20);
    expect(updatesIn(feed, grow, 20)).toBe(10);
  });

  it('tells a reader that is behind the past at once, page after page', () => {
    const { feed, grow } = running();
    grow(50_000);
    vi.advanceTimersByTime(100);
    const pages = [feed.next(), feed.next(), feed.next(), feed.next()].map(update => update?.page.count);
    expect(pages).toEqual([16_384, 16_384, 16_384, 848]);
  });

  it('tells the end of a run at once, flood or not', () => {
    const { feed, grow, peer } = running();
    feed.next();
    updatesIn(feed, grow, 900);
    grow(10);
    peer.nowMs = () => null;
    expect(feed.next()).toMatchObject({ nowMs: null, total: peer.tape.length });
  });
});
