import { describe, expect } from 'vitest';
import type { CourseOptions } from './course-folder.ts';
import { expectFinished } from './finished-swarm.ts';
import { it } from './lab.ts';

/** Whole swarms of `piecewise peer`: everybody has the file, says so as section 7 wants, and ends. */

describe.concurrent('a swarm of peers', () => {
  it.for<[string, CourseOptions]>([
    ['of one seed and three downloaders', { roster: '1001* 1002 1003 1004', fileSize: 3_000_000 }],
    ['with two seeds', { roster: '1001* 1002* 1003 1004', fileSize: 3_000_000 }],
    ['with its seed listed last', { roster: '1001 1002 1003*' }],
    ['of seeds only', { roster: '1001* 1002* 1003*' }],
    ['whose piece count is a multiple of 8', { roster: '1001* 1002 1003', fileSize: 16 * 16_384 }],
    ['whose last piece is a single byte', { roster: '1001* 1002', fileSize: 9 * 16_384 + 1 }],
    ['whose one piece is the whole file', { roster: '1001* 1002 1003', fileSize: 5_000 }],
    ['with a PieceSize larger than the file', { roster: '1001* 1002', fileSize: 7, pieceSize: 2 ** 30 }],
    ['that shares an empty file', { roster: '1001* 1002 1003', fileSize: 0 }],
    ['whose seed has its file in the layout of the samples', { roster: '1001* 1002', seedFolder: 'ID' }],
    ['on localhost, which may name two addresses', { roster: '1001* 1002 1003', host: 'localhost' }],
    ['listed from the largest ID to the smallest', { roster: '1003* 1002 1001' }],
    ['of a single seed', { roster: '1001*' }],
  ])('%s completes and ends by itself', async ([, options], { lab }) => {
    const folder = await lab.folder(options);
    const peers = folder.ids.map(id => lab.peer(folder, id));
    await Promise.all(peers.map(peer => peer.endsWith(0)));
    expectFinished(folder);
  });

  it('shares a file whose name has a space', async ({ lab }) => {
    const folder = await lab.folder({ roster: '1001* 1002', fileName: 'The File.dat' });
    const peers = folder.ids.map(id => lab.peer(folder, id));
    await Promise.all(peers.map(peer => peer.endsWith(0)));
    expectFinished(folder);
    for (const { err } of peers) {
      expect(err).toEqual([
        expect.stringMatching(/^Common\.cfg:4: notice: FileName "The File\.dat" has spaces/),
      ]);
    }
  });

  it('says nothing on standard error when all is well', async ({ lab }) => {
    const folder = await lab.folder({ roster: '1001* 1002' });
    const peers = folder.ids.map(id => lab.peer(folder, id));
    await Promise.all(peers.map(peer => peer.endsWith(0)));
    for (const { err } of peers) expect(err).toEqual([]);
  });

  it('finds together when started from the last to the first, each waiting for the one before', async ({
    lab,
  }) => {
    const folder = await lab.folder({ roster: '1001* 1002 1003 1004' });
    const peers = [];
    for (const id of folder.ids.toReversed()) {
      const peer = lab.peer(folder, id);
      peers.push(peer);
      if (id !== '1001') await peer.says(/waiting for peer 1001 at 127\.0\.0\.1:\d+: connection refused/);
    }
    await Promise.all(peers.map(peer => peer.endsWith(0)));
    expectFinished(folder);
  });

  it('waits, complete, for one that is started late', async ({ lab }) => {
    const folder = await lab.folder({ roster: '1001* 1002 1003' });
    const early = ['1001', '1002'].map(id => lab.peer(folder, id));
    await early[1]!.says(/we have the complete file/);
    const late = lab.peer(folder, '1003');
    await Promise.all([...early, late].map(peer => peer.endsWith(0)));
    expectFinished(folder);
  });

  it('writes every event of an empty file, and of a whole one, as JSON lines', async ({ lab }) => {
    for (const fileSize of [0, 100_000]) {
      const folder = await lab.folder({ roster: '1001* 1002', fileSize });
      const peers = folder.ids.map(id =>
        lab.peer(folder, id, '--json', '--journal', `${folder.dir}/journal_${id}`),
      );
      await Promise.all(peers.map(peer => peer.endsWith(0)));
      const printed = peers[1]!.out.map(line => JSON.parse(line));
      expect(printed.at(0)).toMatchObject({
        event: { kind: 'started', self: '1002', totalLength: fileSize },
      });
      expect(printed.at(-1)).toMatchObject({ view: { haveBytes: fileSize, phase: { name: 'ended' } } });
      const journal = folder.lines('journal_1002').map(line => JSON.parse(line));
      expect(journal.map(event => event.seq)).toEqual(journal.map((_, index) => index));
      expect(journal.at(-1)).toMatchObject({ kind: 'ended', outcome: 'complete', lost: [] });
    }
  });
});
