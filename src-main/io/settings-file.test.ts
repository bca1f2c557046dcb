import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultSettings, settingsSchema } from '../../src-shared/settings.ts';
import { FileFailure } from './file-failure.ts';
import { presetPlace, readPreset, readUserSettings, writeUserSettings } from './settings-file.ts';
import { readSettingsText } from './settings-text.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'profile-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

const write = (text: string | Uint8Array) => writeFile(join(dir, 'settings.json'), text);

/** What is told of the user's file besides that it stays. */
const stays = expect.stringMatching(/^settings\.json stays as it is until a setting changes here/);

describe("a user's settings", () => {
  it('need not be there', async () => {
    for (const folder of [dir, join(dir, 'nowhere')]) {
      expect(await readUserSettings(folder)).toMatchObject({ values: {}, notices: [] });
    }
  });

  it('read as they were written, in a folder that is made for them, and no draft is left behind', async () => {
    const profile = join(dir, 'a', 'b');
    const changes = { theme: 'dark', workFolder: join(dir, 'labs') } as const;
    await writeUserSettings(profile, changes, false);
    expect(await readUserSettings(profile)).toMatchObject({ values: changes, notices: [] });
    expect(await readdir(profile)).toEqual(['settings.json']);
  });

  it('keep what is right when something else is wrong or unknown, each told with its line', async () => {
    await write(
      '{"theme":"dark",\n"optimisticSeconds":-1,\n"notify":"yes",\n"workFolder":"labs",\n"peerExchang":true,\n"toString":1}',
    );
    const { values, notices } = await readUserSettings(dir);
    expect(values).toEqual({ theme: 'dark' });
    expect(notices).toEqual([
      expect.stringMatching(/^settings\.json:2: "optimisticSeconds" is wrong and ignored: .*>=0\.1 .*\.$/),
      expect.stringMatching(/^settings\.json:3: "notify" is wrong and ignored: .*boolean.*\.$/),
      'settings.json:4: "workFolder" is wrong and ignored: A folder is a whole path, or begins with "~/" for the user\'s own folder.',
      'settings.json:5: The setting "peerExchang" is unknown and ignored; did you mean "peerExchange"?',
      'settings.json:6: The setting "toString" is unknown and ignored.',
      stays,
    ]);
  });

  it("that a version wrote all of, changed or not, are those that are not the program's own", async () => {
    await write(JSON.stringify({ ...defaultSettings, theme: 'dark', listenPort: 7000 }));
    const { values, lines, notices } = await readUserSettings(dir);
    expect(values).toEqual({ theme: 'dark', listenPort: 7000 });
    expect([...lines.keys()].sort()).toEqual(['listenPort', 'theme']);
    expect(notices).toEqual([]);
  });

  it("that were changed to the program's own are held all the same", async () => {
    await write('{"theme":"system"}');
    expect((await readUserSettings(dir)).values).toEqual({ theme: 'system' });
  });

  it.each([
    ['{\n"theme":"da', 'settings.json:2: This is no valid JSON: a text has no closing quotation mark.'],
    ['', 'settings.json: The file is empty; without any settings it is {}.'],
    ['[1]', 'settings.json:1: Settings are an object, { "theme": "dark", … }; this is a list.'],
    ['\n\nnull', 'settings.json:3: Settings are an object, { "theme": "dark", … }; this is null.'],
    ['"dark"', 'settings.json:1: Settings are an object, { "theme": "dark", … }; this is a text.'],
    ['{} // lab', 'settings.json:1: This is no valid JSON: JSON has no comments.'],
    ['['.repeat(9), 'settings.json:1: Brackets are nested deeper here than in any settings file.'],
    [Buffer.from('\ufeff{"theme":"dark"}', 'utf16le'), utf8Wanted()],
    [Buffer.from('{"theme":"d\xe4rk"}', 'latin1'), utf8Wanted()],
  ])('that are %j stay as they are, and are told of', async (text, notice) => {
    await write(text);
    const { values, isUnderstood, notices } = await readUserSettings(dir);
    expect({ values, isUnderstood, notices }).toEqual({
      values: {},
      isUnderstood: false,
      notices: [notice, stays],
    });
    expect(await readFile(join(dir, 'settings.json'))).toEqual(Buffer.from(text as string));
    expect(await readdir(dir)).toEqual(['settings.json']);
  });

  it('may begin with a byte order mark and have Windows line ends', async () => {
    await write('\ufeff{\r\n"theme": "dark",\r\n"notify": 1\r\n}\r\n');
    const { values, lines, notices } = await readUserSettings(dir);
    expect(values).toEqual({ theme: 'dark' });
    expect(lines.get('theme')).toBe(2);
    expect(notices[0]).toMatch(/^settings\.json:3: "notify" is wrong/);
  });

  it('that are given twice are what the last one says', async () => {
    await write('{"theme":"dark",\n"theme":"light"}');
    const { values, notices } = await readUserSettings(dir);
    expect(values).toEqual({ theme: 'light' });
    expect(notices[0]).toBe('settings.json:2: "theme" is already given in line 1; this one holds.');
  });

  it('that cannot be read are left alone', async () => {
    await mkdir(join(dir, 'settings.json'));
    const { values, notices } = await readUserSettings(dir);
    expect(values).toEqual({});
    expect(notices).toEqual(['settings.json: it is not an ordinary file.', stays]);
    await expect(writeUserSettings(dir, {}, true)).rejects.toThrow(FileFailure);
    await expect(writeUserSettings(dir, {}, false)).rejects.toThrow(/^settings\.json: /);
    expect(await readdir(dir)).toEqual(['settings.json']);
  });

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'that this user may not open are neither read nor replaced',
    async () => {
      await write('{"theme":"dark"}');
      await chmod(join(dir, 'settings.json'), 0);
      expect((await readUserSettings(dir)).notices[0]).toMatch(/^settings\.json: it may not be opened/);
      await expect(writeUserSettings(dir, {}, true)).rejects.toThrow(/^settings\.json: it may not be opened/);
      await chmod(join(dir, 'settings.json'), 0o600);
      expect(await readFile(join(dir, 'settings.json'), 'utf8')).toBe('{"theme":"dark"}');
    },
  );

  it('that are huge are not read', async () => {
    await write(`{"theme":"dark"}${' '.repeat(1024 * 1024)}`);
    const { values, notices } = await readUserSettings(dir);
    expect(values).toEqual({});
    expect(notices[0]).toMatch(/^settings\.json: it is too long to be what it should be/);
  });

  it('that were not understood are copied before they are replaced, and no copy takes the place of another', async () => {
    for (const text of ['{', '[', 'x']) {
      await write(text);
      await writeUserSettings(dir, { theme: 'dark' }, true);
    }
    const kept = ['settings.json.broken', 'settings.json.broken-2', 'settings.json.broken-3'];
    expect((await readdir(dir)).sort()).toEqual(['settings.json', ...kept]);
    expect(await Promise.all(kept.map(name => readFile(join(dir, name), 'utf8')))).toEqual(['{', '[', 'x']);
    expect((await readUserSettings(dir)).values).toEqual({ theme: 'dark' });
  });
});

