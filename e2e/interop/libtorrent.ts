import { join } from 'node:path';
import { RunningProcess, root } from '../processes.ts';
import type { Address, Partner, PartnerWish } from './partner.ts';

/** libtorrent, driven by the Python program beside this file. */

const script = join(root, 'e2e', 'interop', 'libtorrent-peer.py');

export interface LibtorrentWish extends PartnerWish {
  /** What differs from its own defaults, by the names of its settings. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
}

/** A line it printed. */
export interface LibtorrentEvent {
  readonly event: string;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly [fact: string]: unknown;
}

export class Libtorrent implements Partner {
  readonly name = 'libtorrent';
  readonly makesEmptyFiles = true;
  readonly listen: Address;
  readonly process: RunningProcess;

  constructor(python: string, { source, folder, listen, settings = {} }: LibtorrentWish) {
    this.listen = listen;
    this.process = new RunningProcess(python, [script], { listens: true });
    const content = source.startsWith('magnet:') ? { magnet: source } : { torrent: source };
    this.process.tell(JSON.stringify({ ...content, folder, ...listen, settings }));
  }

  async ready(): Promise<void> {
    // A magnet link has nothing to check yet.
    await this.#says('ready|started');
  }

  /** Its content has been compared with its hashes: of a .torrent only. */
  async checked(): Promise<LibtorrentEvent> {
    return this.#says('ready');
  }

  async complete(withinMs?: number): Promise<void> {
    await this.completed(withinMs);
    await this.#says('written', withinMs);
  }

  /** All is here and right; the last of it may not be in its file yet. */
  completed(withinMs?: number): Promise<LibtorrentEvent> {
    return this.#says('complete', withinMs);
  }

  connected(): Promise<LibtorrentEvent> {
    return this.#says('connected');
  }

  /** Every event of a kind so far. */
  events(kind: string): LibtorrentEvent[] {
    return this.process.out
      .filter(line => line.startsWith(`{"event":"${kind}"`))
      .map(line => JSON.parse(line));
  }

  dial = ({ host, port }: Address): void => {
    this.process.tell(JSON.stringify({ do: 'connect', host, port }));
  };

  /** In bytes per second; 0: none. */
  limit(upload: number, download: number): void {
    this.process.tell(JSON.stringify({ do: 'limit', upload, download }));
  }

  /** Its state now. */
  async ask(what: 'status' | 'peers'): Promise<LibtorrentEvent> {
    const answer = this.process.saysNext(new RegExp(`^\\{"event":"${what}".*`));
    this.process.tell(JSON.stringify({ do: what }));
    return JSON.parse((await answer)[0]);
  }

  async #says(kinds: string, withinMs?: number): Promise<LibtorrentEvent> {
    const [line, kind] = await this.process.says(new RegExp(`^\\{"event":"(${kinds}|error)".*`), withinMs);
    if (kind === 'error') throw new Error(`libtorrent: ${line}`);
    return JSON.parse(line);
  }
}

export interface MakeOptions {
  readonly pieceLength: number;
  readonly trackers?: readonly string[];
}

/** Has libtorrent make a v1 torrent of a file or folder; its info-hash. */
export async function makeWithLibtorrent(
  python: string,
  path: string,
  torrent: string,
  { pieceLength, trackers = [] }: MakeOptions,
): Promise<string> {
  const process = new RunningProcess(python, [script], { listens: true });
  process.tell(JSON.stringify({ make: path, torrent, pieceLength, trackers }));
  const [line] = await process.says(/^\{"event":"made".*/);
  await process.endsWith(0);
  return JSON.parse(line).infoHash;
}
