import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { freePorts } from './course-folder.ts';
import { mount, mountMemory } from './disks.ts';
import { it, type Lab } from './lab.ts';
import type { CommandOptions, RunningProcess } from './processes.ts';
import { digestOf, newFolder } from './shares.ts';

/** Real processes that share and fetch on this machine. */

interface Shared {
  readonly infoHash: string;
  readonly name: string;
  readonly magnet: string;
  readonly torrent: string;
  readonly port: number;
}

interface Seed extends Shared {
  readonly process: RunningProcess;
}

/** Starts `piecewise share`; it seeds when this is done. */
async function share(
  lab: Lab,
  folder: string,
  paths: readonly string[],
  args: readonly string[] = [],
  options: CommandOptions = {},
): Promise<Seed> {
  const all = ['share', ...paths, '--port', '0', '--json', ...args];
  const process = lab.command(all, { cwd: folder, ...options });
  const [line] = await process.says(/^\{"share".*$/);
  return { process, ...(JSON.parse(line) as { share: Shared }).share };
}

const get = (
  lab: Lab,
  what: string,
  to: string,
  args: readonly string[] = [],
  options: CommandOptions = {},
) => lab.command(['get', what, '--to', to, '--port', '0', '--json', ...args], options);

interface Completion {
  readonly path: string;
  readonly totalLength: number;
  readonly downloadedBytes: number;
}

async function completionOf(run: RunningProcess): Promise<Completion> {
  const [line] = await run.says(/^\{"complete".*$/);
  await run.endsWith(0);
  return (JSON.parse(line) as { complete: Completion }).complete;
}

/** Every file below a folder, with its hash. */
function hashesIn(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const files = paths.filter(path => statSync(join(folder, path)).isFile());
  return Object.fromEntries(files.map(path => [path, digestOf(join(folder, path))]));
}

/** Bytes had so far, from a line of `--json`. */
async function untilBytes(run: RunningProcess, bytes: number): Promise<void> {
  for (;;) {
    const [, have] = await run.saysNext(/^\{"view".*"haveLength":(\d+)/);
    if (Number(have) >= bytes) return;
  }
}

const MiB = 1024 * 1024;

describe('a file', () => {
  it('is fetched by its link, and leaves nothing else behind', async ({ lab }) => {
    const folder = newFolder(lab);
    writeFileSync(join(folder, 'lecture.mp4'), randomBytes(5 * MiB + 1234));
    const temporary = newFolder(lab);
    const { pid } = spawnSync(process.execPath, ['--version']);
    mkdirSync(join(temporary, `piecewise-share-${pid}-${hostname()}-killed`));
    const env = { TMPDIR: temporary, TEMP: temporary };
    const seed = await share(lab, folder, ['lecture.mp4'], [], { env });
    expect(readdirSync(temporary).join()).toMatch(`piecewise-share-${seed.process.pid}-`);
    expect(seed).toMatchObject({ name: 'lecture.mp4', torrent: join(folder, 'lecture.mp4.torrent') });
    const to = join(folder, 'here');
    const { path, downloadedBytes } = await completionOf(get(lab, seed.magnet, to));
    expect(path).toBe(join(to, 'lecture.mp4'));
    expect(downloadedBytes).toBe(5 * MiB + 1234);
    expect(readdirSync(to)).toEqual(['lecture.mp4']);
    expect(digestOf(path)).toBe(digestOf(join(folder, 'lecture.mp4')));
    seed.process.signal('SIGINT');
    await seed.process.endsWith(130);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('is fetched by its info-hash from an address', async ({ lab }) => {
    const folder = newFolder(lab);
    writeFileSync(join(folder, 'a.bin'), randomBytes(MiB));
    const seed = await share(lab, folder, ['a.bin'], ['--no-lan']);
    const run = get(lab, seed.infoHash, join(folder, 'here'), [
      '--no-lan',
      '--peer',
      `127.0.0.1:${seed.port}`,
    ]);
    const { path } = await completionOf(run);
    expect(digestOf(path)).toBe(digestOf(join(folder, 'a.bin')));
  });

  it('is found by its name at an address, where nobody is found', async ({ lab }) => {
    const folder = newFolder(lab);
    writeFileSync(join(folder, 'a.bin'), randomBytes(MiB));
    const seed = await share(lab, folder, ['a.bin']);
    const there = ['--peer', `127.0.0.1:${seed.port}`];
    const [closed] = await freePorts(1);
    const nearby = lab.command(['nearby', '--for', '1', ...there, '--peer', `127.0.0.1:${closed}`]);
    const run = get(lab, 'a.bin', join(folder, 'here'), there);
    await nearby.says(/a\.bin\s+1\.0 MiB\s+1 file\s+100 %/);
    await nearby.says(new RegExp(`127\\.0\\.0\\.1 does not answer on port ${closed}`));
    const { path } = await completionOf(run);
    expect(digestOf(path)).toBe(digestOf(join(folder, 'a.bin')));
  });

  it('is fetched by its torrent over a tracker of ours', async ({ lab }) => {
    const folder = newFolder(lab);
    writeFileSync(join(folder, 'a.bin'), randomBytes(MiB));
    const [port] = await freePorts(1);
    const tracker = lab.command(['tracker', '--http', String(port), '--host', '127.0.0.1']);
    await tracker.says(/announce/);
    const url = `http://127.0.0.1:${port}/announce`;
    const seed = await share(
      lab,
      folder,
      ['a.bin'],
      ['--no-lan', '--private', '--tracker', url, '--out', 'x.torrent'],
    );
    expect(seed.magnet).not.toContain('x.pe');
    const run = get(lab, join(folder, 'x.torrent'), join(folder, 'here'), ['--no-lan']);
    const { path } = await completionOf(run);
    expect(digestOf(path)).toBe(digestOf(join(folder, 'a.bin')));
  });

  it('is found by its name by whoever is in the room', async ({ lab }) => {
    const folder = newFolder(lab);
    const [port] = await freePorts(1);
    const options = { env: { PIECEWISE_LAN: `loopback:${port}` } };
    writeFileSync(join(folder, 'a.bin'), randomBytes(MiB));
    await share(lab, folder, ['a.bin'], [], options);
    const nearby = lab.command(['nearby', '--for', '2'], options);
    const run = get(lab, 'a.bin', join(folder, 'here'), [], options);
    await nearby.says(/a\.bin\s+1\.0 MiB\s+1 file\s+100 %/);
    const { path } = await completionOf(run);
    expect(digestOf(path)).toBe(digestOf(join(folder, 'a.bin')));
  });

  it('whose name two shares have is not guessed', async ({ lab }) => {
    const folder = newFolder(lab);
    const [port] = await freePorts(1);
    const options = { env: { PIECEWISE_LAN: `loopback:${port}` } };
    const seeds: Seed[] = [];
    for (const place of ['one', 'two']) {
      mkdirSync(join(folder, place));
      writeFileSync(join(folder, place, 'a.bin'), randomBytes(100_000));
      seeds.push(await share(lab, join(folder, place), ['a.bin'], [], options));
    }
    const nearby = lab.command(['nearby', '--for', '2'], options);
    const run = get(lab, 'a.bin', join(folder, 'here'), [], options);
    for (const { infoHash } of seeds) await nearby.says(new RegExp(infoHash));
    await run.says(/There are 2 different shares called a\.bin/);
    await run.endsWith(1);
  });
});

describe('a folder', () => {
  it('of many files, empty ones and odd names arrives as it was', async ({ lab }) => {
    const folder = newFolder(lab);
    const source = join(folder, 'photos');
    for (let day = 0; day < 20; day += 1) {
      mkdirSync(join(source, `day ${day}`), { recursive: true });
      for (let n = 0; n < 15; n += 1)
        writeFileSync(
          join(source, `day ${day}`, `größe ${n}.jpg`),
          randomBytes((day * 977 + n * 3571) % 40_000),
        );
    }
    writeFileSync(join(source, 'empty'), '');
    mkdirSync(join(source, '.git'));
    // The torrent comes beside it: inside it would be shared the next time.
    const seed = await share(lab, source, ['.']);
    expect(seed.torrent).toBe(join(folder, 'photos.torrent'));
    const { path } = await completionOf(get(lab, seed.magnet, join(folder, 'here')));
    expect(hashesIn(path)).toEqual(hashesIn(source));
    expect(Object.keys(hashesIn(path))).toHaveLength(301);
    await seed.process.says(/^Hidden files and folders are left out.*\.git/);
    // Saved under any name, as browsers do; and only some of the files, by link and by torrent.
    renameSync(seed.torrent, join(folder, 'photos(1)'));
    for (const what of [seed.magnet, join(folder, 'photos(1)')]) {
      const some = await completionOf(
        get(lab, what, newFolder(lab), ['--only', 'DAY 3/', '--only', 'ße 7.']),
      );
      // Pieces at the borders bring the ends of their neighbours.
      const whole = Object.entries(hashesIn(some.path)).filter(([file]) => !file.endsWith('.part'));
      expect(whole).toHaveLength(15 + 19);
      expect(hashesIn(source)).toMatchObject(Object.fromEntries(whole));
    }
    const none = get(lab, join(folder, 'photos(1)'), newFolder(lab), ['--only', 'night']);
    await none.says(/No file of photos has "night" in its path\. It has:/);
    await none.endsWith(2);
  });
});

describe('a client that allows encrypted connections only', () => {
  it('is told of, whoever dials', async ({ lab }) => {
    const folder = newFolder(lab);
    writeFileSync(join(folder, 'a.bin'), randomBytes(MiB));
    const seed = await share(lab, folder, ['a.bin']);
    // The first of what BEP 3 knows nothing of is a key, of random bytes.
    const dialling = connect(seed.port, '127.0.0.1').on('error', () => {});
    dialling.write(Buffer.concat([Buffer.of(0), randomBytes(95)]));
    const listening = createServer(socket => socket.once('data', () => socket.end())).listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const { port } = listening.address() as AddressInfo;
    await seed.process.says(/"note":"No connection with 127\.0\.0\.1:\d+: .*encrypted/);
    dialling.destroy();
    seed.process.signal('SIGINT');
    await seed.process.endsWith(130);
    const run = get(lab, seed.torrent, join(folder, 'here'), ['--peer', `127.0.0.1:${port}`]);
    await run.says(new RegExp(`"note":"No connection with 127\\.0\\.0\\.1:${port}: .*encrypted`));
    run.signal('SIGINT');
    await run.endsWith(130);
    listening.close();
  });
});

describe('a download', () => {
  it('that is killed goes on with what it has, and needs no metadata again', async ({ lab }) => {
    const folder = newFolder(lab);
    const size = 12 * MiB;
    writeFileSync(join(folder, 'a.bin'), randomBytes(size));
    const seed = await share(lab, folder, ['a.bin'], ['--upload-limit', '4MiB']);
    const to = join(folder, 'here');
    const first = get(lab, seed.magnet, to);
    await untilBytes(first, 4 * MiB);
    first.signal('SIGKILL');
    await first.endsWith('SIGKILL');
    expect(readdirSync(join(to, '.piecewise', 'shares')).sort()).toEqual(
      expect.arrayContaining([
        `${seed.infoHash}.json`,
        `${seed.infoHash}.resume`,
        `${seed.infoHash}.torrent`,
      ]),
    );
    const { path, downloadedBytes } = await completionOf(get(lab, seed.magnet, to));
    expect(downloadedBytes).toBeLessThan(size - 3 * MiB);
    expect(digestOf(path)).toBe(digestOf(join(folder, 'a.bin')));
    expect(readdirSync(to)).toEqual(['a.bin']);
  });

  it('that is interrupted says so, and seeds as long as it is told to', async ({ lab }) => {
    const folder = newFolder(lab);
    writeFileSync(join(folder, 'a.bin'), randomBytes(2 * MiB));
    const seed = await share(lab, folder, ['a.bin'], ['--upload-limit', '500KiB']);
    const to = join(folder, 'here');
    const first = get(lab, seed.magnet, to);
    await untilBytes(first, 100_000);
    first.signal('SIGINT');
    await first.endsWith(130);
    const second = get(lab, seed.torrent, to, ['--seed-ratio', '1']);
    await second.says(/^\{"complete"/);
    seed.process.signal('SIGKILL');
    // Its own port is in nobody's link: the third is told where it is.
    const [, port] = await second.says(/"magnet":"[^"]*x\.pe=127\.0\.0\.1:(\d+)/);
    const third = get(lab, seed.torrent, join(folder, 'there'), ['--peer', `127.0.0.1:${port}`]);
    const { path } = await completionOf(third);
    expect(digestOf(path)).toBe(digestOf(join(folder, 'a.bin')));
    await second.endsWith(0);
  });
});

describe('a disk', () => {
  const cannotMount = 'this user may not mount a file system in memory';

  it('without room for a share is told, and used as soon as there is some', async ({ lab, skip }) => {
    const folder = newFolder(lab);
    const to = join(folder, 'small');
    skip(!mountMemory(lab, to, '8m'), cannotMount);
    writeFileSync(join(folder, 'a.bin'), randomBytes(12 * MiB));
    const seed = await share(lab, folder, ['a.bin']);
    const run = get(lab, seed.magnet, to);
    await run.says(/There is no room: 12\.0 MiB are still to come, and the disk .* has 8\.0 MiB left/);
    expect(readdirSync(to).filter(name => name.startsWith('a.bin'))).toEqual([]);
    expect(mount('-o', 'remount,size=20m', to)).toBe(true);
    const { path } = await completionOf(run);
    expect(digestOf(path)).toBe(digestOf(join(folder, 'a.bin')));
  });

  it('that fills up in the middle stops nothing but this share, which goes on by itself', async ({
    lab,
    skip,
  }) => {
    const folder = newFolder(lab);
    const to = join(folder, 'small');
    skip(!mountMemory(lab, to, '16m'), cannotMount);
    writeFileSync(join(folder, 'a.bin'), randomBytes(12 * MiB));
    const seed = await share(lab, folder, ['a.bin'], ['--upload-limit', '4MiB']);
    const run = get(lab, seed.magnet, to);
    await untilBytes(run, 2 * MiB);
    const other = join(to, 'other');
    expect(() => writeFileSync(other, randomBytes(16 * MiB))).toThrow('ENOSPC');
    await run.says(/There is no room: \d+\.\d MiB are still to come/);
    rmSync(other);
    const { path, downloadedBytes } = await completionOf(run);
    expect(digestOf(path)).toBe(digestOf(join(folder, 'a.bin')));
    expect(downloadedBytes).toBe(12 * MiB);
  });
});

describe('a seed', () => {
  it('whose file is changed under it serves nothing wrong, and says what happened', async ({ lab }) => {
    const folder = newFolder(lab);
    const file = join(folder, 'a.bin');
    writeFileSync(file, randomBytes(4 * MiB));
    const good = digestOf(file);
    const seed = await share(lab, folder, ['a.bin']);
    const { path } = await completionOf(get(lab, seed.magnet, join(folder, 'one')));
    expect(digestOf(path)).toBe(good);
    writeFileSync(file, randomBytes(4 * MiB));
    const second = get(lab, seed.torrent, join(folder, 'two'), ['--peer', `127.0.0.1:${seed.port}`]);
    await seed.process.says(/a\.bin has been changed here since this computer had everything/);
    await seed.process.endsWith(4);
    second.signal('SIGINT');
    await second.endsWith(130);
    for (const name of readdirSync(join(folder, 'two')).filter(one => one.startsWith('a.bin')))
      expect(name).toBe('a.bin.part');
  });

  it('cannot share what is not there, or is empty', async ({ lab }) => {
    const folder = newFolder(lab);
    const missing = lab.command(['share', 'nothing'], { cwd: folder });
    await missing.says(/nothing does not exist/);
    await missing.endsWith(2);
    writeFileSync(join(folder, 'a.bin'), 'x');
    truncateSync(join(folder, 'a.bin'));
    const empty = lab.command(['share', 'a.bin', '--port', '0'], { cwd: folder });
    await empty.says(/there is nothing in it to share/);
    await empty.endsWith(2);
  });
});

describe('what to share', () => {
  it.for([
    [['--tracker', 'ftp://lab-1/announce'], /'ftp:\/\/lab-1\/announce' is invalid. give a URL such as/],
    [['--tracker', 'udp://lab-1'], /'udp:\/\/lab-1' is invalid. give a URL such as/],
    [['--name', 'a/b'], /'a\/b' is invalid. give a name without slashes/],
    [['--piece-size', '20000'], /'20000' is invalid. give a multiple of 16KiB, up to 64MiB/],
    [['--out', 'a.bin'], /a\.bin is no torrent, and is not overwritten/],
    [['--out', '.'], /is no torrent, and is not overwritten/],
  ] as const)('must be said as it can be: %s', async ([args, sentence], { lab }) => {
    const folder = newFolder(lab);
    writeFileSync(join(folder, 'a.bin'), 'of value');
    const run = lab.command(['share', 'a.bin', '--port', '0', ...args], { cwd: folder });
    await run.says(sentence);
    await run.endsWith(2);
    expect(readdirSync(folder)).toEqual(['a.bin']);
    expect(readFileSync(join(folder, 'a.bin'), 'utf8')).toBe('of value');
  });
});

describe('what to fetch', () => {
  it.for([
    ['magnet:?dn=x', /magnet/],
    ['missing.torrent', /missing\.torrent: it does not exist/],
    ['lecture.mp4', /nearby: leave --no-lan out, or give its link or its \.torrent/],
  ] as const)('must be understood: %s', async ([what, sentence], { lab }) => {
    const run = get(lab, what, newFolder(lab), ['--no-lan']);
    await run.says(sentence);
    await run.endsWith(2);
  });
});
