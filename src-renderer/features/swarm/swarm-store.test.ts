import { describe, expect, it } from 'vitest';
import type { TapeUpdate, Topic, Update } from '../../../src-shared/contract.ts';
import type { JournalFact } from '../../../src-shared/journal.ts';
import type { Bridge } from '../../bridge.ts';
import { journalOf, startedFact, tapeOf, updateOf } from '../../testing/written-run.ts';
import { connectSwarm, createSwarmStore, joinTapes } from './swarm-store.ts';

const decision = (round: number): JournalFact => ({
  kind: 'choke-decision',
  decision: { round, rule: 'rates', slots: 2, candidates: [], preferred: [], unchoke: [], choke: [] },
});
const facts: readonly (readonly [number, JournalFact])[] = [
  [0, startedFact()],
  [5000, decision(1)],
  [
    7000,
    {
      kind: 'optimistic-decision',
      decision: { candidates: [], kept: true, optimistic: undefined, choke: [] },
    },
  ],
  [10_000, decision(2)],
];
const tape = tapeOf(journalOf(facts));
const whole = (nowMs: number | null) => updateOf(tape, 0, tape.length, nowMs);

/** A bridge of which a test sends the updates. */
function bridgeByHand() {
  const followed = new Map<string, (update: TapeUpdate) => void>();
  const bridge: Bridge = {
    ask: () => Promise.reject(new Error('nothing is asked here')),
    follow<T extends Topic>(topic: T, onUpdate: (update: Update<T>) => void) {
      const key = topic.topic === 'tape' ? topic.peer : topic.topic;
      followed.set(key, update => onUpdate(update as Update<T>));
      return () => followed.delete(key);
    },
    drop: () => Promise.resolve([]),
    onConnection: () => () => {},
  };
  return { bridge, followed, send: (peer: string, update: TapeUpdate) => followed.get(peer)?.(update) };
}

function opened(nowMs: number | null, begin: 'start' | 'end' = 'end') {
  const store = createSwarmStore('a', '1001', begin);
  const { bridge, followed, send } = bridgeByHand();
  const disconnect = connectSwarm(bridge, store);
  send('1001', whole(nowMs));
  store.getState().tick(100);
  return { store, bridge, followed, send, disconnect };
}

describe('the instant that the page shows', () => {
  it.each(['start', 'end'] as const)(
    'stays where one steps to from the end of a run, begun at its %s',
    begin => {
      const { store } = opened(null, begin);
      store.getState().follow();
      store.getState().tick(100);
      store.getState().step(-1000);
      store.getState().tick(100);
      expect(store.getState().cursorMs).toBe(9_000);
    },
  );

  it('stays where one steps to after a run has ended on the screen', () => {
    const { store, send } = opened(11_000);
    send('1001', updateOf(tape, 4, 0, null));
    store.getState().tick(100);
    store.getState().step(-1000);
    store.getState().tick(100);
    expect(store.getState().cursorMs).toBe(9_000);
  });

  it('is the newest one of a run that goes on', () => {
    const { store, send } = opened(11_000);
    expect(store.getState().cursorMs).toBe(11_000);
    send('1001', updateOf(tape, 4, 0, 11_500));
    store.getState().tick(100);
    expect(store.getState().cursorMs).toBe(11_500);
  });

  it('runs on between updates, but not for long', () => {
    const { store } = opened(11_000);
    store.getState().tick(400);
    expect(store.getState().cursorMs).toBe(11_400);
    for (let i = 0; i < 10; i += 1) store.getState().tick(400);
    expect(store.getState().cursorMs).toBe(12_000);
  });

  it('waits for the next update while thousands of rows come at once', () => {
    const { store, send } = opened(11_000);
    const many = Array.from(
      { length: 1_200 },
      (_, index) => [11_000 + index, { kind: 'note', text: 'x' }] as const,
    );
    const longer = tapeOf(journalOf([...facts, ...many]));
    send('1001', updateOf(longer, facts.length, many.length, 12_300));
    expect(store.getState().cursorMs).toBe(12_300);
    store.getState().tick(100);
    store.getState().tick(400);
    expect(store.getState().cursorMs).toBe(12_300);
    store.getState().tick(700);
    expect(store.getState().cursorMs).toBe(13_300);
  });

  it('is the end of a run that is over', () => {
    expect(opened(null).store.getState().cursorMs).toBe(10_000);
  });

  it('plays a replay from its start, and stops at its end', () => {
    const { store } = opened(null, 'start');
    store.getState().setSpeed(20);
    store.getState().tick(250);
    expect(store.getState().cursorMs).toBeCloseTo(5100);
    store.getState().tick(60_000);
    expect(store.getState()).toMatchObject({ cursorMs: 10_000, playing: false });
    store.getState().setPlaying(true);
    expect(store.getState()).toMatchObject({ cursorMs: 0, playing: true });
  });

  it('stays where it is while paused, and is live again on wish', () => {
    const { store } = opened(11_000);
    store.getState().setPlaying(false);
    store.getState().tick(500);
    expect(store.getState().cursorMs).toBe(11_000);
    store.getState().follow();
    expect(store.getState()).toMatchObject({ following: true, playing: true, cursorMs: 11_500 });
  });

  it('never leaves the run', () => {
    const { store } = opened(11_000);
    store.getState().seek(-5);
    expect(store.getState().cursorMs).toBe(0);
    store.getState().seek(99_000);
    expect(store.getState().cursorMs).toBe(11_100 - 100);
  });

  it('steps from decision to decision, rechokes and draws alike', () => {
    const { store } = opened(11_000);
    const times = [-1, -1, -1, -1, 1].map(direction => {
      store.getState().stepDecision(direction as 1 | -1);
      return store.getState().cursorMs;
    });
    expect(times).toEqual([10_000, 7000, 5000, 5000, 7000]);
  });

  it('is live again when play has caught up with the present', () => {
    const { store } = opened(11_000);
    store.getState().seek(10_900);
    store.getState().setSpeed(2);
    store.getState().setPlaying(true);
    store.getState().tick(1000);
    expect(store.getState().following).toBe(true);
  });
});

