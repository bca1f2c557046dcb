import { createWriteStream } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { formatCommon, formatPeerInfo } from '../engine/course/config.ts';
import { formatLabMark } from '../engine/lab-plan/plan-text.ts';
import { drawnCommon, drawnContent, drawnRoster, goodLogs, logText } from '../engine/testing/drawn-run.ts';
import { readFinishedRun } from './finished-run.ts';
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

async function problems(places: readonly string[], options: Partial<CollectOptions> = {}) {
  const collected = await collectLab(places, { html: { folder: join(root, 'report') }, ...options });
  if (collected.ok) throw new Error('It was collected.');
  return collected.problems;
}

const plan = [
  { name: 'Machine A', host: '10.0.0.1', peers: [{ id: '1001', port: '6001', hasFile: true }] },
  {
    name: 'Rechner Süd',
    host: '10.0.0.2',
    peers: [
      { id: '1002', port: '6002', hasFile: false },
      { id: '1003', port: '6003', hasFile: false },
    ],
  },
];

async function mark(dir: string, machine: string, itsPlan = plan): Promise<string> {
  await writeFile(join(dir, 'lab.json'), formatLabMark({ machine, plan: itsPlan }));
  return dir;
}

/** Zips folders of `root`, under their own names or at the top. */
async function zip(name: string, folders: readonly string[], atTop = false): Promise<string> {
  const path = join(root, name);
  const file = new ZipFile();
  for (const folder of folders) {
    for (const found of await readdir(join(root, folder), { recursive: true, withFileTypes: true })) {
      const below = join(found.parentPath, found.name);
      const start = (atTop ? join(root, folder) : root).length + 1;
      if (found.isFile()) file.addFile(below, below.slice(start).replaceAll('\\', '/'));
    }
  }
  file.end();
  await pipeline(file.outputStream, createWriteStream(path));
  return path;
}

