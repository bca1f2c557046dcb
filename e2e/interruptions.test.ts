import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { allPieces, handshake, indexOf, interested, noPieces, piece, unchoke } from './byte-peer.ts';
import type { CourseFolder } from './course-folder.ts';
import { expectIdenticalFiles } from './finished-swarm.ts';
import { readJournal, uploadsTo } from './journal.ts';
import { it, type Lab } from './lab.ts';
import type { RunningProcess } from './processes.ts';
import { fieldsOf, readStrictLog } from './strict-log.ts';

/** Peers that are killed, interrupted or never come back. */

/** Numbers from 0 up to 1, the same in every run (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Waits until a peer that prints JSON has so many pieces. */
async function hasPieces(peer: RunningProcess, count: number): Promise<void> {
  for (;;) {
    const [, have] = await peer.saysNext(/^\{"view".*"haveCount":(\d+)/);
    if (Number(have) >= count) return;
  }
}

function start(run: RunningProcess): Promise<unknown> {
  return run.says(/"kind":"started"/);
}

describe.concurrent('a downloader', () => {
  it('killed 20 times at random moments ends with the whole file and loses only what was in flight', async ({
    lab,
  }) => {
    const kills = 20;
    const piecesPerKill = 10;
    const folder = await lab.folder({
      roster: '1001* 1002',
      pieceSize: 4_096,
      // However late the kills come, some are left after the last one.
      fileSize: (kills * piecesPerKill + 1_000) * 4_096 - 1_000,
    });
    const random = seededRandom(20);
    const slow = lab.peer(
      folder,
      '1001',
      '--upload-limit',
      '120KiB',
      ...['--journal', join(folder.dir, 'slow')],
    );
    await slow.says(/peer 1001 shares/);
    for (let kill = 0; kill < kills; kill += 1) {
      const run = lab.peer(folder, '1002', '--json');
      await start(run);
      // Some while they start, most in the midst of a stretch of pieces, none at the tick of its own output.
      if (random() < 0.8) await hasPieces(run, (kill + random()) * piecesPerKill);
      await new Promise(resolve => setTimeout(resolve, random() * 100));
      run.signal('SIGKILL');
      await run.endsWith('SIGKILL');
    }
    slow.signal('SIGINT');
    await slow.endsWith(130);
    const fast = lab.peer(folder, '1001', '--journal', join(folder.dir, 'fast'));
    const last = lab.peer(folder, '1002');
    await Promise.all([fast, last].map(peer => peer.endsWith(0)));
    expect(last.output).toMatch(/pieces kept from an earlier run: \d+ of 1200/);
    expectIdenticalFiles(folder, ['1002']);
    expect(folder.files().filter(file => file.startsWith('peer_1002/'))).toEqual(['peer_1002/TheFile.dat']);

    const journal = ['slow', 'fast'].flatMap(name => readJournal(folder, name));
    const uploads = uploadsTo(journal, '1002');
    expect(uploads.afterHave, 'announced pieces are never downloaded again').toEqual([]);
    // One piece may be asked for and one be on its way to the disk.
    expect(uploads.again).toBeLessThanOrEqual(2 * kills);
    const pieces = fieldsOf(readStrictLog(folder, '1002'), 'piece').map(([index]) => index);
    expect(new Set(pieces).size, 'no piece is logged twice').toBe(pieces.length);
  });

  it.for<NodeJS.Signals>(['SIGINT', 'SIGTERM', 'SIGHUP'])(
    'ended by %s goes on where it was',
    async (signal, { lab }) => {
      const folder = await lab.folder({ roster: '1001* 1002', fileSize: 1_200_000 });
      const seed = lab.peer(folder, '1001', '--upload-limit', '300KiB');
      await seed.says(/peer 1001 shares/);
      const first = lab.peer(folder, '1002', '--journal', join(folder.dir, 'journal'));
      await first.says(/^[2-5]\d %/);
      first.signal(signal);
      await first.endsWith(130);
      expect(first.out.at(-1)).toMatch(/interrupted: what is here is kept; start again to go on$/);
      expect(folder.files().filter(file => file.startsWith('peer_1002/'))).toEqual([
        'peer_1002/TheFile.dat.part',
        'peer_1002/TheFile.dat.resume',
      ]);
      const second = lab.peer(folder, '1002', '--journal', join(folder.dir, 'journal'));
      await Promise.all([seed, second].map(peer => peer.endsWith(0)));
      expectIdenticalFiles(folder, ['1002']);
      // A tidy end loses nothing: over both runs every piece came once, and the counts go on without a gap.
      const counts = fieldsOf(readStrictLog(folder, '1002'), 'piece').map(([, , count]) => Number(count));
      expect(counts).toEqual(Array.from({ length: folder.pieceCount }, (_, index) => index + 1));
      const journal = readJournal(folder, 'journal');
      expect(journal.filter(({ kind }) => kind === 'piece-completed')).toHaveLength(folder.pieceCount);
      expect(journal.filter(({ kind }) => kind === 'started')).toHaveLength(2);
    },
  );

  it('interrupted at full speed has logged every piece that it kept', async ({ lab }) => {
    const folder = await lab.folder({ roster: '1001* 1002', fileSize: 1_000 * 16_384 });
    const listener = await lab.listen(folder, '1001');
    const first = lab.peer(folder, '1002');
    const link = await listener.accept();
    await link.send(handshake('1001'), allPieces(folder.pieceCount), unchoke);
    await link.takeHandshake();
    // Whenever the signal is heard, not everything has been given yet.
    for (let given = 0; given < 900 && !link.isOver; given += 1) {
      if (given === 100) first.signal('SIGINT');
      const asked = await link.next('request').catch(() => undefined);
      if (asked !== undefined) await link.send(piece(indexOf(asked), folder.piece(indexOf(asked))));
    }
    await first.endsWith(130);
    listener.close();
    link.reset();
    const logged = fieldsOf(readStrictLog(folder, '1002'), 'piece').length;
    expect(logged).toBeGreaterThan(50);
    const seed = lab.peer(folder, '1001');
    const second = lab.peer(folder, '1002');
    await Promise.all([seed, second].map(peer => peer.endsWith(0)));
    expect(second.err).toEqual([
      `peer_1002/TheFile.dat: pieces kept from an earlier run: ${logged} of ${folder.pieceCount}`,
    ]);
    expectIdenticalFiles(folder, ['1002']);
  });

  it('that has everything before it is started again only helps the others', async ({ lab }) => {
    const folder = await lab.folder({ roster: '1001* 1002 1003' });
    const seed = lab.peer(folder, '1001');
    const first = lab.peer(folder, '1002');
    await first.says(/we have the complete file/);
    first.signal('SIGINT');
    await first.endsWith(130);
    const others = ['1002', '1003'].map(id => lab.peer(folder, id));
    await Promise.all([seed, ...others].map(peer => peer.endsWith(0)));
    expectIdenticalFiles(folder, folder.ids);
    expect(fieldsOf(readStrictLog(folder, '1002'), 'complete')).toHaveLength(1);
  });
});

describe.concurrent('a seed', () => {
  it('that is killed and started again finds its downloader waiting', async ({ lab }) => {
    const folder = await lab.folder({ roster: '1001* 1002', fileSize: 1_200_000 });
    const first = lab.peer(folder, '1001', '--upload-limit', '300KiB');
    const downloader = lab.peer(folder, '1002');
    await downloader.says(/^[2-5]\d %/);
    first.signal('SIGKILL');
    await downloader.says(/disconnected from 1001/);
    await downloader.says(/waiting for peer 1001/);
    const second = lab.peer(folder, '1001');
    await Promise.all([downloader, second].map(peer => peer.endsWith(0)));
    expectIdenticalFiles(folder, ['1002']);
    expect(folder.files()).toContain('log_peer_1001.log.previous');
  });

  it('interrupted while a neighbour keeps its half open ends a second later', async ({ lab }) => {
    const folder = await lab.folder({ roster: '1001* 1002' });
    const seed = lab.peer(folder, '1001');
    const link = await lab.dial(folder, '1001', { stubborn: true });
    await link.send(handshake('1002'), noPieces(10), interested);
    await seed.says(/connected with 1002/);
    seed.signal('SIGINT');
    await seed.endsWith(130);
    expect(seed.out.at(-1)).toMatch(/interrupted: what is here is kept/);
  });

  it('interrupted twice ends at once, without a tidy end', async ({ lab, skip }) => {
    skip(process.platform === 'win32', 'Windows cannot stop a process for a while');
    const folder = await lab.folder({ roster: '1001* 1002' });
    const seed = lab.peer(folder, '1001');
    const link = await lab.dial(folder, '1001', { stubborn: true });
    await link.send(handshake('1002'), noPieces(10), interested);
    await seed.says(/connected with 1002/);
    // Two of one kind would be delivered as one.
    for (const signal of ['SIGSTOP', 'SIGINT', 'SIGTERM', 'SIGCONT'] as const) seed.signal(signal);
    await seed.endsWith(130);
    expect(seed.output).not.toMatch(/interrupted: what is here is kept/);
  });
});

describe.concurrent('a swarm that loses a peer', () => {
  async function startSwarm(lab: Lab): Promise<{ folder: CourseFolder; peers: RunningProcess[] }> {
    const folder = await lab.folder({ roster: '1001* 1002 1003', fileSize: 1_500_000 });
    const peers = folder.ids.map(id => lab.peer(folder, id, '--upload-limit', '300KiB', '--lost-after', '2'));
    await peers[2]!.says(/^[1-5]\d %/);
    // Nobody misses a peer they never met.
    await Promise.all(peers.slice(0, 2).map(peer => peer.says(/connected with 1003/)));
    return { folder, peers };
  }

  it('ends with 3 when that one stays away', async ({ lab }) => {
    const { folder, peers } = await startSwarm(lab);
    const [seed, downloader, lost] = peers;
    lost!.signal('SIGKILL');
    await Promise.all([seed, downloader].map(peer => peer!.endsWith(3)));
    for (const peer of [seed, downloader]) {
      expect(peer!.out.at(-1)).toMatch(/ended: 1003 vanished and did not come back$/);
    }
    expectIdenticalFiles(folder, ['1002']);
  });

  it('ends with 3 when that one was interrupted, too', async ({ lab }) => {
    const { folder, peers } = await startSwarm(lab);
    const [seed, downloader, lost] = peers;
    lost!.signal('SIGTERM');
    await lost!.endsWith(130);
    await Promise.all([seed, downloader].map(peer => peer!.endsWith(3)));
    expectIdenticalFiles(folder, ['1002']);
  });

  it('ends with 0 when that one comes back in time', async ({ lab }) => {
    const folder = await lab.folder({ roster: '1001* 1002 1003', fileSize: 1_600_000 });
    const peers = folder.ids.map(id => lab.peer(folder, id, '--upload-limit', '400KiB'));
    await peers[2]!.says(/^[1-5]\d %/);
    peers[2]!.signal('SIGTERM');
    await peers[2]!.endsWith(130);
    peers[2] = lab.peer(folder, '1003', '--upload-limit', '400KiB');
    await Promise.all(peers.map(peer => peer.endsWith(0)));
    expectIdenticalFiles(folder, folder.ids);
  });

  it('leaves a downloader without anybody with 3, keeping what it has', async ({ lab }) => {
    const folder = await lab.folder({ roster: '1001* 1002', fileSize: 1_200_000 });
    const seed = lab.peer(folder, '1001', '--upload-limit', '300KiB');
    const downloader = lab.peer(folder, '1002', '--lost-after', '2');
    await downloader.says(/^[2-5]\d %/);
    seed.signal('SIGKILL');
    await downloader.endsWith(3);
    expect(downloader.out.at(-1)).toMatch(
      /ended: those with the rest of the file vanished and did not come back$/,
    );
    expect(folder.files()).toContain('peer_1002/TheFile.dat.resume');
  });
});
