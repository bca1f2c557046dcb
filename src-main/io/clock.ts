import type { Clock } from '../engine/ports.ts';

/** Node fires longer timers at once (they wrap around), so they run in stretches. */
const longestDelayMs = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  after(delayMs, fire) {
    let timer: NodeJS.Timeout;
    const wait = (leftMs: number) => {
      const stretchMs = Math.min(leftMs, longestDelayMs);
      timer = setTimeout(() => (leftMs > stretchMs ? wait(leftMs - stretchMs) : fire()), stretchMs);
    };
    wait(delayMs);
    return () => clearTimeout(timer);
  },
};
