import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Refusal, RefusedError, type TapeUpdate, type Topic } from '../../../src-shared/contract.ts';
import type { JournalEvent } from '../../../src-shared/journal.ts';
import { Tape } from '../../../src-shared/tape.ts';
import { type Feed, TapeFeed, ViewFeed } from './feeds.ts';
import { RecordedPeer } from './listed-swarm.ts';
import { refusalOf } from './refusals.ts';
import { Session, type SessionHost } from './session.ts';
import { MemoryScreen } from './testing/memory-screen.ts';

/** What the host was asked, and how it answers. */
let asked: { readonly command: string; readonly question: unknown }[];
let answer: (command: string) => Promise<unknown>;
let feedOf: (topic: Topic) => Feed;
let logged: string[];
let closed: number;
let screen: MemoryScreen;

const host: SessionHost = {
  answer(command, question) {
    asked.push({ command, question });
    return answer(command);
  },
  feedOf: topic => feedOf(topic),
  refusalOf: error => refusalOf(error, details => logged.push(details)),
  onClosed: () => {
    closed += 1;
  },
};

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  logged = [];
  closed = 0;
  answer = async () => ({});
  feedOf = () => ({ isBehind: false, next: () => undefined });
  screen = new MemoryScreen(send => new Session(host, send));
});

afterEach(() => {
  screen.close();
  vi.useRealTimers();
});

/** Sends a message and waits for what the app says to it. */
async function replyTo(message: unknown) {
  screen.say(message);
  await vi.advanceTimersByTimeAsync(0);
  return screen.received.at(-1);
}

const badQuestion = expect.objectContaining({ code: 'bad-question' }) as Refusal;

describe('a question', () => {
  it('is answered', async () => {
    answer = async () => ({ version: '1' });
    expect(await screen.conversation.ask('about', {})).toEqual({ version: '1' });
    expect(asked).toEqual([{ command: 'about', question: {} }]);
  });

  it('is refused as the host refuses it', async () => {
    const refusal = { code: 'set-up', message: 'No.', problems: ['a', 'b'] } as const;
    answer = async () => {
      throw new RefusedError(refusal.code, refusal.message, refusal.problems);
    };
    await expect(screen.conversation.ask('about', {})).rejects.toMatchObject({ refusal });
  });

  it('that fails tells the screen neither stack nor path, and the log both', async () => {
    answer = async () => {
      throw new Error('ENOENT: /home/ada/secret');
    };
    await expect(screen.conversation.ask('about', {})).rejects.toMatchObject({
      refusal: { code: 'failed', message: expect.not.stringContaining('/home'), problems: [] },
    });
    expect(logged.join()).toMatch(/ENOENT: \/home\/ada\/secret\n +at /);
  });

  it('is answered in whatever order the answers are there', async () => {
    const waiting: ((answer: unknown) => void)[] = [];
    answer = () => new Promise(resolve => waiting.push(resolve));
    const answers = [screen.conversation.ask('about', {}), screen.conversation.ask('about', {})];
    waiting[1]!('second');
    waiting[0]!('first');
    expect(await Promise.all(answers)).toEqual(['first', 'second']);
  });

  it('is refused while a thousand others wait', async () => {
    answer = () => new Promise(() => {});
    for (let id = 1; id <= 1_000; id += 1) screen.say({ type: 'ask', id, command: 'about', question: {} });
    expect(await replyTo({ type: 'ask', id: 1_001, command: 'about', question: {} })).toEqual({
      type: 'refused',
      id: 1_001,
      refusal: badQuestion,
    });
    expect(asked).toHaveLength(1_000);
  });
});

