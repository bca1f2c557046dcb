import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, vi } from 'vitest';
import { startDemoSwarm } from '../src-main/hosts/app/demo-swarm.ts';
import { launchNodePeer } from '../src-main/hosts/app/launch-peer.ts';
import type { ListedSwarm, RecordedPeer } from '../src-main/hosts/app/listed-swarm.ts';
import type { Question } from '../src-shared/contract.ts';
import { sha256 } from './course-folder.ts';
import { it, type Lab } from './lab.ts';
import { patienceMs } from './patience.ts';
import { cli } from './processes.ts';

/** The app's demo on real processes, and what becomes of processes whose host dies. */

const KiB = 1024;

const question: Question<'startDemo'> = {
  peers: 4,
  seeds: 1,
  late: 1,
  size: 2048 * KiB,
  pieceSize: 16 * KiB,
  preferredNeighbours: 2,
  unchokingSeconds: 1,
  optimisticSeconds: 1,
  strategy: 'random',
  uploadLimit: 256 * KiB,
};

function until(holds: () => boolean): Promise<boolean> {
  return vi.waitUntil(holds, { timeout: patienceMs, interval: 20 });
}

async function startDemo(lab: Lab): Promise<ListedSwarm> {
  const demo = await startDemoSwarm('demo', question, { launchPeer: launchNodePeer(cli) });
  lab.onEnd(() => rmSync(demo.folder, { recursive: true, force: true }));
  lab.onEnd(() => {
    for (const { peer, status } of demo.peers) if (status === 'running') demo.killPeer(peer);
  });
  return demo;
}

/** Processes that have this folder among their arguments. */
function processesIn(folder: string): string[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' });
  return stdout.split('\n').filter(args => args.includes(`--dir ${folder}`));
}

/** Bytes that a peer's neighbours got from it, from one moment of its run to another. */
function uploadedBytes({ tape }: RecordedPeer, sinceMs: number, untilMs: number): number {
  let bytes = 0;
  for (let seq = tape.countUntil(sinceMs); seq < tape.countUntil(untilMs); seq += 1) {
    const event = tape.event(seq);
    if (event.kind === 'uploaded') bytes += event.length;
  }
  return bytes;
}

describe('a demo of the app', () => {
  it('has peers that are limited, killed, started again and started late, and all complete', async ({
    lab,
    skip,
  }) => {
    skip(process.platform === 'win32', 'there is no ps on Windows');
    const demo = await startDemo(lab);
    const [seed, first, second, late] = demo.peers as [
      RecordedPeer,
      RecordedPeer,
      RecordedPeer,
      RecordedPeer,
    ];
    expect(demo.firstPeer).toBe('1002');
    await until(() => [seed, first, second].every(({ status }) => status === 'running'));
    expect(late.status).toBe('waiting');
    // The seed feeds everybody: at its limit of 256 KiB/s, and after that at one of 32 KiB/s.
    await until(() => seed.state.sent.total >= 384 * KiB);
    const limitedAt = seed.nowMs()!;
    expect(uploadedBytes(seed, limitedAt - 1_000, limitedAt)).toBeGreaterThan(128 * KiB);
    demo.limitPeer('1001', 32 * KiB);
    await until(() => seed.nowMs()! >= limitedAt + 3_000);
    expect(uploadedBytes(seed, limitedAt + 1_000, limitedAt + 3_000)).toBeLessThanOrEqual(96 * KiB);
    expect(uploadedBytes(seed, limitedAt + 1_000, limitedAt + 3_000)).toBeGreaterThan(0);

    demo.killPeer('1003');
    await until(() => second.status === 'killed');
    const { haveCount } = second.state;
    expect(haveCount).toBeGreaterThan(0);
    expect(second.nowMs()).toBeNull();
    expect(second.tape.length).toBeGreaterThan(0);
    demo.startPeer('1003');
    expect(second.edition).toBe(1);
    demo.startPeer('1004');
    for (const { peer } of demo.peers) demo.limitPeer(peer, null);
    await until(() => demo.peers.every(({ status }) => status === 'ended'));
    expect(demo.peers.map(({ state }) => state.outcome)).toEqual(Array(4).fill('complete'));
    expect(demo.peers.map(({ problem }) => problem)).toEqual(Array(4).fill(null));
    // What it had written before it was killed was not downloaded again.
    expect(second.tape.event(0)).toMatchObject({ kind: 'started', self: '1003' });
    expect(second.state.received.total).toBeLessThanOrEqual(question.size - (haveCount - 1) * 16 * KiB);

    const copies = demo.peers.map(({ peer }) =>
      sha256(readFileSync(join(demo.folder, `peer_${peer}`, demo.name))),
    );
    expect(new Set(copies).size).toBe(1);
    expect(processesIn(demo.folder)).toEqual([]);
    await demo.dispose!();
    expect(existsSync(demo.folder)).toBe(false);
  });

  it('stops all its processes within seconds, and keeps its tapes', async ({ lab, skip }) => {
    skip(process.platform === 'win32', 'there is no ps on Windows');
    const demo = await startDemo(lab);
    await until(() => demo.peers[2]!.status === 'running');
    expect(processesIn(demo.folder)).toHaveLength(3);
    await demo.stop();
    expect(processesIn(demo.folder)).toEqual([]);
    expect(demo.peers.map(({ status }) => status)).toEqual(['ended', 'ended', 'ended', 'waiting']);
    expect(demo.peers[0]!.state.outcome).toBe('interrupted');
    await demo.dispose!();
  });
});