describe('collectLab', () => {
  it('verifies the folders of all machines as one run', async () => {
    const folders = [await bring('machine-a', ['1001']), await bring('machine-b', ['1002', '1003'])];
    const report = await collect(folders);
    expect(report).toMatchObject({
      verdict: 'ok',
      conclusion: 'All 3 peers on 2 machines hold the same file, and nothing contradicts the protocol.',
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

  it('takes a folder that holds those of the machines, and says what in it is none', async () => {
    await bring('lab/machine-a', ['1001']);
    await bring('lab/machine-b', ['1002', '1003']);
    await mkdir(join(root, 'lab', 'photos'));
    const report = await collect([join(root, 'lab')]);
    expect(report.verdict).toBe('ok');
    expect(report.notices).toEqual([
      'lab/photos is left out: it holds no Common.cfg, PeerInfo.cfg or log itself. If the folders of machines are in it, give it by name.',
    ]);
  });

  it('takes zips of a machine, of several, and a folder of zips, and leaves nothing unpacked', async () => {
    await bring('machine-a', ['1001']);
    await bring('machine-b', ['1002']);
    await bring('machine-c', ['1003']);
    await mkdir(join(root, 'sent'));
    const places = [
      await zip('a.zip', ['machine-a'], true),
      await zip('rest.zip', ['machine-b', 'machine-c']),
    ];
    const before = (await readdir(tmpdir())).filter(name => name.startsWith('piecewise-lab-'));
    const report = await collect(places);
    expect(report.verdict).toBe('ok');
    expect(report.machines.map(({ folder }) => folder)).toEqual([
      'a.zip',
      'rest.zip/machine-b',
      'rest.zip/machine-c',
    ]);
    const after = (await readdir(tmpdir())).filter(name => name.startsWith('piecewise-lab-'));
    expect(after.filter(name => !before.includes(name))).toEqual([]);
    for (const place of places) await cp(place, join(root, 'sent', place.slice(root.length)));
    expect((await collect([join(root, 'sent')])).verdict).toBe('ok');
  });

  it('calls machines as their marks do, and misses the one that brought nothing', async () => {
    const a = await mark(await bring('x', ['1001']), 'Machine A');
    const report = await collect([a]);
    expect(report).toMatchObject({
      verdict: 'not-shown',
      isWhole: false,
      machines: [
        { name: 'Machine A', host: '10.0.0.1', folder: 'x' },
        { name: 'Rechner Süd', host: '10.0.0.2', folder: null },
      ],
    });
    expect(report.conclusion).toContain('The folder of Rechner Süd (peers 1002 and 1003) is missing');
    expect(report.findings.filter(({ verdict }) => verdict === 'contradiction')).toEqual([]);
  });

  it('does without a mark that is of no use, and says why', async () => {
    const a = await mark(await bring('a', ['1001']), 'Machine A');
    const b = await mark(await bring('b', ['1002', '1003']), 'Rechner Süd', [
      plan[0]!,
      { ...plan[1]!, peers: [{ id: '1009', port: '6002', hasFile: false }] },
    ]);
    const c = await bring('c', ['1001']);
    await writeFile(join(c, 'lab.json'), '{"machine": 7');
    const { notices, machines } = await collect([a, b, c]);
    expect(machines.map(({ name, folder }) => [name, folder])).toEqual([
      ['Machine A', 'a'],
      ['Rechner Süd', 'b'],
    ]);
    expect(notices[0]).toBe('b/lab.json is not used: its plan has other peers than PeerInfo.cfg.');
    expect(notices[1]).toMatch(/^c\/lab\.json.* It is not used\.$/);
  });

  it('reads the same folder once, and says so', async () => {
    const a = await bring('a', ['1001']);
    const b = await bring('b', ['1002', '1003']);
    await cp(b, join(root, 'again', 'b'), { recursive: true });
    const report = await collect([a, b, join(root, 'a', '..', 'b'), join(root, 'again', 'b')]);
    expect(report.verdict).toBe('ok');
    expect(report.notices).toEqual([
      'b was given twice; it is read once.',
      `again/b and ${root.split(/[\\/]/).at(-1)}/b hold the same log of peers 1002, 1003; each is used once.`,
    ]);
  });

  it('refuses folders of different runs, and names the first line that differs', async () => {
    const a = await bring('a', ['1001']);
    const b = await bring('b', ['1002', '1003']);
    await writeFile(join(b, 'Common.cfg'), formatCommon({ ...drawnCommon, pieceSize: 12 }));
    expect(await problems([a, b])).toEqual([
      'b/Common.cfg:6: It differs from a/Common.cfg: "PieceSize 12" here, "PieceSize 10" there. The folders are not of the same run.',
    ]);
    await bring('b', []);
    const c = await bring('c', ['1003']);
    await writeFile(join(c, 'log_peer_1003.log'), 'another log');
    expect(await problems([a, b, c])).toEqual([
      'log_peer_1003.log is another in c than in b; leave out the folder that is not of this run.',
    ]);
    await expect(readdir(join(root, 'report'))).rejects.toThrow();
  });

  it('tells each place that is of no use', async () => {
    await mkdir(join(root, 'empty'));
    await writeFile(join(root, 'notes.txt'), 'no zip');
    expect(await problems([join(root, 'empty'), join(root, 'nowhere'), join(root, 'notes.txt')])).toEqual([
      `${join(root, 'empty')} is no folder of a lab: neither it nor any folder or zip in it holds Common.cfg, PeerInfo.cfg or a log.`,
      `${join(root, 'nowhere')} does not exist; it was moved or deleted.`,
      'notes.txt is neither a folder nor a whole zip.',
    ]);
  });

  it('makes a report of what the others brought when one zip of a folder is of no use', async () => {
    await bring('lab/machine-a', ['1001']);
    await writeFile(join(root, 'lab', 'machine-b.zip'), 'damaged');
    const { notices, isWhole } = await collect([join(root, 'lab')]);
    expect(notices).toEqual(['machine-b.zip is neither a folder nor a whole zip. It is left out.']);
    expect(isWhole).toBe(false);
    await rm(join(root, 'lab', 'machine-a'), { recursive: true });
    expect((await problems([join(root, 'lab')])).join()).toMatch(
      /is no folder of a lab: .* machine-b\.zip is neither a folder nor a whole zip\./,
    );
  });

  it('is of no use without a single log', async () => {
    expect((await problems([await bring('a', [])])).slice(0, 2)).toEqual([
      "No peer's log can be read.",
      'log_peer_1001.log is in none of the folders.',
    ]);
  });

  it('names only some of many logs that are missing', async () => {
    const dir = await bring('a', []);
    const many = Array.from({ length: 200 }, (_, index) => ({
      ...drawnRoster[0]!,
      peer: String(1001 + index),
      port: 6001 + index,
    }));
    await writeFile(join(dir, 'PeerInfo.cfg'), formatPeerInfo(many));
    const told = await problems([dir]);
    expect(told).toHaveLength(12);
    expect(told.at(-1)).toBe('… and 190 more.');
  });

  it('does not follow a log that is a link, to wherever it leads', async () => {
    const a = await bring('a', ['1001']);
    const b = await bring('b', ['1002', '1003']);
    await rm(join(b, 'log_peer_1003.log'));
    await writeFile(join(root, 'secret'), 'my secret');
    await symlink(join(root, 'secret'), join(b, 'log_peer_1003.log'));
    const report = await collect([a, b], { out: join(root, 'out') });
    expect(await readdir(join(root, 'out'))).not.toContain('log_peer_1003.log');
    expect(report.notices).toContain('b/log_peer_1003.log is a link, and is not followed.');
    expect(report.isWhole).toBe(false);
    expect(await readFile(report.htmlPath, 'utf8')).not.toContain('my secret');
  });

  it('quotes the lines of each machine with its folder', async () => {
    const a = await bring('a', ['1001']);
    const b = await bring('b', ['1002', '1003']);
    const lines = goodLogs['1002']!.map(line => line.replace('has is 4', 'has is 7'));
    await writeFile(join(b, 'log_peer_1002.log'), logText('1002', lines));
    const [finding] = (await collect([a, b])).findings;
    expect(finding).toMatchObject({
      verdict: 'contradiction',
      evidence: [
        {
          file: 'b/log_peer_1002.log',
          line: 17,
          text: '2026-01-31 14:05:40: Peer 1002 has downloaded the piece 3 from 1003. Now the number of pieces it has is 7.',
        },
      ],
    });
  });

  it('never writes over a report unless it is told to', async () => {
    const folders = [await bring('a', ['1001']), await bring('b', ['1002', '1003'])];
    const first = await collect(folders);
    expect((await collect(folders)).htmlPath).toBe(join(root, 'report', 'lab-report 2.html'));
    expect((await collect(folders, { force: true })).htmlPath).toBe(first.htmlPath);
    const file = join(root, 'mine.html');
    await writeFile(file, 'mine');
    expect(await problems(folders, { html: { file } })).toEqual([
      `${file} is already there; --force replaces it.`,
    ]);
    expect(await readFile(file, 'utf8')).toBe('mine');
    await collect(folders, { html: { file }, force: true });
    expect(await readFile(file, 'utf8')).toMatch(/^<!doctype html>/);
  });

  it('copies logs and configuration into one folder that can be verified again', async () => {
    await bring('b', ['1002', '1003']);
    const folders = [await bring('a', ['1001']), await zip('b.zip', ['b'])];
    const out = join(root, 'whole');
    await collect(folders, { out });
    expect((await readdir(out)).sort()).toEqual([
      'Common.cfg',
      'PeerInfo.cfg',
      'log_peer_1001.log',
      'log_peer_1002.log',
      'log_peer_1003.log',
    ]);
    expect(await readFinishedRun(out)).toMatchObject({ ok: true });
    expect(await problems(folders, { out })).toEqual([
      `The folder ${out} is not empty; --force replaces the files of the same names in it.`,
    ]);
    await writeFile(join(out, 'log_peer_1001.log'), 'old');
    await collect(folders, { out, force: true });
    expect(await readFile(join(out, 'log_peer_1001.log'), 'utf8')).toBe(logText('1001', goodLogs['1001']!));
  });
});