describe('the tapes that the page follows', () => {
  it('begin anew when the peer was started again', () => {
    const { store, send } = opened(11_000);
    const before = store.getState().history;
    send('1001', updateOf(tape, 0, 1, 0));
    expect(store.getState().history).not.toBe(before);
    expect(store.getState().history.tape.length).toBe(1);
  });

  it('come once more when the connection was lost, and one goes on where one was', () => {
    const { store, send } = opened(11_000);
    store.getState().seek(6_000);
    store.getState().setPlaying(false);
    store.getState().openRechoke(1);
    send('1001', whole(20_000));
    store.getState().tick(100);
    expect(store.getState()).toMatchObject({
      cursorMs: 6_000,
      following: false,
      playing: false,
      rechoke: 1,
      history: { endMs: 20_000 },
    });
  });

  it('come once more in the middle of a replay, and it plays on from there', () => {
    const { store, send } = opened(null, 'start');
    store.getState().seek(6_000);
    send('1001', updateOf(tape, 0, 2));
    store.getState().tick(100);
    send('1001', updateOf(tape, 2, 2));
    store.getState().tick(100);
    expect(store.getState()).toMatchObject({ cursorMs: 6_100, following: false, playing: true });
  });

  it('of another run are shown from their newest moment on', () => {
    const { store, send } = opened(11_000);
    store.getState().seek(6_000);
    store.getState().setPlaying(false);
    store.getState().setWindow({ fromMs: 5_000, toMs: 9_000 });
    const another = tapeOf(
      journalOf([[0, startedFact()]]).map(event => ({ ...event, wallMs: event.wallMs + 60_000 })),
    );
    send('1001', updateOf(another, 0, 1, 500));
    expect(store.getState()).toMatchObject({
      cursorMs: 500,
      following: true,
      playing: true,
      window: undefined,
    });
  });

  it('of other peers come and go beside it', () => {
    const { store, bridge, followed, send } = opened(11_000);
    const part = joinTapes(bridge, store, 'a', ['1002']);
    send('1002', whole(11_000));
    expect(store.getState().others.get('1002')?.tape.length).toBe(4);
    part();
    expect(store.getState().others.size).toBe(0);
    expect([...followed.keys()]).toEqual(['1001']);
  });

  it('are let go of with the page', () => {
    const { disconnect, followed } = opened(11_000);
    disconnect();
    expect(followed.size).toBe(0);
  });
});
