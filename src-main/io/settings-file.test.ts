import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultSettings } from '../../src-shared/settings.ts';
import { readRecents, withRecent, writeRecents } from './recent-file.ts';
import { readSettings, writeSettings } from './settings-file.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'profile-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

describe('the settings file', () => {
  const write = (text: string) => writeFile(join(dir, 'settings.json'), text);

  it('need not be there', async () => {
    expect(await readSettings(dir)).toEqual({ settings: defaultSettings, notices: [] });
    expect(await readSettings(join(dir, 'nowhere'))).toEqual({ settings: defaultSettings, notices: [] });
  });

  it('reads as it was written, in a folder that is made for it, and leaves no draft behind', async () => {
    const profile = join(dir, 'a', 'b');
    const settings = { ...defaultSettings, theme: 'dark', workFolder: join(dir, 'labs') } as const;
    await writeSettings(profile, settings);
    expect(await readSettings(profile)).toEqual({ settings, notices: [] });
    expect(await readdir(profile)).toEqual(['settings.json']);
  });

  it('keeps what is right when something else is wrong, missing or unknown', async () => {
    await write(
      '{"theme":"dark","optimisticSeconds":-1,"notify":"yes","workFolder":"labs","fromTheFuture":1,"toString":1}',
    );
    const { settings, notices } = await readSettings(dir);
    expect(settings).toEqual({ ...defaultSettings, theme: 'dark' });
    expect(notices).toEqual([
      expect.stringMatching(/^settings\.json: "optimisticSeconds" is wrong/),
      expect.stringMatching(/^settings\.json: "notify" is wrong/),
      expect.stringMatching(/^settings\.json: "workFolder" is wrong/),
      'settings.json: the setting "fromTheFuture" is unknown and ignored.',
      'settings.json: the setting "toString" is unknown and ignored.',
    ]);
  });

  it.each([['{"theme":"da'], [''], ['[1]'], ['null'], ['"dark"']])('that is %j is kept aside', async text => {
    await write(text);
    expect(await readSettings(dir)).toEqual({
      settings: defaultSettings,
      notices: ['settings.json was damaged. It is kept as settings.json.broken, and a new one is begun.'],
    });
    expect(await readFile(join(dir, 'settings.json.broken'), 'utf8')).toBe(text);
  });

  it('that cannot be read is left alone, with a notice', async () => {
    await mkdir(join(dir, 'settings.json'));
    const { settings, notices } = await readSettings(dir);
    expect(settings).toEqual(defaultSettings);
    expect(notices).toEqual([expect.stringMatching(/^settings\.json cannot be read: there is a folder/)]);
    expect(await readdir(dir)).toEqual(['settings.json']);
  });

  it('that cannot be written stays whole, and says why', async () => {
    await mkdir(join(dir, 'settings.json'));
    await expect(writeSettings(dir, defaultSettings)).rejects.toThrow(/^settings\.json: /);
    expect(await readdir(dir)).toEqual(['settings.json']);
  });
});

describe('the recent folders', () => {
  it('read as they were written', async () => {
    const recents = [{ folder: join(dir, 'a'), peer: '1001' }];
    await writeRecents(dir, recents);
    expect(await readRecents(dir)).toEqual({ recents, notices: [] });
  });

  it.each([['{'], ['{}'], ['[{"folder":"relative","peer":"1"}]'], ['[{"folder":"/a","peer":"../x"}]']])(
    'that are %s are kept aside',
    async text => {
      await writeFile(join(dir, 'recent.json'), text);
      expect(await readRecents(dir)).toEqual({
        recents: [],
        notices: [expect.stringMatching(/^recent\.json was damaged/)],
      });
      expect(await readdir(dir)).toEqual(['recent.json.broken']);
    },
  );

  it('are the last ten, each once, the newest first', () => {
    let recents = withRecent([], { folder: '/0', peer: '1' });
    for (let i = 1; i < 12; i += 1) recents = withRecent(recents, { folder: `/${i}`, peer: '1' });
    recents = withRecent(recents, { folder: '/5', peer: '2' });
    expect(recents.map(({ folder }) => folder)).toEqual([
      '/5',
      '/11',
      '/10',
      '/9',
      '/8',
      '/7',
      '/6',
      '/4',
      '/3',
      '/2',
    ]);
    expect(recents[0]?.peer).toBe('2');
  });
});
