import { lookup as systemLookup } from 'node:dns/promises';
import type { LabPlan, PlanProblem } from '../../src-shared/lab.ts';
import { ipBytes } from '../engine/bittorrent/compact.ts';

/** Whether the names in a plan lead anywhere, as far as this computer can tell. */

export interface HostLookup {
  /** Rejects when the name is unknown. */
  readonly lookup?: (host: string) => Promise<unknown>;
  /** Nobody waits longer than this for all of them. */
  readonly withinMs?: number;
}

/**
 * A notice for each machine whose host is a name that cannot be resolved. It is no error: the computer that checks a
 * plan need not be in the lab. Never rejects.
 */
export async function checkHosts(
  plan: LabPlan,
  { lookup = host => systemLookup(host), withinMs = 3000 }: HostLookup = {},
): Promise<PlanProblem[]> {
  const names = new Set(plan.map(({ host }) => host).filter(isName));
  const faults = new Map<string, string>();
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>(resolve => {
    timer = setTimeout(resolve, withinMs);
  });
  for (const name of names) faults.set(name, `was not resolved within ${withinMs / 1000} s`);
  const asked = [...names].map(async name => {
    try {
      await lookup(name);
      faults.delete(name);
    } catch {
      faults.set(name, 'cannot be resolved by this computer');
    }
  });
  await Promise.race([Promise.all(asked), deadline]);
  clearTimeout(timer);
  return plan.flatMap(({ host }, machine) => {
    const fault = faults.get(host);
    if (fault === undefined) return [];
    const message = `The host name "${host}" ${fault}; if the lab's machines do not know it either, write the address.`;
    return [{ place: { machine, field: 'host' }, message, isError: false }];
  });
}

function isName(host: string): boolean {
  return host !== '' && !host.includes('%') && ipBytes(host) === undefined;
}
