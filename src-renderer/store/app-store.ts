import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { About, Found, HomeView, Place, Refusal, SwarmSummary } from '../../src-shared/contract.ts';
import { RefusedError } from '../../src-shared/contract.ts';
import type { Settings, SettingsPatch } from '../../src-shared/settings.ts';
import type { NearbyView } from '../../src-shared/share.ts';
import type { Bridge } from '../bridge.ts';
import type { ShareListing } from '../features/home/share-list.ts';
import { createLabStore, type LabStore, type Memory } from '../features/lab/lab-store.ts';
import { hrefOf, parseRoute, type Route } from '../routes.ts';

/** What can be chosen by the user from this computer. */
export type Choosing = 'file' | 'folder' | 'journal' | 'torrent' | 'plan' | 'zip';

/** The one dialog that is open. */
export type OpenDialog =
  /** Something is being looked at; `share` of it has come over, from 0 to 1, where bytes have to travel. */
  | { readonly kind: 'looking'; readonly name: string; readonly share: number | null }
  | { readonly kind: 'refused'; readonly name: string; readonly refusal: Refusal }
  | { readonly kind: 'browse'; readonly what: Choosing }
  | { readonly kind: 'course-folder'; readonly found: Extract<Found, { kind: 'course-folder' }> }
  /** A file that is to become a course swarm. */
  | { readonly kind: 'file'; readonly found: Extract<Found, { kind: 'file' }> }
  | { readonly kind: 'share'; readonly offer: ShareOffer }
  /** A share's link, large. */
  | { readonly kind: 'link'; readonly swarm: string }
  /** A magnet link to be fetched; empty when it is still to be typed. */
  | { readonly kind: 'magnet'; readonly link: string }
  | { readonly kind: 'torrent'; readonly found: Extract<Found, { kind: 'torrent' }> }
  | { readonly kind: 'add-machine' }
  | { readonly kind: 'nothing'; readonly found: Extract<Found, { kind: 'nothing' }> }
  | { readonly kind: 'demo' }
  | { readonly kind: 'remove'; readonly swarm: SwarmSummary }
  | { readonly kind: 'palette' }
  | { readonly kind: 'keys' };

/** Files and folders that are to be shared, before they are. */
export interface ShareOffer {
  readonly places: readonly Place[];
  /** Of all of them; null where it was not counted. */
  readonly size: number | null;
  readonly fileCount: number | null;
  readonly suggestedPieceSize: number | null;
  /** A single file, of which a course swarm can be made instead. */
  readonly courseFile: Extract<Found, { kind: 'file' }> | null;
  /** The app made a copy of what was dropped, because a browser does not tell where it lies. */
  readonly isCopy: boolean;
}

/** Something that happened and needs no answer. */
export interface Toast {
  readonly id: number;
  readonly tone: 'info' | 'error';
  readonly title: string;
  readonly problems: readonly string[];
}

/** What the swarm page lends to the palette and the menu while it is shown. */
export interface SwarmPageHandle {
  /** Marks a piece and brings it into sight. */
  goToPiece(piece: number): void;
}

export interface AppState {
  readonly bridge: Bridge;
  readonly connection: 'open' | 'lost';
  /** Null until the app has answered. */
  readonly about: About | null;
  readonly home: HomeView | null;
  readonly settings: Settings | null;
  /** What others in the room share; null until the app has said so, or where it cannot. */
  readonly nearby: NearbyView | null;
  /** What is looked for among the shares of Home, and how they stand. */
  readonly shareListing: ShareListing;
  /** The share that was made here last, whose link is shown until it is dismissed. */
  readonly fresh: string | null;
  readonly route: Route;
  readonly dialog: OpenDialog | null;
  readonly toasts: readonly Toast[];
  /** Those of Home's notices that the user has seen. */
  readonly dismissed: readonly string[];
  /** Presentation mode: no frame, large type. */
  readonly presenting: boolean;
  readonly theme: 'light' | 'dark';
  readonly swarmPage: SwarmPageHandle | null;
  /** The lab that is planned; outlives its page. */
  readonly lab: LabStore;

  go(route: Route): void;
  openDialog(dialog: OpenDialog): void;
  /** Closes what is open; with an argument, only when it is still that. */
  closeDialog(dialog?: OpenDialog): void;
  toast(toast: Omit<Toast, 'id'>): void;
  dropToast(id: number): void;
  dismissNotice(notice: string): void;
  listShares(change: Partial<ShareListing>): void;
  /** Shows the link of a share that was just made; null: no longer. */
  setFresh(swarm: string | null): void;
  setPresenting(presenting: boolean): void;
  /** Called by the swarm page when it appears (and with null when it goes). */
  lendSwarmPage(handle: SwarmPageHandle | null): void;
  toggleTheme(): void;
  /** Saves at once; the screen shows the change before the app has answered. @throws RefusedError */
  changeSettings(patch: SettingsPatch): Promise<void>;
}

export type AppStore = StoreApi<AppState>;

const mostToasts = 4;

/** What belongs to the window: its address and its colours. Tests bring their own. */
export interface Surroundings {
  readonly hash: string;
  readonly prefersDark: boolean;
  setHash(hash: string): void;
  /** Where the plan of a lab is kept for the next time. */
  readonly memory?: Memory;
}

