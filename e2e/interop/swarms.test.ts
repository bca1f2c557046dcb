import { describe, expect, inject } from 'vitest';
import { it } from '../lab.ts';
import { type ClientName, reasonToSkip } from './clients.ts';
import type { Address } from './partner.ts';
import type { Piecewise } from './piecewise.ts';
import { untilTrackerKnows } from './scrape.ts';
import { expectSame, InteropSwarm, magnetOf, type Placed } from './swarm.ts';
import { makeTorrent } from './torrents.ts';

/** More than two, of different kinds. */

const clients = inject('clients');

interface Trio {
  readonly seed: ClientName;
  readonly other: ClientName;
  readonly kind: 'file' | 'folder';
}

const trios: readonly Trio[] = [
  { seed: 'libtorrent', other: 'aria2', kind: 'folder' },
  { seed: 'aria2', other: 'transmission', kind: 'file' },
  { seed: 'transmission', other: 'libtorrent', kind: 'folder' },
];

describe.concurrent('a mixed swarm', () => {
  it('of one Piecewise that seeds, two that fetch, and one of each client', async ({ lab, skip }) => {
    const names = ['transmission', 'aria2', 'libtorrent'] as const;
    const reason = reasonToSkip(clients, names);
    skip(reason !== undefined, reason);
    const swarm = new InteropSwarm(lab, clients);
    const content = swarm.content('folder');
    const tracker = await swarm.tracker();
    const trackers = [tracker.url('http'), tracker.url('udp')];
    const { bytes, infoHash } = await makeTorrent(content, { trackers });
    const torrent = swarm.torrentFile(bytes);
    const link = magnetOf(infoHash, ...trackers);

    // Transmission dials nobody on this machine, so all others come after it and hear of it.
    const transmission = await swarm.start('transmission', torrent);
    await untilTrackerKnows(trackers[0]!, infoHash, 1);
    const fetching = await Promise.all([
      swarm.start('aria2', link),
      swarm.start('libtorrent', link),
      swarm.piecewise({ source: link, seeds: true }),
      swarm.piecewise({ source: torrent, seeds: true }),
    ]);
    await untilTrackerKnows(trackers[0]!, infoHash, 5);
    await swarm.piecewise({ has: content, trackers });

    for (const one of [...fetching, transmission]) {
      await one.partner.complete();
      expectSame(content, one);
    }
  });

  it.for(trios)(
    'of $seed that seeds, two Piecewise and $other',
    async ({ seed, other, kind }, { lab, skip }) => {
      const reason = reasonToSkip(clients, [seed, other, 'opentracker']);
      skip(reason !== undefined, reason);
      const swarm = new InteropSwarm(lab, clients);
      const content = swarm.content(kind);
      const { infoHash } = await makeTorrent(content);
      const tracker = await swarm.opentracker(infoHash);
      const trackers = [tracker.url('http')];
      const torrent = swarm.torrentFile((await makeTorrent(content, { trackers })).bytes);
      const link = magnetOf(infoHash, ...trackers);

      const isFirst = other === 'transmission';
      const early = isFirst ? await swarm.start(other, torrent) : undefined;
      await swarm.start(seed, torrent, content);
      await untilTrackerKnows(trackers[0]!, infoHash, isFirst ? 2 : 1);
      const all = await Promise.all([
        swarm.piecewise({ source: link, seeds: true }),
        swarm.piecewise({ source: torrent, seeds: true }),
        early ?? swarm.start(other, link),
      ]);
      for (const one of all) {
        await one.partner.complete();
        expectSame(content, one);
      }
    },
  );

  it('gives on what it gets, while the seed is slow', async ({ lab, skip }) => {
    const reason = reasonToSkip(clients, ['libtorrent', 'aria2']);
    skip(reason !== undefined, reason);
    const swarm = new InteropSwarm(lab, clients);
    const content = swarm.content('file');
    const tracker = await swarm.tracker();
    const trackers = [tracker.url('http')];
    const { bytes, infoHash } = await makeTorrent(content, { trackers });
    const torrent = swarm.torrentFile(bytes);
    const seed = await swarm.libtorrent(torrent, { has: content });
    seed.partner.limit(500_000, 0);
    await untilTrackerKnows(trackers[0]!, infoHash, 1);
    const aria2 = await swarm.start('aria2', torrent);
    await untilTrackerKnows(trackers[0]!, infoHash, 2);
    const ours = await Promise.all([
      swarm.piecewise({ source: torrent, seeds: true }),
      swarm.piecewise({ source: magnetOf(infoHash, ...trackers), seeds: true }),
    ]);
    for (const one of [aria2, ...ours]) {
      await one.partner.complete();
      expectSame(content, one);
    }
    const { up } = await seed.partner.ask('status');
    // The seed alone would have had to send everything three times.
    expect(up).toBeLessThan(2 * 3_333_333);
  });

  it('without a tracker, in which a Piecewise tells two libtorrent of each other', async ({ lab, skip }) => {
    const reason = reasonToSkip(clients, ['libtorrent']);
    skip(reason !== undefined, reason);
    const swarm = new InteropSwarm(lab, clients);
    const content = swarm.content('file');
    const torrent = swarm.torrentFile((await makeTorrent(content)).bytes);
    const ours = await swarm.piecewise({ source: torrent });
    const [one, other] = await Promise.all([swarm.libtorrent(torrent), swarm.libtorrent(torrent)]);
    for (const { partner } of [one, other]) partner.dial(ours.partner.listen);
    await untilMet(one, other.partner.listen);
  });

  it('without a tracker, in which libtorrent tells two Piecewise of each other', async ({ lab, skip }) => {
    const reason = reasonToSkip(clients, ['libtorrent']);
    skip(reason !== undefined, reason);
    const swarm = new InteropSwarm(lab, clients);
    const content = swarm.content('file');
    const torrent = swarm.torrentFile((await makeTorrent(content)).bytes);
    const hub = await swarm.libtorrent(torrent);
    const peers = [hub.partner.listen];
    const [one, other] = await Promise.all([
      swarm.piecewise({ source: torrent, peers }),
      swarm.piecewise({ source: torrent, peers }),
    ]);
    await untilConnected(one, other.partner.listen.host);
  });
});

/** Waits until a libtorrent has connected with somebody it was not told of. */
async function untilMet({ partner }: Awaited<ReturnType<InteropSwarm['libtorrent']>>, { host }: Address) {
  await partner.process.says(new RegExp(`"event":"connected".*"${host.replaceAll('.', '\\.')}:`));
}

async function untilConnected({ partner }: Placed<Piecewise>, host: string): Promise<void> {
  await partner.process.says(new RegExp(`"kind":"connected".*"remote":"${host.replaceAll('.', '\\.')}:`));
}
