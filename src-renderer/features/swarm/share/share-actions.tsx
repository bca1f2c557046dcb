import { Ellipsis, Link, Pause, Play, QrCode } from 'lucide-react';
import type { SwarmSummary } from '../../../../src-shared/contract.ts';
import { useAppStore } from '../../../store/app-store.ts';
import { homeTexts } from '../../../texts/home.ts';
import { sharePageTexts } from '../../../texts/share-page.ts';
import { sharesTexts } from '../../../texts/shares.ts';
import { Button } from '../../../ui/button.tsx';
import { Menu } from '../../../ui/menu.tsx';
import { canResume, copyLink, togglePause } from '../../shares/actions.ts';
import { shareMenuItems } from '../../shares/share-menu.tsx';

/** What is done with a share from its page: the most frequent as buttons, the rest in a menu. */
export function ShareActions({ swarm }: { readonly swarm: SwarmSummary }) {
  const store = useAppStore();
  const magnet = swarm.share?.magnet ?? null;
  const paused = canResume(swarm.share);
  return (
    <>
      <Button size="small" onClick={() => togglePause(store, swarm)}>
        {paused ? <Play size={14} aria-hidden="true" /> : <Pause size={14} aria-hidden="true" />}
        {paused ? sharePageTexts.resume : sharePageTexts.pause}
      </Button>
      <Button
        size="small"
        disabled={magnet === null}
        onClick={() => magnet !== null && copyLink(store, magnet)}
      >
        <Link size={14} aria-hidden="true" /> {sharesTexts.link.copy}
      </Button>
      <Button
        size="small"
        disabled={magnet === null}
        onClick={() => store.getState().openDialog({ kind: 'link', swarm: swarm.swarm })}
      >
        <QrCode size={14} aria-hidden="true" /> {sharesTexts.link.shortShow}
      </Button>
      <Menu
        label={homeTexts.more(swarm.name)}
        icon={<Ellipsis size={16} aria-hidden="true" />}
        items={shareMenuItems(store, swarm)}
      />
    </>
  );
}
