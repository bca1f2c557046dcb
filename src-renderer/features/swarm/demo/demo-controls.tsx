import { Play, SlidersHorizontal } from 'lucide-react';
import { useId } from 'react';
import type { PeerSummary, SwarmSummary } from '../../../../src-shared/contract.ts';
import { formatShortRate } from '../../../../src-shared/units.ts';
import { toastOf, useApp } from '../../../store/app-store.ts';
import { demoControlTexts } from '../../../texts/swarm-demo.ts';
import { Button } from '../../../ui/button.tsx';
import styles from './demo-controls.module.css';
import { limitChoices } from './limits.ts';

/** Slow a peer of a local demo, kill one, start one more. */
export function DemoControls({ summary }: { readonly summary: SwarmSummary }) {
  const id = useId();
  return (
    <>
      <Button size="small" popoverTarget={id}>
        <SlidersHorizontal size={14} aria-hidden />
        {demoControlTexts.open}
      </Button>
      <section id={id} popover="auto" className={styles.controls} aria-label={demoControlTexts.title}>
        <h2>{demoControlTexts.title}</h2>
        <p>{demoControlTexts.explanation}</p>
        <ul>
          {summary.peers.map(peer => (
            <PeerControls key={peer.peer} swarm={summary.swarm} peer={peer} />
          ))}
        </ul>
      </section>
    </>
  );
}

/** The first of the peers that were held back, at hand: the others cannot end without it. */
export function StartNext({ summary }: { readonly summary: SwarmSummary }) {
  const bridge = useApp(app => app.bridge);
  const toast = useApp(app => app.toast);
  const next = summary.peers.find(({ status }) => status === 'waiting');
  if (next === undefined) return null;
  const { swarm } = summary;
  return (
    <Button
      size="small"
      onClick={() => void bridge.ask('startPeer', { swarm, peer: next.peer }).catch(toastOf(toast))}
    >
      <Play size={14} aria-hidden />
      {demoControlTexts.startLabel(next.peer)}
    </Button>
  );
}

function PeerControls({ swarm, peer }: { readonly swarm: string; readonly peer: PeerSummary }) {
  const bridge = useApp(app => app.bridge);
  const toast = useApp(app => app.toast);
  const id = peer.peer;
  const isRunning = peer.status === 'running' || peer.status === 'starting';
  const have = peer.situation;
  const ask = (asked: Promise<unknown>) => void asked.catch(toastOf(toast));
  return (
    <li>
      <b>{id}</b>
      <span className={styles.status} title={peer.problem ?? undefined}>
        {demoControlTexts.statuses[peer.status]}
        {have === null ? null : `, ${Math.floor((have.haveCount / have.pieceCount) * 100)} %`}
      </span>
      <select
        aria-label={demoControlTexts.limit(id)}
        value={String(peer.uploadBytesPerSecond)}
        disabled={!isRunning}
        onChange={event => {
          const uploadBytesPerSecond = event.target.value === 'null' ? null : Number(event.target.value);
          ask(bridge.ask('limitPeer', { swarm, peer: id, uploadBytesPerSecond }));
        }}
      >
        {limitChoices(peer.uploadBytesPerSecond).map(limit => (
          <option key={limit} value={String(limit)}>
            {limit === null ? demoControlTexts.noLimit : formatShortRate(limit)}
          </option>
        ))}
      </select>
      {isRunning ? (
        <Button
          size="small"
          variant="danger"
          aria-label={demoControlTexts.killLabel(id)}
          onClick={() => ask(bridge.ask('killPeer', { swarm, peer: id }))}
        >
          {demoControlTexts.kill}
        </Button>
      ) : (
        <Button
          size="small"
          aria-label={demoControlTexts.startLabel(id)}
          onClick={() => ask(bridge.ask('startPeer', { swarm, peer: id }))}
        >
          {demoControlTexts.start}
        </Button>
      )}
    </li>
  );
}
