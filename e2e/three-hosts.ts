import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { LabReport } from '../src-shared/lab.ts';
import { sha256 } from './course-folder.ts';
import { NamespaceNetwork } from './network-namespaces.ts';
import { patienceMs } from './patience.ts';
import { cli, type RunningProcess } from './processes.ts';

const addresses = { a: '10.77.2.1', b: '10.77.2.2', c: '10.77.2.3' };

export type Host = keyof typeof addresses;
export const hosts = ['a', 'b', 'c'] as const;

/** The peers that the sample plan of three machines gives each. */
const peersOf: Readonly<Record<Host, readonly string[]>> = {
  a: ['1001'],
  b: ['1002', '1003'],
  c: ['1004', '1005'],
};

const folderNames: Readonly<Record<Host, string>> = { a: 'machine-a', b: 'machine-b', c: 'machine-c' };

export interface LabOptions {
  readonly fileSize: string;
  /** What the peers of a host are started with; Piecewise when left out. */
  readonly commands?: Readonly<Partial<Record<Host, string>>>;
}

/** A lab of three computers with nothing in common but a switch, from its plan to its report. */
export class ThreeHosts {
  readonly network: NamespaceNetwork;
  readonly #dir: string;
  readonly #running: RunningProcess[] = [];

  private constructor(dir: string, name: string) {
    this.#dir = dir;
    this.network = new NamespaceNetwork(name, addresses);
  }

  static async open(name: string): Promise<ThreeHosts> {
    const lab = new ThreeHosts(await mkdtemp(join(tmpdir(), 'piecewise-hosts-')), name);
    const lines = ['#!/bin/sh', `exec '${process.execPath}' '${cli}' "$@" --upload-limit 300KiB`];
    await writeFile(lab.#pacedPiecewise, `${lines.join('\n')}\n`, { mode: 0o755 });
    return lab;
  }

  /** So slow that a file takes several rounds of choking. */
  get #pacedPiecewise(): string {
    return join(this.#dir, 'paced-piecewise');
  }

  /** The folder that a host was given. */
  folderOf(host: Host): string {
    return join(this.#dir, folderNames[host]);
  }

  /** Makes a plan on the first host; every host builds the folder that the plan has for its own address. */
  async build({ fileSize, commands = {} }: LabOptions): Promise<void> {
    await this.#piecewise('a', 'make-file', fileSize, 'course.bin');
    await this.#piecewise('a', 'lab', 'template', '--machines', '3', '--out', 'plan.json');
    await this.#piecewise('a', 'lab', 'check', 'plan.json');
    const common = ['--file', 'course.bin', '--unix', '--unchoking', '2', '--optimistic', '2'];
    const builds = hosts.map(host => {
      const command = commands[host] === undefined ? [] : ['--command', commands[host]];
      return this.#piecewise(
        host,
        'lab',
        'build',
        'plan.json',
        '--machine',
        ...common,
        ...command,
        '--out',
        '.',
      );
    });
    await Promise.all(builds);
  }

  /** Starts a host's own script. */
  start(host: Host, ...args: readonly string[]): RunningProcess {
    return this.#exec(host, 'sh', join(this.folderOf(host), 'run_peers.sh'), ...args);
  }

  /** How long a host needs to connect to another. */
  async msToConnect(from: Host, to: Host): Promise<number> {
    const listen = "const server = require('node:net').createServer(link => link.end(() => server.close()));";
    const listening = this.#exec(
      to,
      process.execPath,
      '-e',
      `${listen} server.listen(7000, () => console.log('listens'))`,
    );
    await listening.says(/listens/);
    const dial = `const since = performance.now(); require('node:net').connect(7000, '${addresses[to]}', () => console.log(performance.now() - since)).resume()`;
    const dialling = this.#exec(from, process.execPath, '-e', dial);
    const [ms] = await dialling.says(/^[\d.]+$/);
    return Number(ms);
  }

  /** What a peer's log says so far. */
  logOf(host: Host, peer: string): Promise<string> {
    return readFile(join(this.folderOf(host), `log_peer_${peer}.log`), 'utf8').catch(() => '');
  }

  /** Waits until a peer's log says something. */
  async logSays(host: Host, peer: string, pattern: RegExp): Promise<void> {
    // Not `expect.poll`, which does not know whose test it is among several at the same time.
    await vi.waitFor(async () => expect(await this.logOf(host, peer)).toMatch(pattern), patienceMs);
  }

  /** Waits until all scripts have ended well; what every peer of the lab ends with is one and the same file. */
  async expectFinished(scripts: readonly RunningProcess[]): Promise<void> {
    try {
      await Promise.all(scripts.map(script => script.endsWith(0, 3 * patienceMs)));
    } catch (error) {
      throw new Error(await this.#lastWords(), { cause: error });
    }
    const original = sha256(await readFile(join(this.#dir, 'course.bin')));
    for (const host of hosts) {
      for (const peer of peersOf[host]) {
        const copy = await readFile(join(this.folderOf(host), `peer_${peer}`, 'course.bin'));
        expect([peer, sha256(copy)]).toEqual([peer, original]);
      }
    }
  }

  /** Gathers the hosts' folders; the report is to be green. */
  async collect(): Promise<LabReport> {
    const collected = await this.#piecewise('a', 'lab', 'collect', ...Object.values(folderNames), '--json');
    const report = JSON.parse(collected.raw) as LabReport & { readonly ok: boolean };
    expect(report).toMatchObject({ ok: true, isWhole: true, notices: [] });
    return report;
  }

  async close(): Promise<void> {
    this.network.remove();
    await Promise.allSettled(this.#running.map(({ ended }) => ended));
    await rm(this.#dir, { recursive: true, force: true });
  }

  /** The end of what each peer printed, which its script keeps in a file. */
  async #lastWords(): Promise<string> {
    const words = hosts.flatMap(host =>
      peersOf[host].map(async peer => {
        const printed = await readFile(join(this.folderOf(host), `peer_${peer}.out.txt`), 'utf8').catch(
          String,
        );
        return `Peer ${peer}:\n  ${printed.trimEnd().split('\n').slice(-15).join('\n  ')}`;
      }),
    );
    return `a host's script did not end well. Its peers printed:\n${(await Promise.all(words)).join('\n')}`;
  }

  async #piecewise(host: Host, ...args: readonly string[]): Promise<RunningProcess> {
    const running = this.#exec(host, process.execPath, cli, ...args);
    await running.endsWith(0);
    return running;
  }

  #exec(host: Host, ...command: readonly string[]): RunningProcess {
    const running = this.network.exec(host, command, {
      cwd: this.#dir,
      env: { PIECEWISE: this.#pacedPiecewise },
    });
    this.#running.push(running);
    return running;
  }
}

let opened = 0;

/** A test with three hosts of its own. */
export const it = test.extend<{ lab: ThreeHosts }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of fixtures from this pattern
  lab: async ({}, use) => {
    opened += 1;
    const lab = await ThreeHosts.open(`lab-${opened}`);
    try {
      await use(lab);
    } finally {
      await lab.close();
    }
  },
});
