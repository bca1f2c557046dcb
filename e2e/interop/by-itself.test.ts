import { describe, expect, inject } from 'vitest';
import { it } from '../lab.ts';
import { pathOf, reasonToSkip } from './clients.ts';
import { makeWithLibtorrent } from './libtorrent.ts';
import { expectSame, InteropSwarm, magnetOf } from './swarm.ts';
import { makeTorrent } from './torrents.ts';

/** What works with no tracker that anybody set up. */

const clients = inject('clients');

describe.concurrent('a share without a tracker of its own', () => {
  it('is fetched by every client with exactly the link that was printed', async ({ lab, skip }) => {
    const reason = reasonToSkip(clients, ['transmission', 'aria2', 'libtorrent']);
    skip(reason !== undefined, reason);
    const swarm = new InteropSwarm(lab, clients);
    const content = swarm.content('folder', { seed: 2 });
    const { partner } = await swarm.piecewise({ has: content });
    const { magnet } = await partner.made();
    const all = await Promise.all([
      swarm.start('transmission', magnet),
      swarm.start('aria2', magnet),
      swarm.start('libtorrent', magnet),
      swarm.piecewise({ source: magnet }),
    ]);
    for (const one of all) {
      await one.partner.complete();
      expectSame(content, one);
    }
  });

  it('is found by aria2 with local service discovery', async ({ lab, skip }) => {
    const reason = reasonToSkip(clients, ['aria2']);
    skip(reason !== undefined, reason);
    const swarm = new InteropSwarm(lab, clients);
    const content = swarm.content('file', { seed: 3 });
    const { partner } = await swarm.piecewise({ has: content, looksAround: true });
    const { infoHash } = await partner.made();
    const aria2 = await swarm.aria2(magnetOf(infoHash));
    await aria2.partner.complete();
    expectSame(content, aria2);
  });

  it('is found at aria2 with local service discovery', async ({ lab, skip }) => {
    const reason = reasonToSkip(clients, ['aria2']);
    skip(reason !== undefined, reason);
    const swarm = new InteropSwarm(lab, clients);
    const content = swarm.content('file', { seed: 4 });
    const { bytes, infoHash } = await makeTorrent(content);
    await swarm.aria2(swarm.torrentFile(bytes), content);
    const ours = await swarm.piecewise({ source: magnetOf(infoHash), looksAround: true });
    await ours.partner.complete();
    expectSame(content, ours);
  });

  it.for([
    ['file', 16_384],
    ['folder', 16_384],
    ['folder', 1_048_576],
  ] as const)(
    'has the info-hash that others give a %s with pieces of %i bytes',
    async (one, { lab, skip }) => {
      const [kind, pieceLength] = one;
      const reason = reasonToSkip(clients, ['libtorrent']);
      skip(reason !== undefined, reason);
      const swarm = new InteropSwarm(lab, clients);
      const content = swarm.content(kind, { seed: 5 });
      const { partner } = await swarm.piecewise({ has: content, pieceLength });
      const { infoHash } = await partner.made();
      const python = pathOf(clients, 'libtorrent');
      const theirs = `${swarm.newFolder('torrent')}/theirs.torrent`;
      expect(infoHash).toBe((await makeTorrent(content, { pieceLength })).infoHash);
      expect(infoHash).toBe(await makeWithLibtorrent(python, content.path, theirs, { pieceLength }));
    },
  );
});
