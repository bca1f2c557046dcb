import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Ending, onWindowClose } from './ending.ts';

describe('closing the window', () => {
  it.each([
    [{ isEnding: false, keepInTray: true, running: 0 }, 'close'],
    [{ isEnding: false, keepInTray: false, running: 0 }, 'close'],
    [{ isEnding: false, keepInTray: true, running: 1 }, 'hide'],
    [{ isEnding: false, keepInTray: false, running: 1 }, 'ask'],
    [{ isEnding: true, keepInTray: true, running: 1 }, 'close'],
  ] as const)('with %j means: %s', (state, decision) => {
    expect(onWindowClose(state)).toBe(decision);
  });
});

describe('the end of the app', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('comes when the swarms have ended', async () => {
    const exits: number[] = [];
    let close = () => {};
    const ending = new Ending(
      () => new Promise(resolve => (close = resolve)),
      code => exits.push(code),
    );
    const ended = ending.begin(0);
    expect(ending.hasBegun).toBe(true);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(exits).toEqual([]);
    close();
    await ended;
    expect(exits).toEqual([0]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('comes after five seconds whatever the swarms do', async () => {
    const exits: number[] = [];
    new Ending(
      () => new Promise(() => {}),
      code => exits.push(code),
    ).begin(0);
    await vi.advanceTimersByTimeAsync(4_999);
    expect(exits).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(exits).toEqual([0]);
  });

  it('comes when a swarm fails to end', async () => {
    const exits: number[] = [];
    await new Ending(
      () => Promise.reject(new Error('stuck')),
      code => exits.push(code),
    ).begin(1);
    expect(exits).toEqual([1]);
  });

  it('comes once', async () => {
    const exits: number[] = [];
    const ending = new Ending(
      async () => {},
      code => exits.push(code),
    );
    await Promise.all([ending.begin(0), ending.begin(1)]);
    expect(exits).toEqual([0]);
  });
});
