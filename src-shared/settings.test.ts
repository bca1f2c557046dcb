import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { areAlternativeLimitsOn, defaultSettings, settingsPatch, settingsSchema } from './settings.ts';

describe('the settings', () => {
  it('are right from the start', () => {
    expect(v.parse(settingsSchema, defaultSettings)).toEqual(defaultSettings);
  });

  it('can be changed one by one', () => {
    const {
      workFolder: _work,
      downloadFolder: _download,
      machines: _machines,
      ...changeable
    } = defaultSettings;
    for (const [name, value] of Object.entries(changeable)) {
      expect(v.parse(settingsPatch, { [name]: value })).toEqual({ [name]: value });
    }
  });

  it.each([
    { theme: 'blue' },
    { theme: undefined },
    { introduced: 'yes' },
    { preferredNeighbours: 0 },
    { preferredNeighbours: 2.5 },
    { unchokingSeconds: Number.NaN },
    { optimisticSeconds: 90_000 },
    { strategy: 'fastest' },
    { uploadBytesPerSecond: 0 },
    { folder: '/' },
    { workFolder: '/' },
    { workFolder: null },
    { downloadFolder: '/' },
    { machines: ['lab-07'] },
    { listenPort: 80 },
  ])('are not changed to %j', patch => {
    expect(v.safeParse(settingsPatch, patch).success).toBe(false);
  });
});

describe('the alternative limits', () => {
  const at = (text: string, from: string, to: string, days: readonly number[]) => {
    const [day, clock] = text.split(' ');
    const schedule = { from: minutes(from), to: minutes(to), days: [...days] };
    const settings = { alternativeLimits: 'scheduled', alternativeSchedule: schedule } as const;
    return areAlternativeLimitsOn(settings, minutes(clock!), Number(day));
  };
  const minutes = (clock: string) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));

  it.each([
    ['1 07:59', false],
    ['1 08:00', true],
    ['1 17:59', true],
    ['1 18:00', false],
    ['0 12:00', false],
  ])('by day: %s %s', (moment, expected) => {
    expect(at(moment, '08:00', '18:00', [1, 2, 3, 4, 5])).toBe(expected);
  });

  it.each([
    ['5 21:59', false],
    ['5 22:00', true],
    ['6 05:59', true],
    ['6 06:00', false],
    ['5 03:00', false],
    ['6 23:00', false],
  ])('over midnight, from Friday on: %s %s', (moment, expected) => {
    expect(at(moment, '22:00', '06:00', [5])).toBe(expected);
  });

  it.each([
    ['5 07:59', false],
    ['5 08:00', true],
    ['6 07:59', true],
    ['6 08:00', false],
  ])('for a whole day where the end is the beginning: %s %s', (moment, expected) => {
    expect(at(moment, '08:00', '08:00', [5])).toBe(expected);
  });

  it('hold all the time, or never, without a schedule', () => {
    expect(areAlternativeLimitsOn({ ...defaultSettings, alternativeLimits: 'on' }, 0, 0)).toBe(true);
    expect(areAlternativeLimitsOn({ ...defaultSettings, alternativeLimits: 'off' }, 600, 1)).toBe(false);
  });
});
