import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatCommon, formatPeerInfo } from '../engine/course/config.ts';
import { drawnCommon, drawnContent, drawnRoster, goodLogs, logText } from '../engine/testing/drawn-run.ts';
import { type CollectOptions, collectLab } from './lab-collection.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lab-collection-'));
});

afterEach(() => rm(root, { recursive: true }));

/** The folder that a machine brings back, with the logs and files of its peers. */
async function bring(name: string, peers: readonly string[]): Promise<string> {
  const dir = join(root, name);
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'Common.cfg'), formatCommon(drawnCommon));
  await writeFile(join(dir, 'PeerInfo.cfg'), formatPeerInfo(drawnRoster));
  for (const peer of peers) {
    await writeFile(join(dir, `log_peer_${peer}.log`), logText(peer, goodLogs[peer]!));
    await mkdir(join(dir, `peer_${peer}`), { recursive: true });
    await writeFile(join(dir, `peer_${peer}`, 'thefile'), drawnContent);
  }
  return dir;
}

async function collect(places: readonly string[], options: Partial<CollectOptions> = {}) {
  const collected = await collectLab(places, { html: { folder: join(root, 'report') }, ...options });
  if (!collected.ok) throw new Error(collected.problems.join('\n'));
  return collected.report;
}

describe('collectLab', () => {
  it('verifies the folders of all machines as one run', async () => {
    const folders = [await bring('machine-a', ['1001']), await bring('machine-b', ['1002', '1003'])];
    const report = await collect(folders);
    expect(report).toMatchObject({
      verdict: 'ok',
      conclusion: 'All of 3 peers on 2 machines hold the same file, and nothing contradicts the protocol.',
      isWhole: true,
      notices: [],
      ran: { from: '2026-01-31 14:05:00', to: '2026-01-31 14:06:00' },
      machines: [
        { name: 'machine-a', peers: ['1001'], folder: 'machine-a', clockAheadMs: 0 },
        { name: 'machine-b', peers: ['1002', '1003'], folder: 'machine-b', clockAheadMs: 0 },
      ],
      htmlPath: join(root, 'report', 'lab-report.html'),
    });
    expect(await readFile(report.htmlPath, 'utf8')).toContain('machine-b');
  });
});
