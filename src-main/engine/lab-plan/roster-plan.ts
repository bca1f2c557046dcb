import type { LabPlan, PlanMachine } from '../../../src-shared/lab.ts';
import type { RosterEntry } from '../course/config.ts';
import { machineLabel } from './sample-plan.ts';

export interface RosterPlan {
  readonly plan: LabPlan;
  /** Whether the order of the roster is kept; not where peers of one host do not stand together. */
  readonly keepsOrder: boolean;
}

/** The plan behind a `PeerInfo.cfg`: a machine for each host, in the order in which the hosts first come up. */
export function planOfRoster(roster: readonly Omit<RosterEntry, 'line'>[]): RosterPlan {
  const machines = new Map<string, PlanMachine>();
  for (const { peer, host, port, seed } of roster) {
    const line = { id: peer, port: String(port), hasFile: seed };
    // Names of hosts do not tell upper from lower case.
    const key = host.toLowerCase();
    const machine = machines.get(key);
    if (machine === undefined) {
      machines.set(key, { name: `Machine ${machineLabel(machines.size)}`, host, peers: [line] });
    } else machine.peers.push(line);
  }
  const plan = [...machines.values()];
  const inPlan = plan.flatMap(({ peers }) => peers.map(({ id }) => id));
  return { plan, keepsOrder: inPlan.every((id, index) => id === roster[index]?.peer) };
}
