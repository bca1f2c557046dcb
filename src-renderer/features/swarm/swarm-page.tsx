import { Presentation } from 'lucide-react';
import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { Group, Panel as Part, Separator, useDefaultLayout } from 'react-resizable-panels';
import type { SwarmSummary } from '../../../src-shared/contract.ts';
import type { PeerId } from '../../../src-shared/journal.ts';
import { useApp, useAppStore } from '../../store/app-store.ts';
import { pageTexts } from '../../texts/swarm-page.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Kbd } from '../../ui/kbd.tsx';
import { Notice } from '../../ui/notice.tsx';
import { TabPanel, Tabs } from '../../ui/tabs.tsx';
import { CaptionBar } from './captions/caption-bar.tsx';
import { Choking } from './choking/choking.tsx';
import { DemoControls, StartNext } from './demo/demo-controls.tsx';
import { SwarmGraph } from './graph/swarm-graph.tsx';
import { Log } from './log/log.tsx';
import { Neighbours } from './neighbours/neighbours.tsx';
import { Pieces } from './pieces/pieces.tsx';
import { SwarmHead } from './swarm-head.tsx';
import styles from './swarm-page.module.css';
import { connectSwarm, createSwarmStore, type Deck, joinTapes, type SwarmStore } from './swarm-store.ts';
import { Transport } from './transport/transport.tsx';
import { useKeys } from './use-keys.ts';
import { SwarmContext, useMoment, useSwarm } from './use-swarm.ts';

/** On less room than this the lower panels share one place: side by side, none of them would show anything. */
const wideFrom = '(min-width: 1640px) and (min-height: 900px)';
/** Figures change at most ten times a second. */
const tickMs = 95;

export interface SwarmPageProps {
  readonly swarm: string;
  /** Undefined: whose view the app shows first. */
  readonly peer: PeerId | undefined;
}

/** One swarm, seen by one peer, at one instant: graph, neighbours, pieces, choking and log. */
export function SwarmPage({ swarm, peer }: SwarmPageProps) {
  const home = useApp(app => app.home);
  const summary = home?.swarms.find(candidate => candidate.swarm === swarm);
  if (home === null) return <p className={styles.waiting}>{pageTexts.preparing}</p>;
  if (summary === undefined) return <Gone />;
  const seenBy = peer ?? summary.firstPeer;
  return <OpenSwarm key={`${swarm} ${seenBy}`} summary={summary} peer={seenBy} />;
}

function Gone() {
  const go = useApp(app => app.go);
  return (
    <main className={styles.waiting}>
      <Notice tone="info" title={pageTexts.gone} />
      <Button onClick={() => go({ page: 'home' })}>{pageTexts.goHome}</Button>
    </main>
  );
}

function OpenSwarm({ summary, peer }: { readonly summary: SwarmSummary; readonly peer: PeerId }) {
  const app = useAppStore();
  const bridge = useApp(state => state.bridge);
  const presenting = useApp(state => state.presenting);
  const store = useMemo(
    () => createSwarmStore(summary.swarm, peer, summary.kind === 'replay' ? 'start' : 'end'),
    [summary.swarm, summary.kind, peer],
  );
  useEffect(() => connectSwarm(bridge, store), [bridge, store]);
  useEffect(() => store.getState().setPresenting(presenting), [store, presenting]);
  useJoinedTapes(store, summary);
  useTicks(store);
  useKeys(store);
  useEffect(() => {
    app.getState().lendSwarmPage({ goToPiece: piece => store.getState().focusOnPiece(piece) });
    return () => app.getState().lendSwarmPage(null);
  }, [app, store]);

  return (
    <SwarmContext value={store}>
      <main className={styles.page}>
        <SwarmHead
          summary={summary}
          onPeer={other => app.getState().go({ page: 'swarm', swarm: summary.swarm, peer: other })}
          actions={
            <>
              {summary.kind === 'demo' ? (
                <>
                  <StartNext summary={summary} />
                  <DemoControls summary={summary} />
                </>
              ) : null}
              <IconButton
                label={presenting ? pageTexts.leavePresentation : pageTexts.present}
                shortcut="P"
                onClick={() => app.getState().setPresenting(!presenting)}
              >
                <Presentation size={16} aria-hidden />
              </IconButton>
            </>
          }
        />
        <Loading />
        <Problem text={summary.peers.find(candidate => candidate.peer === peer)?.problem ?? null} />
        <Notices notices={summary.notices} />
        <Panels presenting={presenting} />
        {presenting ? <CaptionBar /> : null}
        <Transport />
      </main>
    </SwarmContext>
  );
}

