import { lazy, Suspense, useEffect } from 'react';
import { HomePage } from './features/home/home-page.tsx';
import { LabPage } from './features/lab/lab-page.tsx';
import { NetworkPage } from './features/network/network-page.tsx';
import { SettingsPage } from './features/settings/settings-page.tsx';
import { Dialogs } from './frame/dialogs.tsx';
import { DropTarget } from './frame/drop-target.tsx';
import { Frame } from './frame/frame.tsx';
import { onKey, onPasted } from './frame/keys.ts';
import { Toasts } from './frame/toasts.tsx';
import { fulfil } from './frame/wishes.ts';
import { parseRoute, type Route } from './routes.ts';
import {
  AppProvider,
  type AppStore,
  arriveAt,
  followApp,
  themeOf,
  useApp,
  useAppStore,
} from './store/app-store.ts';
import { commonTexts } from './texts/common.ts';
import { frameTexts } from './texts/frame.ts';

const SwarmPage = lazy(async () => ({
  default: (await import('./features/swarm/swarm-page.tsx')).SwarmPage,
}));

/** The whole screen. */
export function App({ store }: { readonly store: AppStore }) {
  return (
    <AppProvider value={store}>
      <Surroundings />
      <Frame>
        <Page />
      </Frame>
      <Dialogs />
      <Toasts />
      <DropTarget />
    </AppProvider>
  );
}

function Page() {
  const route = useApp(state => state.route);
  switch (route.page) {
    case 'home':
      return <HomePage />;
    case 'settings':
      return <SettingsPage />;
    case 'network':
      return <NetworkPage />;
    case 'lab':
      return <LabPage part={route.part} />;
    case 'swarm':
      return (
        <Suspense>
          <SwarmPage key={route.swarm} swarm={route.swarm} peer={route.peer ?? undefined} />
        </Suspense>
      );
  }
}

/** Keeps the store in step with the app, and the window with the store. */
function Surroundings() {
  const store = useAppStore();
  const setting = useApp(state => state.settings?.theme);
  const theme = useApp(state => state.theme);
  const presenting = useApp(state => state.presenting);
  const title = useApp(state => titleOf(state.route, state.home?.swarms ?? []));

  useEffect(() => followApp(store), [store]);

  useEffect(() => {
    const { bridge } = store.getState();
    const onHash = () => store.setState(arriveAt(parseRoute(location.hash)));
    const onKeyDown = (event: KeyboardEvent) => onKey(store, event);
    const onPaste = (event: ClipboardEvent) => onPasted(store, event);
    const unfollow = bridge.follow({ topic: 'wishes' }, wish => fulfil(store, wish));
    window.addEventListener('hashchange', onHash);
    window.addEventListener('keydown', onKeyDown);
    window.addEventListener('paste', onPaste);
    return () => {
      unfollow();
      window.removeEventListener('hashchange', onHash);
      window.removeEventListener('keydown', onKeyDown);
      window.removeEventListener('paste', onPaste);
    };
  }, [store]);

  useEffect(() => {
    const preference = matchMedia('(prefers-color-scheme: dark)');
    const follow = () => store.setState({ theme: themeOf(setting, preference.matches) });
    follow();
    preference.addEventListener('change', follow);
    return () => preference.removeEventListener('change', follow);
  }, [store, setting]);

  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);

  useEffect(() => {
    document.documentElement.toggleAttribute('data-presenting', presenting);
  }, [presenting]);

  useEffect(() => {
    document.title = title;
  }, [title]);

  return null;
}

function titleOf(route: Route, swarms: readonly { readonly swarm: string; readonly name: string }[]): string {
  if (route.page !== 'swarm') return frameTexts.titleOf(frameTexts[route.page]);
  const name = swarms.find(({ swarm }) => swarm === route.swarm)?.name;
  return name === undefined ? commonTexts.brand : frameTexts.titleOf(name);
}
