import { House, LayoutGrid, Network, SlidersHorizontal } from 'lucide-react';
import { memo, type ReactNode } from 'react';
import type { SwarmSummary } from '../../src-shared/contract.ts';
import { rowOf } from '../features/home/swarm-row.ts';
import { hrefOf, type Route } from '../routes.ts';
import { useApp } from '../store/app-store.ts';
import { frameTexts } from '../texts/frame.ts';
import { ProgressRing } from '../ui/progress-ring.tsx';
import styles from './side-bar.module.css';

const kinds = ['share', 'course', 'demo', 'replay'] as const;

/** The pages, and the swarms by kind, each with what it does in a few words. */
export function SideBar() {
  const route = useApp(state => state.route);
  const swarms = useApp(state => state.home?.swarms) ?? [];
  return (
    <nav className={styles.side} aria-label={frameTexts.navigation}>
      <SideLink
        to={{ page: 'home' }}
        isCurrent={route.page === 'home'}
        icon={<House size={16} aria-hidden="true" />}
        label={frameTexts.home}
      />
      <div className={styles.swarms}>
        {kinds.map(kind => {
          const group = swarms.filter(swarm => swarm.kind === kind);
          return group.length === 0 ? null : (
            <div key={kind}>
              <h2 className={styles.heading}>
                <span>{frameTexts.groups[kind]}</span>
              </h2>
              {group.map(swarm => (
                <SwarmLink
                  key={swarm.swarm}
                  swarm={swarm}
                  isCurrent={route.page === 'swarm' && route.swarm === swarm.swarm}
                />
              ))}
            </div>
          );
        })}
      </div>
      <SideLink
        to={{ page: 'lab', part: 'plan' }}
        isCurrent={route.page === 'lab'}
        icon={<LayoutGrid size={16} aria-hidden="true" />}
        label={frameTexts.lab}
      />
      <SideLink
        to={{ page: 'network' }}
        isCurrent={route.page === 'network'}
        icon={<Network size={16} aria-hidden="true" />}
        label={frameTexts.network}
      />
      <SideLink
        to={{ page: 'settings' }}
        isCurrent={route.page === 'settings'}
        icon={<SlidersHorizontal size={16} aria-hidden="true" />}
        label={frameTexts.settings}
      />
      <Foot />
    </nav>
  );
}

interface SwarmLinkProps {
  readonly swarm: SwarmSummary;
  readonly isCurrent: boolean;
}

const SwarmLink = memo(function SwarmLink({ swarm, isCurrent }: SwarmLinkProps) {
  const { share, state, short } = rowOf(swarm);
  return (
    <SideLink
      to={{ page: 'swarm', swarm: swarm.swarm, peer: null }}
      isCurrent={isCurrent}
      icon={<ProgressRing size={16} share={share} state={state} />}
      label={swarm.name}
      detail={short}
    />
  );
});

interface SideLinkProps {
  readonly to: Route;
  readonly isCurrent: boolean;
  readonly icon: ReactNode;
  readonly label: string;
  readonly detail?: string;
}

function SideLink({ to, isCurrent, icon, label, detail }: SideLinkProps) {
  return (
    <a
      className={styles.link}
      href={hrefOf(to)}
      aria-current={isCurrent ? 'page' : undefined}
      title={detail === undefined ? label : `${label}\n${detail}`}
    >
      {icon}
      <span className={styles.text}>
        <b dir="auto">{label}</b>
        {detail === undefined ? null : <small>{detail}</small>}
      </span>
    </a>
  );
}

function Foot() {
  const about = useApp(state => state.about);
  const reachesOut = useApp(state => state.settings?.dht === true || state.settings?.portMapping === true);
  if (about === null) return null;
  const computer = frameTexts.computer(about.computer, about.addresses[0]);
  return (
    <p className={styles.foot} title={about.addresses.join(', ')}>
      <span>{computer}</span>
      <span>{reachesOut ? frameTexts.reachesOut : frameTexts.localOnly}</span>
    </p>
  );
}
