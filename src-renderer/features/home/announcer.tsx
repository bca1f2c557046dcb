import { useEffect, useRef, useState } from 'react';
import type { SwarmSummary } from '../../../src-shared/contract.ts';
import { homeTexts as texts } from '../../texts/home.ts';
import { rowOf } from './swarm-row.ts';

const leastMsBetween = 5000;
const mostAtOnce = 3;

/** Reads out what swarms do when that changes, not at every figure: at most every five seconds, a few at once. */
export function LeadAnnouncer({ swarms }: { readonly swarms: readonly SwarmSummary[] }) {
  const [text, setText] = useState('');
  const newest = useRef(swarms);
  newest.current = swarms;
  useEffect(() => {
    const said = new Map(newest.current.map(swarm => [swarm.swarm, leadOf(swarm)]));
    const timer = setInterval(() => {
      const changed = newest.current.filter(swarm => said.get(swarm.swarm) !== leadOf(swarm));
      for (const swarm of changed) said.set(swarm.swarm, leadOf(swarm));
      if (changed.length > 0) setText(changed.slice(0, mostAtOnce).map(announcement).join(' '));
    }, leastMsBetween);
    return () => clearInterval(timer);
  }, []);
  return (
    <p className="only-read" aria-live="polite">
      {text}
    </p>
  );
}

/** Without its figures, which change all the time. */
function leadOf(swarm: SwarmSummary): string {
  return rowOf(swarm).sentence.lead;
}

function announcement(swarm: SwarmSummary): string {
  return texts.announce(swarm.name, leadOf(swarm));
}
