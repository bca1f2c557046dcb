import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import type { LabDraft } from '../../../src-shared/lab.ts';
import { samplePlan } from './sample-plan.ts';
import { batchScript, shellScript } from './start-scripts.ts';

/** Nothing that a name may hold should mean anything to a shell. */
const nastyName = `Übung "3" & 'links' %PATH% !x! $HOME \`id\` ^<b>|(c)`;

/** Of the two peers of a machine; no other test listens there, nor this one in another run. */
const firstPort = 9_000 + 2 * (process.pid % 400);
const ports = [firstPort, firstPort + 1] as const;

const sample = samplePlan(3, '10.0.0.1').map((machine, at) => ({
  ...machine,
  host: `127.0.0.${at + 1}`,
  peers: machine.peers.map((peer, place) => ({ ...peer, port: String(ports[place]) })),
}));

function draftOf(command: string | null, names: readonly string[] = []): LabDraft {
  return {
    plan: sample.map((machine, at) => ({ ...machine, name: names[at] ?? machine.name })),
    command,
    scripts: 'both',
    fileName: 'x',
    fileSize: 1,
    pieceSize: 1,
    preferredNeighbours: 1,
    unchokingSeconds: 1,
    optimisticSeconds: 1,
  };
}

/** What this system has of them; its `sh` is mostly one of the others, and on macOS a bash of its own. */
const shells = (
  process.platform === 'darwin' ? [['sh'], ['dash']] : [['bash'], ['dash'], ['busybox', 'sh']]
).filter(([shell]) => process.platform !== 'win32' && spawnSync(shell!, ['-c', ':']).status === 0);

const folders: string[] = [];
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A folder whose own path is hard to quote, with the script and programs for it to start. */
function folderWith(script: string, programs: Readonly<Record<string, string>> = {}): string {
  const top = mkdtempSync(join(tmpdir(), 'lab-scripts-'));
  folders.push(top);
  const folder = join(top, `a 'b' "c" $d \`e\` & ü`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'run_peers.sh'), script);
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  return folder;
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
}

function run(
  shell: readonly string[],
  folder: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): { child: ChildProcess; said: (words: string) => Promise<void>; ended: Promise<Ended> } {
  const child = spawn(shell[0]!, [...shell.slice(1), join(folder, 'run_peers.sh'), ...args], {
    cwd: '/',
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let out = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      out += text;
      for (const listener of listeners) listener();
    });
  }
  const said = (words: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => out.includes(words) && resolve();
      listeners.add(look);
      child.once('close', () => reject(new Error(`it did not say "${words}" but: ${out}`)));
      look();
    });
  const ended = new Promise<Ended>(resolve => child.on('close', code => resolve({ code, out })));
  return { child, said, ended };
}

function lines({ out }: Ended): string[] {
  return out.trimEnd().split('\n');
}

