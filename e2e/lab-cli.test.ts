import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { freePorts, sha256 } from './course-folder.ts';
import { it } from './lab.ts';
import { cli, RunningProcess } from './processes.ts';

/** A whole lab through the command line, its three machines on this one: each runs the script of its own folder. */

const isWindows = process.platform === 'win32';
/** macOS has no other addresses of the loop unless somebody adds them. */
const hasAddresses = process.platform === 'linux';

it('plans a lab, checks it, builds it, and runs the script of every machine', async ({ lab, skip }) => {
  skip(isWindows, 'its scripts are for a POSIX shell');
  const top = mkdtempSync(join(tmpdir(), 'piecewise-e2e-'));
  lab.onEnd(() => rmSync(top, { recursive: true, force: true }));
  const run = async (...args: readonly string[]) => {
    const process = lab.command(args, { cwd: top });
    await process.endsWith(0);
    return process.output;
  };
  const plan = join(top, 'plan.json');
  await run('lab', 'template', '--out', plan);
  const ports = await freePorts(5);
  const hosts = hasAddresses ? ['127.0.0.1', '127.0.0.2', '127.0.0.3'] : Array(3).fill('127.0.0.1');
  const planned = JSON.parse(readFileSync(plan, 'utf8'));
  for (const [at, machine] of planned.entries()) {
    machine.host = hosts[at];
    for (const peer of machine.peers) peer.port = ports.pop();
  }
  planned[1].machine_name = `Übungsraum 'links' & $HOME`;
  // As editors on Windows write it.
  writeFileSync(plan, `\ufeff${JSON.stringify(planned, undefined, 2).replaceAll('\n', '\r\n')}`);
  expect(await run('lab', 'check', plan)).toContain('3 machines with 5 peers; nothing is in the way.');
  const build = [
    '--file-size',
    '150KB',
    '--file-name',
    'Die Datei.dat',
    '--unchoking',
    '1',
    '--optimistic',
    '1',
  ];
  const built = JSON.parse(await run('lab', 'build', plan, ...build, '--out', 'here', '--json'));
  const folders: string[] = built.folders.map((each: { folder: string }) => each.folder);
  expect(folders).toEqual(['machine-a', 'übungsraum-links-home', 'machine-c']);

  // The last machine comes first: each peer waits for those before it by itself.
  const scripts = [...folders].reverse().map(folder => {
    const script = join(top, 'here', folder, 'run_peers.sh');
    return lab.watch(new RunningProcess('sh', [script], { cwd: '/', env: { PIECEWISE: cli } }));
  });
  await Promise.all(scripts.map(script => script.endsWith(0)));
  expect(scripts[1]!.out.at(-1)).toBe('Peer 1003 ended well.');

  const copies = folders.flatMap(folder => {
    const dir = join(top, 'here', folder);
    const names = readdirSync(dir).filter(name => /^peer_\d+$/.test(name));
    return names.map(name => sha256(readFileSync(join(dir, name, 'Die Datei.dat'))));
  });
  expect(copies).toHaveLength(5);
  expect(new Set(copies).size).toBe(1);
  expect(await run('lab', 'collect', 'here')).toContain('Report: ');
});

it('says what is wrong with a plan, at its line, and builds nothing', async ({ lab }) => {
  const top = mkdtempSync(join(tmpdir(), 'piecewise-e2e-'));
  lab.onEnd(() => rmSync(top, { recursive: true, force: true }));
  const plan = join(top, 'plan.json');
  await lab.command(['lab', 'template', '--out', plan]).endsWith(0);
  writeFileSync(plan, readFileSync(plan, 'utf8').replace('"1003"', '"1002"').replace('"1004"', '"IV"'));
  const check = lab.command(['lab', 'check', plan]);
  const build = lab.command(['lab', 'build', plan, '--out', join(top, 'lab')]);
  await check.endsWith(1);
  await build.endsWith(2);
  expect(check.out).toEqual([
    `${plan}:14: Peer ID 1002 is already taken on "Machine B"; every peer of the lab needs its own.`,
    `${plan}:21: The peer ID must be a whole number from 1 to 4294967295; it is "IV".`,
  ]);
  expect(build.err).toEqual(check.out);
  expect(readdirSync(top)).toEqual(['plan.json']);
  const wrong = lab.command(['lab', 'build', plan, '--file', 'x', '--file-size', '1MiB']);
  await wrong.endsWith(2);
});
