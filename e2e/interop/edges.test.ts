import { describe, inject } from 'vitest';
import { it } from '../lab.ts';
import { type ClientName, reasonToSkip } from './clients.ts';
import { untilTrackerKnows } from './scrape.ts';
import { expectSame, InteropSwarm, magnetOf } from './swarm.ts';
import { makeTorrent } from './torrents.ts';

/** The smallest content, and the longest metadata. */

const clients = inject('clients');

interface Case {
  readonly client: ClientName;
  readonly role: 'seeds' | 'downloads';
  readonly what: 'one byte' | 'many files';
}

const cases: readonly Case[] = (['aria2', 'libtorrent', 'transmission'] as const).flatMap(client =>
  (['seeds', 'downloads'] as const).flatMap(role =>
    (['one byte', 'many files'] as const).map(what => ({ client, role, what })),
  ),
);

describe.concurrent('a Piecewise and another client', () => {
  it.for(cases)('$client $role $what, by a link', async ({ client, role, what }, { lab, skip }) => {
    const reason = reasonToSkip(clients, [client]);
    skip(reason !== undefined, reason);
    const swarm = new InteropSwarm(lab, clients);
    const content =
      what === 'one byte' ? swarm.content('file', { size: 1 }) : swarm.content('many', { seed: 6 });
    const pieceLength = 16_384;
    const tracker = await swarm.tracker();
    const trackers = [tracker.url('http')];
    const { bytes, infoHash } = await makeTorrent(content, { trackers, pieceLength });
    const link = magnetOf(infoHash, ...trackers);
    // Ours hears of the client in both roles, and dials it.
    const theirs =
      role === 'seeds'
        ? await swarm.start(client, swarm.torrentFile(bytes), content)
        : await swarm.start(client, link);
    await untilTrackerKnows(trackers[0]!, infoHash, 1);
    const ours = await swarm.piecewise(
      role === 'seeds' ? { source: link } : { has: content, trackers, pieceLength },
    );
    const downloader = role === 'seeds' ? ours : theirs;
    await downloader.partner.complete();
    expectSame(content, downloader);
  });
});
