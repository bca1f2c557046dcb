import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { isRoot, mount, mountMemory } from './disks.ts';
import { expectIdenticalFiles } from './finished-swarm.ts';
import { readJournal, uploadsTo } from './journal.ts';
import { it } from './lab.ts';

/** Disks that are full or may only be read: small file systems in memory, where this user may mount them. */

const cannotMount = 'this user may not mount a file system in memory';

describe.concurrent('a downloader', () => {
  it('whose folder may only be read says so and ends with 2', async ({ lab, skip }) => {
    const folder = await lab.folder({ roster: '1001* 1002' });
    const dir = join(folder.dir, 'peer_1002');
    // Permissions do not stop root; a read-only disk does.
    if (isRoot) skip(!(mountMemory(lab, dir, '1m') && mount('-o', 'remount,ro', dir)), cannotMount);
    else {
      mkdirSync(dir);
      chmodSync(dir, 0o555);
    }
    const peer = lab.peer(folder, '1002');
    await peer.endsWith(2);
    expect(peer.err).toEqual([
      expect.stringMatching(/^peer_1002: Nothing can be written in this folder: .*(read|opened or changed)/),
    ]);
    expect(folder.files()).not.toContain('log_peer_1002.log');
  });

  it('whose disk gets full ends with 4 and goes on when there is room again', async ({ lab, skip }) => {
    const folder = await lab.folder({ roster: '1001* 1002', fileSize: 40 * 16_384 });
    const dir = join(folder.dir, 'peer_1002');
    skip(!mountMemory(lab, dir, '400k'), cannotMount);
    const seed = lab.peer(folder, '1001', '--journal', join(folder.dir, 'journal'));

    const first = lab.peer(folder, '1002');
    await first.endsWith(4);
    expect(first.output).toMatch(
      /storage failed: peer_1002\/TheFile\.dat\.\w+: the disk is full \(no space left/,
    );
    expect(first.output).toMatch(/What is here is kept; start again to go on/);
    expect(folder.files()).toEqual(
      expect.arrayContaining(['peer_1002/TheFile.dat.part', 'peer_1002/TheFile.dat.resume']),
    );
    expect(folder.files()).not.toContain('peer_1002/TheFile.dat.lock');

    const stillFull = lab.peer(folder, '1002');
    expect([2, 4]).toContain(await stillFull.ended);
    expect(stillFull.output).toMatch(/the disk is full/);

    expect(mount('-o', 'remount,size=2m', dir)).toBe(true);
    const last = lab.peer(folder, '1002');
    await Promise.all([seed, last].map(peer => peer.endsWith(0)));
    expect(last.output).toMatch(/pieces kept from an earlier run: \d+ of 40/);
    expectIdenticalFiles(folder, ['1002']);
    const uploads = uploadsTo(readJournal(folder, 'journal'), '1002');
    expect(uploads.afterHave).toEqual([]);
    // What the full disk refused, and what was on its way then, in each of two runs.
    expect(uploads.again).toBeLessThanOrEqual(6);
  });
});
