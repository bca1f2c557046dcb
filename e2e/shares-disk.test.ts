import { chmodSync, mkdirSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { seededRandom } from '../src-main/engine/testing/seeded-random.ts';
import { boundByPermissions, mountMemory } from './disks.ts';
import { BtLeech } from './interop/bt-byte-peer.ts';
import { bytesOf, digestsOf } from './interop/content.ts';
import { it } from './lab.ts';
import {
  bytesRead,
  completionOf,
  digestOf,
  listen,
  medianOf,
  newFolder,
  sharedFile,
  sleep,
  startGet,
  startShare,
  told,
  until,
} from './shares.ts';

/** Shares whose process is killed, whose disk is full, and whose files others change. */

const mebibyte = 1024 * 1024;

interface View {
  readonly activity: string;
  readonly problem: string | null;
  readonly haveLength: number;
}

describe('a download', () => {
  // By hand: 256 MiB, killed 25 times.
  it('killed 20 times at random moments goes on at once and fetches two pieces a kill twice at most', async ({
    lab,
  }) => {
    const kills = 20;
    const file = await sharedFile(lab, { size: 64 * mebibyte });
    // However late the kills come, something is left after the last one.
    const seed = await listen(lab, file, { bytesPerSecond: 5 * mebibyte, bytesPerLink: 3 * mebibyte });
    const to = newFolder(lab);
    const random = seededRandom(4);
    const startMs: number[] = [];
    const startBytes: number[] = [];
    let recorded = 0;
    const lost: number[] = [];
    const haveOf = (process: Parameters<typeof told>[0]) =>
      Math.max(0, ...told<View>(process, 'view').map(({ haveLength }) => haveLength));
    for (let kill = 0; kill < kills; kill += 1) {
      const startedAt = performance.now();
      const get = startGet(lab, file.torrent, to, [seed.address]);
      await get.says(/"activity":"downloading"/);
      startMs.push(performance.now() - startedAt);
      if (process.platform === 'linux') startBytes.push(bytesRead(get.pid));
      const [first] = told<View>(get, 'view').filter(({ activity }) => activity === 'downloading');
      if (first!.haveLength < recorded) lost.push(kill);
      await sleep(random() * 500);
      get.signal('SIGKILL');
      await get.endsWith('SIGKILL');
      expect(get.err).toEqual([]);
      recorded = Math.max(recorded, haveOf(get));
    }
    expect(recorded).toBeLessThan(file.bytes.length);
    const whole = await listen(lab, file);
    const last = startGet(lab, file.torrent, to, [whole.address]);
    await last.endsWith(0);
    expect(digestOf(join(to, file.name))).toBe(file.sha256);
    expect(lost).toEqual([]);
    // Starting Node and reading the state, not the content.
    expect(Math.max(...startBytes)).toBeLessThan(16 * mebibyte);
    expect(medianOf(startMs)).toBeLessThan(2_000);
    const twice = seed.sentBytes + whole.sentBytes - file.bytes.length;
    expect(twice).toBeLessThanOrEqual(kills * 2 * file.pieceLength);
  });

  it('waits while the disk is full, says so, and goes on by itself when there is room', async ({
    lab,
    skip,
  }) => {
    const disk = newFolder(lab);
    skip(!mountMemory(lab, disk, '24m'), 'needs the right to mount');
    const ballast = join(disk, 'ballast');
    const file = await sharedFile(lab, { size: 16 * mebibyte });
    const seed = await listen(lab, file, { bytesPerSecond: 8 * mebibyte });
    const get = startGet(lab, file.torrent, join(disk, 'to'), [seed.address]);
    await get.says(/"haveLength":[1-9]\d{6}/);
    // Somebody else takes the room away.
    try {
      writeFileSync(ballast, Buffer.alloc(24 * mebibyte));
    } catch {}
    const [, problem] = await get.says(/"problem":"(There is no room[^"]*)"/);
    expect(problem).toMatch(
      /^There is no room: .* still to come, and the disk that holds .*goes on by itself\.$/,
    );
    await sleep(3_000);
    expect(get.isRunning).toBe(true);
    const freedAt = performance.now();
    const goesOn = get.saysNext(/"activity":"downloading".*"problem":null/);
    rmSync(ballast);
    await goesOn;
    expect(performance.now() - freedAt).toBeLessThan(5_000);
    await get.endsWith(0);
    expect(digestOf(join(disk, 'to', file.name))).toBe(file.sha256);
    expect(told<{ kind: string }>(get, 'event').filter(({ kind }) => kind === 'piece-failed')).toEqual([]);
  });

  it('that may not write any more ends with the name of the file, and goes on when it may', async ({
    lab,
    skip,
  }) => {
    const through = boundByPermissions();
    if (through === undefined) return skip('nobody is bound by the permissions of files here');
    const folder = newFolder(lab);
    const source = join(folder, 'source', 'share');
    mkdirSync(source, { recursive: true });
    for (const name of ['a.bin', 'b.bin']) writeFileSync(join(source, name), bytesOf(2 * mebibyte, name));
    const seed = await startShare(lab, [source], ['--upload-limit', '2MiB']);
    const to = join(folder, 'to');
    const begin = () => startGet(lab, seed.torrent, to, [seed.address], ['--sequential'], { through });
    const stopped = begin();
    await stopped.says(/"haveLength":[1-9]/);
    chmodSync(join(to, 'share'), 0o555);
    lab.onEnd(() => chmodSync(join(to, 'share'), 0o755));
    await stopped.endsWith(4);
    const sentence =
      /^share\/[ab]\.bin(\.part)?: it may not be opened or changed by this user \(permission denied\)$/;
    expect(stopped.err).toEqual([expect.stringMatching(sentence)]);

    const stillStopped = begin();
    await stillStopped.endsWith(4);
    expect(stillStopped.err).toEqual([expect.stringMatching(sentence)]);

    chmodSync(join(to, 'share'), 0o755);
    const last = begin();
    await last.endsWith(0);
    expect(digestsOf({ name: 'share' }, to)).toEqual(digestsOf({ name: 'share' }, join(folder, 'source')));
    // In all runs together; what was on its way when it stopped came twice.
    expect(completionOf(last).downloadedBytes).toBeLessThan(4.5 * mebibyte);
  });

  it('into a folder where nothing can be written begins nothing, and says so', async ({ lab, skip }) => {
    const through = boundByPermissions();
    if (through === undefined) return skip('nobody is bound by the permissions of files here');
    const file = await sharedFile(lab, { size: mebibyte });
    const to = realpathSync(newFolder(lab));
    chmodSync(to, 0o555);
    const get = startGet(lab, file.torrent, to, [], [], { through });
    await get.endsWith(2);
    expect(get.err).toEqual([`${to}: it may not be opened or changed by this user (permission denied)`]);
    expect(readdirSync(to)).toEqual([]);
  });
});

