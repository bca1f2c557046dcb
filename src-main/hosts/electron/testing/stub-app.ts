import type { ToScreen } from '../../../../src-shared/carrier.ts';
import type { HomeView, PeerSummary, Place, SwarmSummary, Wish } from '../../../../src-shared/contract.ts';
import { RefusedError } from '../../../../src-shared/contract.ts';
import { defaultSettings, type Settings } from '../../../../src-shared/settings.ts';
import type { Situation } from '../../../../src-shared/situation.ts';
import type { App } from '../../app/app.ts';
import type { Session } from '../../app/session.ts';

/** An app that does nothing but record, with a home that the test sets. */
export class StubApp implements App {
  settings: Settings = defaultSettings;
  view: HomeView = { swarms: [], recent: [], notices: [] };
  readonly wishes: Wish[] = [];
  readonly granted: string[] = [];
  /** Every session ever connected, with what it received. */
  readonly sessions: StubSession[] = [];
  isClosed = false;
  /** Ends when the test says so. */
  closing: Promise<void> = Promise.resolve();
  #listeners: ((view: HomeView) => void)[] = [];

  connect(send: (message: ToScreen) => void): Session {
    const session = new StubSession(send);
    this.sessions.push(session);
    return session as unknown as Session;
  }

  async grant(path: string): Promise<Place> {
    if (path.includes('missing')) throw new RefusedError('set-up', 'It does not exist.');
    if (path.includes('broken')) throw new Error(`a mistake that names ${path}`);
    this.granted.push(path);
    return { token: `t${this.granted.length}`, path, name: path };
  }

  wish(wish: Wish): void {
    this.wishes.push(wish);
  }

  async changeSettings(): Promise<Settings> {
    return this.settings;
  }

  home(): HomeView {
    return this.view;
  }

  onHome(listener: (view: HomeView) => void): () => void {
    this.#listeners.push(listener);
    listener(this.view);
    return () => {};
  }

  show(...swarms: readonly SwarmSummary[]): void {
    this.view = { swarms, recent: [], notices: [] };
    for (const listener of this.#listeners) listener(this.view);
  }

  async startDemo(): Promise<string> {
    return 'demo';
  }

  async close(): Promise<void> {
    await this.closing;
    this.isClosed = true;
  }
}

export class StubSession {
  readonly send: (message: ToScreen) => void;
  readonly received: unknown[] = [];
  isClosed = false;

  constructor(send: (message: ToScreen) => void) {
    this.send = send;
  }

  receive(message: unknown): void {
    this.received.push(message);
    // A question is answered, so that whoever asks goes on.
    const { type, id } = (message ?? {}) as { type?: string; id: number };
    if (type === 'ask') queueMicrotask(() => this.send({ type: 'answer', id, answer: {} }));
  }

  close(): void {
    this.isClosed = true;
  }
}

export function summary(changes: Partial<SwarmSummary> = {}): SwarmSummary {
  return {
    swarm: 's1',
    kind: 'course',
    name: 'TheFile.dat',
    folder: '/lab',
    peers: [peerSummary()],
    firstPeer: '1001',
    notices: [],
    share: null,
    ...changes,
  };
}

export function peerSummary(
  changes: Partial<PeerSummary> = {},
  situation: Partial<Situation> = {},
): PeerSummary {
  return {
    peer: '1001',
    status: 'running',
    problem: null,
    situation: {
      haveCount: 3,
      pieceCount: 9,
      storageFailure: null,
      outcome: null,
      ...situation,
    } as Situation,
    uploadBytesPerSecond: null,
    ...changes,
  };
}
