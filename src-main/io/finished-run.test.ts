import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatCommon, formatPeerInfo } from '../engine/course/config.ts';
import type { Finding } from '../engine/course/findings.ts';
import type { FinishedRun } from '../engine/course/finished-run.ts';
import { verifyRun } from '../engine/course/verify.ts';
import { drawnCommon, drawnContent, drawnRoster, goodLogs, logText } from '../engine/testing/drawn-run.ts';
import { quoteEvidence, type ReadRun, readFinishedRun } from './finished-run.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'finished-run-'));
  await writeFile(join(dir, 'Common.cfg'), formatCommon(drawnCommon));
  await writeFile(join(dir, 'PeerInfo.cfg'), formatPeerInfo(drawnRoster));
  for (const [peer, lines] of Object.entries(goodLogs)) {
    await writeFile(join(dir, `log_peer_${peer}.log`), logText(peer, lines));
    await mkdir(join(dir, `peer_${peer}`));
    await writeFile(join(dir, `peer_${peer}`, 'thefile'), drawnContent);
  }
});

afterEach(() => rm(dir, { recursive: true }));

async function readRun(): Promise<FinishedRun> {
  return (await read()).run;
}

async function read(): Promise<Extract<ReadRun, { ok: true }>> {
  const found = await readFinishedRun(dir);
  if (!found.ok) throw new Error(found.problems.join('\n'));
  return found;
}

async function quotedFindings(): Promise<Finding[]> {
  const { run, places } = await read();
  return quoteEvidence(places, verifyRun(run));
}

async function problems(): Promise<readonly string[]> {
  const read = await readFinishedRun(dir);
  return read.ok ? [] : read.problems;
}

describe('readFinishedRun', () => {
  it('reads the configuration, the logs and the files', async () => {
    const run = await readRun();
    expect(run.common).toEqual(drawnCommon);
    expect(run.oneMachine).toBe(true);
    expect([...run.logs].map(([peer, { lines }]) => [peer, lines])).toEqual(
      Object.entries(goodLogs).map(([peer, lines]) => [peer, lines.length]),
    );
    expect(run.files.get('1002')).toEqual({
      state: 'present',
      path: 'peer_1002/thefile',
      bytes: 35,
      sha256: createHash('sha256').update(drawnContent).digest('hex'),
    });
    expect(verifyRun(run).filter(({ verdict }) => verdict !== 'ok')).toEqual([]);
  });

  it('finds files in folders named as in the samples of the course', async () => {
    await rename(join(dir, 'peer_1001'), join(dir, '1001'));
    expect((await readRun()).files.get('1001')).toMatchObject({ state: 'present', path: '1001/thefile' });
  });

  it('tells files that are missing, of the wrong size or no files', async () => {
    await rm(join(dir, 'peer_1001'), { recursive: true });
    await writeFile(join(dir, 'peer_1002', 'thefile'), 'abc');
    await rm(join(dir, 'peer_1003', 'thefile'));
    await mkdir(join(dir, 'peer_1003', 'thefile'));
    expect([...(await readRun()).files.values()]).toEqual([
      { state: 'missing', path: 'peer_1001/thefile', folder: false },
      { state: 'wrong-size', path: 'peer_1002/thefile', bytes: 3 },
      {
        state: 'unreadable',
        path: 'peer_1003/thefile',
        fault: 'cannot be read: it is not an ordinary file',
      },
    ]);
    await rm(join(dir, 'peer_1003', 'thefile'), { recursive: true });
    expect((await readRun()).files.get('1003')).toMatchObject({ state: 'missing', folder: true });
  });

  it('tells logs that are missing or no files', async () => {
    await rm(join(dir, 'log_peer_1002.log'));
    await rm(join(dir, 'log_peer_1003.log'));
    await mkdir(join(dir, 'log_peer_1003.log'));
    expect((await readRun()).logFaults).toEqual(
      new Map([
        ['1002', 'is missing'],
        ['1003', 'cannot be read: it is not an ordinary file'],
      ]),
    );
  });

  it('is no run without configuration, or with one that is wrong', async () => {
    await writeFile(join(dir, 'PeerInfo.cfg'), '1001 localhost 6001 1\n1001 localhost 6002 0');
    expect((await problems()).join()).toMatch(/^PeerInfo\.cfg:2: /);
    await rm(join(dir, 'Common.cfg'));
    expect((await problems()).join()).toMatch(/Common\.cfg.*PeerInfo\.cfg/);
    await rm(dir, { recursive: true });
    expect((await problems()).join()).toMatch(/Common\.cfg.*PeerInfo\.cfg/);
    await mkdir(dir);
  });

  it('is no run without a single log', async () => {
    for (const peer of Object.keys(goodLogs)) await rm(join(dir, `log_peer_${peer}.log`));
    expect(await problems()).toEqual([
      `No peer's log can be read in ${dir}.`,
      'log_peer_1001.log is missing.',
      'log_peer_1002.log is missing.',
      'log_peer_1003.log is missing.',
    ]);
  });

  it('survives logs of bytes that are no text, and a line of ten megabytes', async () => {
    const noise = Buffer.alloc(300_000, 0).map((_, index) => (index * 7919 + (index >> 5)) % 256);
    await writeFile(join(dir, 'log_peer_1001.log'), noise);
    await writeFile(
      join(dir, 'log_peer_1003.log'),
      `${'9'.repeat(10_000_000)}\n${logText('1003', ['0 is choked by 1001.'])}`,
    );
    const run = await readRun();
    expect(run.logs.get('1001')!.unread.count).toBeGreaterThan(0);
    expect(run.logs.get('1003')).toMatchObject({ lines: 2, unread: { count: 1, lines: [1] } });
    const findings = await quotedFindings();
    const quotes = findings.flatMap(({ evidence }) => evidence.map(({ text }) => text!));
    expect(quotes.length).toBeGreaterThan(0);
    for (const quote of quotes) expect(quote).toMatch(/^[^\p{Cc}]{0,301}$/u);
  });
});

describe('quoteEvidence', () => {
  it('puts the lines of the logs beside the findings', async () => {
    const log = join(dir, 'log_peer_1001.log');
    const text = await readFile(log, 'utf8');
    await writeFile(log, text.replace('is connected from Peer 1002', 'makes a connection to Peer 1002'));
    const [finding] = await quotedFindings();
    expect(finding).toMatchObject({
      verdict: 'contradiction',
      evidence: [
        {
          file: 'log_peer_1001.log',
          line: 1,
          text: '2026-01-31 14:05:00: Peer 1001 makes a connection to Peer 1002.',
        },
      ],
    });
  });

  it('leaves findings without their lines when the log is gone', async () => {
    const evidence = [{ file: 'log_peer_9.log', line: 3 }];
    const [finding] = await quoteEvidence((await read()).places, [
      { check: 'logs', verdict: 'warning', peers: ['9'], text: 'odd', evidence },
    ]);
    expect(finding?.evidence).toEqual([{ file: 'log_peer_9.log', line: 3, text: '' }]);
  });
});