describe('a seed', () => {
  it('whose file was changed notices, sends no wrong byte and says so', async ({ lab }) => {
    const file = await sharedFile(lab, { size: 32 * mebibyte });
    const seed = await startShare(lab, [file.path], ['--piece-size', '256KiB']);
    expect(seed.infoHash).toBe(file.infoHash);
    const leech = await BtLeech.dial(seed.address, file);
    lab.onEnd(() => leech.link.socket.destroy());
    await until(
      () => leech.receivedBytes > 4 * mebibyte,
      () => 'nothing came',
    );
    const changed = Buffer.from(file.bytes);
    for (let at = 5; at < changed.length; at += 100_000) changed[at]! ^= 0xff;
    writeFileSync(file.path, changed);
    // It is checked again, and whoever shares it is told.
    await seed.process.endsWith(4);
    expect(seed.process.err.join('\n')).toMatch(/^shared\.bin has been changed here/);
    expect(leech.wrongBytes).toBe(0);
  });

  it('whose folder was deleted ends with a sentence', async ({ lab }) => {
    const file = await sharedFile(lab, { size: 32 * mebibyte });
    const seed = await startShare(lab, [file.path], ['--piece-size', '256KiB']);
    rmSync(file.folder, { recursive: true });
    const leech = await BtLeech.dial(seed.address, file);
    lab.onEnd(() => leech.link.socket.destroy());
    await seed.process.endsWith(4);
    expect(seed.process.err.join('\n')).toMatch(/^shared\.bin is not here any more/);
    expect(leech.wrongBytes).toBe(0);
  });
});
