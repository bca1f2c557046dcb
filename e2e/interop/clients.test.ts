import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject } from 'vitest';
import { it } from '../lab.ts';
import { type ClientName, pathOf, reasonToSkip } from './clients.ts';
import type { ContentKind } from './content.ts';
import { makeWithLibtorrent } from './libtorrent.ts';
import { untilTrackerKnows } from './scrape.ts';
import { expectSame, InteropSwarm, magnetOf } from './swarm.ts';
import { infoHashOf, makeTorrent } from './torrents.ts';

/**
 * The partners among themselves: what these drivers cannot bring about between two strangers proves nothing about
 * Piecewise.
 */

const clients = inject('clients');

interface Pair {
  readonly seed: ClientName;
  readonly downloader: ClientName;
  readonly kind: ContentKind;
  readonly source: 'torrent' | 'magnet';
  readonly protocol: 'http' | 'udp';
}

const pairs: readonly Pair[] = [
  { seed: 'libtorrent', downloader: 'aria2', kind: 'folder', source: 'torrent', protocol: 'udp' },
  { seed: 'libtorrent', downloader: 'transmission', kind: 'file', source: 'magnet', protocol: 'http' },
  { seed: 'aria2', downloader: 'transmission', kind: 'folder', source: 'torrent', protocol: 'http' },
  { seed: 'transmission', downloader: 'libtorrent', kind: 'folder', source: 'magnet', protocol: 'http' },
];

describe.concurrent('strangers', () => {
  it.for(pairs)(
    '$seed → $downloader: a $kind by $source over opentracker with $protocol',
    async (pair, { lab, skip }) => {
      const reason = reasonToSkip(clients, [pair.seed, pair.downloader, 'opentracker']);
      skip(reason !== undefined, reason);
      const swarm = new InteropSwarm(lab, clients);
      const content = swarm.content(pair.kind);
      const { infoHash } = await makeTorrent(content);
      const tracker = await swarm.opentracker(infoHash);
      const url = tracker.url(pair.protocol);
      const { bytes } = await makeTorrent(content, { trackers: [url] });
      const torrent = swarm.torrentFile(bytes);
      const source = pair.source === 'torrent' ? torrent : magnetOf(infoHash, url);

      // Whoever comes second hears of the first; Transmission dials nobody on this machine, so it comes first.
      const seed = () => swarm.start(pair.seed, torrent, content);
      const download = () => swarm.start(pair.downloader, source);
      const first = pair.downloader === 'transmission' ? download : seed;
      const one = await first();
      await untilTrackerKnows(tracker.url('http'), infoHash, 1);
      const other = await (first === seed ? download : seed)();

      const downloader = first === seed ? other : one;
      await downloader.partner.complete();
      expectSame(content, downloader);
    },
  );

  it.for(['file', 'folder'] as const)('agree on the info-hash of a %s', async (kind, { lab, skip }) => {
    const reason = reasonToSkip(clients, ['libtorrent']);
    skip(reason !== undefined, reason);
    const swarm = new InteropSwarm(lab, clients);
    const content = swarm.content(kind);
    const torrent = join(swarm.newFolder('torrent'), 'theirs.torrent');
    const python = pathOf(clients, 'libtorrent');
    const theirs = await makeWithLibtorrent(python, content.path, torrent, { pieceLength: 65_536 });
    const { infoHash } = await makeTorrent(content);
    expect(await infoHashOf(readFileSync(torrent))).toBe(theirs);
    expect(infoHash).toBe(theirs);
  });
});
