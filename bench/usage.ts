import { readdirSync, readFileSync } from 'node:fs';

/** What this process has used of the machine. */

/** Of all its threads, in user and kernel mode. */
export function cpuSeconds(): number {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  return (userCPUTime + systemCPUTime) / 1e6;
}

/** The largest resident set so far. */
export function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}

/** CPU seconds by what a thread is there for. */
export interface ThreadSeconds {
  /** The loop. */
  readonly main: number;
  readonly reader: number;
  /** It hashes and records, too. */
  readonly writer: number;
  /** Node's own: its pool, the compiler, the garbage collector. */
  readonly node: number;
}

export interface ThreadUsage {
  readonly cpuSeconds: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
}

/** Of every thread, by its number. Linux only: empty elsewhere. */
export function threadUsage(): ReadonlyMap<number, ThreadUsage> {
  if (process.platform !== 'linux') return new Map();
  return new Map(readdirSync('/proc/self/task').map(id => [Number(id), usageOfThread(id)]));
}

/**
 * What the threads did since then; `own`: those that Node had before any of ours. Ours are told apart by what they moved.
 */
export function threadsSince(
  before: ReadonlyMap<number, ThreadUsage>,
  own: ReadonlyMap<number, ThreadUsage>,
): ThreadSeconds {
  const sum: Record<keyof ThreadSeconds, number> = { main: 0, reader: 0, writer: 0, node: 0 };
  for (const [id, { cpuSeconds, readBytes, writtenBytes }] of threadUsage()) {
    const seconds = cpuSeconds - (before.get(id)?.cpuSeconds ?? 0);
    if (id === process.pid) sum.main += seconds;
    else if (!own.has(id) && writtenBytes > 1e6) sum.writer += seconds;
    else if (!own.has(id) && readBytes > 1e6) sum.reader += seconds;
    else sum.node += seconds;
  }
  return sum;
}

function usageOfThread(id: string): ThreadUsage {
  const folder = `/proc/self/task/${id}`;
  // The name, in brackets, may have spaces; utime and stime are the 12th and 13th field behind it.
  const fields = readFileSync(`${folder}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ');
  const moved = readFileSync(`${folder}/io`, 'latin1');
  const bytes = (name: string) => Number(new RegExp(`^${name}: (\\d+)`, 'm').exec(moved)?.[1] ?? 0);
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    readBytes: bytes('rchar'),
    writtenBytes: bytes('wchar'),
  };
}

/** `getconf CLK_TCK`, the same on every Linux that Node runs on. */
const ticksPerSecond = 100;
