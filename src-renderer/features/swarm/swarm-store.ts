import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Refusal, TapeUpdate } from '../../../src-shared/contract.ts';
import type { PeerId } from '../../../src-shared/journal.ts';
import type { Bridge } from '../../bridge.ts';
import { SwarmHistory } from '../../history/history.ts';

/** Which of the three lower panels is in front where there is no room for all. */
export type Deck = 'pieces' | 'choking' | 'log';

/** Parts of a share's page; a swarm of another kind has but the first. */
export type ShareTab = 'swarm' | 'files' | 'trackers' | 'peers' | 'details';

/** What of the run is shown: one instant everywhere, the same for every panel. */
export interface SwarmPage {
  readonly swarm: string;
  /** Whose view this is. */
  readonly peer: PeerId;
  /** Changes in place; `version` counts how often. */
  readonly history: SwarmHistory;
  readonly version: number;
  /** Tapes of the other peers of a demo, where they are joined. Change in place, `version` counts. */
  readonly others: ReadonlyMap<PeerId, SwarmHistory>;
  readonly refusal: Refusal | undefined;
  /** The one instant, milliseconds since the start. */
  readonly cursorMs: number;
  /** The cursor stays at the newest moment. */
  readonly following: boolean;
  readonly playing: boolean;
  readonly speed: number;
  /** The neighbour in focus in every panel. */
  readonly focus: PeerId | undefined;
  /** The piece in focus. */
  readonly piece: number | undefined;
  /** `seq` of the rechoke whose record is open; undefined for the last one before the cursor. */
  readonly rechoke: number | undefined;
  readonly deck: Deck;
  readonly tab: ShareTab;
  readonly flows: 'mine' | 'all';
  /** Part of the run that lies between the edges of the time line; undefined for all of it. */
  readonly window: { readonly fromMs: number; readonly toMs: number } | undefined;
  readonly presenting: boolean;
}

export interface SwarmPageActions {
  /** Lets wall time pass, in milliseconds: moves the cursor where it plays or follows. */
  tick(elapsedMs: number): void;
  seek(atMs: number): void;
  step(byMs: number): void;
  /** To the next (1) or previous (-1) rechoke or draw. */
  stepDecision(direction: 1 | -1): void;
  setPlaying(playing: boolean): void;
  setSpeed(speed: number): void;
  follow(): void;
  focusOn(peer: PeerId | undefined): void;
  focusOnPiece(piece: number | undefined): void;
  openRechoke(seq: number | undefined): void;
  setDeck(deck: Deck): void;
  setTab(tab: ShareTab): void;
  setFlows(flows: 'mine' | 'all'): void;
  setWindow(window: SwarmPage['window']): void;
  setPresenting(presenting: boolean): void;
}

export type SwarmStore = StoreApi<SwarmPage & SwarmPageActions>;

export const speeds = [0.1, 0.25, 0.5, 1, 2, 5, 10, 20] as const;

/** Between updates the clock of a live run is carried on for this long, in milliseconds, and then waits. */
const longestGuessMs = 1_000;
/** After an update of more rows than this the next one is waited for: a transfer at full speed needs the processor more. */
const floodRows = 1_000;

