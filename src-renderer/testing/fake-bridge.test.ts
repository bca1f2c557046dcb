import { describe, expect, it } from 'vitest';
import type { HomeView, TapeUpdate } from '../../src-shared/contract.ts';
import type { JournalEvent } from '../../src-shared/journal.ts';
import { Tape } from '../../src-shared/tape.ts';
import { createFakeBridge } from './fake-bridge.ts';

const stamp = (seq: number, atMs: number) => ({ seq, atMs, wallMs: 1_000_000 + atMs });
const events: readonly JournalEvent[] = [
  {
    kind: 'started',
    self: '1002',
    dialect: 'course',
    name: 'a.dat',
    totalLength: 20,
    pieceLength: 10,
    pieceCount: 2,
    bitfield: '00',
    roster: [
      { peer: '1001', address: 'a:1', seed: true },
      { peer: '1002', address: 'a:2', seed: false },
    ],
    preferredSlots: 1,
    unchokingIntervalMs: 5000,
    optimisticIntervalMs: 15_000,
    strategy: 'random',
    ...stamp(0, 0),
  },
  { kind: 'connected', peer: '1001', direction: 'dialled', remote: 'a:1', ...stamp(1, 10) },
  { kind: 'piece-completed', peer: '1001', piece: 0, count: 1, ...stamp(2, 500) },
  { kind: 'piece-completed', peer: '1001', piece: 1, count: 2, ...stamp(3, 900) },
];
const text = events.map(event => JSON.stringify(event)).join('\n');
const followed = () => new Promise<void>(resolve => queueMicrotask(resolve));

describe('the fake bridge', () => {
  it('plays a journal: its tape grows and its summary tells', async () => {
    const bridge = createFakeBridge({
      journals: [
        { swarm: 'played', kind: 'course', name: 'a.dat', journals: [{ peer: '1002', text }], untilMs: 600 },
      ],
    });
    const views: HomeView[] = [];
    const updates: TapeUpdate[] = [];
    const tape = new Tape();
    bridge.follow({ topic: 'home' }, view => views.push(view));
    bridge.follow({ topic: 'tape', swarm: 'played', peer: '1002' }, update => {
      updates.push(update);
      tape.appendPage(update.page);
    });
    await followed();
    expect(views.at(-1)?.swarms[0]?.peers[0]).toMatchObject({
      status: 'running',
      situation: { haveCount: 1 },
    });
    expect(updates.at(-1)).toMatchObject({ total: 3, nowMs: 600 });
    bridge.play(1000);
    expect(views.at(-1)?.swarms[0]?.peers[0]).toMatchObject({ status: 'ended', situation: { haveCount: 2 } });
    expect(updates.at(-1)).toMatchObject({ total: 4, nowMs: null });
    expect(Array.from({ length: tape.length }, (_, seq) => tape.event(seq))).toEqual(events);
  });

  it('refuses tapes and commands that it does not have', async () => {
    const bridge = createFakeBridge();
    let refused = '';
    bridge.follow(
      { topic: 'tape', swarm: 'x', peer: '1' },
      () => {},
      ({ code }) => {
        refused = code;
      },
    );
    await followed();
    expect(refused).toBe('unknown');
    await expect(bridge.ask('stopSwarm', { swarm: 'x' })).rejects.toThrow('Nothing is behind');
  });
});
