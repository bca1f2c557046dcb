import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FilePlace } from './file-failure.ts';
import { takeLock } from './lock-file.ts';
import { birthOf } from './owner.ts';

const content = 'peer_1002/thefile';
let folder: string;
let place: FilePlace;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'piecewise-'));
  place = { path: join(folder, 'thefile.lock'), shown: 'peer_1002/thefile.lock' };
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Our number, computer and, where the system tells it, birth. */
const ourName = new RegExp(`^${process.pid} ${hostname()}( \\d+)?\n$`);

/** The number of a process that has ended. */
const deadPid = () => spawnSync(process.execPath, ['--version']).pid;

describe('takeLock', () => {
  it('leaves a file that names this process, and nothing once it is given back', async () => {
    const giveBack = await takeLock(place, content);
    expect(readFileSync(place.path, 'utf8')).toMatch(ourName);
    expect(readdirSync(folder)).toEqual(['thefile.lock']);
    await giveBack();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is refused while another process runs that has it', async () => {
    writeFileSync(place.path, `${process.ppid} ${hostname()}\n`);
    await expect(takeLock(place, content)).rejects.toThrow(
      `peer_1002/thefile is already being downloaded by process ${process.ppid} (if that is another program, ` +
        'delete peer_1002/thefile.lock)',
    );
    expect(readFileSync(place.path, 'utf8')).toBe(`${process.ppid} ${hostname()}\n`);
  });

  it('is refused while this process has it, and given again afterwards', async () => {
    const giveBack = await takeLock(place, content);
    await expect(takeLock(place, content)).rejects.toThrow(
      'peer_1002/thefile is already being downloaded by this process',
    );
    await giveBack();
    await (await takeLock(place, content))();
  });

  it('goes to one of two that want it at the same time', async () => {
    const [first, second] = await Promise.allSettled([takeLock(place, content), takeLock(place, content)]);
    expect([first.status, second.status].sort()).toEqual(['fulfilled', 'rejected']);
    for (const result of [first, second]) if (result.status === 'fulfilled') await result.value();
  });

  it('is taken over from a process that has ended', async () => {
    writeFileSync(place.path, `${deadPid()} ${hostname()}\n`);
    const giveBack = await takeLock(place, content);
    expect(readFileSync(place.path, 'utf8')).toMatch(ourName);
    expect(readdirSync(folder)).toEqual(['thefile.lock']);
    await giveBack();
  });

  it.runIf(process.platform === 'linux')(
    'is taken over where another process has that number now',
    async () => {
      const birth = birthOf(process.ppid)!;
      writeFileSync(place.path, `${process.ppid} ${hostname()} ${birth}\n`);
      await expect(takeLock(place, content)).rejects.toThrow(`by process ${process.ppid}`);
      writeFileSync(place.path, `${process.ppid} ${hostname()} ${Number(birth) - 1}\n`);
      await (await takeLock(place, content))();
    },
  );

  it('is taken over from an earlier process that had our number', async () => {
    writeFileSync(place.path, `${process.pid} ${hostname()}\n`);
    await (await takeLock(place, content))();
    expect(existsSync(place.path)).toBe(false);
  });

  it('is refused when a process on another machine has it, with what to do', async () => {
    writeFileSync(place.path, '4242 lin114-00\n');
    await expect(takeLock(place, content)).rejects.toThrow(
      'peer_1002/thefile is already being downloaded by process 4242 on lin114-00 (if that process has ended, ' +
        'delete peer_1002/thefile.lock)',
    );
  });

  it.each(['', '\n', 'garbage', '0 host\n', '-1 host\n', '12', `99999999999 ${hostname()}\n`])(
    'is taken over when it says %j, which names nobody',
    async text => {
      writeFileSync(place.path, text);
      await (await takeLock(place, content))();
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it('fails, naming the lock, when it cannot be made, and can be taken later', async () => {
    mkdirSync(place.path);
    await expect(takeLock(place, content)).rejects.toThrow(
      'peer_1002/thefile.lock: there is a folder in its place',
    );
    rmSync(place.path, { recursive: true });
    await (await takeLock(place, content))();
  });
});
