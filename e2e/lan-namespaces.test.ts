import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { NearbyView } from '../src-shared/share.ts';
import { NamespaceNetwork, whyNoNamespaces } from './network-namespaces.ts';
import type { RunningProcess } from './processes.ts';

/**
 * Two computers with a cable between them and nothing else: no internet, no router, no route for multicast. Each is a
 * network namespace, and Piecewise runs in it as on any other computer.
 */

const reason = whyNoNamespaces();

function network(name: string): NamespaceNetwork {
  const made = new NamespaceNetwork(name, { left: '10.77.1.1', right: '10.77.1.2' });
  onTestFinished(() => made.remove());
  return made;
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'piecewise-lan-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

function endedAfterwards(running: RunningProcess): RunningProcess {
  onTestFinished(async () => {
    if (running.isRunning) running.signal('SIGKILL');
    await running.ended;
  });
  return running;
}

/** Shares a file on the left computer; resolves once others can ask for it. */
async function sharing(lab: NamespaceNetwork, bytes: Buffer): Promise<RunningProcess> {
  const cwd = await folder();
  await writeFile(join(cwd, 'notes.bin'), bytes);
  const sharing = endedAfterwards(lab.start('left', ['share', 'notes.bin'], cwd));
  await sharing.says(/magnet:/);
  return sharing;
}

async function nearby(lab: NamespaceNetwork, seconds: number): Promise<NearbyView> {
  const asked = lab.start('right', ['nearby', '--json', '--for', `${seconds}`], await folder());
  await asked.endsWith(0);
  return JSON.parse(asked.raw) as NearbyView;
}

describe.skipIf(reason !== undefined)(
  `two computers on one cable${reason ? ` (not here: ${reason})` : ''}`,
  () => {
    it('see each other’s shares by name and fetch them, without set-up and without internet', async () => {
      const lab = network('fetch');
      const bytes = Buffer.alloc(3_000_000, 'abcdefg');
      const running = await sharing(lab, bytes);
      const { machines } = await nearby(lab, 4);
      expect(machines).toMatchObject([
        {
          name: hostname(),
          isTyped: false,
          problem: null,
          shares: [{ name: 'notes.bin', totalLength: bytes.length, fileCount: 1, progress: 1 }],
        },
      ]);
      expect(machines[0]!.address).toMatch(/^10\.77\.1\.1:\d+$/);
      const to = await folder();
      const fetching = lab.start('right', ['get', 'notes.bin', '--to', to], to);
      await fetching.endsWith(0);
      expect((await readFile(join(to, 'notes.bin'))).equals(bytes)).toBe(true);
      running.signal('SIGINT');
      await running.ended;
      expect((await nearby(lab, 2)).machines).toEqual([]);
    });

    it('find each other by the info-hash alone (BEP 14), where the catalogue does not get through', async () => {
      const lab = network('bep14');
      const isBlocked = ['iptables', 'ip6tables'].every(tables =>
        lab.run('right', tables, '-A', 'INPUT', '-p', 'udp', '--dport', '5353', '-j', 'DROP'),
      );
      const bytes = Buffer.alloc(1_000_000, 'xyz');
      const running = await sharing(lab, bytes);
      const [, infoHash] = await running.says(/urn:btih:([\da-f]{40})/);
      if (isBlocked) expect((await nearby(lab, 2)).machines).toEqual([]);
      const to = await folder();
      const fetching = lab.start('right', ['get', infoHash!, '--to', to], to);
      await fetching.endsWith(0);
      expect((await readFile(join(to, 'notes.bin'))).equals(bytes)).toBe(true);
    });

    it('find each other when the cable is plugged in only later', async () => {
      const lab = network('cable');
      lab.setCable('right', 'down');
      const running = await sharing(lab, Buffer.alloc(100_000, 'late'));
      const [, infoHash] = await running.says(/urn:btih:([\da-f]{40})/);
      const to = await folder();
      const fetching = endedAfterwards(lab.start('right', ['get', infoHash!, '--to', to], to));
      await fetching.says(/./);
      lab.setCable('right', 'up');
      await fetching.endsWith(0);
    });
  },
);
