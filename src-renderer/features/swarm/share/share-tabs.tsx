import type { ReactNode } from 'react';
import type { SwarmSummary } from '../../../../src-shared/contract.ts';
import { shareSentenceOf } from '../../../../src-shared/share-sentence.ts';
import { useAppStore } from '../../../store/app-store.ts';
import { sharePageTexts } from '../../../texts/share-page.ts';
import { Button } from '../../../ui/button.tsx';
import { EmptyState } from '../../../ui/empty-state.tsx';
import { TabPanel, Tabs } from '../../../ui/tabs.tsx';
import { canResume, togglePause } from '../../shares/actions.ts';
import type { ShareTab } from '../swarm-store.ts';
import { Transport } from '../transport/transport.tsx';
import { useSwarm } from '../use-swarm.ts';
import { Details } from './details.tsx';
import { Files } from './files.tsx';
import { Peers } from './peers.tsx';
import styles from './share-tabs.module.css';
import { Trackers } from './trackers.tsx';
import { useShare } from './use-share.tsx';

const tabs = ['swarm', 'files', 'trackers', 'peers', 'details'] as const satisfies readonly ShareTab[];

export interface ShareTabsProps {
  readonly summary: SwarmSummary;
  /** The panels of the swarm. */
  readonly children: ReactNode;
}

/** A share's page: its swarm as every swarm is shown, and beside it what only a share has. */
export function ShareTabs({ summary, children }: ShareTabsProps) {
  const tab = useSwarm(page => page.tab);
  const setTab = useSwarm(page => page.setTab);
  const hasRun = useSwarm(page => page.history.run !== undefined);
  const share = useShare();
  const { swarm } = summary;
  const counts: Partial<Record<ShareTab, number>> = {
    files: share?.files.length ?? 0,
    trackers: share?.trackers.length ?? 0,
    peers: summary.share?.peers ?? 0,
  };
  const panels: Readonly<Record<ShareTab, () => ReactNode>> = {
    swarm: () => (hasRun ? children : <NoRun summary={summary} />),
    files: () => <Files swarm={swarm} />,
    trackers: () => <Trackers swarm={swarm} />,
    peers: () => (hasRun ? <Peers swarm={swarm} /> : <NoRun summary={summary} />),
    details: () => <Details swarm={summary} />,
  };
  const isOverTime = (tab === 'swarm' || tab === 'peers' || tab === 'files') && hasRun;
  return (
    <>
      <Tabs
        id="share"
        label={sharePageTexts.tabsLabel}
        className={styles.tabs}
        tabs={tabs.map(value => ({
          value,
          label: sharePageTexts.tabs[value],
          hint: (
            <>
              {counts[value] ? (
                <small className={styles.count}>{counts[value].toLocaleString('en-US')}</small>
              ) : null}
            </>
          ),
        }))}
        value={tab}
        onChange={setTab}
      />
      <TabPanel id="share" value={tab} className={tab === 'swarm' && hasRun ? styles.panels : styles.panel}>
        {panels[tab]()}
      </TabPanel>
      {isOverTime ? <Transport /> : null}
    </>
  );
}

function NoRun({ summary }: { readonly summary: SwarmSummary }) {
  const store = useAppStore();
  const { share, peers, firstPeer } = summary;
  const situation = peers.find(({ peer }) => peer === firstPeer)?.situation ?? null;
  const { lead, rest } =
    share === null ? { lead: sharePageTexts.noRun, rest: '' } : shareSentenceOf(share, situation);
  return (
    <section className={styles.noRun}>
      <EmptyState
        title={sharePageTexts.noRun}
        actions={
          canResume(share) ? (
            <Button variant="primary" onClick={() => togglePause(store, summary)}>
              {sharePageTexts.resume}
            </Button>
          ) : undefined
        }
      >
        {lead}
        {rest}. {sharePageTexts.noRunText}
      </EmptyState>
    </section>
  );
}