function utf8Wanted(): string {
  return 'settings.json: The file is not text in UTF-8; save it as UTF-8.';
}

describe('any text as a settings file', () => {
  const name = fc.constantFrom(...Object.keys(defaultSettings), '__proto__', 'constructor', 'them');
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom(...Object.values(defaultSettings)));
  const text = fc.oneof(
    fc.json(),
    fc.string({ unit: 'binary' }),
    fc
      .array(fc.tuple(name, value))
      .map(all => `{${all.map(([key, each]) => `"${key}":${JSON.stringify(each)}`).join(',\n')}}`),
  );

  it('gives whole and valid settings', () => {
    fc.assert(
      fc.property(text, given => {
        const { values, lines, problems, isUnderstood } = readSettingsText(Buffer.from(given), 'f');
        const settings = { ...defaultSettings, ...values };
        expect(v.parse(settingsSchema, settings)).toEqual(settings);
        expect(Object.keys(settings).sort()).toEqual(Object.keys(defaultSettings).sort());
        expect([...lines.keys()].sort()).toEqual(Object.keys(values).sort());
        for (const { message } of problems) expect(message.length).toBeLessThan(400);
        if (!isUnderstood) expect(problems).toHaveLength(1);
      }),
      { numRuns: 300 },
    );
  });

  it('of any bytes does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), bytes => {
        const settings = { ...defaultSettings, ...readSettingsText(bytes, 'f').values };
        expect(v.is(settingsSchema, settings)).toBe(true);
      }),
    );
  });
});