/** While all flows are shown, the tapes of a demo's other peers come beside ours. */
function useJoinedTapes(store: SwarmStore, { kind, peers, swarm }: SwarmSummary): void {
  const bridge = useApp(state => state.bridge);
  const [flows, setFlows] = useState(store.getState().flows);
  useEffect(() => store.subscribe(page => setFlows(page.flows)), [store]);
  const others =
    kind === 'demo' && flows === 'all'
      ? peers.flatMap(({ peer }) => (peer === store.getState().peer ? [] : [peer])).join(' ')
      : '';
  useEffect(
    () => joinTapes(bridge, store, swarm, others === '' ? [] : others.split(' ')),
    [bridge, store, swarm, others],
  );
}

function useTicks(store: SwarmStore): void {
  useEffect(() => {
    let last = performance.now();
    let frame = requestAnimationFrame(function go(now) {
      if (now - last >= tickMs) {
        store.getState().tick(now - last);
        last = now;
      }
      frame = requestAnimationFrame(go);
    });
    return () => cancelAnimationFrame(frame);
  }, [store]);
}

/** A long past takes a moment to come over. */
function Loading() {
  const refusal = useSwarm(page => page.refusal);
  const { isLoading, loaded } = useMoment((_state, history) => history);
  if (refusal !== undefined) return <Notice tone="error" title={refusal.message} />;
  return isLoading ? <p className={styles.loading}>{pageTexts.loading(loaded)}</p> : null;
}

/** Why the peer that is looked at failed, in its own words. */
function Problem({ text }: { readonly text: string | null }) {
  if (text === null) return null;
  const [title, ...more] = text.split('\n');
  return (
    <div className={styles.notices}>
      <Notice tone="error" title={title} problems={more} />
    </div>
  );
}

/** Oddities of the configuration, or where a journal was cut off: the first, the others on demand. */
function Notices({ notices }: { readonly notices: readonly string[] }) {
  const [hidden, setHidden] = useState(0);
  const shown = notices.slice(hidden);
  const [first, ...others] = shown;
  if (first === undefined) return null;
  return (
    <div className={styles.notices}>
      <Notice
        tone="warning"
        title={first}
        actions={
          <Button size="small" onClick={() => setHidden(notices.length)}>
            {pageTexts.hide}
          </Button>
        }
      >
        {others.length === 0 ? null : (
          <details>
            <summary>{pageTexts.moreNotices(others.length)}</summary>
            <ul>
              {others.map(notice => (
                <li key={notice}>{notice}</li>
              ))}
            </ul>
          </details>
        )}
      </Notice>
    </div>
  );
}

function Panels({ presenting }: { readonly presenting: boolean }) {
  const isWide = useIsWide();
  if (presenting) return <CompactPanels key="presenting" id="presenting" graph={760} neighbours={412} />;
  return isWide ? <WidePanels /> : <CompactPanels key="compact" id="compact" graph={392} neighbours={290} />;
}

