import { readFileSync } from 'node:fs';
import { describe, expect, inject } from 'vitest';
import { it } from '../lab.ts';
import { type ClientName, reasonToSkip } from './clients.ts';
import type { ContentKind } from './content.ts';
import { untilTrackerKnows } from './scrape.ts';
import { expectSame, InteropSwarm, magnetOf } from './swarm.ts';
import { infoHashOf, makeTorrent } from './torrents.ts';

/** A Piecewise and one other client: who gives, what, and how they find each other. */

const clients = inject('clients');

const found = [
  'our tracker/http',
  'our tracker/udp',
  'opentracker/http',
  'opentracker/udp',
  'typed',
] as const;

interface Case {
  readonly client: ClientName;
  /** What the client does. */
  readonly role: 'seeds' | 'downloads';
  readonly kind: ContentKind;
  readonly source: 'torrent' | 'magnet';
  readonly by: (typeof found)[number];
}

const roles = ['seeds', 'downloads'] as const;
const kinds = ['file', 'folder'] as const;
const sources = ['torrent', 'magnet'] as const;
const names: readonly ClientName[] = ['aria2', 'transmission', 'libtorrent'];

/** Every two of what may be chosen stand together somewhere. */
const cases: readonly Case[] = [
  { client: 'aria2', role: 'seeds', kind: 'file', source: 'torrent', by: 'our tracker/http' },
  { client: 'aria2', role: 'seeds', kind: 'folder', source: 'magnet', by: 'opentracker/udp' },
  { client: 'aria2', role: 'seeds', kind: 'file', source: 'magnet', by: 'typed' },
  { client: 'aria2', role: 'downloads', kind: 'folder', source: 'torrent', by: 'our tracker/udp' },
  { client: 'aria2', role: 'downloads', kind: 'file', source: 'magnet', by: 'opentracker/http' },
  { client: 'aria2', role: 'downloads', kind: 'folder', source: 'magnet', by: 'typed' },
  { client: 'transmission', role: 'seeds', kind: 'folder', source: 'torrent', by: 'opentracker/http' },
  { client: 'transmission', role: 'seeds', kind: 'file', source: 'magnet', by: 'our tracker/udp' },
  { client: 'transmission', role: 'downloads', kind: 'folder', source: 'magnet', by: 'our tracker/http' },
  { client: 'transmission', role: 'downloads', kind: 'file', source: 'torrent', by: 'opentracker/udp' },
  { client: 'transmission', role: 'downloads', kind: 'file', source: 'magnet', by: 'typed' },
  { client: 'libtorrent', role: 'seeds', kind: 'folder', source: 'magnet', by: 'our tracker/http' },
  { client: 'libtorrent', role: 'seeds', kind: 'file', source: 'torrent', by: 'opentracker/udp' },
  { client: 'libtorrent', role: 'seeds', kind: 'folder', source: 'torrent', by: 'typed' },
  { client: 'libtorrent', role: 'downloads', kind: 'file', source: 'magnet', by: 'our tracker/udp' },
  { client: 'libtorrent', role: 'downloads', kind: 'folder', source: 'torrent', by: 'opentracker/http' },
];

describe('the cases', () => {
  it('have every client in each role with each kind of content, and with torrents and links', () => {
    for (const [name, role] of pairs(names, roles)) {
      const those = cases.filter(({ client, role: does }) => client === name && does === role);
      expect(new Set(those.map(({ kind }) => kind)), `${name} ${role}`).toEqual(new Set(kinds));
      expect(new Set(those.map(({ source }) => source)), `${name} ${role}`).toEqual(new Set(sources));
    }
  });

  it('have every way of finding each other with each client, role, content and source', () => {
    for (const by of found) {
      const those = cases.filter(one => one.by === by);
      expect(new Set(those.map(({ client }) => client)), by).toEqual(new Set(names));
      expect(new Set(those.map(({ role }) => role)), by).toEqual(new Set(roles));
      expect(new Set(those.map(({ kind }) => kind)), by).toEqual(new Set(kinds));
      expect(new Set(those.map(({ source }) => source)), by).toEqual(new Set(sources));
    }
  });
});

describe.concurrent('a Piecewise and another client', () => {
  it.for(cases)('$client $role a $kind by $source, found by $by', async (one, { lab, skip }) => {
    const { client, role, kind, source, by } = one;
    const isOpentracker = by.startsWith('opentracker');
    const reason = reasonToSkip(clients, isOpentracker ? [client, 'opentracker'] : [client]);
    skip(reason !== undefined, reason);
    const swarm = new InteropSwarm(lab, clients);
    const content = swarm.content(kind);
    const { infoHash } = await makeTorrent(content);
    const tracker =
      by === 'typed' ? undefined : await (isOpentracker ? swarm.opentracker(infoHash) : swarm.tracker());
    const trackers = tracker === undefined ? [] : [tracker.url(by.endsWith('udp') ? 'udp' : 'http')];
    const torrent = swarm.torrentFile((await makeTorrent(content, { trackers })).bytes);
    const link = source === 'torrent' ? torrent : magnetOf(infoHash, ...trackers);
    const untilKnown = async (peers: number) => {
      if (tracker !== undefined) await untilTrackerKnows(tracker.url('http'), infoHash, peers);
    };

    if (role === 'seeds') {
      const seed = await swarm.start(client, torrent, content);
      await untilKnown(1);
      const peers = by === 'typed' ? [seed.partner.listen] : [];
      const ours = await swarm.piecewise({ source: link, peers });
      await ours.partner.complete();
      expectSame(content, ours);
      return;
    }
    // Transmission dials nobody on this machine, and nobody types an address into these: ours has to hear of them.
    const isFirst = client === 'transmission' || by === 'typed';
    const first = isFirst ? await swarm.start(client, link) : undefined;
    if (isFirst) await untilKnown(1);
    const peers = first === undefined || by !== 'typed' ? [] : [first.partner.listen];
    const ours = await swarm.piecewise({ has: content, trackers, peers });
    const made = await ours.partner.made();
    expect(made.infoHash).toBe(infoHash);
    expect(await infoHashOf(readFileSync(made.torrent))).toBe(infoHash);
    await untilKnown(isFirst ? 2 : 1);
    const theirs = first ?? (await swarm.start(client, source === 'torrent' ? made.torrent : link));
    await theirs.partner.complete();
    expectSame(content, theirs);
  });
});

function pairs<A, B>(left: readonly A[], right: readonly B[]): (readonly [A, B])[] {
  return left.flatMap(a => right.map(b => [a, b] as const));
}
