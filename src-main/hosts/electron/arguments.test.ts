import { describe, expect, it } from 'vitest';
import { ArgumentError, readArguments, readHandOver, readOpened } from './arguments.ts';

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
      smokeTest: false,
      opens: ['/lab/swarm'],
    });
  });

  it.each([
    ['https://example.org/x'],
    ['magnet:?xt=urn:btih:1'],
    ['file:///etc/passwd'],
    ['javascript:alert(1)'],
  ])('does not open the address %s', address => {
    expect(packaged(address).opens).toEqual([]);
  });

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

describe('what a second start hands over', () => {
  it('is a list of absolute paths', () => {
    expect(readHandOver({ opens: ['/lab/a', '/lab/b'] })).toEqual(['/lab/a', '/lab/b']);
  });

  it.each([
    [undefined],
    [null],
    ['/lab/a'],
    [{ opens: '/lab/a' }],
    [{ opens: ['relative'] }],
    [{ opens: ['/a\0b'] }],
    [{ opens: [1] }],
    [{ opens: ['/a'], more: true }],
    [{ opens: [`/${'x'.repeat(5000)}`] }],
    [{ opens: Array.from({ length: 33 }, () => '/a') }],
  ])('is nothing when it is %j', data => {
    expect(readHandOver(data)).toEqual([]);
  });
});

describe('a file that the system opens with the app', () => {
  it('is an absolute path', () => {
    expect(readOpened('/lab/run.jsonl')).toBe('/lab/run.jsonl');
    expect(readOpened('run.jsonl')).toBeUndefined();
    expect(readOpened({})).toBeUndefined();
  });
});
