import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { defaultSettings, settingsPatch, settingsSchema } from './settings.ts';

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
