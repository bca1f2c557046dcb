import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { python } from './classmate/python.ts';
import { type CommandOptions, cli, RunningProcess, root } from './processes.ts';

/** Computers of a network of their own, as Linux keeps them apart on one machine: namespaces joined by a switch. */

/** Why there can be none here; undefined where there can. */
export function whyNoNamespaces(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are Linux’s';
  const problem = inTrialSpace(() => undefined);
  return problem === undefined ? undefined : `no network namespace can be made here: ${problem}`;
}

/** Why no cable can be made long here; undefined where one can. */
export function whyNoLongCables(): string | undefined {
  const hasTaps = existsSync('/dev/net/tun') && python !== undefined;
  return hasNetem() || hasTaps
    ? undefined
    : 'the kernel has no netem, or there are no taps and Python instead';
}

function hasNetem(): boolean {
  return (
    inTrialSpace(name => tool('tc', '-n', name, 'qdisc', 'add', 'dev', 'lo', 'root', 'netem')) === undefined
  );
}

/** Tries something in a namespace; returns what was wrong. */
function inTrialSpace(tryIt: (name: string) => string | undefined): string | undefined {
  const name = `pw-try-${process.pid}`;
  const problem = tool('ip', 'netns', 'add', name) ?? tryIt(name);
  tool('ip', 'netns', 'delete', name);
  return problem;
}

/** A switch, and a computer for each address, all without a route to anywhere. */
export class NamespaceNetwork {
  readonly #prefix: string;
  readonly #computers: readonly string[];

  /** Names of computers are short: the ends of their cables are called after them. */
  constructor(name: string, computers: Readonly<Record<string, string>>) {
    this.#prefix = `pw-${process.pid}-${name}`;
    this.#computers = Object.keys(computers);
    try {
      this.#add(computers);
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  #add(computers: Readonly<Record<string, string>>): void {
    const hub = this.#space('switch');
    must('netns', 'add', hub);
    this.#addBridge('bridge');
    for (const [computer, address] of Object.entries(computers)) {
      const space = this.#space(computer);
      must('netns', 'add', space);
      must('-n', space, 'link', 'set', 'dev', 'lo', 'up');
      must(
        '-n',
        hub,
        'link',
        'add',
        'name',
        computer,
        'type',
        'veth',
        'peer',
        'name',
        'eth0',
        'netns',
        space,
      );
      must('-n', hub, 'link', 'set', 'dev', computer, 'master', 'bridge', 'up');
      must('-n', space, 'link', 'set', 'dev', 'eth0', 'up');
      must('-n', space, 'address', 'add', `${address}/24`, 'dev', 'eth0');
    }
  }

  /** Runs `piecewise` on one of the computers. */
  start(computer: string, args: readonly string[], cwd: string): RunningProcess {
    // Everywhere in this network, whatever the tests' own scope is.
    return this.exec(computer, [process.execPath, cli, ...args], {
      cwd,
      env: { PIECEWISE_LAN: 'everywhere' },
    });
  }

  /** Runs a program on one of the computers. */
  exec(computer: string, command: readonly string[], options?: CommandOptions): RunningProcess {
    return new RunningProcess('ip', ['netns', 'exec', this.#space(computer), ...command], options);
  }

  /** Pulls a computer's cable, or plugs it in again. */
  setCable(computer: string, state: 'up' | 'down'): void {
    must('-n', this.#space('switch'), 'link', 'set', 'dev', computer, state);
  }

  /** What leaves a computer arrives this much later from now on, and some frames never. */
  async stretchCable(computer: string, delayMs: number, lossPercent: number): Promise<void> {
    const space = this.#space(computer);
    const late = ['delay', `${delayMs}ms`, 'loss', `${lossPercent}%`];
    if (tool('tc', '-n', space, 'qdisc', 'add', 'dev', 'eth0', 'root', 'netem', ...late) === undefined)
      return;
    const hub = this.#space('switch');
    const [socket, near, far] = [`${computer}-socket`, `${computer}-near`, `${computer}-far`];
    this.#addBridge(socket);
    for (const tap of [near, far]) must('-n', hub, 'tuntap', 'add', 'dev', tap, 'mode', 'tap');
    must('-n', hub, 'link', 'set', 'dev', near, 'master', socket, 'up');
    must('-n', hub, 'link', 'set', 'dev', far, 'master', 'bridge', 'up');
    must('-n', hub, 'link', 'set', 'dev', computer, 'master', socket);
    const cable = this.exec('switch', [
      python!,
      `${root}e2e/long-cable.py`,
      near,
      far,
      `${delayMs}`,
      `${lossPercent}`,
    ]);
    await cable.says(/carries/);
  }

  /** Runs a program on one of the computers to its end; says whether it was there and succeeded. */
  run(computer: string, ...command: readonly string[]): boolean {
    return tool('ip', 'netns', 'exec', this.#space(computer), ...command) === undefined;
  }

  /** Kills whatever still runs on a computer. */
  kill(computer: string): void {
    const { stdout } = spawnSync('ip', ['netns', 'pids', this.#space(computer)], { encoding: 'utf8' });
    for (const pid of stdout.split('\n').filter(line => line !== '')) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // It has just ended.
      }
    }
  }

  /** Removes the network, and whatever still runs in it. */
  remove(): void {
    for (const name of [...this.#computers, 'switch']) {
      this.kill(name);
      tool('ip', 'netns', 'delete', this.#space(name));
    }
  }

  #addBridge(name: string): void {
    const hub = this.#space('switch');
    must('-n', hub, 'link', 'add', 'name', name, 'type', 'bridge', 'mcast_snooping', '0');
    must('-n', hub, 'link', 'set', 'dev', name, 'up');
  }

  #space(name: string): string {
    return `${this.#prefix}-${name}`;
  }
}

function must(...args: readonly string[]): void {
  const problem = tool('ip', ...args);
  if (problem !== undefined) throw new Error(`ip ${args.join(' ')}: ${problem}`);
}

/** Runs `ip` or its like; returns what was wrong, or undefined. */
function tool(name: string, ...args: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync(name, args, { encoding: 'utf8' });
  return status === 0 ? undefined : (error?.message ?? stderr.trim()) || `it ended with ${status}`;
}
