import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatCommon, formatPeerInfo } from '../../engine/course/config.ts';
import { drawnCommon, drawnContent, drawnRoster, goodLogs, logText } from '../../engine/testing/drawn-run.ts';
import { verifyCommand } from './verify.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'verify-'));
  await writeFile(join(dir, 'Common.cfg'), formatCommon(drawnCommon));
  await writeFile(join(dir, 'PeerInfo.cfg'), formatPeerInfo(drawnRoster));
  for (const [peer, lines] of Object.entries(goodLogs)) {
    await writeFile(join(dir, `log_peer_${peer}.log`), logText(peer, lines));
    await mkdir(join(dir, `peer_${peer}`));
    await writeFile(join(dir, `peer_${peer}`, 'thefile'), drawnContent);
  }
});

afterEach(() => rm(dir, { recursive: true }));

async function verify(options: { json?: boolean; isTTY?: boolean; columns?: number } = {}) {
  let text = '';
  const { json = false, ...terminal } = options;
  const write = (part: string) => {
    text += part;
  };
  return { code: await verifyCommand(dir, { json }, { write, ...terminal }), text };
}

async function spoil(): Promise<void> {
  await writeFile(join(dir, 'peer_1003', 'thefile'), drawnContent.toUpperCase());
  const lines = goodLogs['1002']!.map(line => line.replace('has is 4', 'has is 7'));
  await writeFile(join(dir, 'log_peer_1002.log'), logText('1002', lines));
}

describe('verifyCommand', () => {
  it('returns 0 and a table when nothing contradicts the protocol', async () => {
    const { code, text } = await verify();
    expect(code).toBe(0);
    expect(text).toMatch(/^Peer +Role +Pieces +Time .* From$/m);
    expect(text).toMatch(/^1002 +downloader +4\/4 +40 s +1 B\/s +3 +0 +3 +1 +1001: 2, 1003: 2$/m);
    expect(text).toContain('In order');
    expect(text).toMatch(/Nothing contradicts the protocol\.\n$/);
    expect(text).not.toContain('\u001b');
  });

  it('returns 1 and shows the worst first, with the lines that show it', async () => {
    await spoil();
    const { code, text } = await verify();
    expect(code).toBe(1);
    expect(text).toContain('peer_1003/thefile differs from peer_1001/thefile.');
    expect(text).toContain('log_peer_1002.log:17: 2026-01-31 14:05:40: Peer 1002 has downloaded the piece 3');
    expect(text.indexOf('Contradicts the protocol')).toBeLessThan(text.indexOf('In order'));
    expect(text).toMatch(/\d findings contradict the protocol\.\n$/);
  });

  it('keeps quoted lines within the terminal, and paints there only', async () => {
    await spoil();
    const { text } = await verify({ isTTY: true, columns: 60 });
    expect(text).toContain('\u001b[31mContradicts the protocol\u001b[0m');
    const colourCodes = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');
    const quotes = text
      .replaceAll(colourCodes, '')
      .split('\n')
      .filter(line => line.includes('.log:'));
    expect(quotes.length).toBeGreaterThan(0);
    for (const quote of quotes) expect(quote.length).toBeLessThanOrEqual(60);
  });

  it('prints one JSON object with everything', async () => {
    await spoil();
    const { code, text } = await verify({ json: true });
    expect(code).toBe(1);
    const { ok, notices, peers, findings } = JSON.parse(text);
    expect(ok).toBe(false);
    expect(notices).toEqual([]);
    expect(peers.map(({ peer }: { peer: string }) => peer)).toEqual(['1001', '1002', '1003']);
    expect(findings[0]).toEqual({
      check: 'files',
      verdict: 'contradiction',
      peers: ['1003'],
      text: 'peer_1003/thefile differs from peer_1001/thefile.',
      evidence: [],
    });
  });

  it('returns 2 and says why when the folder is not that of a run', async () => {
    await rm(join(dir, 'Common.cfg'));
    expect(await verify()).toMatchObject({ code: 2, text: expect.stringContaining('Common.cfg') });
    const { code, text } = await verify({ json: true });
    expect(code).toBe(2);
    expect(JSON.parse(text)).toEqual({ ok: false, problems: [expect.stringContaining('Common.cfg')] });
  });
});
