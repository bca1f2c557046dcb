import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RunningProcess } from '../processes.ts';
import { type Address, lastWords, type Partner, type PartnerWish, untilSaid } from './partner.ts';

/**
 * Transmission's daemon, watched over its RPC. It never dials a loopback address, and has one peer an address: on one
 * machine the others dial it, each from a host of its own.
 */

export interface TransmissionWish extends PartnerWish {
  readonly rpcPort: number;
}

interface TorrentState {
  readonly status: number;
  readonly percentDone: number;
  readonly metadataPercentComplete: number;
  readonly recheckProgress: number;
  readonly error: number;
  readonly errorString: string;
  readonly peersConnected: number;
  readonly hashString: string;
  readonly corruptEver: number;
  readonly trackerStats: readonly { readonly lastAnnounceSucceeded: boolean; readonly announce: string }[];
}

const fields = [
  'status',
  'percentDone',
  'metadataPercentComplete',
  'recheckProgress',
  'error',
  'errorString',
  'peersConnected',
  'hashString',
  'corruptEver',
  'trackerStats',
];

/** Numbers of `status`. */
const [stopped, downloading, seeding] = [0, 4, 6];

export class Transmission implements Partner {
  readonly name = 'transmission';
  readonly makesEmptyFiles = false;
  readonly listen: Address;
  readonly process: RunningProcess;
  readonly dial = undefined;
  readonly #rpc: string;
  readonly #added: Promise<void>;
  #session = '';

  constructor(daemon: string, { source, folder, listen, rpcPort, stateFolder }: TransmissionWish) {
    this.listen = listen;
    this.#rpc = `http://127.0.0.1:${rpcPort}/transmission/rpc`;
    mkdirSync(stateFolder, { recursive: true });
    writeFileSync(join(stateFolder, 'settings.json'), JSON.stringify(settingsFor(listen, rpcPort, folder)));
    this.process = new RunningProcess(daemon, ['--foreground', '--config-dir', stateFolder, '--log-error'], {
      // Its own idea of where certificates and temporary files are must not matter.
      env: { TRANSMISSION_HOME: stateFolder },
    });
    const torrent = source.startsWith('magnet:')
      ? { filename: source }
      : { metainfo: readFileSync(source).toString('base64') };
    this.#added = this.#add({ ...torrent, 'download-dir': folder, paused: false });
    // A lock of its own, which it removes only when it ends by itself, and always in the same folder.
    const unlock = () => rmSync(`/tmp/tr_session_id_${this.#session}`, { force: true });
    this.process.ended.then(unlock, unlock);
    // Who waits for anything hears of it.
    this.#added.catch(() => {});
  }

  async ready(): Promise<void> {
    await this.#until('is not ready', state => state.status === downloading || state.status === seeding);
  }

  async complete(withinMs?: number): Promise<void> {
    const isWhole = (state: TorrentState) =>
      state.metadataPercentComplete === 1 && state.percentDone === 1 && state.status === seeding;
    await this.#until('is not complete', isWhole, withinMs);
  }

  /** A tracker knows it. */
  async announced(): Promise<void> {
    await this.#until('has not announced itself', ({ trackerStats }) =>
      trackerStats.some(tracker => tracker.lastAnnounceSucceeded),
    );
  }

  async state(): Promise<TorrentState> {
    await this.#added;
    const { torrents } = await this.#call<{ torrents: TorrentState[] }>('torrent-get', { fields });
    return torrents[0]!;
  }

  async #add(torrent: Readonly<Record<string, unknown>>): Promise<void> {
    await untilSaid(
      () => this.#call<object>('torrent-add', torrent),
      () => `transmission does not take the torrent\n  ${lastWords(this.process)}`,
    );
  }

  async #call<T>(method: string, args: Readonly<Record<string, unknown>>): Promise<T> {
    const answer = await fetch(this.#rpc, {
      method: 'POST',
      headers: { 'X-Transmission-Session-Id': this.#session },
      body: JSON.stringify({ method, arguments: args }),
      signal: AbortSignal.timeout(5_000),
    });
    if (answer.status === 409) {
      this.#session = answer.headers.get('x-transmission-session-id') ?? '';
      return this.#call(method, args);
    }
    const { result, arguments: facts } = (await answer.json()) as { result: string; arguments: T };
    if (result !== 'success') throw new Error(`transmission: ${result}`);
    return facts;
  }

  async #until(what: string, isSo: (state: TorrentState) => boolean, withinMs?: number): Promise<void> {
    let last: TorrentState | undefined;
    await untilSaid(
      async () => {
        last = await this.state();
        if (last.status === stopped && last.error !== 0) throw new Error(last.errorString);
        return isSo(last) ? true : undefined;
      },
      () => `transmission ${what}: ${JSON.stringify(last)}\n  ${lastWords(this.process)}`,
      withinMs,
    );
  }
}

function settingsFor(listen: Address, rpcPort: number, folder: string) {
  return {
    'download-dir': folder,
    'incomplete-dir-enabled': false,
    'bind-address-ipv4': listen.host,
    'bind-address-ipv6': '::1',
    'peer-port': listen.port,
    'peer-port-random-on-start': false,
    'port-forwarding-enabled': false,
    'dht-enabled': false,
    'lpd-enabled': false,
    'pex-enabled': true,
    'utp-enabled': false,
    // Tolerates encryption, prefers plain text.
    encryption: 0,
    preallocation: 0,
    'rename-partial-files': false,
    'ratio-limit-enabled': false,
    'idle-seeding-limit-enabled': false,
    'rpc-enabled': true,
    'rpc-bind-address': '127.0.0.1',
    'rpc-port': rpcPort,
    'rpc-whitelist-enabled': false,
    'rpc-host-whitelist-enabled': false,
    'rpc-authentication-required': false,
    'speed-limit-down-enabled': false,
    'speed-limit-up-enabled': false,
    'watch-dir-enabled': false,
    'trash-original-torrent-files': false,
  };
}
