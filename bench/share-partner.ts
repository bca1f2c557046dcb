import { dirname, join } from 'node:path';
import type { Address, Partner, PartnerWish } from '../e2e/interop/partner.ts';
import { RunningProcess } from '../e2e/processes.ts';
import type { ThreadSeconds } from './usage.ts';

/** What a `share-peer` says. Times in milliseconds since the epoch. */
export type ShareEvent =
  | { readonly event: 'ready' | 'connected' | 'completed' | 'profiling'; readonly atMs: number }
  | { readonly event: 'report'; readonly atMs: number; readonly threads: ThreadSeconds };

export type ShareOrder =
  | { readonly do: 'connect'; readonly host: string; readonly port: number }
  | { readonly do: 'profile' }
  /** What became of it: `profile` is where the CPU profile goes, of what ran since `profile` was asked for. */
  | { readonly do: 'report'; readonly profile?: string };

const withinMs = 180_000;

/** A share of our own, driven like other BitTorrent clients. */
export class SharePartner implements Partner {
  readonly name = 'Piecewise';
  readonly makesEmptyFiles = true;
  readonly listen: Address;
  readonly process: RunningProcess;

  /** `node`: the program to run it; `isSeed`: what lies in the folder is known to be what the torrent says. */
  constructor({ source, folder, listen, stateFolder }: PartnerWish, node: string, isSeed: boolean) {
    this.listen = listen;
    const script = join(dirname(process.argv[1]!), 'share-peer.js');
    const state = join(stateFolder, `${listen.host}.state`);
    const args = [script, source, folder, listen.host, String(listen.port), state];
    this.process = new RunningProcess(node, isSeed ? [...args, 'complete'] : args, {
      listens: true,
    });
  }

  async ready(): Promise<void> {
    await this.#says('ready');
  }

  async complete(): Promise<void> {
    await this.completed();
  }

  /** Milliseconds since the epoch. */
  async connected(): Promise<number> {
    return (await this.#says('connected')).atMs;
  }

  async completed(): Promise<number> {
    return (await this.#says('completed')).atMs;
  }

  dial = ({ host, port }: Address): void => this.#tell({ do: 'connect', host, port });

  async startProfile(): Promise<void> {
    this.#tell({ do: 'profile' });
    await this.#says('profiling');
  }

  /** What its threads did since it was ready. */
  async report(profile: string | undefined): Promise<ThreadSeconds> {
    this.#tell({ do: 'report', ...(profile === undefined ? {} : { profile }) });
    const said = await this.#says('report');
    if (said.event !== 'report') throw new Error('another event was waited for');
    return said.threads;
  }

  #tell(order: ShareOrder): void {
    this.process.tell(JSON.stringify(order));
  }

  async #says(event: ShareEvent['event']): Promise<ShareEvent> {
    const [line] = await this.process.says(new RegExp(`^\\{"event":"${event}".*`), withinMs);
    return JSON.parse(line);
  }
}