describe('what a lab presets', () => {
  const file = () => join(dir, 'lab.json');
  const preset = (text: string) => writeFile(file(), text);

  it('is read with the line of each setting', async () => {
    await preset('{\n  "listenPort": 7000,\n  "downloadFolder": "~/Shares",\n  "workFolder": "~"\n}\n');
    const read = await readPreset({ path: file(), isNamed: false });
    expect(read).toMatchObject({
      file: file(),
      notices: [],
      values: { listenPort: 7000, downloadFolder: join(homedir(), 'Shares'), workFolder: homedir() },
    });
    expect([...read.lines]).toEqual([
      ['listenPort', 2],
      ['downloadFolder', 3],
      ['workFolder', 4],
    ]);
  });

  it('holds where it is right, and tells where it is wrong', async () => {
    await preset('{"listenPort": 70000,\n"theme": "dark"}');
    for (const isNamed of [false, true]) {
      const { values, notices } = await readPreset({ path: file(), isNamed });
      expect(values).toEqual({ theme: 'dark' });
      expect(notices).toEqual([
        expect.stringMatching(/:1: "listenPort" is wrong and ignored: .*<=65535 .*\.$/),
      ]);
      expect(notices[0]).toContain(file());
    }
  });

  it('need not be there, unless somebody named it', async () => {
    expect(await readPreset({ path: file(), isNamed: false })).toMatchObject({ values: {}, notices: [] });
    await expect(readPreset({ path: file(), isNamed: true })).rejects.toThrow(
      new FileFailure(`${file()}: it does not exist`),
    );
  });

  it('that is no file of settings is a notice, or a failure where somebody named it', async () => {
    await preset('{"theme":');
    const sentence = `${file()}:1: This is no valid JSON: a value should be here, and the text ends; there may be a comma too many.`;
    expect(await readPreset({ path: file(), isNamed: false })).toMatchObject({
      values: {},
      notices: [sentence],
    });
    await expect(readPreset({ path: file(), isNamed: true })).rejects.toThrow(new FileFailure(sentence));
    await expect(readPreset({ path: dir, isNamed: true })).rejects.toThrow(
      `${dir}: it is not an ordinary file`,
    );
  });

  it('lies where the system keeps such, where the environment says, or where it is named', () => {
    const places = (['linux', 'darwin', 'win32'] as const).map(platform =>
      presetPlace(undefined, platform, {}),
    );
    expect(places.map(({ path }) => path.replaceAll('\\', '/'))).toEqual([
      '/etc/piecewise/settings.json',
      '/Library/Application Support/Piecewise/settings.json',
      'C:/ProgramData/Piecewise/settings.json',
    ]);
    const env = { PIECEWISE_MACHINE_SETTINGS: file() };
    expect(presetPlace(undefined, 'linux', env)).toEqual({ path: file(), isNamed: false });
    expect(presetPlace(join(dir, 'own.json'), 'linux', env)).toEqual({
      path: join(dir, 'own.json'),
      isNamed: true,
    });
  });
});
