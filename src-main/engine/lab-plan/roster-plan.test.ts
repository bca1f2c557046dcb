import { describe, expect, it } from 'vitest';
import { parsePeerInfo } from '../course/config.ts';
import { rosterOf } from './lab-files.ts';
import { planOfRoster } from './roster-plan.ts';
import { samplePlan } from './sample-plan.ts';

function rosterIn(...lines: readonly string[]) {
  const parsed = parsePeerInfo(lines.join('\r\n'));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

describe('the plan behind a roster', () => {
  it('has a machine for each host, with its peers in their order', () => {
    const roster = rosterIn('1001 lin-01 6008 1', '1002 lin-02 6008 0', '1003 Lin-02 6009 0');
    expect(planOfRoster(roster)).toEqual({
      plan: [
        { name: 'Machine A', host: 'lin-01', peers: [{ id: '1001', port: '6008', hasFile: true }] },
        {
          name: 'Machine B',
          host: 'lin-02',
          peers: [
            { id: '1002', port: '6008', hasFile: false },
            { id: '1003', port: '6009', hasFile: false },
          ],
        },
      ],
      keepsOrder: true,
    });
  });

  it('says when peers of one host stood apart', () => {
    const roster = rosterIn('1001 a 6008 1', '1002 b 6008 0', '1003 a 6009 0');
    const { plan, keepsOrder } = planOfRoster(roster);
    expect(plan.map(({ peers }) => peers.map(({ id }) => id))).toEqual([['1001', '1003'], ['1002']]);
    expect(keepsOrder).toBe(false);
  });

  it.each([1, 3, 40])('of a sample of %i machines is that sample', machines => {
    const plan = samplePlan(machines, '10.0.0.7');
    expect(planOfRoster(rosterOf(plan))).toEqual({ plan, keepsOrder: true });
  });
});
