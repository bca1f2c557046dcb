import { describe, expect, it } from 'vitest';
import {
  ArgumentError,
  readArguments,
  readCommandLine,
  readHandOver,
  readOpened,
  readOpenedLink,
} from './arguments.ts';

const packaged = (...argv: string[]) => readArguments(['/opt/Piecewise/piecewise', ...argv], true, '/lab');
const inDevelopment = (...argv: string[]) => readArguments(['electron', ...argv], false, '/lab');

describe('the command line of the desktop app', () => {
  it('opens what it names, from the working folder', () => {
    expect(packaged('swarm', '/other/run.jsonl').opens).toEqual(['/lab/swarm', '/other/run.jsonl']);
  });

  it('names the app itself in development, after switches of Electron', () => {
    expect(inDevelopment('.', 'swarm').opens).toEqual(['/lab/swarm']);
    expect(inDevelopment('-r', '/loader.js', '--inspect=0', 'out/electron/main.js', 'swarm').opens).toEqual([
      '/lab/swarm',
    ]);
    expect(inDevelopment('out/electron/main.js').opens).toEqual([]);
  });

  it('leaves switches that are not its own to Chromium', () => {
    expect(packaged('--enable-logging', '--force-device-scale-factor=2', '-x', 'swarm')).toEqual({
      profile: null,
      config: null,
      smokeTest: false,
      opens: ['/lab/swarm'],
      magnets: [],
    });
  });

  it('names a file of settings in either form, from the working folder', () => {
    expect(packaged('--config', 'a b.json', 'swarm')).toMatchObject({
      config: '/lab/a b.json',
      opens: ['/lab/swarm'],
    });
    expect(packaged('--config=/etc/lab.json').config).toBe('/etc/lab.json');
    for (const wrong of [['--config'], ['--config='], ['--config', 'a\0b']])
      expect(() => packaged(...wrong)).toThrow(ArgumentError);
  });

  it('takes magnet links, and nothing that only begins like one', () => {
    expect(packaged('a.torrent', 'magnet:?xt=urn:btih:1', 'MAGNET:?xt=2')).toMatchObject({
      opens: ['/lab/a.torrent'],
      magnets: ['magnet:?xt=urn:btih:1', 'MAGNET:?xt=2'],
    });
    expect(packaged('magnet:xt', 'magnet:?a b', `magnet:?${'x'.repeat(20_000)}`)).toMatchObject({
      opens: [],
      magnets: [],
    });
  });

  it.each([['https://example.org/x'], ['file:///etc/passwd'], ['javascript:alert(1)']])(
    'does not open the address %s',
    address => {
      expect(packaged(address).opens).toEqual([]);
    },
  );

  it('does not open what cannot be a path', () => {
    expect(packaged('a\0b', 'x'.repeat(5000)).opens).toEqual([]);
  });

  it('opens 32 things at most', () => {
    expect(packaged(...Array.from({ length: 40 }, (_, index) => `f${index}`)).opens).toHaveLength(32);
  });

  it('knows --smoke-test', () => {
    expect(packaged('--smoke-test').smokeTest).toBe(true);
    expect(packaged().smokeTest).toBe(false);
  });

  it('takes a profile in both forms, in lower case', () => {
    expect(packaged('--profile', 'Seat-2', 'swarm')).toMatchObject({
      profile: 'seat-2',
      opens: ['/lab/swarm'],
    });
    expect(packaged('--profile=seat_3').profile).toBe('seat_3');
    expect(packaged(`--profile=${'a'.repeat(32)}`).profile).toHaveLength(32);
  });

  it.each([['..'], ['../x'], ['a/b'], ['a\\b'], [''], ['-x'], ['a b'], ['a'.repeat(33)], ['con.'], ['ä']])(
    'refuses the profile "%s"',
    name => {
      expect(() => packaged('--profile', name)).toThrow(ArgumentError);
    },
  );

  it('refuses --profile without a name', () => {
    expect(() => packaged('--profile')).toThrow(/comes a name/);
  });
});

describe('the app without a window', () => {
  const words = (...argv: string[]) => readCommandLine(['/opt/Piecewise/piecewise-desktop', ...argv], true);

  it('is the command line for all that comes after --cli --', () => {
    expect(words('--cli', '--', 'get', 'magnet:?xt=1', '--to', '--', '.')).toEqual([
      ...['get', 'magnet:?xt=1', '--to', '--', '.'],
    ]);
    expect(words('--ozone-platform=headless', '--cli', '--', '--version')).toEqual(['--version']);
    expect(words('--cli', '--')).toEqual([]);
    expect(readCommandLine(['electron', '--inspect=0', '.', '--cli', '--', 'nearby'], false)).toEqual([
      'nearby',
    ]);
  });

  it('does not come of anything that a link or a file says', () => {
    expect(words('magnet:?xt=1', '--cli', '--', 'share', '/')).toBeUndefined();
    expect(words('/x/run.jsonl', '--cli', '--', 'share', '/')).toBeUndefined();
    expect(words('--cli', 'share', '/')).toBeUndefined();
    expect(words('--', '--cli', '--', 'share', '/')).toBeUndefined();
    expect(words()).toBeUndefined();
    expect(words('--smoke-test')).toBeUndefined();
  });
});

describe('what a second start hands over', () => {
  it('is a list of absolute paths, and one of links', () => {
    const opens = ['/lab/a', '/lab/b'];
    expect(readHandOver({ opens, magnets: [] })).toEqual({ opens, magnets: [] });
  });

  it.each([
    [undefined],
    [null],
    ['/lab/a'],
    [{ opens: '/lab/a', magnets: [] }],
    [{ opens: ['relative'], magnets: [] }],
    [{ opens: ['/a\0b'], magnets: [] }],
    [{ opens: [1], magnets: [] }],
    [{ opens: ['/a'], more: true, magnets: [] }],
    [{ opens: [`/${'x'.repeat(5000)}`], magnets: [] }],
    [{ opens: Array.from({ length: 33 }, () => '/a'), magnets: [] }],
    [{ opens: [] }],
    [{ opens: [], magnets: ['https://x'] }],
  ])('is nothing when it is %j', data => {
    expect(readHandOver(data)).toEqual({ opens: [], magnets: [] });
  });
});

describe('a file that the system opens with the app', () => {
  it('is an absolute path', () => {
    expect(readOpened('/lab/run.jsonl')).toBe('/lab/run.jsonl');
    expect(readOpened('run.jsonl')).toBeUndefined();
    expect(readOpened({})).toBeUndefined();
  });
});

describe('a link that the system opens with the app', () => {
  it('is a magnet link', () => {
    expect(readOpenedLink('magnet:?xt=urn:btih:1')).toBe('magnet:?xt=urn:btih:1');
    expect(readOpenedLink('https://example.org')).toBeUndefined();
    expect(readOpenedLink({})).toBeUndefined();
  });
});
