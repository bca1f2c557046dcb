import { spawnSync } from 'node:child_process';
import { describe, expect } from 'vitest';
import { expectFinished } from './finished-swarm.ts';
import { it, type Lab } from './lab.ts';
import { cli, RunningProcess } from './processes.ts';
import { Screen } from './screen.ts';

/** What people see who run it in a terminal of their own. */

const noTerminal = 'there is no `script` of util-linux here to make a terminal';
const hasScript = /util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '');

/** Runs `piecewise` in a terminal of this size; 0 × 0 is one that does not tell. */
function onTerminal(lab: Lab, columns: number, rows: number, args: readonly string[]): RunningProcess {
  const words = [process.execPath, cli, ...args].map(word => `'${word}'`).join(' ');
  const sized = `stty cols ${columns} rows ${rows}; exec ${words}`;
  return lab.watch(new RunningProcess('script', ['-qec', sized, '/dev/null']));
}

/** A picture that was drawn over and over and stands there once. */
function screenOf({ raw }: RunningProcess, columns: number, rows: number): Screen {
  const screen = new Screen(columns, rows);
  screen.write(raw);
  expect(screen.garbage).toEqual([]);
  expect(screen.rows.join('\n')).not.toMatch(/undefined|NaN|\[object/);
  expect(raw.split('\x1b[J').length, 'it was drawn more than once').toBeGreaterThan(5);
  return screen;
}

describe.concurrent('on a terminal', () => {
  it('a peer draws one picture of its swarm, in place', async ({ lab, skip }) => {
    skip(!hasScript, noTerminal);
    const folder = await lab.folder({ roster: '1001* 1002', fileSize: 500_000 });
    const seed = lab.peer(folder, '1001', '--upload-limit', '250KiB');
    const peer = onTerminal(lab, 100, 30, ['peer', '1002', '--dir', folder.dir]);
    await Promise.all([seed, peer].map(each => each.endsWith(0)));
    expectFinished(folder);
    const { rows } = screenOf(peer, 100, 30);
    const head = rows.findIndex(row => row.startsWith('peer 1002  TheFile.dat  488.3 KiB'));
    expect(rows.slice(head + 1, head + 3)).toEqual([
      expect.stringMatching(/^█{24} 100 % {2}31 of 31 pieces {2}down .*\/s {2}up 0 B\/s/),
      expect.stringMatching(/^ {2}1001 {2}complete/),
    ]);
    expect(rows.filter(row => /^peer 1002 {2}|█/.test(row))).toHaveLength(2);
    expect(rows.filter(row => row.includes('we have the complete file'))).toHaveLength(1);
    // In between it showed the way there.
    expect(peer.raw).toMatch(/█░+ \d+ %.*asked for piece|\d+ s left/);
  });

  it('a demo draws one picture of all peers, and the table after it', async ({ lab, skip }) => {
    skip(!hasScript, noTerminal);
    const args = ['demo', '--peers', '4', '--size', '1MiB', '--upload-limit', '400KiB', '--unchoking', '1'];
    const demo = onTerminal(lab, 120, 40, args);
    await demo.endsWith(0);
    const { rows } = screenOf(demo, 120, 40);
    const picture = rows.filter(row => row.includes('█'));
    expect(picture.map(row => row.slice(0, 34))).toEqual(
      ['1001', '1002', '1003', '1004'].map(id => `${id}  ${'█'.repeat(20)}  100 % `),
    );
    for (const id of ['1002', '1003', '1004']) {
      expect(rows.filter(row => row.startsWith(`${id}: we have the complete file`))).toHaveLength(1);
      expect(rows.filter(row => row.startsWith(`${id}  downloader`))).toHaveLength(1);
    }
    expect(rows.at(-2)).toMatch(/^All 4 copies of 1\.0 MiB are identical/);
  });

  it.for<[string, number, number]>([
    ['narrow', 30, 24],
    ['low', 100, 4],
  ])('that is too %s a peer draws what fits', async ([, columns, height], { lab, skip }) => {
    skip(!hasScript, noTerminal);
    const folder = await lab.folder({ roster: '1001* 1002* 1003* 1004* 1005', fileSize: 300_000 });
    const seed = lab.peer(folder, '1001', '--upload-limit', '200KiB');
    const peer = onTerminal(lab, columns, height, ['peer', '1005', '--dir', folder.dir]);
    await Promise.all([seed, peer].map(each => each.endsWith(0)));
    const { rows } = screenOf(peer, columns, height);
    expect(rows.filter(row => row.startsWith('peer 1005  '))).toHaveLength(1);
    expect(rows.filter(row => row.includes('█'))).toHaveLength(1);
  });

  it('that does not tell its size a peer cuts no words', async ({ lab, skip }) => {
    skip(!hasScript, noTerminal);
    const folder = await lab.folder({ roster: '1001*' });
    const peer = onTerminal(lab, 0, 0, ['peer', '1001', '--dir', folder.dir]);
    await peer.endsWith(0);
    const { rows } = screenOf(peer, 80, 24);
    expect(rows).toContainEqual(expect.stringMatching(/10 of 10 pieces {2}down 0 B\/s {2}up 0 B\/s$/));
  });
});