describe('peers of a host that dies', () => {
  it('end, and tidily', async ({ lab, skip }) => {
    skip(process.platform === 'win32', 'there is no ps on Windows');
    const folder = mkdtempSync(join(tmpdir(), 'piecewise-e2e-'));
    lab.onEnd(() => rmSync(folder, { recursive: true, force: true }));
    const demo = lab.command(['demo', '--dir', folder, '--peers', '3', '--size', '2MiB']);
    await demo.says(/1003 [1-9]\d* %/);
    expect(processesIn(folder).filter(args => args.includes(' peer '))).toHaveLength(3);
    demo.signal('SIGKILL');
    await demo.endsWith('SIGKILL');
    await until(() => processesIn(folder).length === 0);
    // A killed process leaves its lock behind; one that ends tidily does not.
    expect(existsSync(join(folder, 'peer_1003', 'demo.bin.lock'))).toBe(false);
    expect(existsSync(join(folder, 'peer_1003', 'demo.bin.resume'))).toBe(true);
  });
});

describe.concurrent('piecewise peer --journal -', () => {
  it('prints the journal and nothing else', async ({ lab }) => {
    const folder = await lab.folder({ roster: '1001* 1002' });
    const [seed, peer] = [lab.peer(folder, '1001'), lab.peer(folder, '1002', '--journal', '-')];
    await Promise.all([seed.endsWith(0), peer.endsWith(0)]);
    const journal = peer.out.map(line => JSON.parse(line));
    expect(journal.map(event => event.seq)).toEqual(journal.map((_, index) => index));
    expect(journal[0]).toMatchObject({ kind: 'started', self: '1002', pieceCount: folder.pieceCount });
    expect(journal.filter(({ kind }) => kind === 'piece-completed')).toHaveLength(folder.pieceCount);
    expect(journal.at(-1)).toMatchObject({ kind: 'ended', outcome: 'complete' });
    expect(folder.files()).not.toContain('-');
  });

  it('does not go together with --json', async ({ lab }) => {
    const folder = await lab.folder({ roster: '1001* 1002' });
    const peer = lab.peer(folder, '1001', '--journal', '-', '--json');
    await peer.endsWith(2);
    expect(peer.out).toEqual([]);
    expect(peer.err).toEqual(['--json and --journal - both write to standard output; choose one of them.']);
  });
});
