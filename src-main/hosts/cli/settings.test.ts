import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultSettings } from '../../../src-shared/settings.ts';
import { settingsCommand } from './settings.ts';
import { sessionSettings } from './share-session.ts';

let dir: string;
let profileDir: string;
let config: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'settings-'));
  profileDir = join(dir, 'profile');
  config = join(dir, 'lab.json');
  await mkdir(profileDir);
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

async function run(options: Partial<Parameters<typeof settingsCommand>[0]>) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await settingsCommand(
    { json: false, ...options },
    { write: text => out.push(text) },
    { write: text => err.push(text) },
  );
  return { code, out: out.join(''), err: err.join('') };
}

describe('piecewise settings', () => {
  it('tells what is in force, and the file and line that say so', async () => {
    await writeFile(config, '{\n"listenPort": 7000,\n"theme": "light"\n}');
    await writeFile(join(profileDir, 'settings.json'), '{"theme": "dark"}');
    const { code, out, err } = await run({ config, profileDir });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(1 + Object.keys(defaultSettings).length);
    const row = (name: string) => lines.find(line => line.startsWith(`${name} `))?.split(/ {2,}/);
    expect(row('theme')).toEqual(['theme', '"dark"', `${join(profileDir, 'settings.json')}:1`]);
    expect(row('listenPort')).toEqual(['listenPort', '7000', `${config}:2`]);
    expect(row('dht')).toEqual(['dht', 'false', 'built in']);
    const json = JSON.parse((await run({ config, profileDir, json: true })).out);
    expect(json).toMatchObject({
      notices: [],
      settings: {
        theme: { value: 'dark', from: 'user', line: 1 },
        listenPort: { value: 7000, from: 'lab', file: config, line: 2 },
        dht: { value: false, from: 'built-in' },
      },
    });
  });

  it('tells what is wrong, and what is in force all the same', async () => {
    await writeFile(config, '{"listenPort": 1,\n"dht": true}');
    const { code, out, err } = await run({ config, profileDir });
    expect(code).toBe(0);
    expect(err).toContain(`${config}:1: "listenPort" is wrong and ignored`);
    expect(out).toMatch(/^listenPort +6881 +built in$/m);
    expect(out).toMatch(/^dht +true +\S+:2$/m);
  });

  it('needs the file that it is given', async () => {
    expect(await run({ config, profileDir })).toEqual({
      code: 2,
      out: '',
      err: `${config}: it does not exist\n`,
    });
  });

  it.each([
    ['{"dht": true}', 0, /lab\.json: 1 setting, nothing wrong\.$/],
    ['{}', 0, /lab\.json: 0 settings, nothing wrong\.$/],
    ['{"dth": true,\n"dht": 1}', 2, /lab\.json:1: .*did you mean "dht"\?\n.*lab\.json:2: "dht" is wrong/],
  ])('checks a file that holds %j', async (text, code, told) => {
    await writeFile(config, text);
    const checked = await run({ check: config });
    expect(checked.code).toBe(code);
    expect(checked.out.trimEnd()).toMatch(told);
    const json = JSON.parse((await run({ check: config, json: true })).out);
    expect(json.ok).toBe(code === 0);
  });

  it('does not take for checked what is no file of settings', async () => {
    await writeFile(config, '{');
    const { code, err } = await run({ check: config });
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(/lab\.json:1: This is no valid JSON/),
    });
  });
});

describe('the settings of a command about one share', () => {
  const lab = {
    values: {
      listenPort: 7000,
      shareUploadBytesPerSecond: 2_000_000,
      alternativeLimits: 'on',
      catalogue: false,
      peerExchange: false,
      takeAll: true,
      trackerHttpPort: 6969,
      seedRatio: 2,
    },
  } as const;

  it("are the lab's, but for what runs by itself", () => {
    expect(sessionSettings(lab, { lan: true })).toEqual({
      ...defaultSettings,
      listenPort: 7000,
      shareUploadBytesPerSecond: 2_000_000,
      alternativeLimits: 'on',
      catalogue: false,
      peerExchange: false,
    });
  });

  it('are what the command is given where it is given something', () => {
    const given = { port: 0, uploadBytesPerSecond: Number.POSITIVE_INFINITY, lan: false };
    expect(sessionSettings(lab, given)).toMatchObject({
      listenPort: 0,
      shareUploadBytesPerSecond: null,
      alternativeLimits: 'off',
      localDiscovery: false,
      catalogue: false,
    });
  });
});
