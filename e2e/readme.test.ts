import { execFile, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** The README promises only what runs: its commands are taken from its text and run here, word for word. */

const root = join(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const scripts: Record<string, string> = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts;
const run = promisify(execFile);

const shellLines = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)]
  .flatMap(([, block = '']) => block.split('\n'))
  .map(line => line.replace(/ +#.*$/, '').trim())
  .filter(line => line !== '' && line !== 'npm test'); // this very run

/** The rows of the command table, as COMMAND and its options. */
const tableCommands = [...readme.matchAll(/^\| `piecewise (lab \S+|\S+)(.*?)` \|/gm)].map(
  ([, name = '', rest = '']) => ({
    name,
    options: [...rest.matchAll(/--[a-z-]+/g)].map(([option]) => option),
  }),
);

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'piecewise-readme-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a line as somebody would type it, with the folder of the example replaced by a real one. */
function type(line: string, dir = folder): Promise<{ stdout: string }> {
  const typed = line.replace('path/to/folder', dir).replaceAll('path/to/', `${dir}/`);
  return run('bash', ['-c', typed], { cwd: root, maxBuffer: 64 * 1024 * 1024 });
}

async function linkOf(output: NodeJS.ReadableStream, form = /http:\S+/): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const [link] = form.exec(line) ?? [];
    if (link !== undefined) return link;
  }
  throw new Error('no link was printed');
}

describe('the README', () => {
  it('names npm scripts that exist', () => {
    const named = [...readme.matchAll(/npm (?:run (?:--silent )?)?(start|test|[a-z0-9:]+)\b/g)].map(
      ([, name = '']) => name,
    );
    const unknown = named.filter(name => !(name in scripts) && !['run', 'ci', 'link'].includes(name));
    expect(named.length).toBeGreaterThan(5);
    expect(unknown).toEqual([]);
  });

  it.each(tableCommands)('describes `piecewise $name` with options it has', ({ name, options }) => {
    const { stdout } = spawnSync(process.execPath, ['out/cli/piecewise.js', ...name.split(' '), '--help'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(options.filter(option => !stdout.includes(option))).toEqual([]);
  });

  const screens = shellLines.filter(line => line === 'npm start' || line.endsWith('--ui'));
  it.each(screens)('has a screen that answers at its link: %s', async line => {
    // A group of its own, which Ctrl-C reaches as in a terminal; no display, so that no browser opens.
    const { DISPLAY: _display, WAYLAND_DISPLAY: _wayland, ...env } = process.env;
    const child = spawn('bash', ['-c', line], {
      cwd: root,
      env: { ...env, XDG_CONFIG_HOME: folder, PIECEWISE_LAN: 'loopback' },
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      const link = await linkOf(child.stdout);
      const answer = await fetch(link, { redirect: 'manual' });
      expect(answer.headers.get('set-cookie')).toContain('HttpOnly');
    } finally {
      process.kill(-child.pid!, 'SIGINT');
    }
    await once(child, 'close');
  });

  const demos = shellLines.filter(line => line.startsWith('npm run demo') && !screens.includes(line));
  it.concurrent.each(demos)('has a demo that succeeds: %s', async line => {
    const { stdout } = await type(line);
    expect(stdout).toMatch(/All \d+ copies of .* are identical/);
  });

  it('has a peer and a verification that work on one folder', async () => {
    const [peer, verify] = ['peer 1001', 'verify'].map(words =>
      shellLines.find(line => line.includes(`cli -- ${words}`)),
    );
    const dir = join(folder, 'run');
    await type(
      `npm run --silent cli -- demo --peers 2 --size 1MiB --upload-limit none --unchoking 1 --dir ${dir}`,
    );
    const again = join(folder, 'again');
    for (const name of ['Common.cfg', 'PeerInfo.cfg', 'peer_1001'])
      cpSync(join(dir, name), join(again, name), { recursive: true });
    await Promise.all([type(peer!, again), type(peer!.replace('1001', '1002'), again)]);
    const { stdout } = await type(verify!, again);
    expect(stdout).toContain('Nothing contradicts the protocol.');
  });

  it('has a plan, folders built of it, and a report of what was brought back', async () => {
    const [template, check, build, collect] = ['template', 'check', 'build', 'collect'].map(
      words => shellLines.find(line => line.includes(`cli -- lab ${words}`))!,
    );
    const dir = join(folder, 'whole');
    mkdirSync(dir);
    await type(template!, dir);
    const { stdout } = await type(check!, dir);
    expect(stdout).toContain('nothing is in the way');
    await type(build!, dir);
    expect(readdirSync(join(dir, 'lab'))).toEqual(['machine-a', 'machine-b', 'machine-c']);
    // Nobody has run it; a report needs a run.
    rmSync(join(dir, 'lab'), { recursive: true });
    const finished = ['demo', '--peers', '2', '--size', '1MiB', '--upload-limit', 'none', '--unchoking', '1'];
    await run(process.execPath, ['out/cli/piecewise.js', ...finished, '--dir', join(dir, 'lab')], {
      cwd: root,
    });
    await type(collect!, dir);
    expect(readFileSync(join(dir, 'report.html'), 'utf8')).toContain('hold the same file');
  });

  it('has a share whose link leads to its file', async () => {
    const file = join(folder, 'lecture.bin');
    writeFileSync(file, randomBytes(1_000_000));
    const line = shellLines.find(words => words.includes('cli -- share'))!.replace('path/to/file', file);
    // A group of its own, which Ctrl-C reaches as in a terminal; what is run from a folder leaves its .torrent there.
    const env = { ...process.env, PIECEWISE_LAN: 'loopback' };
    const typed = line.replace('npm run', `npm --prefix ${root} run`);
    const child = spawn('bash', ['-c', `${typed} --out ${folder}/lecture.torrent --port 0`], {
      cwd: folder,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const to = join(folder, 'fetched');
    try {
      const link = await linkOf(child.stdout, /magnet:\S+/);
      const get = ['out/cli/piecewise.js', 'get', link, '--to', to, '--port', '0'];
      await run(process.execPath, get, { cwd: root, env });
    } finally {
      process.kill(-child.pid!, 'SIGINT');
    }
    await once(child, 'close');
    expect(readFileSync(join(to, 'lecture.bin')).equals(readFileSync(file))).toBe(true);
  });

  it('has a look at what is nearby', async () => {
    const line = shellLines.find(words => words.includes('cli -- nearby'))!;
    const { stdout } = await run('bash', ['-c', line], {
      cwd: root,
      env: { ...process.env, PIECEWISE_LAN: 'loopback' },
    });
    expect(stdout).not.toBe('');
  });

  it('has a benchmark that runs', { timeout: 400_000 }, async () => {
    const { stdout } = await type('npm run --silent bench -- --quick');
    expect(stdout).toContain('| plain pipe');
  });

  it('knows every command it was given', () => {
    const tested = shellLines.filter(line =>
      /^npm (start$|run (demo|--silent cli -- (peer 1001|verify|share|nearby|lab)))/.test(line),
    );
    expect(tested).toEqual(shellLines);
  });
});
