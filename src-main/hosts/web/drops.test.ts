import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseSize } from '../../../src-shared/units.ts';
import { Drops } from './drops.ts';

const token = '0123456789abcdef';
let folder: string;
let drops: Drops;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'piecewise-drops-'));
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  drops = another();
});

afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

function put(path: string, body: string) {
  const headers = { 'content-length': String(body.length) };
  return drops.receive(
    Object.assign(Readable.from([Buffer.from(body)]), { headers }) as unknown as IncomingMessage,
    path,
  );
}

const another = () => new Drops(folder, async path => ({ token: 'place', path, name: path }));

/** As if the process of these folders had ended, and had had our number. */
function killed(): void {
  for (const name of readdirSync(folder))
    if (name.startsWith('.receiving-')) utimesSync(join(folder, name), 1, 1);
}

/** Without what only we look at. */
const shown = () => readdirSync(folder).filter(name => !name.startsWith('.'));

const files = ['a', 'b'].map(path => ({ path, size: 1 }));
const list = JSON.stringify({ folders: [], files });

it('gives up on a drop of which nothing comes for a minute', async () => {
  await put(token, list);
  vi.advanceTimersByTime(59_000);
  expect(await put(`${token}/0`, 'a')).toEqual({ status: 200, answer: { left: 1 } });
  vi.advanceTimersByTime(59_000);
  expect(readdirSync(folder)).toHaveLength(1);
  vi.advanceTimersByTime(1_000);
  await expect.poll(() => readdirSync(folder)).toEqual([]);
  expect((await put(`${token}/1`, 'b')).status).toBe(404);
});

it('does not give up on what is there', async () => {
  await put(token, list);
  await put(`${token}/0`, 'a');
  const { answer } = await put(`${token}/1`, 'b');
  expect(answer).toMatchObject({ places: [{ path: join(folder, 'a/a') }, { path: join(folder, 'a/b') }] });
  await drops.keep(join(folder, 'a/b'));
  vi.advanceTimersByTime(120_000);
  await drops.close();
  expect(readdirSync(folder)).toEqual(['a']);
  expect(readdirSync(join(folder, 'a')).sort()).toEqual(['a', 'b']);
});

it('removes at the next start what a killed process left half received, and nothing that somebody may write', async () => {
  const gone = spawnSync(process.execPath, ['--version']).pid;
  const receiving = (pid: number | undefined, host = hostname(), end = 'aB3_x9') => {
    const name = `.receiving-${pid}-${host}-${end}`;
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'half'), 'of it');
    return name;
  };
  // In a container the next process may well have the number of the one that was killed.
  const before = receiving(process.pid);
  utimesSync(join(folder, before), 1, 1);
  receiving(gone);
  const kept = [
    receiving(process.ppid),
    receiving(gone, 'another-computer'),
    receiving(undefined),
    receiving(process.pid, hostname(), 'Cd4e5f'),
  ];
  mkdirSync(join(folder, '.hidden'));
  writeFileSync(join(folder, `.receiving-${gone}-${hostname()}-abcdef`), 'a file');
  await put(token, list);
  const ours = readdirSync(folder).find(
    name => name.startsWith(`.receiving-${process.pid}-`) && name !== before && !kept.includes(name),
  );
  await another().removeLeftOver();
  const left = [...kept, '.hidden', `.receiving-${gone}-${hostname()}-abcdef`, ours];
  expect(readdirSync(folder).sort()).toEqual(left.sort());
});

describe('what was dropped and nothing has used', () => {
  const dropTwo = async () => {
    for (const token of ['first', 'second'].map(name => name.padEnd(16, '-'))) {
      for (const [path, body] of [
        ['', list],
        ['/0', 'a'],
        ['/1', 'b'],
      ] as const)
        await put(`${token}${path}`, body);
    }
  };

  it('goes when the app ends', async () => {
    await dropTwo();
    expect(shown()).toEqual(['a', 'a 2']);
    await drops.keep(join(folder, 'a 2/a'));
    await drops.close();
    expect(readdirSync(folder)).toEqual(['a 2']);
  });

  it('goes at the next start, if the app was killed', async () => {
    await dropTwo();
    await drops.keep(folder.replace(/$/, '/a'));
    mkdirSync(join(folder, 'own'));
    killed();
    await another().removeLeftOver();
    expect(readdirSync(folder).sort()).toEqual(['a', 'own']);
  });

  it.each(['..', '.', '', 'own/part', '/tmp', 'link'])(
    'costs nothing else, whatever a left over folder says: "%s"',
    async name => {
      mkdirSync(join(folder, 'own/part'), { recursive: true });
      symlinkSync(join(folder, 'own'), join(folder, 'link'));
      mkdirSync(join(folder, `.receiving-${process.pid}-${hostname()}-aB3_x9`));
      writeFileSync(join(folder, `.receiving-${process.pid}-${hostname()}-aB3_x9`, 'unused'), name);
      killed();
      await another().removeLeftOver();
      expect(readdirSync(folder, { recursive: true }).sort()).toEqual([
        'link',
        'link/part',
        'own',
        'own/part',
      ]);
    },
  );

  it('goes when the share that was to be made of it is removed', async () => {
    await dropTwo();
    for (const name of ['a', 'a 2']) await drops.keep(join(folder, name, 'a'));
    await drops.clearAway(
      join(folder, 'a 2'),
      ['a', 'b'].map(name => join(folder, 'a 2', name)),
    );
    expect(shown()).toEqual(['a']);
    const outside = mkdtempSync(join(tmpdir(), 'piecewise-elsewhere-'));
    await drops.clearAway(tmpdir(), [outside, folder]);
    expect([shown(), existsSync(outside)]).toEqual([['a'], true]);
    rmSync(outside, { recursive: true });
  });

  it('leaves no empty folder when what was used is deleted, and nothing else is deleted', async () => {
    mkdirSync(join(folder, 'empty/empty'), { recursive: true });
    mkdirSync(join(folder, 'full/own'), { recursive: true });
    for (const path of ['empty/empty', 'full', 'missing', '.']) await drops.clearAway(join(folder, path));
    expect(readdirSync(join(folder, 'empty'))).toEqual(['empty']);
    rmSync(join(folder, 'empty/empty'), { recursive: true });
    await drops.clearAway(join(folder, 'empty'));
    expect(readdirSync(folder)).toEqual(['full']);
  });
});

it('has nothing to remove where nothing was ever dropped', async () => {
  rmSync(folder, { recursive: true });
  await drops.removeLeftOver();
});

it('counts what other drops have yet to bring when it looks for room', async () => {
  const large = (size: number) => JSON.stringify({ folders: [], files: [{ path: 'large', size }] });
  const { answer } = await put(`${token}-1`, large(2 ** 52));
  const [, free = ''] = /has (.+) left/.exec((answer as { message: string }).message) ?? [];
  const twoThirds = Math.floor((parseSize(free)! * 2) / 3);
  expect((await put(`${token}-2`, large(twoThirds))).status).toBe(200);
  expect((await put(`${token}-3`, large(twoThirds))).status).toBe(507);
});

it('keeps the name of a folder that is dropped again, which a share of it bears', async () => {
  const again = JSON.stringify({ folders: ['week'], files: [] });
  for (const [token, path] of [
    ['first', 'week'],
    ['second', 'week 2/week'],
  ] as const) {
    const { answer } = await put(token.padEnd(16, '-'), again);
    expect(answer).toMatchObject({ places: [{ path: join(folder, path) }] });
  }
});
