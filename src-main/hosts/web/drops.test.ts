import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { parseSize } from '../../../src-shared/units.ts';
import { Drops } from './drops.ts';

const token = '0123456789abcdef';
let folder: string;
let drops: Drops;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'piecewise-drops-'));
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  drops = new Drops(folder, async path => ({ token: 'place', path, name: path }));
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

const files = ['a', 'b'].map(path => ({ path, size: 1 }));
const list = JSON.stringify({ folders: [], files });

it('gives up on a drop of which nothing comes for a minute', async () => {
  await put(token, list);
  vi.advanceTimersByTime(59_000);
  expect(await put(`${token}/0`, 'a')).toEqual({ status: 200, answer: { left: 1 } });
  vi.advanceTimersByTime(59_000);
  expect(readdirSync(folder)).toHaveLength(1);
  vi.advanceTimersByTime(1_000);
  await vi.waitFor(() => expect(readdirSync(folder)).toEqual([]));
  expect((await put(`${token}/1`, 'b')).status).toBe(404);
});

it('does not give up on what is there', async () => {
  await put(token, list);
  await put(`${token}/0`, 'a');
  const { answer } = await put(`${token}/1`, 'b');
  expect(answer).toMatchObject({ places: [{ path: join(folder, 'a/a') }, { path: join(folder, 'a/b') }] });
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
  await new Drops(folder, async path => ({ token: 'place', path, name: path })).removeLeftOver();
  const left = [...kept, '.hidden', `.receiving-${gone}-${hostname()}-abcdef`, ours];
  expect(readdirSync(folder).sort()).toEqual(left.sort());
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
