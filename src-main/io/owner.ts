import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** The process to which something on disk belongs. */
export interface Owner {
  readonly pid: number;
  readonly host: string;
  /** As `birthOf` told it. */
  readonly birth?: string | undefined;
}

/**
 * When a process of this machine began, in the system's own counting, which tells it from a later one of its number.
 * Undefined where there is none, or the system does not tell.
 */
export function birthOf(pid: number): string | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name of its program, in brackets, may hold anything; the time is the 20th field after it.
    return status.slice(status.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** Whether an owner may still run; of another computer's processes we see nothing, so theirs may. */
export function mayRun({ pid, host, birth }: Owner): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
    return birth === undefined || birth === (birthOf(pid) ?? birth);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
