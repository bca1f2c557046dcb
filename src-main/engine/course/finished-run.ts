import type { PeerId } from '../../../src-shared/journal.ts';
import type { CommonConfig, RosterEntry } from './config.ts';
import type { LogFacts } from './log-facts.ts';

/** A run of the course protocol after its end, as its folder shows it. */
export interface FinishedRun {
  readonly common: CommonConfig;
  readonly roster: readonly RosterEntry[];
  /** All peers ran on one machine, by the clock of which all logs were written. */
  readonly oneMachine: boolean;
  readonly logs: ReadonlyMap<PeerId, LogFacts>;
  /** Why the other peers have no log here, as the end of a sentence: "is missing". */
  readonly logFaults: ReadonlyMap<PeerId, string>;
  readonly files: ReadonlyMap<PeerId, SharedFile>;
}

/** A peer's copy of the shared file. */
export type SharedFile =
  | { readonly state: 'present'; readonly path: string; readonly bytes: number; readonly sha256: string }
  /** Its size is wrong, so its content was not read. */
  | { readonly state: 'wrong-size'; readonly path: string; readonly bytes: number }
  /** `fault`: why, as the end of a sentence. */
  | { readonly state: 'unreadable'; readonly path: string; readonly fault: string }
  /** `folder`: whether at least the peer's folder is here. */
  | { readonly state: 'missing'; readonly path: string; readonly folder: boolean };

/** N = ceil(FileSize / PieceSize). */
export function pieceCountOf({ fileSize, pieceSize }: CommonConfig): number {
  return Math.ceil(fileSize / pieceSize);
}

/** Logs print whole seconds, and the two ends of a message write theirs at slightly different moments. */
export const slackMs = 2000;

/** Beyond this not even a busy machine explains a message that seems to arrive before it was sent. */
export const certainMs = 5000;

/** How long a busy peer may take to read what arrived. */
export const latenessMs = 10_000;

/** How the clocks of two logs compare. */
export interface ClockRelation {
  /** The second log's time at an instant, less the first one's, in milliseconds. */
  readonly aheadMs: number;
  /** Plainly one clock: only then may a difference of times contradict anything. */
  readonly certain: boolean;
}

/**
 * Compares the clocks of two logs by the lines both write when their peers connect; undefined when times of one
 * have no date or cannot be read.
 */
export function relateClocks(run: FinishedRun, log: LogFacts, other: LogFacts): ClockRelation | undefined {
  if (log.dated === undefined || log.dated !== other.dated) return undefined;
  const { oneMachine } = run;
  const connectedMs = log.connections.get(other.self)?.[0]?.timeMs;
  const otherConnectedMs = other.connections.get(log.self)?.[0]?.timeMs;
  if (connectedMs === undefined || otherConnectedMs === undefined) return { aheadMs: 0, certain: false };
  const apartMs = otherConnectedMs - connectedMs;
  // On one machine less than a minute is a peer that was slow to accept, more is another time zone or format.
  const aheadMs = oneMachine && Math.abs(apartMs) <= 60_000 ? 0 : apartMs;
  return { aheadMs, certain: oneMachine && Math.abs(apartMs) <= 3000 };
}

/** All peers ran on one machine: their hosts are the same, or loopback. */
export function isOneMachine(roster: readonly RosterEntry[]): boolean {
  const hosts = new Set(roster.map(({ host }) => (isLoopback(host) ? 'localhost' : host.toLowerCase())));
  return hosts.size === 1;
}

function isLoopback(host: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|::1|\[::1\])$/i.test(host);
}

/** Whether a log was being written at an instant of its own clock, so that what it leaves out did not happen then. */
export function covers(log: LogFacts, ms: number): boolean {
  return log.firstMs !== undefined && log.firstMs <= ms && ms <= log.lastMs!;
}

/** Pairs of different peers that both left a log, each pair in both orders. */
export function* logPairs(run: FinishedRun): Generator<[log: LogFacts, other: LogFacts]> {
  for (const log of run.logs.values()) {
    for (const other of run.logs.values()) if (log !== other) yield [log, other];
  }
}
