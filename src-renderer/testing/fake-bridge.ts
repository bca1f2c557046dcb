import {
  type About,
  type Answer,
  type CommandName,
  type HomeView,
  type PeerSummary,
  type Place,
  type Question,
  RefusedError,
  type SwarmSummary,
  type TapeUpdate,
  type Topic,
  type Update,
  type Wish,
} from '../../src-shared/contract.ts';
import type { JournalEvent, PeerId } from '../../src-shared/journal.ts';
import { defaultSettings, type Settings } from '../../src-shared/settings.ts';
import type { NearbyView, NetworkView, ShareSummary, ShareView } from '../../src-shared/share.ts';
import { situationOf } from '../../src-shared/situation.ts';
import { SwarmState } from '../../src-shared/swarm-state.ts';
import { Tape } from '../../src-shared/tape.ts';
import type { Bridge } from '../bridge.ts';

/**
 * A bridge without an app behind it: scripted swarms, and journals that are played, for tests of the screen and for
 * looking at it.
 */

/** A swarm whose peers' tapes come from journals. */
export interface PlayedSwarm {
  readonly swarm: string;
  readonly kind: SwarmSummary['kind'];
  readonly name: string;
  /** JSON lines by peer, in the order of the roster. */
  readonly journals: readonly { readonly peer: PeerId; readonly text: string }[];
  /** Whose view is shown first; the first of the journals when it is left out. */
  readonly firstPeer?: PeerId;
  /** Of a share, what Home shows of it beside its journal. */
  readonly share?: ShareSummary;
  /** Only what happened until then, in milliseconds since the start; all of it when it is left out. */
  readonly untilMs?: number;
}

export interface FakeOptions {
  readonly swarms?: readonly SwarmSummary[];
  readonly journals?: readonly PlayedSwarm[];
  readonly recent?: HomeView['recent'];
  readonly notices?: HomeView['notices'];
  readonly about?: Partial<About>;
  readonly settings?: Partial<Settings>;
  readonly nearby?: NearbyView;
  /** Refused when it is left out. */
  readonly network?: NetworkView;
  /** What is known of shares by their swarms. */
  readonly shares?: Readonly<Record<string, ShareView>>;
  /** What commands answer; a `RefusedError` that is thrown is a refusal. */
  readonly answers?: {
    readonly [C in CommandName]?: (question: Question<C>) => Answer<C> | Promise<Answer<C>>;
  };
  /** What anything that is dropped becomes. */
  readonly dropped?: readonly Place[];
}

export interface FakeBridge extends Bridge {
  /** Every command so far. */
  readonly asked: readonly { readonly command: CommandName; readonly question: unknown }[];
  setSwarms(swarms: readonly SwarmSummary[]): void;
  setNearby(nearby: NearbyView): void;
  /** Tells something new of a share. */
  changeShare(swarm: string, change: Partial<ShareView>): void;
  setConnection(state: 'open' | 'lost'): void;
  wish(wish: Wish): void;
  /** Lets time go on in every journal that was cut off, up to a moment in milliseconds since the start. */
  play(untilMs: number): void;
}

const rowsPerPage = 20_000;

export const fakeAbout: About = {
  version: '0.0.0',
  computer: 'lab-01',
  addresses: ['10.14.3.21'],
  platform: 'linux',
  choosing: 'dialog',
  workFolder: '/home/lab/Documents/Piecewise',
  downloadFolder: '/home/lab/Downloads',
  preset: null,
};

