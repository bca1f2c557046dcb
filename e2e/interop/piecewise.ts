import { join } from 'node:path';
import { cli, RunningProcess } from '../processes.ts';
import type { Address, Partner, PartnerWish } from './partner.ts';

/** Our own command line among the others: `piecewise share` with content, `piecewise get` without, `piecewise tracker`. */

export interface PiecewiseWish extends PartnerWish {
  /** What it shares; `source` is of no matter then, for it makes its own. */
  readonly shares?: string;
  readonly trackers?: readonly string[];
  /** Whom it dials, whatever trackers say. */
  readonly peers?: readonly Address[];
  /** Goes on seeding once it is complete. */
  readonly seeds?: boolean;
  readonly pieceLength?: number;
  /** Looks for others on the loop by local service discovery (BEP 14), and so uses its usual address. */
  readonly looksAround?: boolean;
}

/** What `piecewise share` prints of what it made. */
export interface MadeShare {
  readonly infoHash: string;
  readonly magnet: string;
  /** The .torrent file. */
  readonly torrent: string;
}

/** Where BEP 14 has everybody listen. */
const discoveryPort = 6771;

export class Piecewise implements Partner {
  readonly name = 'piecewise';
  readonly makesEmptyFiles = true;
  readonly listen: Address;
  readonly process: RunningProcess;
  readonly dial = undefined;
  readonly #isSharing: boolean;

  constructor(wish: PiecewiseWish) {
    const { listen, peers = [], shares, looksAround = false } = wish;
    this.listen = listen;
    this.#isSharing = shares !== undefined;
    const args = [
      ...(shares === undefined ? getArgs(wish) : shareArgs(wish, shares)),
      ...['--port', String(listen.port), '--json'],
      ...(looksAround ? [] : ['--host', listen.host, '--no-lan']),
      ...peers.flatMap(({ host, port }) => ['--peer', `${host}:${port}`]),
    ];
    // Otherwise nothing is found but by what the test names.
    const env = { PIECEWISE_LAN: looksAround ? `loopback:${discoveryPort}` : 'off' };
    this.process = new RunningProcess(process.execPath, [cli, ...args], { env });
  }

  async ready(): Promise<void> {
    // What it shows first comes after it listens.
    await this.#says(this.#isSharing ? /^\{"share"/ : /^\{"view"/);
  }

  /** Of one that shares. */
  async made(): Promise<MadeShare> {
    const [line] = await this.#says(/^\{"share".*/);
    return JSON.parse(line).share;
  }

  async complete(withinMs?: number): Promise<void> {
    await this.#says(this.#isSharing ? /^\{"share"/ : /^\{"complete"/, withinMs);
  }

  /** Events of its swarm of one kind, so far. */
  events(kind: string): { readonly kind: string; readonly [fact: string]: unknown }[] {
    return this.process.out
      .filter(line => line.startsWith('{"event"'))
      .map(line => JSON.parse(line).event)
      .filter(event => event.kind === kind);
  }

  async #says(pattern: RegExp, withinMs?: number): Promise<RegExpExecArray> {
    try {
      return await this.process.says(pattern, withinMs);
    } catch {
      // Views come four times a second: only the last one is of use.
      const { out, err } = this.process;
      const told = [...out.filter(line => !line.startsWith('{"view"')).slice(-30), out.at(-1) ?? '', ...err];
      throw new Error(`piecewise did not say ${pattern}:\n  ${told.join('\n  ')}`);
    }
  }
}

function shareArgs(
  { trackers = [], stateFolder, pieceLength = 65_536 }: PiecewiseWish,
  path: string,
): string[] {
  return [
    ...['share', path, '--out', join(stateFolder, 'share.torrent'), '--piece-size', String(pieceLength)],
    ...trackers.flatMap(url => ['--tracker', url]),
  ];
}

function getArgs({ source, folder, stateFolder, seeds = false }: PiecewiseWish): string[] {
  return ['get', source, '--to', folder, '--profile-dir', stateFolder, ...(seeds ? ['--seed'] : [])];
}

/** Our tracker, over HTTP and UDP. */
export class PiecewiseTracker {
  readonly process: RunningProcess;
  readonly #listen: Address;

  constructor(listen: Address) {
    this.#listen = listen;
    const port = String(listen.port);
    const args = ['tracker', '--http', port, '--udp', port, '--host', listen.host, '--json'];
    this.process = new RunningProcess(process.execPath, [cli, ...args]);
  }

  url(protocol: 'http' | 'udp'): string {
    return `${protocol}://${this.#listen.host}:${this.#listen.port}/announce`;
  }

  async ready(): Promise<void> {
    await this.process.says(/^\{"announceUrls"/);
  }
}