describe.skipIf(shells.length === 0).each(shells)('run_peers.sh in %s %s', (...shell) => {
  const words = shell.filter(word => word !== undefined);

  it.concurrent('starts every peer with its ID, in order, beside its files', async () => {
    const script = shellScript(draftOf('./peer "--two words"', ['First', nastyName]), 1);
    const folder = folderWith(script, { peer: 'echo "$1|$2|$PWD"; echo oops >&2' });
    const result = await run(words, folder).ended;
    expect(lines(result)).toEqual([
      'Before this one, the peers of First must run. Not waiting for them.',
      'Starting peer 1002. What it prints goes to peer_1002.out.txt.',
      'Starting peer 1003. What it prints goes to peer_1003.out.txt.',
      `All peers of ${nastyName} are started. The next machine to start is Machine C.`,
      'Peer 1002 ended well.',
      'Peer 1003 ended well.',
    ]);
    expect(result.code).toBe(0);
    expect(readFileSync(join(folder, 'peer_1003.out.txt'), 'utf8')).toBe(
      `--two words|1003|${folder}\noops\n`,
    );
    expect(existsSync(join(folder, 'peer_1002'))).toBe(true);
  });

  it.concurrent('says which peer did not end well, and keeps what an earlier run printed', async () => {
    const folder = folderWith(shellScript(draftOf('./peer'), 2), { peer: 'echo "$1"; [ "$1" != 1004 ]' });
    await run(words, folder).ended;
    const result = await run(words, folder).ended;
    expect(lines(result).slice(-2)).toEqual([
      'Peer 1004 ended with code 1; peer_1004.out.txt says why.',
      'Peer 1005 ended well.',
    ]);
    expect(result.code).toBe(1);
    expect(readFileSync(join(folder, 'peer_1004.out.txt.previous'), 'utf8')).toBe('1004\n');
  });

  it.concurrent.each(['SIGINT', 'SIGTERM'] as const)('passes %s on', async signal => {
    const program = 'trap "echo stopped; exit 7" TERM; echo ready; while :; do sleep 0.1; done';
    const folder = folderWith(shellScript(draftOf('./peer'), 0), { peer: program });
    const { child, said, ended } = run(words, folder);
    await said('Starting peer 1001');
    const output = join(folder, 'peer_1001.out.txt');
    while (!existsSync(output) || readFileSync(output, 'utf8') === '') await setTimeout(10);
    child.kill(signal);
    const result = await ended;
    expect(lines(result)).toContain('Peer 1001 ended with code 7; peer_1001.out.txt says why.');
    expect(result.code).toBe(130);
    expect(readFileSync(output, 'utf8')).toBe('ready\nstopped\n');
  });

  it.concurrent('starts the next peer when the one before it listens, without connecting to it', async () => {
    const folder = folderWith(shellScript(draftOf(`'${process.execPath}' ./peer.cjs`), 1));
    // 1002 is slow to listen and ends with the number of connections; 1003 ends with 1 when it came too early.
    const peer = `
      const fs = require('node:fs');
      if (process.argv[2] === '1003') {
        fs.writeFileSync('go', '');
        process.exit(fs.existsSync('listening') ? 0 : 1);
      }
      let connections = 0;
      const server = require('node:net').createServer(() => { connections += 1; });
      setTimeout(() => server.listen(${ports[0]}, '127.0.0.1', () => fs.writeFileSync('listening', '')), 300);
      setInterval(() => { if (fs.existsSync('go')) process.exit(connections); }, 10);
    `;
    writeFileSync(join(folder, 'peer.cjs'), peer);
    const result = await run(words, folder).ended;
    expect(lines(result).slice(-2)).toEqual(['Peer 1002 ended well.', 'Peer 1003 ended well.']);
  });

  it.concurrent('waits for the ports of earlier machines only when told to', async () => {
    const server = createServer(socket => void socket.destroy());
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const draft = draftOf('true');
    const plan = [
      { ...draft.plan[0]!, host: '127.0.0.1', peers: [{ id: '1001', port: String(port), hasFile: true }] },
    ];
    const script = shellScript({ ...draft, plan: [...plan, draft.plan[2]!] }, 1);
    const folder = folderWith(script);
    expect(await run(words, folder, ['--wait', 'port']).ended).toMatchObject({ code: 0 });
    await new Promise(resolve => server.close(resolve));
    const { child, said, ended } = run(words, folder, ['--wait', 'port']);
    await said(`Waiting for peer 1001 of Machine A at 127.0.0.1, port ${port} ...`);
    child.kill('SIGTERM');
    await ended;
    expect(await run(words, folder, ['--wait', 'x']).ended).toMatchObject({ code: 2 });
    expect(await run(words, folder, ['--no']).ended).toMatchObject({ code: 2 });
  });

  it.concurrent('finds Piecewise on the PATH, or where PIECEWISE says it is', async () => {
    const folder = folderWith(shellScript(draftOf(null), 0), {
      piecewise: 'echo "on the path: $*"',
      'another one': 'echo "another: $*"',
      'script.js': '',
    });
    writeFileSync(join(folder, 'script.js'), 'console.log("script:", process.argv.slice(2).join(" "))');
    const output = () => readFileSync(join(folder, 'peer_1001.out.txt'), 'utf8');
    const path = `${folder}:${process.env.PATH}`;
    expect(await run(words, folder, [], { PATH: path, PIECEWISE: '' }).ended).toMatchObject({ code: 0 });
    expect(output()).toBe('on the path: peer 1001\n');
    await run(words, folder, [], { PIECEWISE: join(folder, 'another one') }).ended;
    expect(output()).toBe('another: peer 1001\n');
    await run(words, folder, [], { PIECEWISE: join(folder, 'script.js') }).ended;
    expect(output()).toBe('script: peer 1001\n');
  });

  it.concurrent('says what to do when Piecewise is not there', async () => {
    const bin = mkdtempSync(join(tmpdir(), 'lab-scripts-'));
    folders.push(bin);
    execFileSync('ln', ['-s', ...['dirname', words[0]!].map(name => which(name)), bin]);
    const folder = folderWith(shellScript(draftOf(null), 0));
    const result = await run([which(words[0]!), ...words.slice(1)], folder, [], { PATH: bin, PIECEWISE: '' })
      .ended;
    expect(lines(result)).toEqual([
      expect.stringContaining('Piecewise is not found. Install it, or let PIECEWISE name it:'),
    ]);
    expect(result.code).toBe(2);
  });
});

