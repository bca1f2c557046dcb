import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { freePorts } from '../../src-main/io/free-ports.ts';
import type { Lab } from '../lab.ts';
import { Aria2 } from './aria2.ts';
import { type ClientName, type Clients, pathOf } from './clients.ts';
import { type Content, type ContentKind, digestOfNothing, digestsOf, makeContent } from './content.ts';
import { Libtorrent, type LibtorrentWish } from './libtorrent.ts';
import { Opentracker } from './opentracker.ts';
import { type Partner, place } from './partner.ts';
import { Piecewise, PiecewiseTracker, type PiecewiseWish } from './piecewise.ts';
import { Transmission } from './transmission.ts';

/** A client that was started, with the folder its content lies in or comes to lie in. */
export interface Placed<P extends Partner = Partner> {
  readonly partner: P;
  readonly folder: string;
}

/** What may be said of a Piecewise; the rest is chosen. */
export type PiecewiseOptions = Partial<
  Pick<PiecewiseWish, 'source' | 'trackers' | 'peers' | 'seeds' | 'pieceLength' | 'looksAround'>
> & {
  /** Shares this. */
  readonly has?: Content;
};

/** Starts clients and trackers of one test, each in folders of its own, all gone when the test ends. */
export class InteropSwarm {
  readonly folder = mkdtempSync(join(tmpdir(), 'piecewise-interop-'));
  readonly #lab: Lab;
  readonly #clients: Clients;
  #folders = 0;

  constructor(lab: Lab, clients: Clients) {
    this.#lab = lab;
    this.#clients = clients;
    lab.onEnd(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  newFolder(name: string): string {
    this.#folders += 1;
    const folder = join(this.folder, `${this.#folders}-${name}`);
    mkdirSync(folder);
    return folder;
  }

  content(kind: ContentKind, options?: { readonly size?: number; readonly seed?: number }): Content {
    return makeContent(kind, this.newFolder('content'), options);
  }

  /** A file with these bytes, for a client that wants a .torrent. */
  torrentFile(bytes: Uint8Array): string {
    const path = join(this.newFolder('torrent'), 'share.torrent');
    writeFileSync(path, bytes);
    return path;
  }

  async opentracker(...infoHashes: readonly string[]): Promise<Opentracker> {
    const tracker = new Opentracker(pathOf(this.#clients, 'opentracker'), await place(), infoHashes);
    this.#lab.watch(tracker.process);
    this.#lab.onEnd(() => rmSync(tracker.folder, { recursive: true, force: true }));
    await tracker.ready();
    return tracker;
  }

  /** Our own tracker. */
  async tracker(): Promise<PiecewiseTracker> {
    const tracker = new PiecewiseTracker(await place());
    this.#lab.watch(tracker.process);
    await tracker.ready();
    return tracker;
  }

  /** Starts a Piecewise: one that shares what it has, or fetches `source`. */
  async piecewise({ has, source = '', ...options }: PiecewiseOptions): Promise<Placed<Piecewise>> {
    const folder = has?.folder ?? this.newFolder('piecewise');
    const partner = new Piecewise({
      ...options,
      source,
      folder,
      listen: await place(),
      stateFolder: this.newFolder('piecewise-state'),
      ...(has === undefined ? {} : { shares: has.path }),
    });
    this.#lab.watch(partner.process);
    await partner.ready();
    return { partner, folder };
  }

  /** Starts a client on a .torrent or magnet link, with the content it has, if any; it is ready when this resolves. */
  async start(name: ClientName, source: string, has?: Content): Promise<Placed> {
    const folder = has?.folder ?? this.newFolder(name);
    const partner = await this.#start(name, source, folder);
    this.#lab.watch(partner.process);
    await partner.ready();
    return { partner, folder };
  }

  /** One that looks around on the loop. */
  async aria2(source: string, has?: Content): Promise<Placed<Aria2>> {
    const folder = has?.folder ?? this.newFolder('aria2');
    const [rpcPort] = await freePorts(1, '127.0.0.1');
    const partner = new Aria2(pathOf(this.#clients, 'aria2'), {
      source,
      folder,
      listen: { ...(await place()), host: '127.0.0.1' },
      stateFolder: this.newFolder('aria2-state'),
      rpcPort: rpcPort!,
      looksAround: true,
    });
    this.#lab.watch(partner.process);
    await partner.ready();
    return { partner, folder };
  }

  async libtorrent(
    source: string,
    { has, settings = {} }: { readonly has?: Content; readonly settings?: LibtorrentWish['settings'] } = {},
  ): Promise<Placed<Libtorrent>> {
    const folder = has?.folder ?? this.newFolder('libtorrent');
    const wish = { source, folder, listen: await place(), stateFolder: folder, settings };
    const partner = new Libtorrent(pathOf(this.#clients, 'libtorrent'), wish);
    this.#lab.watch(partner.process);
    await partner.ready();
    return { partner, folder };
  }

  async #start(name: ClientName, source: string, folder: string): Promise<Partner> {
    const [rpcPort] = await freePorts(1, '127.0.0.1');
    const wish = {
      source,
      folder,
      listen: await place(),
      stateFolder: this.newFolder(`${name}-state`),
      rpcPort: rpcPort!,
    };
    const path = pathOf(this.#clients, name);
    if (name === 'aria2') return new Aria2(path, wish);
    if (name === 'transmission') return new Transmission(path, wish);
    return new Libtorrent(path, wish);
  }
}

/** What was downloaded is, to the byte, what was shared. */
export function expectSame(content: Content, { partner, folder }: Placed): void {
  const expected = Object.entries(digestsOf(content, content.folder)).filter(
    ([, digest]) => partner.makesEmptyFiles || digest !== digestOfNothing,
  );
  expect(digestsOf(content, folder)).toEqual(Object.fromEntries(expected));
}

/** A magnet link of the plainest kind. */
export function magnetOf(infoHash: string, ...trackers: readonly string[]): string {
  return [`magnet:?xt=urn:btih:${infoHash}`, ...trackers.map(url => `tr=${encodeURIComponent(url)}`)].join(
    '&',
  );
}