/** Begins at the newest moment and follows it, or plays from the start. */
export function createSwarmStore(swarm: string, peer: PeerId, begin: 'end' | 'start' = 'end'): SwarmStore {
  let sinceUpdateMs = 0;
  let updatedVersion = 0;
  return createStore<SwarmPage & SwarmPageActions>()((set, get) => {
    const liveMs = () => {
      const { history } = get();
      return history.endMs + (history.isLive ? Math.min(sinceUpdateMs, longestGuessMs) : 0);
    };
    const within = (atMs: number) => Math.max(0, Math.min(atMs, liveMs()));
    const seek = (atMs: number) => set({ cursorMs: within(atMs), following: false, rechoke: undefined });
    return {
      swarm,
      peer,
      history: new SwarmHistory(),
      version: 0,
      others: new Map(),
      refusal: undefined,
      cursorMs: 0,
      following: begin === 'end',
      playing: true,
      speed: 1,
      focus: undefined,
      piece: undefined,
      rechoke: undefined,
      deck: 'pieces',
      tab: 'swarm',
      flows: 'mine',
      window: undefined,
      presenting: false,

      tick(elapsedMs) {
        const { following, playing, cursorMs, speed, history, version } = get();
        sinceUpdateMs = version === updatedVersion ? sinceUpdateMs + elapsedMs : 0;
        updatedVersion = version;
        if (following) {
          if (history.isLive && history.latestRows > floodRows && sinceUpdateMs < longestGuessMs) return;
          const now = liveMs();
          if (now !== cursorMs) set({ cursorMs: now });
          // At the end of a run that is over, nothing plays.
          if (playing && !history.isLive && !history.isLoading && history.run !== undefined) {
            set({ playing: false });
          }
        } else if (playing && !history.isLoading && history.run !== undefined) {
          const next = cursorMs + elapsedMs * speed;
          if (next < liveMs()) set({ cursorMs: next, rechoke: undefined });
          else set({ cursorMs: liveMs(), following: history.isLive, playing: history.isLive });
        }
      },
      seek,
      step: byMs => seek(get().cursorMs + byMs),
      stepDecision(direction) {
        const { history, cursorMs } = get();
        const times = [...history.rechokes, ...history.draws].map(({ atMs }) => atMs).sort((a, b) => a - b);
        const next =
          direction > 0 ? times.find(atMs => atMs > cursorMs) : times.findLast(atMs => atMs < cursorMs);
        if (next !== undefined) seek(next);
      },
      setPlaying(playing) {
        const { following, cursorMs, history } = get();
        const atTheEnd = !history.isLive && cursorMs >= history.endMs;
        set({
          playing,
          following: following && playing,
          ...(playing && atTheEnd ? { cursorMs: 0, following: false } : {}),
        });
      },
      setSpeed: speed => set({ speed }),
      follow: () =>
        set({ following: true, playing: get().history.isLive, cursorMs: liveMs(), rechoke: undefined }),
      focusOn: focus => set({ focus }),
      focusOnPiece: piece => set({ piece }),
      openRechoke: rechoke => set({ rechoke }),
      // The decks lie on the first tab.
      setDeck: deck => set({ deck, tab: 'swarm' }),
      setTab: tab => set({ tab }),
      setFlows: flows => set({ flows }),
      setWindow: window => set({ window }),
      setPresenting: presenting => set({ presenting }),
    };
  });
}

/** Follows the peer's tape into the store until the function it returns is called. */
export function connectSwarm(bridge: Bridge, store: SwarmStore): () => void {
  const { swarm, peer } = store.getState();
  return bridge.follow(
    { topic: 'tape', swarm, peer },
    update => store.setState(state => takenIn(state, update)),
    refusal => store.setState({ refusal }),
  );
}

/** Follows the tapes of other peers of the same swarm beside it, until the function it returns is called. */
export function joinTapes(
  bridge: Bridge,
  store: SwarmStore,
  swarm: string,
  peers: readonly PeerId[],
): () => void {
  const ends = peers.map(other =>
    bridge.follow({ topic: 'tape', swarm, peer: other }, update =>
      store.setState(({ others, version }) => ({
        others: new Map(others).set(other, grown(others.get(other), update)),
        version: version + 1,
      })),
    ),
  );
  return () => {
    for (const end of ends) end();
    store.setState({ others: new Map() });
  };
}

function takenIn(state: SwarmPage, update: TapeUpdate): Partial<SwarmPage> {
  const history = grown(state.history, update);
  // After a lost connection the same run comes once more, and whoever looks at a moment of it goes on there.
  const isAnother = history !== state.history && history.startedWallMs !== state.history.startedWallMs;
  const { endMs, isLoading } = history;
  const following = isAnother || state.following;
  return {
    history,
    version: state.version + 1,
    ...(isAnother ? { following, playing: true, rechoke: undefined, window: undefined } : {}),
    // What has just come has happened: the cursor does not wait for the next tick.
    ...(following && !isLoading ? { cursorMs: isAnother ? endMs : Math.max(state.cursorMs, endMs) } : {}),
  };
}

/** A peer that was started again begins a new tape, from row 0; after a lost connection a tape begins anew, too. */
function grown(history: SwarmHistory | undefined, update: TapeUpdate): SwarmHistory {
  const continued =
    history === undefined || (update.page.from === 0 && history.tape.length > 0)
      ? new SwarmHistory()
      : history;
  continued.append(update);
  return continued;
}