export function createFakeBridge(options: FakeOptions = {}): FakeBridge {
  const asked: { readonly command: CommandName; readonly question: unknown }[] = [];
  const followers = new Set<{
    readonly topic: Topic;
    readonly update: () => void;
    readonly change?: (change: Partial<ShareView>) => void;
  }>();
  const wishFollowers = new Set<(wish: Wish) => void>();
  const connectionListeners = new Set<(state: 'open' | 'lost') => void>();
  const played = (options.journals ?? []).map(swarm => new Played(swarm));
  let scripted = options.swarms ?? [];
  let nearby: NearbyView = options.nearby ?? { machines: [] };
  const shares = new Map(Object.entries(options.shares ?? {}));
  let settings: Settings = { ...defaultSettings, ...options.settings };
  let connection: 'open' | 'lost' = 'open';

  const notify = (topic: Topic['topic']) => {
    for (const follower of followers) if (follower.topic.topic === topic) follower.update();
  };
  const home = (): HomeView => ({
    swarms: [...played.map(swarm => swarm.summary()), ...scripted],
    recent: options.recent ?? [],
    notices: options.notices ?? [],
  });
  const answerOf = <C extends CommandName>(
    command: C,
    question: Question<C>,
  ): Answer<C> | Promise<Answer<C>> => {
    const scriptedAnswer = options.answers?.[command];
    if (scriptedAnswer !== undefined) return scriptedAnswer(question);
    if (command === 'about') return { ...fakeAbout, ...options.about } as Answer<C>;
    if (command === 'changeSettings') {
      settings = { ...settings, ...(question as Partial<Settings>) };
      notify('settings');
      return settings as Answer<C>;
    }
    if (command === 'resetSettings') {
      const { names } = question as Question<'resetSettings'>;
      const defaults = { ...defaultSettings, ...options.about?.preset?.values };
      settings = { ...settings, ...Object.fromEntries(names.map(name => [name, defaults[name]])) };
      notify('settings');
      return settings as Answer<C>;
    }
    throw new RefusedError('unavailable', `Nothing is behind "${command}" here.`);
  };

  return {
    asked,
    async ask(command, question) {
      asked.push({ command, question });
      return answerOf(command, question);
    },
    follow(topic, onUpdate, onRefused) {
      const send = onUpdate as (update: Update<Topic>) => void;
      if (topic.topic === 'wishes') {
        wishFollowers.add(send);
        return () => wishFollowers.delete(send);
      }
      let sent = 0;
      const update = () => {
        if (topic.topic === 'home') send(home());
        else if (topic.topic === 'settings') send(settings);
        else if (topic.topic === 'nearby') send(nearby);
        else if (topic.topic === 'network') {
          if (options.network !== undefined) send(options.network);
          else onRefused?.({ code: 'unavailable', message: 'There is no network here.', problems: [] });
        } else if (topic.topic === 'share') {
          const share = shares.get(topic.swarm);
          if (share !== undefined) send(share);
          else onRefused?.({ code: 'unknown', message: 'There is no such share.', problems: [] });
        } else if (topic.topic === 'tape') {
          const peer = played.find(({ id }) => id === topic.swarm)?.peers.get(topic.peer);
          if (peer === undefined) {
            onRefused?.({ code: 'unknown', message: 'There is no such tape.', problems: [] });
            return;
          }
          do {
            const page = peer.update(sent);
            sent += page.page.count;
            send(page);
          } while (sent < peer.tape.length);
        }
      };
      const follower = { topic, update, change: send as (change: Partial<ShareView>) => void };
      followers.add(follower);
      queueMicrotask(() => {
        if (followers.has(follower)) update();
      });
      return () => followers.delete(follower);
    },
    async drop() {
      return options.dropped ?? [];
    },
    onConnection(listener) {
      connectionListeners.add(listener);
      listener(connection);
      return () => connectionListeners.delete(listener);
    },
    setSwarms(swarms) {
      scripted = swarms;
      notify('home');
    },
    setNearby(view) {
      nearby = view;
      notify('nearby');
    },
    changeShare(swarm, change) {
      const share = shares.get(swarm);
      if (share === undefined) return;
      shares.set(swarm, { ...share, ...change });
      for (const { topic, change: send } of followers) {
        if (topic.topic === 'share' && topic.swarm === swarm) send?.(change);
      }
    },
    setConnection(state) {
      connection = state;
      for (const listener of connectionListeners) listener(state);
    },
    wish(wish) {
      for (const follower of wishFollowers) follower(wish);
    },
    play(untilMs) {
      for (const swarm of played) swarm.play(untilMs);
      notify('tape');
      notify('home');
    },
  };
}

class Played {
  readonly id: string;
  readonly peers: ReadonlyMap<PeerId, PlayedPeer>;
  readonly #swarm: PlayedSwarm;

  constructor(swarm: PlayedSwarm) {
    this.id = swarm.swarm;
    this.#swarm = swarm;
    this.peers = new Map(
      swarm.journals.map(({ peer, text }) => [peer, new PlayedPeer(peer, text, swarm.untilMs)]),
    );
  }

  play(untilMs: number): void {
    if (this.#swarm.untilMs === undefined) return;
    for (const peer of this.peers.values()) peer.play(untilMs);
  }

  summary(): SwarmSummary {
    const { swarm, kind, name, journals, firstPeer = journals[0]?.peer ?? '1001' } = this.#swarm;
    const peers = Array.from(this.peers.values(), peer => peer.summary(kind === 'replay'));
    const share = this.#swarm.share ?? null;
    return { swarm, kind, name, folder: `/labs/${swarm}`, peers, firstPeer, notices: [], share };
  }
}

class PlayedPeer {
  readonly tape = new Tape();
  readonly #peer: PeerId;
  readonly #state = new SwarmState();
  readonly #events: readonly JournalEvent[];
  #nowMs: number | null = null;

  constructor(peer: PeerId, text: string, untilMs: number | undefined) {
    this.#peer = peer;
    this.#events = text
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line) as JournalEvent);
    this.play(untilMs ?? Number.POSITIVE_INFINITY);
  }

  play(untilMs: number): void {
    for (let next = this.#events[this.tape.length]; next !== undefined && next.atMs <= untilMs; ) {
      this.tape.append(next);
      this.#state.apply(next);
      next = this.#events[this.tape.length];
    }
    const isOver = this.tape.length === this.#events.length;
    this.#nowMs = isOver ? null : untilMs;
    if (!isOver) this.#state.advance(untilMs);
  }

  update(from: number): TapeUpdate {
    return {
      page: this.tape.page(from, rowsPerPage),
      total: this.tape.length,
      nowMs: this.#nowMs,
      logFile: `log_peer_${this.#peer}.log`,
    };
  }

  summary(isReplay: boolean): PeerSummary {
    const isRunning = this.#nowMs !== null && !isReplay;
    return {
      peer: this.#peer,
      status: this.tape.length === 0 ? 'waiting' : isRunning ? 'running' : 'ended',
      problem: null,
      situation: situationOf(this.#state),
      uploadBytesPerSecond: null,
    };
  }
}
