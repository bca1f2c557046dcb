import { describe, expect, it } from 'vitest';
import { clockOf, minutesOf, toggledDay } from './schedule.ts';

describe('a time of day', () => {
  it.each([
    [0, '00:00'],
    [485, '08:05'],
    [1439, '23:59'],
  ])('%d minutes are %s, and back', (minutes, clock) => {
    expect(clockOf(minutes)).toBe(clock);
    expect(minutesOf(clock)).toBe(minutes);
  });

  it.each(['', '24:00', '12:60', '8', '8:5', 'noon'])('%j is none', clock => {
    expect(minutesOf(clock)).toBeUndefined();
  });
});

describe('days', () => {
  it('come and go in their order', () => {
    expect(toggledDay([1, 5], 3)).toEqual([1, 3, 5]);
    expect(toggledDay([1, 3, 5], 3)).toEqual([1, 5]);
  });
});
