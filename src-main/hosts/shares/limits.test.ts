import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../../../src-shared/settings.ts';
import { isScheduled, limitsAt } from './limits.ts';

const monday = 1;
const at = (hours: number, minutes = 0, day = monday) => ({ minute: hours * 60 + minutes, day });

describe('a schedule', () => {
  const workingHours = { from: 8 * 60, to: 18 * 60, days: [1, 2, 3, 4, 5] };
  it.each([
    ['before it begins', at(7, 59), false],
    ['in its first minute', at(8), true],
    ['in its last minute', at(17, 59), true],
    ['when it is over', at(18), false],
    ['on another day', at(12, 0, 0), false],
  ])('%s', (_, time, expected) => {
    expect(isScheduled(workingHours, time)).toBe(expected);
  });

  const mondayNight = { from: 22 * 60, to: 6 * 60, days: [monday] };
  it.each([
    ['in the evening', at(23), true],
    ['after midnight, which belongs to the evening before', at(5, 59, 2), true],
    ['after midnight of the night before', at(5, 0, 1), false],
    ['in the evening after', at(23, 0, 2), false],
  ])('over midnight, %s', (_, time, expected) => {
    expect(isScheduled(mondayNight, time)).toBe(expected);
  });

  it('of the same minute twice lasts a whole day', () => {
    const day = { from: 600, to: 600, days: [monday] };
    expect([
      isScheduled(day, at(10)),
      isScheduled(day, at(9, 59, 2)),
      isScheduled(day, at(10, 0, 2)),
    ]).toEqual([true, true, false]);
  });
});

describe('the limits', () => {
  const settings = {
    ...defaultSettings,
    shareUploadBytesPerSecond: 5_000,
    shareDownloadBytesPerSecond: null,
    alternativeUploadBytesPerSecond: 2_000,
    alternativeDownloadBytesPerSecond: 3_000,
  };
  const usual = { upload: 5_000, download: Number.POSITIVE_INFINITY };
  const alternative = { upload: 2_000, download: 3_000 };
  it.each([
    ['off', at(12), usual],
    ['on', at(3), alternative],
    ['scheduled', at(12), alternative],
    ['scheduled', at(3), usual],
  ] as const)('with the others %s', (alternativeLimits, time, expected) => {
    expect(limitsAt({ ...settings, alternativeLimits }, time)).toEqual(expected);
  });
});
