import { spawnSync } from 'node:child_process';
import { cli, RunningProcess } from './processes.ts';

/** Computers of a network of their own, as Linux keeps them apart on one machine: namespaces joined by a switch. */

/** Why there can be none here; undefined where there can. */
export function whyNoNamespaces(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are Linux’s';
  const name = `pw-try-${process.pid}`;
  const tried = ip('netns', 'add', name);
  ip('netns', 'delete', name);
  return tried === undefined ? undefined : `no network namespace can be made here: ${tried}`;
}

/** A switch, and a computer for each address, all without a route to anywhere. */
export class NamespaceNetwork {
  readonly #prefix: string;
  readonly #computers: readonly string[];

  constructor(name: string, computers: Readonly<Record<string, string>>) {
    this.#prefix = `pw-${process.pid}-${name}`;
    this.#computers = Object.keys(computers);
    const hub = this.#space('switch');
    must('netns', 'add', hub);
    must('-n', hub, 'link', 'add', 'bridge', 'type', 'bridge', 'mcast_snooping', '0');
    must('-n', hub, 'link', 'set', 'bridge', 'up');
    for (const [computer, address] of Object.entries(computers)) {
      const space = this.#space(computer);
      must('netns', 'add', space);
      must('-n', space, 'link', 'set', 'lo', 'up');
      must('-n', hub, 'link', 'add', computer, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space);
      must('-n', hub, 'link', 'set', computer, 'master', 'bridge', 'up');
      must('-n', space, 'link', 'set', 'eth0', 'up');
      must('-n', space, 'address', 'add', `${address}/24`, 'dev', 'eth0');
    }
  }

  /** Runs `piecewise` on one of the computers. */
  start(computer: string, args: readonly string[], cwd: string): RunningProcess {
    const command = ['netns', 'exec', this.#space(computer), process.execPath, cli, ...args];
    // Everywhere in this network, whatever the tests' own scope is.
    return new RunningProcess('ip', command, { cwd, env: { PIECEWISE_LAN: 'everywhere' } });
  }

  /** Pulls a computer's cable, or plugs it in again. */
  setCable(computer: string, state: 'up' | 'down'): void {
    must('-n', this.#space('switch'), 'link', 'set', computer, state);
  }

  /** Runs a program on one of the computers to its end; says whether it was there and succeeded. */
  run(computer: string, ...command: readonly string[]): boolean {
    return ip('netns', 'exec', this.#space(computer), ...command) === undefined;
  }

  remove(): void {
    for (const name of [...this.#computers, 'switch']) ip('netns', 'delete', this.#space(name));
  }

  #space(name: string): string {
    return `${this.#prefix}-${name}`;
  }
}

function must(...args: readonly string[]): void {
  const problem = ip(...args);
  if (problem !== undefined) throw new Error(`ip ${args.join(' ')}: ${problem}`);
}

/** What was wrong, or undefined. */
function ip(...args: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync('ip', args, { encoding: 'utf8' });
  return status === 0 ? undefined : (error?.message ?? stderr.trim()) || `it ended with ${status}`;
}
