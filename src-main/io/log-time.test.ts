import { afterEach, describe, expect, it } from 'vitest';
import { localLogTime } from './log-time.ts';

const zone = process.env.TZ;

afterEach(() => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

describe('localLogTime', () => {
  it('agrees with the calendar of the machine', () => {
    for (const wallMs of [0, 1_700_000_000_123, Date.UTC(2024, 1, 29, 23, 59, 59), Date.UTC(2038, 0, 19)]) {
      const date = new Date(wallMs);
      const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()];
      const clock = [date.getHours(), date.getMinutes(), date.getSeconds()];
      const join = (parts: number[], mark: string) =>
        parts.map(part => String(part).padStart(2, '0')).join(mark);
      expect(localLogTime(wallMs)).toBe(`${join(day, '-')} ${join(clock, ':')}`);
    }
  });

  it('follows the clocks when they are put forward for summer', () => {
    process.env.TZ = 'America/New_York';
    expect(localLogTime(Date.UTC(2026, 2, 8, 6, 59, 59, 999))).toBe('2026-03-08 01:59:59');
    expect(localLogTime(Date.UTC(2026, 2, 8, 7, 0, 0))).toBe('2026-03-08 03:00:00');
  });
});
