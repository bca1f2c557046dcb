import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../../../src-shared/settings.ts';
import { limitsAt } from './limits.ts';

const monday = 1;
const at = (hours: number, minutes = 0, day = monday) => ({ minute: hours * 60 + minutes, day });

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
