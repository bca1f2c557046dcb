import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from '@msgpack/msgpack';
import type { WebSocket } from 'ws';
import { Conversation, type ToScreen } from '../src-shared/carrier.ts';
import type { HomeView, Listing, SwarmSummary } from '../src-shared/contract.ts';
import type { Settings } from '../src-shared/settings.ts';
import type { ShareSummary } from '../src-shared/share.ts';
import { startUi, type Ui } from './browser.ts';
import type { Address } from './interop/partner.ts';
import type { Lab } from './lab.ts';
import { newFolder, until } from './shares.ts';
import { carrier, comeIn, opened } from './web-entry.ts';

/** An app that runs as a process, asked and followed as its screen does, without one. */
export class AppClient {
  readonly ui: Ui;
  readonly conversation: Conversation;
  /** What its Home shows by now. */
  home: HomeView = { swarms: [], recent: [], notices: [] };
  /** What came from it so far. */
  readonly heard = { messages: 0, bytes: 0 };

  private constructor(ui: Ui, socket: WebSocket) {
    this.ui = ui;
    this.conversation = new Conversation({
      send: message => socket.send(JSON.stringify(message)),
      onMessage: listener => {
        socket.on('message', (data: Buffer) => {
          this.heard.messages += 1;
          this.heard.bytes += data.length;
          listener(decode(data) as ToScreen);
        });
      },
    });
    this.conversation.follow({ topic: 'home' }, home => {
      this.home = home;
    });
  }

  /** `files`, by their path, lie in its work folder, where what it fetches comes to lie, too. */
  static async start(
    lab: Lab,
    settings: Partial<Settings>,
    files: Readonly<Record<string, Uint8Array>>,
  ): Promise<AppClient> {
    const profile = newFolder(lab);
    writeFileSync(join(profile, 'settings.json'), JSON.stringify(settings));
    const ui = await startUi(lab, '--profile-dir', profile);
    for (const [path, bytes] of Object.entries(files)) {
      mkdirSync(join(ui.workFolder, path, '..'), { recursive: true });
      writeFileSync(join(ui.workFolder, path), bytes);
    }
    const socket = carrier(await comeIn(ui));
    lab.onEnd(() => socket.terminate());
    const how = await opened(socket);
    if (how !== 'open') throw new Error(`the app is closed to its screen: ${how}`);
    socket.on('error', () => {});
    const client = new AppClient(ui, socket);
    return client;
  }

  /** The tokens of what lies in a folder below its work folder, or there itself, by name. */
  async tokens(folder?: string): Promise<ReadonlyMap<string, string>> {
    const tokensOf = ({ entries }: Listing) => new Map(entries.map(({ name, token }) => [name, token]));
    const top = tokensOf(await this.conversation.ask('browse', { folder: null }));
    if (folder === undefined) return top;
    return tokensOf(await this.conversation.ask('browse', { folder: top.get(folder)! }));
  }

  addTorrent(file: string): Promise<{ readonly swarm: string }> {
    return this.conversation.ask('addTorrent', {
      file,
      folder: null,
      skip: [],
      sequential: false,
      paused: false,
    });
  }

  /** Of a share, as Home shows it by now. */
  summaryOf(swarm: string): ShareSummary {
    const found = this.home.swarms.find((one: SwarmSummary) => one.swarm === swarm)?.share;
    if (!found) throw new Error(`Home shows no share ${swarm}`);
    return found;
  }

  /** Waits until Home shows so many shares doing this. */
  async untilShares(count: number, activity: ShareSummary['activity'], withinMs?: number): Promise<void> {
    const doing = () => this.home.swarms.filter(({ share }) => share?.activity === activity).length;
    await until(
      () => doing() === count,
      () => `${doing()} of ${this.home.swarms.length} shares are ${activity}, not ${count}`,
      withinMs,
    );
  }

  /** Where its shares are fetched from. */
  async address(): Promise<Address> {
    const port = await new Promise<number | null>(resolve => {
      const leave = this.conversation.follow({ topic: 'network' }, ({ listenPort }) => {
        resolve(listenPort);
        setImmediate(() => leave());
      });
    });
    return { host: '127.0.0.1', port: port! };
  }
}
