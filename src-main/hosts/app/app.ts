import type { ToScreen } from '../../../src-shared/carrier.ts';
import {
  type HomeView,
  type Place,
  type Question,
  RefusedError,
  readQuestion,
  type Topic,
  type Wish,
} from '../../../src-shared/contract.ts';
import { computerNames } from '../../../src-shared/peer-names.ts';
import type { Settings, SettingsPatch } from '../../../src-shared/settings.ts';
import type { PresetPlace } from '../../io/settings-file.ts';
import { type LanScope, readLanScope } from '../shares/lan-scope.ts';
import { openMachineEngine } from '../shares/machine-engine.ts';
import type { HostedShare } from '../shares/share.ts';
import type { ShareEngine } from '../shares/share-engine.ts';
import { answer, type Commands, commandsOf } from './commands.ts';
import { startDemoSwarm } from './demo-swarm.ts';
import { type Feed, SettingsFeed, ShareFeed, TapeFeed, ViewFeed, WishFeed } from './feeds.ts';
import type { LaunchPeer } from './launch-peer.ts';
import { grant } from './looking.ts';
import { Places } from './places.ts';
import { refusalOf } from './refusals.ts';
import { Session } from './session.ts';
import { SettingsKeeper } from './settings-keeper.ts';
import { ShareSwarm } from './share-swarm.ts';
import { SwarmList } from './swarm-list.ts';
import { Wishes } from './wishes.ts';

/** The app without a screen: what every host with one starts. */

export interface AppOptions {
  readonly version: string;
  /** Where settings and the list of recent folders live. */
  readonly profileFolder: string;
  /**
   * Where new course swarms made from a file are written (a subfolder each), unless the user has chosen another folder,
   * and the first folder that is browsed.
   */
  readonly workFolder: string;
  /** Where shares that are fetched come to lie, unless the user has chosen another folder. */
  readonly downloadFolder: string;
  /** Where the lab's defaults are looked for; nowhere unless given. */
  readonly preset?: PresetPlace;
  /** How far shares reach; `PIECEWISE_LAN` unless given. */
  readonly lan?: LanScope;
  /** The system's dialog; absent: the screen browses `workFolder` and below. */
  readonly choose?: (what: Question<'choose'>['what']) => Promise<readonly string[]>;
  /** Shows a folder in the file manager; absent: unavailable. */
  readonly reveal?: (folder: string) => void;
  readonly launchPeer: LaunchPeer;
  /** Hears of each file and folder that is worked with where it lies, before it is. */
  readonly onKept?: (path: string) => Promise<void>;
  /**
   * Hears in which folder a share lay that was removed with its files; and, of files that were to be a share and are none,
   * where those lie that nothing else uses.
   */
  readonly onDeleted?: (folder: string, unused: readonly string[]) => Promise<void>;
  /** Hears what nobody planned, with all details; standard error unless given. */
  readonly log?: (details: string) => void;
}

export interface App {
  /** One per window or browser tab. `send` delivers to the screen; one that throws has lost it. */
  connect(send: (message: ToScreen) => void): Session;
  /** For what the user dropped or handed over: resolves links and gives a token. @throws RefusedError `set-up` */
  grant(path: string): Promise<Place>;
  /** Goes to the session connected last; kept until that one follows `wishes`. */
  wish(wish: Wish): void;
  readonly settings: Settings;
  /** @throws RefusedError */
  changeSettings(patch: SettingsPatch): Promise<Settings>;
  home(): HomeView;
  /** Calls the listener with each change, some twice a second, until the function it returns is called. */
  onHome(listener: (view: HomeView) => void): () => void;
  /** A demo for the list, of a random file or of one of the user's. Returns the swarm's ID. @throws RefusedError */
  startDemo(question: Question<'startDemo'>, file?: string): Promise<string>;
  /** Stops every swarm tidily. */
  close(): Promise<void>;
}

const homeMs = 500;
const networkMs = 1_000;

/** Starts the app: no swarm runs, and nobody is connected. Throws a `FileFailure` where `preset` names a file that says nothing. */
export async function startApp(options: AppOptions): Promise<App> {
  const log = options.log ?? toStandardError;
  const places = new Places(options.onKept);
  const [settings, swarms] = await Promise.all([
    SettingsKeeper.open(options.profileFolder, options.preset),
    SwarmList.open(options.profileFolder, places, log),
  ]);
  const shares = await openMachineEngine({
    version: options.version,
    scope: options.lan ?? readLanScope(process.env.PIECEWISE_LAN),
    profileFolder: options.profileFolder,
    downloadFolder: () =>
      options.choose === undefined
        ? options.downloadFolder
        : (settings.settings.downloadFolder ?? options.downloadFolder),
    settings: settings.settings,
    restores: true,
    log,
    onAdded: share => swarms.enlist(new ShareSwarm(share, () => computerNames(shares.finding.machines))),
    onRemoved: share => swarms.delist(share.id),
  });
  settings.onChange = changed => shares.changeSettings(changed);
  for (const notice of [...settings.notices, ...swarms.notices]) log(notice);
  return new RunningApp(options, places, settings, swarms, shares, log);
}

