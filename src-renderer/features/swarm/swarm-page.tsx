import { Presentation } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import type { SwarmSummary } from '../../../src-shared/contract.ts';
import type { PeerId } from '../../../src-shared/journal.ts';
import { useApp, useAppStore } from '../../store/app-store.ts';
import { pageTexts } from '../../texts/swarm-page.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { CaptionBar } from './captions/caption-bar.tsx';
import { DemoControls, StartNext } from './demo/demo-controls.tsx';
import { Panels, PartSwitches, useParts } from './panels.tsx';
import { PeerNamesProvider } from './peer-names.tsx';
import { ShareActions } from './share/share-actions.tsx';
import { ShareTabs } from './share/share-tabs.tsx';
import { ShareProvider } from './share/use-share.tsx';
import { SwarmHead } from './swarm-head.tsx';
import styles from './swarm-page.module.css';
import { connectSwarm, createSwarmStore, joinTapes, type SwarmStore } from './swarm-store.ts';
import { Transport } from './transport/transport.tsx';
import { useKeys } from './use-keys.ts';
import { SwarmContext, useMoment, useSwarm } from './use-swarm.ts';

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
  const isShare = summary.kind === 'share';
  const store = useMemo(
    () => createSwarmStore(summary.swarm, peer, summary.kind === 'replay' ? 'start' : 'end'),
    [summary.swarm, summary.kind, peer],
  );
  useEffect(() => connectSwarm(bridge, store), [bridge, store]);
  useEffect(() => store.getState().setPresenting(presenting), [store, presenting]);
  const [parts, togglePart] = useParts();
  useJoinedTapes(store, summary);
  useTicks(store);
  useKeys(store, isShare);
  useEffect(() => {
    app.getState().lendSwarmPage({ goToPiece: piece => store.getState().focusOnPiece(piece) });
    return () => app.getState().lendSwarmPage(null);
  }, [app, store]);

  return (
    <SwarmContext value={store}>
      <ShareProvider swarm={isShare ? summary.swarm : undefined}>
        <PeerNamesProvider>
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
                  {isShare && !presenting ? <ShareActions swarm={summary} /> : null}
                  {presenting ? <PartSwitches parts={parts} onToggle={togglePart} /> : null}
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
            <Loading isShare={isShare} />
            <Problem text={summary.peers.find(candidate => candidate.peer === peer)?.problem ?? null} />
            <Notices notices={summary.notices} />
            {isShare && !presenting ? (
              <ShareTabs summary={summary}>
                <Panels parts={undefined} />
              </ShareTabs>
            ) : (
              <Panels parts={presenting ? parts : undefined} />
            )}
            {presenting ? <CaptionBar /> : null}
            {isShare && !presenting ? null : <Transport />}
          </main>
        </PeerNamesProvider>
      </ShareProvider>
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
function Loading({ isShare }: { readonly isShare: boolean }) {
  const refusal = useSwarm(page => page.refusal);
  const { isLoading, loaded } = useMoment((_state, history) => history);
  // A share that does not run may have no tape; its page says so where the tape would be shown.
  if (refusal !== undefined) return isShare ? null : <Notice tone="error" title={refusal.message} />;
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
