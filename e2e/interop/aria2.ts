import { RunningProcess } from '../processes.ts';
import { type Address, lastWords, type Partner, type PartnerWish, untilSaid } from './partner.ts';

/** aria2, watched over its JSON-RPC. It learns of peers from trackers and from being dialled, and not otherwise. */

export interface Aria2Wish extends PartnerWish {
  readonly rpcPort: number;
  /** Besides those of the torrent. */
  readonly tracker?: string;
  /** Looks for others on the loop by local service discovery (BEP 14). */
  readonly looksAround?: boolean;
  /** Waits for `go`. */
  readonly paused?: boolean;
}

/** A download as `tellActive` tells it: numbers are text. */
interface Download {
  readonly gid: string;
  readonly status: string;
  readonly totalLength: string;
  readonly completedLength: string;
  readonly errorMessage?: string;
  readonly seeder?: string;
  readonly bittorrent?: { readonly info?: unknown };
  readonly verifiedLength?: string;
  readonly verifyIntegrityPending?: string;
}

export class Aria2 implements Partner {
  readonly name = 'aria2';
  readonly makesEmptyFiles = true;
  readonly listen: Address;
  readonly process: RunningProcess;
  readonly dial = undefined;
  readonly #rpc: string;
  #asked = 0;

  constructor(aria2c: string, wish: Aria2Wish) {
    const {
      source,
      folder,
      listen,
      rpcPort,
      stateFolder,
      tracker,
      paused = false,
      looksAround = false,
    } = wish;
    this.listen = listen;
    this.#rpc = `http://127.0.0.1:${rpcPort}/jsonrpc`;
    const options = {
      'no-conf': true,
      dir: folder,
      'enable-rpc': true,
      'rpc-listen-port': rpcPort,
      interface: listen.host,
      'listen-port': listen.port,
      'disable-ipv6': true,
      // Without DHT it speaks to no UDP tracker; with no node to start from it finds nobody by it.
      'enable-dht': true,
      'enable-dht6': false,
      'dht-listen-port': listen.port,
      'bt-enable-lpd': looksAround,
      ...(looksAround ? { 'bt-lpd-interface': 'lo' } : {}),
      'seed-ratio': 0,
      'check-integrity': true,
      'allow-overwrite': true,
      'file-allocation': 'none',
      'bt-save-metadata': false,
      'async-dns': false,
      'dht-file-path': `${stateFolder}/dht.dat`,
      'console-log-level': 'warn',
      'summary-interval': 0,
      'stop-with-process': process.pid,
      pause: paused,
      ...(tracker === undefined ? {} : { 'bt-tracker': tracker }),
    };
    const words = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    this.process = new RunningProcess(aria2c, [...words, source]);
  }

  async ready(): Promise<void> {
    await this.#until('is not ready', downloads => {
      const torrents = downloads.filter(({ bittorrent }) => bittorrent !== undefined);
      return torrents.length > 0 && torrents.every(download => download.verifyIntegrityPending === undefined);
    });
  }

  async complete(withinMs?: number): Promise<void> {
    const isWhole = (download: Download) =>
      download.bittorrent?.info !== undefined &&
      download.seeder === 'true' &&
      download.verifiedLength === undefined &&
      Number(download.completedLength) === Number(download.totalLength);
    await this.#until('is not complete', downloads => downloads.some(isWhole), withinMs);
  }

  /** Begins what was paused. */
  async go(): Promise<void> {
    await this.call('aria2.unpauseAll');
  }

  async call<T>(method: string, ...params: readonly unknown[]): Promise<T> {
    this.#asked += 1;
    const answer = await fetch(this.#rpc, {
      method: 'POST',
      body: JSON.stringify({ jsonrpc: '2.0', id: String(this.#asked), method, params }),
      signal: AbortSignal.timeout(5_000),
    });
    const { result, error } = (await answer.json()) as { result: T; error?: { message: string } };
    if (error !== undefined) throw new Error(`aria2: ${error.message}`);
    return result;
  }

  async #until(
    what: string,
    isSo: (downloads: readonly Download[]) => boolean,
    withinMs?: number,
  ): Promise<void> {
    let last: readonly Download[] = [];
    await untilSaid(
      async () => {
        const [active, waiting, stopped] = await Promise.all([
          this.call<Download[]>('aria2.tellActive'),
          this.call<Download[]>('aria2.tellWaiting', 0, 10),
          this.call<Download[]>('aria2.tellStopped', 0, 10),
        ]);
        last = [...active, ...waiting, ...stopped];
        return isSo(last) ? true : undefined;
      },
      () => {
        const downloads = last.map(({ gid, status, completedLength, totalLength, errorMessage = '' }) =>
          [gid, status, `${completedLength}/${totalLength}`, errorMessage].join(' '),
        );
        return `aria2 ${what}: ${downloads.join('; ')}\n  ${lastWords(this.process)}`;
      },
      withinMs,
    );
  }
}
