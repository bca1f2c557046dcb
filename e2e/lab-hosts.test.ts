import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { checks } from '../src-main/engine/course/findings.ts';
import { classmate, python } from './classmate/python.ts';
import { whyNoLongCables, whyNoNamespaces } from './network-namespaces.ts';
import { hosts, it } from './three-hosts.ts';

/**
 * A whole lab on three hosts, each a network namespace with a folder of its own: plan, folders, each host's own start
 * script, the same file everywhere, a green report. They mostly wait, so they do it at the same time.
 */

const reason = whyNoNamespaces();
const noLongCables = reason ?? whyNoLongCables();

describe
  .skipIf(reason !== undefined)
  .concurrent(`a lab on three hosts${reason ? ` (not here: ${reason})` : ''}`, { timeout: 300_000 }, () => {
    it('finishes although a host is a minute late', async ({ lab }) => {
      await lab.build({ fileSize: '300kB' });
      const early = [lab.start('a'), lab.start('b')];
      await wait(60_000);
      await lab.logSays('b', '1003', /downloaded the complete file/);
      await lab.expectFinished([...early, lab.start('c')]);
      await lab.collect();
    });

    it('goes from its plan to a report in which all is in order', async ({ lab }) => {
      await lab.build({ fileSize: '3MB' });
      await lab.expectFinished(hosts.map(host => lab.start(host)));
      const report = await lab.collect();
      const odd = report.findings.filter(({ verdict }) => verdict !== 'ok' && verdict !== 'not-shown');
      expect(odd).toEqual([]);
      const shown = report.findings.filter(({ verdict }) => verdict === 'ok').map(({ check }) => check);
      expect(shown.toSorted()).toEqual(checks.toSorted());
      expect(report.machines.map(({ name, peers }) => [name, peers])).toEqual([
        ['Machine A', ['1001']],
        ['Machine B', ['1002', '1003']],
        ['Machine C', ['1004', '1005']],
      ]);
    });

    it.skipIf(noLongCables !== undefined)(
      `finishes where cables delay by 20 ms and lose 1 %${noLongCables ? ` (not here: ${noLongCables})` : ''}`,
      async ({ lab }) => {
        await lab.build({ fileSize: '2MB' });
        for (const host of hosts) await lab.network.stretchCable(host, 20, 1);
        expect(await lab.msToConnect('b', 'a')).toBeGreaterThanOrEqual(40);
        await lab.expectFinished(hosts.map(host => lab.start(host)));
        await lab.collect();
      },
    );

    it('finishes although a host is unplugged for 10 s in the middle of it', async ({ lab }) => {
      await lab.build({ fileSize: '3MB' });
      const scripts = hosts.map(host => lab.start(host));
      await lab.logSays('b', '1002', /Now the number of pieces it has is 20\./);
      lab.network.setCable('b', 'down');
      await wait(10_000);
      expect(await lab.logOf('b', '1002')).not.toMatch(/complete file/);
      lab.network.setCable('b', 'up');
      await lab.expectFinished(scripts);
      await lab.collect();
    });

    it.skipIf(python === undefined).for([
      ['one host runs', ['b']],
      ['all but the seed’s run', ['b', 'c']],
      ['the seed’s runs', ['a']],
    ] as const)(
      'finishes where %s classmates’ peers, which wait for nobody, started from the last to the first',
      async ([, theirs], { lab }) => {
        const command = `${python} '${classmate}'`;
        await lab.build({
          fileSize: '1MB',
          commands: Object.fromEntries(theirs.map(host => [host, command])),
        });
        const scripts = [];
        for (const host of hosts.toReversed()) {
          const waits = (theirs as readonly string[]).includes(host);
          const script = lab.start(host, ...(waits ? ['--wait', 'port'] : []));
          scripts.push(script);
          if (waits && host !== 'a') await script.says(/^Waiting for peer 1001 of Machine A/);
        }
        await lab.expectFinished(scripts);
        await lab.collect();
      },
    );
  });