function WidePanels() {
  const rows = useKeptLayout('wide-rows', ['above', 'below']);
  const above = useKeptLayout('wide-above', ['graph', 'beside']);
  const beside = useKeptLayout('wide-beside', ['neighbours', 'pieces']);
  const below = useKeptLayout('wide-below', ['choking', 'log']);
  return (
    <Group {...rows} orientation="vertical" className={styles.panels}>
      <Part id="above" minSize={300}>
        <Group {...above} orientation="horizontal">
          <Part id="graph" defaultSize={488} minSize={320}>
            <SwarmGraph />
          </Part>
          <Handle name="graph" />
          <Part id="beside" minSize={480}>
            <Group {...beside} orientation="vertical">
              <Part id="neighbours" defaultSize="54%" minSize={120}>
                <Neighbours />
              </Part>
              <Handle name="neighbours" />
              <Part id="pieces" minSize={120}>
                <Pieces />
              </Part>
            </Group>
          </Part>
        </Group>
      </Part>
      <Handle name="upper" />
      <Part id="below" defaultSize={336} minSize={160}>
        <Group {...below} orientation="horizontal">
          <Part id="choking" minSize={420}>
            <Choking />
          </Part>
          <Handle name="choking" />
          <Part id="log" defaultSize={808} minSize={320}>
            <Log />
          </Part>
        </Group>
      </Part>
    </Group>
  );
}

interface CompactPanelsProps {
  readonly id: string;
  /** Pixels at first. */
  readonly graph: number;
  readonly neighbours: number;
}

function CompactPanels({ id, graph, neighbours }: CompactPanelsProps) {
  const columns = useKeptLayout(`${id}-columns`, ['graph', 'beside']);
  const beside = useKeptLayout(`${id}-beside`, ['neighbours', 'deck']);
  return (
    <Group {...columns} orientation="horizontal" className={styles.panels}>
      <Part id="graph" defaultSize={graph} minSize={300}>
        <SwarmGraph />
      </Part>
      <Handle name="graph" />
      <Part id="beside" minSize={480}>
        <Group {...beside} orientation="vertical">
          <Part id="neighbours" defaultSize={neighbours} minSize={120}>
            <Neighbours />
          </Part>
          <Handle name="neighbours" />
          <Part id="deck" minSize={160}>
            <DeckOfPanels />
          </Part>
        </Group>
      </Part>
    </Group>
  );
}

const deckPanels: Readonly<Record<Deck, () => ReactNode>> = {
  pieces: () => <Pieces />,
  choking: () => <Choking />,
  log: () => <Log />,
};
const decks = ['pieces', 'choking', 'log'] as const satisfies readonly Deck[];

function DeckOfPanels() {
  const deck = useSwarm(page => page.deck);
  const setDeck = useSwarm(page => page.setDeck);
  return (
    <div className={styles.deck}>
      <Tabs
        id="deck"
        label={pageTexts.deckLabel}
        tabs={decks.map((value, index) => ({
          value,
          label: pageTexts.decks[value],
          hint: <Kbd>{index + 1}</Kbd>,
        }))}
        value={deck}
        onChange={setDeck}
      />
      <TabPanel id="deck" value={deck} className={styles.deckPanel}>
        {deckPanels[deck]()}
      </TabPanel>
    </div>
  );
}

function Handle({ name }: { readonly name: string }) {
  return <Separator className={styles.handle} aria-label={pageTexts.resize(name)} />;
}

function useKeptLayout(id: string, panelIds: string[]) {
  const { defaultLayout, onLayoutChanged } = useDefaultLayout({ id, panelIds, storage: localStorage });
  return { id, onLayoutChanged, ...(defaultLayout === undefined ? {} : { defaultLayout }) };
}

function useIsWide(): boolean {
  const query = useMemo(() => matchMedia(wideFrom), []);
  const [isWide, setWide] = useState(query.matches);
  useEffect(() => {
    const onChange = () => setWide(query.matches);
    query.addEventListener('change', onChange);
    return () => query.removeEventListener('change', onChange);
  }, [query]);
  return isWide;
}
