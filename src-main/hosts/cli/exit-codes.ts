import type { Outcome } from '../../../src-shared/journal.ts';

/** What a process's end tells the script that started it. */
export const exitCode = {
  ok: 0,
  /** The command did its work and what it looked at is not as it should be. */
  failed: 1,
  /** Configuration or usage: nothing was begun. */
  badSetUp: 2,
  peersLost: 3,
  storageFailed: 4,
  interrupted: 130,
} as const;

const byOutcome: Record<Outcome, number> = {
  complete: exitCode.ok,
  'peers-lost': exitCode.peersLost,
  'storage-failed': exitCode.storageFailed,
  interrupted: exitCode.interrupted,
};

export function exitCodeOf(outcome: Outcome): number {
  return byOutcome[outcome];
}

/** For `--help`. */
export const exitCodesHelp = `
Exit codes:
  0    complete everywhere
  1    the run or what was checked is not as it should be
  2    configuration or usage error; nothing was begun
  3    ended with peers lost: they vanished and did not come back
  4    storage failed, for example a full disk; start again to go on
  130  interrupted (Ctrl-C)`;