function which(name: string): string {
  return execFileSync('sh', ['-c', 'command -v "$1"', 'sh', name], { encoding: 'utf8' }).trim();
}

describe('run_peers.bat', () => {
  it('starts each peer in a window of its own, waits for all, and says how they ended', () => {
    const script = batchScript(draftOf('java -cp "my classes" peerProcess'), 1);
    expect(script).toContain('pushd "%~dp0" || exit /b 2\nif "%~1"=="--peer" goto peer_%~2\n');
    const order = [...script.matchAll(/^call :(begin|began|result) .*$/gm)].map(([line]) => line);
    expect(order).toEqual([
      'call :begin 1002',
      `call :began 1002 ${ports[0]}`,
      'call :begin 1003',
      `call :began 1003 ${ports[1]}`,
      'call :result 1002',
      'call :result 1003',
    ]);
    expect(script).toContain(`
:peer_1003
call java -cp "my classes" peerProcess 1003 >peer_1003.out.txt 2>&1
>peer_1003.ended.txt echo %errorlevel%
exit
`);
  });

  it('asks for earlier machines, and connects to their ports only when told to', () => {
    const script = batchScript(draftOf('x'), 1);
    expect(script).toMatch(
      /:wait_ask\necho Before this one, .*\nset \/p .*\ngoto waited\n:wait_port\nset "host=127\.0\.0\.1"\n/,
    );
    expect(batchScript(draftOf('x'), 0)).toMatch(/:wait_ask\ngoto waited\n:wait_port\n:waited\n/);
    expect(batchScript(draftOf(null), 1)).not.toMatch(/:wait_ask|:answers|:began/);
  });

  it('finds Piecewise on the PATH, where it is installed, or where PIECEWISE says it is', () => {
    const script = batchScript(draftOf(null), 0);
    expect(script).toContain(`if defined PIECEWISE goto found
where piecewise >nul 2>nul && goto found
set "PIECEWISE=%LOCALAPPDATA%\\Programs\\Piecewise\\resources\\bin\\piecewise.cmd"
if exist "%PIECEWISE%" goto found
`);
    expect(script).toContain(
      'if /i "%PIECEWISE:~-3%"==".js" goto piecewise_script\ncall "%PIECEWISE%" peer %1\n',
    );
    expect(script).toContain(':piecewise_script\nnode "%PIECEWISE%" peer %1\n');
    expect(script).toContain(':peer_1001\ncall :piecewise 1001 >peer_1001.out.txt 2>&1\n');
  });

  it('jumps only to labels that it has, each of them once', () => {
    for (const command of [null, 'x']) {
      for (const index of [0, 1, 2]) {
        const script = batchScript(draftOf(command), index);
        const labels = [...script.matchAll(/^:(\w+)$/gm)].map(([, label]) => label);
        expect(new Set(labels).size).toBe(labels.length);
        const jumps = [...script.matchAll(/(?:goto |call :)(\w+)(?!%)\b/g)].map(([, label]) => label!);
        const named = jumps.filter(label => label !== 'peer_');
        expect(labels).toEqual(expect.arrayContaining(named));
      }
    }
  });

  it('shows every name as it is', () => {
    const script = batchScript(draftOf('x', ['First', nastyName]), 1);
    const shown = script.split('\n').filter(line => line.startsWith('echo All peers of'));
    expect(shown.map(read)).toEqual([
      `All peers of ${nastyName} are started. The next machine to start is Machine C.`,
    ]);
    for (const line of batchScript(draftOf('x', [nastyName]), 1).split('\n')) {
      if (line.startsWith('echo Before') || line.startsWith('echo Waiting'))
        expect(read(line)).toContain(nastyName);
    }
  });
});

/** What `echo` prints of a line of a batch file without delayed expansion; throws where the line would do more. */
function read(line: string): string {
  let text = '';
  const rest = line.replace(/^echo /, '');
  for (let at = 0; at < rest.length; at += 1) {
    const letter = rest[at]!;
    if (letter === '%') {
      if (rest[at + 1] !== '%') throw new Error(`a variable is read in: ${line}`);
      at += 1;
      text += '%';
    } else if (letter === '^') {
      at += 1;
      text += rest[at];
    } else if (/[&<>|()"]/.test(letter)) {
      throw new Error(`${letter} means something in: ${line}`);
    } else {
      text += letter;
    }
  }
  return text;
}
