import { readFileSync } from 'node:fs';
import { freePorts } from '../../src-main/io/free-ports.ts';
import { patienceMs } from '../patience.ts';
import type { RunningProcess } from '../processes.ts';

/** What all drivers of clients have in common: a client takes one torrent, and is watched until it has it whole. */

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface PartnerWish {
  /** A .torrent file or a magnet link. */
  readonly source: string;
  /** Where its content lies, or comes to lie. */
  readonly folder: string;
  /** Where it listens. Each partner of a swarm has a host of its own: Transmission knows one peer an address. */
  readonly listen: Address;
  /** Where it keeps what is its own. */
  readonly stateFolder: string;
}

export interface Partner {
  readonly name: string;
  readonly listen: Address;
  readonly process: RunningProcess;
  /** Transmission leaves files out that have no bytes. */
  readonly makesEmptyFiles: boolean;
  /** It listens, and content that is there already has been checked. */
  ready(): Promise<void>;
  /** It has the whole content and has checked it. @throws Error, with what it printed, after `withinMs` */
  complete(withinMs?: number): Promise<void>;
  /** Connects to a peer; undefined where the client cannot be told to. */
  readonly dial: ((address: Address) => void) | undefined;
}

const pollMs = 40;

/** Asks until the answer is not undefined. @throws Error with `complaint` and the last error when that takes too long */
export async function untilSaid<T>(
  ask: () => Promise<T | undefined>,
  complaint: () => string,
  withinMs = patienceMs,
): Promise<T> {
  const until = performance.now() + withinMs;
  let problem = '';
  while (performance.now() < until) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
      problem = '';
    } catch (error) {
      // A program that starts refuses connections for a while.
      problem = ` (${error instanceof Error ? error.message : error})`;
    }
    await new Promise(resolve => setTimeout(resolve, pollMs));
  }
  throw new Error(`${complaint()}${problem}`);
}

/** The last lines of what a process printed, for a complaint. */
export function lastWords(process: RunningProcess): string {
  return [...process.out.slice(-15), ...process.err.slice(-15)].join('\n  ');
}

let hosts = 0;

/**
 * A free port on a loopback address that nobody else of this process was given, nor likely of another one.
 */
export async function place(): Promise<Address> {
  hosts += 1;
  const host = `127.${20 + (process.pid % 200)}.${1 + (hosts >> 8)}.${1 + (hosts % 250)}`;
  const [port] = await freePorts(1, host);
  return { host, port: port! };
}

/** What the process has used so far: CPU of all its threads, and its largest resident set. Linux only. */
export function usageOf(pid: number): { readonly cpuSeconds: number; readonly peakBytes: number } {
  // The name, in brackets, may have spaces; utime and stime are the 12th and 13th field behind it.
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ');
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    peakBytes: Number(kilobytes) * 1024,
  };
}

/** `getconf CLK_TCK`, the same on every Linux that Node runs on. */
const ticksPerSecond = 100;
