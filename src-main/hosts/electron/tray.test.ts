import { describe, expect, it } from 'vitest';
import { stopEverySwarm } from './swarms.ts';
import { peerSummary, StubApp, summary } from './testing/stub-app.ts';
import { trayMenu, traySummary } from './tray.ts';

const running = (swarm: string, down: number, up: number) =>
  summary({ swarm, peers: [peerSummary({}, { downBytesPerSecond: down, upBytesPerSecond: up })] });
const ended = summary({ swarm: 's3', peers: [peerSummary({ status: 'ended' })] });
const replay = summary({ swarm: 's4', kind: 'replay' });

describe('the tray', () => {
  it('sums up what runs', () => {
    expect(traySummary({ swarms: [ended, replay], recent: [], notices: [] })).toBe(
      'Piecewise: nothing is running',
    );
    expect(traySummary({ swarms: [running('s1', 1.2e6, 94_000), ended], recent: [], notices: [] })).toBe(
      'Piecewise: 1 swarm running, 1.2 MB/s down, 94 KB/s up',
    );
    const two = { swarms: [running('s1', 1e6, 0), running('s2', 1e6, 0)], recent: [], notices: [] };
    expect(traySummary(two)).toBe('Piecewise: 2 swarms running, 2.0 MB/s down, 0 KB/s up');
  });

  it('shows the window, stops swarms if there are any, and quits', () => {
    const done: string[] = [];
    const actions = {
      show: () => done.push('show'),
      stopAll: () => done.push('stop'),
      quit: () => done.push('quit'),
    };
    const menu = trayMenu(1, actions);
    for (const { click } of menu) (click as (() => void) | undefined)?.();
    expect(done).toEqual(['show', 'stop', 'quit']);
    const stop = (count: number) => trayMenu(count, actions).find(({ label }) => label === 'Stop all swarms');
    expect([stop(0)?.enabled, stop(2)?.enabled]).toEqual([false, true]);
  });

  it('stops every swarm that runs, as the screen would', async () => {
    const app = new StubApp();
    app.show(running('s1', 0, 0), running('s2', 0, 0), ended, replay);
    await stopEverySwarm(app);
    const [session] = app.sessions;
    expect(session!.received).toEqual([
      { type: 'ask', id: 1, command: 'stopSwarm', question: { swarm: 's1' } },
      { type: 'ask', id: 2, command: 'stopSwarm', question: { swarm: 's2' } },
    ]);
    expect(session!.isClosed).toBe(true);
  });
});