describe('rubbish', () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 7],
    ['a text', 'ask'],
    ['a list', [1, 2]],
    ['an empty object', {}],
    ['bytes', new Uint8Array(3)],
    ['a map', new Map([['type', 'ask']])],
  ])('is refused without a number of its own: %s', async (_what, message) => {
    expect(await replyTo(message)).toEqual({ type: 'refused', id: -1, refusal: badQuestion });
    expect(asked).toEqual([]);
  });

  it.each([
    ['an unknown type', { type: 'shout', id: 5 }],
    ['no command', { type: 'ask', id: 5, question: {} }],
    ['a command that is no text', { type: 'ask', id: 5, command: 5, question: {} }],
    ['an endless command', { type: 'ask', id: 5, command: 'a'.repeat(101), question: {} }],
    ['a huge text', { type: 'ask', id: 5, command: 'look', question: { place: 'a'.repeat(10 ** 7) } }],
    ['a huge list', { type: 'ask', id: 5, command: 'look', question: new Array(10 ** 6).fill(0) }],
    ['bytes for a question', { type: 'ask', id: 5, command: 'look', question: new Uint8Array(9) }],
    ['something more', { type: 'ask', id: 5, command: 'about', question: {}, path: '/etc/passwd' }],
    ['a topic that is none', { type: 'follow', id: 5, topic: { topic: 'passwords' } }],
    ['a topic with something more', { type: 'follow', id: 5, topic: { topic: 'home', swarm: 'a' } }],
    [
      'a topic that names a path',
      { type: 'follow', id: 5, topic: { topic: 'tape', swarm: '../a', peer: '1' } },
    ],
    ['nested too deeply', { type: 'ask', id: 5, command: 'a', question: [[[[[[[[[[]]]]]]]]]] }],
  ])('is refused under its number: %s', async (_what, message) => {
    expect(await replyTo(message)).toEqual({ type: 'refused', id: 5, refusal: badQuestion });
    expect(asked).toEqual([]);
  });

  it.each([[-1], [1.5], [Number.NaN], [2 ** 60], ['5'], [null], [undefined]])(
    'is refused when its number is %s',
    async id => {
      const reply = await replyTo({ type: 'ask', id, command: 'about', question: {} });
      expect(reply).toEqual({ type: 'refused', id: -1, refusal: badQuestion });
      expect(asked).toEqual([]);
    },
  );

  it('that goes round in circles is refused', async () => {
    const question: Record<string, unknown> = {};
    question.self = question;
    const reply = await replyTo({ type: 'ask', id: 5, command: 'about', question });
    expect(reply).toEqual({ type: 'refused', id: 5, refusal: badQuestion });
  });

  it('leaves the session as it was', async () => {
    for (const message of [null, { type: 'ready', id: 9 }, { type: 'unfollow', id: 9 }, 'x'])
      screen.say(message);
    answer = async () => 'well';
    expect(await screen.conversation.ask('about', {})).toBe('well');
  });
});

/** A topic whose updates are numbers, each sent once. */
class NumberFeed implements Feed {
  isBehind = false;
  latest = 0;
  #sent = -1;