export function createAppStore(bridge: Bridge, surroundings: Surroundings): AppStore {
  let lastToast = 0;
  return createStore<AppState>()((set, get) => ({
    bridge,
    connection: 'open',
    about: null,
    home: null,
    settings: null,
    nearby: null,
    shareListing: { find: '', order: 'queue' },
    fresh: null,
    route: parseRoute(surroundings.hash),
    dialog: null,
    toasts: [],
    dismissed: [],
    presenting: false,
    theme: surroundings.prefersDark ? 'dark' : 'light',
    swarmPage: null,
    lab: createLabStore(surroundings.memory),

    go(route) {
      surroundings.setHash(hrefOf(route));
      set(arriveAt(route));
    },
    openDialog(dialog) {
      set({ dialog });
    },
    closeDialog(dialog) {
      if (dialog === undefined || get().dialog === dialog) set({ dialog: null });
    },
    toast(toast) {
      lastToast += 1;
      const toasts = [
        ...get().toasts.filter(other => other.title !== toast.title),
        { ...toast, id: lastToast },
      ];
      set({ toasts: toasts.slice(-mostToasts) });
    },
    dropToast(id) {
      set({ toasts: get().toasts.filter(toast => toast.id !== id) });
    },
    dismissNotice(notice) {
      set({ dismissed: [...get().dismissed, notice] });
    },
    listShares(change) {
      set({ shareListing: { ...get().shareListing, ...change } });
    },
    setFresh(fresh) {
      set({ fresh });
      if (fresh !== null) get().listShares({ find: '' });
    },
    setPresenting(presenting) {
      set({ presenting });
    },
    lendSwarmPage(swarmPage) {
      set({ swarmPage });
    },
    toggleTheme() {
      const theme = get().theme === 'dark' ? 'light' : 'dark';
      set({ theme });
      get().changeSettings({ theme }).catch(toastOf(get().toast));
    },
    async changeSettings(patch) {
      const before = get().settings;
      if (before !== null) set({ settings: { ...before, ...patch } as Settings });
      try {
        set({ settings: await bridge.ask('changeSettings', patch) });
      } catch (error) {
        set({ settings: before });
        throw error;
      }
    },
  }));
}

/** Another page ends presentation mode, which belongs to the swarm page. */
export function arriveAt(route: Route): Partial<AppState> {
  return route.page === 'swarm' ? { route } : { route, presenting: false };
}

/** The theme that a setting and the system's preference make. */
export function themeOf(setting: Settings['theme'] | undefined, prefersDark: boolean): 'light' | 'dark' {
  if (setting === 'light' || setting === 'dark') return setting;
  return prefersDark ? 'dark' : 'light';
}

/** What was refused, as something to show; whatever else went wrong is a failure. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof RefusedError) return error.refusal;
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'failed', message, problems: [] };
}

/** Shows what went wrong where no dialog is open to show it. */
export function toastOf(toast: AppState['toast']): (error: unknown) => void {
  return error => {
    const { message, problems } = refusalOf(error);
    toast({ tone: 'error', title: message, problems });
  };
}

/** Of swarms that are as they were, the same objects: their rows need not be drawn again. */
function withSameSwarms(home: HomeView, before: HomeView | null): HomeView {
  if (before === null) return home;
  const known = new Map(before.swarms.map(swarm => [swarm.swarm, swarm]));
  const swarms = home.swarms.map(swarm => {
    const earlier = known.get(swarm.swarm);
    return earlier !== undefined && JSON.stringify(earlier) === JSON.stringify(swarm) ? earlier : swarm;
  });
  return { ...home, swarms };
}

/** Keeps the store in step with the app, until the function it returns is called. */
export function followApp(store: AppStore): () => void {
  const { bridge } = store.getState();
  const ends = [
    bridge.onConnection(connection => {
      store.setState({ connection });
      if (connection === 'open') {
        bridge.ask('about', {}).then(
          about => store.setState({ about }),
          () => {
            // The next connection asks again.
          },
        );
      }
    }),
    bridge.follow({ topic: 'home' }, home =>
      store.setState(({ home: before }) => ({ home: withSameSwarms(home, before) })),
    ),
    bridge.follow({ topic: 'settings' }, settings => store.setState({ settings })),
    // An app that cannot look round refuses, and the screen says that nobody is seen.
    bridge.follow({ topic: 'nearby' }, nearby => store.setState({ nearby })),
  ];
  return () => {
    for (const end of ends) end();
  };
}

const AppContext = createContext<AppStore | null>(null);

export const AppProvider = AppContext.Provider;

/** The store itself, for what happens later. */
export function useAppStore(): AppStore {
  const store = useContext(AppContext);
  if (store === null) throw new Error('There is no AppProvider around this component.');
  return store;
}

/** Whether a folder can be shown in the system's file manager. */
export function canReveal({ about }: AppState): boolean {
  return about?.choosing === 'dialog';
}

/** A part of the app's state; draws again when it changes. */
export function useApp<T>(select: (state: AppState) => T): T {
  return useStore(useAppStore(), select);
}