class RunningApp implements App {
  readonly #options: AppOptions;
  readonly #places: Places;
  readonly #settings: SettingsKeeper;
  readonly #swarms: SwarmList;
  readonly #shares: ShareEngine;
  readonly #commands: Commands;
  readonly #log: (details: string) => void;
  readonly #wishes = new Wishes();
  readonly #sessions = new Set<Session>();
  readonly #watches = new Set<NodeJS.Timeout>();

  constructor(
    options: AppOptions,
    places: Places,
    settings: SettingsKeeper,
    swarms: SwarmList,
    shares: ShareEngine,
    log: (details: string) => void,
  ) {
    this.#options = options;
    this.#places = places;
    this.#settings = settings;
    this.#swarms = swarms;
    this.#shares = shares;
    this.#commands = commandsOf({ options, places, swarms, settings, shares });
    this.#log = log;
  }

  connect(send: (message: ToScreen) => void): Session {
    const session = new Session(
      {
        answer: (command, question) => answer(this.#commands, command, question),
        feedOf: (topic, reader) => this.#feedOf(topic, reader),
        refusalOf: error => refusalOf(error, this.#log),
        onClosed: closed => {
          this.#sessions.delete(closed);
          this.#wishes.disconnect(closed);
        },
      },
      send,
    );
    this.#sessions.add(session);
    this.#wishes.connect(session);
    return session;
  }

  grant(path: string): Promise<Place> {
    return this.#orRefused(grant(this.#places, path));
  }

  wish(wish: Wish): void {
    this.#wishes.add(wish);
  }

  get settings(): Settings {
    return this.#settings.settings;
  }

  async changeSettings(patch: SettingsPatch): Promise<Settings> {
    return this.#orRefused(this.#settings.change(readQuestion('changeSettings', patch)));
  }

  home(): HomeView {
    return {
      ...this.#swarms.home(),
      notices: [...this.#settings.notices, ...this.#swarms.notices, ...this.#shares.notices],
    };
  }

  onHome(listener: (view: HomeView) => void): () => void {
    const feed = new ViewFeed(() => this.home());
    const tell = () => {
      const view = feed.next();
      if (view !== undefined) listener(view);
    };
    const timer = setInterval(tell, homeMs);
    this.#watches.add(timer);
    tell();
    return () => {
      clearInterval(timer);
      this.#watches.delete(timer);
    };
  }

  async startDemo(question: Question<'startDemo'>, file?: string): Promise<string> {
    const { launchPeer } = this.#options;
    const checked = readQuestion('startDemo', question);
    const options = { launchPeer, ...(file === undefined ? {} : { file }) };
    return this.#orRefused(this.#swarms.add(id => startDemoSwarm(id, checked, options)));
  }

  async close(): Promise<void> {
    for (const timer of this.#watches) clearInterval(timer);
    for (const session of this.#sessions) session.close();
    await Promise.all([this.#swarms.close(), this.#shares.close()]);
  }

  #share(id: string): HostedShare {
    const share = this.#shares.shares.find(one => one.id === id);
    if (share === undefined) throw new RefusedError('unknown', 'This share is no longer on the list.');
    return share;
  }

  #feedOf(topic: Topic, reader: Session): Feed {
    switch (topic.topic) {
      case 'home':
        return new ViewFeed(() => this.home());
      case 'settings':
        return new SettingsFeed(() => this.settings);
      case 'wishes':
        return new WishFeed(
          () => this.#wishes.take(reader),
          () => this.#wishes.isFor(reader),
        );
      case 'share':
        return new ShareFeed(() => this.#share(topic.swarm).view());
      case 'nearby':
        return new ViewFeed(() => this.#shares.finding.nearby());
      case 'network':
        return new ViewFeed(() => this.#shares.finding.network(), networkMs);
      case 'tape':
        return new TapeFeed(() => this.#swarms.peer(topic.swarm, topic.peer));
    }
  }

  async #orRefused<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      const { code, message, problems } = refusalOf(error, this.#log);
      throw new RefusedError(code, message, problems);
    }
  }
}

function toStandardError(details: string): void {
  process.stderr.write(`${details}\n`);
}