  next(): number | undefined {
    if (this.#sent === this.latest) return undefined;
    this.#sent = this.latest;
    return this.latest;
  }
}

describe('a topic', () => {
  let feed: NumberFeed;
  let updates: unknown[];
  const follow = (onRefused?: (refusal: Refusal) => void) =>
    screen.conversation.follow({ topic: 'home' }, update => updates.push(update), onRefused);

  beforeEach(() => {
    feed = new NumberFeed();
    feedOf = () => feed;
    updates = [];
  });

  it('is told whole at once, and then with each change', async () => {
    follow();
    expect(updates).toEqual([0]);
    feed.latest = 1;
    await vi.advanceTimersByTimeAsync(100);
    expect(updates).toEqual([0, 1]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(updates).toEqual([0, 1]);
  });

  it('is told at most ten times a second', async () => {
    follow();
    for (let ms = 0; ms < 1_000; ms += 1) {
      feed.latest += 1;
      await vi.advanceTimersByTimeAsync(1);
    }
    expect(updates).toHaveLength(11);
  });

  it('is told without delay while the reader is behind', async () => {
    feed.isBehind = true;
    const send = vi.spyOn(feed, 'next');
    let left = 50;
    send.mockImplementation(() => (left-- > 0 ? left : undefined));
    follow();
    expect(updates).toHaveLength(50);
  });

  it('waits for a screen that has not taken in what it got, and then tells what is new by then', async () => {
    screen.isAttentive = false;
    follow();
    for (let i = 0; i < 20; i += 1) {
      feed.latest += 1;
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(screen.received).toHaveLength(1);
    screen.isAttentive = true;
    await vi.advanceTimersByTimeAsync(100);
    expect(updates).toEqual([0, 20]);
  });

  it('is told no more when it is no longer followed', async () => {
    const unfollow = follow();
    unfollow();
    feed.latest += 1;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(screen.received).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is told from its beginning after the connection was lost', async () => {
    feedOf = () => {
      feed = new NumberFeed();
      return feed;
    };
    follow();
    feed.latest = 1;
    await vi.advanceTimersByTimeAsync(100);
    screen.reconnect();
    expect(updates).toEqual([0, 1, 0]);
    expect(vi.getTimerCount()).toBe(1);
  });

  it('is told from its beginning when the same number follows once more', async () => {
    feedOf = () => new NumberFeed();
    screen.say({ type: 'follow', id: 3, topic: { topic: 'home' } });
    screen.say({ type: 'follow', id: 3, topic: { topic: 'home' } });
    expect(screen.received).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(1);
  });

  it('is refused when it is not there, or not there any more', async () => {
    const refusals: Refusal[] = [];
    const gone = new RefusedError('unknown', 'Gone.');
    feedOf = () => {
      throw gone;
    };
    follow(refusal => refusals.push(refusal));
    expect(refusals).toEqual([gone.refusal]);

    feedOf = () => feed;
    follow(refusal => refusals.push(refusal));
    vi.spyOn(feed, 'next').mockImplementation(() => {
      throw gone;
    });
    await vi.advanceTimersByTimeAsync(100);
    expect(refusals).toEqual([gone.refusal, gone.refusal]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is refused when a hundred are followed', () => {
    feedOf = () => new NumberFeed();
    for (let id = 1; id <= 100; id += 1) screen.say({ type: 'follow', id, topic: { topic: 'home' } });
    screen.say({ type: 'follow', id: 101, topic: { topic: 'home' } });
    expect(screen.received.at(-1)).toEqual({ type: 'refused', id: 101, refusal: badQuestion });
    screen.say({ type: 'unfollow', id: 1 });
    screen.say({ type: 'follow', id: 101, topic: { topic: 'home' } });
    expect(screen.received.at(-1)).toMatchObject({ type: 'update', id: 101 });
  });
});

describe('Home', () => {
  it('is told at most four times a second, and only when it has changed', async () => {
    let isBusy = true;
    let changes = 0;
    feedOf = () =>
      new ViewFeed(() => {
        if (isBusy) changes += 1;
        return { swarms: [], recent: [], notices: [String(changes)] };
      });
    const updates: unknown[] = [];
    screen.conversation.follow({ topic: 'home' }, view => updates.push(view));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(updates).toHaveLength(11);
    isBusy = false;
    await vi.advanceTimersByTimeAsync(3_000);
    expect(updates).toHaveLength(11);
  });
});

describe('a session', () => {
  it('ends by itself when its carrier can send no more', () => {
    feedOf = () => new NumberFeed();
    const session = new Session(host, () => {
      throw new Error('the window is gone');
    });
    session.receive({ type: 'follow', id: 1, topic: { topic: 'home' } });
    expect(closed).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('says nothing after its end', async () => {
    let settle: (answer: unknown) => void = () => {};
    answer = () =>
      new Promise(resolve => {
        settle = resolve;
      });
    screen.say({ type: 'ask', id: 1, command: 'about', question: {} });
    screen.close();
    settle({});
    expect(await replyTo({ type: 'ask', id: 2, command: 'about', question: {} })).toBeUndefined();
    expect(asked).toHaveLength(1);
  });
});

describe('a tape', () => {
  let peer: RecordedPeer;
  let copy: Tape;
  let updates: TapeUpdate[];

  const stamp = (seq: number) => ({ seq, atMs: seq, wallMs: 1_000 + seq });
  const grow = (count: number) => {
    for (let i = 0; i < count; i += 1) {
      const seq = peer.tape.length;
      peer.record({ kind: 'received-have', peer: String(1 + (seq % 200)), piece: seq % 7, ...stamp(seq) });
    }
  };
  const follow = () =>
    screen.conversation.follow({ topic: 'tape', swarm: 'a', peer: '1' }, update => {
      updates.push(update);
      if (update.page.from === 0) copy = new Tape();
      copy.appendPage(update.page);
    });
  const events = (tape: Tape): JournalEvent[] =>
    Array.from({ length: tape.length }, (_, seq) => tape.event(seq));

  beforeEach(() => {
    peer = new RecordedPeer('1', 'log_peer_1.log');
    feedOf = () => new TapeFeed(() => peer);
    updates = [];
  });

  it('comes in pages, one right after the other, until the reader has all of it', async () => {
    grow(40_000);
    follow();
    expect(updates.map(({ page }) => page.count)).toEqual([16_384, 16_384, 7_232]);
    expect(updates.map(({ total }) => total)).toEqual([40_000, 40_000, 40_000]);
    expect(events(copy)).toEqual(events(peer.tape));
  });

  it('comes as it grows, with the peers that are new to it', async () => {
    follow();
    expect(updates).toHaveLength(1);
    for (const count of [1, 500, 20_000, 3]) {
      grow(count);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(events(copy)).toEqual(events(peer.tape));
  });

  it('says so when a run begins and ends, and twice a second how late it is', async () => {
    const start = performance.now();
    follow();
    peer.nowMs = () => performance.now() - start;
    await vi.advanceTimersByTimeAsync(2_100);
    expect(updates.map(({ nowMs }) => nowMs)).toEqual([null, 100, 600, 1_100, 1_600, 2_100]);
    peer.nowMs = () => null;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(updates.slice(6).map(({ nowMs }) => nowMs)).toEqual([null]);
    expect(updates.every(({ page }) => page.count === 0)).toBe(true);
  });

  it('comes anew from its beginning when the peer is started again', async () => {
    grow(10);
    follow();
    peer.renew();
    await vi.advanceTimersByTimeAsync(100);
    expect(updates.at(-1)).toMatchObject({ total: 0, page: { from: 0, count: 0, peers: [] } });
    grow(5);
    await vi.advanceTimersByTimeAsync(100);
    expect(events(copy)).toEqual(events(peer.tape));
  });
});
