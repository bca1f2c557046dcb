import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { sha256 } from './course-folder.ts';
import { it, type Lab } from './lab.ts';
import { type RunningProcess, root } from './processes.ts';

/** The commands beside `peer`: demo, verify, make-file, and what `--help` says. */

const quick = ['--size', '1MiB', '--upload-limit', 'none', '--unchoking', '1', '--optimistic', '2'];

/** An empty folder that goes away with the test. */
function emptyFolder(lab: Lab): string {
  const dir = mkdtempSync(join(tmpdir(), 'piecewise-e2e-'));
  lab.onEnd(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A demo whose temporary folders are made in `temporary`. */
function startDemo(lab: Lab, temporary: string, ...args: readonly string[]): RunningProcess {
  return lab.command(['demo', ...args], { env: { TMPDIR: temporary, TEMP: temporary } });
}

/** The process of one of a demo's peers. */
function pidOf(demo: RunningProcess, id: string): number {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' });
  for (const line of stdout.split('\n')) {
    const [, pid, parent, args = ''] = /^ *(\d+) +(\d+) (.*)$/.exec(line) ?? [];
    if (Number(parent) === demo.pid && args.includes(` peer ${id} `)) return Number(pid);
  }
  throw new Error(`no process of peer ${id} was found`);
}

describe.concurrent('piecewise demo', () => {
  it('runs eight peers at full speed, and leaves nothing in the temporary folder', async ({ lab }) => {
    const temporary = emptyFolder(lab);
    const options = ['--peers', '8', '--size', '50MiB', '--piece-size', '32KiB', '--upload-limit', 'none'];
    const demo = startDemo(lab, temporary, ...options);
    await demo.endsWith(0);
    const rows = demo.out.filter(line => /^100[1-8] +(seed|downloader) /.test(line));
    expect(rows.map(row => row.slice(0, 4))).toEqual(Array.from({ length: 8 }, (_, i) => String(1001 + i)));
    expect(rows.filter(row => / 1600\/1600 /.test(row))).toHaveLength(7);
    expect(demo.output).toMatch(/^ {2}files +8 files of 52428800 bytes, SHA-256 [0-9a-f]{64}\.$/m);
    expect(demo.output).not.toMatch(/Contradicts the protocol/);
    expect(demo.out.at(-1)).toMatch(
      /^All 8 copies of 50\.0 MiB are identical, and the logs contradict nothing\./,
    );
    expect(demo.err).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('prints one JSON value with --json, for several seeds and a file of the user', async ({ lab }) => {
    const temporary = emptyFolder(lab);
    const file = join(temporary, 'my file.txt');
    writeFileSync(file, 'what everybody should have\n'.repeat(10_000));
    const demo = startDemo(
      lab,
      temporary,
      ...['--json', '--peers', '3', '--seeds', '2', '--file', file, '--upload-limit', 'none'],
      ...['--unchoking', '1', '--strategy', 'rarest'],
    );
    await demo.endsWith(0);
    const result = JSON.parse(demo.out.join('\n'));
    expect(result).toMatchObject({ ok: true, exitCodes: { 1001: 0, 1002: 0, 1003: 0 } });
    expect(result.peers.map((peer: { role: string }) => peer.role)).toEqual(['seed', 'seed', 'downloader']);
    expect(
      result.findings.filter((finding: { verdict: string }) => finding.verdict === 'contradiction'),
    ).toEqual([]);
    expect(readdirSync(temporary)).toEqual(['my file.txt']);
  });

  it('leaves its temporary folder with --keep, and says where it is', async ({ lab }) => {
    const temporary = emptyFolder(lab);
    const demo = startDemo(lab, temporary, '--keep', '--peers', '2', ...quick);
    await demo.endsWith(0);
    const [, dir = ''] = await demo.says(/^Everything is in (.*)$/);
    expect(readdirSync(temporary)).toEqual([dir.slice(temporary.length + 1)]);
    expect(readdirSync(dir).sort()).toEqual([
      ...['Common.cfg', 'PeerInfo.cfg', 'log_peer_1001.log', 'log_peer_1002.log', 'peer_1001', 'peer_1002'],
    ]);
  });

  it.for<[string, string, string]>([
    ['a downloader', '1003', '1003 vanished and did not come back'],
    ['its seed', '1001', 'those with the rest of the file vanished and did not come back'],
  ])('does not end with 0 when %s is killed meanwhile', async ([, victim], { lab, skip }) => {
    skip(process.platform === 'win32', 'there is no ps on Windows');
    const temporary = emptyFolder(lab);
    const demo = startDemo(
      lab,
      temporary,
      ...['--peers', '3', '--size', '2MiB', '--upload-limit', '200KiB', '--unchoking', '1'],
    );
    await demo.says(/1001 100 % {3}1002 [1-5]\d % {3}1003 [1-5]\d %/);
    process.kill(pidOf(demo, victim), 'SIGKILL');
    await demo.endsWith(1);
    expect(demo.output).toMatch(new RegExp(`^Did not end well \\(exit code\\): .*${victim} \\(`, 'm'));
    expect(demo.output).toMatch(/^ +files +Peer 100\d never wrote its copy/m);
    expect(demo.out.at(-1)).toBe('The demo failed; the lines above say why.');
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('ends all its peers when it is interrupted, and leaves nothing', async ({ lab }) => {
    const temporary = emptyFolder(lab);
    const demo = startDemo(lab, temporary, '--peers', '3', '--size', '2MiB', '--upload-limit', '100KiB');
    await demo.says(/1003 \d+ %/);
    demo.signal('SIGINT');
    await demo.endsWith(130);
    expect(() => pidOf(demo, '1001')).toThrow();
    expect(readdirSync(temporary)).toEqual([]);
  });

  it.for<[string, readonly string[], RegExp]>([
    ['no seed', ['--seeds', '0'], /^--seeds must be from 1 to the number of peers, 5; it is 0\.$/m],
    [
      'more seeds than peers',
      ['--peers', '3', '--seeds', '4'],
      /^--seeds must be from 1 to .*, 3; it is 4\.$/m,
    ],
    ['a number of peers that is none', ['--peers', 'many'], /'--peers <n>'.*'many'.*give a whole number/],
    ['a size that is none', ['--size', 'large'], /'--size <size>'.*'large'.*give a size such as 20MiB/],
    ['pieces of no size', ['--piece-size', '0'], /PieceSize must be a whole number of bytes, 1 or more/],
    [
      'an interval of 0',
      ['--unchoking', '0'],
      /UnchokingInterval must be a whole number of seconds, 1 or more/,
    ],
    [
      'half a second',
      ['--unchoking', '0.5'],
      /UnchokingInterval must be a whole number of seconds, 1 or more/,
    ],
    [
      'a file that is not there',
      ['--file', '/no/such/file'],
      /^\/no\/such\/file cannot be read as a file\.$/m,
    ],
    [
      'a file and a size',
      ['--file', 'README.md', '--size', '1MiB'],
      /'--file <file>' cannot be used with .*'--size/,
    ],
    ['an unknown option', ['--fast'], /unknown option '--fast'/],
  ])('given %s says so, ends with 2 and leaves nothing', async ([, args, says], { lab }) => {
    const temporary = emptyFolder(lab);
    const demo = startDemo(lab, temporary, ...args);
    await demo.endsWith(2);
    expect(demo.err.join('\n')).toMatch(says);
    expect(readdirSync(temporary)).toEqual([]);
  });
});

describe('piecewise verify', () => {
  it('finds a run in order until a log or a file is tampered with', async ({ lab }) => {
    const dir = emptyFolder(lab);
    const read = (name: string) => readFileSync(join(dir, name), 'utf8');
    const write = (name: string, content: string | Uint8Array) => writeFileSync(join(dir, name), content);
    const verify = (...args: readonly string[]) => lab.command(['verify', ...args], { cwd: dir });

    const demo = lab.command(['demo', '--dir', dir, '--peers', '3', ...quick]);
    await demo.endsWith(0);
    expect(demo.out.at(-1)).toBe(`Everything is in ${dir}`);

    const again = lab.command(['demo', '--dir', dir, ...quick]);
    await again.endsWith(2);
    expect(again.err).toEqual([
      expect.stringMatching(/ already holds a run \(.*\); choose an empty folder\.$/),
    ]);

    const inOrder = verify();
    await inOrder.endsWith(0);
    expect(inOrder.out.at(-1)).toBe('Nothing contradicts the protocol.');
    const asJson = verify(dir, '--json');
    await asJson.endsWith(0);
    expect(JSON.parse(asJson.out.join('\n'))).toMatchObject({ ok: true });

    const log = read('log_peer_1002.log');
    write(
      'log_peer_1002.log',
      log.replace(/the number of pieces it has is 5\./, 'the number of pieces it has is 6.'),
    );
    const miscounted = verify();
    await miscounted.endsWith(1);
    const line = log.split('\n').findIndex(text => text.endsWith('pieces it has is 5.')) + 1;
    expect(miscounted.output).toMatch(new RegExp(`log_peer_1002\\.log:${line}: `));
    const asJsonToo = verify('--json');
    await asJsonToo.endsWith(1);
    expect(JSON.parse(asJsonToo.out.join('\n'))).toMatchObject({ ok: false });
    write('log_peer_1002.log', log);

    const copy = readFileSync(join(dir, 'peer_1003', 'demo.bin'));
    copy[77_777]! ^= 1;
    write('peer_1003/demo.bin', copy);
    const altered = verify();
    await altered.endsWith(1);
    expect(altered.output).toMatch(/^ {2}files +.*1003/m);
  });

  it('ends with 2 where no run is', async ({ lab }) => {
    const verify = lab.command(['verify', emptyFolder(lab)]);
    await verify.endsWith(2);
    expect(verify.output).toMatch(/Common\.cfg/);
  });
});

describe.concurrent('piecewise make-file', () => {
  it('writes the same bytes for the same seed, and others for another', async ({ lab }) => {
    const dir = emptyFolder(lab);
    const make = async (name: string, ...args: readonly string[]) => {
      await lab.command(['make-file', '3MiB', join(dir, name), ...args]).endsWith(0);
      const bytes = readFileSync(join(dir, name));
      expect(bytes).toHaveLength(3 * 1024 * 1024);
      return sha256(bytes);
    };
    const [first, second, other] = await Promise.all([make('a'), make('b'), make('c', '--seed', '7')]);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });

  it('replaces a file only when told to', async ({ lab }) => {
    const file = join(emptyFolder(lab), 'notes.txt');
    writeFileSync(file, 'mine');
    const refused = lab.command(['make-file', '1KiB', file]);
    await refused.endsWith(2);
    expect(refused.err).toEqual([`${file}: it exists already; --force replaces it`]);
    expect(readFileSync(file, 'utf8')).toBe('mine');
    await lab.command(['make-file', '1KiB', file, '--force']).endsWith(0);
    expect(readFileSync(file)).toHaveLength(1024);
  });

  it('says that a size is none, and where it cannot write', async ({ lab }) => {
    const bad = lab.command(['make-file', 'huge', join(emptyFolder(lab), 'x')]);
    await bad.endsWith(2);
    expect(bad.output).toMatch(/'huge'.*give a size such as 20MiB/);
    const nowhere = lab.command(['make-file', '1KiB', '/no/such/folder/x']);
    await nowhere.endsWith(2);
    expect(nowhere.err).toEqual([expect.stringMatching(/^\/no\/such\/folder: it does not exist/)]);
  });
});

describe.concurrent('the command line', () => {
  it.for(['--help', 'peer --help'])('documents every exit code in %s', async (words, { lab }) => {
    const help = lab.command(words.split(' '));
    await help.endsWith(0);
    const codes = help.out.flatMap(line => /^ {2}(\d+) {2,}\w/.exec(line)?.[1] ?? []);
    expect(codes).toEqual(['0', '1', '2', '3', '4', '130']);
  });

  it('shows how it is used when it is given nothing to do', async ({ lab }) => {
    const command = lab.command([]);
    await command.endsWith(0);
    expect(command.output).toMatch(/Usage: piecewise/);
  });

  it('prints nothing but its version by way of npm', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const npm = spawnSync('npm', ['run', '--silent', 'cli', '--', '--version'], {
      cwd: root,
      encoding: 'utf8',
      shell: process.platform === 'win32',
    });
    expect({ status: npm.status, stdout: npm.stdout }).toEqual({ status: 0, stdout: `${version}\n` });
  });
});
