import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatCommon, formatPeerInfo } from '../../engine/course/config.ts';
import { drawnCommon, drawnContent, drawnRoster, goodLogs, logText } from '../../engine/testing/drawn-run.ts';
import { labCollectCommand } from './lab-collect.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lab-collect-'));
  for (const [machine, peers] of [
    ['a', ['1001']],
    ['b', ['1002', '1003']],
  ] as const) {
    const dir = join(root, machine);
    await mkdir(dir);
    await writeFile(join(dir, 'Common.cfg'), formatCommon(drawnCommon));
    await writeFile(join(dir, 'PeerInfo.cfg'), formatPeerInfo(drawnRoster));
    for (const peer of peers) {
      await writeFile(join(dir, `log_peer_${peer}.log`), logText(peer, goodLogs[peer]!));
      await mkdir(join(dir, `peer_${peer}`));
      await writeFile(join(dir, `peer_${peer}`, 'thefile'), drawnContent);
    }
  }
});

afterEach(() => rm(root, { recursive: true }));

async function collect(machines: readonly string[], json = false) {
  let text = '';
  const write = (part: string) => {
    text += part;
  };
  const dirs = machines.map(machine => join(root, machine));
  const options = { json, force: true, html: join(root, 'report.html') };
  return { code: await labCollectCommand(dirs, options, { write }), text };
}

describe('labCollectCommand', () => {
  it('returns 0 when all is here and in order, with tables and the place of the report', async () => {
    const { code, text } = await collect(['a', 'b']);
    expect(code).toBe(0);
    expect(text).toMatch(/^a: 1001\nb: 1002, 1003\n\nPeer +Role/);
    expect(text).toContain('In order');
    expect(text).toMatch(/nothing contradicts the protocol\.\nReport: .*report\.html\n$/);
    expect(await readFile(join(root, 'report.html'), 'utf8')).toContain('thefile');
  });

  it('returns 1 when something contradicts', async () => {
    await writeFile(join(root, 'b', 'peer_1003', 'thefile'), drawnContent.toUpperCase());
    const { code, text } = await collect(['a', 'b']);
    expect(code).toBe(1);
    expect(text).toContain('b/peer_1003/thefile differs from a/peer_1001/thefile.');
  });

  it('returns 1 when a machine is missing, though nothing contradicts', async () => {
    const { code, text } = await collect(['a']);
    expect(code).toBe(1);
    expect(text).toContain('log_peer_1002.log is in none of the folders.');
    expect(text).toMatch(/^127\.0\.0\.1: 1002, not given$/m);
  });

  it('returns 2 and says why when the folders are of no use', async () => {
    const { code, text } = await collect(['c']);
    expect([code, text]).toEqual([2, `${join(root, 'c')} does not exist; it was moved or deleted.\n`]);
    expect(JSON.parse((await collect(['c'], true)).text)).toMatchObject({
      ok: false,
      problems: [text.trim()],
    });
  });

  it.skipIf(process.platform === 'win32')(
    'shows no name that would move the cursor of a terminal',
    async () => {
      await rename(join(root, 'b'), join(root, 'b\u001b[2J'));
      const { text } = await collect(['a', 'b\u001b[2J', 'a']);
      expect(text).toContain('b\uFFFD[2J: 1002, 1003');
      expect(text).not.toContain('\u001b');
      const { text: refusal } = await collect(['c\u001b[2J']);
      expect(refusal).not.toContain('\u001b');
    },
  );

  it('prints the report as one JSON object', async () => {
    expect(JSON.parse((await collect(['a', 'b'], true)).text)).toMatchObject({
      ok: true,
      verdict: 'ok',
      machines: [{ name: 'a' }, { name: 'b' }],
      htmlPath: join(root, 'report.html'),
    });
  });
});
